"""Tiny workspaces, and `actes` called on them as a person would."""

from __future__ import annotations

import contextlib
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

# Tests run side by side: threads of their own make each of them slower.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from actes import cli
from actes.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

TESTS = Path(__file__).parent
CASES = TESTS / "workspaces"
REPOSITORY = TESTS.parent
SHARED = REPOSITORY.parent / "shared"
CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    """Chromium; what asks for it is skipped where `CHROMIUM` is None."""
    playwright = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    with playwright.sync_playwright() as running:
        opened = running.chromium.launch(
            executable_path=CHROMIUM, args=["--no-sandbox", "--disable-background-networking"]
        )
        yield opened
        opened.close()


@dataclass(frozen=True)
class Answer:
    """What a command printed and how it ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Desk:
    """A copy of a tiny workspace, and the command line in it."""

    root: Path
    capsys: pytest.CaptureFixture[str]

    @property
    def workspace(self) -> Workspace:
        return Workspace(self.root)

    def actes(self, *words: str) -> Answer:
        self.capsys.readouterr()
        with contextlib.chdir(self.root):
            code = cli.run(list(words))
        captured = self.capsys.readouterr()
        return Answer(code, captured.out, captured.err)

    def edit(self, path: str, old: str, new: str) -> None:
        file = self.root / path
        text = file.read_text(encoding="utf-8")
        assert old in text, f"{old!r} is not in {path}"
        file.write_text(text.replace(old, new), encoding="utf-8", newline="\n")

    def book(self) -> dict[str, bytes]:
        folder = self.root / "_book"
        return {
            file.relative_to(folder).as_posix(): file.read_bytes()
            for file in sorted(folder.rglob("*"))
            if file.is_file()
        }


@pytest.fixture(autouse=True)
def _french(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every test starts as a French reader's machine does."""
    for name in ("LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("ACTES_LANG", "fr")


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    """The minimal workspace as a person finds it: nothing ingested, nothing built."""
    root = tmp_path / "new" / "minimal"
    shutil.copytree(CASES / "minimal", root)
    return Desk(root, capsys)


@pytest.fixture(scope="session")
def built_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The minimal workspace, its book built once for the whole session."""
    root = tmp_path_factory.mktemp("built") / "minimal"
    shutil.copytree(CASES / "minimal", root)
    os.environ["ACTES_LANG"] = "fr"
    with contextlib.chdir(root):
        assert cli.run(["build"]) == 0
    return root


@pytest.fixture
def built(built_once: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    """A copy of the minimal workspace whose book is built."""
    root = tmp_path / "built" / "minimal"
    shutil.copytree(built_once, root)
    return Desk(root, capsys)


@pytest.fixture(scope="session")
def edition_once(built_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The minimal workspace, published as an edition."""
    root = tmp_path_factory.mktemp("edition") / "minimal"
    shutil.copytree(built_once, root)
    with contextlib.chdir(root):
        assert cli.run(["build", "--edition"]) == 0
    return root


@pytest.fixture
def edition(edition_once: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    """A copy of the minimal workspace that was published as an edition."""
    root = tmp_path / "edition" / "minimal"
    shutil.copytree(edition_once, root)
    return Desk(root, capsys)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of figures that the repository does not ship."""
    if not SHARED.is_dir():
        pytest.skip("../shared is not beside this checkout")
    return SHARED

"""What a kill, a full disk, a second command or a damaged store may and may not do."""

from __future__ import annotations

import errno
import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from conftest import CASES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from conftest import Answer, Desk

# Ends without any cleaning, as after kill -9, when a given number of files is being written: each
# file that Actes puts in place is first synchronised.
CUT_WHILE_WRITING = """
import os, sys
from actes import cli
left, synchronise = int(sys.argv[1]), os.fsync
def cut(handle):
    global left
    left -= 1
    if left == 0:
        os._exit(137)
    synchronise(handle)
os.fsync = cut
sys.exit(cli.run(sys.argv[2:]))
"""

# The same between the two renames that put a new book in place of the former one.
CUT_BETWEEN_RENAMES = """
import os, sys
from actes import cli, files
whole, called = files.replace_folder, []
def cut(new, target):
    if target.resolve() == (files.Path.cwd() / "_book").resolve():
        target.replace(target.with_name(target.name + ".former"))
        os._exit(137)
    whole(new, target)
files.replace_folder = cut
sys.exit(cli.run(sys.argv[1:]))
"""

# The same when the pages are made and none is in place.
CUT_WHILE_RENDERING = """
import os, sys
from actes import cli, files
files.replace_folder = lambda new, target: os._exit(137)
sys.exit(cli.run(sys.argv[1:]))
"""

# A command started in the background ignores Ctrl-C; one at a terminal does not.
AT_A_TERMINAL = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from actes.cli import main
main()
"""

WAITING_CELL = """\
from pathlib import Path
Path("../started").touch()
import time
time.sleep(300)
"""


def in_a_process(root: Path, script: str, *words: str) -> subprocess.CompletedProcess[str]:
    """Run a script that ends as a killed command would, with a temporary folder of its own."""
    temporary = root.parent / "temporary"
    temporary.mkdir(exist_ok=True)
    named = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(temporary))
    return subprocess.run(
        [sys.executable, "-c", script, *words],
        cwd=root,
        env=os.environ | named | {"ACTES_LANG": "fr"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def litter(root: Path) -> list[str]:
    """What an unfinished command left, in the workspace and in its temporary folder."""
    left = [p for p in root.rglob("*") if p.name.startswith(".tmp-") or p.suffix == ".former"]
    left += (root.parent / "temporary").glob("actes-*")
    return sorted(p.relative_to(root.parent).as_posix() for p in left)


def book_of(root: Path) -> dict[str, bytes]:
    folder = root / "_book"
    files = sorted(file for file in folder.rglob("*") if file.is_file())
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in files}


# --- killed ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Stubborn:
    """A build killed six times after a few files, then let end; what each attempt said."""

    root: Path
    attempts: list[subprocess.CompletedProcess[str]]

    def times_done(self, stage: str) -> int:
        told = "".join(attempt.stderr for attempt in self.attempts)
        return told.count(f"✓ {stage} ")


@pytest.fixture(scope="module")
def stubborn(tmp_path_factory: pytest.TempPathFactory) -> Stubborn:
    root = tmp_path_factory.mktemp("stubborn") / "minimal"
    shutil.copytree(CASES / "minimal", root)
    attempts = [
        in_a_process(root, CUT_WHILE_WRITING, str(n), "build") for n in (2, 5, 4, 5, 5, 9, 0)
    ]
    return Stubborn(root, attempts)


@pytest.mark.slow
def test_a_build_killed_again_and_again_ends_with_the_same_book(
    stubborn: Stubborn, built_once: Path
) -> None:
    codes = [attempt.returncode for attempt in stubborn.attempts]
    assert codes == [137] * 6 + [0], stubborn.attempts[-1].stderr

    assert book_of(stubborn.root) == book_of(built_once)


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["ingérer", "valider", "exécuter"])
def test_what_a_killed_build_had_finished_is_not_done_again(stubborn: Stubborn, stage: str) -> None:
    assert stubborn.times_done(stage) == 1


@pytest.mark.slow
def test_a_build_that_ends_leaves_nothing_of_the_killed_ones(stubborn: Stubborn) -> None:
    assert litter(stubborn.root) == []


def test_a_kill_between_the_two_renames_loses_no_book(built: Desk) -> None:
    built.edit("index.qmd", "Un livre d’essai.", "Un autre texte.")
    assert in_a_process(built.root, CUT_BETWEEN_RENAMES, "build").returncode == 137
    assert not (built.root / "_book").exists()

    assert built.actes("build").code == 0

    assert b"Un autre texte." in built.book()["index.html"]
    assert not (built.root / "_book.former").exists()


def test_a_kill_while_the_pages_are_made_leaves_the_former_book_and_no_litter(built: Desk) -> None:
    before = built.book()
    built.edit("index.qmd", "Un livre d’essai.", "Un autre texte.")
    assert in_a_process(built.root, CUT_WHILE_RENDERING, "build").returncode == 137
    assert built.book() == before

    assert in_a_process(built.root, CUT_WHILE_WRITING, "0", "build").returncode == 0

    assert b"Un autre texte." in built.book()["index.html"]
    assert litter(built.root) == []


# --- killed while a study runs -----------------------------------------------------------------


@dataclass
class Waiting:
    """A build whose study never ends, and its kernel."""

    root: Path
    process: subprocess.Popen[str]
    kernel: psutil.Process

    def ends(self) -> str:
        _out, told = self.process.communicate(timeout=30)
        return told


@pytest.fixture
def waiting(built: Desk) -> Iterator[Waiting]:
    notebook = built.root / "notebooks/compter.ipynb"
    content = json.loads(notebook.read_text(encoding="utf-8"))
    cell = {"cell_type": "code", "execution_count": None, "id": "attente", "metadata": {}}
    content["cells"].append(cell | {"outputs": [], "source": WAITING_CELL})
    notebook.write_text(json.dumps(content), encoding="utf-8", newline="\n")
    process = subprocess.Popen(
        [sys.executable, "-c", AT_A_TERMINAL, "build"],
        cwd=built.root,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        start_new_session=True,
    )
    _until((built.root / "started").exists, timeout_s=60)
    children = psutil.Process(process.pid).children(recursive=True)
    (kernel,) = [child for child in children if child.ppid() != process.pid]  # of the zygote
    yield Waiting(built.root, process, kernel)
    for each in (kernel, process):
        if each.is_running() if isinstance(each, psutil.Process) else each.poll() is None:
            each.kill()
    process.communicate(timeout=30)


def _until(holds: Callable[[], bool], *, timeout_s: float) -> None:
    limit = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < limit, "waited in vain"
        time.sleep(0.05)


def _is_gone(process: psutil.Process) -> bool:
    return not process.is_running() or process.status() == psutil.STATUS_ZOMBIE


def test_a_killed_kernel_is_one_message(waiting: Waiting) -> None:
    before = book_of(waiting.root)
    waiting.kernel.kill()

    told = waiting.ends()

    assert waiting.process.returncode == 3
    assert told.count("[T010]") == 1
    assert "Traceback" not in told
    assert "Kernel died" not in told
    assert book_of(waiting.root) == before


def test_a_killed_command_leaves_no_kernel_and_no_lock(waiting: Waiting, built: Desk) -> None:
    waiting.process.kill()

    _until(lambda: _is_gone(waiting.kernel), timeout_s=20)
    waiting.ends()
    answer = built.actes("validate")
    assert answer.code == 0, answer.err


def test_an_interruption_from_the_keyboard_is_one_message(waiting: Waiting) -> None:
    # A terminal interrupts the command and its kernel at once.
    os.killpg(waiting.process.pid, signal.SIGINT)

    told = waiting.ends()

    assert waiting.process.returncode == 130
    assert "Traceback" not in told
    assert told.count("✗ ") == 1
    assert "Interrompu" in told
    _until(lambda: _is_gone(waiting.kernel), timeout_s=20)


# --- no room, no right -------------------------------------------------------------------------


def filling_up(after: int, code: int = errno.ENOSPC) -> Callable[[int], None]:
    """``os.fsync`` on a disk that takes so many files more."""
    left = after

    def synchronise(_handle: int) -> None:
        nonlocal left
        left -= 1
        if left < 0:
            raise OSError(code, os.strerror(code))

    return synchronise


def refused(answer: Answer, code: str) -> bool:
    """One message, exit code 3."""
    return answer.code == 3 and (answer.out + answer.err).count(f"[{code}]") == 1


@pytest.mark.slow
def test_a_disk_that_fills_up_again_and_again_loses_nothing(built: Desk) -> None:
    before = built.book()
    built.edit("datasets/incidents/incidents.csv", "2023,1,01,Vols,", "2023,1,01,Vols,1")
    for after in (1, 3, 3, 3, 8):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(os, "fsync", filling_up(after))
            answer = built.actes("build")
        assert refused(answer, "T001"), answer.err
        assert built.book() == before

    answer = built.actes("build")

    assert answer.code == 0, answer.err
    assert built.book() != before
    assert litter(built.root) == []


def test_a_disk_that_fills_up_while_the_pages_are_made(built: Desk) -> None:
    before = built.book()
    built.edit("index.qmd", "Un livre d’essai.", "Un autre texte.")

    whole = Path.write_bytes

    def full(path: Path, data: bytes) -> int:
        if path.suffix == ".html":
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return whole(path, data)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Path, "write_bytes", full)
        answer = built.actes("build")

    assert refused(answer, "T001")
    assert built.book() == before
    assert built.actes("build").code == 0


@pytest.mark.parametrize("code", [errno.EROFS, errno.EACCES], ids=["read-only", "forbidden"])
def test_a_folder_that_cannot_be_written_to(
    desk: Desk, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    def closed(*_arguments: Any, **_more: Any) -> Any:
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(tempfile, "mkstemp", closed)

    assert refused(desk.actes("ingest"), "T002")


# --- two at once -------------------------------------------------------------------------------


def test_a_second_build_says_that_the_first_is_at_work(built: Desk) -> None:
    from filelock import FileLock

    with FileLock(built.root / ".actes/locks/build.lock"):
        assert refused(built.actes("build"), "T005")
    assert built.actes("build").code == 0


# --- a damaged store ---------------------------------------------------------------------------


@pytest.mark.slow
@pytest.mark.parametrize("content", ["", '{"key": ', "[1]", '{"a": 1}'])
def test_records_that_cannot_be_used_are_made_again(built: Desk, content: str) -> None:
    before = built.book()
    store = built.root / ".actes"
    records = [*store.glob("ingested/*.json"), *store.glob("verdicts/*.json")]
    for record in (*records, *store.glob("runs/*/run.json"), store / "book.json"):
        record.write_text(content, encoding="utf-8")

    answer = built.actes("build")

    assert answer.code == 0, answer.err
    assert built.book() == before


def test_an_emptied_table_is_made_again(built: Desk) -> None:
    before = built.book()
    (table,) = (built.root / ".actes/tables").glob("*.parquet")
    table.write_bytes(b"")
    shutil.rmtree(built.root / ".actes/runs")

    answer = built.actes("build")

    assert answer.code == 0, answer.err
    assert built.book() == before


def test_a_table_that_someone_altered_is_not_studied(built: Desk) -> None:
    import pandas as pd

    before = built.book()
    (table,) = (built.root / ".actes/tables").glob("*.parquet")
    frame = pd.read_parquet(table)
    frame["nombre"] = 99_999
    frame.to_parquet(table)
    shutil.rmtree(built.root / ".actes/runs")

    built.actes("build")

    assert built.book() == before


# --- a book put where something else is ---------------------------------------------------------


@pytest.mark.parametrize("folder", ["reports", "datasets/incidents", ".actes", ".", "../precious"])
def test_a_book_never_takes_the_place_of_something_else(built: Desk, folder: str) -> None:
    precious = built.root.parent / "precious"
    precious.mkdir()
    (precious / "thesis.txt").write_text("ten years", encoding="utf-8")
    built.edit("_quarto.yml", "  type: book\n", f"  type: book\n  output-dir: {folder}\n")

    answer = built.actes("build")

    assert answer.code == 2
    assert (precious / "thesis.txt").is_file()
    for source in ("reports/bilan/index.qmd", "datasets/incidents/incidents.csv", "index.qmd"):
        assert (built.root / source).is_file()

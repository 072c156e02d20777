"""Several commands at once in one workspace: what waits, what is refused, what is simply done."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest
from conftest import CASES, Desk
from killing import differences, killed_then_finished
from test_crash import litter

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ACTES = [sys.executable, "-c", "from actes.cli import main; main()"]
RUN = ("run", "compter", "--data", "incidents", "-p", "genre=Vols")
MARK = "from pathlib import Path\nPath('../marques').open('a').write('.')\n"
"""A cell that leaves a trace of each execution, then takes its time."""


def begun(root: Path, *words: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [*ACTES, *words],
        cwd=root,
        env=os.environ | {"ACTES_LANG": "fr"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


@dataclass(frozen=True)
class Crowd:
    """A workspace where commands were given at once, and what each said."""

    root: Path
    told: dict[str, str]
    codes: dict[str, int]
    while_at_work: dict[str, subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Crowd]:
    """Two ingestions, then two same runs and a build that needs the same, all at once."""
    root = tmp_path_factory.mktemp("crowd") / "minimal"
    shutil.copytree(CASES / "minimal", root)
    notebook = root / "notebooks/compter.ipynb"
    content = json.loads(notebook.read_text(encoding="utf-8"))
    cell = content["cells"][-1]
    cell["source"] = MARK + "import time\ntime.sleep(3)\n" + "".join(cell["source"])
    notebook.write_text(json.dumps(content), encoding="utf-8", newline="\n")
    first = {name: begun(root, "ingest") for name in ("ingest 1", "ingest 2")}
    told = {name: "".join(process.communicate(timeout=120)) for name, process in first.items()}
    second = {
        "run 1": begun(root, *RUN),
        "run 2": begun(root, *RUN),
        "build": begun(root, "build"),
    }
    limit = time.monotonic() + 120
    while not (root / "marques").exists() and time.monotonic() < limit:
        time.sleep(0.05)
    refused = {words: _answer(root, *words.split()) for words in ("store gc", "build")}
    told |= {name: "".join(process.communicate(timeout=120)) for name, process in second.items()}
    codes = {name: process.returncode for name, process in (first | second).items()}
    return Crowd(root, told, codes, refused)


def _answer(root: Path, *words: str) -> subprocess.CompletedProcess[str]:
    process = begun(root, *words)
    out, err = process.communicate(timeout=120)
    return subprocess.CompletedProcess(words, process.returncode, out, err)


@pytest.mark.slow
def test_commands_at_once_all_end_well(crowd: Crowd) -> None:
    assert set(crowd.codes.values()) == {0}, crowd.told
    assert "Traceback" not in "".join(crowd.told.values())
    assert (crowd.root / "_book/index.html").is_file()


@pytest.mark.slow
def test_what_several_want_is_executed_once(crowd: Crowd) -> None:
    assert (crowd.root / "marques").read_text() == "."
    assert len(list((crowd.root / ".actes/runs").iterdir())) == 1


@pytest.mark.slow
def test_two_ingestions_at_once_give_one_table(crowd: Crowd) -> None:
    assert crowd.told["ingest 1"] == crowd.told["ingest 2"]
    assert len(list((crowd.root / ".actes/tables").iterdir())) == 1


@pytest.mark.slow
@pytest.mark.parametrize("words", ["store gc", "build"])
def test_what_cannot_be_done_now_is_refused_with_the_name_of_who_is_at_work(
    crowd: Crowd, words: str
) -> None:
    refused = crowd.while_at_work[words]
    assert refused.returncode == 3
    assert "[T005]" in refused.stderr
    assert "processus" in refused.stderr
    assert "depuis 20" in refused.stderr


@pytest.mark.slow
def test_a_command_that_ends_leaves_no_trace_of_itself(crowd: Crowd) -> None:
    assert litter(crowd.root) == []
    locks = crowd.root / ".actes/locks"
    assert [path.name for path in locks.iterdir() if path.name.startswith("actes-")] == []
    assert list(locks.glob("*.json")) == []


@pytest.mark.slow
def test_builds_killed_at_any_moment_end_as_one_that_was_not(
    tmp_path: Path, built_once: Path
) -> None:
    root = tmp_path / "minimal"
    shutil.copytree(CASES / "minimal", root)

    done = killed_then_finished(root, 2, seed=4, longest_s=4)

    assert done.n_killed >= 1
    assert differences(root, built_once) == []
    assert litter(root) == []
    for stage in ("ingérer", "valider", "exécuter"):
        assert done.times_done(stage) <= 1


def test_a_dead_command_is_at_work_no_more(built: Desk) -> None:
    process = begun(built.root, "build")
    time.sleep(0.2)
    process.kill()
    process.communicate(timeout=30)

    assert built.actes("store", "gc").code == 0

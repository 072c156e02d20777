"""A study over a grid, from the command line and in an article: what is done, reused, failed."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psutil
import pytest
from conftest import Desk

from actes import batch, kernels, review
from actes.errors import ActesError, ParameterError, ToolError
from actes.model import Run
from actes.run import adopt, prepare, study_spec
from actes.specs import grid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

GRID = ("run", "compter", "--each", "annee=2022:2024")
"""2022 and 2023 have figures; the study raises in 2024, which has none."""


@dataclass(frozen=True)
class Made:
    """A workspace in which `GRID` was run once, and what the command said."""

    root: Path
    answer: dict[str, Any]
    code: int
    told: str


@pytest.fixture(scope="module")
def made_once(built_once: Path, tmp_path_factory: pytest.TempPathFactory) -> Made:
    root = tmp_path_factory.mktemp("grid") / "minimal"
    shutil.copytree(built_once, root)
    shutil.rmtree(root / ".actes/runs")
    ended = subprocess.run(
        [sys.executable, "-c", "from actes.cli import main; main()", *GRID, "--json"],
        cwd=root,
        env=os.environ | {"ACTES_LANG": "fr"},
        capture_output=True,
        text=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )
    return Made(root, json.loads(ended.stdout), ended.returncode, ended.stderr)


@pytest.fixture
def made(made_once: Made, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    """A copy of the workspace in which the grid was run."""
    root = tmp_path / "made" / "minimal"
    shutil.copytree(made_once.root, root)
    return Desk(root, capsys)


def labels(entries: list[dict[str, Any]]) -> list[str]:
    return [entry["label"] for entry in entries]


# --- from the command line ---------------------------------------------------------------------


def test_what_fails_is_told_and_the_rest_is_done(made_once: Made) -> None:
    answer = made_once.answer
    assert labels(answer["done"]) == ["annee=2022", "annee=2023"]
    assert answer["reused"] == []
    (failure,) = answer["failed"]
    assert failure["label"] == "annee=2024"
    assert failure["error"]["code"] == "R001"
    assert failure["error"]["where"] == "notebooks/compter.ipynb, cellule 4"
    assert failure["error"]["next_step"]
    assert made_once.code == 1
    assert "Traceback" not in made_once.told


def test_a_run_of_a_grid_is_the_run_that_one_would_make_alone(made: Desk, made_once: Made) -> None:
    shutil.rmtree(made.root / ".actes/runs")

    answer = made.actes("run", "compter", "-p", "annee=2022", "--json")

    alone = json.loads(answer.out)
    (there,) = (each for each in made_once.answer["done"] if each["label"] == "annee=2022")
    assert alone["key"] == there["key"]
    for name in ("notebook.ipynb", "run.json"):
        path = Path(".actes/runs", alone["key"], name)
        assert (made.root / path).read_bytes() == (made_once.root / path).read_bytes()


def test_what_was_done_is_not_done_again(made: Desk) -> None:
    kept = {path: path.stat().st_mtime_ns for path in made.root.glob(".actes/runs/*/*")}

    answer = made.actes("run", "compter", "--each", "annee=2022:2023", "--json")

    assert answer.code == 0, answer.err
    assert labels(json.loads(answer.out)["reused"]) == ["annee=2022", "annee=2023"]
    assert {path: path.stat().st_mtime_ns for path in kept} == kept


def test_the_three_lists_are_read_by_a_person(made: Desk) -> None:
    answer = made.actes("run", "compter", "--each", "annee=2022:2023", "--each", "genre=Vols")
    assert "Faites (0)" in answer.out
    assert "Reprises (2)\n    annee=2022, genre=Vols\n    annee=2023, genre=Vols" in answer.out
    assert "En échec (0)" in answer.out
    assert "0 faite, 2 reprises, 0 en échec" in answer.err


def test_the_values_of_all_runs_make_one_table_for_a_spreadsheet(made: Desk) -> None:
    answer = made.actes(
        "run", "compter", "--each", "annee=2022:2023", "--collect", "out/valeurs.csv"
    )
    assert answer.code == 0, answer.err
    text = (made.root / "out/valeurs.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.reader(text.splitlines(), delimiter=";"))
    assert rows[0] == ["annee", "total", "part"]
    assert [row[:2] for row in rows[1:]] == [["2022", "844"], ["2023", "738"]]
    assert all(0.3 < float(row[2].replace(",", ".")) < 0.5 for row in rows[1:])


def test_a_grid_has_a_page_for_each_run(made: Desk) -> None:
    answer = made.actes("run", "compter", "--each", "annee=2022:2023", "--report", "pages")
    assert answer.code == 0, answer.err
    assert sorted(path.name for path in (made.root / "pages").iterdir()) == [
        "annee-2022.html",
        "annee-2023.html",
    ]


def test_what_is_held_neither_enters_the_table_nor_has_a_page(
    made: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(review, "shows_small_cells", lambda data, _min: data["rows"][0][1] == 264)

    answer = made.actes(
        "run", "compter", "--each", "annee=2022:2023", "--collect", "v.csv", "--json"
    )

    assert answer.code == 1
    (failure,) = json.loads(answer.out)["failed"]
    assert (failure["label"], failure["error"]["code"]) == ("annee=2023", "C300")
    table = (made.root / "v.csv").read_text(encoding="utf-8-sig")
    assert "2022;844" in table
    assert "2023" not in table


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("--each", "annee"), "P101"),
        (("--each", "anee=2022"), "P001"),
        (("--each", "annee=1800:1802"), "P002"),
        (("--each", "annee=deux"), "P002"),
        (("--each", "genre=Vols,Vol"), "P004"),
        (("--each", "annee=2022", "-p", "annee=2023"), "P112"),
        (("--each", "annee=2022", "--each", "annee=2023"), "P112"),
        (("--each", "donnees=incidents", "--data", "incidents"), "P112"),
        (("--each", "annee=2000:2099", "--each", "genre=all", "--each", "donnees=autre"), "S001"),
    ],
)
def test_every_value_is_checked_before_anything_runs(
    made: Desk, words: Sequence[str], code: str
) -> None:
    before = sorted(made.root.glob(".actes/runs/*"))
    answer = made.actes("run", "compter", *words)
    assert answer.code == 2, answer.err
    assert f"[{code}]" in answer.err
    assert sorted(made.root.glob(".actes/runs/*")) == before


def test_a_very_large_grid_is_made_for_who_insists(
    made: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(grid, "MOST_RUNS", 1)
    assert "[P113]" in made.actes("run", "compter", "--each", "annee=2022:2023").err
    assert made.actes("run", "compter", "--each", "annee=2022:2023", "--yes").code == 0


# --- the batch itself --------------------------------------------------------------------------


def runs_named(folder: Path, *keys: str) -> list[Run]:
    return [Run(key, "essai", {}, (), folder / key / "notebook.ipynb", {}) for key in keys]


def executing(outcomes: dict[str, ActesError | None]) -> tuple[batch.Executor, list[str]]:
    """An executor that ends its runs in the reverse order, and the keys that it was given."""
    asked: list[str] = []

    def execute(runs: Sequence[Run]) -> Iterator[tuple[Run, ActesError | None]]:
        asked.extend(run.key for run in runs)
        for run in reversed(runs):
            yield run, outcomes.get(run.key)

    return execute, asked


def test_one_key_is_one_run_and_lists_keep_the_order(tmp_path: Path) -> None:
    execute, asked = executing({})
    made = batch.make(runs_named(tmp_path, "b", "a", "b", "c"), execute)
    assert asked == ["b", "a", "c"]
    assert [run.key for run in made.done] == ["b", "a", "c"]
    assert made.exit_code == 0


def test_the_exit_code_is_that_of_the_worst_failure(tmp_path: Path) -> None:
    execute, _asked = executing({"a": ParameterError("P205", "x"), "c": ToolError("T010", "y")})
    made = batch.make(runs_named(tmp_path, "a", "b", "c"), execute)
    assert [failure.run.key for failure in made.failed] == ["a", "c"]
    assert made.exit_code == 3


def test_progress_counts_and_guesses_the_time_left(tmp_path: Path) -> None:
    seen: list[batch.Progress] = []
    execute, _asked = executing({"b": ToolError("T010", "y")})
    batch.make(runs_named(tmp_path, "a", "b", "c"), execute, on_progress=seen.append)
    assert [(now.n_ended, now.n_failed, now.n_total) for now in seen] == [
        (0, 0, 3),
        (1, 0, 3),
        (2, 1, 3),
        (3, 1, 3),
    ]
    assert seen[0].left_s is None
    assert seen[-1].left_s == 0


def test_a_run_that_another_command_made_meanwhile_is_not_made_again(made: Desk) -> None:
    spec = study_spec(made.workspace, "compter")
    stored = prepare(made.workspace, spec, {"annee": 2022})
    before = stored.notebook.read_bytes()

    adopt(made.workspace, stored, {"not": "looked at"})

    assert stored.notebook.read_bytes() == before


# --- interrupted -------------------------------------------------------------------------------

AT_A_TERMINAL = """
import signal
signal.signal(signal.SIGINT, signal.default_int_handler)
from actes.cli import main
main()
"""

WAITING_CELL = """\
if choix.annee != 2022:
    from pathlib import Path
    Path(f"../started-{choix.annee}").touch()
    import time
    time.sleep(300)
"""


def _until(holds: Callable[[], bool], *, timeout_s: float) -> None:
    limit = time.monotonic() + timeout_s
    while not holds():
        assert time.monotonic() < limit, "waited in vain"
        time.sleep(0.05)


def test_an_interruption_keeps_what_is_finished_and_ends_the_workers(made: Desk) -> None:
    notebook = made.root / "notebooks/compter.ipynb"
    content = json.loads(notebook.read_text(encoding="utf-8"))
    cell = {"cell_type": "code", "execution_count": None, "id": "attente", "metadata": {}}
    content["cells"].append(cell | {"outputs": [], "source": WAITING_CELL})
    notebook.write_text(json.dumps(content), encoding="utf-8", newline="\n")
    shutil.rmtree(made.root / ".actes/runs")
    process = subprocess.Popen(
        [sys.executable, "-c", AT_A_TERMINAL, *GRID, "--workers", "2"],
        cwd=made.root,
        env=os.environ | {"ACTES_LANG": "fr"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
        start_new_session=True,
    )
    try:
        _until((made.root / "started-2023").exists, timeout_s=90)
        _until(lambda: any(made.root.glob(".actes/runs/*/run.json")), timeout_s=60)
        workers = psutil.Process(process.pid).children(recursive=True)
        assert workers

        process.send_signal(signal.SIGINT)
        _out, told = process.communicate(timeout=30)
    finally:
        process.kill()

    assert process.returncode == 130
    assert "Traceback" not in told
    assert "Interrompu" in told
    _until(lambda: not any(each.is_running() for each in workers), timeout_s=20)
    assert len(list(made.root.glob(".actes/runs/*/run.json"))) == 1
    assert not list(made.root.glob(".actes/runs/.tmp-*"))


def test_an_interruption_does_not_wait_for_the_runs_that_wait(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    begun, ended = threading.Event(), threading.Event()
    monkeypatch.setattr(kernels, "end_all", ended.set)

    def work(run: Any) -> None:
        if run != "short":
            begun.set()
            ended.wait(60)

    runs: Any = batch.in_threads(work, n_workers=1)(["short", "long", "queued", "queued"])  # type: ignore[list-item]
    next(runs)
    assert begun.wait(60)
    interrupting = threading.Thread(target=runs.close, daemon=True)
    interrupting.start()
    interrupting.join(timeout=10)

    assert ended.is_set()
    assert not interrupting.is_alive()


# --- in an article -----------------------------------------------------------------------------

ARTICLE = """\
---
title: Deux années
actes:
  runs:
    annees:
      study: compter
      data: incidents
      each: {annee: EACH}
---

En 2022, {{< meta results.annees.annee-2022.total >}} vols (@tbl-valeurs) ; voir @fig-barres.

{{< embed annees.ipynb#tbl-valeurs >}}

{{< embed annees.ipynb#tbl-secteurs >}}

{{< embed annees.ipynb#fig-barres >}}
"""


def write_article(desk: Desk, each: str, **edits: str) -> None:
    text = ARTICLE.replace("EACH", each)
    for old, new in edits.items():
        assert old in text
        text = text.replace(old, new)
    (desk.root / "reports/bilan/index.qmd").write_text(text, encoding="utf-8", newline="\n")


def cells_of(desk: Desk) -> dict[str, dict[str, Any]]:
    content = json.loads((desk.root / "reports/bilan/annees.ipynb").read_text(encoding="utf-8"))
    return {cell["id"]: cell["outputs"][0]["data"] for cell in content["cells"]}


def test_an_article_embeds_what_its_grid_comes_to(made: Desk) -> None:
    write_article(made, "2022:2023")

    answer = made.actes("build")

    assert answer.code == 0, answer.err
    cells = cells_of(made)
    assert set(cells) == {"tbl-valeurs", "tbl-secteurs", "fig-barres"}
    assert "| 2022 | 844 |" in cells["tbl-valeurs"]["text/markdown"]
    assert cells["tbl-secteurs"]["text/markdown"].count("\n| 2023 | ") == 3
    page = (made.root / "_book/reports/bilan/index.html").read_text(encoding="utf-8")
    assert "En 2022, 844 vols" in page
    provenance = (made.root / "reports/annexes/provenance.qmd").read_text(encoding="utf-8")
    assert provenance.count("### ") == 1, "one section a grid, not one a run"
    assert provenance.count("| `2022` |") == 1
    before = made.book()
    again = made.actes("build")
    assert again.code == 0, again.err
    assert made.book() == before


def test_an_article_stops_at_a_run_that_fails_until_it_is_left_out(made: Desk) -> None:
    write_article(made, "2022:2024")

    answer = made.actes("build")

    assert answer.code == 1
    assert "[R031]" in answer.err
    assert "annee=2024: [R001]" in answer.err
    without = "2022:2024}\n      without: [{annee: 2024}]\n      parameters: {genre: Vols"
    write_article(made, without)
    reviewed = made.actes("review", "bilan", "--json")
    names = [entry["name"] for entry in json.loads(reviewed.out)]
    assert reviewed.code == 0, reviewed.err
    assert names == ["bilan/annees.annee-2022", "bilan/annees.annee-2023"]


def test_one_run_that_is_held_holds_the_article(made: Desk) -> None:
    made.edit("datasets/incidents/dataset.yml", "tlp: CLEAR", "tlp: AMBER")
    write_article(made, "2022:2023")

    answer = made.actes("build")

    assert answer.code == 1
    assert "[C300]" in answer.err
    assert not (made.root / "reports/bilan/annees.ipynb").exists()


def test_status_knows_a_grid_that_is_done_and_one_that_is_not(made: Desk) -> None:
    write_article(made, "2022:2023")
    assert state_of_the_article(made) == "cleared"
    write_article(made, "2021:2023")
    assert state_of_the_article(made) == "stale"


def state_of_the_article(desk: Desk) -> str:
    (article,) = json.loads(desk.actes("status", "--json").out)["articles"]
    return str(article["state"])

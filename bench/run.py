"""Measure Actes against named peers, on this machine, in one run.

In: this repository. Out: a table on the terminal and in ``docs/performance.md``.
Each measure is a ratio to something that a reader can run too; the seconds are those of the
machine at hand. Commands alternate, and the least of several times is kept: what slows a machine
down only ever adds.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

import validation

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "performance.md"
ACTES = [sys.executable, "-c", "from actes.cli import main; main()"]
WORKSPACE = ("datasets", "notebooks", "reports", "templates", "validation")
NAMED = ("great-expectations", "papermill", "pandas", "pyarrow", "typst", "pypandoc-binary")


@dataclass(frozen=True, slots=True)
class Measure:
    """Two times of the same run, in seconds, and what they are of."""

    what: str
    peer: str
    actes_s: float
    peer_s: float

    @property
    def ratio(self) -> float:
        """How many times the peer's time Actes takes."""
        return self.actes_s / self.peer_s


def main() -> None:
    """Measure, print, write."""
    with tempfile.TemporaryDirectory(prefix="actes-bench-") as folder:
        measures = [
            help_against_python(),
            verdict_again(copied(Path(folder) / "verdict")),
            book_again(copied(Path(folder) / "livre")),
            *validation.measures(),
            *of_the_store(Path(folder)),
            *of_batches(Path(folder)),
        ]
    page = as_markdown(measures)
    PAGE.write_text(page, encoding="utf-8", newline="\n")
    print(page)  # noqa: T201 - a script's answer


def of_the_store(folder: Path) -> list[Measure]:
    """A hundred articles: unchanged, one changed."""
    from store import measures  # it imports this module

    return measures(folder)


def of_batches(folder: Path) -> list[Measure]:
    """Thirty runs against a loop of papermill."""
    from batches import measures  # it imports this module

    return measures(folder)


def help_against_python() -> Measure:
    """The price of asking for help: Python alone is the floor."""
    ours, python = best_of(
        5, lambda: timed([*ACTES, "--help"]), lambda: timed([sys.executable, "-c", "pass"])
    )
    return Measure("`actes --help`", "`python -c pass`", ours, python)


def verdict_again(workspace: Path) -> Measure:
    """What a recalled verdict spares, the table being read already."""
    validate = [*ACTES, "validate", "spvm-pdq"]
    timed([*ACTES, "ingest", "spvm-pdq", "spvm-mensuel"], cwd=workspace)
    computed = timed(validate, cwd=workspace)
    (recalled,) = best_of(3, lambda: timed(validate, cwd=workspace))
    peer = "la même, le verdict étant à rendre par Great Expectations"
    return Measure("`actes validate spvm-pdq`, verdict repris", peer, recalled, computed)


def book_again(workspace: Path) -> Measure:
    """What the store spares when nothing changed."""
    build = [*ACTES, "build"]
    first = timed(build, cwd=workspace)
    (again,) = best_of(3, lambda: timed(build, cwd=workspace))
    return Measure(
        "`actes build`, rien n’ayant changé", "le premier, dans une copie neuve", again, first
    )


def copied(target: Path) -> Path:
    """Copy the workspace without anything that was computed."""
    unwanted = shutil.ignore_patterns("uncommitted", "*_files", "annexes", "_metadata.yml")
    for name in WORKSPACE:
        shutil.copytree(ROOT / name, target / name, ignore=unwanted)
    for made in (target / "reports").glob("*/*.ipynb"):
        made.unlink()
    for file in ROOT.iterdir():
        if file.suffix in (".qmd", ".yml", ".bib") and file.name != "environment.yml":
            shutil.copyfile(file, target / file.name)
    return target


def best_of(n: int, *runs: Callable[[], float]) -> list[float]:
    """Run each in turn, ``n`` times; the least time of each."""
    rounds = [[run() for run in runs] for _round in range(n)]
    return [min(times) for times in zip(*rounds, strict=True)]


def timed(command: Sequence[str], *, cwd: Path = ROOT) -> float:
    """Seconds that a command takes; it must end well."""
    environment = os.environ | {"ACTES_LANG": "fr", "PYTHONIOENCODING": "utf-8"}
    start = time.perf_counter()
    subprocess.run(  # noqa: S603 - commands of this file
        command, cwd=cwd, env=environment, check=True, capture_output=True
    )
    return time.perf_counter() - start


def as_markdown(measures: Sequence[Measure]) -> str:
    """Write the page."""
    rows = [
        f"| {m.what} | {m.peer} | {seconds(m.actes_s)} | {seconds(m.peer_s)} | {times(m.ratio)} |"
        for m in measures
    ]
    lines = [
        "# Mesures",
        "",
        "Page écrite par `make bench` (`bench/run.py`). Chaque ligne compare deux choses mesurées",
        "dans la même exécution, sur la même machine : c’est le **rapport** qui se compare d’une",
        "machine à l’autre, non les secondes. Le plus petit de plusieurs temps est gardé, sauf",
        "pour ce qui n’arrive qu’une fois : un premier livre, un premier verdict.",
        "",
        "| mesuré | comparé à | temps | temps comparé | rapport |",
        "|:---|:---|---:|---:|---:|",
        *rows,
        "",
        f"Machine : {machine()}. Actes {version('actes')}, Python {platform.python_version()}, "
        + ", ".join(f"{name} {version(name)}" for name in NAMED)
        + ".",
    ]
    return "\n".join(lines) + "\n"


def machine() -> str:
    """Say what the machine is, but not whose."""
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cœurs"


def seconds(duration: float) -> str:
    """Write a duration: `0,21 s`."""
    return f"{duration:.2f}".replace(".", ",") + "\u00a0s"


def times(ratio: float) -> str:
    """Write a ratio: `× 0,12`."""
    return "×\u00a0" + f"{ratio:.2f}".replace(".", ",")


if __name__ == "__main__":
    main()

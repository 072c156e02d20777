"""Measure, and write measures down.

In: commands. Out: `Measure`, and the page of all of them. Commands alternate, and the least of
several times is kept: what slows a machine down only ever adds.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

__all__ = ["ACTES", "ROOT", "Measure", "as_markdown", "best_of", "copied", "timed"]

ROOT = Path(__file__).resolve().parents[1]
ACTES = [sys.executable, "-c", "from actes.cli import main; main()"]
WORKSPACE = ("datasets", "notebooks", "reports", "templates", "validation")
NAMED = ("great-expectations", "papermill", "pandas", "pyarrow", "typst", "pypandoc-binary")


@dataclass(frozen=True, slots=True)
class Measure:
    """Two quantities and what they are of: seconds, or megabytes at the peak."""

    what: str
    peer: str
    actes: float
    theirs: float
    unit: Literal["s", "Mo"] = "s"

    @property
    def ratio(self) -> float:
        """How many times less than its peer Actes takes; below 1, it takes more."""
        return self.theirs / self.actes


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
        f"| {m.what} | {m.peer} | {amount(m.actes, m.unit)} | {amount(m.theirs, m.unit)} "
        f"| {times(m.ratio)} |"
        for m in measures
    ]
    lines = [
        "# Mesures",
        "",
        "Page écrite par `make bench` (`bench/run.py`). Chaque ligne compare deux choses mesurées",
        "dans la même exécution, sur la même machine, sauf les temps de Quarto, qui le disent :",
        "c’est le **rapport** qui se compare d’une machine à l’autre, non les secondes. Le plus",
        "petit de plusieurs temps est gardé, sauf pour ce qui n’arrive qu’une fois : un premier",
        "livre, un premier verdict, un lot.",
        "",
        "Rapport : « ÷ 8 », huit fois moins que ce à quoi l’on compare ; « × 2 », deux fois plus.",
        "",
        "| mesuré | comparé à | Actes | comparé | rapport |",
        "|:---|:---|---:|---:|---:|",
        *rows,
        "",
        f"Machine : {machine()}. Actes {version('actes')}, Python {platform.python_version()}, "
        + ", ".join(f"{name} {version(name)}" for name in NAMED)
        + ".",
    ]
    return "\n".join(lines) + "\n"


def machine() -> str:
    """Say what the machine is, but not whose."""
    return f"{platform.system()} {platform.machine()}, {os.cpu_count()} cœurs"


def amount(value: float, unit: Literal["s", "Mo"]) -> str:
    """Write a duration or a memory: `0,21 s`, `425 Mo`."""
    digits = 2 if unit == "s" else 0
    return f"{value:.{digits}f}".replace(".", ",") + f"\u00a0{unit}"


def times(ratio: float) -> str:
    """Write a ratio: `÷ 8,1` (so many times less), `× 1,5` (so many times more)."""
    sign, value = ("÷", ratio) if ratio >= 1 else ("×", 1 / ratio)
    return f"{sign}\u00a0{value:.1f}".replace(".", ",")

"""Time a batch of thirty runs against the `papermill` command, alone and two at a time.

In: nothing. Out: a table of ratios on the terminal; nothing is printed when warm kernels do not
give the bytes of plain ones.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path
from time import perf_counter

from run import ACTES, Measure, as_markdown, copied, timed

__all__ = ["measures"]

STUDY = "serie-interrompue"
DATA = "spvm-mensuel"
GRID = {
    "infraction": [
        "Agressions sexuelles",
        "Introductions par effraction",
        "Méfaits",
        "Voies de fait",
        "Vols de véhicules à moteur",
        "Vols qualifiés",
    ],
    "date_intervention": ["2019-01", "2019-07", "2020-01", "2020-03", "2020-07"],
}
N_COMPARED = 20
"""How many of the runs are made a second time, with plain kernels."""


def measures(folder: Path) -> list[Measure]:
    """Run the grid three ways in a copy of the workspace made in ``folder``."""
    root = copied(folder / "lot")
    timed([*ACTES, "validate", DATA], cwd=root)
    batch_s = timed([*ACTES, "run", STUDY, "--data", DATA, *_each(GRID)], cwd=root)
    _check_same_bytes(root)
    what = f"`actes run {STUDY} --each …`, 30 exécutions"
    loop = Measure(what, "boucle de `papermill`", batch_s, _by_papermill(root, at_once=1))
    pairs = Measure(what, "`papermill`, deux à la fois", batch_s, _by_papermill(root, at_once=2))
    return [loop, pairs]


def _each(grid: dict[str, list[str]]) -> list[str]:
    return [word for name, values in grid.items() for word in ("--each", f"{name}={values}")]


def _by_papermill(root: Path, *, at_once: int) -> float:
    start = perf_counter()
    with ThreadPoolExecutor(at_once) as pool:
        list(pool.map(lambda values: timed(_command(*values), cwd=root), product(*GRID.values())))
    return perf_counter() - start


def _command(kind: str, date: str) -> list[str]:
    """The same run by somebody who knows papermill only."""
    papermill = str(Path(sys.executable).with_name("papermill"))
    chosen = {"donnees": DATA, "infraction": kind, "date_intervention": date}
    words = [word for name, value in chosen.items() for word in ("-r", name, value)]
    target = f"{kind} {date}.ipynb"
    return [papermill, f"notebooks/{STUDY}.ipynb", target, "-k", "python3", *words]


def _check_same_bytes(root: Path) -> None:
    """Make some of the runs again with plain kernels; they must be the same, byte for byte."""
    runs = root / ".actes" / "runs"
    warm = {path.parent.name: path.read_bytes() for path in runs.glob("*/notebook.ipynb")}
    shutil.rmtree(runs)
    some = GRID | {"date_intervention": GRID["date_intervention"][: N_COMPARED // 6 + 1]}
    timed([*ACTES, "run", STUDY, "--data", DATA, *_each(some), "--kernel", "plain"], cwd=root)
    plain = {path.parent.name: path.read_bytes() for path in runs.glob("*/notebook.ipynb")}
    if len(plain) < N_COMPARED or any(warm[key] != plain[key] for key in plain):
        raise SystemExit("warm and plain kernels do not give the same bytes")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="actes-bench-") as name:
        print(as_markdown(measures(Path(name))))  # noqa: T201 - a script's answer

"""Time batches of runs against the `papermill` command, alone and two at a time.

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
from typing import TYPE_CHECKING

from measuring import ACTES, Measure, as_markdown, copied, timed
from memory import peak_mb
from stations import DATA as STATIONS_DATA
from stations import KIND, STATIONS, add_stations

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["measures"]

STUDY = "serie-interrompue"
DATA = "spvm-mensuel"
DATES = ["2019-01", "2019-07", "2020-01", "2020-03", "2020-07"]
KINDS = [
    "Agressions sexuelles",
    "Introductions par effraction",
    "Méfaits",
    "Voies de fait",
    "Vols de véhicules à moteur",
    "Vols qualifiés",
]
GRID = {"infraction": KINDS, "date_intervention": DATES}
LARGE = {"infraction": [KIND], "territoire": STATIONS, "date_intervention": DATES}

N_COMPARED = 20
"""How many of the runs are made a second time, with plain kernels."""

N_TIMED = 10
"""How many of the large grid's runs papermill makes; its time is scaled to all of them."""


def measures(folder: Path) -> list[Measure]:
    """Run the grids in a copy of the workspace made in ``folder``."""
    root = copied(folder / "lot")
    add_stations(root)
    timed([*ACTES, "validate", DATA, STATIONS_DATA], cwd=root)
    return [*_thirty(root), _large(root), _memory(root)]


def _thirty(root: Path) -> list[Measure]:
    batch_s = timed(_by_actes(DATA, GRID), cwd=root)
    _check_same_bytes(root)
    what = f"`actes run {STUDY} --each …`, 30 exécutions"
    commands = _by_papermill(DATA, GRID)
    loop = Measure(what, "boucle de `papermill`", batch_s, _made(root, commands, at_once=1))
    pairs = Measure(what, "`papermill`, deux à la fois", batch_s, _made(root, commands, at_once=2))
    return [loop, pairs]


def _large(root: Path) -> Measure:
    commands = _by_papermill(STATIONS_DATA, LARGE)
    n_runs = len(commands)
    batch_s = timed(_by_actes(STATIONS_DATA, LARGE), cwd=root)
    some_s = _made(root, commands[:: n_runs // N_TIMED][:N_TIMED], at_once=1)
    return Measure(
        f"le même, {len(STATIONS)} postes × {len(DATES)} dates, {n_runs} exécutions",
        f"boucle de `papermill`, {N_TIMED} exécutions mesurées, rapportées à {n_runs}",
        batch_s,
        some_s * n_runs / N_TIMED,
    )


def _memory(root: Path) -> Measure:
    """Peak of a few runs, all processes together: a batch does not grow with its length."""
    few = GRID | {"date_intervention": DATES[:1]}
    shutil.rmtree(root / ".actes" / "runs")
    ours = peak_mb(_by_actes(DATA, few), cwd=root)
    theirs = peak_mb(_by_papermill(DATA, few)[0], cwd=root)
    what = f"mémoire d’un lot de {len(KINDS)} exécutions, tous processus réunis"
    return Measure(what, "une seule exécution par `papermill`", ours, theirs, "Mo")


def _by_actes(data: str, grid: Mapping[str, Sequence[str]], *more: str) -> list[str]:
    each = [word for name, values in grid.items() for word in ("--each", f"{name}={[*values]}")]
    return [*ACTES, "run", STUDY, "--data", data, *each, *more]


def _by_papermill(data: str, grid: Mapping[str, Sequence[str]]) -> list[list[str]]:
    """The same runs by somebody who knows papermill only."""
    papermill = str(Path(sys.executable).with_name("papermill"))
    commands = []
    for values in product(*grid.values()):
        chosen = {"donnees": data, **dict(zip(grid, values, strict=True))}
        words = [word for name, value in chosen.items() for word in ("-r", name, value)]
        target = f"{' '.join(values)}.ipynb"
        commands.append([papermill, f"notebooks/{STUDY}.ipynb", target, "-k", "python3", *words])
    return commands


def _made(root: Path, commands: Sequence[Sequence[str]], *, at_once: int) -> float:
    start = perf_counter()
    with ThreadPoolExecutor(at_once) as pool:
        list(pool.map(lambda command: timed(command, cwd=root), commands))
    return perf_counter() - start


def _check_same_bytes(root: Path) -> None:
    """Make some of the runs again with plain kernels; they must be the same, byte for byte."""
    runs = root / ".actes" / "runs"
    warm = {path.parent.name: path.read_bytes() for path in runs.glob("*/notebook.ipynb")}
    shutil.rmtree(runs)
    some = GRID | {"date_intervention": DATES[: N_COMPARED // len(KINDS) + 1]}
    timed(_by_actes(DATA, some, "--kernel", "plain"), cwd=root)
    plain = {path.parent.name: path.read_bytes() for path in runs.glob("*/notebook.ipynb")}
    if len(plain) < N_COMPARED or any(warm[key] != plain[key] for key in plain):
        raise SystemExit("warm and plain kernels do not give the same bytes")


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="actes-bench-") as name:
        print(as_markdown(measures(Path(name))))  # noqa: T201 - a script's answer

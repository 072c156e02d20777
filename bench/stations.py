"""Describe made-up counts of 31 police stations, month by month, as a dataset of a workspace.

In: a workspace. Out: its dataset ``postes-simules``, the same bytes every time.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["DATA", "KIND", "STATIONS", "add_stations"]

DATA = "postes-simules"
KIND = "Vols"
STATIONS = [f"Poste {number:02}" for number in range(1, 32)]
YEARS = range(2015, 2025)

_DESCRIPTOR = f"""\
name: {DATA}
title: Faits simulés par mois et par poste
path: {DATA}.csv
format: csv
schema:
  fields:
    - {{name: annee, type: year, title: Année, constraints: {{required: true}}}}
    - {{name: mois, type: integer, title: Mois, constraints: {{required: true}}}}
    - {{name: poste, type: string, title: Poste, constraints: {{required: true}}}}
    - {{name: infraction, type: string, title: Infraction, constraints: {{required: true}}}}
    - {{name: nombre, type: integer, title: Nombre, constraints: {{required: true, minimum: 0}}}}
  primaryKey: [annee, mois, poste]
roles: {{date: [annee, mois], count: nombre, group: infraction, area: poste}}
sources: [{{title: Nombres tirés au hasard}}]
licenses: [{{name: CC0-1.0, title: Domaine public}}]
sensitivity: open
tlp: CLEAR
"""


def add_stations(workspace: Path) -> None:
    """Write the dataset: a season, a trend and a level of each station's own."""
    folder = workspace / "datasets" / DATA
    folder.mkdir()
    random = np.random.default_rng(4)
    lines = ["annee,mois,poste,infraction,nombre"]
    for station in STATIONS:
        level, trend = random.uniform(40, 400), random.normal(0, 0.03)
        for position, (year, month) in enumerate((y, m) for y in YEARS for m in range(1, 13)):
            season = 1 + 0.15 * np.sin(2 * np.pi * month / 12)
            mean = level * season * np.exp(trend * position / 12)
            lines.append(f"{year},{month},{station},{KIND},{random.poisson(mean)}")
    _write(folder / f"{DATA}.csv", "\n".join(lines) + "\n")
    _write(folder / "dataset.yml", _DESCRIPTOR)


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")

"""Say which runs an asked study comes to: one, or one a combination of a grid.

In: `RunSpec`, validated datasets. Out: `Plan`: every run checked and named, nothing executed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from actes import run
from actes.inputs import category_values
from actes.specs.grid import MOST_RUNS, Grid, keys_of, label_of

if TYPE_CHECKING:
    from actes.model import Run
    from actes.specs.book import RunSpec
    from actes.specs.study import Parameter, StudySpec
    from actes.workspace import Workspace

__all__ = ["Plan", "dataset_names", "plan"]

_TITLE_LENGTH = 32


@dataclass(frozen=True, slots=True)
class Plan:
    """The runs of a grid, in its order, each under its key; the parameters that vary.

    ``varied`` gives each of these parameters a title, for the head of a column.
    """

    varied: tuple[tuple[str, str], ...]
    runs: tuple[tuple[str, Run], ...]

    def label(self, made: Run) -> str:
        """Say which run it is: ``pdq=12, annee=2020``; the study's name when nothing varies."""
        return label_of({name: made.parameters[name] for name, _t in self.varied}) or made.study


def dataset_names(workspace: Workspace, asked: RunSpec, *, where: str = "") -> list[str]:
    """Names of the datasets that the runs need, before anything is known of them."""
    study = run.study_spec(workspace, asked.study)
    given = study.with_data(asked.data, asked.parameters)
    of_data = {name for name, _d, _r in study.datasets(study.check({}))} & asked.each.keys()
    grid = Grid(study, {n: asked.each[n] for n in of_data}, given, where=where)
    names = [
        name
        for combination in grid.combinations(lambda _choice: [])
        for _p, name, _r in study.datasets(study.check(given | combination, where=where))
    ]
    return list(dict.fromkeys(names))


def plan(
    workspace: Workspace, asked: RunSpec, *, most: int | None = MOST_RUNS, where: str = ""
) -> Plan:
    """Check and name every run.

    Parameters
    ----------
    most
        How many runs at most; None when there may be any number.
    where
        What messages point at.

    Raises
    ------
    ParameterError, SpecError, VerdictError
        As `specs.grid.Grid` and `run.prepare`.
    """
    study = run.study_spec(workspace, asked.study)
    given = study.with_data(asked.data, asked.parameters)
    grid = Grid(study, asked.each, given, asked.without, where)
    combinations = grid.combinations(
        lambda choice: category_values(workspace, choice, where=where), most=most
    )
    prepared = run.prepare_each(
        workspace, study, [given | each for each in combinations], where=where
    )
    runs = list({made.key: made for made in prepared}.values())
    keys = keys_of([{name: made.parameters[name] for name in asked.each} for made in runs])
    return Plan(_varied(study, asked), tuple(zip(keys, runs, strict=True)))


def _varied(study: StudySpec, asked: RunSpec) -> tuple[tuple[str, str], ...]:
    return tuple(
        (p.name, _title(p)) for name in asked.each for p in study.parameters if p.name == name
    )


def _title(parameter: Parameter) -> str:
    """Return the parameter's own help, when it is short enough to head a column.

    What follows a semicolon explains a value (“; vide : tous”), and not what the column holds.
    """
    words = parameter.help.partition(";")[0].strip()
    is_short = 0 < len(words) <= _TITLE_LENGTH
    return words[0].upper() + words[1:] if is_short else parameter.name

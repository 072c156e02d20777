"""Collect the results of a grid of runs into tables and figures of their own.

In: `ClearedGrid`, never a run that was not reviewed. Out: records like those of a study:

- the table `VALUES`: one row a run, the parameters that vary, then the declared values;
- each table that a study declares, stacked over the runs, those parameters in front;
- each value that has an interval (``<value>-bas`` and ``-haut``, or ``-basse`` and ``-haute``),
  drawn as points;
- each figure, side by side over a few runs.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Self

from actes import results
from actes.compose import multiples
from actes.errors import ParameterError, StudyError
from actes.i18n import _, speaking
from actes.rules.cells import mask_differences
from actes.specs.grid import in_words
from actes.specs.reading import near

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from actes.model import ClearedGrid

__all__ = ["VALUES", "collected", "values_table"]

VALUES = "valeurs"
"""Name of the table of values: a study's own results may not bear it."""

_BOUNDS = (("-bas", "-haut"), ("-basse", "-haute"))

Record = dict[str, Any]


def collected(
    grid: ClearedGrid, wanted: Sequence[str], *, language: str, where: str = ""
) -> tuple[Record, ...]:
    """Return what the runs of a grid come to, as records.

    Parameters
    ----------
    wanted
        Names of the values to show, in order; empty for all those that have a label.
    language
        Of captions, and of what is written where runs write the same column in different ways.
    where
        What messages point at.

    Raises
    ------
    ParameterError
        P115 a value that no run declares is wanted.
    StudyError
        R030 the study has a result of its own called `VALUES`.
    """
    runs = [{record["name"]: record for record in run.outputs} for _key, run in grid.runs]
    of_kind = {kind: _names(runs, kind) for kind in ("value", "table", "figure")}
    if any(VALUES in names for names in of_kind.values()):
        raise _reserved(grid)
    front = _front(grid)
    shown = _shown(runs, of_kind["value"], wanted, where)
    with speaking(language):
        made = [_values_table(grid, front, runs, shown, language)] if shown else []
        made += _stacked_tables(grid, front, runs, of_kind["table"], language)
        made += multiples.side_by_side(front, runs, of_kind["figure"], sentence=_sentence(grid))
        for name, low, high in _with_bounds(shown, of_kind["value"]):
            if name not in of_kind["figure"] + of_kind["table"]:
                made += multiples.points(front, runs, (name, low, high), language=language)
    return tuple(made)


def values_table(grid: ClearedGrid, *, language: str) -> Record:
    """Return the table of every declared value, one row a run."""
    runs = [{record["name"]: record for record in run.outputs} for _key, run in grid.runs]
    with speaking(language):
        return _values_table(grid, _front(grid), runs, _names(runs, "value"), language)


def _names(runs: Sequence[Mapping[str, Record]], kind: str) -> list[str]:
    """Names of the results of a kind, in the order in which runs declare them."""
    return list(dict.fromkeys(n for run in runs for n, r in run.items() if r["kind"] == kind))


def _front(grid: ClearedGrid) -> Record:
    """The columns that say which run a row is of, and their cells, one row a run."""
    values = [[run.parameters[name] for name, _t in grid.varied] for run in _runs(grid)]
    is_whole = [all(type(row[n]) is int for row in values) for n in range(len(grid.varied))]
    columns = [
        {"name": name, "title": title, "format": "year" if whole else "text", "is_count": False}
        for (name, title), whole in zip(grid.varied, is_whole, strict=True)
    ]
    rows = [
        [cell if whole else in_words(cell) for cell, whole in zip(row, is_whole, strict=True)]
        for row in values
    ]
    return {"columns": columns, "rows": rows}


def _runs(grid: ClearedGrid) -> list[Any]:
    return [cleared.run for _key, cleared in grid.runs]


def _shown(
    runs: Sequence[Mapping[str, Record]], known: Sequence[str], wanted: Sequence[str], where: str
) -> list[str]:
    """Names of the values to show: those wanted, else those that have a label, else all."""
    for name in wanted:
        if name not in known:
            raise ParameterError(
                "P115",
                _("No run of the grid declares the value “{name}”.").format(name=name),
                where=where,
                expected=", ".join(known) if len(known) <= 12 else "",
                next_step=near(name, known),
            )
    labelled = [n for n in known if all(run[n]["caption"] for run in runs if n in run)]
    return list(wanted) or labelled or list(known)


def _with_bounds(shown: Sequence[str], known: Sequence[str]) -> Iterator[tuple[str, str, str]]:
    for name in shown:
        for low, high in _BOUNDS:
            if name + low in known and name + high in known:
                yield name, name + low, name + high


def _values_table(
    grid: ClearedGrid,
    front: Record,
    runs: Sequence[Mapping[str, Record]],
    shown: Sequence[str],
    language: str,
) -> Record:
    columns, by_column = list(front["columns"]), []
    for name in shown:
        records = [run.get(name) for run in runs]
        titles = {record["caption"] for record in records if record}
        column, write = _column(
            name, titles, {record["format"] for record in records if record}, language
        )
        columns.append(column)
        by_column.append([r and write(r["value"], r["format"]) for r in records])
    rows = [[*cells, *(column[n] for column in by_column)] for n, cells in enumerate(front["rows"])]
    caption = _("{title} One row a run.").format(title=_sentence(grid))
    return {"kind": "table", "name": VALUES, "caption": caption, "columns": columns, "rows": rows}


def _sentence(grid: ClearedGrid) -> str:
    """The study's title, ended as a sentence."""
    run = grid.runs[0][1].run
    title = str(run.record["title"] or run.study)
    return title if title.endswith((".", "?", "!", "…")) else title + "."


def _column(
    name: str, titles: set[str], formats: set[str], language: str, *, is_count: bool = False
) -> tuple[Record, Callable[[Any, str], Any]]:
    """Return a column, and how its cells are written: as they are unless runs differ on it."""
    title = next(iter(titles)) if len(titles) == 1 and titles != {""} else name
    how = next(iter(formats)) if len(formats) == 1 else "text"
    column = {"name": name, "title": title, "format": how, "is_count": is_count}
    if len(formats) == 1:
        return column, lambda cell, _how: cell
    return column, lambda cell, own: _written(cell, own, language)


def _written(cell: Any, how: str, language: str) -> Any:
    if cell is None or results.is_masked(cell):
        return cell
    return results.formatted(cell, how, language)


def _stacked_tables(
    grid: ClearedGrid,
    front: Record,
    runs: Sequence[Mapping[str, Record]],
    names: Sequence[str],
    language: str,
) -> Iterator[Record]:
    for name in names:
        parts = [
            (n, run[name])
            for n, run in enumerate(runs)
            if name in run and run[name]["kind"] == "table"
        ]
        stack = _Stack.of(front, parts)
        if stack.hide_differences():
            captions = {part["caption"] for _n, part in parts}
            own = captions.pop() if len(captions) == 1 else _sentence(grid)
            yield {
                "kind": "table",
                "name": name,
                "caption": _("{title} Of every run of the grid.").format(title=own),
                **stack.written(language),
            }


@dataclass
class _Stack:
    """Tables one under the other, their columns brought together by name.

    Attributes
    ----------
    front
        `_front` of the grid.
    columns
        By name, the column as each run has it.
    runs
        Which run each row is of.
    rows, hows
        Cells (None where a run has no such column), and how each is written.
    positions
        Place of each row in its own table.
    """

    front: Record
    columns: dict[str, list[Record]]
    runs: list[int]
    rows: list[list[Any]]
    hows: list[list[str]]
    positions: list[int]

    @classmethod
    def of(cls, front: Record, parts: Sequence[tuple[int, Record]]) -> Self:
        columns: dict[str, list[Record]] = {}
        for _n, part in parts:
            for column in part["columns"]:
                columns.setdefault(column["name"], []).append(column)
        made = cls(front, columns, [], [], [], [])
        for n, part in parts:
            place = {column["name"]: p for p, column in enumerate(part["columns"])}
            formats = [column["format"] for column in part["columns"]]
            for position, row in enumerate(part["rows"]):
                made.runs.append(n)
                made.positions.append(position)
                made.rows.append([row[place[c]] if c in place else None for c in columns])
                made.hows.append([formats[place[c]] if c in place else "text" for c in columns])
        return made

    def hide_differences(self) -> bool:
        """Hide what would give a masked count back from the sum of several runs.

        False when that cannot be made sure of: rows that do not correspond from run to run.
        """
        if not any(results.is_masked(cell) for row in self.rows for cell in row):
            return True
        names = self._row_names()
        if names is None:
            return False
        groups = [*self._lines(names), *_groups(self.runs)]
        counts = [n for n, c in enumerate(self.columns.values()) if any(x["is_count"] for x in c)]
        self.rows = mask_differences(self.rows, counts, groups)
        return True

    def _row_names(self) -> list[Any] | None:
        """Say which row of one run corresponds to which of another: by place, else by its words."""
        sizes = Counter(self.runs)
        if len(set(sizes.values())) == 1:
            return list(self.positions)
        words = [tuple(cell for cell in row if isinstance(cell, str)) for row in self.rows]
        is_clear = len(set(zip(self.runs, words, strict=True))) == len(words)
        return list(words) if is_clear else None

    def _lines(self, names: Sequence[Any]) -> Iterator[list[int]]:
        """Rows that differ by one varied parameter only: their sum may be known elsewhere."""
        for axis in range(len(self.front["columns"])):
            others = [
                (name, [c for n, c in enumerate(self.front["rows"][run]) if n != axis])
                for name, run in zip(names, self.runs, strict=True)
            ]
            yield from _groups([repr(other) for other in others])

    def written(self, language: str) -> Record:
        """Return columns and rows, cells written where runs do not write them alike."""
        made = [
            _column(
                name,
                {column["title"] for column in columns},
                {column["format"] for column in columns},
                language,
                is_count=any(column["is_count"] for column in columns),
            )
            for name, columns in self.columns.items()
        ]
        rows = [
            [
                *self.front["rows"][run],
                *(write(c, how) for c, how, (_c, write) in zip(row, hows, made, strict=True)),
            ]
            for run, row, hows in zip(self.runs, self.rows, self.hows, strict=True)
        ]
        return {"columns": [*self.front["columns"], *(column for column, _w in made)], "rows": rows}


def _groups(names: Sequence[Any]) -> list[list[int]]:
    """Positions of equal names."""
    found: dict[Any, list[int]] = {}
    for position, name in enumerate(names):
        found.setdefault(name, []).append(position)
    return list(found.values())


def _reserved(grid: ClearedGrid) -> StudyError:
    return StudyError(
        "R030",
        _("The study “{study}” has a result called “{name}”, as a grid’s own table is.").format(
            study=grid.runs[0][1].run.study, name=VALUES
        ),
        next_step=_("give that result another name in the study"),
    )

"""Write the SQL of the control columns: what a rule across rows or tables finds, row by row.

In: a table, the tables that it is compared with, `Control`. Out: one query, whose rows are the
table's with one more column per control, and the queries of what a column cannot say (the tally).
Pure, and in the SQL that DuckDB and PostgreSQL share: nothing is held in memory, and data that
stay in their database are controlled there. See `actes.expectations.derive` for what they mean.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from actes.expectations import Control

__all__ = ["Controlled", "Relation", "Tally", "control_query", "quoted"]

Tally = dict[str, Any]
"""Counts and values listed by the descriptor, as plain data; never a row's value."""

_TOLERANCE = 1e-9
"""Relative, on sums of decimals; sums of whole numbers are exact."""

_NUMBER = "actes_row"
"""Name of the column that numbers the rows while they are controlled."""


@dataclass(frozen=True, slots=True)
class Relation:
    """Something to select from.

    Attributes
    ----------
    source
        What follows ``FROM``.
    columns
        Arrow's name of each column's type, in order (``string``, ``timestamp[us, tz=UTC]``…).
    number
        SQL that numbers the rows from 0 or from 1.
    """

    source: str
    columns: dict[str, str]
    number: str = "row_number() OVER ()"


@dataclass(frozen=True, slots=True)
class Controlled:
    """A query, and what it leaves out.

    Attributes
    ----------
    select
        The table with its control columns (double; null where a control says nothing).
    counts
        For each control column, queries of one number, by the fact that they answer.
    lacks
        For each column of a ``complete`` control, the query of how many combinations have each
        awaited value.
    facts
        What is known without a query.
    """

    select: str
    counts: dict[str, dict[str, str]] = field(default_factory=dict)
    lacks: dict[str, str] = field(default_factory=dict)
    facts: dict[str, Tally] = field(default_factory=dict)


@dataclass(slots=True)
class _Parts:
    """What one control adds to the query."""

    value: str
    common: list[str] = field(default_factory=list)
    joined: str = ""
    counts: dict[str, str] = field(default_factory=dict)
    lacks: str = ""
    facts: Tally = field(default_factory=dict)


def control_query(
    table: Relation, controls: Iterable[Control], others: Mapping[str, Relation]
) -> Controlled:
    """Compose the query that computes the control columns.

    Parameters
    ----------
    others
        The tables that controls name in ``other``; a control of the table on itself needs none.
    """
    made = {
        control.column: _COMPOSED[control.kind](
            table, control, others.get(control.other, table), f"c{position}"
        )
        for position, control in enumerate(controls)
    }
    rows = f"t AS (SELECT *, {table.number} AS {_NUMBER} FROM {table.source})"
    common = "WITH " + ", ".join([rows, *(text for part in made.values() for text in part.common)])
    columns = [f"t.{quoted(name)}" for name in table.columns]
    columns += [f"{part.value} AS {quoted(name)}" for name, part in made.items()]
    joins = " ".join(part.joined for part in made.values() if part.joined)
    return Controlled(
        f"{common} SELECT {', '.join(columns)} FROM t {joins}".rstrip(),
        {
            column: {fact: f"{common} {query}" for fact, query in part.counts.items()}
            for column, part in made.items()
        },
        {column: f"{common} {part.lacks}" for column, part in made.items() if part.lacks},
        {column: part.facts for column, part in made.items()},
    )


def quoted(name: str) -> str:
    """A name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'


def _literal(text: object) -> str:
    return "'" + str(text).replace("'", "''") + "'"


def _complete(table: Relation, control: Control, _other: Relation, name: str) -> _Parts:
    """How many awaited values each combination lacks, on its first row; which, how often."""
    keys, awaited = _names(control.by), [str(value) for value in control.values]
    listed = ", ".join(map(_literal, awaited))
    found = _as_text(table, control.measure)
    rows = (
        f"{name}_rows AS (SELECT {_keys(table, control.by)}, {_NUMBER}, "
        f"CASE WHEN {found} IN ({listed}) THEN {found} END AS value FROM t)"
    )
    groups = (
        f"{name} AS (SELECT {len(awaited)} - count(DISTINCT value) AS value, "
        f"min({_NUMBER}) AS first FROM {name}_rows GROUP BY {keys})"
    )
    each = f"SELECT DISTINCT {keys}, value FROM {name}_rows WHERE value IS NOT NULL"
    return _Parts(
        value=f"CAST({name}.value AS DOUBLE PRECISION)",
        common=[rows, groups],
        joined=f"LEFT JOIN {name} ON {name}.first = t.{_NUMBER}",
        counts={"total": f"SELECT count(*) FROM {name}"},
        lacks=f"SELECT value, count(*) FROM ({each}) AS present GROUP BY value",
        facts={"awaited": len(awaited), "values": awaited},
    )


def _sums(table: Relation, control: Control, other: Relation, name: str) -> _Parts:
    """Subtract the other's sum from ours, on the first row of each combination that both have."""
    added = f"coalesce(sum({quoted(control.measure)}), 0) AS added"
    ours = (
        f"{name}_ours AS (SELECT {_keys(table, control.by)}, {added}, min({_NUMBER}) AS first "
        f"FROM t GROUP BY {_positions(control.by)})"
    )
    theirs = (
        f"{name}_theirs AS (SELECT {_keys(other, control.other_by)}, {added} "
        f"FROM {other.source} GROUP BY {_positions(control.by)})"
    )
    scale = "greatest(abs(a.added), abs(b.added))"
    gap = (
        f"{name} AS (SELECT a.first, CASE WHEN abs(a.added - b.added) > {_TOLERANCE} * {scale} "
        f"THEN a.added - b.added ELSE 0 END AS value FROM {name}_ours AS a "
        f"JOIN {name}_theirs AS b ON {_same(control.by, 'a', 'b')})"
    )
    return _Parts(
        value=f"CAST({name}.value AS DOUBLE PRECISION)",
        common=[ours, theirs, gap],
        joined=f"LEFT JOIN {name} ON {name}.first = t.{_NUMBER}",
        counts={"total": f"SELECT count(*) FROM {name}"},
    )


def _unmatched(table: Relation, control: Control, other: Relation, name: str) -> _Parts:
    """How many combinations only one of the two tables has, on the first row."""
    ours = f"{name}_ours AS (SELECT DISTINCT {_keys(table, control.by)} FROM t)"
    theirs = (
        f"{name}_theirs AS (SELECT DISTINCT {_keys(other, control.other_by)} FROM {other.source})"
    )
    same = _same(control.by, "a", "b")
    either = (
        f"{name} AS (SELECT (SELECT count(*) FROM {name}_ours) AS ours, "
        f"(SELECT count(*) FROM {name}_theirs) AS theirs, "
        f"(SELECT count(*) FROM {name}_ours AS a JOIN {name}_theirs AS b ON {same}) AS both_sides)"
    )
    alone = "ours + theirs - 2 * both_sides"
    value = f"CAST((SELECT {alone} FROM {name}) AS DOUBLE PRECISION)"
    return _Parts(
        value=f"CASE WHEN t.{_NUMBER} = (SELECT min({_NUMBER}) FROM t) THEN {value} END",
        common=[ours, theirs, either],
        counts={
            "n": f"SELECT {alone} FROM {name}",
            "total": f"SELECT ours + theirs - both_sides FROM {name}",
        },
    )


def _reference(table: Relation, control: Control, other: Relation, name: str) -> _Parts:
    """1 on each row whose key isn't in the other table; nothing where a key is not filled in."""
    known = f"{name} AS (SELECT DISTINCT {_keys(other, control.other_by)} FROM {other.source})"
    filled = " AND ".join(f"t.{quoted(column)} IS NOT NULL" for column in control.by)
    texts = [_as_text(table, column, "t") for column in control.by]
    same = " AND ".join(
        f"k.{key} = {text}" for key, text in zip(_key_names(control.by), texts, strict=True)
    )
    exists = f"EXISTS (SELECT 1 FROM {name} AS k WHERE {same})"
    return _Parts(
        value=f"CASE WHEN {filled} THEN CASE WHEN {exists} THEN 0e0 ELSE 1e0 END END",
        common=[known],
        counts={"total": f"SELECT count(*) FROM t WHERE {filled}"},
    )


def _period(table: Relation, control: Control, _other: Relation, _name: str) -> _Parts:
    """1 on each row whose moment is outside the bounds or not in the list."""
    moment = _as_moment(table, control.by[0])
    wrong = []
    if control.minimum:
        wrong.append(f"{moment} < {_moment(control.minimum)}")
    if control.maximum:
        wrong.append(f"{moment} > {_moment(control.maximum)}")
    if control.values:
        listed = ", ".join(_moment(str(value)) for value in control.values)
        wrong.append(f"{moment} NOT IN ({listed})")
    is_wrong = " OR ".join(wrong)
    filled = f"t.{quoted(control.by[0])} IS NOT NULL"
    return _Parts(
        value=f"CASE WHEN {filled} THEN CASE WHEN {is_wrong} THEN 1e0 ELSE 0e0 END END",
        counts={"total": f"SELECT count(*) FROM t WHERE {filled}"},
        facts={"min_value": control.minimum or None, "max_value": control.maximum or None},
    )


_COMPOSED = {
    "complete": _complete,
    "sums": _sums,
    "unmatched": _unmatched,
    "reference": _reference,
    "period": _period,
}


def _key_names(columns: Sequence[str]) -> list[str]:
    return [f"key{position}" for position, _column in enumerate(columns)]


def _names(columns: Sequence[str]) -> str:
    return ", ".join(_key_names(columns))


def _positions(columns: Sequence[str]) -> str:
    return ", ".join(str(position) for position, _column in enumerate(columns, start=1))


def _keys(relation: Relation, columns: Sequence[str]) -> str:
    """Key columns as text, called key0, key1…, so that two tables can be matched."""
    named = zip(_key_names(columns), columns, strict=True)
    return ", ".join(f"{_as_text(relation, column)} AS {name}" for name, column in named)


def _same(columns: Sequence[str], one: str, other: str) -> str:
    """A key of two tables is the same: a part that is missing from both too."""
    return " AND ".join(
        f"{one}.{key} IS NOT DISTINCT FROM {other}.{key}" for key in _key_names(columns)
    )


def _as_text(relation: Relation, column: str, alias: str = "") -> str:
    """A key as text: 7 and 7.0 are one, whichever of two tables has gaps."""
    name = f"{alias}.{quoted(column)}" if alias else quoted(column)
    match relation.columns[column]:
        case "double":
            whole = f"CAST(CAST({name} AS BIGINT) AS VARCHAR)"
            is_whole = f"abs({name}) < 1e15 AND {name} = floor({name})"
            return f"CASE WHEN {is_whole} THEN {whole} ELSE CAST({name} AS VARCHAR) END"
        case "bool":
            return f"CASE WHEN {name} THEN 'True' WHEN NOT {name} THEN 'False' END"
        case "string":
            return name
        case _:
            return f"CAST({name} AS VARCHAR)"


def _as_moment(relation: Relation, column: str) -> str:
    """A moment without a zone: the hour that a clock showed where it happened."""
    name, kind = f"t.{quoted(column)}", relation.columns[column]
    if kind == "string":  # a month
        return f"CAST({name} || '-01' AS TIMESTAMP)"
    zone = kind.partition("tz=")[2].rstrip("]")
    if not zone:
        return f"CAST({name} AS TIMESTAMP)"
    if zone[0] in "+-":
        hours, minutes = zone[1:].split(":")
        shift = f"INTERVAL '{int(hours) * 60 + int(minutes)} minutes'"
        return f"(timezone('UTC', {name}) {zone[0]} {shift})"
    return f"timezone({_literal(zone)}, {name})"


def _moment(text: str) -> str:
    """A bound, as a descriptor writes it: a month, a day or a time."""
    moment = dt.datetime.fromisoformat(text + "-01" * (text.count("-") == 1))
    return f"TIMESTAMP {_literal(moment.replace(tzinfo=None).isoformat(sep=' '))}"

"""Control columns computed by pandas, in memory: what the SQL of `controls` is held against."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

    from actes.expectations import Control

Tally = dict[str, Any]
"""Counts and values listed by the descriptor, as plain data; never a row's value."""

_TOLERANCE = 1e-9
"""Relative, on sums of decimals; sums of whole numbers are exact."""


def with_controls(
    table: pd.DataFrame, controls: Iterable[Control], others: Mapping[str, pd.DataFrame]
) -> tuple[pd.DataFrame, dict[str, Tally]]:
    """Add the control columns.

    Parameters
    ----------
    table
        As `ingest` typed it, index 0, 1, 2…
    others
        The tables that controls name in ``other``.

    Returns
    -------
    tuple
        The table with its control columns (float64; NaN where a control says nothing), and for
        each control column its tally.
    """
    columns: dict[str, pd.Series[float]] = {}
    tallies: dict[str, Tally] = {}
    for control in controls:
        other = others.get(control.other, table)
        column, tally = _COMPUTED[control.kind](table, control, other)
        columns[control.column], tallies[control.column] = column, tally
    return table.assign(**columns), tallies


def _complete(
    table: pd.DataFrame, control: Control, _other: pd.DataFrame
) -> tuple[pd.Series[float], Tally]:
    """How many awaited values each combination lacks, on its first row; which, how often."""
    keys = _keys(table, control.by)
    found = _text(table[control.measure])
    awaited = [str(value) for value in control.values]
    is_awaited = found.isin(awaited)
    present = keys[is_awaited].assign(value=found[is_awaited]).drop_duplicates()
    combinations = len(keys.drop_duplicates())
    per_value = present["value"].value_counts()
    lacks = [(value, combinations - int(per_value.get(value, 0))) for value in awaited]
    per_key = present.groupby(list(keys.columns), dropna=False).size().rename("n")
    have = keys.merge(per_key, how="left", on=list(keys.columns))["n"].fillna(0)
    lacking = _on_first_rows(keys, len(awaited) - have)
    return lacking, {
        "lacks": [[value, n] for value, n in lacks if n],
        "awaited": len(awaited),
        "total": combinations,
    }


def _sums(
    table: pd.DataFrame, control: Control, other: pd.DataFrame
) -> tuple[pd.Series[float], Tally]:
    """Subtract the other's sum from ours, on the first row of each combination that both have."""
    ours, theirs = _added(table, control.by, control), _added(other, control.other_by, control)
    both = ours.merge(theirs, on=_names(control.by), suffixes=("", "_other"))
    gap = both["sum"] - both["sum_other"]
    scale = both[["sum", "sum_other"]].abs().max(axis=1)
    both["gap"] = gap.where(gap.abs() > _TOLERANCE * scale, 0.0)
    keys = _keys(table, control.by)
    gaps = keys.merge(both, how="left", on=_names(control.by))["gap"]
    return _on_first_rows(keys, gaps), {"total": len(both)}


def _unmatched(
    table: pd.DataFrame, control: Control, other: pd.DataFrame
) -> tuple[pd.Series[float], Tally]:
    """How many combinations only one of the two tables has, on the first row."""
    import pandas as pd  # heavy

    ours, theirs = _keys(table, control.by), _keys(other, control.other_by)
    either = ours.drop_duplicates().merge(
        theirs.drop_duplicates(), how="outer", on=_names(control.by), indicator="side"
    )
    alone = int((either["side"] != "both").sum())
    column = pd.Series(float(alone), index=table.index).where(table.index == 0)
    return column, {"n": alone, "total": len(either)}


def _reference(
    table: pd.DataFrame, control: Control, other: pd.DataFrame
) -> tuple[pd.Series[float], Tally]:
    """1 on each row whose key isn't in the other table; nothing where a key is not filled in."""
    keys, known = _keys(table, control.by), _keys(other, control.other_by).drop_duplicates()
    side = keys.merge(known, how="left", on=_names(control.by), indicator="side")["side"]
    is_filled = table[list(control.by)].notna().all(axis=1)
    unknown = (side != "both").astype("float64").where(is_filled)
    return unknown, {"total": int(is_filled.sum())}


def _period(
    table: pd.DataFrame, control: Control, _other: pd.DataFrame
) -> tuple[pd.Series[float], Tally]:
    """1 on each row whose moment is outside the bounds or not in the list."""
    import pandas as pd  # heavy

    moments = pd.to_datetime(table[control.by[0]])
    if moments.dt.tz is not None:
        moments = moments.dt.tz_localize(None)
    is_wrong = pd.Series(data=False, index=table.index)
    if control.minimum:
        is_wrong |= moments < pd.Timestamp(control.minimum)
    if control.maximum:
        is_wrong |= moments > pd.Timestamp(control.maximum)
    if control.values:
        is_wrong |= ~moments.isin([pd.Timestamp(str(value)) for value in control.values])
    bounds = {"min_value": control.minimum or None, "max_value": control.maximum or None}
    total = int(moments.notna().sum())
    return is_wrong.astype("float64").where(moments.notna()), bounds | {"total": total}


_COMPUTED = {
    "complete": _complete,
    "sums": _sums,
    "unmatched": _unmatched,
    "reference": _reference,
    "period": _period,
}


def _text(column: pd.Series[Any]) -> pd.Series[str]:
    """A key as text: whole numbers of two tables agree even when one of them has gaps."""
    return column.convert_dtypes().astype("string")


def _names(columns: tuple[str, ...]) -> list[str]:
    return [f"key{position}" for position, _column in enumerate(columns)]


def _keys(table: pd.DataFrame, columns: tuple[str, ...]) -> pd.DataFrame:
    """Key columns as text, called key0, key1…, so that two tables can be matched."""
    import pandas as pd  # heavy

    named = zip(_names(columns), columns, strict=True)
    return pd.DataFrame({name: _text(table[column]) for name, column in named})


def _added(table: pd.DataFrame, columns: tuple[str, ...], control: Control) -> pd.DataFrame:
    keys = _keys(table, columns)
    measured = keys.assign(sum=table[control.measure])
    sums: pd.Series[Any] = measured.groupby(list(keys.columns), dropna=False)["sum"].sum()
    return sums.reset_index()


def _on_first_rows(keys: pd.DataFrame, values: pd.Series[Any]) -> pd.Series[float]:
    """Keep a combination's value on its first row alone, so that failures count combinations."""
    return values.astype("float64").where(~keys.duplicated())

"""Keep small counts from leaving.

In: a table's record and the smallest count that may leave. Out: the table, masked; whether a
figure or a value shows a small count. Zero is not a small count: it describes nobody.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from actes.results import is_masked, masked

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

__all__ = ["has_small", "mask_differences", "mask_table", "shows_small_cells"]

HIDDEN = 0
"""Stands for what is hidden so that a small count cannot be worked out from it."""


def has_small(counts: Iterable[Any], min_cell: int) -> bool:
    """True when a count is above 0 and below ``min_cell``."""
    return any(_is_small(count, min_cell) for count in counts)


def shows_small_cells(data: Mapping[str, Any], min_cell: int) -> bool:
    """True when the figures behind a picture hold a small count."""
    return any(
        has_small((row[column] for row in data["rows"]), min_cell)
        for column in _count_columns(data)
    )


def mask_table(record: Mapping[str, Any], min_cell: int) -> dict[str, Any]:
    """Mask the small counts of a table, and what would give them back.

    In the row of a small count every other number is hidden. A column with a single masked
    count gets a second one, the smallest that is left: otherwise a known total gives the first
    back by subtraction.
    """
    rows = [list(row) for row in record["rows"]]
    for column in _count_columns(record):
        small = [n for n, row in enumerate(rows) if _is_small(row[column], min_cell)]
        for n in small:
            rows[n][column] = masked(min_cell)
        if len(small) == 1:
            _hide_smallest(rows, column)
    for n, row in enumerate(rows):
        if any(is_masked(cell) for cell in row):
            rows[n] = [_hidden(cell) for cell in row]
    return dict(record) | {"rows": rows}


def mask_differences(
    rows: Sequence[Sequence[Any]], counts: Sequence[int], groups: Sequence[Sequence[int]]
) -> list[list[Any]]:
    """Hide what would give a masked count back by subtraction, over several tables at once.

    Parameters
    ----------
    rows
        Rows of masked tables.
    counts
        Positions of the columns that count.
    groups
        Positions of rows whose sum may be known elsewhere. In each, a column with a single
        masked count gets a second one, until no group has a single one left to hide.
    """
    made = [list(row) for row in rows]
    is_stable = False
    while not is_stable:
        is_stable = True
        for group in groups:
            inside = [made[n] for n in group]
            for column in counts:
                if sum(is_masked(row[column]) for row in inside) == 1:
                    is_stable = not _hide_smallest(inside, column) and is_stable
            for n, row in zip(group, inside, strict=True):
                if any(is_masked(cell) for cell in row):
                    made[n] = [_hidden(cell) for cell in row]
    return made


def _hide_smallest(rows: Sequence[list[Any]], column: int) -> bool:
    left = [n for n, row in enumerate(rows) if _is_count(row[column]) and row[column] > 0]
    if left:
        smallest = min(left, key=lambda n: rows[n][column])
        rows[smallest][column] = masked(HIDDEN)
    return bool(left)


def _hidden(cell: Any) -> Any:
    is_number = isinstance(cell, (int, float)) and not isinstance(cell, bool)
    return masked(HIDDEN) if is_number else cell


def _count_columns(record: Mapping[str, Any]) -> list[int]:
    return [n for n, column in enumerate(record["columns"]) if column["is_count"]]


def _is_count(cell: Any) -> bool:
    return isinstance(cell, (int, float)) and not isinstance(cell, bool)


def _is_small(cell: Any, min_cell: int) -> bool:
    return _is_count(cell) and 0 < cell < min_cell

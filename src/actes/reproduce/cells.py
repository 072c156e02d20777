"""Decide whether two cells, or two sets of rows, say the same.

In: published and obtained cells, the tolerance of each column. Out: `Verdict`; what is beyond it.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from actes.results import Tolerance, is_masked
from actes.specs.reproductions import VERDICTS, Note, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

__all__ = ["Held", "hold_cell", "hold_rows"]

_EXACT = 2**53  # beyond it a float no longer tells whole numbers apart
_DEFAULT = Tolerance()

Row = tuple[Any, ...]
Tolerances = tuple[Tolerance | None, ...]


@dataclass(frozen=True, slots=True)
class Held:
    """A verdict and what there is to know about it."""

    verdict: Verdict
    notes: tuple[Note, ...] = ()


def hold_cell(published: Any, obtained: Any, tolerance: Tolerance | None) -> Verdict:
    """Compare two cells.

    Numbers are equal by value, whatever their type. Whole numbers on both sides are counts or
    years: they are the same or not, unless a tolerance was declared. Missing is the same as
    missing, masked as masked by the same threshold; neither is the same as zero.
    """
    if not (_is_number(published) and _is_number(obtained)):
        is_same = type(published) is type(obtained) and published == obtained
        return "identical" if is_same else "differs"
    if published == obtained:
        return "identical"
    if tolerance is None and _is_whole(published) and _is_whole(obtained):
        return "differs"
    return "within_tolerance" if _gap(published, obtained, tolerance) <= 1 else "differs"


def _gap(published: float, obtained: float, tolerance: Tolerance | None) -> float:
    """Distance of two numbers, in tolerances."""
    wide = tolerance or _DEFAULT
    allowed = max(wide.absolute, wide.relative * abs(published))
    distance = abs(published - obtained)
    return distance / allowed if allowed else float("inf")


def hold_rows(
    published: Sequence[Row], obtained: Sequence[Row], tolerances: Tolerances, names: Sequence[str]
) -> Held:
    """Compare rows, in their order, or else in any order.

    Parameters
    ----------
    tolerances, names
        Of each column.
    """
    if len(published) != len(obtained):
        facts: dict[str, str | int] = {"published": len(published), "here": len(obtained)}
        return Held("differs", (Note(code="rows", facts=facts),))
    pairs = list(zip(published, obtained, strict=True))
    in_order = _worst(_hold_row(a, b, tolerances) for a, b in pairs)
    if in_order != "differs":
        return Held(in_order)
    verdict, n_unmatched = _in_any_order(published, obtained, tolerances)
    if not n_unmatched:
        return Held(verdict, (Note(code="order"),))
    n_apart = sum(_hold_row(a, b, tolerances) == "differs" for a, b in pairs)
    if n_apart <= n_unmatched:
        return Held("differs", (_beyond(pairs, tolerances, names),))
    facts = {"n": n_unmatched, "of": len(published)}
    return Held("differs", (Note(code="unmatched", facts=facts),))


def _hold_row(published: Row, obtained: Row, tolerances: Tolerances) -> Verdict:
    return _worst(map(hold_cell, published, obtained, tolerances))


def _worst(verdicts: Iterable[Verdict]) -> Verdict:
    return max(verdicts, key=VERDICTS.index, default="identical")


def _in_any_order(
    published: Sequence[Row], obtained: Sequence[Row], tolerances: Tolerances
) -> tuple[Verdict, int]:
    """Pair equal rows first, then those within tolerance; return how many are left alone."""
    equal = Counter(map(_key, published)) & Counter(map(_key, obtained))
    left = sorted(_without(published, equal), key=_sortable)
    there = sorted(_without(obtained, equal), key=_sortable)
    verdict: Verdict = "within_tolerance" if left else "identical"
    n_unmatched = 0
    for row in left:
        match = next(
            (n for n, other in enumerate(there) if _hold_row(row, other, tolerances) != "differs"),
            None,
        )
        if match is None:
            n_unmatched += 1
        else:
            del there[match]
    return verdict, n_unmatched


def _without(rows: Iterable[Row], paired: Counter[Row]) -> list[Row]:
    to_pair = Counter(paired)
    left = []
    for row in rows:
        key = _key(row)
        if to_pair[key]:
            to_pair[key] -= 1
        else:
            left.append(row)
    return left


def _key(row: Row) -> Row:
    """A row as a dictionary's key: masked cells are dictionaries themselves."""
    return tuple(("masked", cell["masked_below"]) if is_masked(cell) else cell for cell in row)


def _sortable(row: Row) -> list[tuple[int, float, str]]:
    return [(1, float(cell), "") if _is_number(cell) else (0, 0.0, str(cell)) for cell in _key(row)]


def _beyond(pairs: Sequence[tuple[Row, Row]], tolerances: Tolerances, names: Sequence[str]) -> Note:
    """Count the cells that are beyond tolerance, and name the column that is furthest."""
    n_beyond, furthest, distance = 0, "", -1.0
    for published, obtained in pairs:
        cells = zip(published, obtained, tolerances, names, strict=True)
        for was, now, tolerance, name in cells:
            if hold_cell(was, now, tolerance) != "differs":
                continue
            n_beyond += 1
            if (apart := _distance(was, now)) > distance:
                furthest, distance = name, apart
    facts: dict[str, str | int] = {
        "n": n_beyond,
        "of": sum(len(row) for row, _other in pairs),
        "largest": f"{distance:.2g}" if distance != float("inf") else "…",
        "column": furthest,
    }
    return Note(code="cells", facts=facts)


def _distance(published: Any, obtained: Any) -> float:
    """Distance of two numbers; infinite between things that are not both numbers."""
    if _is_number(published) and _is_number(obtained):
        return abs(float(published) - float(obtained))
    return float("inf")


def _is_number(cell: Any) -> bool:
    return isinstance(cell, (int, float)) and not isinstance(cell, bool)


def _is_whole(number: float) -> bool:
    return isinstance(number, int) or (abs(number) < _EXACT and number.is_integer())

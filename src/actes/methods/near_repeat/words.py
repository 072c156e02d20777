"""Name bands and tell cells in the reader's language.

In: bounds, a cell. Out: `[101 ; 201[ m`, sentences whose every number is a result.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from actes.i18n import _
from actes.numbers import format_decimal, format_p

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["bounds_label", "cell_sentence", "distance_label", "time_label"]

SAME_PLACE_M = 1.0
"""A band from 0 to at most this many metres is called “same place”."""


def bounds_label(low: float, high: float) -> str:
    """Write [low, high) the way the reader's language does."""
    return _("[{low}, {high})").format(low=_short(low), high=_short(high))


def distance_label(low: float, high: float) -> str:
    """Name a band of distance: same place, or [a, b) m."""
    if low == 0 and high <= SAME_PLACE_M:
        return _("same place")
    return _("{bounds} m").format(bounds=bounds_label(low, high))


def time_label(low: float, high: float) -> str:
    """Name a band of time: [a, b) days."""
    return _("{bounds} days").format(bounds=bounds_label(low, high))


def _short(bound: float) -> str:
    return format_decimal(bound, 0 if bound == int(bound) else 2)


def cell_sentence(cell: pd.Series, smallest_p: float) -> str:
    """Tell one raised cell in a sentence whose every number is a result."""
    return _("{place}, {time}: {ratio} times the pairs that chance gives (p {p}).").format(
        place=distance_label(cell["m_low"], cell["m_high"]).capitalize(),
        time=time_label(cell["days_low"], cell["days_high"]),
        ratio=format_decimal(cell["ratio"], 1),
        p=_compared(format_p(cell["p"], smallest=smallest_p)),
    )


def _compared(p: str) -> str:
    return p if p[0] in "≤<" else f"= {p}"

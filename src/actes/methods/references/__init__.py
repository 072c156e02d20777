"""Check each method against values that others have published.

In: the small series that the package carries, and a folder of those that it may not carry. Out:
`references`, one row per quantity: published, obtained by the very code of the studies, tolerance;
one file a family of studies.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from actes.methods.references import (
    autocorrelation,
    concentration,
    control_charts,
    disparity,
    durations,
    forecast,
    near_repeat,
    queues,
    series,
    survey,
    wdd,
)
from actes.methods.references.reference import Reference, reference_table

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["Reference", "reference_table", "references"]


def references(folder: Path | None = None) -> tuple[Reference, ...]:
    """Return every row, whether or not its data are here.

    Parameters
    ----------
    folder
        Where the files are that the package may not carry (`Reference.needs`).
    """
    return (
        *series.REFERENCES,
        *wdd.REFERENCES,
        *concentration.REFERENCES,
        *control_charts.REFERENCES,
        *queues.REFERENCES,
        *forecast.REFERENCES,
        *survey.REFERENCES,
        *durations.REFERENCES,
        *autocorrelation.REFERENCES,
        *near_repeat.REFERENCES,
        *near_repeat.chicago_references(folder),
        *disparity.REFERENCES,
        *disparity.new_york_references(folder),
    )

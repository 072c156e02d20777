"""Check each method against values that others have published.

In: the small series that the package carries. Out: `REFERENCES`, one row per quantity: published,
obtained by the very code of the studies, tolerance; one file a family of studies.
"""

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

__all__ = ["REFERENCES", "Reference", "reference_table"]

REFERENCES: tuple[Reference, ...] = (
    *series.REFERENCES,
    *wdd.REFERENCES,
    *concentration.REFERENCES,
    *control_charts.REFERENCES,
    *queues.REFERENCES,
    *forecast.REFERENCES,
    *survey.REFERENCES,
    *(survey.WITH_SAMPLICS if survey.nhanes_file() else ()),
    *durations.REFERENCES,
    *autocorrelation.REFERENCES,
    *near_repeat.REFERENCES,
    *disparity.REFERENCES,
)

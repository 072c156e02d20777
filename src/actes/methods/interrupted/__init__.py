"""Estimate what changed at a known date in a regular series of counts.

In: a monthly or weekly series without gaps and a `Specification`. Out: `InterruptedFit`: effects
with intervals, the path without the intervention, diagnostics, reserves; `PlaceboDistribution`.

`design` (what is asked, checked, and its regressors) → `generalised` and `logs` (the four models,
`statespace` under the latter) → `fit` (effects, path without the intervention, diagnostics) →
`placebo` (the same at dates when nothing happened).
"""

from actes.methods.interrupted.design import Specification, days_per_period, regular_series
from actes.methods.interrupted.fit import InterruptedFit, Interval, fit_interrupted, term_label
from actes.methods.interrupted.placebo import PlaceboDistribution, placebo_distribution

__all__ = [
    "InterruptedFit",
    "Interval",
    "PlaceboDistribution",
    "Specification",
    "days_per_period",
    "fit_interrupted",
    "placebo_distribution",
    "regular_series",
    "term_label",
]

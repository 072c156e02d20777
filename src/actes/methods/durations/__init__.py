"""Say how long it takes, for how many, when some have not arrived yet.

In: starts, ends, whether the event was seen. Out: curves, quantiles, shares within a target,
hazard ratios. One job a module: `times` reads the clock, `curves` estimates, `groups` compares,
`cox` adjusts.
"""

from actes.methods.durations.cox import CoxFit, adjusted_ratios, fit_cox
from actes.methods.durations.curves import Curve, Span, kaplan_meier, quantile, share_within
from actes.methods.durations.groups import (
    GroupComparison,
    TargetBounds,
    compare_groups,
    target_bounds,
)
from actes.methods.durations.times import Durations, read_durations

__all__ = [
    "CoxFit",
    "Curve",
    "Durations",
    "GroupComparison",
    "Span",
    "TargetBounds",
    "adjusted_ratios",
    "compare_groups",
    "fit_cox",
    "kaplan_meier",
    "quantile",
    "read_durations",
    "share_within",
    "target_bounds",
]

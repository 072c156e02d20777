"""Tell disparities between groups in police stops, in four layers, never by one number alone.

In: stops, and population, offences or drivers by area and group. Out: IDCI, ISRI, a model within
areas, outcomes; reserves. A disparity is a difference; it does not say why.
"""

from actes.methods.disparity.benchmark import BenchmarkFit, fit_benchmark, fit_cells
from actes.methods.disparity.indices import Index, area_indices, disparity_index, group_indices
from actes.methods.disparity.outcome import OutcomeComparison, compare_outcomes, outcome_shares
from actes.methods.disparity.reserves import disparity_caveats
from actes.methods.disparity.stops import BENCHMARKS, Stops, read_stops

__all__ = [
    "BENCHMARKS",
    "BenchmarkFit",
    "Index",
    "OutcomeComparison",
    "Stops",
    "area_indices",
    "compare_outcomes",
    "disparity_caveats",
    "disparity_index",
    "fit_benchmark",
    "fit_cells",
    "group_indices",
    "outcome_shares",
    "read_stops",
]

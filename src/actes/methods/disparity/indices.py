"""Compare stops of each group with its population, and with the offences recorded of it.

In: `Stops`. Out: IDCI and ISRI by group with intervals and extremes, and by area.
"""

from __future__ import annotations

import math
from dataclasses import astuple, dataclass
from typing import TYPE_CHECKING

from actes.errors import ParameterError
from actes.i18n import _

if TYPE_CHECKING:
    import pandas as pd

    from actes.methods.disparity.stops import Stops

__all__ = ["Index", "area_indices", "check_benchmark", "disparity_index", "group_indices"]


POWER = 0.8


@dataclass(frozen=True)
class Index:
    """A ratio of two rates: the group's over the reference's; 1 when they are equal.

    Parameters
    ----------
    ratio, low, high
        With its interval; NaN when a count or a benchmark is zero.
    detectable
        Smallest ratio above 1 that such counts would have shown four times in five; below 1, its
        inverse.
    """

    ratio: float
    low: float
    high: float
    detectable: float


def disparity_index(
    stops: float,
    benchmark: float,
    reference_stops: float,
    reference_benchmark: float,
    *,
    alpha: float = 0.05,
) -> Index:
    """Divide the group's stops per head (or per offence) by the reference's.

    The *indicateur de disparité de chances d'interpellation* of Armony, Hassaoui & Mulone (2019,
    report to the SPVM) when the benchmark is the population; the *indicateur de
    sur-interpellation au regard des infractions* when it is recorded offences. The interval is on
    the log, with the Poisson standard error sqrt(1 / a + 1 / a0): optimistic when the same persons
    are stopped again.
    """
    from scipy.stats import norm  # heavy

    parts = (stops, benchmark, reference_stops, reference_benchmark)
    if not all(part > 0 for part in parts):  # false for NaN too
        return Index(math.nan, math.nan, math.nan, math.nan)
    ratio = (stops / benchmark) / (reference_stops / reference_benchmark)
    error, side = math.sqrt(1 / stops + 1 / reference_stops), float(norm.isf(alpha / 2))
    reach = math.exp(side * error)
    detectable = math.exp((side + float(norm.ppf(POWER))) * error)
    return Index(ratio, ratio / reach, ratio * reach, detectable)


def check_benchmark(stops: Stops, benchmark: str) -> None:
    """Refuse a benchmark that the data do not have.

    Raises
    ------
    ParameterError
        P431.
    """
    if benchmark in stops.benchmarks:
        return
    raise ParameterError(
        "P431",
        _("The data do not have this benchmark."),
        found=benchmark,
        expected=", ".join(stops.benchmarks),
        next_step=_("add its rows to the benchmarks, or choose another"),
    )


def group_indices(stops: Stops, benchmark: str, *, alpha: float = 0.05) -> pd.DataFrame:
    """Compute the index of each group, all areas together.

    Returns
    -------
    DataFrame
        ``group, stops, benchmark, rate, ratio, low, high, detectable, extreme_low,
        extreme_high``, the reference first. The extremes: had all unknown stops been of the
        reference, or of the group. NaN where the group has too few stops, or for the reference.

    Raises
    ------
    ParameterError
        P431.
    """
    import pandas as pd  # heavy

    check_benchmark(stops, benchmark)
    totals = stops.by_group
    base, base_stops = totals[benchmark][stops.reference], totals["stops"][stops.reference]
    # Imputed stops hold the unknown ones already: the extremes start from those that are known.
    known = stops.rows["group"].value_counts()
    n_lost, known_base = stops.n_unknown, float(known[stops.reference])
    found = []
    for group in stops.groups:
        n, own = float(totals["stops"][group]), float(totals[benchmark][group])
        n_known = float(known[group])
        is_told = group != stops.reference and stops.is_told(group)
        index = disparity_index(n if is_told else 0, own, base_stops, base, alpha=alpha)
        low = disparity_index(n_known if is_told else 0, own, known_base + n_lost, base)
        high = disparity_index(n_known + n_lost if is_told else 0, own, known_base, base)
        rate = n / own if own > 0 else math.nan
        found.append((group, n, own, rate, *astuple(index), low.ratio, high.ratio))
    columns = ["group", "stops", "benchmark", "rate", "ratio", "low", "high", "detectable"]
    return pd.DataFrame(found, columns=[*columns, "extreme_low", "extreme_high"])


def area_indices(stops: Stops, benchmark: str, *, alpha: float = 0.05) -> pd.DataFrame:
    """Compute the index of each group within each area.

    Returns
    -------
    DataFrame
        ``area, group, stops, reference_stops, ratio, low, high, p, q``, without the reference. Only
        pairs where both have at least ``min_cell`` stops are told: NaN elsewhere. p is two-sided,
        of a ratio of 1; q is Benjamini & Hochberg's, over the pairs told.

    Raises
    ------
    ParameterError
        P431.
    """
    import numpy as np  # heavy
    import pandas as pd
    from scipy.stats import norm
    from statsmodels.stats.multitest import multipletests

    check_benchmark(stops, benchmark)
    cells = stops.cells
    base = cells[cells["group"] == stops.reference].set_index("area")
    found = []
    for row in cells[cells["group"] != stops.reference].itertuples():
        n, n_base = float(row.stops), float(base["stops"][row.area])  # type: ignore[arg-type, index]
        is_told = min(n, n_base) >= stops.min_cell
        own, other = getattr(row, benchmark), base[benchmark][row.area]  # type: ignore[index]
        index = disparity_index(n if is_told else 0, own, n_base, other, alpha=alpha)
        z = math.log(index.ratio) / math.sqrt(1 / n + 1 / n_base) if index.ratio > 0 else math.nan
        p = 2 * float(norm.sf(abs(z)))
        found.append((row.area, row.group, n, n_base, index.ratio, index.low, index.high, p))
    columns = ["area", "group", "stops", "reference_stops", "ratio", "low", "high", "p"]
    table = pd.DataFrame(found, columns=columns)
    is_tested = table["p"].notna()
    table["q"] = np.nan
    if is_tested.any():
        table.loc[is_tested, "q"] = multipletests(table.loc[is_tested, "p"], method="fdr_bh")[1]
    return table

"""Add up areas into the zones of the study; look at the areas outside and at the years before.

In: a table of counts by area and period. Out: the zones' counts, the ordinary spread of the other
areas, the same difference on earlier years.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from actes.errors import ParameterError
from actes.i18n import _
from actes.methods.counts import compare_pairs
from actes.methods.dispersion import Dispersion, dispersion_of_changes
from actes.methods.pairing import pair_periods
from actes.methods.wdd.difference import ZONES, DisplacementTest, weighted_displacement
from actes.methods.wdd.reserves import earlier_caveats

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from actes.methods.caveats import Caveat
    from actes.methods.pairing import PairedCounts

__all__ = ["difference_of_zones", "earlier_years", "spread_elsewhere", "zone_counts"]


def zone_counts(paired: PairedCounts, zones: Mapping[str, Sequence[object]]) -> pd.DataFrame:
    """Add up the areas of each zone.

    Parameters
    ----------
    paired
        Areas with a count in both periods (`actes.methods.pairing.pair_periods`).
    zones
        Areas of each of `ZONES`; an empty list when there is no displacement zone.

    Returns
    -------
    DataFrame
        ``before, after``, one row per zone that has areas, indexed by zone.

    Raises
    ------
    ParameterError
        P300, no treated or no control area, one displacement zone without the other, or an area
        in two zones; P301, an area that does not exist in both periods.
    """
    import pandas as pd  # heavy

    _check_zones(zones)
    pairs = paired.pairs.set_index("area")[["before", "after"]]
    absent = [area for areas in zones.values() for area in areas if area not in pairs.index]
    if absent:
        raise ParameterError(
            "P301",
            _("An area of the study does not exist in both periods."),
            found=", ".join(str(area) for area in absent),
            expected=_("areas whose boundaries did not change between the periods"),
            next_step=_("Choose other areas, or other years."),
        )
    sums = {zone: pairs.loc[list(zones[zone])].sum() for zone in ZONES if zones.get(zone)}
    return pd.DataFrame(sums).T


def spread_elsewhere(paired: PairedCounts, used: Sequence[object]) -> Dispersion:
    """Measure how much more than chance the areas outside the study vary between the periods.

    Each is compared with their common change (`actes.methods.dispersion`); what their variance is
    above 1 is what the standard error of the study must be widened by.
    """
    import numpy as np  # heavy

    others = paired.pairs[~paired.pairs["area"].isin(list(used))]
    whole = others["before"].sum()
    if len(others) < 2 or whole == 0 or others["after"].sum() == 0:
        return dispersion_of_changes(np.array([]))
    ratio = float(others["after"].sum() / whole)
    moved = compare_pairs(others["before"], others["after"], 1.0, test="z", null_ratio=ratio)
    return dispersion_of_changes(moved["z"])


def earlier_years(
    table: pd.DataFrame,
    zones: Mapping[str, Sequence[object]],
    *,
    area: str,
    period: str,
    count: str,
    before: int,
    after: int,
    alpha: float = 0.05,
    area_weights: Sequence[float] = (1.0, 1.0, 1.0, 1.0),
) -> tuple[pd.DataFrame, tuple[Caveat, ...]]:
    """Repeat the calculation on earlier pairs of years, when the operation did not exist.

    The differences should then stay near zero: if they do not, the control does not move as the
    treated zone does, and the real difference proves little. Each pair of years has its own
    widening (`spread_elsewhere`).

    Parameters
    ----------
    table
        Long table of one category, one row per area and year (months are added up first).
    before, after
        The study's own years; earlier pairs have the same distance and end no later than
        ``before``.

    Returns
    -------
    DataFrame
        ``before, after, estimate, low, high, z, is_beyond`` of the total difference, one row per
        earlier pair of years in which every area of the zones exists; empty when there is none.
    """
    import pandas as pd  # heavy

    columns = ["before", "after", "estimate", "low", "high", "z", "is_beyond"]
    rows = []
    used = [area for areas in zones.values() for area in areas]
    table = table.groupby([area, period], as_index=False, sort=False)[[count]].sum()
    years = {int(year) for year in table[period]}
    for first in sorted(year for year in years if year + after - before <= before):
        later = first + after - before
        if later not in years:
            continue
        paired = pair_periods(
            table, area=area, period=period, count=count, before=[first], after=[later]
        )
        try:
            counted = zone_counts(paired, zones)
            spread = spread_elsewhere(paired, used)
            test = difference_of_zones(
                counted, alpha=alpha, inflation=spread.inflation, area_weights=area_weights
            )
        except ParameterError as error:
            if error.code in ("P301", "P302"):
                continue  # the zones did not exist yet, or counted nothing
            raise
        whole = test.total
        values = (whole.estimate, whole.low, whole.high, whole.z, whole.is_beyond_chance)
        rows.append((first, later, *values))
    earlier = pd.DataFrame(rows, columns=columns)
    return earlier, earlier_caveats(earlier)


def difference_of_zones(
    counted: pd.DataFrame,
    *,
    time_weights: Sequence[float] = (1.0, 1.0),
    area_weights: Sequence[float] = (1.0, 1.0, 1.0, 1.0),
    alpha: float = 0.05,
    inflation: float = 1.0,
) -> DisplacementTest:
    """Compute `weighted_displacement` from the table of `zone_counts`."""
    pairs = {zone: (row["before"], row["after"]) for zone, row in counted.iterrows()}
    return weighted_displacement(
        pairs["treated"],
        pairs["control"],
        treated_displacement=pairs.get("treated-displacement"),
        control_displacement=pairs.get("control-displacement"),
        time_weights=time_weights,
        area_weights=area_weights,
        alpha=alpha,
        inflation=inflation,
    )


def _check_zones(zones: Mapping[str, Sequence[object]]) -> None:
    named = [area for zone in ZONES for area in zones.get(zone, ())]
    is_paired = bool(zones.get("control-displacement")) == bool(zones.get("treated-displacement"))
    if len(set(named)) < len(named) or not (zones.get("treated") and zones.get("control")):
        problem = _("The zones overlap, or one of them has no area.")
    elif not is_paired:
        problem = _("A displacement zone goes with another, beside the control.")
    else:
        return
    raise ParameterError(
        "P300",
        problem,
        found=", ".join(f"{zone}: {len(zones.get(zone, ()))}" for zone in ZONES),
        expected=_(
            "a treated and a control zone, both displacement zones or neither, no area twice"
        ),
        next_step=_("Correct the lists of areas."),
    )

"""Find the areas whose change stands out of the overall change.

In: paired counts of many areas. Out: a table of changes with p and q, the spread of the changes,
the areas that cannot be tested, the reserves to print, the contours of the fan plot.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal, get_args

from actes.errors import ParameterError
from actes.i18n import _, ngettext
from actes.methods.caveats import Caveat
from actes.methods.counts import Change, TestName, compare_counts, compare_pairs
from actes.methods.dispersion import (
    MIN_AREAS,
    Dispersion,
    dispersion_of_changes,
    minimum_detectable_change,
)
from actes.numbers import format_decimal, format_percent

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from actes.methods.pairing import PairedCounts

__all__ = [
    "FLAGS",
    "CountComparison",
    "Reference",
    "compare_areas",
    "fan_contours",
    "flag_label",
]

Reference = Literal["overall", "none"]
FLAGS = ("rise", "fall", "none", "untestable")

FEW_EVENTS = 5
DOMINANT_SHARE = 0.2


@dataclass(frozen=True)
class CountComparison:
    """Many areas compared over two periods.

    Parameters
    ----------
    areas
        One row per area that exists in both periods, in the order given: ``area, before, after,
        expected, difference, ratio, ratio_low, ratio_high, z, p, q, z_inflated, p_inflated,
        q_inflated, flag, is_beyond, detectable_fall, detectable_rise``. ``expected`` is the later
        count had the area followed the reference; ``difference`` is after - expected; ``ratio``
        is the area's own change, whatever the reference; z, p and q are against the reference
        and Poisson chance; the inflated ones also allow for the ordinary variation between areas
        (and equal them when there is none); q is Benjamini & Hochberg's (1995); ``flag`` is one
        of `FLAGS`, by ``q_inflated``; ``is_beyond`` is ``|z_inflated| > threshold_z``; the
        detectable counts have power 0.8, ``detectable_fall`` is NaN where even zero would not be
        detected. NaN in z, p, q where there was no event at all.
    overall
        All paired areas together, against no change, with the same inflation.
    reference, reference_ratio
        What areas are compared with, and its rate ratio (1 for ``none``).
    dispersion
        Spread of z between areas.
    n_tests
        Areas tested.
    only_before, only_after
        Areas set apart because they lack a period.
    untestable
        Areas with no event in either period.
    caveats
        Reserves to print with the table.
    """

    areas: pd.DataFrame
    overall: Change
    reference: Reference
    reference_ratio: float
    dispersion: Dispersion
    n_tests: int
    only_before: tuple[str, ...]
    only_after: tuple[str, ...]
    untestable: tuple[str, ...]
    test: TestName
    threshold_z: float
    fdr: float
    alpha: float
    caveats: tuple[Caveat, ...]

    @property
    def n_beyond_poisson(self) -> int:
        """Areas whose change exceeds Poisson chance, ordinary variation between areas or not."""
        return int((self.areas["q"] <= self.fdr).sum())

    @property
    def n_rises(self) -> int:
        """Areas flagged as rising more than the reference."""
        return int((self.areas["flag"] == "rise").sum())

    @property
    def n_falls(self) -> int:
        """Areas flagged as falling more than the reference."""
        return int((self.areas["flag"] == "fall").sum())


def compare_areas(
    paired: PairedCounts,
    *,
    test: TestName = "etest",
    reference: Reference = "overall",
    threshold_z: float = 3.0,
    fdr: float = 0.05,
    alpha: float = 0.05,
) -> CountComparison:
    """Compare each area's change with the overall change (or with no change).

    With ``reference="overall"`` the expected later count of area i is before_i x e_i x R, where
    e_i is its exposure ratio and R = sum(after) / sum(before x e): the expected counts add up to
    the observed total, and one line of the fan plot serves all areas. The area itself is part of
    R. Its own change is thus compared with a reference that it pulls towards itself, by its share
    of all events: the test is conservative by that share (3 % for one station in thirty), where
    leaving it out and taking the others' change as known would be liberal by as much.

    Parameters
    ----------
    paired
        See `actes.methods.pairing.pair_periods`.
    test, alpha
        See `actes.methods.counts.compare_pairs`.
    threshold_z
        Distance, in standard deviations, of the fan plot's contours.
    fdr
        Expected share of false alarms among the areas flagged (Benjamini & Hochberg 1995,
        *Journal of the Royal Statistical Society B* 57, 289-300).

    Raises
    ------
    TableError
        P200, P201, P202.
    ParameterError
        P206, fewer than two areas, or no event before, with ``reference="overall"``; P207, an
        unknown test or reference; P208, ``alpha`` or ``fdr`` out of bounds.
    """
    pairs = paired.pairs
    _check_choices(reference, fdr)
    exposure = (pairs["exposure_after"] / pairs["exposure_before"]).to_numpy(float)
    ratio = _reference_ratio(pairs, exposure, reference)
    ask = partial(
        compare_pairs, pairs["before"], pairs["after"], exposure, alpha=alpha, null_ratio=ratio
    )
    # z is the same whatever the test: the quickest one tells the spread.
    dispersion = dispersion_of_changes(ask(test="z")["z"])
    tested = ask(test=test, inflation=dispersion.inflation)
    tested.insert(0, "area", [str(name) for name in pairs["area"]])
    areas = _flagged(tested, fdr, threshold_z)
    areas = _with_detectable(areas, exposure * ratio, alpha, dispersion.inflation)
    untestable = tuple(areas.loc[areas["flag"] == "untestable", "area"])
    return CountComparison(
        areas=areas,
        overall=_overall(pairs, exposure, test, alpha, inflation=dispersion.inflation),
        reference=reference,
        reference_ratio=ratio,
        dispersion=dispersion,
        n_tests=len(areas) - len(untestable),
        only_before=paired.only_before,
        only_after=paired.only_after,
        untestable=untestable,
        test=test,
        threshold_z=threshold_z,
        fdr=fdr,
        alpha=alpha,
        caveats=(*paired.caveats, *_caveats(areas, reference, dispersion)),
    )


def _reference_ratio(pairs: pd.DataFrame, exposure: np.ndarray, reference: Reference) -> float:
    if reference == "none":
        return 1.0
    whole = float((pairs["before"] * exposure).sum())
    if len(pairs) < 2 or whole == 0:
        raise ParameterError(
            "P206",
            _("There is no overall change to compare areas with."),
            found=ngettext("{n} area", "{n} areas", len(pairs)).format(n=len(pairs)),
            expected=_("at least two areas, and events in the first period"),
            next_step=_("Compare with no change instead."),
        )
    return float(pairs["after"].sum()) / whole


def _overall(
    pairs: pd.DataFrame, exposure: np.ndarray, test: TestName, alpha: float, *, inflation: float
) -> Change:
    before = int(pairs["before"].sum())
    # The exposure ratio of the whole is the mean of the areas', weighted by their events.
    weighted = float((pairs["before"] * exposure).sum())
    return compare_counts(
        before,
        int(pairs["after"].sum()),
        exposure_after=weighted / before if before else float(exposure.mean()),
        test=test,
        alpha=alpha,
        inflation=inflation,
    )


def _flagged(tested: pd.DataFrame, fdr: float, threshold_z: float) -> pd.DataFrame:
    import numpy as np  # heavy

    areas = tested.copy()
    areas.insert(4, "difference", areas["after"] - areas["expected"])
    areas.insert(10, "q", _false_discovery(areas["p"]))
    areas["q_inflated"] = _false_discovery(areas["p_inflated"])
    is_tested = areas["p"].notna().to_numpy()
    stands_out = (areas["q_inflated"] <= fdr).to_numpy()
    conditions = [~is_tested, stands_out & (areas["z"] > 0), stands_out & (areas["z"] < 0)]
    areas["flag"] = np.select(conditions, ["untestable", "rise", "fall"], "none")
    areas["is_beyond"] = areas["z_inflated"].abs() > threshold_z
    return areas


def _false_discovery(p: pd.Series) -> np.ndarray:
    import numpy as np  # heavy
    from statsmodels.stats.multitest import multipletests

    is_tested = p.notna().to_numpy()
    q = np.full(len(p), np.nan)
    if is_tested.any():
        q[is_tested] = multipletests(p[is_tested], method="fdr_bh")[1]
    return q


def _with_detectable(
    areas: pd.DataFrame, null: np.ndarray, alpha: float, inflation: float
) -> pd.DataFrame:
    changes = [
        minimum_detectable_change(int(n), exposure_ratio=float(d), alpha=alpha, inflation=inflation)
        for n, d in zip(areas["before"], null, strict=True)
    ]
    falls = [float("nan") if change.fall is None else float(change.fall) for change in changes]
    return areas.assign(detectable_fall=falls, detectable_rise=[float(c.rise) for c in changes])


def _caveats(
    areas: pd.DataFrame, reference: Reference, dispersion: Dispersion
) -> tuple[Caveat, ...]:
    share = areas["before"].max() / max(areas["before"].sum(), 1)
    n_few = int((areas[["before", "after"]].min(axis=1) < FEW_EVENTS).sum())
    n_untestable = int((areas["flag"] == "untestable").sum())
    found = [_dispersion_caveat(dispersion)] if dispersion.variance == dispersion.variance else []
    if n_few:
        text = ngettext(
            "{n} area has fewer than {few} events in one of the periods: only a very large change "
            "could be seen there.",
            "{n} areas have fewer than {few} events in one of the periods: only a very large "
            "change could be seen there.",
            n_few,
        )
        found.append(Caveat("few-events", text.format(n=n_few, few=FEW_EVENTS)))
    if n_untestable:
        text = ngettext(
            "{n} area had no event in either period: its change is undefined, so it is not tested.",
            "{n} areas had no event in either period: their change is undefined, so they are not "
            "tested.",
            n_untestable,
        )
        found.append(Caveat("untestable", text.format(n=n_untestable)))
    if reference == "overall" and share > DOMINANT_SHARE:
        text = _(
            "One area holds {share} of the events: it weighs on the overall change that it is "
            "compared with, and its own change is understated."
        )
        found.append(Caveat("dominant-area", text.format(share=format_percent(share, 0))))
    return tuple(found)


def _dispersion_caveat(dispersion: Dispersion) -> Caveat:
    variance = format_decimal(dispersion.variance, 2)
    if dispersion.is_inflated:
        text = _(
            "Changes vary more between areas than chance alone would make them (variance of z: "
            "{variance}, not 1). To tell what stands out of this ordinary variation, z is divided "
            "by {root} and intervals are widened."
        )
        root = format_decimal(dispersion.inflation**0.5, 2)
        return Caveat("overdispersed", text.format(variance=variance, root=root))
    if dispersion.n < MIN_AREAS:
        text = _(
            "With {n} areas, whether they vary more than chance allows cannot be checked well "
            "(variance of z: {variance}); nothing is widened."
        )
        return Caveat("dispersion-unchecked", text.format(n=dispersion.n, variance=variance))
    text = _("Changes vary between areas as chance would make them (variance of z: {variance}).")
    return Caveat("poisson-spread", text.format(variance=variance))


def fan_contours(comparison: CountComparison, *, n_points: int = 200) -> pd.DataFrame:
    """Trace the fan: what the later count would be at -k, 0, +k standard deviations.

    The contours are those of the stabilised z (`actes.methods.counts.compare_pairs`) solved for
    the later count, so that an area lies outside ``low`` and ``high`` exactly when its
    ``is_beyond`` is true. After Wheeler's plots of crime changes (2016, *International Journal of
    Police Science & Management* 18), whose contours take the first count as known.

    Returns
    -------
    DataFrame
        ``before, expected, low, high, chance_low, chance_high``, from 0 to just above the largest
        earlier count, evenly spaced on the square-root scale. The last two are the contours of
        Poisson chance alone: the same without overdispersion.

    Raises
    ------
    ParameterError
        P209, exposures that differ between areas: no single contour serves them all.
    """
    import numpy as np  # heavy
    import pandas as pd

    areas = comparison.areas[comparison.areas["before"] > 0]
    ratios = (areas["expected"] / areas["before"]).to_numpy()
    if len(ratios) == 0 or np.ptp(ratios) > 1e-9 * ratios.max():
        raise ParameterError(
            "P209",
            _("A fan plot needs the same exposures in all areas, and events in the first period."),
            next_step=_("Show the ratios of the areas instead."),
        )
    d = float(ratios[0])
    before = np.linspace(0, np.sqrt(areas["before"].max() * 1.05), n_points) ** 2
    contours = {"before": before, "expected": d * before}
    root = np.sqrt(d * (before + 3 / 8))
    for prefix, inflation in (("", comparison.dispersion.inflation), ("chance_", 1.0)):
        half = comparison.threshold_z * np.sqrt(inflation * (1 + d)) / 2
        contours[f"{prefix}low"] = np.maximum(np.maximum(root - half, 0) ** 2 - 3 / 8, 0)
        contours[f"{prefix}high"] = (root + half) ** 2 - 3 / 8
    return pd.DataFrame(contours)


def flag_label(flag: str) -> str:
    """Name a flag in the reader's language."""
    labels = {
        "rise": _("rises"),
        "fall": _("falls"),
        "none": _("not distinguishable from chance"),
        "untestable": _("cannot be tested"),
    }
    return labels[flag]


def _check_choices(reference: str, fdr: float) -> None:
    if reference not in get_args(Reference):
        raise ParameterError(
            "P207",
            _("Areas cannot be compared with this reference."),
            found=reference,
            expected=", ".join(get_args(Reference)),
            next_step=_("Choose the overall change, or none."),
        )
    if not 0 < fdr <= 0.5:
        raise ParameterError(
            "P208",
            _("The share of false alarms must be a small share."),
            found=str(fdr),
            expected=_("more than 0, at most 0.5"),
            next_step=_("0.05 is usual."),
        )

"""Compute the weighted displacement difference, and the sum of several by gravity.

In: counts before and after in a treated and a control zone, with displacement zones or without.
Out: `DisplacementTest`, `HarmTest`. Only here: the weights of periods, surfaces and offences.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from actes.errors import ParameterError
from actes.i18n import _
from actes.methods.counts import check_counts
from actes.methods.wdd.reserves import harm_caveats, zone_caveats

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping, Sequence

    import pandas as pd

    from actes.methods.caveats import Caveat

__all__ = [
    "ZONES",
    "Difference",
    "DisplacementTest",
    "HarmTest",
    "gravity_weights",
    "harm_weighted",
    "weighted_displacement",
]

ZONES = ("control", "treated", "control-displacement", "treated-displacement")
"""The zones, in the order of the surface weights (that of Wheeler's own programs)."""

POWER = 0.8

Pair = tuple[float, float]


@dataclass(frozen=True)
class Difference:
    """A difference of differences of counts.

    Parameters
    ----------
    estimate
        Events fewer (negative) or more than the control would make one expect; per unit of
        weight when there are weights.
    se
        Standard error under Poisson chance, widened by the root of ``inflation``.
    z, p
        ``estimate / se`` and its two-sided normal probability.
    low, high
        Interval of level 1 - ``alpha``.
    detectable
        Smallest true difference found four times in five.
    z_chance
        z under Poisson chance alone: that of the published method.
    """

    estimate: float
    se: float
    z: float
    p: float
    low: float
    high: float
    detectable: float
    z_chance: float
    alpha: float
    inflation: float

    @property
    def is_beyond_chance(self) -> bool:
        """Whether the interval leaves zero out."""
        return self.p <= self.alpha


@dataclass(frozen=True)
class DisplacementTest:
    """The effect of an operation, where it took place and around.

    Parameters
    ----------
    zones
        ``zone, before, after``, one row per zone given, in the order of `ZONES`.
    local, displacement, total
        The differences; ``displacement`` is None without displacement zones, and ``total`` is
        then the local one.
    expected
        What the treated zone would have counted after, had it moved as the control did (per unit
        of weight when there are weights).
    caveats
        Reserves to print with the result.
    """

    zones: pd.DataFrame
    local: Difference
    displacement: Difference | None
    total: Difference
    expected: float
    caveats: tuple[Caveat, ...]


@dataclass(frozen=True)
class HarmTest:
    """Several offences added up by their gravity.

    Parameters
    ----------
    offences
        ``offence, weight, estimate, se, weighted``: each total difference, and times its weight.
    total
        The sum, in units of gravity.
    caveats
        Reserves.
    """

    offences: pd.DataFrame
    total: Difference
    caveats: tuple[Caveat, ...]


def weighted_displacement(
    treated: Sequence[float],
    control: Sequence[float],
    *,
    treated_displacement: Sequence[float] | None = None,
    control_displacement: Sequence[float] | None = None,
    time_weights: Sequence[float] = (1.0, 1.0),
    area_weights: Sequence[float] = (1.0, 1.0, 1.0, 1.0),
    alpha: float = 0.05,
    inflation: float = 1.0,
) -> DisplacementTest:
    """Compute the weighted displacement difference.

    WDD = (T1 - T0) - (C1 - C0) + (Td1 - Td0) - (Cd1 - Cd0), whose variance, if the counts are
    Poisson, is the sum of the counts (Wheeler & Ratcliffe 2018, *Crime Science* 7:11). With periods
    of unequal lengths or zones of unequal sizes, each count is divided by w, the product of its
    period's and its zone's weights, and its variance by w squared (Wheeler 2021).

    Parameters
    ----------
    treated, control, treated_displacement, control_displacement
        Events (before, after).
    time_weights
        Of the two periods (2, 1 when the first lasts twice as long).
    area_weights
        Of the zones, in the order of `ZONES`.
    inflation
        Variance of counts relative to Poisson (`spread_elsewhere`).

    Raises
    ------
    TableError
        P200, P201: counts that are negative or fractional.
    ParameterError
        P300, one displacement zone without the other; P302, no event at all; P303, a weight that
        is not positive; P305, ``alpha`` outside ]0, 0.5] or ``inflation`` below 1.
    """
    import pandas as pd  # heavy

    given = (control, treated, control_displacement, treated_displacement)
    _check_displacement(control_displacement, treated_displacement)
    _check_weights(time_weights, area_weights)
    _check_risk(alpha, inflation)
    counts = [None if pair is None else (float(pair[0]), float(pair[1])) for pair in given]
    known = [(zone, pair) for zone, pair in zip(ZONES, counts, strict=True) if pair is not None]
    check_counts([count for _zone, pair in known for count in pair])
    rows = [(zone, int(before), int(after)) for zone, (before, after) in known]
    zones = pd.DataFrame(rows, columns=["zone", "before", "after"])
    if zones[["before", "after"]].to_numpy().sum() == 0:
        raise _no_event()
    parts = [
        _moved(pair, time_weights, weight)
        for pair, weight in zip(counts, area_weights, strict=True)
    ]
    (c, c_var), (t, t_var), (cd, cd_var), (td, td_var) = parts
    local = _difference(t - c, t_var + c_var, alpha, inflation)
    around = _difference(td - cd, td_var + cd_var, alpha, inflation)
    variance = t_var + c_var + td_var + cd_var
    total = _difference(t - c + td - cd, variance, alpha, inflation)
    expected = float(treated[1]) / (time_weights[1] * area_weights[1]) - local.estimate
    return DisplacementTest(
        zones=zones,
        local=local,
        displacement=None if treated_displacement is None else around,
        total=total,
        expected=expected,
        caveats=zone_caveats(zones, expected, inflation, is_weighted=set(area_weights) != {1}),
    )


def _moved(pair: Pair | None, time_weights: Sequence[float], weight: float) -> Pair:
    """Return a zone's change per unit of weight, and its Poisson variance."""
    if pair is None:
        return 0.0, 0.0
    before, after = (w * weight for w in time_weights)
    return pair[1] / after - pair[0] / before, pair[1] / after**2 + pair[0] / before**2


def _difference(estimate: float, variance: float, alpha: float, inflation: float) -> Difference:
    from scipy.stats import norm  # heavy

    chance = variance**0.5
    se = chance * inflation**0.5
    reach = float(norm.ppf(1 - alpha / 2))
    z, z_chance = (estimate / s if s else float("nan") for s in (se, chance))
    return Difference(
        estimate=estimate,
        se=se,
        z=z,
        p=float(2 * norm.sf(abs(z))),
        low=estimate - reach * se,
        high=estimate + reach * se,
        detectable=(reach + float(norm.ppf(POWER))) * se,
        z_chance=z_chance,
        alpha=alpha,
        inflation=inflation,
    )


def harm_weighted(
    tests: Mapping[str, DisplacementTest], weights: Mapping[str, float], *, alpha: float = 0.05
) -> HarmTest:
    """Add offences up by their gravity: sum(h x WDD), variance sum(h^2 x var) (Wheeler 2020).

    Parameters
    ----------
    tests, weights
        By offence, the same offences in both; weights are zero or more.

    Raises
    ------
    ParameterError
        P304, other offences on one side, or a negative or missing weight, or none above zero.
    """
    import pandas as pd  # heavy

    _check_harm(tests, weights)
    rows = [
        (name, float(h), tests[name].total.estimate, tests[name].total.se)
        for name, h in weights.items()
    ]
    table = pd.DataFrame(rows, columns=["offence", "weight", "estimate", "se"])
    table["weighted"] = table["weight"] * table["estimate"]
    parts = (table["weight"] * table["se"]) ** 2
    widened = max(test.total.inflation for test in tests.values())
    total = _difference(
        float(table["weighted"].sum()), float(parts.sum()) / widened, alpha, widened
    )
    shares = dict(zip(table["offence"], parts / parts.sum(), strict=True))
    return HarmTest(table, total, harm_caveats(shares))


def gravity_weights(pairs: Sequence[tuple[str, float]], known: Collection[str]) -> dict[str, float]:
    """Turn pairs (offence, weight) into weights, once each offence is in the data.

    Raises
    ------
    ParameterError
        P304, an offence that the data do not have, or that is given twice.
    """
    weights = dict(pairs)
    unknown = sorted(set(weights) - set(known))
    if unknown or len(weights) < len(pairs):
        raise ParameterError(
            "P304",
            _("The weights of gravity cannot be used."),
            found=", ".join(unknown) or _("an offence given twice"),
            expected=_("offences of the data, each of them once"),
            next_step=_("Correct the list of weights."),
        )
    return weights


def _check_displacement(control: object, treated: object) -> None:
    if (control is None) != (treated is None):
        raise ParameterError(
            "P300",
            _("A displacement zone goes with another, beside the control."),
            expected=_("both displacement zones, or neither"),
            next_step=_("Name the other displacement zone, or leave this one out."),
        )


def _check_weights(time_weights: Sequence[float], area_weights: Sequence[float]) -> None:
    weights = [*time_weights, *area_weights]
    if len(time_weights) != 2 or len(area_weights) != 4 or not all(w > 0 for w in weights):
        raise ParameterError(
            "P303",
            _("The weights of the periods and of the zones cannot be used."),
            found=", ".join(str(weight) for weight in weights),
            expected=_("two weights of periods and four of zones, all above zero"),
            next_step=_("1 everywhere means equal periods and equal zones."),
        )


def _check_risk(alpha: float, inflation: float) -> None:
    if not (0 < alpha <= 0.5 and inflation >= 1):
        raise ParameterError(
            "P305",
            _("The level or the widening of the intervals cannot be used."),
            found=f"{alpha}, {inflation}",
            expected=_("a level above 0 and at most 0.5, a widening of 1 or more"),
            next_step=_("0.05 is usual."),
        )


def _check_harm(tests: Mapping[str, DisplacementTest], weights: Mapping[str, float]) -> None:
    is_usable = all(weight >= 0 for weight in weights.values()) and any(weights.values())
    if set(tests) != set(weights) or not is_usable:
        raise ParameterError(
            "P304",
            _("The weights of gravity cannot be used."),
            found=", ".join(f"{name}: {weight}" for name, weight in weights.items()),
            expected=_("one weight, zero or more, for each offence; one above zero"),
            next_step=_("Correct the list of weights."),
        )


def _no_event() -> ParameterError:
    return ParameterError(
        "P302",
        _("The zones counted no event in either period: nothing can be compared."),
        next_step=_("Choose wider zones, longer periods or another offence."),
    )

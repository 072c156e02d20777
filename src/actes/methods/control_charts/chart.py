"""Watch a series of counts: which periods call for a look, which are only chance.

In: counts by month, choices. Out: `ControlChart`: limits and signals of each period, the false
alarms to expect, reserves. Only here: which series can be watched.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from actes.errors import ParameterError, TableError
from actes.i18n import _, ngettext
from actes.methods.control_charts.limits import (
    REACH,
    Baseline,
    ewma,
    individuals_baseline,
    poisson_baseline,
    residual_baseline,
    tabular_cusum,
)
from actes.methods.control_charts.reserves import Reference, chart_caveats, look_at_reference
from actes.methods.control_charts.rules import RULES, broken_rules
from actes.methods.counts import check_counts, check_exposures

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from actes.methods.caveats import Caveat

__all__ = ["ChartChoices", "ControlChart", "Kind", "control_chart", "monthly_counts"]

Kind = Literal["individuals", "residuals", "c", "u", "cusum", "ewma"]

N_SIMULATED = 400


@dataclass(frozen=True)
class ChartChoices:
    """What is asked of a chart.

    Parameters
    ----------
    kind
        ``individuals`` (moving range), ``residuals`` (of an autoregression), ``c`` and ``u``
        (Poisson counts, without and with exposures), ``cusum`` or ``ewma`` of standardised counts.
    n_reference
        First periods, on which the limits are set: 12 to 60.
    rules
        Nelson's rules, for the first four kinds.
    k, h
        Allowance and limit of the CUSUM, in standard deviations.
    weight, reach
        Weight of the last value in the moving average; its limits, in standard deviations.
    seed
        Of the simulated false alarms.
    """

    kind: Kind = "u"
    n_reference: int = 24
    rules: tuple[int, ...] = RULES
    k: float = 0.5
    h: float = 5.0
    weight: float = 0.2
    reach: float = REACH
    seed: int = 20260101


@dataclass(frozen=True)
class ControlChart:
    """A series under control, or not.

    Parameters
    ----------
    periods
        Indexed by period: ``count`` (observed), ``value`` (what is drawn), ``value_down`` (the
        downward CUSUM, drawn below zero; NaN for the other kinds), ``centre, low, high, z,
        is_reference, is_signal, rules`` (numbers of the rules broken, separated by commas).
    reference
        What the reference period is like.
    inflation
        Variance of the reference relative to Poisson that the limits allow for (1: none).
    n_watched, n_signals
        Periods after the reference; those with a signal.
    expected_signals, p_any_signal
        Signals to expect, and the probability of at least one, on as many periods if nothing
        changed (simulated, limits set again each time).
    caveats
        Reserves to print with the chart.
    """

    periods: pd.DataFrame
    choices: ChartChoices
    reference: Reference
    inflation: float
    n_watched: int
    n_signals: int
    expected_signals: float
    p_any_signal: float
    caveats: tuple[Caveat, ...]

    @property
    def first_signal(self) -> pd.Period | None:
        """First period after the reference with a signal."""
        watched = self.periods[self.periods["is_signal"] & ~self.periods["is_reference"]]
        return watched.index[0] if len(watched) else None


def monthly_counts(
    table: pd.DataFrame, *, date: str, count: str, start: str = ""
) -> pd.Series[Any]:
    """Count the events of each month, from ``start`` (year-month; empty: from the first) on.

    Raises
    ------
    TableError
        P200, P201; P320, a month without figures between the first and the last.
    ParameterError
        P321, no month from ``start`` on.
    """
    import pandas as pd  # heavy

    check_counts(table[count])
    counts = table.groupby(table[date].dt.to_period("M"))[count].sum().sort_index()
    if start:
        counts = counts[counts.index >= pd.Period(start, "M")]
    if counts.empty:
        raise _too_short(0, 12)
    complete = pd.period_range(counts.index[0], counts.index[-1], freq="M")
    n_missing = len(complete) - len(counts)
    if n_missing:
        raise TableError(
            "P320",
            _("Some months of the series have no figures."),
            found=ngettext("{n} month missing", "{n} months missing", n_missing).format(
                n=n_missing
            ),
            expected=_("every month from {first} to {last}").format(
                first=complete[0], last=complete[-1]
            ),
            next_step=_("Complete the source (a month without events is a zero), or start later."),
        )
    return counts


def control_chart(
    counts: pd.Series[Any], choices: ChartChoices, *, exposure: pd.Series[Any] | None = None
) -> ControlChart:
    """Set the limits on the reference, then watch what follows.

    Parameters
    ----------
    counts
        Indexed by period, without gaps.
    exposure
        Days of each period, say; not used by ``individuals``, ``residuals`` and ``c``.

    Raises
    ------
    TableError
        P200, P201; P202.
    ParameterError
        P321, too short a series or a reference out of bounds; P322, an unknown chart or rule; P323,
        a reference that does not vary or has no event; P325, k, h or a weight out of bounds.
    """
    import numpy as np  # heavy

    check_counts(counts)
    _check_choices(choices)
    if len(counts) < choices.n_reference + 1:
        raise _too_short(len(counts), choices.n_reference + 1)
    exposed = np.ones(len(counts)) if exposure is None else exposure.to_numpy(float)
    check_exposures(exposed)
    values = counts.to_numpy(float)
    _check_reference(values[: choices.n_reference])
    base = _baseline(values[None, :], exposed, choices)
    periods = _periods(counts, base, choices)
    watched = periods[~periods["is_reference"]]
    reference = look_at_reference(values, exposed, base.z[0], choices.n_reference)
    inflation = float(base.inflation.ravel()[0])
    expected, p_any = _false_alarms(values, exposed, choices)
    return ControlChart(
        periods=periods,
        choices=choices,
        reference=reference,
        inflation=inflation,
        n_watched=len(watched),
        n_signals=int(watched["is_signal"].sum()),
        expected_signals=expected,
        p_any_signal=p_any,
        caveats=chart_caveats(periods, reference, inflation, kind=choices.kind),
    )


def _baseline(values: np.ndarray, exposure: np.ndarray, choices: ChartChoices) -> Baseline:
    import numpy as np  # heavy

    if choices.kind == "individuals":
        return individuals_baseline(values, choices.n_reference)
    if choices.kind == "residuals":
        return residual_baseline(values, choices.n_reference)
    exposed = np.ones_like(exposure) if choices.kind == "c" else exposure
    return poisson_baseline(values, exposed, choices.n_reference)


def _signals(z: np.ndarray, choices: ChartChoices) -> dict[int, np.ndarray]:
    """Tell the signals of standardised series, by rule (0: a limit of CUSUM or EWMA)."""
    import numpy as np  # heavy

    if choices.kind == "cusum":
        up, down = tabular_cusum(z, k=choices.k)
        return {0: (up > choices.h) | (down > choices.h)}
    if choices.kind == "ewma":
        average, sigma = ewma(z, weight=choices.weight)
        return {0: np.abs(average) > choices.reach * sigma}
    return broken_rules(z, choices.rules)


def _periods(counts: pd.Series[Any], base: Baseline, choices: ChartChoices) -> pd.DataFrame:
    import numpy as np  # heavy
    import pandas as pd

    z = base.z
    signals = _signals(z, choices)
    drawn = _drawn(base, choices)
    rules = [
        ", ".join(str(rule) for rule, at in signals.items() if at[0, t]) for t in range(len(counts))
    ]
    return pd.DataFrame(
        {
            "count": counts.to_numpy(),
            **drawn,
            "z": z[0],
            "is_reference": np.arange(len(counts)) < choices.n_reference,
            "is_signal": [bool(text) for text in rules],
            "rules": rules,
        },
        index=counts.index,
    )


def _drawn(base: Baseline, choices: ChartChoices) -> dict[str, np.ndarray]:
    """Return what is drawn: counts, residuals, sums or averages, with their limits."""
    import numpy as np  # heavy

    nothing = np.full(base.values.shape[-1], np.nan)
    zero = np.zeros_like(nothing)
    if choices.kind == "cusum":
        up, down = tabular_cusum(base.z, k=choices.k)
        limit = np.full_like(nothing, choices.h)
        columns = (up[0], -down[0], zero, -limit, limit)
    elif choices.kind == "ewma":
        average, sigma = ewma(base.z, weight=choices.weight)
        reach = choices.reach * sigma
        columns = (average[0], nothing, zero, -reach, reach)
    else:
        columns = (base.values[0], nothing, base.centre[0], base.low[0], base.high[0])
    return dict(zip(("value", "value_down", "centre", "low", "high"), columns, strict=True))


def _false_alarms(
    values: np.ndarray, exposure: np.ndarray, choices: ChartChoices
) -> tuple[float, float]:
    """Simulate series without change, set limits on each, count the signals after the reference.

    Counts are Poisson with the reference's rate; for the first two kinds, normal with its mean and
    variance.
    """
    import numpy as np  # heavy

    random = np.random.default_rng(choices.seed)
    reference, shape = values[: choices.n_reference], (N_SIMULATED, len(values))
    if choices.kind in ("individuals", "residuals"):
        draws = random.normal(reference.mean(), reference.std(ddof=1), shape)
    else:
        rate = reference.sum() / exposure[: choices.n_reference].sum()
        draws = random.poisson(rate * exposure, shape).astype(float)
    found = _signals(_baseline(draws, exposure, choices).z, choices).values()
    watched = np.any(list(found), axis=0)[:, choices.n_reference :]
    return float(watched.sum(axis=1).mean()), float(watched.any(axis=1).mean())


def _check_choices(choices: ChartChoices) -> None:
    if choices.kind not in get_args(Kind) or not set(choices.rules) <= set(RULES):
        raise ParameterError(
            "P322",
            _("There is no such control chart, or no such rule."),
            found=f"{choices.kind}; {', '.join(str(rule) for rule in choices.rules)}",
            expected=f"{', '.join(get_args(Kind))}; 1, 2, 3, 4",
            next_step=_("Choose one of these charts, and rules among these."),
        )
    if not 12 <= choices.n_reference <= 60:
        raise ParameterError(
            "P321",
            _("The reference period has an unusable length."),
            found=str(choices.n_reference),
            expected=_("12 to 60 periods"),
            next_step=_("24 are usual."),
        )
    usable = (0 < choices.k <= 3, 0 < choices.h <= 20, 0 < choices.weight <= 1, choices.reach > 0)
    if not all(usable):
        raise ParameterError(
            "P325",
            _("The limits of the chart cannot be used."),
            found=f"k {choices.k}, h {choices.h}, {choices.weight}, {choices.reach}",
            expected=_("k above 0 and at most 3, h above 0 and at most 20, a weight up to 1"),
            next_step=_("k 0.5, h 5 and a weight of 0.2 are usual."),
        )


def _check_reference(reference: np.ndarray) -> None:
    if reference.sum() == 0 or reference.min() == reference.max():
        raise ParameterError(
            "P323",
            _("The reference period has no event, or does not vary: no limit can be set on it."),
            expected=_("a reference with events, not all periods alike"),
            next_step=_("Choose a longer reference, another start or a wider category."),
        )


def _too_short(n: int, needed: int) -> ParameterError:
    return ParameterError(
        "P321",
        _("The series is too short for this reference."),
        found=ngettext("{n} period", "{n} periods", n).format(n=n),
        expected=_("at least {n}: the reference, and one to watch").format(n=needed),
        next_step=_("Shorten the reference, start earlier, or wait for more months."),
    )

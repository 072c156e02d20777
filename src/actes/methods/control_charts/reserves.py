"""Say what a control chart shows, and what must be known before believing it.

In: the reference period, the periods watched. Out: `Reference`, `Caveat`s, sentences whose every
number is a result.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from actes.i18n import _, ngettext
from actes.methods.caveats import Caveat
from actes.numbers import (
    format_decimal,
    format_integer,
    format_month,
    format_p,
    format_percent,
    format_signed_percent,
)

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from actes.methods.control_charts.breaks import Break
    from actes.methods.control_charts.chart import ControlChart

__all__ = ["Reference", "chart_caveats", "does_not_say", "look_at_reference", "says"]

FEW_EVENTS = 5.0
CLEAR = 0.05
CLEAR_SEASON = 0.01
"""A stricter level: nobody asked for this test, and it looks at twelve months at once."""

LAGS = 6
MIN_YEARS = 3


@dataclass(frozen=True)
class Reference:
    """What the reference period is like.

    Parameters
    ----------
    n, mean, variance
        Periods, their mean count and sample variance.
    dispersion_p
        Probability, under a Poisson law, of a spread at least that large (chi-square).
    autocorrelation, autocorrelation_p
        Of successive standardised values; Ljung and Box's probability on six lags.
    series_dispersion_p
        The same probability for the whole series.
    season_p
        Friedman's probability that the months of the whole series do not differ (years as
        blocks); NaN with fewer than three complete years.
    """

    n: int
    mean: float
    variance: float
    dispersion_p: float
    autocorrelation: float
    autocorrelation_p: float
    series_dispersion_p: float
    season_p: float


def look_at_reference(
    values: np.ndarray, exposure: np.ndarray, z: np.ndarray, n_reference: int
) -> Reference:
    """Measure the reference: dispersion, memory, and the season of the whole series.

    Sources: Ljung & Box 1978 (*Biometrika* 65); Friedman 1937 (*JASA* 32), applied to months within
    blocks of twelve.

    Parameters
    ----------
    values, exposure, z
        Counts, exposures and standardised values, shape (n,).
    """
    import numpy as np  # heavy

    reference = values[:n_reference]
    first, memory_p = _memory(z[:n_reference])
    return Reference(
        n=n_reference,
        mean=float(reference.mean()),
        variance=float(np.var(reference, ddof=1)),
        dispersion_p=_dispersion_p(reference, exposure[:n_reference]),
        autocorrelation=first,
        autocorrelation_p=memory_p,
        series_dispersion_p=_dispersion_p(values, exposure),
        season_p=_season_p(values / exposure),
    )


def _dispersion_p(counts: np.ndarray, exposure: np.ndarray) -> float:
    from scipy.stats import chi2  # heavy

    expected = counts.sum() / exposure.sum() * exposure
    spread = float(((counts - expected) ** 2 / expected).sum())
    return float(chi2.sf(spread, len(counts) - 1))


def _memory(z: np.ndarray) -> tuple[float, float]:
    from statsmodels.stats.diagnostic import acorr_ljungbox  # heavy
    from statsmodels.tsa.stattools import acf

    tested = acorr_ljungbox(z, lags=[LAGS])
    return float(acf(z, nlags=1)[1]), float(tested["lb_pvalue"].iloc[0])


def _season_p(rates: np.ndarray) -> float:
    from scipy.stats import friedmanchisquare  # heavy

    n_years = len(rates) // 12
    if n_years < MIN_YEARS:
        return float("nan")
    blocks = rates[: 12 * n_years].reshape(n_years, 12)
    return float(friedmanchisquare(*blocks.T).pvalue)


def chart_caveats(
    periods: pd.DataFrame, reference: Reference, inflation: float, *, kind: str
) -> tuple[Caveat, ...]:
    """Reserves about the reference, the series and its last period."""
    found = [
        *_dispersion_caveats(reference, inflation, kind=kind),
        *_memory_caveats(reference, kind=kind),
    ]
    if reference.mean < FEW_EVENTS and kind not in ("individuals", "residuals"):
        text = _(
            "With {mean} events per period on average, the lower limit is at or near zero: a fall "
            "can hardly be seen, and the upper limit is only roughly right."
        )
        mean = format_decimal(reference.mean, 1)
        found.append(Caveat("few-events", text.format(mean=mean)))
    n_out = int((periods["is_reference"] & periods["is_signal"]).sum())
    if n_out:
        text = ngettext(
            "{n} period of the reference itself gives a signal: the limits rest on a period that "
            "was not stable.",
            "{n} periods of the reference itself give a signal: the limits rest on a period that "
            "was not stable.",
            n_out,
        )
        found.append(Caveat("unstable-reference", text.format(n=n_out)))
    last = periods.iloc[-1]
    if last["is_signal"] and last["z"] < 0:
        text = _("The last period is very low: is it complete? If not, leave it out.")
        found.append(Caveat("incomplete-last", text))
    text = _(
        "The limits are those of the reference: a change of law, of recording or of boundaries "
        "gives a signal as well as a change in the facts."
    )
    return (*found, Caveat("recording", text))


def _dispersion_caveats(reference: Reference, inflation: float, *, kind: str) -> tuple[Caveat, ...]:
    if kind in ("individuals", "residuals"):
        return ()
    if reference.dispersion_p >= CLEAR:
        return _later_caveats(reference)
    numbers = {
        "mean": format_decimal(reference.mean, 1),
        "variance": format_decimal(reference.variance, 1),
        "root": format_decimal(inflation**0.5, 1),
    }
    if inflation > 1:
        text = _(
            "The reference varies more than Poisson counts do (mean {mean}, variance {variance}): "
            "limits that ignored it would give false alarms. They are widened {root} times."
        )
        return (Caveat("overdispersed", text.format(**numbers)),)
    text = _(
        "The reference varies more than Poisson counts do (mean {mean}, variance {variance}), but "
        "not from one period to the next: its level drifted. Choose a stabler reference."
    )
    return (Caveat("drifting-reference", text.format(**numbers)),)


def _later_caveats(reference: Reference) -> tuple[Caveat, ...]:
    if reference.series_dispersion_p >= CLEAR:
        return ()
    text = _(
        "The reference varies as Poisson counts do, but the whole series varies more (p: {p}): "
        "either its level changed, or its months vary more than these limits allow."
    )
    p = format_p(reference.series_dispersion_p)
    return (Caveat("overdispersed-later", text.format(p=p)),)


def _memory_caveats(reference: Reference, *, kind: str) -> tuple[Caveat, ...]:
    found = []
    if reference.autocorrelation_p < CLEAR and kind != "residuals":
        text = _(
            "In the reference, each period resembles those before (autocorrelation "
            "{autocorrelation}, p: {p}): signals are too frequent. Look at the chart of residuals."
        )
        numbers = {
            "autocorrelation": format_decimal(reference.autocorrelation, 2),
            "p": format_p(reference.autocorrelation_p),
        }
        found.append(Caveat("autocorrelated", text.format(**numbers)))
    if reference.season_p < CLEAR_SEASON:
        text = _(
            "The months differ every year (p: {p}): the chart takes the season for a change. "
            "Compare a month with the same month, or study the series with its season."
        )
        found.append(Caveat("seasonal", text.format(p=format_p(reference.season_p))))
    return tuple(found)


def says(chart: ControlChart, found: Break | None, unit_before: str = "") -> tuple[str, ...]:
    """Sentences about what the chart shows, every number a result.

    Parameters
    ----------
    found
        Change of level found in the same series; None when none was looked for.
    unit_before
        Last period before the change, in words.
    """
    sentences = [_signals_said(chart), _alarms_said(chart)]
    if found is not None:
        sentences.append(_break_said(found, unit_before))
    return tuple(sentences)


def _signals_said(chart: ControlChart) -> str:
    first = chart.first_signal
    if first is None:
        text = _("None of the {n} months watched gives a signal.")
        return text.format(n=chart.n_watched)
    text = ngettext(
        "{signals} of the {n} months watched gives a signal, the first in {first}.",
        "{signals} of the {n} months watched give a signal, the first in {first}.",
        chart.n_signals,
    )
    month = format_month(first.start_time.date())
    return text.format(signals=chart.n_signals, n=chart.n_watched, first=month)


def _alarms_said(chart: ControlChart) -> str:
    text = _(
        "If nothing had changed, {expected} signals would be expected on as many months, and at "
        "least one in {share} of such series."
    )
    return text.format(
        expected=format_decimal(chart.expected_signals, 1),
        share=format_percent(chart.p_any_signal, 0),
    )


def _break_said(found: Break, last_before: str) -> str:
    numbers = {
        "before": format_decimal(found.mean_before, 1),
        "after": format_decimal(found.mean_after, 1),
        "change": format_signed_percent(found.mean_after / found.mean_before - 1, 0)
        if found.mean_before
        else "–",
        "last": last_before,
        "p": found.p_text,
    }
    if found.p <= CLEAR:
        text = _(
            "The level changed most clearly after {last}: from {before} to {after} per month "
            "({change}; p: {p})."
        )
    else:
        text = _(
            "No change of level is clear: the best date is after {last} ({before}, then {after}), "
            "but series without any order often show as much (p: {p})."
        )
    return text.format(**numbers)


def does_not_say(chart: ControlChart) -> tuple[str, ...]:
    """Sentences about what the chart cannot show."""
    sentences = [_("A signal says where to look, not what happened.")]
    watched = chart.periods[~chart.periods["is_reference"]]
    if chart.choices.kind in ("individuals", "c", "u"):
        text = _(
            "A month without a signal is not a month without change: from {mean} events per month, "
            "one month alone must reach {high} to be seen."
        )
        numbers = {
            "mean": format_decimal(chart.reference.mean, 1),
            "high": format_integer(int(watched["high"].max()) + 1),
        }
        sentences.append(text.format(**numbers))
    sentences.append(
        _(
            "It does not say whether the level of the reference was a good one, only whether it "
            "held."
        )
    )
    return tuple(sentences)

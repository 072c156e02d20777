"""Ask whether the model's residuals are what it takes them for.

In: an `Estimate`. Out: autocorrelations, Ljung-Box, Durbin-Watson, and the reserves that follow
from them, from the length of the series and from its last period.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from actes.i18n import _
from actes.methods.caveats import Caveat
from actes.numbers import format_p

if TYPE_CHECKING:
    import pandas as pd

    from actes.methods.interrupted.design import Specification
    from actes.methods.interrupted.estimate import Estimate

__all__ = ["Diagnostics", "diagnose", "fit_caveats"]

USUAL_BEFORE, USUAL_AFTER = 24, 12
LOW_MEAN = 5
LAST_RESIDUAL = -3.0
PROVEN_P = 0.001
"""Below it, in our simulations, Ljung and Box's test hardly ever finds a memory that is not."""


@dataclass(frozen=True)
class Diagnostics:
    """What the standardised residuals look like.

    Parameters
    ----------
    acf
        ``lag, autocorrelation, low, high``: the limits of an uncorrelated series (95 %).
    ljung_box
        ``lag, statistic, p`` at 12 and 24 lags, as far as the series allows (Ljung & Box 1978,
        *Biometrika* 65).
    durbin_watson
        2 without autocorrelation, towards 0 with a positive one.
    """

    acf: pd.DataFrame
    ljung_box: pd.DataFrame
    durbin_watson: float


def diagnose(estimate: Estimate, specification: Specification) -> Diagnostics:
    """Describe the residuals, in the order of the periods used."""
    import numpy as np  # heavy
    import pandas as pd
    from statsmodels.stats.diagnostic import acorr_ljungbox
    from statsmodels.stats.stattools import durbin_watson
    from statsmodels.tsa.stattools import acf

    residuals = estimate.residuals
    n = len(residuals)
    last = min(24, n // 3)
    limit = 1.96 / np.sqrt(n)
    autocorrelations = pd.DataFrame(
        {
            "lag": np.arange(1, last + 1),
            "autocorrelation": acf(residuals, nlags=last, fft=False)[1:],
            "low": -limit,
            "high": limit,
        }
    )
    lags = [lag for lag in (12, 24) if lag <= last] or [last]
    tests = acorr_ljungbox(residuals, lags=lags, model_df=estimate.n_noise_lags)
    ljung_box = pd.DataFrame(
        {"lag": lags, "statistic": tests["lb_stat"].to_numpy(), "p": tests["lb_pvalue"].to_numpy()}
    )
    return Diagnostics(autocorrelations, ljung_box, float(durbin_watson(residuals)))


def fit_caveats(
    series: pd.Series,
    estimate: Estimate,
    diagnostics: Diagnostics,
    specification: Specification,
    *,
    n_before: int,
    n_after: int,
) -> tuple[Caveat, ...]:
    """Collect the reserves that a reader of the effect must know."""
    found = [
        *_length_caveats(n_before, n_after, specification),
        *_autocorrelation_caveats(diagnostics, specification),
        *_doubtful_caveats(diagnostics, specification),
    ]
    if float(series.mean()) < LOW_MEAN and specification.is_on_logs:
        text = _("Counts this low are not well described by a model of their logarithms.")
        found.append(Caveat("low-counts", text))
    is_empty = series.groupby(series.index.month).sum() == 0  # type: ignore[attr-defined]
    if specification.seasonality == "months" and is_empty.any():
        text = _(
            "Some month of the year never had an event: its contrast has no finite value. Waves "
            "(Fourier) describe such a season better."
        )
        found.append(Caveat("empty-month", text))
    is_last_used = series.index[-1] not in specification.excluded
    if is_last_used and estimate.residuals[-1] < LAST_RESIDUAL:
        text = _("The last period is far below the model: is it complete? If not, exclude it.")
        found.append(Caveat("incomplete-last-period", text))
    return tuple(found)


def _length_caveats(n_before: int, n_after: int, specification: Specification) -> list[Caveat]:
    found = []
    if n_before < USUAL_BEFORE or n_after < USUAL_AFTER:
        text = _(
            "The series is short: {before} periods before and {after} after, where {usual_before} "
            "and {usual_after} are usual."
        ).format(before=n_before, after=n_after, usual_before=USUAL_BEFORE, usual_after=USUAL_AFTER)
        found.append(Caveat("short-series", text))
    if n_after > n_before and specification.effect != "level":
        text = _(
            "The path without the intervention is extended over a longer time than it was observed "
            "for: a trend seldom lasts so long."
        )
        found.append(Caveat("long-extrapolation", text))
    return found


def _autocorrelation_caveats(
    diagnostics: Diagnostics, specification: Specification
) -> list[Caveat]:
    p = float(diagnostics.ljung_box["p"].iloc[0])
    if not p < 0.05:
        return []
    lag, shown = int(diagnostics.ljung_box["lag"].iloc[0]), format_p(p)
    if specification.is_on_logs:
        text = _(
            "Residuals are still correlated over {lag} lags (Ljung–Box, p {p}): the model does not "
            "describe the memory of the series, and its intervals may be too narrow."
        )
    elif specification.hac_lags:
        text = _(
            "Residuals are correlated over {lag} lags (Ljung–Box, p {p}): the standard errors "
            "allow for it, the model does not explain it."
        )
    else:
        text = _(
            "Residuals are correlated over {lag} lags (Ljung–Box, p {p}) and the standard errors "
            "ignore it: they are too small."
        )
    return [Caveat("autocorrelation", text.format(lag=lag, p=shown))]


def _doubtful_caveats(diagnostics: Diagnostics, specification: Specification) -> list[Caveat]:
    """Say that the test of memory finds too much in the residuals of a regression of counts.

    Its law holds for residuals that no regressor was fitted to; fitting the effects of months
    brings the autocorrelation at 12 lags to about minus one over the number of years. Simulated
    offline: 120 months without memory, 400 series (200 with waves).
    """
    p = diagnostics.ljung_box["p"]
    if specification.is_on_logs or not ((p >= PROVEN_P) & (p < 0.05)).any():
        return []
    text = _(
        "In our simulations of 120 months without any memory, the Ljung–Box test of such residuals "
        "falls below 5 % in 16 to 23 % of series (10 to 12 % with waves), and below 0.001 in 1 to "
        "3 %: between the two, it does not prove a memory."
    )
    return [Caveat("doubtful-autocorrelation", text)]

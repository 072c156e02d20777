"""Fit seasonal ARIMA models by exact maximum likelihood, from several starts.

In: values on the model's scale, a season. Out: `ArimaFit`: parameters, future, weights of errors.
Only here: the start of the filter, and an optimiser that can stop too early without an error.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from actes.i18n import _
from actes.methods.caveats import Caveat
from actes.numbers import format_decimal

if TYPE_CHECKING:
    import numpy as np

__all__ = ["ArimaFit", "fit_seasonal_arima"]

SAME_LOGLIKELIHOOD = 0.01
"""Two climbs that end closer than this have found the same optimum."""

LONGEST_STATE = 12
"""Longest season with a seasonal ARIMA; a longer one is described by waves."""


@dataclass(frozen=True)
class ArimaFit:
    """A seasonal ARIMA model and the future it sees.

    Parameters
    ----------
    parameters
        By name, as statsmodels names them (``ma.L1``, ``ma.S.L12``); ``sigma2`` apart.
    sigma2
        Variance of the one-step errors.
    loglikelihood, aic
        Of the differenced series, as R's ``arima`` gives them.
    location, psi
        Centre of the future and weights of its errors, shape (horizon,).
    residuals
        One-step errors, after the differences.
    caveats
        What the starts disagreed about.
    """

    parameters: dict[str, float]
    sigma2: float
    loglikelihood: float
    aic: float
    location: np.ndarray
    psi: np.ndarray
    residuals: np.ndarray
    caveats: tuple[Caveat, ...]


def fit_seasonal_arima(
    values: np.ndarray,
    *,
    season: int,
    horizon: int,
    waves: np.ndarray | None = None,
) -> ArimaFit:
    """Fit the airline model, ARIMA(0,1,1)(0,1,1) of Box & Jenkins (1976, chapter 9).

    For a season longer than a dozen periods, ARIMA(0,1,1) errors around waves of the season (a
    dynamic harmonic regression; Hyndman & Athanasopoulos 2021, *Forecasting*, section 10.5).

    The likelihood is that of the differenced series, which is stationary; the future is filtered
    from an exact diffuse start. The library's own start, a variance of a million, is not vague
    for a series in the thousands: on the US accidental deaths it gives ma1 -0.39 instead of -0.43.

    Parameters
    ----------
    values
        Shape (n,), without a gap.
    waves
        Shape (n + horizon, k): regressors of the season, for a long one.
    """
    import numpy as np  # heavy
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    n = len(values)
    # The optimiser's tolerances are absolute: errors of about 1 make them mean something.
    unit = float(np.std(np.diff(values))) or 1.0
    seasonal = (0, 0, 0, 0) if waves is not None else (0, 1, 1, season)
    asked: dict[str, Any] = {"order": (0, 1, 1), "seasonal_order": seasonal}
    past = None if waves is None else waves[:n]
    stationary = SARIMAX(values / unit, exog=past, simple_differencing=True, **asked)
    best, caveats = _best(stationary)
    whole = SARIMAX(values / unit, exog=past, use_exact_diffuse=True, **asked)
    filtered = whole.filter(best.params)
    future = None if waves is None else waves[n:]
    names = list(stationary.param_names)
    return ArimaFit(
        parameters={k: float(v) for k, v in zip(names, best.params, strict=True) if k != "sigma2"},
        sigma2=float(best.params[-1]) * unit**2,
        loglikelihood=float(best.llf) - len(stationary.endog) * float(np.log(unit)),
        aic=float(best.aic) + 2 * len(stationary.endog) * float(np.log(unit)),
        location=unit * np.asarray(filtered.forecast(horizon, exog=future)),
        psi=np.asarray(filtered.impulse_responses(horizon - 1)).ravel()[:horizon],
        residuals=unit * np.asarray(best.resid),
        caveats=caveats,
    )


def _best(model: Any) -> tuple[Any, tuple[Caveat, ...]]:
    """Climb from the library's start and from another one; keep the higher summit."""
    import numpy as np  # heavy

    with warnings.catch_warnings():
        # Neither a poor start nor non-convergence is warned about: the best climb is kept.
        warnings.simplefilter("ignore")
        first = np.asarray(model.start_params, dtype=float)
        is_memory = [name.startswith("ma") for name in model.param_names]
        starts = (first, np.where(is_memory, -0.5, first))
        climbs = [model.fit(start, disp=0, maxiter=200, cov_type="none") for start in starts]
    best = max(climbs, key=lambda climb: climb.llf)
    if best.llf - climbs[0].llf <= SAME_LOGLIKELIHOOD:
        return best, ()
    text = _(
        "The optimiser of the ARIMA model first stopped at a wrong optimum (log-likelihood "
        "{first}); a better one ({best}) was found from another start and is kept."
    )
    shown = text.format(first=format_decimal(climbs[0].llf, 2), best=format_decimal(best.llf, 2))
    return best, (Caveat("optimiser", shown),)

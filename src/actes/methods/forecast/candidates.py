"""Fit the models that compete to forecast a series.

In: the past, a plan. Out: `Candidate`: the future as the model sees it, its one-step errors.
Every order and regressor is fixed in advance: nothing is tuned on what is forecast.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from actes.i18n import _
from actes.methods.forecast.airline import LONGEST_STATE, fit_seasonal_arima
from actes.methods.forecast.holidays import holiday_columns
from actes.methods.forecast.periods import frequency_of, season_year
from actes.methods.forecast.predictive import GaussianFuture, SimulatedFuture, forward

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    import pandas as pd

    from actes.methods.caveats import Caveat
    from actes.methods.forecast.plan import CandidateName, ForecastPlan
    from actes.methods.forecast.predictive import Predictive

__all__ = ["Candidate", "fit_candidate", "name_of_candidate"]

N_DRAWS = 4000


@dataclass(frozen=True)
class Candidate:
    """A model fitted to the past.

    Parameters
    ----------
    name
        Which.
    future
        Its view of the periods to come.
    residuals
        Standardised one-step errors, in order; the last one is that of the last period.
    n_lags
        Parameters of memory, for the tests of residuals.
    caveats
        What went wrong on the way, and was mended.
    """

    name: CandidateName
    future: Predictive
    residuals: np.ndarray
    n_lags: int = 0
    caveats: tuple[Caveat, ...] = ()


def name_of_candidate(name: CandidateName) -> str:
    """Name a model for a table."""
    names = {
        "naive": _("same period of last season (naive)"),
        "ets": _("exponential smoothing, damped trend"),
        "sarima": _("seasonal ARIMA"),
        "regression": _("regression of counts, with calendar"),
    }
    return names[name]


def fit_candidate(name: CandidateName, past: pd.Series, plan: ForecastPlan) -> Candidate:
    """Fit one model to ``past`` (counts by period) and let it see ``plan.horizon`` periods."""
    fitters: dict[CandidateName, Callable[[pd.Series, ForecastPlan], Candidate]] = {
        "naive": _naive,
        "ets": _ets,
        "sarima": _sarima,
        "regression": _regression,
    }
    return fitters[name](past, plan)


def _naive(past: pd.Series, plan: ForecastPlan) -> Candidate:
    """Repeat the last season (Hyndman & Athanasopoulos 2021, sections 5.2 and 5.5)."""
    import numpy as np  # heavy

    values = forward(past.to_numpy(float), plan.transformation)
    season = plan.season
    steps = np.arange(plan.horizon)
    location = values[len(values) - season + steps % season]
    changes = values[season:] - values[:-season]
    sigma = float(np.sqrt(np.mean(changes**2)))
    psi = (steps % season == 0).astype(float)
    future = GaussianFuture(location, psi, sigma, plan.transformation)
    return Candidate("naive", future, changes / (sigma or 1.0))


def _ets(past: pd.Series, plan: ForecastPlan) -> Candidate:
    """Smooth a level, a damped trend and a season, with additive errors.

    Hyndman, Koehler, Ord & Snyder 2008, *Forecasting with Exponential Smoothing*; the weight of
    an error k periods later is ``α + β (φ + … + φ^k) + γ [k is a multiple of the season]`` (table
    6.1 there). The variance is divided by n minus the number of parameters.
    """
    import numpy as np  # heavy
    from statsmodels.tsa.exponential_smoothing.ets import ETSModel

    values = forward(past.to_numpy(float), plan.transformation)
    season = plan.season
    start = "estimated" if season <= LONGEST_STATE else "heuristic"
    model = ETSModel(
        values,
        error="add",
        trend="add",
        damped_trend=True,
        seasonal="add",
        seasonal_periods=season,
        initialization_method=start,
    )
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a climb that stops early is judged by the replays
        fit = model.fit(disp=False, maxiter=500)
    steps = np.arange(1, plan.horizon)
    damped = np.cumsum(fit.damping_trend**steps)
    psi = fit.smoothing_level + fit.smoothing_trend * damped
    psi = np.concatenate([[1.0], psi + fit.smoothing_seasonal * (steps % season == 0)])
    residuals = np.asarray(fit.resid)
    freedom = max(len(values) - len(fit.params), len(values) // 2)
    sigma = float(np.sqrt((residuals**2).sum() / freedom))
    future = GaussianFuture(np.asarray(fit.forecast(plan.horizon)), psi, sigma, plan.transformation)
    return Candidate("ets", future, residuals / (sigma or 1.0), n_lags=3)


def _sarima(past: pd.Series, plan: ForecastPlan) -> Candidate:
    import numpy as np  # heavy

    waves = None
    if plan.season > LONGEST_STATE:
        waves = _waves(len(past) + plan.horizon, plan.season)
    fit = fit_seasonal_arima(
        forward(past.to_numpy(float), plan.transformation),
        season=plan.season,
        horizon=plan.horizon,
        waves=waves,
    )
    sigma = float(np.sqrt(fit.sigma2))
    future = GaussianFuture(fit.location, fit.psi, sigma, plan.transformation)
    n_lags = 1 if waves is not None else 2
    return Candidate("sarima", future, fit.residuals / (sigma or 1.0), n_lags, fit.caveats)


def _regression(past: pd.Series, plan: ForecastPlan) -> Candidate:
    """Regress counts on trend, season and calendar, with a negative binomial spread.

    Quasi-Poisson coefficients (McCullagh & Nelder 1989, chapter 9); the spread around the mean,
    ``mu + a mu²``, by moments. The draws hold both the spread and the doubt about the coefficients.
    """
    import numpy as np  # heavy
    import pandas as pd
    from statsmodels.genmod.families import Poisson
    from statsmodels.genmod.generalized_linear_model import GLM

    index = pd.period_range(
        past.index[0], periods=len(past) + plan.horizon, freq=frequency_of(past)
    )
    matrix, offset = _regressors(index, len(past), plan)
    n, counts = len(past), past.to_numpy(float)
    fit = GLM(counts, matrix[:n], family=Poisson(), offset=offset[:n]).fit(scale="X2")
    mu = np.asarray(fit.mu)
    excess = max(float((((counts - mu) ** 2 - mu) / mu**2).sum() / (n - matrix.shape[1])), 0.0)
    random = np.random.default_rng(plan.seed)
    beta = random.multivariate_normal(fit.params, fit.cov_params(), size=N_DRAWS, method="svd")
    means = np.exp(beta @ matrix[n:].T + offset[n:])
    rates = means * random.gamma(1 / excess, excess, size=means.shape) if excess else means
    residuals = (counts - mu) / np.sqrt(mu + excess * mu**2)
    draws = random.poisson(np.minimum(rates, 1e12)).astype(float)
    return Candidate("regression", SimulatedFuture(draws), residuals)


def _regressors(index: pd.PeriodIndex, n: int, plan: ForecastPlan) -> tuple[np.ndarray, np.ndarray]:
    """Build constant, trend, season, waves of the year, holidays; and log days for months.

    What did not vary in the ``n`` periods of the past can't be learned, and is left out.
    """
    import numpy as np  # heavy

    total, season = len(index), plan.season
    time = np.arange(total)
    columns = [time / n]
    if season <= 24:
        columns += [(time % season == k).astype(float) for k in range(1, season)]
    else:
        columns += list(_waves(total, season).T)
    year = season_year(season)
    if season not in (12, 52) and n >= 2 * year:
        columns += [wave(2 * np.pi * k * time / year) for k in (1, 2) for wave in (np.cos, np.sin)]
    columns += [np.array(column) for column in holiday_columns(index).values()]
    varying = [column for column in columns if np.ptp(column[:n]) > 0]
    matrix = np.column_stack([np.ones(total), *varying])
    starts, ends = index.start_time.normalize(), index.end_time.normalize()
    days = np.asarray((ends - starts).days, dtype=float) + 1
    return matrix, np.log(days)


def _waves(n: int, season: int) -> np.ndarray:
    """Pairs of waves of a long season: the first four, and those of a day within a week."""
    import numpy as np  # heavy

    orders = (1, 2, 3, 7, 14, 21, 28) if season == 168 else (1, 2, 3, 4)
    angles = 2 * np.pi * np.outer(np.arange(n), orders) / season
    return np.hstack([np.cos(angles), np.sin(angles)])

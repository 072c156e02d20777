"""Fit the two models of log counts and give their answer in counts.

In: counts, regressors, exposures, the periods used. Out: `Estimate`. Only here: the way from logs
back to counts, and which regressors a model's own components stand for.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from actes.i18n import _
from actes.methods.interrupted.estimate import Estimate
from actes.methods.interrupted.statespace import fit_arima, fit_structural

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from actes.methods.interrupted.design import Specification

__all__ = ["fit_logs"]


def fit_logs(
    counts: np.ndarray,
    regressors: pd.DataFrame,
    offset: np.ndarray,
    used: np.ndarray,
    specification: Specification,
    *,
    n_random: int = 2,
) -> Estimate:
    """Fit one of the two models of log counts as `generalised.fit_generalised` does its own.

    Fitted counts are the exponentials of the smoothed signal times Duan's factor (1983, *Journal
    of the American Statistical Association* 78), the mean of exp(error): without it a mean of
    logs gives a median of counts.
    """
    import numpy as np  # heavy
    import pandas as pd

    values = np.where(used, np.log(np.maximum(counts, 1)) - offset, np.nan)
    is_monthly = specification.intervention.freqstr == "M"
    if specification.model == "sarimax":
        has_season = specification.seasonality != "none" or not is_monthly
        fit = fit_arima(
            values,
            regressors,
            seasonal_order=(0, 0, 0, 0) if has_season else (1, 0, 0, 12),
            seed=specification.seed,
            n_random=n_random,
        )
    else:
        season = 12 if is_monthly and specification.seasonality == "months" else None
        absorbed = _absorbed_terms(list(regressors.columns), specification, season)
        fit = fit_structural(
            values,
            regressors.drop(columns=absorbed),
            season=season,
            seed=specification.seed,
            n_random=n_random,
        )
    smearing = float(np.exp((values - fit.signal)[used]).mean())
    terms = fit.coefficients.index
    return Estimate(
        coefficients=fit.coefficients,
        covariance=fit.covariance,
        dof=pd.Series(np.inf, index=terms),
        fitted=smearing * np.exp(fit.signal + offset),
        residuals=fit.residuals,
        noise=fit.noise,
        dispersion=None,
        loglikelihood=fit.loglikelihood,
        standard_errors=_("maximum likelihood (observed information)"),
        n_noise_lags=fit.n_lags,
        caveats=fit.caveats,
    )


def _absorbed_terms(
    terms: list[str], specification: Specification, season: int | None
) -> list[str]:
    """Name the regressors that the structural model's own components stand for.

    The level replaces the constant, and the trend too unless a change of its slope is asked.
    """
    absorbed = ["constant"] + ([] if "slope" in terms else ["trend"])
    return absorbed + [term for term in terms if season and term.startswith("month_")]

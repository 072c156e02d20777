"""Fit the two models of log counts whose errors have a memory: ARIMA and structural.

In: logs, regressors, an order. Out: a fit that is the best of several starts, and what the starts
disagreed about. Only here: the optimisation of state-space likelihoods, which can stop early at a
wrong optimum and report success.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from actes.errors import ParameterError
from actes.i18n import _
from actes.methods.caveats import Caveat
from actes.numbers import format_decimal

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    import pandas as pd


__all__ = ["LikelihoodFit", "fit_arima", "fit_structural"]

SAME_LOGLIKELIHOOD = 0.01
"""Two optimisers that end closer than this have found the same optimum."""

UNIT_ROOT = 0.99


@dataclass(frozen=True)
class LikelihoodFit:
    """The best of several maximisations of one likelihood.

    Parameters
    ----------
    coefficients, covariance
        Of the regressors, in their own units, by name.
    noise
        ``term, estimate, se`` of the other parameters.
    loglikelihood, aic
        At the best optimum.
    signal
        Smoothed level, season and regression at each time, shape (n,).
    residuals
        Standardised one-step errors, after the start-up, where observed.
    n_lags
        Autoregressive and moving-average parameters.
    logliks
        Where each start ended, in the order tried: the library's own first.
    caveats
        What went wrong on the way, and was mended.
    """

    coefficients: pd.Series
    covariance: pd.DataFrame
    noise: pd.DataFrame
    loglikelihood: float
    aic: float
    signal: np.ndarray
    residuals: np.ndarray
    n_lags: int
    logliks: tuple[float, ...]
    caveats: tuple[Caveat, ...]


def fit_arima(
    values: np.ndarray,
    regressors: pd.DataFrame,
    *,
    order: tuple[int, int, int] = (1, 0, 0),
    seasonal_order: tuple[int, int, int, int] = (0, 0, 0, 0),
    seed: int = 20260101,
    n_random: int = 2,
) -> LikelihoodFit:
    """Fit a regression with ARMA errors by exact maximum likelihood.

    A constant is a regressor like another, never the library's ``trend="c"``: without good start
    values that one runs to a seasonal root of 1 on the British seat-belt series. The regressors
    are orthogonalised first: on Hartnagel's series the library's default stops 0.28 below the
    maximum, at wrong coefficients, and reports success.

    Parameters
    ----------
    values
        Shape (n,); NaN where a period is left out.
    order, seasonal_order
        As in ``statsmodels.tsa.statespace.sarimax.SARIMAX``.
    n_random
        Starts drawn around the first one, beside the two reasoned ones.
    """
    import numpy as np  # heavy
    from statsmodels.tsa.statespace.sarimax import SARIMAX

    orthogonal, back = _orthogonalised(regressors)
    with warnings.catch_warnings():
        # Start values that are not stationary are replaced by zeros, which is what we want.
        warnings.filterwarnings("ignore", message="Non-")
        model = SARIMAX(values, exog=orthogonal, order=order, seasonal_order=seasonal_order)
        first = np.asarray(model.start_params, dtype=float)
    starts = [first, _without_memory(first, values, orthogonal)]
    result, logliks, caveats = _best_fit(model, starts, seed=seed, n_random=n_random)
    n_regressors = orthogonal.shape[1]
    n_lags = order[0] + order[2] + seasonal_order[0] + seasonal_order[2]
    return _as_fit(
        result,
        regressors,
        back,
        where=slice(0, n_regressors),
        signal=orthogonal @ result.params[:n_regressors],
        n_lags=n_lags,
        logliks=logliks,
        caveats=(*caveats, *_unit_root_caveats(result)),
    )


def fit_structural(
    values: np.ndarray,
    regressors: pd.DataFrame,
    *,
    season: int | None = None,
    seed: int = 20260101,
    n_random: int = 2,
) -> LikelihoodFit:
    """Fit a local level, a fixed season and regressors (Harvey 1989; Harvey & Durbin 1986).

    Parameters
    ----------
    values
        Shape (n,); NaN where a period is left out.
    regressors
        Without a constant: the level is one.
    season
        Periods in a year, for a deterministic seasonal of mean zero; None for none.
    """
    import numpy as np  # heavy
    from statsmodels.tsa.statespace.structural import (
        UnobservedComponents,
    )

    orthogonal, back = _orthogonalised(regressors)
    model = UnobservedComponents(
        values,
        "llevel",
        seasonal=season,
        stochastic_seasonal=False,
        exog=orthogonal,
        use_exact_diffuse=True,
    )
    first = np.asarray(model.start_params, dtype=float)
    total = first[0] + first[1]
    calm, restless = first.copy(), first.copy()
    calm[:2], restless[:2] = (0.99 * total, 0.01 * total), (0.5 * total, 0.5 * total)
    result, logliks, caveats = _best_fit(
        model, [first, calm, restless], seed=seed, n_random=n_random
    )
    where = slice(2, 2 + orthogonal.shape[1])
    signal = orthogonal @ result.params[where] + result.level.smoothed
    if season:
        signal = signal + result.seasonal.smoothed
    return _as_fit(
        result,
        regressors,
        back,
        where=where,
        signal=signal,
        n_lags=0,
        logliks=logliks,
        caveats=caveats,
    )


def _orthogonalised(regressors: pd.DataFrame) -> tuple[np.ndarray, np.ndarray]:
    """Return regressors of unit mean square without correlation, and the way back.

    Coefficients of the originals are ``back @`` those of the orthogonal ones.
    """
    import numpy as np  # heavy

    matrix = regressors.to_numpy(float)
    q, r = np.linalg.qr(matrix)
    root = np.sqrt(len(matrix))
    return q * root, np.linalg.inv(r) * root


def _without_memory(first: np.ndarray, values: np.ndarray, matrix: np.ndarray) -> np.ndarray:
    import numpy as np  # heavy

    known = np.isfinite(values)
    slopes, *_rest = np.linalg.lstsq(matrix[known], values[known], rcond=None)
    start = np.zeros_like(first)
    start[: len(slopes)] = slopes
    start[-1] = np.var(values[known] - matrix[known] @ slopes)
    return start


def _best_fit(
    model: Any,
    starts: list[np.ndarray],
    *,
    seed: int,
    n_random: int,
) -> tuple[Any, tuple[float, ...], tuple[Caveat, ...]]:
    import numpy as np  # heavy

    random = np.random.default_rng(seed)
    scales = np.maximum(np.abs(starts[0]), 0.05)
    starts = starts + [
        _admissible(model, starts[0] + 0.5 * scales * random.standard_normal(len(scales)))
        for _start in range(n_random)
    ]
    results = [result for start in starts for result in _maximised(model, start)]
    if not results:
        raise ParameterError(
            "P229",
            _("The model cannot be fitted to this series: its likelihood has no maximum."),
            next_step=_("Choose the quasi-Poisson model, or a simpler effect."),
        )
    best = max(results, key=lambda result: result.llf)
    logliks = tuple(float(result.llf) for result in results)
    # From the winner once more, for the standard errors: the observed information, as R's.
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        best = model.smooth(best.params, cov_type="approx")
    return best, logliks, _optimiser_caveats(logliks)


def _maximised(model: Any, start: np.ndarray) -> Iterator[Any]:
    """Climb by gradient from a start, then by simplex if that did not converge."""
    import numpy as np  # heavy

    with warnings.catch_warnings():
        # Non-convergence is not warned about but acted upon.
        warnings.simplefilter("ignore")
        try:
            result = model.fit(start, method="lbfgs", maxiter=500, disp=False, cov_type="none")
        except (np.linalg.LinAlgError, ValueError):
            return
        if np.isfinite(result.llf):
            yield result
            if not result.mle_retvals["converged"]:
                yield model.fit(
                    result.params, method="nm", maxiter=2000, disp=False, cov_type="none"
                )


def _admissible(model: Any, start: np.ndarray) -> np.ndarray:
    import numpy as np  # heavy

    # A round trip through the library's own constraints brings any draw inside them.
    wild = start.copy()
    for place, name in enumerate(model.param_names):
        if name.startswith("sigma2"):
            wild[place] = np.sqrt(np.abs(wild[place]))
    return np.asarray(model.transform_params(wild), dtype=float)


def _optimiser_caveats(logliks: tuple[float, ...]) -> tuple[Caveat, ...]:
    best = max(logliks)
    if best - logliks[0] <= SAME_LOGLIKELIHOOD:
        return ()
    text = _(
        "The optimiser first stopped at a wrong optimum (log-likelihood {first}); the best of {n} "
        "starts ({best}) is kept."
    )
    return (
        Caveat(
            "optimiser",
            text.format(
                first=format_decimal(logliks[0], 2), best=format_decimal(best, 2), n=len(logliks)
            ),
        ),
    )


def _unit_root_caveats(result: Any) -> tuple[Caveat, ...]:
    import numpy as np  # heavy

    # The seasonal polynomial is read in powers of the season: 0.9 at lag 12 is not near 1.
    season = result.model.seasonal_periods or 1
    polynomials = (result.polynomial_ar, result.polynomial_seasonal_ar[::season])
    inverse_roots = np.abs(np.concatenate([np.roots(polynomial) for polynomial in polynomials]))
    if inverse_roots.max(initial=0.0) <= UNIT_ROOT:
        return ()
    text = _(
        "The errors of the model hardly forget (a root close to 1): level and effect can then "
        "hardly be told apart. Prefer another model."
    )
    return (Caveat("near-unit-root", text),)


def _as_fit(
    result: Any,
    regressors: pd.DataFrame,
    back: np.ndarray,
    *,
    where: slice,
    signal: np.ndarray,
    n_lags: int,
    logliks: tuple[float, ...],
    caveats: tuple[Caveat, ...],
) -> LikelihoodFit:
    import numpy as np  # heavy
    import pandas as pd

    terms = list(regressors.columns)
    covariance = np.asarray(result.cov_params())
    is_noise = np.ones(len(result.params), dtype=bool)
    is_noise[where] = False
    errors = result.standardized_forecasts_error[0]
    start_up = max(int(result.loglikelihood_burn), int(getattr(result, "nobs_diffuse", 0)))
    residuals = errors[start_up:]
    return LikelihoodFit(
        coefficients=pd.Series(back @ result.params[where], index=terms),
        covariance=pd.DataFrame(
            back @ covariance[where, where] @ back.T, index=terms, columns=terms
        ),
        noise=pd.DataFrame(
            {
                "term": np.array(result.model.param_names)[is_noise],
                "estimate": result.params[is_noise],
                "se": np.sqrt(np.maximum(np.diag(covariance)[is_noise], 0)),
            }
        ),
        loglikelihood=float(result.llf),
        aic=float(result.aic),
        signal=signal,
        residuals=residuals[np.isfinite(residuals)],
        n_lags=n_lags,
        logliks=logliks,
        caveats=caveats,
    )

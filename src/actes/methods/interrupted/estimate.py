"""Carry what each of the four models has in common, whatever its library.

Out: `Estimate`: coefficients on the log scale with their covariance, fitted counts, residuals.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from actes.methods.caveats import Caveat

__all__ = ["Estimate"]


@dataclass(frozen=True)
class Estimate:
    """A fitted model of a series of counts.

    Parameters
    ----------
    coefficients
        Regression coefficients by term, natural log scale.
    covariance
        Theirs, terms by terms.
    dof
        Degrees of freedom of each coefficient's t law; inf for a normal one.
    fitted
        Expected counts of all the periods, the excluded ones included, shape (n,).
    residuals
        Standardised residuals of the periods used, in order.
    noise
        ``term, estimate, se`` of what is not regression: dispersion, autoregression, variances.
    dispersion
        Variance relative to that of the model's family; None for models of logs.
    loglikelihood
        None for a quasi-likelihood.
    standard_errors
        In words: which kind.
    n_noise_lags
        Parameters that the Ljung-Box test must deduct.
    caveats
        Reserves about the fit itself.
    """

    coefficients: pd.Series
    covariance: pd.DataFrame
    dof: pd.Series
    fitted: np.ndarray
    residuals: np.ndarray
    noise: pd.DataFrame
    dispersion: float | None
    loglikelihood: float | None
    standard_errors: str
    n_noise_lags: int = 0
    caveats: tuple[Caveat, ...] = ()

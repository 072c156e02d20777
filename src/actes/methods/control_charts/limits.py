"""Set the limits of control charts and standardise what they watch.

In: values by period, shape (…, n): many series at once or one. Out: centre and standard deviation
of each period, estimated on a reference; cumulative sums, moving averages. Only here: the formulas.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike

__all__ = [
    "Baseline",
    "cumulative_sums",
    "ewma",
    "individuals_baseline",
    "mean_moving_range",
    "poisson_baseline",
    "residual_baseline",
    "tabular_cusum",
]

MOVING_RANGE = 1.128379167095513
"""Expected range of two normal values, in standard deviations: 2 / sqrt(pi) (d2 of size 2)."""

REACH = 3.0
"""Shewhart's limits, in standard deviations."""


@dataclass(frozen=True)
class Baseline:
    """What each period is expected to be.

    Parameters
    ----------
    values
        What is watched, shape (…, n): counts, or residuals.
    centre, sigma
        Expected value and standard deviation, shape (…, n).
    inflation
        Variance relative to Poisson allowed for in ``sigma``, shape (…, 1); 1 where it is not.
    """

    values: np.ndarray
    centre: np.ndarray
    sigma: np.ndarray
    inflation: np.ndarray

    @property
    def z(self) -> np.ndarray:
        """Standardised values, shape (…, n)."""
        import numpy as np  # heavy

        return np.asarray((self.values - self.centre) / self.sigma)

    @property
    def low(self) -> np.ndarray:
        """Lower limit; never below zero for counts."""
        import numpy as np  # heavy

        low = self.centre - REACH * self.sigma
        return np.asarray(np.where(self.centre > 0, np.maximum(low, 0.0), low))

    @property
    def high(self) -> np.ndarray:
        """Upper limit."""
        import numpy as np  # heavy

        return np.asarray(self.centre + REACH * self.sigma)


def mean_moving_range(values: ArrayLike) -> np.ndarray:
    """Mean absolute difference of successive values, along the last axis."""
    import numpy as np  # heavy

    return np.asarray(np.abs(np.diff(np.asarray(values, dtype=float), axis=-1)).mean(axis=-1))


def individuals_baseline(values: np.ndarray, n_reference: int) -> Baseline:
    """Set the limits of a chart of individual values by their moving range.

    Centre: the mean of the reference; sigma: its mean moving range over 1.128 (Montgomery 2013,
    *Introduction to Statistical Quality Control*, 7th ed., section 6.4).
    """
    import numpy as np  # heavy

    reference = values[..., :n_reference]
    centre = reference.mean(axis=-1, keepdims=True)
    sigma = mean_moving_range(reference)[..., None] / MOVING_RANGE
    return Baseline(
        values,
        np.broadcast_to(centre, values.shape),
        np.broadcast_to(np.maximum(sigma, np.finfo(float).tiny), values.shape),
        np.ones_like(centre),
    )


def poisson_baseline(
    values: np.ndarray, exposure: np.ndarray, n_reference: int, *, dispersion_p: float = 0.05
) -> Baseline:
    """Set the limits of a chart of counts (c when exposures are equal, u when they are not).

    Centre: the reference's rate times the exposure; variance: the centre, if counts are Poisson
    (Montgomery 2013, section 7.3). When the reference varies beyond the ``dispersion_p`` quantile
    of chance (chi-square), sigma is multiplied by the one of the standardised reference, by its
    moving range: a u' chart (Laney 2002, *Quality Engineering* 14, 531-537).
    """
    import numpy as np  # heavy
    from scipy.stats import chi2

    reference, exposed = values[..., :n_reference], exposure[:n_reference]
    rate = reference.sum(axis=-1, keepdims=True) / exposed.sum()
    centre = rate * exposure
    sigma = np.sqrt(np.maximum(centre, np.finfo(float).tiny))
    z = (values - centre) / sigma
    spread = (z[..., :n_reference] ** 2).sum(axis=-1, keepdims=True)
    is_clear = spread > chi2.isf(dispersion_p, n_reference - 1)
    short_term = mean_moving_range(z[..., :n_reference])[..., None] / MOVING_RANGE
    inflation = np.where(is_clear, np.maximum(short_term**2, 1.0), 1.0)
    return Baseline(values, centre, sigma * np.sqrt(inflation), inflation)


def residual_baseline(values: np.ndarray, n_reference: int) -> Baseline:
    """Set the limits of what a first-order autoregression does not foresee.

    The autoregression is fitted to the reference by least squares; each value is compared with
    its forecast from the one before (Alwan & Roberts 1988, *Journal of Business & Economic
    Statistics* 6, 87-95). The first value has no forecast: its residual is 0.
    """
    import numpy as np  # heavy

    reference = values[..., :n_reference]
    mean = reference.mean(axis=-1, keepdims=True)
    past, present = (reference - mean)[..., :-1], (reference - mean)[..., 1:]
    squares = np.maximum((past**2).sum(axis=-1, keepdims=True), np.finfo(float).tiny)
    phi = (past * present).sum(axis=-1, keepdims=True) / squares
    residuals = np.zeros_like(values)
    residuals[..., 1:] = values[..., 1:] - mean - phi * (values[..., :-1] - mean)
    known = residuals[..., 1:n_reference]
    # Two parameters, mean and phi, are fitted to n_reference - 1 forecasts.
    variance = (known**2).sum(axis=-1, keepdims=True) / (n_reference - 3)
    sigma = np.sqrt(np.maximum(variance, np.finfo(float).tiny))
    return Baseline(
        residuals,
        np.zeros_like(values),
        np.broadcast_to(sigma, values.shape),
        np.ones_like(mean),
    )


def cumulative_sums(values: ArrayLike, target: float) -> np.ndarray:
    """Add up the deviations from a target, one after the other (Page 1954)."""
    import numpy as np  # heavy

    return np.asarray((np.asarray(values, dtype=float) - target).cumsum(axis=-1))


def tabular_cusum(z: np.ndarray, *, k: float) -> tuple[np.ndarray, np.ndarray]:
    """Compute the upward and downward cumulative sums that never fall below zero.

    C+_t = max(0, C+_{t-1} + z_t - k), C-_t = max(0, C-_{t-1} - z_t - k) (Montgomery 2013, section
    9.1); an alarm when one passes h.

    Parameters
    ----------
    z
        Standardised values, shape (…, n).
    k
        Allowance, half of the shift to be found, in standard deviations.
    """
    import numpy as np  # heavy

    up, down = np.zeros_like(z), np.zeros_like(z)
    above = below = np.zeros(z.shape[:-1])
    for t in range(z.shape[-1]):
        above = np.maximum(0.0, above + z[..., t] - k)
        below = np.maximum(0.0, below - z[..., t] - k)
        up[..., t], down[..., t] = above, below
    return up, down


def ewma(z: np.ndarray, *, weight: float) -> tuple[np.ndarray, np.ndarray]:
    """Compute the exponentially weighted moving average and its standard deviation.

    E_t = w z_t + (1 - w) E_{t-1}, E_0 = 0, whose variance is w/(2 - w) (1 - (1 - w)^{2t}) (Roberts
    1959; Montgomery 2013, section 9.2).

    Returns
    -------
    average, sigma
        Shapes (…, n) and (n,).
    """
    import numpy as np  # heavy

    average, last = np.zeros_like(z), np.zeros(z.shape[:-1])
    for t in range(z.shape[-1]):
        last = weight * z[..., t] + (1 - weight) * last
        average[..., t] = last
    steps = np.arange(1, z.shape[-1] + 1)
    return average, np.sqrt(weight / (2 - weight) * (1 - (1 - weight) ** (2 * steps)))

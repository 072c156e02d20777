"""Turn what a model says of the future into counts: quantiles, means, paths.

In: a location and a memory on the model's scale, or simulated counts. Out: counts, never below
zero. Only here: the way back from logarithms and roots.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np

    from actes.methods.forecast.plan import Transformation

__all__ = ["GaussianFuture", "Predictive", "SimulatedFuture", "back", "forward"]


class Predictive(Protocol):
    """The future counts as a model sees them, ``h`` periods ahead."""

    def quantiles(self, probabilities: Sequence[float]) -> np.ndarray:
        """Quantiles of each period, shape (h, len(probabilities)); not below zero."""

    def mean(self) -> np.ndarray:
        """Expected counts, shape (h,)."""

    def paths(self, n: int, *, seed: int) -> np.ndarray:
        """Draw ``n`` possible futures, shape (n, h)."""


@dataclass(frozen=True)
class GaussianFuture:
    """Normal errors on the scale of the transformation.

    Parameters
    ----------
    location
        Shape (h,): the centre, on that scale.
    psi
        Shape (h,): what an error of today still weighs k periods later (1 at k = 0); the variance
        k periods ahead is ``sigma² (psi_0² + … + psi_{k-1}²)`` (Box & Jenkins 1976, chapter 5).
    sigma
        Standard deviation of the one-step errors.
    transformation
        The scale.
    """

    location: np.ndarray
    psi: np.ndarray
    sigma: float
    transformation: Transformation

    @property
    def scale(self) -> np.ndarray:
        """Standard deviation of each period, shape (h,)."""
        import numpy as np  # heavy

        return np.asarray(self.sigma * np.sqrt(np.cumsum(self.psi**2)))

    def quantiles(self, probabilities: Sequence[float]) -> np.ndarray:
        """Quantiles go through a monotone transformation unchanged."""
        import numpy as np  # heavy
        from scipy.stats import norm  # heavy

        z = np.asarray(norm.ppf(probabilities))
        return back(self.location[:, None] + self.scale[:, None] * z[None, :], self.transformation)

    def mean(self) -> np.ndarray:
        """Expected counts: of logs, the exponential of the centre would be the median."""
        import numpy as np  # heavy

        variance = self.scale**2
        if self.transformation == "log":
            return np.asarray(np.exp(self.location + variance / 2))
        if self.transformation == "root":
            return np.asarray(self.location**2 + variance)
        return np.asarray(np.maximum(self.location, 0.0))

    def paths(self, n: int, *, seed: int) -> np.ndarray:
        """Draw errors and let the memory carry them."""
        import numpy as np  # heavy
        from scipy.linalg import toeplitz

        errors = self.sigma * np.random.default_rng(seed).standard_normal((n, len(self.psi)))
        carried = errors @ np.tril(toeplitz(self.psi)).T
        return back(self.location + carried, self.transformation)


@dataclass(frozen=True)
class SimulatedFuture:
    """Counts drawn from a model, shape (n, h)."""

    draws: np.ndarray

    def quantiles(self, probabilities: Sequence[float]) -> np.ndarray:
        """Quantiles of the draws."""
        import numpy as np  # heavy

        return np.asarray(np.quantile(self.draws, list(probabilities), axis=0).T)

    def mean(self) -> np.ndarray:
        """Mean of the draws."""
        import numpy as np  # heavy

        return np.asarray(self.draws.mean(axis=0))

    def paths(self, n: int, *, seed: int) -> np.ndarray:
        """Return ``n`` of the draws, chosen at random."""
        import numpy as np  # heavy

        chosen = np.random.default_rng(seed).integers(len(self.draws), size=n)
        return np.asarray(self.draws[chosen])


def forward(counts: np.ndarray, transformation: Transformation) -> np.ndarray:
    """Take counts to the model's scale."""
    import numpy as np  # heavy

    if transformation == "log":
        return np.asarray(np.log(counts))
    return np.asarray(np.sqrt(counts)) if transformation == "root" else counts


def back(values: np.ndarray, transformation: Transformation) -> np.ndarray:
    """Bring values of the model's scale back to counts; what would be below zero is zero."""
    import numpy as np  # heavy

    if transformation == "log":
        return np.asarray(np.exp(values))
    positive = np.asarray(np.maximum(values, 0.0))
    return np.asarray(positive**2) if transformation == "root" else positive

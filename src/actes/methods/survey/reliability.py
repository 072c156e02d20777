"""Say whether several questions measure one thing.

In: answers by respondent and question. Out: `Reliability`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

__all__ = ["Reliability", "cronbach_alpha"]


@dataclass(frozen=True)
class Reliability:
    """Cronbach's alpha.

    Parameters
    ----------
    n, n_items
        Respondents who answered every question; questions.
    alpha
        Between minus infinity and 1; NaN with fewer than two questions or three respondents.
    """

    n: int
    n_items: int
    alpha: float


def cronbach_alpha(answers: np.ndarray, weights: np.ndarray) -> Reliability:
    """Weighted Cronbach's alpha of the respondents who answered everything.

    ``k / (k - 1) · (1 - sum of the variances / variance of the sum)`` (Cronbach 1951,
    *Psychometrika* 16, 297-334). A high alpha does not say that the scale measures what its name
    says.

    Parameters
    ----------
    answers
        Shape (n, k), all in the same direction; NaN: no answer.
    """
    import numpy as np  # heavy

    complete = np.isfinite(answers).all(axis=1)
    n, k = int(complete.sum()), answers.shape[1]
    if n < 3 or k < 2:
        return Reliability(n, k, float("nan"))
    covariance = np.cov(answers[complete].T, aweights=weights[complete])
    total = float(covariance.sum())
    alpha = k / (k - 1) * (1 - float(np.trace(covariance)) / total) if total else float("nan")
    return Reliability(n, k, alpha)

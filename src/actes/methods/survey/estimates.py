"""Estimate means and shares of a population, and differences between parts of it.

In: a design, values, domains. Out: `Estimate`, with a margin of error.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np

    from actes.methods.survey.design import SurveyDesign

__all__ = ["Estimate", "difference", "mean", "share"]


@dataclass(frozen=True)
class Estimate:
    """An estimate and its margin.

    Parameters
    ----------
    n
        Respondents behind it.
    value, se, low, high
        Estimate, standard error, interval; NaN when nobody answered or nothing can be said.
    deff
        Variance over that of a simple random sample of as many answers; NaN for a difference.
    dof
        Degrees of freedom of the interval.
    p
        Two-sided, of a difference from zero; NaN for a mean or a share.
    """

    n: int
    value: float
    se: float
    low: float
    high: float
    deff: float
    dof: int
    p: float = float("nan")

    def detectable(self, *, alpha: float = 0.05, power: float = 0.8) -> float:
        """Smallest true difference that a test at ``alpha`` finds with probability ``power``.

        (t_{1-alpha/2} + t_power) se: the standard error is the design's, so weights, strata and
        clusters count; it is taken to be the same under the difference sought.
        """
        from scipy.stats import t as student  # heavy

        if self.dof < 1:
            return float("nan")
        reach = student.ppf(1 - alpha / 2, self.dof) + student.ppf(power, self.dof)
        return float(reach) * self.se


def mean(
    design: SurveyDesign,
    values: np.ndarray,
    *,
    domain: np.ndarray | None = None,
    alpha: float = 0.05,
) -> Estimate:
    """Weighted mean ``sum(w y) / sum(w)`` over a domain, with a linearised variance.

    The respondents outside the domain stay in the design, where they count as zeros: leaving them
    out would forget that the domain's size is random (Lohr 2022, *Sampling*, section 4.3).

    Parameters
    ----------
    values
        Shape (n,); NaN: no answer, outside every domain.
    domain
        Shape (n,), boolean; everybody when None.
    """
    import numpy as np  # heavy
    from scipy.stats import t as student

    members, influence, value = _linearised(design, values, domain)
    n = int(members.sum())
    if not n:
        return _unknown(0)
    dof = design.dof(members)
    variance = float(design.covariance(influence[:, None])[0, 0])
    se = float(np.sqrt(variance)) if dof > 0 else np.nan
    reach = float(student.ppf(1 - alpha / 2, max(dof, 1))) * se
    deff = _design_effect(design.weights[members], values[members], variance)
    return Estimate(n, value, se, value - reach, value + reach, deff, dof)


def share(
    design: SurveyDesign,
    is_case: np.ndarray,
    *,
    domain: np.ndarray | None = None,
    alpha: float = 0.05,
) -> Estimate:
    """Weighted share of cases; interval on the logit scale, always between 0 and 1.

    ``logit p ± t se / (p (1 - p))``. When everybody, or nobody, is a case, the limits are those
    of Clopper & Pearson (1934, *Biometrika* 26) for as many answers.

    Parameters
    ----------
    is_case
        Shape (n,): 1, 0, NaN for no answer.
    """
    import numpy as np  # heavy
    from scipy.stats import t as student

    plain = mean(design, is_case, domain=domain, alpha=alpha)
    p, n = plain.value, plain.n
    if not n or not plain.dof > 0:
        return plain
    if p in (0.0, 1.0):
        edge = 1 - (alpha / 2) ** (1 / n)
        low, high = (0.0, edge) if p == 0 else (1 - edge, 1.0)
    else:
        centre = np.log(p / (1 - p))
        reach = student.ppf(1 - alpha / 2, plain.dof) * plain.se / (p * (1 - p))
        low, high = (float(1 / (1 + np.exp(-(centre + side * reach)))) for side in (-1, 1))
    return Estimate(n, p, plain.se, low, high, plain.deff, plain.dof)


def difference(
    design: SurveyDesign,
    values: np.ndarray,
    *,
    first: np.ndarray,
    second: np.ndarray,
    alpha: float = 0.05,
) -> Estimate:
    """Mean of the second domain minus that of the first, with their covariance.

    Two waves that share clusters are not independent: the linearised difference knows it.

    Parameters
    ----------
    first, second
        Shape (n,), boolean.
    """
    import numpy as np  # heavy
    from scipy.stats import t as student

    in_first, influence_first, before = _linearised(design, values, first)
    in_second, influence_second, after = _linearised(design, values, second)
    n = int(in_first.sum() + in_second.sum())
    if not in_first.any() or not in_second.any():
        return _unknown(n)
    dof = design.dof(in_first | in_second)
    if dof < 1:
        return _unknown(n)
    gap = (influence_second - influence_first)[:, None]
    se = float(np.sqrt(design.covariance(gap)[0, 0]))
    value = after - before
    p = float(2 * student.sf(abs(value) / se, dof)) if se else float("nan")
    reach = float(student.ppf(1 - alpha / 2, dof)) * se
    return Estimate(n, value, se, value - reach, value + reach, float("nan"), dof, p)


def _linearised(
    design: SurveyDesign, values: np.ndarray, domain: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray, float]:
    """Return the domain's members with an answer, their influence on its mean, the mean."""
    import numpy as np  # heavy

    members = np.isfinite(values) if domain is None else domain & np.isfinite(values)
    total = float(design.weights[members].sum())
    if not total:
        return members, np.zeros(len(values)), float("nan")
    known = np.where(members, values, 0.0)
    value = float((design.weights * known).sum()) / total
    return members, np.where(members, known - value, 0.0) / total, value


def _design_effect(weights: np.ndarray, values: np.ndarray, variance: float) -> float:
    import numpy as np  # heavy

    n = len(values)
    if n < 2:
        return float("nan")
    centre = np.average(values, weights=weights)
    spread = float(np.average((values - centre) ** 2, weights=weights)) * n / (n - 1)
    return variance / (spread / n) if spread else float("nan")


def _unknown(n: int) -> Estimate:
    nan = float("nan")
    return Estimate(n, nan, nan, nan, nan, nan, 0)

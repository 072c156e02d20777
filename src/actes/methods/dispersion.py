"""Check that counts vary as Poisson counts do, and say what a count could have shown at all.

In: counts, or the standardised changes of many areas. Out: how much they vary beyond chance, the
observed and expected frequencies, the smallest change that a comparison would have detected.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from actes.errors import ParameterError
from actes.i18n import _, ngettext

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import ArrayLike

__all__ = [
    "DetectableChange",
    "Dispersion",
    "PoissonFit",
    "dispersion_of_changes",
    "minimum_detectable_change",
    "poisson_fit",
    "score_frequencies",
]

INFLATION_P = 0.05
"""Below this probability under pure chance, the spread of the changes is called excessive."""

WINSORISED = 0.1
"""Share of the areas, at each end, that does not decide what ordinary variation is."""

MIN_AREAS = 10
"""Fewer areas than this say too little about their own spread for anything to be inflated."""


@dataclass(frozen=True)
class Dispersion:
    """How much standardised changes vary between areas; chance alone gives a variance of 1.

    Parameters
    ----------
    n
        Number of areas behind it.
    variance
        Sample variance of z (dimensionless); NaN with fewer than two areas.
    p
        Probability of a variance at least that large under pure Poisson chance; NaN likewise.
    inflation
        What counts are divided by, and z by the root of, before anything is concluded: the
        ordinary variance, away from the extreme areas, when ``variance`` is clearly above 1; else
        exactly 1.
    """

    n: int
    variance: float
    p: float
    inflation: float

    @property
    def is_inflated(self) -> bool:
        """Whether the areas vary clearly more than chance allows."""
        return self.inflation > 1


def dispersion_of_changes(z: ArrayLike) -> Dispersion:
    """Measure the spread of the areas' standardised changes.

    Under the Poisson model z is close to N(0, 1), so (n - 1) var(z) follows a chi-square law with
    n - 1 degrees of freedom. Beyond its 95th centile, with at least `MIN_AREAS` areas, the counts
    are called overdispersed and everything is widened (quasi-likelihood: McCullagh & Nelder 1989,
    *Generalized Linear Models*, 2nd ed., section 4.5). The factor is the variance of z after the
    tenth at each end is brought in to the 10th and 90th centiles (Spiegelhalter 2005, *Statistics
    in Medicine* 24, 1185-1202), divided by what that leaves of a normal variance (0.679): one
    area that truly changed must not hide itself by inflating the yardstick.

    Parameters
    ----------
    z
        One standardised change per area; NaN (not testable) is left out.
    """
    import numpy as np  # heavy
    from scipy.stats import chi2

    known = np.asarray(z, dtype=float)
    known = known[np.isfinite(known)]
    n = len(known)
    if n < 2:
        return Dispersion(n, np.nan, np.nan, 1.0)
    variance = float(known.var(ddof=1))
    p = float(chi2.sf((n - 1) * variance, n - 1))
    is_clear = n >= MIN_AREAS and p < INFLATION_P
    return Dispersion(n, variance, p, max(_ordinary_variance(known), 1.0) if is_clear else 1.0)


def _ordinary_variance(z: np.ndarray) -> float:
    import numpy as np  # heavy
    from scipy.stats import norm

    low, high = np.quantile(z, [WINSORISED, 1 - WINSORISED])
    end = norm.ppf(1 - WINSORISED)
    left = 1 - 2 * WINSORISED - 2 * end * norm.pdf(end) + 2 * WINSORISED * end**2
    return float(np.clip(z, low, high).var(ddof=1) / left)


def score_frequencies(z: ArrayLike) -> pd.DataFrame:
    """Count the areas by class of standardised change, beside what chance alone would give.

    Returns
    -------
    DataFrame
        One row per class [low, high): ``low``, ``high`` (-inf and inf at the ends), ``observed``
        (count of areas) and ``expected`` (under N(0, 1), not rounded).
    """
    import numpy as np  # heavy
    import pandas as pd
    from scipy.stats import norm

    known = np.asarray(z, dtype=float)
    known = known[np.isfinite(known)]
    edges = np.array([-np.inf, -3, -2, -1, 0, 1, 2, 3, np.inf])
    observed = np.histogram(known, edges)[0]
    expected = len(known) * np.diff(norm.cdf(edges))
    return pd.DataFrame(
        {"low": edges[:-1], "high": edges[1:], "observed": observed, "expected": expected}
    )


@dataclass(frozen=True)
class PoissonFit:
    """How well one Poisson law describes repeated counts (months of one series, say).

    Parameters
    ----------
    n, mean, variance
        Number of counts, their mean and sample variance.
    statistic, p
        Fisher's index of dispersion, sum((x - mean)^2)/mean, and the probability of one at least
        that large under a Poisson law (chi-square, n - 1 degrees of freedom).
    table
        ``low``, ``high`` (both included; the last ``high`` is <NA>: no upper end), ``observed``,
        ``expected`` numbers of counts.
    """

    n: int
    mean: float
    variance: float
    statistic: float
    p: float
    table: pd.DataFrame


def poisson_fit(counts: ArrayLike, *, max_classes: int = 12) -> PoissonFit:
    """Compare repeated counts with the Poisson law of the same mean.

    Source: Fisher, Thornton & Mackenzie 1922 (*Annals of Applied Biology* 9) for the index; the
    table is the usual one of observed and expected frequencies, by single values while there are
    at most ``max_classes`` of them, else by classes that are about equally likely.

    Raises
    ------
    ParameterError
        P203, fewer than two counts, or no event at all.
    """
    import numpy as np  # heavy
    import pandas as pd
    from scipy.stats import chi2, poisson

    known = np.asarray(counts, dtype=float)
    n, mean = len(known), float(known.mean()) if len(known) else 0.0
    if n < 2 or mean == 0:
        raise ParameterError(
            "P203",
            _("A Poisson law cannot be fitted to these counts."),
            found=ngettext("{n} count", "{n} counts", n).format(n=n),
            expected=_("at least two counts, one of which is not zero"),
            next_step=_("Choose a longer period or another category."),
        )
    statistic = float(((known - mean) ** 2).sum() / mean)
    upper = _class_ends(known, mean, max_classes)
    edges = np.concatenate([[-1], upper, [np.inf]])
    observed = np.histogram(known, edges + 0.5)[0]
    expected = n * np.diff(poisson.cdf(edges, mean))
    table = pd.DataFrame(
        {
            "low": (edges[:-1] + 1).astype(int),
            "high": pd.array([*upper.astype(int), pd.NA], dtype="Int64"),
            "observed": observed,
            "expected": expected,
        }
    )
    p = float(chi2.sf(statistic, n - 1))
    return PoissonFit(n, mean, float(known.var(ddof=1)), statistic, p, table)


def _class_ends(counts: np.ndarray, mean: float, max_classes: int) -> np.ndarray:
    import numpy as np  # heavy
    from scipy.stats import poisson

    largest = int(counts.max())
    if largest < max_classes:
        return np.arange(largest)
    shares = np.arange(1, max_classes) / max_classes
    return np.unique(poisson.ppf(shares, mean))


@dataclass(frozen=True)
class DetectableChange:
    """The counts beyond which a change would have been detected.

    Parameters
    ----------
    expected
        What no change would give in the second period.
    rise
        Smallest later count that would be detected as a rise.
    fall
        Largest later count that would be detected as a fall; None when even zero would not.
    """

    expected: float
    rise: int
    fall: int | None

    @property
    def rise_share(self) -> float:
        """`rise` as a relative change (0.35: 35 % more than expected); NaN if nothing expected."""
        return self.rise / self.expected - 1 if self.expected else float("nan")

    @property
    def fall_share(self) -> float:
        """`fall` as a relative change (negative); NaN when no fall can be detected."""
        known = self.fall is not None and self.expected > 0
        return self.fall / self.expected - 1 if known and self.fall is not None else float("nan")


def minimum_detectable_change(
    before: int,
    *,
    exposure_ratio: float = 1.0,
    alpha: float = 0.05,
    power: float = 0.8,
    inflation: float = 1.0,
) -> DetectableChange:
    """Say how large a change must be to be detected, since "not significant" is not "no change".

    On the variance-stabilised scale the difference of two Poisson counts has standard deviation
    sqrt(1 + d)/2, d being the expected ratio (see `actes.methods.counts`), so the later mean is
    detected with probability ``power`` when its root is (z_{1-alpha/2} + z_power) of these away
    from the expected root (Gu, Ng, Tang & Schucany 2008, *Biometrical Journal* 50, 283-298).

    Parameters
    ----------
    before
        Events in the first period.
    exposure_ratio
        Expected ratio of the second count to the first when nothing has changed.
    inflation
        Variance relative to Poisson (see `Dispersion`).
    """
    import numpy as np  # heavy
    from scipy.stats import norm

    reach = float(norm.ppf(1 - alpha / 2) + norm.ppf(power))
    centre = np.sqrt(exposure_ratio * (before + 3 / 8))
    half = reach * np.sqrt(inflation * (1 + exposure_ratio)) / 2
    rise = int(np.ceil((centre + half) ** 2 - 3 / 8))
    lowest = max(centre - half, 0.0) ** 2 - 3 / 8
    fall = int(np.floor(lowest)) if lowest >= 0 else None
    return DetectableChange(float(exposure_ratio * before), rise, fall)

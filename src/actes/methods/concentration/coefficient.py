"""Compute the Gini coefficient of counts by place, its interval and its change.

In: counts by place, zeros included. Out: `Concentration`, `Estimate`. Only here: the generalised
and unbiased coefficient, and the bootstrap of places.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from actes.errors import ParameterError
from actes.i18n import _
from actes.methods.concentration.places import check_enough
from actes.methods.concentration.reserves import sparse_caveats
from actes.methods.counts import check_counts

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike

    from actes.methods.caveats import Caveat

__all__ = ["Concentration", "Estimate", "change_of_gini", "concentration", "gini"]

MAX_JACKKNIFED = 2000
"""Beyond so many places the interval is a plain percentile one: BCa would leave each out."""

MIN_HOLDERS = 5
"""Fewer places with events than this: no resampling can tell an interval."""

N_CHANCE = 200


@dataclass(frozen=True)
class Estimate:
    """A quantity with its bootstrap interval; NaN limits when none can be told."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True)
class Concentration:
    """How events concentrate on places.

    Parameters
    ----------
    n_places, n_events, n_zero
        Places, events, places without any.
    gini
        Gini coefficient, generalised and unbiased if asked, with its interval.
    by_chance
        The same coefficient, on average, if each event fell on any place with equal probability.
    caveats
        Reserves to print with the result.
    """

    n_places: int
    n_events: int
    n_zero: int
    gini: Estimate
    by_chance: float
    is_generalised: bool
    is_unbiased: bool
    alpha: float
    caveats: tuple[Caveat, ...]


def gini(counts: ArrayLike, *, is_generalised: bool = True, is_unbiased: bool = False) -> float:
    """Compute the Gini coefficient of counts by place.

    G = sum((2i - n - 1) x_i) / (n sum(x)), x sorted upwards (Gini 1912). Generalised when there
    are fewer events N than places n: G' = max(n/N, 1) (G - 1) + 1, which is 0 when N places hold
    one event each (Bernasco & Steenbeek 2017, *Journal of Quantitative Criminology* 33, 451-467).
    Unbiased: times m/(m - 1), m being n, or min(n, N) when generalised, so that it is 1 when one
    place holds all (Steenbeek & Bernasco, *lorenzgini*).

    Raises
    ------
    TableError
        P200, P201: counts that are negative or fractional.
    ParameterError
        P310, fewer than two places or no event.
    """
    import numpy as np  # heavy

    check_counts(counts)
    values = np.asarray(counts, dtype=float)
    check_enough(values)
    return float(_gini(values, is_generalised=is_generalised, is_unbiased=is_unbiased))


def _gini(
    counts: np.ndarray, *, is_generalised: bool, is_unbiased: bool, axis: int = -1
) -> np.ndarray:
    """Compute it along an axis; a resample without any event is not concentrated at all: 0."""
    import numpy as np  # heavy

    values = np.sort(np.moveaxis(counts, axis, -1), axis=-1)
    n, total = values.shape[-1], values.sum(axis=-1)
    some = np.maximum(total, 1.0)
    ranks = 2 * np.arange(1, n + 1) - n - 1
    result = (values * ranks).sum(axis=-1) / (n * some)
    fewest = np.full_like(some, n)
    if is_generalised:
        result = np.maximum(n / some, 1.0) * (result - 1) + 1
        fewest = np.minimum(fewest, some)
    if is_unbiased:
        result = result * fewest / np.maximum(fewest - 1, 1.0)
    return np.asarray(np.where(total > 0, result, 0.0))


def concentration(
    counts: ArrayLike,
    *,
    is_generalised: bool = True,
    is_unbiased: bool = False,
    n_bootstrap: int = 1000,
    alpha: float = 0.05,
    seed: int = 20260101,
) -> Concentration:
    """Measure the concentration of one year.

    The interval resamples places (bias-corrected and accelerated bootstrap, Efron 1987, *JASA* 82,
    by `scipy.stats.bootstrap`; percentile beyond `MAX_JACKKNIFED` places): it tells what other
    places like these would give.

    Raises
    ------
    TableError, ParameterError
        As `gini`; P315 for a number of resamples or an ``alpha`` out of bounds.
    """
    import numpy as np  # heavy

    _check_resampling(n_bootstrap, alpha)
    estimate = gini(counts, is_generalised=is_generalised, is_unbiased=is_unbiased)
    values = np.asarray(counts, dtype=float)
    low, high = _interval(
        (values,), is_generalised, is_unbiased, n_bootstrap=n_bootstrap, alpha=alpha, seed=seed
    )
    return Concentration(
        n_places=len(values),
        n_events=int(values.sum()),
        n_zero=int((values == 0).sum()),
        gini=Estimate(estimate, low, high),
        by_chance=_by_chance(values, is_generalised, is_unbiased, seed),
        is_generalised=is_generalised,
        is_unbiased=is_unbiased,
        alpha=alpha,
        caveats=sparse_caveats(
            len(values),
            int(values.sum()),
            is_generalised=is_generalised,
            is_known=math.isfinite(low),
        ),
    )


def change_of_gini(
    before: ArrayLike,
    after: ArrayLike,
    *,
    is_generalised: bool = True,
    is_unbiased: bool = False,
    n_bootstrap: int = 1000,
    alpha: float = 0.05,
    seed: int = 20260101,
) -> Estimate:
    """Measure how much the coefficient changed, on the same places in the same order.

    Places are resampled with both their counts (paired bootstrap), so that what stays the same
    from one year to the next does not widen the interval.

    Raises
    ------
    TableError, ParameterError
        As `concentration`.
    """
    import numpy as np  # heavy

    _check_resampling(n_bootstrap, alpha)
    options = {"is_generalised": is_generalised, "is_unbiased": is_unbiased}
    estimate = gini(after, **options) - gini(before, **options)
    pairs = (np.asarray(before, dtype=float), np.asarray(after, dtype=float))
    low, high = _interval(
        pairs, is_generalised, is_unbiased, n_bootstrap=n_bootstrap, alpha=alpha, seed=seed
    )
    return Estimate(estimate, low, high)


def _interval(
    samples: tuple[np.ndarray, ...],
    is_generalised: bool,
    is_unbiased: bool,
    *,
    n_bootstrap: int,
    alpha: float,
    seed: int,
) -> tuple[float, float]:
    import numpy as np  # heavy
    from scipy.stats import bootstrap

    def statistic(*counts: np.ndarray, axis: int = -1) -> np.ndarray:
        each = [
            _gini(c, is_generalised=is_generalised, is_unbiased=is_unbiased, axis=axis)
            for c in counts
        ]
        return each[-1] - each[0] if len(each) > 1 else each[0]

    n = len(samples[0])
    if min(int((sample > 0).sum()) for sample in samples) < MIN_HOLDERS:
        return math.nan, math.nan
    if len(samples) > 1 and np.array_equal(samples[0], samples[-1]):
        return 0.0, 0.0
    result = bootstrap(
        samples,
        statistic,
        paired=len(samples) > 1,
        vectorized=True,
        n_resamples=n_bootstrap,
        batch=max(1, 2_000_000 // n),
        confidence_level=1 - alpha,
        method="BCa" if n <= MAX_JACKKNIFED else "percentile",
        rng=np.random.default_rng(seed),
    )
    return float(result.confidence_interval.low), float(result.confidence_interval.high)


def _by_chance(values: np.ndarray, is_generalised: bool, is_unbiased: bool, seed: int) -> float:
    import numpy as np  # heavy

    random = np.random.default_rng(seed)
    shares = np.full(len(values), 1 / len(values))
    draws = (random.multinomial(int(values.sum()), shares) for _draw in range(N_CHANCE))
    options = {"is_generalised": is_generalised, "is_unbiased": is_unbiased}
    return float(np.mean([_gini(draw.astype(float), **options) for draw in draws]))


def _check_resampling(n_bootstrap: int, alpha: float) -> None:
    if not (50 <= n_bootstrap <= 100_000 and 0 < alpha <= 0.5):
        raise ParameterError(
            "P315",
            _("The interval cannot be resampled so."),
            found=f"{n_bootstrap}, {alpha}",
            expected=_("50 to 100,000 resamples, a level above 0 and at most 0.5"),
            next_step=_("1,000 resamples at 0.05 are usual."),
        )

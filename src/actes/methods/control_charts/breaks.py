"""Find the date at which a series' level most likely changed, and whether it changed at all.

In: values by period. Out: `Break`: position, levels, probability by permutation.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from actes.errors import ParameterError
from actes.i18n import _, ngettext
from actes.numbers import format_p

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike

__all__ = ["Break", "find_break"]

BATCH = 5000
"""Shuffled series held at once."""


@dataclass(frozen=True)
class Break:
    """One change of level.

    Parameters
    ----------
    position
        Periods before the change.
    mean_before, mean_after
        Levels on both sides, in the values' unit.
    p
        Share of the shuffled series with a contrast at least as large, the real one counted.
    smallest_p
        What ``p`` cannot go below: 1 / (1 + permutations).
    """

    position: int
    mean_before: float
    mean_after: float
    p: float
    smallest_p: float

    @property
    def p_text(self) -> str:
        """``p`` as it is printed: never zero, however many permutations."""
        return format_p(self.p, smallest=max(self.smallest_p, 0.001))


def find_break(
    values: ArrayLike,
    *,
    min_size: int = 2,
    n_permutations: int = 999,
    seed: int = 20260101,
) -> Break:
    """Find the one date that best parts a series into two levels (least squares).

    The date is `ruptures.Dynp`'s with the quadratic cost (Truong, Oudre & Vayatis 2020, *Signal
    Processing* 167). There is always a best date: whether it means anything is asked of shuffled
    series, which have no order and thus no change (permutation p, (1 + as large) / (1 + P)).
    Autocorrelation makes that p too small.

    Parameters
    ----------
    min_size
        Fewest periods on each side.

    Raises
    ------
    ParameterError
        P324, fewer than twice ``min_size`` periods, values that do not vary, or fewer than 99
        permutations.
    """
    import numpy as np  # heavy
    from ruptures import Dynp

    series = np.asarray(values, dtype=float)
    if len(series) < 2 * max(min_size, 2) or np.ptp(series) == 0 or n_permutations < 99:
        raise ParameterError(
            "P324",
            _("No change of level can be looked for."),
            found=ngettext("{n} period", "{n} periods", len(series)).format(n=len(series)),
            expected=_("at least {n} periods that vary, and 99 permutations").format(
                n=2 * max(min_size, 2)
            ),
            next_step=_("Choose a longer series."),
        )
    search = Dynp(model="l2", min_size=max(min_size, 2), jump=1).fit(series)
    position = int(search.predict(n_bkps=1)[0])
    random = np.random.default_rng(seed)
    least = _contrasts(series[None, :], min_size)[0] * (1 - 1e-12)
    n_as_large = 0
    for done in range(0, n_permutations, BATCH):
        copies = np.tile(series, (min(BATCH, n_permutations - done), 1))
        shuffled = random.permuted(copies, axis=1)
        n_as_large += int((_contrasts(shuffled, min_size) >= least).sum())
    return Break(
        position=position,
        mean_before=float(series[:position].mean()),
        mean_after=float(series[position:].mean()),
        p=(1 + n_as_large) / (1 + n_permutations),
        smallest_p=1 / (1 + n_permutations),
    )


def _contrasts(series: np.ndarray, min_size: int) -> np.ndarray:
    """Largest fall of the sum of squares that one date gives, for each row."""
    import numpy as np  # heavy

    n = series.shape[1]
    deviations = (series - series.mean(axis=1, keepdims=True)).cumsum(axis=1)
    places = np.arange(max(min_size, 2), n - max(min_size, 2) + 1)
    falls = deviations[:, places - 1] ** 2 * n / (places * (n - places))
    return np.asarray(falls.max(axis=1))

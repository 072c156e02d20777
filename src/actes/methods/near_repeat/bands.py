"""Count pairs of events by bands of distance and time, and what permuted dates give.

In: `Events`, bands. Out: `NearRepeat`: the table of pairs, each cell's ratio, p and q, reserves.
Only here: which pairs are close (`close_pairs`), and the permutation of dates.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal, get_args

from actes.errors import ParameterError, TableError
from actes.i18n import _, ngettext
from actes.methods.caveats import Caveat
from actes.numbers import format_integer

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pandas as pd

    from actes.methods.near_repeat.events import Events

__all__ = ["Knox", "Link", "Metric", "NearRepeat", "RatioOf", "close_pairs", "near_repeat"]

Metric = Literal["manhattan", "euclidean"]
RatioOf = Literal["mean", "median"]
Link = tuple[float, float, float, float]
"""Distances [low, high) in metres, then lags [low, high) in days, of two events that are linked."""

FEW_PAIRS = 5
POWER = 0.8
MOST_PAIRS = 5_000_000


@dataclass(frozen=True)
class Knox:
    """All the bands together: pairs close in space and in time (Knox 1964).

    Parameters
    ----------
    observed
        Such pairs.
    expected
        Product of the margins over the number of pairs.
    p
        One-sided, by permutation.
    """

    observed: int
    expected: float
    p: float


@dataclass(frozen=True)
class NearRepeat:
    """Pairs of events by bands of distance and time.

    Parameters
    ----------
    cells
        One row per pair of closed bands: ``m_low, m_high, days_low, days_high, observed,
        expected, ratio, detectable, p, q, is_raised``. ``expected`` is the mean (or median) of the
        permuted dates; ``ratio`` is NaN where nothing is expected; ``detectable`` is the smallest
        ratio found four times in five at ``alpha``, each cell alone (see `_detectable`); p and q
        (Benjamini & Hochberg 1995) are NaN where no pair of events is at that distance.
        ``is_raised``: q <= alpha and ratio >= the threshold.
    table
        Observed pairs, shape (bands of distance, bands of time), the last of each open-ended: it
        adds up to ``n_pairs``.
    overall
        All closed bands together.
    n_events, n_pairs, n_tests, n_permutations, alpha, threshold
        What was compared, and how.
    caveats
        Reserves to print with the cells.
    """

    cells: pd.DataFrame
    table: np.ndarray
    overall: Knox
    n_events: int
    n_pairs: int
    n_tests: int
    n_permutations: int
    alpha: float
    threshold: float
    caveats: tuple[Caveat, ...]

    @property
    def smallest_p(self) -> float:
        """The smallest p that so many permutations can give."""
        return 1 / (1 + self.n_permutations)

    @property
    def raised(self) -> pd.DataFrame:
        """The cells that stand out."""
        return self.cells[self.cells["is_raised"]]

    @property
    def links(self) -> tuple[Link, ...]:
        """The raised cells, as links for `linked_strings`."""
        columns = ["m_low", "m_high", "days_low", "days_high"]
        return tuple(tuple(row) for row in self.raised[columns].to_numpy(float).tolist())


def near_repeat(
    events: Events,
    *,
    bands_m: Sequence[float],
    bands_days: Sequence[float],
    metric: Metric = "manhattan",
    ratio: RatioOf = "mean",
    threshold: float = 1.2,
    n_permutations: int = 999,
    alpha: float = 0.05,
    seed: int = 20260101,
) -> NearRepeat:
    """Count pairs of events by bands, and compare with what permuted dates give.

    After Knox (1964, *Applied Statistics* 13, 25-30), by bands as Ratcliffe & Rengert (2008,
    *Security Journal* 21, 58-76). The places stay, the dates are shuffled among them; p = (1 +
    permutations that reach the observed count) / (1 + permutations), one-sided.

    Parameters
    ----------
    bands_m, bands_days
        Increasing bounds from 0: bands are [a, b). What is beyond the last bound is counted in
        ``table`` and not tested.
    metric
        ``manhattan`` (along the streets of a grid) or ``euclidean``.
    ratio
        Denominator of the ratio: ``mean`` or ``median`` of the permutations.
    threshold
        Smallest ratio worth telling.

    Raises
    ------
    ParameterError
        P403 bands, P404 metric or ratio, P405 permutations, threshold or alpha out of bounds.
    TableError
        P406 more pairs at these distances than can be permuted.
    """
    import numpy as np  # heavy

    _check_bands(bands_m, "bands_m")
    _check_bands(bands_days, "bands_days")
    _check_choices(metric, ratio, n_permutations, threshold, alpha)
    pairs, space = close_pairs(events, bands_m, metric)
    lag_bands = _bands(np.arange(int(events.day.max()) + 1), bands_days)
    shape = (len(bands_m) - 1, len(bands_days))
    observed = _counted(events.day, pairs, space, lag_bands, shape)
    simulated = np.empty((n_permutations, *shape), dtype=np.int64)
    random = np.random.default_rng(seed)
    for run in range(n_permutations):
        simulated[run] = _counted(random.permutation(events.day), pairs, space, lag_bands, shape)
    table = _with_open_band(events.day, observed, lag_bands)
    closed, runs = observed[:, :-1], simulated[:, :, :-1]
    cells = _tested(closed, runs, bands_m, bands_days, ratio)
    cells["detectable"] = _detectable(runs, cells["expected"].to_numpy(float), alpha)
    cells["is_raised"] = (cells["q"] <= alpha) & (cells["ratio"] >= threshold)
    n_tests = int(cells["p"].notna().sum())
    return NearRepeat(
        cells=cells,
        table=table,
        overall=_knox(table, runs),
        n_events=events.n,
        n_pairs=int(table.sum()),
        n_tests=n_tests,
        n_permutations=n_permutations,
        alpha=alpha,
        threshold=threshold,
        caveats=(*events.caveats, *_cell_caveats(cells, n_tests, n_permutations, alpha)),
    )


def close_pairs(
    events: Events, bands_m: Sequence[float], metric: Metric
) -> tuple[np.ndarray, np.ndarray]:
    """Return the pairs nearer than the last bound, shape (m, 2), and their band of distance.

    Raises
    ------
    TableError
        P406, more than `MOST_PAIRS` of them.
    """
    import numpy as np  # heavy
    from scipy.spatial import KDTree

    places = np.column_stack([events.x, events.y])
    tree = KDTree(places)
    power = {"manhattan": 1, "euclidean": 2}[metric]
    n_close = (int(tree.count_neighbors(tree, bands_m[-1], p=power)) - events.n) // 2
    if n_close > MOST_PAIRS:
        raise TableError(
            "P406",
            _("Too many pairs of events are that close to be permuted."),
            found=format_integer(n_close),
            expected=_("at most {n} pairs").format(n=format_integer(MOST_PAIRS)),
            next_step=_("shorten the last band of distance, or the period"),
        )
    # The tree's own rounding may drop a pair on the bound; the bands decide, not the tree.
    pairs = tree.query_pairs(bands_m[-1] * (1 + 1e-9), p=power, output_type="ndarray")
    apart = np.abs(places[pairs[:, 0]] - places[pairs[:, 1]])
    distance = apart.sum(axis=1) if metric == "manhattan" else np.hypot(*apart.T)
    space = _bands(distance, bands_m)
    is_close = space < len(bands_m) - 1
    return pairs[is_close], space[is_close]


def _bands(values: np.ndarray, bounds: Sequence[float]) -> np.ndarray:
    """Return the number of the [a, b) band that holds each value; the last one is open-ended."""
    import numpy as np  # heavy

    return np.searchsorted(np.asarray(bounds, float), values, side="right") - 1


def _counted(
    day: np.ndarray,
    pairs: np.ndarray,
    space: np.ndarray,
    lag_bands: np.ndarray,
    shape: tuple[int, int],
) -> np.ndarray:
    import numpy as np  # heavy

    lags = np.abs(day[pairs[:, 0]] - day[pairs[:, 1]])
    cell = space * shape[1] + lag_bands[lags]
    return np.bincount(cell, minlength=shape[0] * shape[1]).reshape(shape)


def _with_open_band(day: np.ndarray, close: np.ndarray, lag_bands: np.ndarray) -> np.ndarray:
    """Add the pairs farther than the last bound: all pairs of that lag, less the close ones."""
    import numpy as np  # heavy

    per_day = np.bincount(day)
    by_lag = np.correlate(per_day, per_day, "full")[len(per_day) - 1 :].astype(np.int64)
    by_lag[0] = int((per_day * (per_day - 1)).sum()) // 2
    every = np.zeros(close.shape[1], dtype=np.int64)
    np.add.at(every, lag_bands, by_lag)
    return np.vstack([close, every - close.sum(axis=0)])


def _tested(
    closed: np.ndarray,
    runs: np.ndarray,
    bands_m: Sequence[float],
    bands_days: Sequence[float],
    ratio: RatioOf,
) -> pd.DataFrame:
    import numpy as np  # heavy
    import pandas as pd
    from statsmodels.stats.multitest import multipletests

    expected = runs.mean(axis=0) if ratio == "mean" else np.median(runs, axis=0)
    p = (1 + (runs >= closed).sum(axis=0)) / (1 + len(runs))
    has_pairs = np.repeat(runs.sum(axis=(0, 2)) > 0, closed.shape[1]).reshape(closed.shape)
    cells = pd.DataFrame(
        [(*m, *days) for m in pairwise(bands_m) for days in pairwise(bands_days)],
        columns=["m_low", "m_high", "days_low", "days_high"],
    )
    cells["observed"], cells["expected"] = closed.ravel(), expected.ravel()
    known = cells["expected"] > 0
    cells["ratio"] = (cells["observed"] / cells["expected"].where(known)).astype(float)
    cells["p"] = np.where(has_pairs | (closed > 0), p, np.nan).ravel()
    is_tested = cells["p"].notna()
    cells["q"] = np.nan
    if is_tested.any():
        cells.loc[is_tested, "q"] = multipletests(cells.loc[is_tested, "p"], method="fdr_bh")[1]
    return cells


def _detectable(runs: np.ndarray, expected: np.ndarray, alpha: float) -> np.ndarray:
    """Return the ratio whose count is beyond chance with probability `POWER`.

    The count beyond which permutations go with probability alpha, plus z_power standard deviations
    of a count so high: the permuted ones' own, grown as the root of the mean.
    """
    import numpy as np  # heavy
    from scipy.stats import norm

    drawn = runs.reshape(len(runs), -1)
    bound = np.quantile(drawn, 1 - alpha, axis=0, method="higher") + 1
    spread = np.maximum(drawn.var(axis=0), drawn.mean(axis=0))
    known = np.where(expected > 0, expected, np.nan)
    # m - z sqrt(k m) = bound, where k m is the variance of a count of mean m.
    root = float(norm.ppf(POWER)) * np.sqrt(spread / known) / 2
    return np.asarray((root + np.sqrt(root**2 + bound)) ** 2 / known)


def _knox(table: np.ndarray, runs: np.ndarray) -> Knox:
    near = int(table[:-1, :-1].sum())
    in_space, in_time = int(table[:-1].sum()), int(table[:, :-1].sum())
    reached = int((runs.sum(axis=(1, 2)) >= near).sum())
    return Knox(near, in_space * in_time / int(table.sum()), (1 + reached) / (1 + len(runs)))


def _cell_caveats(
    cells: pd.DataFrame, n_tests: int, n_permutations: int, alpha: float
) -> tuple[Caveat, ...]:
    found = []
    n_few = int(((cells["expected"] < FEW_PAIRS) & cells["p"].notna()).sum())
    if n_few:
        text = ngettext(
            "In {n} cell fewer than {few} pairs are expected: its ratio moves much with one pair.",
            "In {n} cells fewer than {few} pairs are expected: their ratios move much with one "
            "pair.",
            n_few,
        )
        found.append(Caveat("few-pairs", text.format(n=n_few, few=FEW_PAIRS)))
    if n_tests / (1 + n_permutations) > alpha:
        text = _(
            "With {n} permutations and {tests} cells tested, no single cell could be told from "
            "chance once corrected: ask for more permutations."
        )
        found.append(
            Caveat("few-permutations", text.format(n=format_integer(n_permutations), tests=n_tests))
        )
    text = _(
        "Dates are taken as recorded: a date of report instead of the act blurs the first days."
    )
    found.append(Caveat("recorded-dates", text))
    return tuple(found)


def _check_bands(bounds: Sequence[float], name: str) -> None:
    is_increasing = all(low < high for low, high in pairwise(bounds))
    if len(bounds) >= 2 and bounds[0] == 0 and is_increasing:
        return
    raise ParameterError(
        "P403",
        _("The bands are not usable."),
        where=name,
        found=", ".join(f"{bound:g}" for bound in bounds),
        expected=_("increasing bounds, from 0, at least two: 0, 0.01, 101, 201"),
    )


def _check_choices(
    metric: str, ratio: str, n_permutations: int, threshold: float, alpha: float
) -> None:
    for found, known in ((metric, get_args(Metric)), (ratio, get_args(RatioOf))):
        if found not in known:
            raise ParameterError(
                "P404",
                _("This way of measuring is not known."),
                found=found,
                expected=", ".join(known),
            )
    bounds = (
        ("n_permutations", n_permutations, 99, 9999),
        ("threshold", threshold, 1, 10),
        ("alpha", alpha, 0.001, 0.2),
    )
    for name, value, low, high in bounds:
        if not low <= value <= high:
            raise ParameterError(
                "P405",
                _("A number is out of its bounds."),
                where=name,
                found=f"{value:g}",
                expected=_("from {low} to {high}").format(low=low, high=high),
            )

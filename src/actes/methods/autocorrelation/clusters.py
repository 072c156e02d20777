"""Tell whether high areas touch each other, and which clusters hold once chance is allowed for.

In: `AreaMap`, `Neighbourhood`. Out: `Autocorrelation`: Moran's I, each area's cluster and Gi*.
Only here: the calls to esda; its seeds, its sides and its shifting defaults are fixed here.
"""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from actes.errors import ParameterError, TableError
from actes.i18n import _, ngettext
from actes.methods.caveats import Caveat
from actes.numbers import format_integer

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    import pandas as pd

    from actes.methods.autocorrelation.areas import AreaMap
    from actes.methods.autocorrelation.neighbourhood import Neighbourhood

__all__ = [
    "Autocorrelation",
    "Correction",
    "GlobalMoran",
    "Variable",
    "autocorrelation",
    "global_moran",
    "local_moran",
]

Variable = Literal["count", "rate", "eb_rate"]
Correction = Literal["none", "fdr"]
_QUADRANTS = {1: "high-high", 2: "low-high", 3: "low-low", 4: "high-low"}

FEW_AREAS = 30
FEW_EVENTS = 5


@dataclass(frozen=True)
class GlobalMoran:
    """Moran's I of the whole map (Moran 1950), weights standardised by row.

    Parameters
    ----------
    i, expected
        The index, and its mean when values are dealt at random: -1 / (n - 1).
    variance, z
        Its variance when values are dealt at random, and its distance from the mean in standard
        deviations.
    p_norm
        Two-sided, had the values been drawn from a normal law.
    p
        By permutation, one-sided: an index at least as high.
    """

    i: float
    expected: float
    variance: float
    z: float
    p_norm: float
    p: float


@dataclass(frozen=True)
class Autocorrelation:
    """Spatial autocorrelation of a map.

    Parameters
    ----------
    overall
        Moran's I.
    areas
        One row per area: ``area, count, exposure, x, y, value, z, lag, local_i, p, q, cluster,
        gi, gi_p, gi_q, gi_cluster``. ``value`` is what was asked for; ``z`` is it, centred and
        reduced; ``lag`` the mean z of the neighbours. ``local_i`` is Anselin's (1995), ``gi`` the
        standardised Gi* of Getis & Ord (1992; 1995) with binary weights, the area included. p are
        two-sided, by conditional permutation; q are Benjamini & Hochberg's (1995). ``cluster`` is
        one of
        `words.CLUSTERS`, ``gi_cluster`` one of hot, cold, none; both ``none`` where q (p without
        correction) exceeds alpha.
    polygons
        Each area's outline, in the order of ``areas``; empty when the map has none.
    neighbourhood
        Who is whose neighbour.
    variable, correction, n_permutations, alpha
        How it was computed.
    caveats
        Reserves to print with the map.
    """

    overall: GlobalMoran
    areas: pd.DataFrame
    polygons: tuple[Any, ...]
    neighbourhood: Neighbourhood
    variable: Variable
    correction: Correction
    n_permutations: int
    alpha: float
    caveats: tuple[Caveat, ...]

    @property
    def n_tests(self) -> int:
        """Areas tested."""
        return len(self.areas)

    @property
    def smallest_p(self) -> float:
        """The smallest one-sided p that so many permutations can give."""
        return 1 / (1 + self.n_permutations)

    @property
    def smallest_local_p(self) -> float:
        """The smallest two-sided p that so many permutations can give."""
        return 2 * self.smallest_p


def autocorrelation(
    area_map: AreaMap,
    neighbourhood: Neighbourhood,
    *,
    variable: Variable = "eb_rate",
    correction: Correction = "fdr",
    n_permutations: int = 999,
    alpha: float = 0.05,
    seed: int = 20260101,
) -> Autocorrelation:
    """Measure the autocorrelation of counts or rates, over the map and around each area.

    Parameters
    ----------
    variable
        ``count``; ``rate``: count over exposure; ``eb_rate``: the rate, standardised by Assunção
        & Reis (1999, *Statistics in Medicine* 18, 2147-2162) so that a small exposure does not
        make an extreme.
    correction
        ``fdr``: areas are flagged by q; ``none``: by p, each alone.

    Raises
    ------
    ParameterError
        P415, an unknown choice, permutations or alpha out of bounds.
    TableError
        P412, the same value everywhere.
    """
    _check(variable, correction, n_permutations, alpha)
    value = _values(area_map, variable)
    weights = neighbourhood.weights
    areas = area_map.areas.assign(value=value, z=(value - value.mean()) / value.std())
    local = local_moran(value, weights, n_permutations=n_permutations, seed=seed)
    gi = _gi_star(value, weights, n_permutations=n_permutations, seed=seed)
    areas = areas.assign(
        lag=[areas["z"][areas["area"].isin(weights.neighbors[a])].mean() for a in areas["area"]],
        local_i=local["i"].to_numpy(),
        p=local["p"].to_numpy(),
        q=_corrected(local["p"].to_numpy()),
        gi=gi["z"].to_numpy(),
        gi_p=gi["p"].to_numpy(),
        gi_q=_corrected(gi["p"].to_numpy()),
    )
    flagged = (areas["q"] if correction == "fdr" else areas["p"]) <= alpha
    hot = (areas["gi_q"] if correction == "fdr" else areas["gi_p"]) <= alpha
    areas["cluster"] = local["quadrant"].where(flagged, "none").to_numpy()
    side = areas["gi"].gt(0).map({True: "hot", False: "cold"})
    areas["gi_cluster"] = side.where(hot, "none")
    return Autocorrelation(
        overall=global_moran(value, weights, n_permutations=n_permutations, seed=seed),
        areas=areas,
        polygons=area_map.polygons,
        neighbourhood=neighbourhood,
        variable=variable,
        correction=correction,
        n_permutations=n_permutations,
        alpha=alpha,
        caveats=(
            *area_map.caveats,
            *neighbourhood.caveats,
            *_caveats(areas, variable, correction, n_permutations, alpha),
        ),
    )


def _values(area_map: AreaMap, variable: Variable) -> np.ndarray:
    import numpy as np  # heavy
    from esda.smoothing import assuncao_rate

    count = area_map.areas["count"].to_numpy(float)
    exposure = area_map.areas["exposure"].to_numpy(float)
    value = count if variable == "count" else count / exposure
    if np.ptp(value) <= 1e-12 * float(np.abs(value).max()):
        raise TableError(
            "P412",
            _("Every area has the same value: there is nothing to map."),
            expected=_("values that differ between areas"),
        )
    return np.asarray(assuncao_rate(count, exposure)) if variable == "eb_rate" else value


def global_moran(
    value: np.ndarray, weights: Any, *, n_permutations: int = 999, seed: int = 20260101
) -> GlobalMoran:
    """Compute Moran's I with weights standardised by row (esda), and its p by permutation.

    Parameters
    ----------
    value
        Shape (n,), in the order of ``weights``, a `libpysal.weights.W`.
    """
    from esda.moran import Moran  # heavy

    with _seeded(seed):
        moran = Moran(value, weights, transformation="r", permutations=n_permutations)
    p = (1 + int((moran.sim >= moran.I).sum())) / (1 + n_permutations)
    return GlobalMoran(
        i=float(moran.I),
        expected=float(moran.EI),
        variance=float(moran.VI_rand),
        z=float(moran.z_rand),
        p_norm=float(moran.p_norm),
        p=p,
    )


def local_moran(
    value: np.ndarray,
    weights: Any,
    *,
    sides: Literal["two", "directed"] = "two",
    n_permutations: int = 999,
    seed: int = 20260101,
) -> pd.DataFrame:
    """Compute Anselin's local Moran with weights standardised by row (esda).

    Parameters
    ----------
    sides
        ``two``; or ``directed``: the side that the area lies on, esda's default up to 2.9, whose
        p is half as large and whose false alarms are twice as many.

    Returns
    -------
    DataFrame
        ``i, p, quadrant``, one row per area.
    """
    import pandas as pd  # heavy
    from esda.moran import Moran_Local

    with _seeded(seed), _quiet():
        local = Moran_Local(
            value, weights, transformation="r", permutations=n_permutations, seed=seed
        )
    directed = _folded(local.Is, local.rlisas)
    p = directed if sides == "directed" else (2 * directed).clip(max=1)
    return pd.DataFrame({"i": local.Is, "p": p, "quadrant": [_QUADRANTS[q] for q in local.q]})


def _gi_star(value: np.ndarray, weights: Any, *, n_permutations: int, seed: int) -> pd.DataFrame:
    import pandas as pd  # heavy
    from esda.getisord import G_Local

    # Gi* divides by a total, which must be positive; standardised, it ignores where zero is.
    with _seeded(seed), _quiet():
        gi = G_Local(
            value - value.min() + value.std(),
            weights,
            transform="B",
            star=True,
            permutations=n_permutations,
            n_jobs=1,
            seed=seed,
        )
    return pd.DataFrame({"z": gi.Zs, "p": (2 * _folded(gi.Gs, gi.rGs)).clip(max=1)})


def _folded(observed: np.ndarray, simulated: np.ndarray) -> np.ndarray:
    """Return the p of the side that each statistic lies on; simulated: shape (n, permutations).

    Taken from the simulations rather than from esda, whose default side is about to change, and
    which takes two equal sums for different when they were added in another order.
    """
    import numpy as np  # heavy

    n = simulated.shape[1]
    margin = 1e-9 * np.abs(simulated).max(initial=1e-300)
    above = (simulated >= observed[:, None] - margin).sum(axis=1)
    below = (simulated <= observed[:, None] + margin).sum(axis=1)
    return np.asarray((1 + np.minimum(above, below)) / (1 + n))


@contextmanager
def _seeded(seed: int) -> Iterator[None]:
    """Seed the global generator that esda draws from, and put it back afterwards."""
    import numpy as np  # heavy

    state = np.random.get_state()
    np.random.seed(seed)
    try:
        yield
    finally:
        np.random.set_state(state)


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence what we handle: sides, separate parts, an area exactly at the mean (p is then 1)."""
    import numpy as np  # heavy

    with warnings.catch_warnings(), np.errstate(invalid="ignore"):
        warnings.filterwarnings("ignore", "The alternative hypothesis", DeprecationWarning)
        warnings.filterwarnings("ignore", "The weights matrix is not fully", UserWarning)
        yield


def _corrected(p: np.ndarray) -> np.ndarray:
    import numpy as np  # heavy
    from statsmodels.stats.multitest import multipletests

    return np.asarray(multipletests(p, method="fdr_bh")[1])


def _caveats(
    areas: pd.DataFrame, variable: str, correction: str, n_permutations: int, alpha: float
) -> tuple[Caveat, ...]:
    n = len(areas)
    found = [_variable_caveat(variable)]
    if n < FEW_AREAS:
        text = _("With {n} areas only a strong pattern could be seen.")
        found.append(Caveat("few-areas", text.format(n=n)))
    n_few = int((areas["count"] < FEW_EVENTS).sum())
    if n_few:
        text = ngettext(
            "{n} area has fewer than {few} events: its value is mostly chance.",
            "{n} areas have fewer than {few} events: their values are mostly chance.",
            n_few,
        )
        found.append(Caveat("few-events", text.format(n=n_few, few=FEW_EVENTS)))
    if correction == "none":
        text = _(
            "{n} areas are tested without correction: about {expected} would be flagged by chance "
            "alone."
        )
        found.append(Caveat("uncorrected", text.format(n=n, expected=format_integer(n * alpha))))
    elif 2 * n / (1 + n_permutations) > alpha:
        text = _(
            "With {n} permutations and {tests} areas, one area that stands out alone could not be "
            "told from chance once corrected: ask for more permutations."
        )
        text = text.format(n=format_integer(n_permutations), tests=n)
        found.append(Caveat("few-permutations", text))
    text = _(
        "Local tests share their neighbours, so they are not independent; areas at the edge lack "
        "the neighbours that lie outside the map; other boundaries would give another result."
    )
    found.append(Caveat("map-limits", text))
    return tuple(found)


def _variable_caveat(variable: str) -> Caveat:
    if variable == "count":
        text = _("Counts alone map where there are people and goods: prefer a rate.")
        return Caveat("counts-alone", text)
    text = _(
        "Rates are relative to the declared exposure: whatever does not follow it (people passing "
        "through, shops) remains in them."
    )
    return Caveat("exposure", text)


def _check(variable: str, correction: str, n_permutations: int, alpha: float) -> None:
    for found, known in ((variable, get_args(Variable)), (correction, get_args(Correction))):
        if found not in known:
            raise ParameterError(
                "P415",
                _("This choice is not known."),
                found=found,
                expected=", ".join(known),
            )
    bounds = (("n_permutations", n_permutations, 99, 99999), ("alpha", alpha, 0.001, 0.2))
    for name, value, low, high in bounds:
        if not low <= value <= high:
            raise ParameterError(
                "P415",
                _("A number is out of its bounds."),
                where=name,
                found=f"{value:g}",
                expected=_("from {low} to {high}").format(low=low, high=high),
            )

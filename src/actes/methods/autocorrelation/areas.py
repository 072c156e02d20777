"""Put counts on a map of areas, and set apart what has no place on it.

In: counts by area; a point, neighbours and an exposure for each area of the map. Out: `AreaMap`.
Only here: how an area of one table is recognised in the other, and metres made of degrees.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from actes.errors import TableError
from actes.i18n import _, ngettext
from actes.methods.caveats import Caveat
from actes.methods.counts import check_counts, check_exposures
from actes.numbers import format_percent

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

__all__ = ["AreaMap", "join_areas"]

FEWEST_AREAS = 10
EARTH_RADIUS_M = 6_371_000


@dataclass(frozen=True)
class AreaMap:
    """Areas that have a count and a place.

    Parameters
    ----------
    areas
        One row per area, in the map's order: ``area`` (text), ``count``, ``exposure``, ``x`` and
        ``y`` in metres.
    neighbours
        For each area, the neighbours that the map declares for it, those without a count left
        out.
    without_place
        Areas that are counted but not on the map, set apart.
    without_count
        Areas of the map that are not counted, set apart.
    caveats
        Reserves about the join.
    """

    areas: pd.DataFrame
    neighbours: dict[str, tuple[str, ...]]
    without_place: tuple[str, ...]
    without_count: tuple[str, ...]
    caveats: tuple[Caveat, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the areas, in order."""
        return tuple(self.areas["area"])


def join_areas(counts: pd.DataFrame, places: pd.DataFrame) -> AreaMap:
    """Join counts with the map, by the areas' names.

    Parameters
    ----------
    counts
        ``area, count``; an area's rows are summed.
    places
        ``area, x, y, exposure, neighbours``: one row per area; neighbours are the names of the
        areas that touch it, parted by spaces, commas or semicolons. Longitudes and latitudes are
        projected: metres east and north of the map's middle.

    Raises
    ------
    TableError
        P200, P201 counts; P202 exposures; P410 fewer than `FEWEST_AREAS` areas in both; P413
        neighbours that do not answer each other; P416 an area twice on the map.
    """
    check_counts(counts["count"])
    check_exposures(places["exposure"])
    total = counts["count"].groupby(counts["area"].astype(str), sort=False).sum()
    on_map = places.assign(area=places["area"].astype(str))
    _check_names(on_map)
    every = {
        area: tuple(part for part in re.split(r"[\s,;]+", str(text)) if part)
        for area, text in zip(on_map["area"], on_map["neighbours"].fillna(""), strict=True)
    }
    _check_neighbours(every)
    kept = on_map[on_map["area"].isin(total.index)].reset_index(drop=True)
    if len(kept) < FEWEST_AREAS:
        raise TableError(
            "P410",
            _("Too few areas have both a count and a place on the map."),
            found=str(len(kept)),
            expected=_("at least {n}").format(n=FEWEST_AREAS),
            next_step=_("check that both files name the areas the same way"),
        )
    x, y, caveats = _metres(kept)
    areas = kept[["area", "exposure"]].assign(
        count=total.reindex(kept["area"]).to_numpy(int), x=x, y=y
    )
    known = set(kept["area"])
    apart = [area for area in total.index if area not in known]
    share = float(total[apart].sum()) / max(float(total.sum()), 1.0)
    empty = tuple(area for area in on_map["area"] if area not in known)
    return AreaMap(
        areas=areas,
        neighbours={a: tuple(b for b in every[a] if b in known) for a in kept["area"]},
        without_place=tuple(apart),
        without_count=empty,
        caveats=(*caveats, *_apart_caveats(len(apart), share, len(empty))),
    )


def _check_names(on_map: pd.DataFrame) -> None:
    n_repeated = int(on_map["area"].duplicated().sum())
    if n_repeated:
        raise TableError(
            "P416",
            _("The map has several rows for one area."),
            found=ngettext("{n} repeated row", "{n} repeated rows", n_repeated).format(
                n=n_repeated
            ),
            expected=_("one row per area"),
        )


def _check_neighbours(every: dict[str, tuple[str, ...]]) -> None:
    n_wrong = sum(
        b == a or b not in every or a not in every[b] for a, others in every.items() for b in others
    )
    if n_wrong:
        raise TableError(
            "P413",
            _("Some neighbours do not answer each other."),
            found=ngettext("{n} one-sided link", "{n} one-sided links", n_wrong).format(n=n_wrong),
            expected=_("if 3 is a neighbour of 1, then 1 is a neighbour of 3, both on the map"),
            next_step=_("complete the lists of neighbours"),
        )


def _metres(places: pd.DataFrame) -> tuple[np.ndarray, np.ndarray, tuple[Caveat, ...]]:
    """Return metres: as given, or, from degrees, on the plane that touches the map's middle."""
    import numpy as np  # heavy

    x, y = places["x"].to_numpy(float), places["y"].to_numpy(float)
    if not ((np.abs(x) <= 180).all() and (np.abs(y) <= 90).all()):
        return x, y, ()
    middle_x, middle_y = (x.min() + x.max()) / 2, (y.min() + y.max()) / 2
    east = np.radians(x - middle_x) * EARTH_RADIUS_M * np.cos(np.radians(middle_y))
    north = np.radians(y - middle_y) * EARTH_RADIUS_M
    text = _(
        "The points are in degrees; distances were taken on the plane that touches the globe in "
        "the middle of the map: good for a city, not for a country."
    )
    return east, north, (Caveat("projected", text),)


def _apart_caveats(n_apart: int, share: float, n_empty: int) -> tuple[Caveat, ...]:
    found = []
    if n_apart:
        text = ngettext(
            "{n} area is not on the map and was set apart, with {share} of the events.",
            "{n} areas are not on the map and were set apart, with {share} of the events.",
            n_apart,
        )
        found.append(Caveat("set-apart", text.format(n=n_apart, share=format_percent(share))))
    if n_empty:
        text = ngettext(
            "{n} area of the map has no count and was set apart; its neighbours lose a neighbour.",
            "{n} areas of the map have no count and were set apart; their neighbours lose "
            "neighbours.",
            n_empty,
        )
        found.append(Caveat("not-counted", text.format(n=n_empty)))
    return tuple(found)

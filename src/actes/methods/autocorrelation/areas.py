"""Put counts on a map of areas, and set apart what has no place on it.

In: counts by area; a point or an outline, neighbours and an exposure for each area of the map. Out:
`AreaMap`. Only here: how an area of one table is recognised in the other, and what stands for what
the map does not say.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from actes.errors import TableError
from actes.i18n import _, ngettext
from actes.methods.autocorrelation.polygons import (
    Plane,
    points_inside,
    read_polygons,
    surfaces_km2,
)
from actes.methods.caveats import Caveat
from actes.methods.counts import check_counts, check_exposures
from actes.numbers import format_percent

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

__all__ = ["AreaMap", "join_areas"]

FEWEST_AREAS = 10


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
        out; empty when the map declares none.
    polygons
        Each area's outline in metres, a shapely geometry; empty when the map has none.
    without_place
        Areas that are counted but not on the map, set apart.
    without_count
        Areas of the map that are not counted, set apart.
    caveats
        Reserves about the join.
    """

    areas: pd.DataFrame
    neighbours: dict[str, tuple[str, ...]]
    polygons: tuple[Any, ...]
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
        One row per ``area``: ``x, y``, or ``geometry`` (see `read_polygons`), which gives a point
        inside; ``exposure``, the surface in km² without it; ``neighbours`` if declared: the names
        of the areas that touch it, parted by spaces, commas or semicolons. Degrees are projected:
        metres east and north of the map's middle.

    Raises
    ------
    TableError
        P200, P201 counts; P202 exposures; P442, P443 outlines; P410 fewer than `FEWEST_AREAS`
        areas in both; P413 neighbours that do not answer each other; P416 an area twice on the map.
    """
    check_counts(counts["count"])
    total = counts["count"].groupby(counts["area"].astype(str), sort=False).sum()
    on_map = places.assign(area=places["area"].astype(str))
    _check_names(on_map)
    every = _declared(on_map)
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
    placed, polygons, caveats = _placed(kept)
    check_exposures(placed["exposure"])
    known = set(kept["area"])
    apart = [area for area in total.index if area not in known]
    share = float(total[apart].sum()) / max(float(total.sum()), 1.0)
    empty = tuple(area for area in on_map["area"] if area not in known)
    return AreaMap(
        areas=placed.assign(count=total.reindex(kept["area"]).to_numpy(int)),
        neighbours={a: tuple(b for b in every[a] if b in known) for a in kept["area"] if every},
        polygons=polygons,
        without_place=tuple(apart),
        without_count=empty,
        caveats=(*caveats, *_apart_caveats(len(apart), share, len(empty))),
    )


def _declared(on_map: pd.DataFrame) -> dict[str, tuple[str, ...]]:
    """Return the neighbours that the map declares for each area; nothing when it declares none."""
    if "neighbours" not in on_map:
        return {}
    return {
        area: tuple(part for part in re.split(r"[\s,;]+", str(text)) if part)
        for area, text in zip(on_map["area"], on_map["neighbours"].fillna(""), strict=True)
    }


def _placed(
    kept: pd.DataFrame,
) -> tuple[pd.DataFrame, tuple[Any, ...], tuple[Caveat, ...]]:
    """Return ``area, exposure, x, y``, the outlines, and what had to be supposed."""
    import numpy as np  # heavy

    if "geometry" not in kept:
        _check_points(kept)
        points = kept[["x", "y"]].to_numpy(float)
        plane = Plane.under(*points.T)
        metres = points if plane is None else plane.metres(points)
        said = () if plane is None else (plane.caveat,)
        return _with_points(kept, kept["exposure"], metres), (), said
    polygons, caveats = read_polygons(kept["geometry"])
    exposure: Any = kept.get("exposure")
    if exposure is None:
        exposure = np.asarray(surfaces_km2(polygons))
        text = _("The map has no exposure: rates are per km² of the outlines.")
        caveats = (*caveats, Caveat("surface-exposure", text))
    return _with_points(kept, exposure, points_inside(polygons)), polygons, caveats


def _with_points(kept: pd.DataFrame, exposure: Any, points: np.ndarray) -> pd.DataFrame:
    return kept[["area"]].assign(exposure=exposure, x=points[:, 0], y=points[:, 1])


def _check_points(kept: pd.DataFrame) -> None:
    missing = [role for role in ("x", "y", "exposure") if role not in kept]
    if missing:
        raise TableError(
            "P443",
            _("The map has neither outlines nor all that stands for them."),
            found=_("missing: {roles}").format(roles=", ".join(missing)),
            expected=_("the role “geometry”, or the roles x, y and exposure"),
            next_step=_("add the role to the map's dataset.yml"),
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

"""Say which areas are neighbours.

In: `AreaMap` and a rule. Out: `Neighbourhood`: weights for libpysal, and what they look like.
Only here: what becomes of an area without any neighbour.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from actes.errors import ParameterError, TableError
from actes.i18n import _, ngettext
from actes.methods.autocorrelation.polygons import contiguity
from actes.methods.caveats import Caveat

if TYPE_CHECKING:
    import pandas as pd

    from actes.methods.autocorrelation.areas import AreaMap

__all__ = ["Islands", "Neighbourhood", "Rule", "connect", "neighbour_weights"]

Rule = Literal["given", "queen", "rook", "nearest", "distance"]
Islands = Literal["error", "nearest"]


@dataclass(frozen=True)
class Neighbourhood:
    """Which areas are neighbours.

    Parameters
    ----------
    weights
        A `libpysal.weights.W`, binary, in the order of the areas.
    rule
        How they were found.
    n_links
        Pairs of areas linked, in one direction or both.
    n_islands
        Areas that the rule left without a neighbour.
    n_components
        Groups of areas that no link joins.
    caveats
        Reserves about them.
    """

    weights: Any
    rule: Rule
    n_links: int
    n_islands: int
    n_components: int
    caveats: tuple[Caveat, ...]

    @property
    def links(self) -> list[tuple[str, str]]:
        """Pairs of neighbours, each once."""
        pairs = {
            tuple(sorted((a, b))) for a, others in self.weights.neighbors.items() for b in others
        }
        return sorted(pairs)

    def summary(self) -> pd.Series:
        """Smallest, mean and largest number of neighbours (``min, mean, max``)."""
        import pandas as pd  # heavy

        sizes = pd.Series([len(others) for others in self.weights.neighbors.values()])
        return sizes.agg(["min", "mean", "max"])


def connect(
    area_map: AreaMap,
    rule: Rule = "given",
    *,
    k: int = 6,
    distance_m: float = 5000.0,
    islands: Islands = "error",
) -> Neighbourhood:
    """Link the areas.

    Parameters
    ----------
    rule
        ``given``: the neighbours that the map declares; ``queen``, ``rook``: outlines that share
        a point, or a piece of boundary (`polygons.contiguity`); ``nearest``: the ``k`` nearest
        points (a link may have one direction only); ``distance``: points at most ``distance_m``
        apart.
    islands
        What to do with an area that has no neighbour: refuse, or link it with the nearest point,
        both ways.

    Raises
    ------
    ParameterError
        P415 an unknown rule, or k or the distance out of bounds; P417, k not below the number of
        areas; P444, the map does not have what the rule needs.
    TableError
        P414, islands with ``islands="error"``.
    """
    _check(area_map, rule, islands, k, distance_m)
    found = _linked(area_map, rule, k, distance_m)
    alone = [area for area, others in found.items() if not others]
    if alone and islands == "error":
        raise TableError(
            "P414",
            _("Some areas have no neighbour at all: their surroundings cannot be averaged."),
            found=ngettext("{n} area", "{n} areas", len(alone)).format(n=len(alone)),
            next_step=_("link each with the nearest one, or take a larger distance"),
        )
    nearest = _by_point(area_map, 1, distance_m)
    for area in alone:
        (other,) = nearest[area]
        found[area] = [*found[area], other] if other not in found[area] else found[area]
        found[other] = [*found[other], area] if area not in found[other] else found[other]
    weights = neighbour_weights(found)
    caveats = _caveats(len(alone), int(weights.n_components))
    pairs = {tuple(sorted((a, b))) for a, others in found.items() for b in others}
    return Neighbourhood(weights, rule, len(pairs), len(alone), int(weights.n_components), caveats)


def _linked(area_map: AreaMap, rule: Rule, k: int, distance_m: float) -> dict[str, list[str]]:
    if rule == "nearest":
        return _by_point(area_map, k, distance_m)
    if rule == "distance":
        return _by_point(area_map, None, distance_m)
    if rule == "given" and area_map.neighbours:
        return {area: list(others) for area, others in area_map.neighbours.items()}
    if rule != "given" and area_map.polygons:
        return contiguity(area_map.polygons, area_map.names, rule)
    role = "neighbours" if rule == "given" else "geometry"
    raise ParameterError(
        "P444",
        _("The map does not have what this rule of neighbourhood needs."),
        found=rule,
        expected=_("the role “{role}” in the map's dataset").format(role=role),
        next_step=_("add the role, or take another rule: the k nearest, for example"),
    )


def neighbour_weights(neighbours: dict[str, list[str]]) -> Any:
    """Return binary weights in the order of the keys, without libpysal's warnings: we say it."""
    from libpysal.weights import W  # heavy

    return W(neighbours, id_order=list(neighbours), silence_warnings=True)


def _by_point(area_map: AreaMap, k: int | None, distance_m: float) -> dict[str, list[str]]:
    """Return the neighbours by distance between points: the ``k`` nearest, or all that are near."""
    import numpy as np  # heavy
    from scipy.spatial import KDTree

    points = area_map.areas[["x", "y"]].to_numpy(float)
    tree, names = KDTree(points), area_map.names
    if k is None:
        near = tree.query_ball_point(points, distance_m)
        rows = [[other for other in sorted(row) if other != n] for n, row in enumerate(near)]
    else:
        ranked = np.asarray(tree.query(points, k=k + 1)[1])
        rows = [[int(other) for other in row if other != n][:k] for n, row in enumerate(ranked)]
    return {name: [names[n] for n in row] for name, row in zip(names, rows, strict=True)}


def _caveats(n_islands: int, n_components: int) -> tuple[Caveat, ...]:
    found = []
    if n_islands:
        text = ngettext(
            "{n} area without a neighbour was linked with the nearest one.",
            "{n} areas without a neighbour were each linked with the nearest one.",
            n_islands,
        )
        found.append(Caveat("islands-linked", text.format(n=n_islands)))
    if n_components > 1:
        text = _("The links leave the map in {n} separate parts: nothing is compared across them.")
        found.append(Caveat("separate-parts", text.format(n=n_components)))
    return tuple(found)


def _check(area_map: AreaMap, rule: str, islands: str, k: int, distance_m: float) -> None:
    for found, known in ((rule, get_args(Rule)), (islands, get_args(Islands))):
        if found not in known:
            raise ParameterError(
                "P415",
                _("This choice is not known."),
                found=found,
                expected=", ".join(known),
            )
    if not 1 <= k <= 20 or not distance_m > 0:
        raise ParameterError(
            "P415",
            _("A number is out of its bounds."),
            where="k, distance_m",
            found=f"{k}, {distance_m:g}",
            expected=_("k from 1 to 20, a distance above 0"),
        )
    if rule == "nearest" and k >= len(area_map.areas):
        raise ParameterError(
            "P417",
            _("There are not so many neighbours to find."),
            where="k",
            found=str(k),
            expected=_("less than the {n} areas of the map").format(n=len(area_map.areas)),
        )

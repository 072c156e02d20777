"""Draw a map by its outlines, or by its points and neighbours, and Moran's scatter.

In: `Autocorrelation`. Out: figures and the numbers drawn. Without outlines, an area is a disc at
its point, moved aside just enough not to hide another.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

from actes.i18n import _
from actes.methods.autocorrelation import CLUSTERS, cluster_label
from actes.methods.charts.outlines import draw_outlines, extent, name_outlines
from actes.methods.style import (
    BLUE,
    DARK,
    GREY,
    LIGHT,
    VERMILION_INK,
    label_points,
    show_decimals,
    styled_figure,
)
from actes.numbers import format_decimal

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from actes.methods.autocorrelation import Autocorrelation

__all__ = ["cluster_map", "moran_chart"]

_GROUNDS = {
    "high-high": VERMILION_INK,
    "hot": VERMILION_INK,
    "low-low": BLUE,
    "cold": BLUE,
    "high-low": "#F0AE7C",
    "low-high": "#9CC7E6",
    "none": "#F2F2F2",
}
_DARK_GROUNDS = (VERMILION_INK, BLUE)
_KINDS = {"cluster": CLUSTERS, "gi_cluster": ("hot", "cold", "none")}

_DISC_PT = 10.5
"""Radius of a disc: three digits of nine points fit in it."""

_LONGEST_NAME = 3
_MAP_WIDTH_PT = 430


def cluster_map(
    result: Autocorrelation,
    *,
    of: Literal["cluster", "gi_cluster"] = "cluster",
    area_label: str = "{area}",
) -> tuple[Figure, pd.DataFrame]:
    """Draw each area in its cluster's colour: its outline, or a disc joined to its neighbours.

    Parameters
    ----------
    of
        ``cluster`` (local Moran) or ``gi_cluster`` (Gi*).
    area_label
        How a flagged area is named beside its place, when its name is too long to be inside.

    Returns
    -------
    figure, data
        ``area, value`` and, for the local Moran, ``lag, p, q, cluster``; for Gi*, ``gi, gi_p,
        gi_q, gi_cluster``.
    """
    areas = result.areas
    draw = _outline_map if result.polygons else _disc_map
    columns = {
        "cluster": ["lag", "p", "q", "cluster"],
        "gi_cluster": ["gi", "gi_p", "gi_q", "gi_cluster"],
    }
    return draw(result, of, area_label), areas[["area", "value", *columns[of]]].copy()


def _outline_map(result: Autocorrelation, of: str, area_label: str) -> Figure:
    clusters, names = result.areas[of].tolist(), result.areas["area"].tolist()
    grounds = [_GROUNDS[cluster] for cluster in clusters]
    west, south, east, north = extent(result.polygons)
    margin = 0.01 * (east - west)
    with styled_figure(_height((east - west, north - south))) as (figure, axes):
        _frame(axes, (west - margin, east + margin), (south - margin, north + margin))
        draw_outlines(axes, result.polygons, grounds)
        _key(figure, clusters, _KINDS[of], marker="s")
        name_outlines(
            figure,
            axes,
            result.polygons,
            names=names,
            labels=[
                "" if cluster == "none" else area_label.format(area=name)
                for name, cluster in zip(names, clusters, strict=True)
            ],
            inks=["white" if ground in _DARK_GROUNDS else DARK for ground in grounds],
        )
    return figure


def _disc_map(result: Autocorrelation, of: str, area_label: str) -> Figure:
    areas = result.areas
    places, radius = _spread(areas[["x", "y"]].to_numpy(float))
    (west, south), (east, north) = places.min(axis=0), places.max(axis=0)
    margin = 1.3 * radius
    with styled_figure(_height((east - west + 3 * radius, north - south + 3 * radius))) as opened:
        figure, axes = opened
        _frame(axes, (west - margin, east + margin), (south - margin, north + margin))
        at = dict(zip(areas["area"], places, strict=True))
        for a, b in result.neighbourhood.links:
            axes.plot(*zip(at[a], at[b], strict=True), color=LIGHT, linewidth=0.9, zorder=1)
        _draw_discs(axes, places, radius, areas[of].tolist(), areas["area"].tolist())
        _key(figure, areas[of].tolist(), _KINDS[of])
        if _longest(areas["area"]) > _LONGEST_NAME:
            flagged = areas[areas[of] != "none"]
            named = [(*at[area], area_label.format(area=area)) for area in flagged["area"]]
            label_points(figure, axes, named, obstacles=places)
    return figure


def _height(span: tuple[float, float]) -> float:
    """Return a figure's height in inches, for a map so wide and so high."""
    return min(max(6.1 * span[1] / span[0], 2.5), 7.0) + 0.75


def _frame(axes: Axes, x: tuple[float, float], y: tuple[float, float]) -> None:
    axes.set_aspect("equal")
    axes.set_axis_off()
    axes.set_xlim(*x)
    axes.set_ylim(*y)


def _spread(points: np.ndarray) -> tuple[np.ndarray, float]:
    """Move points apart until their discs no longer touch; return them and the discs' radius."""
    import numpy as np  # heavy

    places = points - points.mean(axis=0)
    radius = _DISC_PT * float(np.ptp(places, axis=0).max()) / _MAP_WIDTH_PT
    for _pass in range(500):
        apart = places[:, None] - places[None]
        distance = np.hypot(apart[..., 0], apart[..., 1])
        np.fill_diagonal(distance, np.inf)
        # Two areas at one point part along a direction of their own.
        same = distance == 0
        angle = np.arange(len(places)) * 2.4
        apart[same] = np.column_stack([np.cos(angle), np.sin(angle)])[np.nonzero(same)[0]]
        distance[same] = 1e-9
        overlap = np.clip(2.15 * radius - distance, 0, None)
        if not overlap.any():
            break
        unit = apart / np.hypot(apart[..., 0], apart[..., 1])[..., None].clip(1e-12)
        places = places + (unit * overlap[..., None] / 3).sum(axis=1)
    return places, radius


def _draw_discs(
    axes: Axes, places: np.ndarray, radius: float, clusters: list[str], names: list[str]
) -> None:
    from matplotlib.patches import Circle  # heavy

    is_short = max(map(len, names)) <= _LONGEST_NAME
    for place, cluster, name in zip(places, clusters, names, strict=True):
        ground = _GROUNDS[cluster]
        edge = GREY if cluster == "none" else DARK
        axes.add_patch(Circle(place, radius, facecolor=ground, edgecolor=edge, linewidth=0.8))
        if is_short:
            colour = "white" if ground in _DARK_GROUNDS else DARK
            weight = "normal" if cluster == "none" else "bold"
            written = axes.text(float(place[0]), float(place[1]), name, color=colour)
            written.set(ha="center", va="center_baseline", fontsize=9.5, weight=weight)


def _longest(names: pd.Series) -> int:
    return int(names.str.len().max())


def _key(figure: Figure, clusters: list[str], kinds: tuple[str, ...], *, marker: str = "o") -> None:
    from matplotlib.lines import Line2D  # heavy

    present = [kind for kind in kinds if kind in clusters]
    marks = [
        Line2D([], [], marker=marker, linestyle="", markersize=9, markerfacecolor=_GROUNDS[kind],
               markeredgecolor=GREY if kind == "none" else DARK)
        for kind in present
    ]  # fmt: skip
    names = [f"{cluster_label(kind)} ({clusters.count(kind)})" for kind in present]
    figure.legend(
        marks, names, loc="outside lower center", frameon=False, ncols=2, handletextpad=0.2
    )


def moran_chart(
    result: Autocorrelation, *, area_label: str = "{area}", n_labels: int = 4
) -> tuple[Figure, pd.DataFrame]:
    """Draw each area's value against its neighbours' mean (Moran's scatter, Anselin 1996).

    Parameters
    ----------
    n_labels
        Areas named: the flagged ones farthest from the middle first, then the others.

    Returns
    -------
    figure, data
        ``area, z, lag, cluster``.
    """
    areas = result.areas
    with styled_figure(4.6) as (figure, axes):
        axes.axhline(0, color=GREY, linewidth=0.8)
        axes.axvline(0, color=GREY, linewidth=0.8)
        grounds = [_GROUNDS[cluster] for cluster in areas["cluster"]]
        edges = [GREY if cluster == "none" else DARK for cluster in areas["cluster"]]
        axes.scatter(
            areas["z"], areas["lag"], s=38, color=grounds, edgecolor=edges, linewidth=0.8, zorder=3
        )
        reach = 1.12 * float(areas["z"].abs().max())
        line = [-reach, reach]
        slope = result.overall.i
        axes.plot(line, [slope * x for x in line], color=DARK, linewidth=1.2)
        axes.set_xlim(*line)
        tallest = 1.15 * max(float(areas["lag"].abs().max()), abs(slope) * reach)
        axes.set_ylim(-tallest, tallest)
        axes.set_xlabel(_("value of the area, in standard deviations"))
        axes.set_title(
            _("mean of its neighbours (slope: I = {i})").format(i=format_decimal(slope, 2))
        )
        show_decimals(axes.xaxis)
        show_decimals(axes.yaxis)
        _key(figure, areas["cluster"].tolist(), CLUSTERS)
        named = _to_name(areas, n_labels)
        label_points(
            figure,
            axes,
            [
                (float(x), float(y), area_label.format(area=area))
                for area, x, y in named[["area", "z", "lag"]].itertuples(index=False)
            ],
            obstacles=areas[["z", "lag"]].to_numpy(float),
        )
    return figure, areas[["area", "z", "lag", "cluster"]].copy()


def _to_name(areas: pd.DataFrame, n_labels: int) -> pd.DataFrame:
    far = areas["z"] ** 2 + areas["lag"] ** 2
    order = far + 1000 * (areas["cluster"] != "none")
    return areas.loc[order.sort_values(ascending=False, kind="stable").index[:n_labels]]

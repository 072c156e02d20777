"""Draw areas by their outlines.

In: polygons, a colour for each, names. Out: axes that hold the map. Only here: which names fit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from actes.methods.style import DARK, GREY, label_points

if TYPE_CHECKING:
    from collections.abc import Sequence

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["draw_outlines", "extent", "name_outlines"]

_NAME_PT = 9.5
_FINEST = 1500
"""Parts of the map's width below which a corner is not drawn: a third of a point in print."""


def extent(polygons: Sequence[Any]) -> tuple[float, float, float, float]:
    """Return the map's west, south, east and north, in metres."""
    import numpy as np  # heavy
    import shapely

    west, south, east, north = shapely.total_bounds(np.array(polygons))
    return float(west), float(south), float(east), float(north)


def draw_outlines(axes: Axes, polygons: Sequence[Any], grounds: Sequence[str]) -> None:
    """Fill each outline with its ground; holes stay holes."""
    from matplotlib.patches import PathPatch  # heavy

    west, _south, east, _north = extent(polygons)
    for polygon, ground in zip(polygons, grounds, strict=True):
        path = _path(polygon.simplify((east - west) / _FINEST))
        axes.add_patch(PathPatch(path, facecolor=ground, edgecolor=GREY, linewidth=0.6))


def _path(shape: Any) -> Any:
    from matplotlib.path import Path  # heavy

    parts = getattr(shape, "geoms", [shape])
    rings = [ring for part in parts for ring in (part.exterior, *part.interiors)]
    return Path.make_compound_path(*(Path(ring.coords, closed=True) for ring in rings))


def name_outlines(
    figure: Figure,
    axes: Axes,
    polygons: Sequence[Any],
    *,
    names: Sequence[str],
    labels: Sequence[str],
    inks: Sequence[str],
) -> None:
    """Write each area's name inside, where it fits; beside, when it doesn't and has a label.

    Parameters
    ----------
    labels
        What is written beside an area whose name doesn't fit inside; empty: nothing.
    inks
        Colour of each name written inside.
    """
    import numpy as np  # heavy
    import shapely
    from matplotlib.patheffects import withStroke

    figure.draw_without_rendering()  # places are known only once the layout is
    metres_per_point = _metres_per_point(figure, axes)
    circles = shapely.maximum_inscribed_circle(np.array(polygons))
    centres = shapely.get_coordinates(circles).reshape(-1, 2, 2)[:, 0]
    room = shapely.length(circles)
    beside = []
    for (x, y), radius, name, label, ink in zip(
        centres.tolist(), room.tolist(), names, labels, inks, strict=True
    ):
        if 0.34 * _NAME_PT * len(name) * metres_per_point <= radius:
            written = axes.text(x, y, name, color=ink, fontsize=_NAME_PT)
            written.set(ha="center", va="center_baseline", weight="bold" if label else "normal")
        elif label:
            axes.plot(x, y, marker="o", markersize=2.5, color=DARK)
            beside.append((x, y, label))
    n_inside = len(axes.texts)
    label_points(figure, axes, beside, obstacles=centres)
    for text in axes.texts[n_inside:]:
        text.set_path_effects([withStroke(linewidth=2.5, foreground="white")])


def _metres_per_point(figure: Figure, axes: Axes) -> float:
    (left, _low), (right, _high) = axes.transData.inverted().transform(
        ((0, 0), (figure.dpi / 72, 0))
    )
    return float(right - left)

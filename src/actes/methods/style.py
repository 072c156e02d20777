"""Give the figures of all studies one look, and turn them into the same SVG every time.

In: a matplotlib figure under construction. Out: axes with the reader's numbers, labels that do
not collide, SVG text without date or random identifier. Only here: sizes, colours, typography.

matplotlib's object-oriented interface only: no pyplot, no state kept between figures.
"""

from __future__ import annotations

import io
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from actes.numbers import format_decimal, format_integer, format_signed_percent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import numpy as np
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure

__all__ = [
    "BLUE",
    "DARK",
    "GREY",
    "LIGHT",
    "VERMILION",
    "VERMILION_INK",
    "blank_figure",
    "label_ends",
    "label_points",
    "show_changes",
    "show_decimals",
    "show_integers",
    "show_years",
    "styled_figure",
    "to_svg",
]

# Okabe & Ito's palette, told apart with any colour vision; greys for what is not the message. What
# is written has at least 4.5 times the contrast of its ground (WCAG AA): hence a darker vermilion.
BLUE = "#0072B2"
VERMILION = "#D55E00"
DARK = "#333333"
VERMILION_INK = "#A84A00"
GREY = "#757575"
LIGHT = "#D9D9D9"

WIDTH_IN = 6.3
"""Width of the column on a large screen, in inches; paper shows it at 0.8, a phone at 0.6."""

FONT_PT = 12
"""Ten pixels on a phone, a caption's size on paper."""

_Box = tuple[float, float, float, float]

_AROUND = ((8, 0), (-8, 0), (5, 11), (-5, 11), (5, -11), (-5, -11))
"""Where a name may go around its point, in points of type."""

_STYLE: dict[Any, Any] = {
    "font.family": "DejaVu Sans",  # comes with matplotlib: the same on every machine
    "font.size": FONT_PT,
    "axes.labelsize": FONT_PT,
    "axes.titlesize": FONT_PT,
    "axes.titlelocation": "left",
    "xtick.labelsize": 11.5,
    "ytick.labelsize": 11.5,
    "axes.edgecolor": GREY,
    "axes.labelcolor": DARK,
    "text.color": DARK,
    "xtick.color": GREY,
    "ytick.color": GREY,
    "xtick.labelcolor": DARK,
    "ytick.labelcolor": DARK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.grid.axis": "y",
    "axes.axisbelow": True,
    "grid.color": "#EBEBEB",
    "grid.linewidth": 0.8,
    "axes.linewidth": 0.8,
    "xtick.major.size": 3,
    "xtick.major.pad": 6,
    "ytick.major.size": 0,
    "lines.linewidth": 1.6,
    "lines.solid_capstyle": "round",
    "svg.fonttype": "path",
    "svg.hashsalt": "actes",
    "figure.facecolor": "white",
    "figure.dpi": 100,
}


@contextmanager
def styled_figure(height_in: float = 3.6) -> Iterator[tuple[Figure, Axes]]:
    """Open a figure of the page's width, with one set of axes, in the common style."""
    import matplotlib as mpl  # heavy
    from matplotlib.figure import Figure
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    with mpl.rc_context(_STYLE):
        layout = ConstrainedLayoutEngine()
        figure = Figure(figsize=(WIDTH_IN, height_in), layout=layout)
        yield figure, figure.add_subplot()
        # Laid out once for all: each later drawing would move things by a hair.
        for _pass in range(2):
            layout.execute(figure)
        figure.set_layout_engine("none")


@contextmanager
def blank_figure(width_in: float, height_in: float) -> Iterator[Figure]:
    """Open a figure of any size without axes, in the common style."""
    import matplotlib as mpl  # heavy
    from matplotlib.figure import Figure

    with mpl.rc_context(_STYLE):
        yield Figure(figsize=(width_in, height_in))


def to_svg(figure: Figure) -> str:
    """Draw a figure as SVG: same figure, same characters, whatever the day and the process."""
    import matplotlib as mpl  # heavy
    from matplotlib.backends.backend_svg import FigureCanvasSVG

    # The bytes are matplotlib's own: on Windows a text buffer would change the line ends.
    buffer = io.BytesIO()
    with mpl.rc_context(_STYLE):
        # `savefig` would first draw to nowhere, for a layout that is made already. What this leaves
        # on the figure, its canvas and the dots per inch of an SVG, is put back.
        former, dpi = figure.canvas, figure.dpi
        canvas: Any = FigureCanvasSVG(figure)
        canvas.print_svg(buffer, metadata={"Date": None, "Creator": None})
        figure.set_canvas(former)
        figure.dpi = dpi
    return buffer.getvalue().decode("utf-8").replace("\r\n", "\n")


def _formatted(axis: Axis, text: Callable[[float], str]) -> None:
    from matplotlib.ticker import FuncFormatter  # heavy

    axis.set_major_formatter(FuncFormatter(lambda value, _place: text(value)))


def show_integers(axis: Axis) -> None:
    """Write counts along an axis, never between two integers."""
    from matplotlib.ticker import MaxNLocator  # heavy

    axis.set_major_locator(MaxNLocator(nbins=6, integer=True))
    _formatted(axis, format_integer)


def show_decimals(axis: Axis, digits: int = 1) -> None:
    """Write decimals along an axis, at round places."""
    from matplotlib.ticker import MaxNLocator  # heavy

    axis.set_major_locator(MaxNLocator(nbins=7, steps=[1, 2, 5, 10]))
    _formatted(axis, lambda value: format_decimal(value, digits))


def show_changes(axis: Axis) -> None:
    """Write relative changes (0.1: `+10 %`) along an axis."""
    _formatted(axis, lambda value: format_signed_percent(value, 0))


def show_years(axes: Axes, first: int, last: int) -> None:
    """Write years under their January; a year is never grouped like a count (2021)."""
    step = max(1, -(-(last - first + 1) // 6))
    years = range(first, last + 1, step)
    axes.set_xticks(list(years), [str(year) for year in years])


def label_ends(
    axes: Axes, labels: Sequence[tuple[float, str, str]], *, at: float, gap: float
) -> None:
    """Write series' names beside their last values, pushed apart when they would touch.

    A value outside the axes is named at their edge.

    Parameters
    ----------
    labels
        ``(value, text, colour)`` of each.
    at
        Where, along x, in data units.
    gap
        Smallest distance between two names, in data units of y.
    """
    low, high = axes.get_ylim()
    ordered = sorted(labels)
    places: list[float] = []
    for value, _text, _colour in ordered:
        place = min(max(value, low), high)
        places.append(place if not places else max(place, places[-1] + gap))
    overflow = max(places[-1] - high, 0.0)
    for place, (_value, text, colour) in zip(places, ordered, strict=True):
        axes.annotate(
            text,
            (at, place - overflow),
            xytext=(6, 0),
            textcoords="offset points",
            color=colour,
            va="center",
            annotation_clip=False,
        )


def label_points(
    figure: Figure,
    axes: Axes,
    points: Sequence[tuple[float, float, str]],
    *,
    obstacles: np.ndarray,
) -> None:
    """Write names beside points, where they hide nothing.

    Six places are tried around each point, in the order given; the one that hides fewest of the
    ``obstacles`` is taken. A name that would everywhere meet another, or leave the axes, is not
    written: it is in the data.

    Parameters
    ----------
    points
        ``(x, y, text)`` of each, in data units, the most important first.
    obstacles
        All the points drawn, shape (n, 2), data units.
    """
    figure.draw_without_rendering()  # places are known only once the layout is
    to_points = 72 / figure.dpi
    drawn = axes.transData.transform(obstacles) * to_points
    frame = axes.transAxes.transform(((0, 0), (1, 1))) * to_points
    written: list[_Box] = []
    for x, y, text in points:
        centre = axes.transData.transform((x, y)) * to_points
        boxes = [(_box(centre, offset, text), offset) for offset in _AROUND]
        free = [
            (_n_hidden(box, drawn), place, box, offset)
            for place, (box, offset) in enumerate(boxes)
            if frame[0, 0] < box[0] and box[2] < frame[1, 0] and not _meets(box, written)
        ]
        if not free:
            continue
        _cost, _place, box, (dx, dy) = min(free)
        written.append(box)
        axes.annotate(
            text,
            (x, y),
            xytext=(dx, dy),
            textcoords="offset points",
            ha="left" if dx > 0 else "right",
            va="center",
        )


def _box(centre: np.ndarray, offset: tuple[int, int], text: str) -> _Box:
    """Estimate the rectangle of a name, in points: left, bottom, right, top."""
    width = 0.62 * FONT_PT * len(text)
    left = float(centre[0]) + offset[0] - (width if offset[0] < 0 else 0)
    middle = float(centre[1]) + offset[1]
    half = 0.6 * FONT_PT
    return left, middle - half, left + width, middle + half


def _n_hidden(box: _Box, points: np.ndarray) -> int:
    left, bottom, right, top = box
    x, y = points.T
    return int(((x > left) & (x < right) & (y > bottom) & (y < top)).sum())


def _meets(box: _Box, others: Sequence[_Box]) -> bool:
    left, bottom, right, top = box
    return any(left < r and right > x and bottom < t and top > y for x, y, r, t in others)

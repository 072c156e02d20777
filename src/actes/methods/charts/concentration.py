"""Draw Lorenz curves, from the busiest place on.

In: counts by place of one or two years. Out: a figure and the curves drawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from actes.i18n import _
from actes.methods.concentration import lorenz, places_for
from actes.methods.style import BLUE, DARK, GREY, styled_figure
from actes.numbers import format_percent

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure
    from numpy.typing import ArrayLike

__all__ = ["lorenz_chart"]


def lorenz_chart(
    counts: ArrayLike,
    earlier: ArrayLike | None = None,
    *,
    label: str,
    earlier_label: str = "",
    x_label: str,
    y_label: str,
) -> tuple[Figure, pd.DataFrame]:
    """Draw the Lorenz curve, another year's behind it, and the line of greatest equality.

    The line goes from (0, 0) to (N/n, 1) when there are fewer events N than places n.

    Parameters
    ----------
    label, earlier_label
        Names of the years.

    Returns
    -------
    figure, data
        ``series, share_places, share_events, share_equal``, a row per point.
    """
    import pandas as pd  # heavy

    curve = lorenz(counts)
    parts = [curve.assign(series=label)]
    with styled_figure(4.6) as (figure, axes):
        axes.plot(curve["share_places"], curve["share_equal"], color=GREY, linewidth=1)
        if earlier is not None:
            past = lorenz(earlier)
            parts.append(past.assign(series=earlier_label))
            axes.plot(past["share_places"], past["share_events"], color=DARK, linestyle=(0, (4, 2)))
        axes.plot(curve["share_places"], curve["share_events"], color=BLUE, linewidth=2.2)
        _mark_half(axes, counts, len(curve))
        axes.set_xlim(0, 1)
        axes.set_ylim(0, 1.02)
        _name_curves(axes, label, earlier_label if earlier is not None else "")
        for axis in (axes.xaxis, axes.yaxis):
            _show_percents(axis)
        axes.set_xlabel(x_label)
        axes.set_title(y_label)
    columns = ["series", "share_places", "share_events", "share_equal"]
    return figure, pd.concat(parts, ignore_index=True)[columns]


def _mark_half(axes: Axes, counts: ArrayLike, n_points: int) -> None:
    """Show where half of the events is reached."""
    import numpy as np  # heavy

    values = np.sort(np.asarray(counts, dtype=float))[::-1]
    half = places_for(values)
    share, held = half / len(values), float(values[:half].sum() / values.sum())
    axes.plot([share, share, 0], [0, held, held], color=BLUE, linewidth=0.8, zorder=0)
    if n_points <= 60:  # beyond, the places are a line
        axes.plot(share, held, "o", color=BLUE, markersize=5)
    text = _("{places} of the places:\n{events} of the events")
    axes.annotate(
        text.format(places=format_percent(share, 0), events=format_percent(held, 0)),
        (share, held),
        xytext=(12, -12),
        textcoords="offset points",
        va="top",
        color=BLUE,
        bbox={"facecolor": "white", "alpha": 0.8, "edgecolor": "none", "pad": 1},
    )


def _name_curves(axes: Axes, label: str, earlier_label: str) -> None:
    """Say which line is which in the corner that a Lorenz curve never reaches."""
    lines = [(label, BLUE, "-"), (earlier_label, DARK, (0, (4, 2)))]
    lines.append((_("greatest equality"), GREY, "-"))
    for name, colour, style in lines:
        if name:
            axes.plot([], [], color=colour, linestyle=style, label=name)
    axes.legend(loc="lower right", frameon=False)


def _show_percents(axis: Axis) -> None:
    from matplotlib.ticker import FuncFormatter, MultipleLocator  # heavy

    axis.set_major_locator(MultipleLocator(0.25))
    axis.set_tick_params(pad=5)  # the two zeros meet in the corner
    axis.set_major_formatter(FuncFormatter(lambda value, _place: format_percent(value, 0)))

"""Draw what each number of positions gives.

In: `Staffing`. Out: a figure and the numbers drawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from actes.i18n import _, ngettext
from actes.methods.style import (
    BLUE,
    DARK,
    GREY,
    VERMILION,
    VERMILION_INK,
    label_ends,
    styled_figure,
)
from actes.numbers import format_percent

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from actes.methods.queues import Staffing

__all__ = ["staffing_chart"]


def staffing_chart(staffing: Staffing, *, x_label: str) -> tuple[Figure, pd.DataFrame]:
    """Draw the share of calls answered in time and the occupancy, by number of positions.

    Returns
    -------
    figure, data
        ``n_positions, service_level, occupancy``.
    """
    from matplotlib.ticker import FuncFormatter  # heavy

    data = staffing.table[["n_positions", "service_level", "occupancy"]]
    x, chosen = data["n_positions"], staffing.chosen
    with styled_figure(3.8) as (figure, axes):
        axes.axhline(
            staffing.targets.service_level, color=GREY, linewidth=0.9, linestyle=(0, (4, 2))
        )
        axes.plot(x, data["occupancy"], color=DARK, linewidth=1.1, marker="o", markersize=3.5)
        axes.plot(x, data["service_level"], color=BLUE, marker="o", markersize=4.5)
        axes.plot(chosen.n_positions, chosen.service_level, "o", color=VERMILION, markersize=8)
        _name_chosen(axes, staffing)
        _name_lines(axes, staffing)
        axes.set_xticks(list(x))
        axes.set_xlim(x.iloc[0] - 0.4, x.iloc[-1] + 0.4)
        axes.set_ylim(0, 1.12)
        axes.set_yticks([0, 0.25, 0.5, 0.75, 1])
        axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _place: format_percent(v, 0)))
        axes.set_xlabel(x_label)
    return figure, data.reset_index(drop=True)


def _name_chosen(axes: Axes, staffing: Staffing) -> None:
    chosen = staffing.chosen
    text = ngettext("{n} position: {level}", "{n} positions: {level}", chosen.n_positions)
    is_first = chosen.n_positions <= int(staffing.table["n_positions"].iloc[1])
    axes.annotate(
        text.format(n=chosen.n_positions, level=format_percent(chosen.service_level, 0)),
        (chosen.n_positions, chosen.service_level),
        xytext=(8, -14) if is_first else (3, 11),
        textcoords="offset points",
        ha="left" if is_first else "right",
        color=VERMILION_INK,
    )


def _name_lines(axes: Axes, staffing: Staffing) -> None:
    last, target = staffing.table.iloc[-1], staffing.targets.service_level
    labels = [
        (float(last["service_level"]), _("answered\nin time"), BLUE),
        (float(last["occupancy"]), _("time busy"), DARK),
        (target, _("target:\n{share}").format(share=format_percent(target, 0)), GREY),
    ]
    label_ends(axes, labels, at=float(last["n_positions"]) + 0.4, gap=0.15)

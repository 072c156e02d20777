"""Draw the zones of an operation before and after, and the differences with their intervals.

In: `DisplacementTest`, the earlier years. Out: figures and the numbers drawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from actes.i18n import _
from actes.methods.style import BLUE, DARK, GREY, LIGHT, VERMILION, show_integers, styled_figure
from actes.methods.wdd import zone_label
from actes.numbers import format_integer, format_signed

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from actes.methods.wdd import DisplacementTest

__all__ = ["difference_chart", "zones_chart"]

_ORDER = ("treated", "control", "treated-displacement", "control-displacement")


def zones_chart(
    test: DisplacementTest, *, before_label: str, after_label: str, title: str
) -> tuple[Figure, pd.DataFrame]:
    """Draw each zone's two counts as bars, the treated zone first.

    Parameters
    ----------
    before_label, after_label
        Names of the two periods.
    title
        What is counted.

    Returns
    -------
    figure, data
        ``zone, before, after``, zones in the reader's words.
    """
    drawn = test.zones.set_index("zone").reindex(
        [z for z in _ORDER if z in set(test.zones["zone"])]
    )
    largest = float(drawn[["before", "after"]].to_numpy().max())
    with styled_figure(0.9 + 0.8 * len(drawn)) as (figure, axes):
        for row, (zone, counts) in enumerate(drawn.iterrows()):
            colours = (LIGHT, BLUE if str(zone).startswith("treated") else GREY)
            periods = ((before_label, counts["before"]), (after_label, counts["after"]))
            for place, colour, (period, count) in zip((-0.2, 0.2), colours, periods, strict=True):
                axes.barh(row + place, count, height=0.36, color=colour, linewidth=0)
                axes.annotate(
                    f"{format_integer(count)} ({period})",
                    (float(count), row + place),
                    xytext=(4, 0),
                    textcoords="offset points",
                    va="center",
                )
        axes.set_yticks(range(len(drawn)), [zone_label(str(zone)) for zone in drawn.index])
        axes.invert_yaxis()
        axes.set_xlim(0, 1.35 * largest)  # room for the counts, written beside the bars
        axes.xaxis.set_visible(False)
        axes.grid(visible=False)
        axes.spines["bottom"].set_visible(False)
        axes.set_title(title)
    data = test.zones.set_index("zone").loc[list(drawn.index)].reset_index()
    return figure, data.assign(zone=[zone_label(zone) for zone in data["zone"]])


def difference_chart(
    test: DisplacementTest, earlier: pd.DataFrame, *, x_label: str
) -> tuple[Figure, pd.DataFrame]:
    """Draw the differences with their intervals, above those of the earlier years.

    Parameters
    ----------
    earlier
        `actes.methods.wdd.earlier_years`; may be empty.
    x_label
        What the differences count.

    Returns
    -------
    figure, data
        ``name, estimate, low, high``, from top to bottom.
    """
    data = _rows(test, earlier)
    n_real = len(data) - len(earlier)
    with styled_figure(1.2 + 0.32 * len(data)) as (figure, axes):
        axes.axvline(0, color=DARK, linewidth=0.8)
        for row, (_name, estimate, low, high) in enumerate(data.itertuples(index=False)):
            is_out = low > 0 or high < 0
            colour = (VERMILION if is_out else BLUE) if row < n_real else GREY
            axes.plot([low, high], [row, row], color=colour)
            axes.plot(estimate, row, "o", color=colour, markersize=6)
        axes.set_yticks(range(len(data)), data["name"])
        axes.set_ylim(len(data) - 0.4, -0.6)
        axes.grid(visible=True, axis="x")
        axes.grid(visible=False, axis="y")
        axes.spines["left"].set_visible(False)
        if len(earlier):
            axes.axhline(n_real - 0.5, color=LIGHT, linewidth=0.8)
        axes.set_xlabel(x_label)
        _show_signed(axes)
    return figure, data


def _rows(test: DisplacementTest, earlier: pd.DataFrame) -> pd.DataFrame:
    import pandas as pd  # heavy

    shown = [(_("on the spot"), test.local)]
    if test.displacement is not None:
        shown += [(_("around"), test.displacement), (_("in all"), test.total)]
    rows = [(name, one.estimate, one.low, one.high) for name, one in shown]
    past = zip(
        [
            f"{before}–{after}"
            for before, after in zip(earlier["before"], earlier["after"], strict=True)
        ],
        earlier["estimate"].astype(float),
        earlier["low"].astype(float),
        earlier["high"].astype(float),
        strict=True,
    )
    rows += list(past)
    return pd.DataFrame(rows, columns=["name", "estimate", "low", "high"])


def _show_signed(axes: Axes) -> None:
    from matplotlib.ticker import FuncFormatter  # heavy

    show_integers(axes.xaxis)
    axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _place: format_signed(value, 0)))

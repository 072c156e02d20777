"""Draw a series inside its control limits, and the change of its level.

In: `ControlChart`, `Break`. Out: figures and the numbers drawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from actes.i18n import _
from actes.methods.style import (
    BLUE,
    DARK,
    GREY,
    LIGHT,
    VERMILION,
    VERMILION_INK,
    show_decimals,
    show_integers,
    show_years,
    styled_figure,
)
from actes.numbers import format_decimal, format_month

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from actes.methods.control_charts import Break, ControlChart

__all__ = ["break_chart", "control_chart_figure"]

CAP = 6.0
"""Cumulative sums are drawn up to so many times their limit."""


def control_chart_figure(chart: ControlChart, *, y_label: str) -> tuple[Figure, pd.DataFrame]:
    """Draw the chart: limits, reference period, signals, the first of them named.

    Parameters
    ----------
    y_label
        What is drawn, per what.

    Returns
    -------
    figure, data
        The periods of `ControlChart`, with their period as first column.
    """
    periods = chart.periods
    x = _years(periods.index)
    with styled_figure(4.0) as (figure, axes):
        # The last limit lasts as long as the others.
        axes.fill_between(
            x, periods["low"], periods["high"], step="mid", color=LIGHT, alpha=0.55, linewidth=0
        )
        axes.step(x, periods["centre"], where="mid", color=GREY, linewidth=1)
        for name in ("value", "value_down"):
            axes.plot(x, periods[name], color=BLUE, linewidth=1.1)
        _leave_room(axes, periods, is_capped=chart.choices.kind == "cusum")
        _mark_signals(axes, x, periods)
        _mark_reference(axes, x, int(periods["is_reference"].sum()))
        _leave_sides(axes, x)
        axes.set_title(y_label)
        if chart.choices.kind in ("cusum", "ewma"):
            show_decimals(axes.yaxis)
        else:
            show_integers(axes.yaxis)
        show_years(axes, periods.index[0].year, periods.index[-1].year)
    return figure, periods.rename_axis("period").reset_index()


def _leave_sides(axes: Axes, x: np.ndarray) -> None:
    """Keep the first year away from the lowest count, which is written beside it."""
    span = float(x[-1] - x[0])
    axes.set_xlim(x[0] - 0.035 * span, x[-1] + 0.01 * span)


def _leave_room(axes: Axes, periods: pd.DataFrame, *, is_capped: bool) -> None:
    """Leave room for words above what is drawn; sums that run away are cut at the frame."""
    drawn = periods[["value", "value_down", "low", "high"]]
    bottom, top = float(drawn.min().min()), float(drawn.max().max())
    if is_capped:
        reach = CAP * float(periods["high"].max())
        bottom, top = max(bottom, -reach), min(top, reach)
    axes.set_ylim(bottom - 0.04 * (top - bottom), top + 0.12 * (top - bottom))


def _years(index: pd.Index) -> np.ndarray:
    import numpy as np  # heavy

    starts = index.to_timestamp()  # type: ignore[attr-defined]
    return np.asarray(starts.year + (starts.day_of_year - 1) / 365.25, dtype=float)


def _mark_signals(axes: Axes, x: np.ndarray, periods: pd.DataFrame) -> None:
    has_runs = bool(periods["value_down"].isna().all())
    signal = periods["is_signal"].to_numpy()
    for name in ("value", "value_down"):
        values = periods[name].to_numpy(float)
        low, high = (periods[limit].to_numpy(float) for limit in ("low", "high"))
        beyond = signal & ((values > high) | (values < low))
        axes.plot(x[beyond], values[beyond], "o", color=VERMILION, markersize=5.5)
        if has_runs and name == "value":
            # A run is a signal inside the limits too: hollow, not to pass for a point beyond.
            inside = signal & ~beyond
            axes.plot(
                x[inside],
                values[inside],
                "o",
                markerfacecolor="white",
                markeredgecolor=VERMILION,
                markersize=5.5,
            )
    watched = periods[signal & ~periods["is_reference"].to_numpy()]
    if len(watched):
        _name_first(axes, x, periods, watched.index[0])


def _name_first(axes: Axes, x: np.ndarray, periods: pd.DataFrame, first: Any) -> None:
    place = list(periods.index).index(first)
    up, down, centre = (
        float(periods[name].iloc[place]) for name in ("value", "value_down", "centre")
    )
    value = down if abs(down) > up else up
    is_late = x[place] > (x[0] + x[-1]) / 2
    axes.annotate(
        format_month(first.start_time.date(), width="MMM"),
        (x[place], value),
        xytext=(-7 if is_late else 7, 7 if value >= centre else -7),
        textcoords="offset points",
        ha="right" if is_late else "left",
        va="center",
        color=VERMILION_INK,
        bbox={"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 1},
    )


def _mark_reference(axes: Axes, x: np.ndarray, n: int) -> None:
    edge = float(x[n - 1] + x[n]) / 2
    axes.axvline(edge, color=DARK, linewidth=0.8, linestyle=(0, (2, 2)))
    axes.annotate(
        _("reference"),
        (edge, 1.0),
        xycoords=("data", "axes fraction"),
        xytext=(-4, -2),
        textcoords="offset points",
        ha="right",
        va="top",
        color=GREY,
    )


def break_chart(
    counts: pd.Series[Any], found: Break, *, y_label: str
) -> tuple[Figure, pd.DataFrame]:
    """Draw the series with its level before and after the most likely date of change.

    Returns
    -------
    figure, data
        ``period, count, level``.
    """
    import numpy as np  # heavy

    levels = np.where(np.arange(len(counts)) < found.position, found.mean_before, found.mean_after)
    x = _years(counts.index)
    cut = found.position
    with styled_figure(3.2) as (figure, axes):
        axes.plot(x, counts.to_numpy(float), color=GREY, linewidth=0.9)
        for part in (slice(0, cut), slice(cut, None)):
            axes.plot(x[part], levels[part], color=BLUE, linewidth=2.4)
        top = 1.25 * float(counts.max())
        axes.set_ylim(0, top)
        _leave_sides(axes, x)
        edge = float(x[cut - 1] + x[cut]) / 2
        axes.axvline(edge, color=DARK, linewidth=0.8)
        first = format_month(counts.index[cut].start_time.date(), width="MMM")
        texts = ((-5, "right", found.mean_before, ""), (5, "left", found.mean_after, first))
        for shift, side, mean, month in texts:
            text = _("{mean} per month").format(mean=format_decimal(mean, 1 if mean < 100 else 0))
            axes.annotate(
                f"{month}\n{text}" if month else text,
                (edge, 1.0),
                xycoords=("data", "axes fraction"),
                xytext=(shift, -2),
                textcoords="offset points",
                ha=side,
                va="top",
                color=DARK,
                bbox={"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 1},
            )
        axes.set_title(y_label)
        show_integers(axes.yaxis)
        show_years(axes, counts.index[0].year, counts.index[-1].year)
    data = counts.rename_axis("period").rename("count").reset_index().assign(level=levels)
    return figure, data

"""Draw how fast cases are reached, and which groups meet the target.

In: `GroupComparison`. Out: figures and the numbers drawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from actes.i18n import _
from actes.methods.style import (
    BLUE,
    DARK,
    GREY,
    VERMILION_INK,
    label_ends,
    show_decimals,
    styled_figure,
)
from actes.numbers import format_integer, format_percent

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from actes.methods.durations import Curve, GroupComparison

__all__ = ["reached_chart", "target_chart"]

_INKS = (BLUE, VERMILION_INK, "#00724F", "#9A4A78", "#6B5B00")
_DASHES = ("-", (0, (5, 2)), (0, (1, 1)), (0, (6, 2, 1, 2)), (0, (3, 1)), (0, (8, 1)))
FEWEST_AT_RISK = 10
N_TIMES = 90


def reached_chart(
    comparison: GroupComparison,
    *,
    target_s: float,
    unit_s: float,
    x_label: str,
    y_label: str,
    target_label: str,
) -> tuple[Figure, pd.DataFrame]:
    """Draw the share reached against time, group by group, with the number still waiting.

    Curves stop where fewer than `FEWEST_AT_RISK` wait. With more than five groups, only the whole
    and the two groups farthest apart at the target are drawn.

    Parameters
    ----------
    unit_s
        Seconds in the unit of the axis.
    target_label
        What the vertical line is.

    Returns
    -------
    figure, data
        ``group, time`` (in units), ``at_risk, reached, low, high``.
    """
    import numpy as np  # heavy
    import pandas as pd

    curves = _chosen(comparison)
    last = max(_last_time(curve) for curve in curves.values())
    times = np.linspace(0, last, N_TIMES)
    parts = [_drawn(name, curve, times, unit_s) for name, curve in curves.items()]
    colours = _colours(curves, next(iter(comparison.curves)))
    with styled_figure(3.7 + 0.23 * len(curves)) as (figure, axes):
        axes.axvline(target_s / unit_s, color=GREY, linewidth=0.9)
        for place, part in enumerate(parts):
            ink = colours[str(part["group"].iloc[0])]
            dash: Any = _DASHES[place]
            axes.step(part["time"], part["reached"], where="post", color=ink, linestyle=dash)
        axes.set_xlim(0, last / unit_s)
        axes.set_ylim(0, 1.0)
        ends = [
            (float(part["reached"].iloc[-1]), str(part["group"].iloc[0]), colours[name])
            for name, part in zip(curves, parts, strict=True)
        ]
        label_ends(axes, ends, at=last / unit_s, gap=0.075)
        axes.annotate(
            target_label,
            (target_s / unit_s, 0.02),
            xytext=(5, 0),
            textcoords="offset points",
            va="bottom",
        )
        _show_axes(axes, last / unit_s)
        axes.set_title(y_label)
        axes.set_xlabel(x_label, labelpad=4 + 16 * len(curves))
        _write_waiting(axes, curves, colours, unit_s)
    return figure, pd.concat(parts, ignore_index=True)


def _show_axes(axes: Axes, last: float) -> None:
    ticks = [0, 0.25, 0.5, 0.75, 1]
    axes.set_yticks(ticks, [format_percent(tick, 0) for tick in ticks])
    show_decimals(axes.xaxis, 0 if last > 6 else 1)


def _chosen(comparison: GroupComparison) -> Mapping[str, Curve]:
    curves = comparison.curves
    if len(curves) - 1 <= len(_INKS):
        # A single group is the whole: drawing both would draw it twice.
        return dict(list(curves.items())[:1]) if len(curves) == 2 else curves
    whole, *rest = curves
    within: dict[Any, float] = comparison.table.set_index("group")["within"].to_dict()
    rest.sort(key=within.__getitem__)
    return {name: curves[name] for name in (whole, rest[-1], rest[0])}


def _colours(curves: Mapping[str, Curve], whole: str) -> dict[str, str]:
    others = [name for name in curves if name != whole]
    return {whole: DARK, **dict(zip(others, _INKS, strict=False))}


def _last_time(curve: Curve) -> float:
    enough = curve.steps["at_risk"] >= FEWEST_AT_RISK
    return float(curve.steps.loc[enough, "time"].max())


def _drawn(name: str, curve: Curve, times: np.ndarray, unit_s: float) -> pd.DataFrame:
    rows = curve.at(times[times <= _last_time(curve)])
    rows = rows[rows["at_risk"] >= FEWEST_AT_RISK]
    columns = {
        "time": rows["time"] / unit_s,
        "at_risk": rows["at_risk"],
        "reached": 1 - rows["survival"],
        "low": 1 - rows["high"],
        "high": 1 - rows["low"],
    }
    return rows.assign(group=name, **columns)[["group", *columns]]


def _write_waiting(
    axes: Axes, curves: Mapping[str, Curve], colours: dict[str, str], unit_s: float
) -> None:
    """Write under the axis how many still wait at each mark of time."""
    import numpy as np  # heavy

    left, right = axes.get_xlim()
    marks = [float(mark) for mark in axes.get_xticks() if left <= mark <= right]
    for row, (name, curve) in enumerate(curves.items()):
        waiting = curve.at(np.array(marks) * unit_s)["at_risk"]
        _write_under(axes, name, (0.0, -24), row, colours[name])
        for mark, n in zip(marks, waiting, strict=True):
            shown = format_integer(int(n)) if n >= FEWEST_AT_RISK else f"< {FEWEST_AT_RISK}"
            _write_under(axes, shown, (mark, 0), row, colours[name])


def _write_under(axes: Axes, text: str, at: tuple[float, float], row: int, colour: str) -> None:
    """Write a number under its mark, or (shifted left) the name of a row."""
    mark, shift = at
    axes.annotate(
        text,
        (mark, 0),
        xycoords=("data", "axes fraction"),
        xytext=(shift, -24 - 16 * row),
        textcoords="offset points",
        ha="right" if shift else "center",
        va="top",
        color=colour,
        fontsize=10,
        annotation_clip=False,
    )


def target_chart(comparison: GroupComparison, *, x_label: str) -> tuple[Figure, pd.DataFrame]:
    """Draw each group's share within the target, with its interval, around the whole's.

    Returns
    -------
    figure, data
        ``group, n, within, within_low, within_high``, lowest share first; groups without an
        estimate left out.
    """
    columns = ["group", "n", "within", "within_low", "within_high"]
    whole = float(comparison.table["within"].iloc[0])
    data = comparison.table[columns].iloc[1:].dropna(subset=["within"])
    data = data.sort_values("within", kind="stable").reset_index(drop=True)
    with styled_figure(1.3 + 0.42 * max(len(data), 3)) as (figure, axes):
        axes.axvline(whole, color=DARK, linewidth=1, linestyle=(0, (4, 2)), zorder=0)
        spans = zip(data["within"], data["within_low"], data["within_high"], strict=True)
        for row, (value, low, high) in enumerate(spans):
            axes.plot([low, high], [row, row], color=BLUE)
            axes.plot(value, row, "o", color=BLUE, markersize=6)
        axes.set_yticks(range(len(data)), [str(group) for group in data["group"]])
        axes.set_ylim(-0.6, len(data) - 0.4)
        low = max(float(data["within_low"].min()) - 0.05, 0.0)
        high = min(float(data["within_high"].max()) + 0.05, 1.0)
        axes.set_xlim(low, high)
        ticks = [mark for mark in axes.get_xticks() if low <= mark <= high]
        axes.set_xticks(ticks, [format_percent(mark, 0) for mark in ticks])
        axes.grid(visible=False)
        axes.spines["left"].set_visible(False)
        axes.set_xlabel(x_label)
        axes.annotate(
            _("whole: {share}").format(share=format_percent(whole, 0)),
            (whole, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(0, 3),
            textcoords="offset points",
            ha="center",
            va="bottom",
        )
    return figure, data

"""Draw opinions: diverging bars of answers, and shares with their margins.

In: tables of the survey methods. Out: figures and the numbers drawn.
"""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING

from actes.i18n import _
from actes.methods.style import BLUE, DARK, GREY, LIGHT, VERMILION, styled_figure
from actes.numbers import format_percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from actes.methods.survey import AreaComparison, Scale, WaveComparison

__all__ = ["area_chart", "likert_chart", "wave_chart"]

_AGAINST = ("#A84A00", "#F0B488")
_NEUTRAL = "#D9D9D9"
_FOR = ("#A5CDE6", "#0072B2")
_LINE = 46
"""Characters of a question on one line, at phone width."""


def likert_chart(
    shares: pd.DataFrame, scale: Scale, *, low_label: str, high_label: str
) -> tuple[Figure, pd.DataFrame]:
    """Draw each question's answers on both sides of the middle of the scale.

    Parameters
    ----------
    shares
        As `survey.level_shares`.
    low_label, high_label
        What the least and the most favourable answers say.

    Returns
    -------
    figure, data
        ``shares``, the question with most favourable answers first.

    Notes
    -----
    At the left end, the share below the middle; at the right end, above it. Half of a middle answer
    lies on each side.
    """
    data = shares.assign(top=_sides(shares, scale)[1]).sort_values("top", ascending=False)
    data = data.drop(columns="top").reset_index(drop=True)
    below, above, half = _sides(data, scale)
    left = float((below + half).max())
    right = float((above + half).max())
    with styled_figure(1.15 + 0.78 * len(data)) as (figure, axes):
        for row, question in enumerate(data["question"]):
            _draw_bar(axes, data.iloc[row], scale, y=-row, start=-(below[row] + half[row]))
            axes.plot([0, 0], [-row - 0.25, -row + 0.25], color=DARK, linewidth=0.8)
            _write_ends(axes, -row, below[row], above[row], half[row])
            axes.text(
                -left,
                -row + 0.33,
                textwrap.shorten(str(question), 2 * _LINE, placeholder="…"),
                va="bottom",
                ha="left",
            )
        margin = 0.15 * (left + right)
        axes.set_xlim(-left - margin, right + margin)
        axes.set_ylim(-len(data) + 0.35, 1.15)
        axes.text(-left, 0.85, low_label, color=_AGAINST[0], ha="left", va="bottom")
        axes.text(right, 0.85, high_label, color=_FOR[1], ha="right", va="bottom")
        _bare(axes)
        axes.xaxis.set_visible(False)
        axes.spines["bottom"].set_visible(False)
    return figure, data


def _sides(shares: pd.DataFrame, scale: Scale) -> tuple[pd.Series, pd.Series, pd.Series]:
    """Return what lies below the middle, above it, and half of the middle answer, if any."""
    names = [str(level) for level in scale.levels]
    half_way = len(names) // 2
    above = shares[names[-half_way:]].sum(axis=1)
    below = shares[names[:half_way]].sum(axis=1)
    return below, above, (1 - above - below) / 2


def _colours(n_levels: int) -> list[str]:
    from matplotlib.colors import LinearSegmentedColormap, to_hex  # heavy

    n_side = n_levels // 2
    sides = []
    for ends in (_AGAINST, _FOR):
        ramp = LinearSegmentedColormap.from_list("side", ends)
        sides.append([to_hex(ramp(k / max(n_side - 1, 1))) for k in range(n_side)])
    return [*sides[0], *([_NEUTRAL] if n_levels % 2 else []), *sides[1]]


def _draw_bar(axes: Axes, row: pd.Series, scale: Scale, *, y: float, start: float) -> None:
    for level, colour in zip(scale.levels, _colours(len(scale.levels)), strict=True):
        width = float(row[str(level)])
        axes.barh(y, width, left=start, color=colour, height=0.5, edgecolor="white", linewidth=0.6)
        start += width


def _write_ends(axes: Axes, y: float, below: float, above: float, half: float) -> None:
    for x, part, side, offset in (
        (-(below + half), below, "right", -4),
        (above + half, above, "left", 4),
    ):
        axes.annotate(
            format_percent(float(part), 0),
            (x, y),
            xytext=(offset, 0),
            textcoords="offset points",
            ha=side,
            va="center",
        )


def _bare(axes: Axes) -> None:
    axes.grid(visible=False)
    axes.yaxis.set_visible(False)
    axes.spines["left"].set_visible(False)


def area_chart(comparison: AreaComparison, *, x_label: str) -> tuple[Figure, pd.DataFrame]:
    """Draw each area's share with its margin, around that of the whole population.

    Coloured: areas that differ from the rest once the number of tests is allowed for (q ≤ 0.05).

    Returns
    -------
    figure, data
        ``area, n, share, low, high, q``, lowest share first; areas without an estimate left out.
    """
    columns = ["area", "n", "share", "low", "high", "q"]
    data = comparison.areas[columns].dropna(subset=["share"])
    data = data.sort_values("share", kind="stable").reset_index(drop=True)
    overall = comparison.overall.value
    with styled_figure(1.3 + 0.42 * max(len(data), 3)) as (figure, axes):
        axes.axvline(overall, color=DARK, linewidth=1, linestyle=(0, (4, 2)), zorder=0)
        spans = zip(data["share"], data["low"], data["high"], data["q"], strict=True)
        for row, (value, low, high, q) in enumerate(spans):
            colour = GREY if not q <= 0.05 else BLUE if value > overall else VERMILION
            axes.plot([low, high], [row, row], color=colour)
            axes.plot(value, row, "o", color=colour, markersize=6)
        axes.set_yticks(range(len(data)), [str(area) for area in data["area"]])
        axes.set_ylim(-0.6, len(data) - 0.4)
        _share_axis(axes, [*data["low"], *data["high"]], x_label)
        axes.annotate(
            _("whole: {share}").format(share=format_percent(overall, 0)),
            (overall, 1.0),
            xycoords=("data", "axes fraction"),
            xytext=(0, 3),
            textcoords="offset points",
            ha="center",
            va="bottom",
        )
    return figure, data


def wave_chart(comparison: WaveComparison, *, x_label: str) -> tuple[Figure, pd.DataFrame]:
    """Draw each question's share in both waves, joined.

    Coloured: changes that stand once the number of tests is allowed for (q ≤ 0.05).

    Returns
    -------
    figure, data
        ``question, n_first, n_second, first, second, difference, low, high, q``, largest rise
        first; questions without an estimate left out.
    """
    data = comparison.changes.drop(columns="p").dropna(subset=["difference"])
    data = data.sort_values("difference", ascending=False, kind="stable").reset_index(drop=True)
    with styled_figure(1.5 + 0.72 * len(data)) as (figure, axes):
        pairs = zip(data["first"], data["second"], data["q"], data["question"], strict=True)
        for row, (before, after, q, question) in enumerate(pairs):
            colour = GREY if not q <= 0.05 else BLUE if after > before else VERMILION
            axes.plot([before, after], [-row, -row], color=colour, linewidth=2)
            axes.plot(before, -row, "o", color=colour, markerfacecolor="white", markersize=8)
            axes.plot(after, -row, "o", color=colour, markersize=8)
            axes.text(
                0,
                -row + 0.2,
                textwrap.shorten(str(question), 2 * _LINE, placeholder="…"),
                transform=axes.get_yaxis_transform(),
                va="bottom",
            )
        axes.set_ylim(-len(data) + 0.5, 0.75)
        _share_axis(axes, [*data["first"], *data["second"]], x_label)
        _bare(axes)
        text = _("hollow: {first}; full: {second}")
        axes.set_title(text.format(first=comparison.first, second=comparison.second))
    return figure, data


def _share_axis(axes: Axes, values: Sequence[float], x_label: str) -> None:
    low, high = max(min(values) - 0.05, 0.0), min(max(values) + 0.05, 1.0)
    axes.set_xlim(low, high)
    step = next(s for s in (0.05, 0.1, 0.2, 0.25) if (high - low) / s <= 6)
    ticks = [k * step for k in range(int(low / step), int(1 / step) + 1) if low <= k * step <= high]
    axes.set_xticks(ticks, [format_percent(tick, 0) for tick in ticks])
    axes.grid(visible=False)
    axes.grid(visible=True, axis="x", color=LIGHT, linewidth=0.6)
    axes.spines["left"].set_visible(False)
    axes.set_xlabel(x_label)

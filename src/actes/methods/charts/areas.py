"""Draw the changes of many areas: the fan of chance, the ratios with their intervals.

In: `CountComparison`. Out: figures and the numbers drawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from actes.i18n import _
from actes.methods.areas import fan_contours
from actes.methods.style import (
    BLUE,
    DARK,
    GREY,
    LIGHT,
    VERMILION,
    label_points,
    show_integers,
    styled_figure,
)
from actes.numbers import format_decimal, format_signed_percent

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from actes.methods.areas import CountComparison

__all__ = ["fan_chart", "forest_chart"]

_FLAG_COLOURS = {"rise": VERMILION, "fall": BLUE, "none": GREY, "untestable": GREY}


def fan_chart(
    comparison: CountComparison,
    *,
    x_label: str,
    y_label: str,
    area_label: str = "{area}",
    n_labels: int = 3,
) -> tuple[Figure, pd.DataFrame]:
    """Draw each area's later count against its earlier one, inside the fan of chance.

    Parameters
    ----------
    area_label
        How an area is written, with ``{area}`` in it (``PDQ {area}``).
    n_labels
        Areas named at least: those that exceed chance, then the farthest.

    Returns
    -------
    figure, data
        ``area, before, after, expected, z, q, z_inflated, q_inflated, flag``.

    Notes
    -----
    Dark band: chance alone; light band: ordinary variation between areas, if there is more of it;
    a key in the upper left corner, which a fan never reaches.
    Coloured points stand out of the latter; dark ones of the former only.
    """
    import numpy as np  # heavy

    contours = fan_contours(comparison)
    areas = comparison.areas
    with styled_figure(4.8) as (figure, axes):
        _draw_contours(axes, comparison, contours)
        axes.scatter(
            areas["before"],
            areas["after"],
            s=26,
            color=_colours(areas, comparison.fdr),
            linewidth=0.6,
            edgecolor="white",
            zorder=3,
        )
        right = float(contours["before"].iloc[-1])
        axes.set_xlim(0, right)
        top = max(float(areas["after"].max()) * 1.06, float(contours["expected"].iloc[-1]) * 1.06)
        axes.set_ylim(0, top)
        axes.set_xlabel(x_label)
        axes.set_title(y_label)
        show_integers(axes.xaxis)
        show_integers(axes.yaxis)
        named = _to_name(comparison, n_labels)
        label_points(
            figure,
            axes,
            [
                (float(x), float(y), area_label.format(area=area))
                for area, x, y in named[["area", "before", "after"]].itertuples(index=False)
            ],
            obstacles=np.vstack([areas[["before", "after"]], contours[["before", "expected"]]]),
        )
    columns = ["area", "before", "after", "expected", "z", "q", "z_inflated", "q_inflated", "flag"]
    return figure, areas[columns].copy()


def _colours(areas: pd.DataFrame, fdr: float) -> list[str]:
    return [
        _FLAG_COLOURS[flag] if flag in ("rise", "fall") or not exceeds else DARK
        for flag, exceeds in zip(areas["flag"], areas["q"] <= fdr, strict=True)
    ]


def _to_name(comparison: CountComparison, n_labels: int) -> pd.DataFrame:
    areas = comparison.areas
    distance = areas["z"].abs()
    stands_out = (areas["q"] <= comparison.fdr) | areas["flag"].isin(["rise", "fall"])
    is_farthest = distance.rank(ascending=False, method="first") <= n_labels
    named = areas[stands_out | is_farthest]
    return named.loc[distance[named.index].sort_values(ascending=False).index]


def _draw_contours(axes: Axes, comparison: CountComparison, contours: pd.DataFrame) -> None:
    """Draw the fan and name its parts in the corner that it leaves empty."""
    x = contours["before"]
    bands = [("chance_", "#CCCCCC", _chance_label(comparison.threshold_z))]
    if comparison.dispersion.is_inflated:
        bands.insert(0, ("", "#EAEAEA", _("ordinary variation")))
    for prefix, shade, name in bands:
        low, high = contours[f"{prefix}low"], contours[f"{prefix}high"]
        axes.fill_between(x, low, high, color=shade, linewidth=0, label=name)
        for limit in (low, high):
            axes.plot(x, limit, color=GREY, linewidth=0.6)
    axes.plot(x, contours["expected"], color=DARK, linewidth=1.2, label=_centre_label(comparison))
    axes.legend(loc="upper left", frameon=False, reverse=True, borderaxespad=0.2)


def _centre_label(comparison: CountComparison) -> str:
    if comparison.reference == "none":
        return _("no change")
    change = format_signed_percent(comparison.reference_ratio - 1)
    return _("overall: {change}").format(change=change)


def _chance_label(threshold_z: float) -> str:
    k = format_decimal(threshold_z, 0 if threshold_z % 1 == 0 else 1)
    return _("chance alone (±{k} s.d.)").format(k=k)


def forest_chart(
    comparison: CountComparison, *, x_label: str, area_label: str = "{area}"
) -> tuple[Figure, pd.DataFrame]:
    """Draw each area's change with its interval, from the largest fall to the largest rise.

    Areas without any event are left out of the drawing, not of the data. A change of -100 %, or
    from nothing, lies outside a scale of ratios: an arrow at the edge stands for it.

    Returns
    -------
    figure, data
        ``area, ratio, ratio_low, ratio_high, q, q_inflated, flag``, sorted by ratio.

    Notes
    -----
    Colours as in `fan_chart`.
    """
    import numpy as np  # heavy

    columns = ["area", "ratio", "ratio_low", "ratio_high", "q", "q_inflated", "flag"]
    data = comparison.areas[columns].sort_values("ratio", kind="stable").reset_index(drop=True)
    drawn = data[data["ratio"].notna()]
    colours = _colours(drawn, comparison.fdr)
    left, right = _ratio_limits(drawn["ratio"].to_numpy(float))
    rows = np.arange(len(drawn))
    with styled_figure(1.0 + 0.205 * max(len(drawn), 4)) as (figure, axes):
        axes.axvline(1, color=LIGHT, linewidth=1)
        limits = drawn[["ratio", "ratio_low", "ratio_high"]].itertuples(index=False)
        for row, colour, (ratio, low, high) in zip(rows, colours, limits, strict=True):
            axes.plot(np.clip([low, high], left, right), [row, row], color=colour, linewidth=1.4)
            marker = "<" if ratio < left else ">" if ratio > right else "o"
            axes.plot(
                np.clip(ratio, left, right), row, marker, color=colour, markersize=5, clip_on=False
            )
        axes.set_xscale("log")
        axes.set_xlim(left, right)
        axes.set_ylim(-0.8, len(drawn) - 0.2)
        axes.grid(visible=False)
        ticks = _ratio_ticks(left, right)
        axes.set_xticks(ticks, [format_signed_percent(tick - 1, 0) for tick in ticks])
        axes.minorticks_off()
        axes.set_yticks(rows, [area_label.format(area=area) for area in drawn["area"]])
        axes.spines["left"].set_visible(False)
        axes.tick_params(axis="y", pad=9)  # room for an arrow at the edge
        axes.set_xlabel(x_label)
        _mark_overall(axes, comparison.overall.ratio)
    return figure, data


def _ratio_limits(ratios: np.ndarray) -> tuple[float, float]:
    import numpy as np  # heavy

    known = ratios[np.isfinite(ratios) & (ratios > 0)]
    reach = float(np.abs(np.log(known)).max(initial=np.log(1.5)))
    reach = min(reach * 1.6, np.log(10))
    return float(np.exp(-reach)), float(np.exp(reach))


def _ratio_ticks(left: float, right: float) -> list[float]:
    """Choose round changes around none, far enough apart for their labels."""
    import numpy as np  # heavy

    gap = np.log(right / left) / 8
    ticks = [1.0]
    for candidates in ((1.1, 1.25, 1.5, 2, 3, 4, 6, 10), (0.9, 0.75, 0.5, 0.25, 0.1)):
        last = 1.0
        for tick in candidates:
            if left <= tick <= right and abs(np.log(tick / last)) >= gap:
                ticks.append(tick)
                last = tick
    return sorted(ticks)


def _mark_overall(axes: Axes, ratio: float) -> None:
    axes.axvline(ratio, color=DARK, linewidth=1, linestyle=(0, (4, 2)), zorder=0)
    axes.annotate(
        _("overall: {change}").format(change=format_signed_percent(ratio - 1)),
        (ratio, 1.0),
        xycoords=("data", "axes fraction"),
        xytext=(0, 3),
        textcoords="offset points",
        ha="center",
        va="bottom",
    )

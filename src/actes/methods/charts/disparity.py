"""Draw ratios between groups, layer by layer, and what becomes of the persons stopped.

In: tables of ratios and of shares. Out: figures and the numbers drawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from actes.i18n import _
from actes.methods.style import BLUE, DARK, FONT_PT, GREY, LIGHT, VERMILION, styled_figure
from actes.numbers import format_decimal, format_percent

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["outcome_chart", "ratio_forest"]

_ROUND = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20)
_WIDEST = 20
"""Ratios beyond this, or its inverse, are drawn at the edge: the data keep them."""


def ratio_forest(
    layers: Mapping[str, pd.DataFrame], *, reference: str
) -> tuple[Figure, pd.DataFrame]:
    """Draw each group's ratios to the reference, one row a layer.

    Parameters
    ----------
    layers
        By the layer's name: ``group, ratio, low, high`` and, when the layer has them,
        ``extreme_low, extreme_high``: what unknown groups could make of the ratio. A group without
        a ratio is not drawn.
    reference
        Its name, written where the ratio is 1.

    Returns
    -------
    figure, data
        ``group, layer, ratio, low, high, extreme_low, extreme_high``.

    Notes
    -----
    Dark line: interval; light band: extremes of the unknown groups.
    """
    data = _long(layers)
    drawn = data[data["ratio"].notna()]
    groups = list(dict.fromkeys(drawn["group"]))
    order: list[tuple[str, str]] = []
    for group in groups:
        order.append((group, ""))
        order += [(group, layer) for layer in drawn.loc[drawn["group"] == group, "layer"]]
    left, right = _limits(drawn)
    with styled_figure(1.1 + 0.28 * max(len(order), 4)) as (figure, axes):
        axes.set_xscale("log")
        axes.set_xlim(left, right)
        axes.set_ylim(len(order) - 0.4, -0.7)
        axes.axvline(1, color=GREY, linewidth=1)
        for place, (group, layer) in enumerate(order):
            if layer:
                row = drawn[(drawn["group"] == group) & (drawn["layer"] == layer)].iloc[0]
                _draw_ratio(axes, place, row, (left, right))
        ticks = [tick for tick in _ROUND if left <= tick <= right]
        axes.set_xticks(ticks, [format_decimal(t, 0 if t >= 1 else 1) for t in ticks])
        axes.minorticks_off()
        axes.set_yticks(range(len(order)), [layer or group for group, layer in order])
        for label, (_group, layer) in zip(axes.get_yticklabels(), order, strict=True):
            label.set_fontweight("normal" if layer else "bold")
        axes.grid(visible=False)
        axes.spines["left"].set_visible(False)
        axes.set_xlabel(_("ratio to {reference} (1: no disparity)").format(reference=reference))
    return figure, data


def _long(layers: Mapping[str, pd.DataFrame]) -> pd.DataFrame:
    import pandas as pd  # heavy

    columns = ["group", "layer", "ratio", "low", "high", "extreme_low", "extreme_high"]
    parts = [table.assign(layer=name).reindex(columns=columns) for name, table in layers.items()]
    data = pd.concat([part.astype(dict.fromkeys(columns[2:], float)) for part in parts])
    place = {group: n for n, group in enumerate(dict.fromkeys(data["group"]))}
    return data.sort_values("group", key=lambda s: s.map(place), kind="stable").reset_index(
        drop=True
    )


def _limits(drawn: pd.DataFrame) -> tuple[float, float]:
    import numpy as np  # heavy

    every = drawn[["low", "high", "extreme_low", "extreme_high"]].to_numpy(float).ravel()
    every = every[np.isfinite(every) & (every > 0)]
    low, high = float(every.min(initial=0.8)), float(every.max(initial=1.25))
    # Room at the right for the ratio in figures.
    return max(low / 1.15, 1 / _WIDEST), min(high, _WIDEST) * 1.45


def _draw_ratio(axes: Axes, place: int, row: pd.Series, limits: tuple[float, float]) -> None:
    left, right = limits
    if row["extreme_high"] == row["extreme_high"]:
        band = [max(row["extreme_low"], left), min(row["extreme_high"], right)]
        axes.plot(band, [place, place], color=LIGHT, linewidth=9, solid_capstyle="butt", zorder=1)
    is_clear = row["low"] > 1 or row["high"] < 1
    colour = (VERMILION if row["ratio"] > 1 else BLUE) if is_clear else GREY
    ends = [max(row["low"], left), min(row["high"], right)]
    axes.plot(ends, [place, place], color=DARK, linewidth=1.4, zorder=2)
    axes.plot(min(max(row["ratio"], left), right), place, "o", color=colour, markersize=6, zorder=3)
    axes.annotate(
        format_decimal(row["ratio"], 2),
        (1.0, place),
        xycoords=("axes fraction", "data"),
        ha="right",
        va="center",
        fontsize=FONT_PT - 1,
    )


def outcome_chart(groups: pd.DataFrame, *, x_label: str) -> tuple[Figure, pd.DataFrame]:
    """Draw each group's share of stops that end so: as observed, and for equal reasons and areas.

    Parameters
    ----------
    groups
        `OutcomeComparison.groups`; without a fitted model only what was observed is drawn.

    Returns
    -------
    figure, data
        ``group, stops, outcomes, share, low, high, adjusted, adjusted_low, adjusted_high``.
    """
    columns = ["group", "stops", "outcomes", "share", "low", "high"]
    data = groups[[*columns, "adjusted", "adjusted_low", "adjusted_high"]].copy()
    is_fitted = bool(data["adjusted"].notna().any())
    pairs = [("share", "low", "high", GREY, _("observed"))]
    if is_fitted:
        name = _("for the same reasons and areas")
        pairs.append(("adjusted", "adjusted_low", "adjusted_high", BLUE, name))
    with styled_figure(1.5 + 0.5 * max(len(data), 3)) as (figure, axes):
        for n, (share, low, high, colour, name) in enumerate(pairs):
            places = [place + (n - 0.5) * 0.3 * is_fitted for place in range(len(data))]
            axes.hlines(places, data[low], data[high], color=colour, linewidth=1.4)
            axes.plot(data[share], places, "os"[n], color=colour, markersize=6, label=name)
        axes.set_ylim(len(data) - 0.5, -0.5)
        axes.set_yticks(range(len(data)), data["group"])
        right = axes.get_xlim()[1]
        axes.set_xlim(-0.015 * right, right)  # a mark at zero is drawn whole
        axes.grid(visible=False)
        axes.spines["left"].set_visible(False)
        _show_shares(axes)
        axes.set_xlabel(x_label)
        figure.legend(loc="outside upper left", frameon=False, ncols=2, handletextpad=0.2)
    return figure, data


def _show_shares(axes: Axes) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator  # heavy

    axes.xaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda share, _place: format_percent(share, 0)))

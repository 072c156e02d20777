"""Draw an interrupted series, its placebo dates and its residuals.

In: `InterruptedFit`, `PlaceboDistribution`, `Diagnostics`. Out: figures and the numbers drawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from actes.i18n import _, ngettext
from actes.methods.style import (
    BLUE,
    DARK,
    GREY,
    LIGHT,
    VERMILION,
    VERMILION_INK,
    label_ends,
    show_changes,
    show_decimals,
    show_integers,
    show_years,
    styled_figure,
)
from actes.numbers import format_month, format_signed_percent

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from actes.methods.interrupted import InterruptedFit, PlaceboDistribution
    from actes.methods.interrupted.diagnostics import Diagnostics

__all__ = ["acf_chart", "placebo_chart", "series_chart"]


def series_chart(
    fit: InterruptedFit, *, y_label: str, event_label: str = ""
) -> tuple[Figure, pd.DataFrame]:
    """Draw the series, the model, and the path without the intervention with its band.

    Parameters
    ----------
    y_label
        What is counted, per what.
    event_label
        Name of the intervention; its month is always written.

    Returns
    -------
    figure, data
        ``period, observed, fitted, counterfactual, counterfactual_low, counterfactual_high,
        is_used``.
    """
    path = fit.path
    at = fit.specification.intervention
    x = _years(path.index)
    after = path.index >= at
    with styled_figure(4.0) as (figure, axes):
        axes.fill_between(
            x[after],
            path["counterfactual_low"][after],
            path["counterfactual_high"][after],
            color=VERMILION,
            alpha=0.15,
            linewidth=0,
        )
        axes.plot(x, path["observed"], color=LIGHT, linewidth=0.9, zorder=1)
        axes.scatter(x, path["observed"], s=9, color=_used_colours(path), zorder=2, linewidth=0)
        axes.plot(x[~after], path["fitted"][~after], color=BLUE)
        axes.plot(x[after], path["fitted"][after], color=BLUE)
        axes.plot(x[after], path["counterfactual"][after], color=VERMILION, linestyle=(0, (4, 2)))
        top = _top(path)
        axes.set_ylim(0, top)
        axes.set_xlim(x[0] - 0.1, x[-1] + 0.1)
        _mark_date(axes, float(_years(path.index[after][:1])[0]), at, event_label)
        ends = path.iloc[-12:].mean(numeric_only=True)
        labels = [
            (float(ends["fitted"]), _("model"), BLUE),
            (float(ends["counterfactual"]), _("without\nthe event"), VERMILION_INK),
            (float(ends["observed"]), _("observed"), GREY),
        ]
        label_ends(axes, labels, at=float(x[-1]), gap=0.13 * top)
        axes.set_title(y_label)  # above the axis: a word on its side is hard to read
        show_integers(axes.yaxis)
        show_years(axes, path.index[0].year, path.index[-1].year)
    return figure, path.rename_axis("period").reset_index()


def _top(path: pd.DataFrame) -> float:
    """Make room for what was observed, then for the model and its band as far as is readable."""
    observed = float(path["observed"].max())
    other = float(path[["fitted", "counterfactual_high"]].max().max())
    return 1.08 * max(observed, min(other, 1.5 * observed), 1.0)


def _years(index: pd.Index) -> np.ndarray:
    import numpy as np  # heavy

    starts = index.to_timestamp()  # type: ignore[attr-defined]
    return np.asarray(starts.year + (starts.day_of_year - 1) / 365.25, dtype=float)


def _used_colours(path: pd.DataFrame) -> list[str]:
    # A period left out of the fit stays visible, but hollowed of its weight.
    return [GREY if used else LIGHT for used in path["is_used"]]


def _mark_date(axes: Axes, x: float, at: pd.Period, event_label: str) -> None:
    axes.axvline(x, color=DARK, linewidth=0.8)
    month = format_month(at.start_time.date())
    text = f"{event_label}\n{month}" if event_label else month
    left, right = axes.get_xlim()
    is_late = x > left + (right - left) / 2
    axes.annotate(
        text,
        (x, 1.0),
        xycoords=("data", "axes fraction"),
        xytext=(-5 if is_late else 5, -2),
        textcoords="offset points",
        ha="right" if is_late else "left",
        va="top",
        bbox={"facecolor": "white", "alpha": 0.75, "edgecolor": "none", "pad": 1},
    )


def placebo_chart(
    placebo: PlaceboDistribution, *, x_label: str | None = None
) -> tuple[Figure, pd.DataFrame]:
    """Draw the effects of the false dates as piled dots, and the real one among them.

    Returns
    -------
    figure, data
        ``date, change, is_actual``: one row per false date, then the real one (no date).
    """
    import numpy as np  # heavy
    import pandas as pd

    changes = placebo.effects["change"].to_numpy(float)
    every = np.append(changes, placebo.actual_change)
    low, high = min(every.min(), 0.0), max(every.max(), 0.0)
    width = (high - low) / 36 or 0.01
    x, heights = _piled(changes, width)
    with styled_figure(2.8) as (figure, axes):
        tallest = float(heights.max(initial=1.0))
        axes.scatter(x, heights, s=min(6.5, 110 / (tallest + 2)) ** 2, color=GREY, linewidth=0)
        axes.axvline(0, color=GREY, linewidth=0.8)
        axes.plot([placebo.actual_change] * 2, [0, tallest + 1], color=VERMILION)
        is_right = placebo.actual_change > (low + high) / 2
        axes.annotate(
            _("real date: {change}").format(change=format_signed_percent(placebo.actual_change)),
            (placebo.actual_change, tallest + 1),
            xytext=(-6 if is_right else 6, 0),
            textcoords="offset points",
            ha="right" if is_right else "left",
            va="center",
            color=VERMILION_INK,
        )
        axes.set_ylim(0, tallest + 2)
        axes.set_xlim(low - 3 * width, high + 3 * width)
        axes.set_xlabel(x_label or _placebo_label(placebo))
        axes.yaxis.set_visible(False)
        axes.spines["left"].set_visible(False)
        show_changes(axes.xaxis)
    drawn = placebo.effects[["date", "change"]].assign(is_actual=False)
    actual = pd.DataFrame(
        {"date": [pd.NaT], "change": [placebo.actual_change], "is_actual": [True]}
    )
    return figure, pd.concat(
        [drawn.astype({"date": object}), actual.astype({"date": object})], ignore_index=True
    )


def _placebo_label(placebo: PlaceboDistribution) -> str:
    text = ngettext(
        "estimated change at {n} date before the intervention (one dot)",
        "estimated change at {n} dates before the intervention (one dot each)",
        placebo.n,
    )
    return text.format(n=placebo.n)


def _piled(values: np.ndarray, width: float) -> tuple[np.ndarray, np.ndarray]:
    """Pile dots that fall within ``width`` of each other; return their places."""
    import numpy as np  # heavy

    cells = np.round(values / width)
    order = np.argsort(values, kind="stable")
    heights = np.zeros(len(values))
    seen: dict[float, int] = {}
    for place in order:
        seen[cells[place]] = seen.get(cells[place], 0) + 1
        heights[place] = seen[cells[place]]
    return cells * width, heights


def acf_chart(
    diagnostics: Diagnostics, *, x_label: str | None = None
) -> tuple[Figure, pd.DataFrame]:
    """Draw the residuals' autocorrelations, with the band of an uncorrelated series.

    Returns
    -------
    figure, data
        ``lag, autocorrelation, low, high``.
    """
    acf = diagnostics.acf
    low, high = float(acf["low"].iloc[0]), float(acf["high"].iloc[0])
    is_out = ((acf["autocorrelation"] > high) | (acf["autocorrelation"] < low)).to_numpy()
    with styled_figure(3.0) as (figure, axes):
        axes.axhspan(low, high, color=LIGHT, alpha=0.5, linewidth=0)
        axes.axhline(0, color=GREY, linewidth=0.8)
        colours = [VERMILION if out else BLUE for out in is_out]
        axes.vlines(acf["lag"], 0, acf["autocorrelation"], color=colours, linewidth=3)
        reach = max(0.5, 1.15 * float(acf["autocorrelation"].abs().max()))
        axes.set_ylim(-reach, reach)
        axes.set_xlim(0.3, float(acf["lag"].max()) + 0.7)
        step = 3 if len(acf) > 9 else 1
        axes.set_xticks(range(step, int(acf["lag"].max()) + 1, step))
        axes.text(
            1,
            0.98,
            _("grey band: no autocorrelation"),
            transform=axes.transAxes,
            ha="right",
            va="top",
            color=GREY,
        )
        axes.set_xlabel(x_label or _("lag, in periods"))
        axes.set_title(_("autocorrelation"))
        show_decimals(axes.yaxis)
    return figure, acf

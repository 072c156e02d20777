"""Draw a forecast as a fan that opens from the past.

In: `CountForecast`. Out: figures and the numbers drawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from actes.i18n import _
from actes.methods.forecast.scores import interval_names
from actes.methods.style import (
    BLUE,
    DARK,
    GREY,
    LIGHT,
    label_ends,
    show_integers,
    styled_figure,
)
from actes.numbers import format_date, format_month, format_percent

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from actes.methods.forecast import CountForecast, ForecastPlan

__all__ = ["outlook_chart"]

_SHADES = ("#8FBFDD", "#C3DDED", "#E1EEF6")
"""Bands from the narrowest interval out; told apart in grey too."""


def outlook_chart(forecast: CountForecast, *, y_label: str) -> tuple[Figure, pd.DataFrame]:
    """Draw the recent past, the forecast and its intervals.

    Parameters
    ----------
    y_label
        What is counted, per what.

    Returns
    -------
    figure, data
        ``period, observed, median, mean`` and the limits of each interval; one row per period
        drawn, past then future.
    """
    import numpy as np  # heavy

    data = _drawn(forecast)
    x = np.arange(len(data))
    known = data["observed"].notna().to_numpy()
    ahead = ~known
    with styled_figure(4.0) as (figure, axes):
        shades = _SHADES[: len(forecast.plan.levels)]
        for level, shade in zip(reversed(forecast.plan.levels), reversed(shades), strict=True):
            low, high = interval_names(level)
            axes.fill_between(x[ahead], data[low][ahead], data[high][ahead], color=shade, lw=0)
        axes.plot(x[known], data["observed"][known], color=GREY, linewidth=1.2)
        axes.plot(x[ahead], data["median"][ahead], color=BLUE)
        if forecast.plan.horizon == 1:
            axes.plot(x[ahead], data["median"][ahead], "o", color=BLUE)
        axes.axvline(float(x[known][-1]) + 0.5, color=LIGHT, linewidth=1)
        top = 1.08 * max(_reach(data, forecast.plan), 1.0)
        axes.set_ylim(0, top)
        axes.set_xlim(-0.5, len(x) - 0.5)
        axes.text(
            float(x[known][-1]), 0.03 * top, _("observed"), color=DARK, ha="right", va="bottom"
        )
        label_ends(axes, _end_labels(data.iloc[-1], forecast.plan), at=len(x) - 0.5, gap=0.07 * top)
        axes.set_title(y_label)
        show_integers(axes.yaxis)
        _show_periods(axes, data["period"])
    return figure, data


def _drawn(forecast: CountForecast) -> pd.DataFrame:
    import pandas as pd  # heavy

    plan = forecast.plan
    n_seasons = 5 if plan.season <= 12 else 3
    n_past = min(len(forecast.series), max(n_seasons * plan.season, 2 * plan.horizon))
    past = forecast.series.iloc[-n_past:].rename("observed").astype(float).to_frame()
    future = forecast.path.assign(observed=float("nan"))
    joined = pd.concat([past.reindex(columns=future.columns), future])
    columns = ["observed", *(name for name in joined.columns if name != "observed")]
    return joined[columns].rename_axis("period").reset_index()


def _reach(data: pd.DataFrame, plan: ForecastPlan) -> float:
    """Make room for the past and the narrower band, then for the wider as far as is readable."""
    past = max(float(data["observed"].max()), float(data["median"].max()))
    widest = float(data[interval_names(plan.levels[-1])[1]].max())
    return min(widest, 2.5 * past)


def _end_labels(last: pd.Series, plan: ForecastPlan) -> list[tuple[float, str, str]]:
    highs = [(float(last[interval_names(level)[1]]), level) for level in plan.levels]
    labels = [(high, format_percent(level, 0), DARK) for high, level in highs]
    return [(float(last["median"]), _("forecast"), BLUE), *labels]


def _show_periods(axes: Axes, periods: pd.Series) -> None:
    """Write years under their first period, or a few dates when there are no years to tell."""
    starts = periods.dt.start_time
    years = starts.dt.year
    firsts = [place for place in range(1, len(years)) if years[place] != years[place - 1]]
    if len(firsts) >= 3:
        kept = firsts[:: max(1, -(-len(firsts) // 7))]
        axes.set_xticks(kept, [str(years[place]) for place in kept])
        return
    step = max(1, -(-len(starts) // 4))
    kept = list(range(step // 2, len(starts), step))
    is_monthly = bool((starts.dt.day == 1).all())
    shown = [
        format_month(starts[place], width="MMM") if is_monthly else format_date(starts[place])
        for place in kept
    ]
    axes.set_xticks(kept, shown)

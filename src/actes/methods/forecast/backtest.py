"""Replay the past: forecast from earlier dates, with what was known then, and keep the score.

In: a series, a plan. Out: `Backtest`: every replayed forecast, the scores, the model chosen, and
its score on periods that had no part in the choice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from actes.i18n import _
from actes.methods.caveats import Caveat
from actes.methods.forecast.candidates import fit_candidate, name_of_candidate
from actes.methods.forecast.scores import (
    coverage_name,
    interval_names,
    mase_scale,
    weighted_interval_score,
)

if TYPE_CHECKING:
    import pandas as pd

    from actes.methods.forecast.plan import CandidateName, ForecastPlan
    from actes.methods.forecast.predictive import Predictive

__all__ = ["Backtest", "forecast_frame", "replay"]


@dataclass(frozen=True)
class Backtest:
    """Forecasts of the past, judged.

    Parameters
    ----------
    rows
        One row per model, origin and step: ``model, origin, step, target, observed, median``, the
        limits of the intervals, ``error`` (absolute), ``mase``, ``wis``, ``part``: ``choice``
        (known before the control periods), ``control``, or ``neither``.
    summary
        One row per model: ``model, n, mae, mase, wis, relative_wis`` (to the naive one, all
        replays), ``choice_wis``, ``coverage_80``…, ``is_chosen``.
    by_step
        The chosen model's ``step, n, mae``, coverage, one row per step.
    chosen
        Smallest score on the periods of the choice.
    control_skill
        Share by which the chosen model's score beats the naive one's on the control periods;
        negative when it loses, 0 when it is the naive one.
    n_control
        Forecasts of the chosen model on the control periods.
    caveats
        Models withdrawn.
    """

    rows: pd.DataFrame
    summary: pd.DataFrame
    by_step: pd.DataFrame
    chosen: CandidateName
    control_skill: float
    n_control: int
    caveats: tuple[Caveat, ...]

    @property
    def beats_naive(self) -> bool:
        """Whether the model chosen beats the seasonal naive one, in control and over all."""
        relative = float(self.summary[self.summary["is_chosen"]]["relative_wis"].iloc[0])
        return self.chosen != "naive" and self.control_skill > 0 and relative < 1


def replay(series: pd.Series, plan: ForecastPlan) -> Backtest:
    """Forecast from ``plan.n_origins`` earlier dates and choose a model.

    Every replay learns from the periods before its date only. The model is chosen on the periods
    that precede the last third of the dates; that last third judges it (Tashman 2000,
    *International Journal of Forecasting* 16, on rolling origins).
    """
    import pandas as pd  # heavy

    results, caveats = [], []
    for name in plan.names:
        replays = _replays(name, series, plan)
        if replays is None:
            text = _("The model “{model}” could not be fitted to this series and is withdrawn.")
            caveats.append(Caveat("withdrawn", text.format(model=name_of_candidate(name))))
        else:
            results.append(replays)
    rows = _with_parts(pd.concat(results, ignore_index=True), series, plan)
    choice = rows[rows["part"] == "choice"].groupby("model", sort=False)["wis"].mean().to_dict()
    chosen = min((name for name in plan.names if name in choice), key=choice.__getitem__)
    skill, n_control = _control(rows, chosen)
    return Backtest(
        rows=rows,
        summary=_summary(rows, choice, chosen, plan),
        by_step=_by_step(rows[rows["model"] == chosen], plan),
        chosen=chosen,
        control_skill=skill,
        n_control=n_control,
        caveats=tuple(caveats),
    )


def forecast_frame(future: Predictive, plan: ForecastPlan) -> pd.DataFrame:
    """Write a future as ``median``, and ``low_80, high_80`` for each level."""
    import pandas as pd  # heavy

    columns: dict[str, float] = {"median": 0.5}
    for level in plan.levels:
        low, high = interval_names(level)
        columns |= {low: (1 - level) / 2, high: (1 + level) / 2}
    return pd.DataFrame(future.quantiles(list(columns.values())), columns=list(columns))


def _origins(n: int, plan: ForecastPlan) -> list[int]:
    """Number of periods known at each replay, oldest first; the last one tests a whole horizon."""
    last = n - plan.horizon
    return [last - plan.step * k for k in reversed(range(plan.n_origins))]


def _replays(name: CandidateName, series: pd.Series, plan: ForecastPlan) -> pd.DataFrame | None:
    import numpy as np  # heavy
    import pandas as pd

    frames = []
    for n_known in _origins(len(series), plan):
        past = series.iloc[:n_known]
        ahead = series.iloc[n_known : n_known + plan.horizon]
        try:
            future = fit_candidate(name, past, plan).future
        except (np.linalg.LinAlgError, ValueError):
            return None
        frame = forecast_frame(future, plan)
        observed = ahead.to_numpy(float)
        scale = mase_scale(past.to_numpy(float), plan.season)
        frame.insert(0, "model", name)
        frame.insert(1, "origin", past.index[-1])
        frame.insert(2, "step", np.arange(1, len(frame) + 1))
        frame.insert(3, "target", ahead.index)
        frame.insert(4, "observed", observed)
        frame["error"] = np.abs(observed - frame["median"])
        frame["mase"] = frame["error"] / scale if scale else np.nan
        frame["wis"] = weighted_interval_score(observed, frame, plan.levels)
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def _with_parts(rows: pd.DataFrame, series: pd.Series, plan: ForecastPlan) -> pd.DataFrame:
    import numpy as np  # heavy

    origins = _origins(len(series), plan)
    first_control = series.index[origins[-max(plan.n_origins // 3, 1)] - 1]
    is_control = (rows["origin"] >= first_control).to_numpy()
    is_choice = (rows["target"] <= first_control).to_numpy()
    part = np.where(is_control, "control", np.where(is_choice, "choice", "neither"))
    return rows.assign(part=part)


def _control(rows: pd.DataFrame, chosen: CandidateName) -> tuple[float, int]:
    control = rows[rows["part"] == "control"]
    naive, ours = (control[control["model"] == name]["wis"] for name in ("naive", chosen))
    return (1 - float(ours.mean() / naive.mean()) if naive.any() else 0.0), len(ours)


def _covered(rows: pd.DataFrame, level: float) -> pd.Series:
    low, high = interval_names(level)
    return (rows["observed"] >= rows[low]) & (rows["observed"] <= rows[high])


def _summary(
    rows: pd.DataFrame, choice: dict[Any, float], chosen: CandidateName, plan: ForecastPlan
) -> pd.DataFrame:
    groups = rows.groupby("model", sort=False)
    summary = groups.agg(n=("step", "size"), mae=("error", "mean"), mase=("mase", "mean"))
    summary["wis"] = groups["wis"].mean()
    summary["relative_wis"] = summary["wis"] / summary["wis"].iloc[0]  # the naive one is first
    summary["choice_wis"] = summary.index.map(choice)
    for level in plan.levels:
        covered = _covered(rows, level).groupby(rows["model"], sort=False).mean()
        summary[coverage_name(level)] = covered
    summary["is_chosen"] = summary.index == chosen
    return summary.reset_index()


def _by_step(rows: pd.DataFrame, plan: ForecastPlan) -> pd.DataFrame:
    steps = rows.groupby("step")
    table = steps.agg(n=("step", "size"), mae=("error", "mean"))
    for level in plan.levels:
        table[coverage_name(level)] = _covered(rows, level).groupby(rows["step"]).mean()
    return table.reset_index()

"""Answer: how many, and how wrong may we be.

In: a series, a plan. Out: `CountForecast`: the future of the model chosen, its total, the errors
of the past, and reserves about breaks, coverage, memory and the last period.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from actes.i18n import _
from actes.methods.caveats import Caveat
from actes.methods.forecast.backtest import Backtest, forecast_frame, replay
from actes.methods.forecast.candidates import Candidate, fit_candidate, name_of_candidate
from actes.methods.forecast.periods import frequency_of, season_year
from actes.methods.forecast.plan import ForecastPlan, check_plan
from actes.methods.forecast.scores import coverage_name
from actes.methods.interrupted.diagnostics import Diagnostics
from actes.numbers import format_p, format_percent, format_signed_percent

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    import pandas as pd

__all__ = ["CountForecast", "Total", "forecast_counts"]

LOW_MEAN = 5
BREAK = 0.20
LAST_RESIDUAL = -3.0
N_PATHS = 10_000


@dataclass(frozen=True)
class Total:
    """Sum over the whole horizon.

    Parameters
    ----------
    median, low, high
        Centre, and limits of the widest interval.
    level
        Of that interval.
    """

    median: float
    low: float
    high: float
    level: float


@dataclass(frozen=True)
class CountForecast:
    """A forecast with its proof.

    Parameters
    ----------
    series, plan
        What was asked.
    backtest
        The replays that chose the model and tell how wrong it was.
    path
        Indexed by period: ``median, mean`` and the limits of each interval.
    total
        Of all the periods forecast.
    usual_error, large_error
        Relative error that half, and nine in ten, of the replayed forecasts stayed within.
    diagnostics
        Of the one-step errors of the model on the whole series.
    caveats
        Reserves.
    """

    series: pd.Series
    plan: ForecastPlan
    backtest: Backtest
    path: pd.DataFrame
    total: Total
    usual_error: float
    large_error: float
    diagnostics: Diagnostics
    caveats: tuple[Caveat, ...]


def forecast_counts(
    series: pd.Series, plan: ForecastPlan, *, caveats: tuple[Caveat, ...] = ()
) -> CountForecast:
    """Replay the past, choose a model, forecast with it.

    Parameters
    ----------
    series
        Counts by period, without a gap (see `counts_by_period`).
    caveats
        Reserves about the series itself, to be carried along.

    Raises
    ------
    ParameterError, TableError
        As `plan.check_plan`.
    """
    import pandas as pd  # heavy

    check_plan(series, plan)
    backtest = replay(series, plan)
    model = fit_candidate(backtest.chosen, series, plan)
    path = forecast_frame(model.future, plan)
    path.insert(1, "mean", model.future.mean())
    path.index = pd.period_range(
        series.index[-1] + 1, periods=plan.horizon, freq=frequency_of(series)
    )
    mine = backtest.rows[backtest.rows["model"] == backtest.chosen]
    relative = (mine["error"] / mine["observed"])[mine["observed"] > 0]
    diagnostics = _diagnose(model, plan)
    return CountForecast(
        series=series,
        plan=plan,
        backtest=backtest,
        path=path,
        total=_total(model, plan),
        usual_error=float(relative.quantile(0.5)),
        large_error=float(relative.quantile(0.9)),
        diagnostics=diagnostics,
        caveats=(
            *caveats,
            *backtest.caveats,
            *model.caveats,
            *_series_caveats(series, plan),
            *_backtest_caveats(backtest, plan),
            *_residual_caveats(model, diagnostics),
        ),
    )


def _total(model: Candidate, plan: ForecastPlan) -> Total:
    import numpy as np  # heavy

    level = plan.levels[-1]
    sums = model.future.paths(N_PATHS, seed=plan.seed).sum(axis=1)
    low, median, high = np.quantile(sums, [(1 - level) / 2, 0.5, (1 + level) / 2])
    return Total(float(median), float(low), float(high), level)


def _diagnose(model: Candidate, plan: ForecastPlan) -> Diagnostics:
    import numpy as np  # heavy
    import pandas as pd
    from statsmodels.stats.stattools import durbin_watson

    residuals = model.residuals
    n = len(residuals)
    last = max(min(2 * plan.season, n // 3, 36), model.n_lags + 1)
    tested = min(last, max(plan.season, model.n_lags + 1))
    is_exact = not np.ptp(residuals)  # no error at all: nothing to correlate
    correlations, statistic, p = (
        (np.zeros(last), 0.0, np.nan)
        if is_exact
        else _memory(residuals, last, tested, model.n_lags)
    )
    limit = 1.96 / np.sqrt(n)
    lags = np.arange(1, last + 1)
    return Diagnostics(
        pd.DataFrame({"lag": lags, "autocorrelation": correlations, "low": -limit, "high": limit}),
        pd.DataFrame({"lag": [tested], "statistic": [statistic], "p": [p]}),
        np.nan if is_exact else float(durbin_watson(residuals)),
    )


def _memory(
    residuals: np.ndarray, last: int, tested: int, n_lags: int
) -> tuple[np.ndarray, float, float]:
    """Return autocorrelations, then Ljung and Box's statistic and its p."""
    from statsmodels.stats.diagnostic import acorr_ljungbox
    from statsmodels.tsa.stattools import acf

    test = acorr_ljungbox(residuals, lags=[tested], model_df=n_lags)
    correlations = acf(residuals, nlags=last, fft=False)[1:]
    return correlations, float(test["lb_stat"].iloc[0]), float(test["lb_pvalue"].iloc[0])


def _series_caveats(series: pd.Series, plan: ForecastPlan) -> Iterator[Caveat]:
    if float(series.mean()) < LOW_MEAN:
        text = _(
            "Fewer than {n} events per period on average: intervals from a normal law are rough. "
            "Forecast longer periods, or a wider category."
        )
        yield Caveat("low-counts", text.format(n=LOW_MEAN))
    year = season_year(plan.season)
    if len(series) < 3 * year:
        text = _("Less than three years of figures: the season of a year is hardly known.")
        yield Caveat("short-series", text)
    else:
        yield from _break_caveats(series, year)


def _break_caveats(series: pd.Series, year: int) -> Iterator[Caveat]:
    # Years end with the last period, so that the most recent change is seen whole.
    ends = range(len(series), year - 1, -year)
    totals = [float(series.iloc[end - year : end].sum()) for end in ends][::-1]
    changes = [later / earlier - 1 for earlier, later in pairwise(totals) if earlier > 0]
    largest = max(changes, key=abs, default=0.0)
    if abs(largest) >= BREAK:
        text = _(
            "From one year to the next the total changed by as much as {change}: a break like that "
            "one is not in any model, and would make these intervals wrong."
        )
        yield Caveat("structural-break", text.format(change=format_signed_percent(largest, 0)))


def _backtest_caveats(backtest: Backtest, plan: ForecastPlan) -> Iterator[Caveat]:
    if not backtest.beats_naive:
        yield Caveat("not-better-than-naive", _verdict_on_naive(backtest))
    row = backtest.summary[backtest.summary["is_chosen"]].iloc[0]
    yield from _coverage_caveats(row, plan)
    if plan.step < plan.horizon:
        text = _(
            "The {n} replays overlap: their scores are less certain than so many independent ones."
        )
        yield Caveat("overlapping-replays", text.format(n=plan.n_origins))


def _coverage_caveats(row: pd.Series, plan: ForecastPlan) -> Iterator[Caveat]:
    for level in plan.levels:
        covered = float(row[coverage_name(level)])
        # Replays overlap: they are worth about as many trials as there are dates.
        doubt = 2 * (level * (1 - level) / plan.n_origins) ** 0.5
        shown = {"level": format_percent(level, 0), "covered": format_percent(covered, 0)}
        if covered < level - doubt:
            text = _(
                "The intervals at {level} held only {covered} of the replayed figures: they are "
                "too narrow, widen them in your mind."
            )
            yield Caveat("undercoverage", text.format(**shown))
        elif covered > min(level + doubt, 0.5 + level / 2):
            text = _(
                "The intervals at {level} held {covered} of the replayed figures: they are wider "
                "than they need be, often because an old break still weighs on them."
            )
            yield Caveat("overcoverage", text.format(**shown))


def _verdict_on_naive(backtest: Backtest) -> str:
    if backtest.chosen == "naive":
        return _(
            "No model does better than repeating the same period of last season: that is what is "
            "shown here."
        )
    return _(
        "“{model}” does not beat the repetition of last season both over all the replays and on "
        "the periods that had no part in the choice: its lead may be chance."
    ).format(model=name_of_candidate(backtest.chosen))


def _residual_caveats(model: Candidate, diagnostics: Diagnostics) -> Iterator[Caveat]:
    p = float(diagnostics.ljung_box["p"].iloc[0])
    if p < 0.05:
        text = _(
            "One-step errors are correlated over {lag} lags (Ljung–Box, p {p}): the model does not "
            "use all that the past says, and its intervals may be wrong."
        )
        lag = int(diagnostics.ljung_box["lag"].iloc[0])
        yield Caveat("autocorrelation", text.format(lag=lag, p=format_p(p)))
    if model.residuals[-1] < LAST_RESIDUAL:
        text = _("The last period is far below the model: is it complete? If not, leave it out.")
        yield Caveat("incomplete-last-period", text)

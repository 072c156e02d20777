"""Forecast counts by month, week, day or hour, with intervals that have been put to the test.

In: counts by period, a `ForecastPlan`. Out: `CountForecast`. One job a module: `periods` makes a
regular series, `holidays` knows Québec's calendar, `predictive` gives quantiles from a model's
future, `candidates` fits the models, `scores` judges, `backtest` replays the past, `outlook`
puts the answer together.
"""

from actes.methods.forecast.backtest import Backtest
from actes.methods.forecast.outlook import CountForecast, forecast_counts
from actes.methods.forecast.periods import PeriodCounts, counts_by_period
from actes.methods.forecast.plan import CandidateName, ForecastPlan, Transformation

__all__ = [
    "Backtest",
    "CandidateName",
    "CountForecast",
    "ForecastPlan",
    "PeriodCounts",
    "Transformation",
    "counts_by_period",
    "forecast_counts",
]

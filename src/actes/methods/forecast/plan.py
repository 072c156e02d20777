"""State what is asked of a forecast, and refuse what cannot be answered.

In: choices, a series. Out: a checked `ForecastPlan`. Only here: how long a series must be.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from actes.errors import ParameterError
from actes.i18n import _, ngettext
from actes.methods.counts import check_counts

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["CandidateName", "ForecastPlan", "Transformation", "check_plan"]

CandidateName = Literal["naive", "ets", "sarima", "regression"]
Transformation = Literal["none", "log", "root"]

SEASONS = (7, 12, 24, 52, 168)


@dataclass(frozen=True)
class ForecastPlan:
    """What is asked.

    Parameters
    ----------
    horizon
        Periods to forecast.
    season
        Periods in a season: 12 (months), 52 (weeks), 7 (days), 24 or 168 (hours).
    n_origins, step
        How many times the past is replayed, and how many periods apart.
    candidates
        Models that compete; the seasonal naive one always takes part.
    transformation
        Of the counts, for the models with normal errors: ``none``, ``log`` or ``root``.
    levels
        Levels of the intervals, increasing shares of 1.
    seed
        Of the simulated paths.
    """

    horizon: int = 12
    season: int = 12
    n_origins: int = 9
    step: int = 3
    candidates: tuple[CandidateName, ...] = ("naive", "ets", "sarima", "regression")
    transformation: Transformation = "log"
    levels: tuple[float, ...] = (0.80, 0.95)
    seed: int = 20260101

    @property
    def probabilities(self) -> tuple[float, ...]:
        """Probabilities of the quantiles behind the intervals, increasing, 0.5 among them."""
        tails = [(1 - level) / 2 for level in self.levels]
        return tuple(sorted({0.5, *tails, *(1 - tail for tail in tails)}))

    @property
    def names(self) -> tuple[CandidateName, ...]:
        """The candidates, the seasonal naive one first."""
        return ("naive", *(name for name in self.candidates if name != "naive"))

    @property
    def n_replayed(self) -> int:
        """Periods at the end of the series that the replays do not learn from at first."""
        return self.horizon + (self.n_origins - 1) * self.step


def check_plan(series: pd.Series, plan: ForecastPlan) -> None:
    """Refuse choices that the series cannot answer.

    Raises
    ------
    ParameterError
        P352, the series is too short; P354, a zero where logarithms are taken; P356, an unknown
        choice.
    TableError
        P200, P201, negative or fractional counts.
    """
    _check_choices(plan)
    check_counts(series)
    needed = 2 * plan.season + plan.n_replayed
    if len(series) < needed:
        raise ParameterError(
            "P352",
            _("The series is too short to learn from and to be put to the test."),
            found=ngettext("{n} period", "{n} periods", len(series)).format(n=len(series)),
            expected=_("at least {n}: two seasons, then the periods replayed").format(n=needed),
            next_step=_("Ask for a shorter horizon or for fewer replays, closer together."),
        )
    n_zero = int((series == 0).sum())
    if plan.transformation == "log" and n_zero:
        raise ParameterError(
            "P354",
            _("Logarithms are asked for, and the series holds zeros."),
            found=ngettext(
                "{n} period without any event", "{n} periods without any event", n_zero
            ).format(n=n_zero),
            expected=_("at least one event in each period"),
            next_step=_("Choose square roots, a longer period or a wider category."),
        )


def _check_choices(plan: ForecastPlan) -> None:
    wrong = [
        (str(value), ", ".join(map(str, known)))
        for value, known in (
            (plan.season, SEASONS),
            (plan.transformation, get_args(Transformation)),
            *((name, get_args(CandidateName)) for name in plan.candidates),
        )
        if value not in known
    ]
    bounds = (("horizon", plan.horizon, 1, 104), ("n_origins", plan.n_origins, 3, 60))
    wrong += [
        (f"{name} = {value}", f"{low} … {high}")
        for name, value, low, high in (*bounds, ("step", plan.step, 1, 104))
        if not low <= value <= high
    ]
    is_increasing = list(plan.levels) == sorted(set(plan.levels))
    if not plan.levels or not is_increasing or not all(0.5 <= x < 1 for x in plan.levels):
        wrong.append((", ".join(map(str, plan.levels)), _("increasing, from 0.5, below 1")))
    if wrong:
        raise ParameterError(
            "P356",
            _("The forecast cannot be specified so."),
            found="; ".join(found for found, _known in wrong),
            expected="; ".join(known for _found, known in wrong),
            next_step=_("Choose one of these values."),
        )

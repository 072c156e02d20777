"""Add up dated counts into a regular series of months, weeks, days or hours.

In: rows with a date and a count. Out: `PeriodCounts`: one count for each period, without a gap,
without a half period at either end.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from actes.errors import ParameterError, TableError
from actes.i18n import _, ngettext
from actes.methods.caveats import Caveat
from actes.methods.counts import check_counts

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["FREQUENCIES", "PeriodCounts", "counts_by_period", "frequency_of", "season_year"]

FREQUENCIES = {7: "D", 12: "M", 24: "h", 52: "W-SUN", 168: "h"}
"""The period that each length of season is made of (pandas; a week begins on Monday)."""


@dataclass(frozen=True)
class PeriodCounts:
    """A regular series.

    Parameters
    ----------
    series
        Counts by period (``PeriodIndex``), every period present.
    caveats
        What was left out to make it so.
    """

    series: pd.Series
    caveats: tuple[Caveat, ...] = ()


def counts_by_period(
    table: pd.DataFrame, *, date: str, count: str, season: int, precision: str
) -> PeriodCounts:
    """Sum counts over the periods that a season of ``season`` periods is made of.

    Parameters
    ----------
    table
        Rows of one category; several rows for one period (areas, single events) are added up.
    date
        Column of timestamps in local time.
    precision
        What ``date`` is known to: ``year``, ``month`` or ``day`` (times of day included).

    Returns
    -------
    PeriodCounts
        A first or last period that the dates do not cover from end to end is left out.

    Raises
    ------
    ParameterError
        P353, dates are not precise enough for this season.
    TableError
        P200, P201; P350, no row; P351, a period without any row; P355, dates with a time zone.
    """
    import pandas as pd  # heavy

    if table.empty:
        raise TableError("P350", _("There is nothing to forecast: no row is left."))
    check_counts(table[count])
    dates = table[date]
    if isinstance(dates.dtype, pd.DatetimeTZDtype):
        raise TableError(
            "P355",
            _("The dates carry a time zone: an evening could be counted on the next day."),
            next_step=_("Convert the dates to local time, without a zone, before ingesting them."),
        )
    _check_precision(dates, season, precision)
    periods = dates.dt.to_period(FREQUENCIES[season])
    sums = table[count].groupby(periods.to_numpy()).sum()
    sums.index = pd.PeriodIndex(sums.index, freq=FREQUENCIES[season])
    is_finer = precision == "day" and season in (12, 52)
    series, caveats = _without_half_periods(sums, dates) if is_finer else (sums, ())
    _check_complete(series)
    return PeriodCounts(series.astype(int), caveats)


def season_year(season: int) -> int:
    """Periods in a year, for a series whose season has ``season`` periods."""
    return {7: 365, 12: 12, 24: 8766, 52: 52, 168: 8766}[season]


def frequency_of(series: pd.Series) -> str:
    """Return the period of a series, as pandas names it."""
    import pandas as pd  # heavy

    return pd.PeriodIndex(series.index).freqstr


def _check_precision(dates: pd.Series, season: int, precision: str) -> None:
    needed = {7: _("days"), 12: _("months"), 24: _("hours"), 52: _("days"), 168: _("hours")}
    is_enough = precision == "day" or (precision == "month" and season == 12)
    if FREQUENCIES[season] == "h":
        is_enough = is_enough and bool((dates != dates.dt.normalize()).any())
    if not is_enough:
        raise ParameterError(
            "P353",
            _("The dates are not precise enough for this season."),
            found=precision,
            expected=needed[season],
            next_step=_("Choose a season of 12 months, or give more precise dates."),
        )


def _without_half_periods(
    sums: pd.Series, dates: pd.Series
) -> tuple[pd.Series, tuple[Caveat, ...]]:
    days = dates.dt.normalize()
    first, last = sums.index[0], sums.index[-1]
    whole_start = days.min() <= first.start_time
    whole_end = days.max() >= last.end_time.normalize()
    kept = sums.iloc[0 if whole_start else 1 : None if whole_end else -1]
    n_dropped = len(sums) - len(kept)
    if not n_dropped:
        return kept, ()
    text = _(
        "The first or last period is not covered from end to end by the dates; {n} left out: half "
        "a month forecast as a whole one would be a false fall."
    )
    return kept, (Caveat("incomplete-period", text.format(n=n_dropped)),)


def _check_complete(series: pd.Series) -> None:
    import pandas as pd  # heavy

    if series.empty:
        raise TableError("P350", _("There is nothing to forecast: no row is left."))
    index = pd.PeriodIndex(series.index)
    complete = pd.period_range(index[0], index[-1], freq=index.freq)
    n_missing = len(complete) - len(index)
    if n_missing:
        raise TableError(
            "P351",
            _("The series has gaps."),
            found=ngettext(
                "{n} period without a row", "{n} periods without a row", n_missing
            ).format(n=n_missing),
            expected=_("every period from {first} to {last}").format(
                first=index[0], last=index[-1]
            ),
            next_step=_("Give a row with a count of zero where nothing happened."),
        )

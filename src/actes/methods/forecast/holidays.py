"""Know the days on which Québec does not live as usual.

In: periods. Out: how many public holidays and moving days each holds. By rule, for any year:
nothing is fetched.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_left, bisect_right
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["easter", "holiday_columns", "public_holidays"]

_MONDAY = 0


def easter(year: int) -> dt.date:
    """Return Easter Sunday, Gregorian (the anonymous rule of 1876; Meeus 1991, chapter 8)."""
    golden = year % 19
    century, rest = divmod(year, 100)
    leap, of_four = divmod(century, 4)
    moon = (century - (century + 8) // 25 + 1) // 3
    epact = (19 * golden + century - leap - moon + 15) % 30
    quarter, remainder = divmod(rest, 4)
    weekday = (32 + 2 * of_four + 2 * quarter - epact - remainder) % 7
    correction = (golden + 11 * epact + 22 * weekday) // 451
    month, day = divmod(epact + weekday - 7 * correction + 114, 31)
    return dt.date(year, month, day + 1)


def public_holidays(year: int) -> frozenset[dt.date]:
    """Public holidays of Québec's Act respecting labour standards, and of its National Holiday.

    New Year's Day, Good Friday, Patriots' Day (the Monday before 25 May), Saint-Jean-Baptiste,
    Canada Day (also moving day), Labour Day, Thanksgiving, Christmas.
    """
    patriots = max(_mondays(year, 5, range(18, 25)))
    labour = min(_mondays(year, 9, range(1, 8)))
    thanksgiving = min(_mondays(year, 10, range(8, 15)))
    fixed = {dt.date(year, month, day) for month, day in ((1, 1), (6, 24), (7, 1), (12, 25))}
    good_friday = easter(year) - dt.timedelta(days=2)
    return frozenset(fixed | {good_friday, patriots, labour, thanksgiving})


def holiday_columns(index: pd.PeriodIndex) -> dict[str, list[float]]:
    """Count the public holidays of each day or week, and mark the week or day of moving day.

    Empty for months, whose season holds them already.
    """
    if index.freqstr.startswith("M"):
        return {}
    years = range(index[0].start_time.year, index[-1].end_time.year + 1)
    holidays = sorted(day for year in years for day in public_holidays(year))
    moving = [dt.date(year, 7, 1) for year in years]
    return {
        "holiday": [float(n) for n in _n_inside(index, holidays)],
        "moving_day": [float(n) for n in _n_inside(index, moving)],
    }


def _mondays(year: int, month: int, days: range) -> list[dt.date]:
    dates = [dt.date(year, month, day) for day in days]
    return [date for date in dates if date.weekday() == _MONDAY]


def _n_inside(index: pd.PeriodIndex, days: list[dt.date]) -> list[int]:
    first, last = index.start_time.date, index.end_time.date
    return [
        bisect_right(days, end) - bisect_left(days, start)
        for start, end in zip(first, last, strict=True)
    ]

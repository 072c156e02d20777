"""Read events that have a place and a day, and refuse those that cannot be measured.

In: coordinates and dates of records. Out: `Events`: metres, days since the first, reserves.
Only here: the refusal of degrees and of dates that are not known to the day.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from actes.errors import TableError
from actes.i18n import _, ngettext
from actes.methods.caveats import Caveat
from actes.numbers import format_integer, format_percent

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import ArrayLike

__all__ = ["Events", "read_events"]

FEWEST_EVENTS = 20
FEW_EVENTS = 100
SHARED_SHARE = 0.3
LONG_PERIOD_DAYS = 3 * 365


@dataclass(frozen=True)
class Events:
    """Events that can be compared.

    Parameters
    ----------
    x, y
        Metres, shape (n,).
    day
        Days since the first event, integers, shape (n,).
    n_dropped
        Rows left out because they lack a place or a date.
    caveats
        Reserves about the records.
    """

    x: np.ndarray
    y: np.ndarray
    day: np.ndarray
    n_dropped: int
    caveats: tuple[Caveat, ...]

    @property
    def n(self) -> int:
        """Number of events."""
        return len(self.day)


def read_events(x: ArrayLike, y: ArrayLike, date: pd.Series, *, frequency: str = "day") -> Events:
    """Keep the events that have a place and a day, and refuse what cannot be measured.

    Parameters
    ----------
    x, y
        Metres, in any projected system. Missing: the event is left out, and counted.
    date
        Timestamps; the hour is dropped. Missing: left out.
    frequency
        How precisely ``date`` is known: ``day``, ``month`` or ``year``.

    Raises
    ------
    TableError
        P400 coordinates in degrees, P401 dates not known to the day, P402 fewer than
        `FEWEST_EVENTS` events, P407 all on one day or at one place.
    """
    import numpy as np  # heavy
    import pandas as pd

    rows = pd.DataFrame({"x": np.asarray(x, float), "y": np.asarray(y, float)})
    rows["date"] = pd.to_datetime(date).dt.tz_localize(None).dt.normalize().to_numpy()
    kept = rows.dropna()
    kept = kept[np.isfinite(kept["x"]) & np.isfinite(kept["y"])]
    if len(kept) < FEWEST_EVENTS:
        raise TableError(
            "P402",
            _("There are too few events to look for near repeats."),
            found=format_integer(len(kept)),
            expected=_("at least {n} events with a place and a day").format(n=FEWEST_EVENTS),
            next_step=_("take a longer period or a wider territory"),
        )
    _check_days(kept["date"], frequency)
    _check_places(kept)
    day = (kept["date"] - kept["date"].min()).dt.days.to_numpy(int)
    n_dropped = len(rows) - len(kept)
    return Events(
        kept["x"].to_numpy(float),
        kept["y"].to_numpy(float),
        day,
        n_dropped,
        _record_caveats(kept, n_dropped),
    )


def _check_days(date: pd.Series, frequency: str) -> None:
    # Dates that all fall on the first of several months are months in disguise.
    is_disguised = date.nunique() > 1 and bool((date.dt.day == 1).all())
    if frequency == "day" and not is_disguised:
        return
    raise TableError(
        "P401",
        _("Near repeats are counted in days, and these dates are not known to the day."),
        found=_("dates on the first of the month only") if frequency == "day" else frequency,
        expected=_("one column of full dates for the role “date”"),
        next_step=_("ask for the day of each event: an open file by month cannot answer"),
    )


def _check_places(rows: pd.DataFrame) -> None:
    if bool((rows["x"].abs() <= 180).all() and (rows["y"].abs() <= 90).all()):
        raise TableError(
            "P400",
            _("Distances are measured in metres, and these coordinates look like degrees."),
            found=_("all x between -180 and 180, all y between -90 and 90"),
            expected=_("projected coordinates, in metres (MTM 8 or UTM 18N for Montréal)"),
            next_step=_("project the file before it is described"),
        )
    same = {
        _("All events are on the same day: nothing can follow anything."): ["date"],
        _("All events are at the same place: nothing is near or far."): ["x", "y"],
    }
    for what, columns in same.items():
        if len(rows[columns].drop_duplicates()) == 1:
            raise TableError(
                "P407", what, expected=_("events spread over several days and several places")
            )


def _record_caveats(rows: pd.DataFrame, n_dropped: int) -> tuple[Caveat, ...]:
    found = []
    if n_dropped:
        text = ngettext(
            "{n} event without a place or a date was left out.",
            "{n} events without a place or a date were left out.",
            n_dropped,
        )
        found.append(Caveat("dropped", text.format(n=format_integer(n_dropped))))
    n_repeated = int(rows.duplicated().sum())
    if n_repeated:
        text = ngettext(
            "{n} event has the same place and the same day as another: if it is the same event "
            "recorded twice, the first cell is too high.",
            "{n} events have the same place and the same day as another: if they are the same "
            "events recorded twice, the first cell is too high.",
            n_repeated,
        )
        found.append(Caveat("repeated-records", text.format(n=format_integer(n_repeated))))
    shared = float(rows.duplicated(["x", "y"], keep=False).mean())
    if shared > SHARED_SHARE:
        text = _(
            "{share} of the events have exactly the same place as another: if points were moved "
            "to intersections to protect privacy, “same place” says nothing of an address."
        )
        found.append(Caveat("shared-places", text.format(share=format_percent(shared, 0))))
    span = int((rows["date"].max() - rows["date"].min()).days) + 1
    if span > LONG_PERIOD_DAYS:
        text = _(
            "The period is {n} days long: a neighbourhood that fills or empties meanwhile looks "
            "like near repeats (Kulldorff & Hjalmars, 1999)."
        )
        found.append(Caveat("long-period", text.format(n=format_integer(span))))
    if len(rows) < FEW_EVENTS:
        text = _("With {n} events only very strong near repeats could be seen.")
        found.append(Caveat("few-events", text.format(n=len(rows))))
    return tuple(found)

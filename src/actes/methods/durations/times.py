"""Read durations from two clocks, and refuse what no clock can show.

In: rows with a start, an end, whether the event was seen. Out: `Durations` in seconds. Only here:
what is censored, and when.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from actes.errors import ParameterError, TableError
from actes.i18n import _, ngettext
from actes.methods.caveats import Caveat
from actes.numbers import format_percent

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pandas as pd

__all__ = ["Durations", "read_durations"]

DAY_S = 86_400
MANY_LOST = 0.05


@dataclass(frozen=True)
class Durations:
    """Durations, some of them only begun.

    Parameters
    ----------
    frame
        ``duration_s`` (above zero), ``is_observed`` (False: censored at ``duration_s``), and the
        columns kept.
    n_excluded
        Rows left out: not positive, or open for no time at all.
    follow_up_s
        Longest duration followed; None without a limit.
    caveats
        Reserves.
    """

    frame: pd.DataFrame
    n_excluded: int
    follow_up_s: float | None
    caveats: tuple[Caveat, ...]


def read_durations(
    table: pd.DataFrame,
    *,
    start: str,
    end: str,
    event: str,
    keep: Sequence[str] = (),
    not_positive: Literal["refuse", "exclude"] = "refuse",
    target_s: float | None = None,
    follow_up_s: float | None = None,
) -> Durations:
    """Subtract clocks; censor what was not seen, what is still open, and what is too long.

    Parameters
    ----------
    table
        One row per call, victim or person.
    start, end, event
        Column names. ``event`` says whether ``end`` is the event awaited (True) or the end of
        the watch (False: cancelled, lost). An ``end`` missing without the event: still open at
        the latest time of the table.
    keep
        Columns of groups, kept as they are.
    not_positive
        What to do with an end that is not after its start: a clock error.
    target_s
        The target that will be asked of these durations, to check that the clocks can tell.
    follow_up_s
        Durations above it are cut there and censored.

    Raises
    ------
    TableError
        P380, ends not after their starts; P381, missing starts or groups; P382, an event without
        its end; P384, clocks of different kinds; P385, an event that is not true or false; P387,
        no event at all.
    ParameterError
        P383, dates without times against a target below a day; P386, a target beyond the
        follow-up.
    """
    starts, ends = (_read_clock(table[name]) for name in (start, end))
    seen = _read_events(table[event])
    _check_clocks(starts, ends)
    _check_target(starts, ends, target_s, follow_up_s)
    _check_known(table[[start, *keep]], ends, seen)
    is_open = ends.isna()
    latest = max(starts.max(), ends.max())
    seconds = (ends.fillna(latest) - starts).dt.total_seconds().to_numpy(float)
    is_wrong = (seconds <= 0) & ~is_open.to_numpy()
    if is_wrong.any() and not_positive == "refuse":
        raise _not_positive(int(is_wrong.sum()))
    kept = seconds > 0
    groups = table.loc[kept, list(keep)].reset_index(drop=True)
    frame, is_cut = _censored(seconds[kept], seen[kept], groups, follow_up_s)
    caveats = (
        *_excluded_caveats(int(is_wrong.sum())),
        *_open_caveats(int((is_open.to_numpy() & kept).sum())),
        *_lost_caveats(float((~seen[kept] & ~is_cut).mean())),
        *_cut_caveats(int(is_cut.sum())),
    )
    return Durations(frame, int((~kept).sum()), follow_up_s, caveats)


def _censored(
    seconds: np.ndarray, seen: np.ndarray, groups: pd.DataFrame, follow_up_s: float | None
) -> tuple[pd.DataFrame, np.ndarray]:
    """Cut what goes beyond the follow-up; refuse durations of which none was seen to its end."""
    import numpy as np  # heavy

    limit = np.inf if follow_up_s is None else follow_up_s
    is_cut = seconds > limit
    is_observed = seen & ~is_cut
    if not is_observed.any():
        raise TableError(
            "P387",
            _("Not a single event was seen: no duration can be estimated."),
            next_step=_("Check the column that says whether the event was seen."),
        )
    groups.insert(0, "duration_s", np.minimum(seconds, limit))
    groups.insert(1, "is_observed", is_observed)
    return groups, is_cut


def _read_clock(clock: pd.Series) -> pd.Series:
    """Read dates without a time of day as midnights; leave the rest as it is."""
    import pandas as pd  # heavy

    kinds = {pd.api.types.infer_dtype(clock, skipna=True)} if clock.dtype == object else set()
    is_dated = kinds == {"date"} or "date32" in str(clock.dtype)
    return pd.to_datetime(clock) if is_dated else clock


def _read_events(events: pd.Series) -> np.ndarray:
    import numpy as np  # heavy

    values = events.to_numpy(dtype=object)
    is_known = np.array([value in (True, False, 0, 1) for value in values], dtype=bool)
    if not is_known.all():
        raise TableError(
            "P385",
            _("The column of events is not all true or false."),
            found=_("{n} other cells").format(n=int((~is_known).sum())),
            expected=_("true when the event awaited was seen, false otherwise"),
            next_step=_("Declare the column as boolean, with its own words for true and false."),
        )
    return values.astype(bool)


def _check_clocks(starts: pd.Series, ends: pd.Series) -> None:
    import pandas as pd  # heavy

    kinds = [pd.api.types.is_datetime64_any_dtype(clock) for clock in (starts, ends)]
    zones = [getattr(clock.dtype, "tz", None) is not None for clock in (starts, ends)]
    if not all(kinds) or zones[0] != zones[1]:
        raise TableError(
            "P384",
            _("Start and end are not two clocks of the same kind."),
            expected=_("two columns of dates and times, both with or both without a time zone"),
            next_step=_("Declare both columns as datetime, in the same time."),
        )


def _check_target(
    starts: pd.Series, ends: pd.Series, target_s: float | None, follow_up_s: float | None
) -> None:
    if target_s is None:
        return
    is_by_day = all(bool((c.dropna() == c.dropna().dt.normalize()).all()) for c in (starts, ends))
    if is_by_day and target_s < DAY_S:
        raise ParameterError(
            "P383",
            _("The target is shorter than what the dates can tell: they have no time of day."),
            found=_("{seconds} seconds").format(seconds=f"{target_s:g}"),
            expected=_("a day (86400 seconds) or more, or times of day"),
            next_step=_("Choose a target in days, or give times of day."),
        )
    if follow_up_s is not None and target_s >= follow_up_s:
        raise ParameterError(
            "P386",
            _("The target lies beyond the follow-up: it can't be judged."),
            found=_("{seconds} seconds").format(seconds=f"{target_s:g}"),
            expected=_("below {seconds} seconds").format(seconds=f"{follow_up_s:g}"),
            next_step=_("Follow durations for longer than the target."),
        )


def _check_known(required: pd.DataFrame, ends: pd.Series, seen: np.ndarray) -> None:
    n_missing = int(required.isna().to_numpy().sum())
    if n_missing:
        raise TableError(
            "P381",
            _("Some rows have no start or no group."),
            found=_("{n} missing cells").format(n=n_missing),
            next_step=_("Complete the source, or give the unknown group a name."),
        )
    n_endless = int((ends.isna().to_numpy() & seen).sum())
    if n_endless:
        raise TableError(
            "P382",
            _("Some events were seen, and have no time."),
            found=ngettext("{n} row", "{n} rows", n_endless).format(n=n_endless),
            expected=_("an end for each event seen"),
            next_step=_("Complete the ends, or mark these events as not seen."),
        )


def _not_positive(n: int) -> TableError:
    return TableError(
        "P380",
        _("Some ends are not after their starts: clocks disagree."),
        found=ngettext(
            "{n} duration that is zero or negative", "{n} durations that are zero or negative", n
        ).format(n=n),
        expected=_("ends after starts"),
        next_step=_("Correct the source, or exclude these rows and say so."),
    )


def _excluded_caveats(n: int) -> tuple[Caveat, ...]:
    if not n:
        return ()
    text = ngettext(
        "{n} duration that is zero or negative (a clock error) is left out.",
        "{n} durations that are zero or negative (clock errors) are left out.",
        n,
    )
    return (Caveat("excluded-durations", text.format(n=n)),)


def _open_caveats(n: int) -> tuple[Caveat, ...]:
    if not n:
        return ()
    text = ngettext(
        "{n} case is still open at the latest time of the table: it counts up to then.",
        "{n} cases are still open at the latest time of the table: they count up to then.",
        n,
    )
    return (Caveat("still-open", text.format(n=n)),)


def _lost_caveats(part: float) -> tuple[Caveat, ...]:
    if part <= MANY_LOST:
        return ()
    text = _(
        "{part} ended without the event (cancelled, lost, still open). They are taken to be like "
        "the others; if calls are cancelled because nobody comes, the truth is worse."
    )
    return (Caveat("competing-ends", text.format(part=format_percent(part, 0))),)


def _cut_caveats(n: int) -> tuple[Caveat, ...]:
    if not n:
        return ()
    text = ngettext(
        "{n} duration goes beyond the follow-up and is cut there, its event unseen.",
        "{n} durations go beyond the follow-up and are cut there, their event unseen.",
        n,
    )
    return (Caveat("cut-at-follow-up", text.format(n=n)),)

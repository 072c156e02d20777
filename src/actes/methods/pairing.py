"""Put two periods side by side, area by area, and set apart what cannot be compared.

In: a long table of area, period, count. Out: `PairedCounts`: one row per area that exists in all
the periods compared, the names of the others, and reserves about the periods themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from actes.errors import ParameterError, TableError
from actes.i18n import _, ngettext
from actes.methods.caveats import Caveat
from actes.methods.counts import check_counts, check_exposures

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

__all__ = ["PairedCounts", "pair_periods"]


@dataclass(frozen=True)
class PairedCounts:
    """Areas with a count in both periods.

    Parameters
    ----------
    pairs
        ``area, before, after, exposure_before, exposure_after``, one row per area.
    only_before, only_after
        Names of the areas set apart: a station that closed or opened has no ratio.
    caveats
        Reserves about the periods.
    """

    pairs: pd.DataFrame
    only_before: tuple[str, ...] = ()
    only_after: tuple[str, ...] = ()
    caveats: tuple[Caveat, ...] = ()


def pair_periods(
    table: pd.DataFrame,
    *,
    area: str,
    period: str,
    count: str,
    before: Sequence[object],
    after: Sequence[object],
    exposure: str | None = None,
    month: str | None = None,
) -> PairedCounts:
    """Pair each area's events of the earlier periods with those of the later ones.

    An area is paired when it appears in every period named; one that is missing from some of them
    (stations are merged, closed, opened) is set apart, whatever its counts.

    Parameters
    ----------
    table
        Long table of one category: one row per area and period (and month, if given).
    area, period, count
        Column names.
    before, after
        Values of ``period`` in each group (``[2023]`` and ``[2024]``); when their numbers differ
        and there is no exposure, the exposures are the numbers of periods.
    exposure
        Column of exposures (residents, days), summed like the counts.
    month
        Column of months (or any part of a period): the parts present are compared, since a
        partial year against a full one is not a change.

    Raises
    ------
    TableError
        P200, P201, P202; P204, two rows for one area and period.
    ParameterError
        P205, a column or a period that the table does not have; P206, no area in both.
    """
    roles = {"area": area, "period": period, "count": count, "exposure": exposure, "month": month}
    _check_columns(table, [name for name in roles.values() if name is not None])
    _check_periods(table[period], before, after)
    wanted = _long(table, roles, [*before, *after])
    groups = [wanted[wanted["period"].isin(list(part))] for part in (before, after)]
    first, later = _summed(groups[0], len(before)), _summed(groups[1], len(after))
    pairs = first.add_suffix("_before").join(later.add_suffix("_after"), how="inner")
    if pairs.empty:
        raise _no_pair()
    apart = [name for name in wanted["area"].unique() if name not in pairs.index]
    existed = set(groups[0]["area"])
    pairs = pairs.rename(columns={"count_before": "before", "count_after": "after"})
    return PairedCounts(
        pairs[["before", "after", "exposure_before", "exposure_after"]].reset_index(),
        only_before=tuple(str(name) for name in apart if name in existed),
        only_after=tuple(str(name) for name in apart if name not in existed),
        caveats=(
            *_month_caveats(wanted),
            *_length_caveats(len(before), len(after), exposure),
            *_apart_caveats(len(apart)),
        ),
    )


def _long(table: pd.DataFrame, roles: dict[str, str | None], periods: list[object]) -> pd.DataFrame:
    """Keep the periods compared, under fixed column names, once they can be trusted."""
    import pandas as pd  # heavy

    rows = table[table[roles["period"]].isin(periods)]
    long = pd.DataFrame({role: rows[name] for role, name in roles.items() if name is not None})
    check_counts(long["count"])
    if "exposure" in long:
        check_exposures(long["exposure"])
    key = [role for role in ("area", "period", "month") if role in long]
    n_repeated = int(long.duplicated(key).sum())
    if n_repeated:
        raise TableError(
            "P204",
            _("Some areas have several counts for one period."),
            found=ngettext("{n} repeated row", "{n} repeated rows", n_repeated).format(
                n=n_repeated
            ),
            expected=_("one row for each: {key}").format(
                key=", ".join(str(roles[role]) for role in key)
            ),
            next_step=_("Keep a single category, or add its rows together first."),
        )
    return long


def _summed(rows: pd.DataFrame, n_periods: int) -> pd.DataFrame:
    """Add up the areas that exist in all the periods; without exposures, count the periods."""
    groups = rows.groupby("area", sort=False)
    sums = groups[["count"]].sum()
    sums["exposure"] = groups["exposure"].sum() if "exposure" in rows else float(n_periods)
    return sums[groups["period"].nunique() == n_periods]


def _month_caveats(wanted: pd.DataFrame) -> tuple[Caveat, ...]:
    if "month" not in wanted:
        return ()
    parts = [set(months) for _period, months in wanted.groupby("period")["month"]]
    if all(part == parts[0] for part in parts):
        return ()
    text = _(
        "The periods do not hold the same months ({n} in common): part of the change is the "
        "calendar's, not the facts'. Compare the same months."
    )
    return (Caveat("different-months", text.format(n=len(set.intersection(*parts)))),)


def _length_caveats(n_before: int, n_after: int, exposure: str | None) -> tuple[Caveat, ...]:
    if exposure is not None or n_before == n_after:
        return ()
    text = _(
        "{before} periods are compared with {after}: ratios are those of the means per period."
    )
    return (Caveat("unequal-periods", text.format(before=n_before, after=n_after)),)


def _apart_caveats(n_apart: int) -> tuple[Caveat, ...]:
    if not n_apart:
        return ()
    text = ngettext(
        "{n} area does not exist in all the periods and is set apart: a change of boundaries is "
        "not a change in the facts.",
        "{n} areas do not exist in all the periods and are set apart: a change of boundaries is "
        "not a change in the facts.",
        n_apart,
    )
    return (Caveat("set-apart", text.format(n=n_apart)),)


def _check_columns(table: pd.DataFrame, columns: list[str]) -> None:
    missing = [name for name in columns if name not in table.columns]
    if missing:
        raise ParameterError(
            "P205",
            _("The table lacks columns that the comparison needs."),
            found=", ".join(str(name) for name in table.columns),
            expected=", ".join(missing),
            next_step=_("Name the columns of this table."),
        )


def _check_periods(periods: pd.Series, before: Sequence[object], after: Sequence[object]) -> None:
    known = set(periods)
    unknown = [value for value in (*before, *after) if value not in known]
    overlap = [value for value in before if value in set(after)]
    if unknown or overlap or not before or not after:
        raise ParameterError(
            "P205",
            _("The two groups of periods cannot be compared."),
            found=", ".join(str(value) for value in (*before, *after)),
            expected=_("different periods among: {known}").format(
                known=", ".join(str(value) for value in sorted(known, key=str))
            ),
            next_step=_("Choose periods that the table has, none of them twice."),
        )


def _no_pair() -> ParameterError:
    return ParameterError(
        "P206",
        _("No area exists in all the periods: nothing can be compared."),
        next_step=_("Choose periods between which the areas were not all redrawn."),
    )

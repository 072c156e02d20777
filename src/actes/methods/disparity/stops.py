"""Put stops and their benchmarks side by side, by group and by area.

In: one row per stop; population, offences, drivers by area and group. Out: `Stops`.
Only here: what becomes of stops whose group is not known, and of groups too small to be told apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from actes.errors import ParameterError, TableError
from actes.i18n import _, ngettext
from actes.methods.caveats import Caveat
from actes.numbers import format_integer, format_percent

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["BENCHMARKS", "Benchmark", "Stops", "Unknown", "read_stops"]

Benchmark = Literal["population", "offences", "drivers"]
Unknown = Literal["exclude", "impute", "scenario"]
BENCHMARKS = ("population", "offences", "drivers")

FEWEST_STOPS = 50


@dataclass(frozen=True)
class Stops:
    """Stops that can be compared.

    Parameters
    ----------
    rows
        One row per stop: ``group`` (missing: not known), ``area``, ``reason``, ``outcome``.
    cells
        One row per area and group: ``area, group, stops`` and a column for each benchmark given
        (see `BENCHMARKS`). ``stops`` has fractions when unknown groups are imputed.
    groups
        Names of the groups, the reference first, then by falling number of stops.
    n_unknown
        Stops whose group is not known.
    unknown
        What was done with them.
    min_cell
        Fewest stops from which a ratio is told.
    caveats
        Reserves about the records.
    """

    rows: pd.DataFrame
    cells: pd.DataFrame
    groups: tuple[str, ...]
    n_unknown: int
    unknown: Unknown
    min_cell: int
    caveats: tuple[Caveat, ...]

    @property
    def reference(self) -> str:
        """The group that others are compared with."""
        return self.groups[0]

    @property
    def n(self) -> int:
        """Stops, whatever is known of them."""
        return len(self.rows)

    @property
    def benchmarks(self) -> tuple[str, ...]:
        """The benchmarks that the data have."""
        return tuple(name for name in BENCHMARKS if name in self.cells)

    @property
    def by_group(self) -> pd.DataFrame:
        """Stops and benchmarks of all areas together, in the order of ``groups``."""
        totals = self.cells.drop(columns="area").groupby("group").sum(min_count=1)
        return totals.reindex(list(self.groups))

    def is_told(self, group: str) -> bool:
        """Whether the group has stops enough for a ratio."""
        return bool(self.by_group["stops"][group] >= self.min_cell)


def read_stops(
    stops: pd.DataFrame,
    benchmarks: pd.DataFrame,
    *,
    reference: str,
    min_cell: int = 10,
    group_rare: str = "",
    unknown: Unknown = "scenario",
) -> Stops:
    """Count stops by area and group, beside the benchmarks.

    Parameters
    ----------
    stops
        ``group, area, reason, outcome``; a missing group is an unknown one.
    benchmarks
        Long: ``area, group, benchmark, number``; ``benchmark`` is one of `BENCHMARKS`.
    reference
        The group that others are compared with.
    min_cell
        A group with fewer stops has no ratio (5 to 50).
    group_rare
        Name under which such groups are put together; empty: they are left apart.
    unknown
        ``exclude``; ``scenario``: excluded, and the extremes told; ``impute``: dealt, within each
        area, as the known ones are.

    Raises
    ------
    TableError
        P432 an unusable benchmark; P433 fewer than `FEWEST_STOPS` stops; P435 a single group.
    ParameterError
        P430 the reference has too few stops or no benchmark; P434, P437 an unknown choice, a
        number out of bounds.
    """
    _check(stops, reference, min_cell, unknown)
    numbers = _benchmarks(benchmarks)
    rows = stops[["group", "area", "reason", "outcome"]].astype({"group": object, "area": str})
    counted = rows["group"].value_counts()
    rare = [g for g in counted.index if counted[g] < min_cell and g != reference]
    if group_rare and rare:
        rows["group"] = rows["group"].where(~rows["group"].isin(rare), group_rare)
        numbers["group"] = numbers["group"].where(~numbers["group"].isin(rare), group_rare)
        numbers = numbers.groupby(["area", "group"], as_index=False).sum(min_count=1)
    order = rows["group"].value_counts()
    groups = (reference, *(str(g) for g in order.index if g != reference))
    _check_reference(numbers, reference)
    n_unknown = int(rows["group"].isna().sum())
    return Stops(
        rows=rows,
        cells=_cells(rows, numbers, groups, unknown),
        groups=groups,
        n_unknown=n_unknown,
        unknown=unknown,
        min_cell=min_cell,
        caveats=(
            *_unknown_caveats(n_unknown, len(rows), unknown),
            *_rare_caveats(len(rare), min_cell, group_rare),
            *_missing_caveats([name for name in BENCHMARKS if name not in numbers]),
            *_alone_caveats(len(set(groups) - set(numbers["group"]))),
        ),
    )


def _benchmarks(long: pd.DataFrame) -> pd.DataFrame:
    """Return ``area, group`` and a column for each benchmark, once they can be trusted."""
    kept = long.astype({"area": str, "group": str, "benchmark": str})
    n_wrong = int((~(kept["number"] >= 0)).sum())
    n_repeated = int(kept.duplicated(["area", "group", "benchmark"]).sum())
    n_unknown = int((~kept["benchmark"].isin(BENCHMARKS)).sum())
    found = {
        _("negative or missing numbers"): n_wrong,
        _("repeated rows"): n_repeated,
        _("rows of an unknown benchmark"): n_unknown,
    }
    if any(found.values()):
        raise TableError(
            "P432",
            _("The benchmarks cannot be used."),
            found=", ".join(f"{what}: {n}" for what, n in found.items() if n),
            expected=_("one number, 0 or more, for each area, group and benchmark"),
            next_step=_("name the benchmarks: population, infractions, conducteurs"),
        )
    wide = kept.pivot(index=["area", "group"], columns="benchmark", values="number")
    return wide.reset_index().rename_axis(columns=None)


def _cells(
    rows: pd.DataFrame, numbers: pd.DataFrame, groups: tuple[str, ...], unknown: Unknown
) -> pd.DataFrame:
    import pandas as pd  # heavy

    known = rows.dropna(subset=["group"])
    areas = sorted({*rows["area"], *numbers["area"]})
    every = pd.MultiIndex.from_product([areas, list(groups)], names=["area", "group"])
    stops = known.groupby(["area", "group"]).size().reindex(every, fill_value=0)
    if unknown == "impute":
        lost = rows["area"][rows["group"].isna()].value_counts()
        known_in = stops.groupby("area").transform("sum")
        share = (stops / known_in).fillna(stops.groupby("group").sum() / stops.sum())
        extra = lost.reindex(stops.index.get_level_values("area")).fillna(0).to_numpy()
        stops = stops + share * extra
    cells = stops.rename("stops").reset_index()
    return cells.merge(numbers, how="left", on=["area", "group"])


def _check_reference(numbers: pd.DataFrame, reference: str) -> None:
    if reference in set(numbers["group"]):
        return
    raise ParameterError(
        "P430",
        _("The reference group has no benchmark: nothing can be compared with it."),
        where="reference",
        expected=_("a group that has rows in the benchmarks, under the same name"),
    )


def _check(stops: pd.DataFrame, reference: str, min_cell: int, unknown: str) -> None:
    if unknown not in get_args(Unknown):
        raise ParameterError(
            "P434",
            _("This choice is not known."),
            found=unknown,
            expected=", ".join(get_args(Unknown)),
        )
    if not 5 <= min_cell <= 50:
        raise ParameterError(
            "P437",
            _("A number is out of its bounds."),
            where="min_cell",
            found=str(min_cell),
            expected=_("from {low} to {high}").format(low=5, high=50),
        )
    known = stops["group"].dropna()
    if len(known) < FEWEST_STOPS:
        raise TableError(
            "P433",
            _("There are too few stops of a known group."),
            found=format_integer(len(known)),
            expected=_("at least {n}").format(n=FEWEST_STOPS),
        )
    if known.nunique() < 2:
        raise TableError("P435", _("All stops are of one group: there is nothing to compare."))
    n_reference = int((known == reference).sum())
    if n_reference < min_cell:
        raise ParameterError(
            "P430",
            _("The reference group has too few stops to compare others with."),
            where="reference",
            found=format_integer(n_reference),
            expected=_("at least {n}").format(n=min_cell),
        )


def _unknown_caveats(n_unknown: int, n: int, unknown: Unknown) -> tuple[Caveat, ...]:
    if not n_unknown:
        return ()
    done = {
        "exclude": _("they are left out, and the ratios could move if they were known"),
        "scenario": _("they are left out; the extremes are what the ratio would be if all of them "
                      "were of the reference group, or all of the other"),
        "impute": _("they were dealt, within each area, as the known ones are: that supposes that "
                    "a group is not noted less often than another"),
    }  # fmt: skip
    text = ngettext(
        "The group of {n} stop ({share}) is not known; {done}.",
        "The group of {n} stops ({share}) is not known; {done}.",
        n_unknown,
    )
    text = text.format(
        n=format_integer(n_unknown), share=format_percent(n_unknown / n), done=done[unknown]
    )
    return (Caveat("unknown-group", text),)


def _rare_caveats(n_rare: int, min_cell: int, group_rare: str) -> tuple[Caveat, ...]:
    if not n_rare:
        return ()
    if group_rare:
        text = ngettext(
            "{n} group with fewer than {least} stops was put under “{name}”.",
            "{n} groups with fewer than {least} stops were put together under “{name}”.",
            n_rare,
        )
        return (Caveat("rare-grouped", text.format(n=n_rare, least=min_cell, name=group_rare)),)
    text = ngettext(
        "{n} group with fewer than {least} stops has no ratio.",
        "{n} groups with fewer than {least} stops have no ratio.",
        n_rare,
    )
    return (Caveat("rare-untold", text.format(n=n_rare, least=min_cell)),)


def _missing_caveats(missing: list[str]) -> tuple[Caveat, ...]:
    words = {
        "population": _("The data have no population: the first layer (IDCI) is missing."),
        "offences": _("The data have no recorded offences: the second layer (ISRI) is missing."),
    }
    return tuple(Caveat("missing-layer", words[name]) for name in missing if name in words)


def _alone_caveats(n_alone: int) -> tuple[Caveat, ...]:
    if not n_alone:
        return ()
    text = ngettext(
        "{n} group has stops but no benchmark: it has no ratio. Is it named the same way in both "
        "files?",
        "{n} groups have stops but no benchmark: they have no ratio. Are they named the same way "
        "in both files?",
        n_alone,
    )
    return (Caveat("group-without-benchmark", text.format(n=n_alone)),)

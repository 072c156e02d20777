"""Published values for `disparites-interpellations`.

The New York stops are not the package's to carry: `new_york_references` reads them from a folder.
The SPVM's IDCI of 2014-2017 are rows that nothing can compute: their counts are not at hand.
"""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING

from actes.i18n import N_
from actes.methods.disparity import disparity_index, fit_cells, outcome_shares, read_stops
from actes.methods.references.reference import (
    Reference,
    not_here,
    reference_table,
    without_data,
)

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pandas as pd

    from actes.methods.disparity import BenchmarkFit, Index, Stops

__all__ = ["NEW_YORK", "REFERENCES", "new_york_references"]

NEW_YORK = "frisk_with_noise.txt"

_STUDY = "disparites-interpellations"
_REPENTIGNY = "La Presse 2021: 2,392 stops, 17 % of Black persons, 6.8 % of residents; 2.5 to 3"
_GELMAN = "Gelman & Hill 2007, section 6.2 (noise added to the data)"
_MINNEAPOLIS = "carData, MplsStops, traffic stops of 2017; computed here, November 2026"
_OURS = "computed here, November 2026"
_SPVM = "Journal de Montréal, 7 October 2019, of Armony, Hassaoui & Mulone 2019"
_REPORT = "Armony, Hassaoui & Mulone 2019: counts by group"

_SHARES = {
    "White": 0.0395,
    "Black": 0.1377,
    "Native American": 0.2655,
    "Latino": 0.0791,
    "East African": 0.0350,
}


@cache
def _minneapolis() -> Stops:
    """One row a stop; a race not written down, or written "Unknown", is an unknown group."""
    import pandas as pd  # heavy

    counted = reference_table("mpls_traffic_stops")
    rows = counted.loc[counted.index.repeat(counted["n"])]
    rows = rows.assign(race=rows["race"].mask(rows["race"] == "Unknown"))
    stops = pd.DataFrame(
        {"group": rows["race"], "area": "city", "reason": "traffic", "outcome": rows["search"]}
    )
    groups = pd.DataFrame({"group": stops["group"].dropna().unique()})
    # No population is used here: one resident each makes the stops readable.
    residents = groups.assign(area="city", benchmark="population", number=1)
    return read_stops(stops, residents, reference="White")


def _n_unwritten() -> float:
    counted = reference_table("mpls_traffic_stops")
    return float(counted.loc[counted["race"].isna(), "n"].sum())


def _share(group: str) -> float:
    rows = _minneapolis().rows
    shares = outcome_shares(rows["group"], rows["outcome"] == "YES").set_index("group")
    return float(shares["share"][group])


REFERENCES: tuple[Reference, ...] = (
    Reference(
        _STUDY,
        "Repentigny 2016-2019, IDCI, Black persons",
        2.75,
        _REPENTIGNY,
        lambda: disparity_index(0.17, 0.068, 0.83, 0.932).ratio,
        0.25,
        note=N_("2.5 to 3 was printed: the tolerance is that range."),
    ),
    *(
        Reference(
            _STUDY,
            f"Montréal 2014-2017, IDCI, {group}",
            published,
            _SPVM,
            not_here,
            tolerance,
            needs=_REPORT,
            note=N_("The counts behind it are not at hand: nothing can be computed again."),
        )
        for group, published, tolerance in (
            ("Black persons", 4.2, 0.05),
            ("Indigenous persons", 4.6, 0.05),
            ("Arab persons, about", 2, 0.5),
        )
    ),
    *(
        Reference(
            _STUDY,
            f"Minneapolis, share searched, {group}",
            share,
            _MINNEAPOLIS,
            partial(_share, group),
            5e-5,
            "anchor",
        )
        for group, share in _SHARES.items()
    ),
    *(
        Reference(_STUDY, f"Minneapolis, {name}", value, _MINNEAPOLIS, obtained, tol, "anchor")
        for name, value, obtained, tol in (
            ("traffic stops", 26098, lambda: _minneapolis().n, 0),
            ("race missing", 2884, _n_unwritten, 0),
            (
                "share of unknown group, missing or “Unknown”",
                0.14,
                lambda: _minneapolis().n_unknown / _minneapolis().n,
                5e-3,
            ),
        )
    ),
)

_BLACK, _HISPANIC, _WHITE = "1", "2", "3"


def new_york_references(folder: Path | None) -> tuple[Reference, ...]:
    """Check the indices and the model on the stops that the textbook uses.

    Parameters
    ----------
    folder
        Where `NEW_YORK` is: 900 rows of precinct, ethnicity and crime, parted by spaces: ``stops,
        pop, past.arrests, precinct, eth``.
    """
    file = folder / NEW_YORK if folder else None
    rows = (*_new_york_published(file), *_new_york_anchors(file))
    return rows if file and file.is_file() else without_data(rows)


@cache
def _new_york(file: Path) -> pd.DataFrame:
    """Stops, arrests and residents by precinct (``area``) and ethnicity (``group``)."""
    import pandas as pd  # heavy

    table = pd.read_csv(file, sep=" ")
    cells = table.groupby(["precinct", "eth"], as_index=False).agg(
        stops=("stops", "sum"), benchmark=("past.arrests", "sum"), population=("pop", "first")
    )
    return cells.astype({"precinct": str, "eth": str}).rename(
        columns={"precinct": "area", "eth": "group"}
    )


@cache
def _fit(file: Path, reference: str, *, areas: bool) -> BenchmarkFit:
    return fit_cells(_new_york(file), reference=reference, law="quasipoisson", areas=areas)


def _term(file: Path, column: str, place: int, *, areas: bool) -> float:
    return float(_fit(file, _BLACK, areas=areas).coefficients[column].iloc[place])


def _within(file: Path, group: str) -> float:
    return float(_fit(file, _WHITE, areas=True).ratios.set_index("group")["ratio"][group])


def _index(file: Path, group: str, base: str) -> Index:
    totals = _new_york(file).groupby("group")[["stops", "benchmark", "population"]].sum()
    n, own, n_white, white = (
        float(totals[column][g]) for g in (group, _WHITE) for column in ("stops", base)
    )
    return disparity_index(n, own, n_white, white)


def _new_york_published(file: Path | None) -> tuple[Reference, ...]:
    plain, inside = partial(_term, areas=False), partial(_term, areas=True)
    rows: tuple[tuple[str, float, Callable[[Path], float], float], ...] = (
        ("constant", -0.59, lambda f: plain(f, "coefficient", 0), 5e-3),
        ("its error, constant", 0.0, lambda f: plain(f, "se", 0), 5e-3),
        ("Hispanic", 0.07, lambda f: plain(f, "coefficient", 1), 5e-3),
        ("its error, Hispanic", 0.01, lambda f: plain(f, "se", 1), 5e-3),
        ("White", -0.16, lambda f: plain(f, "coefficient", 2), 5e-3),
        ("its error, White", 0.01, lambda f: plain(f, "se", 2), 5e-3),
        ("deviance", 45437, lambda f: _fit(f, _BLACK, areas=False).deviance, 0.5),
        ("null deviance", 46120, lambda f: _fit(f, _BLACK, areas=False).null_deviance, 0.5),
        ("precincts, constant", -1.38, lambda f: inside(f, "coefficient", 0), 5e-3),
        ("precincts, its error", 0.05, lambda f: inside(f, "se", 0), 5e-3),
        ("precincts, Hispanic", 0.01, lambda f: inside(f, "coefficient", 1), 5e-3),
        ("precincts, its error, Hispanic", 0.01, lambda f: inside(f, "se", 1), 5e-3),
        ("precincts, White", -0.42, lambda f: inside(f, "coefficient", 2), 5e-3),
        ("precincts, its error, White", 0.01, lambda f: inside(f, "se", 2), 5e-3),
        ("precincts, deviance", 3427.1, lambda f: _fit(f, _BLACK, areas=True).deviance, 0.05),
        ("precincts, overdispersion", 21.9, lambda f: _fit(f, _BLACK, areas=True).dispersion, 0.05),
    )
    return tuple(
        Reference(
            _STUDY,
            f"New York, {name}",
            value,
            _GELMAN,
            partial(_computed, file, compute),
            tolerance,
            needs=NEW_YORK,
        )
        for name, value, compute, tolerance in rows
    )


def _new_york_anchors(file: Path | None) -> tuple[Reference, ...]:
    inside = partial(_term, areas=True)
    rows: tuple[tuple[str, float, Callable[[Path], float], float], ...] = (
        ("precincts, quasi error, constant", 0.2387, lambda f: inside(f, "se_quasi", 0), 5e-5),
        ("precincts, quasi error, Hispanic", 0.0318, lambda f: inside(f, "se_quasi", 1), 5e-5),
        ("precincts, quasi error, White", 0.0441, lambda f: inside(f, "se_quasi", 2), 5e-5),
        ("within precincts, Black to White", 1.5204, lambda f: _within(f, _BLACK), 5e-5),
        ("within precincts, Hispanic to White", 1.5360, lambda f: _within(f, _HISPANIC), 5e-5),
        ("IDCI, Black", 7.0003, lambda f: _index(f, _BLACK, "population").ratio, 5e-5),
        ("IDCI, Black, low", 6.884, lambda f: _index(f, _BLACK, "population").low, 5e-4),
        ("IDCI, Black, high", 7.119, lambda f: _index(f, _BLACK, "population").high, 5e-4),
        ("IDCI, Hispanic", 4.8189, lambda f: _index(f, _HISPANIC, "population").ratio, 5e-5),
        ("IDCI, Hispanic, low", 4.734, lambda f: _index(f, _HISPANIC, "population").low, 6e-4),
        ("IDCI, Hispanic, high", 4.905, lambda f: _index(f, _HISPANIC, "population").high, 5e-4),
        ("ISRI, Black", 1.1754, lambda f: _index(f, _BLACK, "benchmark").ratio, 5e-5),
        ("ISRI, Hispanic", 1.2609, lambda f: _index(f, _HISPANIC, "benchmark").ratio, 5e-5),
    )
    return tuple(
        Reference(
            _STUDY,
            f"New York, {name}",
            value,
            _OURS,
            partial(_computed, file, compute),
            tolerance,
            "anchor",
            needs=NEW_YORK,
        )
        for name, value, compute, tolerance in rows
    )


def _computed(file: Path | None, compute: Callable[[Path], float]) -> float | None:
    return compute(file) if file else None

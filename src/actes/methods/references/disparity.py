"""Published values for `disparites-interpellations`.

The New York stops are not the package's to carry: `new_york_references` takes them as a table.
Not here, for want of figures to compute from: the SPVM's IDCI of 2014-2017 (Armony, Hassaoui &
Mulone 2019: Black 4.2, Indigenous 4.6, Arab about 2).
"""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING

from actes.methods.disparity import disparity_index, fit_cells, outcome_shares
from actes.methods.references.reference import Reference

if TYPE_CHECKING:
    import pandas as pd

    from actes.methods.disparity import BenchmarkFit, Index

__all__ = ["REFERENCES", "new_york_references"]

_STUDY = "disparites-interpellations"
_REPENTIGNY = "La Presse 2021: 2,392 stops, 17 % of Black persons, 6.8 % of residents; 2.5 to 3"
_GELMAN = "Gelman & Hill 2007, section 6.2 (noise added to the data)"
_MINNEAPOLIS = "carData, MplsStops, traffic stops of 2017; computed here, November 2026"
_OURS = "computed here, November 2026"

_SEARCHES = {
    "White": (323, 8167),
    "Black": (1344, 9762),
    "Native American": (90, 339),
    "Latino": (105, 1327),
    "East African": (54, 1545),
}
"""Persons searched and traffic stops, Minneapolis 2017."""

_SHARES = {
    "White": 0.0395,
    "Black": 0.1377,
    "Native American": 0.2655,
    "Latino": 0.0791,
    "East African": 0.0350,
}


@cache
def _minneapolis() -> pd.DataFrame:
    import pandas as pd  # heavy

    group = [g for g, (_n, stops) in _SEARCHES.items() for _stop in range(stops)]
    searched = [n < hits for hits, stops in _SEARCHES.values() for n in range(stops)]
    return outcome_shares(pd.Series(group), pd.Series(searched)).set_index("group")


def _share(group: str) -> float:
    return float(_minneapolis()["share"][group])


REFERENCES: tuple[Reference, ...] = (
    Reference(
        _STUDY,
        "Repentigny 2016-2019, IDCI, Black persons",
        2.75,
        _REPENTIGNY,
        lambda: disparity_index(0.17, 0.068, 0.83, 0.932).ratio,
        0.25,
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
)

_BLACK, _HISPANIC, _WHITE = "1", "2", "3"


def new_york_references(table: pd.DataFrame) -> tuple[Reference, ...]:
    """Check the indices and the model on the stops that the textbook uses.

    Parameters
    ----------
    table
        900 rows of precinct, ethnicity and crime: ``stops, pop, past.arrests, precinct, eth``.
    """
    cells = table.groupby(["precinct", "eth"], as_index=False).agg(
        stops=("stops", "sum"), benchmark=("past.arrests", "sum"), population=("pop", "first")
    )
    cells = cells.astype({"precinct": str, "eth": str}).rename(
        columns={"precinct": "area", "eth": "group"}
    )
    totals = cells.groupby("group")[["stops", "benchmark", "population"]].sum()

    @cache
    def fit(reference: str, *, areas: bool) -> BenchmarkFit:
        return fit_cells(cells, reference=reference, areas=areas)

    def term(column: str, place: int, *, areas: bool) -> float:
        return float(fit(_BLACK, areas=areas).coefficients[column].iloc[place])

    def within(group: str) -> float:
        return float(fit(_WHITE, areas=True).ratios.set_index("group")["ratio"][group])

    def index(group: str, base: str) -> Index:
        n, own, n_white, white = (
            float(totals[column][g]) for g in (group, _WHITE) for column in ("stops", base)
        )
        return disparity_index(n, own, n_white, white)

    plain, inside = partial(term, areas=False), partial(term, areas=True)
    published = (
        ("constant", -0.59, lambda: plain("coefficient", 0), 5e-3),
        ("its error, constant", 0.0, lambda: plain("se", 0), 5e-3),
        ("Hispanic", 0.07, lambda: plain("coefficient", 1), 5e-3),
        ("its error", 0.01, lambda: plain("se", 1), 5e-3),
        ("White", -0.16, lambda: plain("coefficient", 2), 5e-3),
        ("its error, White", 0.01, lambda: plain("se", 2), 5e-3),
        ("deviance", 45437, lambda: fit(_BLACK, areas=False).deviance, 0.5),
        ("null deviance", 46120, lambda: fit(_BLACK, areas=False).null_deviance, 0.5),
        ("precincts, constant", -1.38, lambda: inside("coefficient", 0), 5e-3),
        ("precincts, its error", 0.05, lambda: inside("se", 0), 5e-3),
        ("precincts, Hispanic", 0.01, lambda: inside("coefficient", 1), 5e-3),
        ("precincts, its error, Hispanic", 0.01, lambda: inside("se", 1), 5e-3),
        ("precincts, White", -0.42, lambda: inside("coefficient", 2), 5e-3),
        ("precincts, its error, White", 0.01, lambda: inside("se", 2), 5e-3),
        ("precincts, deviance", 3427.1, lambda: fit(_BLACK, areas=True).deviance, 0.05),
        ("precincts, overdispersion", 21.9, lambda: fit(_BLACK, areas=True).dispersion, 0.05),
    )
    anchors = (
        ("precincts, quasi error, constant", 0.2387, lambda: inside("se_quasi", 0), 5e-5),
        ("precincts, quasi error, Hispanic", 0.0318, lambda: inside("se_quasi", 1), 5e-5),
        ("precincts, quasi error, White", 0.0441, lambda: inside("se_quasi", 2), 5e-5),
        ("within precincts, Black to White", 1.5204, lambda: within(_BLACK), 5e-5),
        ("within precincts, Hispanic to White", 1.5360, lambda: within(_HISPANIC), 5e-5),
        ("IDCI, Black", 7.0003, lambda: index(_BLACK, "population").ratio, 5e-5),
        ("IDCI, Black, low", 6.884, lambda: index(_BLACK, "population").low, 5e-4),
        ("IDCI, Black, high", 7.119, lambda: index(_BLACK, "population").high, 5e-4),
        ("IDCI, Hispanic", 4.8189, lambda: index(_HISPANIC, "population").ratio, 5e-5),
        ("IDCI, Hispanic, low", 4.734, lambda: index(_HISPANIC, "population").low, 6e-4),
        ("IDCI, Hispanic, high", 4.905, lambda: index(_HISPANIC, "population").high, 5e-4),
        ("ISRI, Black", 1.1754, lambda: index(_BLACK, "benchmark").ratio, 5e-5),
        ("ISRI, Hispanic", 1.2609, lambda: index(_HISPANIC, "benchmark").ratio, 5e-5),
    )
    return (
        *(
            Reference(_STUDY, f"New York, {name}", value, _GELMAN, obtained, tolerance)
            for name, value, obtained, tolerance in published
        ),
        *(
            Reference(_STUDY, f"New York, {name}", value, _OURS, obtained, tolerance, "anchor")
            for name, value, obtained, tolerance in anchors
        ),
    )

"""Published values for `quasi-repetition`.

The Chicago burglaries are not the package's to carry: `chicago_references` reads
them from a folder.
"""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING, Literal

from actes.i18n import N_
from actes.methods.near_repeat import linked_strings, near_repeat, read_events
from actes.methods.near_repeat.events import Events
from actes.methods.references.reference import Reference, without_data

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np

    from actes.methods.near_repeat import NearRepeat

__all__ = ["CHICAGO", "REFERENCES", "chicago_references"]

CHICAGO = "chicago_be_month1.csv"

_STUDY = "quasi-repetition"
_POINTPATS = "pointpats, Knox, docstring (burkitt)"
_PTOOLS = "Wheeler, ptools, tests of near_strings"
_CALCULATOR = "Near Repeat Calculator 1.3, output on Chicago burglaries"
_OURS = "computed here, November 2026"


@cache
def _burkitt() -> NearRepeat:
    """Burkitt's lymphoma, Uganda, in kilometres: within 20 km and 5 days, as pointpats has it."""
    from contextlib import closing
    from importlib import resources

    import numpy as np  # heavy
    import pandas as pd
    from libpysal.io import open as read

    source = resources.files("libpysal") / "examples" / "burkitt" / "burkitt.dbf"
    with resources.as_file(source) as path, closing(read(str(path))) as table:
        columns = {name: np.array(table.by_col(name), float) for name in ("X", "Y", "T")}
    days = pd.Timestamp("1900-01-01") + pd.to_timedelta(columns["T"], unit="D")
    events = read_events(columns["X"], columns["Y"], pd.Series(days))
    # pointpats counts a pair at exactly 20 km as close; our bands stop just before their bound.
    just_above = float(np.nextafter(20, 21))
    return near_repeat(events, bands_m=(0, just_above), bands_days=(0, 6), metric="euclidean")


def _poisson_p() -> float:
    from scipy.stats import poisson  # heavy

    knox = _burkitt().overall
    return float(poisson.sf(knox.observed, knox.expected))


def _strings(x: Sequence[int], day: Sequence[int], distance: int, days: int) -> np.ndarray:
    import numpy as np  # heavy

    places = np.asarray(x, float)
    events = Events(places, np.zeros(len(places)), np.asarray(day), 0, ())
    return linked_strings(events, [(0, distance + 0.5, 0, days + 1)])


def _five(event: int) -> float:
    return float(_strings(range(1, 6), (0, 0, 0, 4, 4), 2, 1)[event])


def _ten(distance: int, days: int) -> float:
    return float(_strings(range(1, 11), range(3, 31, 3), distance, days).max())


REFERENCES: tuple[Reference, ...] = (
    *(
        Reference(_STUDY, f"burkitt, {name}", published, _POINTPATS, obtained, tolerance)
        for name, published, obtained, tolerance in (
            ("close pairs", 13, lambda: _burkitt().overall.observed, 0),
            ("expected close pairs", 10.1438, lambda: _burkitt().overall.expected, 5e-5),
            ("close in space only", 3416, lambda: _burkitt().table[0, 1], 0),
            ("close in time only", 39, lambda: _burkitt().table[1, 0], 0),
            ("far in both", 14110, lambda: _burkitt().table[1, 1], 0),
            ("Poisson p, more than observed", 0.14624558197140414, _poisson_p, 1e-12),
            ("permutation p", 0.19, lambda: _burkitt().overall.p, 0.03),
        )
    ),
    *(
        Reference(
            _STUDY,
            f"strings, event {event + 1} of 5",
            string,
            _PTOOLS,
            partial(_five, event),
            0,
        )
        for event, string in enumerate((1, 1, 1, 2, 2))
    ),
    Reference(_STUDY, "strings, ten events, all alone", 10, _PTOOLS, lambda: _ten(1, 1), 0),
    Reference(_STUDY, "strings, ten events, all one", 1, _PTOOLS, lambda: _ten(2, 6), 0),
)

_PUBLISHED_TABLE = (
    (28, 5, 5, 2),
    (44, 13, 8, 4),
    (97, 56, 19, 16),
    (77, 67, 45, 20),
    (182194, 146149, 95237, 45879),
)
"""Rows: metres [0,1) [1,100) [100,200) [200,300) beyond; columns: days [0,7) [7,14) [14,21) beyond.

The calculator prints other labels: its “a to b” holds [a - 1, b).
"""

_LABELLED_TABLE = (
    (29, 4, 5, 2),
    (45, 15, 7, 2),
    (106, 48, 21, 13),
    (88, 64, 46, 15),
    (206611, 138108, 88321, 36415),
)
"""What the calculator's labels, taken at their word, would hold: metres [0,1) [1,101) …, days
[0,8) [8,15) [15,22)."""

_RATIOS = ((1.652, 0.24), (1.685, 0.16), (1.318, 0.08), (0.938, 0.06))
_P = ((0.05, 0.05), (0.05, 0.05), (0.05, 0.05), (0.75, 0.25))
"""First week, by distance."""

_NINETEEN = N_(
    "The calculator drew 19 permutations: its p are 1/20 and 15/20, and its four ratios are those "
    "of a count over a sum of 19 whole numbers, not over one of 20. The tolerance is what such a "
    "mean of 19 may be off by, in 98.75 % of draws (95 % for the four ratios together): 200,000 "
    "means drawn from 40,000 permutations. The first ratio published, 1.652, is low: 1.806 is "
    "expected, and 3.8 % of draws are as far from it (15 % for one of the four). Nothing else "
    "differs: all 20 cells of the table of pairs are the same."
)
_MARGINS = N_(
    "Beyond the last bound our study tests nothing: the ratio is that of the count to the product "
    "of the margins, which is the mean of all permutations."
)


_Table = tuple[tuple[int, ...], ...]
_Bands = tuple[tuple[float, ...], tuple[float, ...]]
_CALCULATOR_BANDS: _Bands = ((0, 1, 100, 200, 300), (0, 7, 14, 21))
_LABELLED_BANDS: _Bands = ((0, 1, 101, 201, 301), (0, 8, 15, 22))
_CHICAGO_TABLES: tuple[tuple[str, _Table, _Bands, str, Literal["published", "anchor"]], ...] = (
    ("pairs", _PUBLISHED_TABLE, _CALCULATOR_BANDS, _CALCULATOR, "published"),
    ("pairs by label", _LABELLED_TABLE, _LABELLED_BANDS, _OURS, "anchor"),
)


def chicago_references(folder: Path | None) -> tuple[Reference, ...]:
    """Check the method on the burglaries that the calculator was tried on.

    Parameters
    ----------
    folder
        Where `CHICAGO` is: 970 burglaries (Crime Open Database), without a head: x and y in metres,
        date.
    """
    file = folder / CHICAGO if folder else None
    rows = (*_chicago_pairs(file), *_chicago_ratios(file), _chicago_beyond(file))
    return rows if file and file.is_file() else without_data(rows)


@cache
def _chicago(file: Path, bands: _Bands, n_permutations: int) -> NearRepeat:
    import pandas as pd  # heavy

    table = pd.read_csv(file, header=None, names=["x", "y", "date"])
    events = read_events(table["x"], table["y"], pd.to_datetime(table["date"]))
    m, days = bands
    return near_repeat(events, bands_m=m, bands_days=days, n_permutations=n_permutations)


def _chicago_pairs(file: Path | None) -> tuple[Reference, ...]:
    def pairs(bands: _Bands, m: int, days: int) -> float | None:
        return float(_chicago(file, bands, 99).table[m, days]) if file else None

    return tuple(
        Reference(
            _STUDY,
            f"Chicago, {name}, band {m + 1} of distance, {days + 1} of time",
            published,
            source,
            partial(pairs, bands, m, days),
            0,
            kind,
            needs=CHICAGO,
        )
        for name, expected, bands, source, kind in _CHICAGO_TABLES
        for m, row in enumerate(expected)
        for days, published in enumerate(row)
    )


def _chicago_ratios(file: Path | None) -> tuple[Reference, ...]:
    def first_week(column: str, row: int) -> float | None:
        if not file:
            return None
        return float(_chicago(file, _CALCULATOR_BANDS, 9999).cells.iloc[3 * row][column])

    return tuple(
        Reference(
            _STUDY,
            f"Chicago, {name}, first week, band {row + 1} of distance",
            published,
            _CALCULATOR,
            partial(first_week, name, row),
            tolerance,
            needs=CHICAGO,
            note=_NINETEEN,
        )
        for name, expected in (("ratio", _RATIOS), ("p", _P))
        for row, (published, tolerance) in enumerate(expected)
    )


def _chicago_beyond(file: Path | None) -> Reference:
    def ratio() -> float | None:
        if not file:
            return None
        table = _chicago(file, _CALCULATOR_BANDS, 99).table
        return float(table[-1, 0] * table.sum() / (table[-1].sum() * table[:, 0].sum()))

    return Reference(
        _STUDY,
        "Chicago, ratio, first week, beyond the bands",
        1,
        _CALCULATOR,
        ratio,
        5e-4,
        needs=CHICAGO,
        note=_MARGINS,
    )

"""Published values for `wdd`."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from actes.methods.references.reference import Reference
from actes.methods.wdd import harm_weighted, weighted_displacement

if TYPE_CHECKING:
    from actes.methods.wdd import Difference, DisplacementTest

__all__ = ["REFERENCES"]

_STUDY = "wdd"
_ARTICLE = "Wheeler & Ratcliffe 2018, Crime Science 7:11"
_PTOOLS = "Wheeler, ptools (R), README and tests of wdd"
_TIME = "Wheeler 2021, the WDD test with different pre/post time periods"
_AREA = "Wheeler 2021, the WDD test with different area sizes"
_HARM = "Wheeler 2020, amending the WDD test to incorporate harm weights"
_OURS = "computed here, November 2026"


@cache
def _article() -> DisplacementTest:
    return weighted_displacement(
        (207, 110),
        (308, 318),
        treated_displacement=(178, 157),
        control_displacement=(150, 140),
    )


@cache
def _small() -> Difference:
    return weighted_displacement((20, 10), (20, 20), alpha=0.1).total


@cache
def _two_years_against_one() -> Difference:
    return weighted_displacement((80, 20), (100, 50), time_weights=(2, 1)).total


@cache
def _sized() -> Difference:
    return weighted_displacement(
        (207, 110),
        (308, 318),
        treated_displacement=(178, 157),
        control_displacement=(150, 140),
        area_weights=(0.9, 1.2, 1.6, 1.5),
    ).total


@cache
def _harm() -> Difference:
    counts = {  # control, treated, weight
        "motor vehicle theft": ((133, 91), (130, 74), 3),
        "theft": ((388, 305), (327, 202), 2),
        "burglary": ((148, 97), (398, 190), 5),
        "robbery": ((86, 64), (144, 92), 7),
        "assault": ((94, 67), (183, 96), 10),
    }
    tests = {name: weighted_displacement(t, c) for name, (c, t, _h) in counts.items()}
    return harm_weighted(tests, {name: h for name, (_c, _t, h) in counts.items()}).total


def _around() -> Difference:
    around = _article().displacement
    assert around is not None  # noqa: S101 - the article gives displacement zones
    return around


REFERENCES: tuple[Reference, ...] = (
    *(
        Reference(_STUDY, f"article, {name}", published, _ARTICLE, obtained, tolerance)
        for name, published, obtained, tolerance in (
            ("total", -118.0, lambda: _article().total.estimate, 1e-9),
            ("standard error", 1568**0.5, lambda: _article().total.se, 1e-9),
            ("z", -2.98, lambda: _article().total.z, 5e-3),
            ("low", -196.0, lambda: _article().total.low, 0.5),
            ("high", -40.0, lambda: _article().total.high, 0.5),
        )
    ),
    *(
        Reference(_STUDY, f"article, {name}", value, _OURS, obtained, tolerance, "anchor")
        for name, value, obtained, tolerance in (
            ("local", -107.0, lambda: _article().local.estimate, 1e-9),
            ("local, standard error", 30.708305, lambda: _article().local.se, 5e-7),
            ("displacement", -11.0, lambda: _around().estimate, 1e-9),
            ("displacement, standard error", 25.0, lambda: _around().se, 1e-9),
            ("z, all digits", -2.979950, lambda: _article().total.z, 5e-7),
            ("low, all digits", -195.610614, lambda: _article().total.low, 5e-7),
            ("high, all digits", -40.389386, lambda: _article().total.high, 5e-7),
        )
    ),
    *(
        Reference(_STUDY, f"20 v 10, 90 %, {name}", published, _PTOOLS, obtained, tolerance)
        for name, published, obtained, tolerance in (
            ("estimate", -10.0, lambda: _small().estimate, 1e-9),
            ("standard error", 8.366600, lambda: _small().se, 5e-7),
            ("z", -1.195229, lambda: _small().z, 5e-7),
            ("low", -23.761833, lambda: _small().low, 5e-7),
            ("high", 3.761833, lambda: _small().high, 5e-7),
        )
    ),
    Reference(
        _STUDY, "two years v one", -20.0, _TIME, lambda: _two_years_against_one().estimate, 1e-9
    ),
    Reference(
        _STUDY,
        "two years v one, standard error",
        115**0.5,
        _TIME,
        lambda: _two_years_against_one().se,
        1e-9,
    ),
    *(
        Reference(_STUDY, f"unequal areas, {name}", published, _AREA, obtained, tolerance)
        for name, published, obtained, tolerance in (
            ("total", -99.69444444, lambda: _sized().estimate, 5e-9),
            ("standard error", 35.4280755, lambda: _sized().se, 5e-8),
            ("z", -2.813995483, lambda: _sized().z, 5e-10),
            ("low", -169.1321965, lambda: _sized().low, 5e-8),
            ("high", -30.25669241, lambda: _sized().high, 5e-9),
        )
    ),
    *(
        Reference(_STUDY, f"harm, {name}", published, _HARM, obtained, tolerance)
        for name, published, obtained, tolerance in (
            ("total", -1721.0, lambda: _harm().estimate, 1e-9),
            ("standard error", 304.10360077, lambda: _harm().se, 5e-9),
            ("z", -5.65925558, lambda: _harm().z, 5e-9),
            ("low", -2317.03210507, lambda: _harm().low, 5e-9),
            ("high", -1124.96789493, lambda: _harm().high, 5e-9),
        )
    ),
)

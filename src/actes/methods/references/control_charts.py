"""Published values for `cartes-de-controle`."""

from __future__ import annotations

from functools import cache, partial
from typing import TYPE_CHECKING

from actes.methods.control_charts.breaks import find_break
from actes.methods.control_charts.limits import (
    cumulative_sums,
    individuals_baseline,
    mean_moving_range,
    poisson_baseline,
)
from actes.methods.dispersion import poisson_fit
from actes.methods.references.reference import Reference, reference_table

if TYPE_CHECKING:
    from actes.methods.control_charts.breaks import Break
    from actes.methods.control_charts.limits import Baseline
    from actes.methods.dispersion import PoissonFit

__all__ = ["REFERENCES"]

_STUDY = "cartes-de-controle"
_MONTGOMERY = "Montgomery, Introduction to Statistical Quality Control, concentration data"
_MONTGOMERY_C = "Montgomery, Introduction to Statistical Quality Control, 516 in 26 samples"
_NILE = "Zeileis et al., strucchange (R), Nile"
_OURS = "computed here, November 2026"

# fmt: off
_CONCENTRATION = (
    102.0, 94.8, 98.3, 98.4, 102.0, 98.5, 99.0, 97.7, 100.0, 98.1,
    101.3, 98.7, 101.1, 98.4, 97.0, 96.7, 100.3, 101.4, 97.2, 101.0,
)

_SUMS = (
    3.0, -1.2, -1.9, -2.5, 0.5, 0.0, 0.0, -1.3, -0.3, -1.2,
    1.1, 0.8, 2.9, 2.3, 0.3, -2.0, -0.7, 1.7, -0.1, 1.9,
)
# fmt: on

_HOMICIDES = (
    "151121235224"
    "001204132532"
    "311060321322"
    "132142232354"
    "141001311409"
    "112331231431"
    "332020347525"
    "121423266536"
)
"""SPVM, homicides by month, 2015 to 2022, one digit each (annual reports, M-IRIS)."""

_HOMICIDES_SINCE = (1, 1, 11, 0, 4, 2, 4, 2, 2, 2, 2, 0, 3, 3, 2, 1, 8, 0, 5, 1, 3, 5, 0, 0)
"""The same, 2023 and 2024."""


@cache
def _individuals() -> Baseline:
    import numpy as np  # heavy

    return individuals_baseline(np.array(_CONCENTRATION), len(_CONCENTRATION))


@cache
def _counts() -> Baseline:
    """Twenty-six samples that count 516 together: the limits depend on nothing else."""
    import numpy as np  # heavy

    samples = np.full(26, 20.0)
    samples[:4] -= 1
    return poisson_baseline(samples, np.ones(26), 26)


@cache
def _nile() -> Break:
    return find_break(reference_table("nile")["value"], n_permutations=99)


@cache
def _homicides() -> PoissonFit:
    return poisson_fit([*(int(digit) for digit in _HOMICIDES), *_HOMICIDES_SINCE])


def _sum(place: int) -> float:
    return float(cumulative_sums(_CONCENTRATION, 99.0)[place])


REFERENCES: tuple[Reference, ...] = (
    *(
        Reference(
            _STUDY, f"cumulative sum {place + 1}", value, _MONTGOMERY, partial(_sum, place), 1e-9
        )
        for place, value in enumerate(_SUMS)
    ),
    *(
        Reference(_STUDY, f"individuals, {name}", published, _MONTGOMERY, obtained, tolerance)
        for name, published, obtained, tolerance in (
            ("mean", 99.1, lambda: float(_individuals().centre[0]), 0.05),
            ("moving range", 2.59, lambda: float(mean_moving_range(_CONCENTRATION)), 5e-3),
            # The book rounds d2 to 1.128 and the moving range to 2.59.
            ("upper limit", 105.99, lambda: float(_individuals().high[0]), 1.5e-2),
            ("lower limit", 92.21, lambda: float(_individuals().low[0]), 1.5e-2),
        )
    ),
    *(
        Reference(_STUDY, f"c chart, {name}", published, _MONTGOMERY_C, obtained, tolerance)
        for name, published, obtained, tolerance in (
            ("mean", 19.85, lambda: float(_counts().centre[0]), 5e-3),
            ("upper limit", 33.22, lambda: float(_counts().high[0]), 1e-2),
            ("lower limit", 6.48, lambda: float(_counts().low[0]), 5e-3),
        )
    ),
    *(
        Reference(_STUDY, f"Nile, {name}", published, _NILE, obtained, tolerance)
        for name, published, obtained, tolerance in (
            ("observations before the break", 28.0, lambda: float(_nile().position), 0.0),
            ("mean before", 1097.75, lambda: _nile().mean_before, 5e-3),
            ("mean after", 849.97, lambda: _nile().mean_after, 5e-3),
        )
    ),
    *(
        Reference(_STUDY, f"Montréal homicides, {name}", value, _OURS, obtained, tol, "anchor")
        for name, value, obtained, tol in (
            ("mean", 2.475, lambda: _homicides().mean, 1e-9),
            ("variance", 3.8817, lambda: _homicides().variance, 5e-5),
            ("dispersion", 186.636, lambda: _homicides().statistic, 5e-4),
            ("p", 7e-5, lambda: _homicides().p, 5e-6),
        )
    ),
)

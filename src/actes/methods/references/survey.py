"""Published values for `sondage-citoyens`."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from actes.methods.references.reference import Reference, not_here
from actes.methods.survey.association import RaoScott, rao_scott
from actes.methods.survey.design import SurveyDesign
from actes.methods.survey.estimates import Estimate, mean

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["REFERENCES", "nhanes_file"]

_STUDY = "sondage-citoyens"
_LOHR = "Lohr 2022, Sampling, chapter 5, grades of a dormitory (5 suites of 100, 4 students each)"
_API = "R, survey, apiclus1: interval from the mean and standard error printed, 14 degrees"
_APICLUS = "R, survey, apiclus1"
_STATA = "Stata, survey manual, NHANES II: svy: mean zinc"
_TABULATE = "Stata, survey manual, NHANES II: svy: tabulate race diabetes (12 more respondents)"

_GRADES = (
    (3.08, 2.60, 3.44, 3.04),
    (2.36, 3.04, 3.28, 2.68),
    (2.00, 2.56, 2.52, 1.88),
    (3.00, 2.88, 3.44, 3.64),
    (2.68, 1.92, 3.28, 3.20),
)


@cache
def _grades() -> Estimate:
    import numpy as np  # heavy

    suites = np.repeat(np.arange(5), 4)
    design = SurveyDesign.build(np.full(20, 20.0), clusters=suites)
    return mean(design, np.array(_GRADES).ravel())


@cache
def _api_interval() -> Estimate:
    """Make fifteen clusters whose mean and standard error are those printed."""
    import numpy as np  # heavy

    spread = np.linspace(-1, 1, 15)
    scaled = spread / (spread.std(ddof=1) / np.sqrt(15))
    return mean(SurveyDesign.build(np.ones(15)), 644.1694 + 23.5422 * scaled)


def nhanes_file() -> Path | None:
    """Find the NHANES II sample inside the samplics package, when that one is installed."""
    spec = find_spec("samplics")
    if spec is None or not spec.submodule_search_locations:
        return None
    file = Path(next(iter(spec.submodule_search_locations))) / "datasets" / "data" / "nhanes2.csv"
    return file if file.is_file() else None


@cache
def _nhanes() -> tuple[pd.DataFrame, SurveyDesign]:
    import pandas as pd  # heavy

    file = nhanes_file()
    if file is None:
        raise FileNotFoundError("samplics is not installed")
    table = pd.read_csv(file)
    design = SurveyDesign.build(table["finalwgt"], strata=table["stratid"], clusters=table["psuid"])
    return table, design


@cache
def _zinc() -> Estimate:
    table, design = _nhanes()
    return mean(design, table["zinc"].to_numpy(float))


@cache
def _diabetes() -> RaoScott:
    table, design = _nhanes()
    return rao_scott(design, table["race"].to_numpy(float), table["diabetes"].to_numpy(float))


_NHANES: tuple[Reference, ...] = (
    Reference(_STUDY, "zinc, mean", 87.18207, _STATA, lambda: _zinc().value, 5e-6),
    Reference(_STUDY, "zinc, standard error", 0.4944827, _STATA, lambda: _zinc().se, 5e-7),
    Reference(_STUDY, "zinc, design degrees of freedom", 31, _STATA, lambda: _zinc().dof, 0),
    Reference(_STUDY, "zinc, answers", 9189, _STATA, lambda: _zinc().n, 0),
    Reference(_STUDY, "diabetes, F", 15.0056, _TABULATE, lambda: _diabetes().f, 0.08),
    Reference(_STUDY, "diabetes, F, dof", 1.52, _TABULATE, lambda: _diabetes().dof, 0.01),
    Reference(
        _STUDY, "diabetes, F, error dof", 47.26, _TABULATE, lambda: _diabetes().dof_error, 0.1
    ),
)
"""Values whose data come inside the samplics package, which Actes does not depend on."""


REFERENCES: tuple[Reference, ...] = (
    Reference(_STUDY, "grades, mean", 2.826, _LOHR, lambda: _grades().value, 5e-4),
    Reference(
        _STUDY,
        "grades, standard error (with their finite population factor)",
        0.164,
        _LOHR,
        lambda: _grades().se * (1 - 5 / 100) ** 0.5,
        5e-4,
    ),
    Reference(_STUDY, "schools, low", 593.6763, _API, lambda: _api_interval().low, 5e-4),
    Reference(_STUDY, "schools, high", 694.6625, _API, lambda: _api_interval().high, 5e-4),
    *(
        Reference(_STUDY, f"schools, {name}", value, _APICLUS, not_here, tol, needs=_APICLUS)
        for name, value, tol in (
            ("mean", 644.1694, 5e-5),
            ("standard error", 23.5422, 5e-5),
            ("low, normal", 598.0275, 5e-4),
            ("high, normal", 690.3113, 5e-4),
        )
    ),
    *(
        replace(row, needs="samplics", obtained=row.obtained if nhanes_file() else not_here)
        for row in _NHANES
    ),
)

"""Ask the same question at dates when nothing happened.

In: the series and the `Specification` of a fit. Out: the effects found at every admissible date
before the intervention, and where the real one stands among them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from actes.i18n import _
from actes.methods.caveats import Caveat
from actes.methods.interrupted.fit import estimate_series

if TYPE_CHECKING:
    import pandas as pd

    from actes.methods.interrupted.design import Specification

__all__ = ["PlaceboDistribution", "placebo_distribution"]

FEW_PLACEBOS = 19


@dataclass(frozen=True)
class PlaceboDistribution:
    """Effects at false dates.

    Parameters
    ----------
    term
        Which coefficient is compared: ``level``, or ``slope`` when there is no step.
    effects
        ``date, coefficient, se, change``: one row per false date (log scale, then relative).
    actual_coefficient, actual_change
        The real date's, from the whole series.
    n_as_large
        False dates with an effect at least as large, in absolute log scale.
    p
        (1 + n_as_large) / (1 + n): never zero; NaN without any false date. Neighbouring dates
        resemble one another, so that it is a rank to look at, not the level of a test.
    caveats
        Reserves to print with it.
    """

    term: str
    effects: pd.DataFrame
    actual_coefficient: float
    actual_change: float
    n_as_large: int
    p: float
    caveats: tuple[Caveat, ...]

    @property
    def n(self) -> int:
        """Number of false dates."""
        return len(self.effects)

    @property
    def smallest_p(self) -> float:
        """The smallest value that `p` could take with so many false dates."""
        return 1 / (1 + self.n)


def placebo_distribution(
    series: pd.Series,
    specification: Specification,
    *,
    exposure: pd.Series | None = None,
    covariates: pd.DataFrame | None = None,
) -> PlaceboDistribution:
    """Fit the same model at each earlier date, on the series cut before the intervention.

    The periods after the real date are left out, lest its effect leak into the false ones. A date
    is admissible with at least ``min_before`` periods used before it and ``min_after`` from it on.
    After the "in-time placebos" of Abadie, Diamond & Hainmueller 2015 (*American Journal of
    Political Science* 59) and Linden 2018 (*Journal of Evaluation in Clinical Practice* 24).

    Raises
    ------
    ParameterError, TableError
        As `actes.methods.interrupted.fit.fit_interrupted`.
    """
    import numpy as np  # heavy
    import pandas as pd

    estimate, _regressors, _used = estimate_series(series, specification, exposure, covariates)
    term = specification.effect_terms[0]
    actual = float(estimate.coefficients[term])
    is_before = np.asarray(series.index < specification.intervention)
    past = series[is_before]
    past_exposure = None if exposure is None else exposure[is_before]
    past_covariates = None if covariates is None else covariates[is_before]
    rows = []
    for date in _admissible_dates(list(past.index), specification):
        false = replace(
            specification,
            intervention=date,
            excluded=tuple(period for period in specification.excluded if period in past.index),
        )
        one, _regressors, _used = estimate_series(
            past, false, past_exposure, past_covariates, n_random=0
        )
        variance = one.covariance[term].to_dict()[term]
        rows.append((date, float(one.coefficients[term]), float(np.sqrt(variance))))
    effects = pd.DataFrame(rows, columns=["date", "coefficient", "se"])
    effects["change"] = np.expm1(effects["coefficient"].astype(float))
    n_as_large = int((effects["coefficient"].abs() >= abs(actual)).sum())
    return PlaceboDistribution(
        term=term,
        effects=effects,
        actual_coefficient=actual,
        actual_change=float(np.expm1(actual)),
        n_as_large=n_as_large,
        p=(1 + n_as_large) / (1 + len(effects)) if len(effects) else float("nan"),
        caveats=_caveats(len(effects)),
    )


def _admissible_dates(periods: list[pd.Period], specification: Specification) -> list[pd.Period]:
    used = [period for period in periods if period not in specification.excluded]
    return [
        date
        for date in periods
        if sum(period < date for period in used) >= specification.min_before
        and sum(period >= date for period in used) >= specification.min_after
    ]


def _caveats(n: int) -> tuple[Caveat, ...]:
    if n == 0:
        text = _("The series is too short before the intervention for any false date to be tried.")
        return (Caveat("no-placebo", text),)
    if n < FEW_PLACEBOS:
        text = _("Only {n} false dates could be tried: the rank of the real one says little.")
        return (Caveat("few-placebos", text.format(n=n)),)
    return ()

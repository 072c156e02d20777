"""State what is asked of an interrupted series, refuse what cannot answer, build the regressors.

In: a series of counts indexed by period, a date, choices. Out: a checked `Specification` and its
design matrix. Only here: which series and which dates are admissible.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from actes.errors import ParameterError, TableError
from actes.i18n import _, ngettext
from actes.methods.counts import check_counts, check_exposures

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

__all__ = [
    "Effect",
    "Model",
    "Seasonality",
    "Specification",
    "check_request",
    "days_per_period",
    "design_matrix",
    "periods_per_year",
    "regular_series",
]

Model = Literal["quasipoisson", "negbin", "sarimax", "structural"]
Seasonality = Literal["none", "months", "fourier"]
Effect = Literal["level", "slope", "level+slope"]


@dataclass(frozen=True)
class Specification:
    """What is asked of the series.

    Parameters
    ----------
    intervention
        First period under the new regime (``pandas.Period`` of the series' frequency).
    model
        ``quasipoisson`` or ``negbin`` (segmented regression, log link), ``sarimax`` (regression
        of log counts with ARMA errors) or ``structural`` (log counts, local level).
    effect
        A step of ``level``, a change of ``slope``, or both.
    seasonality
        ``months`` (eleven contrasts; a deterministic seasonal in the structural model),
        ``fourier`` (``k_fourier`` pairs of waves of a year) or ``none``. A SARIMAX without any
        gets a seasonal autoregression instead.
    hac_lags
        Lags of the Newey-West standard errors of the two regressions, in periods; 0: none.
    excluded
        Periods left out of the fit (a transition).
    min_before, min_after
        Fewest periods used on each side; the usual 24 and 12 unless one knows better.
    alpha
        Intervals have level 1 - alpha.
    seed
        Of the simulated interval and of the optimisers' random starts.
    """

    intervention: pd.Period
    model: Model = "quasipoisson"
    effect: Effect = "level+slope"
    seasonality: Seasonality = "months"
    k_fourier: int = 2
    hac_lags: int = 12
    excluded: tuple[pd.Period, ...] = ()
    min_before: int = 24
    min_after: int = 12
    alpha: float = 0.05
    seed: int = 20260101

    @property
    def effect_terms(self) -> tuple[str, ...]:
        """Names of the regressors that carry the effect."""
        return tuple(self.effect.split("+"))

    @property
    def is_on_logs(self) -> bool:
        """Whether the model is one of log counts."""
        return self.model in ("sarimax", "structural")


def regular_series(
    table: pd.DataFrame, *, count: str, year: str, month: str, area: str | None = None
) -> pd.Series:
    """Turn a table of one category's months into a series indexed by month.

    Parameters
    ----------
    area
        Column that says where the events of a row took place: the areas of a month are added up.

    Returns
    -------
    Series
        Counts, with a monthly ``PeriodIndex``, sorted; gaps are refused later, by the fit.

    Raises
    ------
    TableError
        P220, two rows for one month (of one area); P200, P201 from areas that cannot be added.
    """
    import pandas as pd  # heavy

    _check_not_repeated(table, [year, month] if area is None else [year, month, area])
    if area is not None:
        check_counts(table[count])
        table = table.groupby([year, month])[count].sum().reset_index()
    months = zip(table[year].astype(int), table[month].astype(int), strict=True)
    index = pd.PeriodIndex([pd.Period(year=y, month=m, freq="M") for y, m in months], freq="M")
    return pd.Series(table[count].to_numpy(), index=index, name=count).sort_index()


def _check_not_repeated(table: pd.DataFrame, keys: list[str]) -> None:
    n_repeated = int(table.duplicated(keys).sum())
    if n_repeated:
        raise TableError(
            "P220",
            _("Some months have several counts."),
            found=ngettext("{n} repeated row", "{n} repeated rows", n_repeated).format(
                n=n_repeated
            ),
            expected=_("one row for each month"),
            next_step=_("Keep a single category, or add its rows together first."),
        )


def days_per_period(index: pd.PeriodIndex) -> pd.Series:
    """Count the days of each period: the exposure that makes February comparable."""
    import pandas as pd  # heavy

    days = (index.end_time.normalize() - index.start_time.normalize()).days + 1
    return pd.Series(days.to_numpy(float), index=index, name="days")


def periods_per_year(index: pd.PeriodIndex) -> float:
    """Number of periods in a year: 12 for months, 52.18 for weeks."""
    return 12.0 if index.freqstr.startswith("M") else 365.25 / 7


def design_matrix(
    index: pd.PeriodIndex, specification: Specification, covariates: pd.DataFrame | None = None
) -> pd.DataFrame:
    """Build the regressors of segmented regression.

    Columns: ``constant``; ``trend``, years since the start; ``level``, 1 from the intervention on;
    ``slope``, years since the intervention (0 before and at it); the season; the covariates. After
    Wagner, Soumerai, Zhang & Ross-Degnan 2002 (*Journal of Clinical Pharmacy and Therapeutics* 27)
    and Lopez Bernal, Cummins & Gasparrini 2017 (*International Journal of Epidemiology* 46).
    """
    import numpy as np  # heavy
    import pandas as pd

    time = np.arange(len(index)) / periods_per_year(index)
    at = index.get_loc(specification.intervention)
    columns: dict[str, np.ndarray] = {"constant": np.ones(len(index)), "trend": time}
    if "level" in specification.effect_terms:
        columns["level"] = (time >= time[at]).astype(float)
    if "slope" in specification.effect_terms:
        columns["slope"] = np.maximum(time - time[at], 0.0)
    columns |= _season(index, specification)
    matrix = pd.DataFrame(columns, index=index)
    return matrix if covariates is None else matrix.join(covariates.astype(float))


def _season(index: pd.PeriodIndex, specification: Specification) -> dict[str, np.ndarray]:
    import numpy as np  # heavy

    # A week belongs to the month and to the moment of the year of its first day.
    starts = index.start_time
    if specification.seasonality == "months":
        months = starts.month
        return {f"month_{m:02d}": (months == m).astype(float) for m in range(2, 13)}
    if specification.seasonality == "none":
        return {}
    monthly = index.freqstr.startswith("M")
    angle = 2 * np.pi * ((starts.month - 1) / 12 if monthly else starts.day_of_year / 365.25)
    orders = range(1, specification.k_fourier + 1)
    waves = {f"cosine_{k}": np.cos(k * angle) for k in orders}
    return waves | {f"sine_{k}": np.sin(k * angle) for k in orders}


def check_request(
    series: pd.Series,
    specification: Specification,
    exposure: pd.Series | None,
    covariates: pd.DataFrame | None,
) -> pd.PeriodIndex:
    """Refuse a series, a date or choices that cannot give an answer; return its periods.

    Raises
    ------
    ParameterError
        P221, the date is outside the series; P222, too few periods on one side; P223, an excluded
        period that the series does not have; P224, a zero where logs are taken, or no event at
        all on one side; P226, an exposure or covariate that is not aligned; P228, an unknown
        choice.
    TableError
        P200, P201, negative or fractional counts; P202, an exposure; P225, a gap in the
        series, or no row at all.
    """
    _check_choices(specification)
    index = _regular_index(series)
    check_counts(series)
    _check_dates(index, specification)
    _check_aligned(index, exposure, covariates)
    if exposure is not None:
        check_exposures(exposure)
    is_after = index >= specification.intervention
    if not (series[is_after].any() and series[~is_after].any()):
        raise ParameterError(
            "P224",
            _("There is no event at all on one side of the intervention."),
            expected=_("events before and after"),
            next_step=_("Choose another date, or a wider category."),
        )
    n_zero = int((series == 0).sum())
    if specification.is_on_logs and n_zero:
        raise ParameterError(
            "P224",
            _("This model takes logarithms, and the series holds zeros."),
            found=ngettext(
                "{n} period without any event", "{n} periods without any event", n_zero
            ).format(n=n_zero),
            expected=_("at least one event in each period"),
            next_step=_("Choose the quasi-Poisson or the negative binomial model."),
        )
    return index


def _check_choices(specification: Specification) -> None:
    choices: tuple[tuple[str, tuple[str, ...]], ...] = (
        (specification.model, get_args(Model)),
        (specification.seasonality, get_args(Seasonality)),
        (specification.effect, get_args(Effect)),
    )
    wrong = [(value, known) for value, known in choices if value not in known]
    bounds = (
        ("alpha", specification.alpha, 0.0001, 0.5),
        ("k_fourier", specification.k_fourier, 1, 5),
        ("hac_lags", specification.hac_lags, 0, 24),
    )
    wrong += [
        (f"{name} = {value}", (f"{low}", "…", f"{high}"))
        for name, value, low, high in bounds
        if not low <= value <= high
    ]
    if wrong:
        raise ParameterError(
            "P228",
            _("The model cannot be specified so."),
            found=", ".join(str(value) for value, _known in wrong),
            expected="; ".join(", ".join(known) for _value, known in wrong),
            next_step=_("Choose one of these values."),
        )


def _regular_index(series: pd.Series) -> pd.PeriodIndex:
    import pandas as pd  # heavy

    index = series.index
    if not isinstance(index, pd.PeriodIndex) or not index.freqstr.startswith(("M", "W")):
        raise TableError(
            "P225",
            _("The series is not one of months or weeks."),
            expected=_("an index of months or weeks"),
            next_step=_("Count the events by month or by week first."),
        )
    if series.empty:
        raise TableError(
            "P225",
            _("The series is empty: no row is left."),
            next_step=_("Choose a category that this area has, or other data."),
        )
    complete = pd.period_range(index.min(), index.max(), freq=index.freq)
    missing = complete.difference(index)
    n_unknown = int(series.isna().sum())
    if len(missing) or n_unknown or not index.equals(complete):
        raise TableError(
            "P225",
            _("The series has gaps."),
            found=_("{n} periods missing, {unknown} without a count").format(
                n=len(missing), unknown=n_unknown
            ),
            expected=_("every period from {first} to {last}, once, in order").format(
                first=index.min(), last=index.max()
            ),
            next_step=_("Complete the source, or start the series after the gap."),
        )
    return index


def _check_dates(index: pd.PeriodIndex, specification: Specification) -> None:
    at = specification.intervention
    if at.freqstr != index.freqstr or not index[0] < at <= index[-1]:
        raise ParameterError(
            "P221",
            _("The date of the intervention is not inside the series."),
            found=str(at),
            expected=_("after {first}, no later than {last}").format(
                first=index[0], last=index[-1]
            ),
            next_step=_("Choose a date inside the series, or a longer series."),
        )
    unknown = [str(period) for period in specification.excluded if period not in index]
    if unknown:
        raise ParameterError(
            "P223",
            _("A period to be excluded is not in the series."),
            found=", ".join(unknown),
            expected=_("periods from {first} to {last}").format(first=index[0], last=index[-1]),
            next_step=_("Correct the list of excluded periods."),
        )
    used = index[~index.isin(specification.excluded)]
    n_before, n_after = int((used < at).sum()), int((used >= at).sum())
    if n_before < specification.min_before or n_after < specification.min_after:
        raise ParameterError(
            "P222",
            _("There are too few periods on one side of the intervention."),
            found=_("{before} before, {after} after").format(before=n_before, after=n_after),
            expected=_("at least {before} before and {after} after").format(
                before=specification.min_before, after=specification.min_after
            ),
            next_step=_("Wait for more data, or compare the same months of two years instead."),
        )


def _check_aligned(
    index: pd.PeriodIndex, exposure: pd.Series | None, covariates: pd.DataFrame | None
) -> None:
    given = [data for data in (exposure, covariates) if data is not None]
    is_aligned = all(data.index.equals(index) for data in given)
    if not is_aligned or any(bool(data.isna().to_numpy().any()) for data in given):
        raise ParameterError(
            "P226",
            _("An exposure or a covariate does not cover the series."),
            expected=_("one known value for each period of the series"),
            next_step=_("Complete it, or leave it out."),
        )

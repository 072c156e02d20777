"""Compare groups within the same areas, with a benchmark as offset.

In: `Stops`, a benchmark. Out: `BenchmarkFit`: ratios whose errors allow for overdispersion.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, get_args

from actes.errors import ParameterError, TableError
from actes.i18n import _, ngettext
from actes.methods.caveats import Caveat
from actes.methods.disparity.indices import POWER, check_benchmark
from actes.numbers import format_decimal

if TYPE_CHECKING:
    import pandas as pd

    from actes.methods.disparity.stops import Stops

__all__ = ["BenchmarkFit", "Law", "fit_benchmark", "fit_cells"]

Law = Literal["negbin", "quasipoisson"]

OVERDISPERSED = 2
_BOUNDS = (-16.0, 4.0)
"""Logs of the smallest and largest heterogeneity looked for."""


@dataclass(frozen=True)
class BenchmarkFit:
    """A regression of stops, offset by the log of a benchmark.

    Parameters
    ----------
    ratios
        ``group, ratio, low, high, detectable``: each group's stops per unit of benchmark over the
        reference's, within the same area when areas are in the model; ``detectable`` is the
        smallest ratio above 1 that would be found four times in five, its inverse below 1.
    coefficients
        ``term, coefficient, se, se_quasi``: the model's standard errors, and those that the
        intervals rest on: under ``quasipoisson``, widened by the square root of the dispersion.
    deviance, null_deviance
        Of the model, and of the offset with a constant alone.
    dispersion
        Pearson's chi-square over its degrees of freedom, of the Poisson model: 1 under chance.
    law
        ``quasipoisson``: variance dispersion x mean; ``negbin``: mean + heterogeneity x mean^2.
    heterogeneity
        0 under ``quasipoisson``, and when the stops vary no more than chance.
    has_areas
        Whether areas have effects.
    n_cells
        Pairs of area and group.
    caveats
        Reserves about the fit.
    """

    ratios: pd.DataFrame
    coefficients: pd.DataFrame
    deviance: float
    null_deviance: float
    dispersion: float
    law: Law
    heterogeneity: float
    has_areas: bool
    n_cells: int
    caveats: tuple[Caveat, ...]


def fit_benchmark(
    stops: Stops, benchmark: str, *, law: Law = "negbin", areas: bool = True, alpha: float = 0.05
) -> BenchmarkFit:
    """Fit the model on the groups that have stops enough: see `fit_cells`.

    Raises
    ------
    ParameterError
        P431, the data do not have this benchmark; P434, an unknown law.
    TableError
        P436, as `fit_cells`.
    """
    check_benchmark(stops, benchmark)
    told = [group for group in stops.groups if stops.is_told(group)]
    cells = stops.cells[stops.cells["group"].isin(told)]
    return fit_cells(
        cells.rename(columns={benchmark: "benchmark"})[["area", "group", "stops", "benchmark"]],
        reference=stops.reference,
        law=law,
        areas=areas,
        alpha=alpha,
    )


def fit_cells(
    cells: pd.DataFrame,
    *,
    reference: str,
    law: Law = "negbin",
    areas: bool = True,
    alpha: float = 0.05,
) -> BenchmarkFit:
    """Fit log E(stops) = log(benchmark) + group [+ area] (Gelman & Hill 2007, chapter 6).

    Where the stops vary more than chance, the intervals take Student's law, with the residual
    degrees of freedom; else the normal one, as the variance is then known.

    Parameters
    ----------
    cells
        ``area, group, stops, benchmark``; cells whose benchmark is zero or missing are left out,
        and so are areas without any stop when areas have effects.
    law
        ``negbin``, its heterogeneity such that Pearson's chi-square equals its degrees of freedom
        (Breslow 1984, *Applied Statistics* 33); or ``quasipoisson``, whose intervals are too
        narrow when benchmarks are of very unequal sizes.

    Raises
    ------
    ParameterError
        P434, an unknown law.
    TableError
        P436, fewer cells than the model has terms.
    """
    _check_law(law)
    used, order = _usable(cells, reference, areas=areas)
    n_lost = int(((cells["stops"] > 0) & ~(cells["benchmark"] > 0)).sum())
    design = _design(used, areas=areas)
    fit = _glm(used, design, 0.0)
    dispersion = float(fit.pearson_chi2 / fit.df_resid)
    heterogeneity = 0.0
    if law == "negbin" and dispersion > 1:
        heterogeneity = _heterogeneity(used, design)
        fit = _glm(used, design, heterogeneity)
    dof = float(fit.df_resid) if dispersion > 1 else math.inf
    coefficients = _coefficients(fit, dispersion if law == "quasipoisson" else 1.0)
    return BenchmarkFit(
        ratios=_ratios(coefficients.iloc[1 : len(order)], order[1:], dof, alpha),
        coefficients=coefficients,
        deviance=float(fit.deviance),
        null_deviance=float(fit.null_deviance),
        dispersion=dispersion,
        law=law,
        heterogeneity=heterogeneity,
        has_areas=areas,
        n_cells=len(used),
        caveats=_caveats(dispersion, law, n_lost, areas=areas),
    )


def _design(used: pd.DataFrame, *, areas: bool) -> pd.DataFrame:
    """Return a constant, then a column for each group, then for each area, the first left out."""
    import pandas as pd  # heavy

    factors = used[["group", "area"] if areas else ["group"]]
    design = pd.get_dummies(factors, drop_first=True, dtype=float)
    design.insert(0, "constant", 1.0)
    return design


def _glm(used: pd.DataFrame, design: pd.DataFrame, heterogeneity: float) -> Any:
    """Fit the model for a heterogeneity; 0 is Poisson."""
    import numpy as np  # heavy
    import statsmodels.api as sm

    family = sm.families.Poisson()
    if heterogeneity:
        family = sm.families.NegativeBinomial(alpha=heterogeneity)
    offset = np.log(used["benchmark"].astype(float))
    return sm.GLM(used["stops"].astype(float), design, family=family, offset=offset).fit(scale=1.0)


def _heterogeneity(used: pd.DataFrame, design: pd.DataFrame) -> float:
    """Find the heterogeneity for which Pearson's chi-square equals its degrees of freedom."""
    from scipy.optimize import brentq  # heavy

    def excess(log: float) -> float:
        fit = _glm(used, design, math.exp(log))
        return float(fit.pearson_chi2 / fit.df_resid) - 1

    low, high = _BOUNDS
    if excess(low) <= 0:
        return math.exp(low)
    return math.exp(high if excess(high) > 0 else float(brentq(excess, low, high, xtol=1e-6)))


def _check_law(law: str) -> None:
    if law not in get_args(Law):
        raise ParameterError(
            "P434", _("This choice is not known."), found=law, expected=", ".join(get_args(Law))
        )


def _usable(cells: pd.DataFrame, reference: str, *, areas: bool) -> tuple[pd.DataFrame, list[str]]:
    """Return the cells that say something, and the groups, the reference first."""
    import pandas as pd  # heavy

    used = cells[cells["benchmark"] > 0]
    if areas:
        used = used[used.groupby("area")["stops"].transform("sum") > 0]
    # The first level of a formula is the one left out: it must be the reference.
    order = [reference, *(g for g in dict.fromkeys(used["group"]) if g != reference)]
    used = used.assign(
        group=pd.Categorical(used["group"], order),
        area=pd.Categorical(used["area"], list(dict.fromkeys(used["area"]))),
    )
    n_terms = len(order) + (used["area"].nunique() - 1 if areas else 0)
    if len(used) <= n_terms or used["group"].nunique() < len(order):
        raise TableError(
            "P436",
            _("Too few pairs of area and group for this model."),
            found=str(len(used)),
            expected=_("more than its {n} terms, and every group").format(n=n_terms),
            next_step=_("leave areas out of the model"),
        )
    return used, order


def _coefficients(fit: Any, dispersion: float) -> pd.DataFrame:
    import pandas as pd  # heavy

    errors = fit.bse.to_numpy()
    return pd.DataFrame(
        {
            "term": fit.params.index,
            "coefficient": fit.params.to_numpy(),
            "se": errors,
            "se_quasi": errors * max(dispersion, 1.0) ** 0.5,
        }
    )


def _ratios(own: pd.DataFrame, groups: list[str], dof: float, alpha: float) -> pd.DataFrame:
    import numpy as np  # heavy
    import pandas as pd
    from scipy.stats import t as student

    log, se = own["coefficient"].to_numpy(), own["se_quasi"].to_numpy()
    reach = student.isf(alpha / 2, dof) * se
    columns = {"ratio": log, "low": log - reach, "high": log + reach}
    table = pd.DataFrame({"group": groups, **{name: np.exp(v) for name, v in columns.items()}})
    sought = student.isf(alpha / 2, dof) + student.isf(1 - POWER, dof)
    return table.assign(detectable=np.exp(sought * se))


def _caveats(dispersion: float, law: Law, n_lost: int, *, areas: bool) -> tuple[Caveat, ...]:
    found = []
    if dispersion > OVERDISPERSED and law == "quasipoisson":
        text = _(
            "The quasi-Poisson intervals are too narrow when benchmarks are of very unequal sizes "
            "(15 to 20 % of false alarms for 5 % in our simulations): prefer the negative binomial."
        )
        found.append(Caveat("quasi-poisson", text))
    if dispersion > OVERDISPERSED:
        text = _(
            "Stops vary between areas and groups {times} times as much as chance would make them; "
            "the model's intervals are widened accordingly."
        )
        found.append(Caveat("overdispersed", text.format(times=format_decimal(dispersion, 1))))
    if n_lost:
        text = ngettext(
            "{n} pair of area and group has stops but no benchmark: the model leaves it out.",
            "{n} pairs of area and group have stops but no benchmark: the model leaves them out.",
            n_lost,
        )
        found.append(Caveat("no-benchmark", text.format(n=n_lost)))
    if not areas:
        text = _("Areas are not in the model: what differs between areas passes for a disparity.")
        found.append(Caveat("no-areas", text))
    return tuple(found)

"""Compare groups within the same areas, with a benchmark as offset.

In: `Stops`, a benchmark. Out: `BenchmarkFit`: ratios whose errors allow for overdispersion.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from actes.errors import TableError
from actes.i18n import _, ngettext
from actes.methods.caveats import Caveat
from actes.methods.disparity.indices import check_benchmark
from actes.numbers import format_decimal

if TYPE_CHECKING:
    import pandas as pd

    from actes.methods.disparity.stops import Stops

__all__ = ["BenchmarkFit", "fit_benchmark", "fit_cells"]

OVERDISPERSED = 2


@dataclass(frozen=True)
class BenchmarkFit:
    """A Poisson regression of stops, offset by the log of a benchmark.

    Parameters
    ----------
    ratios
        ``group, ratio, low, high``: each group's stops per unit of benchmark over the reference's,
        within the same area when areas are in the model.
    coefficients
        ``term, coefficient, se, se_quasi``: the Poisson standard errors, and those widened by the
        square root of the dispersion.
    deviance, null_deviance
        Of the model, and of the offset with a constant alone.
    dispersion
        Pearson's chi-square over its degrees of freedom: 1 under Poisson.
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
    has_areas: bool
    n_cells: int
    caveats: tuple[Caveat, ...]


def fit_benchmark(
    stops: Stops, benchmark: str, *, areas: bool = True, alpha: float = 0.05
) -> BenchmarkFit:
    """Fit the model on the groups that have stops enough: see `fit_cells`.

    Raises
    ------
    ParameterError
        P431, the data do not have this benchmark.
    TableError
        P436, as `fit_cells`.
    """
    check_benchmark(stops, benchmark)
    told = [group for group in stops.groups if stops.is_told(group)]
    cells = stops.cells[stops.cells["group"].isin(told)]
    return fit_cells(
        cells.rename(columns={benchmark: "benchmark"})[["area", "group", "stops", "benchmark"]],
        reference=stops.reference,
        areas=areas,
        alpha=alpha,
    )


def fit_cells(
    cells: pd.DataFrame, *, reference: str, areas: bool = True, alpha: float = 0.05
) -> BenchmarkFit:
    """Fit log E(stops) = log(benchmark) + group [+ area] (Gelman & Hill 2007, chapter 6).

    Parameters
    ----------
    cells
        ``area, group, stops, benchmark``; cells whose benchmark is zero or missing are left out,
        and so are areas without any stop when areas have effects.

    Raises
    ------
    TableError
        P436, fewer cells than the model has terms.
    """
    import numpy as np  # heavy
    import statsmodels.api as sm
    import statsmodels.formula.api as smf

    used, order = _usable(cells, reference, areas=areas)
    n_lost = int(((cells["stops"] > 0) & ~(cells["benchmark"] > 0)).sum())
    formula = "stops ~ C(group) + C(area)" if areas else "stops ~ C(group)"
    fit = smf.glm(
        formula, used, family=sm.families.Poisson(), offset=np.log(used["benchmark"].astype(float))
    ).fit()
    dispersion = float(fit.pearson_chi2 / fit.df_resid)
    coefficients = _coefficients(fit, dispersion)
    return BenchmarkFit(
        ratios=_ratios(coefficients.iloc[1 : len(order)], order[1:], alpha),
        coefficients=coefficients,
        deviance=float(fit.deviance),
        null_deviance=float(fit.null_deviance),
        dispersion=dispersion,
        has_areas=areas,
        n_cells=len(used),
        caveats=_caveats(dispersion, n_lost, areas=areas),
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


def _ratios(own: pd.DataFrame, groups: list[str], alpha: float) -> pd.DataFrame:
    import numpy as np  # heavy
    import pandas as pd
    from scipy.stats import norm

    log, reach = own["coefficient"].to_numpy(), norm.isf(alpha / 2) * own["se_quasi"].to_numpy()
    columns = {"ratio": log, "low": log - reach, "high": log + reach}
    return pd.DataFrame({"group": groups, **{name: np.exp(v) for name, v in columns.items()}})


def _caveats(dispersion: float, n_lost: int, *, areas: bool) -> tuple[Caveat, ...]:
    found = []
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

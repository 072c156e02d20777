"""Estimate the effect: what changed, how sure that is, what would have happened without it.

In: a series, a `Specification`. Out: `InterruptedFit`. Only here: the effect in words a manager
uses (percent at the date, per year, events in all) and the path without the intervention.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from actes.errors import ParameterError
from actes.i18n import _
from actes.methods.caveats import Caveat
from actes.methods.interrupted.design import (
    Specification,
    check_request,
    design_matrix,
)
from actes.methods.interrupted.diagnostics import (
    Diagnostics,
    diagnose,
    fit_caveats,
)
from actes.methods.interrupted.generalised import fit_generalised
from actes.methods.interrupted.logs import fit_logs

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from actes.methods.interrupted.estimate import Estimate

__all__ = ["InterruptedFit", "Interval", "estimate_series", "fit_interrupted", "term_label"]

POWER = 0.8

N_DRAWS = 10_000


@dataclass(frozen=True)
class Interval:
    """An estimate with its limits, at the level 1 - alpha of the specification."""

    estimate: float
    low: float
    high: float


@dataclass(frozen=True)
class InterruptedFit:
    """The effect of an intervention on a series.

    Parameters
    ----------
    specification
        What was asked.
    n_before, n_after, n_excluded
        Periods used before the intervention, from it on, and left out.
    coefficients
        ``term, coefficient, se, dof, irr, irr_low, irr_high, p, detectable``: natural log scale,
        then the ratio of counts that it stands for (a year's worth for ``trend`` and ``slope``);
        ``detectable`` is the smallest relative rise found four times in five.
    noise
        ``term, estimate, se``: dispersion, autoregression, variances.
    level_change
        Relative change at the intervention (-0.2: 20 % fewer); None without a step.
    trend_before, trend_after
        Relative change per year before and after; None where the model has no trend.
    trend_change
        Ratio of the two yearly growth factors, minus 1; None without a change of slope.
    average_change, final_change
        Relative change over all the periods after, and at the last one.
    excess
        Events more (negative: averted) than without the intervention, over the periods after
        that are used; the difference of the path's ``fitted`` and ``counterfactual`` summed.
    joint_p
        Of no effect at all (Wald test of the effect's terms together).
    path
        By period: ``observed, fitted, counterfactual, counterfactual_low, counterfactual_high,
        is_used``. NaN in the counterfactual before the intervention.
    diagnostics
        Residuals' autocorrelation and dispersion.
    standard_errors
        In words: which kind.
    caveats
        Reserves to print with the effect.
    """

    specification: Specification
    n_before: int
    n_after: int
    n_excluded: int
    coefficients: pd.DataFrame
    noise: pd.DataFrame
    level_change: Interval | None
    trend_before: Interval | None
    trend_after: Interval | None
    trend_change: Interval | None
    average_change: Interval
    final_change: Interval
    excess: Interval
    joint_p: float
    path: pd.DataFrame
    diagnostics: Diagnostics
    dispersion: float | None
    loglikelihood: float | None
    standard_errors: str
    caveats: tuple[Caveat, ...]


def fit_interrupted(
    series: pd.Series,
    specification: Specification,
    *,
    exposure: pd.Series | None = None,
    covariates: pd.DataFrame | None = None,
) -> InterruptedFit:
    """Fit the model asked for and say what the intervention changed.

    With D_t the effect's regressors and d their coefficients, the counterfactual is
    fitted_t exp(-D_t d): the same series, fitted, without the step and the change of slope. Its
    band and the interval of any ratio are those of D_t d (delta method on the log scale). The
    excess, sum of fitted_t (1 - exp(-D_t d)), is an attributable number in the sense of
    Gasparrini & Leone 2014 (*BMC Medical Research Methodology* 14:55); its interval comes from
    10,000 draws of d from its t law (seeded), the fitted counts being kept.

    Parameters
    ----------
    series
        Counts with a monthly or weekly ``PeriodIndex``, without gaps.
    exposure
        What the counts are relative to (days, residents), on the same index.
    covariates
        Other regressors, on the same index, entering the log linearly; one column each.

    Raises
    ------
    ParameterError, TableError
        P221 to P226 and P228: see `actes.methods.interrupted.design.check_request`; P227,
        regressors that say the same thing.
    """
    import numpy as np  # heavy

    estimate, regressors, used = estimate_series(series, specification, exposure, covariates)
    terms, alpha = list(specification.effect_terms), specification.alpha
    effect = regressors[terms].to_numpy()
    is_after = np.asarray(series.index >= specification.intervention)
    average, excess = _totals(estimate, effect, is_after & used, specification)
    diagnostics = diagnose(estimate, specification)
    n_after = int((is_after & used).sum())
    n_before = int((~is_after & used).sum())
    return InterruptedFit(
        specification=specification,
        n_before=n_before,
        n_after=n_after,
        n_excluded=len(series) - n_before - n_after,
        coefficients=_coefficient_table(estimate, alpha),
        noise=estimate.noise,
        level_change=_change_of(estimate, ["level"], alpha),
        trend_before=_change_of(estimate, ["trend"], alpha),
        trend_after=_change_of(estimate, ["trend", *(t for t in terms if t == "slope")], alpha),
        trend_change=_change_of(estimate, ["slope"], alpha),
        average_change=average,
        final_change=_change(estimate, dict(zip(terms, effect[-1], strict=True)), alpha),
        excess=excess,
        joint_p=_joint_p(estimate, terms),
        path=_path(series, estimate, effect, used=used, specification=specification),
        diagnostics=diagnostics,
        dispersion=estimate.dispersion,
        loglikelihood=estimate.loglikelihood,
        standard_errors=estimate.standard_errors,
        caveats=(
            *estimate.caveats,
            *_likelihood_caveats(specification.model),
            *fit_caveats(
                series, estimate, diagnostics, specification, n_before=n_before, n_after=n_after
            ),
        ),
    )


def estimate_series(
    series: pd.Series,
    specification: Specification,
    exposure: pd.Series | None,
    covariates: pd.DataFrame | None,
    *,
    n_random: int = 2,
) -> tuple[Estimate, pd.DataFrame, np.ndarray]:
    """Check the request, build the regressors, fit: what a placebo needs, and no more.

    Returns
    -------
    estimate, regressors, used
        ``used`` is the mask of the periods in the fit.
    """
    import numpy as np  # heavy

    index = check_request(series, specification, exposure, covariates)
    regressors = design_matrix(index, specification, covariates)
    used = ~np.asarray(series.index.isin(specification.excluded))
    _check_rank(regressors.to_numpy()[used], regressors.columns)
    counts = series.to_numpy(float)
    offset = np.zeros(len(series)) if exposure is None else np.log(exposure.to_numpy(float))
    if specification.is_on_logs:
        estimate = fit_logs(counts, regressors, offset, used, specification, n_random=n_random)
    else:
        estimate = fit_generalised(counts, regressors, offset, used, specification)
    return estimate, regressors, used


def _check_rank(matrix: np.ndarray, terms: pd.Index) -> None:
    import numpy as np  # heavy

    scaled = matrix / np.maximum(np.abs(matrix).max(axis=0), 1e-12)
    if np.linalg.matrix_rank(scaled) < matrix.shape[1]:
        raise ParameterError(
            "P227",
            _("Some regressors say the same thing: their effects cannot be told apart."),
            found=", ".join(str(term) for term in terms),
            expected=_("regressors none of which follows from the others"),
            next_step=_("Exclude fewer periods, drop a covariate, or ask for a simpler effect."),
        )


def _critical(dof: float, alpha: float) -> float:
    from scipy.stats import norm, t  # heavy

    return float(norm.ppf(1 - alpha / 2) if dof == float("inf") else t.ppf(1 - alpha / 2, dof))


def _coefficient_table(estimate: Estimate, alpha: float) -> pd.DataFrame:
    import numpy as np  # heavy
    import pandas as pd
    from scipy.stats import norm, t

    values = estimate.coefficients.to_numpy()
    se = np.sqrt(np.diag(estimate.covariance.to_numpy()))
    dof = estimate.dof.to_numpy()
    half = se * np.array([_critical(float(d), alpha) for d in dof])
    missed = se * np.array([_critical(float(d), 2 - 2 * POWER) for d in dof])
    ratio = np.abs(values / se)
    p = 2 * np.where(np.isinf(dof), norm.sf(ratio), t.sf(ratio, np.where(np.isinf(dof), 1, dof)))
    return pd.DataFrame(
        {
            "term": estimate.coefficients.index,
            "coefficient": values,
            "se": se,
            "dof": dof,
            "irr": np.exp(values),
            "irr_low": np.exp(values - half),
            "irr_high": np.exp(values + half),
            "p": p,
            "detectable": np.expm1(half + missed),
        }
    )


def _change(estimate: Estimate, weights: dict[str, float], alpha: float) -> Interval:
    """Give exp(sum of weights x coefficients) - 1 with its limits."""
    import numpy as np  # heavy

    terms = list(weights)
    w = np.array(list(weights.values()))
    centre = float(w @ estimate.coefficients[terms].to_numpy())
    se = float(np.sqrt(w @ estimate.covariance.loc[terms, terms].to_numpy() @ w))
    half = se * _critical(float(estimate.dof[terms].min()), alpha)
    return Interval(*(float(np.expm1(value)) for value in (centre, centre - half, centre + half)))


def _change_of(estimate: Estimate, terms: list[str], alpha: float) -> Interval | None:
    """Give the change that terms of weight 1 make; None when the model lacks one of them."""
    if any(term not in estimate.coefficients.index for term in terms):
        return None
    return _change(estimate, dict.fromkeys(terms, 1.0), alpha)


def _path(
    series: pd.Series,
    estimate: Estimate,
    effect: np.ndarray,
    *,
    used: np.ndarray,
    specification: Specification,
) -> pd.DataFrame:
    import numpy as np  # heavy
    import pandas as pd

    terms = list(specification.effect_terms)
    shift = effect @ estimate.coefficients[terms].to_numpy()
    covariance = estimate.covariance.loc[terms, terms].to_numpy()
    se = np.sqrt(np.einsum("ti,ij,tj->t", effect, covariance, effect))
    half = se * _critical(float(estimate.dof[terms].min()), specification.alpha)
    is_after = np.asarray(series.index >= specification.intervention)
    path = pd.DataFrame({"observed": series.to_numpy(), "fitted": estimate.fitted}, series.index)
    for name, value in (("", shift), ("_low", shift + half), ("_high", shift - half)):
        without = estimate.fitted * np.exp(-value)
        path[f"counterfactual{name}"] = np.where(is_after, without, np.nan)
    return path.assign(is_used=used)


def _totals(
    estimate: Estimate, effect: np.ndarray, counted: np.ndarray, specification: Specification
) -> tuple[Interval, Interval]:
    """Average relative change and excess over the periods counted, with simulated limits."""
    import numpy as np  # heavy

    terms = list(specification.effect_terms)
    centre = estimate.coefficients[terms].to_numpy()
    random = np.random.default_rng(specification.seed)
    noise = random.multivariate_normal(
        np.zeros(len(terms)), estimate.covariance.loc[terms, terms].to_numpy(), N_DRAWS
    )
    dof = float(estimate.dof[terms].min())
    if np.isfinite(dof):
        noise /= np.sqrt(random.chisquare(dof, N_DRAWS) / dof)[:, None]
    fitted = estimate.fitted[counted]
    draws = np.vstack([centre, centre + noise])
    without = np.exp(-draws @ effect[counted].T) @ fitted
    excess, average = fitted.sum() - without, fitted.sum() / without - 1
    return _simulated(average, specification.alpha), _simulated(excess, specification.alpha)


def _simulated(values: np.ndarray, alpha: float) -> Interval:
    """Take the first value as the estimate and the limits from the others."""
    import numpy as np  # heavy

    low, high = np.quantile(values[1:], [alpha / 2, 1 - alpha / 2])
    return Interval(float(values[0]), float(low), float(high))


def _joint_p(estimate: Estimate, terms: list[str]) -> float:
    import numpy as np  # heavy
    from scipy.stats import chi2, f

    centre = estimate.coefficients[terms].to_numpy()
    covariance = estimate.covariance.loc[terms, terms].to_numpy()
    wald = float(centre @ np.linalg.solve(covariance, centre))
    dof = float(estimate.dof[terms].min())
    k = len(terms)
    return float(chi2.sf(wald, k) if dof == float("inf") else f.sf(wald / k, k, dof))


def _likelihood_caveats(model: str) -> tuple[Caveat, ...]:
    """Say how often the models fitted by likelihood raise a false alarm.

    Simulated offline: 120 months with an AR(1) memory of 0 or 0.4 and no effect, effect ``level``;
    ``structural``, 12 and 14 of 100 series; ``sarimax``, 7 and 8 of 40.
    """
    shares = {"structural": _("12 to 14 %"), "sarimax": _("17 to 20 %")}
    if model not in shares:
        return ()
    text = _(
        "In our simulations of 120 months without any effect, this model finds one in {share} of "
        "series, instead of 5 %: do not conclude from it alone; quasi-Poisson keeps its level."
    )
    return (Caveat("likelihood-errors", text.format(share=shares[model])),)


def term_label(term: str) -> str:
    """Name a term of the coefficient table in the reader's language."""
    fixed = {
        "constant": _("constant"),
        "trend": _("trend, per year"),
        "level": _("step at the intervention"),
        "slope": _("change of trend, per year"),
    }
    kind, _separator, rest = term.partition("_")
    if kind == "month" and rest.isdigit():
        return _("month {number}").format(number=int(rest))
    if kind in ("cosine", "sine") and rest.isdigit():
        return _("season, wave {number}").format(number=int(rest))
    return fixed.get(term, term)

"""Adjust a comparison of durations for several factors at once.

In: durations, covariates. Out: `CoxFit`: ratios of hazards, and whether they hold over time.
lifelines does the estimation (ties by Efron's method).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from actes.i18n import _
from actes.methods.caveats import Caveat
from actes.methods.durations.curves import quiet_lifelines

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pandas as pd

    from actes.methods.durations.times import Durations

__all__ = ["CoxFit", "adjusted_ratios", "fit_cox"]

EVENTS_PER_TERM = 10


@dataclass(frozen=True)
class CoxFit:
    """Proportional hazards.

    Parameters
    ----------
    terms
        ``term, coefficient, se, ratio, low, high, p``: a ratio above 1 means sooner.
    proportionality
        ``term, statistic, p``: test of Grambsch & Therneau (1994, *Biometrika* 81, 515-526) on
        ranks of time; empty when it wasn't asked for.
    loglikelihood, concordance
        Partial log-likelihood; share of pairs put in the right order.
    n, n_events
        Cases, and events seen.
    strata
        Factors that were stratified instead of estimated.
    references
        Group that each factor is compared with.
    caveats
        Reserves.
    """

    terms: pd.DataFrame
    proportionality: pd.DataFrame
    loglikelihood: float
    concordance: float
    n: int
    n_events: int
    strata: tuple[str, ...] = ()
    references: tuple[tuple[str, str], ...] = ()
    caveats: tuple[Caveat, ...] = ()


def fit_cox(
    frame: pd.DataFrame,
    *,
    duration: str,
    event: str,
    strata: Sequence[str] = (),
    alpha: float = 0.05,
    with_test: bool = True,
) -> CoxFit:
    """Fit a Cox model (1972, *JRSS B* 34), ties by Efron (1977, *JASA* 72).

    Parameters
    ----------
    frame
        ``duration``, ``event``, ``strata``; every other column is a numeric covariate.
    with_test
        Whether proportionality is tested.
    """
    import pandas as pd  # heavy

    with quiet_lifelines():
        from lifelines import CoxPHFitter

        fitter = CoxPHFitter(alpha=alpha).fit(frame, duration, event, strata=list(strata) or None)
        summary = fitter.summary
        tested = _proportionality(fitter, frame) if with_test else None
    limits = [name for name in summary.columns if name.startswith("exp(coef) ")]
    terms = pd.DataFrame(
        {
            "term": summary.index.to_numpy(),
            "coefficient": summary["coef"].to_numpy(float),
            "se": summary["se(coef)"].to_numpy(float),
            "ratio": summary["exp(coef)"].to_numpy(float),
            "low": summary[limits[0]].to_numpy(float),
            "high": summary[limits[1]].to_numpy(float),
            "p": summary["p"].to_numpy(float),
        }
    )
    empty = pd.DataFrame({"term": [], "statistic": [], "p": []})
    return CoxFit(
        terms=terms,
        proportionality=empty if tested is None else tested,
        loglikelihood=float(fitter.log_likelihood_),
        concordance=float(fitter.concordance_index_),
        n=len(frame),
        n_events=int(frame[event].sum()),
        strata=tuple(strata),
    )


def adjusted_ratios(
    durations: Durations, factors: Sequence[str], *, alpha: float = 0.05, with_test: bool = True
) -> CoxFit | Caveat:
    """Compare the groups of several factors, each with its most frequent group.

    A factor whose effect isn't constant over time is stratified in a second fit, if another
    factor is left: its own ratio would mean nothing.

    Returns
    -------
    CoxFit
        Or, with fewer than `EVENTS_PER_TERM` events per term (Peduzzi, Concato, Feinstein &
        Holford 1995, *Journal of Clinical Epidemiology* 48), the caveat that says so.
    """
    frame = durations.frame
    useful = [name for name in factors if frame[name].nunique() > 1]
    n_terms = sum(frame[name].nunique() - 1 for name in useful)
    n_events = int(frame["is_observed"].sum())
    if not n_terms or n_events < EVENTS_PER_TERM * n_terms:
        text = _(
            "{events} events for {terms} contrasts between groups: fewer than {least} each, no "
            "adjusted model is fitted."
        )
        message = text.format(events=n_events, terms=n_terms, least=EVENTS_PER_TERM)
        return Caveat("too-few-events-per-term", message)
    references = tuple((name, str(frame[name].value_counts().index[0])) for name in useful)
    fit = _fit_factors(durations, dict(references), (), alpha, with_test)
    wavering = _wavering(fit, useful, alpha)
    if not wavering:
        return replace(fit, references=references)
    text = _(
        "The effect of {factors} is not constant over time (test on ranks of time): a single ratio "
        "does not sum it up, look at the curves."
    )
    caveat = Caveat("not-proportional", text.format(factors=", ".join(wavering)))
    rest = {name: group for name, group in references if name not in wavering}
    if rest:
        fit = _fit_factors(durations, rest, tuple(wavering), alpha, with_test)
    return replace(fit, references=references, caveats=(caveat,))


def _fit_factors(
    durations: Durations,
    references: dict[str, str],
    strata: tuple[str, ...],
    alpha: float,
    with_test: bool,
) -> CoxFit:
    columns = durations.frame[["duration_s", "is_observed", *strata]].copy()
    for name, reference in references.items():
        groups = durations.frame[name].astype(str)
        for group in sorted(set(groups) - {reference}):
            columns[f"{name}: {group}"] = (groups == group).astype(float)
    return fit_cox(
        columns,
        duration="duration_s",
        event="is_observed",
        strata=strata,
        alpha=alpha,
        with_test=with_test,
    )


def _proportionality(fitter: object, frame: pd.DataFrame) -> pd.DataFrame:
    import numpy as np  # heavy
    import pandas as pd
    from lifelines.statistics import proportional_hazard_test

    test = proportional_hazard_test(fitter, frame, time_transform="rank")
    return pd.DataFrame(
        {
            "term": list(test.name) if isinstance(test.name, list) else [test.name],
            "statistic": np.atleast_1d(test.test_statistic),
            "p": np.atleast_1d(test.p_value),
        }
    )


def _wavering(fit: CoxFit, factors: Sequence[str], alpha: float) -> list[str]:
    """Name the factors with a term whose effect moves, allowing for the number of terms."""
    from statsmodels.stats.multitest import multipletests

    if fit.proportionality.empty:
        return []
    q: np.ndarray = multipletests(fit.proportionality["p"], method="fdr_bh")[1]
    moved = fit.proportionality.loc[q < alpha, "term"].astype(str)
    return [name for name in factors if moved.str.startswith(f"{name}: ").any()]

"""Compare what becomes of the persons stopped, group by group.

In: `Stops`, an outcome. Out: `OutcomeComparison`: shares with intervals, and shares predicted for
the same reasons and areas.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from actes.i18n import _, ngettext
from actes.methods.caveats import Caveat

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd

    from actes.methods.disparity.stops import Stops

__all__ = ["OutcomeComparison", "compare_outcomes", "outcome_shares"]

_MODELLED = ("odds_ratio", "odds_low", "odds_high", "adjusted", "adjusted_low", "adjusted_high")


@dataclass(frozen=True)
class OutcomeComparison:
    """How often an outcome follows a stop.

    Parameters
    ----------
    groups
        ``group, stops, outcomes, share, low, high`` (Wilson's interval), then ``odds_ratio,
        odds_low, odds_high`` against the reference and ``adjusted, adjusted_low, adjusted_high``:
        the mean predicted share had every stop been of that group, with its own reason and area.
        NaN for what was not fitted.
    n_used
        Stops in the model.
    caveats
        Reserves about the model.
    """

    groups: pd.DataFrame
    n_used: int
    caveats: tuple[Caveat, ...]


def outcome_shares(
    group: pd.Series, has_outcome: pd.Series, *, alpha: float = 0.05
) -> pd.DataFrame:
    """Compute the share of each group's stops that end so, with Wilson's (1927) interval.

    Returns
    -------
    DataFrame
        ``group, stops, outcomes, share, low, high``, in the order of first appearance.
    """
    from statsmodels.stats.proportion import proportion_confint  # heavy

    table = has_outcome.groupby(group, sort=False).agg(["size", "sum"]).reset_index()
    table.columns = ["group", "stops", "outcomes"]
    low, high = proportion_confint(table["outcomes"], table["stops"], alpha, "wilson")
    return table.assign(share=table["outcomes"] / table["stops"], low=low, high=high)


def compare_outcomes(
    stops: Stops, outcome: str, *, areas: bool = True, alpha: float = 0.05
) -> OutcomeComparison:
    """Compare shares, then fit a logistic regression of the outcome on group, reason and area.

    Parameters
    ----------
    outcome
        The outcome of interest; the others, and a missing one, count as its absence.
    areas
        Whether areas are in the model.

    Notes
    -----
    Predicted shares and their delta-method errors after Graubard & Korn (1999, *Biometrics* 55,
    652-659). A reason or an area whose stops all end alike says nothing and leaves the model; a
    group whose stops all end alike leaves it too, since no finite ratio fits.
    """
    rows = stops.rows[stops.rows["group"].isin([g for g in stops.groups if stops.is_told(g)])]
    rows = rows.assign(has=(rows["outcome"] == outcome).fillna(value=False).astype(bool))
    rows = rows.sort_values(
        "group", key=lambda s: s.map({g: n for n, g in enumerate(stops.groups)}), kind="stable"
    )
    table = outcome_shares(rows["group"], rows["has"], alpha=alpha)
    used, n_left = _informative(rows, ["reason", *(["area"] if areas else [])])
    varies = used.groupby("group")["has"].nunique().reindex(table["group"]).fillna(0)
    caveats = []
    if n_left:
        text = ngettext(
            "{n} stop has no reason, or one whose stops all end alike: the model leaves it out.",
            "{n} stops have no reason, or a reason or an area whose stops all end alike: the model "
            "leaves them out.",
            n_left,
        )
        caveats.append(Caveat("left-out-of-model", text.format(n=n_left)))
    fitted_groups = [g for g in table["group"] if varies[g] == 2]
    n_alike = len(table) - len(fitted_groups)
    if n_alike:
        text = ngettext(
            "In {n} group all stops, or none, end so: it has no predicted share.",
            "In {n} groups all stops, or none, end so: they have no predicted share.",
            n_alike,
        )
        caveats.append(Caveat("all-alike", text.format(n=n_alike)))
    if stops.reference not in fitted_groups or len(fitted_groups) < 2:
        caveats.append(Caveat("no-model", _("The model of the outcome could not be fitted.")))
        found = table.assign(**dict.fromkeys(_MODELLED, float("nan")))
        return OutcomeComparison(found, 0, tuple(caveats))
    used = used[used["group"].isin(fitted_groups)]
    fitted = _fitted(used, fitted_groups, alpha, areas=areas)
    return OutcomeComparison(table.merge(fitted, how="left", on="group"), len(used), tuple(caveats))


def _informative(rows: pd.DataFrame, factors: list[str]) -> tuple[pd.DataFrame, int]:
    """Leave out, again and again, the levels whose stops all end alike."""
    used = rows.dropna(subset=factors)
    while True:
        varies = [used.groupby(f)["has"].transform("nunique") == 2 for f in factors]
        kept = used[varies[0] & varies[-1]]
        if len(kept) == len(used):
            return used, len(rows) - len(used)
        used = kept


def _fitted(used: pd.DataFrame, groups: list[str], alpha: float, *, areas: bool) -> pd.DataFrame:
    import numpy as np  # heavy
    import pandas as pd
    import statsmodels.api as sm
    from scipy.stats import norm

    factors = ["reason", *(["area"] if areas else [])]
    others = pd.get_dummies(used[factors].astype(str), drop_first=True, dtype=float).to_numpy()
    own = np.column_stack([(used["group"] == group).to_numpy(float) for group in groups[1:]])
    design = np.column_stack([np.ones(len(used)), own, others])
    fit = sm.GLM(used["has"].to_numpy(float), design, family=sm.families.Binomial()).fit()
    reach = float(norm.isf(alpha / 2))
    found = []
    for n, group in enumerate(groups):
        ratios = [float("nan")] * 3
        if n:  # the constant comes first: term n is the group's own
            ratios = list(np.exp(fit.params[n] + reach * fit.bse[n] * np.array([0, -1, 1])))
        found.append((group, *ratios, *_predicted(fit, design, n, len(groups), reach)))
    return pd.DataFrame(found, columns=["group", *_MODELLED])


def _predicted(
    fit: Any, design: np.ndarray, group: int, n_groups: int, reach: float
) -> tuple[float, float, float]:
    """Return the mean share had every stop been of that group, and its interval on the logit."""
    import numpy as np  # heavy

    moved = design.copy()
    moved[:, 1:n_groups] = 0
    if group:
        moved[:, group] = 1
    share = 1 / (1 + np.exp(-(moved @ fit.params)))
    mean = float(share.mean())
    slope = (share * (1 - share)) @ moved / len(moved)
    error = float(np.sqrt(slope @ fit.cov_params() @ slope)) / (mean * (1 - mean))
    logit = np.log(mean / (1 - mean))
    low, high = (float(1 / (1 + np.exp(-(logit + side * reach * error)))) for side in (-1, 1))
    return mean, low, high

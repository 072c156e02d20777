"""Compare durations between groups: curves, quantiles, shares within a target, log-rank.

In: `Durations`, a column. Out: `GroupComparison`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from actes.errors import ParameterError
from actes.i18n import _, ngettext
from actes.methods.caveats import Caveat
from actes.methods.durations.curves import (
    Curve,
    kaplan_meier,
    quantile,
    quiet_lifelines,
    share_within,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pandas as pd

    from actes.methods.durations.times import Durations

__all__ = ["GroupComparison", "TargetBounds", "compare_groups", "target_bounds"]

FEW_EVENTS = 10


@dataclass(frozen=True)
class GroupComparison:
    """Durations, group by group.

    Parameters
    ----------
    table
        ``group, n, n_events, n_censored, mean_observed``, then for each quantile
        ``q50, q50_low, q50_high`` (percent), then ``within, within_low, within_high``; seconds.
        The whole comes first. Quantiles are NaN when the watch was too short to tell, and
        everything is for a group with fewer than `FEW_EVENTS` events.
    curves
        By group, those with enough events, the whole first.
    statistic, dof, p
        Log-rank test that groups don't differ (Mantel 1966, *Cancer Chemotherapy Reports* 50);
        NaN with one group.
    caveats
        Reserves.
    """

    table: pd.DataFrame
    curves: dict[str, Curve]
    statistic: float
    dof: int
    p: float
    caveats: tuple[Caveat, ...]


@dataclass(frozen=True)
class TargetBounds:
    """Share within the target if those who left before it had all missed it, or all made it."""

    worst: float
    best: float


def compare_groups(
    durations: Durations,
    by: str,
    *,
    target_s: float,
    quantiles: Sequence[float] = (0.5, 0.9, 0.95),
    alpha: float = 0.05,
    whole: str = "",
) -> GroupComparison:
    """Estimate each group apart, and test whether they differ.

    Parameters
    ----------
    by
        Column of ``durations.frame``.
    whole
        How the whole is called; a plain word when empty.

    Raises
    ------
    ParameterError
        P388, no group with enough events.
    """
    import pandas as pd  # heavy

    frame = durations.frame
    parts = {whole or _("whole"): frame}
    parts |= {str(name): rows for name, rows in frame.groupby(by, sort=True, observed=True)}
    records, curves, n_small = [], {}, 0
    for name, rows in parts.items():
        record, curve = _described(rows, target_s, quantiles, alpha)
        records.append({"group": name, **record})
        if int(rows["is_observed"].sum()) >= FEW_EVENTS:
            curves[name] = curve
        else:
            n_small += 1
    if not curves:
        raise ParameterError(
            "P388",
            _("No group has enough events to estimate its durations."),
            expected=_("at least {n} events").format(n=FEW_EVENTS),
            next_step=_("Choose a wider category or a longer period."),
        )
    table = pd.DataFrame(records)
    # An infinite quantile, or one of a handful, isn't an estimate.
    table = table.replace([float("inf")], float("nan"))
    estimates = table.columns[4:]
    table.loc[table["n_events"] < FEW_EVENTS, estimates] = float("nan")
    statistic, dof, p = _log_rank(frame, by)
    return GroupComparison(table, curves, statistic, dof, p, _small_caveats(n_small))


def target_bounds(durations: Durations, target_s: float) -> TargetBounds:
    """Bound the share within the target whatever became of those who left before it."""
    frame = durations.frame
    made = frame["is_observed"] & (frame["duration_s"] <= target_s)
    left = ~frame["is_observed"] & (frame["duration_s"] < target_s)
    return TargetBounds(float(made.mean()), float((made | left).mean()))


def _described(
    rows: pd.DataFrame, target_s: float, quantiles: Sequence[float], alpha: float
) -> tuple[dict[str, float], Curve]:
    observed = rows["is_observed"].to_numpy(bool)
    curve = kaplan_meier(rows["duration_s"].to_numpy(float), observed, alpha=alpha)
    record: dict[str, float] = {
        "n": curve.n,
        "n_events": curve.n_events,
        "n_censored": curve.n - curve.n_events,
        "mean_observed": float(rows.loc[observed, "duration_s"].mean()),
    }
    for probability in quantiles:
        name, span = f"q{100 * probability:g}", quantile(curve, probability)
        record |= {name: span.value, f"{name}_low": span.low, f"{name}_high": span.high}
    within = share_within(curve, target_s)
    record |= {"within": within.value, "within_low": within.low, "within_high": within.high}
    return record, curve


def _log_rank(frame: pd.DataFrame, by: str) -> tuple[float, int, float]:
    n_groups = frame[by].nunique()
    if n_groups < 2:
        return float("nan"), 0, float("nan")
    with quiet_lifelines():
        from lifelines.statistics import multivariate_logrank_test

        test = multivariate_logrank_test(
            frame["duration_s"], frame[by].astype(str), frame["is_observed"]
        )
    return float(test.test_statistic), n_groups - 1, float(test.p_value)


def _small_caveats(n: int) -> tuple[Caveat, ...]:
    if not n:
        return ()
    text = ngettext(
        "{n} group has fewer than {few} events: nothing is estimated for it.",
        "{n} groups have fewer than {few} events: nothing is estimated for them.",
        n,
    )
    return (Caveat("few-events", text.format(n=n, few=FEW_EVENTS)),)

"""Estimate the share not reached yet at each time, when some were not watched to the end.

In: durations, whether each was seen to its end. Out: `Curve`, quantiles, shares within a target.
lifelines does the estimation.
"""

from __future__ import annotations

import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    import pandas as pd

__all__ = ["Curve", "Span", "kaplan_meier", "quantile", "quiet_lifelines", "share_within"]


@dataclass(frozen=True)
class Span:
    """A value and its interval; NaN, or infinite above, when the watch was too short to tell."""

    value: float
    low: float
    high: float


@dataclass(frozen=True)
class Curve:
    """A Kaplan-Meier curve.

    Parameters
    ----------
    steps
        ``time, at_risk, survival, low, high``, one row per time from 0; ``at_risk`` just before.
    n, n_events
        Cases, and events seen.
    """

    steps: pd.DataFrame
    n: int
    n_events: int

    def at(self, times: np.ndarray) -> pd.DataFrame:
        """Return the rows in force at given times."""
        import numpy as np  # heavy

        known = self.steps["time"].to_numpy(float)
        rows = self.steps.iloc[np.searchsorted(known, times, side="right") - 1]
        # Those still watched at a time between two steps: those of the next step.
        following = np.searchsorted(known, times, side="left")
        risk = np.append(self.steps["at_risk"].to_numpy(float), 0.0)[following]
        return rows.assign(time=times, at_risk=risk.astype(int)).reset_index(drop=True)


@contextmanager
def quiet_lifelines() -> Iterator[None]:
    """Silence what lifelines 0.30 does that pandas 3 warns about, and nothing else."""
    with warnings.catch_warnings():
        for category in (DeprecationWarning, FutureWarning):
            warnings.filterwarnings("ignore", category=category, module=r"lifelines(\..*)?")
        for message in (r"(?s).*[Cc]opy-on-[Ww]rite.*", r"(?s).*copy keyword.*"):
            warnings.filterwarnings("ignore", message=message)
        yield


def kaplan_meier(durations: np.ndarray, is_observed: np.ndarray, *, alpha: float = 0.05) -> Curve:
    """Estimate the share not reached (Kaplan & Meier 1958, *JASA* 53, 457-481).

    Intervals on the scale of log(-log), from Greenwood's variance: always between 0 and 1
    (Kalbfleisch & Prentice 2002, section 1.4).

    Parameters
    ----------
    durations
        Shape (n,), above zero.
    is_observed
        Shape (n,): False when the watch ended first.
    """
    import pandas as pd  # heavy

    with quiet_lifelines():
        from lifelines import KaplanMeierFitter

        fitter = KaplanMeierFitter(alpha=alpha).fit(durations, is_observed)
        interval = fitter.confidence_interval_survival_function_
        table = fitter.event_table
    steps = pd.DataFrame(
        {
            "time": fitter.survival_function_.index.to_numpy(float),
            "at_risk": table["at_risk"].to_numpy(int),
            "survival": fitter.survival_function_.iloc[:, 0].to_numpy(float),
            "low": interval.iloc[:, 0].to_numpy(float),
            "high": interval.iloc[:, 1].to_numpy(float),
        }
    )
    return Curve(steps, len(durations), int(is_observed.sum()))


def quantile(curve: Curve, probability: float) -> Span:
    """Time by which a share of the cases is reached.

    The first time at which the curve is at or below ``1 - probability``; its interval from where
    the limits of the curve cross the same height (Brookmeyer & Crowley 1982, *Biometrics* 38,
    29-41). Infinite when the watch ended before.
    """
    low, value, high = (
        _first_below(curve.steps, name, 1 - probability) for name in ("low", "survival", "high")
    )
    return Span(value, low, high)


def share_within(curve: Curve, target: float) -> Span:
    """Share reached at ``target`` or before: one minus the curve there."""
    import numpy as np  # heavy

    row = curve.at(np.array([target])).iloc[0]
    return Span(1 - float(row["survival"]), 1 - float(row["high"]), 1 - float(row["low"]))


def _first_below(steps: pd.DataFrame, name: str, height: float) -> float:
    below = steps.loc[steps[name] <= height + 1e-12, "time"]
    return float(below.iloc[0]) if len(below) else float("inf")

"""Judge intervals and centres against what happened.

In: observed counts, quantiles. Out: errors, weighted interval scores, coverage.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pandas as pd

__all__ = [
    "coverage_name",
    "interval_names",
    "interval_score",
    "mase_scale",
    "pinball",
    "weighted_interval_score",
]


def pinball(observed: np.ndarray, quantiles: np.ndarray, probability: float) -> np.ndarray:
    """Pinball loss of quantiles of one probability (Koenker & Bassett 1978, *Econometrica* 46)."""
    import numpy as np  # heavy

    error = observed - quantiles
    return np.asarray(np.maximum(probability * error, (probability - 1) * error))


def interval_score(
    observed: np.ndarray, low: np.ndarray, high: np.ndarray, level: float
) -> np.ndarray:
    """Width plus a fine for missing (Gneiting & Raftery 2007, *JASA* 102, section 6.2)."""
    import numpy as np  # heavy

    alpha = 1 - level
    missed = np.maximum(low - observed, 0) + np.maximum(observed - high, 0)
    return np.asarray(high - low + 2 / alpha * missed)


def weighted_interval_score(
    observed: np.ndarray, quantiles: pd.DataFrame, levels: Sequence[float]
) -> np.ndarray:
    """Score the median and nested intervals together.

    ``(|y - m| / 2 + sum over levels of (1 - level) / 2 · interval score) / (K + 1/2)``: twice
    the mean pinball loss of the same quantiles (Bracher, Ray, Gneiting & Reich 2021, *PLOS
    Computational Biology* 17(2)). In counts; smaller is better.

    Parameters
    ----------
    quantiles
        ``median`` and, for each level, ``low_80, high_80`` (in percent).
    """
    import numpy as np  # heavy

    total = 0.5 * np.abs(observed - quantiles["median"].to_numpy(float))
    for level in levels:
        low, high = (quantiles[name].to_numpy(float) for name in interval_names(level))
        total = total + (1 - level) / 2 * interval_score(observed, low, high, level)
    return np.asarray(total / (len(levels) + 0.5))


def interval_names(level: float) -> tuple[str, str]:
    """Names of the columns that hold the limits of an interval."""
    percent = f"{100 * level:g}".replace(".", "_")
    return f"low_{percent}", f"high_{percent}"


def coverage_name(level: float) -> str:
    """Name of the column that holds the coverage of an interval."""
    return interval_names(level)[0].replace("low", "coverage")


def mase_scale(history: np.ndarray, season: int) -> float:
    """Mean absolute change over one season within ``history``.

    The denominator of the mean absolute scaled error (Hyndman & Koehler 2006, *International
    Journal of Forecasting* 22): the error of the seasonal naive forecast, one season ahead.
    """
    import numpy as np  # heavy

    return float(np.abs(history[season:] - history[:-season]).mean())

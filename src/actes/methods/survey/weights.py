"""Adjust weights: cut the heaviest, or make the sample's margins those of the population.

In: weights, categories, known totals. Out: weights of the same total.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from actes.errors import ParameterError
from actes.i18n import _

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np

__all__ = ["rake_weights", "trim_weights"]

CLOSE = 1e-10
MOST_ROUNDS = 500


def trim_weights(weights: np.ndarray, *, cap: float) -> tuple[np.ndarray, int]:
    """Cut weights above ``cap`` times their median, and share what was cut among all.

    A few very heavy respondents make the estimate theirs: trimming trades a little bias for less
    variance (Potter 1990, *Proceedings of the Survey Research Methods Section*, ASA).

    Returns
    -------
    weights, n_trimmed
        Their total is unchanged.
    """
    import numpy as np  # heavy

    limit = cap * float(np.median(weights))
    trimmed = np.minimum(weights, limit)
    return trimmed * (weights.sum() / trimmed.sum()), int((weights > limit).sum())


def rake_weights(
    weights: np.ndarray,
    margins: Mapping[str, Mapping[object, float]],
    categories: Mapping[str, np.ndarray],
) -> np.ndarray:
    """Make each weighted margin the population's, in turn, until all of them hold.

    Iterative proportional fitting (Deming & Stephan 1940, *Annals of Mathematical Statistics* 11).

    Parameters
    ----------
    margins
        For each variable, the population of each category; totals agree between variables.
    categories
        For each variable, each respondent's category, shape (n,).

    Raises
    ------
    ParameterError
        P378, margins that disagree, a category without respondents or without a total, or
        margins that cannot hold together.
    """
    import numpy as np  # heavy

    totals = {name: sum(margin.values()) for name, margin in margins.items()}
    if max(totals.values()) - min(totals.values()) > CLOSE * max(totals.values()):
        raise _impossible(_("totals that differ between variables"))
    for name, margin in margins.items():
        if set(margin) != set(np.unique(categories[name]).tolist()):
            raise _impossible(_("categories of “{name}” that differ").format(name=name))
    raked = weights.astype(float)
    for _round in range(MOST_ROUNDS):
        worst = 0.0
        for name, margin in margins.items():
            for category, total in margin.items():
                chosen = categories[name] == category
                factor = total / raked[chosen].sum()
                raked[chosen] *= factor
                worst = max(worst, abs(factor - 1))
        if worst < CLOSE:
            return raked
    raise _impossible(_("margins that cannot hold together in this sample"))


def _impossible(found: str) -> ParameterError:
    return ParameterError(
        "P378",
        _("The sample cannot be given these margins."),
        found=found,
        expected=_("one total for each category that has respondents, the same sum everywhere"),
        next_step=_("Group the rare categories, or correct the totals."),
    )

"""Say what the four layers cannot say, together.

In: indices and the model within areas. Out: the reserves that none of them carries alone.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from actes.i18n import _
from actes.methods.caveats import Caveat

if TYPE_CHECKING:
    import pandas as pd

    from actes.methods.disparity.benchmark import BenchmarkFit

__all__ = ["disparity_caveats"]

MOVED = 1.25
"""The index and the model disagree when one is so many times the other."""


def disparity_caveats(
    indices: pd.DataFrame, fit: BenchmarkFit, benchmark: str
) -> tuple[Caveat, ...]:
    """Gather the reserves that hold for every table of disparities.

    Parameters
    ----------
    indices
        `group_indices` of the model's benchmark.
    """
    found = []
    both = indices.merge(fit.ratios, on="group", suffixes=("", "_model"))
    moved = both["ratio"] / both["ratio_model"]
    if fit.has_areas and bool(((moved > MOVED) | (moved < 1 / MOVED)).any()):
        text = _(
            "Within the same areas the ratios are not those of all areas together: where stops are "
            "made is a part of the disparity. Read both."
        )
        found.append(Caveat("areas-matter", text))
    words = {
        "cause": _(
            "A disparity is a difference between groups; it does not say where it comes from."
        ),
        "recorded-stops": _("Only recorded stops are counted; many are not recorded."),
        "perceived-group": _(
            "The group of a stopped person is the one that the officer saw; that of a resident is "
            "the one declared to the census."
        ),
        "repeated-persons": _(
            "The same person may be stopped several times: the intervals are too narrow."
        ),
    }
    if benchmark == "population":
        words["residents"] = _(
            "Those who pass through an area are stopped there, not counted there."
        )
    words["police-made"] = _(
        "Recorded offences are themselves the work of the police: they may hold the same disparity."
    )
    return (*found, *(Caveat(code, text) for code, text in words.items()))

"""Say how well a prediction chose the places where events happened.

In: events observed and predicted by place, sizes. Out: PAI, PEI and RRI by number of places.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from actes.errors import TableError
from actes.i18n import _
from actes.methods.concentration.places import check_enough
from actes.methods.counts import check_counts, check_exposures

if TYPE_CHECKING:
    import numpy as np
    import pandas as pd
    from numpy.typing import ArrayLike

__all__ = ["prediction_accuracy"]


def prediction_accuracy(
    observed: ArrayLike, predicted: ArrayLike, sizes: ArrayLike | None = None
) -> pd.DataFrame:
    """Say how well a prediction chose the places, from the densest predicted on.

    PAI = (events held / all events) / (size held / whole size) (Chainey, Tompson & Uhlig 2008,
    *Security Journal* 21, 4-28); PEI = PAI over the greatest possible at the same size (Hunt 2016);
    RRI = events predicted / events held (Levine 2008). The greatest possible is read on the curve
    of the places sorted by observed density.

    Parameters
    ----------
    observed, predicted, sizes
        One value per place, in the same order; sizes are equal when not given.

    Returns
    -------
    DataFrame
        One row per number of places: ``n_places, share_size, share_events, pai, pei, rri``; NaN
        for ``rri`` while no event is held.

    Raises
    ------
    TableError
        P200, P201; P202, a size that is not positive; P314, lengths that differ or a negative
        prediction.
    ParameterError
        P310.
    """
    import numpy as np  # heavy
    import pandas as pd

    check_counts(observed)
    seen, foretold = np.asarray(observed, dtype=float), np.asarray(predicted, dtype=float)
    size = np.ones_like(seen) if sizes is None else np.asarray(sizes, dtype=float)
    check_exposures(size)
    _check_prediction(seen, foretold, size)
    check_enough(seen)
    order = np.argsort(-foretold / size, kind="stable")
    best = np.argsort(-seen / size, kind="stable")
    share_size, share_events = (_cumulated(values, order) for values in (size, seen))
    greatest = np.interp(
        share_size,
        np.concatenate([[0.0], _cumulated(size, best)]),
        np.concatenate([[0.0], _cumulated(seen, best)]),
    )
    held = seen[order].cumsum()
    with np.errstate(divide="ignore", invalid="ignore"):
        rri = np.where(held > 0, foretold[order].cumsum() / held, np.nan)
    return pd.DataFrame(
        {
            "n_places": np.arange(1, len(seen) + 1),
            "share_size": share_size,
            "share_events": share_events,
            "pai": share_events / share_size,
            "pei": share_events / greatest,
            "rri": rri,
        }
    )


def _cumulated(values: np.ndarray, order: np.ndarray) -> np.ndarray:
    import numpy as np  # heavy

    return np.asarray(values[order].cumsum() / values.sum())


def _check_prediction(observed: np.ndarray, predicted: np.ndarray, size: np.ndarray) -> None:
    if not len(observed) == len(predicted) == len(size) or not (predicted >= 0).all():
        raise TableError(
            "P314",
            _("The prediction does not cover the places."),
            found=f"{len(observed)}, {len(predicted)}, {len(size)}",
            expected=_("one observed count, one prediction (zero or more) and one size per place"),
            next_step=_("Complete the prediction, or leave places without one out."),
        )

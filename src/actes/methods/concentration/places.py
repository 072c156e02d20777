"""Count events by place, zeros included; share them out from the busiest place on.

In: a table of counts, or counts by place. Out: complete counts, the Lorenz curve, the shares of
the top places. Only here: which counts by place can be worked on.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from actes.errors import ParameterError
from actes.i18n import _
from actes.methods.counts import check_counts

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    import numpy as np
    import pandas as pd
    from numpy.typing import ArrayLike

__all__ = [
    "check_enough",
    "choose_places",
    "count_by_place",
    "lorenz",
    "n_top",
    "places_for",
    "top_shares",
]

N_CURVE = 200


def count_by_place(
    table: pd.DataFrame, *, area: str, count: str, places: Iterable[object] = ()
) -> tuple[pd.Series[Any], int]:
    """Count events by place; a known place that the table leaves out has none.

    Parameters
    ----------
    table
        One category and one year: one row per place (months are added up).
    places
        All the places there are; those absent from the table are added with zero.

    Returns
    -------
    counts, n_added
        Counts indexed by place, sorted; how many zeros were added.

    Raises
    ------
    TableError
        P200, P201.
    ParameterError
        P311, a list of places that shares none with the table.
    """
    check_counts(table[count])
    counts = table.groupby(area)[count].sum()
    places = list(places)
    if len(counts) and places and not set(places) & set(counts.index):
        raise ParameterError(
            "P311",
            _("The list of places shares none of them with the figures."),
            found=_("{places} places in the list, {counted} in the figures").format(
                places=len(places), counted=len(counts)
            ),
            expected=_("the same names of places in both datasets"),
            next_step=_("Name a list of places written the same way."),
        )
    every = sorted(set(counts.index) | set(places), key=lambda name: (str(type(name)), name))
    return counts.reindex(every, fill_value=0).astype(int), len(every) - len(counts)


def choose_places(
    counts: pd.Series[Any], *, keeps_zeros: bool, justification: str
) -> pd.Series[Any]:
    """Keep the places without events, or leave them out for a reason that is said.

    Raises
    ------
    ParameterError
        P312, zeros left out without a reason.
    """
    if keeps_zeros:
        return counts
    if not justification.strip():
        raise ParameterError(
            "P312",
            _("Places without events are part of the concentration: leaving them out hides it."),
            found=_("{n} places without events").format(n=int((counts == 0).sum())),
            expected=_("all the places, or the reason why those without events are left out"),
            next_step=_("Keep the zeros, or give the reason: it is printed with the results."),
        )
    return counts[counts > 0]


def n_top(part: float, n_places: int) -> int:
    """Number of places that make ``part`` per cent of them, rounded up: at least one."""
    return max(1, math.ceil(part / 100 * n_places - 1e-9))


def top_shares(counts: ArrayLike, parts: Sequence[float]) -> pd.DataFrame:
    """Tell which share of the events the busiest places hold.

    Parameters
    ----------
    parts
        Percentages of the places, above 0 and at most 100.

    Returns
    -------
    DataFrame
        ``part, n_places, share_places, n_events, share_events``.

    Raises
    ------
    ParameterError
        P310; P313, a percentage out of bounds or given twice.
    """
    import numpy as np  # heavy
    import pandas as pd

    _check_parts(parts)
    values = np.sort(np.asarray(counts, dtype=float))[::-1]
    check_enough(values)
    held = values.cumsum()
    tops = [n_top(part, len(values)) for part in parts]
    return pd.DataFrame(
        {
            "part": [part / 100 for part in parts],
            "n_places": tops,
            "share_places": [top / len(values) for top in tops],
            "n_events": [int(held[top - 1]) for top in tops],
            "share_events": [float(held[top - 1] / held[-1]) for top in tops],
        }
    )


def places_for(counts: ArrayLike, share: float = 0.5) -> int:
    """Fewest places that hold ``share`` of the events."""
    import numpy as np  # heavy

    values = np.sort(np.asarray(counts, dtype=float))[::-1]
    check_enough(values)
    return int(np.searchsorted(values.cumsum(), share * values.sum() - 1e-9) + 1)


def lorenz(counts: ArrayLike) -> pd.DataFrame:
    """Trace the Lorenz curve from the busiest place on (Lorenz 1905).

    Returns
    -------
    DataFrame
        ``share_places, share_events, share_equal``, from 0 to 1: the last is the line of greatest
        equality, which reaches 1 at N/n when there are fewer events than places (Bernasco &
        Steenbeek 2017). At most about `N_CURVE` rows.
    """
    import numpy as np  # heavy
    import pandas as pd

    values = np.sort(np.asarray(counts, dtype=float))[::-1]
    check_enough(values)
    n, total = len(values), values.sum()
    steps = np.unique(np.linspace(0, n, min(n, N_CURVE) + 1).round().astype(int))
    held = np.concatenate([[0.0], values.cumsum()]) / total
    shares = steps / n
    return pd.DataFrame(
        {
            "share_places": shares,
            "share_events": held[steps],
            "share_equal": np.minimum(shares * max(n / total, 1.0), 1.0),
        }
    )


def check_enough(values: np.ndarray) -> None:
    """Refuse fewer than two places, or no event: P310."""
    if len(values) < 2 or not values.sum() > 0:
        raise ParameterError(
            "P310",
            _("There is no concentration to measure."),
            found=_("{places} places, {events} events").format(
                places=len(values), events=int(values.sum())
            ),
            expected=_("at least two places and one event"),
            next_step=_("Choose a longer period or another category."),
        )


def _check_parts(parts: Sequence[float]) -> None:
    is_usable = len(set(parts)) == len(parts) > 0 and all(0 < part <= 100 for part in parts)
    if not is_usable:
        raise ParameterError(
            "P313",
            _("The shares of places cannot be used."),
            found=", ".join(str(part) for part in parts),
            expected=_("percentages above 0 and at most 100, each of them once"),
            next_step=_("1, 5, 10, 20, 50 are usual."),
        )

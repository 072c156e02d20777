"""Follow events that are linked from one to the next.

In: `Events` and what links two of them. Out: each event's string; strings summed up by size.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from actes.methods.near_repeat.bands import close_pairs

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    import pandas as pd

    from actes.methods.near_repeat.bands import Link, Metric
    from actes.methods.near_repeat.events import Events

__all__ = ["linked_strings", "string_sizes"]


def linked_strings(
    events: Events, links: Sequence[Link], *, metric: Metric = "manhattan"
) -> np.ndarray:
    """Number the strings of events that are linked from one to the next.

    Parameters
    ----------
    links
        Two events are linked when their distance and their lag fall in one of these.

    Returns
    -------
    ndarray of shape (n,)
        1, 2, … in the order of the events given; an event alone has a number of its own.
    """
    import numpy as np  # heavy
    from scipy.sparse import coo_matrix
    from scipy.sparse.csgraph import connected_components

    if not links:
        return np.arange(1, events.n + 1)
    bounds = sorted({0.0, *(link[0] for link in links), *(link[1] for link in links)})
    pairs, space = close_pairs(events, bounds, metric)
    lags = np.abs(events.day[pairs[:, 0]] - events.day[pairs[:, 1]])
    low = np.asarray(bounds)[space]
    is_linked = np.zeros(len(pairs), dtype=bool)
    for m_low, m_high, days_low, days_high in links:
        is_linked |= (low >= m_low) & (low < m_high) & (lags >= days_low) & (lags < days_high)
    kept = pairs[is_linked]
    graph = coo_matrix((np.ones(len(kept)), kept.T), shape=(events.n, events.n))
    return np.asarray(connected_components(graph, directed=False)[1]) + 1


def string_sizes(events: Events, strings: np.ndarray) -> pd.DataFrame:
    """Sum up strings by their number of events, those of one event left out.

    Returns
    -------
    DataFrame
        ``size, n_strings, n_events, median_days``: the last is the median time from a string's
        first event to its last.
    """
    import pandas as pd  # heavy

    days = pd.Series(events.day).groupby(strings).agg(["size", "min", "max"])
    days = days[days["size"] > 1]
    days["length"] = days["max"] - days["min"]
    by_size = days.groupby("size")["length"].agg(["count", "median"]).reset_index()
    return pd.DataFrame(
        {
            "size": by_size["size"],
            "n_strings": by_size["count"],
            "n_events": by_size["size"] * by_size["count"],
            "median_days": by_size["median"].astype(float),
        }
    )

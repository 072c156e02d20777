"""Name the clusters of a map in the reader's language.

In: a cluster's identifier. Out: its name.
"""

from __future__ import annotations

from actes.i18n import _

__all__ = ["CLUSTERS", "cluster_label"]

CLUSTERS = ("high-high", "low-low", "high-low", "low-high", "none")
"""What the local Moran says of an area: itself, then its neighbours."""


def cluster_label(cluster: str) -> str:
    """Name a cluster in the reader's language."""
    labels = {
        "high-high": _("high among high"),
        "low-low": _("low among low"),
        "high-low": _("high among low"),
        "low-high": _("low among high"),
        "hot": _("hot spot"),
        "cold": _("cold spot"),
        "none": _("not distinguishable from chance"),
    }
    return labels[cluster]

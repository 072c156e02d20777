"""Tell whether high areas touch each other on a map, and where.

In: counts by area, the map's points, neighbours and exposures. Out: `Autocorrelation`: Moran's I,
local clusters, Gi*, reserves.
"""

from actes.methods.autocorrelation.areas import AreaMap, join_areas
from actes.methods.autocorrelation.clusters import (
    Autocorrelation,
    GlobalMoran,
    autocorrelation,
    global_moran,
    local_moran,
)
from actes.methods.autocorrelation.neighbourhood import (
    Neighbourhood,
    connect,
    neighbour_weights,
)
from actes.methods.autocorrelation.words import CLUSTERS, cluster_label

__all__ = [
    "CLUSTERS",
    "AreaMap",
    "Autocorrelation",
    "GlobalMoran",
    "Neighbourhood",
    "autocorrelation",
    "cluster_label",
    "connect",
    "global_moran",
    "join_areas",
    "local_moran",
    "neighbour_weights",
]

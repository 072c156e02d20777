"""Evaluate an operation on a place: whether events fell more than in a place like it.

In: counts before and after, by area. Out: `DisplacementTest` (Wheeler & Ratcliffe 2018).
By part: `difference` (the calculation), `zones` (areas, spread, earlier years), `reserves` (what
the reader must know, in words).
"""

from actes.methods.wdd.difference import (
    ZONES,
    Difference,
    DisplacementTest,
    HarmTest,
    gravity_weights,
    harm_weighted,
    weighted_displacement,
)
from actes.methods.wdd.reserves import does_not_say, says, zone_label
from actes.methods.wdd.zones import (
    difference_of_zones,
    earlier_years,
    spread_elsewhere,
    zone_counts,
)

__all__ = [
    "ZONES",
    "Difference",
    "DisplacementTest",
    "HarmTest",
    "difference_of_zones",
    "does_not_say",
    "earlier_years",
    "gravity_weights",
    "harm_weighted",
    "says",
    "spread_elsewhere",
    "weighted_displacement",
    "zone_counts",
    "zone_label",
]

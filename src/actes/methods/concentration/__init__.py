"""Measure how few places hold most of the events, and whether a map foretold which.

In: counts by place, zeros included; sizes and a prediction if there are. Out: `Concentration`,
shares, curve, accuracy. By part: `places` (counts, Lorenz curve, shares), `coefficient` (Gini and
its interval), `prediction` (PAI, PEI, RRI), `reserves` (what the reader must know, in words).
"""

from actes.methods.concentration.coefficient import (
    Concentration,
    Estimate,
    change_of_gini,
    concentration,
    gini,
)
from actes.methods.concentration.places import (
    choose_places,
    count_by_place,
    lorenz,
    n_top,
    places_for,
    top_shares,
)
from actes.methods.concentration.prediction import prediction_accuracy
from actes.methods.concentration.reserves import (
    does_not_say,
    place_caveats,
    says,
    size_caveats,
    year_caveats,
)

__all__ = [
    "Concentration",
    "Estimate",
    "change_of_gini",
    "choose_places",
    "concentration",
    "count_by_place",
    "does_not_say",
    "gini",
    "lorenz",
    "n_top",
    "place_caveats",
    "places_for",
    "prediction_accuracy",
    "says",
    "size_caveats",
    "top_shares",
    "year_caveats",
]

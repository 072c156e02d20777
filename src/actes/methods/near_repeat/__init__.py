"""Tell whether events follow one another, in space and time, more closely than chance allows.

In: places in metres and days of events, bands of distance and time. Out: `NearRepeat`: pairs by
band, what permuted dates give, ratios, p, reserves; strings of linked events.
"""

from actes.methods.near_repeat.bands import Knox, Link, Metric, NearRepeat, RatioOf, near_repeat
from actes.methods.near_repeat.events import Events, read_events
from actes.methods.near_repeat.strings import linked_strings, string_sizes
from actes.methods.near_repeat.words import cell_sentence, distance_label, time_label

__all__ = [
    "Events",
    "Knox",
    "Link",
    "Metric",
    "NearRepeat",
    "RatioOf",
    "cell_sentence",
    "distance_label",
    "linked_strings",
    "near_repeat",
    "read_events",
    "string_sizes",
    "time_label",
]

"""Put cleared results beside the articles that quote them.

In: `Cleared` runs and an article. Out: `Chapter`: notebooks that hold declared results and
nothing else, numbers for the prose, appendices of data and of provenance. Either publishing
engine renders what is written here.
"""

from actes.compose.appendices import data_appendix, provenance_appendix
from actes.compose.article import compose
from actes.compose.collection import values_table
from actes.compose.reproductions import reproductions_appendix

__all__ = [
    "compose",
    "data_appendix",
    "provenance_appendix",
    "reproductions_appendix",
    "values_table",
]

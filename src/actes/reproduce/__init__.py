"""Hold what a re-execution gave against what was published.

In: published and obtained results, as records; the surroundings of both. Out: verdicts and
differences, as plain records. Runs nothing: `replay` executes, this compares.
"""

from actes.reproduce.compare import compare, failed
from actes.reproduce.record import check_recordable, record
from actes.reproduce.surroundings import data_differences, environment_differences

__all__ = [
    "check_recordable",
    "compare",
    "data_differences",
    "environment_differences",
    "failed",
    "record",
]

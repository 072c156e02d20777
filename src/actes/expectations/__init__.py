"""Say what is expected of a dataset, and in words what failed.

In: `DatasetSpec`, the expectations that a data owner added. Out: expectations in the form that
Great Expectations stores (plain data), sentences. Loads neither pandas nor Great Expectations.
"""

from actes.expectations.derive import (
    Control,
    Expectation,
    controls,
    derive,
    identifier,
    is_derived,
)
from actes.expectations.describe import Described, columns_of, describe
from actes.expectations.failures import word

__all__ = [
    "Control",
    "Described",
    "Expectation",
    "columns_of",
    "controls",
    "derive",
    "describe",
    "identifier",
    "is_derived",
    "word",
]

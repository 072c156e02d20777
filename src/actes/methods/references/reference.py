"""Say what it means that a method is verified.

In: a published value and the code of a study. Out: `Reference`; the small tables that the
package carries.
"""

from __future__ import annotations

from dataclasses import dataclass
from importlib import resources
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

__all__ = ["Reference", "reference_table"]


@dataclass(frozen=True)
class Reference:
    """One quantity that a study must give back.

    Parameters
    ----------
    study, quantity
        What is checked.
    published
        The value printed in ``source``, at its printed precision.
    source
        Where.
    obtained
        Computes ours.
    tolerance
        Largest absolute difference allowed: the published rounding, or the optimiser's.
    kind
        ``published``, or ``anchor``: computed here once, a guard against change, not a truth.
    """

    study: str
    quantity: str
    published: float
    source: str
    obtained: Callable[[], float]
    tolerance: float
    kind: Literal["published", "anchor"] = "published"

    def holds(self) -> bool:
        """Whether ours is within the tolerance, now, with the libraries installed."""
        return abs(self.obtained() - self.published) <= self.tolerance


def reference_table(name: str) -> pd.DataFrame:
    """Read one of the series that the package carries (``seatbelts``, ``hartnagel_canada``)."""
    import pandas as pd  # heavy

    source = resources.files("actes.methods") / "reference_data" / f"{name}.csv"
    with source.open(encoding="utf-8") as lines:
        return pd.read_csv(lines)

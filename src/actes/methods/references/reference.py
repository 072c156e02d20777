"""Say what it means that a method is verified.

In: a published value and the code of a study. Out: `Reference`; the small tables that the
package carries; what a row gives when its data are not here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from importlib import resources
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    import pandas as pd

__all__ = ["Reference", "not_here", "reference_table", "without_data"]


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
        Computes ours; None when what ``needs`` names is not here.
    tolerance
        Largest absolute difference allowed: the published rounding, or the optimiser's.
    kind
        ``published``, or ``anchor``: computed here once, a guard against change, not a truth.
    needs
        A file or a package that Actes does not carry and that the value is computed from.
    note
        What a reader must know of the tolerance.
    """

    study: str
    quantity: str
    published: float
    source: str
    obtained: Callable[[], float | None]
    tolerance: float
    kind: Literal["published", "anchor"] = "published"
    needs: str = ""
    note: str = ""


def not_here() -> None:
    """Give nothing: the data of the row are not here."""


def without_data(rows: Iterable[Reference]) -> tuple[Reference, ...]:
    """Keep rows whose data are not here, as rows that nothing was computed for."""
    return tuple(replace(row, obtained=not_here) for row in rows)


def reference_table(name: str) -> pd.DataFrame:
    """Read one of the series that the package carries (``seatbelts``, ``hartnagel_canada``)."""
    import pandas as pd  # heavy

    source = resources.files("actes.methods") / "reference_data" / f"{name}.csv"
    with source.open(encoding="utf-8") as lines:
        return pd.read_csv(lines)

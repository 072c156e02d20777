"""Hold every method against the values that others have published.

In: the references, and a folder of the files that the package may not carry. Out: one `Check` each:
published, obtained, whether it is within the tolerance, or that its data are not here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from actes.methods.references import references

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from actes.methods.references import Reference

__all__ = ["Check", "verified_studies", "verify"]


@dataclass(frozen=True, slots=True)
class Check:
    """One published quantity, and ours, computed now; None when its data are not here."""

    reference: Reference
    obtained: float | None

    @property
    def holds(self) -> bool | None:
        """True when ours is within the tolerance; None when there is nothing to compare."""
        if self.obtained is None:
            return None
        return abs(self.obtained - self.reference.published) <= self.reference.tolerance

    def as_dict(self) -> dict[str, object]:
        """The same as plain data."""
        return {
            "study": self.reference.study,
            "quantity": self.reference.quantity,
            "source": self.reference.source,
            "kind": self.reference.kind,
            "published": self.reference.published,
            "obtained": self.obtained,
            "tolerance": self.reference.tolerance,
            "holds": self.holds,
            "needs": self.reference.needs,
            "note": self.reference.note,
        }


def verified_studies() -> list[str]:
    """Names of the studies that have references, sorted."""
    return sorted({reference.study for reference in references()})


def verify(study: str | None = None, *, data: Path | None = None) -> Iterator[Check]:
    """Compute each reference again, of one study or of all.

    Parameters
    ----------
    data
        Folder of the files that the package may not carry (`Reference.needs`).
    """
    for reference in references(data):
        if study in (None, reference.study):
            obtained = reference.obtained()
            yield Check(reference, None if obtained is None else float(obtained))

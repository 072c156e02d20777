"""Hold every method against the values that others have published.

In: the references that the package carries. Out: one `Check` each: published, obtained, whether
it is within the tolerance.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from actes.methods.references import REFERENCES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from actes.methods.references import Reference

__all__ = ["Check", "verified_studies", "verify"]


@dataclass(frozen=True, slots=True)
class Check:
    """One published quantity, and ours, computed now."""

    reference: Reference
    obtained: float

    @property
    def holds(self) -> bool:
        """True when ours is within the tolerance."""
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
        }


def verified_studies() -> list[str]:
    """Names of the studies that have references, sorted."""
    return sorted({reference.study for reference in REFERENCES})


def verify(study: str | None = None) -> Iterator[Check]:
    """Compute each reference again, of one study or of all."""
    for reference in REFERENCES:
        if study in (None, reference.study):
            yield Check(reference, float(reference.obtained()))

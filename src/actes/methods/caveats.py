"""Say what a result's reader must know before believing it.

In: a code and a sentence. Out: a `Caveat` that travels with the result, unlike a Python warning.
"""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["Caveat"]


@dataclass(frozen=True)
class Caveat:
    """One reserve about a result.

    Parameters
    ----------
    code
        Stable kebab-case identifier, for programs and tests.
    message
        One or two sentences in the reader's language.
    """

    code: str
    message: str

    def __str__(self) -> str:
        return self.message

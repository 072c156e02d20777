"""Recognise identifiers and machine paths in text that is about to be published.

In: text. Out: the rules that object. `TEXT_RULES` is the whole list; a rule is a name, a reason
and a test.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from actes.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

__all__ = ["TEXT_RULES", "TextRule", "objections"]


@dataclass(frozen=True, slots=True)
class TextRule:
    """A rule on published text.

    Attributes
    ----------
    code
        Stable name, documented in ``docs/erreurs.md``.
    seen
        What was seen, as a person reads it (translated on demand).
    matches
        True when the text may not leave.
    """

    code: str
    seen: Callable[[], str]
    matches: Callable[[str], bool]


def objections(text: str) -> Iterator[TextRule]:
    """Yield the rules that object to ``text``."""
    return (rule for rule in TEXT_RULES if rule.matches(text))


def _pattern(expression: str) -> Callable[[str], bool]:
    compiled = re.compile(expression)
    return lambda text: compiled.search(text) is not None


def _has_social_insurance_number(text: str) -> bool:
    """Nine digits in three groups whose check digit holds (Luhn)."""
    groups = re.finditer(r"(?<![\d.,])(\d{3})[ -](\d{3})[ -](\d{3})(?![\d.,])", text)
    return any(_luhn("".join(found.groups())) for found in groups)


def _luhn(digits: str) -> bool:
    doubled = (int(d) * (1 + i % 2) for i, d in enumerate(reversed(digits)))
    return sum(n - 9 if n > 9 else n for n in doubled) % 10 == 0


_STREET = (
    r"(?:rue|avenue|av\.|boulevard|boul\.|chemin|ch\.|place|rang|route|montée|impasse"
    r"|Rue|Avenue|Boulevard|Chemin|Place|Rang|Route)"
)

TEXT_RULES = (
    TextRule(
        "C101",
        lambda: _("a path of a machine"),
        _pattern(
            r"(?:^|[\s\"'(=>])/(?:home|root|Users|mnt|media|tmp|var|opt|work)/\w"
            r"|\b[A-Za-z]:\\\w|\\\\\w+\\\w|file://"
        ),
    ),
    TextRule(
        "C102",
        lambda: _("an e-mail address"),
        _pattern(r"[\w.+-]+@[\w-]+\.[A-Za-z]{2,}"),
    ),
    TextRule(
        "C103",
        lambda: _("a telephone number"),
        _pattern(
            r"(?<![\d.,-])(?:\+?1[ .-]?)?\(?[2-9]\d{2}\)?[ .-][2-9]\d{2}-\d{4}(?![\d-])"
            r"|(?<![\d.,-])\([2-9]\d{2}\) ?[2-9]\d{2}[ .-]\d{4}(?!\d)"
        ),
    ),
    TextRule("C104", lambda: _("a social insurance number"), _has_social_insurance_number),
    TextRule(
        "C105",
        lambda: _("a health insurance number"),
        _pattern(r"\b[A-Z]{4} ?\d{4} ?\d{4}\b"),
    ),
    TextRule(
        "C106",
        lambda: _("a civic address"),
        _pattern(rf"\b\d{{1,5}}(?:[A-Za-z])?,? {_STREET} [A-ZÀ-Ý]"),
    ),
    TextRule(
        "C107",
        lambda: _("a full postal code"),
        _pattern(r"\b[ABCEGHJ-NPRSTVXY]\d[A-Z] ?\d[A-Z]\d\b"),
    ),
    TextRule(
        "C108",
        lambda: _("a licence plate"),
        _pattern(r"\b[A-Z]\d{2} ?[A-Z]{3}\b"),
    ),
    TextRule(
        "C109",
        lambda: _("the number of a police event"),
        _pattern(r"(?<![\d-])\d{2,3}-\d{6}-\d{3}(?![\d-])"),
    ),
)

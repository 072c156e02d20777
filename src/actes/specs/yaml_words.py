"""Say in the reader's words what a value of YAML is, or why a text is not YAML.

In: a value; or what ruamel.yaml raised, in English. Out: a few words; nothing for a mistake that
we have no words for. Only here: ruamel's own sentences.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from actes.i18n import N_, _

if TYPE_CHECKING:
    from ruamel.yaml.error import YAMLError

__all__ = ["type_words", "yaml_problem"]

_WORDS = (
    (
        r"mapping values are not allowed",
        N_("a colon in a value without quotes, or a line too far right"),
    ),
    (r"could not find expected ':'", N_("a line that has no colon, or a quote never closed")),
    (r"unexpected end of stream", N_("a quote that is never closed")),
    (r"that cannot start any token", N_("a tab, or another sign that no value begins with")),
    (r"expected ',' or", N_("a bracket or a brace never closed, or a comma that is missing")),
    (
        r"expected <block end>",
        N_("a line not aligned with those above, or text after a quote"),
    ),
    (r"expected the node content", N_("a sign, or the end, where a value was expected")),
    (r"duplicate key", N_("a key that is written twice")),
    (r"sequence entries are not allowed", N_("a dash where no list can begin")),
    (r"(undefined|duplicate) alias|undefined anchor", N_("a name after * that nothing defines")),
    (r"alphabetic or numeric", N_("a * or an & without a name after it")),
    (r"unknown escape|escape sequence", N_("a backslash between double quotes")),
    (r"tag", N_("a word that begins with !, without quotes")),
    (r"special characters", N_("a sign that cannot be printed")),
    (r"another document|document separator", N_("a second document after the first")),
)


def yaml_problem(error: YAMLError) -> str:
    """Say what ``error`` found; empty when it is rarer than those that we name."""
    said = getattr(error, "problem", None) or getattr(error, "reason", None) or ""
    return next((_(words) for pattern, words in _WORDS if re.search(pattern, said)), "")


def type_words(value: Any) -> str:
    """Say of what type a value is, in the reader's words."""
    names = (
        (bool, _("boolean")),
        (int, _("whole number")),
        (float, _("number")),
        (str, _("text")),
        (dict, _("keys and values")),
        (list, _("list")),
        (type(None), _("empty")),
    )
    return next((name for base, name in names if isinstance(value, base)), type(value).__name__)

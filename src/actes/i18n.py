"""Speak French, or English to those who ask for it.

In: English sentences from the code. Out: the reader's sentence, number or date.
Only here: the choice of the language and the reading of the catalogues.
"""

from __future__ import annotations

import gettext
import os
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["LANGUAGES", "N_", "_", "language", "ngettext", "speaking", "use_language"]

LANGUAGES = ("fr", "en")
DEFAULT_LANGUAGE = "fr"
LOCALE_DIR = Path(__file__).parent / "locale"

_ENVIRONMENT = ("ACTES_LANG", "LANGUAGE", "LC_ALL", "LC_MESSAGES", "LANG")


def language() -> str:
    """The reader's language: ``fr`` unless the environment asks for English.

    ``ACTES_LANG`` wins, then the usual gettext variables; one that names neither of our
    languages (``C``, ``POSIX``, German) is passed over.
    """
    for name in _ENVIRONMENT:
        for candidate in os.environ.get(name, "").split(":"):
            if candidate[:2].lower() in LANGUAGES and candidate[2:3] in ("", "_", "-", "."):
                return candidate[:2].lower()
    return DEFAULT_LANGUAGE


def use_language(code: str) -> None:
    """Answer in ``code`` (``fr`` or ``en``) from now on, in this process and its children."""
    os.environ["ACTES_LANG"] = code


@contextmanager
def speaking(code: str) -> Iterator[None]:
    """Answer in ``code`` inside the block: a book has a language, its maker another."""
    before = os.environ.get("ACTES_LANG")
    use_language(code)
    try:
        yield
    finally:
        if before is None:
            del os.environ["ACTES_LANG"]
        else:
            use_language(before)


@cache
def _catalogue(code: str) -> gettext.NullTranslations:
    return gettext.translation("actes", LOCALE_DIR, languages=[code], fallback=True)


def _(message: str) -> str:
    """Translate ``message`` to the reader's language."""
    return _catalogue(language()).gettext(message)


def N_(message: str) -> str:  # noqa: N802 - gettext's own name for "translate later"
    """Mark a sentence for translation without translating it yet."""
    return message


def ngettext(singular: str, plural: str, n: int) -> str:
    """Translate a sentence that counts ``n`` things."""
    return _catalogue(language()).ngettext(singular, plural, n)

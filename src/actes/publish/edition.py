"""Know what every made-to-last file of one edition says of itself: day, language, identifier.

In: a `Project`. Out: a day, a language tag, an identifier: the same for the same sources.
Only here: those three; each format writes them its own way.
"""

from __future__ import annotations

import datetime
import re
import uuid
from typing import TYPE_CHECKING

from actes.errors import ArticleError, place
from actes.i18n import _

if TYPE_CHECKING:
    from actes.publish.project import Project

__all__ = [
    "edition_day",
    "extract_words",
    "identifier",
    "language_of",
    "language_tag",
    "print_words",
]

# A language without a region would be tagged with no country, and Typst would take another.
_REGIONS = {"fr": "CA", "en": "CA"}


# Words that only a book made to last needs, in its own language.
_PRINT_WORDS = {
    "fr": {
        "cite": "Pour citer cet ouvrage",
        "folded": "Le code replié dans l’édition en ligne n’est pas repris dans cette édition.",
        "extract": "Extrait de",
    },
    "en": {
        "cite": "How to cite",
        "folded": "Code that is folded in the online edition is left out of this one.",
        "extract": "From",
    },
}


def print_words(lang: str) -> dict[str, str]:
    """List the words that only a printed book adds, in its language."""
    return _PRINT_WORDS["fr" if language_of(lang)[0] == "fr" else "en"]


def extract_words(project: Project) -> str:
    """Say which book an article is taken from: "Extrait de : Petit livre, 15 mars 2026"."""
    lead = print_words(project.lang)["extract"] + project.words["colon"]
    return ", ".join(filter(None, (f"{lead} {project.title}", project.date)))


def edition_day(project: Project) -> datetime.date:
    """Give the day that the edition carries.

    Raises
    ------
    ArticleError
        A207 without one: the present day would make another file each time.
    """
    if project.date_iso:
        return datetime.date.fromisoformat(project.date_iso)
    raise ArticleError(
        "A207",
        _("the book has no date: a file made to last must carry one"),
        where=place("_quarto.yml", key="book.date"),
        expected="date: 2026-03-15",
        next_step=_("write the day of the edition under book:"),
    )


def language_of(tag: str) -> tuple[str, str]:
    """Split a BCP 47 tag: ``fr-FR`` is ``("fr", "FR")``, ``fr`` is ``("fr", "CA")``."""
    language, *rest = tag.split("-")
    region = next((part.upper() for part in rest if re.fullmatch("[A-Za-z]{2}", part)), "")
    return language.lower(), region or _REGIONS.get(language.lower(), "")


def language_tag(tag: str) -> str:
    """Complete a BCP 47 tag with the region that is meant: ``fr`` is ``fr-CA``."""
    return "-".join(filter(None, language_of(tag)))


def identifier(project: Project) -> str:
    """Name the edition: its DOI, or else a UUID (RFC 9562, version 5) of what a reader cites."""
    if project.doi:
        return f"https://doi.org/{project.doi}"
    names = ", ".join(author.name for author in project.authors)
    cited = "\n".join((project.title, project.subtitle, names, project.date_iso, project.lang))
    return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, cited)}"

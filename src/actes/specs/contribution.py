"""Read what an article says of itself to those who cite it.

In: its front matter, the project file. Out: `Contribution`: title, authors, date, abstract,
keywords, licence, as plain text. Quarto writes each of them in several ways.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from actes.specs.book import read_front_matter, read_project
from actes.specs.reading import plain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from actes.workspace import Workspace

__all__ = ["Contribution", "read_contribution"]

_SHORTCODE = re.compile(r"\{\{<.*?>\}\}")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True, slots=True)
class Contribution:
    """An article as a reference names it.

    ``date`` is ISO 8601, the article's own or else the book's; empty when neither gives one.
    ``license`` is empty when neither states one.
    """

    name: str
    title: str
    authors: tuple[str, ...]
    date: str
    abstract: str
    keywords: tuple[str, ...]
    license: str


def read_contribution(workspace: Workspace, name: str) -> Contribution:
    """Read what the article ``name`` says of itself.

    Raises
    ------
    SpecError
        As `specs.book.read_front_matter` and `specs.book.read_project`.
    """
    own = plain(read_front_matter(workspace, name))
    project = read_project(workspace)
    book = project.get("book", {})
    return Contribution(
        name=name,
        title=_text(own.get("title")) or name,
        authors=tuple(_names(own.get("author", own.get("authors", book.get("author"))))),
        date=_date(own.get("date")) or _date(book.get("date")),
        abstract=_SHORTCODE.sub("…", _text(own.get("abstract"))),
        keywords=tuple(_texts(own.get("keywords"))),
        license=_license(own.get("license")) or _license(project.get("license")),
    )


def _names(authors: Any) -> Iterator[str]:
    """Yield names: Quarto takes one or several, each a text or a map with ``name``."""
    for author in authors if isinstance(authors, list) else [authors]:
        name = author.get("name") if isinstance(author, dict) else author
        if isinstance(name, dict):
            name = name.get("literal") or f"{name.get('given', '')} {name.get('family', '')}"
        if text := _text(name):
            yield text


def _texts(several: Any) -> Iterator[str]:
    yield from map(_text, several if isinstance(several, list) else filter(None, [several]))


def _date(date: Any) -> str:
    """Return an ISO date; words such as ``today`` would change the bytes of an edition."""
    found = _DATE.match(str(date))
    return found[0] if found else ""


def _license(license_: Any) -> str:
    """Return a licence's name: Quarto takes a text or a map."""
    if isinstance(license_, dict):
        license_ = license_.get("text") or license_.get("type") or license_.get("url")
    return _text(license_)


def _text(value: Any) -> str:
    return "" if value is None else " ".join(str(value).split())

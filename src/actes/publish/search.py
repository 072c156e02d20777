"""Cut a page into what a reader searches: its introduction and each of its sections.

In: a page's HTML. Out: plain texts, each with the address of its heading.
Only here: text out of HTML. The search itself runs in the reader's browser (``book.js``).
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Protocol

from actes import provenance

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from actes.publish.memory import Memory

__all__ = ["search_index", "text_of"]

_HEADING = re.compile(r"^h[2-6]$")
_SILENT = frozenset({"annotation", "svg", "script", "style"})
# Links to copy, and the figures behind a picture: what is seen is searched.
_SILENT_CLASSES = frozenset({"anchor", "data", "data-file", "footnote-ref"})
_BLOCKS = frozenset(
    [
        "p",
        "div",
        "li",
        "dd",
        "dt",
        "td",
        "th",
        "tr",
        "figcaption",
        "summary",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "pre",
    ]
)

_BREAKS = re.compile(r"[ \t\r\n]+")


class _Searched(Protocol):
    @property
    def href(self) -> str: ...
    @property
    def number(self) -> str: ...
    @property
    def plain_title(self) -> str: ...
    @property
    def abstract(self) -> str: ...
    @property
    def body(self) -> str: ...


class _Sections(HTMLParser):
    """Collects (id, title, text) per heading; the first has no id: what precedes any heading."""

    def __init__(self) -> None:
        super().__init__()
        self.sections: list[tuple[str, list[str], list[str]]] = [("", [], [])]
        self._in_heading = False
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        is_silent = tag in _SILENT or given.get("class") in _SILENT_CLASSES
        if self._silent or is_silent:
            if tag not in ("path", "circle", "br", "img", "input"):
                self._silent.append(tag)
            return
        if _HEADING.match(tag) and given.get("id"):
            self.sections.append((str(given["id"]), [], []))
            self._in_heading = True
        elif tag in _BLOCKS:
            self._add(" ")

    def handle_endtag(self, tag: str) -> None:
        if self._silent:
            if tag == self._silent[-1]:
                self._silent.pop()
        elif _HEADING.match(tag):
            self._in_heading = False
        elif tag in _BLOCKS:
            self._add(" ")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self._add(data)

    def _add(self, text: str) -> None:
        _section_id, title, body = self.sections[-1]
        (title if self._in_heading else body).append(text)


def text_of(markup: str) -> str:
    """Plain text of an HTML fragment, on one line; no-break spaces stay."""
    parser = _Sections()
    parser.feed(markup)
    parser.close()
    words = (each for _id, title, text in parser.sections for each in (*title, *text))
    return _on_one_line(words)


def _on_one_line(pieces: Iterable[str]) -> str:
    return _BREAKS.sub(" ", "".join(pieces)).strip()


def search_index(pages: Sequence[_Searched], memory: Memory) -> list[dict[str, str]]:
    """Give the book's entries: ``href`` (of its heading), ``title``, ``chapter``, ``text``."""
    wanted = {_key(page): page for page in pages}
    known = memory.completed(wanted, lambda new: [{"entries": [*_entries(each)]} for each in new])
    return [entry for key in wanted for entry in known[key]["entries"]]


def _key(page: _Searched) -> str:
    read = [page.href, page.number, page.plain_title, page.abstract, page.body]
    return provenance.fingerprint(provenance.publishing_sha256(), "search", read)


def _entries(page: _Searched) -> Iterator[dict[str, str]]:
    parser = _Sections()
    parser.feed(f"{page.abstract}\n{page.body}")
    parser.close()
    chapter = f"{page.number} {page.plain_title}".strip()
    for section_id, title, text in parser.sections:
        yield {
            "href": f"{page.href}#{section_id}" if section_id else page.href,
            "title": _on_one_line(title) if section_id else chapter,
            "chapter": chapter if section_id else "",
            "text": _on_one_line(text),
        }

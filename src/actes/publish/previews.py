"""Gather what a reader is shown when pointing at a reference that leads to another page.

In: the pages' HTML. Out: by address, the piece of HTML that the reference leads to, made small.
Only here: those pieces. A page read from a disk cannot read another: they travel in a script
(``assets/previews.js``) that ``hover.js`` loads when it is first needed.
"""

from __future__ import annotations

import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Protocol
from urllib.parse import quote, unquote

from actes.publish.search import text_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["previews_of"]

_REFERENCE = re.compile(r'<a href="([^"#]*)#(ref-[^"]+)"|<a href="([^"#]*)#([^"]+)" class="xref"')
_ROWS = re.compile(r"<tr\b.*?</tr>", re.DOTALL)
_N_ROWS = 8
_N_LETTERS = 320
_VOID = frozenset({"img", "br", "hr", "col", "input", "wbr", "link", "meta"})
_HEADINGS = frozenset({"h2", "h3", "h4", "h5", "h6"})


class _Previewed(Protocol):
    @property
    def href(self) -> str: ...
    @property
    def number(self) -> str: ...
    @property
    def title(self) -> str: ...
    @property
    def title_id(self) -> str: ...
    @property
    def abstract(self) -> str: ...
    @property
    def body(self) -> str: ...


class _Elements(HTMLParser):
    """Finds where the elements of given ids begin and end."""

    def __init__(self, text: str, wanted: set[str]) -> None:
        super().__init__()
        self.wanted = wanted
        self.found: dict[str, tuple[str, int, int]] = {}
        self._open: list[tuple[str, str, int]] = []
        self._starts = [0]
        for line in text.splitlines(keepends=True):
            self._starts.append(self._starts[-1] + len(line))
        self.feed(text)
        self.close()

    def _here(self) -> int:
        line, column = self.getpos()
        return self._starts[line - 1] + column

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in _VOID:
            self._open.append((tag, str(dict(attrs).get("id") or ""), self._here()))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element that is closed at once holds nothing."""

    def handle_endtag(self, tag: str) -> None:
        while self._open:
            name, element_id, start = self._open.pop()
            if name == tag:
                if element_id in self.wanted:
                    self.found[element_id] = (tag, start, self._here() + len(tag) + 3)
                return


def previews_of(pages: Sequence[_Previewed]) -> dict[str, str]:
    """Give the piece of HTML behind each reference to another page, by ``page.html#id``."""
    wanted: dict[str, set[str]] = {}
    for page in pages:
        for groups in _REFERENCE.findall(page.body):
            target, element_id = groups[:2] if groups[1] else groups[2:]
            if target:
                wanted.setdefault(_from_root(page.href, target), set()).add(unquote(element_id))
    return {
        address: piece
        for page in pages
        if page.href in wanted
        for address, piece in _pieces(page, wanted[page.href])
    }


def _from_root(page: str, target: str) -> str:
    """Address from the book's folder of what ``page`` calls ``target``."""
    parts = page.split("/")[:-1]
    for part in target.split("/"):
        if part == "..":
            parts.pop()
        else:
            parts.append(part)
    return "/".join(parts)


def _pieces(page: _Previewed, wanted: Iterable[str]) -> Iterator[tuple[str, str]]:
    ids = set(wanted)
    elements = _Elements(page.body, ids).found
    for element_id in sorted(ids):
        if element_id == page.title_id:
            yield f"{page.href}#{element_id}", _of_chapter(page)
        elif element_id in elements:
            tag, start, end = elements[element_id]
            whole = page.body[start:end]
            piece = _of_section(whole, page.body[end:]) if tag in _HEADINGS else whole
            yield f"{page.href}#{element_id}", _small(piece, page.href)


def _of_chapter(page: _Previewed) -> str:
    number = f'<span class="number">{page.number}</span> ' if page.number else ""
    text = text_of(page.abstract.partition("</p>")[2]) or text_of(_first_paragraph(page.body))
    return f"<p><strong>{number}{_bare(page.title)}</strong></p><p>{_short(text)}</p>"


def _of_section(heading: str, after: str) -> str:
    inner = re.sub(r"^<h\d[^>]*>|</h\d>$", "", heading)
    before_next = re.split(r"<h[2-6]\b", after, maxsplit=1)[0]
    return f"<p><strong>{inner}</strong></p><p>{_short(text_of(_first_paragraph(before_next)))}</p>"


def _first_paragraph(markup: str) -> str:
    match = re.search(r"<p>.*?</p>", markup, re.DOTALL)
    return match[0] if match else ""


def _short(text: str) -> str:
    from html import escape

    cut = text[:_N_LETTERS].rsplit(" ", 1)[0] + " …" if len(text) > _N_LETTERS else text
    return escape(cut, quote=False)


def _bare(markup: str) -> str:
    """Without what acts or is named: links, buttons, ids, landmarks."""
    markup = re.sub(r'<a class="(?:anchor|csv)".*?</a>', "", markup, flags=re.DOTALL)
    markup = re.sub(r"<details\b.*?</details>", "", markup, flags=re.DOTALL)
    markup = re.sub(r"</?a\b[^>]*>", "", markup)
    return re.sub(r'\s(?:id|role|tabindex|aria-labelledby|aria-label)="[^"]*"', "", markup)


def _small(markup: str, href: str) -> str:
    rows = _ROWS.findall(markup)
    for row in rows[_N_ROWS + 1 :]:
        markup = markup.replace(row, "", 1)

    def from_root(match: re.Match[str]) -> str:
        return f"{match[1]}{{root}}{quote(_from_root(href, unquote(match[2])))}"

    return re.sub(r'(<img\b[^>]*?\ssrc=")([^"]*)', from_root, _bare(markup))

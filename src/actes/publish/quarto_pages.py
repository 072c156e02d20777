"""Keep out of Quarto's pages what must not be there, and give them proper French.

In: the HTML and the search index that Quarto wrote. Out: the same, mended.
Only here: Quarto's own faults, seen with version 1.10 (``docs/decisions/0016``): paths of the
machine, times of execution, scripts from the network; and, in French, English words, "Table", no
space before a colon, English quotation marks in the references; raw markup in the metadata; search
entries that lead to the wrong heading.
"""

from __future__ import annotations

import html
import re
from html.parser import HTMLParser
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["mended_page", "mended_search"]

_LEAKS = re.compile(r'\s(?:data-notebook|data-quarto-private-\d+)="[^"]*"')
_FETCHED = re.compile(
    r'<script\b[^>]*\ssrc="(?:https?:)?//[^"]*"[^>]*>\s*</script>'
    r'|<link\b[^>]*\shref="(?:https?:)?//[^"]*"[^>]*\srel="(?:stylesheet|preconnect|preload)"[^>]*>'
    r'|<link\b[^>]*\srel="(?:stylesheet|preconnect|preload)"[^>]*\shref="(?:https?:)?//[^"]*"[^>]*>'
)
_CITATION_TITLE = re.compile(r'(<meta name="citation_title" content=")([^"]*)(")')
_SPAN = re.compile(r"\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\{[^{}]*\}")

# What stays English on a French site, by the attribute or the element that holds it.
_FRENCH_ATTRIBUTES = {
    "breadcrumb": "Fil d’Ariane",
    "Download": "Télécharger",
    "Share": "Partager",
    "Search": "Rechercher",
    "Toggle navigation": "Ouvrir ou fermer le menu",
    "Toggle sidebar navigation": "Ouvrir ou fermer le sommaire",
    "Toggle section": "Ouvrir ou fermer la partie",
    "Source Code": "Code source",
}
_ATTRIBUTE = re.compile(r'((?:aria-label|title)=")([^"]*)(")')
_DOWNLOAD = re.compile(r"Download (PDF|ePub|Docx)")
_ORCID = re.compile(r"ORCID profile for ([^\"<]*)")
_EMPTY_SEARCH = re.compile(r'("search-text-placeholder":\s*)""')
_TABLE = re.compile(r"\bTable((?:&nbsp;|\u00a0| )[A-Z]?\d+(?:\.\d+)*)")
_LABEL = re.compile(
    r"((?:Figure|Tableau|Listing|Liste)(?:&nbsp;|\u00a0| )[A-Z]?\d+(?:\.\d+)*(?: \([a-z]\))?)"
    r":(?=\s)"
)
_CAPTION = re.compile(r"(<(?:fig)?caption\b[^>]*>)(.*?)(</(?:fig)?caption>)", re.DOTALL)
_XREF = re.compile(r'(<a\b[^>]*class="[^"]*quarto-xref[^"]*"[^>]*>)(.*?)(</a>)', re.DOTALL)
_CHAPTER = re.compile(r'<span class="chapter-number">(\d+|[A-Z])</span>')
_REFERENCES = re.compile(r'(<div id="refs".*)', re.DOTALL)
_QUOTED = re.compile(r"“([^”]*?)([.,]?)”")


def mended_page(text: str, *, stage: str, lang: str) -> str:
    """Mend one page.

    Parameters
    ----------
    stage
        Folder where Quarto worked: no page may name it.
    lang
        The book's language.
    """
    text = _FETCHED.sub("", _LEAKS.sub("", text)).replace(stage, "")
    text = _CITATION_TITLE.sub(
        lambda match: f"{match[1]}{html.escape(_plain(match[2]))}{match[3]}", text
    )
    return _in_french(text) if lang.startswith("fr") else text


def _plain(title: str) -> str:
    """Read a title that was escaped twice, and left as markdown: its number goes too."""
    former = ""
    while former != title:
        former, title = title, html.unescape(title)
    title = re.sub(r"\[[^\[\]]*\]\{\.chapter-number\}", "", title)
    while _SPAN.search(title):
        title = _SPAN.sub(r"\1", title)
    return " ".join(re.sub(r"[*_`]", "", title).split())


def _in_french(text: str) -> str:
    text = _ATTRIBUTE.sub(
        lambda match: f"{match[1]}{_FRENCH_ATTRIBUTES.get(match[2], match[2])}{match[3]}", text
    )
    text = _DOWNLOAD.sub(lambda match: f"Télécharger en {match[1].upper()}", text)
    text = _ORCID.sub(r"Profil ORCID de \1", text)
    text = _EMPTY_SEARCH.sub(r'\1"Rechercher dans l’ouvrage"', text)
    text = _CAPTION.sub(lambda match: f"{match[1]}{_label(match[2])}{match[3]}", text)
    text = _XREF.sub(lambda match: f"{match[1]}{_reference(match[2])}{match[3]}", text)
    return _REFERENCES.sub(lambda match: _QUOTED.sub("«\u00a0\\1\u00a0»\\2", match[1]), text)


def _label(caption: str) -> str:
    return _LABEL.sub("\\1\u00a0:", _TABLE.sub(r"Tableau\1", caption))


def _reference(content: str) -> str:
    """Write "Tableau 1.1"; and "Chapitre 1" where Quarto prints a chapter's number and title."""
    chapter = _CHAPTER.search(content)
    if chapter:
        word = "Annexe" if chapter[1].isalpha() else "Chapitre"
        return f"{word}\u00a0{chapter[1]}"
    return _TABLE.sub(r"Tableau\1", content)


# -- search -----------------------------------------------------------------------------


def mended_search(
    entries: Sequence[Mapping[str, Any]], pages: Mapping[str, str]
) -> list[dict[str, Any]]:
    """Give each search entry the text of its own section, no more, no less.

    Parameters
    ----------
    entries
        What Quarto wrote in ``search.json``.
    pages
        HTML by address.
    """
    texts: dict[str, dict[str, str]] = {}
    mended = []
    for entry in entries:
        page, _hash, section = str(entry.get("href", "")).partition("#")
        if page in pages and page not in texts:
            texts[page] = _Sections(pages[page]).texts
        own = texts.get(page, {}).get(section)
        mended.append({**entry, "text": entry.get("text", "") if own is None else own})
    return mended


class _Sections(HTMLParser):
    """Collects, of the main part of a page, the text of each ``<section id>``; "" before any."""

    _SILENT = frozenset({"script", "style", "annotation", "nav", "header"})

    def __init__(self, page: str) -> None:
        super().__init__()
        self._pieces: dict[str, list[str]] = {"": []}
        self._open: list[tuple[str, str, bool]] = []
        self.feed(page)
        self.close()
        self.texts = {name: " ".join("".join(each).split()) for name, each in self._pieces.items()}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        name = self._open[-1][1] if self._open else ""
        is_read = self._open[-1][2] if self._open else False
        if tag == "main":
            is_read = True
        if tag == "section" and is_read and given.get("id"):
            name = str(given["id"])
            self._pieces.setdefault(name, [])
        if tag in self._SILENT or "hidden" in given:
            is_read = False
        self._open.append((tag, name, is_read))

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """An element that is closed at once holds nothing."""

    def handle_endtag(self, tag: str) -> None:
        if any(name == tag for name, _section, _is_read in self._open):
            while self._open.pop()[0] != tag:
                pass
        self._add(" ")

    def handle_data(self, data: str) -> None:
        self._add(data)

    def _add(self, text: str) -> None:
        if self._open and self._open[-1][2]:
            self._pieces[self._open[-1][1]].append(text)

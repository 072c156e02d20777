"""What a screen reader reads in a PDF that Typst wrote: the text of its tags, in their order."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from book_text import squashed, words
from test_pdf import Pdf, _literal_end, _unescaped

FORMULA = "¤"
_KID = re.compile(rb"(\d+) 0 R|<<[^>]*?/Pg (\d+) 0 R[^>]*?/MCID (\d+)[^>]*>>|<<[^>]*>>|(\d+)")
_TOKEN = re.compile(
    rb"/(f\d+) [\d.]+ Tf|/MCID (\d+).{0,60}?(?=BDC)|\b(B[DM]C|EMC)\b|(/[A-Z]\w*)?(\()"
)


class Tags:
    """The structure of a PDF: element by element, and their text."""

    def __init__(self, file: Path) -> None:
        self._pdf = Pdf(file)
        self._pages: dict[int, dict[int, str]] = {}
        bodies = self._pdf.objects.values()
        (root,) = (body for body in bodies if b"/Type/StructTreeRoot" in body)
        self.document = int(_found(rb"/K ?\[(\d+) 0 R", root))

    def kind(self, element: int) -> str:
        """Its tag: ``H1``, ``P``, ``TD``."""
        found = re.search(rb"/S/(\w+)", self._pdf.objects[element])
        return found[1].decode() if found else ""

    def children(self, element: int) -> Iterator[int | str]:
        """Elements and texts, in order."""
        body = self._pdf.objects[element]
        page = re.search(rb"/Pg (\d+) 0 R>>$", body)
        kids = re.search(rb"/K ?(\[.*?\]|\d+)(?:/Pg \d+ 0 R|/\w|>>)", body, re.DOTALL)
        for inner, of_page, marked, here in _KID.findall(kids[1]) if kids else ():
            if inner:
                yield int(inner)
            elif marked:
                yield self._texts(int(of_page)).get(int(marked), "")
            elif here and page:
                yield self._texts(int(page[1])).get(int(here), "")

    def spoken(self) -> tuple[str, list[str]]:
        """The book's text in one piece, then each of its notes; no spaces, contents left out."""
        text, notes = self._said(self.document)
        return squashed(words(text)), [squashed(words(each)) for each in notes]

    def links(self) -> Iterator[tuple[str, str]]:
        """The words of each link inside the book, and the text of the page that it leads to."""
        objects, pages = self._pdf.objects, self._pdf.page_numbers
        for number, body in objects.items():
            mark = re.search(rb"/Type/OBJR[^>]*/Obj (\d+) 0 R", body)
            place = mark and re.search(rb"/Dest (\d+) 0 R", objects[int(mark[1])])
            if place and b"/S/Link" in body:
                page = int(_found(rb"\[(\d+) 0 R", objects[int(place[1])]))
                yield self._said(number)[0], self._pdf.pages[pages.index(page)]

    def _said(self, element: int) -> tuple[str, list[str]]:
        said, notes, last = [], [], ""
        for child in self.children(element):
            if isinstance(child, str):
                said.append(child)
                continue
            kind, (text, inner) = self.kind(child), self._said(child)
            notes += inner
            if kind == "Caption" and self.kind(element) == "Div":
                last = text  # said before what it is the caption of; pages have it after
            elif kind == "Note":
                notes.append(text)
            elif kind == "Formula":
                number = re.search(r"\(\w+\.\d+\)$", text)
                said.append(FORMULA + (number[0] if number else ""))
            elif kind not in ("Figure", "TOC", "TOCI") and not (kind == "Lbl" and _is_mark(text)):
                said.append(text)
        return "".join(said) + last, notes

    def _texts(self, page: int) -> dict[int, str]:
        if page not in self._pages:
            self._pages[page] = self._marked(self._pdf.objects[page])
        return self._pages[page]

    def _marked(self, page: bytes) -> dict[int, str]:
        """Give the text of each marked piece of a page."""
        pdf = self._pdf
        named = re.findall(
            rb"/(f\d+) (\d+) 0 R", pdf.objects[int(_found(rb"/Resources (\d+)", page))]
        )
        fonts = {name: pdf._letters(int(font)) for name, font in named}
        content = pdf._stream(int(_found(rb"/Contents (\d+)", page)))
        texts: dict[int, str] = {}
        letters: dict[int, str] = {}
        number, depth, at = -1, 0, 0
        while found := _TOKEN.search(content, at):
            font, marked, edge, key, literal = found.groups()
            at = found.end()
            if font:
                letters = fonts[font]
            elif marked:
                number, depth = int(marked), 0
            elif edge:
                depth += -1 if edge == b"EMC" else 1
                number = number if depth else -1
            elif literal:
                at = _literal_end(content, found.start(5))
                if number >= 0 and not key:
                    codes = _unescaped(content[found.start(5) + 1 : at - 1])
                    pairs = (codes[place : place + 2] for place in range(0, len(codes), 2))
                    written = "".join(letters[int.from_bytes(pair)] for pair in pairs)
                    texts[number] = texts.get(number, "") + written
        return texts


def _found(pattern: bytes, body: bytes) -> bytes:
    found = re.search(pattern, body)
    assert found, body[:200]
    return found[1]


def _is_mark(text: str) -> bool:
    """Is it what stands before the item of a list, or the number of a note?"""
    return not re.search(r"[^\W\d]", text)

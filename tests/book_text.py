"""What a reader reads, block by block, in each format of a book."""

from __future__ import annotations

import re
import subprocess
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path

Block = tuple[str, str]
"""Its kind (heading, caption, cell, text, note), and its words."""

M = "{http://schemas.openxmlformats.org/officeDocument/2006/math}"
W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_VOID = {"img", "input", "link", "meta", "br", "hr", "col", "wbr"}
_SKIPPED_TAGS = {"script", "style", "nav", "button", "annotation", "svg"}
_FORMULA = "¤"
_SKIPPED_CLASSES = {"anchor", "noteref", "footnote-ref", "footnote-back", "code-fold", "copy"}
_SKIPPED_CLASSES |= {"data"}  # behind a figure: on screen only
_BLOCKS = {"p", "li", "dt", "dd", "pre", "div", "blockquote", "figure", "table", "ul", "ol", "dl"}
_BLOCKS |= {"section", "aside", "details", "summary", "h1", "h2", "h3", "h4", "h5", "h6"}
_BLOCKS |= {"tr", "td", "th", "thead", "tbody", "tfoot", "caption", "figcaption"}
_SKIPPED_STYLES = {
    "Author", "Affiliation", "Date", "AbstractTitle", "Abstract", "Subtitle", "PartTitle", "Source",
    "TOCHeading", "TOC1", "TOC2", "Title",
}  # fmt: skip


def words(text: str) -> str:
    """Normalise what formats set each their own way: spaces, separators, boxes to tick."""
    text = re.sub(r"[\u00ad☐☒↩#]", "", text)
    text = re.sub(r"[\s\u00a0\u202f\u2002]+", " ", text)
    text = re.sub(r"¤ (?=\()", "¤", text)
    return re.sub(r" [:–—](?= |$)", "", text).strip()


@dataclass
class Node:
    """An element of a page; ``children`` are nodes and texts."""

    tag: str
    given: dict[str, str] = field(default_factory=dict)
    children: list[Node | str] = field(default_factory=list)

    @property
    def classes(self) -> set[str]:
        return set(self.given.get("class", "").split())

    def inner(self) -> Iterator[Node]:
        for child in self.children:
            if isinstance(child, Node):
                yield child
                yield from child.inner()


class _Builder(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open = [Node("")]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        node = Node(tag, {name: value or "" for name, value in attrs})
        self.open[-1].children.append(node)
        if tag not in _VOID:
            self.open.append(node)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].children.append(Node(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        if any(node.tag == tag for node in self.open):
            while self.open.pop().tag != tag:
                pass

    def handle_data(self, data: str) -> None:
        self.open[-1].children.append(data)


def page_of(source: str) -> Node:
    builder = _Builder()
    builder.feed(source)
    return builder.open[0]


def _is_skipped(node: Node) -> bool:
    hidden = node.given.get("aria-hidden") == "true"
    return hidden or node.tag in _SKIPPED_TAGS or bool(node.classes & _SKIPPED_CLASSES)


def _text(node: Node) -> str:
    if node.tag == "math":
        return _FORMULA
    return "".join(
        child if isinstance(child, str) else _text(child)
        for child in node.children
        if isinstance(child, str) or not _is_skipped(child)
    )


def _kind(node: Node) -> str:
    if node.classes & {"tab-title", "callout-title", "code-name"}:
        return "text"
    if re.fullmatch("h[1-6]", node.tag):
        return "heading"
    if node.tag in ("figcaption", "caption"):
        return "caption"
    return "cell" if node.tag in ("td", "th") else ""


def _blocks(node: Node, *, is_note: bool = False) -> Iterator[Block]:
    if _is_skipped(node) or node.classes & {"notes-title"}:
        return
    is_note = is_note or "footnotes" in node.classes
    kind = _kind(node)
    holds_blocks = any(child.tag in _BLOCKS for child in node.inner())
    if "equation" in node.classes or kind or (node.tag in _BLOCKS and not holds_blocks):
        yield ("note" if is_note else kind or "text", words(_text(node)))
        return
    loose = ""
    for child in node.children:
        if isinstance(child, str):
            loose += child
        elif child.tag in _BLOCKS or "equation" in child.classes or _kind(child):
            yield ("text", words(loose))
            loose = ""
            yield from _blocks(child, is_note=is_note)
        elif any("equation" in each.classes for each in [child, *child.inner()]):
            yield from _blocks(child, is_note=is_note)
        elif not _is_skipped(child):
            has_blocks = any(each.tag in _BLOCKS for each in child.inner())
            if has_blocks:
                yield from _blocks(child, is_note=is_note)
            else:
                loose += _text(child)
    yield ("text", words(loose))


def _kept(blocks: Iterator[Block]) -> list[Block]:
    notes: list[Block] = []
    others: list[Block] = []
    for kind, text in blocks:
        # The number that leads back from a note isn't in its text everywhere.
        said = re.sub(r"^\d+ ?\. ", "", text) if kind == "note" else text
        if said and said != "Notes":
            (notes if kind == "note" else others).append((kind, said))
    return others + notes


def html_blocks(book: Path, pages: list[str]) -> list[Block]:
    blocks: list[Block] = []
    for name in pages:
        page = page_of((book / name).read_text(encoding="utf-8"))
        body = next(node for node in page.inner() if node.tag == "article")
        title = next(node for node in page.inner() if node.tag == "h1")
        is_index = name == "index.html"
        found = [] if is_index else [("heading", words(_text(title)))]
        blocks += found + _kept(_blocks(body))
    return blocks


def epub_blocks(file: Path) -> list[Block]:
    blocks: list[Block] = []
    with zipfile.ZipFile(file) as archive:
        for name in archive.namelist():
            if "/chapter-" not in name:
                continue
            page = page_of(archive.read(name).decode())
            section = next(node for node in page.inner() if node.tag == "section")
            head, *rest = [each for each in section.children if isinstance(each, Node)]
            title = next(node for node in head.inner() if node.tag == "h1")
            section.children = [*rest]
            blocks.append(("heading", words(_text(title))))
            blocks += _kept(_blocks(section))
    return blocks


def _run_text(paragraph: ET.Element) -> str:
    pieces = []
    for each in paragraph.iter():
        if each.tag == f"{W}t":
            pieces.append(each.text or "")
        elif each.tag == f"{M}oMath":
            pieces.append(_FORMULA)
        elif each.tag in (f"{W}tab", f"{W}br"):
            pieces.append(" ")
    return "".join(pieces)


def _style(paragraph: ET.Element) -> str:
    style = paragraph.find(f"{W}pPr/{W}pStyle")
    return "" if style is None else style.get(f"{W}val", "")


def docx_blocks(file: Path) -> list[Block]:
    """Blocks of each chapter, its notes at its end as in the other formats."""
    with zipfile.ZipFile(file) as archive:
        body = ET.fromstring(archive.read("word/document.xml"))[0]
        footnotes = ET.fromstring(archive.read("word/footnotes.xml"))
    notes = {
        note.get(f"{W}id"): words("".join(_run_text(each) for each in note.iter(f"{W}p")))
        for note in footnotes
    }
    blocks: list[Block] = []
    pending: list[Block] = []
    cells = {each for table in body.iter(f"{W}tbl") for each in table.iter(f"{W}p")}
    for paragraph in body.iter(f"{W}p"):
        style, text = _style(paragraph), words(_run_text(paragraph))
        if style == "Heading1":
            blocks += pending
            pending = []
        pending += [
            ("note", notes[each.get(f"{W}id")]) for each in paragraph.iter(f"{W}footnoteReference")
        ]
        kind = "text"
        if paragraph in cells:
            kind = "cell"
        elif style.startswith("Heading"):
            kind = "heading"
        elif style in ("ImageCaption", "TableCaption"):
            kind = "caption"
        if style not in _SKIPPED_STYLES and text:
            blocks.append((kind, text))
    return blocks + pending


def pdf_text(file: Path) -> str:
    """All the text inside the margins of the book, page after page, without any space."""
    area = ["-x", "0", "-y", "75", "-W", "482", "-H", "540"]
    command = ["pdftotext", *area, "-nopgbrk", str(file), "-"]
    done = subprocess.run(command, capture_output=True, check=True, encoding="utf-8")
    return squashed(done.stdout)


def is_printed(text: str, printed: str) -> bool:
    """Is the text there, whole or cut once by the end of a page? Formulas aside."""
    pieces = [squashed(piece) for piece in text.split(_FORMULA)]
    return all(
        piece in printed
        or any(
            piece[:cut] in printed and piece[cut:] in printed for cut in range(8, len(piece) - 8)
        )
        for piece in pieces
    )


def squashed(text: str) -> str:
    """Drop what line breaking changes: spaces, hyphens."""
    text = text.replace("ﬁ", "fi").replace("ﬂ", "fl")
    return re.sub(r"[\s\u00a0\u200b\u202f\u2002\u00ad\u2010\u2011\-☐☒:–—.]", "", text)

"""Keep, of a styled HTML table, what says something: alignment, weight, backgrounds, bars.

In: the HTML that pandas' Styler or great_tables displays. Out: the same tables without style
sheets, ids, classes or scripts, each cell with the few styles it is left, for pandoc to read. The
title that great_tables sets as rows of a table is written as its caption; raised marks are `sup`.
Only here: CSS. A background comes with an ink that reads on it (contrast of 4.5 at least). A colour
of text without a background is left out: it could not read on both a light and a dark page. A bar
(``Styler.bar``) is what its gradient says: from where to where of the cell's width, its colour, and
a tint of it on which black reads; its alternative is the cell's own figure.
"""

from __future__ import annotations

import re
from html import escape
from html.parser import HTMLParser
from typing import NamedTuple

from actes.publish.colours import contrast, mixed, read_colour, readable_on

__all__ = ["with_cell_styles"]

_STYLE = re.compile(r"<style[^>]*>(.*?)</style>", re.DOTALL | re.IGNORECASE)
_COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
_RULE = re.compile(r"([^{}]+)\{([^{}]*)\}")
_COMPOUND = re.compile(r"^([a-z][a-z0-9]*|\*)?((?:[#.][\w-]+)*)$", re.IGNORECASE)
_CELLS = frozenset({"td", "th"})
_VOID = frozenset({"br", "hr", "img", "col", "wbr", "input"})
_KEPT = ("colspan", "rowspan", "scope", "span", "href", "src", "alt", "lang", "title")
_WHITE = 1.05  # a background as good as white is no emphasis
_READABLE = 4.5
_GRADIENT = re.compile(r"linear-gradient\(\s*90deg\s*,([^()]*)\)")
_STOP = re.compile(r"\s*(\S+)\s+([\d.]+)%\s*")
_TINT = 0.6  # of white, on which black reads whatever the colour
_TITLE_ROW = "gt_heading"
_GROUP_ROW = "gt_group_heading_row"
_EMPTY_BODY = re.compile(r"<tbody>\s*</tbody>")
_RAISED = re.compile(r"super$|0*[1-9]|0?\.0*[1-9]")

Declarations = dict[str, str]


class _Element(NamedTuple):
    tag: str
    id: str
    classes: frozenset[str]
    style: Declarations
    written: str


class _Rule(NamedTuple):
    """``selector``: compounds from ancestor to element, each (tag, id, classes)."""

    selector: tuple[tuple[str, str, frozenset[str]], ...]
    declarations: Declarations
    weight: int


def with_cell_styles(html: str) -> str:
    """Write the tables of ``html`` with the styles of their cells; the rest loses its looks."""
    sheet = "\n".join(_STYLE.findall(html))
    writer = _Writer(_rules(_COMMENT.sub("", sheet)))
    writer.feed(_STYLE.sub("", html))
    writer.close()
    return _EMPTY_BODY.sub("", "".join(writer.written))


def _rules(sheet: str) -> list[_Rule]:
    found = []
    for selectors, body in _RULE.findall(sheet):
        for selector in selectors.split(","):
            compounds = [_compound(part) for part in selector.replace(">", " ").split()]
            if compounds and all(compounds):
                known = tuple(each for each in compounds if each)
                found.append(_Rule(known, _declarations(body), _weight(known)))
    return sorted(found, key=lambda rule: rule.weight)  # stable: a later rule of one weight wins


def _compound(text: str) -> tuple[str, str, frozenset[str]] | None:
    """``th.a#b`` as (tag, id, classes); None for what depends on a state or a position."""
    match = _COMPOUND.match(text)
    if not match:
        return None
    names = re.findall(r"[#.][\w-]+", match[2])
    ids = [name[1:] for name in names if name[0] == "#"]
    classes = frozenset(name[1:] for name in names if name[0] == ".")
    return (match[1] or "").lower().replace("*", ""), ids[0] if ids else "", classes


def _weight(selector: tuple[tuple[str, str, frozenset[str]], ...]) -> int:
    return sum(100 * bool(name) + 10 * len(classes) + bool(tag) for tag, name, classes in selector)


def _declarations(text: str) -> Declarations:
    pairs = (each.partition(":") for each in text.split(";"))
    return {
        name.strip().lower(): value.replace("!important", "").strip()
        for name, _colon, value in pairs
        if value.strip()
    }


class _Writer(HTMLParser):
    def __init__(self, rules: list[_Rule]) -> None:
        super().__init__(convert_charrefs=True)
        self.rules = rules
        self.open: list[_Element] = []
        self.written: list[str] = []
        self.titles: list[str] = []
        self.caption_place = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        element = self._element(tag, given)
        kept = {name: given[name] for name in _KEPT if name in given}
        if tag in _CELLS:
            kept |= self._cell_attributes(element, given)
        attributes = "".join(f' {name}="{escape(value)}"' for name, value in kept.items())
        if tag == "tr" and _TITLE_ROW in element.classes:
            self.titles.append("")
        elif not (tag in _CELLS and self._in_title()):
            if _GROUP_ROW in element.classes:
                self._write("</tbody><tbody>")  # pandoc: a group is a body, its name its head
            self._write(f"<{element.written}{attributes}>")
        if tag not in _VOID:
            self.open.append(element)
        if tag == "table":
            self.titles, self.caption_place = [], len(self.written)

    def handle_endtag(self, tag: str) -> None:
        in_title = self._in_title()
        written = tag
        if any(element.tag == tag for element in self.open):
            while (element := self.open.pop()).tag != tag:
                pass
            written = element.written
        if not (in_title and tag in _CELLS | {"tr"}):
            self._write(f"</{written}>")
        if tag == "table" and self.titles:
            self.written.insert(self.caption_place, f"<caption>{_sentences(self.titles)}</caption>")

    def handle_data(self, data: str) -> None:
        self._write(escape(data, quote=False))

    def _element(self, tag: str, given: dict[str, str]) -> _Element:
        classes = frozenset(given.get("class", "").split())
        bare = _Element(tag, given.get("id", ""), classes, {}, tag)
        style = {**self._from_sheet(bare), **_declarations(given.get("style", ""))}
        is_raised = tag == "span" and _RAISED.match(style.get("vertical-align", ""))
        return bare._replace(style=style, written="sup" if is_raised else tag)

    def _in_title(self) -> bool:
        rows = (each for each in reversed(self.open) if each.tag == "tr")
        row = next(rows, None)
        return row is not None and _TITLE_ROW in row.classes

    def _write(self, text: str) -> None:
        if self._in_title():
            self.titles[-1] += text
        else:
            self.written.append(text)

    def _from_sheet(self, element: _Element) -> Declarations:
        style: Declarations = {}
        for rule in self.rules:
            if _matches(rule.selector[-1], element) and self._has_ancestors(rule.selector[:-1]):
                style |= rule.declarations
        return style

    def _has_ancestors(self, wanted: tuple[tuple[str, str, frozenset[str]], ...]) -> bool:
        ancestors = iter(reversed(self.open))
        return all(
            any(_matches(each, ancestor) for ancestor in ancestors) for each in reversed(wanted)
        )

    def _cell_attributes(self, cell: _Element, given: dict[str, str]) -> dict[str, str]:
        row = next((each.style for each in reversed(self.open) if each.tag == "tr"), {})
        background = _background(cell.style) or _background(row)
        kept: dict[str, str] = {}
        spans = given.get("colspan", "1") != "1"
        is_head = any(each.tag == "thead" for each in self.open)
        align = cell.style.get("text-align", "center" if spans and is_head else "")
        if align in ("left", "center", "right"):
            kept["style"] = f"text-align: {align}"
        if background:
            ink = read_colour(cell.style.get("color", "")) or readable_on(background)
            is_readable = contrast(ink, background) >= _READABLE
            kept["data-background"] = background
            kept["data-color"] = ink if is_readable else readable_on(background)
        if bar := _bar(cell.style.get("background", "")):
            kept["data-bar"] = bar
        is_bold = cell.style.get("font-weight") in ("bold", "bolder", "700", "800")
        names_rows = cell.tag == "th" and spans and not is_head
        if names_rows or (cell.tag == "td" and is_bold):
            kept["data-bold"] = "true"
        if cell.style.get("font-style") == "italic":
            kept["data-italic"] = "true"
        return kept


def _sentences(titles: list[str]) -> str:
    """Join a title and its subtitle: each but the last ends as a sentence."""
    texts = [text.strip() for text in titles if text.strip()]
    return " ".join([
        *(text if text[-1] in ".!?:…>" else f"{text}." for text in texts[:-1]), *texts[-1:],
    ])  # fmt: skip


def _matches(compound: tuple[str, str, frozenset[str]], element: _Element) -> bool:
    tag, name, classes = compound
    return tag in ("", element.tag) and name in ("", element.id) and classes <= element.classes


def _background(style: Declarations) -> str | None:
    value = style.get("background-color") or style.get("background", "")
    colour = read_colour(value)
    return colour if colour and contrast(colour, "#ffffff") > _WHITE else None


def _bar(background: str) -> str | None:
    """Say where a gradient of one colour begins and ends, in percent, its colour and its tint."""
    gradient = _GRADIENT.match(background)
    stops = [_STOP.fullmatch(each) for each in gradient[1].split(",")] if gradient else []
    known = [(each[1], float(each[2])) for each in stops if each]
    if not known or len(known) != len(stops):
        return None
    drawn = [(read_colour(name), end) for name, end in known]
    colours = {colour for colour, _end in drawn if colour}
    if len(colours) != 1:
        return None
    (colour,) = colours
    ends = [min(end, 100.0) for each, end in drawn if each]
    start = ends[0] if drawn[0][0] is None else 0.0
    return f"{start:g} {ends[-1]:g} {colour} {mixed(colour, '#ffffff', _TINT)}"

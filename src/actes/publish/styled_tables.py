"""Keep, of a styled HTML table, the styles that say something: alignment, weight, backgrounds.

In: the HTML that pandas' Styler or great_tables displays. Out: the same tables without style
sheets, ids, classes or scripts, each cell with the few styles it is left, for pandoc to read.
Only here: CSS. A background comes with an ink that reads on it (contrast of 4.5 at least). A colour
of text without a background is left out: it could not read on both a light and a dark page.
"""

from __future__ import annotations

import re
from html import escape
from html.parser import HTMLParser
from typing import NamedTuple

from actes.publish.colours import contrast, read_colour, readable_on

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

Declarations = dict[str, str]


class _Element(NamedTuple):
    tag: str
    id: str
    classes: frozenset[str]
    style: Declarations


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
    return "".join(writer.written)


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

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        classes = frozenset(given.get("class", "").split())
        element = _Element(tag, given.get("id", ""), classes, {})
        own = _declarations(given.get("style", ""))
        element = element._replace(style={**self._from_sheet(element), **own})
        kept = {name: given[name] for name in _KEPT if name in given}
        if tag in _CELLS:
            kept |= self._cell_attributes(element)
        attributes = "".join(f' {name}="{escape(value)}"' for name, value in kept.items())
        self.written.append(f"<{tag}{attributes}>")
        if tag not in _VOID:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if any(element.tag == tag for element in self.open):
            while self.open.pop().tag != tag:
                pass
        self.written.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self.written.append(escape(data, quote=False))

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

    def _cell_attributes(self, cell: _Element) -> dict[str, str]:
        row = next((each.style for each in reversed(self.open) if each.tag == "tr"), {})
        background = _background(cell.style) or _background(row)
        kept: dict[str, str] = {}
        if cell.style.get("text-align") in ("left", "center", "right"):
            kept["style"] = f"text-align: {cell.style['text-align']}"
        if background:
            ink = read_colour(cell.style.get("color", "")) or readable_on(background)
            is_readable = contrast(ink, background) >= _READABLE
            kept["data-background"] = background
            kept["data-color"] = ink if is_readable else readable_on(background)
        if cell.tag == "td" and cell.style.get("font-weight") in ("bold", "bolder", "700", "800"):
            kept["data-bold"] = "true"
        if cell.style.get("font-style") == "italic":
            kept["data-italic"] = "true"
        return kept


def _matches(compound: tuple[str, str, frozenset[str]], element: _Element) -> bool:
    tag, name, classes = compound
    return tag in ("", element.tag) and name in ("", element.id) and classes <= element.classes


def _background(style: Declarations) -> str | None:
    value = style.get("background-color") or style.get("background", "")
    colour = read_colour(value)
    return colour if colour and contrast(colour, "#ffffff") > _WHITE else None

"""Read the brand of a book: ``_brand.yml``.

In: that file, or the `brand:` map of the project file. Out: a `Brand`.
Only here: which parts of a brand a book can honour: the colours of ink, paper and accent, the
logo, and typefaces that readers already have (nothing is fetched). Colours that do not read on
one another are refused: a book must be legible to all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from actes.i18n import _
from actes.publish.colours import contrast, mixed, read_colour
from actes.publish.metadata import Yaml, line_of, read_utf8, read_yaml
from actes.publish.problems import Problem, Problems

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Brand", "brand_css", "read_brand"]

FILE_NAMES = ("_brand.yml", "_brand.yaml")
_READABLE = 4.5
_PAPER, _INK = "#fcfaf5", "#221d18"  # those of book.css, for a brand that gives one of the two
_NIGHT = "#181613"  # the paper of the dark pages
# Inks of callouts and code that stay what they are: a brand's paper must carry them too.
_OURS = ("#7d5200", "#9c3412", "#35633c", "#2a5674")
_KNOWN = frozenset({"meta", "color", "logo", "typography", "defaults"})
_FONT_NAME = re.compile(r"^[\w .-]{1,60}$")
_SOURCES_OF_FONTS = frozenset({"google", "bunny"})


@dataclass(frozen=True)
class Brand:
    """What a house gives its books; every text empty, and ``logo`` None, when it says nothing.

    Colours are ``#rrggbb``; ``logo`` is relative to the book's root.
    """

    foreground: str = ""
    background: str = ""
    primary: str = ""
    logo: Path | None = None
    logo_alt: str = ""
    base_font: str = ""
    heading_font: str = ""
    mono_font: str = ""
    palette: Mapping[str, str] = field(default_factory=dict)


def read_brand(root: Path, choice: object, problems: Problems) -> Brand:
    """Read the brand that the project chooses.

    Parameters
    ----------
    choice
        ``brand:`` of the project file: a path, a map, ``false`` for none; None for
        ``_brand.yml`` at the root, if there is one.
    """
    if choice is False:
        return Brand()
    if isinstance(choice, dict):
        return _Reader(root, Path("_quarto.yml"), choice, problems).brand()
    names = [str(choice)] if isinstance(choice, str) else list(FILE_NAMES)
    for name in names:
        path = root / name
        if path.is_file():
            text = read_utf8(path, name)
            return _Reader(root, Path(name), read_yaml(text, name), problems).brand()
    if isinstance(choice, str):
        what = _("there is no such file: {name}").format(name=choice)
        problems.add(Problem("A108", what, "_quarto.yml", 0, "brand"))
    return Brand()


class _Reader:
    def __init__(self, root: Path, file: Path, settings: Yaml, problems: Problems) -> None:
        self.root = root
        self.file = file
        self.settings = settings
        self.problems = problems
        self.color = _map(settings.get("color"))
        self.palette = _map(self.color.get("palette"))

    def brand(self) -> Brand:
        for name in self.settings:
            if name not in _KNOWN:
                self._fault("A136", _("a brand has no such key"), name)
        typography = _map(self.settings.get("typography"))
        self._refuse_fetched(typography)
        logo, logo_alt = self._logo()
        colours = {name: self._colour(name) for name in ("foreground", "background", "primary")}
        self._check_contrasts(colours)
        fonts = {f"{name}_font": self._font(typography, key) for name, key in (
            ("base", "base"), ("heading", "headings"), ("mono", "monospace"),
        )}  # fmt: skip
        named = {
            str(name): colour for name, value in self.palette.items()
            if (colour := read_colour(str(value)))
        }  # fmt: skip
        return Brand(**colours, **fonts, logo=logo, logo_alt=logo_alt, palette=named)

    def _colour(self, name: str) -> str:
        value = self.color.get(name)
        if value is None:
            return ""
        seen = set()
        while str(value) in {*self.palette, *self.color} and str(value) not in seen:
            seen.add(str(value))
            value = self.palette.get(str(value), self.color.get(str(value)))
        colour = read_colour(str(value))
        if colour is None:
            self._fault(
                "A135", _("this is no colour that a book can use"), f"color.{name}",
                found=str(value), expected="#7a1f2b",
            )  # fmt: skip
        return colour or ""

    def _check_contrasts(self, colours: dict[str, str]) -> None:
        paper = colours["background"] or _PAPER
        pairs = [("foreground", colours["foreground"] or _INK), ("primary", colours["primary"])]
        for name, ink in pairs:
            if ink and contrast(ink, paper) < _READABLE:
                self._fault(
                    "A135",
                    _("these colours cannot be told apart well enough to be read"),
                    f"color.{name}",
                    found=f"{ink} / {paper} : {contrast(ink, paper):.1f}",
                    expected=_("a contrast of at least 4.5 (WCAG 2.2, AA)"),
                )

        if any(contrast(ink, mixed(paper, _INK, 0.04)) < _READABLE for ink in _OURS):
            self._fault(
                "A135",
                _("these colours cannot be told apart well enough to be read"),
                "color.background",
                found=paper,
                expected=_("a light background: pages have a dark version of their own"),
            )

    def _logo(self) -> tuple[Path | None, str]:
        value = self.settings.get("logo")
        images = _map(_map(value).get("images"))
        if isinstance(value, dict):
            value = next(
                (value[size] for size in ("medium", "large", "small") if size in value), None
            )
        if isinstance(value, dict) and "light" in value:
            value = value["light"]
        if isinstance(value, str) and value in images:
            value = images[value]
        path, alt = (
            (value.get("path"), str(value.get("alt", "")))
            if isinstance(value, dict)
            else (value, "")
        )
        if path is None:
            return None, ""
        target = Path(self.file.parent, str(path))
        if not (self.root / target).is_file() or ".." in target.parts:
            what = _("there is no such file: {name}").format(name=target.as_posix())
            self._fault("A108", what, "logo")
            return None, ""
        return target, alt

    def _font(self, typography: Yaml, key: str) -> str:
        value = typography.get(key)
        name = str(value.get("family", "") if isinstance(value, dict) else value or "")
        return name if _FONT_NAME.match(name) else ""

    def _refuse_fetched(self, typography: Yaml) -> None:
        """A font that comes from the network, or from a file, would not be there for a reader."""
        fonts = typography.get("fonts")
        for font in fonts if isinstance(fonts, list) else []:
            source = str(_map(font).get("source", ""))
            if source in _SOURCES_OF_FONTS:
                self._fault(
                    "A137", _("this typeface would be fetched from the network"),
                    "typography.fonts", found=str(_map(font).get("family", source)),
                    next_step=_("name a typeface that readers already have, or none"),
                )  # fmt: skip

    def _fault(
        self, code: str, what: str, key: str, *, found: str = "", expected: str = "",
        next_step: str = "",
    ) -> None:  # fmt: skip
        node: Any = self.settings
        parts = key.split(".")
        for part in parts[:-1]:
            node = _map(node.get(part))
        line = line_of(node, parts[-1])
        self.problems.add(
            Problem(code, what, self.file.as_posix(), line, key, found, expected, next_step)
        )


def brand_css(brand: Brand) -> str:
    """Write what a brand changes in ``book.css``; empty when it changes nothing.

    Dark pages keep their own paper and ink; the accent is lightened until it reads there.
    """
    rules = []
    if brand.foreground or brand.background:
        rules.append(_block(":root", _paper(brand.background or _PAPER, brand.foreground or _INK)))
    if brand.primary:
        rules.append(_block(":root", {"accent": brand.primary}))
        night = _lightened(brand.primary, _NIGHT)
        rules.append(_block(':root[data-theme="dark"]', {"accent": night}))
    for selector, font in (
        ("body", brand.base_font),
        ("h1, h2, h3, h4, h5, h6", brand.heading_font),
        ("code, pre, kbd, samp", brand.mono_font),
    ):
        if font:
            generic = "monospace" if selector.startswith("code") else "Georgia, serif"
            rules.append(f'{selector} {{ font-family: "{font}", {generic}; }}\n')
    return "".join(rules)


def _paper(paper: str, ink: str) -> dict[str, str]:
    soft = ink
    for share in (0.35, 0.3, 0.25, 0.2, 0.15, 0.1):
        if contrast(mixed(ink, paper, share), mixed(paper, ink, 0.04)) >= _READABLE:
            soft = mixed(ink, paper, share)
            break
    return {
        "paper": paper, "ink": ink, "soft": soft,
        "tint": mixed(paper, ink, 0.04), "rule": mixed(paper, ink, 0.16),
    }  # fmt: skip


def _lightened(colour: str, paper: str) -> str:
    steps = (mixed(colour, "#ffffff", step / 10) for step in range(11))
    return next(each for each in steps if contrast(each, paper) >= _READABLE)


def _block(selector: str, values: Mapping[str, str]) -> str:
    body = " ".join(f"--{name}: {value};" for name, value in values.items())
    return f"{selector} {{ {body} }}\n"


def _map(value: object) -> Yaml:
    return value if isinstance(value, dict) else {}

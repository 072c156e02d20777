"""Know the themes of Quarto, the style sheets of an author, and what becomes of them here.

In: ``theme:``, ``css:``. Out: whether pages open dark; the sheets that they follow after ours.
Only here: those names.
The book keeps its own looks, light and dark, and the reader chooses (at first, as the system
does). Of a theme is kept whether it is dark: a book with a dark theme alone, or a dark one named
first, opens dark. A ``.css`` sheet is laid over ours; one in Sass (``.scss``) is refused by name.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from actes.i18n import _
from actes.publish.metadata import line_of
from actes.publish.problems import Problem, Problems, unsupported

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["starts_dark", "style_sheets"]

_DARK = frozenset({"cyborg", "darkly", "slate", "solar", "superhero", "vapor"})
_LIGHT = frozenset(
    [
        "brand", "cerulean", "cosmo", "default", "flatly", "journal", "litera", "lumen", "lux",
        "materia", "minty", "morph", "none", "pandoc", "pulse", "quartz", "sandstone", "simplex",
        "sketchy", "spacelab", "united", "yeti", "zephyr",
    ]
)  # fmt: skip
# A page reads no other file than the sheet itself.
_CALLS = re.compile(r"@import|url\((?!\s*[\"']?data:)", re.IGNORECASE)


def starts_dark(root: Path, settings: Mapping[str, Any], problems: Problems) -> bool:
    """Whether the pages open dark; an unknown theme goes to ``problems`` (A134)."""
    node = _node(settings, "theme")
    theme = node.get("theme")
    choices = theme if isinstance(theme, dict) else {"light": theme}
    names = {shade: _names(value) for shade, value in choices.items()}
    for each in (name for listed in names.values() for name in listed):
        _check(root, each, node, problems)
    first = next(iter(names), "light")
    return first == "dark" or (
        not isinstance(theme, dict) and any(name in _DARK for name in names["light"])
    )


def style_sheets(root: Path, settings: Mapping[str, Any], problems: Problems) -> tuple[Path, ...]:
    """List the author's sheets, of ``theme:`` then of ``css:``; what they fetch is refused."""
    theme = _node(settings, "theme").get("theme")
    listed = theme.values() if isinstance(theme, dict) else [theme]
    named = [name for value in listed for name in _names(value) if Path(name).suffix == ".css"]
    node = _node(settings, "css")
    for name in _names(node.get("css")):
        _check(root, name, node, problems, key="css")
        named.append(name)
    sheets = tuple(Path(name) for name in dict.fromkeys(named) if (root / name).is_file())
    for sheet in sheets:
        _check_sheet(root, sheet, problems)
    return sheets


def _node(settings: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    """Find the map that gives a key: ``format: html:``, else the top."""
    formats = settings.get("format")
    html = formats.get("html") if isinstance(formats, dict) else None
    return html if isinstance(html, dict) and key in html else settings


def _check_sheet(root: Path, sheet: Path, problems: Problems) -> None:
    lines = (root / sheet).read_text(encoding="utf-8-sig").splitlines()
    for number, line in enumerate(lines, 1):
        for called in _CALLS.findall(line):
            construct = _("{name} in a style sheet").format(name=called)
            problems.add(unsupported(construct, sheet.as_posix(), number))


def _names(value: object) -> list[str]:
    if value is None or isinstance(value, bool):
        return []
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]


def _check(root: Path, name: str, node: object, problems: Problems, *, key: str = "theme") -> None:
    line = line_of(node, key)
    suffix = Path(name).suffix
    if suffix == ".scss":
        construct = _("style sheets in Sass ({name})").format(name=name)
        step = _("give it as .css, or give the colours in _brand.yml")
        problems.add(unsupported(construct, "_quarto.yml", line, next_step=step))
    elif suffix == ".css" or key == "css":
        if not (root / name).is_file():
            what = _("there is no such file: {name}").format(name=name)
            problems.add(Problem("A108", what, "_quarto.yml", line, key, found=name))
    elif name not in _DARK | _LIGHT:
        what = _("Quarto has no theme called {name}").format(name=name)
        problems.add(Problem("A134", what, "_quarto.yml", line, key, found=name))

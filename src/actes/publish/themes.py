"""Know the themes of Quarto, and what becomes of them here.

In: ``theme:``. Out: whether pages open dark. Only here: those names.
The book keeps its own looks, light and dark, and the reader chooses (at first, as the system
does). Of a theme is kept whether it is dark: a book with a dark theme alone, or a dark one named
first, opens dark. Style sheets (``.scss``, ``.css``) are for Quarto's pages: they are left aside.
"""

from __future__ import annotations

from pathlib import Path

from actes.i18n import _
from actes.publish.metadata import line_of
from actes.publish.problems import Problem, Problems

__all__ = ["starts_dark"]

_DARK = frozenset({"cyborg", "darkly", "slate", "solar", "superhero", "vapor"})
_LIGHT = frozenset(
    [
        "brand", "cerulean", "cosmo", "default", "flatly", "journal", "litera", "lumen", "lux",
        "materia", "minty", "morph", "none", "pandoc", "pulse", "quartz", "sandstone", "simplex",
        "sketchy", "spacelab", "united", "yeti", "zephyr",
    ]
)  # fmt: skip
_SHEETS = frozenset({".scss", ".css"})


def starts_dark(root: Path, formats: object, top: object, problems: Problems) -> bool:
    """Whether the pages open dark; an unknown theme goes to ``problems`` (A134)."""
    html = formats.get("html") if isinstance(formats, dict) else None
    node = html if isinstance(html, dict) and "theme" in html else {"theme": top}
    theme = node["theme"]
    choices = theme if isinstance(theme, dict) else {"light": theme}
    names = {shade: _names(value) for shade, value in choices.items()}
    for each in (name for listed in names.values() for name in listed):
        _check(root, each, node, problems)
    first = next(iter(names), "light")
    return first == "dark" or (
        not isinstance(theme, dict) and any(name in _DARK for name in names["light"])
    )


def _names(value: object) -> list[str]:
    if value is None or isinstance(value, bool):
        return []
    return [str(each) for each in value] if isinstance(value, list) else [str(value)]


def _check(root: Path, name: str, node: object, problems: Problems) -> None:
    is_sheet = Path(name).suffix in _SHEETS
    if name in _DARK | _LIGHT or (is_sheet and (root / name).is_file()):
        return
    what = (
        _("there is no such file: {name}") if is_sheet else _("Quarto has no theme called {name}")
    ).format(name=name)
    code = "A108" if is_sheet else "A134"
    line = line_of(node, "theme")
    problems.add(Problem(code, what, "_quarto.yml", line, "theme", found=name))

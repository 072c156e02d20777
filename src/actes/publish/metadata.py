"""Read the YAML of a book: project file, directory metadata, front matter, variables.

In: YAML text and the place it comes from. Out: plain maps that remember their lines.
Only here: YAML, and Quarto's rules for merging metadata.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from actes.errors import ArticleError, place
from actes.i18n import _
from actes.specs.yaml_words import type_words, yaml_problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = [
    "MISSING",
    "Yaml",
    "directory_layers",
    "line_of",
    "look_up",
    "merged",
    "read_utf8",
    "read_yaml",
]

Yaml = dict[str, Any]
MISSING = object()


def read_utf8(path: Path, name: str) -> str:
    """Read a text of the book, called ``name`` in messages.

    Raises
    ------
    ArticleError
        A143 when it is not in UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ArticleError(
            "A143",
            _("this file is not a text in UTF-8"),
            where=place(name),
            next_step=_("save it again in UTF-8"),
        ) from None


def read_yaml(text: str, path: str, *, line_offset: int = 0) -> Yaml:
    """Parse one YAML map.

    Parameters
    ----------
    text
        The YAML.
    path
        Where it comes from, for messages.
    line_offset
        Number of lines of the file that precede ``text``.

    Raises
    ------
    ArticleError
        A101 when it isn't YAML, A102 when it isn't a map.
    """
    # ruamel.yaml is only paid for by those who render.
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        loaded = YAML(typ="rt").load(text)
    except MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 + line_offset if mark else None
        raise ArticleError(
            "A101",
            _("this YAML cannot be read"),
            where=place(path, line=line),
            found=yaml_problem(error),
            next_step=_("check the indentation, the colons and the quotes around this line"),
        ) from None
    except YAMLError as error:
        raise ArticleError(
            "A101", _("this YAML cannot be read"), where=place(path), found=yaml_problem(error)
        ) from None
    if loaded is None:
        return {}
    if not isinstance(loaded, dict):
        raise ArticleError(
            "A102",
            _("a map of keys and values is expected"),
            where=place(path, line=1 + line_offset),
            found=type_words(loaded),
        )
    return loaded


def line_of(node: object, key: object, *, line_offset: int = 0) -> int:
    """Line of ``key`` in a map read by `read_yaml`, or of an item in its list; 0 if unknown."""
    position = getattr(node, "lc", None)
    try:
        return int(position.data[key][0]) + 1 + line_offset if position else 0
    except (KeyError, TypeError, AttributeError):
        return 0


def merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> Yaml:
    """Lay one map over another: maps merge, anything else is replaced.

    Quarto also concatenates lists; but those it concatenates (filters, includes) are
    refused by this engine, and everywhere else replacing is what a writer expects.
    """
    result: Yaml = dict(below)
    for key, value in above.items():
        lower = result.get(key)
        both_maps = isinstance(lower, dict) and isinstance(value, dict)
        result[key] = merged(lower, value) if both_maps else value  # type: ignore[arg-type]
    return result


def directory_layers(root: Path, document: Path) -> Iterator[tuple[str, Yaml]]:
    """Read the ``_metadata.yml`` of every directory from the root down to the document's.

    ``document`` is relative to ``root``; each comes with its path, deeper files last.
    """
    for directory in _ancestors(document):
        for name in ("_metadata.yml", "_metadata.yaml"):
            path = root / directory / name
            if path.is_file():
                where = (directory / name).as_posix()
                yield where, read_yaml(read_utf8(path, where), where)


def _ancestors(document: Path) -> Iterator[Path]:
    yield from reversed(document.parents)


def look_up(metadata: Mapping[str, Any], dotted: str) -> object:
    """Value at ``a.b.c`` (a number indexes a list from 1, as Quarto does), or `MISSING`."""
    value: object = metadata
    for part in dotted.split("."):
        if isinstance(value, dict) and part in value:
            value = value[part]
        elif isinstance(value, list) and part.isdigit() and 0 < int(part) <= len(value):
            value = value[int(part) - 1]
        else:
            return MISSING
    return value

"""Read a notebook: its cells, their ``#|`` options and their outputs.

In: a notebook file, never run here. Out: `Notebook` and `Cell` records.
Only here: the notebook format. What becomes of a cell is in `cells`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from actes.errors import ArticleError, place
from actes.i18n import _
from actes.publish.metadata import Yaml, read_yaml

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from actes.publish.lines import Line

__all__ = ["Cell", "Notebook", "joined"]


@dataclass(frozen=True)
class Cell:
    """One cell of a notebook; ``position`` counts from 1.

    ``names`` are its id and its tags; ``attachments`` what was dropped into it, by name, then by
    MIME type; ``raw_format`` the MIME type that a raw cell is meant for.
    """

    notebook: str
    position: int
    kind: str
    source: str
    language: str
    options: Yaml
    outputs: tuple[dict[str, Any], ...] = ()
    names: frozenset[str] = field(default_factory=frozenset)
    attachments: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    raw_format: str = ""

    @property
    def label(self) -> str:
        """The ``#| label:`` of the cell, empty without one."""
        return str(self.options.get("label", ""))

    @property
    def path(self) -> str:
        """How messages call the cell."""
        return _("{notebook}, cell {position}").format(
            notebook=self.notebook, position=self.position
        )


@dataclass(frozen=True)
class Notebook:
    """A notebook file; ``name`` is its path relative to the book."""

    name: str
    cells: tuple[Cell, ...]

    @classmethod
    def read(cls, path: Path, name: str) -> Notebook:
        """Read a notebook (nbformat 4).

        Raises
        ------
        ArticleError
            A117 when it isn't one.
        """
        try:
            content = json.loads(path.read_text(encoding="utf-8-sig"))
            raw_cells = [_map(each) for each in content["cells"]]
        except (json.JSONDecodeError, KeyError, TypeError, UnicodeDecodeError):
            raise ArticleError(
                "A117", _("this file is not a Jupyter notebook"), where=place(name),
                expected=_("a notebook saved by JupyterLab (format 4)"),
            ) from None  # fmt: skip
        metadata = _map(content.get("metadata"))
        language = _map(metadata.get("language_info", metadata.get("kernelspec")))
        spoken = str(language.get("name" if "language_info" in metadata else "language", "python"))
        return cls(
            name,
            tuple(_cell(name, number, each, spoken) for number, each in enumerate(raw_cells, 1)),
        )

    def find(self, label: str) -> tuple[Cell, ...]:
        """Cells that carry this label, else this id or tag."""
        labelled = tuple(cell for cell in self.cells if cell.label == label)
        return labelled or tuple(cell for cell in self.cells if label in cell.names)

    def labels(self) -> tuple[str, ...]:
        """Every label of the notebook."""
        return tuple(cell.label for cell in self.cells if cell.label)

    def front_matter(self) -> tuple[list[Line], Yaml, int]:
        """Read the YAML of a first cell between ``---``; in the form that `source` uses."""
        found = self._front()
        return ([], read_yaml(found[1], self.cells[0].path), 1) if found else ([], {}, 0)

    @property
    def after_front_matter(self) -> str:
        """What the first cell says below its YAML; all of it without any."""
        found = self._front()
        if found:
            return found[2] or ""
        return self.cells[0].source if self.cells else ""

    def _front(self) -> re.Match[str] | None:
        is_text = bool(self.cells) and self.cells[0].kind != "code"
        return _FRONT_MATTER.match(self.cells[0].source.strip()) if is_text else None


def _map(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _cell(name: str, position: int, raw: dict[str, Any], language: str) -> Cell:
    kind = str(raw.get("cell_type", "raw"))
    lines = joined(raw.get("source", "")).splitlines()
    options: Yaml = {}
    if kind == "code":
        is_option = [line.startswith("#|") for line in lines]
        count = is_option.index(False) if False in is_option else len(lines)
        options = _options([line[2:] for line in lines[:count]], name, position)
        lines = lines[count:]
    metadata = _map(raw.get("metadata"))
    names = {str(raw.get("id", "")), *map(str, metadata.get("tags") or [])}
    return Cell(
        name, position, kind, "\n".join(lines).strip("\n"), language, options,
        tuple(_map(each) for each in raw.get("outputs") or ()), frozenset(names - {""}),
        {each: _map(forms) for each, forms in _map(raw.get("attachments")).items()},
        str(metadata.get("raw_mimetype") or metadata.get("format") or ""),
    )  # fmt: skip


_FRONT_MATTER = re.compile(r"---[ \t]*\n(.*?)\n(?:---|\.\.\.)[ \t]*(?:\n(.*))?\Z", re.DOTALL)

# A key, and yes or no, a text between quotes or words that YAML can only read as text. Most options
# are so, and YAML would cost more than the rest of the chapter.
_QUOTED = r'"(?:[^"\\\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\ufeff\ufffe\uffff]|\\["\\/nt])*"'
_PLAIN = r"[^\W\d_][\w' ,;.()’-]*"
_SIMPLE_OPTION = re.compile(rf" ?([a-z-]+): ({_QUOTED}|{_PLAIN})")
_CHOICES = {"true": True, "false": False}
_YAML_WORDS = frozenset(("true", "false", "null", "yes", "no", "on", "off", "y", "n"))


def _options(lines: list[str], notebook: str, position: int) -> Yaml:
    found = [_SIMPLE_OPTION.fullmatch(line) for line in lines]
    texts = {each[1]: each[2].rstrip() for each in found if each}
    words = (text.lower() for text in texts.values() if text not in _CHOICES)
    if len(texts) == len(lines) and _YAML_WORDS.isdisjoint(words):
        return {
            key: json.loads(text) if text.startswith('"') else _CHOICES.get(text, text)
            for key, text in texts.items()
        }
    where = _("{notebook}, cell {position}").format(notebook=notebook, position=position)
    return read_yaml("\n".join(lines), where)


def joined(text: object) -> str:
    """Give a text that the format may keep as a list of lines."""
    return "".join(map(str, text)) if isinstance(text, list) else str(text)

"""List the keys of a book's bibliography.

In: bibliography files. Out: their keys.
Only here: what pandoc says of a bibliography that it cannot read.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

from actes.errors import ArticleError, ToolError, place
from actes.i18n import _
from actes.publish.conversion import Conversion

if TYPE_CHECKING:
    from pathlib import Path

    from actes.publish.conversion import Converter
    from actes.publish.project import Project

__all__ = ["bibliography_keys"]

_READERS = {".bib": "biblatex", ".bibtex": "bibtex", ".json": "csljson", ".ris": "ris"}


def bibliography_keys(project: Project, converter: Converter) -> frozenset[str]:
    """Keys of every entry.

    Raises
    ------
    ArticleError
        A124 when a file cannot be read.
    """
    keys: set[str] = set()
    for path in project.bibliography:
        keys |= _keys(project.root / path, path.as_posix(), converter)
    return frozenset(keys)


def _keys(path: Path, where: str, converter: Converter) -> set[str]:
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise ArticleError(
            "A124", _("this bibliography cannot be read"), where=place(where),
            expected=", ".join(_READERS),
        )  # fmt: skip
    # Without the empty line at the end, pandoc says the line before.
    text = path.read_text(encoding="utf-8-sig") + "\n"
    try:
        made = converter.convert([Conversion(text, reader=reader, writer="csljson", steps=())])
    except ToolError as error:
        line = re.search(r"line (\d+)", error.found)
        raise ArticleError(
            "A124",
            _("this bibliography cannot be read"),
            where=place(where, line=int(line[1]) if line else None),
            found=" ".join(error.found.split())[:300],
            next_step=_("look for a missing brace or comma at or before this line"),
        ) from None
    return {str(entry["id"]) for entry in json.loads(made[0].output)}

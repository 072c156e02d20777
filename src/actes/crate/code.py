"""Take the code of an article's runs as it was executed, and nothing that it showed.

In: executed notebooks, the modules beside the studies. Out: files by path, as bytes; the names of
the modules that they import. Outputs, attachments and metadata stay behind.
"""

from __future__ import annotations

import ast
import json
from typing import TYPE_CHECKING, Any

from actes.errors import HeldError
from actes.i18n import _
from actes.provenance import fingerprint
from actes.rules.text import objections

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from actes.model import Chapter

__all__ = [
    "NOTEBOOKS",
    "check_code",
    "code_of",
    "imported",
    "is_same_code",
    "source_sha256",
]

NOTEBOOKS = "notebooks"
_INJECTED = "injected-parameters"
_KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def code_of(chapter: Chapter, notebooks: Path) -> dict[str, bytes]:
    """Return the notebook of each run and the modules beside the studies, by path.

    Parameters
    ----------
    notebooks
        The workspace's folder of studies.
    """
    files = {
        f"{NOTEBOOKS}/{module.relative_to(notebooks).as_posix()}": _unix(module.read_bytes())
        for module in sorted(notebooks.rglob("*.py"))
        if _can_be_imported(module.relative_to(notebooks))
    }
    for _name, cleared in chapter.cleared:
        executed = json.loads(cleared.run.notebook.read_text(encoding="utf-8"))
        text = json.dumps(_bare_notebook(executed), ensure_ascii=False, indent=1, sort_keys=True)
        files[f"{NOTEBOOKS}/{cleared.run.study}.ipynb"] = (text + "\n").encode()
    return files


def _can_be_imported(module: Path) -> bool:
    return all(part.isidentifier() for part in module.with_suffix("").parts)


def _bare_notebook(notebook: Mapping[str, Any]) -> dict[str, Any]:
    """Keep of a notebook what is executed and read: cells, their sources, their tags."""
    return {
        "cells": list(_bare_cells(notebook)),
        "metadata": {"kernelspec": _KERNEL, "language_info": {"name": "python"}},
        "nbformat": 4,
        "nbformat_minor": 5,
    }


def _bare_cells(notebook: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    for number, cell in enumerate(notebook["cells"], start=1):
        tags = list(cell.get("metadata", {}).get("tags", ()))
        if _INJECTED in tags:
            continue
        bare = {
            "cell_type": cell["cell_type"],
            "id": cell.get("id", f"cell-{number}"),
            "metadata": {"tags": tags} if tags else {},
            "source": _source(cell),
        }
        yield bare | (
            {"execution_count": None, "outputs": []} if bare["cell_type"] == "code" else {}
        )


def source_sha256(notebook: Mapping[str, Any]) -> str:
    """Name what a notebook does, as `StudySpec.source_sha256`."""
    return fingerprint([(cell["cell_type"], _source(cell)) for cell in notebook["cells"]])


def is_same_code(path: str, content: bytes, other: bytes) -> bool:
    """True when two files do the same: of notebooks, the cells alone count."""
    if _unix(content) == _unix(other) or not path.endswith(".ipynb"):
        return _unix(content) == _unix(other)
    try:
        return source_sha256(json.loads(content)) == source_sha256(json.loads(other))
    except (KeyError, TypeError, ValueError):
        return False


def _unix(content: bytes) -> bytes:
    """Git may have changed the line ends."""
    return content.replace(b"\r\n", b"\n")


def _source(cell: Mapping[str, Any]) -> str:
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)


def check_code(files: Mapping[str, bytes]) -> None:
    """Refuse to publish code that names a machine, a person or an address.

    Raises
    ------
    HeldError
        E010, naming file and rule, never what was seen.
    """
    for path, content in files.items():
        text = content.decode("utf-8", errors="replace")
        if path.endswith(".ipynb"):
            text = "\n".join(_source(cell) for cell in json.loads(text)["cells"])
        for rule in objections(text):
            raise HeldError(
                "E010",
                _("The crate of an article carries its code, and this one may not leave."),
                where=path,
                found=f"{rule.seen()} [{rule.code}]",
                next_step=_("write the code without it, then: actes build"),
            )


def imported(files: Mapping[str, bytes]) -> set[str]:
    """Names of the top-level modules that the code imports; cells with magics are passed over."""
    names: set[str] = set()
    for path, content in files.items():
        if path.endswith(".py"):
            names |= _imports(content.decode("utf-8", errors="replace"))
        else:
            for cell in json.loads(content)["cells"]:
                names |= _imports(_source(cell)) if cell["cell_type"] == "code" else set()
    return names


def _imports(source: str) -> set[str]:
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return set()
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            found.add(node.module.partition(".")[0])
    return found

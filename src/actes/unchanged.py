"""Recognise, by a look at its files, a workspace whose book is made already.

In: a workspace, what is asked of a build. Out: the steps that the last build took, if it would
take each again to no effect; else None, and the build is done in full, which is always right.
Also the articles of that book, whose results may leave since nothing changed.
Only here: the record of the last build. Nothing heavy is imported.

Notes
-----
The record names every file that a build may read (project, chapters, studies and what lies
beside them, descriptors, sources, expectations) and every file that it made (tables, runs,
notebooks, book), each with its bytes' hash, the code of Actes, the environment, and the engine.
What a build read is named as it was *before*, so that what someone edits while it works counts
as changed afterwards.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from typing import TYPE_CHECKING, Any

from actes import files, provenance
from actes.errors import ToolError
from actes.hashes import file_sha256, files_below
from actes.steps import Step, reused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from actes.workspace import Workspace

__all__ = ["FOLDERS", "forget", "look", "recall", "recall_articles", "remember"]

FOLDERS = ("notebooks", "templates")
"""Folders of every workspace that a build reads, whole, besides those of its chapters."""

_RECORD = "unchanged.json"


def recall(workspace: Workspace, asked: Mapping[str, Any]) -> list[Step] | None:
    """Return the last build's steps when nothing that it read or made has changed since.

    Parameters
    ----------
    asked
        The words of the command (``engine``…), as `remember` was given.
    """
    record = _read(workspace)
    if record.get("asked") != dict(asked) or not _stands(workspace, record):
        return None
    return [reused(stage, name) for stage, name in record["steps"]]


def recall_articles(workspace: Workspace) -> dict[str, str]:
    """Titles, by name, of the articles of a book that nothing changed since; else nothing."""
    record = _read(workspace)
    return dict(record["titles"]) if _stands(workspace, record) else {}


def _read(workspace: Workspace) -> dict[str, Any]:
    return files.read_json(workspace.store / _RECORD) or {}


def _stands(workspace: Workspace, record: Mapping[str, Any]) -> bool:
    """Whether all that the build read and made is as it was."""
    if not record or record["circumstances"] != _circumstances(record["asked"]):
        return False
    known = record["files"]
    seen = look(workspace, record["folders"])
    others = known.keys() - seen.keys()
    seen |= {name: sha256 for name in others if (sha256 := _sha256(workspace.root / name))}
    return bool(seen == known)


def look(workspace: Workspace, folders: Iterable[str]) -> dict[str, str]:
    """Return the hash of each file that a build may read, by path.

    Those at the workspace's root and below ``folders``, and every dataset's descriptor.
    """
    at_root = (path for path in workspace.root.iterdir() if path.is_file())
    described = map(workspace.dataset_file, workspace.dataset_names())
    below = (path for name in folders for path in files_below(workspace.root / name))
    seen = {_name(workspace, path): _sha256(path) for path in (*at_root, *described, *below)}
    return {name: sha256 for name, sha256 in seen.items() if sha256}


def remember(
    workspace: Workspace,
    asked: Mapping[str, Any],
    *,
    read: Mapping[str, str],
    made: Mapping[Path, str],
    folders: Iterable[str],
    steps: Iterable[tuple[str, str]],
    titles: Mapping[str, str],
) -> None:
    """Note a build that ended well, as far as the disk lets it.

    Parameters
    ----------
    read
        What `look` saw before it began.
    made
        Files that it made or verified itself, by path: these are named as they are now.
    folders
        Those that `look` was given, and the book's.
    steps
        Stage and name of each step, in order.
    titles
        Those of the articles, by name.
    """
    own = {_name(workspace, path): sha256 for path, sha256 in made.items()}
    record = {
        "asked": dict(asked),
        "circumstances": _circumstances(asked),
        "folders": sorted(folders),
        "files": {**read, **own},
        "steps": list(steps),
        "titles": dict(titles),
    }
    with suppress(ToolError):
        files.write_json(workspace.store / _RECORD, record)


def forget(workspace: Workspace) -> None:
    """Have the next build done in full."""
    (workspace.store / _RECORD).unlink(missing_ok=True)


def _circumstances(asked: Mapping[str, Any]) -> str:
    profile = os.environ.get("QUARTO_PROFILE")
    quarto = shutil.which(os.environ.get("QUARTO_PATH") or "quarto")
    return provenance.fingerprint(
        dict(asked), quarto, profile, provenance.package_sha256(), provenance.environment_sha256()
    )


def _name(workspace: Workspace, path: Path) -> str:
    """Path from the root when it is below (never resolved: what is asked for is what is read)."""
    root = workspace.root
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else path.as_posix()


def _sha256(path: Path) -> str:
    """Hash of a file; empty when it cannot be read (which is another answer than any hash)."""
    try:
        return file_sha256(path)
    except OSError:
        return ""

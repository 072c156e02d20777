"""Note what a build read and what it made, once it ended well.

In: a workspace before a build; what the build gave. Out: the record that `unchanged` looks at.
Only here: all that a build depends on.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from actes import store, unchanged
from actes.hashes import file_sha256
from actes.specs.book import chapter_paths

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from actes.model import Book, Chapter, Dataset
    from actes.workspace import Workspace

__all__ = ["Sight", "look", "note"]


@dataclass(frozen=True, slots=True)
class Sight:
    """A workspace as it was before a build: the folders that count, the hash of each file."""

    folders: tuple[str, ...]
    files: dict[str, str]


def look(workspace: Workspace) -> Sight:
    """See every file that a build may read."""
    tops = {path.split("/")[0] for path in chapter_paths(workspace) if "/" in path}
    folders = tuple(sorted({*unchanged.FOLDERS, *tops}))
    return Sight(folders, unchanged.look(workspace, folders))


def note(
    workspace: Workspace,
    asked: Mapping[str, Any],
    *,
    before: Sight,
    chapters: Sequence[Chapter],
    used: Sequence[Dataset],
    book: Book,
    steps: Iterable[tuple[str, str]],
    titles: Mapping[str, str],
) -> None:
    """Note a build that ended well; or that the next one is to be done in full.

    Parameters
    ----------
    asked
        The words of the command.
    used
        The datasets of the book.
    steps
        Stage and name of each step, in order.
    titles
        Those of the articles, by name.
    """
    made = _made(workspace, chapters, used, book)
    if made is None:
        unchanged.forget(workspace)
        return
    folders = [*before.folders, workspace.shown(book.folder)]
    unchanged.remember(
        workspace,
        asked,
        read=before.files,
        made=made,
        folders=folders,
        steps=steps,
        titles=titles,
    )


def _made(
    workspace: Workspace, chapters: Sequence[Chapter], used: Sequence[Dataset], book: Book
) -> dict[Path, str] | None:
    """Return what a build made, or held against its record, each file with its hash.

    None when the sources may change without a file's changing, or changed already.
    """
    made: dict[Path, str] = {}
    for name in {n for d in used for n in (d.name, *store.related_datasets(d.table.spec))}:
        behind = store.files_behind(workspace, name)
        if behind is None:
            return None
        made |= behind
    if any(store.recall_dataset(workspace, dataset.name) != dataset for dataset in used):
        return None
    runs = {cleared.run.notebook for chapter in chapters for _name, cleared in chapter.cleared}
    appendices = (workspace.reports / "annexes").glob("*.qmd")
    kept = [*runs, *(run.with_name("run.json") for run in runs), *appendices, *book.files]
    made |= {path: file_sha256(path) for path in kept}
    return made | {path: sha256 for chapter in chapters for path, sha256 in chapter.made}

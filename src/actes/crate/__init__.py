"""Pack what an article published with all that made it, and read such a crate again.

In: `Chapter`. Out: `Crate`: an RO-Crate (Process Run Crate), the same bytes everywhere; in the
other direction, a folder or a zip gives `Published`. See ``docs/reproduire.md``.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from actes import files as disk
from actes.crate.code import check_code, code_of, imported
from actes.crate.contents import dataset_description, json_bytes, result_files, run_name
from actes.crate.environment import direct, needed
from actes.crate.facts import facts_of, results_sha256
from actes.crate.metadata import METADATA, described
from actes.crate.packing import archive, write_folder
from actes.crate.published import FACTS, Published, read
from actes.errors import ArticleError, place
from actes.i18n import _, speaking
from actes.specs.contribution import read_contribution

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from typing import Any

    from actes.model import Chapter
    from actes.workspace import Workspace

__all__ = [
    "Crate",
    "Published",
    "archive",
    "dataset_description",
    "direct",
    "edition_folder",
    "is_edition_of",
    "make",
    "needed",
    "read",
    "write_edition",
]


@dataclass(frozen=True)
class Crate:
    """An article's crate.

    Attributes
    ----------
    files
        Everything in it, by path.
    sha256
        Its name: hash of its description, which holds those of all its files.
    published_sha256
        Name of what readers see of it (`Facts.published_sha256`).
    """

    article: str
    date: str
    files: Mapping[str, bytes]
    sha256: str
    published_sha256: str


def make(workspace: Workspace, chapter: Chapter) -> Crate:
    """Pack the results of a chapter and what made them.

    Raises
    ------
    HeldError
        E010 when the code of a study holds what may not leave.
    """
    said = read_contribution(workspace, chapter.article)
    code = code_of(chapter, workspace.notebooks)
    check_code(code)
    facts = facts_of(chapter, said, imported=imported(code))
    files = code | result_files(chapter) | {FACTS: json_bytes(facts.model_dump(mode="json"))}
    hashes = {path: hashlib.sha256(content).hexdigest() for path, content in files.items()}
    with speaking(facts.language):
        files[METADATA] = described(facts, said, files, hashes)
    sha256 = hashlib.sha256(files[METADATA]).hexdigest()
    return Crate(chapter.article, said.date, files, sha256, facts.published_sha256)


def edition_folder(workspace: Workspace, article: str) -> Path:
    """Where the crate of the article's edition is: what is compared with later."""
    return workspace.reports / article / "crate"


def write_edition(workspace: Workspace, crate: Crate) -> Path:
    """Make ``crate`` the reference of its article; the same bytes are left alone.

    Raises
    ------
    ArticleError
        E011 when neither the article nor the book has a date.
    """
    if not crate.date:
        raise ArticleError(
            "E011",
            _("An edition has a date, and the article “{name}” has none.").format(
                name=crate.article
            ),
            where=place(workspace.shown(workspace.article_file(crate.article)), key="date"),
            expected=_("a date, year-month-day"),
            next_step=_("add it there, or under “book” in _quarto.yml"),
        )
    folder = edition_folder(workspace, crate.article)
    disk.restore_folder(folder)
    if _held(folder) != dict(crate.files):
        write_folder(crate.files, folder)
    return folder


def _held(folder: Path) -> dict[str, bytes]:
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in folder.rglob("*")
        if file.is_file()
    }


def is_edition_of(
    workspace: Workspace, article: str, outputs: Mapping[str, Sequence[Mapping[str, Any]]]
) -> bool | None:
    """Tell whether an article's results are those of its edition; None when it has none.

    Parameters
    ----------
    outputs
        The reviewed results of each of its runs, by name.
    """
    facts = disk.read_json(edition_folder(workspace, article) / FACTS)
    if facts is None:
        return None
    published = {name: run.get("results_sha256") for name, run in facts.get("runs", {}).items()}
    now = {run_name(name): results_sha256(records) for name, records in outputs.items()}
    return published == now

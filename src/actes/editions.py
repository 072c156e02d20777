"""Pack the chapters of a book, for its readers and as the reference of their articles.

In: chapters. Out: crates; those that may not leave are named; folders ``reports/<article>/crate``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from actes import crate
from actes.errors import ActesError, HeldError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from actes.model import Chapter
    from actes.workspace import Workspace

__all__ = ["pack", "write"]


def pack(
    workspace: Workspace, chapters: Iterable[Chapter], withheld: list[tuple[str, ActesError]]
) -> list[crate.Crate]:
    """Pack each chapter; one whose code may not leave is published without its crate.

    Parameters
    ----------
    withheld
        Filled with (article, why) of those.
    """
    packed = []
    for chapter in chapters:
        try:
            packed.append(crate.make(workspace, chapter))
        except HeldError as error:
            withheld.append((chapter.article, error))
    return packed


def write(workspace: Workspace, chapters: Iterable[Chapter]) -> list[Path]:
    """Make what was published the reference that `replay` compares with; all of it or nothing.

    Raises
    ------
    HeldError
        E010 when the code of a study may not leave.
    ArticleError
        E011 when an article has no date.
    """
    packed = [crate.make(workspace, chapter) for chapter in chapters]
    return [crate.write_edition(workspace, each) for each in packed]

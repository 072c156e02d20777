"""Render a Quarto book without Quarto.

In: the root of a book project. Out: a directory with the site, the PDF, or both.
Only here: the order of the steps, and the promise that a failure leaves the former book in place.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from actes.files import TEMPORARY, disk_errors, replace_folder
from actes.publish.conversion import Converter
from actes.publish.html import render_html
from actes.publish.memory import Memory
from actes.publish.neutral import neutral_chapters
from actes.publish.problems import Problems
from actes.publish.project_file import load_project
from actes.publish.source import read_book

if TYPE_CHECKING:
    from collections.abc import Sequence

    from actes.publish.neutral import NeutralChapter
    from actes.publish.project import Project
    from actes.publish.source import Source

__all__ = ["FORMATS", "render"]

FORMATS = ("html", "pdf")


def render(
    root: Path,
    destination: Path,
    *,
    formats: tuple[str, ...] = FORMATS,
    memory: Path | None = None,
) -> tuple[Path, ...]:
    """Render the book in ``root`` into ``destination``, which is replaced whole.

    Parameters
    ----------
    formats
        Among `FORMATS`.
    memory
        File in which what pandoc made is kept for the next render.

    Returns
    -------
    tuple of Path
        The front page and the PDF, as far as they were asked for.

    Raises
    ------
    BookError
        Every fault that an author must correct, in one message.
    ToolError
        When pandoc, typst or the disk fails; the former book is intact.
    """
    project = load_project(root)
    problems = Problems()
    project, sources = read_book(project, problems)
    destination.parent.mkdir(parents=True, exist_ok=True)
    with disk_errors(destination):
        work = Path(tempfile.mkdtemp(prefix=TEMPORARY, dir=destination.parent))
    try:
        site = work / "site"
        site.mkdir()
        kept = Memory(memory)
        converter = Converter(kept)
        build_dir = work / "build"
        neutral = _neutral(
            project, sources, formats, build_dir=build_dir, problems=problems, converter=converter
        )
        made = _render_all(project, neutral, build_dir, site, converter)
        replace_folder(site, destination)
        kept.forget_others()
        return tuple(destination / path.relative_to(site) for path in made)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _neutral(
    project: Project,
    sources: Sequence[Source],
    formats: tuple[str, ...],
    *,
    build_dir: Path,
    problems: Problems,
    converter: Converter,
) -> dict[str, tuple[NeutralChapter, ...]]:
    """Make the neutral document, once when it is the same for every format."""
    neutral: dict[str, tuple[NeutralChapter, ...]] = {}
    for name in formats:
        if neutral and not any(source.depends_on_format for source in sources):
            neutral[name] = next(iter(neutral.values()))
        else:
            neutral[name] = neutral_chapters(
                project, sources, name, build_dir=build_dir, problems=problems, converter=converter
            )
    return neutral


def _render_all(
    project: Project,
    neutral: dict[str, tuple[NeutralChapter, ...]],
    build_dir: Path,
    site: Path,
    converter: Converter,
) -> list[Path]:
    made: list[Path] = []
    if "html" in neutral:
        is_offered = "pdf" in neutral and "pdf" in project.downloads
        offered = [project.pdf_name] if is_offered else []
        made.append(
            render_html(
                project, neutral["html"], build_dir, site, converter=converter, downloads=offered
            )
        )
    if "pdf" in neutral:
        # typst is only paid for by those who print.
        from actes.publish.pdf import render_pdf

        made.append(render_pdf(project, neutral["pdf"], build_dir, site / project.pdf_name))
    return made

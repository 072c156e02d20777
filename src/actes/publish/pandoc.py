"""Render a Quarto book without Quarto.

In: the root of a book project. Out: a directory with the site and the book's other formats.
Only here: the order of the steps, and the promise that a failure leaves the former book in place.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from actes import provenance
from actes.files import TEMPORARY, disk_errors, fill, replace_folder
from actes.publish.articles import article_files, articles
from actes.publish.conversion import Converter
from actes.publish.converter import pandoc_version
from actes.publish.html import render_html
from actes.publish.keys import BOOK_FORMATS
from actes.publish.memory import Memory
from actes.publish.neutral import neutral_chapters
from actes.publish.problems import Problems
from actes.publish.project_file import load_project
from actes.publish.source import read_book

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from actes.publish.articles import Article
    from actes.publish.neutral import NeutralChapter
    from actes.publish.project import Project
    from actes.publish.source import Source

__all__ = ["render"]


def render(
    root: Path,
    destination: Path,
    *,
    formats: tuple[str, ...] | None = None,
    memory: Path | None = None,
) -> tuple[Path, ...]:
    """Render the book in ``root`` into ``destination``, which is replaced whole.

    Parameters
    ----------
    formats
        Among `actes.publish.keys.BOOK_FORMATS`, and no article alone; by default, all that the
        project file asks for.
    memory
        File in which what pandoc made is kept for the next render.

    Returns
    -------
    tuple of Path
        The front page and the other files, as far as they were asked for, the articles' last.

    Raises
    ------
    ValueError
        When ``formats`` holds another name.
    BookError
        Every fault that an author must correct, in one message.
    ToolError
        When pandoc, typst or the disk fails; the former book is intact.
    """
    if unknown := set(formats or ()) - set(BOOK_FORMATS):
        raise ValueError(f"no book is made as {', '.join(sorted(unknown))}")
    project = load_project(root)
    if formats is not None:
        project = replace(project, formats=formats, article_formats=())
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
        with converter.pandocs:
            neutral = _neutral(project, sources, problems=problems, converter=converter)
            made = _Render(project, neutral, work / "build", site, converter).all_formats()
        replace_folder(site, destination)
        kept.forget_others()
        return tuple(destination / path.relative_to(site) for path in made)
    finally:
        shutil.rmtree(work, ignore_errors=True)


def _neutral(
    project: Project,
    sources: Sequence[Source],
    *,
    problems: Problems,
    converter: Converter,
) -> dict[str, tuple[NeutralChapter, ...]]:
    """Make the neutral document, once when it is the same for every format."""
    neutral: dict[str, tuple[NeutralChapter, ...]] = {}
    for name in dict.fromkeys((*project.formats, *project.article_formats)):
        if neutral and not any(source.depends_on_format for source in sources):
            neutral[name] = next(iter(neutral.values()))
        else:
            neutral[name] = neutral_chapters(
                project, sources, name, problems=problems, converter=converter
            )
    return neutral


@dataclass(frozen=True)
class _Render:
    """What every format is made from, and where it goes."""

    project: Project
    neutral: dict[str, tuple[NeutralChapter, ...]]
    build_dir: Path
    site: Path
    converter: Converter

    def all_formats(self) -> list[Path]:
        """Make every format at once: each waits for programs of its own."""
        self._bring_files()
        tasks = [*self._book(), *self._articles()]
        with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
            # The first format that fails is the one that is told about, whichever ends first.
            return [done.result() for done in [pool.submit(task) for task in tasks]]

    def _bring_files(self) -> None:
        """Put figures where Typst and pandoc look for them; pages hold theirs."""
        there = [each for name in self.neutral if name != "html" for each in self.neutral[name]]
        fill(self.build_dir, {path: held for each in there for path, held in each.files.items()})

    def _book(self) -> Iterator[Callable[[], Path]]:
        project = self.project
        for name in project.formats:
            chapters, file = self.neutral[name], self.site / project.file_name(name)
            if name == "html":
                yield partial(self._pages, chapters)
            else:
                write = _writer(name, self.converter)
                yield partial(write, project, chapters, self.build_dir, file)

    def _pages(self, chapters: Sequence[NeutralChapter]) -> Path:
        project = self.project
        offered = [name for name in project.downloads if name in project.formats]
        return render_html(
            project,
            chapters,
            self.site,
            converter=self.converter,
            downloads=[project.file_name(name) for name in offered],
            chapter_downloads=article_files(project, chapters),
        )

    def _articles(self) -> Iterator[Callable[[], Path]]:
        for name in self.project.article_formats:
            write = _article_writer(name, self.converter)
            for article in articles(self.neutral[name]):
                file = self.site / article.file_name(name)
                made = partial(write, self.project, article, self.build_dir, file)
                key = self._key(name, article)
                yield partial(self.converter.memory.rewritten, key, file, made)

    def _key(self, name: str, article: Article) -> str:
        """Name an article's file by everything that decides its bytes."""
        read = [each for each in (article.chapter, article.references) if each]
        return provenance.fingerprint(
            provenance.publishing_sha256(),
            [name, article.name, pandoc_version(), version("typst")],
            repr(replace(self.project, root=Path())),
            [repr(replace(each, files={})) for each in read],
            [provenance.file_sha256(self.build_dir / file) for file in article.chapter.files],
        )


# Each format's libraries are only paid for by those who make it.


def _writer(
    name: str, converter: Converter
) -> Callable[[Project, Sequence[NeutralChapter], Path, Path], Path]:
    if name == "pdf":
        from actes.publish.pdf import render_pdf

        return partial(render_pdf, converter=converter)
    if name == "epub":
        from actes.publish.epub import render_epub

        return partial(render_epub, converter=converter)
    from actes.publish.docx import render_docx

    return partial(render_docx, converter=converter)


def _article_writer(
    name: str, converter: Converter
) -> Callable[[Project, Article, Path, Path], Path]:
    if name == "pdf":
        from actes.publish.pdf import render_article_pdf

        return partial(render_article_pdf, converter=converter)
    if name == "jats":
        from actes.publish.jats import render_article_jats

        return lambda project, article, _build_dir, file: render_article_jats(
            project, article, file, converter=converter
        )
    from actes.publish.docx import render_article_docx

    return partial(render_article_docx, converter=converter)

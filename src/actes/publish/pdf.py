"""Print the book, or one article, as an accessible, archivable PDF.

In: a `Project`, neutral chapters, the build directory their images are in. Out: a PDF that
conforms to PDF/UA-1 and PDF/A-2a, the same bytes for the same sources on any machine.
Only here: calls to the ``typst`` package. Structure is written by `pdf_markup`, looks by
``theme/typst/``; no number is computed by either, but pages and footnotes.
"""

from __future__ import annotations

import datetime
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from actes.files import disk_errors, write_bytes, write_json, write_text
from actes.publish.edition import edition_day, language_of, print_words
from actes.publish.pdf_faults import refusal
from actes.publish.pdf_markup import article_markup, book_markup

if TYPE_CHECKING:
    from collections.abc import Sequence

    from actes.publish.articles import Article
    from actes.publish.conversion import Converter
    from actes.publish.neutral import NeutralChapter
    from actes.publish.project import Project

__all__ = ["render_article_pdf", "render_pdf"]

THEME = Path(__file__).parent / "theme" / "typst"
THEME_DIR = "actes-theme"
MAIN = "main.typ"
_ACCENT = "#1f3a5f"


def render_pdf(
    project: Project,
    chapters: Sequence[NeutralChapter],
    build_dir: Path,
    destination_file: Path,
    *,
    converter: Converter,
) -> Path:
    """Print the whole book as one PDF.

    Parameters
    ----------
    chapters
        In reading order; what Typst reads (images included) lies inside ``build_dir``.
    build_dir
        Where ``main.typ`` and the theme are written, and left: Typst can be run there by hand.
    destination_file
        Replaced whole, or left as it was.

    Returns
    -------
    Path
        ``destination_file``.

    Raises
    ------
    BookError
        A200 to A205: every image without alternative text, missing file, formula, link, page
        break or raw block that cannot be printed, in one message.
    ArticleError
        A206 for a table that no page can hold, A207 for a book without a date, A210 for a
        character that no font of the book can draw.
    ToolError
        T150 when Typst refuses the book; T110 to T112 when pandoc fails (`converter`).
    """
    day = edition_day(project)
    cover = _copy_theme(project, build_dir / THEME_DIR, lang=project.lang)
    markup = book_markup(
        project,
        chapters,
        build_dir,
        theme=THEME_DIR,
        cover=cover and f"/{THEME_DIR}/{cover}",
        converter=converter,
    )
    main = build_dir / MAIN
    write_text(main, markup)
    return write_bytes(destination_file, _compiled(main, markup, chapters, project.root, day))


def render_article_pdf(
    project: Project,
    article: Article,
    build_dir: Path,
    destination_file: Path,
    *,
    converter: Converter,
) -> Path:
    """Print one article alone: its title block, its numbers as in the book, what it cites.

    Raises as `render_pdf`.
    """
    day, chapter = edition_day(project), article.chapter
    theme = f"{THEME_DIR}-{article.name}"
    _copy_theme(project, build_dir / theme, lang=chapter.lang)
    markup = article_markup(project, article, build_dir, theme=theme, converter=converter)
    main = build_dir / f"{article.name}.typ"
    write_text(main, markup)
    return write_bytes(destination_file, _compiled(main, markup, [chapter], project.root, day))


# -- the theme ----------------------------------------------------------------------------------


def _words(project: Project, lang: str) -> dict[str, str]:
    """List what the theme writes by itself, the text's language as Typst names it, the accent."""
    language, region = language_of(lang)
    return {
        **project.words,
        **print_words(project.lang),
        "lang": language,
        "region": region,
        "accent": project.brand.primary or _ACCENT,
    }


def _copy_theme(project: Project, theme: Path, *, lang: str) -> str:
    """Put theme and cover where Typst may read them; return the cover's name, ``""`` if none."""
    with disk_errors(theme):
        theme.mkdir(parents=True, exist_ok=True)
        for path in sorted(THEME.iterdir()):
            shutil.copyfile(path, theme / path.name)
        write_json(theme / "words.json", _words(project, lang))
        if project.cover_image is None:
            return ""
        cover = theme / f"cover{project.cover_image.suffix.lower()}"
        shutil.copyfile(project.root / project.cover_image, cover)
    return cover.name


# -- from Typst's markup to a PDF ---------------------------------------------------------------


def _compiled(
    main: Path, markup: str, chapters: Sequence[NeutralChapter], root: Path, day: datetime.date
) -> bytes:
    # typst is only paid for by those who print.
    import typst

    moment = datetime.datetime.combine(day, datetime.time(), datetime.UTC)
    try:
        return typst.compile(
            main,
            root=main.parent,
            ignore_system_fonts=True,
            pdf_standards=["ua-1", "a-2a"],
            timestamp=moment,
        )
    except typst.TypstError as error:
        raise refusal(error, markup, chapters, root) from None

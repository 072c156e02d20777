"""Print the book, or one article, as an accessible, archivable PDF.

In: a `Project`, neutral chapters, the build directory their images are in. Out: a PDF that
conforms to PDF/UA-1 and PDF/A-2a, the same bytes for the same sources on any machine.
Only here: calls to the ``typst`` package. Structure is written by ``typst.lua``, looks by
``theme/typst/``; no number is computed by either, but pages and footnotes.
"""

from __future__ import annotations

import datetime
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from actes.files import disk_errors, write_bytes, write_json, write_text
from actes.publish.converter import filter_path, run_pandoc
from actes.publish.edition import edition_day, extract_words, language_of, print_words
from actes.publish.imprint import citation_details, rights
from actes.publish.pandoc_json import meta_value
from actes.publish.pdf_faults import problem, refusal
from actes.publish.problems import BookError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from actes.publish.articles import Article
    from actes.publish.neutral import NeutralChapter
    from actes.publish.people import Author
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
        T150 when Typst refuses the book; T100 to T102 when pandoc fails (`converter`).
    """
    day = edition_day(project)
    cover = _copy_theme(project, build_dir / THEME_DIR, lang=project.lang)
    documents = [json.loads(each.json.read_text(encoding="utf-8")) for each in chapters]
    content = {
        "book": _book(project, THEME_DIR, cover and f"/{THEME_DIR}/{cover}"),
        "matter": [*_matter(chapters, documents)],
        "build_dir": build_dir.as_posix(),
    }
    markup = _markup(content, documents[0]["pandoc-api-version"], chapters)
    main = build_dir / MAIN
    write_text(main, markup)
    return write_bytes(destination_file, _compiled(main, markup, chapters, day))


def render_article_pdf(
    project: Project, article: Article, build_dir: Path, destination_file: Path
) -> Path:
    """Print one article alone: its title block, its numbers as in the book, what it cites.

    Raises as `render_pdf`.
    """
    day, chapter = edition_day(project), article.chapter
    theme = f"{THEME_DIR}-{article.name}"
    _copy_theme(project, build_dir / theme, lang=chapter.lang)
    document = article.document(project.words["references"])
    book = {
        **_book(project, theme, ""),
        "tag": chapter.lang,
        "article": chapter.title,
        "source": [extract_words(project), *_rights_and_numbers(project)],
    }
    content = {
        "book": book,
        "matter": [_entry(chapter, document)],
        "build_dir": build_dir.as_posix(),
    }
    markup = _markup(content, document["pandoc-api-version"], [chapter])
    main = build_dir / f"{article.name}.typ"
    write_text(main, markup)
    return write_bytes(destination_file, _compiled(main, markup, [chapter], day))


# -- from neutral chapters to Typst's markup ----------------------------------------------------


def _markup(
    content: Mapping[str, Any], version: Sequence[int], chapters: Sequence[NeutralChapter]
) -> str:
    """Write Typst's markup; the whole content travels in a document's metadata."""
    document = {"pandoc-api-version": version, "meta": meta_value(content)["c"], "blocks": []}
    arguments = ["--from=json", f"--to={filter_path('typst.lua')}"]
    written, _warnings = run_pandoc(arguments, json.dumps(document))
    answer = json.loads(written)
    if answer["refused"]:
        raise BookError([problem(each, chapters) for each in answer["refused"]])
    return str(answer["typst"])


def _matter(
    chapters: Sequence[NeutralChapter], documents: Sequence[Mapping[str, Any]]
) -> Iterator[dict[str, Any]]:
    """List parts and chapters in order; unnumbered ones before the first are front matter."""
    is_front, part = True, ""
    for chapter, document in zip(chapters, documents, strict=True):
        is_before = chapter.kind in ("index", "unnumbered") and not chapter.part
        is_front = is_front and is_before and not chapter.number
        if chapter.part and chapter.part != part:
            yield {"part_title": chapter.part}
        part = chapter.part
        yield {**_entry(chapter, document), "in_part": bool(part), "is_front": is_front}


def _entry(chapter: NeutralChapter, document: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "slug": chapter.slug,
        "kind": chapter.kind,
        "number": chapter.number,
        "title": chapter.title,
        "in_part": False,
        "is_front": False,
        "meta": {"t": "MetaMap", "c": document["meta"]},
        "body": {"t": "MetaBlocks", "c": document["blocks"]},
    }


def _book(project: Project, theme: str, cover: str) -> dict[str, Any]:
    return {
        "title": project.title,
        "subtitle": project.subtitle,
        "authors": [_author(each) for each in project.authors],
        "date": project.date,
        "day": "datetime(year: {0.year}, month: {0.month}, day: {0.day})".format(
            edition_day(project)
        ),
        "keywords": list(project.keywords),
        "tag": project.lang,
        "theme": theme,
        "article": "",
        "source": [],
        "footer": [project.footer.left, project.footer.center, project.footer.right],
        "cover": cover,
        "cover_alt": project.cover_image_alt or project.words["cover"].format(title=project.title),
        "imprint": _imprint(project),
    }


def _author(author: Author) -> dict[str, Any]:
    return {**vars(author), "affiliations": list(author.affiliations)}


def _imprint(project: Project) -> dict[str, Any]:
    """Gather what the verso of the cover says: citation, rights, identifiers."""
    details = citation_details(project)
    return {
        "description": project.abstract or project.description,
        "year": project.date_iso[:4],
        "publisher": str(details.get("publisher", "")),
        "doi": project.doi or str(details.get("doi", "")),
        "lines": _rights_and_numbers(project),
    }


def _rights_and_numbers(project: Project) -> list[str]:
    details = citation_details(project)
    numbers = (f"{name.upper()} {details[name]}" for name in ("isbn", "issn") if name in details)
    return [*rights(project), *numbers]


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
    main: Path, markup: str, chapters: Sequence[NeutralChapter], day: datetime.date
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
        raise refusal(error, markup, chapters) from None

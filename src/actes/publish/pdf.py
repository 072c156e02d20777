"""Print the book: neutral chapters to one accessible, archivable PDF.

In: a `Project`, its neutral chapters, the build directory their images are in. Out: a PDF that
conforms to PDF/UA-1 and PDF/A-2a, the same bytes for the same sources on any machine.
Only here: calls to the ``typst`` package. Structure is written by ``typst.lua``, looks by
``theme/typst/``; no number is computed by either, but pages and footnotes.
"""

from __future__ import annotations

import datetime
import json
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

from actes.errors import ArticleError, ToolError, place
from actes.files import disk_errors, write_bytes, write_json, write_text
from actes.i18n import _
from actes.publish.converter import filter_path, run_pandoc
from actes.publish.problems import BookError, Problem

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from actes.publish.neutral import NeutralChapter
    from actes.publish.people import Author
    from actes.publish.project import Project

__all__ = ["render_pdf"]

THEME = Path(__file__).parent / "theme" / "typst"
THEME_DIR = "actes-theme"
MAIN = "main.typ"

# A language without a region would hyphenate and quote well, but be tagged with no country.
_REGIONS = {"fr": "CA", "en": "CA"}

# Words that only a printed book needs, in its own language.
_PRINT_WORDS = {
    "fr": {
        "cite": "Pour citer cet ouvrage",
        "folded": "Le code replié dans l’édition en ligne n’est pas repris dans cette édition.",
    },
    "en": {
        "cite": "How to cite",
        "folded": "Code that is folded in the online edition is left out of this one.",
    },
}


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
    day = _day(project)
    cover = _copy_theme(project, build_dir)
    documents = [json.loads(each.json.read_text(encoding="utf-8")) for each in chapters]
    book = _document(project, chapters, documents, cover=cover, build_dir=build_dir)
    markup = _markup(book, chapters)
    write_text(build_dir / MAIN, markup)
    return write_bytes(destination_file, _compiled(day, chapters, build_dir, markup))


# -- from neutral chapters to Typst's markup ----------------------------------------------------


def _markup(book: Mapping[str, Any], chapters: Sequence[NeutralChapter]) -> str:
    arguments = ["--from=json", f"--to={filter_path('typst.lua')}"]
    written, _warnings = run_pandoc(arguments, json.dumps(book))
    answer = json.loads(written)
    if answer["refused"]:
        raise BookError([_problem(each, chapters) for each in answer["refused"]])
    return str(answer["typst"])


def _document(
    project: Project,
    chapters: Sequence[NeutralChapter],
    documents: Sequence[Mapping[str, Any]],
    *,
    cover: str,
    build_dir: Path,
) -> dict[str, Any]:
    """Lay the whole book out as one pandoc document: all of it is in the metadata."""
    content = {
        "book": _book(project, cover),
        "matter": [*_matter(chapters, documents)],
        "build_dir": build_dir.as_posix(),
    }
    version = documents[0]["pandoc-api-version"]
    return {"pandoc-api-version": version, "meta": _meta(content)["c"], "blocks": []}


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
        yield {
            "slug": chapter.slug,
            "kind": chapter.kind,
            "number": chapter.number,
            "title": chapter.title,
            "in_part": bool(part),
            "is_front": is_front,
            "meta": {"t": "MetaMap", "c": document["meta"]},
            "body": {"t": "MetaBlocks", "c": document["blocks"]},
        }


def _book(project: Project, cover: str) -> dict[str, Any]:
    return {
        "title": project.title,
        "subtitle": project.subtitle,
        "authors": [_author(each) for each in project.authors],
        "date": project.date,
        "day": "datetime(year: {0.year}, month: {0.month}, day: {0.day})".format(_day(project)),
        "keywords": list(project.keywords),
        "tag": project.lang,
        "theme": THEME_DIR,
        "cover": cover,
        "cover_alt": project.cover_image_alt or project.words["cover"].format(title=project.title),
        "imprint": _imprint(project),
    }


def _author(author: Author) -> dict[str, Any]:
    return {**vars(author), "affiliations": list(author.affiliations)}


def _imprint(project: Project) -> dict[str, Any]:
    """Gather what the verso of the cover says: citation, rights, identifiers."""
    citation = project.metadata.get("citation")
    details: Mapping[str, Any] = citation if isinstance(citation, dict) else {}
    rights = (_right(project.metadata.get(key)) for key in ("copyright", "license"))
    numbers = (f"{name.upper()} {details[name]}" for name in ("isbn", "issn") if name in details)
    return {
        "description": project.abstract or project.description,
        "year": project.date_iso[:4],
        "publisher": str(details.get("publisher", "")),
        "doi": project.doi or str(details.get("doi", "")),
        "lines": [line for line in (*rights, *numbers) if line],
    }


def _right(value: object) -> str:
    """Read ``copyright:`` or ``license:``: a text, or a map as Quarto describes it."""
    if not isinstance(value, dict):
        return str(value or "")
    if "statement" in value or "text" in value:
        text = str(value.get("statement", value.get("text")))
        return f"[{text}]({value['url']})" if "url" in value else text
    return "© " + " ".join(str(value[key]) for key in ("year", "holder") if key in value)


def _words(project: Project) -> dict[str, str]:
    """List what the theme writes by itself, and the book's language as Typst names it."""
    language, region = _language(project.lang)
    print_words = _PRINT_WORDS["fr" if language == "fr" else "en"]
    return {**project.words, **print_words, "lang": language, "region": region}


def _language(tag: str) -> tuple[str, str]:
    """Split a BCP 47 tag: ``fr-FR`` is ``("fr", "FR")``, ``fr`` is ``("fr", "CA")``."""
    language, *rest = tag.split("-")
    region = next((part.upper() for part in rest if re.fullmatch("[A-Za-z]{2}", part)), "")
    return language.lower(), region or _REGIONS.get(language.lower(), "")


def _day(project: Project) -> datetime.date:
    if project.date_iso:
        return datetime.date.fromisoformat(project.date_iso)
    # Typst would put the present day, and each render would give another file.
    raise ArticleError(
        "A207",
        _("the book has no date: a PDF made to last must carry one"),
        where=place("_quarto.yml", key="book.date"),
        expected="date: 2026-03-15",
        next_step=_("write the day of the edition under book:"),
    )


def _meta(value: Any) -> Any:
    """Write plain data as pandoc metadata; what is pandoc's already is left alone."""
    if isinstance(value, dict):
        if value.keys() == {"t", "c"}:
            return value
        return {"t": "MetaMap", "c": {key: _meta(each) for key, each in value.items()}}
    if isinstance(value, list):
        return {"t": "MetaList", "c": [_meta(each) for each in value]}
    if isinstance(value, bool):
        return {"t": "MetaBool", "c": value}
    return {"t": "MetaString", "c": value}


def _copy_theme(project: Project, build_dir: Path) -> str:
    """Put theme and cover where Typst may read them; return the cover's path, ``""`` if none."""
    theme = build_dir / THEME_DIR
    with disk_errors(theme):
        theme.mkdir(parents=True, exist_ok=True)
        for path in sorted(THEME.iterdir()):
            shutil.copyfile(path, theme / path.name)
        write_json(theme / "words.json", _words(project))
        if project.cover_image is None:
            return ""
        cover = theme / f"cover{project.cover_image.suffix.lower()}"
        shutil.copyfile(project.root / project.cover_image, cover)
    return f"/{THEME_DIR}/{cover.name}"


# -- from Typst's markup to a PDF ---------------------------------------------------------------


def _compiled(
    day: datetime.date, chapters: Sequence[NeutralChapter], build_dir: Path, markup: str
) -> bytes:
    # typst is only paid for by those who print.
    import typst

    moment = datetime.datetime.combine(day, datetime.time(), datetime.UTC)
    try:
        return typst.compile(
            build_dir / MAIN,
            root=build_dir,
            ignore_system_fonts=True,
            pdf_standards=["ua-1", "a-2a"],
            timestamp=moment,
        )
    except typst.TypstError as error:
        raise _refusal(error, markup, chapters) from None


def _chapter_at(error: Any, markup: str, chapters: Sequence[NeutralChapter]) -> str:
    """Name the source of the chapter in which Typst stopped; ``""`` when it doesn't say."""
    told = "\n".join([error.diagnostic, *error.trace])
    found = re.search(rf"{re.escape(MAIN)}:(\d+)", told)
    if not found:
        return ""
    before = markup.splitlines()[: int(found[1])]
    slugs = [
        line.removeprefix("// chapter: ") for line in before if line.startswith("// chapter: ")
    ]
    return _source(slugs[-1], chapters) if slugs else ""


def _source(slug: str, chapters: Sequence[NeutralChapter]) -> str:
    return next((each.source.as_posix() for each in chapters if each.slug == slug), "")


_UNDRAWN = re.compile(r'the text `"(.+?)"` could not be displayed', re.DOTALL)
_TOO_WIDE = re.compile(r"actes: table too wide, (\d+) columns, in (.*)")


def _refusal(
    error: Any, markup: str, chapters: Sequence[NeutralChapter]
) -> ArticleError | ToolError:
    too_wide = _TOO_WIDE.search(error.message)
    if too_wide:
        return ArticleError(
            "A206",
            _("a table is too wide for a page, even in small type on its side"),
            where=_source(too_wide[2], chapters),
            found=_("{n} columns").format(n=too_wide[1]),
            next_step=_("split this table, or turn its columns into rows"),
        )
    where = _chapter_at(error, markup, chapters)
    undrawn = [_sign(each) for each in _UNDRAWN.findall(error.diagnostic)]
    if undrawn:
        return ArticleError(
            "A210",
            _("the fonts of the printed book have no drawing for these characters"),
            where=where,
            found=", ".join(dict.fromkeys(undrawn)),
            next_step=_("replace them, or put them in an image with a text alternative"),
        )
    return ToolError(
        "T150",
        _("Typst refuses to print this book"),
        where=where,
        found=error.message,
        next_step="; ".join(error.hints) or _("simplify the construct named above, or report this"),
    )


def _sign(text: str) -> str:
    """Show a text as Typst quotes it, with the code of each character: "中 (U+4E2D)"."""
    signs = re.sub(r"\\u\{(\w+)\}", lambda found: chr(int(found[1], 16)), text)
    points = " ".join(f"U+{ord(sign):04X}" for sign in signs)
    return f"{signs} ({points})" if signs.isprintable() else points


# -- what an author must mend -------------------------------------------------------------------


def _problem(refusal: Mapping[str, str], chapters: Sequence[NeutralChapter]) -> Problem:
    code, what, next_step = _refusals()[refusal["kind"]]
    source = _source(refusal["chapter"], chapters) or place("_quarto.yml")
    return Problem(code, what, source, found=refusal["detail"], next_step=next_step)


def _refusals() -> dict[str, tuple[str, str, str]]:
    """Name what ``typst.lua`` refuses: code, sentence, next step, in the reader's language."""
    return {
        "image-alt": (
            "A200",
            _("an image has no text alternative: an accessible PDF needs one"),
            _("say in words what the image shows: fig-alt, or the image's own text"),
        ),
        "image-file": (
            "A201",
            _("this image cannot be found"),
            _("check the name of the file, and that it is inside the book"),
        ),
        "math": (
            "A202",
            _("this formula is not understood"),
            _("correct its TeX, or write it with usual commands"),
        ),
        "link": (
            "A203",
            _("this link goes to no place of the book"),
            _("correct the identifier after #, or give it to the section or figure meant"),
        ),
        "pagebreak": (
            "A204",
            _("a page break is inside a list, a callout or another block"),
            _("put it between two blocks of the chapter"),
        ),
        "raw": (
            "A205",
            _("this raw content is not for Typst"),
            _("write it as markdown, or show it in HTML only"),
        ),
    }

"""Write neutral chapters as the markup of a Typst book, or of an article alone.

In: a `Project`, neutral chapters, the build directory their images are in. Out: Typst's markup.
Only here: the order of what is printed, and what is refused before Typst is called. Each chapter is
written by ``typst.lua``; where its links lead is known to `pdf_links`.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from actes.publish.conversion import Conversion
from actes.publish.edition import edition_day, extract_words
from actes.publish.imprint import citation_details, rights
from actes.publish.pdf_faults import problem
from actes.publish.pdf_links import Destinations
from actes.publish.problems import BookError

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from actes.publish.articles import Article
    from actes.publish.conversion import Converter
    from actes.publish.neutral import NeutralChapter
    from actes.publish.people import Author
    from actes.publish.project import Project

__all__ = ["article_markup", "book_markup"]

Said = dict[str, Any]


def book_markup(
    project: Project,
    chapters: Sequence[NeutralChapter],
    build_dir: Path,
    *,
    theme: str,
    cover: str,
    converter: Converter,
) -> str:
    """Write the whole book.

    Parameters
    ----------
    theme
        Name of the theme's folder, inside ``build_dir``.
    cover
        Path of the cover's image from ``build_dir``; ``""`` without one.

    Raises
    ------
    BookError
        A200 to A205: everything that cannot be printed, in one message.
    """
    parts = [*dict.fromkeys(each.part for each in chapters if each.part)]
    around = _asked("", {"book": _book(project, theme, cover) | {"parts": parts}})
    asked = [
        _asked(
            each.document,
            {"chapter": _entry(each) | {"in_part": bool(each.part), "tag": project.lang}},
        )
        for each in chapters
    ]
    front, *said = _answers(converter, [around, *asked])
    _refuse(front, chapters, said, build_dir, project.root)
    titles = dict(zip(parts, front["parts"], strict=True))
    return _joined(front["head"], _in_order(chapters, _printed(chapters, said), titles), said)


def article_markup(
    project: Project, article: Article, build_dir: Path, *, theme: str, converter: Converter
) -> str:
    """Write one article alone; raises as `book_markup`."""
    chapter = article.chapter
    document = article.document(project.words["references"])
    around = _asked(
        json.dumps(document | {"blocks": []}, ensure_ascii=False),
        {"book": _book(project, theme, "") | {"article": chapter.title}},
    )
    source = [extract_words(project), *_rights_and_numbers(project)]
    asked = _asked(
        json.dumps(document, ensure_ascii=False),
        {"chapter": _entry(chapter) | {"tag": chapter.lang, "source": source}},
    )
    front, said = _answers(converter, [around, asked])
    _refuse(front, [chapter], [said], build_dir, project.root)
    return _joined(front["head"], _printed([chapter], [said]), [said])


# -- what typst.lua is asked, and what it says ----------------------------------------------------


def _asked(text: str, context: Mapping[str, Any]) -> Conversion:
    reader = "json" if text else "markdown"
    return Conversion(text, reader=reader, writer="plain", steps=("typst.lua",), context=context)


def _answers(converter: Converter, asked: Sequence[Conversion]) -> list[Said]:
    return [json.loads(each.said) for each in converter.convert(asked)]


def _entry(chapter: NeutralChapter) -> dict[str, Any]:
    return {
        "slug": chapter.slug,
        "kind": chapter.kind,
        "number": chapter.number,
        "title": chapter.title,
        "in_part": False,
        "source": [],
    }


def _book(project: Project, theme: str, cover: str) -> dict[str, Any]:
    """Gather what the front of the book says."""
    return {
        "title": project.title,
        "subtitle": project.subtitle,
        "authors": [_author(each) for each in project.authors],
        "date": project.date,
        "day": "datetime(year: {0.year}, month: {0.month}, day: {0.day})".format(
            edition_day(project)
        ),
        "keywords": list(project.keywords),
        "theme": theme,
        "article": "",
        "parts": [],
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


# -- from its answers to one markup ----------------------------------------------------------------


def _destinations(chapters: Sequence[NeutralChapter], said: Sequence[Said]) -> Destinations:
    return Destinations({each.slug: one for each, one in zip(chapters, said, strict=True)})


def _refuse(
    front: Said,
    chapters: Sequence[NeutralChapter],
    said: Sequence[Said],
    build_dir: Path,
    root: Path,
) -> None:
    """Raise all that cannot be printed."""
    destinations = _destinations(chapters, said)
    problems = [problem(each["kind"], each["detail"], root) for each in front["refused"]]
    for chapter, one in zip(chapters, said, strict=True):
        refused = [(each["kind"], each["detail"]) for each in one["refused"]]
        refused += [
            ("image-file", name) for name in one["images"] if not (build_dir / name).is_file()
        ]
        refused += [("link", target) for target in destinations.lost(chapter.slug)]
        problems += [problem(kind, detail, root, chapter) for kind, detail in refused]
    if problems:
        raise BookError(problems)


def _printed(chapters: Sequence[NeutralChapter], said: Sequence[Said]) -> list[str]:
    """Give the markup of each chapter, with where its links lead in front."""
    destinations = _destinations(chapters, said)
    return [
        f"// chapter: {chapter.slug}\n{destinations.listed(chapter.slug)}{one['markup']}"
        for chapter, one in zip(chapters, said, strict=True)
    ]


def _in_order(
    chapters: Sequence[NeutralChapter], printed: Sequence[str], titles: Mapping[str, str]
) -> Iterator[str]:
    """Put parts before their chapters; unnumbered ones before the first are front matter."""
    is_front, part = True, ""
    for chapter, markup in zip(chapters, printed, strict=True):
        is_before = chapter.kind in ("index", "unnumbered") and not chapter.part
        if is_front and not (is_before and not chapter.number):
            is_front = False
            yield "#show: body-matter"
        if chapter.part and chapter.part != part:
            yield titles[chapter.part]
        part = chapter.part
        yield markup


def _joined(head: str, pieces: Iterable[str], said: Sequence[Said]) -> str:
    is_folded = any(each["folded"] for each in said)
    return "\n\n".join([f"#let folded = {str(is_folded).lower()}", head, *pieces]) + "\n"

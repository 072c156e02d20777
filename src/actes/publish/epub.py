"""Write the book as an EPUB 3: one file per chapter, read with any book reader.

In: a `Project` and its neutral chapters. Out: one file, the same bytes for the same sources.
Only here: the container, its package document and its contents. The markup of each construct is
in ``epub.lua``; looks are in ``theme/epub/``.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from markupsafe import Markup

from actes.files import write_bytes
from actes.publish.conversion import Conversion
from actes.publish.drawings import png_of
from actes.publish.edition import edition_day, identifier, language_of, language_tag
from actes.publish.imprint import rights
from actes.publish.search import text_of
from actes.publish.texts import inline_html
from actes.publish.zipped import packed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from actes.publish.conversion import Converter
    from actes.publish.neutral import NeutralChapter
    from actes.publish.project import Project

__all__ = ["render_epub"]

THEME = Path(__file__).parent / "theme" / "epub"
_XHTML = "{http://www.w3.org/1999/xhtml}"
_MATH = "{http://www.w3.org/1998/Math/MathML}math"
_MEDIA = {
    ".svg": "image/svg+xml",
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
}
_CONTAINER = """<?xml version="1.0" encoding="UTF-8"?>
<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container">
<rootfiles>
<rootfile full-path="book/package.opf" media-type="application/oebps-package+xml"/>
</rootfiles>
</container>
"""
# Not written in XML 1.0, even as references.
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")

_SUMMARIES = {
    "fr": "Toute image a un texte de remplacement ; les formules sont en MathML ; les tableaux ont "
    "des en-têtes ; la table des matières mène à chaque partie, chapitre et section.",
    "en": "Every image has a text alternative; formulas are in MathML; tables have headers; the "
    "contents lead to each part, chapter and section.",
}


@dataclass(frozen=True)
class _Page:
    """One XHTML file of the book.

    ``headings`` are (id, level, words); ``part`` is the part it belongs to, ``""`` for none.
    """

    name: str
    xhtml: str
    kind: str = ""
    title: str = ""
    part: str = ""
    headings: tuple[tuple[str, int, str], ...] = ()
    has_math: bool = False


def render_epub(
    project: Project,
    chapters: Sequence[NeutralChapter],
    build_dir: Path,
    destination_file: Path,
    *,
    converter: Converter,
) -> Path:
    """Write the whole book as one EPUB.

    Parameters
    ----------
    chapters
        In reading order; their images lie inside ``build_dir``.
    destination_file
        Replaced whole, or left as it was.

    Raises
    ------
    ArticleError
        A207 for a book without a date, A211 for an image that cannot be drawn.
    ToolError
        T111 when pandoc fails.
    """
    edition_day(project)
    pictures = _pictures(chapters)
    written = inline_html(_book_texts(project), converter)
    texts = {text: Markup(html) for text, html in written.items()}  # noqa: S704
    cover = _cover(project)
    pages = _chapter_pages(project, chapters, pictures, converter)
    whole = [*_front(project, texts, cover), *_with_parts(project, pages, texts)]
    parts = {"mimetype": b"application/epub+zip", "META-INF/container.xml": _CONTAINER.encode()}
    parts["book/package.opf"] = _package(project, whole, pictures, cover, texts).encode()
    parts["book/book.css"] = (THEME / "book.css").read_bytes()
    for page in whole:
        parts[f"book/{page.name}"] = page.xhtml.encode()
    for path, name in pictures.items():
        parts[f"book/{name}"] = (build_dir / path).read_bytes()
    parts |= {f"book/{name}": content for name, content in cover.items()}
    return write_bytes(destination_file, packed(parts))


# -- chapters -----------------------------------------------------------------------------------


def _pictures(chapters: Sequence[NeutralChapter]) -> dict[str, str]:
    """Name each image of the book inside the EPUB, in letters that any system knows."""
    pictures: dict[str, str] = {}
    for path in dict.fromkeys(name for chapter in chapters for name in chapter.files):
        stem, suffix = Path(path).with_suffix("").as_posix(), Path(path).suffix.lower()
        if suffix in _MEDIA:
            name = f"images/{re.sub('[^A-Za-z0-9]+', '-', stem).strip('-')}"
            is_taken = f"{name}{suffix}" in pictures.values()
            pictures[path] = f"{name}{f'-{len(pictures)}' if is_taken else ''}{suffix}"
    return pictures


def _chapter_pages(
    project: Project,
    chapters: Sequence[NeutralChapter],
    pictures: Mapping[str, str],
    converter: Converter,
) -> list[_Page]:
    names = [f"chapter-{position:03d}.xhtml" for position in range(1, len(chapters) + 1)]
    context = {
        "words": dict(project.words),
        "pages": {
            f"{chapter.slug}.html": name for chapter, name in zip(chapters, names, strict=True)
        },
    }
    template = (THEME / "chapter.xhtml").read_text(encoding="utf-8")
    made = converter.convert(
        Conversion(
            chapter.document,
            reader="json",
            writer="html5",
            steps=("epub.lua",),
            context={
                **context,
                "lang": language_tag(chapter.lang),
                "pictures": {name: pictures[name] for name in chapter.files if name in pictures},
            },
            template=template,
        )
        for chapter in chapters
    )
    return [
        _page(project, chapter, name, _NOT_XML.sub("", each.output))
        for chapter, name, each in zip(chapters, names, made, strict=True)
    ]


def _page(project: Project, chapter: NeutralChapter, name: str, xhtml: str) -> _Page:
    tree = ET.fromstring(xhtml)  # noqa: S314 - our own writing
    headings = [
        (str(each.get("id", "")), int(each.tag[-1]), _inner(each))
        for each in tree.iter()
        if re.fullmatch(rf"{re.escape(_XHTML)}h[123]", each.tag) and each.get("id")
    ]
    title = _inner(next(tree.iter(f"{_XHTML}h1")))
    if chapter.number and chapter.kind in project.words:
        label = f"{project.words[chapter.kind]}\u00a0{chapter.number}"
        title = title.replace(label, label + project.words["colon"], 1)
    return _Page(
        name,
        xhtml,
        chapter.kind,
        title,
        chapter.part,
        tuple(each for each in headings if each[1] > 1),
        next(tree.iter(_MATH), None) is not None,
    )


def _inner(heading: ET.Element) -> str:
    """Give a heading's words on one line, without its notes."""
    return re.sub(r"[ \t\n]+", " ", "".join(_words(heading))).strip()


def _words(element: ET.Element) -> Iterator[str]:
    yield element.text or ""
    for child in element:
        is_note = child.get("role") == "doc-noteref"
        is_annotation = child.tag.endswith("}annotation")
        if not (is_note or is_annotation):
            yield from _words(child)
        yield child.tail or ""


# -- pages that are no chapter ------------------------------------------------------------------


def _book_texts(project: Project) -> list[str]:
    parts = (entry.part for entry in project.entries)
    about = project.abstract or project.description
    return [project.title, project.subtitle, about, *rights(project), *parts]


def _front(
    project: Project, texts: Mapping[str, Markup], cover: Mapping[str, bytes]
) -> Iterator[_Page]:
    title = texts[project.title]
    for name in cover:
        alt = project.cover_image_alt or project.words["cover"].format(title=text_of(title))
        body = _filled("cover.xhtml", cover=name, cover_alt=alt)
        yield _framed(project, "cover.xhtml", text_of(title), body, kind="cover")
    book = {
        "title": title,
        "subtitle": texts[project.subtitle],
        "about": texts[project.abstract or project.description],
        "rights": [texts[line] for line in rights(project)],
    }
    body = _filled("title.xhtml", project=project, book=book)
    yield _framed(project, "title.xhtml", text_of(title), body, kind="titlepage")


def _with_parts(
    project: Project, chapters: Sequence[_Page], texts: Mapping[str, Markup]
) -> list[_Page]:
    """Put the contents before the chapters, and a page at the head of each part."""
    pages: list[_Page] = []
    part = ""
    for chapter in chapters:
        if chapter.part and chapter.part != part:
            title = texts[chapter.part]
            body = _filled("part.xhtml", title=title, plain=text_of(title))
            name = f"part-{sum(page.kind == 'part' for page in pages) + 1:02d}.xhtml"
            pages.append(_framed(project, name, title, body, kind="part"))
        part = chapter.part
        pages.append(chapter)
    landmarks = [
        {"kind": "toc", "href": "nav.xhtml", "text": project.words["contents"]},
        {"kind": "bodymatter", "href": pages[0].name, "text": pages[0].title},
    ]
    contents = _filled(
        "nav.xhtml", words=project.words, contents=_contents(pages), landmarks=landmarks
    )
    nav = _framed(project, "nav.xhtml", project.words["contents"], contents, kind="nav")
    return [nav, *pages]


def _contents(pages: Sequence[_Page]) -> list[dict[str, Any]]:
    entries: list[dict[str, Any]] = []
    for page in pages:
        sections = [
            {"href": f"{page.name}#{mark}", "text": text, "inner": []}
            for mark, level, text in page.headings
            if level == 2
        ]
        entry = {"href": page.name, "text": page.title, "inner": sections}
        inside = entries[-1]["inner"] if page.part and entries else entries
        inside.append(entry)
    return entries


def _framed(project: Project, name: str, title: str, body: Markup, *, kind: str) -> _Page:
    xhtml = _filled(
        "frame.xhtml",
        lang=language_tag(project.lang),
        title=text_of(title),
        kind="" if kind in ("part", "nav", "titlepage") else kind,
        body=body,
    )
    return _Page(name, xhtml, kind, title)


# -- the package --------------------------------------------------------------------------------


def _cover(project: Project) -> dict[str, bytes]:
    """Draw the cover as points: shelves of book readers show no vector image."""
    if not project.cover_image:
        return {}
    path = project.cover_image.as_posix()
    if project.cover_image.suffix.lower() == ".svg":
        return {"images/cover.png": png_of([path], project.root)[path]}
    return {f"images/cover{project.cover_image.suffix.lower()}": (project.root / path).read_bytes()}


def _package(
    project: Project,
    pages: Sequence[_Page],
    pictures: Mapping[str, str],
    cover: Mapping[str, bytes],
    texts: Mapping[str, Markup],
) -> str:
    return _filled(
        "package.opf",
        project=project,
        identifier=identifier(project),
        lang=language_tag(project.lang),
        title=text_of(texts[project.title]),
        subtitle=text_of(texts[project.subtitle]),
        description=text_of(texts[project.abstract or project.description]),
        rights=[text_of(texts[line]) for line in rights(project)],
        access=_access(pages, pictures),
        access_summary=_SUMMARIES["fr" if language_of(project.lang)[0] == "fr" else "en"],
        manifest=_manifest(pages, pictures, cover),
        spine=[f"page-{Path(page.name).stem}" for page in pages],
    )


def _access(pages: Sequence[_Page], pictures: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """Say how the book can be read (schema.org); what was not verified is not claimed."""
    yield "accessMode", "textual"
    if pictures:
        yield "accessMode", "visual"
    yield "accessModeSufficient", "textual"
    for feature in ("structuralNavigation", "tableOfContents", "readingOrder"):
        yield "accessibilityFeature", feature
    if pictures:
        yield "accessibilityFeature", "alternativeText"
    if any(page.has_math for page in pages):
        yield "accessibilityFeature", "MathML"
    for hazard in ("noFlashingHazard", "noMotionSimulationHazard", "noSoundHazard"):
        yield "accessibilityHazard", hazard


def _manifest(
    pages: Sequence[_Page], pictures: Mapping[str, str], cover: Mapping[str, bytes]
) -> Iterator[dict[str, str]]:
    yield {"id": "style", "href": "book.css", "media": "text/css"}
    for page in pages:
        properties = "nav" if page.kind == "nav" else "mathml" if page.has_math else ""
        yield {
            "id": f"page-{Path(page.name).stem}", "href": page.name,
            "media": "application/xhtml+xml", "properties": properties,
        }  # fmt: skip
    for name in pictures.values():
        yield {
            "id": f"picture-{Path(name).stem}", "href": name, "media": _MEDIA[Path(name).suffix],
        }  # fmt: skip
    for name in cover:
        yield {
            "id": "cover-image", "href": name, "media": _MEDIA[Path(name).suffix],
            "properties": "cover-image",
        }  # fmt: skip


def _filled(template: str, **values: Any) -> Markup:
    # Jinja2 loads slowly: only a render pays for it.
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(THEME), undefined=jinja2.StrictUndefined, autoescape=True
    )
    # The templates escape what they are given.
    return Markup(environment.get_template(template).render(**values))  # noqa: S704

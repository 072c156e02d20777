"""Turn the sources of a book into neutral documents: numbered, resolved, ready to be set.

In: a `Project` and its `Source` records. Out: one `NeutralChapter` (pandoc JSON) per document.
Only here: the passes over the book: each chapter alone (`neutral.lua`); all the citations together
(citeproc); then, once every label is known, each chapter again (`resolve.lua`).
"""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from actes.errors import ArticleError
from actes.publish.bibliography import bibliography_keys
from actes.publish.conversion import Conversion
from actes.publish.converter import MARKDOWN
from actes.publish.index import BookIndex, ReadChapter, check_book
from actes.publish.people import read_authors
from actes.publish.source import Source, plain_value
from actes.publish.words import written_date

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from actes.publish.conversion import Converter
    from actes.publish.problems import Problems
    from actes.publish.project import Project

__all__ = ["NeutralChapter", "neutral_chapters"]

_ANY_VERSION = [1, 23]


@dataclass(frozen=True)
class NeutralChapter:
    """One chapter whose numbers, references and citations are resolved.

    Attributes
    ----------
    slug
        Path of its page without ``.html``: ``reports/x/index``.
    source
        The author's file, relative to the book's root.
    kind
        ``index``, ``chapter``, ``appendix``, ``unnumbered`` or ``references``.
    number
        ``"3"``, ``"A"``; empty when unnumbered.
    title
        Plain text, without the number.
    document
        Pandoc's JSON (``docs/moteur.md``).
    part
        Title of its part, markdown; empty outside any.
    lang
        Language of its text (BCP 47); the words the book adds stay in the book's.
    toc_depth
        Deepest heading of the page's own contents; 0 for none.
    files
        Figures and linked files, by their path in the book: what they hold, or where they lie.
    data_tables
        The data behind its figures as HTML tables, by the path of the CSV.
    """

    slug: str
    source: Path
    kind: str
    number: str
    title: str
    document: str
    part: str = ""
    lang: str = "en"
    toc_depth: int = 3
    files: Mapping[str, bytes | Path] = field(default_factory=dict)
    data_tables: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Cited:
    """What citeproc wrote: the citations of each chapter, and the list of references (JSON)."""

    citations: tuple[str, ...]
    references: str


def neutral_chapters(
    project: Project,
    sources: Sequence[Source],
    output_format: str,
    *,
    problems: Problems,
    converter: Converter,
) -> tuple[NeutralChapter, ...]:
    """Number and resolve the whole book for one format.

    Parameters
    ----------
    output_format
        ``html`` or ``pdf``: conditional content is chosen for it.
    problems
        What was found while reading; every problem of the book is raised together.

    Raises
    ------
    BookError
        With every fault of every chapter.
    """
    readings = [_reading(project, source, output_format) for source in sources]
    with ThreadPoolExecutor() as meanwhile:
        keys = meanwhile.submit(_known_keys, project, problems, converter)
        made_of_them = converter.convert(readings)
    read = [
        ReadChapter(source, made.output, json.loads(made.said), made.warnings)
        for source, made in zip(sources, made_of_them, strict=True)
    ]
    index = BookIndex.of(project, read)
    check_book(index, keys.result(), problems)
    problems.stop_if_any()
    resolved = converter.convert(_resolutions(index, _cited(project, index, converter)))
    return tuple(
        _neutral(project, chapter, made.output)
        for chapter, made in zip(index.chapters, resolved, strict=True)
    )


def _known_keys(
    project: Project, problems: Problems, converter: Converter
) -> frozenset[str] | None:
    try:
        return bibliography_keys(project, converter)
    except ArticleError as error:
        problems.add_error(error)
        return None


def _reading(project: Project, source: Source, output_format: str) -> Conversion:
    return Conversion(
        source.markdown,
        reader=MARKDOWN,
        writer="json",
        steps=("neutral.lua",),
        context=_context(project, source, output_format),
        metadata=_metadata(project, source),
    )


def _context(project: Project, source: Source, output_format: str) -> dict[str, Any]:
    options, entry = source.options, source.entry
    return {
        "format": output_format,
        "lang": str(source.front_matter.get("lang", project.lang)),
        "path": entry.path.as_posix(),
        "directory": entry.path.parent.as_posix(),
        "kind": "index" if source.is_index else "chapter",
        "book_title": project.title,
        "number_sections": options.number_sections and not entry.is_part,
        "line_numbers": options.line_numbers,
        "col_widths": str(source.metadata.get("tbl-colwidths") or ""),
        "code_copy": options.code_copy,
        "profiles": list(project.profiles),
        "metadata": plain_value(dict(source.metadata)) if "-meta=" in source.markdown else {},
        "number_depth": options.number_depth,
        "words": dict(project.words),
    }


def _metadata(project: Project, source: Source) -> dict[str, Any]:
    """Give the metadata that a reader sees; markdown texts, which pandoc reads."""
    front = source.front_matter
    chosen: dict[str, Any] = {"lang": str(front.get("lang", project.lang))}
    for key in ("subtitle", "abstract", "keywords", "description"):
        if front.get(key):
            chosen[key] = plain_value(front[key])
    if front.get("date"):
        chosen["date"] = written_date(front["date"], project.lang)
    chosen["author"] = [
        {key: plain_value(list(value) if isinstance(value, tuple) else value)
         for key, value in vars(author).items() if value}
        for author in read_authors(front.get("author"), front.get("affiliations"))
    ]  # fmt: skip
    return chosen


def _cited(project: Project, index: BookIndex, converter: Converter) -> Cited:
    """Let citeproc write every citation of the book, in order, and the list of references."""
    if not index.cited:
        return Cited(("",) * len(index.chapters), "")
    noted = [json.loads(each.gathered["citations"] or "{}") for each in index.chapters]
    version = next((each["pandoc-api-version"] for each in noted if each), _ANY_VERSION)
    blocks = [_div([["position", str(n)]], each.get("blocks", [])) for n, each in enumerate(noted)]
    document = {
        "pandoc-api-version": version,
        "meta": _citing(project),
        "blocks": [*blocks, {"t": "Div", "c": [["refs", [], []], []]}],
    }
    files = [*project.bibliography, *filter(None, [project.csl])]
    asked = Conversion(
        json.dumps(document, ensure_ascii=False),
        reader="json",
        writer="json",
        steps=("citeproc",),
        reads=tuple(project.root / path for path in files),
    )
    made = json.loads(converter.convert([asked])[0].output)
    *chapters, references = [
        json.dumps(made | {"meta": {}, "blocks": blocks}, ensure_ascii=False)
        for blocks in [*(div["c"][1] for div in made["blocks"][:-1]), made["blocks"][-1:]]
    ]
    return Cited(tuple(chapters), references)


def _div(attributes: list[list[str]], blocks: list[Any]) -> dict[str, Any]:
    return {"t": "Div", "c": [["", [], attributes], blocks]}


def _citing(project: Project) -> dict[str, Any]:
    """Tell citeproc what to write from, and how."""
    meta = {
        "lang": _string(project.lang),
        "link-citations": {"t": "MetaBool", "c": True},
        "bibliography": {
            "t": "MetaList",
            "c": [_string(str(project.root / path)) for path in project.bibliography],
        },
    }
    style = {"csl": _string(str(project.root / project.csl))} if project.csl else {}
    return meta | style | _nocite(project.nocite)


def _string(text: str) -> dict[str, Any]:
    return {"t": "MetaString", "c": text}


def _resolutions(index: BookIndex, cited: Cited) -> list[Conversion]:
    return [
        Conversion(
            chapter.document,
            reader="json",
            writer="json",
            steps=("resolve.lua",),
            context=index.links_of(chapter)
            | {
                "lang": index.project.lang,
                "colon": index.project.words["colon"],
                "number": chapter.number,
                "kind": chapter.kind,
                "page": chapter.page,
                "bibliography_page": index.bibliography_page,
                "citations": citations if chapter.gathered["citations"] else "",
                "bibliography": cited.references if chapter.gathered["has_bibliography"] else "",
            },
        )
        for chapter, citations in zip(index.chapters, cited.citations, strict=True)
    ]


def _nocite(text: str) -> dict[str, Any]:
    """Cite, without showing it, what the project's ``nocite`` lists (``@*`` for everything)."""
    citations = [
        {
            "citationId": key.strip().lstrip("@"), "citationPrefix": [], "citationSuffix": [],
            "citationMode": {"t": "NormalCitation"}, "citationNoteNum": 0, "citationHash": 0,
        }
        for key in text.replace(",", " ").split()
    ]  # fmt: skip
    return (
        {"nocite": {"t": "MetaInlines", "c": [{"t": "Cite", "c": [citations, []]}]}} if text else {}
    )


def _neutral(project: Project, chapter: ReadChapter, document: str) -> NeutralChapter:
    source, entry = chapter.source, chapter.source.entry
    made = source.files
    return NeutralChapter(
        slug=entry.slug,
        source=entry.path,
        kind=chapter.kind,
        number=chapter.number,
        title=chapter.gathered["title"],
        document=document,
        part=entry.part,
        lang=str(source.front_matter.get("lang", project.lang)),
        toc_depth=source.options.toc_depth if source.options.toc else 0,
        files={name: made.get(name, project.root / name) for name in sorted(_file_names(chapter))},
        data_tables={
            name.removesuffix(".html"): table.decode()
            for name, table in made.items()
            if name.endswith(".csv.html")
        },
    )


def _file_names(chapter: ReadChapter) -> set[str]:
    links = (link["path"] for link in chapter.gathered["links"] if link["kind"] == "file")
    data = (name for name in chapter.source.files if name.endswith(".csv"))
    return {*(image["path"] for image in chapter.gathered["images"]), *links, *data}

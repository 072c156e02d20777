"""Turn the sources of a book into neutral documents: numbered, resolved, ready to be set.

In: a `Project` and its `Source` records. Out: one `NeutralChapter` (pandoc JSON) per document.
Only here: the two passes over the book: each chapter alone (`neutral.lua`), then, once every
label is known, the whole book with citeproc (`resolve.lua`).
"""

from __future__ import annotations

import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from actes.errors import ArticleError
from actes.publish.bibliography import bibliography_keys
from actes.publish.converter import MARKDOWN, filter_path, run_pandoc
from actes.publish.index import BookIndex, ReadChapter, check_book
from actes.publish.people import read_authors
from actes.publish.source import Source, plain_value
from actes.publish.words import written_date

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from actes.publish.problems import Problems
    from actes.publish.project import Project

__all__ = ["NeutralChapter", "neutral_chapters"]


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
    json
        The pandoc JSON document (``docs/moteur.md``), inside the build directory.
    part
        Title of its part, markdown; empty outside any.
    lang
        Language of its text (BCP 47); the words the book adds stay in the book's.
    toc_depth
        Deepest heading of the page's own contents; 0 for none.
    files
        Figures and linked files, relative to the build directory, where they are.
    """

    slug: str
    source: Path
    kind: str
    number: str
    title: str
    json: Path
    part: str = ""
    lang: str = "en"
    toc_depth: int = 3
    files: tuple[str, ...] = ()


def neutral_chapters(
    project: Project,
    sources: Sequence[Source],
    output_format: str,
    build_dir: Path,
    problems: Problems,
) -> tuple[NeutralChapter, ...]:
    """Number and resolve the whole book for one format.

    Parameters
    ----------
    output_format
        ``html`` or ``pdf``: conditional content is chosen for it.
    build_dir
        Where the JSON documents go (in ``neutral-<format>/``).
    problems
        What was found while reading; every problem of the book is raised together.

    Raises
    ------
    BookError
        With every fault of every chapter.
    """
    work = build_dir / f"neutral-{output_format}"
    work.mkdir(parents=True, exist_ok=True)
    jobs = [(project, source, output_format, work) for source in sources]
    with ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        read = list(pool.map(_read_chapter, jobs))
    index = BookIndex.of(project, read)
    check_book(index, _known_keys(project, problems), problems)
    problems.stop_if_any()
    for chapter in index.chapters:
        _gather_files(project, chapter, build_dir)
    documents = _resolve(project, index, work)
    return tuple(
        _write(chapter, document, work, project.lang)
        for chapter, document in zip(index.chapters, documents, strict=True)
    )


def _known_keys(project: Project, problems: Problems) -> frozenset[str] | None:
    try:
        return bibliography_keys(project)
    except ArticleError as error:
        problems.add_error(error)
        return None


def _read_chapter(job: tuple[Project, Source, str, Path]) -> ReadChapter:
    project, source, output_format, work = job
    entry = source.entry
    stem = entry.slug.replace("/", "--")
    context = work / f"{stem}.context.json"
    metadata = work / f"{stem}.metadata.json"
    _dump(_context(project, source, output_format), context)
    _dump(_metadata(project, source), metadata)
    arguments = [
        f"--from={MARKDOWN}",
        "--to=json",
        f"--metadata-file={metadata}",
        f"--metadata=actes-context:{context}",
        f"--lua-filter={filter_path('neutral.lua')}",
    ]
    output, warnings = run_pandoc(arguments, source.markdown)
    document = json.loads(output)
    gathered = json.loads(document["meta"].pop("actes")["c"])
    return ReadChapter(source, document, gathered, tuple(warnings))


def _context(project: Project, source: Source, output_format: str) -> dict[str, Any]:
    options = source.options
    return {
        "format": output_format,
        "lang": str(source.front_matter.get("lang", project.lang)),
        "path": source.entry.path.as_posix(),
        "directory": source.entry.path.parent.as_posix(),
        "kind": "index" if source.is_index else "chapter",
        "book_title": project.title,
        "number_sections": options.number_sections,
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
        for author in read_authors(front.get("author"))
    ]  # fmt: skip
    return chosen


def _resolve(project: Project, index: BookIndex, work: Path) -> list[dict[str, Any]]:
    """Run citeproc and `resolve.lua` once over all the chapters."""
    index_path = work / "index.json"
    _dump(index.as_json(), index_path)
    merged = {
        "pandoc-api-version": index.chapters[0].document["pandoc-api-version"],
        "meta": {
            "lang": {"t": "MetaString", "c": project.lang},
            "link-citations": {"t": "MetaBool", "c": True},
            "actes-metas": {
                "t": "MetaList",
                "c": [{"t": "MetaMap", "c": each.document["meta"]} for each in index.chapters],
            },
        },
        "blocks": [
            {"t": "Div", "c": [["", [], [["position", str(position)]]], each.document["blocks"]]}
            for position, each in enumerate(index.chapters, 1)
        ],
    }
    arguments = ["--from=json", "--to=json", f"--metadata=actes-index:{index_path}"]
    if index.cited:
        arguments += [f"--bibliography={project.root / path}" for path in project.bibliography]
        arguments += [f"--csl={project.root / project.csl}"] if project.csl else []
        arguments += ["--citeproc"]
        merged["meta"].update(_nocite(project.nocite))
    arguments += [f"--lua-filter={filter_path('resolve.lua')}"]
    output, _warnings = run_pandoc(arguments, json.dumps(merged))
    document = json.loads(output)
    metas = document["meta"]["actes-metas"]["c"]
    return [
        {
            "pandoc-api-version": document["pandoc-api-version"],
            "meta": meta["c"],
            "blocks": block["c"][1],
        }
        for meta, block in zip(metas, document["blocks"], strict=False)
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


def _write(
    chapter: ReadChapter, document: dict[str, Any], work: Path, project_lang: str
) -> NeutralChapter:
    entry = chapter.source.entry
    document["meta"]["number"] = {"t": "MetaString", "c": chapter.number}
    document["meta"]["kind"] = {"t": "MetaString", "c": chapter.kind}
    path = work / f"{entry.slug.replace('/', '--')}.json"
    _dump(document, path)
    options = chapter.source.options
    return NeutralChapter(
        slug=entry.slug,
        source=entry.path,
        kind=chapter.kind,
        number=chapter.number,
        title=chapter.gathered["title"],
        json=path,
        part=entry.part,
        lang=str(chapter.source.front_matter.get("lang", project_lang)),
        toc_depth=options.toc_depth if options.toc else 0,
        files=tuple(sorted(_file_names(chapter))),
    )


def _file_names(chapter: ReadChapter) -> set[str]:
    links = (link["path"] for link in chapter.gathered["links"] if link["kind"] == "file")
    return {*(image["path"] for image in chapter.gathered["images"]), *links}


def _gather_files(project: Project, chapter: ReadChapter, build_dir: Path) -> None:
    """Put the chapter's figures and linked files where every format finds them."""
    for name in _file_names(chapter):
        target = build_dir / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if name in chapter.source.files:
            target.write_bytes(chapter.source.files[name])
        else:
            shutil.copyfile(project.root / name, target)


def _dump(content: object, path: Path) -> None:
    path.write_text(json.dumps(content, ensure_ascii=False), encoding="utf-8", newline="\n")

"""Take an article out of the book, so that it can be read alone.

In: neutral chapters. Out: `Article` records: numbers as in the book, only the references it cites,
no link to what is not there.
Only here: which chapters are articles, and how their files are called.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from actes.publish.keys import ARTICLE_FORMATS
from actes.publish.pandoc_json import plain_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from actes.publish.neutral import NeutralChapter
    from actes.publish.project import Project

__all__ = ["Article", "article_files", "articles"]

_SUFFIXES = {"jats": "xml"}


@dataclass(frozen=True)
class Article:
    """A chapter that names its authors, and can be read alone.

    Attributes
    ----------
    name
        What its files are called, without a suffix: ``vols-de-vehicules``.
    references
        The page of the book's bibliography; None without one.
    """

    name: str
    chapter: NeutralChapter
    references: NeutralChapter | None

    def file_name(self, output_format: str) -> str:
        """Path of its file in the book: ``articles/vols-de-vehicules.xml``."""
        return f"articles/{self.name}.{_SUFFIXES.get(output_format, output_format)}"

    def document(self, references_title: str) -> dict[str, Any]:
        """Give its pandoc document: what it cites comes last, under ``references_title``."""
        document = _read(self.chapter)
        blocks, meta = document["blocks"], document["meta"]
        cited = set(_cited([blocks, meta]))
        entries = [each for each in self._entries() if _identifier(each) in cited]
        kept = {_identifier(each) for each in entries}
        document["blocks"], document["meta"] = _alone(blocks, kept), _alone(meta, kept)
        if entries:
            document["blocks"] += [_heading(references_title), _bibliography(entries)]
        return document

    def author_names(self) -> list[str]:
        """List the names of its authors, in order."""
        authors = _read(self.chapter)["meta"]["author"]["c"]
        return [plain_words(each["c"]["name"]) for each in authors]

    def _entries(self) -> Iterator[dict[str, Any]]:
        if self.references is None:
            return
        for block in _read(self.references)["blocks"]:
            if block["t"] == "Div" and _identifier(block) == "refs":
                yield from block["c"][1]


def articles(chapters: Sequence[NeutralChapter]) -> tuple[Article, ...]:
    """List the articles: numbered chapters whose front matter names an author."""
    references = next((each for each in chapters if each.kind == "references"), None)
    found = [each for each in chapters if each.kind == "chapter" and _has_authors(each)]
    short = [_short_name(each.slug) for each in found]
    return tuple(
        Article(
            name if short.count(name) == 1 else chapter.slug.replace("/", "-"), chapter, references
        )
        for name, chapter in zip(short, found, strict=True)
    )


def article_files(
    project: Project, chapters: Sequence[NeutralChapter]
) -> Mapping[str, tuple[str, ...]]:
    """List, by slug, the files that are made of each article alone."""
    made = [name for name in ARTICLE_FORMATS if name in project.article_formats]
    return {
        each.chapter.slug: tuple(each.file_name(name) for name in made)
        for each in (articles(chapters) if made else ())
    }


def _short_name(slug: str) -> str:
    """``vols-de-vehicules`` for ``reports/vols-de-vehicules/index``."""
    return slug.removesuffix("/index").rsplit("/", 1)[-1]


def _read(chapter: NeutralChapter) -> dict[str, Any]:
    document: dict[str, Any] = json.loads(chapter.document)
    return document


def _has_authors(chapter: NeutralChapter) -> bool:
    return bool(_read(chapter)["meta"].get("author", {}).get("c"))


# -- pandoc's JSON ------------------------------------------------------------------------------


def _identifier(div: Mapping[str, Any]) -> str:
    return str(div["c"][0][0])


def _cited(node: Any) -> Iterator[str]:
    """List the identifiers of what is cited, below a part of the document."""
    if isinstance(node, list):
        for each in node:
            yield from _cited(each)
    elif isinstance(node, dict):
        if node.get("t") == "Span":
            keys = dict(node["c"][0][2]).get("cites", "")
            yield from (f"ref-{key}" for key in keys.split())
        for each in node.values():
            yield from _cited(each)


def _alone(node: Any, entries: set[str]) -> Any:
    """Copy a part of the document; a link that would lead out of it becomes its own words."""
    if isinstance(node, list):
        return [_alone(each, entries) for each in node]
    if not isinstance(node, dict):
        return node
    copied = {key: _alone(each, entries) for key, each in node.items()}
    if copied.get("t") != "Link":
        return copied
    (mark, classes, pairs), content, (target, title) = copied["c"]
    inside = [pair for pair in pairs if pair[0] != "page"]
    leaves = len(inside) < len(pairs) or "file" in classes
    if leaves and target.removeprefix("#") not in entries:
        return {"t": "Span", "c": [[mark, [], inside], content]}
    return {"t": "Link", "c": [[mark, classes, inside], content, [target, title]]}


def _heading(title: str) -> dict[str, Any]:
    words = [{"t": "Str", "c": title}]
    return {"t": "Header", "c": [2, ["bibliographie", ["unnumbered"], []], words]}


def _bibliography(entries: Sequence[Mapping[str, Any]]) -> dict[str, Any]:
    return {"t": "Div", "c": [["refs", ["references"], []], list(entries)]}

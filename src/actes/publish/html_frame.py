"""Say what surrounds a page: the book's title, the list of its pages, what they share.

In: a `Project` and the pages' own HTML. Out: the values of ``theme/html/page.html``.
Only here: the frame. Each `Page` is made alone, by `html`.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from actes.publish.brand import brand_css
from actes.publish.search import text_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from actes.publish.neutral import NeutralChapter
    from actes.publish.project import Project

__all__ = [
    "Page",
    "actions_of",
    "author_names",
    "book_texts",
    "downloads_of",
    "frame_of",
    "label_of",
    "page_frame",
    "path_back",
]

_SCRIPT_WORDS = (
    "copy", "copied", "link_copied", "no_result", "one_result", "n_results", "scrollable_code",
    "preview", "marked", "unmark",
)  # fmt: skip


@dataclass(frozen=True)
class Page:
    """A page before it is framed; every text but ``plain_title`` and ``authors`` is HTML."""

    href: str
    kind: str
    number: str
    lang: str
    title: str
    plain_title: str
    toc: str
    part: str
    byline: str
    abstract: str
    title_id: str
    body: str
    label: str
    authors: str
    actions: tuple[dict[str, str], ...]


def label_of(chapter: NeutralChapter, project: Project) -> str:
    """How a chapter is called: "Chapitre 3"; empty without a number."""
    word = {"chapter": "chapter", "appendix": "appendix"}.get(chapter.kind)
    return f"{project.words[word]} {chapter.number}" if word and chapter.number else ""


def author_names(byline: str) -> str:
    """Names of a chapter's authors, as its page prints them."""
    return ", ".join(_authors(byline))


def _authors(byline: str) -> list[str]:
    return [text_of(each) for each in re.findall(r'<span class="author">(.*?)</span>', byline)]


def book_texts(project: Project) -> list[str]:
    """Short texts of the project file that pages print or describe themselves with; markdown."""
    footer = project.footer
    parts = list(dict.fromkeys(entry.part for entry in project.entries if entry.part))
    about = (project.title, project.subtitle, project.description)
    return [*about, footer.left, footer.center, footer.right, *parts]


def downloads_of(names: Sequence[str], words: Mapping[str, str]) -> list[dict[str, str]]:
    """Links to files that are offered: where, what it is to follow them, the format alone."""
    kinds = [Path(name).suffix[1:] for name in names]
    formats = [escape(words["jats"] if kind == "xml" else kind.upper()) for kind in kinds]
    return [
        {
            "href": quote(name),
            "text": words["download"].format(format=each),
            "format": each,
        }
        for name, each in zip(names, formats, strict=True)
    ]


def frame_of(
    project: Project, pages: Sequence[Page], texts: dict[str, str], downloads: Sequence[str]
) -> dict[str, Any]:
    """Give the values that are the same on every page."""
    words = {name: escape(word) for name, word in project.words.items()}
    cover, logo = project.cover_image, project.brand.logo
    title = texts[project.title]
    return {
        "lang": project.lang,
        "words": words,
        "book": {
            "title": title,
            "subtitle": texts[project.subtitle],
            "plain_title": text_of(title),
            "plain_description": text_of(texts[project.description]),
        },
        "groups": _groups(project, pages, texts),
        "downloads": downloads_of(downloads, words),
        "repo_url": project.repo_url,
        "cover": quote(cover.as_posix()) if cover else "",
        "cover_alt": project.cover_image_alt or project.words["cover"].format(title=text_of(title)),
        "logo": quote(logo.as_posix()) if logo else "",
        "logo_alt": project.brand.logo_alt,
        "has_brand": bool(brand_css(project.brand)),
        "starts_dark": project.starts_dark,
        "style_sheets": [quote(sheet.as_posix()) for sheet in project.style_sheets],
        "footer": {
            side: texts[getattr(project.footer, side)] for side in ("left", "center", "right")
        },
        "search": project.search,
        "script_words": json.dumps(
            {key: project.words[key] for key in _SCRIPT_WORDS}, ensure_ascii=False
        ),
    }


def _groups(project: Project, pages: Sequence[Page], texts: dict[str, str]) -> list[dict[str, Any]]:
    """List the pages by part; the appendices are a part of their own."""
    groups: list[dict[str, Any]] = []
    last: tuple[str, bool] | None = None
    for page, entry in zip(pages, project.entries, strict=False):
        key = (entry.part, entry.is_appendix)
        if key != last:
            title = texts[entry.part]
            if entry.is_appendix and not entry.part:
                title = project.words["appendices"]
            groups.append({"title": title, "pages": [], "page": None})
        if page.kind == "part":
            groups[-1]["page"] = page
        else:
            groups[-1]["pages"].append(page)
        last = key
    return groups


def page_frame(project: Project, page: Page, book: Mapping[str, str]) -> dict[str, Any]:
    """Give the values of one page's frame; ``book`` is that of `frame_of`."""
    description = text_of(page.abstract.partition("</p>")[2]) if page.kind != "index" else ""
    metas = [("author", author.name) for author in project.authors] if page.kind == "index" else []
    if page.authors:
        metas += [("citation_title", page.plain_title)]
        metas += [("citation_author", name) for name in _authors(page.byline)]
        metas += [("citation_inbook_title", book["plain_title"])]
        metas += [("citation_publication_date", project.date_iso)] if project.date_iso else []
    return {
        "root": path_back(page.href),
        "description": description or book["plain_description"],
        "metas": metas,
    }


def actions_of(project: Project, source: str) -> list[dict[str, str]]:
    """Links of a page to its source in the repository."""
    if not project.repo_url:
        return []
    path = "/".join(filter(None, (project.repo_subdir, quote(source))))
    links = {
        "edit": f"{project.repo_url}/edit/{project.repo_branch}/{path}",
        "source": f"{project.repo_url}/blob/{project.repo_branch}/{path}",
        "issue": project.issue_url or f"{project.repo_url}/issues/new",
    }
    return [
        {"href": links[name], "text": project.words[name]}
        for name in project.repo_actions
        if name in links
    ]


def path_back(href: str) -> str:
    """Path from a page back to the book's folder."""
    return "../" * href.count("/")

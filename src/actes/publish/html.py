"""Write the book as a site that is read from a disk, a key or a server, without a network.

In: a `Project` and its neutral chapters. Out: one page per chapter, the theme, the figures and a
search index, in one directory.
Only here: pages. The markup of each construct is in ``html.lua``; looks are in ``theme/html/``.
"""

from __future__ import annotations

import html
import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from actes.files import disk_errors, write_text
from actes.publish.conversion import Conversion
from actes.publish.search import search_entries, text_of
from actes.publish.texts import inline_html

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from actes.publish.conversion import Converter
    from actes.publish.neutral import NeutralChapter
    from actes.publish.project import Project

__all__ = ["render_html"]

THEME = Path(__file__).parent / "theme" / "html"
_CUT = "<!--actes-->"
_SCRIPT_WORDS = ("copy", "copied", "no_result", "one_result", "n_results", "scrollable_code")


@dataclass(frozen=True)
class _Page:
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


def render_html(
    project: Project,
    chapters: Sequence[NeutralChapter],
    build_dir: Path,
    destination: Path,
    *,
    converter: Converter,
    downloads: Sequence[str] = (),
    chapter_downloads: Mapping[str, Sequence[str]] | None = None,
) -> Path:
    """Write the whole site.

    Parameters
    ----------
    chapters
        In reading order; their files lie inside ``build_dir``.
    destination
        A directory; what it already holds is left there.
    downloads
        File names, inside ``destination``, that the pages offer.
    chapter_downloads
        By slug, the files that the chapter's own page offers.

    Returns
    -------
    Path
        The front page.

    Raises
    ------
    ToolError
        T111 when pandoc fails.
    """
    texts = inline_html(_book_texts(project))
    template = (THEME / "fragment.html").read_text(encoding="utf-8")
    fragments = converter.convert(_fragment(project, each, template) for each in chapters)
    pages = [
        _page(project, chapter, fragment.output, texts)
        for chapter, fragment in zip(chapters, fragments, strict=True)
    ]
    frame = _frame(project, pages, texts, downloads)
    template = _template()
    offered = chapter_downloads or {}
    for position, (page, chapter) in enumerate(zip(pages, chapters, strict=True)):
        previous = pages[position - 1] if position and project.page_navigation else None
        following = pages[position + 1 : position + 2] if project.page_navigation else []
        text = template.render(
            **frame,
            **_page_frame(project, page),
            page=page,
            chapter_downloads=_downloads(offered.get(chapter.slug, ()), words=project.words),
            previous=previous,
            next=following[0] if following else None,
        )
        write_text(destination / unquote(page.href), _tidy(text))
    _write_assets(project, pages, destination)
    _copy_files(project, chapters, build_dir, destination)
    return destination / unquote(pages[0].href)


# -- one page ---------------------------------------------------------------------------


def _fragment(project: Project, chapter: NeutralChapter, template: str) -> Conversion:
    words = project.words
    is_index = chapter.kind == "index"
    variables = {
        "w-orcid": words["orcid"].partition("{name}")[0],
        "w-mail": words["mail"].partition("{name}")[0],
        **{f"w-{key}": words[key] for key in ("authors", "abstract", "keywords")},
    }
    return Conversion(
        chapter.json.read_text(encoding="utf-8"),
        reader="json",
        writer="html5",
        steps=("html.lua",),
        context={
            "kind": chapter.kind,
            "root": _root(f"{chapter.slug}.html"),
            "toc_depth": chapter.toc_depth,
            "words": dict(words),
        },
        metadata=_book_metadata(project) if is_index else {},
        template=template,
        variables=variables | ({"w-doi": project.doi} if is_index and project.doi else {}),
    )


def _page(
    project: Project, chapter: NeutralChapter, fragment: str, parts: Mapping[str, str]
) -> _Page:
    href = f"{chapter.slug}.html"
    title, toc, byline, abstract, title_id, body = map(str.strip, fragment.split(_CUT))
    return _Page(
        href=quote(href),
        kind=chapter.kind,
        number=chapter.number,
        lang=chapter.lang,
        title=title,
        plain_title=text_of(title),
        toc=toc,
        part=parts[chapter.part],
        byline=byline,
        abstract=abstract,
        title_id=title_id,
        body=_accessible(body, project.words),
        label=_label(chapter, project),
        authors=_author_names(byline) if chapter.kind != "index" else "",
        actions=tuple(_actions(project, chapter.source.as_posix())),
    )


def _label(chapter: NeutralChapter, project: Project) -> str:
    word = {"chapter": "chapter", "appendix": "appendix"}.get(chapter.kind)
    return f"{project.words[word]} {chapter.number}" if word and chapter.number else ""


def _author_names(byline: str) -> str:
    return ", ".join(
        text_of(each) for each in re.findall(r'<span class="author">(.*?)</span>', byline)
    )


def _root(href: str) -> str:
    return "../" * href.count("/")


def _book_metadata(project: Project) -> dict[str, Any]:
    return {
        "subtitle": project.subtitle,
        "date": project.date,
        "abstract": project.abstract,
        "keywords": list(project.keywords),
        "author": [
            {key: list(value) if isinstance(value, tuple) else value
             for key, value in vars(author).items() if value}
            for author in project.authors
        ],
    }  # fmt: skip


def _accessible(body: str, words: Mapping[str, str]) -> str:
    """Mend what pandoc's writer leaves: unnamed notes and ways back, tick boxes, empty heads."""
    title, back = html.escape(words["footnotes"]), html.escape(words["back"])
    body = re.sub(
        r'(<section id="footnotes"[^>]*>)\s*<hr />',
        rf'\1\n<h2 class="notes-title">{title}</h2>',
        body,
    )
    body = body.replace(
        'class="footnote-back" role="doc-backlink">↩︎',
        f'class="footnote-back" role="doc-backlink" aria-label="{back}">↩\ufe0e',
    )
    body = re.sub(r"<th([^>]*)></th>", r"<td\1></td>", body)
    return body.replace('<input type="checkbox"', '<input type="checkbox" disabled=""')


# -- what all pages share ---------------------------------------------------------------


def _book_texts(project: Project) -> list[str]:
    footer = project.footer
    parts = list(dict.fromkeys(entry.part for entry in project.entries if entry.part))
    return [project.title, project.subtitle, footer.left, footer.center, footer.right, *parts]


def _frame(
    project: Project, pages: Sequence[_Page], texts: dict[str, str], downloads: Sequence[str]
) -> dict[str, Any]:
    words = project.words
    cover = project.cover_image
    title = texts[project.title]
    return {
        "lang": project.lang,
        "words": words,
        "book": {
            "title": title,
            "subtitle": texts[project.subtitle],
            "plain_title": text_of(title),
        },
        "groups": _groups(project, pages, texts),
        "downloads": _downloads(downloads, words=words),
        "repo_url": project.repo_url,
        "cover": quote(cover.as_posix()) if cover else "",
        "cover_alt": project.cover_image_alt or words["cover"].format(title=text_of(title)),
        "footer": {
            side: texts[getattr(project.footer, side)] for side in ("left", "center", "right")
        },
        "search": project.search,
        "script_words": json.dumps({key: words[key] for key in _SCRIPT_WORDS}, ensure_ascii=False),
    }


def _downloads(names: Sequence[str], *, words: Mapping[str, str]) -> list[dict[str, str]]:
    return [
        {
            "href": quote(name),
            "text": words["download"].format(format=Path(name).suffix[1:].upper()),
        }
        for name in names
    ]


def _groups(
    project: Project, pages: Sequence[_Page], texts: dict[str, str]
) -> list[dict[str, Any]]:
    """List the pages by part; the appendices are a part of their own."""
    groups: list[dict[str, Any]] = []
    last: tuple[str, bool] | None = None
    for page, entry in zip(pages, project.entries, strict=False):
        key = (entry.part, entry.is_appendix)
        if key != last:
            title = texts[entry.part]
            if entry.is_appendix and not entry.part:
                title = project.words["appendices"]
            groups.append({"title": title, "pages": []})
        groups[-1]["pages"].append(page)
        last = key
    return groups


def _page_frame(project: Project, page: _Page) -> dict[str, Any]:
    description = text_of(page.abstract.partition("</p>")[2]) if page.kind != "index" else ""
    metas = [("author", author.name) for author in project.authors] if page.kind == "index" else []
    if page.authors:
        metas += [("citation_title", page.plain_title)]
        metas += [("citation_author", name) for name in page.authors.split(", ")]
        metas += [("citation_inbook_title", text_of(project.title))]
        metas += [("citation_publication_date", project.date_iso)] if project.date_iso else []
    return {
        "root": _root(page.href),
        "description": description or project.description,
        "metas": metas,
    }


def _actions(project: Project, source: str) -> list[dict[str, str]]:
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


def _template() -> Any:
    # Jinja2 loads slowly: only a render pays for it. Texts are escaped where they are made.
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.FileSystemLoader(THEME),
        keep_trailing_newline=True,
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701 - values are HTML made here; the others are escaped in it
    )
    return environment.get_template("page.html")


def _tidy(text: str) -> str:
    return re.sub(r"\n{3,}", "\n\n", "\n".join(line.rstrip() for line in text.splitlines())) + "\n"


# -- files ------------------------------------------------------------------------------


def _write_assets(project: Project, pages: Sequence[_Page], destination: Path) -> None:
    for name in ("book.css", "book.js", "theme.js"):
        write_text(destination / "assets" / name, (THEME / name).read_text(encoding="utf-8"))
    if project.search:
        entries = [entry for page in pages for entry in search_entries(page)]
        index = json.dumps(entries, ensure_ascii=False, indent=0)
        write_text(destination / "assets" / "search-index.js", f"window.actesSearch = {index};\n")


def _copy_files(
    project: Project, chapters: Sequence[NeutralChapter], build_dir: Path, destination: Path
) -> None:
    names = sorted({name for chapter in chapters for name in chapter.files})
    cover = project.cover_image
    sources = {name: build_dir / name for name in names}
    if cover:
        sources[cover.as_posix()] = project.root / cover
    sources |= {path.as_posix(): project.root / path for path in project.resources}
    for name, source in sources.items():
        target = destination / name
        with disk_errors(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)

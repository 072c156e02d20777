"""Write the book as a site that is read from a disk, a key or a server, without a network.

In: a `Project` and its neutral chapters. Out: one page per chapter, the theme, the figures and a
search index, in one directory.
Only here: pages. The markup of each construct is in ``html.lua``; looks are in ``theme/html/``.
"""

from __future__ import annotations

import html
import json
import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from actes.files import fill
from actes.publish.brand import brand_css
from actes.publish.conversion import Conversion
from actes.publish.html_frame import (
    Page,
    actions_of,
    author_names,
    book_texts,
    downloads_of,
    frame_of,
    label_of,
    page_frame,
    path_back,
)
from actes.publish.previews import previews_of
from actes.publish.search import search_index, text_of
from actes.publish.texts import inline_html

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from actes.publish.conversion import Converter
    from actes.publish.memory import Memory
    from actes.publish.neutral import NeutralChapter
    from actes.publish.project import Project

__all__ = ["render_html"]

THEME = Path(__file__).parent / "theme" / "html"
_CUT = "<!--actes-->"
_SCRIPTS = ("theme.js", "book.js", "hover.js", "search.js")


def render_html(
    project: Project,
    chapters: Sequence[NeutralChapter],
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
        In reading order.
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
    brought = {name: each for chapter in chapters for name, each in chapter.files.items()}
    template = (THEME / "fragment.html").read_text(encoding="utf-8")
    with ThreadPoolExecutor() as meanwhile:
        filled = meanwhile.submit(fill, destination, brought | _own_files(project))
        page_template = meanwhile.submit(_template)
        texts = inline_html(book_texts(project), converter)
        fragments = converter.convert(_fragment(project, each, template) for each in chapters)
        filled.result()
    pages = [
        _page(project, chapter, fragment.output, texts)
        for chapter, fragment in zip(chapters, fragments, strict=True)
    ]
    frame = frame_of(project, pages, texts, downloads)
    written = _written(project, pages, frame, page_template.result(), chapter_downloads or {})
    fill(destination, _looks(project) | _data(project, pages, converter.memory) | written)
    return destination / unquote(pages[0].href)


def _written(
    project: Project,
    pages: Sequence[Page],
    frame: Mapping[str, Any],
    template: Any,
    downloads: Mapping[str, Sequence[str]],
) -> dict[str, bytes]:
    """Give each page, by its path, between those before and after it."""
    written = {}
    for position, page in enumerate(pages):
        previous = pages[position - 1] if position and project.page_navigation else None
        following = pages[position + 1 : position + 2] if project.page_navigation else []
        path = unquote(page.href)
        text = template.render(
            **frame,
            **page_frame(project, page, frame["book"]),
            page=page,
            chapter_downloads=downloads_of(
                downloads.get(path.removesuffix(".html"), ()), project.words
            ),
            part_page=_part_page(pages, page),
            previous=previous,
            next=following[0] if following else None,
        )
        written[path] = _tidy(text).encode()
    return written


def _part_page(pages: Sequence[Page], page: Page) -> Page | None:
    found = (each for each in pages if each.kind == "part" and each.part == page.part)
    return next(found, None)


# -- one page ---------------------------------------------------------------------------


def _fragment(project: Project, chapter: NeutralChapter, template: str) -> Conversion:
    words = project.words
    is_index = chapter.kind == "index"
    named = {key: words[key] for key in ("authors", "abstract", "keywords")}
    named |= {key: words[key].partition("{name}")[0] for key in ("orcid", "mail")}
    if is_index and project.doi:
        named["doi"] = project.doi
    return Conversion(
        chapter.document,
        reader="json",
        writer="html5",
        steps=("html.lua",),
        context={
            "kind": chapter.kind,
            "root": path_back(f"{chapter.slug}.html"),
            "toc_depth": chapter.toc_depth,
            "words": dict(words),
            "data": dict(chapter.data_tables),
        },
        metadata=_book_metadata(project) if is_index else {},
        template=template,
        # pandoc does not escape variables.
        variables={f"w-{key}": html.escape(text) for key, text in named.items()},
    )


def _page(
    project: Project, chapter: NeutralChapter, fragment: str, parts: Mapping[str, str]
) -> Page:
    href = f"{chapter.slug}.html"
    title, toc, byline, abstract, title_id, body = map(str.strip, fragment.split(_CUT))
    return Page(
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
        label=label_of(chapter, project),
        authors=author_names(byline) if chapter.kind != "index" else "",
        actions=tuple(actions_of(project, chapter.source.as_posix())),
    )


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
    """Mend what pandoc's writer leaves without a name: notes, boxes, heads, numbers of lines."""
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
    body = re.sub(r"<th([^>]*)>(?:\s|&nbsp;)*</th>", r"<td\1></td>", body)
    body = re.sub(r'(<a href="#cb\d+-\d+")(?=></a>)', r'\1 aria-hidden="true" tabindex="-1"', body)
    return body.replace('<input type="checkbox"', '<input type="checkbox" disabled=""')


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


# -- beside the pages -------------------------------------------------------------------


def _looks(project: Project) -> dict[str, bytes]:
    looks = {
        f"assets/{name}": (THEME / name).read_text(encoding="utf-8").encode()
        for name in ("book.css", *_SCRIPTS)
    }
    if css := brand_css(project.brand):
        looks["assets/brand.css"] = css.encode()
    return looks


def _data(project: Project, pages: Sequence[Page], memory: Memory) -> dict[str, bytes]:
    data = {"assets/previews.js": _script("actesPreviews", previews_of(pages))}
    if project.search:
        data["assets/search-index.js"] = _script("actesSearch", search_index(pages, memory))
    return data


def _script(name: str, content: object) -> bytes:
    """Write data as a script: a page read from a disk may load nothing else."""
    text = json.dumps(content, ensure_ascii=False, indent=0)
    return f"window.{name} = {text};\n".encode()


def _own_files(project: Project) -> dict[str, Path]:
    """Find what the project file brings in by itself."""
    pictures = filter(None, (project.cover_image, project.brand.logo))
    return {
        path.as_posix(): project.root / path
        for path in (*pictures, *project.resources, *project.style_sheets)
    }

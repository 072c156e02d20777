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
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import quote, unquote

from actes.files import disk_errors, write_text
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
    texts = inline_html(book_texts(project))
    template = (THEME / "fragment.html").read_text(encoding="utf-8")
    fragments = converter.convert(
        _fragment(project, each, build_dir, template) for each in chapters
    )
    pages = [
        _page(project, chapter, fragment.output, texts)
        for chapter, fragment in zip(chapters, fragments, strict=True)
    ]
    frame = frame_of(project, pages, texts, downloads)
    template = _template()
    offered = chapter_downloads or {}
    for position, (page, chapter) in enumerate(zip(pages, chapters, strict=True)):
        previous = pages[position - 1] if position and project.page_navigation else None
        following = pages[position + 1 : position + 2] if project.page_navigation else []
        text = template.render(
            **frame,
            **page_frame(project, page),
            page=page,
            chapter_downloads=downloads_of(offered.get(chapter.slug, ()), project.words),
            part_page=_part_page(pages, page),
            previous=previous,
            next=following[0] if following else None,
        )
        write_text(destination / unquote(page.href), _tidy(text))
    _write_assets(project, pages, destination, converter.memory)
    _copy_files(project, chapters, build_dir, destination)
    return destination / unquote(pages[0].href)


def _part_page(pages: Sequence[Page], page: Page) -> Page | None:
    found = (each for each in pages if each.kind == "part" and each.part == page.part)
    return next(found, None)


# -- one page ---------------------------------------------------------------------------


def _fragment(
    project: Project, chapter: NeutralChapter, build_dir: Path, template: str
) -> Conversion:
    words = project.words
    is_index = chapter.kind == "index"
    named = {key: words[key] for key in ("authors", "abstract", "keywords")}
    named |= {key: words[key].partition("{name}")[0] for key in ("orcid", "mail")}
    if is_index and project.doi:
        named["doi"] = project.doi
    return Conversion(
        chapter.json.read_text(encoding="utf-8"),
        reader="json",
        writer="html5",
        steps=("html.lua",),
        context={
            "kind": chapter.kind,
            "root": path_back(f"{chapter.slug}.html"),
            "toc_depth": chapter.toc_depth,
            "words": dict(words),
            "data": _data_tables(chapter, build_dir),
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


def _data_tables(chapter: NeutralChapter, build_dir: Path) -> dict[str, str]:
    """The data behind the chapter's figures, as the tables that its page shows, by CSV."""
    tables = {name: build_dir / f"{name}.html" for name in chapter.files if name.endswith(".csv")}
    return {
        name: path.read_text(encoding="utf-8") for name, path in tables.items() if path.is_file()
    }


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
    body = re.sub(r"<th([^>]*)>(?:\s|&nbsp;)*</th>", r"<td\1></td>", body)
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


# -- files ------------------------------------------------------------------------------


def _write_assets(
    project: Project, pages: Sequence[Page], destination: Path, memory: Memory
) -> None:
    assets = destination / "assets"
    for name in ("book.css", *_SCRIPTS):
        write_text(assets / name, (THEME / name).read_text(encoding="utf-8"))
    if css := brand_css(project.brand):
        write_text(assets / "brand.css", css)
    _write_data(assets / "previews.js", "actesPreviews", previews_of(pages))
    if project.search:
        _write_data(assets / "search-index.js", "actesSearch", search_index(pages, memory))


def _write_data(path: Path, name: str, content: object) -> None:
    """Write data as a script: a page read from a disk may load nothing else."""
    text = json.dumps(content, ensure_ascii=False, indent=0)
    write_text(path, f"window.{name} = {text};\n")


def _copy_files(
    project: Project, chapters: Sequence[NeutralChapter], build_dir: Path, destination: Path
) -> None:
    names = sorted({name for chapter in chapters for name in chapter.files})
    sources = {name: build_dir / name for name in names}
    for picture in filter(None, (project.cover_image, project.brand.logo)):
        sources[picture.as_posix()] = project.root / picture
    brought = (*project.resources, *project.style_sheets)
    sources |= {path.as_posix(): project.root / path for path in brought}
    for name, source in sources.items():
        target = destination / name
        with disk_errors(target):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(source, target)

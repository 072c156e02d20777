"""Write the book, or one article, as a Word document for those who review it.

In: a `Project` and neutral chapters. Out: one file, the same bytes for the same sources.
Only here: the Word container and its properties. The style of each construct is chosen in
``docx.lua``; looks are in ``theme/docx/``.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any
from xml.sax.saxutils import escape

from actes.files import write_bytes
from actes.publish.converter import filter_path, run_pandoc
from actes.publish.drawings import png_of, width_inches
from actes.publish.edition import edition_day, extract_words, language_tag, print_words
from actes.publish.pandoc_json import meta_value
from actes.publish.texts import plain_text
from actes.publish.zipped import packed, unpacked

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from actes.publish.articles import Article
    from actes.publish.conversion import Converter
    from actes.publish.neutral import NeutralChapter
    from actes.publish.project import Project

__all__ = ["render_article_docx", "render_docx"]

THEME = Path(__file__).parent / "theme" / "docx"
_LETTER, _A4 = (12240, 15840), (11906, 16838)  # twentieths of a point
_SAME_PAGE = '<w:spacing w:before="360"'
_CHAPTER_BREAK = f"<w:pageBreakBefore/>{_SAME_PAGE}"
_FOOTER = "rIdFoot"
_RELATION = (
    f'<Relationship Id="{_FOOTER}" Target="footer1.xml" Type="http://schemas.openxmlformats.org/'
    'officeDocument/2006/relationships/footer"/>'
)
_FOOTER_TYPE = (
    '<Override PartName="/word/footer1.xml" ContentType="application/vnd.openxmlformats-'
    'officedocument.wordprocessingml.footer+xml"/>'
)
_APP = (
    '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<Properties xmlns="http://schemas.'
    'openxmlformats.org/officeDocument/2006/extended-properties"><Application>Actes</Application>'
    "</Properties>\n"
)
# `docx.lua` leaves a mark in a cell that has colours of its own; Word keeps them with the cell.
# A table of data, maybe in a box, which is one too.
_TABLE = re.compile(r"<w:tbl>(?:(?!<w:tbl>).)*?</w:tbl>", re.DOTALL)
_BOX = (
    '<w:tbl><w:tblPr><w:tblW w:type="pct" w:w="5000"/><w:tblLayout w:type="fixed"/><w:tblCellMar>'
)
_STYLED = re.compile(r'<w:pPr><w:pStyle w:val="[^"]*" ?/>')
_SHORT_TABLE = 16
"""Rows of a table that is never cut between two pages."""
_ROWS_WITH_HEAD = 6
"""Rows of a longer table that are never parted from its head."""
_CODE = '<w:rStyle w:val="VerbatimChar" />'
# LibreOffice forgets the typeface of a character style inside a table.
_MONO = '<w:rFonts w:ascii="Courier New" w:hAnsi="Courier New" w:cs="Courier New"/>'
_COLOURED = re.compile(
    r"<w:tc>\s*<w:tcPr\s*(?:/>|>(?P<inner>(?:(?!</w:tcPr>).)*)</w:tcPr>)(?P<before>(?:(?!</w:tc>).)*?)"
    r"<!--actes-cell (?P<fill>[0-9A-Fa-f]{6}) (?P<ink>[0-9A-Fa-f]{6})-->(?P<rest>.*?)</w:tc>",
    re.DOTALL,
)


def render_docx(
    project: Project,
    chapters: Sequence[NeutralChapter],
    build_dir: Path,
    destination_file: Path,
    *,
    converter: Converter,
) -> Path:
    """Write the whole book as one Word document.

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
    documents = [json.loads(each.document) for each in chapters]
    content = {
        "pandoc-api-version": documents[0]["pandoc-api-version"],
        "blocks": _blocks(chapters, documents),
        "meta": meta_value({
            "book": _book_meta(project),
            "chapters": [_chapter_meta(*pair) for pair in zip(chapters, documents, strict=True)],
        })["c"],
    }  # fmt: skip
    names = {name for chapter in chapters for name in chapter.files}
    work = build_dir / "docx" / "book"
    made = _document(project, content, sorted(names), build_dir, work)
    properties = _core(
        project, plain_text(project.title, converter), [author.name for author in project.authors]
    )
    return write_bytes(destination_file, _finished(made, properties))


def render_article_docx(
    project: Project,
    article: Article,
    build_dir: Path,
    destination_file: Path,
    *,
    converter: Converter,
) -> Path:
    """Write one article as a Word document; as `render_docx`."""
    document = article.document(project.words["references"])
    meta = {
        **document["meta"],
        "source": plain_text(extract_words(project), converter),
    }
    content = {
        "pandoc-api-version": document["pandoc-api-version"],
        "blocks": [_chapter_div(article.chapter, document["blocks"])],
        "meta": meta_value({"chapters": [meta]})["c"],
    }
    work = build_dir / "docx" / article.name
    made = _document(
        project, content, article.chapter.files, build_dir, work, article=article
    )  # fmt: skip
    properties = _core(project, article.chapter.title, article.author_names())
    return write_bytes(destination_file, _finished(made, properties))


# -- the content --------------------------------------------------------------------------------


def _blocks(
    chapters: Sequence[NeutralChapter], documents: Sequence[Mapping[str, Any]]
) -> list[dict[str, Any]]:
    """Put chapters, each in its own div, after the title of the part that they open."""
    blocks: list[dict[str, Any]] = []
    part = ""
    for chapter, document in zip(chapters, documents, strict=True):
        if chapter.part and chapter.part != part:
            blocks.append({"t": "Para", "c": [{"t": "Str", "c": chapter.part}]})
        part = chapter.part
        blocks.append(_chapter_div(chapter, document["blocks"]))
    return blocks


def _chapter_div(chapter: NeutralChapter, blocks: list[Any]) -> dict[str, Any]:
    pairs = [
        ["slug", chapter.slug],
        ["kind", chapter.kind],
        ["lang", chapter.lang],
    ]
    return {"t": "Div", "c": [["", ["actes-chapter"], pairs], blocks]}


def _chapter_meta(chapter: NeutralChapter, document: Mapping[str, Any]) -> dict[str, Any]:
    """Give a chapter's metadata; those of the front page are the book's."""
    return {"title": chapter.title} if chapter.kind == "index" else dict(document["meta"])


def _book_meta(project: Project) -> dict[str, Any]:
    return {
        "title": project.title,
        "subtitle": project.subtitle,
        "author": [
            {**vars(author), "affiliations": list(author.affiliations)}
            for author in project.authors
        ],
        "date": project.date,
        "abstract": project.abstract or project.description,
    }


# -- from content to a document -----------------------------------------------------------------


def _document(
    project: Project,
    content: dict[str, Any],
    names: Iterable[str],
    build_dir: Path,
    work: Path,
    *,
    article: Article | None = None,
) -> bytes:
    work.mkdir(parents=True, exist_ok=True)
    tag = language_tag(article.chapter.lang if article else project.lang)
    context = {
        "words": dict(project.words),
        "pictures": _pictures(names, build_dir, work),
        "tag": tag,
        "lang": article.chapter.lang if article else project.lang,
        "tags": {short: language_tag(short) for short in ("fr", "en")},
        "folded": print_words(project.lang)["folded"],
        "is_article": article is not None,
        "levels_up": 1 if article else 0,
    }
    content["meta"]["actes-context"] = meta_value(json.dumps(context))
    reference = work / "reference.docx"
    reference.write_bytes(_reference(tag, work, opens_pages=article is None))
    made = work / "made.docx"
    arguments = [
        "--from=json",
        "--to=docx",
        f"--output={made}",
        f"--reference-doc={reference}",
        f"--resource-path={build_dir}",
        "--syntax-highlighting=none",
        f"--lua-filter={filter_path('docx.lua')}",
    ]
    run_pandoc(arguments, json.dumps(content))
    return made.read_bytes()


def _pictures(names: Iterable[str], build_dir: Path, work: Path) -> dict[str, dict[str, Any]]:
    """Draw as points what Word can't show; give each its new path, and its width."""
    vector = [name for name in names if Path(name).suffix.lower() == ".svg"]
    drawn = png_of(vector, build_dir)
    pictures = {}
    for position, (name, content) in enumerate(drawn.items(), 1):
        path = work / f"figure-{position:04d}.png"
        path.write_bytes(content)
        pictures[name] = {
            "path": path.relative_to(build_dir).as_posix(),
            "width_inches": width_inches(content),
        }
    return pictures


def _reference(tag: str, work: Path, *, opens_pages: bool) -> bytes:
    """Give pandoc's own reference document our styles, page and foot."""
    default = work / "default.docx"
    run_pandoc([f"--output={default}", "--print-default-data-file=reference.docx"], "")
    parts = unpacked(default.read_bytes())
    styles = (THEME / "styles.xml").read_text(encoding="utf-8").replace("LANG", tag)
    if not opens_pages:
        styles = styles.replace(_CHAPTER_BREAK, _SAME_PAGE, 1)
    parts["word/styles.xml"] = styles.encode()
    parts["word/footer1.xml"] = (THEME / "footer.xml").read_bytes()
    _put(parts, "[Content_Types].xml", "</Types>", _FOOTER_TYPE)
    _put(parts, "word/_rels/document.xml.rels", "</Relationships>", _RELATION)
    body = parts["word/document.xml"].decode()
    head, _body, _rest = body.partition("<w:body>")
    parts["word/document.xml"] = f"{head}<w:body>{_section(tag)}</w:body></w:document>".encode()
    settings = parts["word/settings.xml"].decode()
    settings = re.sub(r'(<w:themeFontLang w:val=")[^"]*', rf"\g<1>{tag}", settings)
    parts["word/settings.xml"] = settings.encode()
    return packed(parts)


def _section(tag: str) -> str:
    """Write the page: Letter in North America, else A4; margins of an inch, and the foot."""
    width, height = _LETTER if tag.rpartition("-")[2] in ("CA", "US") else _A4
    return (
        f'<w:sectPr><w:footerReference w:type="default" r:id="{_FOOTER}"/>'
        f'<w:pgSz w:w="{width}" w:h="{height}"/><w:pgMar w:top="1440" w:right="1440" '
        'w:bottom="1440" w:left="1440" w:header="708" w:footer="708" w:gutter="0"/></w:sectPr>'
    )


def _put(parts: dict[str, bytes], name: str, end: str, addition: str) -> None:
    parts[name] = parts[name].decode().replace(end, addition + end).encode()


def _finished(made: bytes, properties: str) -> bytes:
    """Write the properties ourselves (pandoc's name the moment), and the colours of cells."""
    parts = unpacked(made)
    parts["docProps/core.xml"] = properties.encode()
    parts["docProps/app.xml"] = _APP.encode()
    body = _COLOURED.sub(_with_colours, parts["word/document.xml"].decode())
    parts["word/document.xml"] = _TABLE.sub(_printable, body).encode()
    return packed(parts)


def _printable(table: re.Match[str]) -> str:
    """Cut no row, nor a table that is short, nor its head from its rows; keep code what it is."""
    if table[0].startswith(_BOX):
        return table[0]
    first, *rows = table[0].split("<w:tr>")
    kept = len(rows) - 1 if len(rows) <= _SHORT_TABLE else _ROWS_WITH_HEAD
    rows = [_STYLED.sub(r"\g<0><w:keepNext/>", row) for row in rows[:kept]] + rows[kept:]
    whole = "<w:tr><w:trPr><w:cantSplit/></w:trPr>".join([first, *rows])
    return whole.replace("</w:trPr><w:trPr>", "").replace(_CODE, _CODE + _MONO)


def _with_colours(cell: re.Match[str]) -> str:
    fill = f'<w:shd w:val="clear" w:color="auto" w:fill="{cell["fill"]}"/>'
    ink = f'<w:color w:val="{cell["ink"]}"/>'
    text = cell["before"] + cell["rest"]
    text = re.sub(r"<w:r>(?!\s*<w:rPr>)", f"<w:r><w:rPr>{ink}</w:rPr>", text)
    text = re.sub(r"<w:rPr>(?!<w:color)", f"<w:rPr>{ink}", text)
    return f"<w:tc><w:tcPr>{cell['inner'] or ''}{fill}</w:tcPr>{text}</w:tc>"


def _core(project: Project, title: str, authors: Sequence[str]) -> str:
    moment = f"{edition_day(project).isoformat()}T00:00:00Z"
    dates = "".join(
        f'<dcterms:{name} xsi:type="dcterms:W3CDTF">{moment}</dcterms:{name}>'
        for name in ("created", "modified")
    )
    return (
        '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n<cp:coreProperties '
        'xmlns:cp="http://schemas.openxmlformats.org/package/2006/metadata/core-properties" '
        'xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:dcterms="http://purl.org/dc/terms/" '
        'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">'
        f"<dc:title>{escape(title)}</dc:title><dc:creator>{escape('; '.join(authors))}</dc:creator>"
        f"<dc:language>{language_tag(project.lang)}</dc:language>"
        f"<cp:keywords>{escape(', '.join(project.keywords))}</cp:keywords>{dates}"
        "</cp:coreProperties>\n"
    )

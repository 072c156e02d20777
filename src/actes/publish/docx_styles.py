"""Write the styles of the Word documents: what a reviewer sees, and finds in the list of styles.

In: a language tag, and whether chapters open on a new page. Out: the parts of a reference document
that pandoc completes.
Only here: looks. Names are Word's own where it has one, so that a reviewer's template can take over.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["footer_xml", "section_xml", "styles_xml"]

_W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_HEAD = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_SERIF = "Times New Roman"
_MONO = "Courier New"
_ACCENT = "1F3A5F"
_LETTER, _A4 = (12240, 15840), (11906, 16838)  # twentieths of a point
_MARGIN = 1440


@dataclass(frozen=True)
class _Style:
    """One style: ``paragraph`` and ``run`` are the inside of its ``w:pPr`` and ``w:rPr``."""

    identifier: str
    name: str
    paragraph: str = ""
    run: str = ""
    base: str = "Normal"
    following: str = ""
    kind: str = "paragraph"

    def xml(self) -> str:
        default = ' w:default="1"' if self.identifier in _DEFAULTS else ""
        based = f'<w:basedOn w:val="{self.base}"/>' if self.base != self.identifier else ""
        following = f'<w:next w:val="{self.following}"/>' if self.following else ""
        paragraph = f"<w:pPr>{self.paragraph}</w:pPr>" if self.paragraph else ""
        run = f"<w:rPr>{self.run}</w:rPr>" if self.run else ""
        return (
            f'<w:style w:type="{self.kind}"{default} w:styleId="{self.identifier}">'
            f'<w:name w:val="{self.name}"/>{based}{following}<w:qFormat/>{paragraph}{run}</w:style>'
        )


_DEFAULTS = {"Normal", "DefaultParagraphFont"}


def _spacing(before: int, after: int, line: int = 0) -> str:
    """Space around a paragraph in points; ``line`` in 240ths of a line."""
    lines = f' w:line="{line}" w:lineRule="auto"' if line else ""
    return f'<w:spacing w:before="{before * 20}" w:after="{after * 20}"{lines}/>'


def _size(points: float) -> str:
    return f'<w:sz w:val="{round(points * 2)}"/><w:szCs w:val="{round(points * 2)}"/>'


def _font(name: str) -> str:
    return f'<w:rFonts w:ascii="{name}" w:hAnsi="{name}" w:cs="{name}" w:eastAsia="{name}"/>'


_BOLD, _ITALIC = "<w:b/><w:bCs/>", "<w:i/><w:iCs/>"
_INK = f'<w:color w:val="{_ACCENT}"/>'
_KEEP = "<w:keepNext/><w:keepLines/>"
_BAR = (
    '<w:pBdr><w:left w:val="single" w:sz="18" w:space="8" w:color="{colour}"/></w:pBdr>'
    '<w:shd w:val="clear" w:color="auto" w:fill="F3F5F8"/>'
)


def _heading(level: int, size: float, before: int, *, extra: str = "") -> _Style:
    paragraph = (
        f'{_KEEP}{extra}{_spacing(before, 6)}<w:outlineLvl w:val="{level - 1}"/>'
    )  # fmt: skip
    return _Style(
        f"Heading{level}", f"heading {level}", paragraph,
        f"{_BOLD if level > 1 else ''}{_INK}{_size(size)}", following="BodyText",
    )  # fmt: skip


def _text_styles() -> Iterator[_Style]:
    body = _spacing(0, 7, 276)
    yield _Style("Normal", "Normal")
    yield _Style("BodyText", "Body Text", body)
    yield _Style("FirstParagraph", "First Paragraph", base="BodyText", following="BodyText")
    yield _Style("Compact", "Compact", _spacing(0, 2), base="BodyText")
    yield _Style("BlockText", "Block Text", f'{_spacing(4, 8)}<w:ind w:left="567" w:right="567"/>')
    yield _Style("Quote", "Quote", base="BlockText")
    yield _Style("DefinitionTerm", "Definition Term", f"{_KEEP}{_spacing(4, 0)}", _BOLD)
    yield _Style("Definition", "Definition", f'{_spacing(0, 5)}<w:ind w:left="425"/>')
    yield _Style("Bibliography", "Bibliography", f'{_spacing(0, 5)}<w:ind w:left="425" w:hanging="425"/>')
    yield _Style("FootnoteText", "footnote text", _spacing(0, 3), _size(9.5))
    yield _Style("FootnoteBlockText", "Footnote Block Text", base="FootnoteText")


def _title_styles() -> Iterator[_Style]:
    left = '<w:jc w:val="left"/>'
    yield _Style("Title", "Title", f"{_KEEP}{_spacing(0, 6)}{left}", f"{_INK}{_size(24)}", following="BodyText")
    yield _Style("Subtitle", "Subtitle", f"{_KEEP}{_spacing(0, 10)}{left}", f"{_ITALIC}{_size(14)}")
    yield _Style("Author", "Author", f"{_KEEP}{_spacing(4, 0)}", f"<w:smallCaps/>{_size(12)}")
    yield _Style("Affiliation", "Affiliation", f"{_spacing(0, 2)}", f"{_ITALIC}{_size(10)}")
    yield _Style("Date", "Date", _spacing(6, 6), _size(10))
    yield _Style("AbstractTitle", "Abstract Title", f"{_KEEP}{_spacing(12, 3)}", f"{_BOLD}{_INK}")
    yield _Style("Abstract", "Abstract", f'{_spacing(0, 5)}<w:ind w:left="283" w:right="283"/>', _size(10.5))
    yield _Style("PartTitle", "Part Title", f'{_KEEP}<w:pageBreakBefore/>{_spacing(200, 0)}<w:outlineLvl w:val="0"/>',
                 f"{_INK}{_size(28)}")  # fmt: skip
    yield _Style("TOCHeading", "TOC Heading", f"{_KEEP}{_spacing(18, 8)}", f"{_INK}{_size(16)}")
    for level in (1, 2, 3):
        indent = f'<w:ind w:left="{(level - 1) * 283}"/>'
        yield _Style(f"TOC{level}", f"toc {level}", f"{_spacing(3 if level == 1 else 0, 1)}{indent}")


def _block_styles() -> Iterator[_Style]:
    yield _Style("Figure", "Figure", f'<w:keepNext/>{_spacing(10, 4)}<w:jc w:val="center"/>')
    yield _Style("Caption", "caption", _spacing(2, 10), _size(10))
    yield _Style("ImageCaption", "Image Caption", "<w:keepLines/>", base="Caption")
    yield _Style("TableCaption", "Table Caption", f"{_KEEP}{_spacing(10, 4)}", base="Caption")
    yield _Style("TableText", "Table Text", _spacing(1, 1), _size(10))
    yield _Style("Gap", "Gap", _spacing(0, 2), _size(7))
    yield _Style("Equation", "Equation", f'<w:tabs><w:tab w:val="center" w:pos="4680"/><w:tab w:val="right" w:pos="9350"/></w:tabs>{_spacing(6, 8)}')
    yield _Style("SourceCode", "Source Code", f'<w:shd w:val="clear" w:color="auto" w:fill="F5F5F5"/>{_spacing(4, 8)}<w:ind w:left="142"/>',
                 f"{_font(_MONO)}<w:noProof/>{_size(9)}")  # fmt: skip
    yield _Style("CodeName", "Code Name", f"{_KEEP}{_spacing(6, 0)}", f"{_font(_MONO)}{_BOLD}<w:noProof/>{_size(9)}")
    box = _BAR.format(colour=_ACCENT) + _spacing(0, 4) + '<w:ind w:left="283" w:right="283"/>'
    yield _Style("Callout", "Callout", box, _size(10.5))
    yield _Style("CalloutTitle", "Callout Title", _KEEP, f"{_BOLD}{_INK}", base="Callout", following="Callout")
    yield _Style("TabTitle", "Tab Title", f"{_KEEP}{_spacing(8, 3)}", f"{_BOLD}{_INK}")
    yield _Style("Source", "Source", _spacing(0, 12), f"{_ITALIC}{_size(10)}")


def _character_styles() -> Iterator[_Style]:
    kind, base = "character", "DefaultParagraphFont"
    yield _Style("DefaultParagraphFont", "Default Paragraph Font", base=base, kind=kind)
    yield _Style("VerbatimChar", "Verbatim Char", "", f"{_font(_MONO)}<w:noProof/>{_size(9.5)}", base, kind=kind)
    yield _Style("SectionNumber", "Section Number", base=base, kind=kind)
    yield _Style("FootnoteReference", "footnote reference", "", '<w:vertAlign w:val="superscript"/>', base, kind=kind)
    yield _Style("Hyperlink", "Hyperlink", "", '<w:color w:val="1F3A5F"/><w:u w:val="single"/>', base, kind=kind)
    yield _Style("CaptionLabel", "Caption Label", "", f"{_BOLD}{_INK}", base, kind=kind)


_TABLE = """<w:style w:type="table" w:default="1" w:styleId="TableNormal"><w:name w:val="Normal Table"/>
<w:uiPriority w:val="99"/><w:tblPr><w:tblCellMar><w:left w:w="80" w:type="dxa"/><w:right w:w="80" w:type="dxa"/>
</w:tblCellMar></w:tblPr></w:style>
<w:style w:type="table" w:customStyle="1" w:styleId="Table"><w:name w:val="Table"/><w:basedOn w:val="TableNormal"/><w:qFormat/>
<w:tblPr><w:tblBorders><w:top w:val="single" w:sz="8" w:space="0" w:color="000000"/>
<w:bottom w:val="single" w:sz="8" w:space="0" w:color="000000"/></w:tblBorders></w:tblPr>
<w:trPr><w:cantSplit/></w:trPr>
<w:tblStylePr w:type="firstRow"><w:rPr><w:b/><w:bCs/></w:rPr><w:tcPr><w:tcBorders>
<w:bottom w:val="single" w:sz="4" w:space="0" w:color="000000"/></w:tcBorders><w:vAlign w:val="bottom"/></w:tcPr></w:tblStylePr>
</w:style>"""


def styles_xml(language: str, *, chapter_break: bool) -> str:
    """Write ``word/styles.xml``.

    Parameters
    ----------
    language
        The document's language tag, ``fr-CA``.
    chapter_break
        A chapter opens on a new page (a book), or there is only one (an article).
    """
    first = _heading(1, 20, 0, extra="<w:pageBreakBefore/>") if chapter_break else _heading(1, 15, 18)
    styles = [
        *_text_styles(),
        *_title_styles(),
        first,
        _heading(2, 14 if chapter_break else 13, 16),
        _heading(3, 12, 12),
        *(_heading(level, 11.5, 10) for level in (4, 5, 6)),
        *_block_styles(),
        *_character_styles(),
    ]
    defaults = (
        f"<w:docDefaults><w:rPrDefault><w:rPr>{_font(_SERIF)}{_size(11.5)}"
        f'<w:lang w:val="{language}" w:eastAsia="{language}" w:bidi="ar-SA"/>'
        "</w:rPr></w:rPrDefault><w:pPrDefault/></w:docDefaults>"
    )
    written = "\n".join(style.xml() for style in styles)
    return f'{_HEAD}<w:styles xmlns:w="{_W}">{defaults}\n{written}\n{_TABLE}\n</w:styles>\n'


def section_xml(language: str, footer_id: str) -> str:
    """Write the page: its size (Letter in North America, else A4), margins and foot."""
    width, height = _LETTER if language.rpartition("-")[2] in ("CA", "US") else _A4
    return (
        f'<w:sectPr><w:footerReference w:type="default" r:id="{footer_id}"/>'
        f'<w:pgSz w:w="{width}" w:h="{height}"/>'
        f'<w:pgMar w:top="{_MARGIN}" w:right="{_MARGIN}" w:bottom="{_MARGIN}" w:left="{_MARGIN}"'
        ' w:header="708" w:footer="708" w:gutter="0"/></w:sectPr>'
    )


def footer_xml() -> str:
    """Write the foot of each page: its number."""
    return (
        f'{_HEAD}<w:ftr xmlns:w="{_W}" xmlns:r="{_R}"><w:p><w:pPr><w:jc w:val="center"/></w:pPr>'
        '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve"> PAGE '
        '</w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r><w:r><w:t>1</w:t></w:r>'
        '<w:r><w:fldChar w:fldCharType="end"/></w:r></w:p></w:ftr>\n'
    )

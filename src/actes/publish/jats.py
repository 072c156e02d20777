"""Write an article in JATS (ANSI/NISO Z39.96-2019, archiving set), which archives and indexes read.

In: a `Project` and an `Article`. Out: one XML file, valid against the DTD that it names
(``tests/test_jats.py`` holds it to that).
Only here: what the archive is told about the article. The markup of each construct is in
``jats.lua``.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

from actes.files import write_text
from actes.publish.conversion import Conversion
from actes.publish.edition import edition_day, language_tag
from actes.publish.imprint import citation_details, rights
from actes.publish.pandoc_json import meta_value
from actes.publish.texts import plain_text

if TYPE_CHECKING:
    from actes.publish.articles import Article
    from actes.publish.conversion import Converter
    from actes.publish.project import Project

__all__ = ["render_article_jats"]

TEMPLATE = Path(__file__).parent / "theme" / "jats" / "article.xml"
# What opens an abstract in the other language, at the head of the text.
_ABSTRACT_WORDS = ("Abstract", "Résumé", "Summary")
# pandoc has no place for the number of a section or of a formula.
_SECTION = re.compile(r"<title><!--label (.+?)-->")
_FORMULA = re.compile(r"<!--formula (\S+) (.+?)-->\s*<disp-formula>")
# pandoc puts each table in a box of its own, inside ours.
_TABLE = re.compile(
    r"(</caption>|</label>|<table-wrap[^>]*>)\s*<table-wrap>(\s*<table>.*?</table>)\s*</table-wrap>",
    re.DOTALL,
)
_NOT_XML = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff]")


def render_article_jats(
    project: Project, article: Article, destination_file: Path, *, converter: Converter
) -> Path:
    """Write one article; its figures are those of the book's pages, one directory up.

    Raises
    ------
    ArticleError
        A207 for a book without a date.
    ToolError
        T111 when pandoc fails.
    """
    document = article.document(project.words["references"])
    document["meta"] |= _front(project, article, converter)
    (made,) = converter.convert([
        Conversion(
            json.dumps(document, ensure_ascii=False),
            reader="json",
            writer="jats_archiving",
            steps=("jats.lua",),
            context={
                "root": "../",
                "rights": list(rights(project)),
                "abstract_words": dict.fromkeys(_ABSTRACT_WORDS, True),
            },
            template=TEMPLATE.read_text(encoding="utf-8"),
        )
    ])  # fmt: skip
    return write_text(destination_file, _labelled(_NOT_XML.sub("", made.output)))


def _front(project: Project, article: Article, converter: Converter) -> dict[str, object]:
    day = edition_day(project)
    front = {
        "lang": language_tag(article.chapter.lang),
        "book-title": plain_text(project.title, converter),
        "publisher": str(citation_details(project).get("publisher", "")),
        "article-id": article.name,
        "day": {
            "iso": day.isoformat(),
            "day": str(day.day),
            "month": str(day.month),
            "year": str(day.year),
        },
    }
    return {key: meta_value(value) for key, value in front.items()}


def _labelled(text: str) -> str:
    text = _SECTION.sub(r"<label>\1</label>\n<title>", text)
    text = _TABLE.sub(r"\1\2", text)
    return _FORMULA.sub(r'<disp-formula id="\1"><label>\2</label>', text)

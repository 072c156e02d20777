"""Read the short markdown texts of the project file: titles of the book and its parts, its foot.

In: markdown. Out: HTML of one line each, or its words alone.
Only here: how they are read all at once.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from actes.publish.conversion import Conversion
from actes.publish.search import text_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from actes.publish.conversion import Converter

__all__ = ["inline_html", "plain_text"]

_ACTIVE = re.compile(
    r'\s(?:on\w+="[^"]*"|(?:href|src)="\s*(?:javascript|data|vbscript):[^"]*")', re.IGNORECASE
)

_SPACES = re.compile(r"[ \t\r\n]+")  # no-break spaces stay what they are


def inline_html(texts: Iterable[str], converter: Converter) -> dict[str, str]:
    """Read short markdown texts, all at once; each is the key of its HTML.

    HTML in them is text, and an attribute or an address that acts does not pass.
    """
    wanted = {text: _SPACES.sub(" ", text).strip() for text in texts if text}
    # As headings: "2025. A year" would otherwise be read as a list.
    document = "\n\n".join(f"# {text} {{}}" for text in wanted.values())
    reader = "markdown-auto_identifiers-raw_html"
    asked = Conversion(document, reader=reader, writer="html5", steps=())
    output = _ACTIVE.sub("", converter.convert([asked])[0].output)
    inline = re.findall(r"<h1[^>]*>(.*?)</h1>", output, re.DOTALL)
    return {"": "", **dict(zip(wanted, inline, strict=True))}


def plain_text(text: str, converter: Converter) -> str:
    """Give the words alone of a short markdown text."""
    return text_of(inline_html([text], converter)[text])

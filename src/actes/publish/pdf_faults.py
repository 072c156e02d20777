"""Say what an author must mend before a book can be printed.

In: what is refused before Typst is called, or the error that Typst raised. Out: `Problem` records,
errors.
Only here: the words, and which chapter and line Typst speaks of.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from actes.errors import ArticleError, ToolError, place
from actes.i18n import _
from actes.publish.problems import Problem

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from actes.publish.neutral import NeutralChapter

__all__ = ["problem", "refusal"]


# A line of what is printed; a line of the theme says nothing of the text.
_IN_THE_TEXT = re.compile(r"(?m)^(?!.*actes-theme).*\.typ:(\d+)")


def _place_at(
    error: Any, markup: str, chapters: Sequence[NeutralChapter], root: Path, sign: str = ""
) -> str:
    """Name where Typst stopped: source and line, else section; ``""`` when it doesn't say.

    Parameters
    ----------
    sign
        What the line of the source holds; without it, that of the markup itself.
    """
    told = "\n".join([error.diagnostic, *error.trace])
    found = _IN_THE_TEXT.search(told)
    if not found:
        return ""
    lines = markup.splitlines()[: int(found[1])]
    before = "\n".join(lines)
    _others, mark, inside = before.rpartition("// chapter: ")
    if not mark:
        return ""
    source = _source(inside.partition("\n")[0], chapters)
    line = _line_of(sign or lines[-1].strip(), root / source)
    if line:
        return place(source, line=line)
    sections = re.findall(r'^#section\(.*?number: "([^"]+)"', inside, re.MULTILINE)
    if not sections:
        return source
    return f"{source}, {_('section {number}').format(number=sections[-1])}"


def _source(slug: str, chapters: Sequence[NeutralChapter]) -> str:
    return next((each.source.as_posix() for each in chapters if each.slug == slug), "")


def _line_of(text: str, source: Path) -> int:
    """Find the first line of a source that holds ``text``; 0 when it comes from elsewhere."""
    if not text or not source.is_file():
        return 0
    lines = source.read_text(encoding="utf-8-sig").splitlines()
    return next((number for number, line in enumerate(lines, 1) if text in line), 0)


_UNDRAWN = re.compile(r'the text `"(.+?)"` could not be displayed', re.DOTALL)
_TOO_WIDE = re.compile(r"actes: table too wide, (\d+) columns, in (.*)")


def refusal(
    error: Any, markup: str, chapters: Sequence[NeutralChapter], root: Path
) -> ArticleError | ToolError:
    """Turn Typst's error into ours; ``markup`` is what it was given, ``root`` has the sources."""
    too_wide = _TOO_WIDE.search(error.message)
    if too_wide:
        n_columns = int(too_wide[1])
        return ArticleError(
            "A206",
            _("a table is too wide for a page, even in small type on its side"),
            where=_place_of_table(n_columns, too_wide[2], markup, chapters, root),
            found=_("{n} columns").format(n=n_columns),
            next_step=_("split this table, or turn its columns into rows"),
        )
    undrawn = [_plain(each) for each in _UNDRAWN.findall(error.diagnostic)]
    where = _place_at(error, markup, chapters, root, next(iter(undrawn), ""))
    if undrawn:
        return ArticleError(
            "A210",
            _("the fonts of the printed book have no drawing for these characters"),
            where=where,
            found=", ".join(dict.fromkeys(map(_sign, undrawn))),
            next_step=_("replace them, or put them in an image with a text alternative"),
        )
    return ToolError(
        "T150",
        _("Typst refuses to print this book"),
        where=where,
        found=error.message,
        next_step="; ".join(error.hints) or _("simplify the construct named above, or report this"),
    )


def _place_of_table(
    n_columns: int, slug: str, markup: str, chapters: Sequence[NeutralChapter], root: Path
) -> str:
    """Name the source and line of a chapter's first table of so many columns."""
    source = _source(slug, chapters)
    chapter = markup.partition(f"// chapter: {slug}\n")[2].partition("\n// chapter: ")[0]
    for call in re.findall(r"^#data-table\(.*", chapter, re.MULTILINE):
        aligned = re.search(r"aligns: \((.*?)\)", call)
        if not aligned or aligned[1].rstrip(",").count(",") + 1 != n_columns:
            continue
        for written in (r"header: \(\(\(body: \[(.*?)\],", r"caption: \[(.*?)\],"):
            said = re.search(written, call)
            line = _line_of(said[1], root / source) if said else 0
            if line:
                return place(source, line=line)
    return source


def _plain(text: str) -> str:
    """Read a text as Typst quotes it."""
    return re.sub(r"\\u\{(\w+)\}", lambda found: chr(int(found[1], 16)), text)


def _sign(signs: str) -> str:
    """Show a text with the code of each character: "中 (U+4E2D)"."""
    points = " ".join(f"U+{ord(sign):04X}" for sign in signs)
    return f"{signs} ({points})" if signs.isprintable() else points


# -- what an author must mend -------------------------------------------------------------------


def problem(kind: str, detail: str, root: Path, chapter: NeutralChapter | None = None) -> Problem:
    """Put words on what cannot be printed, in a chapter or in what the project file says."""
    code, what, next_step = _refusals()[kind]
    source = chapter.source.as_posix() if chapter else "_quarto.yml"
    needle = detail.rpartition("/")[2] if "image" in kind else detail.partition("\n")[0]
    line = _line_of(needle.strip(), root / source)
    return Problem(code, what, source, line, found=detail, next_step=next_step)


def _refusals() -> dict[str, tuple[str, str, str]]:
    """Name what is refused: code, sentence, next step, in the reader's language."""
    return {
        "image-alt": (
            "A200",
            _("an image has no text alternative: an accessible PDF needs one"),
            _("say in words what the image shows: fig-alt, or the image's own text"),
        ),
        "image-file": (
            "A201",
            _("this image cannot be found"),
            _("check the name of the file, and that it is inside the book"),
        ),
        "math": (
            "A202",
            _("this formula is not understood"),
            _("correct its TeX, or write it with usual commands"),
        ),
        "link": (
            "A203",
            _("this link goes to no place of the book"),
            _("correct the identifier after #, or give it to the section or figure meant"),
        ),
        "pagebreak": (
            "A204",
            _("a page break is inside a list, a callout or another block"),
            _("put it between two blocks of the chapter"),
        ),
        "raw": (
            "A205",
            _("this raw content is not for Typst"),
            _("write it as markdown, or show it in HTML only"),
        ),
    }

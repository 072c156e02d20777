"""Know, line by line, what is text and what is code.

In: lines of Quarto markdown. Out: the same lines, told apart or rewritten for pandoc.
Only here: fences. Code cells of a ``.qmd`` are shown or refused, never run.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from actes.i18n import _
from actes.publish.problems import Problem, Problems, unsupported

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from actes.publish.project import Options

__all__ = ["Fence", "Line", "code_cells_shown", "fence_for"]

_FENCE = re.compile(r"^((?:\s|>)*)(`{3,}|~{3,})\s*(.*?)\s*$")
_EXECUTABLE = re.compile(r"^\{\s*([A-Za-z][\w-]*)\s*(?:[,\s].*)?\}$")
_QUOTED_CELL = re.compile(r"^\{\{\s*([A-Za-z][\w-]*)\s*\}\}$")
_RAW_FENCE = re.compile(r"\{=(\w+)\}")
_DIAGRAMS = frozenset({"mermaid", "dot", "graphviz"})


class Line(NamedTuple):
    """A line of markdown, and the file (relative to the root) and 1-based line it comes from."""

    text: str
    path: str
    number: int


class Fence:
    """Follows fenced code while lines go by."""

    def __init__(self) -> None:
        self.mark = ""
        self.info = ""

    def feed(self, text: str) -> str:
        """Say what a line is: ``text``, ``open``, ``code`` or ``close``."""
        match = _FENCE.match(text)
        if not self.mark:
            if match and not (match[2][0] == "`" and "`" in match[3]):
                self.mark, self.info = match[2], match[3]
                return "open"
            return "text"
        closes = match and not match[3] and match[2].startswith(self.mark)
        if closes:
            self.mark = ""
            return "close"
        return "code"


def fence_for(text: str) -> str:
    """Give a fence longer than any in ``text``."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    return "`" * max(3, longest + 1)


def code_cells_shown(lines: Iterable[Line], options: Options, problems: Problems) -> Iterator[Line]:
    """Rewrite code fences that only Quarto understands.

    A cell to run (``{python}``) is shown when nothing is to be run (``eval: false``), and refused
    otherwise. ``{{python}}`` is the cell shown as it is written. ``{=html}``, which an author
    chooses, is marked apart from stray HTML tags.
    """
    fence = Fence()
    cell: list[Line] = []
    opened = None
    for line in lines:
        state = fence.feed(line.text)
        opened = line if state == "open" else opened
        if state == "text":
            yield line._replace(text=line.text.replace("`{=html}", "`{=actes-html}"))
        elif cell or (state == "open" and _is_cell(fence.info)):
            cell.append(line)
            if state == "close":
                yield from _shown(cell, options, problems)
                cell = []
        elif state == "open":
            yield line._replace(text=_RAW_FENCE.sub(_marked_raw, line.text))
        else:
            yield line
    if fence.mark and opened:
        what = _("this code is never closed")
        step = _("close it with a line {mark}").format(mark=fence.mark)
        problems.add(Problem("A133", what, opened.path, opened.number, next_step=step))


def _marked_raw(match: re.Match[str]) -> str:
    return "{=actes-html}" if match[1] == "html" else match[0]


def _is_cell(info: str) -> bool:
    return bool(_EXECUTABLE.match(info) or _QUOTED_CELL.match(info))


def _shown(cell: list[Line], options: Options, problems: Problems) -> Iterator[Line]:
    first, body, last = cell[0], cell[1:-1], cell[-1]
    match = _FENCE.match(first.text)
    assert match  # noqa: S101 - `Fence` has just recognised it
    indent, mark, info = match[1], match[2], match[3]
    quoted = _QUOTED_CELL.match(info)
    if quoted:
        outer = mark[0] * (len(mark) + 1)
        yield first._replace(text=f"{indent}{outer}markdown")
        yield first._replace(text=f"{indent}{mark}{{{quoted[1]}}}")
        yield from (*body, last, last._replace(text=f"{indent}{outer}"))
        return
    named = _EXECUTABLE.match(info)
    language = named[1] if named else ""
    if language in _DIAGRAMS:
        problems.add(
            unsupported(_("diagrams ({name})").format(name=language), first.path, first.number)
        )
        return
    choices = {text.strip()[2:].strip() for text in (line.text for line in body) if "#|" in text}
    runs = options.eval if not choices & {"eval: false", "eval: true"} else "eval: true" in choices
    if runs:
        problems.add(_cell_to_run(language, first))
    elif options.echo and "echo: false" not in choices and "include: false" not in choices:
        yield first._replace(text=f"{indent}{mark}{{.{language}}}")
        yield from (line for line in body if not line.text.lstrip().startswith("#|"))
        yield last


def _cell_to_run(language: str, line: Line) -> Problem:
    return Problem(
        "A131",
        _("a book does not run code: this {language} cell has no result to show").format(
            language=language
        ),
        line.path,
        line.number,
        next_step=_(
            "move it to a notebook, run it there, and embed its result with "
            "{{< embed notebook.ipynb#label >}}; or write “eval: false” to show the code alone"
        ),
    )

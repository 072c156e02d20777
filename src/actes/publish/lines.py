"""Know, line by line, what is text and what is code.

In: lines of Quarto markdown. Out: the same lines, told apart or rewritten for pandoc.
Only here: fences. Code cells of a ``.qmd`` are shown or refused, never run.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, NamedTuple

from actes.i18n import _
from actes.publish.cell_options import SWITCHES
from actes.publish.code_blocks import code_block
from actes.publish.metadata import Yaml, line_of, read_yaml
from actes.publish.problems import Problem, Problems, unsupported

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from actes.publish.project import Options

__all__ = ["Fence", "Line", "code_cells_shown"]

_FENCE = re.compile(r"^((?:\s|>)*)(`{3,}|~{3,})\s*(.*?)\s*$")
_EXECUTABLE = re.compile(r"^\{\s*([A-Za-z][\w-]*)\s*(?:[,\s].*)?\}$")
_QUOTED_CELL = re.compile(r"^\{\{\s*([A-Za-z][\w-]*)\s*\}\}$")
_RAW_FENCE = re.compile(r"\{=(\w+)\}")
_DIAGRAMS = frozenset({"mermaid", "dot", "graphviz"})
# Of a cell that is not run: what says how its code is shown, and what is about an outcome it lacks.
_OPTIONS = frozenset(
    [
        "eval", "echo", "include", "code-fold", "code-summary", "code-line-numbers", "lst-cap",
        "lst-label", "label", "output", "warning", "message", "error", "fig-cap", "fig-alt",
        "fig-subcap", "tbl-cap", "tbl-subcap", "fig-width", "fig-height", "fig-dpi", "fig-format",
        "fig-align", "tags", "id", "cache", "freeze", "code-overflow", "filename",
    ]
)  # fmt: skip


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
    option_lines = [line for line in body if line.text.lstrip().startswith("#|")]
    chosen = _options(option_lines, problems)
    if chosen.get("eval", options.eval) is not False:
        problems.add(_cell_to_run(language, first))
    elif chosen.get("echo", options.echo) is not False and chosen.get("include") is not False:
        source = "\n".join(line.text[len(indent) :] for line in body if line not in option_lines)
        for text in code_block(source, language, chosen, options).split("\n"):
            yield first._replace(text=indent + text)


def _options(lines: list[Line], problems: Problems) -> Yaml:
    """Read the ``#|`` options of a cell; those that would do nothing are refused by name."""
    if not lines:
        return {}
    first = lines[0]
    text = "\n".join(line.text.lstrip()[2:].removeprefix(" ") for line in lines)
    chosen = read_yaml(text, first.path, line_offset=first.number - 1)
    for name, value in chosen.items():
        is_said = name in _OPTIONS and value not in SWITCHES.get(name, (value,))
        if name not in _OPTIONS or is_said:
            shown = f"#| {name}: {value}" if is_said else f"#| {name}"
            construct = _("the cell option {name}").format(name=shown)
            number = first.number - 1 + (line_of(chosen, name) or 1)
            problems.add(unsupported(construct, first.path, number))
    return chosen


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

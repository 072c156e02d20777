"""Write the cells of an executed notebook as Quarto markdown.

In: `Cell` records. Out: markdown lines, and the bytes of their figures and of the data behind
them. Only here: what ``#|`` options do. Of an output only its content is kept: neither execution
metadata nor paths of a machine.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from dataclasses import replace
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any
from urllib.parse import unquote

from actes.i18n import _
from actes.mime import RESULT
from actes.publish.cell_options import option_faults
from actes.publish.code_blocks import code_block, fence_for, one_line, quoted
from actes.publish.lines import Line
from actes.publish.notebook import Cell, Notebook, joined
from actes.publish.problems import Problem, Problems, unsupported
from actes.publish.styled_tables import with_cell_styles
from actes.publish.terminal import as_seen

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from actes.publish.project import Options

__all__ = ["cell_lines", "notebook_lines"]

_IMAGES = {
    "image/svg+xml": ".svg", "image/png": ".png", "image/jpeg": ".jpg", "image/gif": ".gif",
    "image/webp": ".webp",
}  # fmt: skip
# Forms of a result that only a browser running code can show.
_INTERACTIVE = re.compile(
    r"application/(?:vnd\.plotly|vnd\.vega|vnd\.bokehjs|vnd\.holoviews|vnd\.jupyter\.widget|javascript)"
)
# What a drawing library returns besides its drawing: the name of an object in memory.
_DISCARDED = re.compile(r"^(?:\[|\()?<(?:matplotlib|seaborn|Figure|Axes|plotnine|ggplot)\b|^Text\(")
# Quarto's tags of cells, and what each keeps from the reader.
_HIDING_TAGS = {
    "cell": frozenset({"remove-cell", "hide-cell"}),
    "code": frozenset({"remove-code", "hide-code"}),
    "output": frozenset({"remove-output", "hide-output"}),
    "warnings": frozenset({"remove-warnings", "hide-warnings"}),
}
_ATTACHMENT = re.compile(r"\(\s*<?attachment:([^)>\s]+)>?")
_ACTIVE_HTML = re.compile(r"<\s*(script|iframe|object|embed|video|audio|form)\b", re.IGNORECASE)
_DRAWING = re.compile(r"<\s*svg\b", re.IGNORECASE)
# The line of dashes that every markdown table has (pipe, grid, simple).
_TABLE_RULE = re.compile(
    r"^[ \t]*(?:(?=[^\n]*-)[ \t:|+=-]*[|+][ \t:|+=-]*|-{2,}(?:[ \t]+-{2,})+[ \t]*)$", re.MULTILINE
)


def notebook_lines(
    notebook: Notebook, options: Options, problems: Problems, files: dict[str, bytes]
) -> Iterator[Line]:
    """Write a whole notebook, as a chapter."""
    for cell in notebook.cells:
        is_first = cell is notebook.cells[0] and cell.kind != "code"
        shown = replace(cell, source=notebook.after_front_matter) if is_first else cell
        yield from cell_lines(shown, options, problems, files, echo=options.echo)


def cell_lines(
    cell: Cell,
    options: Options,
    problems: Problems,
    files: dict[str, bytes],
    *,
    echo: bool,
    embedded: Line | None = None,
) -> Iterator[Line]:
    """Write one cell: its code when ``echo``, then its outputs.

    Parameters
    ----------
    files
        Receives the bytes of the cell's figures, by path relative to the book's root.
    embedded
        The line that asks for the cell; None for a notebook that is itself a chapter.
    """
    writer = _CellWriter(cell, options, problems, files, embedded)
    path = cell.path
    for text in writer.texts(echo=echo):
        for number, each in enumerate(text.split("\n"), 1):
            if embedded:
                yield embedded._replace(text=each)
            else:
                yield Line(each, path, number if cell.kind == "markdown" else 0)


class _CellWriter:
    """Writes the markdown of one cell."""

    def __init__(
        self,
        cell: Cell,
        options: Options,
        problems: Problems,
        files: dict[str, bytes],
        embedded: Line | None,
    ) -> None:
        self.cell = cell
        self.options = options
        self.problems = problems
        self.files = files
        self.embedded = embedded
        self.kind = cell.label.split("-")[0] if "-" in cell.label else ""
        self.n_images = 0
        self.data = ""

    def texts(self, *, echo: bool) -> Iterator[str]:
        cell = self.cell
        if self._is_hidden("cell"):
            return
        if cell.kind == "markdown":
            yield from (self._with_attachments(cell.source), "")
        elif cell.kind == "raw":
            yield from (self._raw(), "")
        elif cell.kind == "code" and self._choice("include", default=True) is not False:
            yield from self._code_cell(echo=echo)

    def _code_cell(self, *, echo: bool) -> Iterator[str]:
        cell = self.cell
        self._check_options()
        shows_code = echo if self.embedded else bool(self._choice("echo", default=echo))
        shows_code = shows_code and not self._is_hidden("code")
        if shows_code and cell.source.strip():
            code = code_block(cell.source, cell.language, cell.options, self.options)
            yield f"\n{code}\n"
        is_silent = self._choice("output", default=self.options.output) is False
        if is_silent or self._is_hidden("output"):
            return
        n_faults = len(self.problems.found)
        blocks = [block for output in cell.outputs if (block := self._output(output))]
        if len(self.problems.found) > n_faults:
            return
        if not blocks and self._must_show(shows_code=shows_code):
            what = _("the cell {name} has no output").format(name=self._name())
            self._fault("A118", what, _("run the notebook and save it, or compose the article"))
        yield from self._floated(blocks)

    def _is_hidden(self, what: str) -> bool:
        return not _HIDING_TAGS[what].isdisjoint(self.cell.names)

    def _raw(self) -> str:
        """Give a raw cell: markdown, unless it is meant for one format."""
        name = self.cell.raw_format.rpartition("/")[2]
        if name in ("", "markdown") or not self.cell.source.strip():
            return self.cell.source
        fence = fence_for(self.cell.source)
        return f"{fence}{{={name}}}\n{self.cell.source}\n{fence}"

    def _with_attachments(self, text: str) -> str:
        """Put in files the pictures that were dropped into a cell of text."""

        def file_of(match: re.Match[str]) -> str:
            forms = self.cell.attachments.get(unquote(match[1]), {})
            mime = next((each for each in _IMAGES if each in forms), "")
            if not mime:
                return match[0]
            notebook = PurePosixPath(self.cell.notebook)
            name = f"cell-{self.cell.position}-{PurePosixPath(unquote(match[1])).name}"
            path = (notebook.parent / f"{notebook.stem}_files" / name).as_posix()
            self.files[path] = self._bytes(mime, joined(forms[mime]))
            return f"(</{path}>"

        return _ATTACHMENT.sub(file_of, text)

    def _choice(self, name: str, *, default: bool) -> object:
        return self.cell.options.get(name, default)

    def _name(self) -> str:
        return self.cell.label or str(self.cell.position)

    def _must_show(self, *, shows_code: bool) -> bool:
        named = self.kind in ("fig", "tbl")
        return named or (self.embedded is not None and bool(self.cell.label) and not shows_code)

    def _fault(self, code: str, what: str, next_step: str = "") -> None:
        origin = self.embedded or Line("", self.cell.path, 0)
        self.problems.add(Problem(code, what, origin.path, origin.number, next_step=next_step))

    def _check_options(self) -> None:
        for shown, line in option_faults(self.cell.options):
            construct = _("the cell option {name}").format(name=shown)
            self.problems.add(unsupported(construct, self.cell.path, line))

    # -- outputs ------------------------------------------------------------------------

    def _output(self, output: dict[str, Any]) -> tuple[str, str] | None:
        """Give an output's nature (``figure``, ``table``, ``text``) and its markdown."""
        kind = output.get("output_type")
        if kind == "stream":
            is_kept = output.get("name") != "stderr" or (
                self._choice("warning", default=self.options.warning)
                and not self._is_hidden("warnings")
            )
            text = joined(output.get("text", ""))
            is_markdown = self.cell.options.get("output") == "asis"
            return ("text", text if is_markdown else self._plain(text)) if is_kept else None
        if kind == "error" and self._choice("error", default=False) is True:
            return "text", self._plain(f"{output.get('ename', '')}: {output.get('evalue', '')}")
        if kind == "error":
            what = _("the cell {name} stopped on an error").format(name=self._name())
            self._fault("A119", what, _("correct the notebook, run it again"))
            return None
        data = output.get("data")
        data = data if isinstance(data, dict) else {}
        if kind == "execute_result" and _DISCARDED.match(joined(data.get("text/plain", ""))):
            data = {mime: form for mime, form in data.items() if mime != "text/plain"}
        block = self._displayed(data)
        if RESULT in data and block:
            from actes.publish.figure_data import data_files  # heavy: it knows results

            made = data_files(self._stem(), data[RESULT], self.options.lang)
            self.files.update(made)
            self.data = next(iter(made), "")
        return block

    def _displayed(self, data: dict[str, Any]) -> tuple[str, str] | None:
        """Choose, among the forms of one result, the one that prints best."""
        image = next((mime for mime in _IMAGES if mime in data), "")
        if image:
            return "figure", self._image(image, joined(data[image]))
        if active := next(filter(_INTERACTIVE.match, data), ""):
            self._refuse_interactive(active)
            return None
        return self._written(data)

    def _written(self, data: dict[str, Any]) -> tuple[str, str] | None:
        if "text/markdown" in data:
            text = joined(data["text/markdown"]).strip("\n")
            return ("table" if _TABLE_RULE.search(text) else "text"), text
        if "text/html" in data:
            return self._html(joined(data["text/html"]))
        if joined(data.get("text/latex", "")).startswith("$"):
            return "text", joined(data["text/latex"])
        if "text/plain" in data:
            return "text", self._plain(joined(data["text/plain"]))
        if unknown := next((mime for mime in data if mime != RESULT), ""):
            construct = _("a result of the type {name}").format(name=unknown)
            self._refuse(construct, _("give the cell a figure or a table as output"))
        return None

    def _refuse_interactive(self, name: str) -> None:
        construct = _("an interactive output (<{tag}>)").format(tag=name)
        self._refuse(construct, _("give the cell a figure or a table as output"))

    def _html(self, html: str) -> tuple[str, str] | None:
        if active := _ACTIVE_HTML.search(html):
            self._refuse_interactive(active[1])
            return None
        if _DRAWING.search(html):
            construct = _("a drawing inside a table (<svg>, a nanoplot)")
            self._refuse(construct, _("show the drawing as a figure, in a cell of its own"))
            return None
        fence = fence_for(html)
        nature = "table" if "<table" in html else "text"
        clean = with_cell_styles(html).strip()
        return nature, f"{fence}{{=actes-html-content}}\n{clean}\n{fence}"

    def _refuse(self, construct: str, next_step: str) -> None:
        where = self.embedded or Line("", self.cell.path, 0)
        self.problems.add(unsupported(construct, where.path, where.number, next_step=next_step))

    def _plain(self, text: str) -> str:
        clean = as_seen(text).rstrip("\n")
        fence = fence_for(clean)
        return f":::::: {{.cell-output}}\n{fence}\n{clean}\n{fence}\n::::::"

    def _image(self, mime: str, content: str) -> str:
        data = self._bytes(mime, content)
        stem = self._stem()
        path = f"{stem}{_IMAGES[mime]}"
        count = 1
        while self.files.get(path, data) != data:
            count += 1
            path = f"{stem}-{count}{_IMAGES[mime]}"
        self.files[path] = data
        alt = self._alt(self.n_images)
        caption = "" if self.kind == "fig" else self._caption("fig-cap", self.n_images)
        self.n_images += 1
        return f'![{caption}](</{path}>){{fig-alt="{quoted(alt)}"}}'

    def _bytes(self, mime: str, content: str) -> bytes:
        if mime == "image/svg+xml":
            return content.encode()
        try:
            return base64.b64decode(content)
        except binascii.Error:
            what = _("a picture of the cell {name} cannot be read").format(name=self._name())
            self._fault("A142", what, _("run the notebook again, and save it"))
            return b""

    def _stem(self) -> str:
        """Path of the cell's files, without their suffix."""
        notebook = PurePosixPath(self.cell.notebook)
        name = self.cell.label or f"cell-{self.cell.position}"
        return (notebook.parent / f"{notebook.stem}_files" / name).as_posix()

    def _alt(self, position: int) -> str:
        alt = self.cell.options.get("fig-alt", "")
        if isinstance(alt, list):
            alt = alt[position] if position < len(alt) else ""
        return " ".join(str(alt).split())

    def _caption(self, key: str, position: int = 0) -> str:
        caption = self.cell.options.get(key, "")
        if isinstance(caption, list):
            caption = caption[position] if position < len(caption) else ""
        return one_line(caption)

    def _floated(self, blocks: list[tuple[str, str]]) -> Iterator[str]:
        """Put the cell's figure, or table, in a float of that label; other outputs before it."""
        wanted = {"fig": "figure", "tbl": "table"}.get(self.kind, "")
        floats = [text for nature, text in blocks if nature == wanted]
        parts = self.cell.options.get(f"{self.kind}-subcap")
        captions = [str(each) for each in parts] if isinstance(parts, list) else []
        if parts is True:
            captions = [""] * len(floats)
        if wanted and blocks and len(floats) != max(1, len(captions)):
            self._fault_of_number(wanted, len(floats), max(1, len(captions)))
        if not wanted and self._layout():
            yield f"\n:::::: {{{self._layout()}}}\n"
        for nature, text in blocks:
            if nature != wanted:
                yield f"\n{text}\n"
        if not wanted and self._layout():
            yield "\n::::::\n"
        if floats:
            caption = _as_paragraph(self._caption("fig-cap" if wanted == "figure" else "tbl-cap"))
            end = f"\n{caption}\n" if caption else ""
            inside = "\n\n".join(self._parts(floats, captions)) if captions else floats[0]
            data = f' actes-data="{self.data}"' if self.data and not captions else ""
            layout = f" {self._layout()}" if captions else ""
            attributes = f"{layout}{data}{self._widths()}"
            yield f"\n::::::: {{#{self.cell.label}{attributes}}}\n{inside}\n{end}:::::::\n"

    def _widths(self) -> str:
        widths = self.cell.options.get("tbl-colwidths")
        return f' tbl-colwidths="{_written(widths)}"' if widths else ""

    def _parts(self, floats: Sequence[str], captions: Sequence[str]) -> Iterator[str]:
        for number, (text, caption) in enumerate(zip(floats, captions, strict=False), 1):
            label = f"{self.cell.label}-{number}"
            yield f"::::: {{#{label}}}\n{text}\n\n{_as_paragraph(caption)}\n:::::"

    def _layout(self) -> str:
        names = ("layout-ncol", "layout-nrow", "layout")
        given = ((name, self.cell.options.get(name)) for name in names)
        return " ".join(f'{name}="{_written(value)}"' for name, value in given if value)

    def _fault_of_number(self, wanted: str, found: int, expected: int) -> None:
        nature = {"figure": _("figure"), "table": _("table")}[wanted]
        what = (
            _("the cell {name} must have one {nature} as output, not {n}")
            if expected == 1
            else _("the cell {name} must have one {nature} for each of its captions, not {n}")
        ).format(name=self._name(), nature=nature, n=found)
        self._fault("A118", what, _("put each in a cell of its own, with its label"))


def _written(value: object) -> str:
    """Write a layout as its attribute has it: ``[[1,1],[1]]``."""
    return json.dumps(value, separators=(",", ":")) if isinstance(value, list) else str(value)


def _as_paragraph(text: str) -> str:
    """Keep a caption like "A." or "1. …" from being read as a list, a title or a quotation."""
    text = re.sub(r"^(\(?(?:\d+|[A-Za-z]|[ivxlc]+|#))([.)])(?=\s|$)", r"\1\\\2", text)
    return re.sub(r"^(?=[-+*#>|:]\s)", r"\\", text)

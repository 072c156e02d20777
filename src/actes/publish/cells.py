"""Write the cells of an executed notebook as Quarto markdown.

In: a notebook, never run here. Out: markdown lines, and the bytes of its figures.
Only here: the notebook format and ``#|`` options. Of an output only its content is kept: neither
execution metadata nor paths of a machine.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from actes.errors import ArticleError, place
from actes.i18n import _
from actes.publish.lines import Line, fence_for
from actes.publish.metadata import Yaml, line_of, read_yaml
from actes.publish.problems import Problem, Problems, unsupported
from actes.publish.project import fold_choice

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from actes.publish.project import Options

__all__ = ["Cell", "Notebook", "cell_lines", "notebook_lines"]

_HONOURED = frozenset(
    [
        "label",
        "fig-cap",
        "fig-alt",
        "tbl-cap",
        "echo",
        "output",
        "code-fold",
        "code-summary",
        "warning",
        "include",
        "eval",
        "error",
        "message",
    ]
)
_IGNORED = frozenset(
    [
        "fig-width",
        "fig-height",
        "fig-dpi",
        "fig-format",
        "fig-align",
        "fig-pos",
        "tags",
        "id",
        "cache",
        "freeze",
        "tbl-colwidths",
        "code-line-numbers",
        "code-overflow",
    ]
)
_IMAGES = {"image/svg+xml": ".svg", "image/png": ".png", "image/jpeg": ".jpg"}
_ACTIVE_HTML = re.compile(r"<\s*(script|iframe|object|embed|video|audio|form)\b", re.IGNORECASE)
# The line of dashes that every markdown table has (pipe, grid, simple).
_TABLE_RULE = re.compile(
    r"^[ \t]*(?:(?=[^\n]*-)[ \t:|+=-]*[|+][ \t:|+=-]*|-{2,}(?:[ \t]+-{2,})+[ \t]*)$", re.MULTILINE
)
_TERMINAL_COLOUR = re.compile(r"\x1b\[[0-9;]*m")


@dataclass(frozen=True)
class Cell:
    """One cell of a notebook; ``position`` counts from 1."""

    notebook: str
    position: int
    kind: str
    source: str
    language: str
    options: Yaml
    outputs: tuple[dict[str, Any], ...] = ()
    names: frozenset[str] = field(default_factory=frozenset)

    @property
    def label(self) -> str:
        """The ``#| label:`` of the cell, empty without one."""
        return str(self.options.get("label", ""))

    @property
    def path(self) -> str:
        """How messages call the cell."""
        return _("{notebook}, cell {position}").format(
            notebook=self.notebook, position=self.position
        )


@dataclass(frozen=True)
class Notebook:
    """A notebook file; ``name`` is its path relative to the book."""

    name: str
    cells: tuple[Cell, ...]

    @classmethod
    def read(cls, path: Path, name: str) -> Notebook:
        """Read a notebook (nbformat 4).

        Raises
        ------
        ArticleError
            A117 when it isn't one.
        """
        try:
            content = json.loads(path.read_text(encoding="utf-8-sig"))
            raw_cells = content["cells"]
        except (json.JSONDecodeError, KeyError, TypeError, UnicodeDecodeError):
            raise ArticleError(
                "A117", _("this file is not a Jupyter notebook"), where=place(name),
                expected=_("a notebook saved by JupyterLab (format 4)"),
            ) from None  # fmt: skip
        metadata = content.get("metadata", {})
        language = metadata.get("language_info", metadata.get("kernelspec", {}))
        spoken = str(language.get("name" if "language_info" in metadata else "language", "python"))
        return cls(
            name,
            tuple(_cell(name, number, each, spoken) for number, each in enumerate(raw_cells, 1)),
        )

    def find(self, label: str) -> tuple[Cell, ...]:
        """Cells that carry this label, else this id or tag."""
        labelled = tuple(cell for cell in self.cells if cell.label == label)
        return labelled or tuple(cell for cell in self.cells if label in cell.names)

    def labels(self) -> tuple[str, ...]:
        """Every label of the notebook."""
        return tuple(cell.label for cell in self.cells if cell.label)

    def front_matter(self) -> tuple[list[Line], Yaml, int]:
        """Read the YAML of a first cell between ``---``; in the form that `source` uses."""
        if self.cells and self.cells[0].kind != "code":
            text = self.cells[0].source.strip()
            if text.startswith("---\n") and "\n---" in text:
                return [], read_yaml(text[4 : text.index("\n---")], self.cells[0].path), 1
        return [], {}, 0


def _cell(name: str, position: int, raw: dict[str, Any], language: str) -> Cell:
    kind = str(raw.get("cell_type", "raw"))
    lines = _joined(raw.get("source", "")).splitlines()
    options: Yaml = {}
    if kind == "code":
        is_option = [line.startswith("#|") for line in lines]
        count = is_option.index(False) if False in is_option else len(lines)
        where = _("{notebook}, cell {position}").format(notebook=name, position=position)
        options = read_yaml("\n".join(line[2:] for line in lines[:count]), where)
        lines = lines[count:]
    metadata = raw.get("metadata", {})
    names = {str(raw.get("id", "")), *map(str, metadata.get("tags", []))}
    return Cell(
        name, position, kind, "\n".join(lines).strip("\n"), language, options,
        tuple(raw.get("outputs", ())), frozenset(names - {""}),
    )  # fmt: skip


def notebook_lines(
    notebook: Notebook, options: Options, problems: Problems, files: dict[str, bytes]
) -> Iterator[Line]:
    """Write a whole notebook, as a chapter."""
    _lines, front, _offset = notebook.front_matter()
    for cell in notebook.cells[1 if front else 0 :]:
        yield from cell_lines(cell, options, problems, files, echo=options.echo)


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
    for text in writer.texts(echo=echo):
        for number, each in enumerate(text.split("\n"), 1):
            if embedded:
                yield embedded._replace(text=each)
            else:
                yield Line(each, cell.path, number if cell.kind == "markdown" else 0)


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

    def texts(self, *, echo: bool) -> Iterator[str]:
        cell = self.cell
        if cell.kind == "markdown":
            yield from (cell.source, "")
        if cell.kind != "code" or self._choice("include", default=True) is False:
            return
        self._check_options()
        shows_code = echo if self.embedded else bool(self._choice("echo", default=echo))
        if shows_code and cell.source.strip():
            yield self._code()
        if self._choice("output", default=self.options.output) is False:
            return
        n_faults = len(self.problems.found)
        blocks = [block for output in cell.outputs if (block := self._output(output))]
        if len(self.problems.found) > n_faults:
            return
        if not blocks and self._must_show(shows_code=shows_code):
            what = _("the cell {name} has no output").format(name=self._name())
            self._fault("A118", what, _("run the notebook and save it, or compose the article"))
        yield from self._floated(blocks)

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
        for name in self.cell.options:
            if name not in _HONOURED | _IGNORED:
                construct = _("the cell option {name}").format(name=f"#| {name}")
                line = line_of(self.cell.options, name)
                self.problems.add(unsupported(construct, self.cell.path, line))

    def _code(self) -> str:
        cell = self.cell
        fence = fence_for(cell.source)
        block = f"{fence}{{.{cell.language}}}\n{cell.source}\n{fence}"
        fold = self.options.code_fold
        if "code-fold" in cell.options:
            fold = fold_choice(cell.options["code-fold"])
        if not fold:
            return f"\n{block}\n"
        summary = str(cell.options.get("code-summary", self.options.code_summary))
        is_open = "true" if fold == "show" else "false"
        attributes = f'.code-fold summary="{_quoted(summary)}" open="{is_open}"'
        return f"\n:::::: {{{attributes}}}\n{block}\n::::::\n"

    # -- outputs ------------------------------------------------------------------------

    def _output(self, output: dict[str, Any]) -> tuple[str, str] | None:
        """Give an output's nature (``figure``, ``table``, ``text``) and its markdown."""
        kind = output.get("output_type")
        if kind == "stream":
            is_kept = output.get("name") != "stderr" or self._choice(
                "warning", default=self.options.warning
            )
            text = _joined(output.get("text", ""))
            is_markdown = self.cell.options.get("output") == "asis"
            return ("text", text if is_markdown else self._plain(text)) if is_kept else None
        if kind == "error":
            what = _("the cell {name} stopped on an error").format(name=self._name())
            self._fault("A119", what, _("correct the notebook, run it again"))
            return None
        return self._displayed(output.get("data", {}))

    def _displayed(self, data: dict[str, Any]) -> tuple[str, str] | None:
        """Choose, among the forms of one result, the one that prints best."""
        for mime in _IMAGES:
            if mime in data:
                return "figure", self._image(mime, _joined(data[mime]))
        if "text/markdown" in data:
            text = _joined(data["text/markdown"]).strip("\n")
            return ("table" if _TABLE_RULE.search(text) else "text"), text
        if "text/html" in data:
            return self._html(_joined(data["text/html"]))
        if _joined(data.get("text/latex", "")).startswith("$"):
            return "text", _joined(data["text/latex"])
        if "text/plain" in data:
            return "text", self._plain(_joined(data["text/plain"]))
        return None

    def _html(self, html: str) -> tuple[str, str] | None:
        active = _ACTIVE_HTML.search(html)
        if active:
            where = self.embedded or Line("", self.cell.path, 0)
            construct = _("an interactive output (<{tag}>)").format(tag=active[1])
            self.problems.add(
                unsupported(construct, where.path, where.number,
                            next_step=_("give the cell a figure or a table as output"))
            )  # fmt: skip
            return None
        fence = fence_for(html)
        nature = "table" if "<table" in html else "text"
        return nature, f"{fence}{{=actes-html-content}}\n{html.strip()}\n{fence}"

    def _plain(self, text: str) -> str:
        clean = _TERMINAL_COLOUR.sub("", text).rstrip("\n")
        fence = fence_for(clean)
        return f":::::: {{.cell-output}}\n{fence}\n{clean}\n{fence}\n::::::"

    def _image(self, mime: str, content: str) -> str:
        data = content.encode() if mime == "image/svg+xml" else base64.b64decode(content)
        notebook = PurePosixPath(self.cell.notebook)
        stem = self.cell.label or f"cell-{self.cell.position}"
        directory = notebook.parent / f"{notebook.stem}_files"
        path = directory / f"{stem}{_IMAGES[mime]}"
        count = 1
        while self.files.get(path.as_posix(), data) != data:
            count += 1
            path = directory / f"{stem}-{count}{_IMAGES[mime]}"
        self.files[path.as_posix()] = data
        alt = " ".join(str(self.cell.options.get("fig-alt", "")).split())
        caption = "" if self.kind == "fig" else self._caption("fig-cap")
        return f'![{caption}](</{path.as_posix()}>){{fig-alt="{_quoted(alt)}"}}'

    def _caption(self, key: str) -> str:
        return " ".join(str(self.cell.options.get(key, "")).split())

    def _floated(self, blocks: list[tuple[str, str]]) -> Iterator[str]:
        """Put the cell's figure, or table, in a float of that label; other outputs before it."""
        wanted = {"fig": "figure", "tbl": "table"}.get(self.kind, "")
        floats = [text for nature, text in blocks if nature == wanted]
        if wanted and blocks and len(floats) != 1:
            what = _("the cell {name} must have one {nature} as output, not {n}").format(
                name=self._name(),
                nature={"figure": _("figure"), "table": _("table")}[wanted],
                n=len(floats),
            )
            self._fault("A118", what, _("put each in a cell of its own, with its label"))
        for nature, text in blocks:
            if nature != wanted:
                yield f"\n{text}\n"
        if floats:
            caption = _as_paragraph(self._caption("fig-cap" if wanted == "figure" else "tbl-cap"))
            end = f"\n{caption}\n" if caption else ""
            yield f"\n:::::: {{#{self.cell.label}}}\n{floats[0]}\n{end}::::::\n"


def _as_paragraph(text: str) -> str:
    """Keep a caption like "A." or "1. …" from being read as a list, a title or a quotation."""
    text = re.sub(r"^(\(?(?:\d+|[A-Za-z]|[ivxlc]+|#))([.)])(?=\s|$)", r"\1\\\2", text)
    return re.sub(r"^(?=[-+*#>|:]\s)", r"\\", text)


def _joined(text: object) -> str:
    return "".join(map(str, text)) if isinstance(text, list) else str(text)


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')

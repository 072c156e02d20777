"""Replace Quarto's shortcodes by what they stand for.

In: lines of Quarto markdown and the document's metadata. Out: lines without shortcodes.
Only here: ``{{< embed >}}``, ``include``, ``meta``, ``var``, ``kbd`` and ``pagebreak``; any other
is refused by name.
"""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any

from actes.i18n import _
from actes.publish.cells import cell_lines
from actes.publish.lines import Fence, Line
from actes.publish.metadata import MISSING, Yaml, look_up, read_utf8, read_yaml
from actes.publish.notebook import Cell, Notebook
from actes.publish.problems import Problem, Problems, unsupported

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from actes.publish.project import Options

__all__ = ["Expander"]

_SHORTCODE = re.compile(r"(?<!\{)\{\{<(?!/\*)\s*(.*?)\s*>\}\}(?!\})")
_ESCAPED = re.compile(r"\{\{\{<(.*?)>\}\}\}|\{\{<\/\*(.*?)\*\/>\}\}")
_ALONE = re.compile(r"^(\s*)\{\{<\s*(embed|include|pagebreak)\b\s*(.*?)\s*>\}\}\s*$")
_BLOCK_CODES = frozenset({"embed", "include", "pagebreak"})
_OPTED_OUT = re.compile(r"shortcodes\s*=\s*[\"']?false")
_INLINE_CODE = re.compile(r"(?<!`)(`+)(?!`).*?(?<!`)\1(?!`)(?:\{[^}]*\})?")
_DEPTH = 8


class Expander:
    """Expands the shortcodes of one document.

    Parameters
    ----------
    document
        Relative to ``root``; paths in shortcodes are relative to its directory.
    """

    def __init__(
        self,
        root: Path,
        document: Path,
        metadata: Mapping[str, Any],
        options: Options,
        problems: Problems,
    ) -> None:
        self.root = root
        self.directory = document.parent
        self.known = metadata
        self.options = options
        self.problems = problems
        self.files: dict[str, bytes] = {}
        self._notebooks: dict[Path, Notebook] = {}
        self._variables: Yaml | None = None

    def metadata(self, front: Yaml, where: str) -> Yaml:
        """Expand the shortcodes inside the texts of a front matter."""
        return {key: self._expanded_value(value, where) for key, value in front.items()}

    def _expanded_value(self, value: Any, where: str) -> Any:
        if isinstance(value, str) and "{{<" in value:
            return self._inline(Line(value, where, 0))
        if isinstance(value, dict):
            return {key: self._expanded_value(each, where) for key, each in value.items()}
        if isinstance(value, list):
            return [self._expanded_value(each, where) for each in value]
        return value

    def lines(self, lines: Iterable[Line], *, depth: int = 0) -> Iterator[Line]:
        """Expand every line; code keeps ``embed`` and ``include`` as they are written."""
        fence = Fence()
        in_comment = False
        for line in lines:
            state = fence.feed(line.text) if not in_comment else "text"
            if state == "text" and (in_comment or "<!--" in line.text):
                in_comment = line.text.rfind("<!--") > line.text.rfind("-->") or (
                    in_comment and "-->" not in line.text
                )
                yield line
            elif "{{<" not in line.text:
                yield line
            elif state == "code":
                quoted = _OPTED_OUT.search(fence.info)
                yield line if quoted else line._replace(text=self._in_code(line))
            else:
                yield from self._text(line, depth)

    def _text(self, line: Line, depth: int) -> Iterator[Line]:
        alone = _ALONE.match(line.text)
        if not alone:
            yield line._replace(text=self._inline(line))
            return
        indent, name, arguments = alone.groups()
        if name != "pagebreak" and not arguments.strip("\"'"):
            what = _("{name} names no file").format(name=f"{{{{< {name} >}}}}")
            self.problems.add(Problem("A113", what, line.path, line.number))
            return
        if name == "pagebreak":
            made: Iterable[Line] = _block(line, "::: {.pagebreak}", ":::")
        elif name == "include":
            made = self._include(line, arguments, depth)
        else:
            made = self._embed(line, arguments, depth)
        yield from (each._replace(text=indent + each.text) for each in made)

    # -- inside a line ------------------------------------------------------------------

    def _inline(self, line: Line) -> str:
        pieces: list[str] = []
        end = 0
        for code in _INLINE_CODE.finditer(line.text):
            pieces.append(self._replaced(line, line.text[end : code.start()]))
            opted_out = _OPTED_OUT.search(code[0])
            pieces.append(code[0] if opted_out else self._in_code(line._replace(text=code[0])))
            end = code.end()
        pieces.append(self._replaced(line, line.text[end:]))
        return "".join(pieces)

    def _replaced(self, line: Line, text: str) -> str:
        expanded = _SHORTCODE.sub(lambda match: self._value(line, match[1]), text)
        if "{{<" in _ESCAPED.sub("", expanded):
            what = _("{name} would be printed as it is").format(name="{{<")
            step = _("it is not closed, not defined, or not attached to anything")
            self.problems.add(Problem("A133", what, line.path, line.number, next_step=step))
        return _ESCAPED.sub(_unescaped, expanded)

    def _in_code(self, line: Line) -> str:
        """In code, as Quarto does, only ``meta`` and ``var`` are replaced."""

        def value(match: re.Match[str]) -> str:
            name = match[1].split(maxsplit=1)[0] if match[1] else ""
            return self._value(line, match[1]) if name in ("meta", "var") else match[0]

        return _ESCAPED.sub(_unescaped, _SHORTCODE.sub(value, line.text))

    def _value(self, line: Line, inside: str) -> str:
        name, _space, argument = inside.partition(" ")
        argument = argument.strip().strip("\"'")
        if name == "meta":
            value = look_up(self.known, argument)
        elif name == "var":
            value = look_up(self._all_variables(), argument)
        elif name == "kbd" and "=" not in argument:
            return f"[{argument}]{{.kbd}}"
        elif name in _BLOCK_CODES:
            what = _("{name} must stand alone on its line").format(name=f"{{{{< {name} … >}}}}")
            self.problems.add(Problem("A113", what, line.path, line.number))
            return ""
        else:
            shown = f"{{{{< {'kbd …=' if name == 'kbd' else name} >}}}}"
            construct = _("the shortcode {name}").format(name=shown)
            self.problems.add(unsupported(construct, line.path, line.number))
            return ""
        if value is MISSING or value is None or isinstance(value, (dict, list)):
            self._missing_value(line, name, argument, is_missing=value is MISSING)
            return ""
        text = str(value).lower() if isinstance(value, bool) else str(value)
        if line.text.lstrip().startswith("|"):
            text = " ".join(text.replace("|", "\\|").split("\n"))
        return text

    def _missing_value(self, line: Line, name: str, key: str, *, is_missing: bool) -> None:
        what = (
            _("there is no value named {key}") if is_missing
            else _("the value named {key} is not a single text or number")
        ).format(key=key)  # fmt: skip
        step = (
            _("check the name; results of studies appear once the article is composed")
            if name == "meta"
            else _("add it to _variables.yml")
        )
        self.problems.add(Problem("A111", what, line.path, line.number, next_step=step))

    def _all_variables(self) -> Yaml:
        if self._variables is None:
            path = self.root / "_variables.yml"
            text = read_utf8(path, "_variables.yml") if path.is_file() else ""
            self._variables = read_yaml(text, "_variables.yml")
        return self._variables

    # -- whole lines --------------------------------------------------------------------

    def _include(self, line: Line, arguments: str, depth: int) -> Iterator[Line]:
        path = self._path(arguments.strip("\"'"))
        if not (self.root / path).is_file():
            self._fault("A114", _("the included file {name} does not exist"), line, path)
        elif depth >= _DEPTH:
            self._fault("A114", _("{name} includes itself"), line, path)
        else:
            text = read_utf8(self.root / path, path.as_posix()).splitlines()
            inner = [Line(each, path.as_posix(), number) for number, each in enumerate(text, 1)]
            if text and text[0].rstrip() == "---" and any(_closes_yaml(each) for each in text[1:]):
                construct = _("the front matter of an included file")
                self.problems.add(unsupported(construct, path.as_posix(), 1))
                return
            yield from self.lines(inner, depth=depth + 1)

    def _embed(self, line: Line, arguments: str, depth: int) -> Iterator[Line]:
        words = shlex.split(arguments)
        target, _hash, label = (words[0] if words else "").partition("#")
        choices = dict(word.partition("=")[::2] for word in words[1:])
        for name in sorted(set(choices) - {"echo"}):
            construct = _("the option {name} of embed").format(name=name)
            self.problems.add(unsupported(construct, line.path, line.number))
        path = self._path(target)
        if path.suffix != ".ipynb":
            construct = _("embed of what is no notebook ({name})").format(name=path.name)
            self.problems.add(unsupported(construct, line.path, line.number))
            return
        if not (self.root / path).is_file():
            self._fault("A115", _("the notebook {name} does not exist"), line, path)
            return
        if depth >= _DEPTH:
            self._fault("A114", _("{name} includes itself"), line, path)
            return
        if path not in self._notebooks:
            self._notebooks[path] = Notebook.read(self.root / path, path.as_posix())
        notebook = self._notebooks[path]
        echo = choices.get("echo") == "true"
        yield Line("", line.path, line.number)
        for cell in self._cells(notebook, label, line):
            written = cell_lines(
                cell, self.options, self.problems, self.files, echo=echo, embedded=line
            )
            # What a cell shows is not its author's markdown: a caption may hold any sign.
            is_code = cell.kind == "code"
            yield from written if is_code else self.lines(written, depth=depth + 1)

    def _cells(self, notebook: Notebook, labels: str, line: Line) -> Iterator[Cell]:
        """Cells of one label, of several (``#fig-a,fig-b``), or all without any."""
        if not labels:
            yield from notebook.cells
        for label in filter(None, labels.split(",")):
            found = notebook.find(label)
            yield from found
            if not found:
                name = f"{notebook.name}#{label}"
                self.problems.add(
                    Problem(
                        "A116",
                        _("there is no cell {name}").format(name=name),
                        line.path,
                        line.number,
                        expected=", ".join(notebook.labels()),
                    )
                )

    def _path(self, name: str) -> Path:
        """Path relative to the root of what a document calls ``name``."""
        if name.startswith("/"):
            return Path(name.lstrip("/"))
        parts: list[str] = []
        for part in (*self.directory.parts, *Path(name).parts):
            if part == ".." and parts:
                parts.pop()
            else:
                parts.append(part)
        return Path(*parts)

    def _fault(self, code: str, what: str, line: Line, path: Path) -> None:
        text = what.format(name=path.as_posix())
        self.problems.add(Problem(code, text, line.path, line.number))


def _closes_yaml(text: str) -> bool:
    return text.rstrip() in ("---", "...")


def _unescaped(match: re.Match[str]) -> str:
    return f"{{{{<{match[1] if match[1] is not None else match[2]}>}}}}"


def _block(origin: Line, *texts: str) -> list[Line]:
    return [origin._replace(text=text) for text in ("", *texts, "")]

"""Read one document of the book as plain pandoc markdown that remembers where it comes from.

In: a ``.qmd``, ``.md`` or ``.ipynb`` file. Out: a `Source`: markdown lines, each with its file and
line, metadata, and the files that embedded results bring.
Only here: front matter, and the choice between a text and a notebook.
"""

from __future__ import annotations

import datetime
import re
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from actes.errors import ArticleError
from actes.i18n import _
from actes.publish import keys
from actes.publish.cells import notebook_lines
from actes.publish.lines import Line, code_cells_shown
from actes.publish.macros import definitions_bared
from actes.publish.metadata import Yaml, directory_layers, line_of, merged, read_utf8, read_yaml
from actes.publish.notebook import Notebook
from actes.publish.problems import Problem, Problems
from actes.publish.project import Entry, Options, Project, read_options
from actes.publish.shortcodes import Expander
from actes.specs.yaml_words import type_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["Source", "read_book", "read_source"]

_TEXTS = frozenset({"title", "subtitle", "abstract", "description"})
_REFERENCES = re.compile(r"^:{3,}.*\{[^}]*#refs\b")


@dataclass(frozen=True)
class Source:
    """A document, ready for pandoc.

    Attributes
    ----------
    lines
        Markdown, shortcodes expanded, cells shown; the title of the front matter is a first line.
    metadata
        Project, directory and front matter, merged in that order.
    front_matter
        What the document itself and its directory say.
    files
        Path relative to the root → bytes, for each figure of an embedded notebook.
    """

    entry: Entry
    lines: tuple[Line, ...]
    metadata: Mapping[str, Any]
    front_matter: Mapping[str, Any]
    options: Options
    files: Mapping[str, bytes] = field(default_factory=dict)

    @property
    def is_index(self) -> bool:
        """Whether it is the book's front page."""
        return self.entry.path.parent.as_posix() == "." and self.entry.path.stem == "index"

    @property
    def markdown(self) -> str:
        """The text that pandoc reads."""
        return "\n".join(line.text for line in self.lines) + "\n"

    @property
    def depends_on_format(self) -> bool:
        """Whether it says one thing on the screen and another on paper."""
        marks = ("content-visible", "content-hidden", "{=")
        return any(mark in line.text for line in self.lines for mark in marks)

    def origin(self, number: int) -> tuple[str, int]:
        """File and line where the 1-based line ``number`` of the markdown comes from."""
        line = self.lines[min(number, len(self.lines)) - 1]
        return line.path, line.number

    def locate(self, pattern: str, *, occurrence: int = 1) -> tuple[str, int]:
        """File and line of a match of a regular expression; line 0 when there is none.

        When there are fewer matches than ``occurrence``, the last one.
        """
        wanted = re.compile(pattern)
        matches = [line for line in self.lines if wanted.search(line.text)][:occurrence]
        if matches:
            return matches[-1].path, matches[-1].number
        return self.entry.path.as_posix(), 0


def read_book(project: Project, problems: Problems) -> tuple[Project, tuple[Source, ...]]:
    """Read every document; one for the references is added when a book that cites has none.

    Returns
    -------
    project : Project
        The same, with that entry.
    sources : tuple of Source
        In reading order.

    Raises
    ------
    BookError
        When a document cannot be read at all; lesser faults are only noted.
    """
    sources: list[Source] = []
    for entry in project.entries:
        try:
            sources.append(read_source(project, entry, problems))
        except ArticleError as error:
            problems.add_error(error)
    if len(sources) < len(project.entries):
        # Labels of a document that cannot be read would all seem lost.
        problems.stop_if_any()
    texts = [line.text for source in sources for line in source.lines]
    if not project.bibliography or any(_REFERENCES.search(text) for text in texts):
        return project, tuple(sources)
    after = sum(not entry.is_appendix for entry in project.entries)
    entry = Entry(Path("references.qmd"), 0)
    written = (f"# {project.words['references']} {{.unnumbered}}", "", "::: {#refs}", ":::")
    lines = tuple(Line(text, "references.qmd", 0) for text in written)
    sources.insert(after, Source(entry, lines, project.metadata, {}, project.options))
    entries = [source.entry for source in sources]
    return replace(project, entries=tuple(entries)), tuple(sources)


def read_source(project: Project, entry: Entry, problems: Problems) -> Source:
    """Read ``entry``, noting in ``problems`` whatever its author must change.

    Raises
    ------
    ArticleError
        A101, A102 when the YAML cannot be read at all.
    """
    path = project.root / entry.path
    where = entry.path.as_posix()
    if entry.path.suffix == ".ipynb":
        notebook = Notebook.read(path, where)
        raw, front, offset = notebook.front_matter()
    else:
        notebook = None
        text = read_utf8(path, where).splitlines()
        raw = [Line(each, where, number) for number, each in enumerate(text, 1)]
        raw, front, offset = _split_front_matter(raw, where)
    _check_front_matter(front, where, offset, problems)
    _check_date(front, where, offset, problems)
    _check_texts(front, where, offset, problems)
    inherited: Yaml = {}
    for name, layer in directory_layers(project.root, entry.path):
        _check_front_matter(layer, name, 0, problems)
        inherited = merged(inherited, layer)
    own = merged(inherited, front)
    options = read_options(project.options, _flat(inherited), _flat(front))
    metadata = merged(project.metadata, own)
    expander = Expander(project.root, entry.path, metadata, options, problems)
    own = expander.metadata(own, where)
    body = raw if notebook is None else notebook_lines(notebook, options, problems, expander.files)
    lines = [
        *_title_lines(front, own, where, offset),
        *definitions_bared(code_cells_shown(expander.lines(body), options, problems)),
    ]
    return Source(entry, tuple(lines), metadata, own, options, dict(expander.files))


def _split_front_matter(lines: Sequence[Line], where: str) -> tuple[list[Line], Yaml, int]:
    """Separate the YAML between ``---`` from the text; also the line where that YAML starts."""
    if not lines or lines[0].text.rstrip() != "---":
        return list(lines), {}, 0
    for position, line in enumerate(lines[1:], 1):
        if line.text.rstrip() in ("---", "..."):
            text = "\n".join(each.text for each in lines[1:position])
            return list(lines[position + 1 :]), read_yaml(text, where, line_offset=1), 1
    return list(lines), {}, 0


def _check_front_matter(front: Yaml, where: str, offset: int, problems: Problems) -> None:
    formats = front.get("format")
    for each in formats.values() if isinstance(formats, dict) else ():
        if isinstance(each, dict):
            _check_front_matter(each, where, offset, problems)
    for key in front:
        if keys.is_refused(key, front[key], keys.DOCUMENT_REFUSED):
            problems.add(
                Problem(
                    "A106",
                    _("the embedded engine cannot honour the key {key}").format(key=key),
                    where,
                    line_of(front, key, line_offset=offset),
                    str(key),
                    next_step=_("remove it, or render this book with Quarto"),
                )
            )


def _check_date(front: Yaml, where: str, offset: int, problems: Problems) -> None:
    if str(front.get("date", "")) in ("today", "now", "last-modified"):
        problems.add(
            Problem(
                "A107",
                _("a date is written YYYY-MM-DD"),
                where,
                line_of(front, "date", line_offset=offset),
                "date",
                found=str(front["date"]),
                next_step=_("write the day itself: the same sources always give the same book"),
            )
        )


def _check_texts(front: Yaml, where: str, offset: int, problems: Problems) -> None:
    for key in sorted(_TEXTS & front.keys()):
        if isinstance(front[key], dict | list):
            problems.add(
                Problem(
                    "A144",
                    _("the value of {key} is a text").format(key=key),
                    where,
                    line_of(front, key, line_offset=offset),
                    key,
                    found=type_words(front[key]),
                    next_step=_("write it on one line between quotes, or on several after “|”"),
                )
            )


def _flat(front: Yaml) -> Yaml:
    """Raise the options of ``format: html:`` to the level where the others are."""
    formats = front.get("format")
    html = formats.get("html") if isinstance(formats, dict) else None
    return merged(front, html) if isinstance(html, dict) else front


def _title_lines(front: Yaml, own: Yaml, where: str, offset: int) -> Iterator[Line]:
    """Write the front matter's title as the chapter's first heading."""
    title = own.get("title") if "title" in front else None
    if title is None or not str(title).strip():
        return
    number = line_of(front, "title", line_offset=offset)
    text = " ".join(str(title).split())
    unnumbered = front.get("number-sections") is False and "{" not in text
    yield Line(f"# {text}{' {.unnumbered}' if unnumbered else ''}", where, number)
    yield Line("", where, number)


def plain_value(value: object) -> object:
    """Turn YAML values into what JSON can say: dates become text."""
    if isinstance(value, dict):
        return {str(key): plain_value(each) for key, each in value.items()}
    if isinstance(value, list):
        return [plain_value(each) for each in value]
    if isinstance(value, (datetime.date, datetime.datetime)):
        return value.isoformat()
    return value

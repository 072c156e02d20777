"""List the documents of a book: chapters, parts, appendices, references.

In: the ``book:`` map of the project file. Out: `Entry` records, in reading order.
Only here: the forms that Quarto gives to that list.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

from actes.i18n import _
from actes.publish.metadata import Yaml, line_of, read_yaml
from actes.publish.problems import Problem, Problems
from actes.publish.project import Entry
from actes.publish.words import spaced

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["PROJECT_FILE", "SOURCE_SUFFIXES", "read_entries"]

PROJECT_FILE = "_quarto.yml"
SOURCE_SUFFIXES = frozenset({".qmd", ".md", ".ipynb"})
_TITLE = re.compile(r"^#\s+(.*?)\s*(?:\{[^}]*\}\s*)?$")


def read_entries(root: Path, book: Yaml, lang: str, problems: Problems) -> tuple[Entry, ...]:
    """List the documents that the book is made of; what is wrong goes to ``problems``."""
    return tuple(_Reader(root, book, lang, problems).entries())


class _Reader:
    def __init__(self, root: Path, book: Yaml, lang: str, problems: Problems) -> None:
        self.root = root
        self.book = book
        self.lang = lang
        self.problems = problems

    def entries(self) -> Iterator[Entry]:
        chapters = self.book.get("chapters")
        if not isinstance(chapters, list) or not chapters:
            self._fault(_("the book has no chapters"), self.book, "chapters")
            return
        listed = [
            *self._walk(chapters, ""),
            *(self._walk(self.book.get("appendices") or [], "", is_appendix=True)),
            *self._references(),
        ]
        if listed and listed[0].path.stem != "index":
            self._fault(
                _("the first chapter must be index.qmd (or .md, .ipynb)"), self.book, "chapters",
                found=listed[0].path.as_posix(),
            )  # fmt: skip
        seen: set[Path] = set()
        for entry in listed:
            if self._is_sound(entry, seen):
                yield entry
            seen.add(entry.path)

    def _is_sound(self, entry: Entry, seen: set[Path]) -> bool:
        name = entry.path.as_posix()
        if entry.path in seen:
            self._document_fault("A105", _("this document is listed twice"), entry)
        elif entry.path.suffix not in SOURCE_SUFFIXES:
            self._document_fault("A109", _("a chapter is a .qmd, .md or .ipynb file"), entry)
        elif entry.path.is_absolute() or ".." in entry.path.parts:
            self._document_fault("A109", _("a chapter lies inside the book's directory"), entry)
        elif not (self.root / entry.path).is_file():
            what = _("there is no such file: {name}").format(name=name)
            self._document_fault("A108", what, entry)
        else:
            return True
        return False

    def _document_fault(self, code: str, what: str, entry: Entry) -> None:
        self.problems.add(
            Problem(code, what, PROJECT_FILE, entry.line, found=entry.path.as_posix())
        )

    def _fault(self, what: str, node: object, name: object, *, found: str = "") -> None:
        line = line_of(node, name)
        self.problems.add(Problem("A105", what, PROJECT_FILE, line, "book.chapters", found=found))

    def _walk(self, items: list[Any], part: str, *, is_appendix: bool = False) -> Iterator[Entry]:
        for position, item in enumerate(items):
            line = line_of(items, position)
            if isinstance(item, str):
                yield Entry(Path(item), line, part, is_appendix)
            elif isinstance(item, dict) and "part" in item:
                yield from self._part(item, is_appendix=is_appendix)
            elif isinstance(item, dict) and isinstance(item.get("href"), str):
                yield Entry(Path(item["href"]), line, part, is_appendix)
            else:
                self._fault(_("this chapter is neither a file nor a part"), items, position)

    def _part(self, item: Yaml, *, is_appendix: bool) -> Iterator[Entry]:
        """A part is a title, or a file that has a title and a text of its own."""
        title, page = str(item["part"]), Path(str(item["part"]))
        if page.suffix in SOURCE_SUFFIXES:
            title = self._title_of(page)
            yield Entry(page, line_of(item, "part"), spaced(title, self.lang), is_appendix, True)
        yield from self._walk(
            item.get("chapters") or [], spaced(title, self.lang), is_appendix=is_appendix
        )

    def _title_of(self, page: Path) -> str:
        """Title of a part's own page: its ``title:``, else its first ``#``, else its name."""
        path = self.root / page
        text = path.read_text(encoding="utf-8-sig") if path.is_file() else ""
        if text.startswith("---\n") and "\n---" in text[4:]:
            end = text.index("\n---", 4)
            title = read_yaml(text[4:end], page.as_posix(), line_offset=1).get("title")
            if title:
                return str(title)
            text = text[end:]
        found = (match[1] for line in text.splitlines() if (match := _TITLE.match(line)))
        return next(found, page.stem)

    def _references(self) -> Iterator[Entry]:
        page = self.book.get("references")
        if isinstance(page, str):
            yield Entry(Path(page), line_of(self.book, "references"))

"""Number the chapters of a book and know where each label is.

In: the chapters, each read alone. Out: a `BookIndex`: numbers, the text of each reference, and the
faults that only the whole book shows.
Only here: chapter numbers, and which chapter a reference leads to.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from actes.i18n import _
from actes.publish.faults import chapter_faults, reader_faults
from actes.publish.problems import Problem, Problems

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from actes.publish.project import Project
    from actes.publish.source import Source

__all__ = ["BookIndex", "ReadChapter", "check_book"]

Label = dict[str, Any]

# How the files of each kind begin.
_SIGNATURES = {
    "png": (b"\x89PNG",), "jpg": (b"\xff\xd8",), "jpeg": (b"\xff\xd8",), "gif": (b"GIF8",),
    "webp": (b"RIFF",),
}  # fmt: skip
_ACTIVE_SVG = re.compile(rb"<script|<[^>]*\son[a-z]+\s*=|javascript:", re.IGNORECASE)


@dataclass(frozen=True)
class ReadChapter:
    """A chapter after its first pass.

    Attributes
    ----------
    document
        Its pandoc JSON as text, numbers still relative (".1").
    gathered
        What `neutral.lua` noted: ``labels``, ``ids``, ``refs``, ``keys``, ``images``, ``links``,
        ``problems``, ``title``, ``unnumbered``, ``has_bibliography``, ``citations``.
    warnings
        What pandoc remarked while reading it.
    """

    source: Source
    document: str
    gathered: dict[str, Any]
    warnings: tuple[str, ...] = ()
    kind: str = ""
    number: str = ""

    @property
    def page(self) -> str:
        """Its page, relative to the book."""
        return f"{self.source.entry.slug}.html"

    @property
    def labels(self) -> dict[str, Label]:
        """Everything in it that can be referred to, by id."""
        return {label["id"]: label for label in self.gathered["labels"]}


@dataclass(frozen=True)
class BookIndex:
    """The whole book, numbered."""

    project: Project
    chapters: tuple[ReadChapter, ...]
    homes: dict[str, tuple[ReadChapter, ...]] = field(default_factory=dict)

    @classmethod
    def of(cls, project: Project, chapters: Sequence[ReadChapter]) -> BookIndex:
        """Number the chapters and gather their labels."""
        numbered = tuple(_numbered(project, chapters))
        homes: dict[str, tuple[ReadChapter, ...]] = {}
        for chapter in numbered:
            for label in chapter.labels:
                homes[label] = (*homes.get(label, ()), chapter)
        return cls(project, numbered, homes)

    @property
    def cited(self) -> bool:
        """Whether there is anything for citeproc to do."""
        return any(chapter.gathered["keys"] for chapter in self.chapters) or bool(
            self.project.nocite
        )

    def home(self, label: str, reader: ReadChapter) -> ReadChapter | None:
        """Chapter that ``label`` leads to from ``reader``: itself first; None if lost or unsure."""
        homes = self.homes.get(label, ())
        if reader in homes:
            return reader
        return homes[0] if len(homes) == 1 else None

    @property
    def bibliography_page(self) -> str:
        """Page that holds the list of references; empty without one."""
        pages = (each.page for each in self.chapters if each.gathered["has_bibliography"])
        return next(pages, "")

    def links_of(self, chapter: ReadChapter) -> dict[str, Any]:
        """Say what each reference and each link of a chapter leads to, for `resolve.lua`."""
        return {
            "refs": {
                ref["id"]: self._reference(ref["id"], chapter) for ref in chapter.gathered["refs"]
            },
            "pages": dict(self._pages(chapter)),
        }

    def _reference(self, label_id: str, reader: ReadChapter) -> dict[str, str]:
        home = self.home(label_id, reader)
        assert home  # noqa: S101 - `check_book` has refused the others
        label = home.labels[label_id]
        kind = label["kind"]
        if kind == "chapter" and home.kind == "appendix":
            kind = "appendix"
        number = f"{home.number}{label['number']}".lstrip(".") if label["numbered"] else ""
        if label.get("part"):
            number += f"\u00a0({label['part']})"
        return {
            "prefix": self.project.words[f"{kind}_ref"],
            "number": number,
            "title": label["title"],
            "page": "" if home is reader else home.page,
        }

    def _pages(self, reader: ReadChapter) -> Iterator[tuple[str, dict[str, str]]]:
        by_path = {each.source.entry.path.as_posix(): each for each in self.chapters}
        for link in reader.gathered["links"]:
            if link["kind"] == "page" and link["path"] in by_path:
                home = by_path[link["path"]]
                anchor = link["anchor"]
                first = home.gathered["labels"][0]["id"]
                target = f"{link['path']}#{anchor}" if anchor else link["path"]
                page = "" if home is reader else home.page
                yield target, {"target": f"#{anchor or first}", "page": page}


def _numbered(project: Project, chapters: Sequence[ReadChapter]) -> Iterator[ReadChapter]:
    n_chapters = n_appendices = 0
    for chapter in chapters:
        entry = chapter.source.entry
        number = ""
        if chapter.gathered["unnumbered"] or entry.is_part:
            kind = "unnumbered"
        elif entry.is_appendix:
            n_appendices += 1
            kind, number = "appendix", _letter(n_appendices)
        else:
            n_chapters += 1
            kind, number = "chapter", str(n_chapters)
        if chapter.gathered["has_bibliography"]:
            kind = "references"
        if entry.is_part:
            kind = "part"
        if chapter.source.is_index:
            kind = "index"
        yield replace(chapter, kind=kind, number=number)


def _letter(position: int) -> str:
    letters = ""
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def check_book(index: BookIndex, keys: frozenset[str] | None, problems: Problems) -> None:
    """Note every fault of every chapter, in reading order.

    ``keys`` are those of the bibliography; None when it cannot be read, and is not to be checked.
    """
    for chapter in index.chapters:
        for problem in chapter_faults(chapter.source, chapter.gathered["problems"]):
            problems.add(problem)
        for problem in reader_faults(chapter.source, chapter.warnings):
            problems.add(problem)
        for problem in _lost_references(index, chapter):
            problems.add(problem)
        if keys is not None:
            for problem in _lost_citations(chapter, keys, index.project.bibliography):
                problems.add(problem)
        for problem in (
            *_lost_files(index, chapter),
            *_active_images(index, chapter),
            *_false_images(index, chapter),
        ):
            problems.add(problem)


def _lost_references(index: BookIndex, chapter: ReadChapter) -> Iterator[Problem]:
    for ref in chapter.gathered["refs"]:
        label, needle = ref["id"], ref["needle"]
        if index.home(label, chapter):
            continue
        path, line = chapter.source.locate(re.escape(needle) + r"(?![\w-])")
        homes = index.homes.get(label, ())
        if homes:
            places = ", ".join(each.source.entry.path.as_posix() for each in homes)
            yield Problem(
                "A122",
                _("the reference {needle} could lead to several chapters").format(needle=needle),
                path, line, found=places,
                next_step=_("give each its own label"),
            )  # fmt: skip
        else:
            prefix = label.split("-")[0]
            near = sorted(each for each in index.homes if each.startswith(f"{prefix}-"))
            yield Problem(
                "A121",
                _("the reference {needle} leads nowhere").format(needle=needle),
                path, line, expected=", ".join(near[:12]),
                next_step=_("correct the label, or give it to what is meant: {{#{label}}}").format(
                    label=label
                ),
            )  # fmt: skip


def _lost_citations(
    chapter: ReadChapter, keys: frozenset[str], files: tuple[Path, ...]
) -> Iterator[Problem]:
    for key in dict.fromkeys(chapter.gathered["keys"]):
        if key not in keys:
            path, line = chapter.source.locate("@\\{?" + re.escape(key) + r"(?![\w-])")
            yield Problem(
                "A123",
                _("the bibliography has no entry {key}").format(key=f"@{key}"),
                path,
                line,
                expected=", ".join(each.as_posix() for each in files),
                next_step=_(
                    "add the entry or correct the key; an @ that is no citation is written \\@"
                ),
            )


def _active_images(index: BookIndex, chapter: ReadChapter) -> Iterator[Problem]:
    """Refuse a drawing that would run code when a reader opens it by itself."""
    source = chapter.source
    for image in chapter.gathered["images"]:
        path = index.project.root / image["path"]
        if not image["path"].endswith(".svg"):
            continue
        content = source.files.get(image["path"]) or (path.read_bytes() if path.is_file() else b"")
        if _ACTIVE_SVG.search(content):
            where, line = source.locate(re.escape(image["target"]))
            what = _("the image {name} holds a script").format(name=image["path"])
            step = _("save it again as a plain SVG, or as a PNG")
            yield Problem("A140", what, where, line, next_step=step)


def _false_images(index: BookIndex, chapter: ReadChapter) -> Iterator[Problem]:
    """Refuse a picture that is not what its name says: some format could not draw it."""
    source = chapter.source
    for image in chapter.gathered["images"]:
        signatures = _SIGNATURES.get(image["path"].rpartition(".")[2].lower())
        path = index.project.root / image["path"]
        if not signatures or not (image["path"] in source.files or path.is_file()):
            continue
        if not _first_bytes(source.files.get(image["path"]), path).startswith(signatures):
            where, line = source.locate(re.escape(image["target"]))
            what = _("the file {name} is no picture of the kind that its name says")
            step = _("save the picture again, under a name that says its kind")
            yield Problem("A142", what.format(name=image["path"]), where, line, next_step=step)


def _first_bytes(content: bytes | None, path: Path) -> bytes:
    if content is not None:
        return content[:8]
    with path.open("rb") as file:
        return file.read(8)


def _lost_files(index: BookIndex, chapter: ReadChapter) -> Iterator[Problem]:
    root = index.project.root
    source = chapter.source
    pages = {each.source.entry.path.as_posix(): each for each in index.chapters}
    for image in chapter.gathered["images"]:
        if image["path"] not in source.files and not (root / image["path"]).is_file():
            yield _lost(source, _("the image {name} does not exist"), image["target"])
    for link in chapter.gathered["links"]:
        home = chapter if link["kind"] == "anchor" else pages.get(link["path"])
        if link["kind"] == "file":
            if not (root / link["path"]).is_file():
                yield _lost(source, _("the linked file {name} does not exist"), link["needle"])
        elif home is None:
            yield _lost(source, _("{name} is not a chapter of this book"), link["needle"])
        elif link["anchor"] and link["anchor"] not in home.gathered["ids"]:
            name = f"{link['path']}#{link['anchor']}"
            yield _lost(source, _("the link {name} leads nowhere"), name, link["needle"])


def _lost(source: Source, what: str, name: str, needle: str = "") -> Problem:
    path, line = source.locate(re.escape(needle or name))
    return Problem("A125", what.format(name=name), path, line)

"""Say, for people, the faults that the Lua filters name.

In: what `neutral.lua` noted. Out: `Problem` records with file and line.
Only here: those sentences.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from actes.i18n import _
from actes.publish.problems import Problem, unsupported

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from actes.publish.source import Source

__all__ = ["chapter_faults", "reader_faults"]

# What pandoc's reader remarks, where our own look could not see it.
_UNCLOSED = re.compile(r"Div at line (\d+) column \d+ unclosed")
_UNUSED_NOTE = re.compile(r"Note with key '(.+)' defined at line (\d+) column \d+ but not used")
_TWICE = re.compile(r"Duplicate (?:note|link) reference '(.+)' at line (\d+)")


def reader_faults(source: Source, warnings: Sequence[str]) -> Iterator[Problem]:
    """Give pandoc's own remarks the file and line of the author."""
    for warning in warnings:
        if match := _UNCLOSED.search(warning):
            what = _("this block is never closed")
            path, line = source.origin(int(match[1]))
            yield Problem("A133", what, path, line, next_step=_("close it with a line “:::”"))
        elif match := _UNUSED_NOTE.search(warning):
            what = _("the note {name} is written but never called").format(name=match[1])
            path, line = source.origin(int(match[2]))
            yield Problem("A133", what, path, line, next_step=_("call it, or remove it"))
        elif match := _TWICE.search(warning):
            what = _("{name} is written twice").format(name=match[1])
            path, line = source.origin(int(match[2]))
            yield Problem("A133", what, path, line, next_step=_("keep one of the two"))


def chapter_faults(source: Source, noted: Sequence[dict[str, str]]) -> Iterator[Problem]:
    """Give each fault its line and its sentence."""
    for fault in noted:
        occurrence = 2 if fault["kind"] == "twice" else 1
        path, line = _located(source, fault["needle"], occurrence)
        yield _problem(fault["kind"], fault["name"], path, line)


def _located(source: Source, needle: str, occurrence: int) -> tuple[str, int]:
    """Find the line that holds ``needle``, else as many of its first words as one line holds.

    A formula whose commands are the author's own is not written anywhere as pandoc reads it.
    """
    if needle == "^":
        return source.entry.path.as_posix(), 1
    words = needle
    while words:
        before = r"(?<![\w-])" if re.match(r"\w", words) else ""
        after = r"(?![\w-])" if re.match(r"\w", words[-1]) else ""
        path, line = source.locate(before + re.escape(words) + after, occurrence=occurrence)
        # A cell of a notebook has a name and no line.
        if line or path != source.entry.path.as_posix():
            return path, line
        words = words.rpartition(" ")[0].rstrip()
    return source.entry.path.as_posix(), 0


def _problem(kind: str, name: str, path: str, line: int) -> Problem:
    constructs = _constructs()
    if kind in constructs:
        return unsupported(constructs[kind].format(name=name), path, line)
    code, what, next_step = {**_lost_marks(), **_pictures(), **_actions()}[kind]
    return Problem(code, what.format(name=name), path, line, next_step=next_step)


def _constructs() -> dict[str, str]:
    return {
        "attribute": _("the attribute {name}"),
        "div": _("the block {name}"),
        "tag": _("the HTML tag {name}"),
        "raw": _("raw {name}"),
        "float": _("labels that begin with {name}"),
        "annotation": _("annotations of code ({name})"),
        "inline-code": _("code to run in a sentence ({name})"),
        "layout": _("the layout {name}"),
        "title": _("{name} in the title of a callout or of a tab"),
        "image-type": _("images of this kind ({name})"),
    }


def _lost_marks() -> dict[str, tuple[str, str, str]]:
    return {
        "twice": (
            "A120",
            _("the label {name} is given twice in this chapter"),
            _("give each its own label"),
        ),
        "no-title": (
            "A126",
            _("the chapter has no title"),
            _("begin it with a line “# Title”, or a title: in its front matter"),
        ),
        "formula": (
            "A132",
            _("this formula cannot be read: {name}"),
            _("check its braces and its commands (TeX, as in LaTeX's amsmath)"),
        ),
        "stray": (
            "A133",
            _("{name} would be printed as it is"),
            _("it is not closed, not defined, or not attached to anything"),
        ),
    }


def _actions() -> dict[str, tuple[str, str, str]]:
    return {
        "active": (
            "A141",
            _("{name} could run code in the reader's browser"),
            _("a book holds text and pictures only: remove it"),
        ),
    }


def _pictures() -> dict[str, tuple[str, str, str]]:
    return {
        "no-alt": (
            "A127",
            _("the image {name} has neither caption nor alternative text"),
            _('add fig-alt="…": what someone who cannot see it must know'),
        ),
        "remote": (
            "A128",
            _("{name} would be fetched from the network"),
            _("put the file beside the chapter: a book is read without a network"),
        ),
        "outside": (
            "A129",
            _("{name} lies outside the book's directory"),
            _("put the file inside the book"),
        ),
    }

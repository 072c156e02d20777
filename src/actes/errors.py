"""Say what went wrong in one message a person can act on.

In: what, where, found, expected, next step. Out: an exception whose text is those lines.

::

    ActesError
    ├── InputError        exit 2   something that a person wrote cannot be used
    │   ├── WorkspaceError    W…   no workspace, or not a usable one
    │   ├── SpecError         S…   a YAML file, a descriptor or a front matter
    │   ├── ParameterError    P…   a study's parameter
    │   ├── SourceError       D…   a data file that cannot be opened as described
    │   ├── ArticleError      A…   an article, a chapter or the book's project file
    │   └── CrateError        E…   a published edition that cannot be read or believed
    ├── FindingError      exit 1   the work was done and the answer is no
    │   ├── TableError        D…   cells that cannot be read as their declared type
    │   ├── VerdictError      V…   data without a verdict, or with a failing one
    │   ├── StudyError        R…   a notebook whose cell raised
    │   └── HeldError         C…   results that may not leave
    └── ToolError         exit 3   an outside program, the disk or a kernel failed   T…

A code's letter says what it is about; its class, how the command ends: a few codes of a letter
belong to another class than the one drawn beside it. Each is explained in
``docs/erreurs.md``. No message ever carries a row's value.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from actes.i18n import _

if TYPE_CHECKING:
    from pathlib import Path

__all__ = [
    "ActesError",
    "ArticleError",
    "CrateError",
    "FindingError",
    "HeldError",
    "InputError",
    "ParameterError",
    "SourceError",
    "SpecError",
    "StudyError",
    "TableError",
    "ToolError",
    "VerdictError",
    "WorkspaceError",
    "place",
]


class ActesError(Exception):
    """The root of everything that Actes says it cannot do.

    Parameters
    ----------
    code
        Stable identifier (a letter and three digits), documented in ``docs/erreurs.md``.
    what
        One sentence, in the reader's language: what is wrong.
    where
        File, line, key: see `place`. Empty when the sentence says it already.
    found, expected
        What was met and what was awaited; empty when they would add nothing.
    next_step
        What to do now: a command, or the edit to make.
    """

    exit_code: ClassVar[int] = 2

    def __init__(
        self,
        code: str,
        what: str,
        *,
        where: str = "",
        found: str = "",
        expected: str = "",
        next_step: str = "",
    ) -> None:
        super().__init__(code, what)
        self.code = code
        self.what = what
        self.where = where
        self.found = found
        self.expected = expected
        self.next_step = next_step

    def __str__(self) -> str:
        labelled = (
            (_("where"), self.where),
            (_("found"), self.found),
            (_("expected"), self.expected),
            (_("next step"), self.next_step),
        )
        width = max(len(label) for label, _text in labelled)
        lines = [f"[{self.code}] {self.what}"]
        lines += [f"  {label:<{width}}  {text}" for label, text in labelled if text]
        return "\n".join(lines)

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (self.code, self.what), self.__dict__.copy())

    def as_dict(self) -> dict[str, str]:
        """The same message for a program (``--json``)."""
        return {
            "code": self.code,
            "what": self.what,
            "where": self.where,
            "found": self.found,
            "expected": self.expected,
            "next_step": self.next_step,
        }

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in a notebook in place of a traceback."""
        return str(self).splitlines()


class InputError(ActesError):
    """Something that a person wrote cannot be used."""

    exit_code = 2


class WorkspaceError(InputError):
    """No workspace here, or one that cannot be used."""


class SpecError(InputError):
    """A YAML file, a dataset descriptor or a front matter is wrong."""


class ParameterError(InputError):
    """A study was asked for with a parameter that it cannot take."""


class SourceError(InputError):
    """A data file cannot be opened the way its descriptor says."""


class ArticleError(InputError):
    """An article, a chapter or the book's project file cannot be published as written."""


class CrateError(InputError):
    """A published edition (RO-Crate) cannot be read, believed or run again."""


class FindingError(ActesError):
    """The work was done and the answer is no."""

    exit_code = 1


class TableError(FindingError):
    """Cells cannot be read as their declared type."""


class VerdictError(FindingError):
    """A study was asked for on data that are not validated."""


class StudyError(FindingError):
    """A notebook's cell raised an exception."""


class HeldError(FindingError):
    """Results may not leave."""


class ToolError(ActesError):
    """An outside program, the disk or a kernel failed."""

    exit_code = 3


def place(path: Path | str, *, line: int | None = None, key: str = "") -> str:
    """Say where something is, in the reader's language.

    Parameters
    ----------
    path
        A file, relative to the workspace when it is inside one.
    line
        1-based line number; None when it isn't known.
    key
        Dotted key inside the file (``schema.fields[2].type``).
    """
    parts = [path if isinstance(path, str) else path.as_posix()]
    if line is not None:
        parts.append(_("line {line}").format(line=line))
    if key:
        parts.append(_("key {key}").format(key=key))
    return ", ".join(parts)

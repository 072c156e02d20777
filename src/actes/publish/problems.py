"""Gather everything wrong with a book, and say it in one message.

In: problems met here and there while reading. Out: one `BookError`, first problem in full, the
others listed.
Only here: the order in which an author is told about faults.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from actes.errors import ActesError, ArticleError, place
from actes.i18n import _, ngettext

__all__ = ["BookError", "Problem", "Problems", "unsupported"]


@dataclass(frozen=True)
class Problem:
    """One thing an author must change.

    ``path`` is relative to the book; ``line`` is 1-based, 0 when it isn't known. The other
    fields are those of `actes.errors.ActesError`.
    """

    code: str
    what: str
    path: str = ""
    line: int = 0
    key: str = ""
    found: str = ""
    expected: str = ""
    next_step: str = ""

    @property
    def where(self) -> str:
        """The place, in the reader's language."""
        return place(self.path, line=self.line or None, key=self.key) if self.path else ""


class BookError(ArticleError):
    """A book cannot be rendered as it is written.

    Parameters
    ----------
    problems
        At least one; the first is shown in full.
    """

    def __init__(self, problems: list[Problem]) -> None:
        first = problems[0]
        super().__init__(
            first.code,
            first.what,
            where=first.where,
            found=first.found,
            expected=first.expected,
            next_step=first.next_step,
        )
        self.problems = tuple(problems)

    def __str__(self) -> str:
        others = self.problems[1:]
        if not others:
            return super().__str__()
        title = ngettext("{n} other problem:", "{n} other problems:", len(others))
        lines = [super().__str__(), "", title.format(n=len(others))]
        lines += [f"  [{each.code}] {each.where} : {each.what}" for each in others]
        return "\n".join(lines)

    def __reduce__(self) -> tuple[object, ...]:
        return (type(self), (list(self.problems),))


@dataclass
class Problems:
    """A list of problems that grows while a book is read."""

    found: list[Problem] = field(default_factory=list)

    def add(self, problem: Problem) -> None:
        """Note one more problem, once."""
        if problem not in self.found:
            self.found.append(problem)

    def add_error(self, error: ActesError) -> None:
        """Note what stopped the reading of one file, and go on with the others."""
        self.add(
            Problem(
                error.code,
                error.what,
                error.where,
                found=error.found,
                expected=error.expected,
                next_step=error.next_step,
            )
        )

    def stop_if_any(self) -> None:
        """Raise `BookError` when something was noted: file by file, in line order."""
        if self.found:
            files = list(dict.fromkeys(problem.path for problem in self.found))
            raise BookError(
                sorted(self.found, key=lambda each: (files.index(each.path), each.line))
            )


def unsupported(construct: str, path: str, line: int, *, next_step: str = "") -> Problem:
    """Say that a construct of Quarto's is not understood by the embedded engine."""
    return Problem(
        "A130",
        _("the embedded engine does not know {construct}").format(construct=construct),
        path,
        line,
        next_step=next_step or _("write it another way, or render this book with Quarto"),
    )

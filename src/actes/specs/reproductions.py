"""Say what reproducing a published article found, and read what was recorded of it.

In: ``reports/<article>/reproductions.yml``. Out: `Reproduction`, the latest last.
Only here: the words for verdicts and notes; the file keeps codes, since a book and those who
reproduce it may speak other languages.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from actes.errors import SpecError, place
from actes.i18n import _, ngettext
from actes.specs.reading import Record, build, read_yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from actes.workspace import Workspace

__all__ = [
    "VERDICTS",
    "Difference",
    "Note",
    "OutputVerdict",
    "Reproduction",
    "Verdict",
    "kind_words",
    "label_of",
    "read_reproductions",
    "reproductions_file",
    "verdict_words",
    "worst",
]

_SHA256 = r"^[0-9a-f]{64}$"

Verdict = Literal["identical", "within_tolerance", "differs", "failed"]
VERDICTS: tuple[Verdict, ...] = ("identical", "within_tolerance", "differs", "failed")
"""From the best to the worst."""


class Note(Record):
    """One thing to know about a verdict: a code, and the facts that its words need."""

    code: Literal[
        "added", "alt", "caption", "cells", "columns", "failed", "kind", "order", "removed",
        "rows", "titles", "unmatched", "value",
    ]  # fmt: skip
    facts: dict[str, str | int] = Field(default_factory=dict)

    def words(self) -> str:
        """The note in the reader's language."""
        return _NOTES[self.code](self.facts)


def label_of(article: str) -> str:
    """Write an article's name so that a label may hold it: letters, digits, hyphens."""
    return re.sub(r"[\W_]+", "-", article)


def _cells(facts: Mapping[str, Any]) -> str:
    text = ngettext(
        "{n} cell of {of} beyond tolerance, by {largest} in “{column}”",
        "{n} cells of {of} beyond tolerance, the furthest by {largest} in “{column}”",
        int(facts["n"]),
    )
    return text.format(**facts)


_NOTES: dict[str, Callable[[Mapping[str, Any]], str]] = {
    "added": lambda _f: _("was not published"),
    "alt": lambda _f: _("another alternative text"),
    "caption": lambda _f: _("another caption"),
    "cells": _cells,
    "columns": lambda f: _("other columns: {published}; here {here}").format(**f),
    "failed": lambda f: f"[{f['code']}] {f['what']}",
    "kind": lambda f: _("published as: {published}, here: {here}").format(
        **{key: kind_words()[kind] for key, kind in f.items()}
    ),
    "order": lambda _f: _("rows in another order"),
    "removed": lambda _f: _("no longer given"),
    "rows": lambda f: _("{published} rows published, {here} here").format(**f),
    "titles": lambda _f: _("other column heads"),
    "unmatched": lambda f: _("{n} of {of} published rows not found again").format(**f),
    "value": lambda f: _("published {published}, here {here}").format(**f),
}


class OutputVerdict(Record):
    """What became of one published result."""

    run: str
    kind: Literal["table", "figure", "value"]
    name: str
    verdict: Verdict
    notes: tuple[Note, ...] = ()


class Difference(Record):
    """Something that is not here as it was when the article was published.

    ``published`` or ``here`` is empty when there was, or is, none.
    """

    of: Literal["environment", "code", "data"]
    name: str
    published: str
    here: str


class Reproduction(Record):
    """One re-execution of all the runs of an article, held against what was published.

    ``crate`` names the edition, ``published`` what readers saw of it; ``by`` and ``date``
    (ISO 8601) are empty until it is recorded.
    """

    by: str = ""
    date: str = ""
    crate: str = Field(pattern=_SHA256)
    published: str = Field(pattern=_SHA256)
    verdict: Verdict
    differences: tuple[Difference, ...] = ()
    outputs: tuple[OutputVerdict, ...]

    @property
    def counts(self) -> dict[Verdict, int]:
        """Number of results by verdict."""
        seen = Counter(output.verdict for output in self.outputs)
        return {verdict: seen[verdict] for verdict in VERDICTS}

    def counted(self) -> str:
        """The same in the reader's language: `80 identical, 2 within tolerance`."""
        n = self.counts
        texts = {
            "identical": ngettext("{n} identical", "{n} identical", n["identical"]),
            "within_tolerance": _("{n} within tolerance"),
            "differs": ngettext("{n} differs", "{n} differ", n["differs"]),
            "failed": ngettext("{n} failure", "{n} failures", n["failed"]),
        }
        return ", ".join(texts[verdict].format(n=n[verdict]) for verdict in VERDICTS if n[verdict])


class _Recorded(Record):
    reproductions: tuple[Reproduction, ...]


def worst(outputs: tuple[OutputVerdict, ...]) -> Verdict:
    """The verdict of a whole: that of its worst part."""
    found = (VERDICTS.index(output.verdict) for output in outputs)
    return VERDICTS[max(found, default=len(VERDICTS) - 1)]


def verdict_words() -> dict[Verdict, str]:
    """What each verdict is called."""
    return {
        "identical": _("identical"),
        "within_tolerance": _("within tolerance"),
        "differs": _("differs"),
        "failed": _("failed"),
    }


def kind_words() -> dict[str, str]:
    """What each kind of result is called."""
    return {"table": _("table"), "figure": _("figure"), "value": _("value")}


def reproductions_file(workspace: Workspace, article: str) -> Path:
    """Where the recorded reproductions of an article are."""
    return workspace.reports / article / "reproductions.yml"


def read_reproductions(workspace: Workspace, article: str) -> tuple[Reproduction, ...]:
    """Read the recorded reproductions of an article, the latest last; none when there is no file.

    Raises
    ------
    SpecError
        S003, S004; E014 when the file holds something else than a list.
    """
    path = reproductions_file(workspace, article)
    if not path.is_file():
        return ()
    shown = workspace.shown(path)
    content = read_yaml(path, shown=shown)
    if not isinstance(content, list):
        raise SpecError(
            "E014",
            _("The recorded reproductions of an article are a list."),
            where=place(shown),
            next_step=_("restore the file (git checkout), or delete it and reproduce again"),
        )
    return build(_Recorded, {"reproductions": content}, shown=shown).reproductions

"""Give each published result of a run its verdict.

In: published and obtained records of one run. Out: `OutputVerdict`, in the order of publication,
then those that were not published. A figure is compared by the figures behind it, never by its
drawing; numbers by their value, never by the way they are written.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from actes.reproduce.cells import Held, hold_cell, hold_rows
from actes.results import Tolerance
from actes.specs.reproductions import VERDICTS, Note, OutputVerdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from actes.errors import ActesError

__all__ = ["compare", "failed"]


def compare(
    run: str, published: Sequence[Mapping[str, Any]], obtained: Sequence[Mapping[str, Any]]
) -> tuple[OutputVerdict, ...]:
    """Compare the results of one run.

    Parameters
    ----------
    run
        Its name in the article.
    published, obtained
        Reviewed records, as `results` describes them.
    """
    here = {record["name"]: record for record in obtained}
    held = [(record, _hold(record, here.get(record["name"]))) for record in published]
    known = {record["name"] for record in published}
    added = Held("differs", (Note(code="added"),))
    held += [(record, added) for record in obtained if record["name"] not in known]
    return tuple(
        OutputVerdict(
            run=run,
            kind=record["kind"],
            name=record["name"],
            verdict=each.verdict,
            notes=each.notes,
        )
        for record, each in held
    )


def failed(
    run: str, published: Sequence[Mapping[str, Any]], error: ActesError
) -> tuple[OutputVerdict, ...]:
    """Say of each result of a run that it could not be made again, and why."""
    why = Note(code="failed", facts={"code": error.code, "what": error.what})
    return tuple(
        OutputVerdict(
            run=run, kind=record["kind"], name=record["name"], verdict="failed", notes=(why,)
        )
        for record in published
    )


def _hold(published: Mapping[str, Any], obtained: Mapping[str, Any] | None) -> Held:
    if obtained is None:
        return Held("differs", (Note(code="removed"),))
    if published["kind"] != obtained["kind"]:
        kinds: dict[str, str | int] = {"published": published["kind"], "here": obtained["kind"]}
        return Held("differs", (Note(code="kind", facts=kinds),))
    if published["kind"] == "value":
        parts = [_hold_value(published, obtained)]
    else:
        was, now = (record.get("data", record) for record in (published, obtained))
        parts = [_hold_frame(was, now)]
    parts += [Held("differs", (note,)) for note in _other_words(published, obtained)]
    verdict = max((part.verdict for part in parts), key=VERDICTS.index)
    return Held(verdict, tuple(note for part in parts for note in part.notes))


def _hold_value(published: Mapping[str, Any], obtained: Mapping[str, Any]) -> Held:
    was, now = published["value"], obtained["value"]
    verdict = hold_cell(was, now, _tolerance(published))
    if verdict == "identical":
        return Held(verdict)
    return Held(verdict, (Note(code="value", facts={"published": str(was), "here": str(now)}),))


def _hold_frame(published: Mapping[str, Any], obtained: Mapping[str, Any]) -> Held:
    """Compare columns by name, in any order, then rows; the published tolerances hold."""
    names, others = _names(published), _names(obtained)
    if sorted(names) != sorted(others) or (names != others and len(set(names)) < len(names)):
        facts: dict[str, str | int] = {"published": ", ".join(names), "here": ", ".join(others)}
        return Held("differs", (Note(code="columns", facts=facts),))
    order = range(len(names)) if names == others else [others.index(name) for name in names]
    return hold_rows(
        [tuple(row) for row in published["rows"]],
        [tuple(row[column] for column in order) for row in obtained["rows"]],
        tuple(_tolerance(column) for column in published["columns"]),
        names,
    )


def _names(frame: Mapping[str, Any]) -> list[str]:
    return [column["name"] for column in frame["columns"]]


def _tolerance(record: Mapping[str, Any]) -> Tolerance | None:
    declared = record.get("tolerance")
    return None if declared is None else Tolerance.model_validate(declared)


def _other_words(published: Mapping[str, Any], obtained: Mapping[str, Any]) -> Iterator[Note]:
    """Captions and alternative texts hold numbers too: other words are another publication."""
    if _words(published["caption"]) != _words(obtained["caption"]):
        yield Note(code="caption")
    if _words(published.get("alt", "")) != _words(obtained.get("alt", "")):
        yield Note(code="alt")
    was, now = (_titles(record.get("data", record)) for record in (published, obtained))
    if was.keys() == now.keys() and was != now:
        yield Note(code="titles")


def _titles(frame: Mapping[str, Any]) -> dict[str, str]:
    return {column["name"]: _words(column["title"]) for column in frame.get("columns", ())}


def _words(text: str) -> str:
    """Text whose spaces are all alike: a narrow no-break space is a matter of typography."""
    return " ".join(text.split())

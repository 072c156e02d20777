"""Write the appendix that says who reproduced each article, and what came of it.

In: the recorded reproductions. Out: a Quarto document under ``reports/annexes/``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from actes.compose.appendices import SHOWN_HASH_LENGTH, heading, row, write
from actes.i18n import _
from actes.results import escaped
from actes.specs.reproductions import (
    Difference,
    kind_words,
    label_of,
    read_reproductions,
    verdict_words,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from actes.specs.reproductions import OutputVerdict, Reproduction
    from actes.workspace import Workspace

__all__ = ["reproductions_appendix"]

_SHOWN_DIFFERENCES = 20


def reproductions_appendix(workspace: Workspace, titles: Mapping[str, str]) -> Path:
    """List, for each article that was reproduced, every published result and its verdict.

    Parameters
    ----------
    titles
        Title of each article, by name.
    """
    lines = [
        heading(_("Reproductions"), "sec-reproductions"),
        "",
        _(
            "To reproduce an article is to run its studies again, from the notebooks, parameters "
            "and data that it was made with, and to compare each published result with the one "
            "obtained."
        ),
        "",
    ]
    found = {name: read_reproductions(workspace, name) for name in titles}
    for name, recorded in found.items():
        if recorded:
            lines += [f"## {titles[name]} {{#sec-reproduction-{label_of(name)}}}", ""]
        for number, reproduction in enumerate(reversed(recorded), start=1):
            lines += [*_section(reproduction, f"tbl-reproduction-{label_of(name)}-{number}"), ""]
    if not any(found.values()):
        command = "actes reproduce ARTICLE --record --by …"
        nobody = _("Nobody has recorded one yet. The command is {command}.")
        lines.append(nobody.format(command=f"`{command}`"))
    return write(workspace, "reproductions.qmd", lines)


def _section(found: Reproduction, label: str) -> Iterator[str]:
    words = verdict_words()
    title = _("{date}, {name}: {verdict}").format(
        date=found.date, name=escaped(found.by), verdict=words[found.verdict]
    )
    yield f"### {title} {{.unnumbered}}"
    yield ""
    facts = [
        (_("Edition"), f"`{found.crate[:SHOWN_HASH_LENGTH]}`"),
        (_("Results"), found.counted()),
        (_("Differences of environment, code and data"), _differences(found.differences)),
    ]
    for fact, text in facts:
        yield fact
        yield f":   {text}"
        yield ""
    yield row(_("Run"), _("Result"), _("Verdict"), _("Remarks"))
    yield "|:---|:---|:---|:------|"
    for output in found.outputs:
        yield _output(output, words[output.verdict])
    yield ""
    caption = _("Results compared, {date}").format(date=found.date)
    yield f": {caption} {{#{label}}}"


def _output(output: OutputVerdict, verdict: str) -> str:
    notes = _("; ").join(escaped(note.words()) for note in output.notes)
    return row(f"`{output.run}`", f"{kind_words()[output.kind]} `{output.name}`", verdict, notes)


def _differences(differences: tuple[Difference, ...]) -> str:
    if not differences:
        return _("none")
    shown = [_difference(each) for each in differences[:_SHOWN_DIFFERENCES]]
    more = len(differences) - len(shown)
    return _("; ").join(shown) + (f" (+ {more})" if more else "")


def _difference(each: Difference) -> str:
    was, here = (text[:SHOWN_HASH_LENGTH] or "–" for text in (each.published, each.here))
    return f"`{each.name}` {escaped(was)} → {escaped(here)}"

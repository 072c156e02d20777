"""Tell the reader of a chapter how to find its numbers again.

In: the chapter's crate, what was recorded of its reproductions. Out: a section at the end of the
staged copy of the article, and the crate beside the pages. The article itself is not touched;
either engine renders the section as if its author had written it.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import TYPE_CHECKING
from urllib.parse import quote

from actes import files
from actes.crate import archive
from actes.i18n import _, ngettext, speaking
from actes.numbers import format_date
from actes.results import escaped
from actes.specs.book import chapter_paths, read_language
from actes.specs.reproductions import label_of, read_reproductions, verdict_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from actes.crate import Crate
    from actes.specs.reproductions import Reproduction, Verdict
    from actes.workspace import Workspace

__all__ = ["add_crates", "add_sections"]

_APPENDIX = "reports/annexes/reproductions.qmd"
_SHOWN_HASH_LENGTH = 16
_CALLOUTS: dict[Verdict, str] = {
    "identical": "tip",
    "within_tolerance": "note",
    "differs": "warning",
    "failed": "important",
}


def add_crates(crates: Sequence[Crate], folder: Path) -> None:
    """Put each crate, as an archive, where readers find it: ``crates/<article>.zip``."""
    for crate in crates:
        files.write_bytes(folder / "crates" / f"{crate.article}.zip", archive(crate.files))


def add_sections(workspace: Workspace, crates: Sequence[Crate], stage: Path) -> None:
    """Add to each staged article how to reproduce it, and what came of trying.

    Parameters
    ----------
    stage
        The copy of the project that an engine is about to render.
    """
    has_appendix = _APPENDIX in chapter_paths(workspace)
    with speaking(read_language(workspace)):
        for crate in crates:
            article = stage / "reports" / crate.article / "index.qmd"
            recorded = read_reproductions(workspace, crate.article)
            lines = ["", *_section(crate), *_badge(crate, recorded, has_appendix), ""]
            with article.open("a", encoding="utf-8", newline="\n") as file:
                file.write("\n".join(lines))


def _section(crate: Crate) -> Iterator[str]:
    name = crate.article
    title = _("Reproducing this article")
    yield ""
    yield f"## {title} {{#sec-reproduire-{label_of(name)} .unnumbered}}"
    yield ""
    yield _(
        "The notebooks, parameters, results, versions and hashes of data of this article are in "
        "the archive [`crates/{file}`]({link}) (RO-Crate, SHA-256 `{sha}`). In a workspace "
        "that has the same data, this command runs it all again and compares each result:"
    ).format(
        file=f"{name}.zip",
        link=f"../../crates/{quote(name)}.zip",
        sha=crate.sha256[:_SHOWN_HASH_LENGTH],
    )
    yield ""
    yield "```"
    yield f"actes reproduce {_word(name)} --from {_word(name + '.zip')}"
    yield "```"


def _badge(crate: Crate, recorded: Sequence[Reproduction], has_appendix: bool) -> Iterator[str]:
    """Show the latest verdict on these results, or that there is one on former results only."""
    if not recorded:
        return
    of_this = [found for found in recorded if found.published == crate.published_sha256]
    latest = of_this[-1] if of_this else recorded[-1]
    words = verdict_words()[latest.verdict]
    if of_this:
        kind, title = _CALLOUTS[latest.verdict], _("Reproduction: {verdict}")
    else:
        kind, title = "note", _("Reproduction of a former edition: {verdict}")
    yield ""
    yield f'::: {{.callout-{kind} title="{title.format(verdict=words)}"}}'
    n_results = ngettext("{n} result compared", "{n} results compared", len(latest.outputs))
    yield _("By {name}, {date}: {results}, {counts}.").format(
        name=escaped(latest.by),
        date=_date(latest.date),
        results=n_results.format(n=len(latest.outputs)),
        counts=latest.counted(),
    )
    if has_appendix:
        link = f"../annexes/reproductions.qmd#sec-reproduction-{label_of(crate.article)}"
        yield f"[{_('The comparison, result by result')}]({link})."
    yield ":::"


def _word(name: str) -> str:
    """Write a name as one word of a command, here and under Windows."""
    return name if re.fullmatch(r"[\w.-]+", name) else f'"{name}"'


def _date(text: str) -> str:
    try:
        return format_date(dt.date.fromisoformat(text))
    except ValueError:
        return escaped(text)

"""The command ``actes build``: the book, and its editions.

In: words. Out: what was done, what stopped; an exit code.
"""

from __future__ import annotations

import os
from dataclasses import asdict
from typing import TYPE_CHECKING, Any, NamedTuple

import click

from actes import workspace
from actes.cli import show
from actes.cli.options import JSON
from actes.cli.options import watch as watching
from actes.cli.words import N_
from actes.i18n import _

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from actes.errors import ActesError
    from actes.pipeline import Outcome
    from actes.steps import Watch

__all__ = ["build"]


def _front(book: Path) -> Path:
    """Name what a reader opens first: the pages, or else the first file of a book without any."""
    pages = book / "index.html"
    if pages.is_file():
        return pages
    files = (file for file in book.rglob("*") if file.is_file())
    return min(files, key=lambda file: (len(file.parts), file), default=pages)


@click.command(help=N_("Do whatever is stale, and publish the book."))
@click.option(
    "--engine",
    type=click.Choice(("auto", "quarto", "pandoc")),
    default="auto",
    help=N_("Publishing engine; Quarto is taken when it is found."),
)
@click.option(
    "--leave-out", is_flag=True, help=N_("Publish without the articles that are stopped.")
)
@click.option(
    "--profile",
    metavar=N_("NAMES"),
    help=N_("Quarto profiles, the first one wins (QUARTO_PROFILE)."),
)
@click.option("--edition", is_flag=True, help=N_("Make it the reference that is reproduced later."))
@JSON
def build(
    engine: str, *, leave_out: bool, profile: str | None, edition: bool, as_json: bool
) -> int:
    """Build the book."""
    from actes import locks, unchanged
    from actes.steps import Watch

    if profile is not None:
        os.environ["QUARTO_PROFILE"] = profile  # Quarto and every reader of the project see it
    here = workspace.find()
    steps: list[Any] = []
    watch = Watch(step=steps.append) if as_json else watching()
    asked = {"engine": engine, "leave_out": leave_out}
    with locks.working_alone(here, "actes build"):
        known = None if edition else unchanged.recall(here, asked)
        for step in known or ():
            watch.tell(step)
        make = _edition if edition else _built
        built = _Built(known[-1].name) if known else make(here, watch, asked)
    if as_json:
        show.as_json(_plain(built) | {"steps": [asdict(step) for step in steps]})
    else:
        _print(here, built)
    return max((error.exit_code for _name, error in built.stopped), default=0)


def _print(here: workspace.Workspace, built: _Built) -> None:
    for name, error in built.stopped:
        show.error(f"{name}\n{error}")
    for name, error in built.withheld:
        show.error(_("{name}: published without its crate\n{why}").format(name=name, why=error))
    if built.book is None:
        show.line(_("The book was not made; the former one is as it was."), good=False)
        return
    show.line(here.shown(_front(here.root / built.book)), good=True)
    for folder in built.editions:
        show.line(folder, good=True)


def _plain(built: _Built) -> dict[str, Any]:
    """What a program is answered."""
    return {
        "book": built.book,
        "stopped": [{"article": name} | error.as_dict() for name, error in built.stopped],
        "withheld": [{"article": name} | error.as_dict() for name, error in built.withheld],
        "editions": list(built.editions),
    }


class _Built(NamedTuple):
    """What a build came to: where the book is, what stopped or withheld what, new editions."""

    book: str | None
    stopped: Sequence[tuple[str, ActesError]] = ()
    withheld: Sequence[tuple[str, ActesError]] = ()
    editions: Sequence[str] = ()


def _built(here: workspace.Workspace, watch: Watch, asked: dict[str, Any]) -> _Built:
    """Build in full."""
    return _told(here, _outcome(here, watch, asked))


def _edition(here: workspace.Workspace, watch: Watch, asked: dict[str, Any]) -> _Built:
    """Build in full, and make of what was published the reference of each article."""
    from actes import editions

    outcome = _outcome(here, watch, asked)
    written = editions.write(here, outcome.chapters) if outcome.book else []
    return _told(here, outcome)._replace(editions=[here.shown(folder) for folder in written])


def _outcome(here: workspace.Workspace, watch: Watch, asked: dict[str, Any]) -> Outcome:
    from actes import pipeline

    return pipeline.build(here, watch, **asked)


def _told(here: workspace.Workspace, outcome: Outcome) -> _Built:
    book = here.shown(outcome.book.folder) if outcome.book else None
    return _Built(book, outcome.stopped, outcome.withheld)

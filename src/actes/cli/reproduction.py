"""The command that runs a published article again: words in, a verdict out.

Apart from the other commands only because they fill a module.
"""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from actes import workspace
from actes.cli import show
from actes.cli.options import JSON
from actes.cli.options import watch as watching
from actes.cli.words import N_

__all__ = ["reproduce"]


@click.command(help=N_("Run an article’s studies again and compare with what was published."))
@click.argument("article", metavar=N_("ARTICLE"))
@click.option(
    "--from", "crate", type=click.Path(path_type=Path), help=N_("A crate, folder or zip.")
)
@click.option("--trust", is_flag=True, help=N_("Run the crate’s code even if it is not ours."))
@click.option("--record", is_flag=True, help=N_("Write the verdict down, for the book."))
@click.option("--by", default="", help=N_("Who reproduces, as the book will name them."))
@click.option("--verbose", "-v", is_flag=True, help=N_("Show the identical results, too."))
@JSON
def reproduce(
    article: str,
    *,
    crate: Path | None,
    trust: bool,
    record: bool,
    by: str,
    verbose: bool,
    as_json: bool,
) -> int:
    """Reproduce an article."""
    from actes import locks, replay
    from actes import reproduce as stage
    from actes.steps import Watch

    here = workspace.find()
    if record:
        stage.check_recordable(here, article, by=by)
    if crate is None:
        published = replay.open_edition(here, article)
    else:
        published = replay.open_elsewhere(here, article, crate)
        if not trust:
            replay.refuse_foreign_code(here, published, crate)
    watch = Watch() if as_json else watching()
    with locks.at_work(here, "actes reproduce"):
        seen = replay.differences(here, published, watch)
        if not as_json:
            show.differences(seen)
        found = replay.reproduce(here, published, seen, watch)
    written = record and stage.record(here, article, found, by=by, date=date.today().isoformat())
    if as_json:
        show.as_json({"article": article, "counts": found.counts} | found.model_dump(mode="json"))
    else:
        show.reproduction(article, found, verbose=verbose)
        if written:
            show.line(here.shown(written), good=True)
    return int(found.verdict in ("differs", "failed"))

"""The commands on the store itself: what it may forget.

A command returns its exit code (None for 0).
"""

from __future__ import annotations

import time
from collections import Counter
from typing import TYPE_CHECKING, Any

import click

from actes import numbers, workspace
from actes.cli import show
from actes.cli.words import N_
from actes.i18n import _, ngettext

if TYPE_CHECKING:
    from collections.abc import Sequence

    from actes.cleaning import Item

__all__ = ["store_commands"]


@click.group("store", help=N_("Look after the store of what was computed."))
def store_commands() -> None:
    """Hold the commands on the store."""


@store_commands.command("gc", help=N_("Remove what no article and no dataset refers to."))
@click.option("--dry-run", is_flag=True, help=N_("Say what would be removed, and remove nothing."))
@click.option(
    "--keep-days",
    type=click.FloatRange(min=0),
    default=30,
    show_default=True,
    metavar=N_("DAYS"),
    help=N_("Keep what was made in the last so many days, referred to or not."),
)
@click.option("--json", "as_json", is_flag=True, help=N_("Answer in JSON, for a program."))
def collect(dry_run: bool, keep_days: float, as_json: bool) -> None:
    """Remove what is no longer needed."""
    from actes import cleaning, hashes, locks

    here = workspace.find()
    with (
        locks.everyone_out(here, "actes store gc"),
        hashes.remembering(here.store / "hashes.json"),
    ):
        items = cleaning.unneeded(here, older_than_days=keep_days, now=time.time())
        kept = cleaning.size_bytes(here.store) - sum(item.size_bytes for item in items)
        if not dry_run:
            cleaning.remove(items)
    if as_json:
        show.as_json(_facts(here, items, kept))
        return
    words = _("to remove") if dry_run else _("removed")
    show.table(_rows(items, words, kept))


def _facts(here: workspace.Workspace, items: Sequence[Item], kept: int) -> dict[str, Any]:
    removed = [
        {"kind": item.kind, "path": here.shown(item.path), "size_bytes": item.size_bytes}
        for item in items
    ]
    return {"removed": removed, "kept_bytes": kept}


def _rows(items: Sequence[Item], words: str, kept: int) -> list[tuple[str, str, str]]:
    kinds = {
        "runs": _("runs"),
        "tables": _("tables"),
        "sources": _("sources"),
        "verdicts": _("verdicts"),
        "ingested": _("records of ingestion"),
        "quarantine": _("quarantines"),
        "validation": _("tables under validation"),
    }
    sizes: Counter[str] = Counter()
    for item in items:
        sizes[item.kind] += item.size_bytes
    numbered = Counter(item.kind for item in items)
    rows = [(kinds[kind], str(numbered[kind]), _megabytes(sizes[kind])) for kind in numbered]
    total = ngettext("{n} thing", "{n} things", len(items)).format(n=len(items))
    return [
        *rows,
        (words, total, _megabytes(sum(sizes.values()))),
        (_("kept"), "", _megabytes(kept)),
    ]


def _megabytes(size: int) -> str:
    return _("{size} MB").format(size=numbers.format_decimal(size / 1e6))

"""Find what of the store nothing refers to any more, and remove it.

In: a workspace, an age. Out: `Item`s, each with its kind and its size. Only here: what the store
may forget.

Kept, whatever their age: the table, source, verdict and quarantine of each dataset as it is now;
each run whose name stands in a file beside an article, or that an article asks for, with its
tables. A run that is kept for its age keeps its tables too. Everything else is kept until it is
old enough. What isn't known here is left alone.
"""

from __future__ import annotations

import re
import shutil
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from actes import files, store
from actes.errors import ActesError
from actes.plan import plan
from actes.specs.book import is_article, read_article

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from actes.workspace import Workspace

__all__ = ["KEEP_DAYS", "Item", "remove", "size_bytes", "unneeded"]

KEEP_DAYS = 30
"""Long enough for a holiday between two sessions of work on the same study."""

_DAY_S = 86_400
_SHORTEST = 16
_NAME = re.compile(rf"\b[0-9a-f]{{{_SHORTEST},64}}\b")
"""A run's name, or its first digits as an appendix gives them."""

_TEXTS = frozenset({".ipynb", ".json", ".qmd", ".yml"})


@dataclass(frozen=True, slots=True)
class Item:
    """One thing of the store that nothing refers to: a file, or the folder of a run."""

    kind: str
    path: Path
    size_bytes: int


@dataclass(frozen=True, slots=True)
class _Needed:
    """Names of what must stay."""

    runs: frozenset[str]
    tables: frozenset[str]
    sources: frozenset[str]
    verdicts: frozenset[str]
    datasets: frozenset[str]


def unneeded(workspace: Workspace, *, older_than_days: float, now: float) -> list[Item]:
    """Return what may be removed, largest first.

    Parameters
    ----------
    older_than_days
        What was made since is kept, referred to or not.
    now
        Seconds since the epoch.

    Raises
    ------
    SpecError
        When a descriptor or an article cannot be read: what it refers to cannot be known.
    """
    limit = now - older_than_days * _DAY_S
    needed = _needed(workspace, limit)
    old = [
        Item(kind, path, size_bytes(path))
        for kind, path in _unreferred(workspace, needed)
        if path.stat().st_mtime < limit
    ]
    return sorted(old, key=lambda item: (-item.size_bytes, item.path))


def remove(items: Iterable[Item]) -> None:
    """Remove them; a kill in between leaves each of them whole or gone."""
    for item in items:
        gone = item.path.with_name(files.TEMPORARY + item.path.name)
        with files.disk_errors(item.path):
            item.path.replace(gone)
            shutil.rmtree(gone) if gone.is_dir() else gone.unlink()


def size_bytes(path: Path) -> int:
    """Size of a file, or of all the files below a folder."""
    if path.is_file():
        return path.stat().st_size
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())


def _needed(workspace: Workspace, limit: float) -> _Needed:
    young = {path.name for path in workspace.runs.glob("*") if path.stat().st_mtime >= limit}
    runs = young | _asked_for(workspace) | _named_beside_articles(workspace)
    tables, sources, verdicts = _of_datasets(workspace)
    for key in runs:
        record = files.read_json(workspace.runs / key / "run.json") or {}
        for facts in (record.get("datasets") or {}).values():
            tables.add(facts.get("table_sha256"))
            sources.add(facts.get("source_sha256"))
    return _Needed(*map(frozenset, (runs, tables, sources, verdicts, workspace.dataset_names())))


def _of_datasets(workspace: Workspace) -> tuple[set[str], set[str], set[str]]:
    """Names of the tables, sources and verdicts of the datasets as they are now."""
    tables, sources, verdicts = set(), set(), set()
    for name in workspace.dataset_names():
        spec = store.read_dataset_spec(workspace, name)
        try:
            sources.add(str(store.source_sha256(workspace, spec)))
            table = store.recall_table(workspace, spec)
        except ActesError:  # the source isn't there: nothing in the store is of it
            continue
        if table:
            tables.add(table.sha256)
            verdicts.add(str(store.verdict_key(workspace, table)))
    return tables, sources, verdicts


def _asked_for(workspace: Workspace) -> set[str]:
    """Names of the runs that articles ask for, of those whose data are validated."""
    keys: set[str] = set()
    articles = [name for name in workspace.article_names() if is_article(workspace, name)]
    for asked in (run for name in articles for run in read_article(workspace, name).runs.values()):
        with suppress(ActesError):  # it cannot run as things are: it has no name
            keys |= {run.key for _key, run in plan(workspace, asked, most=None).runs}
    return keys


def _named_beside_articles(workspace: Workspace) -> set[str]:
    """Names of the runs that cleared notebooks, the appendix, crates and the like speak of."""
    texts = (f for f in workspace.reports.rglob("*") if f.suffix in _TEXTS and f.is_file())
    named = {
        name[:_SHORTEST]
        for file in texts
        for name in _NAME.findall(file.read_text(encoding="utf-8", errors="replace"))
    }
    return {path.name for path in workspace.runs.glob("*") if path.name[:_SHORTEST] in named}


def _unreferred(workspace: Workspace, needed: _Needed) -> Iterator[tuple[str, Path]]:
    """Yield kind and path of what nothing refers to."""
    validated = workspace.store / "validation"
    kinds: tuple[tuple[str, Path, str, Callable[[Path], bool]], ...] = (
        ("runs", workspace.runs, "[0-9a-f]*", lambda path: path.name in needed.runs),
        ("tables", workspace.tables, "*.parquet", lambda path: path.stem in needed.tables),
        ("sources", workspace.sources, "[0-9a-f]*", lambda path: path.name in needed.sources),
        ("verdicts", workspace.verdicts, "*.json", lambda path: path.stem in needed.verdicts),
        ("ingested", workspace.ingested, "*.json", lambda path: _table_of(path) in needed.tables),
        ("quarantine", workspace.quarantine, "*.csv", lambda path: _is_current(path, needed)),
        ("validation", validated, "*.parquet", lambda path: path.stem in needed.datasets),
    )
    for kind, folder, pattern, is_needed in kinds:
        yield from ((kind, path) for path in folder.glob(pattern) if not is_needed(path))


def _table_of(record: Path) -> str | None:
    return (files.read_json(record) or {}).get("sha256")


def _is_current(quarantined: Path, needed: _Needed) -> bool:
    """True for ``<dataset>-<first digits of the source's hash>.csv`` of a source as it is now."""
    name, _dash, digits = quarantined.stem.rpartition("-")
    return name in needed.datasets and any(sha256.startswith(digits) for sha256 in needed.sources)

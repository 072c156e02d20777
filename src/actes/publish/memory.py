"""Remember, from one render to the next, what was made of what.

In: keys and plain records. Out: those that are known.
Only here: the file that holds them. It is a convenience: lost or damaged, it is begun anew.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

__all__ = ["Memory"]

T = TypeVar("T")

# What is dropped gives its place back to the disk at once.
_SHRINKING = "PRAGMA auto_vacuum = FULL"
_TABLE = "CREATE TABLE IF NOT EXISTS made (key TEXT PRIMARY KEY, record TEXT) WITHOUT ROWID"


class Memory:
    """Records by key, in the SQLite file ``path``; without one, nothing is remembered."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._used: set[str] = set()

    def completed(
        self,
        wanted: Mapping[str, T],
        make: Callable[[Sequence[T]], Iterable[Mapping[str, Any]]],
    ) -> dict[str, Mapping[str, Any]]:
        """Give a record for every key; ``make`` makes, in order, those that are not known."""
        known = self.recall(wanted)
        new = {key: each for key, each in wanted.items() if key not in known}
        records = dict(zip(new, make(list(new.values())), strict=True))
        self.keep(records)
        return {**known, **records}

    def recall(self, keys: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Give the records that are known."""
        wanted = list(keys)
        self._used.update(wanted)
        if self._path is None or not self._path.is_file():
            return {}
        try:
            with closing(sqlite3.connect(self._path)) as database:
                rows = [
                    row
                    for key in wanted
                    for row in database.execute("SELECT key, record FROM made WHERE key = ?", [key])
                ]
            return {key: json.loads(record) for key, record in rows}
        except (sqlite3.Error, ValueError):
            self._path.unlink(missing_ok=True)
            return {}

    def keep(self, records: Mapping[str, Any]) -> None:
        """Add records, as far as the disk lets it."""
        if self._path is None or not records:
            return
        rows = [
            (key, json.dumps(dict(record), ensure_ascii=False)) for key, record in records.items()
        ]
        with (
            suppress(sqlite3.Error, OSError),
            closing(sqlite3.connect(self._path)) as database,
            database,
        ):
            database.execute(_SHRINKING)
            database.execute(_TABLE)
            database.executemany("INSERT OR REPLACE INTO made VALUES (?, ?)", rows)

    def forget_others(self) -> None:
        """Drop what this render had no use for, so that the file stays as large as the book."""
        if self._path is None or not self._path.is_file():
            return
        with suppress(sqlite3.Error, OSError), closing(sqlite3.connect(self._path)) as database:
            known = {key for (key,) in database.execute("SELECT key FROM made")}
            unused = [(key,) for key in known - self._used]
            with database:
                database.executemany("DELETE FROM made WHERE key = ?", unused)

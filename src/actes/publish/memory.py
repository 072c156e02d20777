"""Remember, from one render to the next, what pandoc made of what.

In: keys and plain records. Out: those that are known.
Only here: the file that holds them. It is a convenience: lost or damaged, it is begun anew.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

__all__ = ["Memory"]

_TABLE = "CREATE TABLE IF NOT EXISTS made (key TEXT PRIMARY KEY, record TEXT) WITHOUT ROWID"


class Memory:
    """Records by key, in the SQLite file ``path``; without one, nothing is remembered."""

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._used: set[str] = set()

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
        rows = [(key, json.dumps(record, ensure_ascii=False)) for key, record in records.items()]
        with (
            suppress(sqlite3.Error, OSError),
            closing(sqlite3.connect(self._path)) as database,
            database,
        ):
            database.execute(_TABLE)
            database.executemany("INSERT OR REPLACE INTO made VALUES (?, ?)", rows)

    def forget_others(self) -> None:
        """Drop what this render had no use for, so that the file stays as large as the book."""
        if self._path is None or not self._path.is_file():
            return
        with suppress(sqlite3.Error, OSError), closing(sqlite3.connect(self._path)) as database:
            known = {key for (key,) in database.execute("SELECT key FROM made")}
            with database:
                database.executemany(
                    "DELETE FROM made WHERE key = ?", [(key,) for key in known - self._used]
                )
            if known - self._used:
                database.execute("VACUUM")

"""Remember, from one render to the next, what was made of what.

In: keys and plain records, or files. Out: those that are known.
Only here: the file that holds them. It is a convenience: lost or damaged, it is begun anew.
"""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Any, TypeVar

from actes.files import write_bytes

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

__all__ = ["Memory"]

T = TypeVar("T")

# What is dropped gives its place back to the disk at once.
_SHRINKING = "PRAGMA auto_vacuum = FULL"
# Nobody waits for the disk: what a power cut damages is begun anew.
_HASTY = "PRAGMA synchronous = OFF"
_TABLES = (
    # Of a record, `output` alone is long: it lies beside the rest, which is read as JSON.
    "CREATE TABLE IF NOT EXISTS records (key TEXT PRIMARY KEY, record TEXT, output TEXT)",
    "CREATE TABLE IF NOT EXISTS files (key TEXT PRIMARY KEY, content BLOB)",
)


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

    def rewritten(self, key: str, file: Path, write: Callable[[], Path]) -> Path:
        """Give ``file`` the bytes that it had under this key; ``write`` makes it else."""
        known = self._rows("SELECT key, content FROM files WHERE key = ?", [key])
        if known:
            return write_bytes(file, known[0][1])
        write()
        self._insert("files", [(key, file.read_bytes())])
        return file

    def recall(self, keys: Iterable[str]) -> dict[str, dict[str, Any]]:
        """Give the records that are known."""
        rows = self._rows("SELECT key, record, output FROM records WHERE key = ?", list(keys))
        try:
            return {
                key: json.loads(record) | ({} if output is None else {"output": output})
                for key, record, output in rows
            }
        except ValueError:
            return {}

    def keep(self, records: Mapping[str, Any]) -> None:
        """Add records, as far as the disk lets it."""
        written = [
            (
                key,
                json.dumps({k: v for k, v in each.items() if k != "output"}, ensure_ascii=False),
                each.get("output"),
            )
            for key, each in records.items()
        ]
        self._insert("records", written)

    def forget_others(self) -> None:
        """Drop what this render had no use for, so that the file stays as large as the book."""
        if self._path is None or not self._path.is_file():
            return
        with suppress(sqlite3.Error, OSError), closing(sqlite3.connect(self._path)) as database:
            database.execute(_HASTY)
            for table in ("records", "files"):
                known = {key for (key,) in database.execute(f"SELECT key FROM {table}")}  # noqa: S608 - ours
                unused = [(key,) for key in known - self._used]
                with database:
                    database.executemany(f"DELETE FROM {table} WHERE key = ?", unused)  # noqa: S608 - ours

    def _rows(self, query: str, keys: Sequence[str]) -> list[Any]:
        """Ask for each key; a file that cannot be read is begun anew."""
        self._used.update(keys)
        if self._path is None or not self._path.is_file():
            return []
        try:
            with closing(sqlite3.connect(self._path)) as database:
                return [row for key in keys for row in database.execute(query, [key])]
        except sqlite3.OperationalError:  # it is of another version, or somebody is writing
            return []
        except sqlite3.Error:
            self._path.unlink(missing_ok=True)
            return []

    def _insert(self, table: str, rows: Sequence[tuple[Any, ...]]) -> None:
        if self._path is None or not rows:
            return
        with (
            suppress(sqlite3.Error, OSError),
            closing(sqlite3.connect(self._path)) as database,
            database,
        ):
            database.execute(_HASTY)
            database.execute(_SHRINKING)
            for each in _TABLES:
                database.execute(each)
            places = ", ".join("?" * len(rows[0]))
            database.executemany(f"INSERT OR REPLACE INTO {table} VALUES ({places})", rows)  # noqa: S608 - ours

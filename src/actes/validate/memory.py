"""Open DuckDB so that it holds little in memory and fetches nothing.

In: a folder where it may put what does not fit. Out: a connection, closed and cleaned up after.
"""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from actes import files

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import duckdb

__all__ = ["duckdb_connection"]

_MEMORY = "256MB"
"""What DuckDB may hold before it writes to the disk."""


@contextmanager
def duckdb_connection(scratch: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database of nothing but files; what it puts in ``scratch`` is removed at the end.

    Rows may come in another order than in the file: nothing that is asked depends on it.
    """
    import duckdb  # heavy

    scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=files.TEMPORARY, dir=scratch) as folder:
        settings: dict[str, Any] = {
            "autoinstall_known_extensions": "false",
            "memory_limit": _MEMORY,
            "preserve_insertion_order": "false",
            "temp_directory": folder,
        }
        with duckdb.connect(config=settings) as connection:
            yield connection

"""Open DuckDB so that it holds little in memory and fetches nothing.

In: a folder where it may put what does not fit. Out: a connection, closed and cleaned up after.
"""

from __future__ import annotations

import os
import tempfile
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from actes import files
from actes.errors import ToolError
from actes.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import duckdb

__all__ = ["duckdb_connection"]

_MEMORY = "256MB"
"""What DuckDB may hold before it writes to the disk."""

_MOST_THREADS = 4
"""Each needs its share of the memory."""


@contextmanager
def duckdb_connection(scratch: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a database of nothing but files; what it puts in ``scratch`` is removed at the end.

    Rows may come in another order than in the file: nothing that is asked depends on it.

    Raises
    ------
    ToolError
        V022 when neither the memory nor the disk suffices.
    """
    import duckdb  # heavy

    scratch.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=files.TEMPORARY, dir=scratch) as folder:
        settings: dict[str, Any] = {
            "autoinstall_known_extensions": "false",
            "memory_limit": _MEMORY,
            "preserve_insertion_order": "false",
            "temp_directory": folder,
            "threads": min(os.cpu_count() or 1, _MOST_THREADS),
        }
        try:
            with duckdb.connect(config=settings) as connection:
                yield connection
        except duckdb.OutOfMemoryException:
            raise _too_large() from None


def _too_large() -> ToolError:
    return ToolError(
        "V022",
        _("The checks need more memory or more disk than there is."),
        next_step=_("free some space, or leave out the check that compares the most rows"),
    )

"""Write a table in row groups of one size, whatever the size of the parts that it comes in.

In: parts of a table, in order. Out: a Parquet file; the same rows are the same bytes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from types import TracebackType

    import pyarrow as pa
    import pyarrow.parquet as pq

__all__ = ["ROWS", "RowGroups"]

ROWS = 1 << 17
"""Rows of a group: few enough to be held, enough to be read fast and skipped by a filter."""


class RowGroups:
    """A Parquet file that is being written (a context).

    Attributes
    ----------
    n_rows
        Rows given so far.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._writer: pq.ParquetWriter | None = None
        self._waiting: list[pa.Table] = []
        self._n_waiting = 0
        self.n_rows = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if error is None and self._waiting:
            self._write(self._n_waiting)
        if self._writer is not None:
            self._writer.close()

    def add(self, columns: Mapping[str, pa.Array]) -> None:
        """Add rows: columns of one length, by name."""
        import pyarrow as pa  # heavy

        part = pa.table(dict(columns))
        self._waiting.append(part)
        self._n_waiting += part.num_rows
        self.n_rows += part.num_rows
        while self._n_waiting >= ROWS:
            self._write(ROWS)

    def _write(self, n_rows: int) -> None:
        import pyarrow as pa  # heavy
        import pyarrow.parquet as pq  # heavy

        waiting = pa.concat_tables(self._waiting)
        group = waiting.slice(0, n_rows).combine_chunks()
        if self._writer is None:
            self._writer = pq.ParquetWriter(self._path, group.schema, compression="zstd")
        self._writer.write_table(group, row_group_size=n_rows)
        rest = waiting.slice(n_rows)
        self._waiting, self._n_waiting = [rest] if rest.num_rows else [], rest.num_rows

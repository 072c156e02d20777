"""Read a Parquet file, whose cells have types already.

In: a Parquet file and its descriptor. Out: `Cells` of Arrow columns.
Only here: what Arrow types become before the declared type is given.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from actes.errors import SourceError, place
from actes.i18n import _
from actes.readers.cells import Cells, Column, check_columns, tidy

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import pyarrow as pa
    import pyarrow.parquet as pq

    from actes.specs.dataset import DatasetSpec

__all__ = ["chunks", "column_names"]

_MOST_ROWS = 1 << 20


def chunks(path: Path, spec: DatasetSpec, shown: str, n_rows: int) -> Iterator[Cells]:
    """Read a Parquet file ``n_rows`` rows at a time; its cells have a type already.

    Raises
    ------
    SourceError
        D010–D012 for the columns, D023 when it is not a Parquet file.
    """
    import pyarrow as pa  # heavy

    file = _opened(path, shown)
    names = [tidy(name) for name in file.schema_arrow.names]
    check_columns(names, spec, shown)
    first = 1
    for batch in file.iter_batches(min(n_rows, _MOST_ROWS)):
        columns: dict[str, Column] = {
            name: _plain(pa.chunked_array([column]))
            for name, column in zip(names, batch.columns, strict=True)
        }
        yield Cells(columns, range(first, first + batch.num_rows), "record")
        first += batch.num_rows


def column_names(path: Path, shown: str) -> list[str]:
    """Names of the columns, without reading them."""
    return list(_opened(path, shown).schema_arrow.names)


def _opened(path: Path, shown: str) -> pq.ParquetFile:
    import pyarrow as pa  # heavy
    import pyarrow.parquet as pq  # heavy

    try:
        return pq.ParquetFile(path)
    except (pa.ArrowException, OSError) as error:
        raise SourceError(
            "D023",
            _("This file is not a Parquet file that can be read."),
            where=place(shown),
            expected=_("a whole Parquet file"),
            next_step=_("copy or export it again, or correct “format” in dataset.yml"),
        ) from error


def _plain(column: pa.ChunkedArray) -> Column:
    """Dictionaries opened, every text one type; what Arrow cannot compare as Python values."""
    import pyarrow as pa  # heavy

    kind = column.type
    if pa.types.is_dictionary(kind):
        column = column.cast(kind.value_type)
        kind = column.type
    if pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return column.cast(pa.string())
    if pa.types.is_nested(kind) or pa.types.is_null(kind):
        return list(column.to_pylist())
    return column

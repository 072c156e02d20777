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
    from pathlib import Path

    import pyarrow as pa
    import pyarrow.parquet as pq

    from actes.specs.dataset import DatasetSpec

__all__ = ["column_names", "read"]


def read(path: Path, spec: DatasetSpec, shown: str) -> Cells:
    """Read a Parquet file; its cells must already be of a type that the declared one accepts.

    Raises
    ------
    SourceError
        D010–D012 for the columns, D023 when it is not a Parquet file.
    """
    table = _opened(path, shown).read()
    names = [tidy(name) for name in table.column_names]
    check_columns(names, spec, shown)
    columns: dict[str, Column] = {
        name: _plain(column) for name, column in zip(names, table.columns, strict=True)
    }
    return Cells(columns, range(1, table.num_rows + 1), "record")


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

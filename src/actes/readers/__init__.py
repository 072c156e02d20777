"""Read a source as its descriptor says, whatever family of files it is of.

In: bytes on the disk and a `DatasetSpec`. Out: `Cells`, some rows at a time or all at once.
Only here: which reader reads which format. A new family is one module and one line below.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, TypeAlias

from actes.errors import SourceError, place
from actes.i18n import _
from actes.readers import columnar, delimited, documents, excel, sql
from actes.readers.cells import joined

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from actes.readers.cells import Cells
    from actes.specs.dataset import DatasetSpec

__all__ = ["READERS", "chunks", "read"]


def _whole(reader: Callable[[Path, DatasetSpec, str], Cells]) -> Reader:
    """Read at once what cannot be read in parts: a sheet, a JSON document."""

    def read_whole(path: Path, spec: DatasetSpec, shown: str, _n_rows: int) -> Iterator[Cells]:
        yield reader(path, spec, shown)

    return read_whole


Reader: TypeAlias = "Callable[[Path, DatasetSpec, str, int], Iterator[Cells]]"

READERS: dict[str, Reader] = {
    "csv": delimited.chunks,
    "tsv": delimited.chunks,
    "xlsx": _whole(excel.read),
    "parquet": columnar.chunks,
    "json": _whole(documents.read),
    "geojson": _whole(documents.read_geojson),
    "sql": sql.chunks,
}


def chunks(path: Path, spec: DatasetSpec, shown: str, n_rows: int) -> Iterator[Cells]:
    """Read a source ``n_rows`` rows at a time, in its order.

    Parameters
    ----------
    path
        The bytes; for a query, its snapshot.
    shown
        How messages name the source.
    n_rows
        Most rows of a part. A sheet and a JSON document are one part, whatever their size.

    Raises
    ------
    SourceError
        D003–D025, see the readers, at the part where the fault is; D014 when there is not one
        row.
    """
    is_empty = True
    for cells in READERS[spec.format](path, spec, shown, n_rows):
        if len(cells.numbers):
            is_empty = False
            yield cells
    if is_empty:
        raise SourceError(
            "D014",
            _("There is not one row under the header."),
            where=place(shown),
            expected=_("at least one row"),
            next_step=_("export the file again, or correct dialect.headerRows"),
        )


def read(path: Path, spec: DatasetSpec, shown: str) -> Cells:
    """Read a source whole, its columns checked against those declared.

    Raises
    ------
    SourceError
        As `chunks`.
    """
    return joined(list(chunks(path, spec, shown, sys.maxsize)))

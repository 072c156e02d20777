"""Read a source as its descriptor says, whatever family of files it is of.

In: bytes on the disk and a `DatasetSpec`. Out: `Cells`.
Only here: which reader reads which format. A new family is one module and one line below.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from actes.errors import SourceError, place
from actes.i18n import _
from actes.readers import columnar, delimited, documents, excel, sql

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from actes.readers.cells import Cells
    from actes.specs.dataset import DatasetSpec

__all__ = ["READERS", "read"]

READERS: dict[str, Callable[[Path, DatasetSpec, str], Cells]] = {
    "csv": delimited.read,
    "tsv": delimited.read,
    "xlsx": excel.read,
    "parquet": columnar.read,
    "json": documents.read,
    "geojson": documents.read_geojson,
    "sql": sql.read,
}


def read(path: Path, spec: DatasetSpec, shown: str) -> Cells:
    """Read a source, its columns checked against those declared, in the declared order.

    Parameters
    ----------
    path
        The bytes; for a query, its snapshot.
    shown
        How messages name the source.

    Raises
    ------
    SourceError
        D003–D025, see the readers; D014 when there is not one row.
    """
    cells = READERS[spec.format](path, spec, shown)
    if not len(cells.numbers):
        raise SourceError(
            "D014",
            _("There is not one row under the header."),
            where=place(shown),
            expected=_("at least one row"),
            next_step=_("export the file again, or correct dialect.headerRows"),
        )
    return cells

"""Turn a source into a typed table in the store, or refuse it whole.

In: a workspace and a dataset's name or descriptor. Out: `Table`.
Only here: the order of things (read, type, keep the original bytes, write, remember) and how a
table is written. A kill between any two of them leaves what was there before, whole.

Notes
-----
A file is asked for its hash each time: the same bytes and descriptor give the table that the
store has. A query, or an address elsewhere, is asked again each time: the same answer gives the
same table. Whoever wants the last answer without asking calls `store.recall_table`.
"""

from __future__ import annotations

import hashlib
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from actes import files, readers, store
from actes.errors import SourceError, place
from actes.i18n import _
from actes.model import Table
from actes.provenance import file_sha256
from actes.readers import sql
from actes.readers.cells import tidy
from actes.readers.types import read_column
from actes.rejection import quarantined, rejection
from actes.sources import keep_remote

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from actes.readers.types import TypedColumn
    from actes.specs.dataset import DatasetSpec
    from actes.workspace import Workspace

__all__ = ["ingest"]

_ROW_GROUP_ROWS = 1 << 20


def ingest(workspace: Workspace, dataset: str | DatasetSpec) -> Table:
    """Read a dataset's source into a typed table.

    Parameters
    ----------
    dataset
        The name of a dataset of the workspace, or its descriptor.

    Returns
    -------
    Table
        With the columns of the descriptor, in its order; missing cells are null.

    Raises
    ------
    SourceError
        D001–D033: the source cannot be opened as the descriptor says.
    TableError
        D100: cells cannot be read as their declared type. The values are in the quarantine file
        that the message names; nothing else is kept of the table.
    """
    spec = store.read_dataset_spec(workspace, dataset) if isinstance(dataset, str) else dataset
    shown = _shown(workspace, spec)
    if store.is_file(spec):
        if known := _known(workspace, spec, shown):
            return known
        source = _keep_file(workspace, spec, shown)
    else:
        ask = _keep_answer if spec.sql else keep_remote
        source = ask(workspace, spec, shown)
        if known := store.recall_table(workspace, spec):
            return known
    return _read_kept(workspace, spec, source, shown)


def _read_kept(workspace: Workspace, spec: DatasetSpec, source: str, shown: str) -> Table:
    cells = readers.read(workspace.sources / source, spec, shown)
    names = {name: tidy(name) for name in spec.columns}
    columns = {
        field.name: read_column(
            cells.columns[names[field.name]], field, spec.data_schema.missing_values
        )
        for field in spec.data_schema.fields
    }
    refused = {name: column for name, column in columns.items() if column.refused}
    if refused:
        kept = workspace.quarantine / f"{spec.name}-{source[:8]}.csv"
        content = quarantined(cells, refused, names)
        files.write_bytes(kept, content.encode("utf-8-sig"), private=True)
        raise rejection(spec, cells, refused, shown=shown, quarantine=workspace.shown(kept))
    table = _write(workspace, spec, columns, source)
    store.remember_table(workspace, table)
    return table


def _write(
    workspace: Workspace, spec: DatasetSpec, columns: Mapping[str, TypedColumn], source: str
) -> Table:
    """Write a table under the hash of its bytes: the same figures are the same file."""
    import pyarrow as pa  # heavy
    import pyarrow.parquet as pq  # heavy

    table = pa.table({name: column.array for name, column in columns.items()})
    buffer = pa.BufferOutputStream()
    pq.write_table(table, buffer, compression="zstd", row_group_size=_ROW_GROUP_ROWS)
    content = buffer.getvalue().to_pybytes()
    sha256 = hashlib.sha256(content).hexdigest()
    path = workspace.tables / f"{sha256}.parquet"
    if not path.is_file() or file_sha256(path) != sha256:
        files.write_bytes(path, content, private=_is_private(spec))
    return Table(spec, sha256, path, table.num_rows, source)


def _is_private(spec: DatasetSpec) -> bool:
    return spec.sensitivity == "confidential"


def _shown(workspace: Workspace, spec: DatasetSpec) -> str:
    """How messages name the source: the file, or the descriptor that says where to ask."""
    if not store.is_file(spec):
        return workspace.shown(workspace.dataset_file(spec.name))
    return workspace.shown(workspace.datasets / spec.name / str(spec.path))


def _known(workspace: Workspace, spec: DatasetSpec, shown: str) -> Table | None:
    with _readable(shown):
        return store.recall_table(workspace, spec)


@contextmanager
def _readable(shown: str) -> Iterator[None]:
    try:
        yield
    except PermissionError:
        raise SourceError(
            "D016",
            _("The source may not be read by you."),
            where=place(shown),
            next_step=_("ask its owner for the right to read it, or close what holds it"),
        ) from None


def _keep_file(workspace: Workspace, spec: DatasetSpec, shown: str) -> str:
    """Keep the source's bytes under their hash; return it."""
    path = store.source_path(workspace, spec)
    with _readable(shown):
        sha256 = file_sha256(path)
    kept = workspace.sources / sha256
    if not kept.is_file():
        with files.writing(kept, private=_is_private(spec)) as temporary:
            shutil.copyfile(path, temporary)
            if file_sha256(temporary) != sha256:
                raise SourceError(
                    "D015",
                    _("The source of “{name}” changed while it was read.").format(name=spec.name),
                    where=place(shown),
                    next_step=_("wait until it is whole, then give the same command again"),
                )
    return sha256


def _keep_answer(workspace: Workspace, spec: DatasetSpec, shown: str) -> str:
    """Ask the query, keep the answer under its hash; return it."""
    answer = sql.answer(spec, workspace.datasets / spec.name, shown)
    sha256 = hashlib.sha256(answer).hexdigest()
    kept = workspace.sources / sha256
    if not kept.is_file():
        files.write_bytes(kept, answer, private=_is_private(spec))
    store.remember_snapshot(workspace, spec, sha256)
    return sha256

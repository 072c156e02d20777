"""Turn a source into a typed table in the store, or refuse it whole.

In: a workspace and a dataset's name or descriptor. Out: `Table`.
Only here: the order of things (read, type, keep the original bytes, write, remember). A source is
read a part at a time: a CSV or Parquet file may be larger than memory. A kill between any two of
them leaves what was there before, whole.

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
from actes.readers.types import Clock, read_column
from actes.rejection import Refusals
from actes.rowgroups import RowGroups
from actes.sources import keep_remote

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from actes.readers.cells import Cells
    from actes.readers.types import TypedColumn
    from actes.specs.dataset import DatasetSpec
    from actes.workspace import Workspace

__all__ = ["ingest"]

CHUNK_ROWS = 1 << 16
"""Rows that are in memory at once, as texts. The table does not depend on it."""


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
        D001–D033: the source cannot be opened as the descriptor says; D040 when its rows stay in
        their database.
    TableError
        D100: cells cannot be read as their declared type. The values are in the quarantine file
        that the message names; nothing else is kept of the table.
    """
    spec = store.read_dataset_spec(workspace, dataset) if isinstance(dataset, str) else dataset
    shown = _shown(workspace, spec)
    if spec.stays:
        raise _staying(spec, shown)
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
    with files.disk_errors(workspace.tables), files.temporary(workspace.tables) as written:
        n_rows = _written(workspace, spec, source, shown, written)
        sha256 = file_sha256(written)
        path = workspace.tables / f"{sha256}.parquet"
        if not path.is_file() or file_sha256(path) != sha256:
            files.settle(written, path, private=_is_private(spec))
    table = Table(spec, sha256, path, n_rows, source)
    store.remember_table(workspace, table)
    return table


def _written(workspace: Workspace, spec: DatasetSpec, source: str, shown: str, target: Path) -> int:
    """Write the table; count its rows.

    The type of times depends on all of them: when the first part of the source was not like the
    rest, it is read once more, knowing that.
    """
    kept = workspace.quarantine / f"{spec.name}-{source[:8]}.csv"
    clocks: dict[str, Clock] = {}
    while True:
        with files.disk_errors(kept), files.temporary(target.parent) as values:
            refusals = Refusals(values, _source_names(spec))
            parts = readers.chunks(workspace.sources / source, spec, shown, CHUNK_ROWS)
            n_rows, found = _write(parts, spec, clocks, refusals, target)
            if not all(clock.reads_like(clocks[name]) for name, clock in found.items()):
                clocks = found
                continue
            if refusals:
                files.settle(values, kept, private=True)
                raise refusals.error(spec, shown=shown, quarantine=workspace.shown(kept))
            return n_rows


def _write(
    parts: Iterable[Cells],
    spec: DatasetSpec,
    clocks: dict[str, Clock],
    refusals: Refusals,
    target: Path,
) -> tuple[int, dict[str, Clock]]:
    """Give the parts of a source their types, and write them until one refuses.

    Parameters
    ----------
    clocks
        What the times of each column are taken to have in common; completed by the first part.

    Returns
    -------
    tuple
        The number of rows, and what the times have in common.
    """
    found: dict[str, Clock] = {}
    with RowGroups(target) as groups:
        for cells in parts:
            columns = _typed(cells, spec, clocks)
            for name, column in columns.items():
                if column.clock is not None:
                    clocks.setdefault(name, column.clock)
                    found[name] = found.get(name, Clock()) + column.clock
            refusals.add(cells, columns)
            if not refusals:
                groups.add({name: column.array for name, column in columns.items()})
        return groups.n_rows, found


def _typed(cells: Cells, spec: DatasetSpec, clocks: Mapping[str, Clock]) -> dict[str, TypedColumn]:
    names, missing = _source_names(spec), spec.data_schema.missing_values
    return {
        field.name: read_column(
            cells.columns[names[field.name]], field, missing, clocks.get(field.name)
        )
        for field in spec.data_schema.fields
    }


def _source_names(spec: DatasetSpec) -> dict[str, str]:
    """The source's name of each column, by declared name."""
    return {name: tidy(name) for name in spec.columns}


def _is_private(spec: DatasetSpec) -> bool:
    return spec.sensitivity == "confidential"


def _staying(spec: DatasetSpec, shown: str) -> SourceError:
    return SourceError(
        "D040",
        _("The rows of “{name}” stay in their database: they are not ingested.").format(
            name=spec.name
        ),
        where=place(shown, key="sql.stay"),
        next_step=_(
            "validate them there: actes validate {name}; to study them, remove “stay”"
        ).format(name=spec.name),
    )


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

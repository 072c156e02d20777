"""Write the table that Great Expectations reads: ours, with its control columns.

In: a `Table`, the tables that it is compared with. Out: ``.actes/validation/<dataset>.parquet``.
"""

from __future__ import annotations

import shutil
from typing import TYPE_CHECKING, Any

from actes import files, store
from actes.errors import SpecError, VerdictError, place
from actes.expectations import controls
from actes.i18n import _
from actes.specs.reading import near
from actes.validate.controls import Controlled, Relation, control_query
from actes.validate.memory import duckdb_connection
from actes.validate.project import table_file

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from actes.expectations import Control
    from actes.model import Table
    from actes.specs.dataset import DatasetSpec
    from actes.validate.controls import Tally
    from actes.workspace import Workspace

__all__ = ["compared_tables", "tally", "write_controlled"]


def compared_tables(workspace: Workspace, spec: DatasetSpec) -> dict[str, Table]:
    """Find the tables that the checks of ``spec`` look into, by dataset.

    Raises
    ------
    VerdictError
        V010 when one is not ingested.
    SpecError
        V008 when a check names a column that it does not have.
    """
    found = {}
    for name in store.related_datasets(spec):
        table = store.recall_table(workspace, store.read_dataset_spec(workspace, name))
        if table is None:
            raise VerdictError(
                "V010",
                _("“{name}” is compared with “{other}”, which is not ingested.").format(
                    name=spec.name, other=name
                ),
                next_step=f"actes ingest {name}",
            )
        found[name] = table
    for control in controls(spec):
        if control.other:
            other = found[control.other].spec if control.other in found else spec
            _check_columns(workspace, spec, control, other)
    return found


def _check_columns(
    workspace: Workspace, spec: DatasetSpec, control: Control, other: DatasetSpec
) -> None:
    needed = (*control.other_by, *filter(None, [control.measure]))
    unknown = [column for column in needed if column not in other.columns]
    if unknown:
        raise SpecError(
            "V008",
            _("A check looks for a column that “{other}” does not have.").format(other=other.name),
            where=place(workspace.shown(workspace.dataset_file(spec.name)), key="checks"),
            found=", ".join(unknown),
            expected=", ".join(other.columns),
            next_step=near(unknown[0], other.columns),
        )


def write_controlled(
    workspace: Workspace, table: Table, others: Mapping[str, Table]
) -> tuple[list[str], dict[str, Tally]]:
    """Write the table with its control columns; return its columns and what was counted."""
    asked = controls(table.spec)
    target = table_file(workspace, table.spec.name)
    is_private = table.spec.sensitivity != "open"
    with files.writing(target, private=is_private) as path:
        if asked:
            read = {name: _relation(other.path) for name, other in others.items()}
            query = control_query(_relation(table.path), asked, read)
            tallies = _computed(query, path)
        else:
            shutil.copyfile(table.path, path)
            tallies = {}
    return [*table.spec.columns, *(control.column for control in asked)], tallies


def _relation(path: Path) -> Relation:
    from pyarrow import parquet  # heavy

    columns = {field.name: str(field.type) for field in parquet.read_schema(path)}
    file = str(path).replace("'", "''")
    return Relation(f"read_parquet('{file}', file_row_number = true)", columns, "file_row_number")


def _computed(query: Controlled, path: Path) -> dict[str, Tally]:
    """Write what the query gives and count what it leaves out, a part at a time in memory."""
    with duckdb_connection(path.parent) as connection:
        file = str(path).replace("'", "''")
        connection.execute(f"COPY ({query.select}) TO '{file}' (FORMAT parquet)")
        return {
            column: tally(query, column, lambda sql: connection.execute(sql).fetchall())
            for column in query.facts
        }


def tally(query: Controlled, column: str, ask: Callable[[str], list[tuple[Any, ...]]]) -> Tally:
    """Count what a control column cannot say; ``ask`` answers a query."""
    counts = {fact: int(ask(sql)[0][0]) for fact, sql in query.counts[column].items()}
    facts = dict(query.facts[column])
    if column in query.lacks:
        present = dict(ask(query.lacks[column]))
        lacks = [[v, counts["total"] - present.get(v, 0)] for v in facts.pop("values")]
        facts["lacks"] = [[value, n] for value, n in lacks if n]
    return facts | counts

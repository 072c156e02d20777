"""Write the table that Great Expectations reads: ours, with its control columns.

In: a `Table`, the tables that it is compared with. Out: ``.actes/validation/<dataset>.parquet``.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from actes import files, store
from actes.errors import SpecError, VerdictError, place
from actes.expectations import controls
from actes.i18n import _
from actes.specs.reading import near
from actes.validate.project import table_file

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    import pandas as pd

    from actes.expectations import Control
    from actes.model import Table
    from actes.specs.dataset import DatasetSpec
    from actes.validate.controls import Tally
    from actes.workspace import Workspace

__all__ = ["compared_tables", "write_controlled"]


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
    from actes.validate.controls import with_controls

    read = {name: _read(other.path) for name, other in others.items()}
    frame, tallies = with_controls(_read(table.path), controls(table.spec), read)
    is_private = table.spec.sensitivity != "open"
    with files.writing(table_file(workspace, table.spec.name), private=is_private) as path:
        frame.to_parquet(path, index=False)
    return list(frame.columns), tallies


def _read(path: Path) -> pd.DataFrame:
    import pandas as pd  # heavy

    return pd.read_parquet(path)

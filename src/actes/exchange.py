"""Exchange tables, verdicts and runs with the store that a workspace shares.

In: what is wanted, or was just finished. Out: the same in the workspace's own store, or pushed.
Only here: how a whole table, verdict or run is known from a damaged or a strange one. What is
refused is made again here, and pushed in its place.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from actes import files, shared, store
from actes.provenance import file_sha256

if TYPE_CHECKING:
    from actes.model import Run, Table, Verdict
    from actes.specs.dataset import DatasetSpec
    from actes.workspace import Workspace

__all__ = [
    "fetch_run",
    "fetch_table",
    "fetch_verdict",
    "push_run",
    "push_table",
    "push_verdict",
]

_SHA256 = re.compile(r"[0-9a-f]{64}")


def push_table(workspace: Workspace, table: Table) -> None:
    """Push a table, then the record of what it came of."""
    key = store.table_key(table.spec, table.source_sha256)
    record = workspace.ingested / f"{key}.json"
    shared.push(workspace, f"tables/{table.path.name}", table.path, of=[table.spec])
    shared.push(workspace, f"ingested/{record.name}", record, of=[table.spec])


def fetch_table(workspace: Workspace, spec: DatasetSpec) -> None:
    """Fetch the table of a source as it is now, unless it is here or there is none.

    Whole: the bytes have the hash that names them, the columns are those of the descriptor, and
    the rows are as many as its record says.
    """
    source = store.source_sha256(workspace, spec)
    if source is None or store.recall_table(workspace, spec):
        return
    kept = workspace.ingested / f"{store.table_key(spec, source)}.json"
    if not shared.fetch(workspace, f"ingested/{kept.name}", kept, is_whole=_is_table_record):
        return
    record = files.read_json(kept) or {}
    path = workspace.tables / f"{record['sha256']}.parquet"
    is_here = path.is_file() and file_sha256(path) == record["sha256"]
    if not is_here and not shared.fetch(
        workspace,
        f"tables/{path.name}",
        path,
        is_whole=lambda arrived: _is_table(arrived, record, spec),
        private=spec.sensitivity == "confidential",
    ):
        kept.unlink(missing_ok=True)


def _is_table_record(path: Path) -> bool:
    record = files.read_json(path) or {}
    return bool(_SHA256.fullmatch(str(record.get("sha256")))) and isinstance(
        record.get("n_rows"), int
    )


def _is_table(path: Path, record: dict[str, Any], spec: DatasetSpec) -> bool:
    if file_sha256(path) != record["sha256"]:
        return False
    from pyarrow import parquet  # heavy

    described = parquet.ParquetFile(path)
    try:
        columns = tuple(described.schema_arrow.names)
        return bool(columns == spec.columns and described.metadata.num_rows == record["n_rows"])
    finally:
        described.close()


def push_verdict(workspace: Workspace, table: Table, verdict: Verdict) -> None:
    """Push the record of a verdict."""
    kept = workspace.verdicts / f"{verdict.key}.json"
    shared.push(workspace, f"verdicts/{kept.name}", kept, of=[table.spec])


def fetch_verdict(workspace: Workspace, table: Table) -> None:
    """Fetch the verdict on a table, unless it is here or there is none."""
    key = store.verdict_key(workspace, table)
    kept = workspace.verdicts / f"{key}.json"
    if key and not kept.is_file():
        shared.fetch(
            workspace,
            f"verdicts/{kept.name}",
            kept,
            is_whole=lambda path: (files.read_json(path) or {}).get("key") == key,
        )


def push_run(workspace: Workspace, run: Run) -> None:
    """Push an executed notebook, then its record, without which it isn't looked at."""
    specs = [dataset.table.spec for dataset in run.datasets]
    for path in (run.notebook, run.notebook.with_name("run.json")):
        shared.push(workspace, f"runs/{run.key}/{path.name}", path, of=specs)


def fetch_run(workspace: Workspace, run: Run) -> None:
    """Fetch an executed notebook and its record, unless they are here or there is none.

    Whole: the record is that of these ingredients, and the notebook has the hash that it says.
    """
    if run.notebook.parent.exists():
        return
    scratch = Path(tempfile.mkdtemp(prefix=files.TEMPORARY, dir=_made(workspace.runs)))
    try:
        record, notebook = scratch / "run.json", scratch / run.notebook.name
        if shared.fetch(
            workspace,
            f"runs/{run.key}/{record.name}",
            record,
            is_whole=lambda path: _is_record_of(run, path),
        ) and shared.fetch(
            workspace,
            f"runs/{run.key}/{notebook.name}",
            notebook,
            is_whole=lambda path: _is_notebook_of(record, path),
        ):
            with files.disk_errors(run.notebook):
                scratch.replace(run.notebook.parent)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)


def _is_record_of(run: Run, path: Path) -> bool:
    known = files.read_json(path) or {}
    same = ("study", "parameters", "notebook_sha256", "code_sha256", "environment_sha256")
    return known.get("key") == run.key and all(known.get(k) == run.record[k] for k in same)


def _is_notebook_of(record: Path, path: Path) -> bool:
    return file_sha256(path) == (files.read_json(record) or {}).get("executed_sha256")


def _made(folder: Path) -> Path:
    with files.disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    return folder

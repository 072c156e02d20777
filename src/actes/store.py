"""Recall what was computed, by the names of what it was computed from.

In: a workspace, a descriptor. Out: the table or the verdict that the store holds for exactly
these bytes and this descriptor, or None. Only here: the keys of tables and verdicts.
"""

from __future__ import annotations

from dataclasses import asdict
from functools import cache
from importlib.metadata import version
from typing import TYPE_CHECKING, Any

from actes import files
from actes.errors import SourceError, SpecError, place
from actes.expectations import derive, is_derived, word
from actes.i18n import _
from actes.model import Dataset, Finding, Rejected, Table, Verdict
from actes.provenance import file_sha256, fingerprint
from actes.specs.dataset import DatasetSpec
from actes.specs.reading import near, read_record

if TYPE_CHECKING:
    from pathlib import Path

    from actes.workspace import Workspace

__all__ = [
    "files_behind",
    "gx_version",
    "is_file",
    "owner_expectations",
    "pinned_file",
    "read_dataset_spec",
    "read_suite",
    "recall_dataset",
    "recall_table",
    "recall_verdict",
    "related_datasets",
    "remember_snapshot",
    "remember_table",
    "remember_verdict",
    "source_path",
    "table_key",
    "verdict_key",
]

READING_VERSION = 2
"""Raised when the same source and descriptor give another table than before."""

CONTROLS_VERSION = 1
"""Raised when the same expectations find something else than before (control columns)."""

GX_DISTRIBUTION = "great-expectations"


def read_dataset_spec(workspace: Workspace, name: str) -> DatasetSpec:
    """Read the descriptor of dataset ``name``.

    Raises
    ------
    SpecError
        S001–S005; S005 when the descriptor bears another name than its folder.
    """
    path = workspace.dataset_file(name)
    if name not in workspace.dataset_names():
        raise SpecError(
            "S001",
            _("There is no dataset “{name}”.").format(name=name),
            where=place(workspace.shown(path)),
            expected=", ".join(workspace.dataset_names()),
            next_step=near(name, workspace.dataset_names())
            or _("describe it: actes new dataset FILE"),
        )
    spec = read_record(path, DatasetSpec, shown=workspace.shown(path))
    if spec.name != name:
        raise SpecError(
            "S005",
            _("A dataset bears the name of its folder."),
            where=place(workspace.shown(path), key="name"),
            found=spec.name,
            expected=name,
        )
    return spec


def source_path(workspace: Workspace, spec: DatasetSpec) -> Path:
    """Where the source file of a dataset is (its ``path``, seen from its folder).

    Raises
    ------
    SourceError
        D001 when there is no such file, D002 when it is a folder.
    """
    path = workspace.datasets / spec.name / str(spec.path)
    if path.is_dir():
        raise SourceError(
            "D002",
            _("The source of “{name}” is a folder.").format(name=spec.name),
            where=place(workspace.shown(path)),
            expected=_("a file"),
            next_step=_("name the file under “path” in its dataset.yml"),
        )
    if not path.is_file():
        raise SourceError(
            "D001",
            _("The source file of “{name}” does not exist.").format(name=spec.name),
            where=place(workspace.shown(path)),
            next_step=_("put the file there, or correct “path” in its dataset.yml"),
        )
    return path


def is_file(spec: DatasetSpec) -> bool:
    """True for a source that is a file of this machine; else it is asked for (query, address)."""
    return spec.path is not None and "://" not in spec.path


def source_sha256(workspace: Workspace, spec: DatasetSpec) -> str | None:
    """Name of the source's bytes; for what is asked elsewhere, of its last answer, or None.

    A worker of a cluster has no sources: it goes by what it was told of them.
    """
    if told := files.read_json(pinned_file(workspace)):
        return str(told[spec.name]) if told.get(spec.name) else None
    if is_file(spec):
        return file_sha256(source_path(workspace, spec))
    record = files.read_json(_snapshot_file(workspace, spec))
    return str(record["sha256"]) if record and "sha256" in record else None


def pinned_file(workspace: Workspace) -> Path:
    """Where the copy of a workspace that has no sources keeps their hashes, by dataset."""
    return workspace.store / "pinned.json"


def remember_snapshot(workspace: Workspace, spec: DatasetSpec, sha256: str) -> None:
    """Note which bytes the query or the address of ``spec`` last gave."""
    files.write_json(_snapshot_file(workspace, spec), {"sha256": sha256})


def _snapshot_file(workspace: Workspace, spec: DatasetSpec) -> Path:
    described = spec.sql.model_dump(mode="json") if spec.sql else spec.path
    return workspace.ingested / "queries" / f"{fingerprint(spec.name, described)}.json"


def table_key(spec: DatasetSpec, source_sha256: str) -> str:
    """Name of (source bytes, how the descriptor reads them)."""
    return fingerprint(READING_VERSION, source_sha256, spec.reading())


def recall_table(workspace: Workspace, spec: DatasetSpec) -> Table | None:
    """Return the table of the source as it is now, if it was ingested; else None.

    The table's bytes are hashed again: one that was altered in the store is not known.
    """
    source = source_sha256(workspace, spec)
    if source is None:
        return None
    record = files.read_json(workspace.ingested / f"{table_key(spec, source)}.json") or {}
    sha256, n_rows = record.get("sha256"), record.get("n_rows")
    path = workspace.tables / f"{sha256}.parquet"
    if not isinstance(n_rows, int) or not path.is_file() or file_sha256(path) != sha256:
        return None
    return Table(spec, sha256, path, n_rows, source)


def remember_table(workspace: Workspace, table: Table) -> None:
    """Note which table came of which source."""
    record = {
        "dataset": table.spec.name,
        "sha256": table.sha256,
        "n_rows": table.n_rows,
        "source_sha256": table.source_sha256,
    }
    key = table_key(table.spec, table.source_sha256)
    files.write_json(workspace.ingested / f"{key}.json", record)


def files_behind(workspace: Workspace, name: str) -> dict[Path, str] | None:
    """Return what a dataset's table and verdict come of, and these, each file with its hash.

    None when its source may change without a file's changing (`is_file`), or has changed.
    """
    suite = workspace.validation / "expectations" / f"{name}.json"
    suite_sha256 = file_sha256(suite) if suite.is_file() else None
    spec = read_dataset_spec(workspace, name)
    table = recall_table(workspace, spec)
    if not is_file(spec) or table is None:
        return None
    found = {source_path(workspace, spec): table.source_sha256, table.path: table.sha256}
    if suite_sha256:
        found[suite] = suite_sha256
    records = [workspace.ingested / f"{table_key(spec, table.source_sha256)}.json"]
    if key := verdict_key(workspace, table):
        records.append(workspace.verdicts / f"{key}.json")
    return found | {path: file_sha256(path) for path in records if path.is_file()}


@cache
def gx_version() -> str:
    """Version of Great Expectations, without importing it."""
    return version(GX_DISTRIBUTION)


def verdict_key(workspace: Workspace, table: Table) -> str | None:
    """Name of (table, expectations, tables it is compared with, Great Expectations).

    None when a dataset that it is compared with is not ingested.
    """
    others = []
    for name in related_datasets(table.spec):
        other = recall_table(workspace, read_dataset_spec(workspace, name))
        if other is None:
            return None
        others.append([name, other.sha256])
    return fingerprint(
        CONTROLS_VERSION,
        table.sha256,
        derive(table.spec),
        owner_expectations(workspace, table.spec.name),
        others,
        gx_version(),
    )


def related_datasets(spec: DatasetSpec) -> tuple[str, ...]:
    """Names of the datasets that the checks of ``spec`` look into, sorted."""
    named = {key.reference.resource for key in spec.data_schema.foreign_keys}
    named |= {sums.dataset for sums in spec.checks.sums}
    return tuple(sorted(named - {spec.name, ""}))


def read_suite(workspace: Workspace, name: str) -> dict[str, Any]:
    """Read the expectation suite of dataset ``name``; empty when there is none yet.

    Raises
    ------
    SpecError
        V001 when the file is there and cannot be read: it may hold the work of the data's owner,
        so nothing goes on as if it were empty.
    """
    path = workspace.validation / "expectations" / f"{name}.json"
    if not path.is_file():
        return {}
    suite = files.read_json(path) or {}
    listed = suite.get("expectations")
    if isinstance(listed, list) and all(isinstance(e, dict) and "type" in e for e in listed):
        return suite
    raise SpecError(
        "V001",
        _("This expectation suite cannot be read."),
        where=place(workspace.shown(path)),
        expected=_("JSON with a list “expectations”, each with a “type”"),
        next_step=_("restore the file (git checkout), or delete it if it held nothing of yours"),
    )


def owner_expectations(workspace: Workspace, name: str) -> list[dict[str, Any]]:
    """Expectations of the suite of ``name`` that a data owner added (not derived ones)."""
    return [
        {"type": e["type"], "kwargs": e.get("kwargs") or {}, "severity": e.get("severity")}
        for e in read_suite(workspace, name).get("expectations", [])
        if not is_derived(e)
    ]


def recall_verdict(workspace: Workspace, table: Table) -> Verdict | None:
    """Return what Great Expectations said of this table under these expectations, or None.

    Findings are kept as codes and counts, and worded now, in the language of who reads them.
    """
    key = verdict_key(workspace, table)
    record = files.read_json(workspace.verdicts / f"{key}.json") if key else None
    try:
        return _worded(record) if record else None
    except (KeyError, TypeError, ValueError):
        return None  # not a record of ours: the verdict is given again


def _worded(record: dict[str, Any]) -> Verdict:
    findings = tuple(
        Finding(**f, message=word(f["code"], f["facts"])) for f in record.pop("findings")
    )
    return Verdict(**record, findings=findings)


def remember_verdict(workspace: Workspace, verdict: Verdict) -> None:
    """Note a verdict under its key (its findings without their words: see `recall_verdict`)."""
    record = asdict(verdict)
    for finding in record["findings"]:
        del finding["message"]
    files.write_json(workspace.verdicts / f"{verdict.key}.json", record)


def recall_dataset(workspace: Workspace, name: str) -> Dataset | Rejected | None:
    """Return dataset ``name`` as the store knows it; None when not ingested or not validated."""
    table = recall_table(workspace, read_dataset_spec(workspace, name))
    verdict = recall_verdict(workspace, table) if table else None
    if table is None or verdict is None:
        return None
    return Dataset(table, verdict) if verdict.is_valid else Rejected(table, verdict)

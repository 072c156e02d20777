"""Hold a table against what is expected of it: the gate before every study.

In: `Table`. Out: `Dataset` when every expectation holds, else `Rejected`; a verdict in the store,
the project in ``validation/`` brought up to date, Data Docs.
Only here: Great Expectations, which is not even imported when the verdict is known.

The parts, in order: `project` keeps the files of ``validation/``, `admission` refuses what cannot
be run safely, `controls` computes what no stock expectation can say, `tables` writes the table
that is validated, `checkpoint` runs Great Expectations (`engine`, in SQL), `findings`
reads its results; `database` holds rows that are validated where they are.
"""

from __future__ import annotations

from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from actes import files, store
from actes.expectations import Described
from actes.expectations import describe as in_words
from actes.model import Dataset, Rejected, Table, Verdict
from actes.validate.admission import admit
from actes.validate.checkpoint import run_checkpoint
from actes.validate.database import held
from actes.validate.findings import findings_of
from actes.validate.project import data_docs_index, prepare, suite_file
from actes.validate.tables import compared_tables, tally, write_controlled

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from actes.expectations import Expectation
    from actes.specs.dataset import DatasetSpec
    from actes.validate.checkpoint import Result
    from actes.validate.controls import Tally
    from actes.workspace import Workspace

__all__ = ["data_docs_index", "describe", "validate", "validate_in_place"]


def validate(workspace: Workspace, table: Table) -> Dataset | Rejected:
    """Give a verdict on a table, or recall the one that the same bytes and expectations got.

    Parameters
    ----------
    table
        As `ingest` left it in the store; the tables that its checks look into must be there too.

    Raises
    ------
    VerdictError
        V010 when a dataset that it is compared with is not ingested.
    SpecError
        V001–V008: a file of ``validation/`` or a check that cannot be used as written.
    ToolError
        T001, T002.
    """
    verdict = store.recall_verdict(workspace, table)
    if verdict is None:
        with _alone(workspace):
            # Another process may have had the same question while this one waited.
            verdict = store.recall_verdict(workspace, table) or _decide(workspace, table)
    return Dataset(table, verdict) if verdict.is_valid else Rejected(table, verdict)


def validate_in_place(workspace: Workspace, spec: DatasetSpec) -> Dataset | Rejected:
    """Give a verdict on rows that stay in their database, as they are now.

    Returns
    -------
    Dataset or Rejected
        Of a table without bytes: no study takes it. A database changes, so no verdict on it is
        recalled.

    Raises
    ------
    SourceError
        D010–D012, D030–D032, D041, D042: see `database.held`.
    SpecError
        V001–V008; V021 when a check looks into another dataset.
    ToolError
        T001, T002.
    """
    name, file = spec.name, workspace.shown(workspace.dataset_file(spec.name))
    with _alone(workspace), held(workspace, spec, shown=file) as rows:
        expectations = prepare(workspace, spec, rows.select)
        admit(expectations, shown=workspace.shown(suite_file(workspace, name)))
        tallies = {column: tally(rows.query, column, rows.ask) for column in rows.query.facts}
        results = run_checkpoint(workspace, name, rows.connection)
    columns = [*spec.columns, *rows.query.facts]
    verdict = _verdict("", name, results, expectations, tallies=tallies, columns=columns)
    table = Table(spec, sha256="", path=Path(), n_rows=rows.n_rows, source_sha256="")
    return Dataset(table, verdict) if verdict.is_valid else Rejected(table, verdict)


def describe(workspace: Workspace, spec: DatasetSpec) -> tuple[Described, ...]:
    """List in words what is expected of a dataset: what is derived, then what its owner added.

    Raises
    ------
    SpecError
        V001, V002.
    """
    return in_words(spec, store.owner_expectations(workspace, spec.name))


@contextmanager
def _alone(workspace: Workspace) -> Iterator[None]:
    """Hold the lock of ``validation/``, where Great Expectations writes without care."""
    from filelock import FileLock

    with files.disk_errors(workspace.store):
        workspace.store.mkdir(parents=True, exist_ok=True)
        lock = FileLock(workspace.store / "validation.lock")
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _decide(workspace: Workspace, table: Table) -> Verdict:
    """Run the checkpoint and remember what it found."""
    name = table.spec.name
    others = compared_tables(workspace, table.spec)
    expectations = prepare(workspace, table.spec)
    admit(expectations, shown=workspace.shown(suite_file(workspace, name)))
    key = store.verdict_key(workspace, table)
    columns, tallies = write_controlled(workspace, table, others)
    results = run_checkpoint(workspace, name)
    verdict = _verdict(str(key), name, results, expectations, tallies=tallies, columns=columns)
    store.remember_verdict(workspace, verdict)
    return verdict


def _verdict(
    key: str,
    name: str,
    results: list[Result],
    expectations: list[Expectation],
    *,
    tallies: Mapping[str, Tally],
    columns: list[str],
) -> Verdict:
    order = [str(expectation.get("id", "")) for expectation in expectations]
    findings = findings_of(name, results, order=order, tallies=tallies, columns=columns)
    return Verdict(
        key=key,
        is_valid=not findings,
        n_expectations=len(results),
        findings=findings,
        gx_version=version(store.GX_DISTRIBUTION),
    )

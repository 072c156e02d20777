"""Obtain tables, verdicts and runs: those of the store, or new ones.

In: what is asked for. Out: `Dataset`, `Run`, `GridRuns`, each step told to a `Watch`.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from actes import batch, cluster, exchange, ingest, run, store, validate
from actes.batch import ALONE
from actes.i18n import _, ngettext
from actes.plan import dataset_names, plan
from actes.run import NO_LIMITS
from actes.specs.grid import MOST_RUNS
from actes.steps import Step, Watch, reused

if TYPE_CHECKING:
    from actes.batch import Batch, Crew, Executor, Progress
    from actes.model import Dataset, Rejected, Run, Table
    from actes.plan import Plan
    from actes.run import KernelKind, Limits
    from actes.specs.book import RunSpec
    from actes.workspace import Workspace

__all__ = ["GridRuns", "obtain_dataset", "obtain_run", "obtain_runs", "obtain_table"]


def obtain_dataset(workspace: Workspace, name: str, watch: Watch) -> Dataset | Rejected:
    """Ingest and validate a dataset, and those that its checks look into, if they are stale."""
    spec = store.read_dataset_spec(workspace, name)
    if spec.stays:
        result = validate.validate_in_place(workspace, spec)
        watch.tell(Step("validate", name, "done", _("in its database, as it is now")))
        return result
    for other in store.related_datasets(spec):
        if store.recall_table(workspace, store.read_dataset_spec(workspace, other)) is None:
            obtain_table(workspace, other, watch)
    table = obtain_table(workspace, name, watch)
    exchange.fetch_verdict(workspace, table)
    known = store.recall_verdict(workspace, table)
    result = validate.validate(workspace, table)
    if not known:
        exchange.push_verdict(workspace, table, result.verdict)
    done = Step("validate", name, "done", _("no verdict on these bytes"))
    watch.tell(reused("validate", name) if known else done)
    return result


def obtain_table(workspace: Workspace, name: str, watch: Watch) -> Table:
    """Ingest a dataset, if its table isn't known."""
    spec = store.read_dataset_spec(workspace, name)
    exchange.fetch_table(workspace, spec)
    known = store.recall_table(workspace, spec)
    table = ingest.ingest(workspace, spec)
    is_reused = known is not None and known.sha256 == table.sha256
    if not is_reused:
        exchange.push_table(workspace, table)
    done = Step("ingest", name, "done", _("new or changed source"))
    watch.tell(reused("ingest", name) if is_reused else done)
    return table


def obtain_run(
    workspace: Workspace,
    asked: RunSpec,
    watch: Watch,
    *,
    where: str = "",
    label: str = "",
    kernel: KernelKind = "auto",
    limits: Limits = NO_LIMITS,
) -> Run:
    """Run a study, or reuse the run that the same ingredients made.

    Parameters
    ----------
    kernel, limits
        As `run.execute`.

    Raises
    ------
    ParameterError, SpecError
        Before anything is done.
    VerdictError
        V102 when its data do not pass.
    """
    study = run.study_spec(workspace, asked.study)
    given = study.with_data(asked.data, asked.parameters)
    values = study.check(given, where=where)
    for _parameter, name, _roles in study.datasets(values):
        obtain_dataset(workspace, name, watch)
    prepared = run.prepare(workspace, study, given, where=where)
    label = label or study.name
    exchange.fetch_run(workspace, prepared)
    if run.recall_run(prepared):
        watch.tell(reused("run", label))
        return prepared
    reason = run.why_stale(workspace, prepared)
    made = run.execute(
        workspace,
        prepared,
        on_cell=lambda done, total: watch.cell(label, done, total),
        kernel=kernel,
        limits=limits,
    )
    exchange.push_run(workspace, made)
    watch.tell(Step("run", label, "done", reason))
    return made


@dataclass(frozen=True, slots=True)
class GridRuns:
    """The runs of a grid, and what became of each."""

    plan: Plan
    batch: Batch

    @property
    def made(self) -> tuple[tuple[str, Run], ...]:
        """The runs that the store holds, each under its key in the grid."""
        failed = {failure.run.key for failure in self.batch.failed}
        return tuple((key, run) for key, run in self.plan.runs if run.key not in failed)


def obtain_runs(
    workspace: Workspace,
    asked: RunSpec,
    watch: Watch,
    *,
    crew: Crew = ALONE,
    most: int | None = MOST_RUNS,
    where: str = "",
    label: str = "",
) -> GridRuns:
    """Run a study over a grid of parameters, or reuse the runs that the same ingredients made.

    Parameters
    ----------
    crew
        Who executes.
    most
        How many runs at most; None when there may be any number.

    Raises
    ------
    ParameterError, SpecError, VerdictError
        Before anything is run: as `plan.plan`.
    """
    for name in dataset_names(workspace, asked, where=where):
        obtain_dataset(workspace, name, watch)
    planned = plan(workspace, asked, most=most, where=where)
    label = label or asked.study

    def tell(now: Progress) -> None:
        watch.grid(planned.label(now.last) if now.last else label, now)

    runs = [each for _key, each in planned.runs]
    for each in runs:
        exchange.fetch_run(workspace, each)
    made = batch.make(runs, _executor(workspace, crew), on_progress=tell)
    for each in made.done:
        exchange.push_run(workspace, each)
    counted = _counted(len(made.done), len(made.reused), n_failed=len(made.failed))
    is_reused = len(made.reused) == len(runs)
    watch.tell(Step("run", label, "reused" if is_reused else "done", counted))
    return GridRuns(planned, made)


def _counted(n_done: int, n_reused: int, *, n_failed: int) -> str:
    parts = (
        ngettext("{n} done", "{n} done", n_done).format(n=n_done),
        ngettext("{n} reused", "{n} reused", n_reused).format(n=n_reused),
        _("{n} failed").format(n=n_failed),
    )
    return ", ".join(parts)


def _executor(workspace: Workspace, crew: Crew) -> Executor:
    if crew.scheduler:
        return cluster.executor(workspace, crew)
    work = partial(run.execute, workspace, kernel=crew.kernel, limits=crew.limits)
    return batch.in_threads(work, n_workers=crew.size)

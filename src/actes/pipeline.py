"""Take a study through its stages, and say of each what is reused, what is redone, and why.

::

    source ─ingest→ Table ─validate→ Dataset ─run→ Run
           ─review→ Cleared ─compose→ Chapter ─publish→ Book

In: a workspace. Out: the book, or what stopped it. Each stage is called here and nowhere else.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass, field
from functools import partial
from typing import TYPE_CHECKING, Any

from actes import (
    batch,
    cluster,
    completed,
    compose,
    editions,
    exchange,
    ingest,
    publish,
    review,
    run,
    store,
    validate,
)
from actes.batch import ALONE
from actes.errors import ActesError, HeldError, StudyError, VerdictError
from actes.i18n import _, speaking
from actes.locks import working_alone
from actes.model import Cleared, ClearedGrid, Dataset, Held, Rejected
from actes.plan import dataset_names, plan
from actes.run import NO_LIMITS
from actes.specs.book import book_articles, read_article, read_language, read_settings
from actes.specs.grid import MOST_RUNS
from actes.steps import Step, Watch, reused

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from actes.batch import Batch, Crew, Executor, Progress
    from actes.model import Book, Chapter, Finding, Run, Table
    from actes.plan import Plan
    from actes.run import KernelKind, Limits
    from actes.specs.book import ArticleSpec, RunSpec
    from actes.workspace import Workspace

__all__ = [
    "GridRuns",
    "Outcome",
    "Review",
    "Step",
    "Watch",
    "build",
    "clear",
    "clear_grid",
    "obtain_dataset",
    "obtain_run",
    "obtain_runs",
    "obtain_table",
    "reviews",
    "working_alone",
]

_SHOWN_FAILURES = 5


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a build came to: the book (None when something stopped it), what stopped what.

    ``withheld`` says which articles of a new book have no crate, and why.
    """

    book: Book | None
    stopped: tuple[tuple[str, ActesError], ...] = field(default=())
    chapters: tuple[Chapter, ...] = field(default=())
    withheld: tuple[tuple[str, ActesError], ...] = field(default=())


def build(
    workspace: Workspace, watch: Watch, *, engine: str = "auto", leave_out: bool = False
) -> Outcome:
    """Do whatever is stale between the sources and the book.

    Parameters
    ----------
    engine
        ``auto``, ``quarto`` or ``pandoc``.
    leave_out
        Publish without the articles that were stopped; otherwise the former book stays.
    """
    asked = {"engine": engine, "leave_out": leave_out}
    sight = completed.look(workspace)
    settings = read_settings(workspace)
    articles = [read_article(workspace, name) for name in book_articles(workspace)]
    chapters: list[Chapter] = []
    stopped: list[tuple[str, ActesError]] = []
    for article in articles:
        try:
            chapters.append(_chapter(workspace, article, settings.tlp, watch))
        except ActesError as error:
            stopped.append((article.name, error))
    if stopped and not leave_out:
        return Outcome(None, tuple(stopped))
    missing = [workspace.article_file(name) for name, _error in stopped]
    withheld: list[tuple[str, ActesError]] = []
    try:
        used = _appendices(workspace, chapters, articles, settings.datasets, watch)
        book, action, reason = publish.publish(
            workspace,
            chapters,
            engine=engine,
            without=missing,
            pack=lambda: editions.pack(workspace, chapters, withheld),
        )
    except ActesError as error:
        if not stopped:
            raise
        return Outcome(None, (*stopped, (_("the book"), error)))
    watch.tell(Step("publish", workspace.shown(book.folder), action, reason))
    if not stopped:
        completed.note(
            workspace,
            asked,
            before=sight,
            chapters=chapters,
            used=used,
            book=book,
            steps=watch.told,
        )
    return Outcome(book, tuple(stopped), tuple(chapters), tuple(withheld))


def _chapter(workspace: Workspace, article: ArticleSpec, tlp: str, watch: Watch) -> Chapter:
    """Take every run of an article through run and review, then compose it."""
    cleared: dict[str, Cleared | ClearedGrid] = {}
    for name, asked in article.runs.items():
        where = f"{workspace.shown(workspace.article_file(article.name))}, actes.runs.{name}"
        label = f"{article.name}/{name}"
        if asked.each:
            grid = obtain_runs(workspace, asked, watch, where=where, label=label)
            cleared[name] = clear_grid(grid, tlp=tlp)
        else:
            made = obtain_run(workspace, asked, watch, where=where, label=label)
            cleared[name] = clear(made, tlp=tlp)
    before = _modified(workspace, article)
    chapter = compose.compose(workspace, article, cleared)
    is_new = _modified(workspace, article) != before
    done = Step("compose", article.name, "done", _("what lies beside it changed"))
    watch.tell(done if is_new else reused("compose", article.name))
    return chapter


def _modified(workspace: Workspace, article: ArticleSpec) -> list[tuple[str, int]]:
    folder = workspace.article_file(article.name).parent
    made = [*folder.glob("*.ipynb"), *folder.glob("_metadata.yml")]
    return sorted((file.name, file.stat().st_mtime_ns) for file in made if file.is_file())


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
    counted = _("{done} done, {reused} reused, {failed} failed").format(
        done=len(made.done), reused=len(made.reused), failed=len(made.failed)
    )
    is_reused = len(made.reused) == len(runs)
    watch.tell(Step("run", label, "reused" if is_reused else "done", counted))
    return GridRuns(planned, made)


def _executor(workspace: Workspace, crew: Crew) -> Executor:
    if crew.scheduler:
        return cluster.executor(workspace, crew)
    work = partial(run.execute, workspace, kernel=crew.kernel, limits=crew.limits)
    return batch.in_threads(work, n_workers=crew.size)


def clear_grid(grid: GridRuns, *, tlp: str) -> ClearedGrid:
    """Review every run of a grid: one that failed or is held stops them all.

    Raises
    ------
    StudyError
        R031, naming each run that failed, and why.
    HeldError
        C300, naming the first run that is held.
    """
    if grid.batch.failed:
        raise _incomplete(grid)
    cleared = tuple((key, clear(each, tlp=tlp)) for key, each in grid.made)
    return ClearedGrid(grid.plan.varied, cleared)


def _incomplete(grid: GridRuns) -> StudyError:
    failed = grid.batch.failed
    told = [f"{grid.plan.label(f.run)}: [{f.error.code}] {f.error.what}" for f in failed]
    others = [] if len(told) <= _SHOWN_FAILURES else ["…"]
    return StudyError(
        "R031",
        _("{n} of the {total} runs of the grid failed.").format(
            n=len(failed), total=len(grid.plan.runs)
        ),
        where=failed[0].error.where,
        found="; ".join([*told[:_SHOWN_FAILURES], *others]),
        next_step=_("correct them, or name them under “without” in the article’s front matter"),
    )


def clear(made: Run, *, tlp: str) -> Cleared:
    """Review a run.

    Raises
    ------
    HeldError
        C300, naming each output and rule.
    """
    reviewed = review.review(made, tlp=tlp)
    if isinstance(reviewed, Held):
        raise held_error(reviewed)
    return reviewed


@dataclass(frozen=True, slots=True)
class Review:
    """What the review of one run of an article says."""

    name: str
    outputs: tuple[str, ...]
    findings: tuple[Finding, ...]
    error: ActesError | None = None
    """Why there was nothing to review, if the run could not be made."""

    def as_dict(self) -> dict[str, Any]:
        """The same as plain data."""
        return {
            "name": self.name,
            "outputs": list(self.outputs),
            "findings": [asdict(finding) for finding in self.findings],
            "error": self.error and self.error.as_dict(),
        }


def reviews(workspace: Workspace, name: str, watch: Watch) -> Iterator[Review]:
    """Review each run of an article, running what is stale."""
    tlp = read_settings(workspace).tlp
    for run_name, asked in read_article(workspace, name).runs.items():
        label = f"{name}/{run_name}"
        try:
            for full_name, made in _made(workspace, asked, watch, label):
                yield _review(full_name, made, tlp)
        except ActesError as error:
            yield Review(label, (), (), error)


def _made(
    workspace: Workspace, asked: RunSpec, watch: Watch, label: str
) -> Iterator[tuple[str, Run | ActesError]]:
    """Yield the run that is asked for, or every one of the grid, under its full name."""
    if not asked.each:
        yield label, obtain_run(workspace, asked, watch, label=label)
        return
    grid = obtain_runs(workspace, asked, watch, label=label)
    failed = {failure.run.key: failure.error for failure in grid.batch.failed}
    for key, each in grid.plan.runs:
        yield f"{label}.{key}", failed.get(each.key, each)


def _review(name: str, made: Run | ActesError, tlp: str) -> Review:
    if isinstance(made, ActesError):
        return Review(name, (), (), made)
    reviewed = review.review(made, tlp=tlp)
    if isinstance(reviewed, Held):
        return Review(name, (), reviewed.findings)
    return Review(name, tuple(f"{o['kind']} {o['name']}" for o in reviewed.outputs), ())


def held_error(held: Held) -> HeldError:
    """Say what is held and why."""
    return HeldError(
        "C300",
        _("Results of “{study}” may not leave.").format(study=held.run.study),
        found="; ".join(f"{f.where}: {f.message} [{f.rule}]" for f in held.findings),
        next_step=_("correct the study or its data; what each rule wants is in the documentation"),
    )


def _appendices(
    workspace: Workspace,
    chapters: Iterable[Chapter],
    articles: Iterable[ArticleSpec],
    named: Iterable[str],
    watch: Watch,
) -> tuple[Dataset, ...]:
    """Write the appendices of data and of provenance; return the datasets described."""
    chapters = list(chapters)
    used = {
        dataset.name: dataset
        for chapter in chapters
        for _name, cleared in chapter.cleared
        for dataset in cleared.run.datasets
    }
    for name in named:
        if name not in used:
            used[name] = _passing(obtain_dataset(workspace, name, watch))
    titles: Mapping[str, str] = {article.name: article.title for article in articles}
    with speaking(read_language(workspace)):
        checks = {
            name: validate.describe(workspace, dataset.table.spec) for name, dataset in used.items()
        }
        compose.data_appendix(workspace, used.values(), checks)
        compose.provenance_appendix(workspace, chapters, titles)
        compose.reproductions_appendix(
            workspace, {chapter.article: titles[chapter.article] for chapter in chapters}
        )
    return tuple(used.values())


def _passing(known: Dataset | Rejected) -> Dataset:
    if isinstance(known, Rejected):
        raise VerdictError(
            "V102",
            _("The dataset “{name}” does not pass its validation.").format(
                name=known.table.spec.name
            ),
            found="; ".join(f"{f.where}: {f.message}" for f in known.verdict.findings[:3]),
            next_step=f"actes validate {known.table.spec.name}",
        )
    return known

"""Take a study through its stages, and say of each what is reused, what is redone, and why.

::

    source ─ingest→ Table ─validate→ Dataset ─run→ Run
           ─review→ Cleared ─compose→ Chapter ─publish→ Book

In: a workspace. Out: the book, or what stopped it. Each stage is called here and nowhere else.
"""

from __future__ import annotations

import tempfile
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from actes import compose, files, ingest, publish, review, run, store, validate
from actes.errors import ActesError, HeldError, ToolError, VerdictError
from actes.i18n import _, speaking
from actes.model import Cleared, Dataset, Held, Rejected
from actes.specs.book import book_articles, read_article, read_language, read_settings

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from actes.model import Book, Chapter, Finding, Run, Table
    from actes.specs.book import ArticleSpec, RunSpec
    from actes.workspace import Workspace

__all__ = [
    "Outcome",
    "Review",
    "Step",
    "Watch",
    "build",
    "clear",
    "obtain_dataset",
    "obtain_run",
    "reviews",
    "working_alone",
]

Action = Literal["reused", "done"]


@dataclass(frozen=True, slots=True)
class Step:
    """One stage's work on one thing: done or reused, and why."""

    stage: str
    name: str
    action: Action
    reason: str


@dataclass(frozen=True)
class Watch:
    """Who is told what happens: each step when it ends (once), each cell of a running study."""

    step: Callable[[Step], None] = lambda _step: None
    cell: Callable[[str, int, int], None] = lambda _study, _done, _total: None
    _told: set[tuple[str, str]] = field(default_factory=set)

    def tell(self, done: Step) -> None:
        """Tell of a step; one that is met again, and reused, was told already."""
        if done.action == "done" or (done.stage, done.name) not in self._told:
            self.step(done)
        self._told.add((done.stage, done.name))


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a build came to: the book (None when something stopped it), what stopped what."""

    book: Book | None
    stopped: tuple[tuple[str, ActesError], ...] = field(default=())


@contextmanager
def working_alone(workspace: Workspace) -> Iterator[None]:
    """Hold the workspace's lock: two builds at once would publish over each other.

    Raises
    ------
    ToolError
        T005 when another process holds it.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(workspace.store / "build.lock", timeout=0)
    with files.disk_errors(workspace.store):
        workspace.store.mkdir(parents=True, exist_ok=True)
    try:
        lock.acquire()
    except Timeout:
        raise ToolError(
            "T005",
            _("Another actes command is building this workspace."),
            where=workspace.shown(workspace.store / "build.lock"),
            next_step=_("wait until it ends, then give the command again"),
        ) from None
    try:
        _sweep(workspace)
        yield
    finally:
        lock.release()


def _sweep(workspace: Workspace) -> None:
    """Remove what killed commands left unfinished, here and in the system's temporary folder."""
    beside = [path.parent for path in workspace.reports.glob("*/index.qmd")]
    stores = [workspace.store, *(path for path in workspace.store.glob("*") if path.is_dir())]
    suites = [workspace.validation, *(p for p in workspace.validation.glob("*") if p.is_dir())]
    for folder in (*stores, *suites, *beside, workspace.reports / "annexes"):
        files.sweep(folder)
    files.sweep(Path(tempfile.gettempdir()))


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
    try:
        _appendices(workspace, chapters, articles, settings.datasets, watch)
        book, action, reason = publish.publish(workspace, chapters, engine=engine, without=missing)
    except ActesError as error:
        if not stopped:
            raise
        return Outcome(None, (*stopped, (_("the book"), error)))
    watch.tell(Step("publish", workspace.shown(book.folder), action, reason))
    return Outcome(book, tuple(stopped))


def _chapter(workspace: Workspace, article: ArticleSpec, tlp: str, watch: Watch) -> Chapter:
    """Take every run of an article through run and review, then compose it."""
    cleared = {}
    for name, asked in article.runs.items():
        where = f"{workspace.shown(workspace.article_file(article.name))}, actes.runs.{name}"
        made = obtain_run(workspace, asked, watch, where=where, label=f"{article.name}/{name}")
        cleared[name] = clear(made, tlp=tlp)
    before = _modified(workspace, article)
    chapter = compose.compose(workspace, article, cleared)
    is_new = _modified(workspace, article) != before
    reason = _("what lies beside it changed") if is_new else _("what lies beside it is unchanged")
    watch.tell(Step("compose", article.name, "done" if is_new else "reused", reason))
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
            _obtain_table(workspace, other, watch)
    table = _obtain_table(workspace, name, watch)
    known = store.recall_verdict(workspace, table)
    result = validate.validate(workspace, table)
    action: Action = "reused" if known else "done"
    reason = _("table and expectations are unchanged") if known else _("no verdict on these bytes")
    watch.tell(Step("validate", name, action, reason))
    return result


def _obtain_table(workspace: Workspace, name: str, watch: Watch) -> Table:
    spec = store.read_dataset_spec(workspace, name)
    known = store.recall_table(workspace, spec)
    table = ingest.ingest(workspace, spec)
    is_reused = known is not None and known.sha256 == table.sha256
    reason = _("source and descriptor are unchanged") if is_reused else _("new or changed source")
    watch.tell(Step("ingest", name, "reused" if is_reused else "done", reason))
    return table


def obtain_run(
    workspace: Workspace, asked: RunSpec, watch: Watch, *, where: str = "", label: str = ""
) -> Run:
    """Run a study, or reuse the run that the same ingredients made.

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
    if run.recall_run(prepared):
        reason = _("same notebook, parameters, data, code and environment")
        watch.tell(Step("run", label, "reused", reason))
        return prepared
    reason = run.why_stale(workspace, prepared)
    made = run.execute(
        workspace, prepared, on_cell=lambda done, total: watch.cell(label, done, total)
    )
    watch.tell(Step("run", label, "done", reason))
    return made


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
            reviewed = review.review(obtain_run(workspace, asked, watch, label=label), tlp=tlp)
        except ActesError as error:
            yield Review(label, (), (), error)
            continue
        if isinstance(reviewed, Held):
            yield Review(label, (), reviewed.findings)
        else:
            outputs = tuple(f"{o['kind']} {o['name']}" for o in reviewed.outputs)
            yield Review(label, outputs, ())


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
) -> None:
    """Write the appendices of data and of provenance."""
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

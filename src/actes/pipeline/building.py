"""Take the book from its sources to its files.

In: a workspace. Out: `Outcome`: the book, or what stopped it.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from actes import completed, compose, editions, validate
from actes.errors import ActesError, VerdictError
from actes.i18n import _, speaking
from actes.model import Cleared, ClearedGrid, Dataset, Rejected
from actes.pipeline.clearing import clear, clear_grid
from actes.pipeline.obtaining import obtain_dataset, obtain_run, obtain_runs
from actes.publish import publication
from actes.specs.book import book_articles, read_article, read_language, read_settings
from actes.steps import Step, Watch, reused

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from actes.model import Book, Chapter
    from actes.specs.book import ArticleSpec
    from actes.workspace import Workspace

__all__ = ["Outcome", "build"]


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
        book, action, reason = publication.publish(
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
            titles={article.name: article.title for article in articles},
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

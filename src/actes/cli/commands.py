"""The commands: each reads its words, calls one function, prints what it gives.

A command returns its exit code (None for 0).
"""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from actes import __version__, workspace
from actes.cli import show
from actes.cli.building import build
from actes.cli.options import JSON as _JSON
from actes.cli.options import watch as _watch
from actes.cli.reproduction import reproduce
from actes.cli.running import run
from actes.cli.storage import store_commands
from actes.cli.words import N_
from actes.errors import ParameterError
from actes.i18n import LANGUAGES, _, ngettext

if TYPE_CHECKING:
    from collections.abc import Sequence

    from actes.expectations import Described


@click.group(help=N_("Standardized police studies on validated data, published as a book."))
@click.option("--lang", type=click.Choice(LANGUAGES), help=N_("Language of the messages."))
@click.version_option(
    __version__, message="actes %(version)s", help=N_("Show the version and exit.")
)
def actes(lang: str | None) -> None:
    """Do nothing by itself: the commands do."""


@actes.command(help=N_("Make a workspace in a new folder."))
@click.argument("folder", type=click.Path(path_type=Path), metavar=N_("FOLDER"))
def init(folder: Path) -> None:
    """Make a workspace."""
    from actes import starters

    for path in starters.new_workspace(folder):
        show.line(path.relative_to(folder).as_posix(), good=True)
    show.line(_("Next: cd {folder}, then actes new dataset FILE").format(folder=folder))


@actes.group(help=N_("Start a dataset's descriptor, an article or a study."))
def new() -> None:
    """Hold the three starters."""


@new.command("dataset", help=N_("Draft the descriptor of a data file; a person then edits it."))
@click.argument("file", type=click.Path(path_type=Path), metavar=N_("FILE"))
@click.option("--name", help=N_("Name of the dataset; the file's own by default."))
def new_dataset(file: Path, name: str | None) -> None:
    """Draft a descriptor."""
    from actes import draft, starters

    here = workspace.find()
    chosen = name or draft.dataset_name(file)
    written = starters.new_dataset(here, file, draft.draft(file, name=chosen), chosen)
    for path in written:
        show.line(here.shown(path), good=True)
    show.line(
        _("Next: read its guesses and correct them, then: actes validate {name}").format(
            name=chosen
        )
    )


@new.command("article", help=N_("Write the skeleton of an article that rests on a study."))
@click.argument("name", metavar=N_("NAME"))
@click.option("--study", required=True, help=N_("Study that the article rests on."))
@click.option("--data", required=True, help=N_("Dataset to study."))
def new_article(name: str, study: str, data: str) -> None:
    """Write an article's skeleton."""
    from actes import run as stage
    from actes import starters, store

    here = workspace.find()
    spec = stage.study_spec(here, study)
    store.read_dataset_spec(here, data)
    for path in starters.new_article(here, name, spec, data, stage.known_labels(here, study)):
        show.line(here.shown(path), good=True)
    show.line(_("Next: add it to the chapters of _quarto.yml, write it, then: actes build"))


@new.command("study", help=N_("Write the notebook of a new study."))
@click.argument("name", metavar=N_("NAME"))
@click.option("--data", help=N_("Dataset that it studies unless told otherwise."))
@click.option("--from", "model", help=N_("Study to start from."))
def new_study(name: str, data: str | None, model: str | None) -> None:
    """Write a study's skeleton."""
    from actes import run as stage
    from actes import starters, store

    here = workspace.find()
    chosen = data or next(iter(here.dataset_names()), "")
    if chosen:
        store.read_dataset_spec(here, chosen)
    start = stage.study_spec(here, model) if model else None
    for path in starters.new_study(here, name, data=chosen, model=start):
        show.line(here.shown(path), good=True)


@actes.command(help=N_("Read source files into typed tables."))
@click.argument("names", nargs=-1, metavar=N_("[DATASET]..."))
@_JSON
def ingest(names: Sequence[str], as_json: bool) -> None:
    """Ingest datasets."""
    from actes import locks, pipeline

    here = workspace.find()
    with locks.at_work(here, "actes ingest"):
        tables = [
            pipeline.obtain_table(here, name, pipeline.Watch())
            for name in names or here.dataset_names()
        ]
    if as_json:
        show.as_json([_table(t) for t in tables])
        return
    for table in tables:
        text = ngettext(
            "{name}: {rows} row, sha256 {sha}", "{name}: {rows} rows, sha256 {sha}", table.n_rows
        ).format(name=table.spec.name, rows=table.n_rows, sha=table.sha256[:16])
        show.line(text, good=True)
    show.nothing(tables, _("No dataset here: actes new dataset FILE"))


def _table(table: Any) -> dict[str, Any]:
    return {
        "name": table.spec.name,
        "n_rows": table.n_rows,
        "sha256": table.sha256,
        "source_sha256": table.source_sha256,
    }


@actes.command(help=N_("Check tables against their expectations (Great Expectations)."))
@click.argument("names", nargs=-1, metavar=N_("[DATASET]..."))
@click.option("--verbose", "-v", is_flag=True, help=N_("Show the expectations that hold, too."))
@_JSON
def validate(names: Sequence[str], verbose: bool, as_json: bool) -> int:
    """Validate datasets."""
    from actes import pipeline
    from actes import validate as stage

    here = workspace.find()
    watch = pipeline.Watch() if as_json else _watch()
    with pipeline.working_alone(here, "actes validate"):
        results = [
            pipeline.obtain_dataset(here, name, watch) for name in names or here.dataset_names()
        ]
    if as_json:
        show.as_json([_table(r.table) | asdict(r.verdict) for r in results])
        return int(any(not r.verdict.is_valid for r in results))
    show.nothing(results, _("No dataset here: actes new dataset FILE"))
    for result in results:
        verdict, spec = result.verdict, result.table.spec
        counted = ngettext(
            "{name}: {n} expectation, {failed} fail",
            "{name}: {n} expectations, {failed} fail",
            verdict.n_expectations,
        ).format(name=spec.name, n=verdict.n_expectations, failed=len(verdict.findings))
        show.line(counted, good=verdict.is_valid)
        show.findings(verdict.findings)
        if verbose:
            show.table([_in_words(check) for check in stage.describe(here, spec)])
    return int(any(not r.verdict.is_valid for r in results))


def _in_words(check: Described) -> tuple[str, str, str]:
    origin = _("dataset.yml") if check.origin == "derived" else _("owner")
    return origin, ", ".join(check.columns), check.words


actes.add_command(run)


@actes.command(help=N_("List the studies: question, roles needed, datasets that have them."))
@_JSON
def studies(as_json: bool) -> None:
    """List the studies."""
    from actes.catalogue import catalogue

    entries = catalogue(workspace.find())
    if as_json:
        show.as_json(entries)
    else:
        show.nothing(entries, _("No study here: actes new study NAME"))
        for entry in entries:
            show.study(entry)


@actes.command(help=N_("Hold the methods against published values."))
@click.argument("study", required=False, metavar=N_("[STUDY]"))
@click.option(
    "--reference-data",
    "data",
    type=click.Path(path_type=Path),
    envvar="ACTES_REFERENCE_DATA",
    metavar=N_("FOLDER"),
    help=N_("Folder of the reference files that Actes may not carry."),
)
@_JSON
def verify(study: str | None, data: Path | None, as_json: bool) -> int:
    """Verify the methods."""
    from actes import verify as references
    from actes.specs.reading import near

    known = references.verified_studies()
    if study is not None and study not in known:
        raise ParameterError(
            "P102",
            _("No published value is known for “{study}”.").format(study=study),
            expected=", ".join(known),
            next_step=near(study, known),
        )
    if data is not None and not data.is_dir():
        raise ParameterError(
            "P440",
            _("The folder of reference data is not there."),
            found=str(data),
            next_step=_("name a folder that holds the files listed in docs/etudes.md"),
        )
    checks = list(references.verify(study, data=data))
    if as_json:
        show.as_json([check.as_dict() for check in checks])
    else:
        show.checks(checks)
    return int(any(check.holds is False for check in checks))


@actes.command(help=N_("Show what of an article's results may leave."))
@click.argument("names", nargs=-1, metavar=N_("[ARTICLE]..."))
@_JSON
def review(names: Sequence[str], as_json: bool) -> int:
    """Review articles."""
    from actes import locks, pipeline
    from actes.specs.book import book_articles

    here = workspace.find()
    watch = pipeline.Watch() if as_json else _watch()
    with locks.at_work(here, "actes review"):
        reviewed = [
            entry
            for name in names or book_articles(here)
            for entry in pipeline.reviews(here, name, watch)
        ]
    if as_json:
        show.as_json([r.as_dict() for r in reviewed])
    else:
        for entry in reviewed:
            if entry.error:
                show.error(f"{entry.name}\n{entry.error}")
                continue
            show.reviewed(entry)
        show.nothing(reviewed, _("No article in the book: actes new article NAME"))
    codes = [entry.error.exit_code if entry.error else bool(entry.findings) for entry in reviewed]
    return max(codes, default=0)


actes.add_command(build)
actes.add_command(reproduce)


@actes.command(help=N_("Tell where everything stands, on one screen."))
@_JSON
def status(as_json: bool) -> None:
    """Show the workspace's state."""
    from actes import hashes
    from actes.status import workspace_status

    here = workspace.find()
    with hashes.remembering(here.store / "hashes.json"):
        state = workspace_status(here)
    if as_json:
        show.as_json(state)
    else:
        show.status(state)


@actes.command(help=N_("Tell what is missing on this machine, and how to mend it."))
@_JSON
def doctor(as_json: bool) -> int:
    """Examine the machine."""
    from actes.doctor import examine
    from actes.errors import WorkspaceError

    try:
        here = workspace.find()
    except WorkspaceError:
        here = None
    seen = list(examine(here))
    if as_json:
        show.as_json([asdict(symptom) for symptom in seen])
        return 3 if any(not symptom.is_well for symptom in seen) else 0
    return 3 if show.symptoms(seen) else 0


actes.add_command(store_commands)

"""The command ``actes run``: one run, or a grid of them.

In: words. Out: what was run, done, reused or failed; an exit code.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from actes import workspace
from actes.cli import show
from actes.cli.options import JSON, pairs, watch
from actes.cli.words import N_

if TYPE_CHECKING:
    from collections.abc import Sequence

    from actes.batch import Crew
    from actes.errors import ActesError
    from actes.model import Cleared, Run
    from actes.pipeline import GridRuns
    from actes.run import KernelKind
    from actes.specs.book import RunSpec
    from actes.workspace import Workspace

__all__ = ["run"]


@click.command(help=N_("Run a study on a validated dataset, once or over a grid of parameters."))
@click.argument("study", metavar=N_("STUDY"))
@click.option("--data", help=N_("Dataset to study."))
@click.option(
    "-p", "--param", "words", multiple=True, metavar=N_("NAME=VALUE"), help=N_("A parameter.")
)
@click.option(
    "--each",
    multiple=True,
    metavar=N_("NAME=VALUES"),
    help=N_("A parameter that varies: all, 2020:2024, a,b,c; a run for each combination."),
)
@click.option(
    "--workers", type=click.IntRange(1, 64), metavar="N", help=N_("Runs executed at once.")
)
@click.option(
    "--kernel",
    type=click.Choice(("auto", "warm", "plain")),
    default="auto",
    help=N_("Kind of kernel; warm ones are taken where they can be."),
)
@click.option(
    "--timeout",
    type=click.IntRange(1),
    metavar=N_("SECONDS"),
    help=N_("Seconds that a run may last."),
)
@click.option(
    "--memory",
    type=click.IntRange(1),
    metavar=N_("MB"),
    help=N_("Megabytes of memory that a run may take."),
)
@click.option("--scheduler", default="", metavar="tcp://…", help=N_("Execute on a dask cluster."))
@click.option("--yes", is_flag=True, help=N_("Make even a very large grid."))
@click.option(
    "--report",
    type=click.Path(path_type=Path),
    help=N_("Write a page of its results; of a grid, a folder of pages."),
)
@click.option(
    "--collect",
    type=click.Path(path_type=Path),
    metavar=N_("FILE.csv"),
    help=N_("Write the values of every run in one table."),
)
@JSON
def run(
    study: str,
    *,
    data: str | None,
    words: Sequence[str],
    each: Sequence[str],
    workers: int | None,
    kernel: KernelKind,
    timeout: int | None,
    memory: int | None,
    scheduler: str,
    yes: bool,
    report: Path | None,
    collect: Path | None,
    as_json: bool,
) -> int:
    """Run a study."""
    from actes import locks
    from actes import run as stage
    from actes.batch import Crew
    from actes.specs.book import RunSpec
    from actes.specs.grid import MOST_RUNS

    here = workspace.find()
    given = stage.study_spec(here, study).parse(pairs(words, "-p"))
    asked = RunSpec(study=study, data=data, parameters=given, each=pairs(each, "--each"))
    crew = Crew(workers, scheduler, kernel, stage.Limits(timeout, memory))
    with locks.at_work(here, "actes run"):
        if not (each or scheduler or collect):
            return _one(here, asked, crew, report=report, as_json=as_json)
        return _grid(
            here,
            asked,
            crew,
            most=None if yes else MOST_RUNS,
            report=report,
            collect=collect,
            as_json=as_json,
        )


def _one(here: Workspace, asked: RunSpec, crew: Crew, *, report: Path | None, as_json: bool) -> int:
    from actes import pipeline

    quiet_or_not = pipeline.Watch() if as_json else watch()
    made = pipeline.obtain_run(here, asked, quiet_or_not, kernel=crew.kernel, limits=crew.limits)
    if report:
        _write_report(here, made, report)
    if as_json:
        show.as_json(_as_dict(here, made))
        return 0
    show.line(here.shown(made.notebook), good=True)
    if report:
        show.line(report.as_posix(), good=True)
    return 0


def _as_dict(here: Workspace, made: Run) -> dict[str, Any]:
    return made.record | {"key": made.key, "notebook": here.shown(made.notebook)}


def _grid(
    here: Workspace,
    asked: RunSpec,
    crew: Crew,
    *,
    most: int | None,
    report: Path | None,
    collect: Path | None,
    as_json: bool,
) -> int:
    from actes import pipeline
    from actes.errors import ActesError

    quiet_or_not = pipeline.Watch() if as_json else watch()
    grid = pipeline.obtain_runs(here, asked, quiet_or_not, crew=crew, most=most)
    failed = [(grid.plan.label(f.run), f.error) for f in grid.batch.failed]
    cleared: list[tuple[str, Cleared]] = []
    for key, made in grid.made if report or collect else ():
        try:
            cleared.append((key, pipeline.clear(made, tlp=_strictest(made))))
        except ActesError as error:
            failed.append((grid.plan.label(made), error))
    written = [*_write_reports(here, cleared, report), *_write_values(here, grid, cleared, collect)]
    if as_json:
        show.as_json(_lists(here, grid, failed))
    else:
        show.batch(
            [grid.plan.label(made) for made in grid.batch.done],
            [grid.plan.label(made) for made in grid.batch.reused],
            failed,
        )
        for path in written:
            show.line(path.as_posix(), good=True)
    return max((error.exit_code for _label, error in failed), default=0)


def _lists(
    here: Workspace, grid: GridRuns, failed: Sequence[tuple[str, ActesError]]
) -> dict[str, Any]:
    def told(runs: Sequence[Run]) -> list[dict[str, Any]]:
        return [{"label": grid.plan.label(made)} | _as_dict(here, made) for made in runs]

    return {
        "done": told(grid.batch.done),
        "reused": told(grid.batch.reused),
        "failed": [{"label": label, "error": error.as_dict()} for label, error in failed],
    }


def _write_reports(
    here: Workspace, cleared: Sequence[tuple[str, Cleared]], folder: Path | None
) -> list[Path]:
    from actes.report import write_report

    if folder is None:
        return []
    for key, each in cleared:
        write_report(here, each, folder / f"{key}.html", tlp=_strictest(each.run))
    return [folder]


def _write_values(
    here: Workspace, grid: GridRuns, cleared: Sequence[tuple[str, Cleared]], target: Path | None
) -> list[Path]:
    from actes.compose import values_table
    from actes.model import ClearedGrid
    from actes.report import write_table
    from actes.specs.book import read_language

    if target is None or not cleared:
        return []
    language = read_language(here)
    table = values_table(ClearedGrid(grid.plan.varied, tuple(cleared)), language=language)
    return [write_table(table, target, language=language)]


def _write_report(here: Workspace, made: Run, target: Path) -> None:
    from actes import pipeline
    from actes.report import write_report

    tlp = _strictest(made)
    write_report(here, pipeline.clear(made, tlp=tlp), target, tlp=tlp)


def _strictest(made: Run) -> str:
    """A report stays inside the service: it bears the label of the strictest data."""
    from actes.review import TLP_ORDER

    return max((d.table.spec.tlp for d in made.datasets), key=TLP_ORDER.index, default="CLEAR")

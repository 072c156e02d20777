"""Have runs reviewed, alone or by the grid, and say what holds them.

In: `Run`, `GridRuns`. Out: `Cleared`, `ClearedGrid`, or the reason why not.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from actes import review
from actes.errors import ActesError, HeldError, StudyError
from actes.i18n import _, ngettext
from actes.model import Cleared, ClearedGrid, Held
from actes.pipeline.obtaining import GridRuns, obtain_run, obtain_runs
from actes.specs.book import read_article, read_settings

if TYPE_CHECKING:
    from collections.abc import Iterator

    from actes.model import Finding, Run
    from actes.specs.book import RunSpec
    from actes.steps import Watch
    from actes.workspace import Workspace

__all__ = ["Review", "clear", "clear_grid", "held_error", "reviews"]

_SHOWN_FAILURES = 5


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
        ngettext(
            "{n} of the {total} runs of the grid failed.",
            "{n} of the {total} runs of the grid failed.",
            len(failed),
        ).format(n=len(failed), total=len(grid.plan.runs)),
        where=failed[0].error.where,
        found="; ".join([*told[:_SHOWN_FAILURES], *others]),
        next_step=_("correct them, or name them under “without” in the article’s front matter"),
    )


def held_error(held: Held) -> HeldError:
    """Say what is held and why."""
    return HeldError(
        "C300",
        _("Results of “{study}” may not leave.").format(study=held.run.study),
        found="; ".join(f"{f.where}: {f.message} [{f.rule}]" for f in held.findings),
        next_step=_("correct the study or its data; what each rule wants is in the documentation"),
    )


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

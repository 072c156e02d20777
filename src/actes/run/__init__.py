"""Run a study's notebook on validated data.

In: a study's name, its parameters. Out: `Run`: the executed notebook in the store, named by all
that made it. Only here: papermill.

The parts, in order: `preparation` checks and names a run, `execution` calls papermill, `checks`
refuses a notebook that is not whole, `keeping` puts it in the store; `history` tells what earlier
runs know.
"""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from actes import files
from actes.kernels import NO_LIMITS, KernelKind, Limits
from actes.locks import one_at_a_time
from actes.run.checks import check_declarations, check_whole
from actes.run.execution import execute_notebook
from actes.run.history import known_labels, why_stale
from actes.run.keeping import keep, scrubbed
from actes.run.preparation import prepare, prepare_each, recall_run, study_spec

if TYPE_CHECKING:
    from collections.abc import Callable

    from actes.model import Run
    from actes.workspace import Workspace

__all__ = [
    "NO_LIMITS",
    "KernelKind",
    "Limits",
    "adopt",
    "execute",
    "known_labels",
    "prepare",
    "prepare_each",
    "recall_run",
    "study_spec",
    "why_stale",
]


def execute(
    workspace: Workspace,
    run: Run,
    *,
    on_cell: Callable[[int, int], None] | None = None,
    kernel: KernelKind = "auto",
    limits: Limits = NO_LIMITS,
) -> Run:
    """Execute the notebook of ``run`` and put the result in the store.

    Parameters
    ----------
    on_cell
        Called after each cell with (cells done, cells in all).
    kernel
        ``warm``, ``plain``, or ``auto``: warm where that can be. The result is the same.
    limits
        What the run may take.

    Raises
    ------
    StudyError
        R001 a cell raised, R003 the notebook never began, R004 it declares nothing, R005 the
        data or the notebook changed meanwhile, R006 it declares a result by other means than its
        study, R007 it stopped itself, R020 or R021 it passed a limit; or the code of the refusal
        that the study itself raised.
    ToolError
        T010 the kernel died or would not start, T020 there is no warm kernel here, T021 it was
        stuck.
    """
    return _kept(
        workspace,
        run,
        lambda: execute_notebook(workspace, run, kernel=kernel, limits=limits, on_cell=on_cell),
    )


def adopt(workspace: Workspace, run: Run, notebook: dict[str, Any]) -> Run:
    """Put in the store a notebook that another machine executed, after the checks of `execute`."""
    return _kept(workspace, run, lambda: notebook)


def _kept(workspace: Workspace, run: Run, executed: Callable[[], dict[str, Any]]) -> Run:
    with one_at_a_time(workspace, f"run-{run.key[:16]}"):
        if not recall_run(run):  # another process may have made it since it was found missing
            _keep(workspace, run, executed)
    return run


def _keep(workspace: Workspace, run: Run, executed: Callable[[], dict[str, Any]]) -> None:
    with files.disk_errors(workspace.runs):
        workspace.runs.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=files.TEMPORARY, dir=workspace.runs))
        try:
            notebook = executed()
            check_whole(workspace, run, notebook)
            check_declarations(run, notebook)
            keep(run, scrubbed(notebook), scratch)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)

"""Execute a study's notebook, and say which cell stopped it.

In: a prepared `Run`. Out: the executed notebook, as papermill gives it. Only here: papermill.
"""

from __future__ import annotations

import json
import logging
import re
from typing import TYPE_CHECKING, Any

from actes import errors, kernels
from actes.errors import StudyError, ToolError
from actes.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable

    from actes.errors import ActesError
    from actes.kernels import Ending, KernelKind, Limits
    from actes.model import Run
    from actes.workspace import Workspace

__all__ = ["cell_place", "execute_notebook"]

KERNEL_START_TIMEOUT_S = 120
_KERNEL = "python3"
_OUR_MESSAGE = re.compile(r"\[([A-Z]\d{3})\] (.*)", re.DOTALL)


def execute_notebook(
    workspace: Workspace,
    run: Run,
    *,
    kernel: KernelKind,
    limits: Limits,
    on_cell: Callable[[int, int], None] | None,
) -> dict[str, Any]:
    """Execute the notebook of ``run`` with its parameters.

    Raises
    ------
    StudyError
        R001 when a cell raised, R020 or R021 when a limit was passed, or the code of the refusal
        that the study itself raised.
    ToolError
        T010 when the kernel died or would not start, T020 when there is no warm kernel here, T021
        when it was stuck.
    """
    language = run.record["language"]
    if kernel != "plain":
        kernels.warm_up(language)
    import papermill  # heavy
    from papermill.exceptions import PapermillExecutionError

    # It takes our annotations for typing errors and says in English what we say ourselves.
    logging.getLogger("papermill").setLevel(logging.CRITICAL + 1)
    source = papermill.iorw.load_notebook_node(str(workspace.study_file(run.study)))
    progress = _Progress(len(source.cells) + 1, on_cell)
    try:
        with kernels.running(
            kernel, cwd=workspace.notebooks, language=language, limits=limits
        ) as manager:
            executed = papermill.execute_notebook(
                source,
                None,
                parameters=dict(run.parameters),
                kernel_name=_KERNEL,
                km=manager,
                progress_bar=False,
                start_timeout=KERNEL_START_TIMEOUT_S,
                on_cell_start=progress.cell_starts,
                on_cell_executed=progress.cell_ends,
            )
    except PapermillExecutionError as error:
        raise _cell_raised(workspace, run, error) from None
    except kernels.KernelLostError as lost:
        raise _kernel_lost(workspace, run, lost.ending, progress, limits) from None
    except kernels.NoWarmKernelError:
        raise ToolError(
            "T020",
            _("There is no warm kernel on this machine."),
            next_step=_("leave out --kernel, or give --kernel plain"),
        ) from None
    return dict(executed)


class _Progress:
    """Which cell of a run is at work, counted from 0; None before the first."""

    def __init__(self, n_cells: int, on_cell: Callable[[int, int], None] | None) -> None:
        self.cell: int | None = None
        self._n_cells = n_cells
        self._on_cell = on_cell

    def cell_starts(self, cell_index: int, **_more: Any) -> None:
        self.cell = cell_index

    def cell_ends(self, cell_index: int, **_more: Any) -> None:
        if self._on_cell:
            self._on_cell(cell_index + 1, self._n_cells)


def _cell_raised(workspace: Workspace, run: Run, error: Any) -> StudyError:
    """Say which cell raised what; the exception's own words only if they are ours.

    Anybody else's message may hold a row's value.
    """
    where = cell_place(workspace, run, error.cell_index)
    ours = _OUR_MESSAGE.match(error.evalue)
    if ours and error.ename in errors.__all__:
        return StudyError(ours[1], ours[2], where="" if "\n" in ours[2] else where)
    return StudyError(
        "R001",
        _("A cell of the study “{study}” raised an exception.").format(study=run.study),
        where=where,
        found=error.ename,
        next_step=_("open the notebook in JupyterLab with the same parameters and run it"),
    )


def _kernel_lost(
    workspace: Workspace, run: Run, ending: Ending | None, progress: _Progress, limits: Limits
) -> ActesError:
    """Say at which cell a run lost its kernel, and why."""
    where = "" if progress.cell is None else cell_place(workspace, run, progress.cell)
    if ending == "time":
        return StudyError(
            "R020",
            _("The study “{study}” ran longer than it may.").format(study=run.study),
            where=where,
            expected=_("at most {n} s").format(n=f"{limits.time_s:g}"),
            next_step=_("give it more time (--timeout), or less to compute"),
        )
    if ending == "memory":
        return StudyError(
            "R021",
            _("The study “{study}” took more memory than it may.").format(study=run.study),
            where=where,
            expected=_("at most {n} MB").format(n=limits.memory_mb),
            next_step=_("give it more memory (--memory), or fewer rows and columns"),
        )
    if ending == "stuck":
        return ToolError(
            "T021",
            _("The kernel of the study “{study}” stood still and was ended.").format(
                study=run.study
            ),
            where=where,
            next_step=_("try again; if it stays, give --kernel plain"),
        )
    return ToolError(
        "T010",
        _("The kernel of the study “{study}” died or would not start.").format(study=run.study),
        where=where,
        next_step=_("try again; if it stays, see: actes doctor"),
    )


def cell_place(workspace: Workspace, run: Run, position: int) -> str:
    """Name a cell of the study by its place in the notebook that people see.

    ``position`` counts from 0 in the executed notebook, where papermill has put the parameters
    in a cell of their own after those of the study.
    """
    source = json.loads(workspace.study_file(run.study).read_text(encoding="utf-8"))
    tags = [cell.get("metadata", {}).get("tags", []) for cell in source["cells"]]
    parameters = next((n for n, each in enumerate(tags) if "parameters" in each), position)
    number = position + 1 - (position > parameters)
    cell = _("cell {n}").format(n=number)
    return f"{workspace.shown(workspace.study_file(run.study))}, {cell}"

"""Execute a study's notebook, and say which cell stopped it.

In: a prepared `Run`. Out: the executed notebook, as papermill gives it. Only here: papermill.
"""

from __future__ import annotations

import json
import logging
import re
from typing import TYPE_CHECKING, Any

from actes import errors
from actes.errors import StudyError, ToolError
from actes.i18n import _, speaking

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from actes.model import Run
    from actes.workspace import Workspace

__all__ = ["cell_place", "execute_notebook"]

KERNEL_START_TIMEOUT_S = 120
_KERNEL = "python3"
_QUIET_KERNEL = ["--IPKernelApp.log_level=CRITICAL"]
_OUR_MESSAGE = re.compile(r"\[([A-Z]\d{3})\] (.*)", re.DOTALL)


def execute_notebook(
    workspace: Workspace,
    run: Run,
    scratch: Path,
    on_cell: Callable[[int, int], None] | None,
) -> dict[str, Any]:
    """Execute the notebook of ``run``, with its parameters, in a folder of its own.

    Raises
    ------
    StudyError
        R001 when a cell raised, or the code of the refusal that the study itself raised.
    ToolError
        T010 when the kernel died or would not start.
    """
    import papermill  # heavy
    from jupyter_client.kernelspec import NoSuchKernel
    from nbclient.exceptions import DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    # It takes our annotations for typing errors and says in English what we say ourselves.
    logging.getLogger("papermill").setLevel(logging.CRITICAL + 1)
    source = workspace.study_file(run.study)
    n_cells = len(json.loads(source.read_text(encoding="utf-8"))["cells"]) + 1

    def after_cell(cell_index: int, **_more: Any) -> None:
        if on_cell:
            on_cell(cell_index + 1, n_cells)

    try:
        with speaking(run.record["language"]):
            executed = papermill.execute_notebook(
                source,
                scratch / "notebook.ipynb",
                parameters=dict(run.parameters),
                kernel_name=_KERNEL,
                cwd=workspace.notebooks,
                progress_bar=False,
                start_timeout=KERNEL_START_TIMEOUT_S,
                request_save_on_cell_execute=False,
                on_cell_executed=after_cell,
                extra_arguments=_QUIET_KERNEL,
            )
    except PapermillExecutionError as error:
        raise _cell_raised(workspace, run, error) from None
    except (DeadKernelError, NoSuchKernel, RuntimeError, TimeoutError) as error:
        raise ToolError(
            "T010",
            _("The kernel of the study “{study}” died or would not start.").format(study=run.study),
            found=type(error).__name__,
            next_step=_("try again; if it stays, see: actes doctor"),
        ) from None
    return dict(executed)


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

"""Refuse an executed notebook that is not whole or declares nothing.

In: a `Run`, its executed notebook. Out: nothing, or one message.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from actes import provenance, results
from actes.errors import StudyError
from actes.i18n import _
from actes.run.execution import cell_place

if TYPE_CHECKING:
    from collections.abc import Mapping

    from actes.model import Run
    from actes.workspace import Workspace

__all__ = ["check_declarations", "check_whole"]


def check_whole(workspace: Workspace, run: Run, notebook: Mapping[str, Any]) -> None:
    """Refuse a notebook that stopped itself, or that isn't the one that was to be run."""
    for position, cell in enumerate(notebook["cells"]):
        if any(output["output_type"] == "error" for output in cell.get("outputs", ())):
            raise StudyError(
                "R007",
                _("The study “{study}” stopped itself before its end.").format(study=run.study),
                where=cell_place(workspace, run, position),
                next_step=_("leave out sys.exit() and the like: a study runs to its end"),
            )
    own = [
        (cell["cell_type"], cell["source"])
        for cell in notebook["cells"]
        if "injected-parameters" not in cell["metadata"].get("tags", [])
    ]
    if provenance.fingerprint(own) != run.record["notebook_sha256"]:
        raise _changed_meanwhile(run)


def _changed_meanwhile(run: Run) -> StudyError:
    return StudyError(
        "R005",
        _("The data or the notebook of “{study}” changed while it ran.").format(study=run.study),
        next_step=_("give the same command again"),
    )


def check_declarations(run: Run, notebook: Mapping[str, Any]) -> None:
    """Refuse a notebook that didn't begin, on these data, or that declares nothing."""
    begun = results.begun(notebook)
    if begun is None:
        raise StudyError(
            "R003",
            _("The study “{study}” never calls begin(globals()).").format(study=run.study),
            next_step=_("call it in the cell after the parameters"),
        )
    if begun["datasets"] != {d.name: d.table.sha256 for d in run.datasets}:
        raise _changed_meanwhile(run)
    if not results.declared(notebook):
        raise StudyError(
            "R004",
            _("The study “{study}” declares no result.").format(study=run.study),
            next_step=_("declare its tables, figures and values (study.table, figure, value)"),
        )

"""Run a study's notebook on validated data.

In: a study's name, its parameters. Out: `Run`: the executed notebook in the store, named by all
that made it. Only here: papermill.
"""

from __future__ import annotations

import json
import logging
import re
import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

from actes import __version__, errors, files, provenance, results
from actes.errors import SpecError, StudyError, ToolError, place
from actes.i18n import _, speaking
from actes.inputs import check_inputs
from actes.model import Run
from actes.specs.book import read_language
from actes.specs.reading import near
from actes.specs.study import StudySpec, read_study

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from actes.model import Dataset
    from actes.workspace import Workspace

__all__ = ["execute", "known_labels", "prepare", "recall_run", "study_spec", "why_stale"]

RUN_VERSION = 1
"""Raised when the same inputs give another executed notebook than before."""

KERNEL_START_TIMEOUT_S = 120
_KERNEL = "python3"
_QUIET_KERNEL = ["--IPKernelApp.log_level=CRITICAL"]
_OUR_MESSAGE = re.compile(r"\[([A-Z]\d{3})\] (.*)", re.DOTALL)


def study_spec(workspace: Workspace, name: str) -> StudySpec:
    """Read the study called ``name``.

    Raises
    ------
    SpecError
        S001 when there is no such study; others as `specs.study.read_study`.
    """
    path = workspace.study_file(name)
    names = workspace.study_names()
    if name not in names:
        raise SpecError(
            "S001",
            _("There is no study “{name}”.").format(name=name),
            where=place(workspace.shown(path)),
            expected=", ".join(names),
            next_step=near(name, names),
        )
    return read_study(path, shown=workspace.shown(path))


def prepare(
    workspace: Workspace, study: StudySpec, given: Mapping[str, Any], *, where: str = ""
) -> Run:
    """Check everything that can be checked before a kernel starts, and name the run.

    Parameters
    ----------
    given
        Parameters by name; the others take their defaults.
    where
        What messages point at.

    Returns
    -------
    Run
        Complete but for its notebook, which `execute` makes.

    Raises
    ------
    ParameterError, VerdictError, SpecError
        As `StudySpec.check` and `inputs.check_inputs`.
    """
    values = study.check(given, where=where)
    datasets = tuple(check_inputs(workspace, study, values, where=where).values())
    record = _record(workspace, study, values, datasets)
    key = provenance.fingerprint(RUN_VERSION, record)
    notebook = workspace.runs / key / "notebook.ipynb"
    return Run(key, study.name, values, datasets, notebook, record)


def _record(
    workspace: Workspace,
    study: StudySpec,
    values: Mapping[str, Any],
    datasets: tuple[Dataset, ...],
) -> dict[str, Any]:
    """Everything that decides what the executed notebook holds."""
    return {
        "study": study.name,
        "title": study.title,
        "notebook_sha256": study.source_sha256,
        "parameters": dict(values),
        "datasets": {
            d.name: {
                "table_sha256": d.table.sha256,
                "source_sha256": d.table.source_sha256,
                "roles": d.table.spec.model_dump(mode="json")["roles"],
                "n_rows": d.table.n_rows,
            }
            for d in datasets
        },
        "language": read_language(workspace),
        "actes": __version__,
        "code_sha256": provenance.code_sha256(workspace.notebooks),
        "environment_sha256": provenance.environment_sha256(),
        "python": provenance.environment()["python"],
    }


def recall_run(run: Run) -> bool:
    """True when the store holds the executed notebook of ``run``, whole."""
    known = files.read_json(run.notebook.with_name("run.json"))
    return (
        known is not None
        and run.notebook.is_file()
        and known.get("executed_sha256") == provenance.file_sha256(run.notebook)
    )


def execute(
    workspace: Workspace, run: Run, *, on_cell: Callable[[int, int], None] | None = None
) -> Run:
    """Execute the notebook of ``run`` and put the result in the store.

    Parameters
    ----------
    on_cell
        Called after each cell with (cells done, cells in all).

    Raises
    ------
    StudyError
        R001 a cell raised, R003 the notebook never began, R004 it declares nothing, R005 the
        data or the notebook changed meanwhile, R006 it declares a result by other means than its
        study, R007 it stopped itself; or the code of the refusal that the study itself raised.
    ToolError
        T010 when the kernel died or would not start.
    """
    with files.disk_errors(workspace.runs):
        workspace.runs.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(prefix=files.TEMPORARY, dir=workspace.runs))
        try:
            notebook = _executed(workspace, run, scratch, on_cell)
            _check_whole(workspace, run, notebook)
            _check_declarations(run, notebook)
            _keep(run, _scrubbed(notebook), scratch)
        finally:
            shutil.rmtree(scratch, ignore_errors=True)
    return run


def _executed(
    workspace: Workspace,
    run: Run,
    scratch: Path,
    on_cell: Callable[[int, int], None] | None,
) -> dict[str, Any]:
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
    where = _cell(workspace, run, error.cell_index)
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


def _cell(workspace: Workspace, run: Run, position: int) -> str:
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


def _check_whole(workspace: Workspace, run: Run, notebook: Mapping[str, Any]) -> None:
    """Refuse a notebook that stopped itself, or that isn't the one that was to be run."""
    for position, cell in enumerate(notebook["cells"]):
        if any(output["output_type"] == "error" for output in cell.get("outputs", ())):
            raise StudyError(
                "R007",
                _("The study “{study}” stopped itself before its end.").format(study=run.study),
                where=_cell(workspace, run, position),
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


def _check_declarations(run: Run, notebook: Mapping[str, Any]) -> None:
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


def _scrubbed(notebook: dict[str, Any]) -> dict[str, Any]:
    """Drop paths, times and random names that papermill and nbclient leave in a notebook."""
    notebook["metadata"] = {
        key: value
        for key, value in notebook["metadata"].items()
        if key in ("kernelspec", "language_info")
    }
    for number, cell in enumerate(notebook["cells"], start=1):
        tags = cell["metadata"].get("tags", [])
        cell["metadata"] = {"tags": list(tags)} if tags else {}
        if "injected-parameters" in tags:
            cell["id"] = "injected-parameters"
            cell["execution_count"] = None
        cell.setdefault("id", f"cell-{number}")
    return notebook


def _keep(run: Run, notebook: Mapping[str, Any], scratch: Path) -> None:
    text = json.dumps(notebook, ensure_ascii=False, indent=1, sort_keys=True) + "\n"
    written = files.write_text(scratch / run.notebook.name, text)
    record = run.record | {
        "key": run.key,
        "executed_sha256": provenance.file_sha256(written),
        "environment": provenance.environment(),
    }
    files.write_json(scratch / "run.json", record)
    folder = run.notebook.parent
    if folder.exists() and not recall_run(run):
        shutil.rmtree(folder)
    if not folder.exists():
        scratch.replace(folder)


def why_stale(workspace: Workspace, run: Run) -> str:
    """Say what changed since the latest run of the same study that is closest to this one."""
    records = [files.read_json(path) for path in workspace.runs.glob("*/run.json")]
    same_study = [r for r in records if r and r.get("study") == run.study]
    if not same_study:
        return _("never run")
    changes = min((_changes(record, run.record) for record in same_study), key=len)
    return _("changed: {what}").format(what=", ".join(changes))


def _changes(before: Mapping[str, Any], now: Mapping[str, Any]) -> list[str]:
    words = {
        "notebook_sha256": _("notebook"),
        "datasets": _("data"),
        "code_sha256": _("code of the methods"),
        "environment_sha256": _("environment"),
        "language": _("language"),
        "actes": _("version of Actes"),
    }
    changes = [word for key, word in words.items() if before.get(key) != now[key]]
    former = before.get("parameters") or {}
    parameters = now["parameters"].keys() | former.keys()
    changed = [p for p in parameters if former.get(p) != now["parameters"].get(p)]
    return changes + [_("parameter {name}").format(name=name) for name in sorted(changed)]


def known_labels(workspace: Workspace, study: str) -> list[str]:
    """Labels of the figures and tables that the study gave when it last ran; empty before."""
    for path in sorted(workspace.runs.glob("*/run.json")):
        record = files.read_json(path)
        if record and record.get("study") == study:
            notebook = files.read_json(path.with_name("notebook.ipynb")) or {"cells": []}
            kinds = {"figure": "fig", "table": "tbl"}
            return [
                f"{kinds[r['kind']]}-{r['name']}"
                for r in results.declared(notebook)
                if r["kind"] in kinds
            ]
    return []

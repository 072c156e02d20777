"""Check what a run is asked for, name it, and recall it.

In: a study's name, its parameters. Out: `Run`, named by all that decides what it will hold.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from actes import __version__, files, provenance
from actes.errors import SpecError, place
from actes.i18n import _
from actes.inputs import named_datasets, with_categories
from actes.model import Run
from actes.specs.book import read_language
from actes.specs.reading import near
from actes.specs.study import StudySpec, read_study

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from actes.model import Dataset
    from actes.workspace import Workspace

__all__ = ["prepare", "prepare_each", "recall_run", "study_spec"]

RUN_VERSION = 2
"""Raised when the same inputs give another executed notebook than before."""


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
        As `StudySpec.check`, `inputs.named_datasets` and `inputs.with_categories`.
    """
    return prepare_each(workspace, study, [given], where=where)[0]


def prepare_each(
    workspace: Workspace,
    study: StudySpec,
    given: Iterable[Mapping[str, Any]],
    *,
    where: str = "",
) -> list[Run]:
    """Prepare runs of one study: what they have in common is looked at once (see `prepare`)."""
    common = _common(workspace, study)
    known: dict[tuple[str, ...], dict[str, Dataset]] = {}
    runs = []
    for each in given:
        values = study.check(each, where=where)
        names = tuple(name for _parameter, name, _roles in study.datasets(values))
        if names not in known:
            known[names] = named_datasets(workspace, study, values, where=where)
        values = with_categories(workspace, study, values, known[names], where=where)
        datasets = tuple(known[names].values())
        record = common | _own(values, datasets)
        key = provenance.fingerprint(RUN_VERSION, _deciding(record))
        notebook = workspace.runs / key / "notebook.ipynb"
        runs.append(Run(key, study.name, values, datasets, notebook, record))
    return runs


def _common(workspace: Workspace, study: StudySpec) -> dict[str, Any]:
    """What decides of every run of a study, whatever its parameters and data."""
    return {
        "study": study.name,
        "title": study.title,
        "notebook_sha256": study.source_sha256,
        "language": read_language(workspace),
        "actes": __version__,
        "code_sha256": provenance.code_sha256(workspace.notebooks),
        "environment_sha256": provenance.environment_sha256(),
        "python": provenance.environment()["python"],
    }


def _own(values: Mapping[str, Any], datasets: tuple[Dataset, ...]) -> dict[str, Any]:
    """What decides of one run: with `_common`, all that the executed notebook is made of."""
    return {
        "parameters": dict(values),
        "datasets": {
            d.name: {
                "table_sha256": d.table.sha256,
                "source_sha256": d.table.source_sha256,
                "roles": d.table.spec.model_dump(mode="json")["roles"],
                "types": {field.name: field.type for field in d.table.spec.data_schema.fields},
                "n_rows": d.table.n_rows,
            }
            for d in datasets
        },
    }


def _deciding(record: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what says where a table comes from: another file of the same figures will do."""
    tables = {
        name: {key: fact for key, fact in facts.items() if key != "source_sha256"}
        for name, facts in record["datasets"].items()
    }
    return {**record, "datasets": tables}


def recall_run(run: Run) -> bool:
    """True when the store holds the executed notebook of ``run``, whole."""
    known = files.read_json(run.notebook.with_name("run.json"))
    return (
        known is not None
        and run.notebook.is_file()
        and known.get("executed_sha256") == provenance.file_sha256(run.notebook)
    )

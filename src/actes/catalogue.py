"""List the studies: what each asks, what it needs, which datasets here have it, its last run.

In: a workspace. Out: plain data, one entry a study; nothing is run.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from actes import files, store
from actes.errors import ActesError
from actes.run import study_spec

if TYPE_CHECKING:
    from actes.specs.study import Data, StudySpec
    from actes.workspace import Workspace

__all__ = ["catalogue"]


def catalogue(workspace: Workspace) -> list[dict[str, Any]]:
    """Return the studies of a workspace.

    Returns
    -------
    list of dict
        ``name``, ``title`` (the question), ``roles`` needed of each dataset parameter and those
        that are ``optional``, ``datasets`` here that have all that are needed, ``n_runs`` in the
        store. A notebook that cannot be read has ``problem`` instead.
    """
    described = _datasets(workspace)
    return [_entry(workspace, name, described) for name in workspace.study_names()]


def _datasets(workspace: Workspace) -> dict[str, set[str]]:
    """Roles of each dataset whose descriptor can be read."""
    roles = {}
    for name in workspace.dataset_names():
        try:
            roles[name] = set(store.read_dataset_spec(workspace, name).roles)
        except ActesError:
            continue
    return roles


def _entry(workspace: Workspace, name: str, described: dict[str, set[str]]) -> dict[str, Any]:
    try:
        spec = study_spec(workspace, name)
    except ActesError as error:
        return {"name": name, "problem": error.what}
    asked = _asked(spec)
    fitting = {parameter: _fitting(wanted, described) for parameter, wanted in asked.items()}
    return {
        "name": name,
        "title": spec.title,
        "roles": {parameter: list(wanted.roles) for parameter, wanted in asked.items()},
        "optional": {parameter: list(wanted.optional) for parameter, wanted in asked.items()},
        "datasets": fitting,
        "n_runs": _n_runs(workspace, name),
    }


def _fitting(wanted: Data, described: dict[str, set[str]]) -> list[str]:
    """Return the datasets that have what is needed, those with most of the rest first."""
    having = [name for name, roles in described.items() if set(wanted.roles) <= roles]
    return sorted(having, key=lambda name: -len(described[name] & set(wanted.optional)))


def _asked(spec: StudySpec) -> dict[str, Data]:
    defaults = {p.name: p.default for p in spec.parameters}
    return {parameter: asked for parameter, _name, asked in spec.datasets(defaults)}


def _n_runs(workspace: Workspace, name: str) -> int:
    records = (files.read_json(path) for path in workspace.runs.glob("*/run.json"))
    return sum(1 for record in records if record and record.get("study") == name)

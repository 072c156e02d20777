"""Say what earlier runs of a study tell: why another is needed, what it declared.

In: a workspace, a study. Out: words, labels.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from actes import files, provenance, results
from actes.i18n import _

if TYPE_CHECKING:
    from collections.abc import Mapping

    from actes.model import Run
    from actes.workspace import Workspace

__all__ = ["known_labels", "why_stale"]

_SHOWN = 3


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
        "code_sha256": _("code of the methods, or a file beside the notebooks"),
        "environment_sha256": _("environment") + _packages(before.get("environment") or {}),
        "language": _("language"),
        "actes": _("version of Actes"),
    }
    changes = [word for key, word in words.items() if before.get(key) != now[key]]
    former = before.get("parameters") or {}
    parameters = now["parameters"].keys() | former.keys()
    changed = [p for p in parameters if former.get(p) != now["parameters"].get(p)]
    return changes + [_("parameter {name}").format(name=name) for name in sorted(changed)]


def _packages(before: Mapping[str, str]) -> str:
    """Name a few of the packages whose version is no longer the same."""
    now = provenance.environment()
    differ = [name for name in sorted({*before, *now}) if before.get(name) != now.get(name)]
    shown = [f"{name} {before.get(name, '–')} → {now.get(name, '–')}" for name in differ[:_SHOWN]]
    return f" ({', '.join(shown)}{', …' if len(differ) > _SHOWN else ''})" if before else ""


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

"""Put an executed notebook in the store, without what depends on when and where it ran.

In: a `Run`, its executed notebook. Out: the folder of the run, whole or not there.
"""

from __future__ import annotations

import json
import re
import shutil
from typing import TYPE_CHECKING, Any

from actes import files, provenance
from actes.run.preparation import recall_run

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from actes.model import Run

__all__ = ["keep", "scrubbed"]

_CELL_FILE = re.compile(r"(?:[A-Za-z]:)?[/\\][^\n:]*[/\\]ipykernel_\d+[/\\]\d+\.py")
"""Where ipykernel says that a cell is, in a warning for example: a file that never was."""


def scrubbed(notebook: dict[str, Any]) -> dict[str, Any]:
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
        for output in cell.get("outputs", ()):
            if output["output_type"] == "stream":
                output["text"] = _CELL_FILE.sub("<cell>", output["text"])
    return notebook


def keep(run: Run, notebook: Mapping[str, Any], scratch: Path) -> None:
    """Move the notebook and its record into the store, unless another process just did."""
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
    try:
        if not folder.exists():
            scratch.replace(folder)
    except OSError:
        if not recall_run(run):
            raise

"""A workspace with one standard study and the data that a test gives it."""

from __future__ import annotations

import contextlib
import json
import shutil
from typing import TYPE_CHECKING, Any

from conftest import CASES, REPOSITORY

from actes import cli, results

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def make_workspace(root: Path, study: str, datasets: Mapping[str, tuple[str, str]]) -> Path:
    """Write a workspace: the study, and for each dataset its descriptor and its CSV."""
    root.mkdir(parents=True)
    shutil.copy(CASES / "minimal" / "_quarto.yml", root)
    (root / "notebooks").mkdir()
    shutil.copy(REPOSITORY / "notebooks" / f"{study}.ipynb", root / "notebooks")
    for name, (descriptor, table) in datasets.items():
        folder = root / "datasets" / name
        folder.mkdir(parents=True)
        (folder / "dataset.yml").write_text(descriptor, encoding="utf-8", newline="\n")
        (folder / f"{name}.csv").write_text(table, encoding="utf-8", newline="\n")
    return root


def run_study(root: Path, study: str, *words: str) -> dict[str, dict[str, Any]]:
    """Validate, run, and return what the study declares, by name."""
    with contextlib.chdir(root):
        assert cli.run(["validate"]) == 0
        assert cli.run(["run", study, *words]) == 0
    (run,) = (root / ".actes/runs").glob("*/notebook.ipynb")
    notebook = json.loads(run.read_text(encoding="utf-8"))
    return {record["name"]: record for record in results.declared(notebook)}

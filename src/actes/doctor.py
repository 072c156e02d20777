"""Look at the machine, and say what is missing and how to mend it.

In: nothing. Out: one `Symptom` a check. Only here: questions about the machine itself.
"""

from __future__ import annotations

import importlib.util
import shutil
import sys
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING

from actes.errors import ToolError
from actes.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterator

    from actes.workspace import Workspace

__all__ = ["Symptom", "examine"]

MIN_FREE_BYTES = 500_000_000
_NEEDED = (
    ("great-expectations", "great_expectations"),
    ("papermill", "papermill"),
    ("ipykernel", "ipykernel"),
    ("nbconvert", "nbconvert"),
    ("jupyterlab", "jupyterlab"),
    ("pypandoc-binary", "pypandoc"),
    ("typst", "typst"),
    ("pandas", "pandas"),
    ("pyarrow", "pyarrow"),
    ("matplotlib", "matplotlib"),
    ("statsmodels", "statsmodels"),
)


@dataclass(frozen=True, slots=True)
class Symptom:
    """One thing looked at: well or not, what was seen, and the command that mends it."""

    name: str
    is_well: bool
    seen: str
    remedy: str = ""


def examine(workspace: Workspace | None) -> Iterator[Symptom]:
    """Look at Python, the packages, the engines, the disk and the workspace, in that order."""
    yield _python()
    for distribution, module in _NEEDED:
        yield _package(distribution, module)
    yield _pandoc()
    yield _quarto()
    yield _disk(workspace.root if workspace else Path.cwd())
    yield _workspace(workspace)


def _python() -> Symptom:
    seen = ".".join(map(str, sys.version_info[:3]))
    is_well = sys.version_info >= (3, 11)
    return Symptom("Python", is_well, seen, "" if is_well else _("install Python 3.11 or later"))


def _package(distribution: str, module: str) -> Symptom:
    try:
        found = version(distribution)
    except PackageNotFoundError:
        found = ""
    is_well = bool(found) and importlib.util.find_spec(module) is not None
    remedy = "" if is_well else f"python -m pip install {distribution}"
    return Symptom(distribution, is_well, found or _("absent"), remedy)


def _pandoc() -> Symptom:
    from actes.publish.converter import run_pandoc

    try:
        found = run_pandoc(["--version"], "")[0].split()[1]
    except ToolError:
        remedy = "python -m pip install --force-reinstall pypandoc-binary"
        return Symptom("pandoc", False, _("absent"), remedy)
    return Symptom("pandoc", True, found)


def _quarto() -> Symptom:
    """Quarto is welcome, not needed: its absence is not an illness."""
    from actes.publish import quarto

    seen = _("present") if quarto.program() else _("absent: the embedded engine publishes")
    return Symptom("Quarto", True, seen)


def _disk(folder: Path) -> Symptom:
    free = shutil.disk_usage(folder).free
    seen = _("{n} MB free").format(n=free // 1_000_000)
    is_well = free >= MIN_FREE_BYTES
    remedy = "" if is_well else _("free at least {n} MB").format(n=MIN_FREE_BYTES // 1_000_000)
    return Symptom(_("disk"), is_well, seen, remedy)


def _workspace(workspace: Workspace | None) -> Symptom:
    if workspace is None:
        remedy = "actes init " + _("FOLDER")
        return Symptom(_("workspace"), False, _("none here or above"), remedy)
    return Symptom(_("workspace"), True, workspace.root.name)

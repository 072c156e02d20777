"""Render a project with the Quarto program, and keep out of its pages what must not be there.

In: a folder that holds a Quarto book project. Out: its ``_book``, complete. Only here: Quarto.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from actes.errors import ToolError
from actes.i18n import _

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["program", "render"]

_LEAKS = re.compile(r'\s(?:data-notebook|data-quarto-private-\d+)="[^"]*"')


def program() -> str | None:
    """Path of the Quarto program (``QUARTO_PATH``, then the PATH); None without one."""
    import shutil

    import quarto

    found = quarto.path()
    return shutil.which(found) if found else None


def render(stage: Path) -> None:
    """Render every format of the project in ``stage`` into ``stage/_book``.

    Notebooks are never executed. The `quarto` package does not look at the program's exit code:
    the outcome is judged by its files.

    Raises
    ------
    ToolError
        T102 when the book isn't complete.
    """
    import quarto

    output = stage / "_book"
    _point_output_to(stage / "_quarto.yml", "_book")
    quarto.render(str(stage), execute=False)
    missing = [name for name in _expected(stage) if not (output / name).is_file()]
    if missing:
        raise ToolError(
            "T102",
            _("Quarto did not make the whole book; the former one is kept."),
            found=_("missing: {names}").format(names=", ".join(missing[:5])),
            next_step=_("read Quarto's own message above, or use --engine pandoc"),
        )
    for page in output.rglob("*.html"):
        text = page.read_text(encoding="utf-8")
        clean = _LEAKS.sub("", text).replace(stage.as_posix(), "")
        if clean != text:
            page.write_text(clean, encoding="utf-8", newline="\n")


def _expected(stage: Path) -> list[str]:
    from actes.specs.book import chapter_paths
    from actes.workspace import Workspace

    return [f"{path.rpartition('.')[0]}.html" for path in chapter_paths(Workspace(stage))]


def _point_output_to(project_file: Path, folder: str) -> None:
    from ruamel.yaml import YAML

    yaml = YAML(typ="rt")
    project = yaml.load(project_file.read_text(encoding="utf-8"))
    if project.get("project", {}).get("output-dir", "_book") != folder:
        project["project"]["output-dir"] = folder
        with project_file.open("w", encoding="utf-8", newline="\n") as file:
            yaml.dump(project, file)

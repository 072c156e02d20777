"""Render a project with the Quarto program, and keep out of its pages what must not be there.

In: a folder that holds a Quarto book project. Out: its ``_book``, complete. Only here: Quarto.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from actes.errors import ToolError
from actes.i18n import _
from actes.publish.quarto_pages import mended_page, mended_search

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["program", "render"]


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
    lang = _prepare(stage / "_quarto.yml")
    quarto.render(str(stage), execute=False)
    missing = [name for name in _expected(stage) if not (output / name).is_file()]
    if missing:
        raise ToolError(
            "T102",
            _("Quarto did not make the whole book; the former one is kept."),
            found=_("missing: {names}").format(names=", ".join(missing[:5])),
            next_step=_("read Quarto's own message above, or use --engine pandoc"),
        )
    _mend(output, stage, lang)


def _mend(output: Path, stage: Path, lang: str) -> None:
    pages = {}
    for page in sorted(output.rglob("*.html")):
        text = page.read_text(encoding="utf-8")
        clean = mended_page(text, stage=stage.as_posix(), lang=lang)
        pages[page.relative_to(output).as_posix()] = clean
        if clean != text:
            page.write_text(clean, encoding="utf-8", newline="\n")
    index = output / "search.json"
    if index.is_file():
        entries = mended_search(json.loads(index.read_text(encoding="utf-8")), pages)
        text = json.dumps(entries, ensure_ascii=False, indent=2)
        index.write_text(text + "\n", encoding="utf-8", newline="\n")


def _expected(stage: Path) -> list[str]:
    from actes.specs.book import chapter_paths
    from actes.workspace import Workspace

    return [f"{path.rpartition('.')[0]}.html" for path in chapter_paths(Workspace(stage))]


def _prepare(project_file: Path) -> str:
    """Set, in the copy of the project, what Quarto must not choose; give the book's language.

    The output folder; and formulas as MathML, since Quarto's own choice is a script that readers
    would fetch from the network.
    """
    from ruamel.yaml import YAML

    yaml = YAML(typ="rt")
    project = yaml.load(project_file.read_text(encoding="utf-8"))
    project.setdefault("project", {})["output-dir"] = "_book"
    formats = project.get("format") or "html"
    formats = {formats: "default"} if isinstance(formats, str) else formats
    if isinstance(formats.get("html"), dict):
        formats["html"].setdefault("html-math-method", "mathml")
    elif "html" in formats:
        formats["html"] = {"html-math-method": "mathml"}
    project["format"] = formats
    with project_file.open("w", encoding="utf-8", newline="\n") as file:
        yaml.dump(project, file)
    return str(project.get("lang", "en"))

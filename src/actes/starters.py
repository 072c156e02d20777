"""Start a workspace, an article or a study from what the package carries.

In: a place and a name. Out: the files written; nothing that exists is ever replaced.
"""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from actes import files
from actes.errors import WorkspaceError, place
from actes.i18n import _, language

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from actes.specs.study import StudySpec
    from actes.workspace import Workspace

__all__ = ["new_article", "new_dataset", "new_study", "new_workspace", "templates"]

_STARTER_DATA = "mon-jeu"
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")
# Windows keeps these for itself, whatever the suffix.
_DEVICES = frozenset(
    ["con", "prn", "aux", "nul", *(f"{port}{n}" for port in ("com", "lpt") for n in range(1, 10))]
)


def templates() -> Path:
    """Where the starters are: inside the installed package, or at the top of a checkout."""
    package = Path(__file__).parent
    installed = package / "templates"
    return installed if installed.is_dir() else package.parents[1] / "templates"


def standard_studies() -> list[Path]:
    """Notebooks of the standard studies."""
    installed = templates() / "notebooks"
    folder = installed if installed.is_dir() else templates().parent / "notebooks"
    return sorted(folder.glob("*.ipynb"))


def new_workspace(folder: Path) -> list[Path]:
    """Make a workspace with the standard studies and an empty book.

    Raises
    ------
    WorkspaceError
        W002 when the folder already holds something of that name.
    """
    starter = templates() / "workspace"
    named = {
        source.relative_to(starter).as_posix(): source
        for source in sorted(starter.rglob("*"))
        if source.is_file()
    }
    named |= {f"notebooks/{study.name}": study for study in standard_studies()}
    targets = {_visible(name): source for name, source in named.items()}
    _refuse_existing([folder / name for name in targets])
    for name, source in targets.items():
        _copy(source, folder / name)
    for name in ("datasets", "reports", "validation"):
        (folder / name).mkdir(exist_ok=True)
    return sorted(folder / name for name in targets)


def _visible(name: str) -> str:
    """``dot-gitignore`` stands for ``.gitignore``, which packages tend to lose."""
    return name.replace("dot-", ".") if name.startswith("dot-") else name


def new_article(
    workspace: Workspace, name: str, study: StudySpec, data: str, results: Sequence[str]
) -> list[Path]:
    """Write the skeleton of an article that rests on one study.

    Parameters
    ----------
    results
        Labels of the results that the study gives, to embed (empty when it never ran).

    Raises
    ------
    WorkspaceError
        W002 when the article exists, W003 when it cannot be called so.
    """
    _check_name(name)
    path = workspace.article_file(name)
    _refuse_existing([path])
    text = (templates() / "article" / f"index.{language()}.qmd").read_text(encoding="utf-8")
    embeds = "\n\n".join(f"{{{{< embed tendance.ipynb#{label} >}}}}" for label in results)
    for mark, value in (("STUDY", study.name), ("DATA", data), ("EMBEDS", embeds)):
        text = text.replace(f"@@{mark}@@", value)
    return [files.write_text(path, text)]


def new_dataset(workspace: Workspace, source: Path, descriptor: str, name: str) -> list[Path]:
    """Put a source file and its drafted descriptor into ``datasets/<name>/``.

    Raises
    ------
    WorkspaceError
        W002 when the dataset exists.
    """
    target = workspace.dataset_file(name)
    copy = target.with_name(source.name)
    _refuse_existing([target] if copy.resolve() == source.resolve() else [target, copy])
    if copy.resolve() != source.resolve():
        _copy(source, copy)
    return [copy, files.write_text(target, descriptor)]


def new_study(
    workspace: Workspace, name: str, *, data: str, model: StudySpec | None = None
) -> list[Path]:
    """Write a new study: its notebook, a method to fill, a test that awaits a published value.

    Parameters
    ----------
    data
        Dataset that it studies unless told otherwise; empty to leave the starter's own.
    model
        Study whose notebook is the starting point; the smallest one when None.

    Raises
    ------
    WorkspaceError
        W002 when the study exists, W003 when it cannot be called so.
    """
    _check_name(name)
    module = name.replace("-", "_")
    targets = {
        "etude.ipynb": workspace.study_file(name),
        "methode.py": workspace.notebooks / f"{module}_methode.py",
        "test_etude.py": workspace.root / "tests" / f"test_{module}.py",
    }
    _refuse_existing(list(targets.values()))
    marks = {"@@NAME@@": name, "@@MODULE@@": module}
    if data:
        marks[_STARTER_DATA] = data
    texts = {
        starter: (templates() / "study" / starter).read_text(encoding="utf-8")
        for starter in targets
    }
    if model:
        path = workspace.study_file(model.name)
        texts["etude.ipynb"] = path.read_text(encoding="utf-8").replace(
            f"# {model.title}", f"# {name}", 1
        )
    return [
        files.write_text(target, _filled(texts[starter], marks))
        for starter, target in targets.items()
    ]


def _check_name(name: str) -> None:
    """A name is part of addresses, of files on every system, of a Python module."""
    if not _NAME.fullmatch(name) or name in _DEVICES:
        raise WorkspaceError(
            "W003",
            _("A study or an article cannot be called so."),
            found=name,
            expected=_("small letters without accents, digits and hyphens, a letter first"),
            next_step=_("for example: {name}").format(name="vols-2024"),
        )


def _filled(text: str, marks: Mapping[str, str]) -> str:
    for mark, value in marks.items():
        text = text.replace(mark, value)
    return text


def _copy(source: Path, target: Path) -> None:
    with files.writing(target) as temporary:
        shutil.copyfile(source, temporary)


def _refuse_existing(paths: Sequence[Path]) -> None:
    existing = [path for path in paths if path.exists()]
    if existing:
        raise WorkspaceError(
            "W002",
            _("This exists already; nothing was written."),
            where=place(existing[0]),
            next_step=_("choose another name or another folder"),
        )

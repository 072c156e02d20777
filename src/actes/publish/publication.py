"""Turn the workspace's Quarto project into a book, with Quarto or with the embedded engine.

In: a workspace whose chapters are composed. Out: `Book`. The former book stays until the new
one is whole; a book made of the same bytes by the same engine is reused.
"""

from __future__ import annotations

import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from actes import files, provenance
from actes.crate import dataset_description, edition_folder
from actes.errors import ArticleError, ToolError, place
from actes.i18n import _
from actes.model import Book
from actes.publish import quarto, reproduction
from actes.specs.book import chapter_paths, read_project
from actes.specs.profile import active_profiles

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from actes.crate import Crate
    from actes.model import Chapter
    from actes.workspace import Workspace

__all__ = ["ENGINES", "book_folder", "choose_engine", "publish"]

ENGINES = ("auto", "quarto", "pandoc")
BOOK_VERSION = 1
_NOT_INPUTS = frozenset({"_book", "datasets", "notebooks", "validation", "src", "tests", "docs"})
_SOURCES = {"_quarto.yml", "dataset.yml", "great_expectations.yml"}
_TEXTS = {".yml", ".yaml", ".qmd", ".md", ".ipynb", ".bib", ".csl"}
_LOOKS = {".svg", ".png", ".jpg", ".jpeg", ".css", ".scss", ".lua", ".html", ".typ"}


def publish(
    workspace: Workspace,
    chapters: Sequence[Chapter],
    *,
    engine: str = "auto",
    without: Sequence[Path] = (),
    pack: Callable[[], Sequence[Crate]] = tuple,
) -> tuple[Book, Literal["reused", "done"], str]:
    """Render the project; the result replaces the former book at once, or not at all.

    Parameters
    ----------
    chapters
        What was composed: no other notebook enters the book.
    engine
        ``auto`` takes Quarto when its program is found.
    without
        Chapters to leave out.
    pack
        Makes the crates of the chapters; called only when the book must be rendered.

    Returns
    -------
    tuple
        The book; whether it was made or reused; why.

    Raises
    ------
    ArticleError
        A003 when nothing is left to publish; what an author must change (see the engine).
    ToolError
        T101 Quarto is asked for and isn't there; when an engine fails.
    """
    chosen = choose_engine(engine)
    folder = book_folder(workspace)
    former = files.read_json(workspace.store / "book.json") or {}
    files.restore_folder(folder)
    inputs = _inputs(workspace, chapters)
    key = _book_key(workspace, inputs, without, chosen, _told(chapters))
    named = former.get("files", {})
    if former.get("key") == key and _is_whole(folder, named):
        made = tuple(folder / name for name in named)
        return Book(folder, chosen, made, key), "reused", _("sources, results and engine unchanged")
    crates = pack()
    with _staged(workspace, inputs, without) as stage:
        reproduction.add_sections(workspace, crates, stage)
        reproduction.add_crates(crates, stage)
        _render(chosen, stage, workspace.store / "converted.sqlite")
        reproduction.add_crates(crates, stage / "_book")
        _move_in(workspace, stage / "_book", folder)
    named = _hashes(folder)
    files.write_json(workspace.store / "book.json", {"key": key, "engine": chosen, "files": named})
    made = tuple(folder / name for name in named)
    reason = _("sources or results changed") if former else _("first edition")
    return Book(folder, chosen, made, key), "done", f"{reason} ({chosen})"


def choose_engine(asked: str) -> Literal["quarto", "pandoc"]:
    """Decide which engine renders: Quarto when it is on the machine, unless told otherwise."""
    if asked == "pandoc" or (asked == "auto" and quarto.program() is None):
        return "pandoc"
    if quarto.program() is None:
        raise ToolError(
            "T101",
            _("The Quarto program is not on this machine."),
            next_step=_("install Quarto, or use the embedded engine: --engine pandoc"),
        )
    return "quarto"


def book_folder(workspace: Workspace) -> Path:
    """Where the book is, as the project file says (``project: output-dir``).

    Raises
    ------
    ArticleError
        A005 when that isn't a folder of the workspace that holds a book, or nothing.
    """
    named = read_project(workspace).get("project", {}).get("output-dir", "_book")
    folder = (workspace.root / str(named)).resolve()
    is_inside = workspace.root in folder.parents and not str(named).startswith(".")
    recorded = (files.read_json(workspace.store / "book.json") or {}).get("files", {})
    if not is_inside or not _could_be_a_book(folder, set(recorded)):
        raise ArticleError(
            "A005",
            _("The book may not take the place of something else."),
            where=place("_quarto.yml", key="project.output-dir"),
            found=str(named),
            expected=_("a folder of the workspace that is absent, empty, or holds a book"),
            next_step="output-dir: _book",
        )
    return folder


def _could_be_a_book(folder: Path, recorded: set[str]) -> bool:
    """True for no folder, an empty one, pages without a source, or only files that we made."""
    if not folder.is_dir():
        return not folder.exists()
    inside = [f for f in folder.rglob("*") if not f.is_dir()]
    is_source = any(f.suffix == ".qmd" or f.name in _SOURCES for f in inside)
    has_pages = (folder / "index.html").is_file() and not is_source
    return has_pages or {f.relative_to(folder).as_posix() for f in inside} <= recorded


def _render(engine: str, stage: Path, memory: Path) -> None:
    if engine == "quarto":
        quarto.render(stage)
    else:
        from actes.publish import pandoc  # heavy

        pandoc.render(stage, stage / "_book", memory=memory)


def _inputs(workspace: Workspace, chapters: Sequence[Chapter]) -> list[Path]:
    """Files that a render may read: those at the root, and whole folders of chapters.

    Of notebooks, only those that were made of reviewed results, as they were made.
    """
    root = workspace.root
    at_root = list(root.iterdir())
    tops = {path.split("/")[0] for path in chapter_paths(workspace) if "/" in path}
    folders = [root / name for name in sorted((tops | {"templates"}) - _NOT_INPUTS)]
    below = [f for folder in folders for f in folder.rglob("*")]
    sealed = {path: sha256 for chapter in chapters for path, sha256 in chapter.made}
    editions = {edition_folder(workspace, name) for name in workspace.article_names()}
    return sorted(
        f for f in (*at_root, *below) if _may_enter(f, sealed) and editions.isdisjoint(f.parents)
    )


def _may_enter(file: Path, sealed: Mapping[Path, str]) -> bool:
    """A text or an image that lies here itself; a notebook only as it was sealed.

    A link, or a table beside an article, would bring in rows that nobody reviewed.
    """
    if file.is_symlink() or not file.is_file() or file.name.startswith(".tmp-"):
        return False
    if file.suffix == ".ipynb":
        return sealed.get(file) == provenance.file_sha256(file)
    return file.suffix.lower() in _TEXTS | _LOOKS


def _told(chapters: Sequence[Chapter]) -> list[object]:
    """What the chapters' crates say and that no input file does: the datasets' descriptors."""
    cleared = [run for chapter in chapters for _name, run in chapter.cleared]
    datasets = (dataset for each in cleared for dataset in each.run.datasets)
    return [dataset_description(dataset) for dataset in datasets]


def _book_key(
    workspace: Workspace,
    inputs: Sequence[Path],
    without: Sequence[Path],
    engine: str,
    told: object,
) -> str:
    return provenance.fingerprint(
        BOOK_VERSION,
        engine,
        active_profiles(read_project(workspace)),
        told,
        [(workspace.shown(file), provenance.file_sha256(file)) for file in inputs],
        [workspace.shown(file) for file in without],
        provenance.publishing_sha256(),
        provenance.environment_sha256(),
    )


@contextmanager
def _staged(
    workspace: Workspace, inputs: Sequence[Path], without: Sequence[Path]
) -> Iterator[Path]:
    """Copy the project to a folder of its own: no engine writes beside the sources.

    It is the system's temporary folder, since Quarto renders nothing below a hidden folder
    (quarto-cli issue 3186).
    """
    with tempfile.TemporaryDirectory(prefix=f"actes-{os.getpid()}-") as name:
        stage = Path(name).resolve()
        with files.disk_errors(stage / "_book"):
            for file in inputs:
                target = stage / file.relative_to(workspace.root)
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copyfile(file, target)
        if without:
            for project_file in stage.glob("_quarto*.yml"):
                _leave_out(project_file, {workspace.shown(file) for file in without})
        yield stage


def _move_in(workspace: Workspace, made: Path, folder: Path) -> None:
    """Bring the new book to the workspace's own disk, then put it in place at once."""
    arrived = workspace.store / "book.new"
    shutil.rmtree(arrived, ignore_errors=True)
    with files.disk_errors(arrived):
        shutil.copytree(made, arrived)
    files.replace_folder(arrived, folder)


def _leave_out(project_file: Path, names: set[str]) -> None:
    from ruamel.yaml import YAML

    yaml = YAML(typ="rt")
    project = yaml.load(project_file.read_text(encoding="utf-8"))
    if "chapters" not in (project.get("book") or {}):
        return  # they are in the file of a profile
    chapters = _kept(project["book"]["chapters"], names)
    if not chapters:
        raise ArticleError("A003", _("Without the articles that were stopped, nothing is left."))
    project["book"]["chapters"] = chapters
    with project_file.open("w", encoding="utf-8", newline="\n") as file:
        yaml.dump(project, file)


def _kept(entries: Sequence[object], names: set[str]) -> list[object]:
    kept: list[object] = []
    for entry in entries:
        if isinstance(entry, dict) and "chapters" in entry:
            inner = _kept(entry["chapters"], names)
            if inner:
                entry["chapters"] = inner
                kept.append(entry)
        elif entry not in names:
            kept.append(entry)
    return kept


def _hashes(folder: Path) -> dict[str, str]:
    return {
        file.relative_to(folder).as_posix(): provenance.file_sha256(file)
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def _is_whole(folder: Path, named: dict[str, str]) -> bool:
    return folder.is_dir() and _hashes(folder) == named

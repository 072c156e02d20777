"""Find the workspace and know where its things are.

In: any folder inside it. Out: paths. Writes nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from actes.errors import WorkspaceError, place
from actes.i18n import _

__all__ = ["Workspace", "find"]

PROJECT_FILE = "_quarto.yml"


@dataclass(frozen=True, slots=True)
class Workspace:
    """A folder whose ``_quarto.yml`` has an ``actes:`` key."""

    root: Path

    @property
    def datasets(self) -> Path:
        """Descriptors and small open sources."""
        return self.root / "datasets"

    @property
    def notebooks(self) -> Path:
        """The studies."""
        return self.root / "notebooks"

    @property
    def reports(self) -> Path:
        """The articles."""
        return self.root / "reports"

    @property
    def validation(self) -> Path:
        """The Great Expectations project."""
        return self.root / "validation"

    @property
    def store(self) -> Path:
        """Everything that was computed, named by content."""
        return self.root / ".actes"

    @property
    def tables(self) -> Path:
        """Typed tables, ``<sha256>.parquet``."""
        return self.store / "tables"

    @property
    def sources(self) -> Path:
        """Original bytes, ``<sha256>``."""
        return self.store / "sources"

    @property
    def ingested(self) -> Path:
        """Which table came of which source, ``<key>.json``."""
        return self.store / "ingested"

    @property
    def quarantine(self) -> Path:
        """Rows that could not be read, for the data's owner alone."""
        return self.store / "quarantine"

    @property
    def verdicts(self) -> Path:
        """What Great Expectations said, ``<key>.json``."""
        return self.store / "verdicts"

    @property
    def runs(self) -> Path:
        """Executed notebooks, ``<key>/``."""
        return self.store / "runs"

    def dataset_file(self, name: str) -> Path:
        """Where the descriptor of dataset ``name`` is."""
        return self.datasets / name / "dataset.yml"

    def study_file(self, name: str) -> Path:
        """Where the notebook of study ``name`` is."""
        return self.notebooks / f"{name}.ipynb"

    def article_file(self, name: str) -> Path:
        """Where the article ``name`` is."""
        return self.reports / name / "index.qmd"

    def dataset_names(self) -> list[str]:
        """Names of the datasets, sorted."""
        return sorted(p.parent.name for p in self.datasets.glob("*/dataset.yml"))

    def study_names(self) -> list[str]:
        """Names of the studies, sorted."""
        return sorted(p.stem for p in self.notebooks.glob("*.ipynb"))

    def article_names(self) -> list[str]:
        """Names of the articles, sorted."""
        return sorted(p.parent.name for p in self.reports.glob("*/index.qmd"))

    def shown(self, path: Path) -> str:
        """``path`` as messages show it: relative to the workspace when inside it."""
        try:
            return path.resolve().relative_to(self.root).as_posix()
        except ValueError:
            return path.as_posix()


def find(start: Path | None = None) -> Workspace:
    """Walk up from ``start`` (the current folder by default) to the workspace.

    Raises
    ------
    WorkspaceError
        W001 when no folder above holds a ``_quarto.yml`` with an ``actes:`` key.
    """
    here = (start or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        project = folder / PROJECT_FILE
        if project.is_file() and _has_actes_key(project):
            return Workspace(folder)
    raise WorkspaceError(
        "W001",
        _("No Actes workspace here or above."),
        where=place(here),
        expected=_("a file {file} with the key “actes:”").format(file=PROJECT_FILE),
        next_step=_("go into a workspace, or make one: actes init FOLDER"),
    )


def _has_actes_key(project: Path) -> bool:
    """True when a line of the file starts with ``actes:`` (a broken YAML is found too)."""
    text = project.read_text(encoding="utf-8", errors="replace")
    return any(line.startswith("actes:") for line in text.splitlines())

"""Name the states that a study goes through, from a file of figures to a book.

``Table → Dataset | Rejected → Run → Cleared | Held → Chapter → Book``: each is what one stage
made, frozen; the next stage takes nothing else, so that mypy guards the gate.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from pathlib import Path

    from actes.specs.dataset import DatasetSpec

__all__ = [
    "Book",
    "Chapter",
    "Cleared",
    "ClearedGrid",
    "Dataset",
    "Finding",
    "Held",
    "Rejected",
    "Run",
    "Table",
    "Verdict",
]


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that a check found: which rule, where, in the reader's words.

    ``code`` and ``facts`` (plain data) are what `actes.expectations.word` makes ``message`` of
    again when a cached verdict is read in another language; empty where nothing is cached.
    """

    rule: str
    where: str
    message: str
    code: str = ""
    facts: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Table:
    """Typed figures in the store (Parquet), named by the SHA-256 of their bytes."""

    spec: DatasetSpec
    sha256: str
    path: Path
    n_rows: int
    source_sha256: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What Great Expectations said of a table; cached by ``key``."""

    key: str
    is_valid: bool
    n_expectations: int
    findings: tuple[Finding, ...]
    gx_version: str


@dataclass(frozen=True, slots=True)
class Dataset:
    """A table whose every expectation holds."""

    table: Table
    verdict: Verdict

    @property
    def name(self) -> str:
        """The name that the dataset's folder bears."""
        return self.table.spec.name


@dataclass(frozen=True, slots=True)
class Rejected:
    """A table with a failing expectation: no study runs on it."""

    table: Table
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Run:
    """A study executed on a dataset with given parameters."""

    key: str
    study: str
    parameters: dict[str, Any]
    datasets: tuple[Dataset, ...]
    notebook: Path
    record: dict[str, Any]
    """What it was made with: hashes of notebook, data, environment, code; versions; seed."""


@dataclass(frozen=True, slots=True)
class Cleared:
    """A run whose declared outputs, and exactly these, may leave.

    ``outputs`` are the declared results as plain data, small cells masked already;
    ``outputs_sha256`` is their name, checked again when they are used.
    """

    run: Run
    outputs: tuple[dict[str, Any], ...]
    outputs_sha256: str


@dataclass(frozen=True, slots=True)
class ClearedGrid:
    """Cleared runs of one study over a grid of parameters.

    ``varied`` are the parameters that vary, each with its name and what a column of them is
    called; ``runs``, the runs in the grid's order, each under its key in the grid.
    """

    varied: tuple[tuple[str, str], ...]
    runs: tuple[tuple[str, Cleared], ...]


@dataclass(frozen=True, slots=True)
class Held:
    """A run with an output that may not leave."""

    run: Run
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Chapter:
    """An article with its cleared results beside it, ready for either engine.

    ``made`` are the files that hold these results and their SHA-256: no other notebook of the
    workspace may enter a book.
    """

    article: str
    source: Path
    cleared: tuple[tuple[str, Cleared], ...]
    made: tuple[tuple[Path, str], ...]


@dataclass(frozen=True, slots=True)
class Book:
    """A published edition: where it is, and which engine made it."""

    folder: Path
    engine: Literal["quarto", "pandoc"]
    files: tuple[Path, ...]
    key: str

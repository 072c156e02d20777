"""Time the embedded engine on books of several sizes.

In: a folder. Out: `Measure` for `bench/run.py`: seconds, and the most memory that a process of the
render held, beside the times of real Quarto on a machine of the same kind (2 cores, Linux).
Each render is a process of its own, so that starting Python counts.
"""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

from books import write_book
from measuring import Measure

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["measures"]

_RENDER = """
import resource, sys
from pathlib import Path
from actes.publish.pandoc import render
root, formats = Path(sys.argv[1]), tuple(sys.argv[2].split(","))
render(root, root / "_book", formats=formats, memory=root / ".memory.sqlite")
own, others = (resource.getrusage(who).ru_maxrss for who in (0, -1))
print(max(own, others) * 1024 / 1e6)
"""

_LARGEST = "mémoire du plus grand processus : livre de 104 sources en {}"


def measures(folder: Path) -> list[Measure]:
    """Publish books of 24 and 104 sources, then the second with one chapter changed."""
    few, many = (_book(folder / f"sources-{n}", n) for n in (24, 104))
    html_s, few_mb = _timed(few, "html")
    pdf_s, _few_pdf_mb = _timed(_book(folder / "sources-24-pdf", 24), "pdf")
    many_pdf_s, many_pdf_mb = _timed(_book(folder / "sources-104-pdf", 104), "pdf")
    many_s, many_mb = _timed(many, "html")
    changed_s = min(_changed_s(many, n) for n in range(3))
    return [
        _beside_quarto("livre de 24 sources en HTML", html_s, "", 14.0),
        _beside_quarto("livre de 24 sources en PDF", pdf_s, "", 7.8),
        _beside_quarto("livre de 104 sources en HTML", many_s, "103 sources, ", 77.0),
        _beside_quarto("le même, un chapitre changé", changed_s, "", 4.2),
        Measure("livre de 104 sources en PDF", "le même, en HTML", many_pdf_s, many_s),
        Measure(_LARGEST.format("HTML"), "le même, 24 sources", many_mb, few_mb, "Mo"),
        Measure(_LARGEST.format("PDF"), "le même, en HTML", many_pdf_mb, many_mb, "Mo"),
    ]


def _beside_quarto(what: str, ours_s: float, size: str, quarto_s: float) -> Measure:
    """Quarto is not on every machine: its times were taken once, on one like this."""
    peer = f"{size}Quarto 1.10.18, **mesuré une autre fois**, sur une machine de ce genre"
    return Measure(what, peer, ours_s, quarto_s)


def _book(folder: Path, n_sources: int) -> Path:
    """A new book, four of its sources being plain texts."""
    return write_book(folder, n_notebooks=n_sources - 4, n_texts=4)


def _changed_s(book: Path, number: int) -> float:
    with (book / "texte-001.qmd").open("a", encoding="utf-8", newline="\n") as chapter:
        chapter.write(f"\nUn ajout, le {number + 1}e.\n")
    return _timed(book, "html")[0]


def _timed(book: Path, formats: str) -> tuple[float, float]:
    command: Sequence[str] = [sys.executable, "-c", _RENDER, str(book), formats]
    start = time.perf_counter()
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - ours
    return time.perf_counter() - start, float(done.stdout)

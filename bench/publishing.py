"""Time the embedded engine on books of several sizes.

In: the number of sources. Out: seconds, and the most memory that a process of the render held.
Each render is a process of its own, so that starting Python counts.
"""

from __future__ import annotations

import subprocess
import sys
import time
from typing import TYPE_CHECKING

from books import write_book

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["changed_chapter_s", "peak_memory_mb", "render_s"]

_RENDER = """
import resource, sys
from pathlib import Path
from actes.publish.pandoc import render
root, formats = Path(sys.argv[1]), tuple(sys.argv[2].split(","))
render(root, root / "_book", formats=formats, memory=root / ".memory.sqlite")
own, others = (resource.getrusage(who).ru_maxrss for who in (0, -1))
print(max(own, others) // 1024)
"""


def render_s(folder: Path, n_sources: int, formats: str) -> float:
    """Seconds to make a new book of ``n_sources``, four of them plain texts."""
    book = write_book(folder / f"{n_sources}-{formats}", n_notebooks=n_sources - 4, n_texts=4)
    return _timed(book, formats)[0]


def changed_chapter_s(folder: Path, n_sources: int) -> float:
    """Seconds to make the pages again when one chapter of ``n_sources`` has changed."""
    book = write_book(folder / f"{n_sources}-changed", n_notebooks=n_sources - 4, n_texts=4)
    _timed(book, "html")
    times = []
    for n in range(3):
        with (book / "texte-001.qmd").open("a", encoding="utf-8", newline="\n") as chapter:
            chapter.write(f"\nUn ajout, le {n + 1}e.\n")
        times.append(_timed(book, "html")[0])
    return min(times)


def peak_memory_mb(folder: Path, n_sources: int, formats: str) -> int:
    """Megabytes that the largest process of a render held."""
    book = write_book(
        folder / f"{n_sources}-{formats}-memory", n_notebooks=n_sources - 4, n_texts=4
    )
    return _timed(book, formats)[1]


def _timed(book: Path, formats: str) -> tuple[float, int]:
    command: Sequence[str] = [sys.executable, "-c", _RENDER, str(book), formats]
    start = time.perf_counter()
    done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - ours
    return time.perf_counter() - start, int(done.stdout)

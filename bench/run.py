"""Measure Actes against named peers, on this machine, in one run.

In: this repository. Out: a table on the terminal and in ``docs/performance.md``.
Each measure is a ratio to something that a reader can run too; the seconds are those of the
machine at hand. Batches, validation, builds, commands, publishing; the memory of each.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import batches
import publishing
import store
import validation
from measuring import ACTES, ROOT, Measure, as_markdown, best_of, copied, timed

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = ROOT / "docs" / "performance.md"


def main() -> None:
    """Measure, print, write."""
    with tempfile.TemporaryDirectory(prefix="actes-bench-") as folder:
        page = as_markdown(list(_measures(Path(folder))))
    PAGE.write_text(page, encoding="utf-8", newline="\n")
    print(page)  # noqa: T201 - a script's answer


def _measures(folder: Path) -> Iterator[Measure]:
    yield from batches.measures(folder)
    yield from validation.measures()
    yield from store.measures(folder)
    yield verdict_again(copied(folder / "verdict"))
    yield book_again(copied(folder / "livre"))
    yield help_against_python()
    yield from publishing.measures(folder)


def help_against_python() -> Measure:
    """The price of asking for help: Python alone is the floor."""
    ours, python = best_of(
        5, lambda: timed([*ACTES, "--help"]), lambda: timed([sys.executable, "-c", "pass"])
    )
    return Measure("`actes --help`", "`python -c pass`", ours, python)


def verdict_again(workspace: Path) -> Measure:
    """What a recalled verdict spares, the table being read already."""
    validate = [*ACTES, "validate", "spvm-pdq"]
    timed([*ACTES, "ingest", "spvm-pdq", "spvm-mensuel"], cwd=workspace)
    computed = timed(validate, cwd=workspace)
    (recalled,) = best_of(3, lambda: timed(validate, cwd=workspace))
    peer = "la même, le verdict étant à rendre par Great Expectations"
    return Measure("`actes validate spvm-pdq`, verdict repris", peer, recalled, computed)


def book_again(workspace: Path) -> Measure:
    """What the store spares when nothing changed."""
    build = [*ACTES, "build"]
    first = timed(build, cwd=workspace)
    (again,) = best_of(3, lambda: timed(build, cwd=workspace))
    return Measure(
        "`actes build`, rien n’ayant changé", "le premier, dans une copie neuve", again, first
    )


if __name__ == "__main__":
    main()

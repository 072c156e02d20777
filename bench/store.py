"""Time what the store spares, on a workspace of a hundred articles.

In: nothing. Out: a table of ratios on the terminal: an unchanged build and a status against
listing the workspace's files, one changed article among all against the first build.
"""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from measuring import ACTES, Measure, as_markdown, best_of, timed
from workspaces import many_articles

__all__ = ["measures"]

N_ARTICLES = 100
_LIST = [
    sys.executable,
    "-c",
    "import os\nfor here, _folders, names in os.walk('.'):\n"
    "    for name in names: os.stat(os.path.join(here, name))",
]


def measures(folder: Path) -> list[Measure]:
    """Build the workspace once in ``folder``, then measure."""
    root = many_articles(folder / "cent", N_ARTICLES)
    build, status = [*ACTES, "build"], [*ACTES, "status"]
    first = timed(build, cwd=root)
    again, listing = best_of(5, lambda: timed(build, cwd=root), lambda: timed(_LIST, cwd=root))
    (seen,) = best_of(3, lambda: timed(status, cwd=root))
    article = root / "reports" / "bilan-050" / "index.qmd"
    article.write_text(
        article.read_text(encoding="utf-8").replace("En tout,", "Au total,"),
        encoding="utf-8",
        newline="\n",
    )
    one = timed(build, cwd=root)
    what = f"{N_ARTICLES} articles"
    return [
        Measure(
            f"`actes build`, rien n’ayant changé, {what}", "lister ses fichiers", again, listing
        ),
        Measure(f"`actes status`, {what}", "lister ses fichiers", seen, listing),
        Measure(f"`actes build`, un article changé sur {N_ARTICLES}", "le premier", one, first),
    ]


if __name__ == "__main__":
    with tempfile.TemporaryDirectory(prefix="actes-bench-") as name:
        print(as_markdown(measures(Path(name))))  # noqa: T201 - a script's answer

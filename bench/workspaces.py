"""Make workspaces of any size to measure on.

In: a number of articles. Out: a workspace like the tests' smallest one, with that many articles
which share a few runs, one in five having a run of its own besides.
"""

from __future__ import annotations

import json
import shutil
import sys
from pathlib import Path

MODEL = Path(__file__).resolve().parents[1] / "tests" / "workspaces" / "minimal"
SHARED = [(kind, year) for kind in ("Vols", "Méfaits") for year in (2022, 2023)]
OWN_EVERY = 5

_ARTICLE = """\
---
title: Bilan {number}
actes:
  runs:
{runs}---

En tout, {{{{< meta results.commune.total >}}}} cas, dont {{{{< meta results.commune.part >}}}} dans
un secteur (@fig-{prefix}barres, @tbl-{prefix}secteurs).

{{{{< embed commune.ipynb#fig-{prefix}barres >}}}}

{{{{< embed commune.ipynb#tbl-{prefix}secteurs >}}}}
"""
_RUN = """\
    {name}:
      study: compter
      data: incidents
      parameters: {{genre: {kind}, annee: {year}, numero: {number}}}
"""


def many_articles(target: Path, n_articles: int) -> Path:
    """Write a workspace of ``n_articles`` articles into the folder ``target``, which is new."""
    shutil.copytree(MODEL, target)
    shutil.rmtree(target / "reports")
    _number_the_study(target / "notebooks" / "compter.ipynb")
    names = [f"bilan-{number:03}" for number in range(1, n_articles + 1)]
    for number, name in enumerate(names, start=1):
        _write(target / "reports" / name / "index.qmd", _article(number))
    project = (target / "_quarto.yml").read_text(encoding="utf-8")
    chapters = "\n".join(f"    - reports/{name}/index.qmd" for name in names)
    _write(target / "_quarto.yml", project.replace("    - reports/bilan/index.qmd", chapters))
    return target


def _article(number: int) -> str:
    kind, year = SHARED[number % len(SHARED)]
    runs = _RUN.format(name="commune", kind=kind, year=year, number=0)
    has_own = number % OWN_EVERY == 0
    if has_own:
        runs += _RUN.format(name="propre", kind=kind, year=year, number=number)
    return _ARTICLE.format(number=number, runs=runs, prefix="commune-" if has_own else "")


def _number_the_study(notebook: Path) -> None:
    """Give the study a parameter that changes its name and none of its results."""
    content = json.loads(notebook.read_text(encoding="utf-8"))
    (cell,) = [c for c in content["cells"] if "parameters" in c["metadata"].get("tags", [])]
    cell["source"] = "".join(cell["source"]) + "\nnumero: int = 0  # numéro de l'article"
    _write(notebook, json.dumps(content, ensure_ascii=False, indent=1) + "\n")


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    many_articles(Path(sys.argv[1]), int(sys.argv[2]))

"""What each important construct becomes, small enough to read: ``golden/<construct>.<format>``.

A change that is meant is written there by ``python tests/test_golden.py``, and read in the diff.
"""

from __future__ import annotations

import difflib
import json
import re
import sys
import tempfile
import zipfile
from pathlib import Path

import pytest

from actes.publish import pdf
from actes.publish.pandoc import render

GOLDEN = Path(__file__).parent / "golden"
FORMATS = ("html", "typ", "xhtml")
CURVE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="60"><path d="M9 51 81 9"/></svg>'
)
BIBLIOGRAPHY = """@article{roy2020,
  author = {Roy, Jeanne}, title = {Compter : un métier}, journal = {Revue des nombres},
  volume = {4}, number = {2}, pages = {10--12}, year = {2020}
}
"""
SOURCES = {
    "figure": """Voir la @fig-a.

![Une courbe.](p.svg){#fig-a fig-alt="Elle monte."}
""",
    "tableau": """Voir le @tbl-a.

| Poste | Faits |
|:------|------:|
| Nord  | 1 204 |

: Les faits. {#tbl-a}
""",
    "encadre": """::: {.callout-warning collapse="true"}
## Deux unités
Une victime, *deux* faits.
:::
""",
    "citation": "Comme le dit @roy2020, il faut compter [@roy2020, p. 11].\n",
    "note": "Un fait.[^1]\n\n[^1]: Déclaré en 2025.\n",
    "theoreme": """Selon le @thm-a.

::: {#thm-a}
## Moyenne
La moyenne de $n$ nombres existe.
:::

::: {.proof}
C’est clair.
:::
""",
    "sous-figures": """Voir la @fig-b1.

::: {#fig-b layout-ncol=2}
![Avant.](p.svg){#fig-b1 fig-alt="Elle monte."}

![Après.](p.svg){#fig-b2 fig-alt="Elle monte encore."}

Deux courbes.
:::
""",
    "equation": """Selon l’@eq-a :

$$\\bar x = \\frac{s}{n}$$ {#eq-a}
""",
    "code": """```{#lst-a .python lst-cap="Un calcul." filename="taux.py"}
taux = 1000 * faits / residents
```

Voir l’@lst-a.
""",
    "onglets": """::: {.panel-tabset}
## Par an
Douze mois.

## Par mois
Un mois.
:::
""",
    "resume-anglais": """::: {lang=en}
**Abstract.** Thefts rose.
:::

Voici la suite :

- Un fait.
""",
}


def write_book(root: Path) -> None:
    """Write a book with a chapter for each construct, and its references."""
    (root / "p.svg").write_text(CURVE, encoding="utf-8")
    (root / "r.bib").write_text(BIBLIOGRAPHY, encoding="utf-8")
    (root / "index.qmd").write_text("# Avant {.unnumbered}\n\nTexte.\n", encoding="utf-8")
    references = "# Références {.unnumbered}\n\n::: {#refs}\n:::\n"
    (root / "references.qmd").write_text(references, encoding="utf-8")
    for name, source in SOURCES.items():
        (root / f"{name}.qmd").write_text(f"# Titre\n\n{source}", encoding="utf-8")
    chapters = ["index.qmd", *(f"{name}.qmd" for name in SOURCES), "references.qmd"]
    project = {
        "project": {"type": "book"},
        "lang": "fr",
        "bibliography": "r.bib",
        "book": {"title": "Essais", "date": "2026-01-15", "chapters": chapters},
        "format": dict.fromkeys(("html", "pdf", "epub"), "default"),
    }
    (root / "_quarto.yml").write_text(json.dumps(project), encoding="utf-8")


def fragments(root: Path) -> dict[str, str]:
    """Render the book; give the text of each construct by the name of its golden file."""
    write_book(root)
    markup: list[str] = []

    def keep_markup(_main: Path, written: str, *_others: object) -> bytes:
        markup.append(written)
        return b"%PDF"  # Typst itself has nothing to say here

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pdf, "_compiled", keep_markup)
        render(root, root / "_book")
    printed = dict(re.findall(r"// chapter: (\S+)\n(.*?)(?=\n// chapter|\Z)", markup[0], re.DOTALL))
    found = {}
    with zipfile.ZipFile(root / "_book" / "Essais.epub") as book:
        for position, name in enumerate([*SOURCES, "references"], 2):
            page = (root / "_book" / f"{name}.html").read_text(encoding="utf-8")
            chapter = book.read(f"book/chapter-{position:03d}.xhtml").decode()
            found[f"{name}.html"] = _between(page, '<article class="body">', "</article>")
            found[f"{name}.typ"] = printed[name]
            found[f"{name}.xhtml"] = _between(chapter, "</header>", "</section>\n</body>")
    return {name: text.strip() + "\n" for name, text in found.items()}


def _between(text: str, start: str, end: str) -> str:
    return text[text.index(start) + len(start) : text.rindex(end)]


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return fragments(tmp_path_factory.mktemp("golden"))


@pytest.mark.parametrize("name", [f"{n}.{s}" for n in (*SOURCES, "references") for s in FORMATS])
def test_a_construct_becomes_what_its_golden_file_says(written: dict[str, str], name: str) -> None:
    golden = (GOLDEN / name).read_text(encoding="utf-8")
    if written[name] != golden:
        lines = difflib.unified_diff(
            golden.splitlines(), written[name].splitlines(), f"golden/{name}", "now", lineterm=""
        )
        meant = "If this change is meant: python tests/test_golden.py"
        pytest.fail("\n".join([*lines, "", meant]), pytrace=False)


def test_golden_files_are_small_and_none_is_left_over(written: dict[str, str]) -> None:
    sizes = {path.name: path.stat().st_size for path in GOLDEN.iterdir() if path.suffix != ".png"}
    assert sizes.keys() == written.keys()
    assert max(sizes.values()) < 3000


def main() -> None:
    """Write the golden files again."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in fragments(Path(folder)).items():
            (GOLDEN / name).write_text(text, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    sys.exit(main())

"""Make Quarto books of any size: executed notebooks with figures, tables, references, citations.

In: a folder and two numbers. Out: a book project, the same bytes for the same numbers.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["write_book"]

_REFERENCES = """@article{{cle{n},
  author = {{Tremblay, Marie and Gagnon, Luc {n}}},
  title = {{Une étude de la criminalité, partie {n}}},
  journal = {{Revue d’exemples}},
  volume = {{{n}}},
  pages = {{1--20}},
  year = {{{year}}}
}}
"""


def write_book(folder: Path, *, n_notebooks: int, n_texts: int) -> Path:
    """Write a book of ``n_notebooks`` executed notebooks and ``n_texts`` plain chapters."""
    notebooks = [f"carnet-{n:03}.ipynb" for n in range(1, n_notebooks + 1)]
    texts = ["index.qmd", *(f"texte-{n:03}.qmd" for n in range(1, n_texts - 1)), "references.qmd"]
    folder.mkdir(parents=True)
    _write(folder / "_quarto.yml", _project([*texts[:-1], *notebooks, texts[-1]]))
    n_keys = n_notebooks + n_texts
    entries = [_REFERENCES.format(n=n, year=1990 + n % 30) for n in range(n_keys)]
    _write(folder / "references.bib", "\n".join(entries))
    for position, name in enumerate(notebooks):
        _write(folder / name, json.dumps(_notebook(position), ensure_ascii=False, indent=1))
    _write(folder / "index.qmd", "# Avant-propos {.unnumbered}\n\n" + _prose(0, 3))
    for position, name in enumerate(texts[1:-1]):
        _write(folder / name, f"# Texte {position}\n\n" + _prose(n_notebooks + position, 8))
    _write(folder / "references.qmd", "# Références {.unnumbered}\n\n::: {#refs}\n:::\n")
    return folder


def _write(path: Path, text: str) -> None:
    path.write_text(text, encoding="utf-8", newline="\n")


def _project(chapters: list[str]) -> str:
    listed = "\n".join(f"    - {name}" for name in chapters)
    return (
        "project:\n  type: book\n  output-dir: _book\nlang: fr\nbibliography: references.bib\n"
        "book:\n  title: Un livre d’essai\n  author: Marie Tremblay\n  date: 2026-03-15\n"
        f"  chapters:\n{listed}\n"
        "format:\n  html: default\n  typst: default\n"
    )


def _prose(number: int, n_paragraphs: int) -> str:
    sentence = (
        "Les appels reçus entre 2015 et 2024 ont baissé de 12,4 % ; la baisse est plus forte "
        "la nuit [@cle{n}], comme on l’a vu ailleurs. "
    )
    paragraph = (sentence * 4).format(n=number).strip()
    parts = [f"## Section {part + 1}\n\n{paragraph}\n" for part in range(n_paragraphs)]
    return "\n".join(parts)


def _notebook(number: int) -> dict[str, Any]:
    label = f"{number:03}"
    cells = [_markdown(f"# Étude {number}\n\n" + _prose(number, 2))]
    for part in range(3):
        cells.append(_figure(f"fig-{label}-{part}", part))
        cells.append(_markdown(f"Voir @fig-{label}-{part} et @tbl-{label}-{part}.\n"))
        cells.append(_table(f"tbl-{label}-{part}"))
    cells.append(_markdown(_prose(number, 2)))
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        "cells": [cell | {"id": f"c{n}"} for n, cell in enumerate(cells)],
    }


def _markdown(text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "metadata": {}, "source": text}


def _figure(label: str, part: int) -> dict[str, Any]:
    points = " ".join(f"{x},{100 - (x * (part + 3)) % 90}" for x in range(0, 400, 2))
    picture = (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 400 100">'
        f'<polyline points="{points}" fill="none" stroke="#1f4e79"/></svg>'
    )
    source = (
        f"#| label: {label}\n#| fig-cap: Appels par mois, {label}\n"
        "#| fig-alt: Une courbe qui monte et descend.\nserie.plot()"
    )
    return _code(source, {"image/svg+xml": picture})


def _table(label: str) -> dict[str, Any]:
    rows = "\n".join(f"| poste {n} | {n * 37} | {n * 1.5:.1f} |".replace(".", ",")
                     for n in range(12))  # fmt: skip
    source = f"#| label: {label}\n#| tbl-cap: Effectifs, {label}\n#| echo: false\ntable"
    return _code(source, {"text/markdown": f"| poste | n | taux |\n|:--|--:|--:|\n{rows}\n"})


def _code(source: str, data: dict[str, str]) -> dict[str, Any]:
    output = {"output_type": "display_data", "metadata": {}, "data": data}
    return {
        "cell_type": "code",
        "metadata": {},
        "execution_count": 1,
        "source": source,
        "outputs": [output],
    }

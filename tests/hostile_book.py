"""Write a book that its sources try to turn against its readers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

RESULT = "application/vnd.actes.result+json"
RUN = "window.pwned=1"
SCRIPT = f"<script>{RUN}</script>"
HANDLER = f'<img src=x onerror="{RUN}">'
LONG_TITLE = "Un titre qui n’en finit pas, " * 14 + "et qui finit"
AUTHOR = f'Ève\\" onfocus=\\"{RUN} {SCRIPT}'
FORMULAS = ("=2+5", "+33", "-1+1", "@SUM(A1)", "\t=1", '=HYPERLINK("http://x")')

PROJECT = f"""
project:
  type: book
lang: fr
bibliography: references.bib
book:
  title: {json.dumps(LONG_TITLE, ensure_ascii=False)}
  subtitle: {json.dumps(SCRIPT + HANDLER)}
  author:
    - name: {json.dumps(AUTHOR)}
      email: {json.dumps('a"onfocus="' + RUN)}
      orcid: {json.dumps('0"onfocus="' + RUN)}
      affiliations: [{json.dumps(HANDLER)}]
  date: 2026-03-15
  doi: {json.dumps('10.1/x"><script>' + RUN + "</script>")}
  description: {json.dumps(SCRIPT)}
  cover-image: dessin.svg
  cover-image-alt: {json.dumps('x" onerror="' + RUN)}
  page-footer: {json.dumps(SCRIPT + f' [lien](javascript:{RUN}) [x]{{onclick="{RUN}"}}')}
  chapters: [index.qmd, texte.qmd, carnet.ipynb, citations.qmd, references.qmd]
"""

DRAWING = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 40"><rect width="90" height="40" '
    'fill="#7a1f2b"/>{more}</svg>\n'
)

TEXT = f"""---
title: {json.dumps(LONG_TITLE, ensure_ascii=False)}
author: {json.dumps('Zoé "' + RUN)}
---

De droite à gauche, [مرحبا بالعالم، هذا نص]{{lang=ar dir=rtl}}, et des émojis : 👩‍🚒 🇫🇷 🧮.

`{SCRIPT}`{{.html}} et \\<script\\>{RUN}\\</script\\> restent du texte.

## Les mots et les mots {{#sec-mots}}

Les policières et les cambriolages. Voir [la suite](carnet.ipynb).
"""


def cell(label: str, data: dict[str, Any], **options: str) -> dict[str, Any]:
    lines = [f"#| label: {label}", "#| echo: false"]
    lines += [f"#| {name.replace('_', '-')}: {json.dumps(text)}" for name, text in options.items()]
    output = {"output_type": "display_data", "metadata": {}, "data": data}
    return {
        "cell_type": "code", "id": label, "metadata": {}, "execution_count": 1,
        "source": "\n".join(lines), "outputs": [output],
    }  # fmt: skip


def column(name: str, how: str = "text") -> dict[str, Any]:
    return {"name": name, "title": name, "format": how, "is_count": False}


def notebook(n_rows: int, drawing: str) -> dict[str, Any]:
    figure = {
        "kind": "figure", "name": "f", "caption": "c", "alt": "a",
        "data": {
            "columns": [column(SCRIPT), column("Nombre", "integer")],
            "rows": [[text, 12345] for text in (*FORMULAS, SCRIPT, HANDLER, "Ève; \"x\"")]
            + [[None, None], [{"masked_below": 5}, {"masked_below": 5}]],
        },
    }  # fmt: skip
    active = (
        f'<style>td {{background-image:url("http://x.example/a")}}</style>'
        f'<table onmouseover="{RUN}"><tr><th>a</th></tr><tr><td onclick="{RUN}" '
        f'style="background-color:#fff3b0;background:url(http://x.example)">'
        f'<a href="javascript:{RUN}">x</a> <span onclick="{RUN}">y</span></td></tr></table>'
    )
    rows = "\n".join(f"| ligne {n} | {n} |" for n in range(n_rows))
    return {
        "nbformat": 4, "nbformat_minor": 5,
        "metadata": {"kernelspec": {"name": "python3", "language": "python"}},
        "cells": [
            {"cell_type": "markdown", "id": "m", "metadata": {}, "source": "# Carnet"},
            cell("fig-dessin", {"image/svg+xml": drawing, RESULT: figure},
                 fig_cap="Un dessin \\<script\\>.", fig_alt=f'x" onerror="{RUN}'),
            cell("tbl-actif", {"text/html": active}, tbl_cap="Un tableau."),
            cell("tbl-long", {"text/markdown": f"| a | b |\n|---|--:|\n{rows}\n"},
                 tbl_cap="Beaucoup de lignes."),
            cell("tbl-faux", {"text/markdown": "| a |\n|---|\n| 1 |\n", RESULT: {"rows": [[RUN]]}},
                 tbl_cap="Un résultat contrefait."),
        ],
    }  # fmt: skip


def _entry(n: int, key: str) -> str:
    title = f"Titre {n} {SCRIPT if n == 0 else ''}"
    return f"@book{{{key}, title={{{title}}}, author={{Nom{n}, P.}}, year={{{1900 + n % 100}}}}}"


def write_hostile_book(
    root: Path, *, n_rows: int = 60, drawing_bytes: int = 0, n_cited: int = 20
) -> Path:
    root.mkdir(parents=True, exist_ok=True)
    more = '<path d="M0 0"/>' * (drawing_bytes // 16)
    keys = [f"auteur{n}" for n in range(n_cited)]
    entries = "\n".join(_entry(n, key) for n, key in enumerate(keys))
    files = {
        "_quarto.yml": PROJECT,
        "index.qmd": "# Accueil {.unnumbered}\n\nVoir @sec-mots et @fig-dessin.\n",
        "texte.qmd": TEXT,
        "citations.qmd": "# Citations\n\n" + "\n\n".join(f"Selon @{key}." for key in keys) + "\n",
        "references.qmd": "# Références {.unnumbered}\n\n::: {#refs}\n:::\n",
        "references.bib": entries + "\n",
        "dessin.svg": DRAWING.format(more=""),
        "carnet.ipynb": json.dumps(notebook(n_rows, DRAWING.format(more=more))),
    }
    for name, text in files.items():
        (root / name).write_text(text, encoding="utf-8", newline="\n")
    return root

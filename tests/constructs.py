"""Quarto's constructs, one by one: how each is written, and what a reader must get.

``docs/constructions.md`` is written from this list (``python tests/constructs.py``), and
``test_constructs.py`` renders every line of it: the page cannot say what the engine does not do.
"""

from __future__ import annotations

import json
import os
import re
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator

PAGE = Path(__file__).parents[1] / "docs" / "constructions.md"


@dataclass(frozen=True)
class Construct:
    """One construct.

    Attributes
    ----------
    screen, paper
        Regular expressions that the page's HTML and the PDF's text must match.
    note
        What a reader of the table must know besides, in French.
    """

    group: str
    name: str
    source: str
    screen: str = ""
    paper: str = ""
    note: str = ""


def _c(
    group: str, name: str, source: str, screen: str, paper: str = "", note: str = ""
) -> Construct:
    return Construct(group, name, source, screen, paper, note)


HONOURED = (
    _c(
        "Références",
        "figure",
        "![Une courbe.](p.svg){#fig-a1}\n\n@fig-a1",
        'class="xref">Figure 1\\.',
        r"Figure 1\.1 : Une courbe",
    ),
    _c(
        "Références",
        "tableau",
        "| a |\n|---|\n| 1 |\n\n: Un tableau. {#tbl-a1}\n\n@tbl-a1",
        'class="xref">Tableau \\d',
        r"Tableau \d+\.1",
    ),
    _c(
        "Références",
        "équation",
        "$$a = b$$ {#eq-a1}\n\n@eq-a1",
        'class="xref">Équation \\d',
        r"Équation \d",
    ),
    _c(
        "Références",
        "section",
        "## Une section {#sec-a1}\n\n@sec-a1",
        'class="xref">Section \\d',
        r"Section \d",
    ),
    _c(
        "Références",
        "sous-figures",
        "::: {#fig-b1 layout-ncol=2}\n![Un.](p.svg){#fig-b1a}\n\n![Deux.](p.svg){#fig-b1b}\n\nLes deux.\n:::\n\n@fig-b1b",
        r'class="xref">Figure \d+\.1 \(b\)',
        r"\(b\) Deux",
    ),
    _c(
        "Références",
        "extrait de code",
        '```{#lst-a1 .python lst-cap="Un extrait."}\nx = 1\n```\n\n@lst-a1',
        'class="xref">Extrait \\d',
        r"Extrait \d+\.1 : Un extrait",
    ),
    _c(
        "Références",
        "théorème, lemme, corollaire, proposition, conjecture, définition, exemple, exercice",
        "::: {#thm-a1}\n## Un nom\n\nLe texte.\n:::\n\n@thm-a1",
        'class="xref">Théorème \\d',
        r"Théorème \d+\.1 \(Un nom\)",
    ),
    _c(
        "Références",
        "démonstration, remarque, solution",
        "::: {.proof}\nC’est clair.\n:::",
        "<em>Démonstration\\.</em>",
        r"Démonstration\. C’est clair",
    ),
    _c(
        "Références",
        "encadré numéroté",
        "::: {#nte-a1 .callout-note}\n## Un titre\n\nLe texte.\n:::\n\n@nte-a1",
        'class="xref">Note \\d',
        r"Note \d+\.1",
    ),
    _c(
        "Références",
        "numéro seul",
        "![Une courbe.](p.svg){#fig-a2}\n\nVoir [-@fig-a2].",
        'class="xref">\\d+\\.1</a>',
    ),
    _c(
        "Références",
        "renvois groupés, suivis d’une page",
        "![Une courbe.](p.svg){#fig-a3}\n\n![Une autre.](p.svg){#fig-a4}\n\nVoir [@fig-a3; @fig-a4], @fig-a3 [p. 3].",
        r'Figure \d+\.1</a>, <a href="#fig-a4" class="xref">Figure \d+\.2</a>, <a [^>]*>Figure \d+\.1</a> p\. 3',
        r"Figure \d+\.1 p\. 3",
    ),
    _c(
        "Références",
        "figure qui est un lien (`[![…](…)](…)`, `fig-link`)",
        "[![Une image liée.](p.svg){#fig-a5}](https://example.org)\n\n@fig-a5",
        r'(?s)<figure id="fig-a5">.*<a href="https://example.org"><img .*Une image liée',
        r"Figure \d+\.1 : Une image liée",
    ),
    _c(
        "Références",
        "équation pourvue d’un texte (`alt`)",
        '$$e = f$$ {#eq-a6 alt="e vaut f"}\n\n@eq-a6',
        'class="xref">Équation \\d',
        r"Équation \d",
        "sur papier, le texte est lu à la place de la formule",
    ),
    _c("Références", "citation", "Selon @dupont2020.", 'class="citation"', "Dupont"),
    _c(
        "Blocs",
        "encadrés (cinq sortes), repliables",
        '::: {.callout-tip title="Un conseil" collapse="true"}\nTexte replié.\n:::',
        '<details class="callout callout-tip',
        "Texte replié",
        "imprimés dépliés",
    ),
    _c(
        "Blocs",
        "onglets, groupes d’onglets",
        '::: {.panel-tabset group="g"}\n## Premier\nUn.\n\n## Second\nDeux.\n:::',
        'data-group="g"',
        "Second",
        "à la suite, sur papier",
    ),
    _c(
        "Blocs",
        "mise en page (`layout-ncol`, `layout-nrow`, `layout`)",
        '::: {layout="[[70,30]]"}\nGauche.\n\nDroite.\n:::',
        'style="--width:70%"',
        "Droite",
    ),
    _c("Blocs", "liste de définitions", "Terme\n:   Définition.", "<dt>Terme</dt>", "Définition"),
    _c("Blocs", "liste de tâches", "- [x] faite", 'type="checkbox" disabled=""', "faite"),
    _c(
        "Blocs",
        "note de bas de page",
        "Texte.[^n1]\n\n[^n1]: La note.",
        'role="doc-endnotes"',
        "La note",
    ),
    _c(
        "Blocs",
        "saut de page",
        "Avant.\n\n{{< pagebreak >}}\n\nAprès.",
        'class="pagebreak"',
        "Après",
    ),
    _c(
        "Blocs",
        "passage dans une autre langue",
        "[an English passage]{lang=en}",
        '<span lang="en"',
        "an English passage",
    ),
    _c("Blocs", "formules (MathML)", "Soit $x^2$.", '<math display="inline"', ""),
    _c(
        "Blocs",
        "commandes de TeX définies par l’auteur (`\\newcommand`, `\\def`)",
        "::: {.hidden}\n$$\n\\def\\RR{{\\bf R}}\n$$\n:::\n\n$x \\in \\RR$",
        "∈",
    ),
    _c(
        "Blocs",
        "formules de LaTeX sans dollars (`equation`, `align`, `gather`…)",
        "\\begin{align}\nu_1 &= v\n\\end{align} {#eq-a7}\n\n@eq-a7",
        'class="xref">Équation \\d',
        r"Équation \d",
    ),
    _c(
        "Blocs",
        "tableau écrit en liste (`.list-table`)",
        '::: {.list-table #tbl-a8 aligns="l,r"}\nEn liste.\n\n* - Ville\n  - Nombre\n* - Laval\n  - 12\n:::\n\n@tbl-a8',
        '(?s)<th [^>]*>Ville</th>.*class="xref">Tableau \\d',
        r"Tableau \d+\.1 : En liste",
    ),
    _c(
        "Blocs",
        "largeur des colonnes (`tbl-colwidths`)",
        '| a | b |\n|---|---|\n| 1 | 2 |\n\n: Large. {tbl-colwidths="[75,25]"}',
        '<col style="width: 75%" />',
        "Large",
    ),
    _c(
        "Blocs",
        "titre d’encadré mis en forme",
        '::: {.callout-note title="Le **carré** $x^2$"}\nTexte.\n:::',
        "Le carré x²",
        "Le carré x²",
        "en texte seul",
    ),
    _c(
        "Code",
        "code coloré, avec un nom de fichier",
        '```{.python filename="a.py"}\nx = 1\n```',
        'class="code-name">a\\.py',
        r"a\.py",
        "un bouton copie le code",
    ),
    _c(
        "Code",
        "lignes numérotées",
        '```{.python code-line-numbers="true"}\nx = 1\n```',
        "numberLines",
        "x = 1",
        "sans numéros sur papier",
    ),
    _c(
        "Code",
        "annotations de code",
        "```python\nx = 1 # <1>\n```\n\n1. Une note.",
        r"# \(1\)</span>(?s:.*)<li>Une note",
        r"x = 1 # \(1\) 1\. Une note",
        "la liste reste sous le code",
    ),
    _c(
        "Code",
        "cellule montrée sans être exécutée",
        "```{python}\n#| eval: false\n#| lst-label: lst-b1\n#| lst-cap: Une cellule montrée.\ny = 2\n```\n\n@lst-b1",
        'class="xref">Extrait \\d',
        "y = 2",
    ),
    _c(
        "Code",
        "code repliable (`code-fold`)",
        '```{.python code-fold="true" code-summary="Le code"}\nx = 1\n```',
        '<details class="code-fold"><summary>Le code',
    ),
    _c(
        "Résultats",
        "`embed` d’une figure",
        "{{< embed carnet.ipynb#fig-nb >}}",
        'id="fig-nb"',
        "Une figure du carnet",
    ),
    _c(
        "Résultats",
        "données derrière une figure",
        "{{< embed carnet.ipynb#fig-donnees >}}",
        'href="carnet_files/fig-donnees\\.csv"',
        "",
        "propre au moteur intégré : tableau et CSV",
    ),
    _c(
        "Résultats",
        "`fig-subcap`, `layout-ncol` d’une cellule",
        "{{< embed carnet.ipynb#fig-deux >}}\n\n@fig-deux-2",
        r'class="xref">Figure \d+\.1 \(b\)',
        r"\(b\) La seconde",
    ),
    _c(
        "Résultats",
        "tableau stylé (pandas, great_tables)",
        "{{< embed carnet.ipynb#tbl-style >}}",
        "background-color: #ffd700; color: #000000",
        "",
        "alignement, graisse, fonds ; l’encre d’un fond se lit toujours",
    ),
    _c(
        "Résultats",
        "cellules brutes, images collées, sous-légendes `true`",
        "{{< embed carnet.ipynb#brut >}}\n\n{{< embed carnet.ipynb#collee >}}\n\n{{< embed carnet.ipynb#fig-lettres >}}",
        r'(?s)<strong>brute</strong>.*src="carnet_files/cell-\d+-collee\.svg".*<figcaption>\(b\)',
        "Une cellule brute",
    ),
    _c(
        "Résultats",
        "erreur voulue (`error: true`), couleurs de terminal",
        "{{< embed carnet.ipynb#erreur >}}",
        r"(?s)<code>en vert</code>.*ValueError: non",
        "ValueError: non",
    ),
    _c("Raccourcis", "`include`", "{{< include _inclus.md >}}", "Texte inclus", "Texte inclus"),
    _c("Raccourcis", "`meta`", "{{< meta book.title >}}", "Toutes les constructions", ""),
    _c("Raccourcis", "`var`", "{{< var ville >}}", "Montréal", "Montréal"),
    _c("Raccourcis", "`kbd`", "{{< kbd Ctrl-C >}}", "<kbd>Ctrl-C</kbd>", "Ctrl-C"),
    _c(
        "Raccourcis",
        "raccourci montré sans être suivi",
        "{{{< meta book.title >}}} {{</* var ville */>}}",
        "{{&lt; meta book.title &gt;}} {{&lt; var ville &gt;}}",
        r"\{\{< meta book.title >\}\}",
    ),
    _c(
        "Contenu conditionnel",
        "`when-format`, `unless-format`",
        '::: {.content-visible unless-format="pdf"}\nPour l’écran seul.\n:::',
        "Pour l’écran seul",
        "",
    ),
    _c(
        "Contenu conditionnel",
        "`when-meta`, `unless-meta`",
        '::: {.content-visible when-meta="options.oui"}\nMétadonnée vraie.\n:::',
        "Métadonnée vraie",
        "Métadonnée vraie",
    ),
    _c(
        "Contenu conditionnel",
        "`when-profile`, `unless-profile`",
        '::: {.content-hidden unless-profile="court"}\nProfil court.\n:::',
        "Profil court",
        "Profil court",
    ),
    _c(
        "Contenu conditionnel",
        "conditions imbriquées, code sous condition",
        ':::: {.content-visible when-profile="court"}\nAu dehors.\n\n::: {.content-hidden when-profile="court"}\nCaché dedans.\n:::\n::::\n\n```{.python .content-hidden when-profile="court"}\ncache_aussi\n```',
        r"(?s)\A(?!.*Caché dedans)(?!.*cache_aussi).*Au dehors",
        "Au dehors",
    ),
    _c(
        "HTML",
        "balises simples, tableaux HTML",
        "<table><tr><th>tête</th></tr><tr><td>cellule</td></tr></table>",
        "<td>cellule</td>",
        "cellule",
    ),
    _c(
        "HTML",
        "tableau en HTML brut, `data-qmd`",
        '```{=html}\n<table><tr><th>tête</th></tr><tr><td><span data-qmd="un *mot* brut"></span></td></tr></table>\n```',
        "<td>un <em>mot</em> brut</td>",
        "un mot brut",
    ),
    _c(
        "HTML",
        "images et liens en HTML",
        '<img src="p.svg" alt="Un trait."> <a href="https://example.org">un lien</a>',
        r'<img src="p\.svg" alt="Un trait\." /> <a href="https://example\.org">un lien</a>',
        "un lien",
    ),
    _c(
        "HTML",
        "HTML brut choisi",
        '```{=html}\n<p class="x">Brut.</p>\n```',
        '<p class="x">Brut',
        "",
        "pour l’écran et EPUB ; sans script",
    ),
)

REFUSED = (
    _c("Références", "algorithmes (`alg-`), vidéos (`vid-`), diagrammes (`dia-`)", "::: {#alg-x}\nTexte.\n:::", ""),
    _c("Code", "annotations de code sans leur liste", "```python\nx = 1 # <1>\n```\n\nDu texte.", ""),
    _c("Code", "cellule à exécuter", "```{python}\n1 + 1\n```", ""),
    _c("Code", "code à exécuter dans une phrase", "Il y en a `{python} n`.", ""),
    _c("Code", "autre option d’une cellule", "```{python}\n#| eval: false\n#| file: a.py\n```", ""),
    _c("Code", "diagrammes Mermaid et Graphviz", "```{mermaid}\ngraph LR\n```", ""),
    _c("Raccourcis", "`video`", "{{< video a.mp4 >}}", ""),
    _c("Raccourcis", "`placeholder`, `lipsum`", "{{< lipsum 1 >}}", ""),
    _c("Raccourcis", "`env`", "{{< env HOME >}}", "", note="la machine n’entre pas dans un ouvrage"),
    _c("Raccourcis", "`version`", "{{< version >}}", ""),
    _c("Raccourcis", "`brand`", "{{< brand color primary >}}", ""),
    _c("Raccourcis", "touches propres à un système", "{{< kbd Ctrl-C mac=Cmd-C >}}", ""),
    _c("Raccourcis", "`embed` d’un document", "{{< embed c00.qmd#x >}}", ""),
    _c("Résultats", "résultats interactifs (Plotly, Altair, widgets)", "{{< embed carnet.ipynb#interactif >}}", ""),
    _c("Résultats", "autres types de résultats", "{{< embed carnet.ipynb#inconnu >}}", ""),
    _c("Résultats", "`echo: fenced`, et toute autre valeur d’une option", "```{python}\n#| eval: false\n#| echo: fenced\nx = 1\n```", ""),
    _c("Blocs", "renvoi, note ou image dans le titre d’un encadré ou d’un onglet", "::: {.callout-note title='Voir @dupont2020'}\nTexte.\n:::", ""),
    _c("Blocs", "disposition qui n’est pas faite de nombres", "::: {layout='[10%,90%]'}\nUn.\n\nDeux.\n:::", ""),
    _c("HTML", "autres balises", "<iframe></iframe>", ""),
    _c("HTML", "scripts et gestionnaires d’événements", "```{=html}\n<script>x</script>\n```", ""),
    _c("HTML", "autres formats bruts", "```{=latex}\nx\n```", ""),
    _c("HTML", "LaTeX hors d’une formule", "\\newpage", ""),
    _c("Blocs", "panneaux (`panel-sidebar`, `panel-input`…)", "::: {.panel-sidebar}\nTexte.\n:::", ""),
    _c("Contenu conditionnel", "format qui n’existe pas", '::: {.content-visible when-format="htlm"}\nTexte.\n:::', ""),
    _c("Contenu conditionnel", "condition sur un titre, une image, un lien, un tableau", '## Titre {.content-visible when-format="html"}', ""),
    _c("Contenu conditionnel", "autres conditions", '::: {.content-visible when-jour="lundi"}\nTexte.\n:::', ""),
)  # fmt: skip

_PROJECT = """\
project:
  type: book
lang: fr
bibliography: references.bib
profile:
  default: court
options:
  oui: true
format:
  html: default
  typst: default
book:
  title: Toutes les constructions
  date: 2026-03-15
  chapters:
{chapters}
"""
_SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 40"><path d="M0 9h90"/></svg>'
_STYLED = (
    "<style>#T_1_row0_col0 {background-color: gold; color: yellow; font-weight: bold;}</style>"
    '<table id="T_1"><tr><th>a</th></tr><tr><td id="T_1_row0_col0">1</td></tr></table>'
)
_DATA = {
    "kind": "figure", "name": "f", "caption": "c", "alt": "a",
    "data": {
        "columns": [{"name": "n", "title": "n", "format": "integer", "is_count": True}],
        "rows": [[1200]],
    },
}  # fmt: skip


def _cell(label: str, *outputs: dict[str, Any], **options: Any) -> dict[str, Any]:
    lines = [f"#| label: {label}"]
    lines += [f"#| {name.replace('_', '-')}: {json.dumps(text)}" for name, text in options.items()]
    shown = [{"output_type": "display_data", "metadata": {}, "data": data} for data in outputs]
    return {"cell_type": "code", "id": label, "metadata": {}, "execution_count": 1,
            "source": "\n".join(lines), "outputs": shown}  # fmt: skip


def _failed_cell(label: str) -> dict[str, Any]:
    cell = _cell(label, error=True)
    cell["outputs"] = [
        {
            "output_type": "stream",
            "name": "stdout",
            "text": "en rouge\r\x1b[32men vert\x1b[0m\x1b[K \b \n",
        },
        {"output_type": "error", "ename": "ValueError", "evalue": "non", "traceback": ["/home/x"]},
    ]
    return cell


def _notebook() -> str:
    picture = {"image/svg+xml": _SVG}
    cells = [
        _cell("fig-nb", picture, fig_cap="Une figure du carnet.", fig_alt="Un trait."),
        _cell("fig-donnees", picture | {"application/vnd.actes.result+json": _DATA},
              fig_cap="Une figure et ses données.", fig_alt="Un trait."),
        _cell("fig-deux", picture, picture, fig_cap="Deux figures.", layout_ncol=2,
              fig_subcap=["La première.", "La seconde."], fig_alt=["Un.", "Deux."]),
        _cell("tbl-style", {"text/html": _STYLED}, tbl_cap="Un tableau stylé."),
        _cell("fig-lettres", picture, picture, fig_cap="Deux lettres.", layout_ncol=2,
              fig_subcap=True, fig_alt=["Un.", "Deux."]),
        {"cell_type": "raw", "id": "brut", "metadata": {}, "source": "Une cellule **brute**."},
        {"cell_type": "markdown", "id": "collee", "metadata": {},
         "source": "![Un trait](attachment:collee.svg){fig-alt='Une droite.'}",
         "attachments": {"collee.svg": {"image/svg+xml": [_SVG]}}},
        _failed_cell("erreur"),
        _cell("interactif", {"application/vnd.plotly.v1+json": {}, "text/html": "<b>graphique</b>"}),
        _cell("inconnu", {"application/pdf": "JVBE"}),
    ]  # fmt: skip
    return json.dumps({"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


def write_book(root: Path, constructs: tuple[Construct, ...]) -> list[str]:
    """Write a book with a chapter for each construct; give the names of the chapters."""
    names = [f"c{number:02d}" for number in range(len(constructs))]
    chapters = "\n".join(f"    - {name}.qmd" for name in ("index", *names, "references"))
    files = {
        "_quarto.yml": _PROJECT.format(chapters=chapters),
        "_variables.yml": "ville: Montréal\n",
        "_inclus.md": "Texte inclus.\n",
        "index.qmd": "# Accueil {.unnumbered}\n\nTexte.\n",
        "references.qmd": "# Références {.unnumbered}\n\n::: {#refs}\n:::\n",
        "references.bib": "@book{dupont2020, title={Un livre}, author={Dupont, A.}, year={2020}}\n",
        "p.svg": _SVG,
        "carnet.ipynb": _notebook(),
    }
    for name, each in zip(names, constructs, strict=True):
        files[f"{name}.qmd"] = f"# {name}\n\n{each.source}\n"
    for name, text in files.items():
        (root / name).write_text(text, encoding="utf-8", newline="\n")
    return names


def refusals() -> dict[str, tuple[str, str]]:
    """Code and French message of each refused construct, by its name."""
    from actes.publish.pandoc import render
    from actes.publish.problems import BookError

    with tempfile.TemporaryDirectory() as folder:
        names = write_book(Path(folder), REFUSED)
        try:
            render(Path(folder), Path(folder) / "_book", formats=("html",))
        except BookError as error:
            said = {each.path: (each.code, each.what) for each in reversed(error.problems)}
            return {
                each.name: said[f"{name}.qmd"]
                for each, name in zip(REFUSED, names, strict=True)
                if f"{name}.qmd" in said
            }
    raise AssertionError("nothing was refused")


# -- the page ---------------------------------------------------------------------------


def _row(*cells: str) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _written(source: str) -> str:
    """Show the first lines of a source in a cell."""
    lines = [line for line in source.split("\n") if line.strip()]
    return " ⏎ ".join(f"`` {line} ``" for line in lines[:3]) + (" …" if len(lines) > 3 else "")


def page_text() -> str:
    """Write the page anew: what was tried, and the keys as the code has them."""
    parts = [_HEAD, *_constructs_table(), "", "## Clés du projet", "", _KEYS, "", *_keys_tables()]
    return "\n".join(parts).rstrip() + "\n"


def _constructs_table() -> Iterator[str]:
    said = refusals()
    rows = [*HONOURED, *REFUSED]
    for group in dict.fromkeys(each.group for each in rows):
        yield from (
            "",
            f"## {group}",
            "",
            _row("construction", "écrite ainsi", "Quarto", "moteur intégré"),
            "|---|---|---|---|",
        )
        for each in rows:
            if each.group != group:
                continue
            if each in REFUSED:
                code, what = said[each.name]
                outcome = f"refusé, {code} : {what}"
            else:
                outcome = "écran et papier" if each.paper else "oui"
            note = f" ({each.note})" if each.note else ""
            yield _row(each.name, _written(each.source), "oui", outcome + note)


def _keys_tables() -> Iterator[str]:
    from actes.publish import cell_options, keys, words

    yield from (
        _row("où", "lues", "laissées de côté", "refusées (A106, A104 si Quarto non plus)"),
        "|---|---|---|---|",
    )

    def names(found: object) -> str:
        return ", ".join(f"`{each}`" for each in sorted(found)) or "–"  # type: ignore[call-overload]

    yield _row(
        "`book:`", names(keys.BOOK_HONOURED), names(keys.BOOK_IGNORED), names(keys.BOOK_REFUSED)
    )
    yield _row("premier niveau", "voir `moteur.md`", "toute autre", names(keys.TOP_REFUSED))
    yield _row("`format:`", names(keys.FORMATS), "le reste", names(keys.FORMAT_REFUSED))
    yield _row("`crossref:`", names(keys.CROSSREF_HONOURED), "–", "toute autre")
    yield _row(
        "en-tête d’un document", "voir `moteur.md`", "toute autre", names(keys.DOCUMENT_REFUSED)
    )
    yield _row(
        "options d’une cellule (`#|`)",
        names(cell_options.HONOURED),
        names(cell_options.IGNORED),
        "toute autre (A130)",
    )
    yield _row("`language:`", names(words.PRINTED), "–", "toute autre")


_HEAD = """\
# Construction par construction : ce que fait chaque moteur

*(Page écrite par `python tests/constructs.py` d’après les essais ; ne pas la modifier à la main : un essai compare.)*

Un même projet est rendu par Quarto ou par le moteur intégré. « Oui » dans la colonne de Quarto vient de sa documentation
et de ce qui est noté dans `decisions/0016-constructions.md` : Quarto n’est pas sur la machine des essais. La dernière
colonne est essayée à chaque fois : chaque ligne est un chapitre d’un livre que le moteur intégré rend, à l’écran et sur papier.
Ce que le moteur intégré ne connaît pas, il le refuse par son nom, avec le fichier et la ligne."""

_KEYS = """\
Les clés « laissées de côté » ne changent que l’apparence, ou servent un site en ligne. Les thèmes Bootswatch sont acceptés :
l’ouvrage garde ses propres traits, clair et sombre ; un thème sombre seul, ou nommé en premier, ouvre les pages en sombre ;
une feuille `.css` s’ajoute à la nôtre, une feuille `.scss` est refusée (A130), comme ce qu’une feuille irait chercher ailleurs ;
`code-copy: false` retire le bouton de copie, du livre ou d’un document. De `_brand.yml` sont lus l’encre, le fond, l’accent, le logo et les
polices que les lecteurs ont déjà ; des couleurs qui ne se lisent pas sont refusées (A135)."""


def _main() -> None:
    os.environ["ACTES_LANG"] = "fr"
    PAGE.write_text(page_text(), encoding="utf-8", newline="\n")
    sys.stdout.write(f"{re.sub(r'.*/', '', PAGE.as_posix())}\n")


if __name__ == "__main__":
    _main()

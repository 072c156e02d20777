"""Tables of great_tables and of pandas, as a notebook keeps them, in each format."""

from __future__ import annotations

import json
import re
import shutil
import zipfile
from pathlib import Path

import pytest

from actes.publish.pandoc import render
from actes.publish.problems import BookError

NOTEBOOK = Path(__file__).parent / "styled_tables.ipynb"
LABELS = ("gt-complet", "st-multi", "st-gradient")
PROJECT = """\
project:
  type: book
lang: fr
book:
  title: Tableaux
  output-file: livre
  date: 2026-03-15
  chapters: [index.qmd]
format:
  html: default
  typst: default
  docx: default
"""


def _book(root: Path, labels: tuple[str, ...]) -> Path:
    embeds = "\n\n".join(f"{{{{< embed carnet.ipynb#tbl-{label} >}}}}" for label in labels)
    (root / "_quarto.yml").write_text(PROJECT, encoding="utf-8")
    (root / "index.qmd").write_text(f"# Début\n\n{embeds}\n", encoding="utf-8")
    return root


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = _book(tmp_path_factory.mktemp("tableaux"), LABELS)
    shutil.copy(NOTEBOOK, root / "carnet.ipynb")
    render(root, root / "_book")
    return root / "_book"


@pytest.fixture(scope="module")
def tables(book: Path) -> dict[str, str]:
    page = (book / "index.html").read_text(encoding="utf-8")
    figures = re.findall(r'<figure class="table" id="tbl-(.*?)">(.*?)</figure>', page, re.DOTALL)
    return {name: re.sub(r"\s+", " ", text) for name, text in figures}


def test_a_title_is_a_caption(tables: dict[str, str]) -> None:
    assert (
        "Légende. Faits par secteur. Données <em>fictives</em>, 2024–2025" in (tables["gt-complet"])
    )
    assert "Légende. Légende du Styler" in tables["st-multi"]
    head = tables["gt-complet"].partition("<thead>")[2].partition("</thead>")[0]
    assert "Faits par secteur" not in head
    assert '<th colspan="2" style="text-align: center;">Faits enregistrés</th>' in head


def test_groups_stubs_marks_and_notes_are_what_they_are(tables: dict[str, str]) -> None:
    table = tables["gt-complet"]
    for group in "AB":
        start = f'<tbody> <tr> <th colspan="6" style="text-align: left;"><strong>{group}</strong>'
        assert start in table
    assert "<tbody> </tbody>" not in table
    assert '<th style="text-align: left;">Nord</th>' in table
    assert "—<sup>1</sup></td>" in table
    foot = table.partition("<tfoot>")[2]
    assert "Source : <strong>données</strong>" in foot.replace("\u00a0", " ")
    assert "vérifiés &lt;50 exclus" in foot
    assert "<sup>1</sup> Deux mois manquent." in foot


def test_levels_of_an_index_span(tables: dict[str, str]) -> None:
    assert '<th rowspan="2">A</th>' in tables["st-multi"]
    assert not re.search(r"<th[^>]*>(\s|&nbsp;)*</th>", tables["st-multi"])
    assert '<th colspan="2" style="text-align: center;">P</th>' in tables["st-multi"]


def test_a_missing_figure_leaves_its_column_flush_right(tables: dict[str, str]) -> None:
    assert '<td style="text-align: right;">nan%</td>' in tables["st-gradient"]
    assert '<td style="text-align: right;">–</td>' in tables["st-multi"]


def test_colours_reach_screen_paper_and_word(book: Path, tables: dict[str, str]) -> None:
    assert "background-color: #9dcea8; color: #000000" in tables["gt-complet"]
    assert "background-color: #08306b; color: #f1f1f1" in tables["st-gradient"]
    assert (book / "livre.pdf").stat().st_size > 1000
    with zipfile.ZipFile(book / "livre.docx") as archive:
        body = archive.read("word/document.xml").decode()
    assert "actes-cell" not in body
    for colour in ("9dcea8", "e7634f", "d3d3d3", "a5d2af", "08306b", "ffff00"):
        assert f'w:fill="{colour}"' in body


@pytest.mark.parametrize(
    ("html", "said"),
    [
        ("<table><tr><td><svg><text>3</text></svg></td></tr></table>", "<svg>"),
        ('<table><tr><td><img src="data:image/png;base64,AAAA"></td></tr></table>', "image/png"),
    ],
)
def test_a_drawing_in_a_table_is_refused_by_name(tmp_path: Path, html: str, said: str) -> None:
    notebook = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    notebook["cells"][0]["outputs"][0]["data"]["text/html"] = html
    (tmp_path / "carnet.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    with pytest.raises(BookError) as told:
        render(_book(tmp_path, LABELS[:1]), tmp_path / "_book")
    (problem,) = told.value.problems
    assert said in problem.what
    assert "AAAA" not in problem.what
    assert problem.path == "index.qmd"


BARS = """<style>
#T_a_row0_col1 { width: 10em;
  background: linear-gradient(90deg, transparent 37.5%, #d65f5f 37.5%,
    #d65f5f 62.5%, transparent 62.5%); }
#T_a_row1_col1 { width: 10em;
  background: linear-gradient(90deg, navy 37.5%, transparent 37.5%) no-repeat center;
  background-size: 100% 50.0%; }
#T_a_row2_col1 { background: linear-gradient(90deg, red 10%, blue 90%); }
</style>
<table id="T_a"><thead><tr><th>Poste</th><th>Écart</th></tr></thead><tbody>
<tr><td>A</td><td id="T_a_row0_col1">2</td></tr>
<tr><td>B</td><td id="T_a_row1_col1">-3</td></tr>
<tr><td>C</td><td id="T_a_row2_col1">1</td></tr>
</tbody></table>
"""


def test_a_bar_is_drawn_behind_its_figure(tmp_path: Path) -> None:
    notebook = json.loads(NOTEBOOK.read_text(encoding="utf-8"))
    notebook["cells"][0]["outputs"][0]["data"]["text/html"] = BARS
    (tmp_path / "carnet.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    _book(tmp_path, LABELS[:1])
    with (tmp_path / "_quarto.yml").open("a", encoding="utf-8") as project:
        project.write("  epub: default\n")
    render(tmp_path, tmp_path / "_book")
    page = (tmp_path / "_book" / "index.html").read_text(encoding="utf-8")
    cells = dict.fromkeys(re.findall(r'<td [^>]*class="on-bar"[^>]*>[^<]*', page))
    assert [re.sub(r"\s+", " ", each) for each in cells] == [
        f'<td class="on-bar" style="text-align: right; --from: {bar};">{figure}'
        for bar, figure in (
            ("37.5%; --to: 62.5%; --bar: #d65f5f", 2),
            ("0%; --to: 37.5%; --bar: #000080", -3),
        )
    ]
    with zipfile.ZipFile(tmp_path / "_book" / "livre.epub") as archive:
        chapter = archive.read("book/chapter-001.xhtml").decode()
    assert "#ffffff 37.5%, #efbfbf 37.5%, #efbfbf 62.5%, #ffffff 62.5%); color: #000" in chapter
    assert (tmp_path / "_book" / "livre.pdf").read_bytes().count(b"/ShadingType") == 2
    with zipfile.ZipFile(tmp_path / "_book" / "livre.docx") as archive:
        assert "d65f5f" not in archive.read("word/document.xml").decode()

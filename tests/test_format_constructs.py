"""Constructs that few chapters use, in each format: parts of figures, listings, coloured cells."""

from __future__ import annotations

import re
import shutil
import subprocess
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from test_pdf import SVG, Pdf, chapter_of, pandoc_json, project

from actes.errors import ArticleError
from actes.files import fill
from actes.publish.articles import articles
from actes.publish.conversion import Converter
from actes.publish.docx import render_docx
from actes.publish.drawings import png_of
from actes.publish.epub import render_epub
from actes.publish.jats import render_article_jats
from actes.publish.neutral import NeutralChapter
from actes.publish.pdf import render_pdf

CHAPTER = """---
lang: fr
author:
- name: Marie Tremblay
abstract: Le résumé.
---
# Un chapitre {#sec-un number="1"}

::: {lang="en"}
**Abstract.** In other words.
:::

Voir la [Figure 1.1 (a)](#fig-a){.xref} et [Note 1.1](#nte-un){.xref}.

FLOATS

::: {#thm-un .theorem .thm number="1.1"}
[**Théorème 1.1** (Pythagore).]{.theorem-head} Le carré est $c^2$.
:::

::: {#nte-un .callout .note number="1.1" title="Note 1.1 : À noter" collapse=""}
Prudence, [Figure 1.1](#fig-a){.xref page="un.html"}.

![Dans un encadré.](courbe.svg){#fig-c number="1.2" label="Figure" alt="Vue c" data="c.csv"}

| Nom | Lien |
|:--|:--|
| **a** | [ici](#fig-a){page="un.html"}[^cellule] |

: Dans un encadré. {#tbl-c number="1.1" label="Tableau" data="c.csv"}

[^cellule]: Une note de cellule.
:::

Touche [Ctrl-C]{.kbd}.
"""


def _attr(identifier: str = "", *classes: str, **pairs: str) -> list[Any]:
    return [identifier, list(classes), [list(pair) for pair in pairs.items()]]


def _caption(text: str) -> list[Any]:
    return [None, [{"t": "Plain", "c": [{"t": "Str", "c": text}]}]]


def _part(identifier: str, caption: str) -> dict[str, Any]:
    image = {"t": "Image", "c": [_attr(alt=f"Vue {caption}"), [], ["courbe.svg", ""]]}
    content = [{"t": "Plain", "c": [image]}]
    return {"t": "Figure", "c": [_attr(identifier, part="a"), _caption(caption), content]}


def _div(content: list[Any], *classes: str, **pairs: str) -> dict[str, Any]:
    return {"t": "Div", "c": [_attr("", *classes, **pairs), content]}


def _floats() -> list[dict[str, Any]]:
    cells = [
        _div([_part(f"fig-{name}", f"({name}) Côté {name}")], "layout-cell", width="50")
        for name in "ab"
    ]
    layout = _div([_div(cells, "layout-row")], "layout")
    named = _attr("fig-deux", "subfloats", number="1.1", label="Figure")
    lines = {
        "t": "CodeBlock",
        "c": [_attr("", "python", "numberLines", startFrom="7"), "x = 1\ny = 2"],
    }
    listing = _attr("lst-calc", "listing", number="1.1", label="Extrait")
    return [
        {"t": "Figure", "c": [named, _caption("Deux courbes."), [layout]]},
        {"t": "Figure", "c": [listing, _caption("Un calcul."), [lines]]},
        _coloured_table(),
    ]


def _coloured_table() -> dict[str, Any]:
    table = next(
        block
        for block in pandoc_json("| Nom | Faits |\n|:--|--:|\n| **Nord** | 12 |\n")["blocks"]
        if block["t"] == "Table"
    )
    cell = table["c"][4][0][3][0][1][1]
    cell[0] = _attr("", background="#ffdd00", color="#102030")
    return table


@pytest.fixture(scope="module")
def chapters() -> list[NeutralChapter]:
    document = pandoc_json(CHAPTER)
    position = next(
        n for n, block in enumerate(document["blocks"])
        if block["t"] == "Para" and block["c"] == [{"t": "Str", "c": "FLOATS"}]
    )  # fmt: skip
    document["blocks"][position : position + 1] = _floats()
    document["meta"]["kind"] = {"t": "MetaString", "c": "chapter"}
    document["meta"]["number"] = {"t": "MetaString", "c": "1"}
    made = chapter_of("un", document, number="1")
    return [replace(made, files={"courbe.svg": SVG.encode()})]


@pytest.fixture
def build(chapters: list[NeutralChapter], tmp_path: Path) -> Path:
    fill(tmp_path, chapters[0].files)
    return tmp_path


def test_paper_shows_them(chapters: list[NeutralChapter], build: Path) -> None:
    file = render_pdf(project(build), chapters, build, build / "livre.pdf", converter=Converter())
    text = " ".join(Pdf(file).text.split())
    for said in (
        "(a) Côté a", "(b) Côté b", "Deux courbes.", "Extrait 1.1", "7x = 1", "8y = 2",
        "Théorème 1.1", "Note 1.1", "Ctrl-C",
    ):  # fmt: skip
        assert said in re.sub("[\u00a0\u202f]", " ", text)
    assert "Note — Note" not in text
    markup = (build / "main.typ").read_text(encoding="utf-8")
    assert 'fill: rgb("#ffdd00")' in markup
    assert 'ink: rgb("#102030")' in markup


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="pdftotext is not on this machine")
def test_nothing_is_set_into_the_margin_of_paper(tmp_path: Path) -> None:
    title = "Un titre de trois cents signes " * 11
    sum_of_all = " + ".join(f"x_{{{n}}}" for n in range(30))
    text = (
        f"# {title}\n\nUn mot {'x' * 180} et `{'dans_le_code_' * 14}`.\n\n"
        f"```\n{'une_ligne_de_code + ' * 12}\n```\n\n$${sum_of_all}$$\n"
    )
    one = chapter_of("long", pandoc_json(text))
    file = render_pdf(
        project(tmp_path, title=title), [one], tmp_path, tmp_path / "l.pdf", converter=Converter()
    )
    command = ["pdftotext", "-bbox", str(file), "-"]
    boxes = subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout
    sides = re.findall(r'<word xMin="([\d.-]+)" yMin="[\d.-]+" xMax="([\d.-]+)"', boxes)
    assert len(sides) > 100
    assert all(45 < float(left) < float(right) < 482 - 45 for left, right in sides)
    cover = re.sub(r"\s+", " ", boxes.split("<page ")[1])
    assert cover.count(">signes<") == 11


def test_a_book_reader_shows_them(chapters: list[NeutralChapter], build: Path) -> None:
    file = render_epub(project(build), chapters, build, build / "l.epub", converter=Converter())
    with zipfile.ZipFile(file) as archive:
        page = archive.read("book/chapter-001.xhtml").decode()
    assert "background-color: #ffdd00; color: #102030" in page
    assert re.search(r'<div class="layout-cell"[^>]*style="width: 48%"', page)
    assert "Extrait\u00a01.1" in page
    assert '<aside class="callout note" id="nte-un"' in page
    assert "Note 1.1 : À noter" in page
    assert "numberLines" not in page
    assert " data" not in page
    assert '<a href="chapter-001.xhtml#fig-a">ici</a>' in page
    assert "Tableau\u00a01.1" in page
    assert 'src="images/courbe.svg"' in page
    assert '<aside epub:type="footnote" role="doc-footnote" id="fn1">' in page


def test_a_reviewer_finds_them(chapters: list[NeutralChapter], build: Path) -> None:
    file = render_docx(project(build), chapters, build, build / "l.docx", converter=Converter())
    with zipfile.ZipFile(file) as archive:
        body = archive.read("word/document.xml").decode()
    coloured = re.search(r'<w:tc><w:tcPr>.*?<w:shd [^>]*w:fill="ffdd00"/></w:tcPr>.*?</w:tc>', body)
    assert coloured
    assert '<w:color w:val="102030"/>' in coloured[0]
    assert "actes-cell" not in body
    assert 'w:name="un--fig-a"' in body
    assert "Note 1.1 : À noter" in body
    assert body.count('descr="Vue (') == 2
    box = body[body.index('w:val="BoxTitle"') :].partition("</w:tc></w:tr></w:tbl><w:p>")[0]
    for held in ('descr="Vue c"', 'w:val="TableCaption"', "<w:tbl>", "Prudence"):
        assert held in box
    assert re.search(r'w:fill="F3F5F8"/></w:tcPr>\s*<w:p><w:pPr><w:pStyle w:val="BoxTitle"', body)


def test_an_archive_gets_them(chapters: list[NeutralChapter], tmp_path: Path) -> None:
    (article,) = articles(chapters)
    file = render_article_jats(
        project(tmp_path), article, tmp_path / "a.xml", converter=Converter()
    )
    text = file.read_text(encoding="utf-8")
    assert re.search(r'<trans-abstract xml:lang="en">\s*<p>In other words.</p>', text)
    assert '<fig-group id="fig-deux"><label>Figure\u00a01.1</label>' in text
    assert '<fig id="fig-a">' in text
    assert '<boxed-text id="lst-calc"><label>Extrait\u00a01.1</label>' in text
    assert '<statement id="thm-un">' in text


def test_a_drawing_that_is_none_is_named(tmp_path: Path) -> None:
    (tmp_path / "bon.svg").write_text(SVG, encoding="utf-8")
    (tmp_path / "faux.svg").write_text("<svg", encoding="utf-8")
    with pytest.raises(ArticleError) as told:
        png_of(["bon.svg", "faux.svg"], tmp_path)
    assert told.value.code == "A211"
    assert told.value.where == "faux.svg"

"""Titles and names that hold markup and French signs: their words, well set, in every format."""

from __future__ import annotations

import json
import re
import zipfile
from html import unescape
from pathlib import Path

import pytest
from test_pdf import Pdf

from actes.publish.pandoc import render

PROJECT = """\
project: {type: book}
lang: fr
license: {text: Licence libre, url: "https://exemple.ca/licence"}
actes: {articles: [pdf, docx, jats]}
book:
  title: "Vols & *fraudes* : H~2~O ?"
  subtitle: "Un *sous-titre* ; deux"
  author: Ève Roy
  date: 2026-03-15
  description: "Une *description* & [plus](https://exemple.ca/plus) : 5 %."
  output-file: livre
  page-footer: "Licence *libre* : oui !"
  chapters:
    - index.qmd
    - part: "La *mesure* : [début](https://exemple.ca/debut)"
      chapters: [un.qmd]
format: {html: default, typst: default, epub: default, docx: default}
"""
ARTICLE = """\
---
title: "Un *titre* & H~2~O : essai"
author:
  - name: "Jean Roy, Ph. D."
    note: "[Contrat](https://exemple.ca/contrat)"
  - name: Zoé Cyr
abstract: "Le *résumé* ; [lien](https://exemple.ca)."
---

Texte.

## Une *section* : deux

Texte « cité ».
"""
TITLE = "Vols & fraudes\u00a0: H2O\u202f?"
OWN_TITLE = "Un titre & H2O\u00a0: essai"


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("titres")
    (root / "_quarto.yml").write_text(PROJECT, encoding="utf-8")
    (root / "index.qmd").write_text("# Avant {.unnumbered}\n\nTexte.\n", encoding="utf-8")
    (root / "un.qmd").write_text(ARTICLE, encoding="utf-8")
    render(root, root / "_book")
    return root / "_book"


def _plain(markup: str) -> str:
    return unescape(re.sub("<[^>]+>", "", markup))


def _texts(book: Path) -> dict[str, str]:
    """The words that each file shows or tells a machine, by its name."""
    texts = {path.name: path.read_text(encoding="utf-8") for path in book.glob("*.html")}
    texts |= {path.name: path.read_text(encoding="utf-8") for path in book.rglob("*.xml")}
    texts["index"] = (book / "assets/search-index.js").read_text(encoding="utf-8")
    for path in [*book.rglob("*.docx"), *book.rglob("*.epub")]:
        with zipfile.ZipFile(path) as archive:
            for name in archive.namelist():
                if re.search(r"document\.xml|core\.xml|footer|\.xhtml|\.opf", name):
                    texts[f"{path.name}/{name}"] = archive.read(name).decode()
    return {name: _plain(text) for name, text in texts.items()}


def test_no_markup_is_left_in_a_title(book: Path) -> None:
    for name, text in _texts(book).items():
        assert not re.search(r"[*~]", text), name
    for path in book.rglob("*.pdf"):
        assert not re.search(r"[*~]", Pdf(path).text), path.name


def test_the_title_of_the_book_is_well_set_wherever_it_is(book: Path) -> None:
    texts = _texts(book)
    for name in ("index.html", "un.html", "un.xml", "livre.epub/book/package.opf"):
        assert TITLE in texts[name], name
    for name in ("livre.docx", "un.docx"):
        assert TITLE in texts[f"{name}/word/document.xml"], name
    assert TITLE in texts["livre.docx/docProps/core.xml"]
    assert "La mesure\u00a0: début" in texts["index.html"]
    assert "Un sous-titre\u202f; deux" in texts["index.html"]
    assert texts["un.html"].count("Licence libre\u00a0: oui\u202f!") == 1


def test_what_is_found_is_well_set(book: Path) -> None:
    script = (book / "assets/search-index.js").read_text(encoding="utf-8")
    entries = json.loads(script.partition(" = ")[2].rstrip().rstrip(";"))
    (section,) = (each for each in entries if each["href"].startswith("un.html#"))
    assert section["title"] == "1.1 Une section\u00a0: deux"
    assert section["text"] == "Texte «\u00a0cité\u00a0»."


def test_a_page_describes_itself_in_words(book: Path) -> None:
    page = (book / "un.html").read_text(encoding="utf-8")
    told = [
        (name, unescape(content))
        for name, content in re.findall(r'<meta name="([^"]*)" content="([^"]*)">', page)
    ]
    assert [content for name, content in told if name.startswith("citation_")] == [
        OWN_TITLE,
        "Jean Roy, Ph. D.",
        "Zoé Cyr",
        TITLE,
        "2026-03-15",
    ]
    front = (book / "index.html").read_text(encoding="utf-8")
    assert (
        '<meta name="description" content="Une description &amp; plus\u00a0: 5\u202f%.">' in front
    )
    assert f"<title>{OWN_TITLE} – {TITLE}</title>" in unescape(page)


def test_links_around_the_chapters_lead_out_of_the_printed_book(book: Path) -> None:
    whole, alone = ((book / name).read_bytes() for name in ("livre.pdf", "articles/un.pdf"))
    for place in ("licence", "plus", "debut", "contrat"):
        assert f"(https://exemple.ca/{place})".encode() in whole
    for place in ("licence", "contrat"):
        assert f"(https://exemple.ca/{place})".encode() in alone

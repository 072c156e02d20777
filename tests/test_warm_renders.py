"""What is remembered is never stale: after any edit, a render gives the bytes of a first render."""

from __future__ import annotations

import json
import shutil
from dataclasses import fields, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hostile_book import RESULT

from actes import provenance
from actes.publish import pandoc
from actes.publish.articles import Article
from actes.publish.brand import Brand
from actes.publish.conversion import Conversion, Converter
from actes.publish.memory import Memory
from actes.publish.neutral import NeutralChapter
from actes.publish.pandoc import render
from actes.publish.project import Project
from actes.publish.search import search_index

CURVE = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="90" height="60">'
    '<path stroke="red" d="M9 51 81 9"/></svg>'
)
STYLE = """<style xmlns="http://purl.org/net/xbiblio/csl" class="in-text" version="1.0">
<info><title>Court</title><id>court</id><updated>2026-01-01T00:00:00+00:00</updated></info>
<citation><layout prefix="(" suffix=")"><text variable="title"/></layout></citation>
<bibliography><layout><text variable="title"/></layout></bibliography></style>
"""
PROJECT = """\
project: {type: book}
lang: fr
profile: {default: court}
language: mots.yml
bibliography: r.bib
csl: court.csl
license: CC BY 4.0
crossref: {fig-title: Figure}
actes: {articles: [pdf, jats]}
book:
  title: Un livre
  author: Ève Roy
  date: 2026-03-15
  cover-image: couverture.svg
  page-footer: Pied
  chapters: [index.qmd, a/vols.qmd, b/vols.qmd, references.qmd]
format: {html: default, typst: default, epub: default}
"""
ARTICLE = """\
---
title: Les vols
author: {name: Zoé Cyr}
---

{{< include ../_inclus.md >}}

Le seuil est {{< var seuil >}}, la ville {{< meta ville >}}.

Voir @fig-p, @fig-n, @sec-suite et @sec-loin. Comme @roy2020. Un [fichier](../faits.csv).

![Une courbe.](../p.svg){#fig-p fig-alt="Elle monte."}

{{< embed ../n.ipynb#fig-n >}}

::: {.content-visible when-profile="long"}
Profil long.
:::
"""
OTHER = """\
---
keywords: [suite]
---

# La suite {#sec-suite}

## Plus loin {#sec-loin .unnumbered}

Texte.
"""


def _notebook(n_facts: int) -> str:
    columns = [{"name": "n", "title": "Faits", "format": "integer", "is_count": False}]
    result = {
        "kind": "figure", "name": "n", "caption": "c", "alt": "a",
        "data": {"columns": columns, "rows": [[n_facts]]},
    }  # fmt: skip
    output = {
        "output_type": "display_data", "metadata": {},
        "data": {"image/svg+xml": CURVE, RESULT: result},
    }  # fmt: skip
    cell = {
        "cell_type": "code", "id": "n", "metadata": {}, "execution_count": None,
        "source": '#| label: fig-n\n#| fig-cap: "Du carnet."\n#| fig-alt: "Elle monte."\nplot()',
        "outputs": [output],
    }  # fmt: skip
    return json.dumps({"cells": [cell], "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


FILES = {
    "_quarto.yml": PROJECT,
    "_quarto-long.yml": "keywords: [long]\n",
    "_quarto-court.yml": "keywords: [court]\n",
    "_brand.yml": 'color: {primary: "#0b3d2e"}\nlogo: {medium: logo.svg}\n',
    "_variables.yml": "seuil: dix\n",
    "a/_metadata.yml": "ville: Laval\n",
    "mots.yml": "fr:\n  callout-tip-title: Astuce\n",
    "index.qmd": "# Avant {.unnumbered}\n\n::: {.callout-tip}\nTexte.\n:::\n",
    "_inclus.md": "Texte inclus.\n",
    "a/vols.qmd": ARTICLE,
    "b/vols.qmd": OTHER,
    "references.qmd": "# Références {.unnumbered}\n\n::: {#refs}\n:::\n",
    "r.bib": "@book{roy2020, title={Compter}, author={Roy, J.}, year={2020}}\n",
    "court.csl": STYLE,
    "n.ipynb": _notebook(12),
    "faits.csv": "n\n1\n",
    **dict.fromkeys(("p.svg", "couverture.svg", "logo.svg"), CURVE),
}


def write(root: Path) -> Path:
    for name, text in FILES.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8", newline="\n")
    return root


def made(root: Path, memory: Path | None = None) -> dict[str, bytes]:
    book = root.parent / "book"
    render(root, book, memory=memory)
    return {
        path.relative_to(book).as_posix(): path.read_bytes()
        for path in sorted(book.rglob("*"))
        if path.is_file()
    }


# -- one thing is changed ------------------------------------------------------------------------

PAGE, PDF, EPUB = "a/vols.html", "Un-livre.pdf", "Un-livre.epub"
ARCHIVED = "articles/vols.xml"
EVERYWHERE = (PAGE, PDF, EPUB, "articles/vols.pdf", ARCHIVED)
# By name: what is replaced in which files, and what must then be made anew.
EDITS: dict[str, tuple[dict[str, tuple[str, str]], tuple[str, ...]]] = {
    "bytes that no text holds": (
        {"p.svg": ("51", "50"), "couverture.svg": ("51", "50"), "faits.csv": ("1", "2")},
        ("p.svg", "couverture.svg", "faits.csv", PDF, EPUB, "articles/vols.pdf"),
    ),
    "what is put in the text": (
        {
            "_variables.yml": ("dix", "onze"), "a/_metadata.yml": ("Laval", "Québec"),
            "_inclus.md": ("inclus", "compris"), "n.ipynb": ("[12]", "[13]"),
        },
        (*EVERYWHERE, "n_files/fig-n.csv", "assets/search-index.js"),
    ),
    "the bibliography": ({"r.bib": ("Compter", "Mesurer")}, EVERYWHERE),
    "the style of citations": ({"court.csl": ('prefix="("', 'prefix="["')}, EVERYWHERE),
    "a title elsewhere": (
        {"b/vols.qmd": ("Plus loin", "Après")},
        (*EVERYWHERE, "assets/previews.js", "assets/search-index.js"),
    ),
    "the order of chapters": (
        {"_quarto.yml": ("a/vols.qmd, b/vols.qmd", "b/vols.qmd, a/vols.qmd")},
        (*EVERYWHERE, "b/vols.html", "assets/search-index.js"),
    ),
    "the words of the book": (
        {"_quarto.yml": ("fig-title: Figure", "fig-title: Image"), "mots.yml": ("Astuce", "Truc")},
        ("index.html", *EVERYWHERE),
    ),
    "its profile and its brand": (
        {"_quarto.yml": ("default: court", "default: long"), "_brand.yml": ("0b3d2e", "003366")},
        ("assets/brand.css", *EVERYWHERE),
    ),
    # Two articles of one name are called by their folders, in the archive too.
    "the author of another chapter": (
        {"b/vols.qmd": ("keywords", "author: Luc Roy\nkeywords")}, ("articles/a-vols.xml",),
    ),
}  # fmt: skip


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, bytes]]:
    """The folder of a book and of the memory of its render, and what was made."""
    folder = tmp_path_factory.mktemp("first")
    return folder, made(write(folder / "source"), folder / "memory.sqlite")


@pytest.mark.parametrize("edit", EDITS)
def test_after_an_edit_the_book_is_that_of_a_first_render(
    edit: str, first: tuple[Path, dict[str, bytes]], tmp_path: Path
) -> None:
    changes, must_change = EDITS[edit]
    folder, before = first
    shutil.copy(folder / "memory.sqlite", tmp_path)
    # At the same place, as an author does: some conversions name the files that they read.
    root = write(folder / "source")
    for name, (old, new) in changes.items():
        text = (root / name).read_text(encoding="utf-8")
        assert old in text
        (root / name).write_text(text.replace(old, new), encoding="utf-8", newline="\n")
    warm = made(root, tmp_path / "memory.sqlite")
    assert {name for name in must_change if warm[name] == before.get(name)} == set()
    cold = made(root)
    assert warm.keys() == cold.keys()
    assert [name for name in cold if warm[name] != cold[name]] == []


# -- every part of a name counts -----------------------------------------------------------------

ASKED = Conversion("a", reader="markdown", writer="html5", steps=("html.lua",))
OTHERWISE: dict[str, Any] = {
    "text": "b",
    "reader": "json",
    "writer": "plain",
    "steps": (),
    "context": {"a": 1},
    "metadata": {"a": "b"},
    "template": "$body$",
    "variables": {"a": "b"},
    "reads": (Path(__file__),),
}


@pytest.mark.parametrize("part", [each.name for each in fields(Conversion)])
def test_a_conversion_is_named_by_each_of_its_parts(part: str) -> None:
    assert replace(ASKED, **{part: OTHERWISE[part]}).key() != ASKED.key()


@pytest.fixture
def other_engine(monkeypatch: pytest.MonkeyPatch) -> Any:
    return lambda: monkeypatch.setattr(provenance, "publishing_sha256", lambda: "other")


def test_another_engine_makes_everything_anew(other_engine: Any, alone: _Alone) -> None:
    conversion, article = ASKED.key(), alone.key()
    other_engine()
    assert ASKED.key() != conversion
    assert alone.key() != article


def test_every_file_of_the_engine_is_in_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = Path(pandoc.__file__).parent
    copy = tmp_path / "publish"
    shutil.copytree(ours, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(provenance, "_PACKAGE", tmp_path)
    name = provenance.publishing_sha256.__wrapped__
    before, files = name(), sorted(path for path in copy.rglob("*") if path.is_file())
    of_each_kind = {path.suffix: path for path in files}
    assert {".py", ".lua", ".css", ".js", ".html", ".typ", ".xml", ".opf"} <= of_each_kind.keys()
    for path in of_each_kind.values():
        content = path.read_bytes()
        path.write_bytes(content + b" ")
        assert name() != before, path.name
        path.write_bytes(content)
    assert name() == before


PAGES = [
    SimpleNamespace(
        href="a.html", number="1", plain_title="Un", abstract="<p>R</p>",
        body='<p>Avant</p><h2 id="s">Deux</h2><p>Texte</p>',
    )
]  # fmt: skip


@pytest.mark.parametrize("part", vars(PAGES[0]))
def test_what_is_searched_is_that_of_the_page_as_it_is(part: str, tmp_path: Path) -> None:
    path = tmp_path / "memory.sqlite"
    before = search_index(PAGES, Memory(path))
    changed = [SimpleNamespace(**vars(PAGES[0]) | {part: "<p>Autre</p>"})]
    warm = search_index(changed, Memory(path))
    assert warm == search_index(changed, Memory()) != before
    assert search_index(PAGES, Memory(path)) == before


class _Alone:
    """An article, and the name of its file."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.picture = folder, folder / "p.svg"
        self.picture.write_text(CURVE, encoding="utf-8")
        files = {"p.svg": self.picture}
        chapter = NeutralChapter("a/x", Path("a/x.qmd"), "chapter", "1", "T", "{}", files=files)
        self.article = Article("x", chapter, replace(chapter, kind="references"))
        self.project = Project(folder, "Un livre", ())

    def key(self, name: str = "pdf", *, article: Article | None = None, **changes: Any) -> str:
        project = replace(self.project, **changes)
        made = pandoc._Render(project, {}, self.folder, self.folder, Converter())
        return made._key(name, article or self.article)


@pytest.fixture
def alone(tmp_path: Path) -> _Alone:
    return _Alone(tmp_path)


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "Autre"},
        {"date": "15 mars 2026"},
        {"date_iso": "2026-03-15"},
        {"lang": "fr"},
        {"keywords": ("mot",)},
        {"words": {"references": "Sources"}},
        {"metadata": {"license": "CC0"}},
        {"metadata": {"citation": {"publisher": "P"}}},
        {"brand": Brand(primary="#003366")},
        {"root": Path("ailleurs")},
    ],
    ids=lambda each: next(iter(each)),
)
def test_an_article_is_named_by_its_book(alone: _Alone, changes: dict[str, Any]) -> None:
    is_same = "root" in changes  # where the book lies is no part of it
    assert (alone.key(**changes) == alone.key()) is is_same


@pytest.mark.parametrize(
    "changes",
    [
        {"title": "U"}, {"number": "2"}, {"lang": "fr"}, {"slug": "a/y"}, {"files": {}},
        {"document": "[]"},
    ],
    ids=lambda each: next(iter(each)),
)  # fmt: skip
def test_an_article_is_named_by_its_chapter(alone: _Alone, changes: dict[str, Any]) -> None:
    other = replace(alone.article, chapter=replace(alone.article.chapter, **changes))
    assert alone.key(article=other) != alone.key()


def test_an_article_is_named_by_the_bytes_of_its_pictures(alone: _Alone) -> None:
    before = alone.key()
    alone.picture.write_text(CURVE + " ", encoding="utf-8")
    assert alone.key() != before


def test_an_article_is_named_by_the_references_of_the_book(alone: _Alone) -> None:
    references = replace(alone.article.chapter, kind="references", document="[]")
    assert alone.key(article=replace(alone.article, references=references)) != alone.key()


def test_an_article_is_named_by_its_name_and_its_format(alone: _Alone) -> None:
    called = replace(alone.article, name="a-x")
    without = replace(alone.article, references=None)
    keys = {alone.key(), alone.key("jats"), alone.key(article=called), alone.key(article=without)}
    assert len(keys) == 4


@pytest.mark.parametrize("program", ["pandoc_version", "version"])
def test_an_article_is_named_by_the_programs_that_make_it(
    alone: _Alone, program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = alone.key()
    monkeypatch.setattr(pandoc, program, lambda *_of: "9.9")
    assert alone.key() != before

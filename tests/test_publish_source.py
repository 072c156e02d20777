"""Quarto's constructs, one small book each: what the reader gets."""

from __future__ import annotations

import base64
import json
import re
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from actes.publish import keys
from actes.publish.pandoc import render
from actes.publish.problems import BookError

if TYPE_CHECKING:
    from collections.abc import Callable

    Reader = Callable[..., str]

PROJECT = """\
project:
  type: book
lang: {lang}
book:
  title: "A small book"
  chapters:
    - index.qmd
    - one.qmd
"""
FRONT = "# Preface {.unnumbered}\n\nText.\n"
FIGURE = '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><path d="M0 0h9"/></svg>'
PIXEL = base64.b64encode(b"\x89PNG\r\n\x1a\n").decode()


def cell(source: str, **data: str) -> dict[str, object]:
    outputs = [{"output_type": "display_data", "metadata": {}, "data": data}] if data else []
    return {"cell_type": "code", "id": "x", "metadata": {}, "source": source, "outputs": outputs}


def notebook(*cells: dict[str, object]) -> str:
    return json.dumps({"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5})


@pytest.fixture
def read(tmp_path: Path) -> Reader:
    """Render a book of two pages, and give the text of one."""

    def render_and_read(
        one: str,
        *,
        lang: str = "en",
        page: str = "one.html",
        markup: bool = False,
        project: str = "",
        files: dict[str, str] | None = None,
    ) -> str:
        root = tmp_path / "book"
        named = {
            "_quarto.yml": PROJECT.format(lang=lang) + project,
            "index.qmd": FRONT,
            "one.qmd": one,
            **(files or {}),
        }
        for name, text in named.items():
            (root / name).parent.mkdir(parents=True, exist_ok=True)
            (root / name).write_text(text, encoding="utf-8")
        render(root, tmp_path / "out", formats=("html",))
        source = (tmp_path / "out" / page).read_text(encoding="utf-8")
        source = source[source.index("<main") : source.index("</main>")]
        source = re.sub(r'<a class="anchor".*?</a>', "", source)
        if markup:
            return source
        return " ".join(
            unescape(re.sub(r"<[^>]+>", "", source))
            .replace("\u00a0", "~")
            .replace("\u202f", "^")
            .split()
        )

    return render_and_read


def test_an_english_book_speaks_english(read: Reader) -> None:
    text = read(
        '# One {#sec-one}\n\nSee @fig-a, @sec-two and @sec-one; why? "Quoted".\n\n'
        "![A square.](a.svg){#fig-a}\n\n## Two {#sec-two}\n\nText.\n",
        files={"a.svg": FIGURE},
    )
    assert "See Figure~1.1, Section~1.1 and Chapter~1; why? “Quoted”." in text
    assert "Figure~1.1: A square." in text


def test_the_project_chooses_the_words_of_references(read: Reader) -> None:
    text = read(
        "# One\n\nSee @fig-a. @Fig-a shows it.\n\n![A square.](a.svg){#fig-a}\n",
        project="crossref:\n  fig-prefix: fig.\n  fig-title: Plate\n",
        files={"a.svg": FIGURE},
    )
    assert "See fig.~1.1. Fig.~1.1 shows it." in text
    assert "Plate~1.1: A square." in text


def test_unnumbered_sections_are_called_by_their_title(read: Reader) -> None:
    text = read("# One\n\nSee @sec-b.\n\n## A\n\n## B {.unnumbered #sec-b}\n\n### C\n\n## D\n")
    assert "See B." in text
    assert "1.1 A B C 1.2 D" in text


def test_sections_are_numbered_to_the_depth_asked_for(read: Reader) -> None:
    text = read("# One\n\n## A\n\n### B\n", project="number-depth: 2\n")
    assert "1.1 A B" in text


def test_meta_goes_anywhere_in_text_but_include_stays_in_code(read: Reader) -> None:
    text = read(
        "---\ntitle: About {{< meta topic >}}\ntopic: theft\nodds: a|b\n---\n\n"
        "| A | B |\n|---|---|\n| {{< meta odds >}} | {{< meta topic >}} |\n\n"
        ": Of {{< meta topic >}}.\n\n"
        "`{{< meta topic >}}` `{{{< meta topic >}}}`\n\n"
        "```\n{{< include x.md >}} {{< meta topic >}}\n```\n\n"
        '```{.markdown shortcodes="false"}\n{{< meta topic >}}\n```\n\n'
        "<!-- {{< meta nothing >}}\n{{< nothing >}} -->\n"
    )
    assert "About theft" in text
    assert "a|b theft" in text
    assert "Of theft." in text
    assert "theft {{< meta topic >}} {{< include x.md >}} theft {{< meta topic >}}" in text
    assert "nothing" not in text


def test_nearer_metadata_win(read: Reader) -> None:
    text = read(
        "# One\n\nText.\n",
        page="a/b/two.html",
        project="    - a/b/two.qmd\nx: project\ny: project\nz: project\n",
        files={
            "a/_metadata.yml": "y: directory\nz: directory\n",
            "a/b/two.qmd": "---\ntitle: Two\nz: document\n---\n\n"
            "{{< meta x >}} {{< meta y >}} {{< meta z >}}\n",
        },
    )
    assert "project directory document" in text


def test_includes_keep_their_own_lines(read: Reader, tmp_path: Path) -> None:
    with pytest.raises(BookError) as caught:
        read("# One\n\n{{< include _part.md >}}\n", files={"_part.md": "Text.\n\nSee @fig-no.\n"})
    assert "_part.md" in caught.value.where
    assert "3" in caught.value.where


def test_the_same_result_embedded_twice_is_numbered_in_each_chapter(read: Reader) -> None:
    source = notebook(
        cell('#| label: fig-s\n#| fig-cap: "S."\nplot()', **{"image/svg+xml": FIGURE})
    )
    text = read(
        "# One\n\nSee @fig-s.\n\n{{< embed s.ipynb#fig-s >}}\n",
        page="two.html",
        project="    - two.qmd\n",
        files={
            "s.ipynb": source,
            "two.qmd": "# Two\n\nSee @fig-s.\n\n{{< embed s.ipynb#fig-s >}}\n",
        },
    )
    assert "See Figure~2.1." in text
    assert "Figure~2.1: S." in text


def test_a_png_output_is_a_file_beside_the_page(read: Reader, tmp_path: Path) -> None:
    source = notebook(cell('#| label: fig-s\n#| fig-cap: "S."\nplot()', **{"image/png": PIXEL}))
    markup = read("# One\n\n{{< embed s.ipynb#fig-s >}}\n", markup=True, files={"s.ipynb": source})
    assert 'src="s_files/fig-s.png"' in markup
    assert (tmp_path / "out" / "s_files" / "fig-s.png").read_bytes() == b"\x89PNG\r\n\x1a\n"


def test_figures_of_an_html_table_are_set_right(read: Reader) -> None:
    head = "<thead><tr><th>a</th><th>n</th></tr></thead>"
    html = f"<table>{head}<tr><td>x</td><td>1 200</td></tr></table>"
    source = notebook(cell('#| label: tbl-s\n#| tbl-cap: "S."\nframe', **{"text/html": html}))
    markup = read("# One\n\n{{< embed s.ipynb#tbl-s >}}\n", markup=True, files={"s.ipynb": source})
    assert '<td style="text-align: right;">1 200</td>' in markup
    assert "<td>x</td>" in markup


def test_code_that_is_not_to_be_run_is_shown(read: Reader) -> None:
    text = read(
        "# One\n\n```{python}\n#| eval: false\nf(1)\n```\n\n```{{python}}\nf(2)\n```\n\n"
        "```{python}\n#| eval: false\n#| echo: false\nf(3)\n```\n"
    )
    assert "f(1) ```{python} f(2) ```" in text
    assert "f(3)" not in text
    assert "eval" not in text


def test_html_that_has_an_equivalent_is_kept(read: Reader) -> None:
    markup = read(
        "# One\n\nCO<sub>2</sub> <kbd>Ctrl</kbd> a<br>b `<b id='raw'>x</b>`{=html} <!-- no -->\n\n"
        "<table><tr><td>cell</td></tr></table>\n",
        markup=True,
    )
    assert "CO<sub>2</sub> <kbd>Ctrl</kbd> a<br />" in markup
    assert "<b id='raw'>x</b>" in markup
    assert "<td>cell</td>" in markup
    assert "no -->" not in markup


def test_a_book_that_cites_without_a_page_for_references_gets_one(read: Reader) -> None:
    text = read(
        "# One\n\n@key says so. See @sec-x [@key, p. 3].\n\n## X {#sec-x}\n",
        page="references.html",
        project="bibliography: r.bib\n",
        files={"r.bib": "@book{key, author = {Doe, Jane}, title = {A Title}, year = 2001}\n"},
    )
    assert "References" in text
    assert "Doe, Jane. 2001. A Title." in text


def test_a_reference_before_a_citation_loses_neither(read: Reader) -> None:
    text = read(
        "# One\n\nSee @sec-x [@key, p. 3].\n\n## X {#sec-x}\n",
        project="bibliography: r.bib\n",
        files={"r.bib": "@book{key, author = {Doe, Jane}, title = {A Title}, year = 2001}\n"},
    )
    assert "See Section~1.1 (Doe 2001, 3)." in text


def test_years_are_told_apart_over_the_whole_book(read: Reader) -> None:
    text = read(
        "# One\n\n@a says so.\n",
        project="    - two.qmd\nbibliography: r.bib\n",
        files={
            "two.qmd": "# Two\n\n@b says so.\n",
            "r.bib": "@book{a, author = {Doe, Jane}, title = {A}, year = 2001}\n"
            "@book{b, author = {Doe, Jane}, title = {B}, year = 2001}\n",
        },
    )
    assert "Doe (2001a) says so." in text


def test_markdown_names_keep_their_markup(read: Reader) -> None:
    markup = read("# *One* `x` {#sec-x}\n\nText.\n", markup=True)
    assert '<span class="chapter-title"><em>One</em> <code>x</code></span>' in markup


def test_thousands_and_signs_in_french(read: Reader) -> None:
    text = read(
        "# Un\n\nEn 2025 412 faits, puis 12 480 faits ; vraiment ? `a ; b` 10:30\n", lang="fr"
    )
    assert "En 2025 412 faits, puis 12^480 faits^; vraiment^? a ; b 10:30" in text


def test_every_ignored_key_is_named_in_the_documentation() -> None:
    documentation = (Path(__file__).parents[1] / "docs" / "moteur.md").read_text(encoding="utf-8")
    unnamed = [key for key in keys.BOOK_IGNORED | keys.BOOK_REFUSED if key not in documentation]
    assert not unnamed

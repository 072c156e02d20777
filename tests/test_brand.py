"""A house's colours, words and profiles, as a reader of its book meets them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from actes.publish.brand import Brand, brand_css
from actes.publish.colours import contrast, mixed, read_colour, readable_on
from actes.publish.pandoc import render
from actes.publish.problems import BookError

PROJECT = """\
project:
  type: book
lang: fr
book:
  title: Un livre
  chapters:
    - index.qmd
{more}
"""
LOGO = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 0h9"/></svg>\n'


@pytest.fixture
def pages(tmp_path: Path):  # type: ignore[no-untyped-def]
    def make(more: str = "    - un.qmd\n", **files: str) -> Path:
        given = {
            "index.qmd": "# Accueil {.unnumbered}\n\nTexte.\n",
            "un.qmd": "# Un {#sec-un}\n\nTexte.\n",
            **{name.replace("__", "."): text for name, text in files.items()},
        }
        (tmp_path / "_quarto.yml").write_text(PROJECT.format(more=more), encoding="utf-8")
        for name, text in given.items():
            (tmp_path / name).write_text(text, encoding="utf-8", newline="\n")
        render(tmp_path, tmp_path / "_book", formats=("html",))
        return tmp_path / "_book"

    return make


def test_colours_are_read_and_compared() -> None:
    assert read_colour("rgb(255, 0, 0)") == read_colour("#F00") == read_colour("red") == "#ff0000"
    assert read_colour("rgba(0,0,0,.2)") is None
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)
    assert mixed("#000000", "#ffffff", 0.5) == "#808080"
    assert readable_on("#ffd700") == "#000000"


@pytest.mark.parametrize("primary", ["#0b3d2e", "#003366", "#7a1f2b", "#000000"])
def test_an_accent_reads_on_light_and_dark_pages(primary: str) -> None:
    night = re.search(r'dark"\] \{ --accent: (#\w+)', brand_css(Brand(primary=primary)))
    assert night
    assert contrast(night[1], "#181613") >= 4.5


def test_the_brand_is_on_the_pages(pages) -> None:  # type: ignore[no-untyped-def]
    brand = """\
color:
  palette:
    sapin: "#0b3d2e"
    encre: "#101820"
  foreground: encre
  background: "#ffffff"
  primary: sapin
logo:
  medium: logo.svg
typography:
  base: Charter
"""
    book = pages(_brand__yml=brand, logo__svg=LOGO)
    css = (book / "assets/brand.css").read_text(encoding="utf-8")
    assert "--paper: #ffffff; --ink: #101820;" in css
    assert ":root { --accent: #0b3d2e; }" in css
    assert 'body { font-family: "Charter", Georgia, serif; }' in css
    page = (book / "un.html").read_text(encoding="utf-8")
    assert 'href="assets/brand.css"' in page
    assert '<img class="logo" src="logo.svg"' in page
    assert (book / "logo.svg").read_text(encoding="utf-8") == LOGO


def test_a_part_may_have_a_page_of_its_own(pages) -> None:  # type: ignore[no-untyped-def]
    more = "    - part: partie.qmd\n      chapters:\n        - un.qmd\n"
    book = pages(more, partie__qmd="# Une partie {#sec-partie}\n\nSon texte, avant le @sec-un.\n")
    part = (book / "partie.html").read_text(encoding="utf-8")
    assert "Son texte" in part
    assert 'class="xref">Chapitre\u00a01</a>' in part
    assert "chapter-number" not in part
    chapter = (book / "un.html").read_text(encoding="utf-8")
    assert '<p class="part-title" id="part-2"><a href="partie.html">Une partie</a></p>' in chapter
    assert '<li><a href="partie.html">Une partie</a></li>' in chapter  # the breadcrumb


def test_profiles_are_laid_over_the_project(
    pages,
    monkeypatch: pytest.MonkeyPatch,  # type: ignore[no-untyped-def]
) -> None:
    monkeypatch.setenv("QUARTO_PROFILE", "ministere,public")
    text = (
        '# Un {#sec-un}\n\n::: {.content-visible when-profile="public"}\nPour tous.\n:::\n\n'
        '::: {.content-hidden when-profile="ministere"}\nAilleurs.\n:::\n'
    )
    book = pages(
        un__qmd=text,
        **{
            "_quarto-ministere__yml": "book:\n  title: Du ministère\n",
            "_quarto-public__yml": "book:\n  title: Du public\n  subtitle: Pour tous\n",
        },
    )
    page = (book / "un.html").read_text(encoding="utf-8")
    assert "<title>Un – Du ministère</title>" in page
    assert 'class="sidebar-subtitle">Pour tous' in page
    assert "<p>Pour tous.</p>" in page
    assert "Ailleurs" not in page


def test_words_may_be_chosen(pages) -> None:  # type: ignore[no-untyped-def]
    text = '# Un\n\n```{#lst-a .python lst-cap="Un."}\nx = 1\n```\n\n::: {.callout-tip}\nA\n:::\n'
    more = (
        "    - un.qmd\n\nlanguage:\n  callout-tip-title: Astuce\n  fr:\n"
        "    toc-title-document: Au menu\n\ncrossref:\n  lst-title: Code\n  title-delim: '.'\n"
    )
    page = (pages(more, un__qmd=text) / "un.html").read_text(encoding="utf-8")
    assert "<span>Astuce</span>" in page
    assert "Code\u00a01.1." in page


@pytest.mark.parametrize(
    ("theme", "is_dark"),
    [("darkly", True), ("cosmo", False), ("\n      dark: darkly\n      light: cosmo", True),
     ("\n      light: cosmo\n      dark: darkly", False), ("[cosmo, brand]", False)],
)  # fmt: skip
def test_a_dark_theme_opens_dark(pages, theme: str, is_dark: bool) -> None:  # type: ignore[no-untyped-def]
    book = pages(f"    - un.qmd\n\nformat:\n  html:\n    theme: {theme}\n")
    page = (book / "index.html").read_text(encoding="utf-8")
    assert ('data-start="dark"' in page) is is_dark


def test_a_style_sheet_is_laid_over_ours(pages) -> None:  # type: ignore[no-untyped-def]
    more = "    - un.qmd\n\nformat:\n  html:\n    theme: [cosmo, un.css]\n    css: deux.css\n"
    book = pages(more, un__css="h1 { color: navy; }\n", deux__css="a { color: teal; }\n")
    page = (book / "un.html").read_text(encoding="utf-8")
    ours, first, second = (
        page.index(f'href="{each}.css"') for each in ("assets/book", "un", "deux")
    )
    assert ours < first < second
    assert (book / "deux.css").read_text(encoding="utf-8") == "a { color: teal; }\n"


@pytest.mark.parametrize(
    ("html", "document", "sheet", "place", "said"),
    [
        ("css: a.css", "", "h1 {}\n@import 'b.css';\n", ("a.css", 2), "@import"),
        ("css: a.css", "", "h1 { background: url(x.png) }\n", ("a.css", 1), "url("),
        ("css: absente.css", "", "", ("_quarto.yml", 12), "absente.css"),
        ("theme: [cosmo, a.scss]", "", "", ("_quarto.yml", 12), "a.scss"),
        ("code-tools: true", "", "", ("_quarto.yml", 12), "code-tools"),
        ("toc: true", "code-tools: true", "", ("un.qmd", 2), "code-tools"),
        ("toc: true", "format:\n  html:\n    code-tools: true", "", ("un.qmd", 4), "code-tools"),
        ("toc: true", "css: a.css", "", ("un.qmd", 2), "css"),
    ],
)
def test_what_pages_would_not_follow_is_refused_with_its_place(  # noqa: PLR0917  # type: ignore[no-untyped-def]
    pages, html: str, document: str, sheet: str, place: tuple[str, int], said: str
) -> None:
    more = f"    - un.qmd\n\nformat:\n  html:\n    {html}\n"
    with pytest.raises(BookError) as told:
        pages(more, a__css=sheet, a__scss="", un__qmd=f"---\n{document}\n---\n\n# Un\n")
    (problem,) = told.value.problems
    assert (problem.path, problem.line) == place
    assert said in problem.what


@pytest.mark.parametrize("document", ["", "code-copy: false\n"])
@pytest.mark.parametrize("html", ["toc: true", "code-copy: false", "code-tools: false"])
def test_the_button_that_copies_may_be_left_out(pages, html: str, document: str) -> None:  # type: ignore[no-untyped-def]
    more = f"    - un.qmd\n\nformat:\n  html:\n    {html}\n"
    book = pages(more, un__qmd=f"---\n{document}---\n\n# Un\n\n```python\nx = 1\n```\n")
    page = (book / "un.html").read_text(encoding="utf-8")
    assert ("no-copy" in page) is ("code-copy" in html + document)

"""What an author may write by accident is said with its place, and never lost without a word."""

from __future__ import annotations

import base64
import json
from pathlib import Path
from typing import Any

import pytest

from actes.errors import ArticleError, place
from actes.publish.pandoc import render
from actes.publish.problems import BookError
from actes.publish.terminal import as_seen

PROJECT = """\
project:
  type: book
lang: fr
{top}book:
  title: Essai
  chapters: [index.qmd, {name}]
"""
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 40"><path d="M0 9h90"/></svg>'


@pytest.fixture(autouse=True)
def _in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACTES_LANG", "en")


def page(root: Path, text: str | None = None, *cells: Any, top: str = "", **files: bytes) -> str:
    """Render one chapter, of a text or of the cells of a notebook."""
    name = "n.ipynb" if text is None else "a.qmd"
    notebook = {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    written = {
        "_quarto.yml": PROJECT.format(top=top, name=name),
        "index.qmd": "# Accueil {.unnumbered}\n\nTexte.\n",
        "p.svg": SVG,
        name: json.dumps(notebook) if text is None else text,
    }
    for path, content in written.items():
        (root / path).write_text(content, encoding="utf-8")
    for path, raw in files.items():
        (root / path.replace("_", ".")).write_bytes(raw)
    render(root, root / "_book", formats=("html",))
    made = root / "_book" / Path(name).with_suffix(".html")
    return made.read_text(encoding="utf-8").partition('<article class="body">')[2]


def refused(root: Path, *what: Any, **more: Any) -> list[tuple[str, str]]:
    with pytest.raises(BookError) as caught:
        page(root, *what, **more)
    return [(each.code, each.where) for each in caught.value.problems]


def code(source: str, *outputs: dict[str, Any], **metadata: Any) -> dict[str, Any]:
    return {
        "cell_type": "code", "id": "c", "metadata": metadata, "execution_count": 1,
        "source": source, "outputs": list(outputs),
    }  # fmt: skip


def text_cell(source: str, kind: str = "markdown", **metadata: Any) -> dict[str, Any]:
    return {"cell_type": kind, "id": "t", "metadata": metadata, "source": source}


def said(text: str) -> dict[str, Any]:
    return {"output_type": "stream", "name": "stdout", "text": text}


def shown(**forms: Any) -> dict[str, Any]:
    data = {name.replace("_", "/", 1): form for name, form in forms.items()}
    return {"output_type": "display_data", "metadata": {}, "data": data}


TITLE = text_cell("# Un carnet")


# -- words that the engine keeps for itself -----------------------------------------------------


@pytest.mark.parametrize(
    "written",
    [
        "::: {.callout}\nTexte.\n:::",
        "::: {.callout .note}\nTexte.\n:::",
        "::: {.tab}\nTexte.\n:::",
        "::: {.layout-cell}\nTexte.\n:::",
        "::: {.code-fold}\nTexte.\n:::",
        "::: {.pagebreak}\nTexte.\n:::",
        "[Texte](https://example.org){.xref}",
        "[Texte]{.citation .equation number=7}",
    ],
)
def test_a_class_of_ours_is_only_a_class(written: str, tmp_path: Path) -> None:
    made = page(tmp_path, f"# A\n\n{written}\n")
    assert "Texte" in made
    assert "number" not in made.partition("</article>")[0].partition("</header>")[2]


# -- places -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("written", "code", "line"),
    [
        ("Chap.\n\n![Une image](p)", "A130", 5),
        ("Texte.\n::: {.aside}\nMarge.\n:::", "A133", 4),
        ("\\newcommand{\\a}{b}\n\nUn.\n\n$\\a + \\nimporte{x}$", "A132", 0),
        ("Dans C:\\Utilisateurs.", "A130", 3),
        ("{{< embed >}}", "A113", 3),
        ("{{< embed a.qmd#x >}}", "A130", 3),
        ("{{< meta\ntitle >}}", "A133", 3),
        ("![Fausse](f.png)", "A142", 3),
    ],
)
def test_a_fault_has_its_line(written: str, code: str, line: int, tmp_path: Path) -> None:
    found = refused(tmp_path, f"# A\n\n{written}\n", f_png=b"rien")
    assert found == [(code, place("a.qmd", line=line or None))]


@pytest.mark.parametrize("value", ["[a, b]", "{a: b}"])
def test_a_text_of_the_front_matter_is_a_text(value: str, tmp_path: Path) -> None:
    (only,) = refused(tmp_path, f"---\ntitle: T\nabstract: {value}\n---\n\nTexte.\n")
    assert only[0] == "A144"
    assert "line 3" in only[1]


def test_an_empty_title_is_none(tmp_path: Path) -> None:
    (only,) = refused(tmp_path, "---\ntitle: ''\n---\n\nTexte.\n")
    assert only[0] == "A126"


def test_an_included_file_has_no_front_matter(tmp_path: Path) -> None:
    (tmp_path / "_i.qmd").write_text("---\ntitle: Autre\n---\n\nTexte.\n", encoding="utf-8")
    found = refused(tmp_path, "# A\n\n{{< include _i.qmd >}}\n")
    assert found == [("A130", place("_i.qmd", line=1))]


def test_a_notebook_that_embeds_itself_is_said(tmp_path: Path) -> None:
    found = refused(tmp_path, None, text_cell("# A\n\n{{< embed n.ipynb >}}"))
    assert [code for code, _where in found] == ["A114"]


# -- keys ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "key",
    ["crossref: {fig-title: F}", "nocite: '@a'", "dir: rtl", "citeproc: false", "funding: X",
     "suppress-bibliography: true", "header-includes: x", "output-file: x"],
)  # fmt: skip
def test_a_key_of_a_document_is_not_dropped(key: str, tmp_path: Path) -> None:
    found = refused(tmp_path, f"---\ntitle: A\n{key}\n---\n\nTexte.\n")
    assert found == [("A106", place("a.qmd", line=3, key=key.partition(":")[0]))]


def test_a_key_of_a_directory_is_not_dropped(tmp_path: Path) -> None:
    (tmp_path / "_metadata.yml").write_text("ville: Laval\nfilters: [x]\n", encoding="utf-8")
    found = refused(tmp_path, "# A\n\nTexte.\n")
    assert found == [("A106", place("_metadata.yml", line=2, key="filters"))]


@pytest.mark.parametrize(
    "key", ["dir: rtl", "citeproc: false", "comments: {hypothesis: true}", "crossref: false"]
)
def test_a_key_of_the_project_is_not_dropped(key: str, tmp_path: Path) -> None:
    found = refused(tmp_path, "# A\n", top=f"{key}\n")
    assert found == [("A106", place("_quarto.yml", line=4, key=key.partition(":")[0]))]


@pytest.mark.parametrize("key", ["dir: ltr", "filters: []", "comments: false", "citeproc: true"])
def test_a_key_that_asks_for_nothing_is_accepted(key: str, tmp_path: Path) -> None:
    assert page(tmp_path, "# A\n\nTexte.\n", top=f"{key}\n")


def test_a_language_file_that_is_not_there_is_said(tmp_path: Path) -> None:
    found = refused(tmp_path, "# A\n", top="language: absent.yml\n")
    assert found == [("A108", place("_quarto.yml", line=4, key="language"))]


@pytest.mark.parametrize(
    "name", ["a.qmd", "_i.md", "_variables.yml", "_brand.yml", "_metadata.yml"]
)
def test_a_text_in_another_encoding_is_said(name: str, tmp_path: Path) -> None:
    text = "# A\n\n{{< include _i.md >}} {{< var v >}}\n".replace("}} {{", "}}\n\n{{")
    (tmp_path / "_i.md").write_text("Texte.\n", encoding="utf-8")
    (tmp_path / "_variables.yml").write_text("v: 1\n", encoding="utf-8")
    page(tmp_path, text)
    (tmp_path / name).write_bytes("nom: été\n".encode("latin-1"))
    with pytest.raises(ArticleError) as caught:
        render(tmp_path, tmp_path / "_book", formats=("html",))
    assert (caught.value.code, caught.value.where) == ("A143", name)


def test_affiliations_named_by_their_id_are_found(tmp_path: Path) -> None:
    head = (
        "author: {name: Ana, affiliations: {ref: u}}\naffiliations: {id: u, name: Université U}\n"
    )
    page(tmp_path, f"---\ntitle: A\n{head}---\n\nTexte.\n")
    assert "Université U" in (tmp_path / "_book" / "a.html").read_text(encoding="utf-8")


# -- notebooks ----------------------------------------------------------------------------------


def test_nothing_of_a_first_cell_is_lost(tmp_path: Path) -> None:
    made = page(tmp_path, None, text_cell("---\ntitle: Titre\n---\n\nLa suite.", "raw"))
    assert "La suite." in made


def test_raw_cells_are_read_as_what_they_are(tmp_path: Path) -> None:
    made = page(
        tmp_path, None, TITLE, text_cell("Du **gras**.", "raw"),
        text_cell("<p>En HTML.</p>", "raw", raw_mimetype="text/html"),
    )  # fmt: skip
    assert "<strong>gras</strong>" in made
    assert "<p>En HTML.</p>" in made
    latex = text_cell("\\vspace{1em}", "raw", raw_mimetype="text/latex")
    assert [each for each, _where in refused(tmp_path, None, TITLE, latex)] == ["A130"]


@pytest.mark.parametrize(
    ("tag", "lost"),
    [
        ("remove-cell", {"print(1)", "Sortie"}),
        ("hide-code", {"print(1)"}),
        ("remove-output", {"Sortie"}),
    ],
)
def test_tags_hide_what_quarto_hides(tag: str, lost: set[str], tmp_path: Path) -> None:
    cell = code("print(1)", said("Sortie\n"), tags=[tag])
    made = page(tmp_path, None, TITLE, cell).replace("</span>", "").replace("(</span>", "(")
    plain = "".join(part.partition(">")[2] or part for part in made.split("<"))
    assert {each for each in ("print(1)", "Sortie") if each not in plain} == lost


@pytest.mark.parametrize(
    "forms",
    [
        {"application_vnd.plotly.v1+json": {}, "text_html": "<b>x</b>"},
        {"application_vnd.vegalite.v5+json": {}, "text_plain": "alt.Chart(...)"},
        {"application_pdf": "JVBE"},
        {"text_latex": "\\begin{tabular}{l}x\\end{tabular}"},
    ],
)
def test_a_result_that_cannot_be_shown_is_refused(forms: dict[str, Any], tmp_path: Path) -> None:
    assert [each for each, _w in refused(tmp_path, None, TITLE, code("x", shown(**forms)))] == [
        "A130"
    ]


def test_the_name_of_an_object_in_memory_is_left_out(tmp_path: Path) -> None:
    result = {"output_type": "execute_result", "execution_count": 1, "metadata": {},
              "data": {"text/plain": "[<matplotlib.lines.Line2D at 0x7f00>]"}}  # fmt: skip
    assert "0x7f00" not in page(tmp_path, None, TITLE, code("x", result))


def test_captions_of_several_figures_are_kept(tmp_path: Path) -> None:
    picture = {"image_svg+xml": SVG}
    options = '#| fig-cap: ["La première.", "La seconde."]\n#| fig-alt: [A, B]\nx'
    made = page(tmp_path, None, TITLE, code(options, shown(**picture), shown(**picture)))
    assert "La première.</figcaption>" in made
    assert "La seconde.</figcaption>" in made


@pytest.mark.parametrize(
    "content",
    [
        {"cells": None},
        {"cells": [1, {"cell_type": "code", "source": "x", "outputs": None, "metadata": None}]},
        {"cells": [code("x", {"output_type": "display_data", "data": None}, {})], "metadata": None},
        {"cells": [code("x", shown(image_png="!"))]},
        {"cells": [code("x", shown(image_png=base64.b64encode(b"rien").decode()))]},
    ],
)
def test_a_broken_notebook_is_a_message(content: dict[str, Any], tmp_path: Path) -> None:
    page(tmp_path, None, TITLE)
    (tmp_path / "n.ipynb").write_text(json.dumps(content), encoding="utf-8")
    with pytest.raises(BookError):
        render(tmp_path, tmp_path / "_book", formats=("html",))


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("\x1b[31mrouge\x1b[0m", "rouge"),
        (" 10 %\r 50 %\r100 %\n", "100 %\n"),
        ("un\r\ndeux", "un\ndeux"),
        ("abc\b\bd", "ad"),
        ("\x1b]0;titre\x07texte\x00", "texte"),
    ],
)
def test_a_terminal_is_read_as_it_was_seen(written: str, seen: str) -> None:
    assert as_seen(written) == seen

"""What an author is told: the fault, its file and its line; and the former book stays."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from actes.errors import ActesError, ToolError
from actes.publish import pandoc
from actes.publish.pandoc import render
from actes.publish.problems import BookError

BOOKS = Path(__file__).parent / "workspaces"

# book (each named for its fault) → code, place, words that must be in the message
FAULTS = {
    "annotation-de-code": ("A130", "chapitre.qmd, line 4", "<1>"),
    "attribut-actif": ("A141", "chapitre.qmd, line 3", "onclick"),
    "balise-html": ("A130", "chapitre.qmd, line 5", "<iframe>"),
    "bibliographie-cassee": ("A124", "references.bib, line 3", "cannot be read"),
    "bloc-ouvert": ("A133", "chapitre.qmd, line 3", "never closed"),
    "carnet-absent": ("A115", "chapitre.qmd, line 3", "serie.ipynb"),
    "cellule-absente": ("A116", "chapitre.qmd, line 3", "fig-serie"),
    "cellule-en-erreur": ("A119", "chapitre.qmd, line 3", "fig-serie"),
    "cellule-sans-resultat": ("A118", "chapitre.qmd, line 3", "fig-serie"),
    "chapitre-absent": ("A108", "_quarto.yml, line 11", "oublie.qmd"),
    "chapitre-sans-titre": ("A126", "chapitre.qmd, line 1", "no title"),
    "citation-absente": ("A123", "chapitre.qmd, line 4", "@inconnu1999"),
    "cle-inconnue": ("A104", "_quarto.yml, line 8", "cover-alt"),
    "cle-refusee": ("A106", "_quarto.yml, line 8", "navbar"),
    "code-a-executer": ("A131", "chapitre.qmd, line 3", "embed"),
    "code-ojs": ("A131", "chapitre.qmd, line 3", "ojs"),
    "code-ouvert": ("A133", "chapitre.qmd, line 3", "```"),
    "diagramme": ("A130", "chapitre.qmd, line 3", "mermaid"),
    "entete-cassee": ("A101", "chapitre.qmd, line 3", "YAML"),
    "etiquette-ambigue": ("A122", "index.qmd, line 5", "chapitre.qmd, autre.qmd"),
    "etiquette-detachee": ("A133", "chapitre.qmd, line 3", "{#fig-x"),
    "etiquette-double": ("A120", "chapitre.qmd, line 7", "sec-x"),
    "format-brut": ("A130", "chapitre.qmd, line 3", "latex"),
    "format-non-rendu": ("A106", "_quarto.yml, line 14", "asciidoc"),
    "formule-fausse": ("A132", "chapitre.qmd, line 3", "frac"),
    "html-actif": ("A141", "chapitre.qmd, line 4", "could run code"),
    "image-absente": ("A125", "chapitre.qmd, line 3", "carte.png"),
    "image-active": ("A140", "chapitre.qmd, line 3", "script"),
    "image-distante": ("A128", "chapitre.qmd, line 3", "network"),
    "image-sans-texte": ("A127", "chapitre.qmd, line 3", "fig-alt"),
    "inclusion-absente": ("A114", "chapitre.qmd, line 3", "_rien.md"),
    "inclusion-en-cycle": ("A114", "_b.md, line 1", "includes itself"),
    "lien-actif": ("A141", "chapitre.qmd, line 3", "javascript:"),
    "lien-perdu": ("A125", "chapitre.qmd, line 3", "index.qmd#rien"),
    "marque-a-telecharger": ("A137", "_brand.yml, line 2", "Inter"),
    "marque-illisible": ("A135", "_brand.yml, line 5", "at least 4.5"),
    "marque-inconnue": ("A136", "_brand.yml, line 1", "colour"),
    "meta-absente": ("A111", "chapitre.qmd, line 3", "results.serie.hausse"),
    "mise-en-page": ("A130", "chapitre.qmd, line 3", "[[1,"),
    "mot-inconnu": ("A106", "_quarto.yml, line 13", "listing-page-title"),
    "note-absente": ("A133", "chapitre.qmd, line 3", "[^rien]"),
    "option-inconnue": ("A130", "serie.ipynb, cell 1, line 3", "fig-keep"),
    "prefixe-inconnu": ("A130", "chapitre.qmd, line 3", "alg-"),
    "profil-double": ("A138", "_quarto-court.yml, key book.chapters", "profiles only"),
    "profil-impossible": ("A139", "_quarto.yml, key profile", "../court"),
    "raccourci-inconnu": ("A130", "chapitre.qmd, line 3", "video"),
    "reference-perdue": ("A121", "chapitre.qmd, line 3", "@fig-absente"),
    "sortie-interactive": ("A130", "chapitre.qmd, line 3", "<script>"),
    "theme-inconnu": ("A134", "_quarto.yml, line 14", "cosmoo"),
    "variable-absente": ("A111", "chapitre.qmd, line 3", "_variables.yml"),
    "yaml-casse": ("A101", "_quarto.yml, line 8", "YAML"),
}


@pytest.fixture(autouse=True)
def _in_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACTES_LANG", "en")


@pytest.mark.parametrize("name", FAULTS)
def test_each_fault_is_said_with_its_place(name: str, tmp_path: Path) -> None:
    code, where, words = FAULTS[name]
    with pytest.raises(ActesError) as caught:
        render(BOOKS / f"book-{name}", tmp_path / "_book", formats=("html",))
    error = caught.value
    assert (error.code, error.exit_code) == (code, 2)
    assert error.where.startswith(where)
    assert words in str(error)
    assert "secret" not in str(error)
    assert not (tmp_path / "_book").exists()


def test_every_case_on_disk_is_tested() -> None:
    on_disk = {path.name.removeprefix("book-") for path in BOOKS.glob("book-*")}
    assert on_disk == {*FAULTS, "complet", "plusieurs-fautes"}


def test_all_the_faults_of_a_book_are_said_at_once(tmp_path: Path) -> None:
    with pytest.raises(BookError) as caught:
        render(BOOKS / "book-plusieurs-fautes", tmp_path / "_book")
    message = str(caught.value)
    assert message.startswith("[A111] there is no value named rien\n  where      index.qmd, line 5")
    assert "3 other problems:" in message
    for line in (
        "[A121] chapitre.qmd, line 3 : the reference @fig-a leads nowhere",
        "[A121] chapitre.qmd, line 3 : the reference @fig-b leads nowhere",
        "[A130] chapitre.qmd, line 5 : the embedded engine does not know the shortcode {{< video",
    ):
        assert line in message
    assert len(caught.value.problems) == 4


def test_a_fault_leaves_the_former_book(tmp_path: Path) -> None:
    former = tmp_path / "_book"
    former.mkdir()
    (former / "index.html").write_text("former", encoding="utf-8")
    with pytest.raises(BookError):
        render(BOOKS / "book-reference-perdue", former)
    assert (former / "index.html").read_text(encoding="utf-8") == "former"
    assert [path.name for path in tmp_path.iterdir()] == ["_book"]


def test_a_format_that_fails_leaves_the_former_book(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_arguments: object, **_options: object) -> Path:
        raise ToolError("T110", "no")

    former = tmp_path / "_book"
    former.mkdir()
    (former / "index.html").write_text("former", encoding="utf-8")
    monkeypatch.setattr(pandoc, "render_html", fail)
    with pytest.raises(ToolError):
        render(BOOKS / "book-complet", former, formats=("html",))
    assert (former / "index.html").read_text(encoding="utf-8") == "former"
    assert [path.name for path in tmp_path.iterdir()] == ["_book"]


def test_a_book_is_made_in_known_formats_only(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="typst"):
        render(BOOKS / "book-complet", tmp_path / "_book", formats=("typst",))
    assert list(tmp_path.iterdir()) == []


def test_a_new_book_replaces_the_former_one_whole(tmp_path: Path) -> None:
    source = tmp_path / "source"
    shutil.copytree(BOOKS / "book-complet", source)
    render(source, tmp_path / "_book", formats=("html",))
    assert (tmp_path / "_book" / "methode.html").exists()
    project = (source / "_quarto.yml").read_text(encoding="utf-8")
    (source / "_quarto.yml").write_text(
        project.replace("        - methode.md\n", ""), encoding="utf-8"
    )
    render(source, tmp_path / "_book", formats=("html",))
    assert not (tmp_path / "_book" / "methode.html").exists()


def test_a_directory_without_a_project(tmp_path: Path) -> None:
    with pytest.raises(ActesError) as caught:
        render(tmp_path, tmp_path / "_book")
    assert caught.value.code == "A100"

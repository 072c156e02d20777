"""Whatever goes wrong: one clear message, an exit code, and the former book as it was."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from conftest import Desk

CSV = "datasets/incidents/incidents.csv"
ARTICLE = "reports/bilan/index.qmd"
NOTEBOOK = "notebooks/compter.ipynb"


def without_a_month(desk: Desk) -> None:
    lines = (desk.root / CSV).read_text(encoding="utf-8").splitlines()
    kept = [line for line in lines if not line.startswith("2023,5,02,Vols")]
    (desk.root / CSV).write_text("\n".join(kept) + "\n", encoding="utf-8")


def edits(path: str, old: str, new: str):
    return lambda desk: desk.edit(path, old, new)


def publishes_an_address(desk: Desk) -> None:
    desk.edit(
        NOTEBOOK, 'caption=f\\"{choix.genre} par', 'caption=f\\"jean@exemple.ca {choix.genre} par'
    )


DESCRIPTOR = "datasets/incidents/dataset.yml"
FAULTS = {
    "a missing month": (without_a_month, 1, "V102", "12"),
    "a negative count": (edits(CSV, "2023,5,02,Vols,", "2023,5,02,Vols,-"), 1, "V102", "nombre"),
    "an unknown station": (edits(CSV, "2023,5,02,Vols", "2023,5,2B,Vols"), 1, "V102", "secteur"),
    "an unreadable count": (edits(CSV, "2023,5,02,Vols,", "2023,5,02,Vols,x"), 1, "D", "nombre"),
    "a mistyped parameter": (edits(ARTICLE, "genre:", "genr:"), 2, "P001", "genre"),
    "a wrong type": (edits(ARTICLE, "genre: Vols", "annee: hier"), 2, "P002", "un nombre entier"),
    "out of bounds": (edits(ARTICLE, "genre: Vols", "annee: 3000"), 2, "P002", "un nombre ≤ 2100"),
    "an unknown category": (edits(ARTICLE, "genre: Vols", "genre: Vol"), 2, "P004", "Vols"),
    "an unknown study": (edits(ARTICLE, "study: compter", "study: conter"), 2, "S001", "compter"),
    "an unknown dataset": (edits(ARTICLE, "data: inc", "data: ic"), 2, "S001", "incidents"),
    "a cell that raises": (
        edits(NOTEBOOK, "comptes.head()", "raise ValueError('secret 418')"),
        1,
        "R001",
        "ValueError",
    ),
    "a kernel that dies": (
        edits(NOTEBOOK, "comptes.head()", "import os; os._exit(1)"),
        3,
        "T010",
        "compter",
    ),
    "an identifier": (publishes_an_address, 1, "C300", "C102"),
    "an absent result": (edits(ARTICLE, "#fig-barres >", "#fig-bares >"), 2, "A001", "fig-barres"),
    "an absent number": (edits(ARTICLE, "vols.total", "vols.totaux"), 2, "A002", "vols.total"),
    "a broken front matter": (edits(ARTICLE, "  runs:", "  runs: ["), 2, "S003", "ligne"),
    "a broken project": (edits("_quarto.yml", "title: Petit", "title: [Petit"), 2, "S003", "ligne"),
    "a broken descriptor": (edits(DESCRIPTOR, "roles: {", "roles: {{"), 2, "S00", "dataset.yml"),
    "an unknown key": (
        edits(DESCRIPTOR, "title: Inc", "titel: x\ntitle: Inc"),
        2,
        "S004",
        "ligne 2",
    ),
    "an unknown key of the book": (edits("_quarto.yml", "  author:", "  autor:"), 2, "A1", "autor"),
    "a reference to nothing": (edits(ARTICLE, "@tbl-secteurs", "@tbl-rien"), 2, "A1", "tbl-rien"),
    "stricter data": (edits(DESCRIPTOR, "tlp: CLEAR", "tlp: AMBER"), 1, "C300", "C204"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_one_message_an_exit_code_and_the_former_book(built: Desk, fault: str) -> None:
    break_it, code, error_code, said = FAULTS[fault]
    before = built.book()
    break_it(built)

    answer = built.actes("build")

    assert answer.code == code, answer.err
    assert f"[{error_code}" in answer.err
    assert said in answer.err
    assert "Traceback" not in answer.err + answer.out
    assert built.book() == before


def test_a_message_never_repeats_what_an_exception_said(built: Desk) -> None:
    built.edit(NOTEBOOK, "comptes.head()", "raise ValueError('secret 418')")

    answer = built.actes("build")

    assert "secret 418" not in answer.err + answer.out


def test_a_message_never_repeats_a_cell(built: Desk) -> None:
    built.edit(CSV, "2023,5,02,Vols,", "2023,5,02,Vols,confidentiel")

    answer = built.actes("build")

    assert "confidentiel" not in answer.err + answer.out
    assert not any(
        "confidentiel" in f.read_text(encoding="utf-8", errors="ignore")
        for f in (built.root / "validation").rglob("*")
        if f.is_file()
    )


def test_errors_come_in_json_for_a_program(built: Desk) -> None:
    built.edit("_quarto.yml", "  title: Petit livre", "  title: [Petit livre")

    answer = built.actes("build", "--json")

    assert answer.code == 2
    assert json.loads(answer.out)["error"]["code"] == "S003"


def test_a_stopped_article_does_not_stop_the_others(built: Desk) -> None:
    other = built.root / "reports/mefaits"
    other.mkdir()
    text = (built.root / ARTICLE).read_text(encoding="utf-8")
    text = text.replace("Bilan des vols", "Bilan des méfaits").replace(
        "genre: Vols", "genre: Méfaits"
    )
    text = text.replace("vols", "mefaits")
    (other / "index.qmd").write_text(text, encoding="utf-8")
    built.edit(
        "_quarto.yml",
        "    - reports/bilan/index.qmd\n",
        "    - reports/bilan/index.qmd\n    - reports/mefaits/index.qmd\n",
    )
    built.edit(ARTICLE, "genre: Vols", "genr: Vols")

    answer = built.actes("build")

    assert answer.code == 2
    assert (other / "mefaits.ipynb").is_file()

    kept = built.actes("build", "--leave-out")

    assert kept.code == 2
    pages = [name for name in built.book() if name.startswith("reports/") and "annexes" not in name]
    assert [p for p in pages if p.endswith("index.html")] == ["reports/mefaits/index.html"]


def test_an_unknown_command_is_explained_in_french(built: Desk) -> None:
    answer = built.actes("batir")

    assert answer.code == 2
    assert "Il n’y a pas de commande 'batir'" in answer.err


def test_outside_a_workspace(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    answer = Desk(tmp_path, capsys).actes("status")

    assert answer.code == 2
    assert "[W001] Aucun espace de travail Actes ici ni au-dessus." in answer.err
    assert "actes init DOSSIER" in answer.err


def test_a_study_that_stops_itself_is_not_half_believed(built: Desk) -> None:
    built.edit(NOTEBOOK, "comptes.head()", "raise SystemExit(0)")

    answer = built.actes("build")

    assert answer.code == 1
    assert "[R007]" in answer.err
    assert "notebooks/compter.ipynb, cellule 6" in answer.err


def test_a_cell_is_named_by_its_place_in_the_notebook(built: Desk) -> None:
    built.edit(NOTEBOOK, "comptes.head()", "1 / 0")

    assert "notebooks/compter.ipynb, cellule 6" in built.actes("build").err


@pytest.mark.parametrize(
    ("old", "new"),
    [("lang: fr", "lang: [fr]"), ("book:\n  title", "book: x\nz:\n  title"), ("", None)],
)
def test_a_project_file_of_another_kind_is_explained(
    built: Desk, old: str, new: str | None
) -> None:
    if new is None:
        (built.root / "_quarto.yml").write_text("actes:\n", encoding="utf-8")
        (built.root / "_quarto.yml").write_text("actes: {}\nproject: [book]\n", encoding="utf-8")
    else:
        built.edit("_quarto.yml", old, new)

    answer = built.actes("build")

    assert answer.code == 2
    assert "[S009]" in answer.err


def test_an_english_reader_of_a_french_book_reads_english(built: Desk) -> None:
    built.edit("index.qmd", "Un livre", "Un autre livre")

    answer = built.actes("--lang", "en", "build")

    assert "sources or results changed" in answer.err
    page = (built.root / "_book/reports/annexes/donnees.html").read_text(encoding="utf-8")
    assert "Colonne" in page


def test_a_chapter_whose_name_has_accents_can_be_reached(built: Desk) -> None:
    (built.root / "reports/bilan").rename(built.root / "reports/bilan d’été")
    built.edit("_quarto.yml", "reports/bilan/", "reports/bilan d’été/")

    assert built.actes("build").code == 0

    assert (built.root / "_book/reports/bilan d’été/index.html").is_file()

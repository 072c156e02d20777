"""From a source file to a book, and what is redone when something changes."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from conftest import Desk

STAGE = re.compile(r"^[✓=] (\S+)\s+(\S+)", re.MULTILINE)


def done(text: str) -> list[str]:
    """Stages that were really done, in order."""
    return [m[1] for m in STAGE.finditer(text) if m[0].startswith("✓")]


def page(desk: Desk, name: str = "reports/bilan/index.html") -> str:
    return (desk.root / "_book" / name).read_text(encoding="utf-8")


def test_a_book_without_pages_is_made_and_made_again(built: Desk) -> None:
    built.edit("_quarto.yml", "  html: default\n  typst: default", "  epub: default")
    first = built.actes("build", "--engine", "pandoc")
    assert (first.code, list(built.book())) == (0, ["Petit-livre.epub", "crates/bilan.zip"])
    assert "_book/Petit-livre.epub" in first.out
    built.edit("index.qmd", "#", "# Autrement :")
    assert built.actes("build", "--engine", "pandoc").code == 0
    (built.root / "_book" / "notes.txt").write_text("à moi", encoding="utf-8")
    refused = built.actes("build", "--engine", "pandoc")
    assert refused.code == 2
    assert "A005" in refused.err
    assert "notes.txt" in built.book()


def test_the_book_shows_the_numbers_of_the_data(built: Desk) -> None:
    text = page(built)
    rows = (built.root / "datasets/incidents/incidents.csv").read_text(encoding="utf-8")
    cells = [line.split(",") for line in rows.splitlines()[1:]]
    total = sum(int(c[4]) for c in cells if c[0] == "2023" and c[3] == "Vols")

    assert f"En tout, {total} vols" in text


def test_results_are_numbered_and_referred_to(built: Desk) -> None:
    text = re.sub(r"<[^>]+>", "", page(built))

    assert "(Figure\N{NO-BREAK SPACE}1.1, Tableau\N{NO-BREAK SPACE}1.1)" in text


def test_what_a_notebook_only_displays_does_not_leave(built: Desk) -> None:
    ran = next((built.root / ".actes/runs").glob("*/notebook.ipynb")).read_text(encoding="utf-8")
    assert "/home/analyste" in ran

    for name, content in built.book().items():
        assert b"/home/analyste" not in content, name
    cleared = (built.root / "reports/bilan/vols.ipynb").read_text(encoding="utf-8")
    assert "/home/analyste" not in cleared


def test_no_path_of_the_machine_is_published(built: Desk) -> None:
    for name, content in built.book().items():
        assert str(built.root).encode() not in content, name


def test_the_figure_keeps_its_alternative_text(built: Desk) -> None:
    assert re.search(r'alt="Barres.: 3 secteurs, \d+ incidents en tout\."', page(built))


def test_appendices_describe_data_and_runs(built: Desk) -> None:
    assert "Incidents par mois et par secteur" in page(built, "reports/annexes/donnees.html")
    provenance = page(built, "reports/annexes/provenance.html")
    assert "Compter par secteur" in provenance
    assert "genre" in provenance


def test_the_book_is_printed_too(built: Desk) -> None:
    assert built.book()["Petit-livre.pdf"].startswith(b"%PDF-1.7")


def test_nothing_is_done_twice(built: Desk) -> None:
    before = built.book()

    answer = built.actes("build")

    assert answer.code == 0
    assert done(answer.err) == []
    assert built.book() == before


def test_a_changed_parameter_redoes_its_run_its_chapter_and_the_book(built: Desk) -> None:
    built.edit("reports/bilan/index.qmd", "genre: Vols", "genre: Méfaits")

    answer = built.actes("build")

    assert done(answer.err) == ["exécuter", "composer", "publier"]
    assert "changé : paramètre genre" in answer.err


def test_changed_prose_redoes_only_the_book(built: Desk) -> None:
    built.edit("index.qmd", "Un livre d’essai.", "Un autre texte.")

    answer = built.actes("build")

    assert done(answer.err) == ["publier"]
    assert "Un autre texte." in page(built, "index.html")


def test_a_changed_count_is_validated_again_and_everything_after_it(built: Desk) -> None:
    built.edit("datasets/incidents/incidents.csv", "2023,1,01,Vols,", "2023,1,01,Vols,1")

    answer = built.actes("build")

    assert answer.code == 0
    assert done(answer.err) == ["ingérer", "valider", "exécuter", "composer", "publier"]


def test_a_comment_in_the_descriptor_redoes_nothing(built: Desk) -> None:
    built.edit("datasets/incidents/dataset.yml", "name: incidents", "# un mot\nname: incidents")

    assert done(built.actes("build").err) == []


def test_the_book_that_someone_touched_is_made_again(built: Desk) -> None:
    before = built.book()
    (built.root / "_book/index.html").write_text("autre chose", encoding="utf-8")

    assert done(built.actes("build").err) == ["publier"]
    assert built.book() == before


def test_the_same_inputs_give_the_same_bytes(desk: Desk, built: Desk) -> None:
    assert desk.actes("build").code == 0

    assert desk.book() == built.book()


def test_what_changed_is_done_alone_and_the_book_is_that_of_a_full_build(
    desk: Desk, built: Desk
) -> None:
    for each in (desk, built):
        each.edit("reports/bilan/index.qmd", "genre: Vols", "genre: Méfaits")
        assert each.actes("build").code == 0

    assert desk.book() == built.book()


def test_build_answers_a_program(built: Desk) -> None:
    answer = json.loads(built.actes("build", "--json").out)

    assert answer["book"] == "_book"
    assert {step["action"] for step in answer["steps"]} == {"reused"}
    assert answer["stopped"] == []


def test_status_tells_where_everything_stands(built: Desk) -> None:
    state = json.loads(built.actes("status", "--json").out)

    assert [(d["name"], d["state"]) for d in state["datasets"]] == [("incidents", "valid")]
    assert [(a["name"], a["state"]) for a in state["articles"]] == [("bilan", "cleared")]
    assert state["book"]["engine"] == "pandoc"


def test_status_says_the_same_with_and_without_the_record_of_the_last_build(built: Desk) -> None:
    known = json.loads(built.actes("status", "--json").out)
    record = built.root / ".actes" / "unchanged.json"
    size_bytes = record.stat().st_size
    record.unlink()

    found = json.loads(built.actes("status", "--json").out)

    assert found["articles"] == known["articles"]
    assert found | {"store_bytes": found["store_bytes"] + size_bytes} == known


def test_status_sees_what_changed_since_the_last_build(built: Desk) -> None:
    built.edit("reports/bilan/index.qmd", "genre: Vols", "genre: Méfaits")

    (article,) = json.loads(built.actes("status", "--json").out)["articles"]

    assert article["state"] == "stale"


def test_a_deleted_run_of_an_article_takes_its_notebook_away(built: Desk) -> None:
    built.edit("reports/bilan/index.qmd", "    vols:\n", "    larcins:\n")
    built.edit("reports/bilan/index.qmd", "results.vols.", "results.larcins.")
    built.edit("reports/bilan/index.qmd", "embed vols.ipynb", "embed larcins.ipynb")

    assert built.actes("build").code == 0

    notebooks = sorted(p.name for p in (built.root / "reports/bilan").glob("*.ipynb"))
    assert notebooks == ["larcins.ipynb"]

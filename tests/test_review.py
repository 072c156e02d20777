"""What may leave, and what may not."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from actes.rules.cells import has_small, mask_table, shows_small_cells
from actes.rules.text import TEXT_RULES, objections

if TYPE_CHECKING:
    from conftest import Desk


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("voir /home/analyste/donnees.csv", "C101"),
        (r"voir C:\Users\Analyste\donnees.csv", "C101"),
        (r"sur \\serveur\partage", "C101"),
        ("file:///C:/x", "C101"),
        ("écrire à jean.tremblay@exemple.qc.ca", "C102"),
        ("au 514-280-2222", "C103"),
        ("au (514) 280-2222", "C103"),
        ("NAS 046 454 286", "C104"),
        ("NAM TREJ 1234 5678", "C105"),
        ("au 1234, rue Sainte-Catherine", "C106"),
        ("au 12 boul. Saint-Laurent", "C106"),
        ("H2X 1Y4", "C107"),
        ("plaque K12 ABC", "C108"),
        ("événement 38-190412-003", "C109"),
    ],
)
def test_an_identifier_is_seen(text: str, code: str) -> None:
    assert [rule.code for rule in objections(text)] == [code]


@pytest.mark.parametrize(
    "text",
    [
        "De 2015 à 2024, les vols sont passés de 4 523 à 8 812.",
        "PDQ 38 : 628 introductions par effraction, 494 l’année suivante",
        "12,4 % ; p < 0,001 ; rapport 0,918 (0,881 à 0,957)",
        "1 234 567 890 infractions",
        "Le 13 mars 2020, décret 177-2020",
        "046 454 287 n’est pas un NAS (chiffre de contrôle)",
        "régression de 12 mois, SPVM 2024, M-IRIS",
        "https://doi.org/10.1093/ije/dyw098",
        "intervalle à 95 % de la rue au centre",
        "et/ou, km/h, 24/7",
    ],
)
def test_ordinary_text_may_leave(text: str) -> None:
    assert list(objections(text)) == []


def test_rules_have_codes_of_their_own() -> None:
    codes = [rule.code for rule in TEXT_RULES]

    assert len(set(codes)) == len(codes)
    assert all(rule.seen() for rule in TEXT_RULES)


def table(*rows: list) -> dict:
    columns = [
        {"name": "secteur", "title": "Secteur", "format": "text", "is_count": False},
        {"name": "n", "title": "Nombre", "format": "integer", "is_count": True},
        {"name": "part", "title": "Part", "format": "percent:0", "is_count": False},
    ]
    return {"kind": "table", "name": "t", "caption": "", "columns": columns, "rows": list(rows)}


def test_a_small_count_is_masked_and_what_would_give_it_back() -> None:
    masked = mask_table(table(["a", 3, 0.03], ["b", 57, 0.57], ["c", 40, 0.40]), 5)

    assert masked["rows"] == [
        ["a", {"masked_below": 5}, {"masked_below": 0}],
        ["b", 57, 0.57],
        ["c", {"masked_below": 0}, {"masked_below": 0}],
    ]


def test_zero_describes_nobody() -> None:
    whole = table(["a", 0, 0.0], ["b", 57, 1.0])

    assert mask_table(whole, 5) == whole


def test_without_a_threshold_nothing_is_masked() -> None:
    whole = table(["a", 1, 0.1], ["b", 2, 0.2])

    assert mask_table(whole, 0) == whole


@given(
    st.lists(st.integers(min_value=0, max_value=60), min_size=1, max_size=12),
    st.integers(min_value=0, max_value=20),
)
def test_no_small_count_is_left_and_none_is_alone(counts: list[int], min_cell: int) -> None:
    masked = mask_table(table(*([str(i), n, n / 100] for i, n in enumerate(counts))), min_cell)

    shown = [row[1] for row in masked["rows"]]
    left = [n for n in shown if isinstance(n, int)]
    hidden = [n for n in shown if not isinstance(n, int)]
    assert not has_small(left, min_cell)
    positive = [n for n in counts if n > 0]
    if any(0 < n < min_cell for n in counts) and len(positive) > 1:
        assert len(hidden) >= 2


def test_a_picture_that_shows_a_small_count_is_seen() -> None:
    assert shows_small_cells(table(["a", 3, 0.1]), 5)
    assert not shows_small_cells(table(["a", 5, 0.1]), 5)


def test_review_masks_tables_and_holds_pictures_and_values(built: Desk) -> None:
    built.edit("datasets/incidents/dataset.yml", "min_cell: 5", "min_cell: 100")
    built.edit(
        "notebooks/compter.ipynb", ".dt.year == choix.annee)]", ".dt.year == choix.annee)].head(4)"
    )

    answer = built.actes("review", "bilan")

    assert answer.code == 1
    assert "barres: montre des comptes sous 100" in answer.out
    assert "[C202]" in answer.out
    assert built.actes("build").code == 1


def test_review_lists_what_leaves(built: Desk) -> None:
    answer = built.actes("review", "--json")

    assert answer.code == 0
    assert json.loads(answer.out) == [
        {
            "name": "bilan/vols",
            "outputs": ["table secteurs", "value total", "value part", "figure barres"],
            "findings": [],
            "error": None,
        }
    ]


def test_results_that_were_touched_after_their_review_are_refused(built: Desk) -> None:
    run = next((built.root / ".actes/runs").iterdir())
    notebook = run / "notebook.ipynb"
    notebook.write_text(
        notebook.read_text(encoding="utf-8").replace("Vols par secteur", "Autre chose"),
        encoding="utf-8",
    )

    answer = built.actes("build")

    assert answer.code == 0
    assert "✓ exécuter  bilan/vols" in answer.err  # not believed: executed again
    assert "Autre chose" not in (built.root / "_book/reports/bilan/index.html").read_text("utf-8")


def test_a_notebook_that_nobody_reviewed_does_not_enter_the_book(built: Desk) -> None:
    cleared = built.root / "reports/bilan/vols.ipynb"
    (built.root / "reports/bilan/clandestin.ipynb").write_bytes(cleared.read_bytes())
    built.edit("reports/bilan/index.qmd", "embed vols.ipynb#tbl", "embed clandestin.ipynb#tbl")

    answer = built.actes("build")

    assert answer.code == 2
    assert "[A004]" in answer.err
    assert "clandestin.ipynb" in answer.err


def test_what_was_cleared_and_then_edited_by_hand_is_put_back(built: Desk) -> None:
    cleared = built.root / "reports/bilan/vols.ipynb"
    before = cleared.read_bytes()
    cleared.write_bytes(before.replace(b"Vols par secteur", b"Autre chose"))

    assert built.actes("build").code == 0

    assert cleared.read_bytes() == before


FORGED = {
    "an undeclared key": (
        "from IPython.display import publish_display_data\\n"
        "publish_display_data({'application/vnd.actes.result+json': {'kind': 'value', "
        "'name': 'n', 'caption': '', 'value': 3, 'format': 'integer', 'counts': [], "
        "'extra': '/home/x'}})"
    ),
    "a second result of one name": (
        "from IPython.display import publish_display_data\\n"
        "publish_display_data({'application/vnd.actes.result+json': {'kind': 'value', "
        "'name': 'total', 'caption': '', 'value': 1, 'format': 'integer', 'counts': []}})"
    ),
    "text where a number is written": (
        "from IPython.display import publish_display_data\\n"
        "publish_display_data({'application/vnd.actes.result+json': {'kind': 'value', "
        "'name': 'n', 'caption': '', 'value': 'x', 'format': 'integer', 'counts': []}})"
    ),
    "nothing of ours": (
        "from IPython.display import publish_display_data\\n"
        "publish_display_data({'application/vnd.actes.result+json': []})"
    ),
}


@pytest.mark.parametrize("forged", FORGED)
def test_a_result_declared_by_other_means_is_refused(built: Desk, forged: str) -> None:
    built.edit("notebooks/compter.ipynb", "comptes.head()", FORGED[forged])

    answer = built.actes("build")

    assert answer.code == 1
    assert "[R006]" in answer.err
    assert "/home/x" not in answer.err


def test_a_markdown_cell_declares_nothing(built: Desk) -> None:
    path = built.root / "notebooks/compter.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    value = {"kind": "value", "name": "n", "caption": "", "value": 3, "format": "integer"}
    data = {"application/vnd.actes.result+json": value | {"counts": []}}
    output = {"output_type": "display_data", "metadata": {}, "data": data}
    notebook["cells"][0]["outputs"] = [output]
    path.write_text(json.dumps(notebook), encoding="utf-8")

    built.actes("build")

    assert "value n" not in built.actes("review").out


def test_an_exception_that_only_looks_like_ours_is_not_repeated(built: Desk) -> None:
    built.edit("notebooks/compter.ipynb", "comptes.head()", "raise ValueError('[V102] secret 418')")

    answer = built.actes("build")

    assert "[R001]" in answer.err
    assert "secret 418" not in answer.err


def test_a_table_beside_an_article_does_not_enter_the_book(built: Desk) -> None:
    (built.root / "reports/bilan/lignes.csv").write_text("nom\nMARQUEUR\n", encoding="utf-8")
    built.edit("reports/bilan/index.qmd", "En tout,", "[lignes](lignes.csv) En tout,")

    answer = built.actes("build")

    assert answer.code == 2
    assert not any(b"MARQUEUR" in content for content in built.book().values())


@pytest.mark.parametrize("name", ["../../index", "a.b", "a b", "É", "A"])
def test_a_run_s_name_is_a_plain_word(built: Desk, name: str) -> None:
    built.edit("reports/bilan/index.qmd", "    vols:\n", f'    "{name}":\n')

    answer = built.actes("build")

    assert answer.code == 2
    assert "[S004]" in answer.err

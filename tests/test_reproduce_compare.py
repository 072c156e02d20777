"""What a published result and a re-executed one must share to be called the same."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from actes.i18n import speaking
from actes.reproduce import compare
from actes.results import masked

Record = dict[str, Any]


def column(name: str, **more: Any) -> Record:
    return {
        "name": name, "title": name.title(), "format": "text", "is_count": False, **more
    }  # fmt: skip


def table(rows: list[list[Any]], *columns: Record) -> Record:
    heads = columns or (column("poste"), column("n"), column("taux"))
    return {
        "kind": "table",
        "name": "postes",
        "caption": "Postes, 2024",
        "columns": list(heads),
        "rows": rows,
    }


def value(number: Any, **more: Any) -> Record:
    return {
        "kind": "value", "name": "part", "caption": "", "value": number, "format": "decimal:2",
        "counts": [], **more,
    }  # fmt: skip


def verdict(published: Record, obtained: Record) -> tuple[str, str]:
    """The verdict on one result, and its notes in English."""
    (only,) = compare("essai", [published], [obtained])
    with speaking("en"):
        return only.verdict, "; ".join(note.words() for note in only.notes)


ROWS = [["01", 12, 0.25], ["02", 30, 1.75], ["03", None, None]]


@pytest.mark.parametrize(
    ("by", "tolerance", "expected"),
    [
        (0, None, "identical"),
        (1e-12, None, "within_tolerance"),
        (1e-6, None, "differs"),
        (1e-2, None, "differs"),
        (1e-6, {"relative": 1e-5}, "within_tolerance"),
        (1e-2, {"relative": 1e-5}, "differs"),
        (1e-2, {"absolute": 0.05}, "within_tolerance"),
        (1e-12, {"relative": 0, "absolute": 0}, "differs"),
    ],
)
def test_a_perturbed_number_is_held_to_its_tolerance(
    by: float, tolerance: Record | None, expected: str
) -> None:
    declared = {} if tolerance is None else {"tolerance": tolerance}
    published = value(1.75, **declared)
    as_value, _notes = verdict(published, value(1.75 * (1 + by)))

    rows = copy.deepcopy(ROWS)
    rows[1][2] *= 1 + by
    columns = (column("poste"), column("n"), column("taux", **declared))
    as_table, _notes = verdict(table(ROWS, *columns), table(rows, *columns))

    assert as_value == as_table == expected


def test_the_tolerance_is_the_published_one() -> None:
    published, obtained = value(1.0), value(1.5, tolerance={"absolute": 1.0})

    assert verdict(published, obtained) == ("differs", "published 1.0, here 1.5")


def test_whole_numbers_have_no_tolerance_of_their_own() -> None:
    assert verdict(value(3_000_000_000), value(3_000_000_001))[0] == "differs"
    assert verdict(value(3e9, tolerance={"absolute": 1}), value(3e9 + 1))[0] == "within_tolerance"


def test_rows_in_another_order_are_the_same_rows() -> None:
    shuffled = [ROWS[2], ROWS[0], ROWS[1]]
    nearly = [["02", 30, 1.75 * (1 + 1e-12)], *shuffled[:2]]
    changed = [["02", 31, 1.75], *shuffled[:2]]

    assert verdict(table(ROWS), table(shuffled)) == ("identical", "rows in another order")
    assert verdict(table(ROWS), table(nearly)) == ("within_tolerance", "rows in another order")
    assert verdict(table(ROWS), table(changed)) == (
        "differs",
        "1 of 3 published rows not found again",
    )


def test_a_row_that_is_there_twice_is_there_twice() -> None:
    twice, other = [ROWS[0], ROWS[0], ROWS[1]], [ROWS[1], ROWS[1], ROWS[0]]

    assert verdict(table(twice), table(other))[0] == "differs"


def test_what_differs_is_counted_and_named_never_shown() -> None:
    rows = copy.deepcopy(ROWS)
    rows[0][2], rows[1][2] = 0.26, 1.85

    assert verdict(table(ROWS), table(rows)) == (
        "differs",
        "2 cells of 9 beyond tolerance, the furthest by 0.1 in “taux”",
    )


def test_a_row_more_or_less_differs() -> None:
    assert verdict(table(ROWS), table(ROWS[:2])) == ("differs", "3 rows published, 2 here")


def test_the_type_of_a_number_does_not_matter() -> None:
    rows = [[code, n and float(n), rate] for code, n, rate in ROWS]

    assert verdict(table(ROWS), table(rows)) == ("identical", "")
    assert verdict(value(12), value(12.0)) == ("identical", "")
    assert verdict(value("12"), value(12))[0] == "differs"


def test_missing_is_neither_zero_nor_empty() -> None:
    assert verdict(value(None), value(None))[0] == "identical"
    for something in (0, 0.0, "", False):
        assert verdict(value(None), value(something))[0] == "differs"
        assert verdict(value(something), value(None))[0] == "differs"


def test_masked_is_the_same_as_masked_only() -> None:
    def one(cell: Any) -> Record:
        return table([["01", cell, 0.5]])

    assert verdict(one(masked(5)), one(masked(5)))[0] == "identical"
    for other in (masked(10), 4, 0, None):
        assert verdict(one(masked(5)), one(other))[0] == "differs"
    shuffled = verdict(
        table([["01", masked(5), 0.5], ["02", 9, 0.5]]),
        table([["02", 9, 0.5], ["01", masked(5), 0.5]]),
    )
    assert shuffled == ("identical", "rows in another order")


def test_columns_are_known_by_name() -> None:
    turned = table([[rate, code, n] for code, n, rate in ROWS], *(column(c) for c in
                   ("taux", "poste", "n")))  # fmt: skip
    renamed = table(ROWS, column("poste"), column("nombre"), column("taux"))

    assert verdict(table(ROWS), turned) == ("identical", "")
    assert verdict(table(ROWS), renamed) == (
        "differs",
        "other columns: poste, n, taux; here poste, nombre, taux",
    )


def test_the_way_a_number_is_written_does_not_matter() -> None:
    other = table(ROWS, column("poste"), column("n", format="integer"), column("taux", format="p"))

    assert verdict(table(ROWS), other) == ("identical", "")
    assert verdict(value(0.5), value(0.5, format="percent:1")) == ("identical", "")


def test_words_are_published_too() -> None:
    other = table(ROWS, column("poste"), column("n", title="Nombre"), column("taux"))

    assert verdict(table(ROWS), table(ROWS) | {"caption": "Postes, 2023"}) == (
        "differs",
        "another caption",
    )
    assert verdict(table(ROWS), table(ROWS) | {"caption": "Postes,\N{NO-BREAK SPACE}2024"}) == (
        "identical",
        "",
    )
    assert verdict(table(ROWS), other) == ("differs", "other column heads")


def test_a_figure_is_the_figures_behind_it() -> None:
    def figure(rows: list[list[Any]], svg: str, alt: str = "Barres") -> Record:
        frame = {key: table(rows)[key] for key in ("columns", "rows")}
        return {
            "kind": "figure", "name": "barres", "caption": "c", "alt": alt, "data": frame,
            "svg": svg,
        }  # fmt: skip

    rows = copy.deepcopy(ROWS)
    rows[0][1] = 13

    assert verdict(figure(ROWS, "<svg/>"), figure(ROWS, "<svg id='b'/>")) == ("identical", "")
    assert verdict(figure(ROWS, "<svg/>"), figure(rows, "<svg/>"))[0] == "differs"
    assert verdict(figure(ROWS, "<svg/>"), figure(ROWS, "<svg/>", "Points")) == (
        "differs",
        "another alternative text",
    )


def test_a_result_that_is_gone_or_new_or_of_another_kind_differs() -> None:
    gone, new = compare("essai", [value(1)], [table(ROWS)])
    (turned,) = compare("essai", [value(1)], [table(ROWS) | {"name": "part"}])

    assert (gone.verdict, gone.notes[0].code) == ("differs", "removed")
    assert (new.name, new.verdict, new.notes[0].code) == ("postes", "differs", "added")
    with speaking("fr"):
        assert turned.notes[0].words() == "publié comme : valeur, ici : tableau"

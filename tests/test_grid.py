"""What a grid's writing means, and what it comes to when its runs are collected."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Annotated, Any, Literal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import Field

from actes.compose.collection import collected
from actes.errors import ParameterError, StudyError
from actes.model import Cleared, ClearedGrid, Run
from actes.results import is_masked, masked
from actes.rules.cells import mask_differences
from actes.specs.grid import Grid, keys_of, label_of
from actes.specs.study import Category, Data, Parameter, StudySpec

STUDY = StudySpec(
    name="essai",
    title="Essai",
    parameters=(
        Parameter("donnees", Annotated[str, Data("group")], "un"),
        Parameter("genre", Annotated[str, Category("group", data="donnees")], "Vols"),
        Parameter("zones", Annotated[list[int], Category("area", data="donnees")], [1]),
        Parameter(
            "poste", Annotated[int | str, Category("area", data="donnees", optional=True)], ""
        ),
        Parameter("annee", Annotated[int, Field(ge=2000)], 2024),
        Parameter("modele", Literal["a", "b"], "a"),
        Parameter("avec", bool, default=True),
        Parameter("seuil", float, 0.5),
    ),
    source_sha256="",
)
COLUMNS = {
    ("un", "group"): ["Méfaits", "Vol, recel", "Vols"],
    ("deux", "group"): ["Vols"],
    ("un", "area"): [1, 2],
}


def runs(each: dict[str, Any], **more: Any) -> list[dict[str, Any]]:
    grid = Grid(STUDY, each, more.pop("given", {}), more.pop("without", ()))
    return grid.combinations(lambda choice: COLUMNS[choice.data, choice.role], **more)


# --- writing -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "written", "values"),
    [
        ("genre", "all", ["Méfaits", "Vol, recel", "Vols"]),
        ("genre", "Vols, Méfaits,Vols", ["Vols", "Méfaits"]),
        ("genre", '["Vol, recel", Vols]', ["Vol, recel", "Vols"]),
        ("genre", ["Vol, recel"], ["Vol, recel"]),
        ("genre", "2020:2024", ["2020:2024"]),
        ("poste", "all", [1, 2]),
        ("poste", "7, 07,Nord", [7, "07", "Nord"]),
        ("poste", "7:9", [7, 8, 9]),
        ("poste", '["", 7]', ["", 7]),
        ("annee", "2020:2022", [2020, 2021, 2022]),
        ("annee", "2015, 2018:2019", [2015, 2018, 2019]),
        ("annee", ["2018:2019", 2024], [2018, 2019, 2024]),
        ("annee", 2024, [2024]),
        ("modele", "all", ["a", "b"]),
        ("avec", "all", [False, True]),
        ("avec", "true", [True]),
        ("seuil", "0.1,0.2", [0.1, 0.2]),
        ("zones", "all", [[1], [2]]),
        ("zones", "1:3", [[1], [2], [3]]),
        ("zones", "[[1, 2], [3]]", [[1, 2], [3]]),
    ],
)
def test_what_is_written_says_the_values(name: str, written: Any, values: list[Any]) -> None:
    assert [each[name] for each in runs({name: written})] == values


def test_the_last_parameter_turns_fastest() -> None:
    grid = runs({"annee": "2020:2021", "modele": "all"})
    assert [label_of(each) for each in grid] == [
        "annee=2020, modele=a",
        "annee=2020, modele=b",
        "annee=2021, modele=a",
        "annee=2021, modele=b",
    ]


def test_all_the_categories_are_those_of_each_dataset() -> None:
    grid = runs({"genre": "all", "donnees": "un,deux"})
    assert [(each["donnees"], each["genre"]) for each in grid] == [
        ("un", "Méfaits"),
        ("un", "Vol, recel"),
        ("un", "Vols"),
        ("deux", "Vols"),
    ]


@pytest.mark.parametrize(
    ("each", "more", "code"),
    [
        ({"anee": "2020"}, {}, "P001"),
        ({"seuil": "all"}, {}, "P110"),
        ({"annee": "2024:2020"}, {}, "P111"),
        ({"annee": " , "}, {}, "P111"),
        ({"annee": []}, {}, "P111"),
        ({"modele": "a"}, {"without": [{"modele": "a"}]}, "P111"),
        ({"annee": "2020:2024"}, {"given": {"annee": 2020}}, "P112"),
        ({"annee": "1:99999999999"}, {}, "P113"),
        ({"annee": "2020:2024", "avec": "all"}, {"most": 9}, "P113"),
        ({"annee": "2020:2024"}, {"without": [{"annee": "2020"}]}, "P114"),
        ({"annee": "2020:2024"}, {"without": [{"modele": "a"}]}, "P114"),
    ],
)
def test_a_grid_that_means_nothing_is_refused(
    each: dict[str, Any], more: dict[str, Any], code: str
) -> None:
    with pytest.raises(ParameterError) as refusal:
        runs(each, **more)
    assert refusal.value.code == code


def test_what_is_left_out_is_every_combination_that_agrees() -> None:
    grid = runs({"annee": "2020:2021", "modele": "all"}, without=[{"annee": 2020}])
    assert [label_of(each) for each in grid] == ["annee=2021, modele=a", "annee=2021, modele=b"]


def test_who_insists_has_any_number_of_runs() -> None:
    assert len(runs({"annee": "1:1001"}, most=None)) == 1001


def test_a_combination_is_named_by_what_it_holds() -> None:
    assert keys_of([{"pdq": 12, "nom_court": "Été à l’île"}]) == ["pdq-12-nom-court-ete-a-l-ile"]


def test_two_combinations_that_read_alike_never_share_a_name() -> None:
    alone = keys_of([{"x": -1}])
    both = keys_of([{"x": -1}, {"x": 1}])
    assert alone == ["x-1"]
    assert len(set(both)) == 2
    assert not set(both) & set(alone)


# --- collecting --------------------------------------------------------------------------------


def value(name: str, number: Any, how: str = "integer", label: str = "") -> dict[str, Any]:
    return {"kind": "value", "name": name, "caption": label, "value": number, "format": how} | {
        "counts": []
    }


def table(rows: list[list[Any]], *, title: str = "Nombre") -> dict[str, Any]:
    columns = [
        {"name": "secteur", "title": "Secteur", "format": "text", "is_count": False},
        {"name": "n", "title": title, "format": "integer", "is_count": True},
        {"name": "part", "title": "Part", "format": "percent:0", "is_count": False},
    ]
    return {"kind": "table", "name": "secteurs", "caption": "Secteurs."} | {
        "columns": columns,
        "rows": rows,
    }


def figure(caption: str) -> dict[str, Any]:
    svg = '<?xml version="1.0"?>\n<svg viewBox="0 0 300 200"><g id="a"/><use href="#a"/></svg>'
    data = {"columns": table([])["columns"], "rows": [["A", 3, 0.5]]}
    return {"kind": "figure", "name": "barres", "caption": caption, "alt": "Barres."} | {
        "data": data,
        "svg": svg,
    }


def grid_of(*outputs: list[dict[str, Any]], **varied: list[Any]) -> ClearedGrid:
    """A grid whose runs declared ``outputs``; ``varied``: values of each parameter, run by run."""
    cleared = []
    for n, records in enumerate(outputs):
        parameters = {name: values[n] for name, values in varied.items()}
        run = Run(str(n), "essai", parameters, (), Path(), {"title": "Combien ?"})
        cleared.append((f"k{n}", Cleared(run, tuple(records), "")))
    return ClearedGrid(tuple((name, name.upper()) for name in varied), tuple(cleared))


def by_label(grid: ClearedGrid, *wanted: str) -> dict[tuple[str, str], dict[str, Any]]:
    records = collected(grid, wanted, language="fr")
    return {(record["kind"], record["name"]): record for record in records}


def test_the_values_of_every_run_are_in_one_table() -> None:
    grid = grid_of(
        [value("total", 12, label="Total"), value("p", 0.04, "p")],
        [value("total", 1500, label="Total"), value("p", 0.5, "p")],
        poste=[7, 1012],
    )

    made = by_label(grid)["table", "valeurs"]

    assert [column["title"] for column in made["columns"]] == ["POSTE", "Total"]
    assert made["columns"][0]["format"] == "year", "a number that names is not grouped"
    assert made["rows"] == [[7, 12], [1012, 1500]]
    assert by_label(grid, "p", "total")["table", "valeurs"]["rows"][0] == [7, 0.04, 12]


def test_a_value_that_runs_do_not_write_alike_is_written_for_each() -> None:
    grid = grid_of(
        [value("x", 1.5, "decimal:1")], [value("x", 0.5, "percent:0")], [], genre=list("abc")
    )
    made = by_label(grid)["table", "valeurs"]
    assert [row[1] for row in made["rows"]] == ["1,5", "50\u202f%", None]


def test_a_value_that_no_run_declares_is_refused() -> None:
    with pytest.raises(ParameterError, match="totale") as refusal:
        by_label(grid_of([value("total", 1)], annee=[1]), "totale")
    assert refusal.value.code == "P115"
    assert "total" in refusal.value.next_step


def test_a_result_may_not_bear_the_name_of_the_table_of_values() -> None:
    with pytest.raises(StudyError) as refusal:
        by_label(grid_of([value("valeurs", 1)], annee=[1]))
    assert refusal.value.code == "R030"


def test_tables_are_stacked_under_what_distinguishes_them() -> None:
    grid = grid_of(
        [table([["A", 10, 0.5], ["B", 10, 0.5]])],
        [table([["A", 30, 1.0]], title="Total")],
        annee=[2023, 2024],
    )
    made = by_label(grid)["table", "secteurs"]
    titles = [column["title"] for column in made["columns"]]
    assert titles == ["ANNEE", "Secteur", "n", "Part"], "runs disagree on a head: its name"
    assert made["rows"] == [
        [2023, "A", 10, 0.5],
        [2023, "B", 10, 0.5],
        [2024, "A", 30, 1.0],
    ]


SMALL, HIDDEN = masked(5), masked(0)


def test_a_masked_count_is_never_alone_among_the_runs() -> None:
    grid = grid_of(
        [table([["A", 40, 0.4], ["B", SMALL, HIDDEN], ["C", HIDDEN, HIDDEN]])],
        [table([["A", 30, 0.3], ["B", 20, 0.2], ["C", 50, 0.5]])],
        [table([["A", 20, 0.2], ["B", 70, 0.7], ["C", 10, 0.1]])],
        poste=[1, 2, 3],
    )

    rows = by_label(grid)["table", "secteurs"]["rows"]

    for sector in "ABC":
        line = [row for row in rows if row[1] == sector]
        assert sum(is_masked(row[2]) for row in line) != 1
    for poste in (1, 2, 3):
        own = [row for row in rows if row[0] == poste]
        assert sum(is_masked(row[2]) for row in own) != 1
    assert rows[4][2] == HIDDEN, "the smallest of the other stations' counts of B"
    assert all(is_masked(row[3]) for row in rows if is_masked(row[2])), "nor may a share give it"
    assert [row[0] for row in rows] == [1] * 3 + [2] * 3 + [3] * 3, "who each row is of stays"


def test_a_share_that_runs_do_not_write_alike_is_hidden_before_it_is_written() -> None:
    other = table([["A", 30, 0.3], ["B", 20, 0.2]])
    other["columns"][2]["format"] = "decimal:2"
    grid = grid_of([table([["A", SMALL, HIDDEN], ["B", HIDDEN, HIDDEN]])], [other], poste=[1, 2])
    rows = by_label(grid)["table", "secteurs"]["rows"]
    assert all(is_masked(cell) for row in rows for cell in row[2:])


def test_tables_whose_rows_do_not_correspond_are_not_stacked_when_one_is_masked() -> None:
    def sectors(*rows: list[Any]) -> dict[str, Any]:
        return table([["A", *row] for row in rows])

    masked_one = sectors([SMALL, HIDDEN], [HIDDEN, HIDDEN])
    apart = grid_of([masked_one], [sectors([9, 0.1], [8, 0.1], [7, 0.1])], poste=[1, 2])
    safe = grid_of([sectors([9, 0.1])], [sectors([9, 0.1], [8, 0.1])], poste=[1, 2])
    assert ("table", "secteurs") not in by_label(apart)
    assert ("table", "secteurs") in by_label(safe)


def test_rows_correspond_by_their_words_when_runs_have_other_numbers_of_rows() -> None:
    grid = grid_of(
        [table([["A", SMALL, HIDDEN], ["B", HIDDEN, HIDDEN]])],
        [table([["B", 20, 0.2], ["A", 30, 0.3], ["C", 5, 0.3]])],
        poste=[1, 2],
    )
    rows = by_label(grid)["table", "secteurs"]["rows"]
    assert [is_masked(row[2]) for row in rows] == [True, True, True, True, False]


@given(
    st.lists(st.lists(st.integers(0, 30), min_size=3, max_size=3), min_size=2, max_size=5),
    st.data(),
)
def test_no_sum_of_a_group_gives_a_masked_count_back(
    counts: list[list[int]], data: st.DataObject
) -> None:
    places = [(run, row) for run in range(len(counts)) for row in range(3)]
    hidden = data.draw(st.sets(st.sampled_from(places), min_size=1))
    rows: list[list[Any]] = [
        [masked(5) if place in hidden else counts[place[0]][place[1]]] for place in places
    ]
    groups = [
        *([n for n, place in enumerate(places) if place[0] == run] for run in range(len(counts))),
        *([n for n, place in enumerate(places) if place[1] == row] for row in range(3)),
    ]

    made = mask_differences(rows, [0], groups)

    for group in groups:
        cells = [made[n][0] for n in group]
        if sum(map(is_masked, cells)) == 1:
            assert all(cell == 0 for cell in cells if not is_masked(cell))


def test_a_value_with_its_interval_is_drawn_a_line_a_run() -> None:
    outputs = [
        [value("v", n / 10, "percent:0", "Écart"), value("v-bas", 0.0), value("v-haut", 1.0)]
        for n in range(12)
    ]
    made = by_label(grid_of(*outputs, poste=list(range(12))))["figure", "v"]
    assert made["data"]["rows"][3] == [3, 0.3, 0.0, 1.0]
    assert "0\u202f% (0)" in made["alt"]
    assert "110\u202f% (11)" in made["alt"]
    assert made["svg"].count("<svg") == 1


def test_the_figures_of_a_few_runs_stand_side_by_side_and_those_of_many_do_not() -> None:
    few = grid_of([figure("A.")], [figure("B.")], [figure("C.")], annee=[1, 2, 3])
    made = by_label(few)["figure", "barres"]
    assert made["svg"].count("<svg") == 1 + 3
    identifiers = re.findall(r'\bid="([^"]+)"', made["svg"])
    assert len(identifiers) == len(set(identifiers))
    assert all(target in identifiers for target in re.findall(r'href="#([^"]+)"', made["svg"]))
    assert "échelle" in made["caption"] or "scale" in made["caption"]
    assert [row[0] for row in made["data"]["rows"]] == [1, 2, 3]
    many = grid_of(*([figure("A.")] for _n in range(9)), annee=list(range(9)))
    assert ("figure", "barres") not in by_label(many)


def test_collected_results_are_plain_data_and_the_same_each_time() -> None:
    grid = grid_of(
        [value("v", 1), value("v-bas", 0), value("v-haut", 2), figure("A.")],
        [value("v", 2), value("v-bas", 1), value("v-haut", 3), figure("B.")],
        annee=[1, 2],
    )
    first = json.dumps(collected(grid, (), language="fr"))
    assert json.dumps(collected(grid, (), language="fr")) == first

"""What a descriptor makes Great Expectations expect, and how it is said."""

import json
from itertools import pairwise

import pytest

from actes.errors import SpecError
from actes.expectations import controls, derive, describe, is_derived
from actes.expectations.failures import CODES, word
from actes.specs.dataset import DatasetSpec

FIELDS = [
    {"name": "annee", "type": "year", "constraints": {"required": True, "minimum": 2015}},
    {"name": "mois", "type": "integer", "constraints": {"minimum": 1, "maximum": 12}},
    {"name": "poste", "constraints": {"enum": ["007", "050"], "pattern": "[0-9]{3}"}},
    {"name": "jour", "type": "date", "constraints": {"minimum": "2015-01-01"}},
    {"name": "nombre", "type": "integer", "constraints": {"unique": True}},
]


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACTES_LANG", "en")


def spec(**changes: object) -> DatasetSpec:
    described = {
        "name": "essai",
        "title": "Essai",
        "path": "essai.csv",
        "schema": {"fields": FIELDS, "primaryKey": ["annee", "mois"]},
        "sources": [{"title": "Personne"}],
    }
    return DatasetSpec.model_validate(described | changes)


def kwargs_of(spec_: DatasetSpec, kind: str) -> list[dict]:
    return [e["kwargs"] for e in derive(spec_) if e["type"] == kind]


def test_each_constraint_becomes_a_stock_expectation() -> None:
    found = spec()

    assert kwargs_of(found, "expect_column_values_to_not_be_null") == [
        {"column": "annee"},
        {"column": "mois"},
    ]
    assert kwargs_of(found, "expect_column_values_to_be_in_set") == [
        {"column": "poste", "value_set": ["007", "050"]}
    ]
    assert kwargs_of(found, "expect_column_values_to_match_regex") == [
        {"column": "poste", "regex": "^(?:[0-9]{3})$"}
    ]
    assert kwargs_of(found, "expect_column_values_to_be_between")[:2] == [
        {"column": "annee", "min_value": 2015.0},
        {"column": "mois", "min_value": 1.0, "max_value": 12.0},
    ]
    assert kwargs_of(found, "expect_column_values_to_be_unique") == [{"column": "nombre"}]
    assert kwargs_of(found, "expect_compound_columns_to_be_unique") == [
        {"column_list": ["annee", "mois"]}
    ]


def test_the_table_has_its_columns_in_order_and_then_the_control_columns() -> None:
    ((columns,),) = (
        e.values() for e in kwargs_of(spec(), "expect_table_columns_to_match_ordered_list")
    )

    assert columns == [*spec().columns, "controle_periode_jour"]


def test_every_expectation_is_marked_and_has_its_own_identifier() -> None:
    derived = derive(spec())

    assert all(is_derived(e) for e in derived)
    assert len({e["id"] for e in derived}) == len(derived)


def test_the_same_descriptor_gives_the_same_bytes() -> None:
    once, again = (json.dumps(derive(spec())) for _time in range(2))

    assert once == again


def test_a_description_changes_no_expectation() -> None:
    assert derive(spec()) == derive(spec(title="Un autre titre"))


def test_a_changed_bound_changes_that_identifier_alone() -> None:
    fields = [FIELDS[0] | {"constraints": {"required": True, "minimum": 2016}}, *FIELDS[1:]]
    changed = spec(schema={"fields": fields, "primaryKey": ["annee", "mois"]})

    differing = [
        (a, b) for a, b in zip(derive(spec()), derive(changed), strict=True) if a["id"] != b["id"]
    ]

    assert [b["kwargs"]["min_value"] for _a, b in differing] == [2016.0]


def test_checks_become_control_columns_that_must_be_zero() -> None:
    checks = {
        "complete": [{"by": ["annee"], "over": "mois", "values": [1, 2]}],
        "sums": [{"dataset": "autre", "by": ["annee"], "measure": "nombre"}],
    }
    key = {"fields": ["poste"], "reference": {"resource": "postes", "fields": ["numero"]}}
    found = spec(checks=checks, schema={"fields": FIELDS, "foreignKeys": [key]})
    names = [control.column for control in controls(found)]

    assert names == [
        "controle_manque_mois_par_annee",
        "controle_ecart_nombre_par_annee_autre",
        "controle_seuls_nombre_par_annee_autre",
        "controle_inconnu_poste_postes",
        "controle_periode_jour",
    ]
    zero = [e["kwargs"] for e in derive(found) if e["kwargs"].get("column") in names]
    assert zero == [{"column": name, "min_value": 0.0, "max_value": 0.0} for name in names]


@pytest.mark.parametrize(
    ("field", "pattern", "whole"),
    [
        ("a", "[0-9]+", "^(?:[0-9]+)$"),
        ("a", "^[0-9]+$", "^[0-9]+$"),
        ("a", "^a|b$", "^(?:^a|b$)$"),
        ("a", r"^[0-9]+\$", r"^(?:^[0-9]+\$)$"),
    ],
)
def test_a_pattern_is_for_the_whole_cell(field: str, pattern: str, whole: str) -> None:
    found = spec(schema={"fields": [{"name": field, "constraints": {"pattern": pattern}}]})

    assert kwargs_of(found, "expect_column_values_to_match_regex") == [
        {"column": "a", "regex": whole}
    ]


@pytest.mark.parametrize(
    "constrained",
    [
        {"type": "integer", "constraints": {"minimum": "beaucoup"}},
        {"type": "integer", "constraints": {"enum": ["un"]}},
        {"type": "date", "constraints": {"maximum": "demain"}},
        {"type": "yearmonth", "constraints": {"minimum": "2015-13"}},
    ],
)
def test_a_constraint_of_another_type_is_refused_by_name(constrained: dict) -> None:
    with pytest.raises(SpecError) as error:
        derive(spec(schema={"fields": [{"name": "x", **constrained}]}))

    assert error.value.code == "V002"
    assert error.value.where == "datasets/essai/dataset.yml, key schema.fields.x"


def test_expectations_are_said_in_words_with_their_origin() -> None:
    owner = [
        {"type": "expect_table_row_count_to_equal", "kwargs": {"value": 2592}},
        {
            "type": "expect_column_unique_value_count_to_be_between",
            "kwargs": {
                "column": "poste",
                "min_value": 31,
                "max_value": 31,
                "row_condition": {
                    "type": "comparison",
                    "column": {"name": "annee"},
                    "operator": "==",
                    "parameter": 2024,
                },
            },
        },
        {"type": "expect_column_values_to_be_json_parseable", "kwargs": {"column": "poste"}},
    ]

    said = [(d.origin, d.columns, d.words) for d in describe(spec(), owner)]

    assert ("derived", ("annee",), "at least 2015") in said
    assert ("derived", ("mois",), "between 1 and 12") in said
    assert ("derived", ("poste",), "one of 2 permitted values") in said
    assert ("derived", ("poste",), "of the form `[0-9]{3}`") in said
    assert ("derived", ("jour",), "at least 2015-01-01") in said
    assert ("derived", (), "at least 1 row") in said
    assert said[-3:] == [
        ("owner", (), "2,592 rows"),
        ("owner", ("poste",), "exactly 31 distinct values, where annee = 2024"),
        ("owner", ("poste",), "expect column values to be json parseable"),
    ]


def test_what_failed_is_worded_in_the_language_of_who_reads(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    facts = {"n": 3, "total": 2592}
    english = word("set", facts)
    monkeypatch.setenv("ACTES_LANG", "fr")

    assert english == "3 values of 2,592 outside the permitted set"
    assert word("set", facts) == "3 valeurs sur 2\u202f592 hors de l’ensemble permis"


def test_one_and_several_are_said_apart() -> None:
    assert word("null", {"n": 1, "total": 10}) == "1 empty cell of 10"
    assert word("null", {"n": 2, "total": 10}) == "2 empty cells of 10"


def test_many_lacking_values_are_counted_after_the_first_six() -> None:
    facts = {"n": 8, "total": 9, "awaited": 12, "by": "annee", "over": "mois"}
    lacks = [[str(month), 1] for month in range(1, 9)]

    assert word("complete", facts | {"lacks": lacks}) == (
        "8 combinations annee of 9 lack some of their 12 values of mois; "
        "lacking: 1 (1×), 2 (1×), 3 (1×), 4 (1×), 5 (1×), 6 (1×), 2 others"
    )


def test_codes_are_listed_in_order() -> None:
    assert all(a < b for a, b in pairwise(CODES))

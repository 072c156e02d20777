"""The engine in SQL and the stock pandas engine of Great Expectations say the same of any table."""

from __future__ import annotations

import datetime as dt
import json
from contextlib import nullcontext
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from actes.validate.checkpoint import Result, _plain, quietly
from actes.validate.project import SAFE_RESULTS

COLUMNS = {
    "texte": pa.string(),
    "entier": pa.int64(),
    "nombre": pa.float64(),
    "oui": pa.bool_(),
    "jour": pa.date32(),
    "heure": pa.timestamp("us"),
}
TEXTS = [
    "",
    " ",
    "Vol",
    "vol",
    "Méfait",
    "ME\u0301FAIT",
    "été",
    "007",
    "7",
    "a\nb",
    "日本",
    "😀x",
    "١٢",
]
CELLS = {
    "texte": st.sampled_from(TEXTS),
    "entier": st.sampled_from([-1, 0, 1, 2, 3, 49, 2**52]),
    "nombre": st.sampled_from([-1.5, -0.0, 0.0, 0.1, 0.30000000000000004, 1.0, 2.0, 1e300]),
    "oui": st.booleans(),
    "jour": st.sampled_from([dt.date(1969, 12, 31), dt.date(2024, 2, 29), dt.date(2024, 3, 1)]),
    "heure": st.sampled_from([dt.datetime(1969, 1, 1), dt.datetime(2024, 1, 1, 0, 0, 0, 1)]),
}

EXPECTATIONS: list[tuple[str, dict[str, Any]]] = [
    ("expect_table_row_count_to_be_between", {"min_value": 4}),
    ("expect_table_row_count_to_equal", {"value": 3}),
    ("expect_table_column_count_to_equal", {"value": 6}),
    ("expect_table_column_count_to_be_between", {"min_value": 7}),
    ("expect_table_columns_to_match_ordered_list", {"column_list": list(COLUMNS)}),
    ("expect_table_columns_to_match_ordered_list", {"column_list": list(COLUMNS)[::-1]}),
    ("expect_table_columns_to_match_set", {"column_set": ["texte"], "exact_match": False}),
    *[("expect_column_values_to_not_be_null", {"column": c}) for c in COLUMNS],
    *[("expect_column_values_to_be_null", {"column": c}) for c in COLUMNS],
    *[("expect_column_values_to_be_unique", {"column": c}) for c in COLUMNS],
    *[
        ("expect_column_unique_value_count_to_be_between", {"column": c, "max_value": 2})
        for c in COLUMNS
    ],
    ("expect_column_values_to_not_be_null", {"column": "texte", "mostly": 0.7}),
    ("expect_column_values_to_be_in_set", {"column": "texte", "value_set": ["Vol", "Méfait"]}),
    ("expect_column_values_to_be_in_set", {"column": "entier", "value_set": [0, 1, 2]}),
    ("expect_column_values_to_be_in_set", {"column": "entier", "value_set": ["0", "1"]}),
    ("expect_column_values_to_be_in_set", {"column": "entier", "value_set": [0.5, 1.0]}),
    ("expect_column_values_to_be_in_set", {"column": "nombre", "value_set": [0.1, 0, 0.3]}),
    ("expect_column_values_to_be_in_set", {"column": "oui", "value_set": [True]}),
    ("expect_column_values_to_be_in_set", {"column": "jour", "value_set": ["2024-02-29"]}),
    ("expect_column_values_to_not_be_in_set", {"column": "texte", "value_set": ["vol", ""]}),
    ("expect_column_values_to_be_between", {"column": "entier", "min_value": 0}),
    ("expect_column_values_to_be_between", {"column": "entier", "min_value": 0.5, "max_value": 2}),
    (
        "expect_column_values_to_be_between",
        {"column": "nombre", "min_value": 0, "max_value": 1, "strict_max": True},
    ),
    ("expect_column_values_to_be_between", {"column": "entier", "min_value": 3, "max_value": 1}),
    ("expect_column_values_to_be_between", {"column": "texte", "min_value": 1}),
    ("expect_column_values_to_be_between", {"column": "jour", "min_value": "2024-01-01"}),
    *[
        (f"expect_column_values_to{no}_match_regex", {"column": "texte", "regex": regex})
        for no in ("", "_not")
        for regex in (
            r"^(?:[0-9]{3})$",
            r"^\d+$",
            "é",
            r"a.b",
            r"(?i)^vol$",
            r"^(?!V)",
            r"\bVol",
            "([",
        )
    ],
    ("expect_column_values_to_match_regex", {"column": "entier", "regex": "^[0-9]$"}),
    (
        "expect_column_value_lengths_to_be_between",
        {"column": "texte", "min_value": 1, "max_value": 3},
    ),
    ("expect_column_value_lengths_to_equal", {"column": "texte", "value": 2}),
    ("expect_compound_columns_to_be_unique", {"column_list": ["texte", "entier"]}),
    ("expect_compound_columns_to_be_unique", {"column_list": ["jour", "nombre", "oui"]}),
    (
        "expect_compound_columns_to_be_unique",
        {"column_list": ["texte", "entier"], "ignore_row_if": "any_value_is_missing"},
    ),
    ("expect_column_mean_to_be_between", {"column": "nombre", "min_value": 0.1}),
    ("expect_column_sum_to_be_between", {"column": "entier", "max_value": 5}),
    ("expect_column_stdev_to_be_between", {"column": "nombre", "max_value": 1}),
    ("expect_column_stdev_to_be_between", {"column": "texte", "max_value": 1}),
    (
        "expect_column_proportion_of_unique_values_to_be_between",
        {"column": "texte", "max_value": 1},
    ),
    (
        "expect_column_pair_values_a_to_be_greater_than_b",
        {"column_A": "entier", "column_B": "nombre"},
    ),
    ("expect_multicolumn_sum_to_equal", {"column_list": ["entier", "nombre"], "sum_total": 1}),
    (
        "expect_column_values_to_not_be_null",
        {"column": "texte", "row_condition": "entier > 0", "condition_parser": "pandas"},
    ),
    ("expect_column_values_to_not_be_null", {"column": "absente"}),
    ("expect_column_to_exist", {"column": "absente"}),
]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("moteurs")
    with quietly():
        import great_expectations as gx

        context = gx.get_context(mode="ephemeral")
        context.variables.progress_bars = {"globally": False}
        source = context.data_sources.add_pandas_filesystem("s", base_directory=folder)
        parquet.write_table(pa.table({"a": [1]}), folder / "lot.parquet")
        batch = source.add_parquet_asset("a").add_batch_definition_path("b", "lot.parquet")
    return context, source, batch, folder


def results(project: Any, asked: list[tuple[str, dict[str, Any]]], *, sql: bool) -> list[Result]:
    context, source, batch, folder = project
    with quietly():
        from great_expectations.expectations.expectation_configuration import (
            ExpectationConfiguration,
        )

        from actes.validate.engine import in_sql
    source._execution_engine = None
    configurations = [ExpectationConfiguration(type=k, kwargs=dict(a)) for k, a in asked]
    with quietly(), in_sql(context, source, scratch=folder) if sql else nullcontext():
        validator = context.get_validator(batch_request=batch.build_batch_request())
        found = validator.graph_validate(configurations, {"result_format": dict(SAFE_RESULTS)})
    source._execution_engine = None
    context.__dict__.pop("get_validator_using_batch_list", None)
    return sorted(map(_plain, found), key=_sorted)


def _sorted(result: Result) -> str:
    return json.dumps([result.expectation["type"], result.expectation["kwargs"]], sort_keys=True)


def comparable(result: Result) -> tuple[Any, ...]:
    counts = {k: v for k, v in result.counts.items() if k != "partial_unexpected_index_list"}
    return (
        result.expectation["type"],
        result.expectation["kwargs"],
        result.is_met,
        counts,
        result.error,
    )


def agree(project: Any, table: pa.Table) -> None:
    parquet.write_table(table, project[3] / "lot.parquet")
    ours = results(project, EXPECTATIONS, sql=True)
    stock = results(project, EXPECTATIONS, sql=False)
    for one, other in zip(ours, stock, strict=True):
        assert comparable(one) == comparable(other)


ROWS = st.lists(
    st.fixed_dictionaries({name: st.none() | cells for name, cells in CELLS.items()}),
    max_size=12,
)


@settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(rows=ROWS)
def test_any_table(project: Any, rows: list[dict[str, Any]]) -> None:
    columns = {name: [row[name] for row in rows] for name in COLUMNS}
    agree(project, pa.table({n: pa.array(columns[n], kind) for n, kind in COLUMNS.items()}))

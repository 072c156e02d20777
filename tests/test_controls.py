"""Control columns in SQL: the same as pandas computes, for any table, in DuckDB."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import duckdb
import pandas as pd
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pandas_controls import with_controls
from pyarrow import parquet

from actes.expectations import Control
from actes.validate.controls import control_query
from actes.validate.tables import _computed, _relation

if TYPE_CHECKING:
    from pathlib import Path

KEYS = ("cle", "sous")
CONTROLS = (
    Control("a", "complete", KEYS, measure="n", values=(1, 2, 3)),
    Control("b", "complete", ("n",), measure="cle", values=("x", "y", "z")),
    Control("c", "sums", KEYS, measure="n", other="autre", other_by=KEYS),
    Control("d", "sums", ("cle",), measure="taux", other="autre", other_by=("cle",)),
    Control("e", "unmatched", KEYS, other="autre", other_by=KEYS),
    Control("f", "reference", KEYS, other="autre", other_by=KEYS),
    Control("g", "reference", ("n",), other_by=("sous",)),
    Control("h", "period", ("jour",), minimum="2024-01-02", maximum="2024-02-01"),
    Control("i", "period", ("mois",), values=("2024-01", "2024-03")),
    Control("j", "period", ("heure",), minimum="2024-01-01T10:00:00"),
    Control("k", "period", ("locale",), minimum="2024-01-01T10:00:00"),
)
TYPES = {
    "cle": pa.string(),
    "sous": pa.int64(),
    "n": pa.int64(),
    "taux": pa.float64(),
    "jour": pa.date32(),
    "mois": pa.string(),
    "heure": pa.timestamp("us"),
    "locale": pa.timestamp("us", "-05:00"),
}
HOURS = [dt.datetime(2024, 1, 1, hour, minute) for hour, minute in ((9, 59), (10, 0), (14, 59))]
CELLS: dict[str, st.SearchStrategy[Any]] = {
    "cle": st.sampled_from(["x", "y", "é", ""]),
    "sous": st.sampled_from([0, 1, 7]),
    "n": st.sampled_from([1, 2, 3, 4]),
    "taux": st.sampled_from([0.1, 0.2, 0.30000000000000004, 0.3, -1e9]),
    "jour": st.sampled_from([dt.date(2024, 1, 1), dt.date(2024, 1, 2), dt.date(2024, 2, 2)]),
    "mois": st.sampled_from(["2024-01", "2024-02", "2024-03"]),
    "heure": st.sampled_from(HOURS),
    "locale": st.sampled_from([hour.replace(tzinfo=dt.UTC) for hour in HOURS]),
}
ROWS = st.lists(
    st.fixed_dictionaries({name: st.none() | cells for name, cells in CELLS.items()}),
    min_size=1,
    max_size=15,
)


def table(rows: list[dict[str, Any]]) -> pa.Table:
    return pa.table({n: pa.array([r[n] for r in rows], kind) for n, kind in TYPES.items()})


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("controles")


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(ours=ROWS, theirs=ROWS)
def test_any_two_tables(folder: Path, ours: list[Any], theirs: list[Any]) -> None:
    parquet.write_table(table(ours), folder / "a.parquet")
    parquet.write_table(table(theirs), folder / "b.parquet")
    other = _relation(folder / "b.parquet")
    query = control_query(_relation(folder / "a.parquet"), CONTROLS, {"autre": other})

    tallies = _computed(query, folder / "c.parquet")
    found = pd.read_parquet(folder / "c.parquet")
    frames = [pd.read_parquet(folder / name) for name in ("a.parquet", "b.parquet")]
    expected, counted = with_controls(frames[0], CONTROLS, {"autre": frames[1]})

    for control in CONTROLS:
        # rows may come in another order: what fails, and how often, does not depend on it
        column, known = found[control.column], expected[control.column]
        assert sorted(column.dropna()) == pytest.approx(sorted(known.dropna())), control.column
    assert tallies == counted
    assert list(found.columns) == [*TYPES, *(control.column for control in CONTROLS)]


def test_quotes_in_names_and_values(folder: Path) -> None:
    path, name = folder / "q.parquet", "l'\"an"
    parquet.write_table(pa.table({name: ["a'b", "c"], "n": [1, 2]}), path)
    control = Control('m"q', "complete", ("n",), measure=name, values=("a'b", "c"))

    tallies = _computed(control_query(_relation(path), (control,), {}), folder / "r.parquet")

    assert tallies == {'m"q': {"lacks": [["a'b", 1], ["c", 1]], "awaited": 2, "total": 2}}


def test_a_table_larger_than_the_memory_allowed(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = folder / "g.parquet"
    rows = "SELECT i % 400000 AS cle, i AS n, 'un texte qui prend de la place ' || i AS note"
    duckdb.connect().sql(f"{rows} FROM range(500000) AS r(i)").write_parquet(str(path))
    monkeypatch.setattr("actes.validate.memory._MEMORY", "128MB")
    control = Control("s", "complete", ("cle",), measure="n", values=(1, 2))

    tallies = _computed(control_query(_relation(path), (control,), {}), folder / "h.parquet")

    assert tallies["s"] == {
        "awaited": 2,
        "lacks": [["1", 399_999], ["2", 399_999]],
        "total": 400_000,
    }
    assert parquet.ParquetFile(folder / "h.parquet").metadata.num_rows == 500_000

"""The three datasets that ship are the printed figures, and say what is known of them."""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

from actes.ingest import ingest
from actes.store import read_dataset_spec
from actes.workspace import Workspace

HERE = Workspace(Path(__file__).parents[1])
NAMES = ("pdq-voisinage", "spvm-mensuel", "spvm-pdq")
SHARED = Path(__file__).parents[2] / "shared" / "data" / "spvm"


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> dict[str, pd.DataFrame]:
    root = tmp_path_factory.mktemp("workspace")
    for name in NAMES:
        shutil.copytree(HERE.datasets / name, root / "datasets" / name)
    workspace = Workspace(root)
    return {name: pd.read_parquet(ingest(workspace, name).path) for name in NAMES}


def total(table: pd.DataFrame, offence: str, year: int) -> int:
    chosen = (table["infraction"] == offence) & (table["annee"] == year)
    return int(table.loc[chosen, "nombre"].sum())


@pytest.mark.parametrize(
    ("name", "n_rows"), [("spvm-mensuel", 2592), ("spvm-pdq", 7047), ("pdq-voisinage", 29)]
)
def test_row_counts(tables, name, n_rows) -> None:
    assert len(tables[name]) == n_rows
    assert not tables[name].isna().any(axis=None)


@pytest.mark.parametrize("name", ["spvm-mensuel", "spvm-pdq"])
def test_totals_of_the_issue(tables, name) -> None:
    assert total(tables[name], "Introductions par effraction", 2024) == 6362
    assert total(tables[name], "Vols de véhicules à moteur", 2015) == 4523
    assert total(tables[name], "Vols de véhicules à moteur", 2024) == 8812


def test_the_two_tables_agree(tables) -> None:
    by = ["annee", "infraction"]
    months = tables["spvm-mensuel"].groupby(by)["nombre"].sum()
    stations = tables["spvm-pdq"].groupby(by)["nombre"].sum()

    assert len(months) == 216
    pd.testing.assert_series_equal(months, stations)


@pytest.mark.parametrize("name", NAMES)
def test_the_key_declared_is_one(tables, name) -> None:
    key = list(read_dataset_spec(HERE, name).data_schema.primary_key)

    assert key
    assert not tables[name].duplicated(key).any()


@pytest.mark.parametrize("name", NAMES)
def test_the_constraints_declared_hold(tables, name) -> None:
    for field in read_dataset_spec(HERE, name).data_schema.fields:
        column, constraints = tables[name][field.name], field.constraints
        if constraints.enum is not None:
            assert set(column) == set(constraints.enum), field.name
        if constraints.minimum is not None:
            assert column.min() >= float(constraints.minimum)
        if constraints.maximum is not None:
            assert column.max() <= float(constraints.maximum)
        if constraints.pattern is not None:
            assert column.str.fullmatch(constraints.pattern).all()


@pytest.mark.parametrize("name", ["spvm-mensuel", "spvm-pdq"])
def test_the_completeness_declared_holds(tables, name) -> None:
    (complete,) = read_dataset_spec(HERE, name).checks.complete

    for _key, rows in tables[name].groupby(list(complete.by)):
        assert set(complete.values) <= set(rows[complete.over])


def test_stations_by_year(tables) -> None:
    n_stations = tables["spvm-pdq"].groupby("annee")["pdq"].nunique()

    assert n_stations.tolist() == [34, 34, 34, 34, 33, 32, 32, 31, 31, 31]


def test_stations_without_a_neighbourhood_are_those_of_the_description(tables) -> None:
    stations, known = set(tables["spvm-pdq"]["pdq"]), set(tables["pdq-voisinage"]["pdq"])

    assert stations - known == {11, 24, 33, 50, 55}
    assert known <= stations
    for name in ("spvm-pdq", "pdq-voisinage"):
        assert "11, 24, 33, 50 et 55" in " ".join(read_dataset_spec(HERE, name).description.split())


def test_neighbours_are_mutual_and_known(tables) -> None:
    table = tables["pdq-voisinage"]
    neighbours = {
        station: set(map(int, text.split()))
        for station, text in zip(table["pdq"], table["voisins"], strict=True)
    }

    assert all(a in neighbours[b] for a, others in neighbours.items() for b in others)


def test_the_subtotal_that_does_not_add_up_is_the_one_described(tables) -> None:
    table = tables["spvm-mensuel"]
    chosen = (table["annee"] == 2019) & (table["categorie"] == "Crimes contre la personne")
    other = (table["annee"] == 2021) & (table["categorie"] != "Autres lois et règlements")

    assert table.loc[chosen, "nombre"].sum() == 23_692
    assert table.loc[other, "nombre"].sum() == 78_747


@pytest.mark.parametrize("name", NAMES)
def test_what_a_reader_must_know_is_there(name) -> None:
    spec = read_dataset_spec(HERE, name)

    assert spec.sensitivity == "open"
    assert spec.tlp == "CLEAR"
    assert spec.disclosure.min_cell == 0
    assert all(field.title and field.description for field in spec.data_schema.fields)
    assert spec.licenses


def test_the_yearly_reports_are_cited() -> None:
    for name in ("spvm-mensuel", "spvm-pdq"):
        (source,) = read_dataset_spec(HERE, name).sources
        assert "rapports statistiques annuels de 2015 à 2024" in source.title
        assert "M-IRIS" in source.title


@pytest.mark.parametrize(
    ("name", "original"),
    [
        ("spvm-mensuel", "spvm_criminalite_mensuelle_2015_2024.csv"),
        ("spvm-pdq", "spvm_criminalite_pdq_2015_2024.csv"),
        ("pdq-voisinage", "pdq_voisinage.csv"),
    ],
)
def test_the_files_are_the_ones_received(name, original) -> None:
    if not SHARED.is_dir():
        pytest.skip(f"needs {SHARED}")

    ours = HERE.datasets / name / f"{name}.csv"
    assert ours.read_bytes() == (SHARED / original).read_bytes()

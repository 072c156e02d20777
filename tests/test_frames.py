"""What a study reads of a dataset: the columns and rows that it asks for, and no other."""

from __future__ import annotations

import datetime as dt
import operator
from typing import TYPE_CHECKING, Annotated, Any

import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds
import pytest
from pyarrow import parquet

from actes import frames, mime, study
from actes.errors import StudyError
from actes.frames import frame_of
from actes.model import Dataset, Table, Verdict
from actes.specs.dataset import DatasetSpec
from actes.specs.study import Data

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Desk

N = 400
DAYS = [dt.date(2022, 1, 1) + dt.timedelta(3 * i) for i in range(N)]
COLUMNS: dict[str, list[Any]] = {
    "An": [day.year for day in DAYS],
    "Mois": [day.month for day in DAYS],
    "AnMois": [f"{day:%Y-%m}" for day in DAYS],
    "Jour": DAYS,
    "Heure": [dt.datetime(d.year, d.month, d.day, i % 24) for i, d in enumerate(DAYS)],
    "Type": [None if i % 50 == 0 else ("Vol", "Méfait", "Fraude")[i % 3] for i in range(N)],
    "Nombre": [i % 11 for i in range(N)],
}
DATES: dict[str, tuple[str, ...]] = {
    "year": ("An",),
    "year and month": ("An", "Mois"),
    "yearmonth": ("AnMois",),
    "date": ("Jour",),
    "datetime": ("Heure",),
}
TYPES = {
    "An": "year",
    "Mois": "integer",
    "AnMois": "yearmonth",
    "Jour": "date",
    "Heure": "datetime",
    "Type": "string",
    "Nombre": "integer",
}
COMPARED = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACTES_LANG", "en")


def dataset(tmp_path: Path, date: str = "date") -> Dataset:
    path = tmp_path / "t.parquet"
    parquet.write_table(pa.table(COLUMNS), path, row_group_size=40)
    roles = {"date": DATES[date], "group": "Type", "count": "Nombre"}
    spec = DatasetSpec.model_validate(
        {
            "name": "faits",
            "title": "Faits",
            "path": "f.csv",
            "sources": [{"title": "essai"}],
            "schema": {"fields": [{"name": n, "type": TYPES[n]} for n in COLUMNS]},
            "roles": roles,
        }
    )
    return Dataset(Table(spec, "0" * 64, path, N, "0" * 64), Verdict("", True, 0, (), ""))


def skipped(data: Dataset, where: list[Any]) -> int:
    """Row groups that need not be read."""
    (fragment,) = ds.dataset(data.table.path).get_fragments()
    condition = frames._kept(data, *where[0])
    return len(fragment.split_by_row_group()) - len(fragment.split_by_row_group(condition))


@pytest.mark.parametrize("date", list(DATES))
@pytest.mark.parametrize("compared", list(COMPARED))
@pytest.mark.parametrize("value", ["2023-05-10", dt.date(2023, 5, 1), 2024])
def test_dates_are_compared_as_the_start_of_their_period(tmp_path, date, compared, value) -> None:
    data = dataset(tmp_path, date)
    whole = frame_of(data, ["date", "count"])
    text = str(value)

    kept = frame_of(data, ["date", "count"], [("date", compared, value)])

    expected = whole[COMPARED[compared](whole["date"], pd.Timestamp(text))]
    pd.testing.assert_frame_equal(kept, expected.reset_index(drop=True), check_dtype=not kept.empty)
    if compared != "!=" and text.startswith("2023"):
        assert skipped(data, [("date", compared, value)]) > 2


@pytest.mark.parametrize(
    ("where", "query"),
    [
        ([("group", "==", "Vol")], "group == 'Vol'"),
        ([("group", "!=", "Vol")], "group != 'Vol' and group.notna()"),
        ([("group", "in", ["Vol", "Fraude"])], "group in ['Vol', 'Fraude']"),
        ([("group", "not in", ["Vol"])], "group != 'Vol' and group.notna()"),
        ([("group", "in", [])], "count < 0"),
        ([("count", ">", 4), ("group", "==", "Vol")], "count > 4 and group == 'Vol'"),
    ],
)
def test_cells(tmp_path, where, query) -> None:
    data = dataset(tmp_path)
    whole = frame_of(data, ["group", "count"])

    kept = frame_of(data, ["group", "count"], where)

    pd.testing.assert_frame_equal(kept, whole.query(query).reset_index(drop=True))
    assert list(frame_of(data, ["count"], where)) == ["count"]


@pytest.mark.parametrize(
    ("where", "code", "words"),
    [
        ([("groupe", "==", "Vol")], "R025", "group"),
        ([("group", "=", "Vol")], "R026", "==, !=, <"),
        ([("group", "==", 3)], "R026", "a value of the type string, for the role “group”"),
        ([("count", "<", "3")], "R026", "a value of the type integer"),
        ([("count", "<", True)], "R026", "a value of the type integer"),
        ([("group", "in", "Vol")], "R026", "a list for “in”"),
        ([("group", "==", ["Vol"])], "R026", "a single value for the others"),
        ([("date", ">", "mai 2023")], "R026", "2024-03"),
        ([("group", "Vol")], "R026", "(role, operator, value)"),
    ],
)
def test_a_filter_that_cannot_be_applied(tmp_path, where, code, words) -> None:
    with pytest.raises(StudyError) as caught:
        frame_of(dataset(tmp_path), ["count"], where)

    assert caught.value.code == code
    assert words in str(caught.value)


def test_a_study_reads_what_it_asks_and_says_so(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[dict[str, Any]] = []
    monkeypatch.setattr(study, "_show", shown.append)
    assert desk.actes("validate", "incidents").code == 0
    monkeypatch.chdir(desk.root)
    namespace = {
        "__annotations__": {"donnees": Annotated[str, Data("date", "count", "area")]},
        "donnees": "incidents",
    }

    begun = study.begin(
        namespace,
        columns=["area", "group", "count"],
        where={"donnees": [("date", "==", 2023), ("group", "in", {"Vols"})]},
    )

    record = shown[0][mime.BEGIN]
    assert list(begun.data) == ["area", "group", "count"]
    assert set(begun.data["group"]) == {"Vols"}
    assert begun.frequencies == {}
    assert record["rows"] == {"donnees": len(begun.data)}
    assert record["where"] == {"donnees": [["date", "==", 2023], ["group", "in", ["Vols"]]]}
    assert f"{len(begun.data)} lues" in shown[0]["text/plain"]

    with pytest.raises(StudyError, match=r"\[R025\].*\n.*exposure"):
        study.begin(namespace, columns=["exposure"])
    with pytest.raises(StudyError, match=r"\[R025\] Aucun paramètre"):
        study.begin(namespace, where={"incidents": []})

"""A source larger than memory: whatever the size of its parts, the outcome is the same."""

from __future__ import annotations

import datetime as dt
import sqlite3
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from actes import ingest as ingestion
from actes import rowgroups
from actes.errors import ActesError
from actes.ingest import ingest
from actes.specs.dataset import DatasetSpec
from actes.workspace import Workspace

if TYPE_CHECKING:
    from pathlib import Path

N_ROWS = 1000
SIZES = (7, 64, 333, 1 << 16)
DAY = dt.date(2024, 1, 1)


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACTES_LANG", "en")
    monkeypatch.setattr(rowgroups, "ROWS", 100)


def line(row: int) -> str:
    return f"{row};{row % 7};{row / 4:.2f};{DAY + dt.timedelta(row % 90)};été {row % 3}\n".replace(
        ".", ","
    )


def lines() -> list[str]:
    return ["id;groupe;taux;jour;note\n", *map(line, range(N_ROWS))]


FIELDS: dict[str, Any] = {
    "id": "integer",
    "groupe": "integer",
    "taux": {"type": "number", "decimalChar": ","},
    "jour": "date",
    "note": "string",
}


def described(fields: dict[str, Any], **keys: Any) -> DatasetSpec:
    listed = [
        {"name": name, **({"type": what} if isinstance(what, str) else what)}
        for name, what in fields.items()
    ]
    content = {"name": "faits", "title": "Faits", "sources": [{"title": "essai"}]}
    if "sql" not in keys:
        content |= {"path": "faits.csv", "dialect": {"delimiter": ";"}}
    return DatasetSpec.model_validate(content | {"schema": {"fields": listed}} | keys)


def outcome(root: Path, spec: DatasetSpec, size: int, monkeypatch: pytest.MonkeyPatch) -> Any:
    """The table's bytes, or the whole message and what is in quarantine."""
    monkeypatch.setattr(ingestion, "CHUNK_ROWS", size)
    workspace = Workspace(root)
    try:
        table = ingest(workspace, spec)
    except ActesError as error:
        kept = [path.read_bytes() for path in workspace.quarantine.glob("*")]
        found = (str(error), kept)
        assert not list(workspace.tables.glob("*"))
    else:
        assert pq.ParquetFile(table.path).metadata.num_rows == table.n_rows
        found = (table.sha256, table.n_rows)
    return found


def outcomes(
    tmp_path: Path, spec: DatasetSpec, source: bytes | None, monkeypatch: pytest.MonkeyPatch
) -> Any:
    """The one outcome of every size of parts."""
    found = []
    for size in SIZES:
        root = tmp_path / str(size)
        (root / "datasets" / "faits").mkdir(parents=True)
        (root / "_quarto.yml").write_text("actes: {}\n", encoding="utf-8")
        if source is not None:
            (root / "datasets" / "faits" / "faits.csv").write_bytes(source)
        found.append(outcome(root, spec, size, monkeypatch))
    for other in found[1:]:
        assert other == found[0]
    return found[0]


def test_the_table_is_the_same_and_in_groups(tmp_path, monkeypatch) -> None:
    sha256, n_rows = outcomes(tmp_path, described(FIELDS), "".join(lines()).encode(), monkeypatch)

    file = pq.ParquetFile(tmp_path / "7" / ".actes" / "tables" / f"{sha256}.parquet")
    assert n_rows == N_ROWS
    assert [file.metadata.row_group(i).num_rows for i in range(10)] == [100] * 10
    assert file.read(["id"]).column("id").to_pylist() == list(range(N_ROWS))
    assert file.read(["note"]).column("note").to_pylist()[2] == "été 2"


def put(at: int, text: str) -> bytes:
    """The same file, one of its lines being another."""
    changed = lines()
    changed[at] = text
    return "".join(changed).encode()


@pytest.mark.parametrize(
    ("source", "words"),
    [
        (put(903, "902;x;1,0;2024-01-01;a\n"), ["D100", "1 cell ", "line 904"]),
        (put(903, "902;1;1.5;2024-02-30;a\n"), ["D100", "2 cells", "decimal number × 1"]),
        (put(998, "997;1;1,5;2024-01-01\n"), ["D013", "4 cells, at lines: 999"]),
        (put(700, '699;1;1,5;2024-01-01;"a\n'), ["D008", "line 701"]),
        (put(700, '699;1;1,5;2024-01-01;"a\nb"\n') + b"1;2;3\n", ["D013", "lines: 1003"]),
    ],
)
def test_a_fault_far_into_the_file(tmp_path, monkeypatch, source, words) -> None:
    message, _kept = outcomes(tmp_path, described(FIELDS), source, monkeypatch)

    for word in words:
        assert word in str(message)


def test_every_refused_cell_is_kept_and_the_first_are_named(tmp_path, monkeypatch) -> None:
    source = "".join(text.replace(";3;", ";trois;") for text in lines()).encode()

    message, (kept,) = outcomes(tmp_path, described(FIELDS), source, monkeypatch)

    assert "lines 5, 12, 19, 26, 33, 40, 47, 54, 61, 68 and 133 more" in message
    assert "text × 143" in message
    assert kept.decode("utf-8-sig").splitlines()[:2] == ["line,column,value", "5,groupe,trois"]
    assert kept.decode("utf-8-sig").count("trois") == 143


def test_a_byte_of_another_encoding_after_megabytes(tmp_path, monkeypatch) -> None:
    body = "".join(f"{row};0;1,0;2024-01-01;{'été ' * 100}\n" for row in range(12_000)).encode()
    source = lines()[0].encode() + body + b"9;9;9,0;2024-01-01;" + b"\xe9t\xe9\n"

    message, _kept = outcomes(tmp_path, described(FIELDS), source, monkeypatch)

    assert len(source) > 5_000_000
    assert "D006" in message
    assert "line 12002" in message
    assert f"byte {len(source) - 3:d} " in message
    assert "probably" not in message  # the rest is as declared


def test_a_file_in_the_encoding_of_windows_is_recognised(tmp_path, monkeypatch) -> None:
    source = "".join(lines()).replace("été", "Plaintes reçues à l’été").encode("cp1252")

    message, _kept = outcomes(tmp_path, described(FIELDS), source, monkeypatch)

    assert "the file is probably in cp1252" in message
    assert "line 2" in message


SUMMER = ["2024-01-05T10:00:00-05:00"] * 600 + ["2024-07-05T10:00:00-04:00"] * 2


@pytest.mark.parametrize(
    ("times", "zone"),
    [(SUMMER[:600], "-05:00"), (SUMMER, "UTC"), ([""] * 600 + SUMMER[:1], "-05:00")],
)
def test_the_zone_of_times_is_that_of_all_of_them(tmp_path, monkeypatch, times, zone) -> None:
    source = "t;n\n" + "".join(f"{time};1\n" for time in times)
    spec = described({"t": "datetime", "n": "integer"})

    sha256, _n = outcomes(tmp_path, spec, source.encode(), monkeypatch)

    path = tmp_path / "7" / ".actes" / "tables" / f"{sha256}.parquet"
    assert pq.read_schema(path).field("t").type == pa.timestamp("us", zone)


@pytest.mark.parametrize("n_naive", [2, 900])
def test_times_without_an_offset_among_others(tmp_path, monkeypatch, n_naive) -> None:
    times = ["2024-01-05T10:00:00"] * n_naive + SUMMER[:600]
    source = "t;n\n" + "".join(f"{time};1\n" for time in times)
    spec = described({"t": "datetime", "n": "integer"})

    message, _kept = outcomes(tmp_path, spec, source.encode(), monkeypatch)

    refused = min(n_naive, 600)
    assert f"{refused} cells cannot be read" in message
    assert "offset from UTC" in message


def test_a_parquet_file(tmp_path, monkeypatch) -> None:
    table = pa.table(
        {
            "id": list(range(N_ROWS)),
            "note": pa.array([f"n{i % 5}" for i in range(N_ROWS)]).dictionary_encode(),
        }
    )
    buffer = pa.BufferOutputStream()
    pq.write_table(table, buffer, row_group_size=90)
    spec = described({"id": "integer", "note": "string"}, format="parquet")

    sha256, n_rows = outcomes(tmp_path, spec, buffer.getvalue().to_pybytes(), monkeypatch)

    assert n_rows == N_ROWS
    assert len(sha256) == 64


def test_a_query(tmp_path, monkeypatch) -> None:
    base = tmp_path / "base.sqlite"
    with sqlite3.connect(base) as database:
        database.execute("CREATE TABLE faits (id INTEGER, note TEXT)")
        database.executemany(
            "INSERT INTO faits VALUES (?, ?)", [(i, f"é{i % 4}") for i in range(N_ROWS)]
        )
    database.close()
    sql = {"query": "SELECT * FROM faits", "url": "sqlite:///../../../base.sqlite"}
    spec = described({"id": "integer", "note": "string"}, format="sql", sql=sql)

    _sha256, n_rows = outcomes(tmp_path, spec, None, monkeypatch)

    assert n_rows == N_ROWS

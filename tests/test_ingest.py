"""Sources become typed tables, or one clear refusal; nothing is left half done."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import textwrap
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from actes import files, store
from actes.errors import ActesError, SourceError, TableError, ToolError
from actes.ingest import ingest
from actes.specs.dataset import DatasetSpec
from actes.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PERSON = "Tremblay-4512"


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACTES_LANG", "en")


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "_quarto.yml").write_text("actes: {}\n", encoding="utf-8")
    return Workspace(tmp_path)


def described(fields: dict[str, Any], **keys: Any) -> DatasetSpec:
    """A descriptor whose fields are ``name=type`` or ``name={...}``."""
    listed = [
        {"name": name, **({"type": what} if isinstance(what, str) else what)}
        for name, what in fields.items()
    ]
    schema = {"fields": listed, "missingValues": keys.pop("missing", [""])}
    content = {"name": "faits", "title": "Faits", "sources": [{"title": "essai"}]}
    if "sql" not in keys:
        content["path"] = "faits.csv"
    return DatasetSpec.model_validate(content | {"schema": schema} | keys)


@pytest.fixture
def put(workspace: Workspace) -> Callable[..., Path]:
    def write(content: str | bytes, name: str = "faits.csv") -> Path:
        path = workspace.datasets / "faits" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write


def rows(table_path: Path) -> dict[str, list[Any]]:
    return pq.read_table(table_path).to_pydict()


def everything_in(workspace: Workspace) -> list[str]:
    return sorted(p.name for p in workspace.store.rglob("*") if p.is_file())


# ── what comes out ────────────────────────────────────────────────────────────────────────────


def test_every_type_is_what_was_declared(workspace, put) -> None:
    put(
        "code;annee;mois;n;taux;jour;moment;actif\n"
        "007;2024;2024-03;1 503;-1 234,5;05/03/2024;2024-03-05T10:30:00;oui\n"
        "012;2023;2024-04;;2,5e2;;;non\n"
    )
    spec = described(
        {
            "code": "string",
            "annee": "year",
            "mois": "yearmonth",
            "n": {"type": "integer", "groupChar": " "},
            "taux": {"type": "number", "decimalChar": ",", "groupChar": " "},
            "jour": {"type": "date", "format": "%d/%m/%Y"},
            "moment": "datetime",
            "actif": {"type": "boolean", "trueValues": ["oui"], "falseValues": ["non"]},
        },
        dialect={"delimiter": ";"},
    )

    table = ingest(workspace, spec)

    expected = {
        "code": pa.string(),
        "annee": pa.int64(),
        "mois": pa.string(),
        "n": pa.int64(),
        "taux": pa.float64(),
        "jour": pa.date32(),
        "moment": pa.timestamp("us"),
        "actif": pa.bool_(),
    }
    assert {f.name: f.type for f in pq.read_schema(table.path)} == expected
    read = rows(table.path)
    assert read["code"] == ["007", "012"]
    assert read["n"] == [1503, None]
    assert read["taux"] == [-1234.5, 250.0]
    assert [str(d) for d in read["jour"]] == ["2024-03-05", "None"]
    assert read["actif"] == [True, False]
    assert table.n_rows == 2


@pytest.mark.parametrize("space", [" ", "\u00a0", "\u202f"])
def test_a_declared_space_is_any_of_the_three(workspace, put, space) -> None:
    put(f"n\n1{space}503\n12\n")

    table = ingest(workspace, described({"n": {"type": "integer", "groupChar": " "}}))

    assert rows(table.path) == {"n": [1503, 12]}


def test_columns_come_in_the_declared_order(workspace, put) -> None:
    put("b,a\n2,1\n")

    table = ingest(workspace, described({"a": "integer", "b": "integer"}))

    assert rows(table.path) == {"a": [1], "b": [2]}


def test_the_words_of_missing_values_are_null_in_every_type(workspace, put) -> None:
    put("a,b,c\n1,ND,x\nND,2024-01-01,ND\n")
    spec = described({"a": "integer", "b": "date", "c": "string"}, missing=["", "ND"])

    read = rows(ingest(workspace, spec).path)

    assert read["a"] == [1, None]
    assert read["b"][0] is None
    assert read["c"] == ["x", None]


def test_times_keep_their_offset(workspace, put) -> None:
    spec = described({"t": "datetime"})
    put("t\n2024-01-05T10:00:00-05:00\n2024-01-06 11:00:00-05:00\n")

    assert pq.read_schema(ingest(workspace, spec).path).field("t").type.tz == "-05:00"

    put("t\n2024-01-05T10:00:00-05:00\n2024-07-06T11:00:00-04:00\n")

    assert pq.read_schema(ingest(workspace, spec).path).field("t").type.tz == "UTC"


# ── content-addressed ─────────────────────────────────────────────────────────────────────────


def test_the_same_source_is_read_once_and_gives_the_same_bytes(workspace, put) -> None:
    put("a\n1\n")
    spec = described({"a": "integer"})

    first = ingest(workspace, spec)
    written = first.path.stat().st_mtime_ns
    again = ingest(workspace, spec)

    assert again == first
    assert again.path.stat().st_mtime_ns == written

    bytes_before = first.path.read_bytes()
    shutil.rmtree(workspace.store)

    assert ingest(workspace, spec).path.read_bytes() == bytes_before


def test_the_original_bytes_are_kept_under_their_hash(workspace, put) -> None:
    content = "é\n1\n".encode("cp1252")
    put(content)

    table = ingest(workspace, described({"é": "integer"}, encoding="cp1252"))

    assert (workspace.sources / table.source_sha256).read_bytes() == content


def test_a_changed_source_gives_a_new_table_and_the_old_one_stays(workspace, put) -> None:
    spec = described({"a": "integer"})
    put("a\n1\n")
    old = ingest(workspace, spec)
    put("a\n2\n")
    new = ingest(workspace, spec)

    assert new.sha256 != old.sha256
    assert rows(old.path) == {"a": [1]}
    assert rows(new.path) == {"a": [2]}
    assert (workspace.sources / old.source_sha256).is_file()


def test_another_reading_of_the_same_source_is_another_table(workspace, put) -> None:
    put("a\n007\n")

    as_text = ingest(workspace, described({"a": "string"}))
    as_number = ingest(workspace, described({"a": "integer"}))

    assert rows(as_text.path) == {"a": ["007"]}
    assert rows(as_number.path) == {"a": [7]}


def test_a_title_in_the_descriptor_reads_nothing_again(workspace, put) -> None:
    put("a\n1\n")
    first = ingest(workspace, described({"a": "integer"}))
    again = ingest(workspace, described({"a": {"type": "integer", "title": "Nombre"}}))

    assert again.sha256 == first.sha256
    assert len(list(workspace.ingested.glob("*.json"))) == 1


@pytest.mark.skipif(os.name == "nt", reason="file modes are not kept on Windows")
def test_confidential_rows_are_for_their_owner_alone(workspace, put) -> None:
    put("a\n1\n")
    private = ingest(workspace, described({"a": "integer"}))
    put("a\n2\n")
    shared = ingest(workspace, described({"a": "integer"}, sensitivity="open"))

    def mode(path: Path) -> int:
        return stat.S_IMODE(path.stat().st_mode)

    assert mode(private.path) == mode(workspace.sources / private.source_sha256) == 0o600
    assert mode(shared.path) == 0o644


# ── cells that refuse ─────────────────────────────────────────────────────────────────────────


def test_a_refused_cell_rejects_the_table_without_showing_itself(workspace, put) -> None:
    put(f"a,b\n1,x\n{PERSON},y\n1.5,z\n2024-01-05,w\n1 503,v\n")

    with pytest.raises(TableError) as caught:
        ingest(workspace, described({"a": "integer", "b": "string"}))

    message = str(caught.value)
    assert caught.value.code == "D100"
    assert caught.value.exit_code == 1
    assert "4 cells" in message
    assert "column “a”, declared integer" in message
    for kind in ("text × 1", "decimal number × 1", "date × 1", "separated thousands × 1"):
        assert kind in message
    assert "lines 3, 4, 5, 6" in message
    for value in (PERSON, "1.5", "2024-01-05", "1 503"):
        assert value not in message
    assert not list(workspace.tables.glob("*"))
    assert not list(workspace.ingested.glob("*.json"))


def test_the_quarantine_holds_the_values_for_the_owner(workspace, put) -> None:
    put(f'a,b\n"{PERSON}\nx",2\n1,deux\n')

    with pytest.raises(TableError) as caught:
        ingest(workspace, described({"a": "integer", "b": "integer"}))

    (kept,) = workspace.quarantine.iterdir()
    assert workspace.shown(kept) in caught.value.next_step
    assert kept.read_text(encoding="utf-8-sig") == (
        f'line,column,value\n2,a,"{PERSON}\nx"\n4,b,deux\n'
    )
    if os.name != "nt":
        assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_lines_beyond_ten_are_counted(workspace, put) -> None:
    put("a\n" + "x\n" * 25)

    with pytest.raises(TableError, match=r"lines 2, 3, .*, 11 and 15 more"):
        ingest(workspace, described({"a": "integer"}))


@pytest.mark.parametrize(
    ("declared", "cell"),
    [
        ("integer", "1e3"),
        ("integer", "5.0"),
        ("integer", "9223372036854775808"),
        ("integer", "1 50"),
        ("integer", "١٢"),
        ("number", "1,5"),
        ("number", "NaN"),
        ("number", "inf"),
        ("number", "1e999"),
        ("number", "0x10"),
        ("boolean", "oui"),
        ("date", "2024-02-30"),
        ("date", "05/03/2024"),
        ("date", "2024-01-05T00:00:00"),
        ("datetime", "2024-01-05"),
        ("year", "24"),
        ("yearmonth", "2024-13"),
    ],
)
def test_nothing_is_coerced(workspace, put, declared, cell) -> None:
    put(f'a\n"{cell}"\n')

    with pytest.raises(TableError) as caught:
        ingest(workspace, described({"a": declared}))

    assert cell not in str(caught.value).replace(str(workspace.root), "")


def test_exponents_are_numbers(workspace, put) -> None:
    put("a\n1e3\n1.5E-2\n")

    assert rows(ingest(workspace, described({"a": "number"})).path) == {"a": [1000.0, 0.015]}


def test_a_misplaced_group_is_refused(workspace, put) -> None:
    put("a\n1 503\n15 03\n")

    with pytest.raises(TableError, match="line 3"):
        ingest(workspace, described({"a": {"type": "integer", "groupChar": " "}}))


def test_times_with_and_without_offset_are_not_one_column(workspace, put) -> None:
    put("a\n2024-01-05T10:00:00\n2024-01-06T10:00:00\n2024-01-05T10:00:00-05:00\n")

    with pytest.raises(TableError, match=r"offset from UTC .* line 4"):
        ingest(workspace, described({"a": "datetime"}))


def test_a_missing_word_not_declared_is_refused_in_figures(workspace, put) -> None:
    put("a\n1\nNA\n")

    with pytest.raises(TableError, match="text × 1"):
        ingest(workspace, described({"a": "integer"}))


# ── sources that cannot be opened ─────────────────────────────────────────────────────────────


def test_no_such_file(workspace) -> None:
    with pytest.raises(SourceError, match="D001"):
        ingest(workspace, described({"a": "integer"}))


def test_a_folder(workspace) -> None:
    (workspace.datasets / "faits" / "faits.csv").mkdir(parents=True)

    with pytest.raises(SourceError, match="is a folder") as caught:
        ingest(workspace, described({"a": "integer"}))

    assert caught.value.code == "D002"


def test_a_file_that_may_not_be_read(workspace, put, monkeypatch) -> None:
    put("a\n1\n")

    def forbidden(_path: Path) -> str:
        raise PermissionError(errno.EACCES, "Permission denied")

    monkeypatch.setattr(store, "file_sha256", forbidden)

    with pytest.raises(SourceError, match="may not be read by you") as caught:
        ingest(workspace, described({"a": "integer"}))

    assert caught.value.code == "D016"


# ── nothing half done ─────────────────────────────────────────────────────────────────────────


def test_a_full_disk_is_said_and_leaves_nothing_half_done(workspace, put, monkeypatch) -> None:
    put("a\n1\n")
    spec = described({"a": "integer"})
    before = ingest(workspace, spec)
    put("a\n2\n")
    real = files.os.fsync

    def full(_handle: int) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(files.os, "fsync", full)
    with pytest.raises(ToolError) as caught:
        ingest(workspace, spec)
    monkeypatch.setattr(files.os, "fsync", real)

    assert caught.value.code == "T001"
    assert not [name for name in everything_in(workspace) if name.startswith(".tmp-")]
    assert rows(before.path) == {"a": [1]}
    assert rows(ingest(workspace, spec).path) == {"a": [2]}


@pytest.mark.skipif(os.name == "nt", reason="SIGKILL is not of Windows")
@pytest.mark.parametrize("n_syncs", [1, 2, 3])
def test_a_kill_leaves_whole_files_only(workspace, put, n_syncs) -> None:
    put("a\n1\n2\n")
    program = textwrap.dedent(
        f"""
        import os, signal
        from pathlib import Path
        from actes import files
        from actes.ingest import ingest
        from actes.specs.dataset import DatasetSpec
        from actes.workspace import Workspace

        left, sync = {n_syncs}, os.fsync
        def counted(handle):
            global left
            left -= 1
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)
            sync(handle)
        files.os.fsync = counted
        spec = DatasetSpec.model_validate({{
            "name": "faits", "title": "Faits", "path": "faits.csv",
            "sources": [{{"title": "essai"}}],
            "schema": {{"fields": [{{"name": "a", "type": "integer"}}]}},
        }})
        ingest(Workspace(Path({str(workspace.root)!r})), spec)
        """
    )

    killed = subprocess.run([sys.executable, "-c", program], check=False)

    assert killed.returncode == -signal.SIGKILL
    for path in workspace.tables.glob("[!.]*"):
        assert pq.read_table(path).num_rows == 2
    spec = described({"a": "integer"})
    if store.recall_table(workspace, spec):
        pytest.fail("remembered before it was whole")
    assert rows(ingest(workspace, spec).path) == {"a": [1, 2]}


def test_a_source_that_changes_under_reading_is_refused(workspace, put, monkeypatch) -> None:
    path = put("a\n1\n")
    real = shutil.copyfile

    def racing(source: Path, target: Path) -> None:
        path.write_text("a\n1\n2\n", encoding="utf-8")
        real(source, target)

    monkeypatch.setattr("actes.ingest.shutil.copyfile", racing)

    with pytest.raises(SourceError, match="D015"):
        ingest(workspace, described({"a": "integer"}))

    assert everything_in(workspace) == []


# ── queries ───────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def database(workspace: Workspace) -> Path:
    path = workspace.datasets / "faits" / "base.sqlite"
    path.parent.mkdir(parents=True)
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE faits (pdq TEXT, n INTEGER, taux REAL)")
        connection.executemany(
            "INSERT INTO faits VALUES (?, ?, ?)", [("07", 3, 1.5), ("05", 2, None)]
        )
    connection.close()
    return path


def queried(query: str, **source: str) -> DatasetSpec:
    source = source or {"url": "sqlite:///base.sqlite"}
    return described(
        {"pdq": "string", "n": "integer", "taux": "number"},
        format="sql",
        sql={"query": query, **source},
    )


def test_a_query_is_read_and_its_answer_kept(workspace, database) -> None:
    table = ingest(workspace, queried("SELECT pdq, n, taux FROM faits"))

    assert rows(table.path) == {"pdq": ["05", "07"], "n": [2, 3], "taux": [None, 1.5]}
    kept = (workspace.sources / table.source_sha256).read_text(encoding="utf-8")
    assert kept == '["pdq", "n", "taux"]\n["05", 2, null]\n["07", 3, 1.5]\n'
    assert store.recall_table(workspace, queried("SELECT pdq, n, taux FROM faits")) == table


def test_the_order_of_an_answer_changes_nothing(workspace, database) -> None:
    one = ingest(workspace, queried("SELECT * FROM faits ORDER BY n"))
    other = ingest(workspace, queried("SELECT * FROM faits ORDER BY n DESC"))

    assert one.sha256 == other.sha256


def test_a_changed_answer_is_noticed(workspace, database) -> None:
    spec = queried("SELECT * FROM faits")
    before = ingest(workspace, spec)
    with sqlite3.connect(database) as connection:
        connection.execute("UPDATE faits SET n = 4 WHERE pdq = '07'")
    connection.close()
    after = ingest(workspace, spec)

    assert after.sha256 != before.sha256
    assert store.recall_table(workspace, spec) == after


def test_the_address_is_read_from_the_environment_and_never_shown(
    workspace, database, monkeypatch
) -> None:
    spec = queried("SELECT * FROM faits", urlVariable="ACTES_TEST_BASE")
    monkeypatch.setenv("ACTES_TEST_BASE", "sqlite:///base.sqlite")

    assert ingest(workspace, spec).n_rows == 2

    for address in ("nonsense", "postgresql+psycopg://moi:secret@127.0.0.1:1/base"):
        monkeypatch.setenv("ACTES_TEST_BASE", address)
        with pytest.raises(SourceError) as caught:
            ingest(workspace, spec)
        assert caught.value.code in ("D030", "D032")
        assert address not in str(caught.value)
        assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    ("query", "code"),
    [
        ("DELETE FROM faits", "D031"),
        ("SELECT 1; DROP TABLE faits", "D031"),
        ("", "D031"),
        ("SELECT * FROM ailleurs", "D032"),
        ("WITH x AS (SELECT 1) DELETE FROM faits", "D032"),
        ("SELECT pdq, n, x'00' AS taux FROM faits", "D033"),
        ("SELECT pdq, n FROM faits", "D012"),
        ("SELECT * FROM faits WHERE n > 100", "D014"),
    ],
)
def test_queries_that_are_refused(workspace, database, query, code) -> None:
    with pytest.raises(SourceError) as caught:
        ingest(workspace, queried(query))

    assert caught.value.code == code
    with sqlite3.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM faits").fetchone() == (2,)
    connection.close()


@pytest.mark.parametrize(
    "source",
    [
        {"url": "postgresql://moi:secret@ailleurs/base"},
        {"url": "sqlite:///absente.sqlite"},
        {"urlVariable": "ACTES_TEST_NOWHERE"},
    ],
)
def test_addresses_that_are_refused(workspace, database, source) -> None:
    with pytest.raises(SourceError) as caught:
        ingest(workspace, queried("SELECT * FROM faits", **source))

    assert caught.value.code == "D030"
    assert "secret" not in str(caught.value)
    assert not (workspace.datasets / "faits" / "absente.sqlite").exists()


def test_a_colon_in_a_query_is_not_a_parameter(workspace, database) -> None:
    table = ingest(workspace, queried("SELECT pdq, n, taux FROM faits WHERE pdq <> ':x%'"))

    assert table.n_rows == 2


def test_a_number_is_never_made_into_text(workspace, database) -> None:
    with pytest.raises(TableError, match=r"column “pdq”, declared string: whole number"):
        ingest(workspace, queried("SELECT n AS pdq, n, taux FROM faits"))


def test_the_message_is_read_by_people(workspace, put) -> None:
    put("annee;nombre\n2024;douze\n")

    spec = described({"annee": "year", "nombre": "integer"}, dialect={"delimiter": ";"})
    with pytest.raises(ActesError) as caught:
        ingest(workspace, spec)

    (kept,) = workspace.quarantine.iterdir()
    assert str(caught.value).splitlines() == [
        "[D100] 1 cell cannot be read as its declared type: the table is rejected as a whole.",
        "  where      datasets/faits/faits.csv",
        "  found      column “nombre”, declared integer: text × 1; line 2",
        "  expected   the types that dataset.yml declares; no value is guessed or dropped",
        f"  next step  see the values in .actes/quarantine/{kept.name}"
        " (for the data's owner alone), then correct the source,"
        " or the type or missingValues in dataset.yml",
    ]

"""Rows that stay in PostgreSQL are validated there, and none is copied."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import sqlalchemy as sa

from actes.errors import ActesError
from actes.ingest import ingest
from actes.inputs import _validated
from actes.model import Dataset, Rejected
from actes.store import read_dataset_spec
from actes.validate import validate, validate_in_place
from actes.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterator

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
MARKER = "Marqueur-7391"
DESCRIPTOR = """\
name: plaintes
title: Plaintes
format: sql
sql: {query: "SELECT * FROM plaintes;", urlVariable: ESSAI_PG, stay: true}
schema:
  fields:
    - {name: an, type: year, constraints: {required: true, minimum: 2020}}
    - {name: mois, type: integer, constraints: {required: true, minimum: 1, maximum: 12}}
    - {name: genre, constraints: {enum: [Bruit, Autre], pattern: "[A-Z][a-z]+", maxLength: 10}}
    - {name: n, type: integer, constraints: {minimum: 0}}
    - {name: taux, type: number}
    - {name: jour, type: date, constraints: {minimum: "2020-01-01", maximum: "2021-12-31"}}
  primaryKey: [an, mois, genre]
checks:
  complete:
    - {by: [an, genre], over: mois, values: [1, 2, 3]}
sources: [{title: essai}]
sensitivity: confidential
"""


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """A PostgreSQL server of our own; its address."""
    if not BINARIES:
        pytest.skip("no PostgreSQL server is installed under /usr/lib/postgresql")
    with tempfile.TemporaryDirectory(prefix="actes-pg-") as name, socket.socket() as free:
        folder, user = Path(name), {}
        if os.geteuid() == 0:  # PostgreSQL refuses to run as root
            shutil.chown(folder, "nobody")
            user = {"user": "nobody"}
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
        free.close()

        def ran(program: str, *words: Any) -> None:
            subprocess.run(
                [BINARIES[-1] / program, "-D", folder / "data", *words],
                cwd=folder,
                check=True,
                stdout=subprocess.DEVNULL,
                **user,
            )

        ran("initdb", "-U", "essai", "-A", "trust", "-E", "UTF8")
        options = f"-p {port} -k {folder} -h 127.0.0.1 -c fsync=off"
        ran("pg_ctl", "-w", "-l", folder / "log", "-o", options, "start")
        try:
            yield f"postgresql://essai@127.0.0.1:{port}/postgres"
        finally:
            ran("pg_ctl", "-m", "immediate", "stop")


GOOD = [
    (an, mois, genre, 3, 0.5, f"{an}-0{mois}-01")
    for an in (2020, 2021)
    for mois in (1, 2, 3)
    for genre in ("Bruit", "Autre")
]


@pytest.fixture
def database(server: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[sa.Engine]:
    monkeypatch.setenv("ESSAI_PG", server)
    monkeypatch.setenv("ACTES_LANG", "en")
    engine = sa.create_engine(server.replace("postgresql:", "postgresql+psycopg:"))
    with engine.begin() as connection:
        connection.execute(sa.text("DROP TABLE IF EXISTS plaintes"))
        connection.execute(
            sa.text(
                "CREATE TABLE plaintes (n int, an int, mois smallint, genre varchar(20), "
                "taux numeric, jour date)"
            )
        )
    yield engine
    engine.dispose()


def fill(database: sa.Engine, rows: list[tuple[Any, ...]]) -> None:
    names = ("an", "mois", "genre", "n", "taux", "jour")
    insert = sa.text(
        "INSERT INTO plaintes (an, mois, genre, n, taux, jour) VALUES "
        "(:an, :mois, :genre, :n, :taux, :jour)"
    )
    with database.begin() as connection:
        connection.execute(insert, [dict(zip(names, row, strict=True)) for row in rows])


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "_quarto.yml").write_text("actes: {}\n", encoding="utf-8")
    write(Workspace(tmp_path), DESCRIPTOR)
    return Workspace(tmp_path)


def write(workspace: Workspace, text: str) -> None:
    file = workspace.dataset_file("plaintes")
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text, encoding="utf-8")


def judged(workspace: Workspace) -> Dataset | Rejected:
    return validate_in_place(workspace, read_dataset_spec(workspace, "plaintes"))


def copied(workspace: Workspace) -> list[str]:
    """What the store and the project hold of the rows."""
    folders = (workspace.store, workspace.validation)
    files = [path for folder in folders for path in folder.rglob("*") if path.is_file()]
    return [path.name for path in files if MARKER.encode() in path.read_bytes()]


def test_good_rows_are_valid_where_they_are(workspace, database) -> None:
    fill(database, GOOD)

    result = judged(workspace)

    assert isinstance(result, Dataset), result.verdict.findings
    assert result.table.n_rows == 12
    assert result.verdict.n_expectations == 14
    assert not list(workspace.store.rglob("*.parquet"))


DIRTY = [
    *GOOD[:-1],
    (2021, 3, MARKER, -1, 0.5, "2022-01-01"),
    (2020, 1, None, 3, None, None),
    (2020, 1, None, 3, 1.5, "2020-01-02"),
    (2020, 13, "", 1, 1.5, "2020-01-02"),
]


def test_dirty_rows_are_found_as_if_they_were_ingested(workspace, database) -> None:
    fill(database, DIRTY)

    in_place = judged(workspace)
    kept = copied(workspace)
    write(workspace, DESCRIPTOR.replace(", stay: true", ""))
    shutil.rmtree(workspace.validation)
    copy = validate(workspace, ingest(workspace, "plaintes"))

    assert isinstance(in_place, Rejected)
    assert in_place.verdict.findings == copy.verdict.findings
    assert len(copy.verdict.findings) > 7
    assert kept == []


def test_the_project_can_be_run_by_great_expectations_alone(workspace, database) -> None:
    fill(database, GOOD)
    judged(workspace)
    program = (
        "import great_expectations as gx\n"
        'context = gx.get_context(mode="file", context_root_dir="validation")\n'
        'print(context.checkpoints.get("plaintes").run().success)\n'
    )

    ran = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", program],
        cwd=workspace.root,
        check=True,
        capture_output=True,
        text=True,
    )

    assert ran.stdout.splitlines()[-1] == "True"
    settings = (workspace.validation / "great_expectations.yml").read_text(encoding="utf-8")
    assert "connection_string: ${ESSAI_PG}" in settings
    assert "127.0.0.1" not in settings


def test_the_database_is_read_at_one_moment_and_never_written(workspace, database) -> None:
    fill(database, GOOD)
    write(workspace, DESCRIPTOR.replace("SELECT * FROM plaintes;", "SELECT * FROM mauvaise()"))
    with database.begin() as connection:
        connection.execute(
            sa.text(
                "CREATE OR REPLACE FUNCTION mauvaise() RETURNS SETOF plaintes AS $$ "
                "BEGIN DELETE FROM plaintes; RETURN QUERY SELECT * FROM plaintes; END $$ "
                "LANGUAGE plpgsql"
            )
        )

    with pytest.raises(ActesError) as caught:
        judged(workspace)

    assert caught.value.code == "D032"
    with database.connect() as connection:
        assert connection.execute(sa.text("SELECT count(*) FROM plaintes")).scalar() == 12
    with database.begin() as connection:
        connection.execute(sa.text("DROP FUNCTION mauvaise()"))


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        ("name: taux, type: number", "name: taux, type: string", "D042"),
        ("name: taux", "name: tauxx", "D012"),
        ("FROM plaintes;", "FROM rien", "D032"),
        ("SELECT * FROM plaintes;", "DELETE FROM plaintes", "D031"),
    ],
)
def test_what_cannot_be_validated_in_place(workspace, database, old, new, code) -> None:
    write(workspace, DESCRIPTOR.replace(old, new))

    with pytest.raises(ActesError) as caught:
        judged(workspace)

    assert caught.value.code == code


def test_only_postgresql_holds_rows_that_stay(workspace, monkeypatch) -> None:
    (workspace.root / "b.sqlite").touch()
    monkeypatch.setenv("ESSAI_PG", "sqlite:///../../b.sqlite")

    with pytest.raises(ActesError) as caught:
        judged(workspace)

    assert caught.value.code == "D041"


@pytest.mark.parametrize("code", ["D040", "V020", "V021"])
def test_rows_that_stay_are_neither_ingested_nor_studied_nor_compared(workspace, code) -> None:
    sums = "checks:\n  sums: [{dataset: autre, by: [an], measure: n}]\n"
    write(workspace, DESCRIPTOR.replace("checks:\n", sums))
    call = {"D040": ingest, "V020": _validated, "V021": lambda ws, _name: judged(ws)}[code]

    with pytest.raises(ActesError) as caught:
        call(workspace, "plaintes")

    assert caught.value.code == code

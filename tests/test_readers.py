"""Real files are untidy: each is read as described, or refused in words that help."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import re
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from actes import readers
from actes.errors import SourceError
from actes.readers.types import read_column
from actes.specs.dataset import DatasetSpec

if TYPE_CHECKING:
    from collections.abc import Callable

SHARED = Path(__file__).parents[2] / "shared" / "data"
FRENCH = "annee;catégorie;infraction;nombre\n" + "".join(
    f"{year};Crimes contre la propriété;Méfaits à l'égard d'un véhicule;{year - 2000}\n"
    for year in range(2015, 2025)
)


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACTES_LANG", "en")


def described(*fields: str, **keys: Any) -> DatasetSpec:
    """A descriptor; each field is a name (text) or ``name:type``."""
    listed = []
    for text in fields:
        name, _colon, kind = text.partition(":")
        listed.append({"name": name, "type": kind or "string"})
    content = {
        "name": "faits",
        "title": "Faits",
        "path": "faits",
        "sources": [{"title": "essai"}],
        "schema": {"fields": listed},
    }
    return DatasetSpec.model_validate(content | keys)


@pytest.fixture
def read(tmp_path: Path) -> Callable[..., dict[str, list[Any]]]:
    """Read bytes, text or a file, and return the columns; refused cells are an error."""

    def reading(content: bytes | str | Path, spec: DatasetSpec) -> dict[str, list[Any]]:
        path = content if isinstance(content, Path) else tmp_path / "faits"
        if not isinstance(content, Path):
            path.write_bytes(content.encode() if isinstance(content, str) else content)
        cells = readers.read(path, spec, "faits")
        typed = {
            field.name: read_column(cells.columns[field.name], field, [""])
            for field in spec.data_schema.fields
        }
        assert all(not column.refused for column in typed.values()), typed
        return {name: column.array.to_pylist() for name, column in typed.items()}

    return reading


def refusal(read, content: bytes | str | Path, spec: DatasetSpec) -> SourceError:
    with pytest.raises(SourceError) as caught:
        read(content, spec)
    return caught.value


# ── encodings ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("declared", "written"),
    [
        ("utf-8", "utf-8"),
        ("utf-8", "utf-8-sig"),
        ("utf-8-sig", "utf-8"),
        ("UTF8", "utf-8-sig"),
        ("cp1252", "cp1252"),
        ("latin-1", "latin-1"),
        ("mac-roman", "mac-roman"),
        ("cp850", "cp850"),
        ("utf-16", "utf-16"),
        ("utf-16-le", "utf-16-le"),
    ],
)
def test_any_encoding(read, declared, written) -> None:
    spec = described(
        "annee:year",
        "catégorie",
        "infraction",
        "nombre:integer",
        encoding=declared,
        dialect={"delimiter": ";"},
    )

    columns = read(FRENCH.encode(written), spec)

    assert columns["annee"] == list(range(2015, 2025))
    assert columns["catégorie"][0] == "Crimes contre la propriété"


@pytest.mark.parametrize("written", ["cp1252", "mac_roman", "utf-16"])
def test_bytes_of_another_encoding_name_the_likely_one(read, written) -> None:
    spec = described("annee", "catégorie", "infraction", "nombre", dialect={"delimiter": ";"})

    error = refusal(read, FRENCH.encode(written), spec)

    assert error.code == "D006"
    assert "line 1" in error.where
    assert error.expected == "utf-8"
    likely = written.replace("_", "-")
    assert f"probably in {likely}" in error.found
    assert f"encoding: {likely}" in error.next_step


def test_the_line_of_the_first_bad_byte(read) -> None:
    error = refusal(read, b"a\n1\nfin\n\xe9t\xe9\n", described("a"))

    assert error.where == "faits, line 4"
    assert "byte 9 " in error.found


def test_utf_8_declared_as_something_else_would_be_read_wrongly(read) -> None:
    spec = described("é", encoding="cp1252")

    error = refusal(read, "é\nà\n", spec)

    assert error.code == "D007"
    assert "encoding: utf-8" in error.next_step


def test_an_encoding_that_does_not_exist(read) -> None:
    error = refusal(read, "a\n1\n", described("a", encoding="cp1525"))

    assert error.code == "D005"
    assert "cp1252" in error.next_step


# ── files that are no table ───────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("content", [b"", b"\n\n  \n"])
def test_an_empty_file(read, content) -> None:
    assert refusal(read, content, described("a")).code == "D003"


@pytest.mark.parametrize(
    ("start", "kind"),
    [
        (b"PK\x03\x04", "xlsx"),
        (b"%PDF-1.7", "PDF"),
        (b"PAR1", "parquet"),
        (b"\x00\x01\x02", "binary"),
    ],
)
def test_a_file_that_is_not_text(read, start, kind) -> None:
    error = refusal(read, start + bytes(range(256)), described("a"))

    assert error.code == "D004"
    assert kind in error.found


@pytest.mark.parametrize("content", ["a,b\n", "a,b\n\n\n", "a,b\n,\n,,\n"])
def test_a_header_and_nothing_else(read, content) -> None:
    assert refusal(read, content, described("a", "b")).code == "D014"


# ── dialects ──────────────────────────────────────────────────────────────────────────────────


def test_title_lines_above_the_header(read) -> None:
    text = 'Rapport "annuel\n"Source : M-IRIS\n\nannee\tn\n2024\t3\n'
    spec = described("annee:year", "n:integer", format="tsv", dialect={"headerRows": [4]})

    assert read(text, spec) == {"annee": [2024], "n": [3]}


def test_merged_headers_are_joined(read) -> None:
    text = "PDQ,2023,,2024,\n,n,taux,n,taux\n7,1,2,3,4\n"
    spec = described(
        "PDQ",
        "2023 / n:integer",
        "2023 / taux:integer",
        "2024 / n:integer",
        "2024 / taux:integer",
        dialect={"headerRows": [1, 2], "headerJoin": " / "},
    )

    assert read(text, spec) == {
        "PDQ": ["7"],
        "2023 / n": [1],
        "2023 / taux": [2],
        "2024 / n": [3],
        "2024 / taux": [4],
    }


def test_a_header_cell_over_two_lines_is_one_name(read) -> None:
    spec = described("nombre de vols:integer", "b")

    assert read('" nombre\nde  vols","b "\n1,x\n', spec) == {"nombre de vols": [1], "b": ["x"]}


def test_trailing_blanks_are_layout(read) -> None:
    text = "a;b;;\n1;x;;\n;;;\n2;y;;\n;;;\n\n  ;;\n"
    spec = described("a:integer", "b", dialect={"delimiter": ";"})

    assert read(text, spec) == {"a": [1, None, 2], "b": ["x", None, "y"]}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_every_system(read, end) -> None:
    spec = described("a:integer", "b")

    assert read(end.join(["a,b", '1,"x', 'y"', "2,z"]), spec) == {
        "a": [1, 2],
        "b": [f"x{end}y", "z"],
    }


def test_no_header(read) -> None:
    spec = described("x:number", "y:number", dialect={"header": False})

    assert read("1.5,2\n3,4\n", spec) == {"x": [1.5, 3.0], "y": [2.0, 4.0]}


def test_lines_of_another_width_are_named(read) -> None:
    text = 'a,b\n1,2\n"x\ny",2\n3\n4,5,6\n7,8\n9,8,7,\n'

    error = refusal(read, text, described("a", "b"))

    assert error.code == "D013"
    assert error.found == "1, 3, 4 cells, at lines: 5, 6, 8"
    assert error.expected == "2 cells"


@pytest.mark.parametrize("text", ['a,b\n1,"2\n3,4\n', 'a,b\n1,"2"x\n'])
def test_quotes_that_do_not_close(read, text) -> None:
    error = refusal(read, text, described("a", "b"))

    assert error.code == "D008"
    assert error.where == "faits, line 2"


def test_a_cell_as_long_as_a_boundary(read) -> None:
    long = "POINT " * 50_000

    assert read(f"a\n{long}\n", described("a")) == {"a": [long]}


def test_no_header_where_it_is_declared(read) -> None:
    error = refusal(read, "a\n1\n", described("a", dialect={"headerRows": [4]}))

    assert error.code == "D009"
    assert error.found == "nothing at lines: 4"


# ── columns ───────────────────────────────────────────────────────────────────────────────────


def test_columns_that_are_not_those_declared(read) -> None:
    error = refusal(read, "annee,Nombre\n2024,3\n", described("annee", "nombre", "pdq"))

    assert error.code == "D012"
    assert error.found == "missing: nombre, pdq; not declared: Nombre"
    assert error.expected == "annee, nombre, pdq"
    assert error.next_step == "nombre: did you mean: Nombre?"


def test_two_columns_of_one_name(read) -> None:
    error = refusal(read, "a,b,a\n1,2,3\n", described("a", "b"))

    assert error.code == "D011"
    assert error.what.endswith(": a.")


def test_a_column_without_a_name(read) -> None:
    error = refusal(read, "a,,c\n1,2,3\n", described("a", "c"))

    assert error.code == "D010"
    assert "2" in error.what


# ── Excel ─────────────────────────────────────────────────────────────────────────────────────


@pytest.fixture
def workbook(tmp_path: Path) -> Callable[..., Path]:
    def make(*sheets: list[list[Any]], names: tuple[str, ...] = ("Données", "Notes")) -> Path:
        book = openpyxl.Workbook()
        book.remove(book.active)
        for name, rows in zip(names, sheets, strict=False):
            sheet = book.create_sheet(name)
            for row in rows:
                sheet.append(row)
        path = tmp_path / "faits.xlsx"
        book.save(path)
        return path

    return make


def rewrite(path: Path, part: str, pattern: str, text: str) -> None:
    """Write a part of a workbook as another program would."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name).decode("utf-8") for name in archive.namelist()}
    parts[part], n_rewritten = re.subn(pattern, text, parts[part])
    assert n_rewritten
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)


def sheet(*fields: str, **dialect: Any) -> DatasetSpec:
    return described(*fields, format="xlsx", dialect=dialect)


def test_a_sheet_with_a_title_and_merged_headers(read, workbook) -> None:
    path = workbook(
        [
            ["Vols, 2024"],
            [],
            ["code", "vols", None, "jour", "vrai", None],
            [None, "n", "taux", None, None, None],
            ["007", 3, 1.5, dt.date(2024, 3, 5), True],
            ["012", None, 2, dt.datetime(2024, 3, 6), False],
            [" "],
        ]
    )
    fields = ("code", "vols n:integer", "vols taux:number", "jour:date", "vrai:boolean")

    columns = read(path, sheet(*fields, headerRows=[3, 4]))

    assert columns == {
        "code": ["007", "012"],
        "vols n": [3, None],
        "vols taux": [1.5, 2.0],
        "jour": [dt.date(2024, 3, 5), dt.date(2024, 3, 6)],
        "vrai": [True, False],
    }


def test_rows_are_numbered_as_excel_shows_them(workbook) -> None:
    path = workbook([["titre"], [], ["a"], [1], ["x"]])

    cells = readers.read(path, sheet("a:integer", headerRows=[3]), "faits")

    assert list(cells.numbers) == [4, 5]
    assert cells.unit == "row"


@pytest.mark.parametrize(
    ("declared", "cell", "kind"),
    [
        ("string", 7, "whole"),
        ("string", dt.date(2024, 1, 1), "date"),
        ("integer", 1.5, "decimal"),
        ("integer", 12345678901234567, "large"),
        ("integer", True, "boolean"),
        ("integer", "sept", "text"),
        ("date", dt.datetime(2024, 1, 1, 8, 30), "datetime"),
        ("date", 45292, "whole"),
        ("datetime", dt.time(8, 30), "time"),
        ("year", 2024.5, "decimal"),
    ],
)
def test_a_cell_of_excel_is_never_made_into_something_else(workbook, declared, cell, kind) -> None:
    spec = sheet(f"a:{declared}")
    cells = readers.read(workbook([["a"], [cell]]), spec, "faits")

    column = read_column(cells.columns["a"], spec.field("a"), [""])

    assert (column.refused, column.kinds) in (
        ([0], [kind]),
        ([0], [kind.replace("date", "datetime")]),
    )


def test_figures_kept_as_text_in_excel_are_read(read, workbook) -> None:
    assert read(workbook([["a"], ["12"], [3]]), sheet("a:integer")) == {"a": [12, 3]}


def test_several_sheets_and_none_named(read, workbook) -> None:
    path = workbook([["a"], [1]], [["b"], [2]])

    error = refusal(read, path, sheet("a:integer"))
    assert error.code == "D021"
    assert error.expected == "Données, Notes"

    error = refusal(read, path, sheet("a:integer", sheetName="Donnees"))
    assert error.next_step.startswith("did you mean: Données")

    assert read(path, sheet("b:integer", sheetName="Notes")) == {"b": [2]}


@pytest.mark.parametrize("value", ["", "<v/>", "<v />", "<v></v>"])
def test_errors_and_formulas_without_a_result_are_not_blanks(read, workbook, value) -> None:
    path = workbook([["a", "b"], [1, "=1+1"], ["#DIV/0!", 2]])
    rewrite(path, "xl/worksheets/sheet1.xml", r"(</f>)<v ?/>|(</f>)<v></v>", rf"\1\2{value}")

    error = refusal(read, path, sheet("a:integer", "b:integer"))

    assert error.code == "D022"
    assert error.found == "B2, A3"


def test_cells_beyond_the_last_name(read, workbook) -> None:
    error = refusal(read, workbook([["a"], [1], [2, "note"]]), sheet("a:integer"))

    assert error.code == "D013"
    assert error.found == "rows: 3"


def test_a_workbook_that_is_none(read, tmp_path) -> None:
    assert refusal(read, "a,b\n1,2\n", sheet("a", "b")).code == "D020"
    path = tmp_path / "vide.xlsx"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("x", "y")

    assert refusal(read, path, sheet("a", "b")).code == "D020"


# ── Parquet ───────────────────────────────────────────────────────────────────────────────────


def parquet(path: Path, **columns: Any) -> Path:
    pq.write_table(pa.table(columns), path)
    return path


def test_parquet_keeps_its_types(read, tmp_path) -> None:
    path = parquet(
        tmp_path / "x.parquet",
        code=pa.array(["007", None]).dictionary_encode(),
        n=pa.array([1, None], pa.int8()),
        entier=pa.array([1.0, None]),
        jour=pa.array([dt.date(2024, 1, 1), None]),
        moment=pa.array([dt.datetime(2024, 1, 1, 5), None], pa.timestamp("ms", "America/Toronto")),
        vide=pa.nulls(2),
    )
    fields = ("code", "n:integer", "entier:integer", "jour:date", "moment:datetime", "vide")
    spec = described(*fields, format="parquet")

    columns = read(path, spec)

    assert columns["code"] == ["007", None]
    assert columns["n"] == columns["entier"] == [1, None]
    assert columns["vide"] == [None, None]
    assert str(columns["moment"][0]) == "2024-01-01 00:00:00-05:00"


def test_a_parquet_file_that_is_none(read) -> None:
    assert refusal(read, "a\n1\n", described("a", format="parquet")).code == "D023"


# ── JSON ──────────────────────────────────────────────────────────────────────────────────────


def test_records_of_json(read) -> None:
    text = '{"titre": "x", "lignes": [{"code": "007", "n": 3}, {"n": null, "code": "é"}, {}]}'
    spec = described("code", "n:integer", format="json", dialect={"property": "lignes"})

    assert read(text, spec) == {"code": ["007", "é", None], "n": [3, None, None]}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"lignes": [{"a": 1}]}', "D025"),
        ("[1, 2]", "D025"),
        ('[{"a": 1,}]', "D024"),
        ('[{"a": 1, "a": 2}]', "D011"),
        ('[{"a": 1, "b": 2}]', "D012"),
        ("[]", "D014"),
        ("[" * 100_000, "D024"),
    ],
)
def test_json_that_is_refused(read, text, code) -> None:
    assert refusal(read, text, described("a:integer", format="json")).code == code


def test_blanks_around_a_key_do_not_count(read) -> None:
    spec = described("a b:integer", format="json")

    assert read('[{" a  b": 1}]', spec) == {"a b": [1]}


def test_the_keys_that_hold_lists_are_suggested(read) -> None:
    error = refusal(read, '{"lignes": [{"a": 1}]}', described("a:integer", format="json"))

    assert error.found == "arrays under: lignes"


def test_nested_content_is_refused_as_a_cell() -> None:
    spec = described("a")

    column = read_column([{"b": 1}, [1], "x"], spec.field("a"), [""])

    assert column.kinds == ["nested", "nested"]


FEATURES = {
    "type": "FeatureCollection",
    "features": [
        {
            "type": "Feature",
            "id": 9,
            "properties": {"PDQ": 1},
            "geometry": {"type": "Point", "coordinates": [-73.5, 45.5]},
        }
    ],
}


def test_geometry_is_kept_when_declared(read) -> None:
    text = json.dumps(FEATURES)

    assert read(text, described("PDQ:integer", format="geojson")) == {"PDQ": [1]}
    assert read(text, described("PDQ:integer", "id:integer", "geometry", format="geojson")) == {
        "PDQ": [1],
        "id": [9],
        "geometry": ['{"type":"Point","coordinates":[-73.5,45.5]}'],
    }


def test_the_boundaries_of_montreal(read) -> None:
    path = SHARED / "spvm" / "limitespdq.geojson"
    if not path.is_file():
        pytest.skip(f"needs {path}")

    columns = read(path, described("PDQ:integer", "NOM_PDQ", "geometry", format="geojson"))

    assert len(columns["PDQ"]) == len(set(columns["PDQ"]))
    assert columns["NOM_PDQ"][0] == "PDQ-1"
    assert columns["geometry"][0].startswith('{"type":"MultiPolygon"')


def test_the_burglaries_of_chicago_have_no_header(read) -> None:
    path = SHARED / "reference" / "chicago_be_month1.csv"
    if not path.is_file():
        pytest.skip(f"needs {path}")
    content = path.read_bytes()
    n_rows = len(list(csv.reader(io.StringIO(content.decode()))))

    columns = read(content, described("x:number", "y:number", "jour", dialect={"header": False}))

    assert len(columns["x"]) == n_rows

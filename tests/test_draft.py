"""A draft reads the file it was made from, says what it guessed, and shows no row."""

from __future__ import annotations

import csv
import datetime as dt
import io
import json
import shutil
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, seed, settings
from hypothesis import strategies as st

from actes.draft import draft
from actes.errors import SourceError
from actes.ingest import ingest
from actes.specs.dataset import DatasetSpec
from actes.specs.reading import build, parse_yaml
from actes.workspace import Workspace

HERE = Path(__file__).parents[1]


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACTES_LANG", "en")


def spec_of(text: str) -> DatasetSpec:
    return build(DatasetSpec, parse_yaml(text, shown="draft"), shown="draft")


def drafted(tmp_path: Path, content: str | bytes, name: str = "faits.csv") -> DatasetSpec:
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return spec_of(draft(path))


def ingested(file: Path) -> dict[str, list[Any]]:
    """Draft a descriptor of ``file``, ingest the file with it, return the columns."""
    with tempfile.TemporaryDirectory() as root:
        workspace = Workspace(Path(root))
        text = draft(file)
        spec = spec_of(text)
        folder = workspace.datasets / spec.name
        folder.mkdir(parents=True)
        shutil.copyfile(file, folder / str(spec.path))
        (folder / "dataset.yml").write_text(text, encoding="utf-8")
        return pq.read_table(ingest(workspace, spec.name).path).to_pydict()


def types(spec: DatasetSpec) -> dict[str, str]:
    return {field.name: field.type for field in spec.data_schema.fields}


# ── the shipped datasets are their own test ───────────────────────────────────────────────────


@pytest.mark.parametrize("name", ["spvm-mensuel", "spvm-pdq", "pdq-voisinage"])
def test_a_draft_finds_what_a_person_wrote(name) -> None:
    folder = HERE / "datasets" / name
    written = spec_of((folder / "dataset.yml").read_text(encoding="utf-8"))

    guessed = spec_of(draft(folder / f"{name}.csv"))

    assert types(guessed) == types(written)
    # A column may play more to a person than its name says: an area is also an exposure.
    assert guessed.roles.items() <= written.roles.items()
    assert {"date", "count", "area", "neighbours"} & set(written.roles) <= set(guessed.roles)
    assert guessed.data_schema.primary_key == written.data_schema.primary_key


def test_what_nobody_said_stays_closed(tmp_path) -> None:
    spec = drafted(tmp_path, "a,b\n1,2\n")

    assert spec.sensitivity == "confidential"
    assert spec.tlp == "AMBER"
    assert spec.disclosure.min_cell == 5
    assert spec.sources[0].title == "to fill"


def test_the_name_is_the_files_or_the_one_given(tmp_path) -> None:
    path = tmp_path / "Vols d'été (2024).csv"
    path.write_text("a\n1\n", encoding="utf-8")

    assert spec_of(draft(path)).name == "vols-d-ete-2024"
    assert spec_of(draft(path, name="vols")).name == "vols"
    with pytest.raises(SourceError, match="D017") as caught:
        draft(path, name="Vols d'été")
    assert caught.value.next_step == "vols-d-ete"


def test_guesses_are_marked(tmp_path) -> None:
    path = tmp_path / "faits.csv"
    path.write_text("code;n\n007;1 503\n012;2\n", encoding="utf-8")

    lines = draft(path).splitlines()

    assert '  delimiter: ";"  # guessed: cuts the lines into the same number of cells' in lines
    assert "      type: string  # guessed: zeros at the left: a code, kept as text" in lines
    assert '      groupChar: " "' in lines


def test_a_draft_speaks_french(tmp_path, monkeypatch) -> None:
    monkeypatch.setenv("ACTES_LANG", "fr")
    path = tmp_path / "faits.csv"
    path.write_text("code;n\n007;1\n", encoding="utf-8")

    assert "type: string  # deviné : zéros à gauche : un code, gardé comme texte" in draft(path)


# ── no row in a draft ─────────────────────────────────────────────────────────────────────────


def test_no_value_of_a_row_is_written(tmp_path) -> None:
    people = [f"Personne{i:03d},{i % 3 + 40},avenue {i},{700000 + i}" for i in range(60)]
    path = tmp_path / "faits.csv"
    path.write_text("nom,age,adresse,dossier\n" + "\n".join(people) + "\n", encoding="utf-8")

    text = draft(path)

    assert "Personne" not in text
    assert "avenue" not in text
    assert "7000" not in text
    assert "minimum: 40" in text


def test_levels_are_written_for_evident_categories_alone(tmp_path) -> None:
    rows = [f"{'AB'[i % 2]},{'XY'[i % 2]},n{i}" for i in range(40)]

    spec = drafted(tmp_path, "type,nom,texte\n" + "\n".join(rows) + "\n")

    levels = {field.name: field.constraints.enum for field in spec.data_schema.fields}
    assert levels == {"type": ("A", "B"), "nom": None, "texte": None}


# ── types ─────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("cells", "kind", "keys"),
    [
        (["1", "-2"], "integer", {}),
        (["1 503", "2"], "integer", {"group_char": " "}),
        (["1\u202f503,5", "2"], "number", {"group_char": " ", "decimal_char": ","}),
        (["1,5", "2"], "number", {"decimal_char": ","}),
        (["1.5", "2"], "number", {}),
        (["1,503.5", "2"], "number", {"group_char": ","}),
        (["007", "12"], "string", {}),
        (["0", "1"], "integer", {}),
        (["Oui", "non"], "boolean", {"true_values": ("Oui",)}),
        (["2024-01-31"], "date", {}),
        (["31/01/2024", "02/01/2024"], "date", {"format": "%d/%m/%Y"}),
        (["01/31/2024"], "date", {"format": "%m/%d/%Y"}),
        (["2024-01-31 10:00"], "datetime", {}),
        (["31/01/2024 10:00"], "datetime", {"format": "%d/%m/%Y %H:%M"}),
        (["2024-01"], "yearmonth", {}),
        (["1", "ND"], "integer", {}),
        (["1", "x2"], "string", {}),
    ],
)
def test_types_are_guessed(tmp_path, cells, kind, keys) -> None:
    text = io.StringIO()
    csv.writer(text, delimiter=";", lineterminator="\n").writerows(
        [["v", "z"]] + [[c, "z"] for c in cells]
    )

    field = drafted(tmp_path, text.getvalue()).field("v")

    assert field.type == kind
    assert {key: getattr(field, key) for key in keys} == keys


@pytest.mark.parametrize("cells", ["01/02/2024\n03/04/2024", '"1,234"\n"5,678"', "1.234\n5.678"])
def test_what_can_be_read_in_two_ways_is_said(tmp_path, cells) -> None:
    path = tmp_path / "faits.csv"
    path.write_text(f"v\n{cells}\n", encoding="utf-8")

    assert "ambiguous, can be read in" in draft(path)


def test_words_for_nothing_become_missing_values(tmp_path) -> None:
    spec = drafted(tmp_path, "a,b\n1,x\nND,y\n..,z\n")

    assert spec.data_schema.missing_values == ("", "..", "ND")
    assert types(spec) == {"a": "integer", "b": "string"}


# ── layouts ───────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "mac-roman", "utf-16"])
def test_encodings_are_guessed(tmp_path, encoding) -> None:
    text = "catégorie;n\n" + "Méfaits à l'école;3\nVol qualifié;4\n" * 20
    path = tmp_path / "faits.csv"
    path.write_bytes(text.encode(encoding))

    assert set(ingested(path)["catégorie"]) == {"Méfaits à l'école", "Vol qualifié"}


def test_titles_above_the_header(tmp_path) -> None:
    text = "Rapport annuel;;\nSource : M-IRIS;;\n\nannee;pdq;nombre\n2024;7;3\n2024;8;4\n"

    spec = drafted(tmp_path, text)

    assert spec.dialect.header_rows == (4,)
    assert types(spec) == {"annee": "year", "pdq": "integer", "nombre": "integer"}


@pytest.mark.parametrize(
    "header", ["PDQ;2023;;2024;\n;n;taux;n;taux\n", ";2023;;2024;\nPDQ;n;taux;n;taux\n"]
)
def test_merged_headers(tmp_path, header) -> None:
    path = tmp_path / "faits.csv"
    path.write_text(header + "7;1;2,5;3;4,5\n8;1;2;3;4\n", encoding="utf-8")

    assert ingested(path) == {
        "PDQ": [7, 8],
        "2023 n": [1, 1],
        "2023 taux": [2.5, 2.0],
        "2024 n": [3, 3],
        "2024 taux": [4.5, 4.0],
    }


def test_years_as_names_are_a_header(tmp_path) -> None:
    spec = drafted(tmp_path, "pdq,2023,2024\n7,1,2\n8,3,4\n")

    assert spec.columns == ("pdq", "2023", "2024")


def test_no_header(tmp_path) -> None:
    path = tmp_path / "faits.csv"
    path.write_text("1,2.5,x\n3,4.5,y\n", encoding="utf-8")

    assert ingested(path) == {"column_1": [1, 3], "column_2": [2.5, 4.5], "column_3": ["x", "y"]}


def test_a_workbook(tmp_path) -> None:
    book = openpyxl.Workbook()
    book.active.title = "Notes"
    sheet = book.create_sheet("Données")
    for row in (["Vols"], [], ["Jour", "N", "Taux", "Code"], [dt.date(2024, 1, 2), 3, 1.5, "007"]):
        sheet.append(row)
    path = tmp_path / "Vols 2024.xlsx"
    book.save(path)

    spec = spec_of(draft(path))

    assert spec.name == "vols-2024"
    assert spec.dialect.sheet_name == "Données"
    assert ingested(path) == {
        "Jour": [dt.date(2024, 1, 2)],
        "N": [3],
        "Taux": [1.5],
        "Code": ["007"],
    }


def test_mixed_figures_and_texts_are_said_to_be_refused(tmp_path) -> None:
    book = openpyxl.Workbook()
    for row in (["code"], [7], ["7A"]):
        book.active.append(row)
    path = tmp_path / "x.xlsx"
    book.save(path)

    assert "ingest will refuse it as it is" in draft(path)


def test_json_geojson_and_parquet(tmp_path) -> None:
    records = [{"pdq": 7, "nom": "é"}, {"pdq": 8, "nom": None}]
    expected = {"pdq": [7, 8], "nom": ["é", None]}
    nested = tmp_path / "a.json"
    nested.write_text(json.dumps({"titre": "x", "lignes": records}), encoding="utf-8")
    features = [{"type": "Feature", "properties": r, "geometry": None} for r in records]
    collection = tmp_path / "b.geojson"
    collection.write_text(
        json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8"
    )
    columns = tmp_path / "c.parquet"
    pq.write_table(pa.table(expected), columns)

    assert ingested(nested) == ingested(collection) == ingested(columns) == expected


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "D003"),
        (b"%PDF-1.7 \x00", "D004"),
        (b"a,,c\n1,2,3\n", "D010"),
        (b"a,a\n1,2\n", "D011"),
        (b"a,b\n", "D014"),
        (b"PAR1xx", "D023"),
    ],
)
def test_what_is_no_table_is_refused(tmp_path, content, code) -> None:
    path = tmp_path / "faits.csv"
    path.write_bytes(content)

    with pytest.raises(SourceError) as caught:
        draft(path)

    assert caught.value.code == code


# ── any dialect ───────────────────────────────────────────────────────────────────────────────

NAMES = st.from_regex(r"[a-zé][a-zé_]{1,8}", fullmatch=True)
WORDS = st.text(st.sampled_from("abcdéàç ,;'\"\n\t|"), max_size=12).map(
    lambda text: f"m{text.strip()}"
)


@st.composite
def tables(draw: st.DrawFn) -> tuple[list[str], list[list[Any]]]:
    kinds = draw(
        st.lists(st.sampled_from(["text", "integer", "number", "date"]), min_size=2, max_size=5)
    )
    names = draw(st.lists(NAMES, min_size=len(kinds), max_size=len(kinds), unique=True))
    cells = {
        "text": WORDS,
        "integer": st.integers(-(10**12), 10**12),
        "number": st.decimals(-(10**9), 10**9, places=2).map(float),
        "date": st.dates(dt.date(1900, 1, 1), dt.date(2100, 1, 1)),
    }
    # a first row without holes: a column must say what it is
    whole = st.tuples(*(cells[kind] for kind in kinds)).map(list)
    holed = st.tuples(*(st.none() | cells[kind] for kind in kinds)).map(list)
    rows = [draw(whole), *draw(st.lists(holed, max_size=12)), draw(whole)]
    return names, rows


@dataclass(frozen=True)
class Written:
    """How a table is put in a file."""

    delimiter: str
    mark: str
    group: str
    encoding: str
    end: str
    n_titles: int
    quoting: int

    def cell(self, value: Any) -> str:
        match value:
            case None:
                return ""
            case float():
                return f"{value:,.2f}".replace(",", self.group).replace(".", self.mark)
            case int():
                return f"{value:,}".replace(",", self.group)
            case _:
                return str(value)

    def content(self, names: list[str], rows: list[list[Any]]) -> bytes:
        text = io.StringIO(newline="")
        text.write(f"Rapport{self.end}" * self.n_titles)
        writer = csv.writer(
            text, delimiter=self.delimiter, lineterminator=self.end, quoting=self.quoting
        )
        writer.writerows([names, *([self.cell(value) for value in row] for row in rows)])
        return text.getvalue().encode(self.encoding)


WAYS = st.builds(
    Written,
    delimiter=st.sampled_from([",", ";", "\t", "|"]),
    mark=st.sampled_from([".", ","]),
    group=st.sampled_from(["", " ", "\u00a0", "\u202f"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    end=st.sampled_from(["\n", "\r\n"]),
    n_titles=st.integers(0, 2),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
)


@seed(20241231)
@settings(
    deadline=None,
    max_examples=60,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(table=tables(), way=WAYS)
def test_a_draft_reads_the_file_it_was_made_from(table, way) -> None:
    names, rows = table
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "faits.csv"
        path.write_bytes(way.content(names, rows))
        read = ingested(path)

    assert read == {name: [row[i] for row in rows] for i, name in enumerate(names)}


def test_a_single_column_of_decimal_commas(tmp_path) -> None:
    path = tmp_path / "faits.csv"
    path.write_text("taux\n1,5\n2,25\n", encoding="utf-8")

    assert ingested(path) == {"taux": [1.5, 2.25]}

"""What a verdict says of a table, and what ``validation/`` is to a user of Great Expectations."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from pyarrow import parquet

from actes import ingest, store, validate
from actes.errors import SpecError, VerdictError
from actes.model import Dataset, Finding, Rejected
from actes.workspace import Workspace

ROOT = Path(__file__).resolve().parents[1]
SHIPPED = tuple(sorted(path.parent.name for path in ROOT.glob("datasets/*/dataset.yml")))
REAL = ("pdq-voisinage", "spvm-mensuel", "spvm-pdq")
PROJECT = "project:\n  type: book\nactes:\n  lang: fr\n"
MARKER = "Marqueur-7391"
NUMBER = "987654321"


@pytest.fixture(autouse=True)
def _english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACTES_LANG", "en")


@pytest.fixture(scope="session")
def validated(tmp_path_factory: pytest.TempPathFactory) -> Workspace:
    """The shipped datasets, ingested and validated once."""
    root = tmp_path_factory.mktemp("validated")
    (root / "_quarto.yml").write_text(PROJECT, encoding="utf-8")
    shutil.copytree(ROOT / "datasets", root / "datasets")
    shutil.copytree(
        ROOT / "validation", root / "validation", ignore=shutil.ignore_patterns("uncommitted")
    )
    workspace = Workspace(root)
    for name in SHIPPED:
        ingest.ingest(workspace, name)
    for name in SHIPPED:
        judge(workspace, name)
    return workspace


@pytest.fixture
def workspace(validated: Workspace, tmp_path: Path) -> Workspace:
    """A copy that a test may damage."""
    shutil.copytree(validated.root, tmp_path / "ws")
    return Workspace(tmp_path / "ws")


def judge(workspace: Workspace, name: str) -> Dataset | Rejected:
    return validate.validate(workspace, ingest.ingest(workspace, name))


def said(result: Dataset | Rejected) -> list[tuple[str, str, str]]:
    return [(f.rule, f.where, f.message) for f in result.verdict.findings]


def edit(workspace: Workspace, name: str, old: str, new: str) -> None:
    """Replace text in a dataset's source."""
    path = workspace.datasets / name / f"{name}.csv"
    text = path.read_text(encoding="utf-8")
    assert old in text
    path.write_text(text.replace(old, new, 1), encoding="utf-8")


def suite_path(workspace: Workspace, name: str) -> Path:
    return workspace.validation / "expectations" / f"{name}.json"


def add_expectation(workspace: Workspace, name: str, kind: str, **kwargs: Any) -> None:
    """Do what a data owner does: add an expectation at the end of the suite."""
    path = suite_path(workspace, name)
    suite = json.loads(path.read_text(encoding="utf-8"))
    suite["expectations"].append({"type": kind, "kwargs": kwargs, "meta": {}})
    path.write_text(json.dumps(suite), encoding="utf-8")


def committed(workspace: Workspace) -> dict[str, bytes]:
    """Everything in ``validation/`` that git keeps."""
    folder = workspace.validation
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and "uncommitted" not in path.relative_to(folder).parts
    }


def tiny(workspace: Workspace, name: str, rows: str, **schema: Any) -> None:
    """Describe a small dataset in the workspace."""
    folder = workspace.datasets / name
    folder.mkdir()
    (folder / f"{name}.csv").write_text(rows, encoding="utf-8")
    checks = schema.pop("checks", {})
    described = {
        "name": name,
        "title": name,
        "path": f"{name}.csv",
        "schema": schema,
        "checks": checks,
        "sources": [{"title": "essai"}],
    }
    (folder / "dataset.yml").write_text(json.dumps(described), encoding="utf-8")


# ── the shipped datasets ─────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("name", SHIPPED)
def test_shipped_datasets_are_valid(validated: Workspace, name: str) -> None:
    result = judge(validated, name)

    assert said(result) == []
    assert isinstance(result, Dataset)


def test_the_repository_holds_what_validate_generates(validated: Workspace) -> None:
    assert committed(validated) == committed(Workspace(ROOT))


@pytest.mark.parametrize("name", REAL)
def test_both_kinds_of_expectations_are_counted_and_shown(validated: Workspace, name: str) -> None:
    spec = store.read_dataset_spec(validated, name)

    shown = validate.describe(validated, spec)

    assert len(shown) == judge(validated, name).verdict.n_expectations
    assert {described.origin for described in shown} == {"derived", "owner"}


# ── what a table can have wrong ──────────────────────────────────────────────────────────────


def test_a_month_that_is_missing(workspace: Workspace) -> None:
    source = workspace.datasets / "spvm-mensuel" / "spvm-mensuel.csv"
    lines = source.read_text(encoding="utf-8").splitlines(keepends=True)
    kept = [line for line in lines if not line.startswith("2019,3,")]
    source.write_text("".join(kept), encoding="utf-8")

    result = judge(workspace, "spvm-mensuel")

    assert isinstance(result, Rejected)
    assert (
        "checks.complete",
        "spvm-mensuel: annee × infraction × mois",
        "22 combinations annee × infraction of 216 lack some of their 12 values of mois; "
        "lacking: 3 (22×)",
    ) in said(result)
    assert (
        "expect_table_row_count_to_equal",
        "spvm-mensuel",
        "observed: 2,570; expected: 2,592 rows",
    ) in said(result)


def test_a_year_that_is_missing_from_one_of_two_tables(workspace: Workspace) -> None:
    source = workspace.datasets / "spvm-mensuel" / "spvm-mensuel.csv"
    lines = source.read_text(encoding="utf-8").splitlines(keepends=True)
    source.write_text("".join(x for x in lines if not x.startswith("2024,")), encoding="utf-8")
    message = "21 combinations annee × infraction are in only one of this table and {other}"

    found = [said(judge(workspace, name)) for name in ("spvm-mensuel", "spvm-pdq")]

    assert message.format(other="spvm-pdq") in [text for _rule, _where, text in found[0]]
    assert [text for _rule, _where, text in found[1]] == [message.format(other="spvm-mensuel")]


def test_a_negative_count_and_sums_that_differ(workspace: Workspace) -> None:
    edit(workspace, "spvm-mensuel", "Homicides,1\n", "Homicides,-1\n")

    assert said(judge(workspace, "spvm-mensuel")) == [
        (
            "expect_column_values_to_be_between",
            "spvm-mensuel: nombre",
            "1 value of 2,592 outside the permitted range (at least 0)",
        ),
        (
            "checks.sums",
            "spvm-mensuel: annee × infraction × nombre",
            "1 sum of nombre by annee × infraction of 216 differs from the one in spvm-pdq",
        ),
    ]
    assert [rule for rule, _where, _text in said(judge(workspace, "spvm-pdq"))] == ["checks.sums"]


def test_an_unknown_station(workspace: Workspace) -> None:
    edit(workspace, "spvm-pdq", "2015,Ouest,1,", "2015,Ouest,77,")

    found = said(judge(workspace, "spvm-pdq"))

    assert (
        "expect_column_values_to_be_in_set",
        "spvm-pdq: pdq",
        "1 value of 7,047 outside the permitted set",
    ) in found
    assert [rule for rule, _where, _text in found].count("checks.complete") == 1


def test_an_unknown_offence_and_an_unwritten_cell(workspace: Workspace) -> None:
    edit(workspace, "spvm-mensuel", "Homicides,1\n", f"{MARKER},1\n")
    edit(workspace, "spvm-mensuel", "Homicides,5\n", "Homicides,\n")

    found = said(judge(workspace, "spvm-mensuel"))

    assert found[0][2] == "1 value of 2,592 outside the permitted set"
    assert found[1][1:] == ("spvm-mensuel: nombre", "1 empty cell of 2,592")


def test_a_key_that_comes_twice(workspace: Workspace) -> None:
    edit(workspace, "spvm-mensuel", "2015,2,Crimes", "2015,1,Crimes")

    assert (
        "expect_compound_columns_to_be_unique",
        "spvm-mensuel: annee × mois × infraction",
        "2 rows of 2,592 have a key annee × mois × infraction that another row has",
    ) in said(judge(workspace, "spvm-mensuel"))


def test_findings_come_in_the_suites_order(workspace: Workspace) -> None:
    edit(workspace, "spvm-mensuel", "2015,1,Crimes", "2014,1,Violences")
    edit(workspace, "spvm-mensuel", "2015,2,Crimes", "2015,3,Crimes")

    rules = [rule for rule, _where, _text in said(judge(workspace, "spvm-mensuel"))]

    assert rules == [
        "expect_column_values_to_be_between",
        "expect_column_values_to_be_in_set",
        "expect_compound_columns_to_be_unique",
        "checks.complete",
        "checks.sums",
        "checks.unmatched",
    ]


def test_a_table_without_rows(workspace: Workspace) -> None:
    table = ingest.ingest(workspace, "pdq-voisinage")
    empty = workspace.tables / "empty.parquet"
    parquet.write_table(parquet.read_table(table.path).slice(0, 0), empty)

    result = validate.validate(workspace, replace(table, sha256="empty", path=empty, n_rows=0))

    assert (
        "expect_table_row_count_to_be_between",
        "pdq-voisinage",
        "observed: 0; expected: at least 1 row",
    ) in said(result)


def test_keys_of_another_dataset_codes_and_moments(workspace: Workspace) -> None:
    tiny(workspace, "postes", "numero\n007\n050\n", fields=[{"name": "numero"}])
    tiny(
        workspace,
        "faits",
        "poste,mois,heure,jour\n"
        "007,2015-01,2015-01-05 10:00:00,2015-01-05\n"
        "050,2014-12,2014-12-31 23:59:59,2015-01-06\n"
        ",2015-02,2015-02-01 00:00:00,2015-01-05\n"
        "7,2015-03,2015-03-01 00:00:00,2015-01-05\n",
        fields=[
            {"name": "poste", "constraints": {"maxLength": 3, "pattern": "[0-9]{3}"}},
            {"name": "mois", "type": "yearmonth", "constraints": {"minimum": "2015-01"}},
            {"name": "heure", "type": "datetime", "constraints": {"maximum": "2015-02-01"}},
            {"name": "jour", "type": "date", "constraints": {"enum": ["2015-01-05"]}},
        ],
        foreignKeys=[
            {"fields": ["poste"], "reference": {"resource": "postes", "fields": ["numero"]}}
        ],
    )
    ingest.ingest(workspace, "postes")

    assert [(where, text) for _rule, where, text in said(judge(workspace, "faits"))] == [
        ("faits: poste", "1 value of 4 not of the form awaited"),
        ("faits: poste", "1 row of 3 has a key poste that does not exist in postes"),
        ("faits: mois", "1 value of 4 outside the permitted range (at least 2015-01)"),
        ("faits: heure", "1 value of 4 outside the permitted range (at most 2015-02-01)"),
        ("faits: jour", "1 value of 4 outside the permitted set"),
    ]


# ── no value of a row goes anywhere ──────────────────────────────────────────────────────────


def test_no_value_of_a_row_is_shown_or_kept(
    workspace: Workspace, capfd: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    edit(workspace, "spvm-mensuel", "Homicides,1\n", f"{MARKER},1\n")
    edit(workspace, "spvm-mensuel", "Homicides,5\n", f"Homicides,{NUMBER}\n")
    add_expectation(
        workspace, "spvm-mensuel", "expect_column_mean_to_be_between", column="infraction"
    )

    result = judge(workspace, "spvm-mensuel")

    assert len(result.verdict.findings) >= 4
    written = [
        *workspace.verdicts.rglob("*"),
        *(workspace.validation / "uncommitted").rglob("*"),
    ]
    pages = [path for path in written if path.suffix in (".json", ".html")]
    assert len(pages) > 6
    for path in pages:
        text = path.read_text(encoding="utf-8")
        assert MARKER not in text, path
        assert NUMBER not in text, path
        assert "partial_unexpected_list" not in text, path
    out, err = capfd.readouterr()
    assert (out, err, caplog.text) == ("", "", "")


def test_an_expectation_whose_result_is_a_cell_is_refused(workspace: Workspace) -> None:
    add_expectation(workspace, "spvm-mensuel", "expect_column_max_to_be_between", column="nombre")

    with pytest.raises(SpecError) as error:
        judge(workspace, "spvm-mensuel")

    assert error.value.code == "V007"
    assert error.value.expected == "expect_column_values_to_be_between"
    assert error.value.where.startswith("validation/expectations/spvm-mensuel.json, key exp")


# ── the owner's part ─────────────────────────────────────────────────────────────────────────


def test_an_owners_expectation_that_fails(workspace: Workspace) -> None:
    add_expectation(
        workspace,
        "spvm-mensuel",
        "expect_column_sum_to_be_between",
        column="nombre",
        max_value=1_000_000,
    )

    assert said(judge(workspace, "spvm-mensuel")) == [
        (
            "expect_column_sum_to_be_between",
            "spvm-mensuel: nombre",
            "observed: 1,016,081; expected: sum at most 1,000,000",
        )
    ]


def test_owners_expectations_outlive_a_new_derivation(workspace: Workspace) -> None:
    def owned() -> list[Any]:
        suite = json.loads(suite_path(workspace, "pdq-voisinage").read_text(encoding="utf-8"))
        return [e for e in suite["expectations"] if e["meta"].get("actes") != "derived"]

    def minimum() -> list[float]:
        suite = json.loads(suite_path(workspace, "pdq-voisinage").read_text(encoding="utf-8"))
        return [
            e["kwargs"]["min_value"]
            for e in suite["expectations"]
            if e["kwargs"].get("column") == "superficie_km2" and "min_value" in e["kwargs"]
        ][:1]

    before = owned()
    descriptor = workspace.dataset_file("pdq-voisinage")
    text = descriptor.read_text(encoding="utf-8")
    descriptor.write_text(
        text.replace("{required: true, minimum: 0}", "{required: true, minimum: 0.5}"),
        encoding="utf-8",
    )

    judge(workspace, "pdq-voisinage")

    assert before
    assert owned() == before
    assert minimum() == [0.5]


@pytest.mark.parametrize(
    ("kind", "kwargs", "message"),
    [
        (
            "expect_column_values_to_not_be_null",
            {"column": "trimestre"},
            "could not be evaluated: there is no column “trimestre”",
        ),
        (
            "expect_column_values_to_match_regex",
            {"column": "infraction", "regex": "(["},
            "could not be evaluated: the regular expression is not valid",
        ),
        (
            "expect_column_stdev_to_be_between",
            {"column": "infraction", "max_value": 1},
            "could not be evaluated by Great Expectations (TypeError)",
        ),
    ],
)
def test_an_expectation_that_cannot_be_evaluated_is_a_finding(
    workspace: Workspace, kind: str, kwargs: dict[str, Any], message: str
) -> None:
    add_expectation(workspace, "spvm-mensuel", kind, **kwargs)

    assert said(judge(workspace, "spvm-mensuel")) == [
        (kind, f"spvm-mensuel: {kwargs['column']}", message)
    ]


@pytest.mark.parametrize(
    ("kind", "kwargs", "code"),
    [
        ("expect_column_values_to_be_beetween", {"column": "nombre"}, "V004"),
        ("expect_column_values_to_be_between", {"colum": "nombre"}, "V005"),
    ],
)
def test_an_expectation_that_cannot_be_built_is_refused_by_name(
    workspace: Workspace, kind: str, kwargs: dict[str, Any], code: str
) -> None:
    add_expectation(workspace, "spvm-mensuel", kind, **kwargs)

    with pytest.raises(SpecError) as error:
        judge(workspace, "spvm-mensuel")

    assert error.value.code == code
    assert error.value.where.startswith("validation/expectations/spvm-mensuel.json, key exp")
    assert kind in error.value.found


def test_a_derived_expectation_edited_by_hand_is_not_lost_silently(workspace: Workspace) -> None:
    path = suite_path(workspace, "spvm-mensuel")
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace('"max_value": 12.0', '"max_value": 13.0'), encoding="utf-8")
    shutil.rmtree(workspace.verdicts)

    with pytest.raises(SpecError) as error:
        judge(workspace, "spvm-mensuel")

    assert error.value.code == "V003"
    assert '"max_value": 13.0' in path.read_text(encoding="utf-8")


# ── files that cannot be read ────────────────────────────────────────────────────────────────


def test_a_suite_that_cannot_be_read_is_refused_and_left_alone(workspace: Workspace) -> None:
    path = suite_path(workspace, "spvm-mensuel")
    path.write_text(path.read_text(encoding="utf-8")[:200], encoding="utf-8")
    broken = path.read_bytes()

    with pytest.raises(SpecError) as error:
        judge(workspace, "spvm-mensuel")

    assert error.value.code == "V001"
    assert error.value.where == "validation/expectations/spvm-mensuel.json"
    assert path.read_bytes() == broken


def test_settings_that_cannot_be_read_are_refused_and_left_alone(workspace: Workspace) -> None:
    path = workspace.validation / "great_expectations.yml"
    path.write_text("stores: [\n", encoding="utf-8")
    shutil.rmtree(workspace.verdicts)

    with pytest.raises(SpecError) as error:
        judge(workspace, "spvm-mensuel")

    assert error.value.code == "S003"
    assert error.value.where.startswith("validation/great_expectations.yml")
    assert path.read_text(encoding="utf-8") == "stores: [\n"


def test_settings_that_great_expectations_refuses(workspace: Workspace) -> None:
    path = workspace.validation / "great_expectations.yml"
    text = path.read_text(encoding="utf-8")
    path.write_text(text.replace("class_name: CheckpointStore", "class_name: Rien"), "utf-8")
    shutil.rmtree(workspace.verdicts)

    with pytest.raises(SpecError) as error:
        judge(workspace, "spvm-mensuel")

    assert error.value.code == "V006"
    assert error.value.where == "validation"
    assert error.value.next_step.endswith("actes validate spvm-mensuel")


def test_generated_files_that_a_kill_cut_short_are_made_again(workspace: Workspace) -> None:
    before = committed(workspace)
    folder = workspace.validation
    cut = [
        folder / "checkpoints" / "spvm-mensuel.json",
        folder / "validation_definitions" / "spvm-mensuel.json",
        *(folder / "uncommitted" / "validations").rglob("*.json"),
        validate.data_docs_index(workspace),
    ]
    for path in cut:
        path.write_bytes(path.read_bytes()[:40])
    shutil.rmtree(workspace.verdicts)

    result = judge(workspace, "spvm-mensuel")

    assert isinstance(result, Dataset)
    assert committed(workspace) == before
    assert "</html>" in validate.data_docs_index(workspace).read_text(encoding="utf-8")


def test_what_the_owner_put_in_settings_and_checkpoint_stays(workspace: Workspace) -> None:
    settings = workspace.validation / "great_expectations.yml"
    text = settings.read_text(encoding="utf-8").replace(
        "fluent_datasources:\n",
        "# à moi\nfluent_datasources:\n  autre:\n    type: pandas\n    assets: {}\n",
    )
    settings.write_text(text, encoding="utf-8")
    tiny(workspace, "nouveau", "a\n1\n", fields=[{"name": "a"}])
    checkpoint = workspace.validation / "checkpoints" / "spvm-mensuel.json"
    content = json.loads(checkpoint.read_text(encoding="utf-8"))
    content["result_format"] = "COMPLETE"
    content["actions"].append({"name": "aussi", "site_names": [], "type": "update_data_docs"})
    checkpoint.write_text(json.dumps(content), encoding="utf-8")
    shutil.rmtree(workspace.verdicts)

    judge(workspace, "spvm-mensuel")

    text = settings.read_text(encoding="utf-8")
    assert "# à moi\n" in text
    assert "  autre:\n" in text
    assert r"regex: nouveau\.parquet$" in text
    content = json.loads(checkpoint.read_text(encoding="utf-8"))
    assert content["result_format"]["exclude_unexpected_values"] is True
    assert [action["name"] for action in content["actions"]] == ["data_docs", "aussi"]


# ── verdicts are recalled ────────────────────────────────────────────────────────────────────


def test_a_known_verdict_needs_neither_great_expectations_nor_pandas(workspace: Workspace) -> None:
    code = (
        "import sys\n"
        "from pathlib import Path\n"
        "from actes import store, validate\n"
        "from actes.workspace import Workspace\n"
        "workspace = Workspace(Path.cwd())\n"
        "spec = store.read_dataset_spec(workspace, 'spvm-mensuel')\n"
        "result = validate.validate(workspace, store.recall_table(workspace, spec))\n"
        "print(type(result).__name__, len(validate.describe(workspace, spec)))\n"
        "print({'great_expectations', 'pandas', 'pyarrow'} & set(sys.modules))\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], cwd=workspace.root, capture_output=True, text=True, check=True
    )

    assert done.stdout == "Dataset 19\nset()\n"


def test_a_second_run_on_the_same_bytes_rewrites_nothing(workspace: Workspace) -> None:
    before = committed(workspace)
    times = {path: path.stat().st_mtime_ns for path in workspace.validation.glob("*/*.json")}
    verdicts = {path.name: path.read_bytes() for path in workspace.verdicts.glob("*.json")}
    shutil.rmtree(workspace.verdicts)

    for name in SHIPPED:
        judge(workspace, name)

    assert committed(workspace) == before
    assert {path: path.stat().st_mtime_ns for path in times} == times
    assert {path.name: path.read_bytes() for path in workspace.verdicts.glob("*")} == verdicts


def test_each_reader_of_a_cached_verdict_has_their_language(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    edit(workspace, "spvm-mensuel", "Homicides,1\n", "Homicides,-1\n")
    monkeypatch.setenv("ACTES_LANG", "fr")
    french = judge(workspace, "spvm-mensuel").verdict.findings[0]
    monkeypatch.setenv("ACTES_LANG", "en")
    english = judge(workspace, "spvm-mensuel").verdict.findings[0]
    monkeypatch.setenv("ACTES_LANG", "fr")
    again = judge(workspace, "spvm-mensuel").verdict.findings[0]

    assert isinstance(french, Finding)
    assert english.message == "1 value of 2,592 outside the permitted range (at least 0)"
    assert french.message == "1 valeur sur 2\u202f592 hors de l’intervalle permis (au moins 0)"
    assert again == french


def test_a_changed_expectation_asks_for_a_new_verdict(workspace: Workspace) -> None:
    before = judge(workspace, "pdq-voisinage").verdict.key
    add_expectation(
        workspace, "pdq-voisinage", "expect_table_row_count_to_be_between", max_value=40
    )

    assert judge(workspace, "pdq-voisinage").verdict.key != before


def test_a_dataset_that_it_is_compared_with_must_be_ingested(workspace: Workspace) -> None:
    shutil.rmtree(workspace.tables)
    shutil.rmtree(workspace.ingested)

    with pytest.raises(VerdictError) as error:
        judge(workspace, "spvm-mensuel")

    assert error.value.code == "V010"
    assert error.value.next_step == "actes ingest spvm-pdq"


def test_a_check_on_a_column_that_the_other_dataset_lacks(workspace: Workspace) -> None:
    tiny(
        workspace,
        "essai",
        "annee,total\n2015,1\n",
        fields=[{"name": "annee", "type": "year"}, {"name": "total", "type": "integer"}],
        checks={"sums": [{"dataset": "spvm-pdq", "by": ["annee"], "measure": "total"}]},
    )

    with pytest.raises(SpecError) as error:
        judge(workspace, "essai")

    assert error.value.code == "V008"
    assert error.value.found == "total"


# ── a native project ─────────────────────────────────────────────────────────────────────────

PLAIN = """
import great_expectations as gx
context = gx.get_context(mode="file", context_root_dir="validation")
names = sorted(suite.name for suite in context.suites.all())
result = context.checkpoints.get("spvm-mensuel").run()
(validated,) = result.run_results.values()
print(names, result.success, len(validated.results))
suite = context.suites.get("spvm-mensuel")
suite.save()
"""


def test_a_great_expectations_user_needs_nothing_of_ours(workspace: Workspace) -> None:
    before = committed(workspace)

    done = subprocess.run(
        [sys.executable, "-c", PLAIN],
        cwd=workspace.root,
        capture_output=True,
        text=True,
        check=True,
    )

    assert done.stdout == f"{list(SHIPPED)} True 19\n"
    assert done.stderr == ""
    after = committed(workspace)
    assert set(after) == set(before)
    changed = {name for name in before if after[name] != before[name]}
    assert changed == {"expectations/spvm-mensuel.json"}
    saved, ours = (json.loads(s["expectations/spvm-mensuel.json"]) for s in (after, before))
    assert saved["expectations"][:16] == ours["expectations"][:16]
    assert isinstance(judge(workspace, "spvm-mensuel"), Dataset)


def test_every_suite_has_stock_expectations_alone(validated: Workspace) -> None:
    from great_expectations.expectations import core

    stock = {path.stem for path in Path(core.__file__).parent.glob("expect_*.py")}
    used = {
        expectation["type"]
        for name in SHIPPED
        for expectation in store.read_suite(validated, name)["expectations"]
    }

    assert used <= stock


def test_data_docs_open_on_a_page_that_names_the_dataset(validated: Workspace) -> None:
    index = validate.data_docs_index(validated)

    assert "spvm-mensuel" in index.read_text(encoding="utf-8")
    assert (index.parent / "expectations" / "spvm-mensuel.html").is_file()


def test_validation_works_from_any_folder(
    workspace: Workspace, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shutil.rmtree(workspace.verdicts)
    monkeypatch.chdir(tmp_path)

    assert isinstance(judge(workspace, "pdq-voisinage"), Dataset)
    assert not (tmp_path / ".actes").exists()


def test_nothing_committed_names_this_machine() -> None:
    for name, content in committed(Workspace(ROOT)).items():
        assert str(ROOT) not in content.decode(), name


@pytest.mark.skipif(os.name == "nt", reason="no SIGKILL on Windows")
def test_a_killed_validation_leaves_a_usable_project(workspace: Workspace) -> None:
    shutil.rmtree(workspace.verdicts)
    results = workspace.validation / "uncommitted" / "validations" / "spvm-mensuel"
    shutil.rmtree(results)
    code = (
        "from pathlib import Path\n"
        "from actes import ingest, validate\n"
        "from actes.workspace import Workspace\n"
        "workspace = Workspace(Path.cwd())\n"
        "validate.validate(workspace, ingest.ingest(workspace, 'spvm-mensuel'))\n"
    )
    before = committed(workspace)
    child = subprocess.Popen([sys.executable, "-c", code], cwd=workspace.root)
    while child.poll() is None and not list(results.rglob("*.json")):
        time.sleep(0.002)
    child.send_signal(signal.SIGKILL)
    child.wait()

    assert committed(workspace) == before
    assert isinstance(judge(workspace, "spvm-mensuel"), Dataset)

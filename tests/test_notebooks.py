"""The standard studies run three ways, with the same outcome, on the repository's own figures."""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from conftest import REPOSITORY
from nbclient import NotebookClient

from actes import cli, results
from actes.specs.study import read_study

if TYPE_CHECKING:
    from pathlib import Path

STUDIES = sorted(path.stem for path in (REPOSITORY / "notebooks").glob("*.ipynb"))
pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A copy of the workspace that the repository is, its data validated."""
    root = tmp_path_factory.mktemp("repository")
    for name in ("datasets", "notebooks", "validation"):
        shutil.copytree(REPOSITORY / name, root / name)
    shutil.copy(REPOSITORY / "_quarto.yml", root)
    with contextlib.chdir(root):
        assert cli.run(["validate"]) == 0
    return root


def outcome(notebook: dict[str, Any]) -> list[Any]:
    """All that a run declares, and what it began with."""
    return [results.begun(notebook), *results.declared(notebook)]


def read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8"))


def by_actes(root: Path, study: str) -> dict[str, Any]:
    with contextlib.chdir(root):
        assert cli.run(["run", study]) == 0
    records = [read(path) for path in (root / ".actes/runs").glob("*/run.json")]
    (record,) = [record for record in records if record["study"] == study]
    return read(root / ".actes/runs" / record["key"] / "notebook.ipynb")


@pytest.mark.parametrize("study", STUDIES)
def test_run_all_papermill_and_actes_give_the_same(
    repository: Path, study: str, tmp_path: Path
) -> None:
    source = repository / "notebooks" / f"{study}.ipynb"
    expected = outcome(by_actes(repository, study))

    run_all = nbformat.read(source, as_version=4)
    NotebookClient(
        run_all, resources={"metadata": {"path": str(source.parent)}}, kernel_name="python3"
    ).execute()
    with_papermill = tmp_path / "papermill.ipynb"
    subprocess.run(
        [sys.executable, "-m", "papermill", str(source), str(with_papermill), "-k", "python3"],
        cwd=repository,
        check=True,
        capture_output=True,
    )

    assert outcome(run_all) == expected
    assert outcome(read(with_papermill)) == expected


@pytest.mark.parametrize("study", STUDIES)
def test_notebooks_are_kept_without_outputs(study: str) -> None:
    notebook = read(REPOSITORY / "notebooks" / f"{study}.ipynb")

    assert not any(cell.get("outputs") for cell in notebook["cells"])


@pytest.mark.parametrize("study", STUDIES)
def test_every_parameter_says_what_it_is(study: str) -> None:
    spec = read_study(REPOSITORY / "notebooks" / f"{study}.ipynb")

    assert spec.title
    assert [p.name for p in spec.parameters if not p.help] == []


def test_the_numbers_of_the_articles_are_those_of_the_reports(repository: Path) -> None:
    values = {
        record["name"]: record["value"]
        for study in STUDIES
        for record in results.declared(by_actes(repository, study))
        if record["kind"] == "value"
    }

    assert values["total-apres"] == 6362
    assert values["total-debut"] == 4523
    assert values["total-fin"] == 8812


@pytest.mark.parametrize(
    ("study", "words"),
    [
        ("serie-interrompue", ["-p", "modele=negbin", "-p", "effet=niveau"]),
        ("serie-interrompue", ["-p", "modele=structurel", "-p", "infraction=Fraudes"]),
        ("serie-interrompue", ["-p", "saisonnalite=fourier", "-p", 'mois_exclus=["2020-03"]']),
        ("comparer-comptes", ["-p", "annee_avant=2018", "-p", "annee_apres=2022"]),
        ("comparer-comptes", ["-p", "test=exact", "-p", "infraction=Homicides"]),
        ("comparer-comptes", ["-p", "ajuster_tendance_globale=false", "-p", "test=z"]),
    ],
)
def test_other_parameters_run_too(repository: Path, study: str, words: list[str]) -> None:
    with contextlib.chdir(repository):
        assert cli.run(["run", study, *words]) == 0


def test_a_report_is_one_page_that_needs_nothing_else(repository: Path, tmp_path: Path) -> None:
    target = tmp_path / "rapport.html"
    with contextlib.chdir(repository):
        assert cli.run(["run", "comparer-comptes", "--report", str(target)]) == 0

    page = target.read_text(encoding="utf-8")
    assert "6\u202f362" in page
    assert "<svg" in page
    assert "TLP:CLEAR" in page
    assert not re.search(r"<(script|link|iframe|img)|@import|url\(['\"]?https?:", page)
    assert "import pandas" not in page
    assert str(repository) not in page


def test_a_model_that_cannot_take_these_figures_says_so(
    repository: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    words = ["-p", "modele=structurel", "-p", "infraction=Homicides"]
    with contextlib.chdir(repository):
        assert cli.run(["run", "serie-interrompue", *words]) == 1

    assert "[P224] Ce modèle prend des logarithmes" in capsys.readouterr().err

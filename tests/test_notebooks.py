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
from ruamel.yaml import YAML

from actes import cli, results
from actes.specs.study import read_study

if TYPE_CHECKING:
    from pathlib import Path

STUDIES = sorted(path.stem for path in (REPOSITORY / "notebooks").glob("*.ipynb"))
SOME = ["comparer-comptes", "effectifs-erlang", "serie-interrompue"]
"""Areas, no data at all, a series: how they are run does not depend on what they compute."""
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
def test_run_all_and_actes_give_the_same(repository: Path, study: str) -> None:
    source = repository / "notebooks" / f"{study}.ipynb"
    run_all = nbformat.read(source, as_version=4)
    NotebookClient(
        run_all, resources={"metadata": {"path": str(source.parent)}}, kernel_name="python3"
    ).execute()
    assert outcome(run_all) == outcome(by_actes(repository, study))


@pytest.mark.parametrize("study", SOME)
def test_papermill_and_actes_give_the_same(repository: Path, study: str, tmp_path: Path) -> None:
    made = tmp_path / "papermill.ipynb"
    source = repository / "notebooks" / f"{study}.ipynb"
    subprocess.run(
        [sys.executable, "-m", "papermill", str(source), str(made), "-k", "python3"],
        cwd=repository,
        check=True,
        capture_output=True,
    )
    assert outcome(read(made)) == outcome(by_actes(repository, study))


@pytest.mark.parametrize("study", SOME)
def test_warm_and_plain_kernels_give_the_same_bytes(repository: Path, study: str) -> None:
    def executed(kernel: str) -> dict[str, bytes]:
        shutil.rmtree(repository / ".actes/runs", ignore_errors=True)
        with contextlib.chdir(repository):
            assert cli.run(["run", study, "--kernel", kernel]) == 0
        runs = (repository / ".actes/runs").glob("*/notebook.ipynb")
        return {path.parent.name: path.read_bytes() for path in runs}

    assert executed("auto") == executed("plain")


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
        for study in ("comparer-comptes", "serie-interrompue")
        for record in results.declared(by_actes(repository, study))
        if record["kind"] == "value"
    }

    assert values["total-apres"] == 6362
    assert values["total-debut"] == 4523
    assert values["total-fin"] == 8812


def other_parameters() -> list[Any]:
    """Three other parameter sets a study, from ``tests/studies/<study>.yml``."""
    return [
        pytest.param(study, words, id=f"{study}-{number}")
        for study in STUDIES
        for number, words in enumerate(
            YAML(typ="safe").load(REPOSITORY / "tests/studies" / f"{study}.yml"), start=1
        )
    ]


@pytest.mark.parametrize(("study", "words"), other_parameters())
def test_other_parameters_run_too(repository: Path, study: str, words: list[str]) -> None:
    given = [part for word in words for part in ("-p", word)]
    with contextlib.chdir(repository):
        assert cli.run(["run", study, *given]) == 0


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

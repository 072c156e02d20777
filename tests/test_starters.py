"""A newcomer's path: a workspace, a dataset of one's own, a study, an article, a book.

Also from an installed wheel, which must carry all that a checkout has.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from conftest import Desk

from actes.errors import WorkspaceError
from actes.specs.study import read_study
from actes.starters import new_article, templates
from actes.workspace import Workspace

ROOT = Path(__file__).parents[1]
COMMAND = "import sys; from actes.cli import main; main(sys.argv[1:])"
YEARS = range(2019, 2025)
KINDS = {"Bruit": 120, "Stationnement": 340, "Animaux": 45}


def actes(*words: str, cwd: Path, package: Path | None = None) -> subprocess.CompletedProcess[str]:
    """Run a command in French, with the checkout's package or the one in ``package``."""
    environment = os.environ | {"ACTES_LANG": "fr", "PYTHONIOENCODING": "utf-8"}
    if package:
        environment["PYTHONPATH"] = str(package)
    return subprocess.run(
        [sys.executable, "-c", COMMAND, *words],
        cwd=cwd,
        env=environment,
        capture_output=True,
        encoding="utf-8",
        timeout=120,
        check=False,
    )


def succeed(*words: str, cwd: Path, package: Path | None = None) -> str:
    """Run a command that must end well; return what it printed."""
    done = actes(*words, cwd=cwd, package=package)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


def counts() -> list[tuple[int, int, str, int]]:
    return [
        (year, month, kind, base + 7 * (year - 2019) + month)
        for year in YEARS
        for month in range(1, 13)
        for kind, base in KINDS.items()
    ]


def total_of(*kinds: str) -> int:
    """Add up the last year's figures of some kinds."""
    return sum(n for year, _month, kind, n in counts() if year == YEARS[-1] and kind in kinds)


def write_source(path: Path) -> None:
    """Write figures as a spreadsheet in Québec exports them: semicolons, cp1252."""
    lines = ["Année;Mois;Type de plainte;Nombre"]
    lines += [";".join(map(str, row)) for row in counts()]
    path.write_text("\n".join(lines) + "\n", encoding="cp1252", newline="\n")


def publish_openly(descriptor: Path) -> None:
    """Do what the owner of open data does to a draft: say that it may be published."""
    text = descriptor.read_text(encoding="utf-8")
    text = text.replace("tlp: AMBER", "tlp: CLEAR").replace("confidential", "open", 1)
    descriptor.write_text(text, encoding="utf-8", newline="\n")


def add_chapter(project: Path, article: str) -> None:
    text = project.read_text(encoding="utf-8")
    line = f"    - reports/{article}/index.qmd\n    - references.qmd"
    project.write_text(text.replace("    - references.qmd", line), encoding="utf-8", newline="\n")


@pytest.mark.slow
def test_a_csv_becomes_an_article_in_a_book(tmp_path: Path) -> None:
    source = tmp_path / "Plaintes municipales.csv"
    write_source(source)
    succeed("init", "atelier", cwd=tmp_path)
    here = tmp_path / "atelier"
    succeed("new", "dataset", str(source), cwd=here)
    descriptor = here / "datasets/plaintes-municipales/dataset.yml"
    assert "0 en échec" in succeed("validate", cwd=here)

    succeed("new", "study", "bruit", cwd=here)
    run = ("run", "bruit", "--data", "plaintes-municipales", "--json", "-p")
    made = json.loads(actes(*run, "categories=[Bruit]", cwd=here).stdout)
    assert f'"value": {total_of("Bruit")}' in (here / made["notebook"]).read_text(encoding="utf-8")
    refused = actes(*run, "categories=[Bruits]", cwd=here)
    assert refused.returncode == 2
    assert json.loads(refused.stdout)["error"]["code"] == "P004"

    # the draft is prudent: nobody has said yet that these figures may leave
    new = ("new", "article", "plaintes", "--study", "bruit", "--data", "plaintes-municipales")
    succeed(*new, cwd=here)
    add_chapter(here / "_quarto.yml", "plaintes")
    held = actes("review", cwd=here)
    assert held.returncode == 1
    assert "C204" in held.stdout

    publish_openly(descriptor)
    assert "valeur total-fin" in succeed("review", cwd=here)
    succeed("build", cwd=here)
    page = (here / "_book/reports/plaintes/index.html").read_text(encoding="utf-8")
    assert f"{total_of(*KINDS):,}".replace(",", "\u202f") in page
    assert "Tableau 1.1" in page.replace("\u00a0", " ")
    assert list((here / "_book").glob("*.pdf"))


def test_nothing_that_exists_is_replaced(tmp_path: Path) -> None:
    succeed("init", "atelier", cwd=tmp_path)
    here = tmp_path / "atelier"
    (here / "index.qmd").write_text("# Le mien\n", encoding="utf-8")
    refused = actes("init", "atelier", cwd=tmp_path)
    assert refused.returncode == 2
    assert "[W002]" in refused.stderr
    assert (here / "index.qmd").read_text(encoding="utf-8") == "# Le mien\n"
    succeed("new", "study", "essai", cwd=here)
    assert "[W002]" in actes("new", "study", "essai", cwd=here).stderr


@pytest.mark.parametrize("name", ["A B", "été", "2024", "aux", "../ailleurs"])
def test_a_name_that_no_file_can_bear_everywhere_is_refused(tmp_path: Path, name: str) -> None:
    succeed("init", "atelier", cwd=tmp_path)
    before = sorted(tmp_path.rglob("*"))
    refused = actes("new", "study", name, cwd=tmp_path / "atelier")
    assert refused.returncode == 2
    assert "[W003]" in refused.stderr
    assert "par exemple : vols-2024" in refused.stderr
    here = Workspace(tmp_path / "atelier")
    with pytest.raises(WorkspaceError, match="W003"):
        new_article(here, name, read_study(here.study_file("wdd")), "mon-jeu", [])
    assert [path for path in sorted(tmp_path.rglob("*")) if ".actes" not in path.parts] == before


def test_a_new_workspace_ignores_what_is_computed(tmp_path: Path) -> None:
    succeed("init", "atelier", cwd=tmp_path)
    here = tmp_path / "atelier"
    ours = (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
    theirs = (here / ".gitignore").read_text(encoding="utf-8").splitlines()
    computed = (".actes/", "_book/", "validation/uncommitted/", "reports/annexes/")
    assert set(computed) <= set(ours) & set(theirs)
    assert {"datasets", "notebooks", "reports", "validation"} <= {p.name for p in here.iterdir()}
    assert not list(here.rglob("__init__.py"))


def test_the_starter_study_is_a_clean_notebook(tmp_path: Path) -> None:
    path = templates() / "study" / "etude.ipynb"
    cells = json.loads(path.read_text(encoding="utf-8"))["cells"]
    code = [cell for cell in cells if cell["cell_type"] == "code"]
    assert not [cell for cell in code if cell["outputs"] or cell["execution_count"]]
    study = read_study(path)
    assert [p.name for p in study.parameters] == ["donnees", "categories", "annee_debut"]
    assert all(p.help for p in study.parameters)


@pytest.mark.parametrize("language", ["fr", "en"])
def test_the_starter_article_keeps_no_mark(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, language: str
) -> None:
    monkeypatch.setenv("ACTES_LANG", language)
    study = read_study(templates() / "study" / "etude.ipynb")
    (path,) = new_article(Workspace(tmp_path), "essai", study, "jeu", ["tbl-annees"])
    text = path.read_text(encoding="utf-8")
    assert "@@" not in text
    assert "{{< embed tendance.ipynb#tbl-annees >}}" in text
    assert "study: etude" in text
    assert "data: jeu" in text
    # the other language has its abstract, and no label could meet that of another article
    assert "::: {lang=" + {"fr": "en", "en": "fr"}[language] + "}" in text
    assert not re.search(r"\{#", text)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Build the wheel from a copy: nothing is written among the sources."""
    folder = tmp_path_factory.mktemp("wheel")
    copy = folder / "source"
    for name in ("src", "templates", "notebooks"):
        unwanted = shutil.ignore_patterns("__pycache__", "*.mo", ".ipynb_checkpoints")
        shutil.copytree(ROOT / name, copy / name, ignore=unwanted)
    for name in ("pyproject.toml", "README.md", "LICENSE", "hatch_build.py"):
        shutil.copyfile(ROOT / name, copy / name)
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder)],
        cwd=copy,
        check=True,
        capture_output=True,
    )
    (made,) = folder.glob("*.whl")
    return made


def files_of(folder: Path) -> list[str]:
    """Name the files below a folder, caches and compiled ones apart."""
    names = [f.relative_to(folder).as_posix() for f in folder.rglob("*") if f.is_file()]
    return [n for n in names if not re.search(r"(^|/)(\.|__pycache__)|\.mo$", n)]


def test_the_wheel_carries_what_the_package_needs(wheel: Path) -> None:
    names = set(zipfile.ZipFile(wheel).namelist())
    needed = {f"actes/{name}" for name in files_of(ROOT / "src/actes")}
    needed |= {f"actes/templates/{name}" for name in files_of(ROOT / "templates")}
    needed |= {f"actes/templates/notebooks/{name}" for name in files_of(ROOT / "notebooks")}
    needed.add("actes/locale/fr/LC_MESSAGES/actes.mo")
    assert sorted(needed - names) == []
    assert [n for n in names if n.startswith(("tests/", "datasets/"))] == []


@pytest.mark.slow
def test_an_installed_wheel_makes_a_workspace_and_its_book(wheel: Path, tmp_path: Path) -> None:
    package = tmp_path / "site"
    install = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--no-index"]
    subprocess.run([*install, "--target", str(package), str(wheel)], check=True)

    made = succeed("init", "atelier", cwd=tmp_path, package=package)
    assert "✓ notebooks/serie-interrompue.ipynb" in made
    assert "Ensuite" in made, "the French catalogue is compiled in the wheel"
    here = tmp_path / "atelier"
    assert (here / ".gitignore").is_file()
    succeed("build", cwd=here, package=package)
    page = (here / "_book/index.html").read_text(encoding="utf-8")
    assert "Avant-propos" in page
    assert list((here / "_book").glob("*.pdf"))


def test_a_new_study_awaits_a_published_value(desk: Desk) -> None:
    answer = desk.actes("new", "study", "ma-methode", "--from", "compter")

    assert answer.code == 0, answer.err
    notebook = (desk.root / "notebooks/ma-methode.ipynb").read_text(encoding="utf-8")
    assert "# ma-methode" in notebook
    test = desk.root / "tests/test_ma_methode.py"
    run = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(test)]
    first = subprocess.run(run, cwd=desk.root, capture_output=True, text=True, check=False)
    assert first.returncode == 1
    assert "l’étude n’est pas vérifiée" in first.stdout

    desk.edit("tests/test_ma_methode.py", "REFERENCES = []", 'REFERENCES = [(3, 4, 0.75, 0, "x")]')
    second = subprocess.run(run, cwd=desk.root, capture_output=True, text=True, check=False)
    assert second.returncode == 0, second.stdout
    assert desk.actes("studies").code == 0

"""What each change makes stale, and what it leaves alone: never twice, never stale."""

from __future__ import annotations

import contextlib
import json
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest
from conftest import CASES, Desk

from actes import cli, pipeline, provenance, run, store, unchanged, validate
from actes.model import Verdict
from actes.publish import publication

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from actes.model import Table
    from actes.workspace import Workspace

STAGES = ("ingest", "validate", "run", "compose", "publish")
ASKED = {"engine": "auto", "leave_out": False}

ALL = {"ingest", "validate", "run", "compose", "publish"}
FROM_RUN = {"run", "compose", "publish"}
BOOK = {"publish"}
NOTHING: set[str] = set()

MODULE = "FACTEUR = 1\n"
CODE_CELL = "from outils import FACTEUR\nfrom paquet.sous import TERME\n"


@pytest.fixture(scope="module")
def original(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A workspace with all that can change, its book built."""
    root = tmp_path_factory.mktemp("keys") / "minimal"
    shutil.copytree(CASES / "minimal", root)
    texts = {
        "notebooks/outils.py": MODULE,
        "notebooks/paquet/__init__.py": "",
        "notebooks/paquet/sous.py": "TERME = 0\n",
        "notebooks/reperes.csv": "annee,seuil\n2023,10\n",
        "reports/bilan/_note.qmd": "Une note incluse.\n",
        "templates/livre.css": "h1 { color: black; }\n",
        "references.bib": "@book{a, title={Un}, author={B, A.}, year={2020}, publisher={C}}\n",
        "requirements.lock": "pandas==3.1.1\n",
    }
    for name, text in texts.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8", newline="\n")
    edit(root / "reports/bilan/index.qmd", "En tout,", "{{< include _note.qmd >}}\n\nEn tout,")
    edit(root / "_quarto.yml", "format:\n", "bibliography: references.bib\nformat:\n")
    change_cell(root, 2, lambda source: CODE_CELL + source)
    with contextlib.chdir(root):
        assert cli.run(["build"]) == 0
    return root


@pytest.fixture
def changed(original: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Desk]:
    root = tmp_path / "minimal"
    shutil.copytree(original, root)
    yield Desk(root, capsys)
    provenance.environment_sha256.cache_clear()


class WouldWorkError(Exception):
    """A stage would have to work."""


def would_work(*_arguments: Any, **_more: Any) -> None:
    raise WouldWorkError


def stale(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Stages that a build does again, those after a run counted with it; nothing heavy is done."""

    def passes(workspace: Workspace, table: Table) -> Verdict:
        verdict = Verdict(str(store.verdict_key(workspace, table)), True, 1, (), "0")
        store.remember_verdict(workspace, verdict)
        return verdict

    monkeypatch.setattr(run, "execute", would_work)
    monkeypatch.setattr(publication, "_staged", would_work)
    monkeypatch.setattr(validate, "_decide", passes)
    done: list[str] = []
    watch = pipeline.Watch(
        step=lambda step: done.append(step.stage) if step.action == "done" else None
    )
    try:
        with contextlib.chdir(desk.root):
            pipeline.build(desk.workspace, watch)
    except WouldWorkError:
        met = {stage for stage, _name in watch.told}
        done += ["publish"] if "compose" in met else FROM_RUN
    return set(done)


def edit(path: Path, old: str, new: str) -> None:
    text = path.read_text(encoding="utf-8")
    assert old in text, f"{old!r} is not in {path.name}"
    path.write_text(text.replace(old, new), encoding="utf-8", newline="\n")


def change_cell(root: Path, position: int, change: Callable[[str], str]) -> None:
    path = root / "notebooks/compter.ipynb"
    content = json.loads(path.read_text(encoding="utf-8"))
    cell = content["cells"][position]
    cell["source"] = change("".join(cell["source"]))
    path.write_text(json.dumps(content), encoding="utf-8", newline="\n")


# --- the changes -------------------------------------------------------------------------------


def in_cell(position: int, change: Callable[[str], str]) -> Callable[[Desk], None]:
    return lambda desk: change_cell(desk.root, position, change)


def in_file(name: str, old: str, new: str) -> Callable[[Desk], None]:
    return lambda desk: edit(desk.root / name, old, new)


def new_file(name: str, text: str) -> Callable[[Desk], None]:
    return lambda desk: (desk.root / name).write_text(text, encoding="utf-8") and None


def what_jupyter_leaves(desk: Desk) -> None:
    """A notebook that was opened, run and saved: outputs, counts and metadata, same sources."""
    path = desk.root / "notebooks/compter.ipynb"
    content = json.loads(path.read_text(encoding="utf-8"))
    for number, cell in enumerate(content["cells"]):
        cell["metadata"]["collapsed"] = True
        if cell["cell_type"] == "code":
            output = {"output_type": "stream", "name": "stdout", "text": ["bonjour\n"]}
            cell |= {"execution_count": number, "outputs": [output]}
    content["metadata"]["widgets"] = {}
    path.write_text(json.dumps(content, indent=2), encoding="utf-8")
    (desk.root / "notebooks/.ipynb_checkpoints").mkdir()
    (desk.root / "notebooks/.ipynb_checkpoints/outils.py").write_text("FACTEUR = 2\n")


def other_line_ends(desk: Desk) -> None:
    path = desk.root / "datasets/incidents/incidents.csv"
    path.write_bytes(path.read_bytes().replace(b"\n", b"\r\n"))


DESCRIPTOR = "datasets/incidents/dataset.yml"
ARTICLE = "reports/bilan/index.qmd"

CHANGES: dict[str, tuple[Callable[[Desk], None], set[str]]] = {
    "nothing": (lambda _desk: None, NOTHING),
    # the study
    "a comment in a code cell": (in_cell(3, lambda s: s + "\n# un mot"), FROM_RUN),
    "a markdown cell": (in_cell(0, lambda s: s + "\n\nUn mot."), FROM_RUN),
    "code": (in_cell(3, lambda s: s + "\ntotal += 0"), FROM_RUN),
    "a parameter's default": (in_cell(1, lambda s: s.replace("= 2023", "= 2022")), FROM_RUN),
    "outputs, counts, metadata": (what_jupyter_leaves, NOTHING),
    "a module beside the notebook": (in_file("notebooks/outils.py", "1", "2"), FROM_RUN),
    "a comment in that module": (in_file("notebooks/outils.py", "1", "1  # un"), FROM_RUN),
    "a module of a sub-package": (in_file("notebooks/paquet/sous.py", "0", "1"), FROM_RUN),
    "a new module": (new_file("notebooks/paquet/autre.py", "X = 1\n"), FROM_RUN),
    "data beside the notebook": (in_file("notebooks/reperes.csv", "10", "20"), FROM_RUN),
    "another notebook": (new_file("notebooks/autre.ipynb", '{"cells": []}'), NOTHING),
    # the data
    "a figure": (in_file("datasets/incidents/incidents.csv", "01,Vols,", "01,Vols,1"), ALL),
    "line ends, the same figures": (other_line_ends, {"ingest", "publish"}),
    "a role": (in_file(DESCRIPTOR, ", count: nombre", ", count: nombre, weight: nombre"), FROM_RUN),
    "a title": (in_file(DESCRIPTOR, "title: Incidents par", "title: Les incidents par"), BOOK),
    "a constraint": (in_file(DESCRIPTOR, "maximum: 12", "maximum: 13"), {"validate", "publish"}),
    "the smallest cell, no cell being smaller": (
        in_file(DESCRIPTOR, "min_cell: 5", "min_cell: 0"),
        NOTHING,
    ),
    "a type": (
        in_file(DESCRIPTOR, "name: mois, type: integer", "name: mois, type: number"),
        ALL,
    ),
    # the article
    "a parameter": (in_file(ARTICLE, "genre: Vols", "genre: Vols\n        annee: 2022"), FROM_RUN),
    "a parameter's default, written out": (
        in_file(ARTICLE, "genre: Vols", "genre: Vols\n        annee: 2023"),
        BOOK,
    ),
    "prose": (in_file(ARTICLE, "En tout,", "En somme,"), BOOK),
    "an included file": (in_file("reports/bilan/_note.qmd", "incluse", "jointe"), BOOK),
    "the bibliography": (in_file("references.bib", "2020", "2021"), BOOK),
    "a file of the theme": (in_file("templates/livre.css", "black", "navy"), BOOK),
    "the language of the book": (in_file("_quarto.yml", "lang: fr", "lang: en"), FROM_RUN),
    "the book's title": (in_file("_quarto.yml", "Petit livre", "Grand livre"), BOOK),
    # what is wished for, not what is there
    "the lock file": (in_file("requirements.lock", "3.1.1", "3.1.2"), NOTHING),
}
ONLY_LOOKED_AT = {name for name, (_mutate, expected) in CHANGES.items() if not expected} - {
    "nothing"
}
"""A change that a look at the files cannot tell from one that matters: looked into, then reused."""


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_makes_stale_what_depends_on_it_and_nothing_else(
    changed: Desk, monkeypatch: pytest.MonkeyPatch, change: str
) -> None:
    mutate, expected = CHANGES[change]
    mutate(changed)

    known = unchanged.recall(changed.workspace, ASKED)

    assert (known is None) == bool(expected or change in ONLY_LOOKED_AT)
    assert stale(changed, monkeypatch) == expected


def test_of_several_articles_only_the_one_that_changed_is_composed_again(
    changed: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(changed.root / "reports/bilan", changed.root / "reports/autre")
    chapter = "    - reports/bilan/index.qmd\n"
    changed.edit("_quarto.yml", chapter, chapter + chapter.replace("bilan", "autre"))
    assert changed.actes("build").code == 0
    again = "    encore: {study: compter, data: incidents, parameters: {genre: Vols}}\n---\n\n"
    changed.edit("reports/autre/index.qmd", "---\n\n", again)
    changed.edit("reports/autre/index.qmd", "#fig-", "#fig-vols-")
    changed.edit("reports/autre/index.qmd", "#tbl-", "#tbl-vols-")
    steps: list[pipeline.Step] = []
    monkeypatch.setattr(publication, "_staged", would_work)

    with contextlib.chdir(changed.root), pytest.raises(WouldWorkError):
        pipeline.build(changed.workspace, pipeline.Watch(step=steps.append))

    assert [s.name for s in steps if s.action == "done"] == ["autre"]
    assert [s.name for s in steps if s.stage == "compose"] == ["bilan", "autre"]


# --- what surrounds the workspace ----------------------------------------------------------------


@pytest.mark.parametrize("fact", ["pandas", "python", "platform", "un-paquet-de-plus"])
def test_another_environment_makes_every_run_stale(
    changed: Desk, monkeypatch: pytest.MonkeyPatch, fact: str
) -> None:
    other = provenance.environment() | {fact: "0.0.1"}
    monkeypatch.setattr(provenance, "environment", lambda: other)
    provenance.environment_sha256.cache_clear()

    assert unchanged.recall(changed.workspace, ASKED) is None
    assert stale(changed, monkeypatch) == FROM_RUN


def test_the_packages_that_changed_are_named(
    changed: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = run.study_spec(changed.workspace, "compter")
    other = provenance.environment() | {"pandas": "9.9.9"}
    monkeypatch.setattr(provenance, "environment", lambda: other)
    provenance.environment_sha256.cache_clear()
    prepared = run.prepare(changed.workspace, spec, {"genre": "Vols"})

    told = run.why_stale(changed.workspace, prepared)

    assert "pandas" in told
    assert "→ 9.9.9" in told
    assert told.count("→") == 1


@pytest.mark.parametrize("file", ["methods/counts.py", "study.py", "numbers.py"])
def test_other_methods_make_every_run_stale(
    changed: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, file: str
) -> None:
    package = tmp_path / "actes"
    shutil.copytree(provenance._PACKAGE, package)
    monkeypatch.setattr(provenance, "_PACKAGE", package)
    assert stale(changed, monkeypatch) == NOTHING
    with (package / file).open("a", encoding="utf-8") as code:
        code.write("# another method\n")

    assert stale(changed, monkeypatch) == FROM_RUN


NOT_IN_A_RUN = {
    "__init__": "the version, which is in the key",
    "errors": "words of a refusal, which keeps no run",
    "expectations": "a verdict's key",
    "files": "moves bytes",
    "hashes": "names bytes",
    "model": "names of states",
    "provenance": "names bytes",
    "specs": "what they read is in the key: parameters, roles, types, language",
    "store": "which table is read: its hash is in the key",
    "workspace": "where things are",
}


def test_whatever_of_ours_a_study_loads_is_in_its_key_or_known_to_be_harmless() -> None:
    script = (
        "import sys, actes.study, actes.methods.style\n"
        "print(*sorted({n.split('.')[1] for n in sys.modules if n.startswith('actes.')}))"
    )
    told = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    )
    in_key = {name.removesuffix(".py") for name in provenance._METHODS}

    assert set(told.stdout.split()) - in_key - NOT_IN_A_RUN.keys() == set()


# --- what was made -------------------------------------------------------------------------------

MADE = (
    "_book/index.html",
    "reports/bilan/vols.ipynb",
    "reports/bilan/_metadata.yml",
    "reports/annexes/donnees.qmd",
    ".actes/runs/*/notebook.ipynb",
    ".actes/runs/*/run.json",
    ".actes/tables/*.parquet",
    ".actes/verdicts/*.json",
    "validation/expectations/incidents.json",
)


@pytest.mark.parametrize("pattern", MADE)
@pytest.mark.parametrize("harm", ["removed", "altered"])
def test_what_was_made_and_is_no_longer_whole_is_noticed(
    changed: Desk, pattern: str, harm: str
) -> None:
    (path,) = changed.root.glob(pattern)
    if harm == "removed":
        path.unlink()
    else:
        path.write_bytes(path.read_bytes() + b" ")

    assert unchanged.recall(changed.workspace, ASKED) is None


def test_other_words_are_another_build(changed: Desk) -> None:
    assert unchanged.recall(changed.workspace, ASKED)
    assert unchanged.recall(changed.workspace, ASKED | {"engine": "pandoc"}) is None


def test_what_is_edited_while_the_book_is_made_is_not_taken_for_built(
    changed: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    changed.edit(ARTICLE, "En tout,", "En somme,")
    whole = publication._render

    def render(*arguments: Any) -> None:
        whole(*arguments)
        changed.edit(ARTICLE, "En somme,", "Au total,")

    with monkeypatch.context() as patch:
        patch.setattr(publication, "_render", render)
        assert changed.actes("build").code == 0

    assert changed.actes("build").code == 0
    assert b"Au total," in changed.book()["reports/bilan/index.html"]


@pytest.mark.slow
def test_a_book_built_over_another_is_the_one_built_from_nothing(
    changed: Desk, tmp_path: Path
) -> None:
    for change in ("a figure", "a module of a sub-package", "an included file", "a title"):
        CHANGES[change][0](changed)
    fresh = tmp_path / "fresh" / "minimal"
    shutil.copytree(
        changed.root, fresh, ignore=shutil.ignore_patterns(".actes", "_book", "annexes")
    )

    assert changed.actes("build").code == 0
    assert Desk(fresh, changed.capsys).actes("build").code == 0

    assert changed.book() == Desk(fresh, changed.capsys).book()

"""`actes reproduce`: what an intern types, and what the book shows of it."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from conftest import REPOSITORY, Desk
from test_crate import CRATE, contents, reseal

from actes import crate
from actes.crate.code import source_sha256
from actes.publish.reproduction import add_sections
from actes.reproduce import environment_differences, record
from actes.specs.reproductions import OutputVerdict, Reproduction, Verdict, read_reproductions


def answer_of(desk: Desk, *words: str) -> tuple[int, dict[str, Any]]:
    answer = desk.actes("reproduce", "bilan", "--json", *words)
    return answer.code, json.loads(answer.out)


def test_an_edition_is_reproduced_by_really_running_it(edition: Desk) -> None:
    runs = edition.root / ".actes/runs"
    known = sorted(runs.iterdir())
    (run,) = known
    notebook = run / "notebook.ipynb"
    notebook.write_text("{}", encoding="utf-8")  # nobody looks at what is known already

    answer = edition.actes("reproduce", "bilan")

    assert answer.code == 0, answer.err
    assert answer.out.splitlines() == [
        "✓ Environnement : rien n’a changé",
        "✓ Code : rien n’a changé",
        "✓ Données : rien n’a changé",
        "✓ bilan : IDENTIQUE (4 identiques)",
    ]
    assert "exécuter  bilan/vols                       fait       refaite, d’après l’archive" in (
        answer.err
    )
    assert sorted(runs.iterdir()) == known
    assert notebook.read_text(encoding="utf-8") == "{}"
    assert not list((edition.root / ".actes").glob(".tmp-*"))


def test_a_changed_count_is_said_first_and_found(edition: Desk) -> None:
    edition.edit("datasets/incidents/incidents.csv", "2023,1,01,Vols,", "2023,1,01,Vols,1")

    answer = edition.actes("reproduce", "bilan")

    assert answer.code == 1
    data, verdict = answer.out.index("✗ Données : des différences"), answer.out.index("✗ bilan")
    assert data < verdict
    assert "✗ vols/valeur total : diffère (publié " in answer.out
    assert "✗ vols/tableau secteurs : diffère (1 cellule sur 6 hors tolérance" in answer.out
    assert "✗ bilan : DIFFÈRE (" in answer.out


def test_the_archive_is_enough_and_its_notebook_the_one_that_runs(edition: Desk) -> None:
    """One run: a zip, a number moved by 1e-12, another notebook in the workspace meanwhile."""
    folder = edition.root / CRATE
    path = folder / "runs/vols/results.json"
    records = json.loads(path.read_text(encoding="utf-8"))
    (part,) = [record for record in records if record["name"] == "part"]
    part["value"] *= 1 + 1e-12
    path.write_text(json.dumps(records), encoding="utf-8")
    reseal(folder)
    packed = edition.root / "bilan.zip"
    packed.write_bytes(crate.archive(contents(folder)))
    shutil.rmtree(folder)
    assert "[E001]" in edition.actes("reproduce", "bilan").err
    assert "[S001]" in edition.actes("reproduce", "bilans").err
    edition.edit("notebooks/compter.ipynb", 'comptes[\\"count\\"].sum())', "7)")
    refused = edition.actes("reproduce", "bilan", "--from", "bilan.zip")
    assert (refused.code, "[E008]" in refused.err) == (2, True)

    code, found = answer_of(edition, "--from", "bilan.zip", "--trust")

    assert (code, found["verdict"]) == (0, "within_tolerance")
    assert found["counts"] == {"identical": 3, "within_tolerance": 1, "differs": 0, "failed": 0}
    assert [(d["of"], d["name"]) for d in found["differences"]] == [
        ("code", "notebooks/compter.ipynb")
    ]


def test_another_environment_is_named_python_and_actes_first() -> None:
    published = {"python": "3.11", "actes": "0.1", "numpy": "2.1", "tzdata": "1", "pip": "1"}
    here = {"python": "3.12", "actes": "0.2", "numpy": "2.2", "wcwidth": "1", "pip": "1"}

    found = environment_differences(published, here, direct={"numpy"})

    assert [(d.name, d.published, d.here) for d in found] == [
        ("python", "3.11", "3.12"),
        ("actes", "0.1", "0.2"),
        ("numpy", "2.1", "2.2"),
        ("tzdata", "1", ""),
        ("wcwidth", "", "1"),
    ]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("datasets/incidents/dataset.yml", "minimum: 2022", "minimum: 2023"), "V102"),
        (("datasets/incidents/dataset.yml", "group: type, ", ""), "P003"),
        (("datasets/incidents/dataset.yml", "tlp: CLEAR", "tlp: AMBER"), "C300"),
        (("datasets/incidents/incidents.csv", "Vols", "Vol"), "V102"),
    ],
)
def test_what_cannot_be_run_again_has_failed_and_says_why(
    edition: Desk, change: tuple[str, str, str], code: str
) -> None:
    edition.edit(*change)

    exit_code, found = answer_of(edition)

    assert exit_code == 1
    assert found["counts"]["failed"] == len(found["outputs"]) == 4
    assert {output["notes"][0]["facts"]["code"] for output in found["outputs"]} == {code}


def test_a_missing_dataset_fails_and_the_rest_goes_on(edition: Desk) -> None:
    folder = edition.root / CRATE
    facts = json.loads((folder / "actes.json").read_text(encoding="utf-8"))
    run = facts["runs"]["vols"]
    absent = {"parameters": {**run["parameters"], "donnees": "absent"}}
    data = {"datasets": {"absent": run["datasets"]["incidents"]}}
    facts["runs"]["autre"] = run | absent | data
    (folder / "actes.json").write_text(json.dumps(facts), encoding="utf-8")
    shutil.copytree(folder / "runs/vols", folder / "runs/autre")
    reseal(folder)

    code, found = answer_of(edition)

    assert (code, found["verdict"]) == (1, "failed")
    assert found["counts"] == {"identical": 4, "within_tolerance": 0, "differs": 0, "failed": 4}
    assert [(d["of"], d["name"], d["here"]) for d in found["differences"]] == [
        ("data", "absent", "")
    ]


def test_each_run_of_a_grid_is_reproduced(desk: Desk) -> None:
    article = desk.root / "reports/bilan/index.qmd"
    article.write_text(
        "---\ntitle: Bilan\nactes:\n  runs:\n    genres: {study: compter, data: incidents, "
        "each: {genre: all}}\n---\n\nTexte.\n",
        encoding="utf-8",
    )
    assert desk.actes("build", "--edition").code == 0

    code, found = answer_of(desk)

    assert (code, found["counts"]["identical"]) == (0, 8)
    assert {output["run"] for output in found["outputs"]} == {
        "genres.genre-vols",
        "genres.genre-mefaits",
    }
    state = json.loads(desk.actes("status", "--json").out)
    assert state["articles"][0]["is_edition"] is True


def test_the_code_of_a_stranger_is_not_run_without_a_word(edition: Desk, tmp_path: Path) -> None:
    elsewhere = tmp_path / "reçu"
    shutil.copytree(edition.root / CRATE, elsewhere)
    trap = tmp_path / "piège"
    edition.edit("notebooks/compter.ipynb", "comptes.head()", f"open({str(trap)!r}, 'w').close()")
    own, theirs = (edition.root / "notebooks/compter.ipynb", elsewhere / "notebooks/compter.ipynb")
    theirs.write_bytes(own.read_bytes())
    assert edition.actes("reproduce", "bilan", "--from", str(elsewhere)).code == 2

    edition.edit("notebooks/compter.ipynb", f"open({str(trap)!r}, 'w').close()", "comptes.head()")
    facts = elsewhere / "actes.json"
    sealed = json.loads(facts.read_text(encoding="utf-8"))
    notebook = json.loads(theirs.read_text(encoding="utf-8"))
    sealed["runs"]["vols"]["notebook_sha256"] = source_sha256(notebook)
    facts.write_text(json.dumps(sealed), encoding="utf-8")
    reseal(elsewhere)

    refused = edition.actes("reproduce", "bilan", "--from", str(elsewhere))

    assert refused.code == 2
    assert "[E008]" in refused.err
    assert "--trust" in refused.err
    assert not trap.exists()
    trusted = edition.actes("reproduce", "bilan", "--from", str(elsewhere), "--trust")
    assert trusted.code == 0, trusted.err
    assert trap.exists()


def test_a_recorded_reproduction_is_a_badge_and_an_appendix(edition: Desk) -> None:
    edition.edit(
        "_quarto.yml",
        "provenance.qmd\n",
        "provenance.qmd\n    - reports/annexes/reproductions.qmd\n",
    )
    assert edition.actes("reproduce", "bilan", "--record").code == 2
    answer = edition.actes("reproduce", "bilan", "--record", "--by", "Camille  *Essai*")
    assert "reports/bilan/reproductions.yml" in answer.out
    (kept,) = read_reproductions(edition.workspace, "bilan")
    assert (kept.by, kept.verdict, len(kept.outputs)) == ("Camille *Essai*", "identical", 4)

    assert edition.actes("build").code == 0

    page = (edition.root / "_book/reports/bilan/index.html").read_text(encoding="utf-8")
    badge = page[page.index("callout-tip") :]
    assert re.search(r"Reproduction\s: identique", badge)
    assert "Par Camille *Essai*" in badge
    assert "4 résultats comparés, 4 identiques" in badge
    assert 'href="../../reports/annexes/reproductions.html#sec-reproduction-bilan"' in badge
    appendix = edition.root / "_book/reports/annexes/reproductions.html"
    assert appendix.read_text(encoding="utf-8").count("identique</td>") == 4


@pytest.mark.parametrize(
    ("lang", "of_this", "verdict", "expected"),
    [
        ("fr", True, "differs", '.callout-warning title="Reproduction : diffère"'),
        ("fr", True, "failed", '.callout-important title="Reproduction : échec"'),
        ("en", True, "within_tolerance", '.callout-note title="Reproduction: within tolerance"'),
        ("en", False, "identical", '.callout-note title="Reproduction of a former edition: ident'),
        ("fr", False, "differs", '.callout-note title="Reproduction d’une édition précédente : d'),
    ],
)
def test_each_verdict_has_its_badge(
    desk: Desk, tmp_path: Path, *, lang: str, of_this: bool, verdict: Verdict, expected: str
) -> None:
    desk.edit("_quarto.yml", "lang: fr", f"lang: {lang}")
    packed = crate.Crate("bilan", "2026-01-15", {}, "c" * 64, "a" * 64)
    outputs = (OutputVerdict(run="vols", kind="value", name="total", verdict=verdict),)
    seen = packed.published_sha256 if of_this else "b" * 64
    found = Reproduction(crate="d" * 64, published=seen, verdict=verdict, outputs=outputs)
    record(desk.workspace, "bilan", found, by="A. Nonyme", date="2026-02-01")
    article = tmp_path / "reports/bilan/index.qmd"
    article.parent.mkdir(parents=True)
    article.write_text("Fin.", encoding="utf-8")

    add_sections(desk.workspace, [packed], tmp_path)

    text = article.read_text(encoding="utf-8")
    assert text.startswith("Fin.\n\n## ")
    assert expected in text
    assert "1er février 2026" in text or "February 1, 2026" in text
    assert "reproductions.qmd" not in text, "the book has no such appendix"


@pytest.mark.parametrize(
    ("content", "code"), [("rien", "E014"), ("- {by: x}", "S004"), ("- [", "S003")]
)
def test_a_broken_record_is_named(edition: Desk, content: str, code: str) -> None:
    path = edition.root / "reports/bilan/reproductions.yml"
    path.write_text(content, encoding="utf-8")

    answer = edition.actes("build")

    assert answer.code == 2
    assert f"[{code}]" in answer.err
    assert "reproductions.yml" in answer.err


@pytest.mark.slow
def test_a_second_clone_elsewhere_reproduces_both_articles(tmp_path: Path) -> None:
    there = tmp_path / "Été à Tōkyō" / "clone"
    there.mkdir(parents=True)
    for name in ("datasets", "notebooks", "reports"):
        shutil.copytree(
            REPOSITORY / name, there / name, ignore=shutil.ignore_patterns("*_metadata.yml", ".*")
        )
    for name in ("_quarto.yml", "index.qmd", "references.bib"):
        shutil.copy(REPOSITORY / name, there)
    elsewhere = {"TZ": "Asia/Tokyo", "LC_ALL": "en_US.UTF-8", "LANG": "en_US.UTF-8"}
    environment = {k: v for k, v in os.environ.items() if k != "ACTES_LANG"} | elsewhere
    code = (
        "import sys; from actes import cli\n"
        "sys.exit(max(cli.run(['--lang', 'en', 'reproduce', name, '--json']) "
        "for name in sys.argv[1:]))"
    )
    articles = ("vols-de-vehicules", "introductions-par-effraction")

    answer = subprocess.run(
        [sys.executable, "-c", code, *articles],
        cwd=there,
        env=environment,
        capture_output=True,
        text=True,
        encoding="utf-8",
        check=False,
    )

    assert answer.returncode == 0, answer.stdout[-2000:] + answer.stderr
    parts = answer.stdout.split("\n}\n")[:-1]
    found = [json.loads(part + "}") for part in parts]
    assert [each["article"] for each in found] == list(articles)
    for each in found:
        assert {output["verdict"] for output in each["outputs"]} == {"identical"}
        assert not [difference for difference in each["differences"] if difference["of"] == "data"]

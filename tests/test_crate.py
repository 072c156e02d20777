"""What an edition carries, that it is an RO-Crate, and what is refused of one."""

from __future__ import annotations

import csv
import getpass
import hashlib
import io
import json
import os
import shutil
import stat
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from conftest import REPOSITORY, TESTS, Desk

from actes import crate
from actes.errors import ArticleError

if TYPE_CHECKING:
    from collections.abc import Callable

CRATE = "reports/bilan/crate"
METADATA = "ro-crate-metadata.json"


def contents(folder: Path) -> dict[str, bytes]:
    return {
        file.relative_to(folder).as_posix(): file.read_bytes()
        for file in sorted(folder.rglob("*"))
        if file.is_file()
    }


def reseal(folder: Path) -> None:
    """Write the hashes of a crate again, as a forger would."""
    description = json.loads((folder / METADATA).read_text(encoding="utf-8"))
    named = {entity["@id"] for entity in description["@graph"]}
    added = contents(folder).keys() - named
    description["@graph"] += [{"@id": name, "@type": "File", "sha256": ""} for name in added]
    for entity in description["@graph"]:
        if "sha256" in entity:
            content = (folder / entity["@id"]).read_bytes()
            entity["sha256"] = hashlib.sha256(content).hexdigest()
    (folder / METADATA).write_text(json.dumps(description), encoding="utf-8")


def test_an_edition_holds_code_results_and_hashes(edition: Desk) -> None:
    files = contents(edition.root / CRATE)
    facts = json.loads(files["actes.json"])
    run = facts["runs"]["vols"]
    source = edition.root / "datasets/incidents/incidents.csv"

    assert set(files) == {
        "actes.json",
        "datasets/incidents.json",
        "notebooks/compter.ipynb",
        METADATA,
        "runs/vols/figures/barres.csv",
        "runs/vols/figures/barres.svg",
        "runs/vols/results.json",
        "runs/vols/tables/secteurs.csv",
        "runs/vols/values.csv",
    }
    assert run["parameters"] == {"donnees": "incidents", "genre": "Vols", "annee": 2023}
    assert (
        run["datasets"]["incidents"]["source_sha256"]
        == hashlib.sha256(source.read_bytes()).hexdigest()
    )
    assert facts["environment"]["numpy"]
    assert "pytest" not in facts["environment"], "what a machine has besides is its own business"
    head, *rows = csv.reader(io.StringIO(files["runs/vols/tables/secteurs.csv"].decode()))
    assert head == ["area", "count"]
    assert len(rows) == 3
    records = json.loads(files["runs/vols/results.json"])
    assert [record["counts"] for record in records if record["kind"] == "value"] == [[], []]


def test_an_edition_names_neither_machine_nor_person_and_shows_no_row(edition: Desk) -> None:
    for name, content in contents(edition.root / CRATE).items():
        text = content.decode()
        assert str(edition.root.parent) not in text, name
        assert os.sep + "home" + os.sep not in text, name
        assert getpass.getuser() not in text.replace("root", "") or getpass.getuser() == "root"
        assert "2023,1,01,Vols," not in text, name
    notebook = json.loads((edition.root / CRATE / "notebooks/compter.ipynb").read_bytes())
    assert all(not cell.get("outputs") for cell in notebook["cells"])
    described = json.loads((edition.root / CRATE / "datasets/incidents.json").read_bytes())
    assert "path" not in described
    assert described["licenses"][0]["name"] == "CC0-1.0"


def test_roc_validator_accepts_the_editions_of_this_repository(tmp_path: Path) -> None:
    editions = sorted(map(str, REPOSITORY.glob("reports/*/crate")))
    broken = tmp_path / "broken"
    shutil.copytree(editions[0], broken)
    description = json.loads((broken / METADATA).read_text(encoding="utf-8"))
    for entity in description["@graph"]:
        entity.pop("instrument", None)
    (broken / METADATA).write_text(json.dumps(description), encoding="utf-8")
    words = [sys.executable, "-P", TESTS / "roc_offline.py", tmp_path, *editions, broken]

    answer = subprocess.run(words, capture_output=True, text=True, check=False)

    assert answer.returncode == 0, answer.stderr
    issues = json.loads(answer.stdout)
    assert "instrument" in str(issues.pop(str(broken))), "it does look"
    assert issues == {edition: [] for edition in editions}
    assert len(issues) == 2


@pytest.mark.slow
def test_the_same_bytes_from_another_folder_time_zone_and_locale(
    edition: Desk, tmp_path: Path
) -> None:
    there = tmp_path / "Ailleurs, été" / "copie"
    names = ("notebooks", "datasets", "reports", "_quarto.yml", "index.qmd")
    for name in names:
        source = edition.root / name
        copy = shutil.copytree if source.is_dir() else shutil.copyfile
        (there / name).parent.mkdir(parents=True, exist_ok=True)
        copy(source, there / name)
    shutil.rmtree(there / CRATE)
    elsewhere = {"TZ": "Asia/Tokyo", "LC_ALL": "en_US.UTF-8", "LANG": "en_US.UTF-8"}
    environment = {k: v for k, v in os.environ.items() if k != "ACTES_LANG"} | elsewhere
    code = "import sys; from actes.cli import main; main(['--lang', 'en', 'build', '--edition'])"

    subprocess.run([sys.executable, "-c", code], cwd=there, env=environment, check=True)

    assert contents(there / CRATE) == contents(edition.root / CRATE)
    packed = "_book/crates/bilan.zip"
    assert (there / packed).read_bytes() == (edition.root / packed).read_bytes()


def test_every_build_puts_the_archive_beside_the_pages(edition: Desk) -> None:
    packed = edition.root / "_book/crates/bilan.zip"
    with zipfile.ZipFile(packed) as archive:
        inside = {name: archive.read(name) for name in archive.namelist()}

    assert inside == contents(edition.root / CRATE)
    page = (edition.root / "_book/reports/bilan/index.html").read_text(encoding="utf-8")
    assert "Reproduire cet article" in page
    assert 'href="../../crates/bilan.zip"' in page
    assert "actes reproduce bilan --from bilan.zip" in page


def test_an_edition_enters_no_book_and_outlives_the_next_build(edition: Desk) -> None:
    before = contents(edition.root / CRATE)
    edition.edit("datasets/incidents/incidents.csv", "2023,1,01,Vols,", "2023,1,01,Vols,1")

    assert edition.actes("build").code == 0

    assert contents(edition.root / CRATE) == before
    assert not [name for name in edition.book() if "crate/" in name]
    state = json.loads(edition.actes("status", "--json").out)
    assert [article["is_edition"] for article in state["articles"]] == [False]
    assert "ne sont plus ceux de son édition" in edition.actes("status").out


def test_an_edition_needs_a_date(edition: Desk) -> None:
    undated = crate.Crate("bilan", "", {}, "0" * 64, "0" * 64)

    with pytest.raises(ArticleError, match="Une édition a une date") as refused:
        crate.write_edition(edition.workspace, undated)

    assert (refused.value.code, refused.value.exit_code) == ("E011", 2)
    assert contents(edition.root / CRATE), "the former one stays"


def test_code_that_names_a_machine_stays_at_home(edition: Desk) -> None:
    edition.edit("notebooks/compter.ipynb", "comptes.head()", "# voir /home/analyste/notes.txt")

    answer = edition.actes("build")

    assert answer.code == 0
    assert "bilan : publié sans son archive" in answer.err
    assert "[E010]" in answer.err
    assert "notes.txt" not in answer.err
    assert not (edition.root / "_book/crates/bilan.zip").exists()
    assert "Reproduire cet article" not in (
        edition.root / "_book/reports/bilan/index.html"
    ).read_text(encoding="utf-8")
    assert edition.actes("build", "--edition").code == 1


# What comes from elsewhere.


def zipped(tmp_path: Path, *entries: tuple[Any, bytes]) -> Path:
    path = tmp_path / "bilan.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for entry, content in entries:
            archive.writestr(entry, content)
    return path


def link(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name)
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    return entry


@pytest.mark.parametrize(
    "entry",
    [
        "../dehors.txt",
        "/etc/actes",
        "C:/actes.txt",
        "a\\b.txt",
        "runs/../../x",
        "nul.txt",
        "a//b",
        ".cache",
        "fin.",
        "runs/nom\n.csv",
        link("lien"),
    ],
    ids=repr,
)
def test_a_file_that_would_leave_the_crate_is_refused(
    edition: Desk, tmp_path: Path, entry: Any
) -> None:
    path = zipped(tmp_path, (METADATA, b"{}"), (entry, b"x"))
    before = sorted(tmp_path.rglob("*"))

    answer = edition.actes("reproduce", "bilan", "--from", str(path))

    assert answer.code == 2
    assert "[E003]" in answer.err
    assert sorted(tmp_path.rglob("*")) == before, "nothing is unpacked"


def test_a_crate_that_swells_is_refused(edition: Desk, tmp_path: Path) -> None:
    path = tmp_path / "bilan.zip"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(5):
            archive.writestr(f"zeros-{number}.csv", bytes(100_000_001))

    answer = edition.actes("reproduce", "bilan", "--from", str(path))

    assert (answer.code, path.stat().st_size < 1_000_000) == (2, True)
    assert "[E004]" in answer.err


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04", b"du texte", b"PK\x05\x06" + bytes(18)])
def test_what_is_no_archive_is_said_to_be_none(
    edition: Desk, tmp_path: Path, content: bytes
) -> None:
    path = tmp_path / "bilan.zip"
    path.write_bytes(content)

    told = edition.actes("reproduce", "bilan", "--from", str(path)).err
    assert "[E002]" in told
    assert "BadZipFile" not in told
    assert "[E001]" in edition.actes("reproduce", "bilan", "--from", "ailleurs.zip").err


def change_a_result(folder: Path) -> None:
    path = folder / "runs/vols/results.json"
    path.write_bytes(path.read_bytes().replace(b'"name": "total"', b'"name": "totaux"'))


def add_a_file(folder: Path) -> None:
    (folder / "runs/vols/de-plus.csv").write_text("a", encoding="utf-8")


def remove_a_file(folder: Path) -> None:
    (folder / "runs/vols/values.csv").unlink()


@pytest.mark.parametrize("tamper", [change_a_result, add_a_file, remove_a_file])
def test_a_crate_that_was_touched_is_not_believed(
    edition: Desk, tamper: Callable[[Path], None]
) -> None:
    tamper(edition.root / CRATE)

    answer = edition.actes("reproduce", "bilan")

    assert answer.code == 2
    assert (
        "[E005] Les fichiers de cette archive ne sont pas ceux qui ont été publiés." in answer.err
    )
    assert "runs/vols/" in answer.err


def forged(name: str, old: str, new: str) -> Callable[[Path], None]:
    def forge(folder: Path) -> None:
        path = folder / name
        text = path.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new), encoding="utf-8")

    return forge


@pytest.mark.parametrize(
    ("forge", "code"),
    [
        (forged("actes.json", '"study": "compter"', '"study": "../compter"'), "E007"),
        (forged("actes.json", '"study": "compter"', '"study": "inconnue"'), "E007"),
        (forged("actes.json", '"vols": {', '"../vols": {'), "E007"),
        (forged("actes.json", '"runs"', '"courses"'), "E007"),
        (forged("actes.json", '"version": 1', '"version": 2'), "E009"),
        (forged("actes.json", '"python": "', '"python": "\\u001b[31m'), "E007"),
        (forged("runs/vols/results.json", '"name": "total"', '"name": "`<b>"'), "E007"),
        (forged("actes.json", '"article": "bilan"', '"article": "autre"'), "E006"),
        (forged("notebooks/compter.ipynb", "comptes.head()", "comptes.tail()"), "E005"),
        (forged("runs/vols/results.json", '"kind": "value"', '"kind": "secret"'), "E007"),
        (forged("runs/vols/results.json", '"rows": [', '"rows": 3, "autres": ['), "E007"),
        (forged("runs/vols/results.json", '"name": "total"', '"name": "part"'), "E007"),
        (forged("runs/vols/results.json", '"value": ', '"value": NaN, "valeur": '), "E007"),
        (forged("runs/vols/results.json", "[", "[" * 100_000), "E007"),
    ],
)
def test_a_forged_crate_is_refused_before_anything_runs(
    edition: Desk, forge: Callable[[Path], None], code: str
) -> None:
    folder = edition.root / CRATE
    forge(folder)
    reseal(folder)

    answer = edition.actes("reproduce", "bilan")

    assert answer.code == 2
    assert f"[{code}]" in answer.err
    assert "Traceback" not in answer.err


@pytest.mark.parametrize("description", ["[]", "{", '{"@graph": 3}', '{"@graph": [3]}', "é" * 9])
def test_a_description_that_says_nothing_is_refused(edition: Desk, description: str) -> None:
    (edition.root / CRATE / METADATA).write_text(description, encoding="latin-1")

    assert "[E007]" in edition.actes("reproduce", "bilan").err


@pytest.mark.skipif(os.name == "nt", reason="a link needs a privilege there")
def test_a_link_in_a_folder_is_refused(edition: Desk) -> None:
    (edition.root / CRATE / "runs/lien").symlink_to(edition.root / "datasets")

    assert "[E003]" in edition.actes("reproduce", "bilan").err


def test_a_zip_and_a_folder_say_the_same(edition: Desk, tmp_path: Path) -> None:
    files = contents(edition.root / CRATE)
    path = tmp_path / "b.zip"
    path.write_bytes(crate.archive(files))

    of_zip = crate.read(path, article="bilan", shown="b.zip")
    of_folder = crate.read(edition.root / CRATE, article="bilan", shown="crate")

    assert of_zip == of_folder
    assert of_zip.sha256 == hashlib.sha256(files[METADATA]).hexdigest()

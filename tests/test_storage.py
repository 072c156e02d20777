"""What the store forgets and what it keeps; what it shares, with whom, and what it believes."""

from __future__ import annotations

import contextlib
import errno
import json
import logging
import os
import shutil
import time
from typing import TYPE_CHECKING, Any

import fsspec
import pytest
from conftest import CASES, Desk
from test_keys import FROM_RUN, NOTHING, stale

from actes import cli, hashes, locks, shared, store

if TYPE_CHECKING:
    from pathlib import Path

OLD = "e" * 64
DESCRIPTOR = "datasets/incidents/dataset.yml"


def age(path: Path, days: float) -> None:
    when = time.time() - days * 86_400
    os.utime(path, (when, when))


@pytest.fixture
def cluttered(built: Desk) -> Desk:
    """A built workspace with what former data, parameters and failures left, 40 days ago."""
    kept = built.root / ".actes"
    (run,) = (kept / "runs").iterdir()
    shutil.copytree(run, kept / "runs" / OLD)
    left = [
        kept / "runs" / OLD,
        kept / "tables" / f"{OLD}.parquet",
        kept / "sources" / OLD,
        kept / "verdicts" / f"{OLD}.json",
        kept / "ingested" / f"{OLD}.json",
        kept / "quarantine" / f"incidents-{OLD[:8]}.csv",
        kept / "validation" / "disparu.parquet",
    ]
    for path in left[1:]:
        path.parent.mkdir(exist_ok=True)
        path.write_text("{}" if path.suffix == ".json" else "octets", encoding="utf-8")
    for path in left:
        age(path, 40)
    return built


def everything(root: Path) -> set[str]:
    inside = (path for path in (root / ".actes").rglob("*") if path.suffix != ".lock")
    return {path.relative_to(root).as_posix() for path in inside if "locks" not in path.parts}


def test_gc_removes_what_nothing_refers_to_and_the_book_stands(
    cluttered: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, book = everything(cluttered.root), cluttered.book()

    answer = cluttered.actes("store", "gc")

    assert answer.code == 0, answer.err
    removed = before - everything(cluttered.root)
    assert {OLD[:8] in name or "disparu" in name for name in removed} == {True}
    assert len([name for name in removed if "/runs/" not in name]) == 6
    assert not [name for name in everything(cluttered.root) if OLD[:8] in name]
    assert "7 éléments" in answer.out
    assert cluttered.book() == book
    assert stale(cluttered, monkeypatch) == NOTHING


def test_a_dry_run_says_the_same_and_removes_nothing(cluttered: Desk) -> None:
    before = everything(cluttered.root)

    answer = cluttered.actes("store", "gc", "--dry-run", "--json")

    facts = json.loads(answer.out)
    assert len(facts["removed"]) == 7
    assert facts["kept_bytes"] > 1000
    assert max(facts["removed"], key=lambda item: item["size_bytes"])["kind"] == "runs"
    assert everything(cluttered.root) | {".actes/hashes.json"} == before | {".actes/hashes.json"}


def test_what_was_made_lately_is_kept(cluttered: Desk) -> None:
    answer = cluttered.actes("store", "gc", "--dry-run", "--keep-days", "50", "--json")
    assert json.loads(answer.out)["removed"] == []


def test_the_data_and_runs_in_use_are_kept_however_old(built: Desk) -> None:
    kept = [path for path in (built.root / ".actes").rglob("*") if "locks" not in path.parts]
    for path in kept:
        age(path, 4000)

    answer = built.actes("store", "gc", "--keep-days", "0", "--json")

    assert json.loads(answer.out)["removed"] == []


def test_the_quarantine_of_the_data_as_they_are_is_kept(desk: Desk) -> None:
    desk.edit("datasets/incidents/incidents.csv", "2023,1,01,Vols,", "2023,1,01,Vols,x")
    assert desk.actes("ingest").code == 1
    (kept,) = (desk.root / ".actes/quarantine").iterdir()
    age(kept, 4000)

    assert desk.actes("store", "gc", "--keep-days", "0").code == 0
    assert kept.is_file()

    desk.edit("datasets/incidents/incidents.csv", "2023,1,01,Vols,x", "2023,1,01,Vols,")
    assert desk.actes("store", "gc", "--keep-days", "0").code == 0
    assert not kept.exists()


def test_gc_removes_nothing_when_an_article_cannot_be_read(cluttered: Desk) -> None:
    before = everything(cluttered.root)
    cluttered.edit("reports/bilan/index.qmd", "runs:", "rnus:")

    assert cluttered.actes("store", "gc").code == 2
    assert everything(cluttered.root) == before


def test_gc_waits_for_nobody_and_names_who_is_at_work(cluttered: Desk) -> None:
    before = everything(cluttered.root)
    with locks.at_work(cluttered.workspace, "actes run"):
        answer = cluttered.actes("store", "gc")
    assert answer.code == 3
    assert f"actes run, processus {os.getpid()}" in answer.err
    assert everything(cluttered.root) >= before


def full(*_arguments: Any) -> None:
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def test_a_full_disk_can_be_cleaned(cluttered: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", full)

    assert cluttered.actes("store", "gc").code == 0
    assert not (cluttered.root / ".actes/runs" / OLD).exists()


def test_what_only_saves_time_stops_nothing_on_a_full_disk(
    built: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    (built.root / ".actes/unchanged.json").unlink()
    (built.root / ".actes/hashes.json").unlink(missing_ok=True)
    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        answer = built.actes("build")

    assert answer.code == 0, answer.err
    assert built.actes("build").code == 0


def test_a_source_elsewhere_on_a_full_disk(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    with fsspec.open("memory://plein/incidents.csv", "wb") as file:
        file.write((desk.root / "datasets/incidents/incidents.csv").read_bytes())
    desk.edit(DESCRIPTOR, "path: incidents.csv", "path: memory://plein/incidents.csv")
    monkeypatch.setattr(fsspec.filesystem("memory"), "get_file", full)

    answer = desk.actes("ingest")

    assert answer.code == 3
    assert "[T001]" in answer.err


def test_the_status_tells_the_size_of_the_store(cluttered: Desk) -> None:
    (cluttered.root / ".actes/sources" / OLD).write_bytes(b"x" * 7_000_000)
    assert "dépôt : 7," in cluttered.actes("status").out


# --- hashes ------------------------------------------------------------------------------------


def test_an_edit_that_keeps_size_and_time_is_seen(tmp_path: Path) -> None:
    file, memory = tmp_path / "chiffres.csv", tmp_path / "hashes.json"
    file.write_bytes(b"1;2\n")
    age(file, 1)
    when = file.stat().st_mtime_ns
    with hashes.remembering(memory):
        before = hashes.file_sha256(file)
    file.write_bytes(b"1;3\n")
    os.utime(file, ns=(when, when))

    with hashes.remembering(memory):
        assert hashes.file_sha256(file) != before


def test_a_file_that_was_just_written_is_not_remembered(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, memory = tmp_path / "chiffres.csv", tmp_path / "hashes.json"
    file.write_bytes(b"1;2\n")
    with hashes.remembering(memory):
        hashes.file_sha256(file)
    assert not memory.exists()

    later = time.time() + 10
    monkeypatch.setattr(hashes.time, "time", lambda: later)
    with hashes.remembering(memory):
        hashes.file_sha256(file)
    assert json.loads(memory.read_text())[str(file)][0] == 4


def test_a_file_that_did_not_change_is_not_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, memory = tmp_path / "chiffres.csv", tmp_path / "hashes.json"
    file.write_bytes(b"1;2\n")
    later = time.time() + 10
    monkeypatch.setattr(hashes.time, "time", lambda: later)
    with hashes.remembering(memory):
        known = hashes.file_sha256(file)

    def forbidden(*_arguments: Any) -> None:
        raise AssertionError

    monkeypatch.setattr(hashes.hashlib, "file_digest", forbidden)
    with hashes.remembering(memory):
        assert hashes.file_sha256(file) == known


# --- a shared store -----------------------------------------------------------------------------


def share(desk: Desk, setting: str) -> None:
    desk.edit("_quarto.yml", "actes:\n", f"actes:\n  store: {setting}\n")


@pytest.fixture(scope="module")
def pushed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A shared store to which one analyst pushed everything; her workspace is beside it."""
    folder = tmp_path_factory.mktemp("shared")
    shutil.copytree(CASES / "minimal", folder / "minimal")
    hers = Desk(folder / "minimal", None)  # type: ignore[arg-type]
    share(hers, (folder / "depot").as_uri())
    with contextlib.chdir(hers.root):
        assert cli.run(["build"]) == 0
    return folder / "depot"


@pytest.fixture
def colleague(pushed: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    """Another clone, with nothing computed, and a copy of the shared store."""
    shutil.copytree(pushed, tmp_path / "depot")
    shutil.copytree(CASES / "minimal", tmp_path / "minimal")
    his = Desk(tmp_path / "minimal", capsys)
    share(his, (tmp_path / "depot").as_uri())
    return his


def test_a_colleague_computes_nothing_again(colleague: Desk, pushed: Path) -> None:
    answer = colleague.actes("build", "--json")

    steps = {step["stage"]: step["action"] for step in json.loads(answer.out)["steps"]}
    assert steps == {
        "ingest": "reused",
        "validate": "reused",
        "run": "reused",
        "compose": "done",
        "publish": "done",
    }
    hers = Desk(pushed.parent / "minimal", colleague.capsys)
    assert colleague.book() == hers.book()


def flip(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(bytes(content))


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def other_key(path: Path) -> None:
    path.write_text(path.read_text("utf-8").replace('"key": "', '"key": "0'), "utf-8")


POISONS = {
    "a table": ("tables/*.parquet", flip, {"ingest", "compose", "publish"}),
    "an emptied table": ("tables/*.parquet", emptied, {"ingest", "compose", "publish"}),
    "a table's record": ("ingested/*.json", emptied, {"ingest", "compose", "publish"}),
    "a verdict": ("verdicts/*.json", other_key, {"validate", "compose", "publish"}),
    "a notebook": ("runs/*/notebook.ipynb", flip, FROM_RUN),
    "a run's record": ("runs/*/run.json", other_key, FROM_RUN),
    "half of a run": ("runs/*/run.json", lambda path: path.unlink(), FROM_RUN),
}


@pytest.mark.parametrize("poison", POISONS)
def test_what_is_not_whole_is_made_again(
    colleague: Desk, monkeypatch: pytest.MonkeyPatch, poison: str
) -> None:
    pattern, harm, expected = POISONS[poison]
    (path,) = (colleague.root.parent / "depot").glob(pattern)
    harm(path)

    assert stale(colleague, monkeypatch) == expected


@pytest.mark.parametrize(
    ("tlp", "sensitivity", "setting", "is_shared"),
    [
        ("CLEAR", "open", "{url}", True),
        ("CLEAR", "internal", "{url}", False),
        ("GREEN", "open", "{url}", False),
        ("GREEN", "internal", "{{url: {url}, tlp: GREEN, sensitivity: internal}}", True),
        ("AMBER", "internal", "{{url: {url}, tlp: GREEN, sensitivity: internal}}", False),
        ("AMBER", "confidential", "{{url: {url}, tlp: AMBER}}", False),
        ("AMBER", "confidential", "{{url: {url}, tlp: RED, sensitivity: confidential}}", True),
    ],
)
def test_nothing_stricter_than_the_store_is_pushed(
    desk: Desk, tlp: str, sensitivity: str, setting: str, is_shared: bool
) -> None:
    desk.edit(DESCRIPTOR, "tlp: CLEAR", f"tlp: {tlp}")
    desk.edit(DESCRIPTOR, "sensitivity: open", f"sensitivity: {sensitivity}")
    depot = desk.root.parent / "depot"
    share(desk, setting.format(url=depot.as_uri()))

    assert desk.actes("ingest").code == 0

    assert bool(list(depot.rglob("*.parquet"))) == is_shared


def test_a_store_in_memory(desk: Desk) -> None:
    share(desk, "memory://essai-du-depot")
    assert desk.actes("ingest").code == 0
    memory = fsspec.filesystem("memory")
    (table,) = memory.glob("/essai-du-depot/tables/*.parquet")
    shutil.rmtree(desk.root / ".actes")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("actes.ingest._read_kept", None)
        assert desk.actes("ingest").code == 0

    assert (desk.root / ".actes/tables" / table.rpartition("/")[2]).is_file()


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("nulle-part://analyste:secret@depot/x", "W011"),
        ("file:///dev/null/depot", "W010"),
    ],
)
def test_a_store_that_does_not_answer_is_one_warning(
    desk: Desk, caplog: pytest.LogCaptureFixture, address: str, code: str
) -> None:
    shared._remote.cache_clear()
    share(desk, address)

    with caplog.at_level(logging.WARNING, logger="actes.shared"):
        assert desk.actes("validate").code == 0

    told = [record.getMessage() for record in caplog.records if record.name == "actes.shared"]
    assert [text[:6] for text in told] == [f"[{code}]"]
    assert "secret" not in "".join(told)


# --- a source elsewhere ---------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["memory", "file"])
def test_a_source_elsewhere_is_read_and_its_changes_are_seen(desk: Desk, kind: str) -> None:
    content = (desk.root / "datasets/incidents/incidents.csv").read_bytes()
    (desk.root / "datasets/incidents/incidents.csv").unlink()
    folder = (desk.root.parent / "ailleurs").as_uri() if kind == "file" else "memory://ailleurs"
    with fsspec.open(f"{folder}/incidents.csv", "wb", auto_mkdir=True) as file:
        file.write(content)
    desk.edit(DESCRIPTOR, "path: incidents.csv", f"path: {folder}/incidents.csv")

    first = json.loads(desk.actes("ingest", "--json").out)
    again = json.loads(desk.actes("ingest", "--json").out)
    with fsspec.open(f"{folder}/incidents.csv", "wb") as file:
        file.write(content.replace(b"2023,1,01,Vols,", b"2023,1,01,Vols,1"))
    changed = json.loads(desk.actes("ingest", "--json").out)

    assert first == again
    assert first[0]["n_rows"] == changed[0]["n_rows"]
    assert first[0]["sha256"] != changed[0]["sha256"]
    spec = store.read_dataset_spec(desk.workspace, "incidents")
    known = store.recall_table(desk.workspace, spec)
    assert known
    assert known.sha256 == changed[0]["sha256"]


@pytest.mark.parametrize(
    ("address", "code"),
    [
        ("memory://ailleurs/absent.csv", "T030"),
        ("nulle-part://analyste:secret@depot/x.csv", "T031"),
    ],
)
def test_a_source_elsewhere_that_cannot_be_fetched(desk: Desk, address: str, code: str) -> None:
    desk.edit(DESCRIPTOR, "path: incidents.csv", f"path: {address}")

    answer = desk.actes("ingest")

    assert answer.code == 3
    assert f"[{code}]" in answer.err
    assert "dataset.yml" in answer.err
    assert "secret" not in answer.err

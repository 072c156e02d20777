"""The same grid on the workers of a dask cluster: same bytes, nothing lost, clear refusals."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from conftest import Desk

from actes import cluster
from actes.errors import ToolError
from actes.model import Run

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.skipif(
    importlib.util.find_spec("distributed") is None, reason="distributed is not installed"
)

GRID = ("run", "compter", "--each", "annee=2021:2022", "--each", "genre=all")
"""The study raises in 2021, which has no figures."""

# Two workers, each a process, as `dask worker` starts them. Says where its scheduler and its
# workers are; lives until its input closes.
TWO_WORKERS = """
import json, os, sys
from distributed import Client, LocalCluster

if __name__ == "__main__":
    with LocalCluster(
        n_workers=2, threads_per_worker=1, host="127.0.0.1", dashboard_address=None
    ) as two, Client(two) as client:
        workers = client.run(os.getpid)
        print(json.dumps([two.scheduler_address, list(workers.values())]), flush=True)
        sys.stdin.read()
"""


@dataclass(frozen=True)
class Cluster:
    """Where a cluster of two workers is."""

    address: str
    workers: list[int]


@pytest.fixture(scope="module")
def two_workers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("cluster")
    script = folder / "two_workers.py"
    script.write_text(TWO_WORKERS, encoding="utf-8")
    process = subprocess.Popen(
        [sys.executable, str(script)],
        cwd=folder,
        env=os.environ | {"ACTES_LANG": "en", "TMPDIR": str(folder)},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout
    address, workers = json.loads(process.stdout.readline())
    yield Cluster(address, workers)
    process.communicate(timeout=30)
    assert not list(folder.glob("actes-*")), "workers leave nothing behind"


def start(root: Path, *words: str) -> subprocess.Popen[str]:
    """Start a command as a person would, in a process of its own."""
    return subprocess.Popen(
        [sys.executable, "-c", "from actes.cli import main; main()", *words],
        cwd=root,
        env=os.environ | {"ACTES_LANG": "fr"},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def end(process: subprocess.Popen[str]) -> tuple[int, str, str]:
    out, told = process.communicate(timeout=120)
    return process.returncode, out, told


def runs_of(root: Path) -> dict[str, bytes]:
    folder = root / ".actes/runs"
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.glob("*/*")}


@pytest.mark.slow
def test_a_worker_that_is_killed_loses_nothing_and_results_are_those_of_this_machine(
    two_workers: Cluster, built: Desk
) -> None:
    there, here = built.root, built.root.with_name("here")
    shutil.rmtree(there / ".actes/runs")
    shutil.copytree(there, here)
    process = start(there, *GRID, "--scheduler", two_workers.address)
    assert process.stderr
    told = ""
    while "(1/4" not in told:
        assert process.poll() is None, told
        told += process.stderr.readline()
    os.kill(two_workers.workers[0], signal.SIGKILL)

    code, out, rest = end(process)

    assert code == 1, out + rest
    assert "Faites (2)\n    annee=2022, genre=Méfaits\n    annee=2022, genre=Vols\n" in out
    assert "En échec (2)\n    annee=2021, genre=Méfaits\n      [R001]" in out
    assert out.count("notebooks/compter.ipynb, cellule 4") == 2, "told in French, as from here"
    assert "Traceback" not in told + rest
    assert "WARNING" not in told + rest
    code, _out, told = end(start(here, "run", "compter", "--each", "annee=2022", *GRID[4:]))
    assert code == 0, told
    assert runs_of(there) == runs_of(here)
    assert len(runs_of(there)) == 2 * 2, "a notebook and a record for each run, and nothing else"


def test_no_source_file_travels(built: Desk) -> None:
    (study,) = built.root.glob(".actes/runs/*/run.json")
    record = json.loads(study.read_text(encoding="utf-8"))
    from actes.run import prepare, study_spec

    made = prepare(built.workspace, study_spec(built.workspace, "compter"), record["parameters"])
    luggage = cluster._luggage(built.workspace, [made])
    assert "datasets/incidents/dataset.yml" in luggage
    assert not [path for path in luggage if path.endswith((".csv", ".parquet"))]


# --- refusals ----------------------------------------------------------------------------------


def test_a_scheduler_that_does_not_answer_is_told_within_seconds(built: Desk) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    began = time.monotonic()

    answer = end(
        start(built.root, *GRID, "--scheduler", f"tcp://127.0.0.1:{port}", "--workers", "1")
    )

    assert answer[0] == 3
    assert "[T041]" in answer[2]
    assert "Traceback" not in answer[2]
    assert time.monotonic() - began < 30


def test_without_dask_the_remedy_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(ToolError) as refusal, cluster._connected("tcp://127.0.0.1:1"):
        pass
    assert refusal.value.code == "T040"
    assert refusal.value.next_step == "pip install actes[cluster]"


@pytest.mark.parametrize(
    ("difference", "told"),
    [({"pandas": "0.1"}, "pandas: 0.1"), ({"code": "abc"}, "code: abc"), ({"extra": "1"}, "extra")],
)
def test_a_worker_with_another_environment_is_refused(
    difference: dict[str, Any], told: str
) -> None:
    from actes.provenance import environment

    run = Run("k", "compter", {}, (), Path(), {"code_sha256": "def"})
    same = environment() | {"code": "def"}
    cluster._check_alike({"tcp://a": same}, run)

    with pytest.raises(ToolError) as refusal:
        cluster._check_alike({"tcp://a": same, "tcp://b": same | difference}, run)

    assert refusal.value.code == "T043"
    assert refusal.value.where == "tcp://b"
    assert told in refusal.value.found

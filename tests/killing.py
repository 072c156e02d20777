"""Kill a build at random moments, then let it end; compare with one that nobody disturbed.

In: a workspace, a seed. Out: what differs (nothing, if all is well). A script too::

    python tests/killing.py 40        forty kills, of builds from nothing, of changed data, of prose
"""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import psutil

MODEL = Path(__file__).parent / "workspaces" / "minimal"
BUILD = [sys.executable, "-c", "from actes.cli import main; main()", "build"]
OF_ONE_MACHINE = {"hashes.json", "unchanged.json", "converted.sqlite", "locks", "uncommitted"}
"""What the store knows of this machine's files, and what bears the hour: no result."""


@dataclass
class Attempts:
    """What each attempt said, and how many ended by a kill."""

    told: list[str] = field(default_factory=list)
    n_killed: int = 0

    def times_done(self, stage: str) -> int:
        """How many times a stage was said to be done."""
        return "".join(self.told).count(f"✓ {stage} ")


def killed_then_finished(root: Path, n_kills: int, *, seed: int, longest_s: float) -> Attempts:
    """Kill ``n_kills`` builds of ``root``, each at a random moment; then build it whole.

    Every third time, its kernel is killed rather than the command, if it has one then.
    """
    chance, attempts = random.Random(seed), Attempts()
    for number in range(n_kills):
        process = _begun(root)
        time.sleep(chance.uniform(0.1, longest_s))
        attempts.n_killed += process.poll() is None
        for victim in _victims(process, is_kernel=number % 3 == 2):
            with contextlib.suppress(psutil.NoSuchProcess, ProcessLookupError):
                victim.kill()
        attempts.told.append(process.communicate(timeout=120)[1])
    last = _begun(root)
    attempts.told.append(last.communicate(timeout=300)[1])
    if last.returncode != 0:
        raise AssertionError(attempts.told[-1])
    return attempts


def _begun(root: Path) -> subprocess.Popen[str]:
    temporary = root.parent / "temporary"
    temporary.mkdir(exist_ok=True)
    named = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(temporary))
    return subprocess.Popen(
        BUILD,
        cwd=root,
        env=os.environ | named | {"ACTES_LANG": "fr"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        encoding="utf-8",
    )


def _victims(
    process: subprocess.Popen[str], *, is_kernel: bool
) -> list[psutil.Process] | list[subprocess.Popen[str]]:
    if is_kernel and process.poll() is None:
        with contextlib.suppress(psutil.NoSuchProcess):
            return psutil.Process(process.pid).children(recursive=True)
    return [process]


def tree(root: Path) -> dict[str, bytes]:
    """Every file of a workspace with its bytes, but for those that bear an hour or a machine."""
    files = (path.relative_to(root) for path in root.rglob("*") if path.is_file())
    return {
        path.as_posix(): (root / path).read_bytes()
        for path in files
        if not OF_ONE_MACHINE & set(path.parts) and path.suffix != ".lock"
    }


def differences(root: Path, undisturbed: Path) -> list[str]:
    """Names of the files that two workspaces do not have alike."""
    ours, theirs = tree(root), tree(undisturbed)
    return sorted(
        name for name in ours.keys() | theirs.keys() if ours.get(name) != theirs.get(name)
    )


# --- by hand -------------------------------------------------------------------------------------


def _data_changed(root: Path) -> None:
    _edit(root / "datasets/incidents/incidents.csv", "2023,1,01,Vols,", "2023,1,01,Vols,1")


def _prose_changed(root: Path) -> None:
    _edit(root / "reports/bilan/index.qmd", "En tout,", "Au total,")


def _edit(path: Path, old: str, new: str) -> None:
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8", newline="\n")


def main(n_kills: int) -> None:
    """Kill so many times, a few a workspace, and say what differs."""
    with tempfile.TemporaryDirectory(prefix="kills-") as name:
        folder = Path(name)
        built = _copied(MODEL, folder / "built")
        killed_then_finished(built, 0, seed=0, longest_s=1)
        starts = {
            "from nothing": (MODEL, lambda _root: None),
            "data changed": (built, _data_changed),
            "prose changed": (built, _prose_changed),
        }
        n_killed = n_different = 0
        for seed in range(10 * n_kills):
            if n_killed >= n_kills:
                break
            start, (origin, change) = list(starts.items())[seed % 3]
            whole = _copied(origin, folder / f"whole-{seed}", change)
            began = time.perf_counter()
            killed_then_finished(whole, 0, seed=0, longest_s=1)
            longest = time.perf_counter() - began
            root = _copied(origin, folder / f"killed-{seed}", change)
            done = killed_then_finished(root, 4, seed=seed, longest_s=0.5 * longest)
            differ = differences(root, whole)
            n_killed, n_different = n_killed + done.n_killed, n_different + bool(differ)
            times = [done.times_done(stage) for stage in ("ingérer", "valider", "exécuter")]
            print(seed, start, done.n_killed, times, differ, flush=True)  # noqa: T201
            shutil.rmtree(whole.parent)
            shutil.rmtree(root.parent)
        print(f"{n_killed} kills, {n_different} workspaces that differ")  # noqa: T201


def _copied(origin: Path, folder: Path, change: object = None) -> Path:
    root = folder / "minimal"
    shutil.copytree(origin, root)
    if callable(change):
        change(root)
    return root


if __name__ == "__main__":
    main(int(sys.argv[1]))

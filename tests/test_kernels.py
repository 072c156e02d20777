"""Kernels: warm or plain they give the same, leak nothing, leave nothing, end when they must."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import nbformat
import papermill
import psutil
import pytest
from conftest import REPOSITORY

from actes import kernels
from actes.kernels import NO_LIMITS, KernelKind, KernelLostError, Limits, warm, zygote

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Desk

needs_fork = pytest.mark.skipif(not warm.can_fork(), reason="warm kernels are for Linux")
BOTH: Any = pytest.mark.parametrize(
    "kind", [pytest.param("warm", marks=needs_fork), pytest.param("plain")]
)

LOST_WITHIN_S = 2.0
TESTS = str(REPOSITORY / "tests")


def run_cells(
    folder: Path, kind: KernelKind, *sources: str, limits: Limits = NO_LIMITS
) -> list[str]:
    """Run cells in one kernel; what each printed."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(s) for s in sources])
    notebook.metadata["kernelspec"] = {"name": "python3", "language": "python"}
    with kernels.running(kind, cwd=folder, language="fr", limits=limits) as manager:
        notebook = papermill.execute_notebook(
            notebook, None, kernel_name="python3", km=manager, progress_bar=False
        )
    return [
        "".join(output["text"] for output in cell["outputs"] if output["output_type"] == "stream")
        for cell in notebook.cells
    ]


# --- nothing leaks from one run to the next ------------------------------------------------------

STATE = """
import os, sys
initial = {"modules": sorted(m for m in sys.modules if m.startswith("voisin")),
           "names": sorted(n for n in globals() if not n.startswith("_"))}
import builtins, decimal, gc, json, locale, random, re, signal, tempfile, threading, warnings
import matplotlib as mpl
import numpy as np
import pandas as pd
import scipy.stats, statsmodels.api
mask = os.umask(0)
os.umask(mask)
scratch = os.path.dirname(tempfile.gettempdir())
scratched = {"TMPDIR", "TEMP", "TMP", "IPYTHONDIR"}
own = {*scratched, "JPY_PARENT_PID", "PYTEST_CURRENT_TEST"}
print(json.dumps({
    **initial,
    "arguments": [os.path.basename(sys.argv[0]), sys.argv[1], *sys.argv[3:]],
    "builtins": len(dir(builtins)),
    "cwd": os.getcwd(),
    "environment": {n: v for n, v in os.environ.items()
                    if n not in own and not n.startswith(("KMP_", "PYDEVD_", "_"))},  # of libraries
    "temporary": [os.environ[n].replace(scratch, "") for n in sorted(scratched)],
    "files": sorted(os.listdir(tempfile.gettempdir())),
    "path": sys.path,
    "flags": str(sys.flags),
    "mask": mask,
    "locale": locale.setlocale(locale.LC_ALL),
    "pandas": re.sub("0x[0-9a-f]+", "", pd.describe_option("", _print_desc=False)),
    "rc": {n: repr(v) for n, v in mpl.rcParams.items()},
    "numpy": [repr(np.geterr()), repr(np.get_printoptions())],
    "decimal": repr(decimal.getcontext()),
    "limit": sys.getrecursionlimit(),
    "collector": [gc.isenabled(), gc.get_threshold()],
    "stdin": sys.stdin.read() if not sys.stdin.closed else "closed",
    "signals": [str(signal.getsignal(s)) for s in (signal.SIGINT, signal.SIGTERM, signal.SIGCHLD)],
    "warnings": sorted({(a, c.__name__) for a, _m, c, *_r in warnings.filters
                        if c.__module__ == "builtins"}),  # a library's own concern only itself
    "leader": os.getsid(0) == os.getpid() == os.getpgid(0),
}))
"""

POLLUTE = """
import builtins, decimal, locale, os, random, signal, sys, tempfile, warnings
import matplotlib as mpl, numpy as np, pandas as pd
leftover = 1
builtins.leftover = 1
pd.set_option("display.max_rows", 3)
mpl.rcParams["lines.linewidth"] = 9
mpl.rcParams["backend"] = "svg"
os.environ["LEFTOVER"] = "1"
os.chdir("/")
os.umask(0o777)
np.random.seed(0)
random.seed(0)
np.seterr(all="raise")
decimal.getcontext().prec = 3
sys.setrecursionlimit(5000)
sys.path.insert(0, "/nowhere")
signal.signal(signal.SIGTERM, signal.SIG_IGN)
warnings.simplefilter("error", FutureWarning)
open(os.path.join(tempfile.gettempdir(), "leftover.csv"), "w").close()
"""


@pytest.fixture(scope="module")
def states(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a kernel finds when it begins: plain, warm, and warm after one that spoilt all."""
    folder = tmp_path_factory.mktemp("notebooks")
    found = {"plain": run_cells(folder, "plain", STATE)}
    if warm.can_fork():
        for _lot in zygote.LOTS:
            found["warm"] = run_cells(folder, "warm", STATE)
        run_cells(folder, "warm", POLLUTE)
        found["after"] = run_cells(folder, "warm", STATE)
    return {kind: json.loads(printed) for kind, (printed,) in found.items()}


@needs_fork
def test_nothing_that_a_run_did_is_seen_by_the_next(states: dict[str, Any]) -> None:
    assert states["after"] == states["warm"]


@needs_fork
def test_a_warm_kernel_finds_what_a_plain_one_does(states: dict[str, Any]) -> None:
    warm_one, plain_one = dict(states["warm"]), dict(states["plain"])
    variables = warm_one.pop("environment"), plain_one.pop("environment")
    differing = {
        n for n in {*variables[0], *variables[1]} if len({v.get(n) for v in variables}) > 1
    }
    # Of the owner's variables: a library may set some of its own when it is imported.
    assert differing & os.environ.keys() == set()
    assert warm_one == plain_one


@needs_fork
def test_each_warm_kernel_draws_its_own_random_numbers(tmp_path: Path) -> None:
    draw = "import random, numpy; print(random.random(), numpy.random.random())"

    first, second = (run_cells(tmp_path, "warm", draw)[0].split() for _time in range(2))

    assert not set(first) & set(second)


@needs_fork
def test_a_module_beside_the_notebooks_is_read_again(tmp_path: Path) -> None:
    module = tmp_path / "voisin.py"
    seen = []
    for answer in "12":
        module.write_text(f"ANSWER = {answer}\n", encoding="utf-8")
        seen += run_cells(tmp_path, "warm", "import voisin; print(voisin.ANSWER)")

    assert seen == ["1\n", "2\n"]
    assert not (tmp_path / "__pycache__").exists()


@BOTH
def test_temporary_files_end_with_their_run(tmp_path: Path, kind: KernelKind) -> None:
    write = "import tempfile; print(tempfile.mkdtemp())"

    first, second = (run_cells(tmp_path, kind, write)[0].strip() for _time in range(2))

    assert os.path.dirname(first) != os.path.dirname(second)  # noqa: PTH120
    assert not os.path.exists(os.path.dirname(os.path.dirname(first)))  # noqa: PTH110, PTH120


def test_runs_side_by_side_change_nothing_of_their_process(tmp_path: Path) -> None:
    before = dict(os.environ), os.getcwd()  # noqa: PTH109
    sources = [f"import os\nos.chdir('/')\nprint({n})" for n in range(4)]

    with ThreadPoolExecutor(4) as pool:
        printed = list(pool.map(lambda source: run_cells(tmp_path, "auto", source), sources))

    assert printed == [[f"{n}\n"] for n in range(4)]
    assert (dict(os.environ), os.getcwd()) == before  # noqa: PTH109


@needs_fork
def test_kernels_share_a_zygote_until_the_environment_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parent = "import os; print(os.getppid())"
    (first,), (second,) = (run_cells(tmp_path, "warm", parent) for _time in range(2))

    monkeypatch.setenv("PYTHONHASHSEED", "7")
    (other,) = run_cells(tmp_path, "warm", parent)

    assert first == second != other


# --- a kernel that is lost is noticed ------------------------------------------------------------

DEATHS = {
    "killed": "os.kill(os.getpid(), 9)",
    "crashed": "import ctypes; ctypes.string_at(0)",
    "left": "os._exit(0)",
}


@BOTH
@pytest.mark.parametrize("death", DEATHS)
def test_a_dead_kernel_is_noticed_at_once(tmp_path: Path, kind: KernelKind, death: str) -> None:
    note = tmp_path / "died"
    cell = f"import os, time\nopen({str(note)!r}, 'w').write(str(time.time()))\n{DEATHS[death]}"

    with pytest.raises(KernelLostError) as lost:
        run_cells(tmp_path, kind, "1", cell)

    assert lost.value.ending is None
    assert time.time() - float(note.read_text(encoding="utf-8")) < LOST_WITHIN_S


@BOTH
def test_a_kernel_that_is_suspended_is_noticed(tmp_path: Path, kind: KernelKind) -> None:
    with pytest.raises(KernelLostError) as lost:
        run_cells(tmp_path, kind, "import os, signal; os.kill(os.getpid(), signal.SIGSTOP)")

    assert lost.value.ending == "stuck"


@pytest.mark.skipif(os.name == "nt", reason="what a process waits for is not told on Windows")
@pytest.mark.parametrize("kind", ["auto", "plain"])
def test_a_start_that_hangs_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: KernelKind
) -> None:
    (tmp_path / "sitecustomize.py").write_text("import time; time.sleep(100)", encoding="utf-8")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    start = time.monotonic()

    with pytest.raises(KernelLostError) as lost:
        run_cells(tmp_path, kind, "1")

    assert lost.value.ending == "stuck"
    assert time.monotonic() - start < 15


# --- limits --------------------------------------------------------------------------------------


@BOTH
def test_a_run_over_its_time_is_ended(tmp_path: Path, kind: KernelKind) -> None:
    start = time.monotonic()

    with pytest.raises(KernelLostError) as lost:
        run_cells(tmp_path, kind, "while True: pass", limits=Limits(time_s=3))

    assert lost.value.ending == "time"
    assert time.monotonic() - start < 3 + LOST_WITHIN_S + 5  # the start comes before


@BOTH
@pytest.mark.parametrize("who", ["itself", "a process that it started"])
def test_a_run_over_its_memory_is_ended(tmp_path: Path, kind: KernelKind, who: str) -> None:
    take = "import time\nheld = bytearray(900_000_000)\ntime.sleep(100)"
    if who != "itself":
        take = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {take!r}])"

    with pytest.raises(KernelLostError) as lost:
        run_cells(tmp_path, kind, take, limits=Limits(time_s=60, memory_mb=800))

    assert lost.value.ending == "memory"


# --- nothing is left running ---------------------------------------------------------------------

DETACHED = ", start_new_session=True"

OFFSPRING = """
import os, subprocess, sys, time
sleep = [sys.executable, "-c", "import time; time.sleep(100)", "{mark}"]
subprocess.Popen(sleep)
subprocess.Popen(sleep, start_new_session=True)
"""

DAEMON = """
subprocess.run([sys.executable, "-c", f"import subprocess; subprocess.Popen({{sleep}}, "
                "start_new_session=True)"])
"""


def alive(mark: str) -> list[int]:
    """Processes whose command line or kernel bears the mark."""
    found = []
    for process in psutil.process_iter(["cmdline", "status"]):
        if process.info["status"] != psutil.STATUS_ZOMBIE:
            found += [process.pid] if mark in " ".join(process.info["cmdline"] or ()) else []
    return found


def all_gone(mark: str) -> bool:
    limit = time.monotonic() + 10
    while alive(mark) and time.monotonic() < limit:
        time.sleep(0.05)
    return not alive(mark)


@BOTH
@pytest.mark.parametrize("end", ["", "os.kill(os.getpid(), 9)"], ids=["well", "killed"])
def test_what_a_run_started_ends_with_it(tmp_path: Path, kind: KernelKind, end: str) -> None:
    mark = f"mark-{os.getpid()}-{kind}-{len(end)}"
    start = OFFSPRING.format(mark=mark) + (DAEMON.format() if kind == "warm" else "")
    if kind == "plain" and end:
        start = start.replace(DETACHED, "")

    with contextlib.suppress(KernelLostError):
        run_cells(tmp_path, kind, start, end)

    assert all_gone(mark)


OWNER = """
import sys
sys.path.insert(0, {tests!r})
from pathlib import Path
from test_kernels import run_cells
note = "import os; open('pids', 'w').write(f'{{os.getpid()}} {{os.getppid()}}')"
run_cells(Path({folder!r}), "warm", {offspring!r}, note, "time.sleep(100)")
"""


@needs_fork
@pytest.mark.parametrize("victim", ["owner", "zygote"])
def test_a_kill_of_those_above_ends_all_below(tmp_path: Path, victim: str) -> None:
    mark = f"mark-{os.getpid()}-{victim}"
    offspring = OFFSPRING.format(mark=mark)
    if victim == "zygote":  # what was detached from its kernel is out of reach of the owner
        offspring = offspring.replace(DETACHED, "")
    script = OWNER.format(tests=TESTS, folder=str(tmp_path), offspring=offspring)
    owner = subprocess.Popen([sys.executable, "-c", script], stderr=subprocess.DEVNULL)
    note = tmp_path / "pids"
    limit = time.monotonic() + 60
    while not (note.exists() and note.read_text(encoding="utf-8")):
        assert time.monotonic() < limit
        time.sleep(0.05)
    kernel, zygote = (psutil.Process(int(n)) for n in note.read_text(encoding="utf-8").split())

    os.kill(owner.pid if victim == "owner" else zygote.pid, signal.SIGKILL)
    owner.wait(timeout=30)

    assert all_gone(mark)
    psutil.wait_procs([kernel, zygote], timeout=10)
    assert not kernel.is_running()
    assert not zygote.is_running()


@needs_fork
def test_a_process_that_ends_well_leaves_no_zygote(tmp_path: Path) -> None:
    script = (
        f"import sys; sys.path.insert(0, {TESTS!r})\n"
        "from pathlib import Path; from test_kernels import run_cells\n"
        f"print(*run_cells(Path({str(tmp_path)!r}), 'warm', 'import os; print(os.getppid())'))"
    )

    ended = subprocess.run(
        [sys.executable, "-W", "error", "-c", script], capture_output=True, text=True, check=True
    )

    assert not psutil.pid_exists(int(ended.stdout))
    assert ended.stderr == ""


def test_all_kernels_at_work_can_be_ended_from_outside(tmp_path: Path) -> None:
    with ThreadPoolExecutor(2) as pool:
        runs = [
            pool.submit(
                run_cells,
                tmp_path,
                "auto",
                "open(f'{os.getpid()}', 'w'); import time; time.sleep(100)".replace(
                    "open", "import os; open"
                ),
            )
            for _n in range(2)
        ]
        limit = time.monotonic() + 60
        while len(list(tmp_path.iterdir())) < 2:
            assert time.monotonic() < limit
            time.sleep(0.05)
        kernels.end_all()

        assert [type(run.exception()) for run in runs] == [KernelLostError] * 2


# --- where there is no warm kernel ---------------------------------------------------------------


@pytest.mark.parametrize("obstacle", ["another system", "a zygote that fails"])
def test_without_a_warm_kernel_auto_takes_a_plain_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, obstacle: str
) -> None:
    if obstacle == "another system":
        monkeypatch.setattr(warm, "can_fork", lambda: False)
    else:
        monkeypatch.setenv("PYTHONHASHSEED", "8")  # another zygote than that of other tests
        monkeypatch.setattr(warm, "_PROGRAM", "raise SystemExit(1)")

    assert run_cells(tmp_path, "auto", "print(1)") == ["1\n"]
    with pytest.raises(kernels.NoWarmKernelError):
        run_cells(tmp_path, "warm", "print(1)")


# --- what a person reads -------------------------------------------------------------------------


def with_last_cell(desk: Desk, source: str) -> None:
    notebook = desk.root / "notebooks" / "compter.ipynb"
    content = nbformat.read(notebook, as_version=4)
    content.cells[-1].source = source
    nbformat.write(content, notebook)


@pytest.mark.parametrize(
    ("code", "exit_code", "source", "words"),
    [
        ("R020", 1, "import time; time.sleep(100)", ["--timeout", "6"]),
        ("R021", 1, "held = bytearray(900_000_000)\nwhile True: pass", ["--memory", "800"]),
        ("T010", 3, "import os; os._exit(1)", []),
    ],
)
def test_the_message_names_the_cell_that_went_too_far(
    built: Desk, code: str, exit_code: int, source: str, words: list[str]
) -> None:
    with_last_cell(built, source)

    answer = built.actes("run", "compter", "--data", "incidents", *words)

    assert answer.code == exit_code
    assert answer.err.count(f"[{code}]") == 1
    assert "compter.ipynb, cellule 6" in answer.err
    assert "Traceback" not in answer.err


def test_a_cell_that_warns_gives_the_same_bytes_twice(built: Desk) -> None:
    with_last_cell(built, "import warnings; warnings.warn('attention', stacklevel=1)")

    def executed(kernel: str) -> dict[str, bytes]:
        shutil.rmtree(built.root / ".actes/runs", ignore_errors=True)
        assert built.actes("run", "compter", "--data", "incidents", "--kernel", kernel).code == 0
        runs = (built.root / ".actes/runs").glob("*/notebook.ipynb")
        return {path.parent.name: path.read_bytes() for path in runs}

    first = executed("auto")

    assert executed("plain") == first
    assert "<cell>:1: UserWarning: attention" in str(first)

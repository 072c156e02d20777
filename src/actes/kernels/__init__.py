"""Give each run a kernel of its own, that leaves nothing behind.

In: a kind of kernel, a folder, limits. Out: a started kernel for papermill; when the run is over,
it is gone with all that it started and its scratch folder. Only here: kernels.

The parts: `zygote` is the process that forks warm kernels, `warm` its owner's side, `plain` a
kernel as Jupyter starts one, `client` what nbclient speaks to, `limits` what ends a run that goes
too far.
"""

from __future__ import annotations

import os
import shutil
import tempfile
import threading
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from actes.kernels.limits import NO_LIMITS, Ending, Limits, Watch

if TYPE_CHECKING:
    from collections.abc import Iterator

    from actes.kernels.client import RunManager

__all__ = [
    "NO_LIMITS",
    "Ending",
    "KernelKind",
    "KernelLostError",
    "Limits",
    "NoWarmKernelError",
    "end_all",
    "running",
    "warm_up",
]

KernelKind = Literal["auto", "warm", "plain"]
"""``warm``: forked by a process that has the libraries; ``plain``: as Jupyter starts one;
``auto``: warm where that can be, else plain."""

_ONE_THREAD = (
    "MKL_NUM_THREADS",
    "NUMEXPR_NUM_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
"""Another number of threads adds in another order: one gives the same figures everywhere."""


_at_work: set[RunManager] = set()


class KernelLostError(Exception):
    """A kernel that ended before its run did, or never began.

    Parameters
    ----------
    ending
        Why it was ended; None when it died by itself.
    """

    def __init__(self, ending: Ending | None) -> None:
        super().__init__(ending)
        self.ending = ending


class NoWarmKernelError(Exception):
    """A warm kernel was asked for where there is none."""


@contextmanager
def running(kind: KernelKind, *, cwd: Path, language: str, limits: Limits) -> Iterator[RunManager]:
    """Start a kernel, yield its manager (papermill's ``km``), end it.

    Parameters
    ----------
    cwd
        The folder that the kernel works in.
    language
        What the kernel's own messages are written in.

    Raises
    ------
    KernelLostError
        When the kernel died, passed a limit, or would not start.
    NoWarmKernelError
        When a warm one was asked for, and cannot be had.
    """
    with _event_loop(), _scratch_folder() as scratch:
        manager = _launched(kind, scratch, cwd, _environment(scratch, language))
        watch = Watch(manager.pid, limits, end=manager.kill)
        manager.on_ready = watch.ready
        _at_work.add(manager)
        try:
            with watch:
                manager.wait_until_it_listens()
                yield manager
        except (RuntimeError, TimeoutError):
            raise KernelLostError(watch.ending) from None
        finally:
            _at_work.discard(manager)
            manager.end()


def end_all() -> None:
    """End the kernels at work in other threads: each of their runs stops with `KernelLostError`."""
    for manager in tuple(_at_work):
        manager.kill()


def warm_up(language: str) -> None:
    """Let the libraries be imported meanwhile: a warm kernel is going to be asked for."""
    from actes.kernels import warm

    if warm.can_fork():
        warm.warm_up(_environment(Path(), language))


def _launched(
    kind: KernelKind, scratch: Path, cwd: Path, environment: dict[str, str]
) -> RunManager:
    from actes.kernels import plain, warm
    from actes.kernels.client import RunManager

    if kind != "plain" and warm.can_fork():
        manager = RunManager(scratch, warm.WarmProvisioner)
        try:
            manager.launch(cwd, environment)
        except warm.CannotForkError:
            manager.end()
        else:
            return manager
    if kind == "warm":
        raise NoWarmKernelError
    manager = RunManager(scratch, plain.PlainProvisioner)
    manager.launch(cwd, environment)
    return manager


def _environment(scratch: Path, language: str) -> dict[str, str]:
    """What a kernel finds in ``os.environ``: its owner's, and temporary files of its own."""
    temporary = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(scratch / "files"))
    own = temporary | {"IPYTHONDIR": str(scratch / "ipython"), "ACTES_LANG": language}
    return dict.fromkeys(_ONE_THREAD, "1") | dict(os.environ) | own


@contextmanager
def _event_loop() -> Iterator[None]:
    """Close the loop that jupyter_core makes for each thread, when the thread may end."""
    from jupyter_core.utils import ensure_event_loop

    is_main = threading.current_thread() is threading.main_thread()
    try:
        yield
    finally:
        if not is_main:
            ensure_event_loop().close()


@contextmanager
def _scratch_folder() -> Iterator[Path]:
    """Make a folder for one kernel, whose name says whose it is (`files.sweep`)."""
    scratch = Path(tempfile.mkdtemp(prefix=f"actes-{os.getpid()}-"))
    try:
        (scratch / "files").mkdir()
        yield scratch
    finally:
        shutil.rmtree(scratch, ignore_errors=True)

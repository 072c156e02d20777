"""Make many prepared runs by several workers: what fails is collected, the rest goes on.

In: prepared runs, who executes them. Out: `Batch`: three lists (done, reused, failed).
Only here: the threads that wait for kernels, and the kernels' end when somebody interrupts.
"""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor, as_completed, wait
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from actes import kernels
from actes.errors import ActesError
from actes.run import NO_LIMITS, KernelKind, Limits, recall_run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from concurrent.futures import Future

    from actes.model import Run

    Executor = Callable[[Sequence[Run]], Iterator[tuple[Run, ActesError | None]]]
    """Executes runs and yields each as it ends, with what stopped it."""

__all__ = ["ALONE", "Batch", "Crew", "Failure", "Progress", "in_threads", "make"]

_LOOK_AGAIN_S = 0.2
_MOST_WORKERS = 8


@dataclass(frozen=True, slots=True)
class Crew:
    """Who executes: so many workers of this machine, or a cluster's; with which kernels."""

    n_workers: int | None = None
    scheduler: str = ""
    kernel: KernelKind = "auto"
    limits: Limits = NO_LIMITS

    @property
    def size(self) -> int:
        """Workers of this machine: unless told, one more than its cores, since some wait."""
        return self.n_workers or min(_MOST_WORKERS, 1 + (os.cpu_count() or 1))


ALONE = Crew()


@dataclass(frozen=True, slots=True)
class Failure:
    """A run that could not be made, and why."""

    run: Run
    error: ActesError


@dataclass(frozen=True, slots=True)
class Batch:
    """What became of each run: made now, there already, failed. In the order asked for."""

    done: tuple[Run, ...] = ()
    reused: tuple[Run, ...] = ()
    failed: tuple[Failure, ...] = ()

    @property
    def exit_code(self) -> int:
        """0, or that of the worst failure."""
        return max((failure.error.exit_code for failure in self.failed), default=0)


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a batch is, told each time a run ends; ``left_s`` is an estimate, None at first."""

    last: Run | None
    error: ActesError | None
    n_ended: int
    n_failed: int
    n_total: int
    left_s: float | None


def make(
    runs: Sequence[Run],
    executor: Executor,
    *,
    on_progress: Callable[[Progress], None] = lambda _progress: None,
) -> Batch:
    """Make the runs that the store does not hold; two runs of one key are one run.

    Interrupting (`KeyboardInterrupt`) ends the workers; what was finished stays in the store.
    """
    by_key = {run.key: run for run in runs}
    reused = {key for key, run in by_key.items() if recall_run(run)}
    stale = [run for key, run in by_key.items() if key not in reused]
    failures: dict[str, Failure] = {}
    ended = len(reused)
    started = time.monotonic()
    on_progress(Progress(None, None, ended, 0, len(by_key), None))
    for run, error in executor(stale) if stale else ():
        ended += 1
        if error:
            failures[run.key] = Failure(run, error)
        left = (time.monotonic() - started) / (ended - len(reused)) * (len(by_key) - ended)
        on_progress(Progress(run, error, ended, len(failures), len(by_key), left))
    return Batch(
        tuple(run for run in stale if run.key not in failures),
        tuple(by_key[key] for key in by_key if key in reused),
        tuple(failures[run.key] for run in stale if run.key in failures),
    )


def in_threads(work: Callable[[Run], Any], *, n_workers: int) -> Executor:
    """Execute by so many threads at once, each waiting for the kernel of its run.

    Parameters
    ----------
    work
        Executes one run; raises `ActesError` when it cannot be made.
    """

    def execute(runs: Sequence[Run]) -> Iterator[tuple[Run, ActesError | None]]:
        pool = ThreadPoolExecutor(n_workers, thread_name_prefix="actes-run")
        futures = {pool.submit(work, run): run for run in runs}
        try:
            for future in as_completed(futures):
                yield futures[future], _refusal(future)
        finally:
            pool.shutdown(wait=False, cancel_futures=True)
            # Somebody interrupted. (`wait` never takes a cancelled future for one that is done.)
            while at_work := [future for future in futures if not future.done()]:
                kernels.end_all()
                wait(at_work, timeout=_LOOK_AGAIN_S)

    return execute


def _refusal(future: Future[Any]) -> ActesError | None:
    try:
        future.result()
    except ActesError as error:
        return error
    return None

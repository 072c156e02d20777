"""Say how long and how large a run may be, and notice the one that passes it or is stuck.

In: a kernel's process, its limits. Out: the reason why it was ended, if it was.
"""

from __future__ import annotations

import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Self

    import psutil

__all__ = ["NO_LIMITS", "Ending", "Limits", "Watch"]

Ending = Literal["time", "memory", "stuck"]

STUCK_S = 2.0
"""A kernel that starts, sleeps and used no processor for so long never will be ready."""

_POLL_S = 0.2
_MEGABYTE = 1_000_000


@dataclass(frozen=True, slots=True)
class Limits:
    """What one run may take; None: as much as it wants.

    Attributes
    ----------
    time_s
        Seconds from the start of its kernel to its end.
    memory_mb
        Megabytes (10⁶ bytes) of memory held at once by its kernel and what that started.
    """

    time_s: float | None = None
    memory_mb: int | None = None


NO_LIMITS = Limits()


class Watch(threading.Thread):
    """A look at a kernel every fifth of a second, while the ``with`` block lasts.

    Parameters
    ----------
    pid
        The kernel's process.
    end
        Called once, from this thread, when the kernel must end.
    """

    def __init__(self, pid: int, limits: Limits, *, end: Callable[[], None]) -> None:
        super().__init__(daemon=True, name=f"watch-{pid}")
        self.ending: Ending | None = None
        self._pid = pid
        self._limits = limits
        self._end = end
        self._is_over = threading.Event()
        self._is_ready = threading.Event()

    def ready(self) -> None:
        """Note that the kernel has answered."""
        self._is_ready.set()

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_raised: object) -> None:
        self._is_over.set()
        self.join()

    def run(self) -> None:
        """Look until the end."""
        import psutil  # only here

        with suppress(psutil.NoSuchProcess):
            process = psutil.Process(self._pid)
            vitals = _Vitals(process)
            start = time.monotonic()
            while self.ending is None and not self._is_over.wait(_POLL_S):
                self.ending = self._reason(process, vitals, time.monotonic() - start)
        if self.ending:
            self._end()

    def _reason(self, process: psutil.Process, vitals: _Vitals, elapsed_s: float) -> Ending | None:
        time_s, memory_mb = self._limits.time_s, self._limits.memory_mb
        if time_s is not None and elapsed_s > time_s:
            return "time"
        if memory_mb is not None and memory_bytes(process) > memory_mb * _MEGABYTE:
            return "memory"
        return "stuck" if vitals.are_gone(is_ready=self._is_ready.is_set()) else None


class _Vitals:
    """Whether a process has moved lately."""

    def __init__(self, process: psutil.Process) -> None:
        self._process = process
        self._moved_at = time.monotonic()
        self._used_s = -1.0

    def are_gone(self, *, is_ready: bool) -> bool:
        """True when it should move (it starts) or could (it isn't stopped) and did not lately.

        A ready kernel that waits is as it should be; one that waits for the disk is not idle.
        """
        import psutil  # only here

        status = self._process.status()
        times = self._process.cpu_times()
        used_s = times.user + times.system
        idle = status == psutil.STATUS_STOPPED or (
            status == psutil.STATUS_SLEEPING and not is_ready and used_s == self._used_s
        )
        if not idle:
            self._moved_at = time.monotonic()
        self._used_s = used_s
        return time.monotonic() - self._moved_at > STUCK_S


def memory_bytes(process: psutil.Process) -> int:
    """Memory that a process and its descendants hold now (resident; shared pages count once each).

    0 for a process that is gone.
    """
    import psutil  # only here

    total = 0
    for each in (process, *process.children(recursive=True)):
        with suppress(psutil.NoSuchProcess):
            total += each.memory_info().rss
    return total

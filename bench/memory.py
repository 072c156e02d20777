"""Measure the most memory that a command and all its processes hold together.

In: a command. Out: megabytes, looked at every fifth of a second. What processes share counts once
(Linux's PSS), where the system can tell.
"""

from __future__ import annotations

import os
import subprocess
import time
from contextlib import suppress
from typing import TYPE_CHECKING

import psutil

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["peak_mb"]

_POLL_S = 0.2


def peak_mb(command: Sequence[str], *, cwd: Path) -> float:
    """Run a command to its end; the most that it held at once, in MB (10⁶ bytes)."""
    environment = os.environ | {"ACTES_LANG": "fr", "PYTHONIOENCODING": "utf-8"}
    with subprocess.Popen(  # noqa: S603 - commands of these files
        command, cwd=cwd, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as running:
        top = psutil.Process(running.pid)
        peak = 0
        while running.poll() is None:
            peak = max(peak, _held_bytes(top))
            time.sleep(_POLL_S)
    if running.returncode:
        raise SystemExit(f"{command[0]} ended with {running.returncode}")
    return peak / 1e6


def _held_bytes(top: psutil.Process) -> int:
    held = 0
    with suppress(psutil.NoSuchProcess):
        for process in (top, *top.children(recursive=True)):
            with suppress(psutil.Error):
                info = process.memory_full_info()
                held += getattr(info, "pss", info.rss)
    return held

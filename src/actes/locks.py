"""Say who is at work in a workspace, and keep apart what may not happen at once.

In: a workspace, a command's name. Out: blocks that hold a lock. Only here: locks on the store::

    locks/actes-<pid>-<n>.lock   one a command at work, each its own: they may work at once
    locks/build.lock             one build or validation at a time: a second is refused (T005)
    locks/run-<key>.lock         one execution of a run at a time: a second waits, then reuses it
    locks/gate.lock              passed by who begins; kept shut by who cleans the store

The system releases the locks of a process that dies, however it dies. Beside a lock, a record
(``.json``) says who holds it: process, command, since when.
"""

from __future__ import annotations

import itertools
import os
import tempfile
from contextlib import ExitStack, contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from actes import files, hashes
from actes.errors import ToolError
from actes.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterator

    from actes.workspace import Workspace

__all__ = ["at_work", "everyone_out", "one_at_a_time", "working_alone"]

GATE_TIMEOUT_S = 30.0
_NUMBERS = itertools.count()


@contextmanager
def at_work(workspace: Workspace, command: str) -> Iterator[None]:
    """Be known as at work inside the block: nobody cleans the store meanwhile.

    What the store remembers of unchanged files is believed inside the block (`hashes`).

    Raises
    ------
    ToolError
        T005 when the store is being cleaned and stays so.
    """
    own = _folder(workspace) / f"actes-{os.getpid()}-{next(_NUMBERS)}"
    with ExitStack() as stack:
        with _held(_folder(workspace) / "gate", command, timeout_s=GATE_TIMEOUT_S, is_named=False):
            stack.callback(own.with_suffix(".lock").unlink, missing_ok=True)
            stack.enter_context(_held(own, command, timeout_s=0))
        stack.enter_context(hashes.remembering(workspace.store / "hashes.json"))
        yield


@contextmanager
def working_alone(workspace: Workspace, command: str = "actes") -> Iterator[None]:
    """Hold the lock of builds: two at once would publish over each other.

    Raises
    ------
    ToolError
        T005 when another process holds it.
    """
    build = _held(_folder(workspace) / "build", command, timeout_s=0)
    with at_work(workspace, command), build:
        _sweep(workspace)
        yield


@contextmanager
def one_at_a_time(workspace: Workspace, name: str) -> Iterator[None]:
    """Wait for whoever does ``name`` now."""
    from filelock import FileLock

    path = _folder(workspace) / f"{name}.lock"
    lock = FileLock(path)
    with files.disk_errors(path):
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


@contextmanager
def everyone_out(workspace: Workspace, command: str) -> Iterator[None]:
    """Keep the gate shut inside the block, when nobody is at work.

    Raises
    ------
    ToolError
        T005 when a command is at work.
    """
    with _held(_folder(workspace) / "gate", command, timeout_s=0):
        for presence in sorted(_folder(workspace).glob("actes-*.lock")):
            with _held(presence.with_suffix(""), command, timeout_s=0, is_named=False):
                pass
            presence.unlink(missing_ok=True)
        yield


@contextmanager
def _held(path: Path, command: str, *, timeout_s: float, is_named: bool = True) -> Iterator[None]:
    from filelock import FileLock, Timeout

    lock, record = FileLock(path.with_suffix(".lock")), path.with_suffix(".json")
    with files.disk_errors(path):
        try:
            lock.acquire(timeout=timeout_s)
        except Timeout:
            raise _taken(path, files.read_json(record) or {}) from None
    try:
        if is_named:
            with suppress(ToolError):  # a full disk keeps nobody from cleaning
                files.write_json(record, _me(command))
        yield
    finally:
        if is_named:
            record.unlink(missing_ok=True)
        lock.release()


def _me(command: str) -> dict[str, Any]:
    since = datetime.now().astimezone().isoformat(timespec="seconds")
    return {"pid": os.getpid(), "command": command, "since": since}


def _taken(path: Path, holder: dict[str, Any]) -> ToolError:
    return ToolError(
        "T005",
        _("Another actes command is at work in this workspace."),
        where=f".actes/locks/{path.name}.lock",
        found=_("{command}, process {pid}, since {since}").format(**holder) if holder else "",
        next_step=_("wait until it ends, then give the command again"),
    )


def _folder(workspace: Workspace) -> Path:
    folder = workspace.store / "locks"
    with files.disk_errors(folder):
        folder.mkdir(parents=True, exist_ok=True)
    return folder


def _sweep(workspace: Workspace) -> None:
    """Remove what killed commands left unfinished, here and in the system's temporary folder."""
    beside = [path.parent for path in workspace.reports.glob("*/index.qmd")]
    stores = [workspace.store, *(path for path in workspace.store.glob("*") if path.is_dir())]
    suites = [workspace.validation, *(p for p in workspace.validation.glob("*") if p.is_dir())]
    for folder in (*stores, *suites, *beside, workspace.reports / "annexes"):
        files.sweep(folder)
    files.sweep(Path(tempfile.gettempdir()))

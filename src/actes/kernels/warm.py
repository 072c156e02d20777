"""Keep one zygote for this process, and have kernels forked by it.

In: what jupyter_client starts a kernel with. Out: a kernel's process, already warm.
Only here: the start, the key and the end of a zygote.
"""

from __future__ import annotations

import atexit
import json
import os
import signal
import socket
import subprocess
import sys
import threading
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_client.provisioning.local_provisioner import LocalProvisioner

from actes.kernels.limits import NO_LIMITS, Watch
from actes.kernels.zygote import LOTS
from actes.provenance import fingerprint

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CannotForkError", "WarmProvisioner", "can_fork", "cool_down", "warm_up"]

_FORK_TIMEOUT_S = 60.0
_END_TIMEOUT_S = 5.0
_OF_A_RUN = ("ACTES_LANG", "PYTEST_CURRENT_TEST", "TMPDIR", "TEMP", "TMP", "IPYTHONDIR")
"""Variables that libraries do not read when they are imported: each kernel has its own."""

_PROGRAM = "import sys; del sys.path[0]; from actes.kernels.zygote import main; main()"


class CannotForkError(RuntimeError):
    """No kernel could be had from a zygote."""


def can_fork() -> bool:
    """True where a kernel can be forked and watched (Linux).

    macOS forks too, but its own libraries (Accelerate, Objective-C) do not survive it.
    """
    return sys.platform == "linux"


class ForkedKernel:
    """A kernel that is a child of the zygote, with what `subprocess.Popen` offers of one."""

    stdin = stdout = stderr = None

    def __init__(self, channel: socket.socket) -> None:
        self.returncode: int | None = None
        self._channel = channel
        self._rest = b""
        self.pid: int = self._next_word(_FORK_TIMEOUT_S)["pid"]

    def wait_ready(self) -> None:
        """Wait until the kernel listens.

        Raises
        ------
        CannotForkError
            When it ended instead.
        """
        if "ready" not in self._next_word(None):
            raise CannotForkError

    def poll(self) -> int | None:
        """How it ended; None while it lives."""
        if self.returncode is None:
            with suppress(BlockingIOError, TimeoutError):
                self._next_word(0)
        return self.returncode

    def wait(self) -> int:
        """Wait until it has ended."""
        while self.returncode is None:
            self._next_word(None)
        return self.returncode

    def kill(self) -> None:
        """End it, and all that it started."""
        with suppress(OSError):
            self._channel.shutdown(socket.SHUT_WR)

    terminate = kill

    def send_signal(self, number: int) -> None:
        """Send a signal to it alone."""
        if self.poll() is None:
            os.kill(self.pid, number)

    def _next_word(self, timeout_s: float | None) -> dict[str, Any]:
        """Next message of the channel; the end of the channel is an end too."""
        self._channel.settimeout(timeout_s)
        while b"\n" not in self._rest:
            try:
                more = self._channel.recv(4096)
            except ConnectionError:
                more = b""
            if not more:
                return self._lost()
            self._rest += more
        line, _newline, self._rest = self._rest.partition(b"\n")
        word: dict[str, Any] = json.loads(line)
        if "status" in word:
            self._ended(word["status"])
        return word

    def _lost(self) -> dict[str, Any]:
        """Take it that the zygote was killed, and its kernels with it: sweep after them."""
        if hasattr(self, "pid"):
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self.pid, signal.SIGKILL)
        self._ended(-signal.SIGKILL)
        return {}

    def _ended(self, status: int) -> None:
        self.returncode = status
        self._channel.close()


class _Zygote:
    """A zygote seen by its owner."""

    def __init__(self, key: str, environment: Mapping[str, str]) -> None:
        self.key = key
        self._control, theirs = socket.socketpair()
        with theirs:
            self._process = subprocess.Popen(  # noqa: S603 - our own program
                [sys.executable, "-c", _PROGRAM, str(theirs.fileno())],
                env=dict(environment),
                cwd="/",
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
                start_new_session=True,
            )

    def fork(self, request: Mapping[str, Any]) -> ForkedKernel:
        """Have a kernel forked.

        Raises
        ------
        CannotForkError
            When the zygote died, stood still or did not answer in a minute.
        """
        ours, theirs = socket.socketpair()
        try:
            with theirs:
                socket.send_fds(self._control, [b"k"], [theirs.fileno()])
            ours.sendall(json.dumps(request).encode() + b"\n")
            with Watch(self._process.pid, NO_LIMITS, end=self._process.kill):
                return ForkedKernel(ours)
        except (OSError, KeyError) as error:
            ours.close()
            raise CannotForkError from error

    def is_alive(self) -> bool:
        """False when it ended."""
        return self._process.poll() is None

    def retire(self) -> None:
        """Let it end when its kernels have."""
        self._control.close()

    def bury(self) -> None:
        """Wait until it has ended."""
        try:
            self._process.wait(timeout=_END_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


class _Keeper:
    """The zygote of this process: one at a time, another when what it imported has changed."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._zygotes: list[_Zygote] = []
        """The last is the one at work; the others end when their kernels have."""

    def zygote(self, environment: Mapping[str, str]) -> _Zygote:
        lasting = {name: v for name, v in environment.items() if name not in _OF_A_RUN}
        key = fingerprint(sys.executable, sys.path, LOTS, lasting, _on_disk())
        with self._lock:
            if not (self._zygotes and self._is_good(key)):
                self._retire()
                self._zygotes.append(_Zygote(key, lasting))
            return self._zygotes[-1]

    def close(self) -> None:
        """End every zygote, and wait until it has."""
        with self._lock:
            self._retire()
            for zygote in self._zygotes:
                zygote.bury()
            self._zygotes = []

    def leave(self) -> None:
        """Leave the zygotes to the process that this one is a fork of."""
        self._lock = threading.Lock()
        self._retire()
        _OF_PARENT.extend(self._zygotes)
        self._zygotes = []

    def _is_good(self, key: str) -> bool:
        return self._zygotes[-1].key == key and self._zygotes[-1].is_alive()

    def _retire(self) -> None:
        for zygote in self._zygotes:
            zygote.retire()


_OF_PARENT: list[_Zygote] = []
_KEEPER = _Keeper()
atexit.register(_KEEPER.close)
if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_KEEPER.leave)


def _on_disk() -> list[tuple[str, int, int]]:
    """What a zygote imports, as it is on the disk now: Actes, and what is installed."""
    files = [file for file in Path(__file__).parents[1].rglob("*.py") if file.is_file()]
    installed = [p for folder in map(Path, sys.path) for p in folder.glob("*.dist-info")]
    stats = [(str(path), path.stat()) for path in (*files, *installed)]
    return sorted((path, stat.st_mtime_ns, stat.st_size) for path, stat in stats)


def warm_up(environment: Mapping[str, str]) -> None:
    """Start the zygote, if none is at work, without waiting for it."""
    _KEEPER.zygote(environment)


def cool_down() -> None:
    """End the zygote and its kernels."""
    _KEEPER.close()


class WarmProvisioner(LocalProvisioner):
    """What jupyter_client asks for a kernel: one that the zygote forks."""

    process: Any = None

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Have a kernel forked that is what ``cmd`` would start."""
        environment = kwargs["env"]
        request = {
            "cwd": str(kwargs["cwd"]),
            "environment": environment,
            "launcher": find_spec("ipykernel_launcher").origin,  # type: ignore[union-attr]
            "arguments": cmd[cmd.index("-f") :],
        }
        self.process = _KEEPER.zygote(environment).fork(request)
        self.pid = self.pgid = self.process.pid
        return self.connection_info

    def wait_until_it_listens(self) -> None:
        """Wait until the kernel says that it does.

        Raises
        ------
        CannotForkError
            When it ended instead.
        """
        self.process.wait_ready()

    def kill_all(self) -> None:
        """Have the kernel and its descendants killed."""
        if self.process:
            self.process.kill()

    def bury(self) -> None:
        """Wait until the killed kernel is gone."""
        if self.process:
            self.process.wait()
            self.process = None

"""Speak with a kernel without waiting for nothing.

In: a scratch folder, a way to start a kernel. Out: what nbclient asks of a manager and a client.
"""

from __future__ import annotations

import sys
import time
from queue import Empty
from typing import TYPE_CHECKING, Any
from uuid import uuid4

from jupyter_client.asynchronous.client import AsyncKernelClient
from jupyter_client.kernelspec import KernelSpec, KernelSpecManager
from jupyter_client.manager import KernelManager

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["RunClient", "RunManager"]

_ARGUMENTS = ["--IPKernelApp.log_level=CRITICAL", "--HistoryManager.enabled=False"]

_LONGEST_SOCKET_NAME = 90
"""Characters that a path may have and still name a socket, with room for its number."""


class OwnKernelSpecs(KernelSpecManager):
    """The kernel of this very interpreter, whatever is installed under its name."""

    def get_kernel_spec(self, _kernel_name: str) -> KernelSpec:
        """Return the specification of this interpreter's kernel."""
        from ipykernel.kernelspec import get_kernel_dict

        return KernelSpec(**get_kernel_dict())


class RunManager(KernelManager):
    """A kernel for one run: launched once, ended once.

    It speaks through sockets in its own folder, which other users of the machine cannot open
    (they can listen to a port), where the system has such sockets.

    Attributes
    ----------
    on_ready
        Called when the kernel first answers.
    process
        The kernel's process: one of our provisioners.
    """

    def __init__(self, scratch: Path, way: type[Any]) -> None:
        connection_file = scratch / "kernel.json"
        has_sockets = sys.platform != "win32" and len(str(connection_file)) < _LONGEST_SOCKET_NAME
        super().__init__(
            kernel_spec_manager=OwnKernelSpecs(),
            client_class=f"{RunClient.__module__}.{RunClient.__name__}",
            connection_file=str(connection_file),
            transport="ipc" if has_sockets else "tcp",
        )
        self.on_ready: Callable[[], None] = lambda: None
        self.process: Any = way(kernel_id=str(uuid4()), kernel_spec=self.kernel_spec, parent=self)
        self.provisioner = self.process
        self._clients: list[Any] = []

    @property
    def pid(self) -> int:
        """The kernel's process."""
        return int(self.process.pid)

    def launch(self, cwd: Path, environment: dict[str, str]) -> None:
        """Start the kernel."""
        self.start_kernel(extra_arguments=list(_ARGUMENTS), cwd=str(cwd), env=environment)

    def wait_until_it_listens(self) -> None:
        """Wait until a client's first message will be heard, if that can be known."""
        self.process.wait_until_it_listens()

    def client(self, **more: Any) -> Any:
        """Return a client; `end` stops it."""
        self._clients.append(super().client(**more))
        return self._clients[-1]

    def kill(self) -> None:
        """End the kernel and all that it started, now: it has nothing to save."""
        self.process.kill_all()

    def end(self) -> None:
        """Leave nothing: no process, no socket, no file."""
        self.kill()
        self.process.bury()
        for client in self._clients:
            client.stop_channels()
        self.cleanup_resources()


class RunClient(AsyncKernelClient):
    """A client that waits for answers, not for time to pass.

    The stock one lets 0.2 s go by to be sure that nothing more comes; this one waits for the
    last message that must come.
    """

    def start_channels(self, *_channels: bool, **_more: bool) -> None:
        """Start the channels that an execution needs: no heartbeat, nobody to be asked."""
        super().start_channels(stdin=False, hb=False)

    async def wait_for_ready(self, timeout: float | None = None) -> None:
        """Wait until the kernel answers on both channels.

        Raises
        ------
        RuntimeError
            When it died, or did not answer in ``timeout`` seconds.
        """
        limit = time.monotonic() + (float("inf") if timeout is None else timeout)
        while not await self._has_answered(self.kernel_info()):
            if not await self.is_alive():
                raise RuntimeError("the kernel died before it answered")
            if time.monotonic() > limit:
                raise RuntimeError("the kernel did not answer in time")
        manager: Any = self.parent
        manager.on_ready()

    async def _has_answered(self, asked: str) -> bool:
        try:
            reply = await _last(self.shell_channel, asked, _is_any, timeout_s=1.0)
            self._handle_kernel_info_reply(reply)
            await _last(self.iopub_channel, asked, _is_idle, timeout_s=0.2)
        except Empty:
            return False
        return True


async def _last(
    channel: Any, asked: str, is_last: Callable[[Any], bool], *, timeout_s: float
) -> Any:
    """Take messages until the last one that the message ``asked`` brings."""
    while True:
        message = await channel.get_msg(timeout=timeout_s)
        if message["parent_header"].get("msg_id") == asked and is_last(message):
            return message


def _is_any(_message: Any) -> bool:
    return True


def _is_idle(message: Any) -> bool:
    return bool(message["msg_type"] == "status" and message["content"]["execution_state"] == "idle")

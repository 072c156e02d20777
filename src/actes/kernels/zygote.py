"""Fork ready kernels: the process that imports the usual libraries once.

In: a control socket, through which each run hands over a channel and a request. Out: one kernel
for each, and on its channel what becomes of it: its number, that it is ready, how it ended.
Only here: os.fork. Linux only.

The process ends with its owner: a socket that closes, because it was told to or because the
owner was killed, ends what hangs on it, the kernel or everything.
"""

from __future__ import annotations

import builtins
import ctypes
import gc
import importlib
import io
import json
import os
import random
import selectors
import signal
import socket
import sys
from contextlib import suppress
from functools import cache
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["LOTS", "main"]

LOTS = (
    (
        "IPython.core.completerlib",
        "IPython.core.debugger",
        "IPython.core.oinspect",
        "IPython.extensions.storemagic",
        "ipykernel.debugger",
        "ipykernel.kernelapp",
        "ipykernel.zmqshell",
        "actes.study",
        "babel.dates",
        "babel.numbers",
        "matplotlib.backends.backend_agg",
        "matplotlib.backends.backend_svg",
        "matplotlib.figure",
        "numpy.random",
        "pandas",
        "pyarrow.dataset",
        "pyarrow.parquet",
        "ruamel.yaml",
    ),
    ("scipy.optimize", "scipy.stats", "statsmodels.api", "statsmodels.formula.api"),
    ("lifelines", "libpysal.weights", "ruptures"),
)
"""What is imported at once, before the second fork and before the third.

A single run waits for what every study needs and no more, which is imported while its owner gets
ready to ask; what a few studies need is worth its time when many runs come. Nothing here may
start a thread that works, draw at random or speak.
"""

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36


def main() -> None:
    """Serve the socket whose number is the first argument, until it closes."""
    control = socket.socket(fileno=int(sys.argv[1]))
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _control_process(_PR_SET_CHILD_SUBREAPER, 1)
    _Zygote(control).serve()


class _Zygote:
    """The kernels alive, by process number, each with its channel."""

    def __init__(self, control: socket.socket) -> None:
        self._control = control
        self._lots = list(LOTS)
        self._has_forked = False
        self._environment = dict(os.environ)
        self._channels: dict[int, socket.socket] = {}
        self._events = selectors.DefaultSelector()
        self._child_ended, self._notice = socket.socketpair()
        self._notice.setblocking(False)
        self._child_ended.setblocking(False)

    def serve(self) -> None:
        """Answer requests while the owner holds the control socket or a kernel's channel."""
        signal.signal(signal.SIGCHLD, lambda *_told: None)
        signal.set_wakeup_fd(self._notice.fileno(), warn_on_full_buffer=False)
        for source in (self._control, self._child_ended):
            self._events.register(source, selectors.EVENT_READ)
        self._warm_up()
        is_owned = True
        while is_owned or self._channels:
            for key, _mask in self._events.select():
                if key.fileobj is self._control:
                    is_owned = self._accept()
                elif key.fileobj is self._child_ended:
                    self._child_ended.recv(4096)
                else:
                    self._end(key.data)
            self._bury()

    def _accept(self) -> bool:
        """Take a channel from the control socket and fork; False when the owner is gone."""
        message, handles, _flags, _address = socket.recv_fds(self._control, 1, 1)
        if not message:
            self._events.unregister(self._control)
            return False
        with socket.socket(fileno=handles[0]) as channel:
            with channel.makefile("rb") as lines:
                line = lines.readline()
            if line:
                self._fork(channel, json.loads(line))
        return True

    def _warm_up(self) -> None:
        """Import the next lot, and leave it out of what kernels look through for garbage."""
        import_as_in_a_kernel(self._lots.pop(0))
        with suppress(Exception):
            rehearse()
        gc.collect()
        gc.freeze()

    def _fork(self, channel: socket.socket, request: dict[str, Any]) -> None:
        if self._has_forked and self._lots:
            self._warm_up()
            if not self._lots:
                read_descriptors(Path(request["cwd"]))
        self._has_forked = True
        try:
            pid = os.fork()
        except OSError:  # too many processes: the owner sees the channel close
            return
        if pid == 0:
            self._become(channel, request)
        kept = channel.dup()
        self._channels[pid] = kept
        self._events.register(kept, selectors.EVENT_READ, pid)

    def _become(self, channel: socket.socket, request: dict[str, Any]) -> None:
        """Be a kernel from now on: never return to the loop of the zygote."""
        status = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            signal.signal(signal.SIGINT, signal.default_int_handler)
            self._events.close()
            for other in (self._control, self._child_ended, self._notice):
                other.close()
            for other in self._channels.values():
                other.close()
            environment = self._set_by_libraries() | request["environment"]
            be_kernel(channel, request | {"environment": environment})
            status = 0
        finally:
            os._exit(status)

    def _set_by_libraries(self) -> dict[str, str]:
        """Variables that the libraries set when they were imported."""
        return {name: v for name, v in os.environ.items() if name not in self._environment}

    def _end(self, pid: int) -> None:
        """Kill a kernel whose channel was closed."""
        self._events.unregister(self._channels[pid])
        with suppress(ProcessLookupError):
            os.killpg(pid, signal.SIGKILL)
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)

    def _bury(self) -> None:
        """Kill what ended kernels left running, then tell their owners how they ended."""
        ended = {}
        with suppress(ChildProcessError):
            while (child := os.waitpid(-1, os.WNOHANG))[0]:
                ended[child[0]] = os.waitstatus_to_exitcode(child[1])
        channels = {pid: self._channels.pop(pid) for pid in ended if pid in self._channels}
        if channels:
            self._kill_orphans()
        for pid, channel in channels.items():
            with suppress(KeyError):
                self._events.unregister(channel)
            with channel, suppress(OSError):
                _tell(channel, status=ended[pid])

    def _kill_orphans(self) -> None:
        """Kill the descendants of ended kernels: they became children of this process."""
        import psutil  # ipykernel has it imported

        while orphans := [c for c in psutil.Process().children() if c.pid not in self._channels]:
            for orphan in orphans:
                with suppress(psutil.Error):
                    orphan.kill()
                    orphan.wait(timeout=5)


def import_as_in_a_kernel(names: Iterable[str]) -> None:
    """Import what there is of ``names``, in the surroundings that a kernel's cell would offer.

    pandas asks once and for all, when imported, if IPython runs it in a kernel (how many columns
    it shows) and in which encoding it prints.
    """
    builtins.get_ipython = lambda: SimpleNamespace(kernel=None)  # type: ignore[attr-defined]
    sys.stdout = io.TextIOWrapper(io.BytesIO(), encoding="UTF-8")
    try:
        for name in names:
            with suppress(Exception):  # the cell that needs it will be told
                importlib.import_module(name)
    finally:
        sys.stdout = sys.__stdout__
        del builtins.get_ipython  # type: ignore[attr-defined]


@cache
def rehearse() -> None:
    """Draw a figure: fonts are found and read, and locales, once for all kernels."""
    from actes.methods.style import show_decimals, styled_figure, to_svg

    with styled_figure() as (figure, axes):
        axes.set_title("Ée")
        show_decimals(axes.yaxis)
    to_svg(figure)


def read_descriptors(folder: Path) -> None:
    """Parse what says the datasets of a workspace: text that was parsed once is known."""
    from actes import store, workspace

    with suppress(Exception):  # the study that needs it will say what is wrong
        here = workspace.find(folder)
        for name in here.dataset_names():
            store.read_dataset_spec(here, name)


def be_kernel(channel: socket.socket, request: dict[str, Any]) -> None:
    """Turn this forked process into a kernel as ``python -m ipykernel_launcher`` would be one.

    Parameters
    ----------
    request
        ``cwd``, ``environment`` (all of it), ``launcher`` (its file), ``arguments``.
    """
    zygote = os.getppid()
    os.setsid()
    _control_process(_PR_SET_PDEATHSIG, signal.SIGKILL)
    _control_process(_PR_SET_CHILD_SUBREAPER, 1)
    if os.getppid() != zygote:  # it died before it was watched
        return
    _tell(channel, pid=os.getpid())
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.dont_write_bytecode = True  # a module edited twice within a second would be taken for old
    _forget_chance()

    from ipykernel.kernelapp import IPKernelApp

    sys.argv = [request["launcher"], *request["arguments"]]
    app = IPKernelApp.instance(parent_handle=zygote)
    app.initialize(sys.argv[1:])
    _draw_as_kernels_do()
    _tell(channel, ready=True)
    channel.close()
    app.start()


def _forget_chance() -> None:
    """Draw other random numbers than the sister kernels do."""
    import numpy as np

    random.seed()
    np.random.seed()


def _draw_as_kernels_do() -> None:
    """Choose the back end that the import of matplotlib, here, would have chosen now."""
    import matplotlib as mpl

    backend = os.environ.get("MPLBACKEND")
    if backend:
        mpl.rcParams["backend"] = backend


def _control_process(option: int, value: int) -> None:
    ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def _tell(channel: socket.socket, **what: Any) -> None:
    channel.sendall(json.dumps(what).encode() + b"\n")

"""Start a kernel the way Jupyter does, and end it with all that it started.

In: what jupyter_client starts a kernel with. Out: its process.
"""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import suppress
from typing import Any

from jupyter_client.provisioning.local_provisioner import LocalProvisioner

__all__ = ["PlainProvisioner"]


class PlainProvisioner(LocalProvisioner):
    """Jupyter's own way, but quiet, and with nothing left at the end."""

    async def launch_kernel(self, cmd: list[str], **kwargs: Any) -> Any:
        """Start the command; what it prints past Jupyter's channels is not for our readers."""
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        return await super().launch_kernel(cmd, **kwargs | quiet)

    def wait_until_it_listens(self) -> None:
        """Leave it to the client to try until the kernel answers."""

    def kill_all(self) -> None:
        """Kill the kernel and its descendants."""
        import psutil  # only here

        offspring = []
        with suppress(psutil.NoSuchProcess):
            offspring = psutil.Process(self.pid).children(recursive=True)
        with suppress(OSError):
            if self.pgid and self.pgid != os.getpgrp():
                os.killpg(self.pgid, signal.SIGKILL)
        if self.process:
            self.process.kill()
        for each in offspring:
            with suppress(psutil.NoSuchProcess):
                each.kill()

    def bury(self) -> None:
        """Wait until the killed kernel is gone."""
        if self.process:
            self.process.wait()
            self.process = None

"""Run pandoc.

In: arguments and a text; or questions for ``batch.lua``. Out: the text that pandoc writes, and its
warnings; or answers.
Only here: the pandoc program.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import tempfile
import threading
from contextlib import suppress
from functools import cache
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Self, cast

from actes.errors import ToolError
from actes.i18n import _

if TYPE_CHECKING:
    from types import TracebackType

__all__ = ["MARKDOWN", "Pandocs", "filter_path", "pandoc_version", "run_pandoc"]

# Front matter is read before; HTML tables stay whole for our filter.
MARKDOWN = "markdown-markdown_in_html_blocks-yaml_metadata_block-pandoc_title_block"
_TIMEOUT_S = 300


def filter_path(name: str) -> str:
    """Path of one of our Lua filters."""
    return str(Path(__file__).parent / name)


@cache
def _package() -> Distribution:
    try:
        return distribution("pypandoc_binary")
    except PackageNotFoundError:
        raise _absent() from None


@cache
def pandoc_version() -> str:
    """Version of the package that pandoc comes with."""
    return _package().version


@cache
def _program() -> str:
    """Find the package's own pandoc: `pypandoc` would rather take another one of the machine."""
    suffix = ".exe" if os.name == "nt" else ""
    program = Path(str(_package().locate_file(f"pypandoc/files/pandoc{suffix}")))
    if not program.is_file():
        raise _absent()
    return str(program)


def _absent() -> ToolError:
    return ToolError(
        "T110",
        _("pandoc is not installed"),
        next_step=_("reinstall Actes: pandoc comes with it (pypandoc_binary)"),
    )


def run_pandoc(arguments: list[str], text: str) -> tuple[str, list[str]]:
    """Give ``text`` to pandoc.

    Returns
    -------
    output : str
        What pandoc wrote.
    warnings : list of str
        One line each.

    Raises
    ------
    ToolError
        T110 without pandoc, T111 when it fails, T112 when it does not end.
    """
    try:
        done = subprocess.run(  # noqa: S603 - our own program and arguments, no shell
            [_program(), *arguments],
            input=text.encode("utf-8"),
            capture_output=True,
            check=False,
            timeout=_TIMEOUT_S,
        )
    except subprocess.TimeoutExpired:
        raise _too_late() from None
    messages = done.stderr.decode("utf-8", "replace").strip()
    if done.returncode:
        raise _failure(messages)
    return done.stdout.decode("utf-8"), messages.splitlines()


class Pandocs:
    """At most as many pandoc processes as there are cores; as a context, kept until its end."""

    def __init__(self) -> None:
        self._idle: queue.LifoQueue[_Pandoc | None] = queue.LifoQueue()
        for _core in range(os.cpu_count() or 1):
            self._idle.put(None)
        self._n_users, self._lock = 0, threading.Lock()

    def __enter__(self) -> Self:
        with self._lock:
            self._n_users += 1
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        with self._lock:
            self._n_users -= 1
            if not self._n_users:
                self._close()

    def ask(self, question: str) -> dict[str, Any]:
        """Give ``batch.lua`` one line, in the first process that is free.

        Raises
        ------
        ToolError
            T110 without pandoc, T111 when it fails, T112 when it does not end.
        """
        pandoc = self._idle.get()
        try:
            pandoc = pandoc or _Pandoc()
            answer = pandoc.ask(question)
        except BaseException:
            if pandoc:
                pandoc.close()
            pandoc = None
            raise
        finally:
            self._idle.put(pandoc)
        if "error" in answer:
            raise _failure(answer["error"])
        return answer

    def _close(self) -> None:
        for pandoc in [self._idle.get() for _each in range(self._idle.qsize())]:
            if pandoc:
                pandoc.close()
            self._idle.put(None)


class _Pandoc:
    """One process, that answers one question after another."""

    def __init__(self) -> None:
        batch = filter_path("batch.lua")
        self._errors = tempfile.TemporaryFile()  # noqa: SIM115 - `close` does
        self._process = subprocess.Popen(  # noqa: S603 - our own program and arguments, no shell
            # It must be given something to read; questions come on the standard input.
            [_program(), f"--from={batch}", "--to=plain", batch],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors,
        )
        self._questions = cast("IO[bytes]", self._process.stdin)
        self._answers = cast("IO[bytes]", self._process.stdout)
        self._is_late = False

    def ask(self, question: str) -> dict[str, Any]:
        watch = threading.Timer(_TIMEOUT_S, self._give_up)
        watch.start()
        try:
            self._questions.write(f"{question}\n".encode())
            self._questions.flush()
            answer = self._answers.readline()
        except OSError:  # it is no more
            answer = b""
        finally:
            watch.cancel()
        if self._is_late:
            raise _too_late()
        if not answer:
            raise _failure(self._last_words())
        return cast("dict[str, Any]", json.loads(answer))

    def _give_up(self) -> None:
        self._is_late = True
        self._process.kill()

    def close(self) -> None:
        self._process.kill()
        self._process.wait()
        for pipe in (self._questions, self._answers, self._errors):
            with suppress(OSError):  # what it was not told is lost with it
                pipe.close()

    def _last_words(self) -> str:
        self._process.wait()
        self._errors.seek(0)
        return self._errors.read().decode("utf-8", "replace").strip()


def _failure(found: str) -> ToolError:
    return ToolError("T111", _("pandoc failed"), found=found[:2000])


def _too_late() -> ToolError:
    return ToolError("T112", _("pandoc did not answer in {n} seconds").format(n=_TIMEOUT_S))

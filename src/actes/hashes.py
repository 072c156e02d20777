"""Name files by their bytes, without reading again those that did not change.

In: a file. Out: its SHA-256. Only here: what a file is known by between two commands (its size,
its times, its number on the disk), and when that is not enough to believe it unchanged.

Notes
-----
A file that was touched less than `TOO_YOUNG_S` before it was read is never remembered: it could
be written again within the same tick of the clock, and look the same. The time of the last
change of the file's status counts as well as that of its content, since programs (``cp -p``,
``rsync``, ``touch``) set the latter as they please and the former not at all.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from actes import files
from actes.errors import ToolError

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["TOO_YOUNG_S", "file_sha256", "files_below", "remembering"]

TOO_YOUNG_S = 2.5
"""More than the coarsest clock of a disk in use (FAT: two seconds)."""

_CHUNK_BYTES = 1 << 20

Identity = tuple[int, int, int, int]


class _Memory:
    """Hashes by absolute path, each with what the file was when it was read."""

    def __init__(self) -> None:
        self.is_on = False
        self.is_new = False
        self.known: dict[str, tuple[Identity, str]] = {}

    def recall(self, path: str, identity: Identity) -> str | None:
        known = self.known.get(path) if self.is_on else None
        return known[1] if known and known[0] == identity else None

    def note(self, path: str, identity: Identity, sha256: str, *, read_at: float) -> None:
        youngest_s = max(identity[1], identity[2]) / 1e9
        if self.is_on and youngest_s + TOO_YOUNG_S < read_at:
            self.known[path] = (identity, sha256)
            self.is_new = True


_MEMORY = _Memory()


def file_sha256(path: Path) -> str:
    """SHA-256 (hexadecimal) of a file's bytes."""
    name = os.path.abspath(path)  # noqa: PTH100 - a thousand times a command: pathlib is slow
    read_at = time.time()
    with open(path, "rb") as file:  # noqa: PTH123
        identity = _identity(os.fstat(file.fileno()))
        if sha256 := _MEMORY.recall(name, identity):
            return sha256
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        if _identity(os.fstat(file.fileno())) == identity:
            _MEMORY.note(name, identity, sha256, read_at=read_at)
    return sha256


def _identity(seen: os.stat_result) -> Identity:
    return (seen.st_size, seen.st_mtime_ns, seen.st_ctime_ns, seen.st_ino)


@contextmanager
def remembering(memory: Path) -> Iterator[None]:
    """Believe, inside the block, what the file ``memory`` says of files that did not change."""
    if _MEMORY.is_on:  # a block inside another: the outer one keeps the memory
        yield
        return
    _MEMORY.known = _read(memory)
    _MEMORY.is_on, _MEMORY.is_new = True, False
    try:
        yield
    finally:
        _MEMORY.is_on = False
        if _MEMORY.is_new:
            _write(memory, _MEMORY.known)


def _read(memory: Path) -> dict[str, tuple[Identity, str]]:
    known = {}
    for name, entry in (files.read_json(memory) or {}).items():
        match entry:
            case [int(size), int(modified), int(changed), int(number), str(sha256)]:
                known[name] = ((size, modified, changed, number), sha256)
    return known


def _write(memory: Path, known: dict[str, tuple[Identity, str]]) -> None:
    """Write what exists still; a disk that refuses costs only time, later."""
    lines = [
        f"{json.dumps(name, ensure_ascii=False)}: {json.dumps([*identity, sha256])}"
        for name, (identity, sha256) in sorted(known.items())
        if os.path.exists(name)  # noqa: PTH110
    ]
    with suppress(ToolError):
        files.write_text(memory, "{" + ",\n".join(lines) + "}\n")


def files_below(folder: Path) -> list[Path]:
    """Files of a folder and of those below, sorted; what programs leave of their own apart.

    Hidden names and ``__pycache__`` are passed over. Folders behind links are entered, each
    once: Python imports through them.
    """
    found: list[Path] = []
    seen: set[str] = set()
    for here, folders, names in os.walk(folder, followlinks=True):
        real = os.path.realpath(here)
        folders[:] = [] if real in seen else [f for f in folders if _may_be_source(f)]
        if real not in seen:
            found += (Path(here, name) for name in names if _may_be_source(name))
        seen.add(real)
    return sorted(found)


def _may_be_source(name: str) -> bool:
    return not name.startswith(".") and name != "__pycache__"

"""Put bytes on the disk so that a kill at any moment leaves a whole file or none.

In: bytes, text or plain data. Out: a file that is complete.
Only here: temporary files, moves, and what a full or closed disk is called.
"""

from __future__ import annotations

import errno
import json
import os
import re
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from actes.errors import ToolError
from actes.i18n import N_, _

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = [
    "TEMPORARY",
    "disk_error",
    "disk_errors",
    "fill",
    "read_json",
    "replace_folder",
    "restore_folder",
    "settle",
    "sweep",
    "temporary",
    "write_bytes",
    "write_json",
    "write_text",
    "writing",
]

_FULL = {errno.ENOSPC, getattr(errno, "EDQUOT", errno.ENOSPC)}
_CLOSED = {errno.EACCES, errno.EPERM, errno.EROFS}
_FOUND = {
    errno.EISDIR: N_("a folder where a file was expected"),
    errno.ENOTDIR: N_("a file where a folder was expected"),
    errno.ENOENT: N_("nothing of that name"),
    errno.EEXIST: N_("something of that name already"),
    errno.ENOTEMPTY: N_("a folder that is not empty"),
    errno.ENAMETOOLONG: N_("a name too long for this system"),
    errno.EIO: N_("a disk that answers badly"),
    errno.EMFILE: N_("more open files than the system allows"),
}
"""The system says these in its own language, which need not be the reader's."""

TEMPORARY = f".tmp-{os.getpid()}-"
"""How what this process has not finished is called."""

_UNFINISHED = re.compile(r"(?:\.tmp|actes)-(\d+)-.*")


@contextmanager
def disk_errors(path: Path) -> Iterator[None]:
    """Turn what the disk refuses into one clear message.

    Raises
    ------
    ToolError
        As `disk_error`.
    """
    try:
        yield
    except OSError as error:
        raise disk_error(error, path) from error


def disk_error(error: OSError, path: Path | None = None) -> ToolError:
    """Say what the disk refused: T001 it is full, T002 it may not be written to, T003 the rest."""
    place = str(path or error.filename or "")
    if error.errno in _FULL:
        return ToolError(
            "T001",
            _("The disk is full: nothing was replaced, what was finished is kept."),
            where=str(path.parent) if path else place,
            next_step=_("free some space, then give the same command again"),
        )
    if error.errno in _CLOSED:
        return ToolError(
            "T002",
            _("This place cannot be written to."),
            where=place,
            next_step=_("close the program that holds the file, or check its permissions"),
        )
    return ToolError(
        "T003",
        _("The system refused to read or write a file."),
        where=place,
        found=_said(error),
        next_step=_("see that the path is a file or a folder as it should be, and that it exists"),
    )


def _said(error: OSError) -> str:
    """What the system found, in the reader's words; its own symbol when we have none for it."""
    if error.errno in _FOUND:
        return _(_FOUND[error.errno])
    return errno.errorcode.get(error.errno or 0, type(error).__name__)


@contextmanager
def temporary(folder: Path, suffix: str = "") -> Iterator[Path]:
    """Yield the path of an empty file in ``folder``, removed at the end unless it was moved."""
    folder.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=TEMPORARY, suffix=suffix, dir=folder)
    os.close(handle)
    try:
        yield Path(name)
    finally:
        Path(name).unlink(missing_ok=True)


def settle(written: Path, path: Path, *, private: bool = False) -> None:
    """Move a finished temporary file into place, once it is on the disk.

    Parameters
    ----------
    private
        Leave the file readable by its owner alone (where the system knows owners).
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with written.open("rb+") as file:
        os.fsync(file.fileno())
    written.chmod(0o600 if private else 0o644)
    written.replace(path)


@contextmanager
def writing(path: Path, *, private: bool = False) -> Iterator[Path]:
    """Yield a temporary path beside ``path``; move it into place when the block ends well.

    Parameters
    ----------
    private
        As `settle`.
    """
    with disk_errors(path), temporary(path.parent, path.suffix) as written:
        yield written
        settle(written, path, private=private)


def write_bytes(path: Path, data: bytes, *, private: bool = False) -> Path:
    """Write ``data`` whole or not at all."""
    with writing(path, private=private) as temporary:
        temporary.write_bytes(data)
    return path


def write_text(path: Path, text: str) -> Path:
    """Write UTF-8 with Unix line ends, whole or not at all."""
    return write_bytes(path, text.encode())


def write_json(path: Path, content: Any) -> Path:
    """Write plain data as readable JSON, keys sorted, whole or not at all."""
    text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True)
    return write_text(path, text + "\n")


def read_json(path: Path) -> dict[str, Any] | None:
    """Read a JSON object; None when there is none there (never half believed)."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
    except (FileNotFoundError, json.JSONDecodeError, UnicodeDecodeError):
        return None
    return content if isinstance(content, dict) else None


def fill(folder: Path, contents: Mapping[str, bytes | Path]) -> None:
    """Write files into a folder that nobody reads yet: `replace_folder` will put it in place.

    Parameters
    ----------
    contents
        By path below ``folder``: bytes, or the file to copy.
    """
    with disk_errors(folder):
        for parent in {(folder / name).parent for name in contents}:
            parent.mkdir(parents=True, exist_ok=True)
        for name, content in contents.items():
            if isinstance(content, Path):
                shutil.copyfile(content, folder / name)
            else:
                (folder / name).write_bytes(content)


def sweep(folder: Path) -> None:
    """Remove what processes that are no more left unfinished in ``folder``."""
    import psutil  # only here

    for left in folder.glob("*-*") if folder.is_dir() else ():
        owner = _UNFINISHED.fullmatch(left.name)
        if owner and not psutil.pid_exists(int(owner[1])):
            if left.is_dir():
                shutil.rmtree(left, ignore_errors=True)
            else:
                left.unlink(missing_ok=True)


def replace_folder(new: Path, target: Path) -> None:
    """Put the folder ``new`` where ``target`` is; the former one stays until then.

    Two renames: between them the former folder bears the name ``target`` + ``.former``,
    from which the next call restores it if this one was killed.
    """
    former = target.with_name(target.name + ".former")
    restore_folder(target)
    with disk_errors(target):
        if target.exists():
            target.replace(former)
        new.replace(target)
        shutil.rmtree(former, ignore_errors=True)


def restore_folder(target: Path) -> None:
    """Mend what a kill in the middle of `replace_folder` left."""
    former = target.with_name(target.name + ".former")
    if former.exists():
        if target.exists():
            shutil.rmtree(former, ignore_errors=True)
        else:
            former.replace(target)

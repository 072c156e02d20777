"""Put a crate's files in a folder or an archive, and take them out of either, believing neither.

In: files by path, as bytes. Out: the same. Only here: zip, and the distrust of one that comes from
elsewhere: nothing is ever unpacked on the disk, and no path in it is followed.
"""

from __future__ import annotations

import io
import os
import re
import shutil
import stat
import zipfile
import zlib
from pathlib import Path
from typing import TYPE_CHECKING

from actes import files as disk
from actes.errors import CrateError, place
from actes.i18n import _
from actes.numbers import format_integer

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["archive", "unpack", "write_folder"]

MAX_FILES = 20_000
MAX_BYTES = 500_000_000
"""A run's results weigh some hundred kilobytes; this is a thousand times that."""

_EPOCH = (1980, 1, 1, 0, 0, 0)  # the first moment that a zip can write
_FILE = (stat.S_IFREG | 0o644) << 16
_PLAIN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_ENCRYPTED = 0x1
_PART = re.compile(r"\w(?:[\w.+-]*\w)?")
_DEVICE = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\.|$)", re.IGNORECASE)


def archive(files: Mapping[str, bytes]) -> bytes:
    """Write a zip, the same bytes everywhere: uncompressed, since compressors differ."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_STORED) as packed:
        for path in sorted(files):
            entry = zipfile.ZipInfo(path, _EPOCH)
            entry.create_system = 3  # as Unix does, wherever it is written
            entry.external_attr = _FILE
            packed.writestr(entry, files[path])
    return written.getvalue()


def write_folder(files: Mapping[str, bytes], folder: Path) -> None:
    """Put the files in ``folder`` in place of what it held, at once."""
    new = folder.with_name(f"{disk.TEMPORARY}{folder.name}")
    with disk.disk_errors(folder):
        shutil.rmtree(new, ignore_errors=True)
        for path, content in files.items():
            target = new / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(content)
    disk.replace_folder(new, folder)


def unpack(path: Path, *, shown: str) -> dict[str, bytes]:
    """Read every file of a crate, a folder or a zip, into memory.

    Raises
    ------
    CrateError
        E001 there is nothing there, E002 it is neither a folder nor a zip, E003 a file that would
        leave the crate, E004 more than an article can weigh.
    """
    if path.is_dir():
        return dict(_of_folder(path, shown))
    if not path.is_file():
        raise CrateError("E001", _("There is no crate here."), where=place(shown))
    try:
        with zipfile.ZipFile(path) as packed:
            return dict(_of_archive(packed, shown))
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError):
        raise CrateError(
            "E002",
            _("This crate is neither a folder nor a zip archive that can be read."),
            where=place(shown),
            found=_("a damaged archive")
            if zipfile.is_zipfile(path)
            else _("a file that is not an archive"),
            next_step=_("fetch it again from where it was published"),
        ) from None


def _of_folder(folder: Path, shown: str) -> Iterator[tuple[str, bytes]]:
    weight = 0
    names: list[str] = []
    for at, folders, files in os.walk(folder):
        for name in (*folders, *files):
            file = Path(at) / name
            if file.is_symlink():
                raise _leaves(shown, file.relative_to(folder).as_posix())
        for name in files:
            file = Path(at) / name
            names.append(file.relative_to(folder).as_posix())
            weight += file.stat().st_size
            _check_weight(len(names), weight, shown)
    for name in sorted(names):
        _check_name(name, shown)
        yield name, (folder / name).read_bytes()


def _of_archive(packed: zipfile.ZipFile, shown: str) -> Iterator[tuple[str, bytes]]:
    entries = [entry for entry in packed.infolist() if not entry.is_dir()]
    _check_weight(len(entries), sum(entry.file_size for entry in entries), shown)
    seen: set[str] = set()
    for entry in entries:
        _check_name(entry.filename, shown)
        kind = stat.S_IFMT(entry.external_attr >> 16)
        is_file = kind in (0, stat.S_IFREG) and entry.compress_type in _PLAIN
        if not is_file or entry.flag_bits & _ENCRYPTED or entry.filename.lower() in seen:
            raise _leaves(shown, entry.filename)
        seen.add(entry.filename.lower())
        yield entry.filename, packed.read(entry)  # never more than the size it announces


def _check_name(name: str, shown: str) -> None:
    """Refuse a path that is not simply below the crate, on any system."""
    parts = name.split("/")
    if len(name) > 250 or not all(map(_PART.fullmatch, parts)) or any(map(_DEVICE.match, parts)):
        raise _leaves(shown, name)


def _check_weight(n_files: int, n_bytes: int, shown: str) -> None:
    if n_files <= MAX_FILES and n_bytes <= MAX_BYTES:
        return
    raise CrateError(
        "E004",
        _("This crate is far too large for an article."),
        where=place(shown),
        expected=_("at most {files} files and {megabytes} MB").format(
            files=format_integer(MAX_FILES), megabytes=MAX_BYTES // 1_000_000
        ),
    )


def _leaves(shown: str, name: str) -> CrateError:
    return CrateError(
        "E003",
        _("This crate holds a file that does not belong in one: nothing was read or run."),
        where=place(shown),
        found=ascii(name)[1:-1][:80],
        expected=_("ordinary files below the crate, each under its own name"),
        next_step=_("do not use it; ask who gave it to you where it comes from"),
    )

"""Pack named parts into one file (EPUB and Word documents are zip archives).

In: parts by name, in order. Out: bytes, the same for the same parts on any machine.
Only here: the zip format.
"""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["packed", "unpacked"]

# A zip knows no time before this one; the archive's own date says nothing about the book's.
_NO_TIME = (1980, 1, 1, 0, 0, 0)


def packed(parts: Mapping[str, bytes]) -> bytes:
    """Pack the parts in their order; one called ``mimetype`` is stored as it is (OCF 3.3, 4.3)."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            entry = zipfile.ZipInfo(name, _NO_TIME)
            entry.create_system = 3  # else it says which system packed it
            entry.external_attr = 0o644 << 16
            kind = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(entry, content, kind)
    return file.getvalue()


def unpacked(archive_bytes: bytes) -> dict[str, bytes]:
    """Read every part of an archive, in its order."""
    with zipfile.ZipFile(io.BytesIO(archive_bytes)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}

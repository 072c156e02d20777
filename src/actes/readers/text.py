"""Open a text file in the encoding that its descriptor declares, or say which one it is in.

In: a file and the name of an encoding. Out: an open text stream.
Only here: charset-normalizer, byte order marks, and what is not text at all.
"""

from __future__ import annotations

import codecs
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

from actes.errors import SourceError, place
from actes.i18n import _
from actes.specs.reading import near

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import BinaryIO, TextIO

__all__ = ["likely_encoding", "not_text", "opened"]

_CHUNK_BYTES = 1 << 20
_SAMPLE_BYTES = 1 << 18

_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
"""Byte order marks; those of UTF-32 first, whose beginning is one of UTF-16."""

_PLAUSIBLE = ["utf_8", "cp1252", "cp850", "mac_roman", "utf_16"]
"""Encodings of files in French; charset-normalizer, left alone, answers cp1250 for most."""

_USUAL = ("utf-8", "cp1252", "iso8859-1", "iso8859-15", "mac-roman", "cp850", "utf-16")

_SIGNATURES = (
    (b"PK\x03\x04", "xlsx"),
    (b"\xd0\xcf\x11\xe0", "xls"),
    (b"PAR1", "parquet"),
    (b"%PDF", "PDF"),
    (b"\x1f\x8b", "gzip"),
    (b"SQLite format 3", "SQLite"),
)


@contextmanager
def opened(path: Path, encoding: str, shown: str) -> Iterator[TextIO]:
    """Open ``path`` as text, line ends untouched; a byte order mark is dropped.

    Raises
    ------
    SourceError
        D003 when it is empty, D004 when it is not text, D005 when the encoding has no such
        name, D006 when bytes are not of that encoding, D007 when the file is UTF-8 and
        another encoding is declared (it would be read without an error, and wrongly).
    """
    codec = _codec(encoding, shown)
    _check_is_text(path, codec, shown)
    if not codec.startswith("utf") and _unicode_content(path) == "utf-8":
        raise SourceError(
            "D007",
            _("This file is in UTF-8, not in the encoding declared."),
            where=place(shown),
            found="utf-8",
            expected=encoding,
            next_step=_("write “encoding: {encoding}” in dataset.yml").format(encoding="utf-8"),
        )
    try:
        with path.open(encoding="utf-8-sig" if codec == "utf-8" else codec, newline="") as stream:
            yield stream
    except UnicodeError as error:
        raise _undecodable(path, codec, shown) from error


def _codec(encoding: str, shown: str) -> str:
    try:
        return codecs.lookup(encoding).name
    except LookupError:
        raise SourceError(
            "D005",
            _("There is no encoding “{encoding}”.").format(encoding=encoding),
            where=place(shown, key="encoding"),
            expected=", ".join(_USUAL),
            next_step=near(encoding, _USUAL),
        ) from None


def _check_is_text(path: Path, codec: str, shown: str) -> None:
    with path.open("rb") as file:
        start = file.read(_SAMPLE_BYTES)
    if not start.strip():
        raise SourceError(
            "D003",
            _("This file is empty."),
            where=place(shown),
            expected=_("a header and at least one row"),
        )
    what = not_text(start)
    if what and not (codec.startswith(("utf-16", "utf-32")) and what == "binary"):
        raise SourceError(
            "D004",
            _("This file is not text."),
            where=place(shown),
            found=_("the bytes of another kind of file: {kind}").format(kind=what),
            expected=_("text, as the format declared"),
            next_step=_("correct “format” in dataset.yml, or export the file as CSV"),
        )


def not_text(start: bytes) -> str:
    """What kind of file begins with these bytes, when it isn't text; else nothing."""
    for signature, kind in _SIGNATURES:
        if start.startswith(signature):
            return kind
    marked = any(start.startswith(mark) for mark, _encoding in _MARKS)
    return "binary" if b"\0" in start and not marked else ""


def _unicode_content(path: Path) -> Literal["ascii", "utf-8", ""]:
    """``utf-8`` when every byte is valid and some are not ASCII: it is UTF-8, not chance."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    is_ascii = True
    with path.open("rb") as file:
        try:
            while chunk := file.read(_CHUNK_BYTES):
                is_ascii = is_ascii and chunk.isascii()
                decoder.decode(chunk)
            decoder.decode(b"", final=True)
        except UnicodeDecodeError:
            return ""
    return "ascii" if is_ascii else "utf-8"


def likely_encoding(data: bytes) -> str:
    """The encoding that these bytes are probably in; empty when nothing fits.

    A byte order mark decides; then valid UTF-8; then charset-normalizer, among the encodings
    that files in French come in.
    """
    from charset_normalizer import from_bytes  # loads its tables

    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return encoding
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        pass
    else:
        return "utf-8"
    beyond_ascii = [line for line in data.splitlines(keepends=True) if not line.isascii()]
    best = from_bytes(b"".join(beyond_ascii)[:_SAMPLE_BYTES], cp_isolation=_PLAUSIBLE).best()
    return best.encoding.replace("_", "-") if best else ""


def _undecodable(path: Path, codec: str, shown: str) -> SourceError:
    offset, line = _first_undecodable(path, codec)
    likely = _likely_of(path)
    if likely and codecs.lookup(likely).name == codec:
        likely = ""  # a stray byte, in a file that is otherwise as declared
    step = _("write “encoding: {encoding}” in dataset.yml").format(encoding=likely)
    return SourceError(
        "D006",
        _("This file is not in the encoding declared."),
        where=place(shown, line=line),
        found=_("byte {offset} cannot be read").format(offset=offset + 1)
        + (
            ", " + _("the file is probably in {encoding}").format(encoding=likely) if likely else ""
        ),
        expected=codec,
        next_step=step if likely else _("ask whoever made the file for its encoding"),
    )


def _first_undecodable(path: Path, codec: str) -> tuple[int, int]:
    """Where the first byte that is not of the encoding is: its place from 0, its line from 1."""
    decoder = codecs.getincrementaldecoder(codec)()
    fed, ends = 0, Counter[str]()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            state = decoder.getstate()
            pending = len(state[0])
            try:
                ends.update(_line_ends(decoder.decode(chunk)))
            except UnicodeDecodeError as error:
                before = max(0, error.start - pending)
                decoder.setstate(state)
                ends.update(_line_ends(decoder.decode(chunk[:before])))
                return fed - pending + error.start, _line(ends)
            except UnicodeError:  # UTF-16 without its byte order mark
                return 0, 1
            fed += len(chunk)
    return fed - len(decoder.getstate()[0]), _line(ends)


def _line_ends(text: str) -> dict[str, int]:
    return {end: text.count(end) for end in "\n\r"}


def _line(ends: Counter[str]) -> int:
    return (ends["\n"] or ends["\r"]) + 1


def _likely_of(path: Path) -> str:
    """As `likely_encoding`, of a file that may be larger than memory."""
    with path.open("rb") as file:
        start = file.read(4)
        if any(start.startswith(mark) for mark, _encoding in _MARKS):
            return likely_encoding(start)
        if _unicode_content(path):
            return "utf-8"
        file.seek(0)
        return likely_encoding(b"".join(_beyond_ascii(file))[:_SAMPLE_BYTES])


def _beyond_ascii(file: BinaryIO) -> Iterator[bytes]:
    """Lines of a file that are not ASCII, as many as a guess looks at."""
    rest, size = b"", 0
    while size < _SAMPLE_BYTES and (chunk := file.read(_CHUNK_BYTES)):
        lines = (rest + chunk).splitlines(keepends=True)
        rest = lines.pop()
        for line in lines:
            if not line.isascii():
                size += len(line)
                yield line
    if not rest.isascii():
        yield rest

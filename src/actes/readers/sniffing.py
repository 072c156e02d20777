"""Guess how a file is laid out: its format, encoding, delimiter, sheet and header rows.

In: a file nobody has described yet. Out: `Layout`, with the grounds of each guess.
Only here: guesses about files; `ingest` makes none.
"""

from __future__ import annotations

import io
from collections import Counter
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, Any

from actes.errors import SourceError, place
from actes.i18n import _
from actes.readers import columnar, delimited, documents, excel
from actes.readers.cells import header_names
from actes.readers.text import likely_encoding, not_text
from actes.readers.types import kind_of
from actes.specs.dataset import Dialect

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

__all__ = ["Layout", "layout_of"]

DELIMITERS = (",", ";", "\t", "|")
_SAMPLE_RECORDS = 1000
_DEEPEST_HEADER = 30
_FALLBACK = "iso8859-1"
"""Every byte is a character in it."""

_FORMATS = {
    ".tsv": "tsv",
    ".xlsx": "xlsx",
    ".xlsm": "xlsx",
    ".xls": "xlsx",
    ".ods": "xlsx",
    ".parquet": "parquet",
    ".json": "json",
    ".geojson": "geojson",
}


@dataclass(frozen=True, slots=True)
class Layout:
    """How a file is laid out.

    ``dialect`` holds only what differs from the defaults, under the descriptor's keys;
    ``grounds`` says, by key, why each was guessed.
    """

    format: str
    names: tuple[str, ...]
    encoding: str = "utf-8"
    dialect: dict[str, Any] = field(default_factory=dict)
    grounds: dict[str, str] = field(default_factory=dict)


def layout_of(path: Path) -> Layout:
    """Guess the layout of a file from its name and its content.

    Raises
    ------
    SourceError
        D001, D002 when it isn't a file, D003 when it is empty, D004 when its content is of no
        known format, D009 when nothing in it looks like a table.
    """
    shown = path.name
    data = _bytes(path, shown)
    kind = not_text(data)
    by_name = _FORMATS.get(path.suffix.lower(), "csv")
    if kind in ("xlsx", "xls") or by_name == "xlsx":
        return _workbook(path, shown)
    if kind == "parquet":
        return _parquet(path, shown)
    if kind:
        raise SourceError(
            "D004",
            _("This file is not text."),
            where=place(shown),
            found=_("the bytes of another kind of file: {kind}").format(kind=kind),
            expected="CSV, TSV, Excel, Parquet, JSON, GeoJSON",
        )
    encoding = _encoding(data)
    if by_name in ("json", "geojson"):
        return _document(path, encoding, shown)
    return _delimited(data.decode(encoding), encoding, shown)


def _bytes(path: Path, shown: str) -> bytes:
    if path.is_dir():
        raise SourceError(
            "D002", _("“{name}” is a folder.").format(name=shown), expected=_("a file")
        )
    if not path.is_file():
        raise SourceError("D001", _("This file does not exist."), where=place(path))
    data = path.read_bytes()
    if not data.strip():
        raise SourceError(
            "D003",
            _("This file is empty."),
            where=place(shown),
            expected=_("a header and at least one row"),
        )
    return data


def _encoding(data: bytes) -> str:
    encoding = likely_encoding(data) or _FALLBACK
    try:
        data.decode(encoding)
    except UnicodeDecodeError:
        return _FALLBACK
    return encoding


def _delimited(text: str, encoding: str, shown: str) -> Layout:
    found = {mark: _sampled(text.removeprefix("\ufeff"), mark, shown) for mark in DELIMITERS}
    delimiter = max(DELIMITERS, key=lambda mark: _regularity(found[mark]))
    if _regularity(found[delimiter]) == (0.0, 0):
        delimiter = next((mark for mark in DELIMITERS if mark not in text), ",")
    records = found[delimiter]
    header, names = _header([cells for _line, cells in records], shown)
    dialect: dict[str, Any] = {}
    grounds = {"encoding": _("from the bytes of the file")}
    if delimiter != ",":
        dialect["delimiter"] = delimiter
        grounds["delimiter"] = _("cuts the lines into the same number of cells")
    lines = [records[i][0] for i in header]
    _describe_header(lines, dialect, grounds)
    return Layout("csv", tuple(names), encoding, dialect, grounds)


def _sampled(text: str, delimiter: str, shown: str) -> list[tuple[int, list[str]]]:
    dialect = Dialect(header=False)
    stream = io.StringIO(text, newline="")
    try:
        return list(islice(delimited.records(stream, dialect, delimiter, shown), _SAMPLE_RECORDS))
    except SourceError:  # quotes that make no sense with this delimiter
        return []


def _regularity(records: list[tuple[int, list[str]]]) -> tuple[float, int]:
    """Share of the records that have the most frequent width, and that width; above 1 only.

    Nothing for a delimiter that would leave figures without a header under other lines: it is
    the decimal mark of a single column.
    """
    rows = [cells for _line, cells in records]
    widths = Counter(map(len, rows))
    if not widths:
        return (0.0, 0)
    width, n = max(widths.items(), key=lambda item: (item[1], item[0]))
    first = next(i for i, row in enumerate(rows) if len(row) == width)
    if width == 1 or (first and _looks_like_data(rows[first], rows[first + 1 :])):
        return (0.0, 0)
    return (n / widths.total(), width)


def _workbook(path: Path, shown: str) -> Layout:
    sheets = excel.sheet_names(path, shown)
    tables = {sheet: excel.sheet_rows(path, sheet) for sheet in sheets}
    sheet = max(sheets, key=lambda name: sum(c is not None for r in tables[name] for c in r))
    header, names = _header([["" if c is None else c for c in r] for r in tables[sheet]], shown)
    dialect: dict[str, Any] = {}
    grounds: dict[str, str] = {}
    if len(sheets) > 1:
        dialect["sheetName"] = sheet
        grounds["sheetName"] = _("the sheet that holds the most")
    _describe_header([i + 1 for i in header], dialect, grounds)
    return Layout("xlsx", tuple(names), dialect=dialect, grounds=grounds)


def _describe_header(lines: list[int], dialect: dict[str, Any], grounds: dict[str, str]) -> None:
    if not lines:
        dialect["header"] = False
        grounds["header"] = _("the first line looks like the ones below it: name the columns")
    elif lines != [1]:
        dialect["headerRows"] = lines
        grounds["headerRows"] = _("first line with a name above every column")


def _header(rows: Sequence[Sequence[Any]], shown: str) -> tuple[list[int], list[str]]:
    """Find the header: positions of its rows (none without a header), and the names."""
    width = _content_width(rows)
    if not width:
        raise SourceError("D009", _("Nothing in this file looks like a table."), where=place(shown))
    for last in range(min(len(rows), _DEEPEST_HEADER)):
        for first in (last - 1, last):
            if names := _names(rows, first, last, width):
                return list(range(first, last + 1)), names
    if _looks_like_data(rows[0], rows[1:]):
        return [], [_("column_{n}").format(n=i + 1) for i in range(width)]
    # names are missing or said twice: the caller refuses them in the reader's words
    first = next(i for i, row in enumerate(rows) if _trimmed(row) == width)
    return [first], header_names([rows[first]], " ")


def _names(rows: Sequence[Sequence[Any]], first: int, last: int, width: int) -> list[str]:
    """Names that the rows ``first`` to ``last`` give to every column; none if they don't."""
    if first < 0 or (last > first and not _is_over(rows[first])):
        return []
    names = header_names(rows[first : last + 1], " ")
    is_named = len(names) == width and all(names) and len(set(names)) == width
    return names if is_named and not _looks_like_data(rows[last], rows[last + 1 :]) else []


def _is_over(row: Sequence[Any]) -> bool:
    """True for a row of merged titles: several things in it, and blanks (one alone is a title)."""
    texts = [str(cell).strip() for cell in row]
    return len(list(filter(None, texts))) > 1 and not all(texts)


def _content_width(rows: Sequence[Sequence[Any]]) -> int:
    """Number of columns, those at the right that are always blank apart."""
    widths = [_trimmed(row) for row in rows]
    common = Counter(len(row) for row, n in zip(rows, widths, strict=True) if n).most_common(1)
    if not common:
        return 0
    return max(n for row, n in zip(rows, widths, strict=True) if len(row) == common[0][0])


def _trimmed(row: Sequence[Any]) -> int:
    return max((i for i, cell in enumerate(row, start=1) if str(cell).strip()), default=0)


_FIGURES = {"whole", "grouped", "decimal", "large", "date", "datetime"}


def _looks_like_data(row: Sequence[Any], body: Sequence[Sequence[Any]]) -> bool:
    """True when the row holds figures and no column is text there and figures below."""
    is_figure = [kind_of(cell) in _FIGURES for cell in row]
    if not any(is_figure):
        return False
    for column, figure in enumerate(is_figure):
        below = {kind_of(r[column]) for r in body if column < len(r)} - {"empty"}
        if not figure and below and below <= _FIGURES:
            return False
    return True


def _parquet(path: Path, shown: str) -> Layout:
    return Layout("parquet", tuple(columnar.column_names(path, shown)))


def _document(path: Path, encoding: str, shown: str) -> Layout:
    content = documents.parsed(path, encoding, shown)
    is_collection = isinstance(content, dict) and content.get("type") == "FeatureCollection"
    if is_collection:
        features = documents.records_under(content, "features", shown)
        records = [dict(feature.get("properties") or {}) for feature in features]
        grounds = {"format": _("a collection of features; declare a field “geometry” to keep it")}
        names = tuple(documents.columns_of(records))
        return Layout("geojson", names, encoding, grounds=grounds)
    key = None
    if isinstance(content, dict):
        key = next((k for k, v in content.items() if isinstance(v, list)), None)
    records = documents.records_under(content, key, shown)
    dialect = {"property": key} if key else {}
    grounds = {"property": _("the first key that holds a list")} if key else {}
    return Layout("json", tuple(documents.columns_of(records)), encoding, dialect, grounds)

"""Read CSV and TSV files of any encoding and dialect, keeping the line of every row.

In: a text file and its descriptor. Out: `Cells` of text.
Only here: delimiters, quotes, title lines, and lines with too many or too few cells.
"""

from __future__ import annotations

import csv
from array import array
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, TypeAlias

from actes.errors import SourceError, place
from actes.i18n import _, ngettext
from actes.readers.cells import Cells, Column, check_columns, header_names, listed, tidy
from actes.readers.text import opened

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from typing import TextIO

    import pyarrow as pa

    from actes.specs.dataset import DatasetSpec, Dialect

__all__ = ["chunks", "delimiter_of", "records"]

Record: TypeAlias = tuple[int, list[str]]
"""Line where it begins (1-based), and its cells."""

_BATCH_ROWS = 1 << 13
"""Rows held as Python lists at once: more would only give the garbage collector work."""

_LARGEST_CELL = 2**31 - 1


@dataclass(frozen=True, slots=True)
class _WrongWidths:
    """The lines that do not have as many cells as there are columns; not the cells."""

    lines: array[int] = field(default_factory=lambda: array("q"))
    widths: set[int] = field(default_factory=set)


def chunks(path: Path, spec: DatasetSpec, shown: str, n_rows: int) -> Iterator[Cells]:
    """Read a delimited file, ``n_rows`` rows at a time.

    Lines with nothing in them are not rows; nor are lines of blank cells at the end, nor blank
    cells beyond the last column. Any other difference in width is refused.

    Raises
    ------
    SourceError
        D003–D007 (see `text.opened`), D008 for quotes that do not close, D009 when there is no
        header where it is declared, D010–D012 for the columns; at the end, D013 for all the
        lines of another width.
    """
    delimiter = delimiter_of(spec)
    with opened(path, spec.encoding, shown) as stream:
        rows = records(stream, spec.dialect, delimiter, shown)
        names = _header(rows, spec, shown)
        check_columns(names, spec, shown)
        yield from _body(rows, names, shown, n_rows)


def delimiter_of(spec: DatasetSpec) -> str:
    """The delimiter declared; a tabulation for TSV unless another is declared."""
    declared = "delimiter" in spec.dialect.model_fields_set
    return "\t" if spec.format == "tsv" and not declared else spec.dialect.delimiter


def records(stream: TextIO, dialect: Dialect, delimiter: str, shown: str) -> Iterator[Record]:
    """Cut a text into records, from the first header line on.

    The lines above it are skipped as they stand: a title may hold a lone quote.
    """
    csv.field_size_limit(_LARGEST_CELL)  # boundaries in WKT pass the default limit
    skipped = min(dialect.header_rows) - 1 if dialect.header else 0
    for _line in range(skipped):
        stream.readline()
    reader = csv.reader(stream, delimiter=delimiter, quotechar=dialect.quote_char, strict=True)
    line = skipped + 1
    try:
        for cells in reader:
            if cells:
                yield line, cells
            line = skipped + reader.line_num + 1
    except csv.Error:
        raise SourceError(
            "D008",
            _("A quoted cell does not end as it should."),
            where=place(shown, line=line),
            found=_("a quote that is not closed, or text after the closing quote"),
            expected=_("quotes doubled inside a quoted cell; dialect.quoteChar as in the file"),
            next_step=_("correct the line, or dialect.quoteChar in dataset.yml"),
        ) from None


def _header(rows: Iterator[Record], spec: DatasetSpec, shown: str) -> list[str]:
    dialect = spec.dialect
    if not dialect.header:
        return [tidy(name) for name in spec.columns]
    wanted = sorted(dialect.header_rows)
    found: dict[int, list[str]] = {}
    while len(found) < len(wanted):
        line, cells = next(rows, (None, []))
        if line is None or line > wanted[-1]:
            raise SourceError(
                "D009",
                _("There is no header at the lines declared."),
                where=place(shown),
                found=_("nothing at lines: {lines}").format(
                    lines=listed([n for n in wanted if n not in found])
                ),
                expected=_("a header at lines: {lines}").format(lines=listed(wanted)),
                next_step=_("correct dialect.headerRows in dataset.yml"),
            )
        if line in wanted:
            found[line] = cells
    return header_names(list(found.values()), dialect.header_join)


def _body(rows: Iterator[Record], names: list[str], shown: str, n_rows: int) -> Iterator[Cells]:
    wrong = _WrongWidths()
    fitted = _fitted(rows, len(names), wrong)
    while len((cells := _taken(fitted, names, n_rows)).numbers):
        yield cells
    if wrong.lines:
        raise _wrong_width(wrong, len(names), shown)


def _taken(fitted: Iterator[Record], names: list[str], n_rows: int) -> Cells:
    """Take the next ``n_rows`` rows, or all that is left."""
    import pyarrow as pa  # heavy

    numbers = array("q")
    pieces: list[list[pa.Array]] = [[] for _name in names]
    while batch := list(islice(fitted, min(_BATCH_ROWS, n_rows - len(numbers)))):
        numbers.extend(line for line, _cells in batch)
        by_column = zip(*(cells for _line, cells in batch), strict=True)
        for piece, texts in zip(pieces, by_column, strict=True):
            piece.append(pa.array(texts, pa.string()))
    columns: dict[str, Column] = {
        name: pa.chunked_array(piece, pa.string())
        for name, piece in zip(names, pieces, strict=True)
    }
    return Cells(columns, numbers, "line")


def _fitted(rows: Iterator[Record], width: int, wrong: _WrongWidths) -> Iterator[Record]:
    """Rows of exactly ``width`` cells; the others go to ``wrong``.

    Blank rows are held back until a row that isn't blank follows: those at the end are layout.
    """
    held: list[Record] = []
    for line, cells in rows:
        is_blank = not (cells[0].strip() or "".join(cells).strip())
        if len(cells) > width and not "".join(cells[width:]).strip():
            del cells[width:]
        if is_blank:
            held.append((line, cells))
        elif len(cells) != width:
            wrong.lines.append(line)
            wrong.widths.add(len(cells))
        else:
            for blank_line, blanks in held:
                yield blank_line, (blanks + [""] * width)[:width]
            held.clear()
            yield line, cells


def _wrong_width(wrong: _WrongWidths, width: int, shown: str) -> SourceError:
    return SourceError(
        "D013",
        ngettext(
            "{n} line does not have as many cells as there are columns.",
            "{n} lines do not have as many cells as there are columns.",
            len(wrong.lines),
        ).format(n=len(wrong.lines)),
        where=place(shown),
        found=_("{widths} cells, at lines: {lines}").format(
            widths=listed(sorted(wrong.widths)), lines=listed(wrong.lines)
        ),
        expected=ngettext("{n} cell", "{n} cells", width).format(n=width),
        next_step=_(
            "look for a delimiter inside a cell without quotes, a line cut in two, "
            "or a note under the table; or correct dialect.delimiter in dataset.yml"
        ),
    )

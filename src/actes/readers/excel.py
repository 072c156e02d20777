"""Read a sheet of an Excel workbook, keeping the row number that Excel shows.

In: a workbook and its descriptor. Out: `Cells` of Python values.
Only here: sheets, merged headers of a sheet, and formulas without a result (in ``.xlsx`` and
``.xlsm``: in the older ``.xls`` and in ``.ods`` a cell in error cannot be told from a blank).
"""

from __future__ import annotations

import html
import re
import zipfile
from typing import TYPE_CHECKING, Any

from actes.errors import SourceError, place
from actes.i18n import _, ngettext
from actes.readers.cells import Cells, Column, check_columns, header_names, listed, tidy
from actes.specs.reading import near

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from actes.specs.dataset import DatasetSpec

__all__ = ["read", "sheet_names", "sheet_rows"]

_EXACT_INTEGER = 10**15
"""Excel keeps 15 digits: beyond, a whole number may not be the one that was typed."""

_CELL = re.compile(rb"<c\b([^>]*?)(?:/>|>(.*?)</c>)", re.DOTALL)
_REFERENCE = re.compile(rb'\br="([A-Z]+[0-9]+)"')
_SHEET = re.compile(r'<sheet\b[^>]*?\bname="([^"]*)"[^>]*?\br:id="([^"]*)"')
_TARGET = re.compile(r"<Relationship\b[^>]*>")


def read(path: Path, spec: DatasetSpec, shown: str) -> Cells:
    """Read the sheet declared, or the only one.

    Blank rows at the end and blank columns at the right are layout. A blank cell is missing.

    Raises
    ------
    SourceError
        D009–D012 for the header, D020 when it is not a readable workbook, D021 for the sheet,
        D022 for cells that hold an error or a formula that was never computed.
    """
    sheet = _sheet(sheet_names(path, shown), spec.dialect.sheet_name, shown)
    _check_computed(path, sheet, shown)
    rows = sheet_rows(path, sheet)
    while rows and _is_blank(rows[-1]):
        rows.pop()
    last = max(spec.dialect.header_rows) if spec.dialect.header else 0
    names = _header(rows, spec, shown)
    check_columns(names, spec, shown)
    width, body = len(names), rows[last:]
    _check_width(body, width, last, shown)
    columns: dict[str, Column] = {
        name: [row[i] if i < len(row) else None for row in body] for i, name in enumerate(names)
    }
    return Cells(columns, range(last + 1, last + 1 + len(body)), "row")


def sheet_names(path: Path, shown: str) -> list[str]:
    """Names of the sheets, in the workbook's order.

    Raises
    ------
    SourceError
        D020 when the file is not a workbook, is damaged, or is protected by a password.
    """
    import python_calamine  # heavy

    try:
        with path.open("rb") as file:
            return list(python_calamine.CalamineWorkbook.from_filelike(file).sheet_names)
    except (python_calamine.CalamineError, zipfile.BadZipFile) as error:
        protected = isinstance(error, python_calamine.PasswordError)
        raise SourceError(
            "D020",
            _("This workbook is protected by a password.")
            if protected
            else _("This file is not a workbook that can be read."),
            where=place(shown),
            expected=_("an Excel workbook (.xlsx, .xlsm, .xls) or OpenDocument (.ods)"),
            next_step=_("open it, and save a copy without a password")
            if protected
            else _("open it with a spreadsheet and save it again, or correct “format”"),
        ) from None


def sheet_rows(path: Path, sheet: str) -> list[list[Any]]:
    """Every row of a sheet from the first; blank cells are None."""
    import pandas as pd  # heavy

    with path.open("rb") as file:
        frame = pd.read_excel(
            file, sheet_name=sheet, header=None, dtype=object, na_filter=False, engine="calamine"
        )
    return [[_cell(v) for v in row] for row in frame.itertuples(index=False, name=None)]


def _cell(value: Any) -> Any:
    if value == "":
        return None
    if isinstance(value, int) and abs(value) >= _EXACT_INTEGER:
        return float(value)
    return value


def _is_blank(row: list[Any]) -> bool:
    return all(cell is None or (isinstance(cell, str) and not cell.strip()) for cell in row)


def _sheet(names: list[str], declared: str | None, shown: str) -> str:
    if declared is None and len(names) == 1:
        return names[0]
    if declared in names:
        return str(declared)
    raise SourceError(
        "D021",
        _("There is no sheet “{sheet}” in this workbook.").format(sheet=declared)
        if declared
        else _("This workbook has several sheets: say which one holds the table."),
        where=place(shown),
        expected=", ".join(names),
        next_step=near(declared or "", names) or _("write dialect.sheetName in dataset.yml"),
    )


def _header(rows: list[list[Any]], spec: DatasetSpec, shown: str) -> list[str]:
    dialect = spec.dialect
    if not dialect.header:
        return [tidy(name) for name in spec.columns]
    wanted = sorted(dialect.header_rows)
    found = [rows[n - 1] for n in wanted if n <= len(rows) and not _is_blank(rows[n - 1])]
    if len(found) < len(wanted):
        raise SourceError(
            "D009",
            _("There is no header at the lines declared."),
            where=place(shown),
            expected=_("a header at lines: {lines}").format(lines=listed(wanted)),
            next_step=_("correct dialect.headerRows in dataset.yml"),
        )
    texts = [["" if cell is None else str(cell) for cell in row] for row in found]
    return header_names(texts, dialect.header_join)


def _check_width(body: list[list[Any]], width: int, last: int, shown: str) -> None:
    beyond = [last + i for i, row in enumerate(body, start=1) if not _is_blank(row[width:])]
    if beyond:
        raise SourceError(
            "D013",
            _("Rows hold something beyond the last column that has a name."),
            where=place(shown),
            found=_("rows: {rows}").format(rows=listed(beyond)),
            expected=ngettext("{n} cell", "{n} cells", width).format(n=width),
            next_step=_("name that column, or empty those cells"),
        )


def _check_computed(path: Path, sheet: str, shown: str) -> None:
    """Refuse what readers of workbooks take for blanks: errors, formulas without a result."""
    cells = list(_uncomputed(path, sheet)) if zipfile.is_zipfile(path) else []
    if cells:
        raise SourceError(
            "D022",
            _("Cells hold an error, or a formula that was never computed."),
            where=place(shown),
            found=", ".join(cells[:10]) + (" …" if len(cells) > 10 else ""),
            expected=_("values"),
            next_step=_("open the workbook in a spreadsheet, correct these cells and save it"),
        )


def _uncomputed(path: Path, sheet: str) -> Iterator[str]:
    with zipfile.ZipFile(path) as archive:
        part = _part_of(archive, sheet)
        content = archive.read(part) if part in archive.namelist() else b""
    for cell in _CELL.finditer(content):
        attributes, inside = cell[1], cell[2] or b""
        is_error = b't="e"' in attributes
        is_pending = b"<f" in inside and re.search(rb"<v\b[^/>]*>[^<]|<is>", inside) is None
        # an empty text is a result: t="str" with an empty <v>
        if is_error or (is_pending and b't="str"' not in attributes):
            reference = _REFERENCE.search(attributes)
            yield reference[1].decode() if reference else "?"


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str:
    """Name, inside the workbook, of the part that holds ``sheet``; empty for OpenDocument."""
    if "xl/workbook.xml" not in archive.namelist():
        return ""
    book = archive.read("xl/workbook.xml").decode("utf-8")
    links = archive.read("xl/_rels/workbook.xml.rels").decode("utf-8")
    identifiers = {html.unescape(name): link for name, link in _SHEET.findall(book)}
    for relation in _TARGET.findall(links):
        attributes = dict(re.findall(r'(\w+)="([^"]*)"', relation))
        if attributes.get("Id") == identifiers.get(sheet):
            target = attributes["Target"]
            return target.lstrip("/") if target.startswith("/") else f"xl/{target}"
    return ""

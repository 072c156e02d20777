"""Write the figures behind a picture or a table as files that a reader can take away.

In: a result record (`actes.results`). Out: a CSV, and the same as an HTML table.
Only here: those two forms. The CSV is the standard one (comma, decimal point, UTF-8 with its
mark, CRLF): numbers as they were computed, days as YYYY-MM-DD, nothing for a missing value,
``< 5`` for a masked count. No cell of text can be taken for a formula by a spreadsheet.
"""

from __future__ import annotations

import csv
import io
import re
from html import escape
from typing import TYPE_CHECKING, Any

from actes.publish.words import spaced
from actes.results import formatted, is_masked

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["ROWS_SHOWN", "csv_text", "data_files", "table_html"]

_TEXTS = ("text", "month", "year")
_RIGHT = ' class="n"'
ROWS_SHOWN = 120
# A spreadsheet runs what begins so (OWASP, "CSV Injection"), whatever blank precedes it.
_FORMULA = re.compile(r"^\s*[=+\-@＝＋－＠|%]|^[\t\r\n]")


def data_files(stem: str, record: object, lang: str) -> dict[str, bytes]:
    """Give the two files of a record, by name; nothing for what is no record of ours.

    Parameters
    ----------
    stem
        Path of the CSV without ``.csv``.
    lang
        Language of the written numbers of the HTML table.
    """
    frame = _frame(record)
    if frame is None:
        return {}
    language = "fr" if lang.startswith("fr") else "en"
    return {
        f"{stem}.csv": csv_text(frame).encode("utf-8-sig"),
        f"{stem}.csv.html": table_html(frame, language).encode(),
    }


def _frame(record: object) -> Mapping[str, Any] | None:
    """Columns and rows of a record, when it has the form that a study gives it."""
    if not isinstance(record, dict):
        return None
    frame = record.get("data", record)
    try:
        columns, rows = frame["columns"], frame["rows"]
        for row in rows:
            for cell, column in zip(row, columns, strict=True):
                formatted(cell, column["format"], "en")
        titles = [str(column["title"]) for column in columns]
    except (KeyError, TypeError, ValueError, AttributeError):
        return None  # a notebook made by hand may hold anything under our name
    return frame if titles else None


def csv_text(frame: Mapping[str, Any]) -> str:
    """Write columns and rows as CSV."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    writer.writerow([_plain(column["title"]) for column in frame["columns"]])
    for row in frame["rows"]:
        writer.writerow([_plain(cell) for cell in row])
    return buffer.getvalue()


def _plain(cell: Any) -> Any:
    if is_masked(cell):
        return formatted(cell, "text", "en")
    if isinstance(cell, str) and _FORMULA.search(cell):
        return f"'{cell}"
    return cell


def table_html(frame: Mapping[str, Any], language: str) -> str:
    """Write the first `ROWS_SHOWN` rows as a table; a comment says how many, of how many."""
    columns, rows = frame["columns"], frame["rows"]
    heads = "".join(_head(each, language) for each in columns)
    body = "\n".join(_row(row, columns, language) for row in rows[:ROWS_SHOWN])
    shown = min(len(rows), ROWS_SHOWN)
    return (
        f"<!--{shown} {len(rows)}-->\n<table>\n<thead><tr>{heads}</tr></thead>\n"
        f"<tbody>\n{body}\n</tbody>\n</table>"
    )


def _head(column: Any, language: str) -> str:
    """Write a column's title, printed as pandoc prints those of a table."""
    side = "" if column["format"] in _TEXTS else _RIGHT
    title = spaced(str(column["title"]).replace("'", "\u2019"), language)
    return f'<th scope="col"{side}>{escape(title)}</th>'


def _row(row: Any, columns: Any, language: str) -> str:
    cells = []
    for position, (cell, column) in enumerate(zip(row, columns, strict=True)):
        text = escape(formatted(cell, column["format"], language))
        is_text = column["format"] in _TEXTS
        if position == 0 and is_text:
            cells.append(f'<th scope="row">{text}</th>')
        else:
            cells.append(f"<td>{text}</td>" if is_text else f"<td{_RIGHT}>{text}</td>")
    return f"<tr>{''.join(cells)}</tr>"

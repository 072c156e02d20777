"""Say what a study publishes as plain data, and print it for people.

In: tables, figures and values as records (JSON). Out: Markdown, text. The records travel in
the outputs of an executed notebook under `RESULT`; what the study began with, under `BEGIN`.

A table record::

    {"kind": "table", "name": "effets", "caption": "…",
     "columns": [{"name": "n", "title": "Nombre", "format": "integer", "is_count": true}, …],
     "rows": [[12, …], …]}

A figure record has ``alt`` and, under ``data``, the columns and rows behind it (its picture is
the output's SVG). A value record has ``value``, ``format`` and ``counts`` (those behind it).
A cell is a number, text, None (missing) or `masked`.
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any

from actes import numbers

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = [
    "BEGIN",
    "RESULT",
    "begun",
    "declared",
    "escaped",
    "formatted",
    "is_format",
    "is_masked",
    "markdown_table",
    "masked",
]

RESULT = "application/vnd.actes.result+json"
BEGIN = "application/vnd.actes.begin+json"


_FORMAT = re.compile(r"text|integer|year|month|p|(signed_)?percent:\d|decimal:\d|signed:\d")


def masked(below: int) -> dict[str, int]:
    """Stand in for a count that is too small to leave."""
    return {"masked_below": below}


def is_masked(cell: Any) -> bool:
    """True for what `masked` made."""
    return isinstance(cell, dict) and "masked_below" in cell


def is_format(how: str) -> bool:
    """True for a way of writing that `formatted` knows."""
    return _FORMAT.fullmatch(how) is not None


def formatted(cell: Any, how: str, language: str) -> str:
    """Write a cell the way its column asks, in ``fr`` or ``en``.

    Parameters
    ----------
    how
        ``text``, ``integer``, ``year`` (no thousands separator), ``month``, ``p``; or a number
        of decimals after ``decimal:``, ``percent:`` (of a share), ``signed:`` and
        ``signed_percent:`` (plus sign written).
    """
    if cell is None:
        return numbers.MISSING
    if is_masked(cell):
        return f"< {cell['masked_below']}" if cell["masked_below"] else "x"
    name, _colon, digits = how.partition(":")
    match name:
        case "integer":
            text = numbers.format_integer(cell, lang=language)
        case "decimal":
            text = numbers.format_decimal(cell, int(digits), lang=language)
        case "signed":
            text = numbers.format_signed(cell, int(digits), lang=language)
        case "percent":
            text = numbers.format_percent(cell, int(digits), lang=language)
        case "signed_percent":
            text = numbers.format_signed_percent(cell, int(digits), lang=language)
        case "p":
            text = numbers.format_p(cell, lang=language)
        case "month":
            text = numbers.format_month(date.fromisoformat(cell), lang=language)
        case _:
            text = str(cell)
    return text


def markdown_table(record: Mapping[str, Any], language: str) -> str:
    """Write a table record (or the figures behind a picture) as a pipe table."""
    columns = record["columns"]
    head = _row(column["title"] for column in columns)
    rule = _row(":---" if column["format"] == "text" else "---:" for column in columns)
    body = [
        _row(
            formatted(cell, column["format"], language)
            for cell, column in zip(row, columns, strict=True)
        )
        for row in record["rows"]
    ]
    return "\n".join([head, rule, *body]) + "\n"


def _row(cells: Iterator[str]) -> str:
    return "| " + " | ".join(escaped(cell) for cell in cells) + " |"


def escaped(text: str) -> str:
    r"""Keep text from being read as Markdown (``|``, ``*``, ``<``…)."""
    return "".join(f"\\{c}" if c in r"\`*_{}[]<>#|~^$@'\"" else c for c in text)


def begun(notebook: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what `study.begin` said in an executed notebook; None when it was not called."""
    return next((bundle[BEGIN] for bundle in _bundles(notebook) if BEGIN in bundle), None)


def declared(notebook: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield the records that an executed notebook declares, a figure's picture under ``svg``.

    A notebook's file keeps long text as a list of lines; a notebook in memory, as text.
    """
    for bundle in _bundles(notebook):
        if RESULT in bundle:
            record = dict(bundle[RESULT])
            if record["kind"] == "figure":
                svg = bundle["image/svg+xml"]
                record["svg"] = svg if isinstance(svg, str) else "".join(svg)
            yield record


def _bundles(notebook: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for cell in notebook["cells"]:
        outputs: Sequence[Mapping[str, Any]] = cell.get("outputs", ())
        for output in outputs:
            if "data" in output:
                yield output["data"]

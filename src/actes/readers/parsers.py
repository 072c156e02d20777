"""Read one cell as its declared type.

In: a field. Out: a function from a cell to a value of the type, or `ValueError`.
Only here: what each type accepts. A number is never made into text, so that a code keeps its
zeros; a decimal is never made into a whole number; a date is never given a time.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from actes.specs.dataset import FieldSpec

__all__ = ["EXACT_FLOAT", "SPACES", "Parser", "parser_of", "written"]

Parser: TypeAlias = "Callable[[Any], Any]"
"""Takes a cell that isn't missing; returns a value of the type or raises `ValueError`."""

SPACES = " \u00a0\u202f"
"""Blank, no-break and narrow no-break space: one of them as ``groupChar`` stands for all."""

EXACT_FLOAT = 10**15
"""Beyond it a whole number kept as a float (as Excel does) may not be the one typed in."""

_LARGEST_INTEGER = 2**63 - 1

_WHOLE = re.compile(r"[+-]?[0-9]+")
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ISO_DATETIME = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}"
    r"(:[0-9]{2}(\.[0-9]{1,6})?)?(Z|[+-][0-9]{2}:?[0-9]{2})?"
)
_YEAR = re.compile(r"[0-9]{4}")
_YEARMONTH = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])")


def parser_of(field: FieldSpec) -> Parser:
    """The function that reads one cell of ``field``."""
    return _PARSERS[field.type](field)


def written(cell: Any) -> str:
    """A cell that isn't text, as a descriptor would write it."""
    if isinstance(cell, float):
        if math.isnan(cell):
            return "NaN"
        return str(int(cell)) if math.isfinite(cell) and cell == int(cell) else repr(cell)
    return str(cell)


def _text_parser(_field: FieldSpec) -> Parser:
    return _text


def _text(cell: Any) -> str:
    if not isinstance(cell, str):
        raise ValueError
    return cell


def _integer_parser(field: FieldSpec) -> Parser:
    bare = _ungrouping(field)

    def parse(cell: Any) -> int:
        if isinstance(cell, str):
            text = bare(cell.strip())
            if not _WHOLE.fullmatch(text):
                raise ValueError
            value = int(text)
        else:
            value = _whole(cell)
        if abs(value) > _LARGEST_INTEGER:
            raise ValueError
        return value

    return parse


def _whole(cell: Any) -> int:
    """A number whose value is whole (files without text keep 5 as 5.0), else `ValueError`."""
    if isinstance(cell, bool) or not isinstance(cell, int | float | Decimal):
        raise ValueError
    if isinstance(cell, float) and not abs(cell) < EXACT_FLOAT:
        raise ValueError
    if cell != int(cell):
        raise ValueError
    return int(cell)


def _number_parser(field: FieldSpec) -> Parser:
    bare, mark = _ungrouping(field), re.escape(field.decimal_char)
    form = re.compile(rf"[+-]?([0-9]+({mark}[0-9]*)?|{mark}[0-9]+)([eE][+-]?[0-9]+)?")

    def parse(cell: Any) -> float:
        if isinstance(cell, str):
            text = bare(cell.strip())
            if not form.fullmatch(text):
                raise ValueError
            cell = text.replace(field.decimal_char, ".")
        elif isinstance(cell, bool) or not isinstance(cell, int | float | Decimal):
            raise ValueError
        value = float(cell)
        if not math.isfinite(value):
            raise ValueError
        return value

    return parse


def _ungrouping(field: FieldSpec) -> Callable[[str], str]:
    """Remove ``groupChar`` where it separates thousands; refuse it anywhere else."""
    if not field.group_char:
        return lambda text: text
    marks = SPACES if field.group_char in SPACES else re.escape(field.group_char)
    grouped = re.compile(rf"([+-]?[0-9]{{1,3}}(?:[{marks}][0-9]{{3}})+)(?![0-9])(.*)")
    separators = re.compile(f"[{marks}]")

    def bare(text: str) -> str:
        match = grouped.fullmatch(text)
        if not match:
            return text
        return separators.sub("", match[1]) + match[2]

    return bare


def _boolean_parser(field: FieldSpec) -> Parser:
    meanings = dict.fromkeys(field.true_values, True) | dict.fromkeys(field.false_values, False)

    def parse(cell: Any) -> bool:
        if isinstance(cell, bool):
            return cell
        text = cell.strip() if isinstance(cell, str) else written(cell)
        if text not in meanings:
            raise ValueError
        return meanings[text]

    return parse


def _date_parser(field: FieldSpec) -> Parser:
    def parse(cell: Any) -> dt.date:
        if isinstance(cell, dt.datetime):
            if cell.time() != dt.time():
                raise ValueError
            return cell.date()
        if isinstance(cell, dt.date):
            return cell
        text = _text(cell).strip()
        if field.format == "default":
            return dt.date.fromisoformat(_formed(text, _ISO_DATE))
        moment = _patterned(text, field.format)
        return moment.date()

    return parse


def _datetime_parser(field: FieldSpec) -> Parser:
    def parse(cell: Any) -> dt.datetime:
        if isinstance(cell, dt.datetime):
            return cell
        text = _text(cell).strip()
        if field.format == "default":
            return dt.datetime.fromisoformat(_formed(text, _ISO_DATETIME))
        return _patterned(text, field.format)

    return parse


def _yearmonth_parser(field: FieldSpec) -> Parser:
    def parse(cell: Any) -> str:
        text = _text(cell).strip()
        if field.format == "default":
            return _formed(text, _YEARMONTH)
        moment = _patterned(text, field.format)
        return f"{moment.year:04d}-{moment.month:02d}"

    return parse


def _year_parser(_field: FieldSpec) -> Parser:
    def parse(cell: Any) -> int:
        text = cell.strip() if isinstance(cell, str) else str(_whole(cell))
        return int(_formed(text, _YEAR))

    return parse


def _formed(text: str, form: re.Pattern[str]) -> str:
    if not form.fullmatch(text):
        raise ValueError
    return text


def _patterned(text: str, pattern: str) -> dt.datetime:
    # a pattern without a time zone gives a time without one, which is what is meant
    return dt.datetime.strptime(text, pattern)


_PARSERS: dict[str, Callable[[FieldSpec], Parser]] = {
    "string": _text_parser,
    "integer": _integer_parser,
    "number": _number_parser,
    "boolean": _boolean_parser,
    "date": _date_parser,
    "datetime": _datetime_parser,
    "year": _year_parser,
    "yearmonth": _yearmonth_parser,
}

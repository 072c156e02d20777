"""Give cells their declared type, or say exactly which cannot have it.

In: a column of cells and its field. Out: a typed Arrow array and the cells that refuse.
Only here: Arrow types, and the kinds of content that messages name in place of values.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from actes.i18n import _
from actes.readers.parsers import EXACT_FLOAT, SPACES, parser_of, written

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import numpy as np
    import numpy.typing as npt
    import pyarrow as pa

    from actes.readers.cells import Column
    from actes.specs.dataset import FieldSpec

__all__ = [
    "KINDS",
    "TypedColumn",
    "arrow_type",
    "distinct_cells",
    "is_missing",
    "kind_of",
    "read_column",
]

_ANY_DATE = re.compile(r"[0-9]{1,4}[-/.][0-9]{1,2}[-/.][0-9]{1,4}")
_ANY_DATETIME = re.compile(_ANY_DATE.pattern + r"[T ].*[0-9]{1,2}:[0-9]{2}.*")
_WHOLE = re.compile(r"[+-]?[0-9]+")
_GROUPED = re.compile(rf"[+-]?[0-9]{{1,3}}([{SPACES},.'][0-9]{{3}})+")
_DECIMAL = re.compile(rf"[+-]?[0-9{SPACES}]*[.,]?[0-9]+([eE][+-]?[0-9]+)?")


KINDS: dict[str, Callable[[], str]] = {
    "text": lambda: _("text"),
    "whole": lambda: _("whole number"),
    "large": lambda: _("whole number too large to be exact"),
    "grouped": lambda: _("number with separated thousands"),
    "decimal": lambda: _("decimal number"),
    "not a number": lambda: _("not a number, or infinity"),
    "date": lambda: _("date"),
    "datetime": lambda: _("date and time"),
    "offset": lambda: _("date and time whose offset from UTC is given, or not, unlike the others"),
    "time": lambda: _("time or duration"),
    "boolean": lambda: _("true or false"),
    "empty": lambda: _("empty"),
    "nested": lambda: _("list or keys and values"),
}
"""Kinds of content that messages name, in the reader's language. Never the content."""


@dataclass(frozen=True, slots=True)
class TypedColumn:
    """A column after reading.

    ``refused`` are the rows (0-based) whose cell isn't of the type (null in ``array``) and
    ``kinds`` what each holds instead, in the same order.
    """

    array: pa.Array
    refused: Sequence[int]
    kinds: Sequence[str]


def read_column(cells: Column, field: FieldSpec, missing: Sequence[str]) -> TypedColumn:
    """Read a column as its declared type.

    Each distinct cell is read once, whatever its number of rows.

    Parameters
    ----------
    missing
        Texts that stand for nothing (``missingValues``). Outer blanks do not count, except in
        a column of text, which is kept as it is.

    Notes
    -----
    Arrow types: string, int64, float64, bool, date32, timestamp in microseconds; a year is an
    int64, a ``yearmonth`` a string ``YYYY-MM``. Times that all have one offset from UTC keep it;
    those with several (summer and winter) are kept as instants in UTC.
    """
    import numpy as np  # heavy
    import pyarrow as pa  # heavy

    distinct, index = distinct_cells(cells)
    parse, absent = parser_of(field), frozenset(missing)
    values, bad = [], {}
    for position, cell in enumerate(distinct):
        try:
            values.append(None if is_missing(cell, field, absent) else parse(cell))
        except (ValueError, OverflowError):
            values.append(None)
            bad[position] = kind_of(cell)
    if field.type == "datetime":
        _refuse_mixed_offsets(values, bad)
    typed = pa.array(values, arrow_type(field, values)).take(pa.array(index))
    refused = np.flatnonzero(np.isin(index, list(bad))).tolist() if bad else []
    return TypedColumn(typed, refused, [bad[int(index[row])] for row in refused])


def distinct_cells(cells: Column) -> tuple[list[Any], npt.NDArray[np.int64]]:
    """Distinct cells, and for each row which of them it holds (True, 1 and 1.0 are three)."""
    import numpy as np  # heavy

    if isinstance(cells, list):
        seen: dict[tuple[str, Any], int] = {}
        keys = [(type(c).__name__, c if _is_hashable(c) else repr(c)) for c in cells]
        index = [seen.setdefault(key, len(seen)) for key in keys]
        firsts = {position: row for row, position in reversed(list(enumerate(index)))}
        return [cells[firsts[i]] for i in range(len(seen))], np.array(index, dtype=np.int64)
    encoded = cells.combine_chunks().dictionary_encode(null_encoding="encode")
    return encoded.dictionary.to_pylist(), encoded.indices.to_numpy().astype(np.int64)


def _is_hashable(cell: object) -> bool:
    return not isinstance(cell, (list, dict))


def is_missing(cell: Any, field: FieldSpec, missing: frozenset[str]) -> bool:
    """True for nothing at all, and for a cell written like one of ``missing``."""
    if cell is None:
        return True
    text = cell if isinstance(cell, str) else written(cell)
    return text in missing or (field.type != "string" and text.strip() in missing)


def arrow_type(field: FieldSpec, values: Sequence[Any] = ()) -> pa.DataType:
    """The Arrow type of a field; a date-time's offset is that of its values."""
    import pyarrow as pa  # heavy

    if field.type == "datetime":
        return pa.timestamp("us", _zone([v for v in values if v is not None]))
    types = {
        "string": pa.string(),
        "integer": pa.int64(),
        "number": pa.float64(),
        "boolean": pa.bool_(),
        "date": pa.date32(),
        "year": pa.int64(),
        "yearmonth": pa.string(),
    }
    return types[field.type]


def _zone(moments: Sequence[dt.datetime]) -> str | None:
    """Name of the zone of these times: theirs, or their common offset, or UTC; None without."""
    zones = {getattr(moment.tzinfo, "key", None) for moment in moments}
    if len(zones) == 1 and None not in zones:
        return str(zones.pop())
    offsets = {moment.utcoffset() for moment in moments}
    common = offsets.pop() if len(offsets) == 1 else dt.timedelta()
    if common is None or not moments:
        return None
    minutes = round(common.total_seconds() / 60)
    sign = "-" if minutes < 0 else "+"
    return f"{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}" if minutes else "UTC"


def _refuse_mixed_offsets(values: list[Any], bad: dict[int, str]) -> None:
    """Times with and without an offset are not one column: the fewer are refused."""
    aware = [i for i, v in enumerate(values) if v is not None and v.tzinfo is not None]
    naive = [i for i, v in enumerate(values) if v is not None and v.tzinfo is None]
    for position in min(aware, naive, key=len) if aware and naive else ():
        values[position] = None
        bad[position] = "offset"


def kind_of(cell: Any) -> str:
    """Name the kind of content a cell holds (a key of `KINDS`), never the content."""
    if isinstance(cell, str):
        return _kind_of_text(cell.strip())
    if isinstance(cell, float | Decimal):
        if not math.isfinite(cell):
            return "not a number"
        number = float(cell)
        if cell != int(cell):
            return "decimal"
        return "large" if abs(number) >= EXACT_FLOAT else "whole"
    kinds: tuple[tuple[type | tuple[type, ...], str], ...] = (
        (bool, "boolean"),
        (int, "whole"),
        (dt.datetime, "datetime"),
        (dt.date, "date"),
        ((dt.time, dt.timedelta), "time"),
        ((list, dict), "nested"),
    )
    return next((kind for base, kind in kinds if isinstance(cell, base)), "text")


def _kind_of_text(text: str) -> str:
    if not text:
        return "empty"
    forms = (
        (_WHOLE, "whole"),
        (_GROUPED, "grouped"),
        (_DECIMAL, "decimal"),
        (_ANY_DATE, "date"),
        (_ANY_DATETIME, "datetime"),
    )
    kind = next((kind for form, kind in forms if form.fullmatch(text)), "text")
    return "large" if kind == "whole" and len(text) > 18 else kind

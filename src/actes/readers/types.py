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
from typing import TYPE_CHECKING, Any, Literal

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
    "Clock",
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
class Clock:
    """What the times of a column have in common; two parts of one column add up.

    ``n_aware`` rows give their offset from UTC, ``n_naive`` don't.
    """

    zones: frozenset[str | None] = frozenset()
    offsets: frozenset[dt.timedelta | None] = frozenset()
    n_aware: int = 0
    n_naive: int = 0

    def __add__(self, other: Clock) -> Clock:
        return Clock(
            self.zones | other.zones,
            self.offsets | other.offsets,
            self.n_aware + other.n_aware,
            self.n_naive + other.n_naive,
        )

    @property
    def zone(self) -> str | None:
        """Name of their zone: theirs, or their common offset, or UTC; None without."""
        known = self.zones - {None}
        if len(self.zones) == 1 and known:
            return str(next(iter(known)))
        common = next(iter(self.offsets)) if len(self.offsets) == 1 else dt.timedelta()
        if common is None or not self.offsets:
            return None
        minutes = round(common.total_seconds() / 60)
        sign = "-" if minutes < 0 else "+"
        return f"{sign}{abs(minutes) // 60:02d}:{abs(minutes) % 60:02d}" if minutes else "UTC"

    @property
    def refused(self) -> Literal["aware", "naive"] | None:
        """Times with and without an offset are not one column: the fewer rows are refused."""
        if not self.n_aware or not self.n_naive:
            return None
        return "aware" if self.n_aware <= self.n_naive else "naive"

    def reads_like(self, other: Clock) -> bool:
        """True when both give one type to the column, and refuse the same cells."""
        return (self.zone, self.refused) == (other.zone, other.refused)


@dataclass(frozen=True, slots=True)
class TypedColumn:
    """A column, or a part of one, after reading.

    ``refused`` are the rows (0-based) whose cell isn't of the type (null in ``array``) and
    ``kinds`` what each holds instead, in the same order.
    """

    array: pa.Array
    refused: Sequence[int]
    kinds: Sequence[str]
    clock: Clock | None = None


def read_column(
    cells: Column, field: FieldSpec, missing: Sequence[str], clock: Clock | None = None
) -> TypedColumn:
    """Read a column, or a part of one, as its declared type.

    Each distinct cell is read once, whatever its number of rows.

    Parameters
    ----------
    missing
        Texts that stand for nothing (``missingValues``). Outer blanks do not count, except in
        a column of text, which is kept as it is.
    clock
        What the times of the whole column have in common, when this is a part of it.

    Notes
    -----
    Arrow types: string, int64, float64, bool, date32, timestamp in microseconds; a year is an
    int64, a ``yearmonth`` a string ``YYYY-MM``. Times that all have one offset from UTC keep it;
    those with several (summer and winter) are kept as instants in UTC.
    """
    import numpy as np  # heavy
    import pyarrow as pa  # heavy

    if field.type == "string" and not isinstance(cells, list) and pa.types.is_string(cells.type):
        return TypedColumn(_texts(cells, missing), [], [])
    distinct, index = distinct_cells(cells)
    parse, absent = parser_of(field), frozenset(missing)
    values, bad = [], {}
    for position, cell in enumerate(distinct):
        try:
            values.append(None if is_missing(cell, field, absent) else parse(cell))
        except (ValueError, OverflowError):
            values.append(None)
            bad[position] = kind_of(cell)
    found = _clock(values, index) if field.type == "datetime" else None
    agreed = clock or found
    if agreed is not None and agreed.refused:
        _refuse_offsets(values, bad, agreed)
    typed = pa.array(values, arrow_type(field, agreed)).take(pa.array(index))
    refused = np.flatnonzero(np.isin(index, list(bad))).tolist() if bad else []
    return TypedColumn(typed, refused, [bad[int(index[row])] for row in refused], found)


def _texts(cells: pa.ChunkedArray, missing: Sequence[str]) -> pa.Array:
    """Texts are kept as they are: nothing is to be read one by one."""
    import pyarrow as pa  # heavy
    from pyarrow import compute  # heavy

    texts = cells.combine_chunks()
    absent = compute.is_in(texts, value_set=pa.array(missing, pa.string()))
    return compute.if_else(absent, pa.scalar(None, pa.string()), texts)


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


def arrow_type(field: FieldSpec, clock: Clock | None = None) -> pa.DataType:
    """The Arrow type of a field; the zone of date-times is that of their clock."""
    import pyarrow as pa  # heavy

    if field.type == "datetime":
        return pa.timestamp("us", clock.zone if clock else None)
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


def _clock(values: list[Any], index: npt.NDArray[np.int64]) -> Clock:
    """What these times have in common; ``index`` says which of them each row holds."""
    import numpy as np  # heavy

    n_rows = np.bincount(index, minlength=len(values)).tolist()
    known = [(value, n) for value, n in zip(values, n_rows, strict=True) if value is not None]
    aware = sum(n for value, n in known if value.tzinfo is not None)
    return Clock(
        frozenset(getattr(value.tzinfo, "key", None) for value, _n in known),
        frozenset(value.utcoffset() for value, _n in known),
        aware,
        sum(n for _value, n in known) - aware,
    )


def _refuse_offsets(values: list[Any], bad: dict[int, str], clock: Clock) -> None:
    for position, value in enumerate(values):
        kind = "naive" if value is None or value.tzinfo is None else "aware"
        if value is not None and kind == clock.refused:
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

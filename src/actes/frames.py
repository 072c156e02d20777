"""Load what a study asks of a dataset, under the names of its roles: no other column, no other row.

In: a validated dataset, roles, filters. Out: a DataFrame.
Only here: how a filter on a role becomes one on columns, so that Parquet skips the row groups that
hold nothing of it.
"""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeAlias

from actes.errors import StudyError
from actes.i18n import _
from actes.specs.reading import near
from actes.specs.yaml_words import type_words

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    import pandas as pd
    from pyarrow import compute

    from actes.model import Dataset

    Expression: TypeAlias = compute.Expression

__all__ = ["Filter", "frame_of", "frequency_of"]

Filter: TypeAlias = tuple[str, str, Any]
"""A role, an operator, a value (several for ``in`` and ``not in``)."""

OPERATORS = ("==", "!=", "<", "<=", ">", ">=", "in", "not in")


def frame_of(dataset: Dataset, roles: Sequence[str], where: Sequence[Filter] = ()) -> pd.DataFrame:
    """Read the columns that play ``roles``, and the rows that every filter keeps.

    Parameters
    ----------
    where
        Filters. A date is compared as the start of its period, with a value written ``2024``,
        ``2024-03`` or ``2024-03-05`` (or a `datetime.date`). A missing cell passes no filter.

    Returns
    -------
    pandas.DataFrame
        A column for each role; ``date`` is a timestamp at the start of its period.

    Raises
    ------
    StudyError
        R025 when no column plays a role, R026 for a filter that cannot be applied.
    """
    import pandas as pd  # heavy

    spec = dataset.table.spec
    for role in (*roles, *(_parts(one)[0] for one in where)):
        _check_role(dataset, role)
    kept = [_kept(dataset, *_parts(one)) for one in where]
    condition = kept[0] if kept else None
    for other in kept[1:]:
        condition = condition & other
    columns = list(dict.fromkeys(column for role in roles for column in spec.columns_of(role)))
    raw = pd.read_parquet(dataset.table.path, columns=columns, filters=condition)
    frame = pd.DataFrame(index=raw.index)
    for role in roles:
        parts = [raw[column] for column in spec.columns_of(role)]
        frame[role] = _timestamps(parts) if role == "date" else parts[0]
    return frame


def frequency_of(dataset: Dataset) -> str:
    """``year``, ``month`` or ``day``: the precision of the role ``date``."""
    columns = dataset.table.spec.columns_of("date")
    kinds = {dataset.table.spec.field(column).type for column in columns}
    if len(columns) == 2 or kinds == {"yearmonth"}:
        return "month"
    return "day" if kinds & {"date", "datetime"} else "year"


def _timestamps(parts: list[pd.Series[Any]]) -> pd.Series[Any]:
    import pandas as pd  # heavy

    if len(parts) == 1 and not pd.api.types.is_integer_dtype(parts[0]):
        return pd.to_datetime(parts[0])
    year, month = parts[0], parts[1] if len(parts) > 1 else 1
    return pd.to_datetime(pd.DataFrame({"year": year, "month": month, "day": 1}))


def _check_role(dataset: Dataset, role: str) -> None:
    spec = dataset.table.spec
    if spec.columns_of(role):
        return
    raise StudyError(
        "R025",
        _("The study asks for a role that no column of “{name}” plays.").format(name=spec.name),
        found=role,
        expected=", ".join(spec.roles),
        next_step=near(role, spec.roles),
    )


def _parts(one: Any) -> tuple[str, str, Any]:
    if isinstance(one, tuple | list) and len(one) == 3:
        return str(one[0]), str(one[1]), one[2]
    raise _unusable(_("(role, operator, value)"), type_words(one))


def _unusable(expected: str, found: str) -> StudyError:
    return StudyError(
        "R026",
        _("A filter of “where” cannot be applied."),
        found=found,
        expected=expected,
        next_step=_('write it like ("group", "==", value), with a role of the dataset'),
    )


def _kept(dataset: Dataset, role: str, operator: str, value: Any) -> Expression:
    """The rows that one filter keeps."""
    if operator not in OPERATORS:
        raise _unusable(", ".join(OPERATORS), operator)
    is_list = isinstance(value, list | tuple | set | frozenset)
    if is_list != (operator in ("in", "not in")):
        raise _unusable(_("a list for “in” and “not in”, a single value for the others"), operator)
    read = _moment if role == "date" else _cell
    compared = _comparison(dataset, role)
    if not is_list:
        return compared(operator, read(dataset, role, value))
    return _among(compared, operator, [read(dataset, role, one) for one in value])


def _among(compared: Callable[[str, Any], Expression], operator: str, values: list[Any]) -> Any:
    from pyarrow import compute  # heavy

    one, joined = ("==", "or") if operator == "in" else ("!=", "and")
    found = compute.scalar(joined == "and")
    for value in values:
        each = compared(one, value)
        found = (found | each) if joined == "or" else (found & each)
    return found


@dataclass(frozen=True, slots=True)
class _Moment:
    """A period of the column's precision, and whether the value is exactly its start."""

    period: Any
    is_start: bool


def _comparison(dataset: Dataset, role: str) -> Callable[[str, Any], Expression]:
    from pyarrow import compute  # heavy

    columns = dataset.table.spec.columns_of(role)
    field = compute.field(columns[0])
    if role != "date":
        return lambda operator, value: _compared(field, operator, value)
    if len(columns) == 1:
        return lambda operator, moment: _compared_moment(field, operator, moment)
    months = field * 12 + compute.field(columns[1])

    def compared(operator: str, moment: _Moment) -> Expression:
        near_years = {">": ">=", ">=": ">=", "<": "<=", "<=": "<=", "==": "=="}.get(operator)
        exact = _compared_moment(months, operator, moment)
        # the year alone lets whole row groups be skipped
        year = (moment.period - 1) // 12
        return _compared(field, near_years, year) & exact if near_years else exact

    return compared


def _compared_moment(field: Expression, operator: str, moment: _Moment) -> Expression:
    from pyarrow import compute  # heavy

    if not moment.is_start:
        if operator in ("==", "!="):
            return compute.scalar(operator == "!=") & field.is_valid()
        operator = {">=": ">", "<": "<="}.get(operator, operator)
    return _compared(field, operator, moment.period)


def _compared(field: Expression, operator: str, value: Any) -> Expression:
    match operator:
        case "==":
            return field == value
        case "!=":
            return field != value
        case "<":
            return field < value
        case "<=":
            return field <= value
        case ">":
            return field > value
        case _:
            return field >= value


_CELLS: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "integer": (int,),
    "year": (int,),
    "number": (int, float),
    "boolean": (bool,),
    "yearmonth": (str,),
    "date": (dt.date,),
    "datetime": (dt.datetime,),
}


def _cell(dataset: Dataset, role: str, value: Any) -> Any:
    """A value as the column holds it."""
    kind = dataset.table.spec.field(dataset.table.spec.columns_of(role)[0]).type
    value = value.item() if hasattr(value, "item") else value  # numpy scalars
    is_of_it = isinstance(value, _CELLS[kind]) and isinstance(value, bool) == (kind == "boolean")
    if not is_of_it:
        expected = _("a value of the type {type}, for the role “{role}”")
        raise _unusable(expected.format(type=kind, role=role), type_words(value))
    return value


def _moment(dataset: Dataset, _role: str, value: Any) -> _Moment:
    """A date at the precision of the column."""
    at = _datetime(value)
    spec = dataset.table.spec
    columns = spec.columns_of("date")
    midnight = at == dt.datetime(at.year, at.month, at.day)
    if len(columns) == 2:
        return _Moment(at.year * 12 + at.month, midnight and at.day == 1)
    match spec.field(columns[0]).type:
        case "yearmonth":
            return _Moment(f"{at.year:04d}-{at.month:02d}", midnight and at.day == 1)
        case "date":
            return _Moment(at.date(), midnight)
        case "datetime":
            return _Moment(_zoned(dataset, columns[0], at), is_start=True)
        case _:
            return _Moment(at.year, midnight and (at.month, at.day) == (1, 1))


def _datetime(value: Any) -> dt.datetime:
    text = value.isoformat() if isinstance(value, dt.date) else str(value)
    try:
        return dt.datetime.fromisoformat(text + "-01" * (2 - min(text.count("-"), 2)))
    except ValueError:
        raise _unusable("2024 | 2024-03 | 2024-03-05", type_words(value)) from None


def _zoned(dataset: Dataset, column: str, at: dt.datetime) -> Any:
    """A clock's time in the column's zone."""
    import pandas as pd  # heavy
    from pyarrow import parquet  # heavy

    zone = parquet.read_schema(dataset.table.path).field(column).type.tz
    return pd.Timestamp(at).tz_localize(zone) if zone else at

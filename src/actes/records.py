"""Write a frame or a number as the record of a result.

In: a frame, a value, how their parts are named, written and counted. Out: plain data, as JSON can
hold it.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from actes import results
from actes.errors import StudyError
from actes.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    import pandas as pd

__all__ = ["plain_cell", "table_content", "value_content"]


def table_content(
    frame: pd.DataFrame,
    *,
    counts: Iterable[str],
    titles: Mapping[str, str],
    formats: Mapping[str, str],
    tolerances: Mapping[str, Mapping[str, float] | None],
) -> dict[str, Any]:
    """Write a frame as ``columns`` and ``rows`` (see `study.Study.table`).

    Raises
    ------
    StudyError
        R012 a column that isn't in the frame, R014 an unknown way of writing, E020 an unusable
        tolerance.
    """
    counted = set(counts)
    named = counted | set(titles) | set(formats) | set(tolerances)
    unknown = named - set(frame.columns)
    if unknown:
        raise StudyError(
            "R012",
            _("A table speaks of columns that it does not have."),
            found=", ".join(sorted(unknown)),
            expected=", ".join(map(str, frame.columns)),
        )
    _check_formats(formats.values())
    columns = [
        {
            "name": str(name),
            "title": titles.get(name, str(name)),
            "format": formats.get(name) or _default_format(frame[name]),
            "is_count": name in counted,
            **_tolerance(tolerances.get(name)),
        }
        for name in frame.columns
    ]
    rows = [[plain_cell(cell) for cell in row] for row in frame.itertuples(index=False, name=None)]
    return {"columns": columns, "rows": rows}


def value_content(
    value: float | str,
    *,
    how: str,
    counts: Iterable[int],
    tolerance: Mapping[str, float] | None,
) -> dict[str, Any]:
    """Write a single value, and the counts behind it (see `study.Study.value`).

    Raises
    ------
    StudyError
        R014 an unknown way of writing, E020 an unusable tolerance.
    """
    _check_formats([how])
    return {
        "value": plain_cell(value),
        "format": how,
        "counts": [int(count) for count in counts],
        **_tolerance(tolerance),
    }


def _check_formats(hows: Iterable[str]) -> None:
    unknown = [how for how in hows if not results.is_format(how)]
    if unknown:
        raise StudyError(
            "R014",
            _("A result asks to be written in an unknown way."),
            found=", ".join(unknown),
            expected="text, integer, year, month, p, decimal:2, percent:1, signed:1, "
            "signed_percent:1",
        )


def _tolerance(declared: Mapping[str, float] | None) -> dict[str, Any]:
    if declared is None:
        return {}
    try:
        checked = results.Tolerance.model_validate(dict(declared))
    except (ValidationError, TypeError, ValueError):
        raise StudyError(
            "E020",
            _("A result declares an unusable tolerance."),
            expected=_("{example}: numbers that are not below 0").format(
                example='{"relative": 1e-6, "absolute": 0.01}'
            ),
        ) from None
    return {"tolerance": checked.model_dump(mode="json")}


def _default_format(column: pd.Series[Any]) -> str:
    import pandas as pd  # heavy

    if pd.api.types.is_integer_dtype(column):
        return "integer"
    if pd.api.types.is_float_dtype(column):
        return "decimal:2"
    return "month" if pd.api.types.is_datetime64_any_dtype(column) else "text"


def plain_cell(cell: Any) -> Any:
    """Make a cell plain: numpy scalars unwrapped, dates ISO, missing and infinite None."""
    import pandas as pd  # heavy

    if hasattr(cell, "item"):
        cell = cell.item()
    if cell is None or cell is pd.NA or cell is pd.NaT:
        return None
    if isinstance(cell, float):
        return cell if math.isfinite(cell) else None
    if hasattr(cell, "isoformat"):
        return cell.isoformat()[:10]
    return cell if isinstance(cell, (bool, int)) else str(cell)

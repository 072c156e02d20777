"""Say which cells of a table refuse their declared type, without ever showing one.

In: the columns read, with their refused cells. Out: the error to raise, and the quarantine file's
content, where the values are, for the data's owner alone.
"""

from __future__ import annotations

import csv
import io
from collections import Counter
from typing import TYPE_CHECKING

from actes.errors import TableError, place
from actes.i18n import _, ngettext
from actes.readers.cells import listed
from actes.readers.types import KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping

    from actes.readers.cells import Cells, Unit
    from actes.readers.types import TypedColumn
    from actes.specs.dataset import DatasetSpec, FieldSpec

__all__ = ["quarantined", "rejection"]


def rejection(
    spec: DatasetSpec,
    cells: Cells,
    refused: Mapping[str, TypedColumn],
    *,
    shown: str,
    quarantine: str,
) -> TableError:
    """Build the error of a table that cannot be read.

    Parameters
    ----------
    refused
        Columns that have refused cells, by declared name.
    shown, quarantine
        How the message names the source, and the file where the values are.
    """
    n_cells = sum(len(column.refused) for column in refused.values())
    lines = [_column(spec.field(name), cells, column) for name, column in refused.items()]
    return TableError(
        "D100",
        ngettext(
            "{n} cell cannot be read as its declared type: the table is rejected as a whole.",
            "{n} cells cannot be read as their declared type: the table is rejected as a whole.",
            n_cells,
        ).format(n=n_cells),
        where=place(shown),
        found="\n    ".join(["", *lines]) if len(lines) > 1 else lines[0],
        expected=_("the types that dataset.yml declares; no value is guessed or dropped"),
        next_step=_(
            "see the values in {file} (for the data's owner alone), then correct the source, "
            "or the type or missingValues in dataset.yml"
        ).format(file=quarantine),
    )


def _column(field: FieldSpec, cells: Cells, column: TypedColumn) -> str:
    kinds = ", ".join(f"{KINDS[kind]()} × {n}" for kind, n in Counter(column.kinds).most_common())
    numbers = [cells.numbers[row] for row in column.refused]
    return _("column “{name}”, declared {type}: {kinds}; {places}").format(
        name=field.name, type=_declared(field), kinds=kinds, places=_places(cells.unit, numbers)
    )


def _declared(field: FieldSpec) -> str:
    """The type with what decides how it is written."""
    details = []
    if field.type == "number" and field.decimal_char != ".":
        details.append(f"decimalChar “{field.decimal_char}”")
    if field.group_char:
        details.append(f"groupChar “{field.group_char}”")
    if field.format != "default":
        details.append(f"format {field.format}")
    return field.type + (f" ({', '.join(details)})" if details else "")


def _places(unit: Unit, numbers: list[int]) -> str:
    match unit:
        case "line":
            text = ngettext("line {numbers}", "lines {numbers}", len(numbers))
        case "row":
            text = ngettext("row {numbers}", "rows {numbers}", len(numbers))
        case _:
            text = ngettext("record {numbers}", "records {numbers}", len(numbers))
    return text.format(numbers=listed(numbers))


def quarantined(cells: Cells, refused: Mapping[str, TypedColumn], source: Mapping[str, str]) -> str:
    """The refused cells as CSV: where, which column, what is there.

    Parameters
    ----------
    source
        The source's name of each column, by declared name.
    """
    found = sorted(
        (cells.numbers[row], name, str(_value(cells, source[name], row)))
        for name, column in refused.items()
        for row in column.refused
    )
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([cells.unit, "column", "value"])
    writer.writerows(found)
    return text.getvalue()


def _value(cells: Cells, name: str, row: int) -> object:
    column = cells.columns[name]
    return column[row] if isinstance(column, list) else column[row].as_py()

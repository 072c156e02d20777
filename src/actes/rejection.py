"""Say which cells of a table refuse their declared type, without ever showing one.

In: the parts of a table as they are read, with their refused cells. Out: the error to raise, and
the quarantine file, where the values are, for the data's owner alone.
"""

from __future__ import annotations

import csv
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from actes.errors import TableError, place
from actes.i18n import _, ngettext
from actes.readers.cells import FEW, listed
from actes.readers.types import KINDS

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from actes.readers.cells import Cells, Unit
    from actes.readers.types import TypedColumn
    from actes.specs.dataset import DatasetSpec, FieldSpec

__all__ = ["Refusals"]


@dataclass(slots=True)
class _Refused:
    """What one column refuses: how many cells, what they hold, the places of the first."""

    kinds: Counter[str] = field(default_factory=Counter)
    places: list[int] = field(default_factory=list)

    def add(self, places: list[int], kinds: list[str]) -> None:
        self.kinds.update(kinds)
        self.places += places[: FEW - len(self.places)]


class Refusals:
    """The refused cells of a table, gathered part by part.

    Parameters
    ----------
    quarantine
        Where their values are put; nothing is written while there is none.
    source
        The source's name of each column, by declared name.
    """

    def __init__(self, quarantine: Path, source: Mapping[str, str]) -> None:
        self._quarantine = quarantine
        self._source = source
        self._columns: dict[str, _Refused] = {}
        self._unit: Unit = "line"

    def __bool__(self) -> bool:
        return bool(self._columns)

    def add(self, cells: Cells, columns: Mapping[str, TypedColumn]) -> None:
        """Note what a part of the table refuses; parts come in the order of the source."""
        refused = {name: column for name, column in columns.items() if column.refused}
        if not refused:
            return
        found = []
        for name, column in refused.items():
            places = [cells.numbers[row] for row in column.refused]
            self._columns.setdefault(name, _Refused()).add(places, list(column.kinds))
            values = [_value(cells, self._source[name], row) for row in column.refused]
            found += [(p, name, str(v)) for p, v in zip(places, values, strict=True)]
        is_first = not self._quarantine.stat().st_size
        with self._quarantine.open("a", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            if is_first:
                file.write("\ufeff")
                writer.writerow([cells.unit, "column", "value"])
            writer.writerows(sorted(found))
        self._unit = cells.unit

    def error(self, spec: DatasetSpec, *, shown: str, quarantine: str) -> TableError:
        """Build the error of a table that cannot be read.

        Parameters
        ----------
        shown, quarantine
            How the message names the source, and the file where the values are.
        """
        n = sum(column.kinds.total() for column in self._columns.values())
        lines = [
            _said(field, self._columns[field.name], self._unit)
            for field in spec.data_schema.fields
            if field.name in self._columns
        ]
        return TableError(
            "D100",
            _rejected(n),
            where=place(shown),
            found="\n    ".join(["", *lines]) if len(lines) > 1 else lines[0],
            expected=_("the types that dataset.yml declares; no value is guessed or dropped"),
            next_step=_(
                "see the values in {file} (for the data's owner alone), then correct the source, "
                "or the type or missingValues in dataset.yml"
            ).format(file=quarantine),
        )


def _rejected(n: int) -> str:
    return ngettext(
        "{n} cell cannot be read as its declared type: the table is rejected as a whole.",
        "{n} cells cannot be read as their declared type: the table is rejected as a whole.",
        n,
    ).format(n=n)


def _said(field: FieldSpec, column: _Refused, unit: Unit) -> str:
    kinds = ", ".join(f"{KINDS[kind]()} × {n}" for kind, n in column.kinds.most_common())
    return _("column “{name}”, declared {type}: {kinds}; {places}").format(
        name=field.name,
        type=_declared(field),
        kinds=kinds,
        places=_places(unit, column.places, column.kinds.total()),
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


def _places(unit: Unit, numbers: list[int], total: int) -> str:
    match unit:
        case "line":
            text = ngettext("line {numbers}", "lines {numbers}", total)
        case "row":
            text = ngettext("row {numbers}", "rows {numbers}", total)
        case _:
            text = ngettext("record {numbers}", "records {numbers}", total)
    return text.format(numbers=listed(numbers, total))


def _value(cells: Cells, name: str, row: int) -> object:
    column = cells.columns[name]
    return column[row] if isinstance(column, list) else column[row].as_py()

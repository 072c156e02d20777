"""Hold what a source says, cell by cell, before any type is given to it.

In: nothing. Out: `Cells`, the same record for every family of files.
Only here: how a header is made of its rows and compared with the columns declared.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from actes.errors import SourceError, place
from actes.i18n import _
from actes.specs.reading import near

if TYPE_CHECKING:
    from collections.abc import Sequence

    import pyarrow as pa

    from actes.specs.dataset import DatasetSpec

__all__ = [
    "FEW",
    "Cells",
    "Column",
    "Unit",
    "check_columns",
    "check_names",
    "header_names",
    "joined",
    "listed",
    "tidy",
]

Column: TypeAlias = "pa.ChunkedArray | list[Any]"
"""One column as read: an Arrow array, or Python values when their types are mixed."""

Unit = Literal["line", "row", "record"]
"""What the numbers of a source count: lines of text, rows of a sheet, records."""

FEW = 10
"""How many lines a message names before it counts the others."""


@dataclass(frozen=True, slots=True)
class Cells:
    """The columns of a source, in its order, untyped.

    ``numbers[i]`` is where row ``i`` stands in the source: a 1-based line, sheet row or record.
    """

    columns: dict[str, Column]
    numbers: Sequence[int]
    unit: Unit


def joined(parts: Sequence[Cells]) -> Cells:
    """Put the parts of a source together again."""
    import pyarrow as pa  # heavy

    first = parts[0]
    if len(parts) == 1:
        return first
    columns: dict[str, Column] = {}
    for name in first.columns:
        pieces = [part.columns[name] for part in parts]
        arrays = [array for p in pieces if not isinstance(p, list) for array in p.chunks]
        if any(isinstance(piece, list) for piece in pieces):
            columns[name] = [cell for piece in pieces for cell in _as_list(piece)]
        else:
            columns[name] = pa.chunked_array(arrays)
    numbers = [number for part in parts for number in part.numbers]
    return Cells(columns, numbers, first.unit)


def _as_list(column: Column) -> list[Any]:
    return column if isinstance(column, list) else column.to_pylist()


def tidy(name: object) -> str:
    """A header cell as a name: outer blanks removed, inner blanks and line ends made one space."""
    return " ".join(str(name).split())


def header_names(rows: Sequence[Sequence[object]], join: str) -> list[str]:
    """Make one name a column out of header rows.

    A merged cell is written once, then blanks: it is carried to the right in every row but the
    last. Blank columns at the right end are not columns.

    Returns
    -------
    list of str
        One name a column, blank when a column inside the table has none.
    """
    width = max(map(len, rows))
    texts = [[tidy(cell) for cell in row] + [""] * (width - len(row)) for row in rows]
    above = [_carried(row) for row in texts[:-1]]
    names = [join.join(filter(None, parts)) for parts in zip(*above, texts[-1], strict=True)]
    while names and not texts[-1][len(names) - 1] and not any(r[len(names) - 1] for r in texts):
        names.pop()
    return names


def _carried(row: Sequence[str]) -> list[str]:
    carried, last = [], ""
    for text in row:
        last = text or last
        carried.append(last)
    return carried


def check_names(names: Sequence[str], shown: str) -> None:
    """Refuse columns without a name (D010), and two columns of one name (D011)."""
    blank = [i for i, name in enumerate(names, start=1) if not name]
    if blank:
        raise SourceError(
            "D010",
            _("Columns without a name: {places}.").format(places=listed(blank)),
            where=place(shown),
            expected=_("a name above every column that holds something"),
            next_step=_("name them in the file, or correct dialect.headerRows in dataset.yml"),
        )
    twice = [name for name, n in Counter(names).items() if n > 1]
    if twice:
        raise SourceError(
            "D011",
            _("Several columns have the same name: {names}.").format(names=", ".join(twice)),
            where=place(shown),
            expected=_("each name once"),
            next_step=_(
                "rename them in the file (or, for a header over several rows, "
                "give all of them in dialect.headerRows)"
            ),
        )


def check_columns(names: Sequence[str], spec: DatasetSpec, shown: str) -> None:
    """Refuse a header that is not the columns declared, each once, in any order.

    Raises
    ------
    SourceError
        D010 for a column without a name, D011 for two columns of one name, D012 for missing
        or unexpected columns.
    """
    check_names(names, shown)
    declared = {tidy(name): name for name in spec.columns}
    missing = [name for name in declared if name not in names]
    unexpected = [name for name in names if name not in declared]
    if not missing and not unexpected:
        return
    found = []
    if missing:
        found.append(_("missing: {names}").format(names=", ".join(missing)))
    is_header = len(missing) < len(declared)
    if unexpected and is_header:
        found.append(_("not declared: {names}").format(names=", ".join(unexpected)))
    hints = [f"{name}: {hint}" for name in missing if (hint := near(name, unexpected))]
    if not is_header:  # perhaps a row: what it holds is nobody else's business
        hints = []
        found.append(_("columns not declared: {n}").format(n=len(unexpected)))
    raise SourceError(
        "D012",
        _("The file's columns are not those that dataset.yml declares."),
        where=place(shown),
        found="; ".join(found),
        expected=", ".join(declared),
        next_step="; ".join(hints) or _("correct “schema.fields”, or dialect.headerRows"),
    )


def listed(numbers: Sequence[int], total: int | None = None) -> str:
    """The first ten numbers, then how many more there are (of ``total``, when not all given)."""
    text = ", ".join(map(str, numbers[:FEW]))
    more = (len(numbers) if total is None else total) - FEW
    return text + (" " + _("and {n} more").format(n=more) if more > 0 else "")

"""Say what a study publishes as plain data, and print it for people.

In: tables, figures and values as records (JSON). Out: Markdown, text. The records travel in
the outputs of an executed notebook under `mime.RESULT`; what the study began with, under
`mime.BEGIN`.

A table record::

    {"kind": "table", "name": "effets", "caption": "…",
     "columns": [{"name": "n", "title": "Nombre", "format": "integer", "is_count": true}, …],
     "rows": [[12, …], …]}

A figure record has ``alt`` and, under ``data``, the columns and rows behind it (its picture is
the output's SVG). A value record has ``value``, ``format`` and ``counts`` (those behind it).
A cell is a number, text, None (missing) or `masked`. A value or a column may carry the
``tolerance`` within which it is to be found again (`Tolerance`).
"""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING, Any, Literal, Self

from pydantic import Field, ValidationError, model_validator

from actes import numbers
from actes.errors import StudyError
from actes.i18n import _
from actes.mime import BEGIN, RESULT
from actes.specs.reading import Record

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = [
    "Tolerance",
    "as_prose",
    "begun",
    "declared",
    "escaped",
    "formatted",
    "is_format",
    "is_masked",
    "markdown_table",
    "masked",
    "published",
]

_MARKUP = r"\`*_{}[]<>#|~^$@&"
# What an engine would take for a mark that was left open (`:::`, `[^`, `{#`, `{{`, three backticks)
# is cut in two by a comment, which prints nothing.
_MARK = re.compile(r"(?<=::)(?=:)|(?<=\\\[)(?=\\\^)|(?<=\\\{)(?=\\[{#])|(?<=\\`\\`)(?=\\`)")
_NOTHING = "<!-- -->"
_FORMAT = r"^(text|integer|year|month|p|(signed_)?percent:\d|decimal:\d|signed:\d)$"

Cell = str | int | float | bool | None


class Tolerance(Record):
    """How far from the published number another execution may fall.

    ``relative`` is a share of the published number, ``absolute`` is in its unit; the wider of
    the two applies. The defaults allow for another order of floating-point additions, no more.
    """

    relative: float = Field(1e-9, ge=0, allow_inf_nan=False)
    absolute: float = Field(1e-12, ge=0, allow_inf_nan=False)


class ColumnRecord(Record):
    """One column of a table, or of the figures behind a picture."""

    name: str
    title: str
    format: str = Field(pattern=_FORMAT)
    is_count: bool
    tolerance: Tolerance | None = None


class FrameRecord(Record):
    """Columns and rows, every row as long as there are columns."""

    columns: tuple[ColumnRecord, ...]
    rows: tuple[tuple[Cell, ...], ...]

    @model_validator(mode="after")
    def _fits(self) -> Self:
        for row in self.rows:
            for cell, column in zip(row, self.columns, strict=True):
                formatted(cell, column.format, "en")
        return self


class TableRecord(FrameRecord):
    """A published table."""

    kind: Literal["table"]
    name: str
    caption: str


class FigureRecord(Record):
    """A published figure: what it shows in words, and the figures behind it."""

    kind: Literal["figure"]
    name: str
    caption: str
    alt: str = Field(min_length=1)
    data: FrameRecord


class ValueRecord(Record):
    """A published value and the counts behind it."""

    kind: Literal["value"]
    name: str
    caption: str
    value: Cell
    format: str = Field(pattern=_FORMAT)
    counts: tuple[int, ...]
    tolerance: Tolerance | None = None

    @model_validator(mode="after")
    def _fits(self) -> Self:
        formatted(self.value, self.format, "en")
        return self


KINDS: dict[str, type[Record]] = {
    "table": TableRecord,
    "figure": FigureRecord,
    "value": ValueRecord,
}


def masked(below: int) -> dict[str, int]:
    """Stand in for a count that is too small to leave."""
    return {"masked_below": below}


def is_masked(cell: Any) -> bool:
    """True for what `masked` made."""
    return isinstance(cell, dict) and "masked_below" in cell


def is_format(how: str) -> bool:
    """True for a way of writing that `formatted` knows."""
    return re.fullmatch(_FORMAT, how) is not None


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
    r"""Keep text from being read as Markdown (``|``, ``*``, ``<``…), its quotation marks too."""
    return _without_markup(text, _MARKUP + "'\"")


def as_prose(text: str) -> str:
    """Do the same for a sentence: its quotation marks and apostrophes become those of a printer."""
    return _without_markup(text, _MARKUP)


def _without_markup(text: str, signs: str) -> str:
    one_line = " ".join(text.split("\n"))
    written = "".join(f"\\{c}" if c in signs else c for c in one_line)
    return _MARK.sub(_NOTHING, written)


def begun(notebook: Mapping[str, Any]) -> dict[str, Any] | None:
    """Return what `study.begin` said in an executed notebook; None when it was not called."""
    return next((bundle[BEGIN] for bundle in _bundles(notebook) if BEGIN in bundle), None)


def declared(notebook: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Return the records that an executed notebook declares, a figure's picture under ``svg``.

    A notebook's file keeps long text as a list of lines; a notebook in memory, as text.

    Raises
    ------
    StudyError
        R006 when a record isn't exactly of the form that `study` gives it, or two bear one name.
    """
    records = [_checked(bundle) for bundle in _bundles(notebook) if RESULT in bundle]
    names = [record["name"] for record in records]
    twice = [name for name in names if names.count(name) > 1]
    if twice:
        raise _not_ours(_("two results called “{name}”").format(name=twice[0]))
    return records


def _checked(bundle: Mapping[str, Any]) -> dict[str, Any]:
    """Rebuild a record key by key, so that nothing undeclared travels with it."""
    record = bundle[RESULT]
    kind = record.get("kind") if isinstance(record, dict) else None
    if kind not in KINDS:
        raise _not_ours(_("a result that is no table, figure or value"))
    try:
        checked = _rebuilt(kind, record)
    except (ValidationError, TypeError, ValueError):
        raise _not_ours(
            _("a {kind} with other keys or cells than ours").format(kind=kind)
        ) from None
    if kind == "figure":
        svg = bundle.get("image/svg+xml", "")
        checked["svg"] = svg if isinstance(svg, str) else "".join(svg)
    return checked


def _rebuilt(kind: str, record: Mapping[str, Any]) -> dict[str, Any]:
    """Copy a record key by key (a tolerance that nobody declared is left out)."""
    return KINDS[kind].model_validate(record).model_dump(mode="json", exclude_defaults=True)


def published(record: Mapping[str, Any]) -> dict[str, Any]:
    """Check a record that was published: a declared one, some cells of which may be `masked`.

    Raises
    ------
    ValueError
        When it has another form; the message says nothing of its content.
    """
    kind = record.get("kind")
    if kind not in KINDS:
        raise ValueError("kind")
    bare = dict(record)
    if kind == "table":
        bare["rows"] = [[None if _is_mask(cell) else cell for cell in row] for row in bare["rows"]]
    rebuilt = _rebuilt(kind, bare)
    if kind == "table":
        rebuilt["rows"] = [list(row) for row in record["rows"]]
    return rebuilt


def _is_mask(cell: Any) -> bool:
    """True for exactly what `masked` makes."""
    below = cell.get("masked_below") if isinstance(cell, dict) and len(cell) == 1 else None
    return isinstance(below, int) and below >= 0


def _not_ours(found: str) -> StudyError:
    return StudyError(
        "R006",
        _("A notebook declares a result in another way than with its study."),
        found=found,
        next_step=_("declare it with table, figure or value of what begin(globals()) returns"),
    )


def _bundles(notebook: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for cell in notebook["cells"]:
        outputs: Sequence[Mapping[str, Any]] = cell.get("outputs", ())
        for output in outputs if cell["cell_type"] == "code" else ():
            if "data" in output:
                yield output["data"]

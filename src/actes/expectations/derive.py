"""Derive what is expected of a table from its descriptor.

In: `DatasetSpec`. Out: stock expectations of Great Expectations as plain data, in a fixed order,
with fixed identifiers; and the *control columns* that carry what no stock type can say.
Pure: the same descriptor gives the same expectations.

A control column holds 0 where its rule holds, anything else where it is broken, and nothing where
it has nothing to say; so one stock expectation, "between 0 and 0", serves all of them and a plain
Great Expectations session can evaluate them without Actes.
"""

from __future__ import annotations

import datetime as dt
import re
import uuid
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from actes.errors import SpecError, place
from actes.i18n import _
from actes.provenance import fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterator

    from actes.specs.dataset import Complete, DatasetSpec, FieldSpec, ForeignKey, Sums

__all__ = [
    "CONTROL_PREFIX",
    "DERIVED",
    "Control",
    "Expectation",
    "controls",
    "derive",
    "identifier",
    "is_derived",
]

Expectation = dict[str, Any]
"""``type``, ``kwargs``, ``meta``, ``severity`` and ``id``, as in a suite's JSON file."""

CONTROL_PREFIX = "controle_"
DERIVED = "derived"
"""Value of ``meta.actes`` on an expectation that follows from the descriptor."""

_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_DNS, "actes")

_Rule: TypeAlias = tuple[str, dict[str, Any], str]
"""A stock type, its arguments, the dotted key of the descriptor that it follows from."""

Kind = Literal["complete", "sums", "unmatched", "reference", "period"]

_MOMENTS = ("date", "datetime", "yearmonth")
"""Types that Great Expectations compares badly (text, a day with an hour, time zones)."""


@dataclass(frozen=True, slots=True)
class Control:
    """A column that `validate` adds to the table that Great Expectations reads.

    Attributes
    ----------
    kind
        ``complete``: on the first row of each combination of ``by``, how many of ``values`` it
        lacks. ``sums``: on the first row of each combination that both tables have, this sum
        minus the other. ``unmatched``: on the first row, how many combinations only one of the
        two tables has. ``reference``: on each row, 1 when its key isn't in the other table.
        ``period``: on each row, 1 when the moment isn't one of ``values`` or is outside
        ``minimum`` and ``maximum``.
    by
        Key columns of this table.
    measure
        Column that is counted or added up; empty when there is none.
    values
        Values that are awaited; empty when the rule lists none.
    other, other_by
        The table that it is compared with and its key columns; empty when there is none.
    minimum, maximum
        Bounds of a moment, ISO 8601; empty when there is none.
    """

    column: str
    kind: Kind
    by: tuple[str, ...]
    measure: str = ""
    values: tuple[str | int | float, ...] = ()
    other: str = ""
    other_by: tuple[str, ...] = ()
    minimum: str = ""
    maximum: str = ""


def derive(spec: DatasetSpec) -> list[Expectation]:
    """List the expectations that follow from a descriptor.

    Returns
    -------
    list
        The table's shape first, then its columns in order, its keys, its control columns.

    Raises
    ------
    SpecError
        V002 when a bound or a permitted value isn't of its column's type.
    """
    columns = [*spec.columns, *(control.column for control in controls(spec))]
    found: list[_Rule] = [
        ("expect_table_columns_to_match_ordered_list", {"column_list": columns}, "schema.fields"),
        ("expect_table_row_count_to_be_between", {"min_value": 1}, "schema"),
    ]
    for field in spec.data_schema.fields:
        found += _of_field(spec, field)
    found += _of_primary_key(spec)
    expectations = [_expectation(spec, kind, kwargs, {"from": key}) for kind, kwargs, key in found]
    return expectations + [_of_control(spec, control) for control in controls(spec)]


def controls(spec: DatasetSpec) -> tuple[Control, ...]:
    """List the control columns that the checks of a descriptor need, in order."""
    found = [_complete(check) for check in spec.checks.complete]
    for sums in spec.checks.sums:
        found += _sums(sums)
    found += [_reference(spec, key) for key in spec.data_schema.foreign_keys]
    found += [_period(spec, field) for field in spec.data_schema.fields if _has_period(field)]
    return tuple(found)


def is_derived(expectation: Expectation) -> bool:
    """True when the expectation says that it follows from the descriptor."""
    return bool((expectation.get("meta") or {}).get("actes") == DERIVED)


def identifier(*parts: Any) -> str:
    """Return the same UUID for the same plain data, on every machine."""
    return str(uuid.uuid5(_NAMESPACE, fingerprint(*parts)))


def _expectation(
    spec: DatasetSpec, kind: str, kwargs: dict[str, Any], meta: dict[str, Any]
) -> Expectation:
    meta = {"actes": DERIVED} | meta
    return {
        "id": identifier(spec.name, kind, kwargs, meta),
        "kwargs": kwargs,
        "meta": meta,
        "severity": "critical",
        "type": kind,
    }


def _of_field(spec: DatasetSpec, field: FieldSpec) -> Iterator[_Rule]:
    """Yield type, arguments and origin (dotted key) for one column's constraints."""
    limits, column = field.constraints, {"column": field.name}
    origin = f"schema.fields.{field.name}.constraints."
    if limits.required or field.name in spec.data_schema.primary_key:
        key = origin + "required" if limits.required else "schema.primaryKey"
        yield "expect_column_values_to_not_be_null", column, key
    if limits.unique:
        yield "expect_column_values_to_be_unique", column, origin + "unique"
    if limits.enum is not None and not _has_period(field):
        allowed = {"value_set": [_value(spec, field, value) for value in limits.enum]}
        yield "expect_column_values_to_be_in_set", column | allowed, origin + "enum"
    bounds = _bounds(limits.minimum, limits.maximum)
    if bounds and not _has_period(field):
        numbers = {key: _number(spec, field, bound) for key, bound in bounds.items()}
        yield "expect_column_values_to_be_between", column | numbers, origin + "minimum"
    if limits.pattern is not None:
        whole = {"regex": _whole(limits.pattern)}
        yield "expect_column_values_to_match_regex", column | whole, origin + "pattern"
    lengths = _bounds(limits.min_length, limits.max_length)
    if lengths:
        yield "expect_column_value_lengths_to_be_between", column | lengths, origin + "minLength"


def _whole(pattern: str) -> str:
    """Anchor a pattern: Table Schema means the whole cell, Great Expectations searches in it."""
    is_anchored = re.fullmatch(r"\^.*(?<!\\)\$", pattern) and "|" not in pattern
    return pattern if is_anchored else f"^(?:{pattern})$"


def _bounds(minimum: Any, maximum: Any) -> dict[str, Any]:
    both = {"max_value": maximum, "min_value": minimum}
    return {key: bound for key, bound in both.items() if bound is not None}


def _number(spec: DatasetSpec, field: FieldSpec, bound: float | str) -> float:
    try:
        return float(bound)
    except ValueError:
        raise _wrong(spec, field, _("a number")) from None


def _value(spec: DatasetSpec, field: FieldSpec, value: str | float) -> str | int | float | bool:
    """Write a permitted value as the column holds it."""
    try:
        match field.type:
            case "integer" | "year":
                return int(value)
            case "number":
                return float(value)
            case "boolean":
                return str(value) in field.true_values
            case _:
                return str(value)
    except ValueError:
        raise _wrong(spec, field, _("a number")) from None


def _wrong(spec: DatasetSpec, field: FieldSpec, expected: str) -> SpecError:
    return SpecError(
        "V002",
        _("A constraint of “{field}” is not of the field's type.").format(field=field.name),
        where=place(f"datasets/{spec.name}/dataset.yml", key=f"schema.fields.{field.name}"),
        expected=expected,
        next_step=_("correct minimum, maximum or enum under “constraints”"),
    )


def _of_primary_key(spec: DatasetSpec) -> list[_Rule]:
    key = spec.data_schema.primary_key
    if not key:
        return []
    if len(key) > 1:
        arguments = {"column_list": list(key)}
        return [("expect_compound_columns_to_be_unique", arguments, "schema.primaryKey")]
    if spec.field(key[0]).constraints.unique:
        return []
    return [("expect_column_values_to_be_unique", {"column": key[0]}, "schema.primaryKey")]


def _of_control(spec: DatasetSpec, control: Control) -> Expectation:
    kwargs = {"column": control.column, "max_value": 0.0, "min_value": 0.0}
    rule = {key: value for key, value in asdict(control).items() if value and key != "column"}
    listed = {key: list(v) if isinstance(v, tuple) else v for key, v in rule.items()}
    meta = {"control": listed, "notes": _note(control)}
    return _expectation(spec, "expect_column_values_to_be_between", kwargs, meta)


def _note(control: Control) -> str:
    """Explain a control column to a reader of Data Docs, whose pages are in English."""
    by = " × ".join(control.by)
    match control.kind:
        case "complete":
            return f"How many values of {control.measure} each combination {by} lacks."
        case "sums":
            return f"Sum of {control.measure} by {by}, minus the same sum in {control.other}."
        case "unmatched":
            return f"How many combinations {by} only one of this table and {control.other} has."
        case "reference":
            return f"1 where {by} is not in {control.other}."
        case "period":
            return f"1 where {by} is outside the permitted moments."


def _complete(check: Complete) -> Control:
    name = f"{CONTROL_PREFIX}manque_{check.over}_par_{'_'.join(check.by)}"
    return Control(name, "complete", check.by, measure=check.over, values=check.values)


def _sums(check: Sums) -> list[Control]:
    by = "_".join(check.by)
    name = f"{CONTROL_PREFIX}ecart_{check.measure}_par_{by}_{check.dataset}"
    gap = Control(name, "sums", check.by, check.measure, other=check.dataset, other_by=check.by)
    alone = f"{CONTROL_PREFIX}seuls_{check.measure}_par_{by}_{check.dataset}"
    return [gap, replace(gap, column=alone, kind="unmatched")]


def _reference(spec: DatasetSpec, key: ForeignKey) -> Control:
    other = key.reference.resource or spec.name
    name = f"{CONTROL_PREFIX}inconnu_{'_'.join(key.fields)}_{other}"
    return Control(name, "reference", key.fields, other=other, other_by=key.reference.fields)


def _has_period(field: FieldSpec) -> bool:
    limits = field.constraints
    limited = limits.minimum is not None or limits.maximum is not None or limits.enum is not None
    return field.type in _MOMENTS and limited


def _period(spec: DatasetSpec, field: FieldSpec) -> Control:
    limits = field.constraints
    bounds = [str(bound or "") for bound in (limits.minimum, limits.maximum)]
    values = tuple(str(value) for value in limits.enum or ())
    for moment in filter(None, (*bounds, *values)):
        try:
            dt.datetime.fromisoformat(moment + "-01" * (field.type == "yearmonth"))
        except ValueError:
            raise _wrong(spec, field, _("a date, year-month-day")) from None
    name = f"{CONTROL_PREFIX}periode_{field.name}"
    by = (field.name,)
    return Control(name, "period", by, values=values, minimum=bounds[0], maximum=bounds[1])

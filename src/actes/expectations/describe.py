"""Say in words, in the reader's language, what is expected of a dataset.

In: the descriptor, the owner's expectations. Out: one sentence per expectation, with its origin.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Literal

from actes.expectations.derive import derive
from actes.i18n import _, ngettext
from actes.numbers import format_decimal, format_integer, format_percent

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from actes.expectations.derive import Expectation
    from actes.specs.dataset import DatasetSpec

__all__ = ["Described", "between", "columns_of", "describe", "in_words"]

_YEARS = (1800, 2100)
"""Whole bounds that are read as years: they are written without a space."""


@dataclass(frozen=True, slots=True)
class Described:
    """One expectation as a person reads it.

    Attributes
    ----------
    kind
        Its stock type in Great Expectations.
    columns
        The columns that it looks at; empty for the whole table.
    origin
        ``derived`` from ``dataset.yml``, or added by the data's ``owner``.
    words
        One sentence in the reader's language, without the columns' names; a regular expression is
        between backticks.
    """

    kind: str
    columns: tuple[str, ...]
    origin: Literal["derived", "owner"]
    words: str


def describe(spec: DatasetSpec, owner: Iterable[Expectation]) -> tuple[Described, ...]:
    """List every expectation on a dataset, in words.

    Parameters
    ----------
    owner
        What the data's owner added: see `actes.store.owner_expectations`.
    """
    derived = [_described(expectation, "derived") for expectation in derive(spec)]
    return tuple(derived + [_described(expectation, "owner") for expectation in owner])


def _described(expectation: Expectation, origin: Literal["derived", "owner"]) -> Described:
    columns = columns_of(expectation)
    return Described(expectation["type"], columns, origin, in_words(expectation))


def columns_of(expectation: Expectation) -> tuple[str, ...]:
    """Columns that an expectation looks at; for a control column, those of its rule."""
    control = (expectation.get("meta") or {}).get("control")
    if control:
        return tuple(filter(None, [*control["by"], control.get("measure")]))
    kwargs = expectation.get("kwargs") or {}
    if expectation["type"].startswith("expect_table_"):
        return ()
    named = [kwargs.get("column"), kwargs.get("column_A"), kwargs.get("column_B")]
    return tuple(str(name) for name in [*named, *kwargs.get("column_list", ())] if name)


def in_words(expectation: Expectation) -> str:
    """Say one expectation, without its columns' names; an uncommon type gives its own name."""
    control = (expectation.get("meta") or {}).get("control")
    kwargs = expectation.get("kwargs") or {}
    if control:
        return _control(control)
    say = _WORDS.get(expectation["type"])
    words = say(kwargs) if say else expectation["type"].replace("_", " ")
    mostly, condition = kwargs.get("mostly"), kwargs.get("row_condition")
    if mostly not in (None, 1):
        words = _("{words} (for at least {share})").format(
            words=words, share=format_percent(mostly)
        )
    if condition:
        words = _("{words}, where {condition}").format(words=words, condition=_where(condition))
    return words


def _where(condition: dict[str, Any] | str) -> str:
    """Write a row condition, in either of the forms that Great Expectations stores."""
    if isinstance(condition, str):
        return condition
    if "conditions" in condition:
        joined = _(" and ") if condition.get("type") == "and" else _(" or ")
        return joined.join(_where(part) for part in condition["conditions"])
    sign = {"==": "=", "!=": "≠", ">=": "≥", "<=": "≤"}
    operator = str(condition.get("operator", ""))
    column = condition.get("column", {}).get("name", "")
    parameter = condition.get("parameter", "")
    is_as_it_is = isinstance(parameter, str | list) or _is_year(parameter)
    shown = parameter if is_as_it_is else _shown(parameter)
    return f"{column} {sign.get(operator, operator)} {shown}"


def _control(control: dict[str, Any]) -> str:
    by, other = " × ".join(control["by"]), control.get("other", "")
    match control["kind"]:
        case "complete":
            return ngettext(
                "each combination {by} has its {n} value of {over}",
                "each combination {by} has its {n} values of {over}",
                len(control["values"]),
            ).format(by=by, n=format_integer(len(control["values"])), over=control["measure"])
        case "sums":
            return _("adds up, by {by}, to the same as in {other}").format(by=by, other=other)
        case "unmatched":
            return _("the same combinations {by} as in {other}").format(by=by, other=other)
        case "reference":
            return _("exists in {other}").format(other=other)
        case _:
            kwargs = {"min_value": control.get("minimum"), "max_value": control.get("maximum")}
            is_bounded = any(kwargs.values())
            return between(kwargs) if is_bounded else _in_set({"value_set": control["values"]})


def between(kwargs: dict[str, Any], unit: Callable[[int], str] = lambda _n: "") -> str:
    """Say two bounds, or the only one that is there.

    Parameters
    ----------
    unit
        The word after the bounds, singular or plural; nothing by default.
    """
    low, high = kwargs.get("min_value"), kwargs.get("max_value")
    given = [bound for bound in (low, high) if bound is not None]
    show = "{:.0f}".format if not unit(2) and all(map(_is_year, given)) else _shown
    if low is not None and low == high:
        words = _("exactly {number}").format(number=show(low))
    elif low is not None and high is not None:
        words = _("between {low} and {high}").format(low=show(low), high=show(high))
    elif low is not None:
        words = _("at least {low}").format(low=show(low))
    else:
        words = _("at most {high}").format(high=show(high))
    last = high if high is not None else low
    return f"{words} {unit(int(last))}" if isinstance(last, int | float) and unit(2) else words


def _is_year(bound: Any) -> bool:
    if not isinstance(bound, int | float):
        return False
    return _YEARS[0] <= bound <= _YEARS[1] and bound == int(bound)


def _shown(bound: Any) -> str:
    """Write a bound: a date as it is, a number with its own decimals."""
    if not isinstance(bound, int | float):
        return str(bound)
    return format_decimal(bound, max(0, -int(Decimal(repr(bound)).normalize().as_tuple().exponent)))


def _in_set(kwargs: dict[str, Any]) -> str:
    allowed = kwargs.get("value_set") or ()
    return ngettext("the {n} permitted value", "one of {n} permitted values", len(allowed)).format(
        n=format_integer(len(allowed))
    )


_WORDS: dict[str, Callable[[dict[str, Any]], str]] = {
    "expect_column_mean_to_be_between": lambda k: _("mean {bounds}").format(bounds=between(k)),
    "expect_column_pair_values_a_to_be_greater_than_b": lambda _k: _("the first above the second"),
    "expect_column_pair_values_to_be_equal": lambda _k: _("equal on each row"),
    "expect_column_proportion_of_unique_values_to_be_between": lambda k: _(
        "share of distinct values {bounds}"
    ).format(bounds=between(k)),
    "expect_column_stdev_to_be_between": lambda k: _("standard deviation {bounds}").format(
        bounds=between(k)
    ),
    "expect_column_sum_to_be_between": lambda k: _("sum {bounds}").format(bounds=between(k)),
    "expect_column_unique_value_count_to_be_between": lambda k: between(
        k, lambda n: ngettext("distinct value", "distinct values", n)
    ),
    "expect_column_value_lengths_to_be_between": lambda k: between(
        k, lambda n: ngettext("character", "characters", n)
    ),
    "expect_column_values_to_be_between": between,
    "expect_column_values_to_be_in_set": _in_set,
    "expect_column_values_to_be_null": lambda _k: _("never filled in"),
    "expect_column_values_to_be_unique": lambda _k: _("never twice the same value"),
    "expect_column_values_to_match_regex": lambda k: _("of the form {pattern}").format(
        pattern=f"`{str(k.get('regex', '')).removeprefix('^(?:').removesuffix(')$')}`"
    ),
    "expect_column_values_to_not_be_null": lambda _k: _("always filled in"),
    "expect_compound_columns_to_be_unique": lambda _k: _("never twice the same combination"),
    "expect_multicolumn_sum_to_equal": lambda k: _("sum on each row: {total}").format(
        total=_shown(k.get("sum_total"))
    ),
    "expect_table_columns_to_match_ordered_list": lambda _k: _("the columns, in their order"),
    "expect_table_row_count_to_be_between": lambda k: between(
        k, lambda n: ngettext("row", "rows", n)
    ),
    "expect_table_row_count_to_equal": lambda k: ngettext(
        "{n} row", "{n} rows", int(k.get("value", 0))
    ).format(n=format_integer(k.get("value", 0))),
}

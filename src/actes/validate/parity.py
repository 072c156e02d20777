"""Say which expectations SQL answers exactly as the stock pandas engine does.

In: a type, its arguments, what each column holds. Out: yes or no; the columns that it needs.
Pure, and cautious: what is not known to be the same is left to pandas. `tests/test_engines.py`
holds this table against both engines.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["Holds", "is_same_in_sql", "needed_columns"]

Holds: TypeAlias = Literal["text", "whole", "number", "other"]
"""What a column holds, as far as comparing it with an argument is concerned."""

Columns: TypeAlias = "Mapping[str, Holds]"

_ARGUMENTS = {
    "column",
    "column_list",
    "column_set",
    "exact_match",
    "max_value",
    "min_value",
    "mostly",
    "regex",
    "strict_max",
    "strict_min",
    "value",
    "value_set",
}
"""Arguments that are tried; a row condition, say, is not one of them."""

_ALL_MISSING = {"ignore_row_if": "all_values_are_missing"}


def is_same_in_sql(kind: str, kwargs: Mapping[str, Any], columns: Columns) -> bool:
    """Tell whether an expectation may be evaluated in SQL.

    Parameters
    ----------
    kind
        Its stock type.
    columns
        What each column of the table holds.
    """
    given = {key for key, value in kwargs.items() if value is not None and key != "batch_id"}
    unknown = given - _ARGUMENTS - {k for k, v in _ALL_MISSING.items() if kwargs.get(k) == v}
    named = [kwargs.get("column"), *(kwargs.get("column_list") or ())]
    if unknown or kind not in _SAME:
        return False
    if not kind.startswith("expect_table_") and not {c for c in named if c} <= set(columns):
        return False
    return _SAME[kind](kwargs, columns)


def needed_columns(kwargs: Mapping[str, Any]) -> list[str] | None:
    """Columns that pandas must read for an expectation; None for all of them."""
    if kwargs.get("row_condition"):
        return None
    named = [kwargs.get(key) for key in ("column", "column_A", "column_B")]
    found = [str(name) for name in [*named, *(kwargs.get("column_list") or ())] if name]
    return found or None


def _always(_kwargs: Mapping[str, Any], _columns: Columns) -> bool:
    return True


def _on_text(kwargs: Mapping[str, Any], columns: Columns) -> bool:
    return columns[kwargs["column"]] == "text"


def _bounded(kwargs: Mapping[str, Any], columns: Columns) -> bool:
    bounds = [kwargs.get("min_value"), kwargs.get("max_value")]
    is_figures = columns[kwargs["column"]] in ("whole", "number")
    return is_figures and all(_is_number(bound) for bound in bounds if bound is not None)


def _listed(kwargs: Mapping[str, Any], columns: Columns) -> bool:
    """A list of the column's own type: pandas never takes “1” for 1, and databases do."""
    values = kwargs.get("value_set")
    if not isinstance(values, list) or not values:
        return False
    accepted: dict[str, Callable[[Any], bool]] = {
        "text": lambda value: isinstance(value, str),
        "whole": lambda value: isinstance(value, int) and not isinstance(value, bool),
        "number": _is_number,
        "other": lambda _value: False,
    }
    return all(map(accepted[columns[kwargs["column"]]], values))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


_SAME: dict[str, Callable[[Mapping[str, Any], Columns], bool]] = {
    "expect_column_unique_value_count_to_be_between": _always,
    "expect_column_value_lengths_to_be_between": _on_text,
    "expect_column_value_lengths_to_equal": _on_text,
    "expect_column_values_to_be_between": _bounded,
    "expect_column_values_to_be_in_set": _listed,
    "expect_column_values_to_be_null": _always,
    "expect_column_values_to_be_unique": _always,
    "expect_column_values_to_match_regex": _on_text,
    "expect_column_values_to_not_be_in_set": _listed,
    "expect_column_values_to_not_be_null": _always,
    "expect_column_values_to_not_match_regex": _on_text,
    "expect_compound_columns_to_be_unique": _always,
    "expect_table_column_count_to_be_between": _always,
    "expect_table_column_count_to_equal": _always,
    "expect_table_columns_to_match_ordered_list": _always,
    "expect_table_columns_to_match_set": _always,
    "expect_table_row_count_to_be_between": _always,
    "expect_table_row_count_to_equal": _always,
}
"""For each type, when SQL says the same. Means and deviations are absent: they are added up in
another order, and their last digits with them."""

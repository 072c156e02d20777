"""Refuse, by name, the expectations that would stop the run or show a row's value.

In: a suite's expectations. Out: nothing, or a message with file and position.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from actes.errors import SpecError, place
from actes.i18n import _
from actes.specs.reading import near
from actes.validate.checkpoint import quietly

if TYPE_CHECKING:
    from collections.abc import Iterable

    from actes.expectations import Expectation

__all__ = ["admit"]

_REVEALING = {
    "expect_column_distinct_values_to_be_in_set": "expect_column_values_to_be_in_set",
    "expect_column_distinct_values_to_contain_set": "expect_column_values_to_be_in_set",
    "expect_column_distinct_values_to_equal_set": "expect_column_values_to_be_in_set",
    "expect_column_kl_divergence_to_be_less_than": "expect_column_unique_value_count_to_be_between",
    "expect_column_max_to_be_between": "expect_column_values_to_be_between",
    "expect_column_median_to_be_between": "expect_column_mean_to_be_between",
    "expect_column_min_to_be_between": "expect_column_values_to_be_between",
    "expect_column_most_common_value_to_be_in_set": "expect_column_values_to_be_in_set",
    "expect_column_quantile_values_to_be_between": "expect_column_values_to_be_between",
}
"""Types whose result is a cell, whatever the result format says (tried with 1.24.1), and a type
to use in their place."""


def admit(expectations: Iterable[Expectation], *, shown: str) -> None:
    """Check that every expectation can be built and keeps the cells to itself.

    Parameters
    ----------
    shown
        How messages name the suite's file.

    Raises
    ------
    SpecError
        V004 for a type that does not exist, V005 for arguments that the type does not take,
        V007 for a type whose result shows a cell.
    """
    with quietly():
        from great_expectations.expectations.expectation_configuration import (
            ExpectationConfiguration,
        )
        from great_expectations.expectations.registry import (
            list_registered_expectation_implementations,
        )

        known = list_registered_expectation_implementations()
        for position, expectation in enumerate(expectations):
            where = place(shown, key=f"expectations[{position}]")
            kind = str(expectation["type"])
            if kind not in known:
                raise _unknown(kind, known, where)
            if kind in _REVEALING:
                raise _revealing(kind, where)
            try:
                ExpectationConfiguration(**expectation).to_domain_obj()
            except Exception as error:
                raise _refused(kind, error, where) from None


def _unknown(kind: str, known: list[str], where: str) -> SpecError:
    return SpecError(
        "V004",
        _("Great Expectations has no expectation of this type."),
        where=where,
        found=kind,
        next_step=near(kind, known),
    )


def _refused(kind: str, error: Exception, where: str) -> SpecError:
    mistakes: list[dict[str, Any]] = getattr(error, "errors", list)()
    named = ", ".join(".".join(map(str, mistake["loc"])) for mistake in mistakes)
    return SpecError(
        "V005",
        _("Great Expectations refuses the arguments of this expectation."),
        where=where,
        found=f"{kind} ({named})" if named else kind,
        next_step=_("correct its “kwargs”"),
    )


def _revealing(kind: str, where: str) -> SpecError:
    return SpecError(
        "V007",
        _("The result of this expectation would show values of the data."),
        where=where,
        found=kind,
        expected=_REVEALING[kind],
    )

"""Turn what Great Expectations found into findings: a code and counts, worded on reading.

In: results, the tallies of control columns. Out: one `Finding` per expectation that fails.
Pure. No row's value goes through: counts, columns, and what the descriptor itself lists.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from actes.expectations import columns_of, word
from actes.model import Finding

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from actes.validate.checkpoint import Result
    from actes.validate.controls import Tally

__all__ = ["findings_of"]

Coded = tuple[str, dict[str, Any]]
"""A code of `actes.expectations.failures` and its facts."""

_CODES = {
    "expect_column_value_lengths_to_be_between": "length",
    "expect_column_value_lengths_to_equal": "length",
    "expect_column_values_to_be_between": "range",
    "expect_column_values_to_be_in_set": "set",
    "expect_column_values_to_be_null": "not_null",
    "expect_column_values_to_be_unique": "unique",
    "expect_column_values_to_match_regex": "pattern",
    "expect_column_values_to_not_be_null": "null",
    "expect_compound_columns_to_be_unique": "key",
    "expect_table_columns_to_match_ordered_list": "columns",
}


def findings_of(
    name: str,
    results: Iterable[Result],
    *,
    order: Sequence[str],
    tallies: Mapping[str, Tally],
    columns: Iterable[str],
) -> tuple[Finding, ...]:
    """List what fails: what is derived in its order, then what the owner added.

    Parameters
    ----------
    name
        The dataset.
    order
        Identifiers of the expectations, as the suite lists them.
    tallies
        For each control column, what `with_controls` counted besides.
    columns
        Columns of the table that was validated, control columns included.
    """
    known = set(columns)
    failed = sorted((r for r in results if not r.is_met), key=lambda r: _rank(r, order))
    return tuple(_finding(name, result, tallies, known) for result in failed)


def _rank(result: Result, order: Sequence[str]) -> int:
    # Great Expectations answers in an order of its own.
    identifier = result.expectation.get("id")
    return order.index(identifier) if identifier in order else len(order)


def _finding(name: str, result: Result, tallies: Mapping[str, Tally], columns: set[str]) -> Finding:
    expectation = result.expectation
    control = (expectation.get("meta") or {}).get("control")
    if result.error:
        code, facts = _unevaluated(result, columns)
    elif control:
        code, facts = _controlled(result, control, tallies)
    else:
        code, facts = _counted(result)
    looked_at = " × ".join(columns_of(expectation))
    where = f"{name}: {looked_at}" if looked_at else name
    rule = f"checks.{control['kind']}" if control else expectation["type"]
    return Finding(rule, where, word(code, facts), code, facts)


def _controlled(result: Result, control: Mapping[str, Any], tallies: Mapping[str, Tally]) -> Coded:
    """Read a control column, whose failing rows are combinations, keys or moments."""
    tally = tallies.get(str(result.expectation["kwargs"]["column"]), {})
    named = {
        "by": " × ".join(control["by"]),
        "measure": control.get("measure", ""),
        "over": control.get("measure", ""),
        "other": control.get("other", ""),
    }
    return control["kind"], {"n": result.counts["unexpected_count"]} | named | dict(tally)


def _counted(result: Result) -> Coded:
    counts, expectation = result.counts, result.expectation
    kwargs = expectation.get("kwargs") or {}
    n, total = counts.get("unexpected_count"), counts.get("element_count")
    if n is not None and total is not None:
        facts: dict[str, Any] = {"n": int(n), "total": int(total)}
        bounds = {key: kwargs.get(key) for key in ("min_value", "max_value") if key in kwargs}
        by = {"by": " × ".join(columns_of(expectation))}
        return _CODES.get(expectation["type"], "value"), facts | bounds | by
    if expectation["type"] in _CODES:
        return _CODES[expectation["type"]], {}
    observed = counts.get("observed_value")
    if isinstance(observed, int | float) and not isinstance(observed, bool):
        told = {"type": expectation["type"], "kwargs": kwargs}
        return "aggregate", {"observed": observed, "expectation": told}
    return "value", {}


def _unevaluated(result: Result, columns: set[str]) -> Coded:
    """Say why an expectation could not be evaluated, as far as that can be known."""
    unknown = [c for c in columns_of(result.expectation) if c not in columns]
    if unknown:
        return "unevaluated", {"reason": "column", "what": unknown[0]}
    kwargs = result.expectation.get("kwargs") or {}
    patterns = [kwargs.get("regex"), *(kwargs.get("regex_list") or ())]
    if not all(_is_valid(pattern) for pattern in patterns if pattern):
        return "unevaluated", {"reason": "regex"}
    return "unevaluated", {"reason": "other", "what": result.error}


def _is_valid(pattern: str) -> bool:
    try:
        re.compile(pattern)
    except re.error:
        return False
    return True

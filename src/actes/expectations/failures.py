"""Word what an expectation found, in the reader's language.

In: a stable code and counts, as a cached verdict keeps them. Out: one sentence.
Only here: the sentences of verdicts. None of them holds a row's value: counts, names of columns,
and values that the descriptor itself lists.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from actes.expectations.describe import between, in_words
from actes.i18n import _, ngettext
from actes.numbers import format_decimal, format_integer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

__all__ = ["CODES", "word"]

Facts = dict[str, Any]

_SHOWN_LACKS = 6
"""How many of the lacking values a sentence names before it counts the rest."""


def word(code: str, facts: Mapping[str, Any]) -> str:
    """Say what failed.

    Parameters
    ----------
    code
        One of `CODES`; another one is said in general terms.
    facts
        Plain data: ``n`` things at fault among ``total``, and what the code needs besides.
    """
    return CODES.get(code, _value)(dict(facts))


def _counted(facts: Facts, singular: str, plural: str) -> str:
    """Fill a sentence that counts ``n`` among ``total``; both are written with thousands."""
    text = ngettext(singular, plural, facts["n"])
    numbers = {k: format_integer(v) for k, v in facts.items() if isinstance(v, int)}
    return text.format(**(facts | numbers))


def _null(facts: Facts) -> str:
    return _counted(facts, "{n} empty cell of {total}", "{n} empty cells of {total}")


def _not_null(facts: Facts) -> str:
    return _counted(
        facts,
        "{n} cell of {total} filled in that should be empty",
        "{n} cells of {total} filled in that should be empty",
    )


def _set(facts: Facts) -> str:
    return _counted(
        facts,
        "{n} value of {total} outside the permitted set",
        "{n} values of {total} outside the permitted set",
    )


def _range(facts: Facts) -> str:
    return _counted(
        facts | {"bounds": between(facts)},
        "{n} value of {total} outside the permitted range ({bounds})",
        "{n} values of {total} outside the permitted range ({bounds})",
    )


def _period(facts: Facts) -> str:
    is_bounded = facts.get("min_value") is not None or facts.get("max_value") is not None
    return _range(facts) if is_bounded else _set(facts)


def _pattern(facts: Facts) -> str:
    return _counted(
        facts,
        "{n} value of {total} not of the form awaited",
        "{n} values of {total} not of the form awaited",
    )


def _length(facts: Facts) -> str:
    return _counted(
        facts,
        "{n} value of {total} of another length than permitted",
        "{n} values of {total} of another length than permitted",
    )


def _unique(facts: Facts) -> str:
    return _counted(
        facts,
        "{n} row of {total} has a value that another row has",
        "{n} rows of {total} have a value that another row has",
    )


def _key(facts: Facts) -> str:
    return _counted(
        facts,
        "{n} row of {total} has a key {by} that another row has",
        "{n} rows of {total} have a key {by} that another row has",
    )


def _columns(facts: Facts) -> str:
    return _("the table's columns are not those of dataset.yml, in their order")


def _complete(facts: Facts) -> str:
    sentence = _counted(
        facts,
        "{n} combination {by} of {total} lacks some of its {awaited} values of {over}",
        "{n} combinations {by} of {total} lack some of their {awaited} values of {over}",
    )
    lacks = facts["lacks"]
    shown = [f"{value} ({format_integer(n)}×)" for value, n in lacks[:_SHOWN_LACKS]]
    rest = len(lacks) - len(shown)
    if rest:
        shown.append(ngettext("{n} other", "{n} others", rest).format(n=format_integer(rest)))
    return _("{sentence}; lacking: {values}").format(sentence=sentence, values=", ".join(shown))


def _sums(facts: Facts) -> str:
    return _counted(
        facts,
        "{n} sum of {measure} by {by} of {total} differs from the one in {other}",
        "{n} sums of {measure} by {by} of {total} differ from those in {other}",
    )


def _unmatched(facts: Facts) -> str:
    return _counted(
        facts,
        "{n} combination {by} is in only one of this table and {other}",
        "{n} combinations {by} are in only one of this table and {other}",
    )


def _reference(facts: Facts) -> str:
    return _counted(
        facts,
        "{n} row of {total} has a key {by} that does not exist in {other}",
        "{n} rows of {total} have a key {by} that does not exist in {other}",
    )


def _value(facts: Facts) -> str:
    if "n" not in facts:
        return _("the expectation does not hold")
    return _counted(
        facts,
        "the expectation does not hold for {n} row of {total}",
        "the expectation does not hold for {n} rows of {total}",
    )


def _aggregate(facts: Facts) -> str:
    observed = facts["observed"]
    is_whole = float(observed).is_integer()
    shown = format_integer(observed) if is_whole else format_decimal(observed, 3)
    return _("observed: {observed}; expected: {expected}").format(
        observed=shown, expected=in_words(facts["expectation"])
    )


def _unevaluated(facts: Facts) -> str:
    reasons = {
        "column": _("could not be evaluated: there is no column “{what}”"),
        "regex": _("could not be evaluated: the regular expression is not valid"),
    }
    reason = reasons.get(
        facts["reason"], _("could not be evaluated by Great Expectations ({what})")
    )
    return reason.format(what=facts.get("what", ""))


CODES: dict[str, Callable[[Facts], str]] = {
    "aggregate": _aggregate,
    "columns": _columns,
    "complete": _complete,
    "key": _key,
    "length": _length,
    "not_null": _not_null,
    "null": _null,
    "pattern": _pattern,
    "period": _period,
    "range": _range,
    "reference": _reference,
    "set": _set,
    "sums": _sums,
    "unevaluated": _unevaluated,
    "unique": _unique,
    "unmatched": _unmatched,
    "value": _value,
}
"""Every code that a verdict holds, and what says it."""

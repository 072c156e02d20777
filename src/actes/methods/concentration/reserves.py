"""Say what a concentration shows, and what must be known before believing it.

In: numbers of places and events, coefficients, shares. Out: `Caveat`s, sentences whose every
number is a result.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from actes.i18n import _, ngettext
from actes.methods.caveats import Caveat
from actes.numbers import format_decimal, format_integer, format_percent, format_signed

if TYPE_CHECKING:
    import pandas as pd

    from actes.methods.concentration.coefficient import Concentration, Estimate

__all__ = [
    "does_not_say",
    "place_caveats",
    "says",
    "size_caveats",
    "sparse_caveats",
    "year_caveats",
]

SPARSE = 5.0
"""Fewer events per place than this: the Gini coefficient owes much to chance."""

UNEQUAL_SIZES = 2.0
UNEQUAL_YEARS = 1.5
FEW_PLACES = 20


def sparse_caveats(
    n_places: int, n_events: int, *, is_generalised: bool, is_known: bool
) -> tuple[Caveat, ...]:
    """Reserves about how many places and events there are.

    Parameters
    ----------
    is_known
        Whether an interval could be told.
    """
    found = []
    if n_events < n_places and not is_generalised:
        text = _(
            "There are fewer events ({events}) than places ({places}): the ordinary coefficient "
            "is high even if no place counts two of them. Use the generalised one."
        )
        found.append(Caveat("more-places-than-events", _counted(text, n_places, n_events)))
    if n_events < SPARSE * n_places:
        text = _(
            "With {events} events on {places} places, chance alone makes some places stand out; "
            "and points moved to street corners by whoever published them pile up there."
        )
        found.append(Caveat("sparse", _counted(text, n_places, n_events)))
    if n_places < FEW_PLACES:
        text = _(
            "With {places} places the coefficient says little: each of them weighs on it, and the "
            "interval is too narrow."
        )
        found.append(Caveat("few-places", _counted(text, n_places, n_events)))
    if not is_known:
        text = _("Too few places count events for an interval to be told.")
        found.append(Caveat("no-interval", text))
    return tuple(found)


def _counted(text: str, n_places: int, n_events: int) -> str:
    return text.format(places=format_integer(n_places), events=format_integer(n_events))


def place_caveats(n_added: int, n_left_out: int, justification: str) -> tuple[Caveat, ...]:
    """Reserves about the places: zeros added because known elsewhere, zeros left out."""
    found = []
    if n_added:
        text = ngettext(
            "{n} known place is absent from the figures: it is counted as having no event.",
            "{n} known places are absent from the figures: they are counted as having no event.",
            n_added,
        )
        found.append(Caveat("zeros-added", text.format(n=n_added)))
    if justification:
        text = _(
            "Places without events are left out ({n}): the concentration is understated. Reason "
            "given: {reason}."
        )
        found.append(Caveat("zeros-left-out", text.format(n=n_left_out, reason=justification)))
    return tuple(found)


def year_caveats(
    n_before: int, n_after: int, n_apart: int, *, n_months: tuple[int, int] | None = None
) -> tuple[Caveat, ...]:
    """Reserves about the two years: events so unequal, places that exist in one only.

    Parameters
    ----------
    n_before, n_after
        Events of each year.
    n_apart
        Places that lack one of the years.
    n_months
        Months with figures in each year; None when the figures are yearly.
    """
    found = []
    if n_months is not None and n_months[0] != n_months[1]:
        text = _(
            "The years do not have the same months ({before} and {after}): compare complete years."
        )
        months = {"before": n_months[0], "after": n_months[1]}
        found.append(Caveat("different-months", text.format(**months)))
    few, many = sorted((n_before, n_after))
    if many > UNEQUAL_YEARS * max(few, 1):
        text = _(
            "The years count {before} and {after} events: with so different totals, part of the "
            "change in concentration is only a change in numbers."
        )
        numbers = {"before": format_integer(n_before), "after": format_integer(n_after)}
        found.append(Caveat("unequal-years", text.format(**numbers)))
    if n_apart:
        text = ngettext(
            "{n} place does not exist in both years: the change is that of the other places.",
            "{n} places do not exist in both years: the change is that of the other places.",
            n_apart,
        )
        found.append(Caveat("places-apart", text.format(n=n_apart)))
    return tuple(found)


def size_caveats(sizes: pd.Series[Any], n_unsized: int) -> tuple[Caveat, ...]:
    """Reserves about the places' sizes.

    Parameters
    ----------
    sizes
        Of the places that have one.
    n_unsized
        Places left out of the accuracy of the prediction for want of a size.
    """
    found = []
    ratio = float(sizes.max() / sizes.min()) if len(sizes) else math.nan
    if ratio > UNEQUAL_SIZES:
        text = _(
            "The places have very unequal sizes (the largest is {ratio} times the smallest): part "
            "of the concentration is only that. Compare with places of the same kind only."
        )
        found.append(Caveat("unequal-sizes", text.format(ratio=format_decimal(ratio, 0))))
    if n_unsized:
        text = ngettext(
            "{n} place has no known size: it is left out of the accuracy of the prediction.",
            "{n} places have no known size: they are left out of the accuracy of the prediction.",
            n_unsized,
        )
        found.append(Caveat("no-size", text.format(n=n_unsized)))
    return tuple(found)


def says(
    result: Concentration, *, n_half: int, change: Estimate | None, accuracy: pd.Series[Any] | None
) -> tuple[str, ...]:
    """Sentences about what the concentration shows, every number a result.

    Parameters
    ----------
    n_half
        Fewest places that hold half of the events.
    change
        Of the coefficient since the other year.
    accuracy
        One row of `prediction_accuracy`.
    """
    sentences = [_half(result, n_half), _coefficient(result)]
    if change is not None:
        sentences.append(_change(change))
    if accuracy is not None:
        sentences.append(_accuracy(accuracy))
    return tuple(sentences)


def _half(result: Concentration, n_half: int) -> str:
    text = ngettext(
        "{n} place of {places} ({share}) holds half of the {events} events.",
        "{n} places of {places} ({share}) hold half of the {events} events.",
        n_half,
    )
    return text.format(
        n=format_integer(n_half),
        places=format_integer(result.n_places),
        share=format_percent(n_half / result.n_places),
        events=format_integer(result.n_events),
    )


def _coefficient(result: Concentration) -> str:
    if math.isnan(result.gini.low):
        text = _("The Gini coefficient is {gini}; events falling at random would give {chance}.")
    else:
        text = _(
            "The Gini coefficient is {gini}, between {low} and {high}; events falling at random "
            "on equal places would give {chance}."
        )
    return text.format(
        gini=format_decimal(result.gini.estimate, 2),
        low=format_decimal(result.gini.low, 2),
        high=format_decimal(result.gini.high, 2),
        chance=format_decimal(result.by_chance, 2),
    )


def _change(change: Estimate) -> str:
    if change.low > 0:
        text = _(
            "Since the other year it changed by {change} ({low} to {high}): more concentrated."
        )
    elif change.high < 0:
        text = _(
            "Since the other year it changed by {change} ({low} to {high}): less concentrated."
        )
    else:
        text = _("Since the other year it changed by {change} ({low} to {high}): nothing clear.")
    return text.format(
        change=format_signed(change.estimate, 3),
        low=format_signed(change.low, 3),
        high=format_signed(change.high, 3),
    )


def _accuracy(accuracy: pd.Series[Any]) -> str:
    n_places = int(accuracy["n_places"])
    text = ngettext(
        "The {n} place that counted most per unit of surface the year before held {events} of the "
        "events on {size} of the surface: {pai} times its share (PAI), {pei} of the best possible "
        "(PEI).",
        "The {n} places that counted most per unit of surface the year before held {events} of the "
        "events on {size} of the surface: {pai} times their share (PAI), {pei} of the best "
        "possible (PEI).",
        n_places,
    )
    return text.format(
        n=n_places,
        events=format_percent(float(accuracy["share_events"]), 0),
        size=format_percent(float(accuracy["share_size"]), 0),
        pai=format_decimal(float(accuracy["pai"]), 1),
        pei=format_percent(float(accuracy["pei"]), 0),
    )


def does_not_say() -> tuple[str, ...]:
    """Sentences about what a concentration cannot show."""
    return (
        _(
            "It does not say why some places count more: their size, their residents and visitors, "
            "and how events are recorded have their part."
        ),
        _(
            "An unchanged coefficient does not mean that the same places are at the top: places "
            "may have exchanged their ranks."
        ),
        _(
            "It says nothing of places of another size: the same events look more concentrated on "
            "smaller places."
        ),
    )

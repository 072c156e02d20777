"""Say what a weighted displacement difference shows, and what must be known before believing it.

In: zones, differences. Out: `Caveat`s, sentences whose every number is a result.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from actes.i18n import _, ngettext
from actes.methods.caveats import Caveat
from actes.numbers import format_decimal, format_integer, format_p, format_percent, format_signed

if TYPE_CHECKING:
    from collections.abc import Mapping

    import pandas as pd

    from actes.methods.wdd.difference import Difference, DisplacementTest

__all__ = [
    "does_not_say",
    "earlier_caveats",
    "harm_caveats",
    "says",
    "zone_caveats",
    "zone_label",
]

FEW_EVENTS = 5
UNEQUAL_RATIO = 2.0
"""Beyond this ratio of their first counts, two zones can hardly move in parallel, in counts."""


def zone_label(zone: str) -> str:
    """Name a zone in the reader's language."""
    labels = {
        "treated": _("treated"),
        "control": _("control"),
        "treated-displacement": _("around the treated zone"),
        "control-displacement": _("around the control"),
    }
    return labels[zone]


def zone_caveats(
    zones: pd.DataFrame, expected: float, inflation: float, *, is_weighted: bool
) -> tuple[Caveat, ...]:
    """Reserves about the zones and about the method itself.

    Parameters
    ----------
    zones
        ``zone, before, after``.
    expected
        Treated count after, had the treated zone moved as the control did.
    is_weighted
        Whether the zones' sizes are already allowed for.
    """
    found = [
        *_few_caveats(zones),
        *_unequal_caveats(zones, is_weighted=is_weighted),
        *_spread_caveats(inflation),
    ]
    if expected < 0:
        text = _(
            "The control fell by more events than the treated zone had: had they moved in "
            "parallel, the treated count would be negative. Weigh the zones, or choose another "
            "control."
        )
        found.append(Caveat("negative-expected", text))
    if "treated-displacement" not in set(zones["zone"]):
        text = _(
            "No displacement zone is given: events that the operation pushed next door would pass "
            "for a success."
        )
        found.append(Caveat("displacement-unmeasured", text))
    text = _(
        "The control counts only if it was chosen before the second period was seen; chosen "
        "after, among several, it proves nothing."
    )
    return (*found, Caveat("choice-of-control", text))


def _few_caveats(zones: pd.DataFrame) -> tuple[Caveat, ...]:
    n_few = int((zones[["before", "after"]] < FEW_EVENTS).to_numpy().sum())
    if not n_few:
        return ()
    text = ngettext(
        "{n} count is below {few}: the normal law behind these intervals is not to be trusted "
        "there. Compare the counts with an exact test as well.",
        "{n} counts are below {few}: the normal law behind these intervals is not to be trusted "
        "there. Compare the counts with an exact test as well.",
        n_few,
    )
    return (Caveat("few-events", text.format(n=n_few, few=FEW_EVENTS)),)


def _unequal_caveats(zones: pd.DataFrame, *, is_weighted: bool) -> tuple[Caveat, ...]:
    first = zones.set_index("zone")["before"].to_dict()
    smallest, largest = sorted((first["treated"], first["control"]))
    if is_weighted or largest <= UNEQUAL_RATIO * max(smallest, 1):
        return ()
    text = _(
        "The treated zone and its control counted {treated} and {control} events before: zones of "
        "such unequal sizes seldom move by the same number of events. Weigh the zones, or study "
        "the series."
    )
    counts = {name: format_integer(int(first[name])) for name in ("treated", "control")}
    return (Caveat("unequal-zones", text.format(**counts)),)


def _spread_caveats(inflation: float) -> tuple[Caveat, ...]:
    if inflation <= 1:
        return ()
    text = _(
        "The areas outside the study varied more between the two periods than chance alone would "
        "make them (variance {inflation} times as large): standard errors and intervals are "
        "widened {root} times."
    )
    numbers = {
        "inflation": format_decimal(inflation, 1),
        "root": format_decimal(inflation**0.5, 1),
    }
    return (Caveat("overdispersed", text.format(**numbers)),)


def harm_caveats(shares: Mapping[str, float]) -> tuple[Caveat, ...]:
    """Reserve about weights of gravity: which offence the uncertainty comes from.

    Parameters
    ----------
    shares
        Share of the variance of the sum, by offence.
    """
    heaviest = max(shares, key=lambda name: shares[name])
    text = _(
        "The weights of gravity are a choice, not a measure; “{name}” alone makes {share} of the "
        "uncertainty of the sum."
    )
    share = format_percent(float(shares[heaviest]), 0)
    return (Caveat("harm-weights", text.format(name=heaviest, share=share)),)


def earlier_caveats(earlier: pd.DataFrame) -> tuple[Caveat, ...]:
    """Reserve about the earlier years: whether the zones moved in parallel then."""
    n, n_beyond = len(earlier), int(earlier["is_beyond"].sum())
    if not n:
        text = _(
            "No earlier pair of years can be compared: nothing shows that the treated zone and its "
            "control moved in parallel before."
        )
        return (Caveat("parallel-unchecked", text),)
    if n_beyond:
        text = ngettext(
            "In {beyond} of {n} earlier pair of years, the same calculation goes beyond its "
            "interval although the operation did not exist: the control does not follow the "
            "treated zone well.",
            "In {beyond} of {n} earlier pairs of years, the same calculation goes beyond its "
            "interval although the operation did not exist: the control does not follow the "
            "treated zone well.",
            n,
        )
        return (Caveat("not-parallel", text.format(beyond=n_beyond, n=n)),)
    text = ngettext(
        "In the {n} earlier pair of years that can be compared, the same calculation finds "
        "nothing, as it should.",
        "In the {n} earlier pairs of years that can be compared, the same calculation finds "
        "nothing, as it should.",
        n,
    )
    return (Caveat("parallel-before", text.format(n=n)),)


def says(test: DisplacementTest) -> tuple[str, ...]:
    """Sentences about what the differences show, every number a result."""
    sentences = [_verdict(_("Where the operation took place"), test.local)]
    if test.displacement is not None:
        sentences.append(_verdict(_("Around it"), test.displacement))
        sentences.append(_verdict(_("All in all, displacement counted"), test.total))
    return tuple(sentences)


def _verdict(where: str, difference: Difference) -> str:
    numbers = {
        "where": where,
        "estimate": format_signed(difference.estimate, 0),
        "low": format_signed(difference.low, 0),
        "high": format_signed(difference.high, 0),
        "p": format_p(difference.p),
    }
    if not difference.is_beyond_chance:
        text = _(
            "{where}, the difference with the control is {estimate} events, between {low} and "
            "{high} (p: {p}): it cannot be told from ordinary variation."
        )
    else:
        text = _(
            "{where}, the difference with the control is {estimate} events, between {low} and "
            "{high} (p: {p}): more than ordinary variation explains."
        )
    return text.format(**numbers)


def does_not_say(test: DisplacementTest) -> tuple[str, ...]:
    """Sentences about what the differences cannot show."""
    power = _(
        "A difference smaller than {n} events would not have been found four times in five: "
        "finding nothing is not finding that there was nothing."
    )
    return (
        power.format(n=format_integer(test.total.detectable)),
        _(
            "It does not say that the operation is the cause: all that happened in one zone only "
            "is mixed with it."
        ),
        _(
            "It does not say how long the effect lasts, nor whether events moved further than the "
            "displacement zone."
        ),
    )

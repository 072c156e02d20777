"""Say what a number of positions gives, and what must be known before relying on it.

In: `Demand`, `Staffing`. Out: `Caveat`s, sentences whose every number is a result.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from actes.i18n import _, ngettext
from actes.methods.caveats import Caveat
from actes.numbers import format_decimal, format_integer, format_percent

if TYPE_CHECKING:
    from actes.methods.queues.erlang import Demand, Staffing

__all__ = ["does_not_say", "queue_caveats", "says"]


def queue_caveats(demand: Demand, n_for_delay: int, n_chosen: int) -> tuple[Caveat, ...]:
    """Reserves about the demand and about the model.

    Parameters
    ----------
    n_for_delay, n_chosen
        Positions that the delay asks for, and both targets together.
    """
    found = []
    if n_for_delay < n_chosen:
        text = _(
            "The occupancy, not the delay, decides here: {n} positions would answer in time, but "
            "without enough rest."
        )
        found.append(Caveat("occupancy-decides", text.format(n=n_for_delay)))
    if demand.duration_s > demand.interval_s:
        text = _(
            "A call lasts longer than the interval: the queue of one interval weighs on the next, "
            "and the formula understates the wait. Take a longer interval."
        )
        found.append(Caveat("interval-too-short", text))
    if demand.load < 1:
        text = _(
            "Less than one position is busy on average ({load}): a single long call then decides "
            "of the wait, and the mean length is a poor guide."
        )
        found.append(Caveat("small-load", text.format(load=format_decimal(demand.load, 2))))
    texts = {
        "no-abandonment": _(
            "No caller gives up in this model: if some do, fewer positions are enough, but those "
            "calls are lost."
        ),
        "steady": _(
            "Calls are supposed to come at a steady pace during the interval: a peak inside it is "
            "not seen. Compute each hour of the week, not their mean."
        ),
        "not-patrols": _(
            "Patrols are not a call centre: several cars answer one call, they travel, they choose "
            "urgent calls first. For them this is a lower bound, not a plan."
        ),
    }
    return (*found, *(Caveat(code, text) for code, text in texts.items()))


def says(staffing: Staffing) -> tuple[str, ...]:
    """Sentences about what the positions give, every number a result."""
    chosen, targets = staffing.chosen, staffing.targets
    text = ngettext(
        "{n} position ({staff} rostered) is needed to answer {target} of the calls within {delay} "
        "s: it would answer {level} of them in time, after {wait} s on average, and be busy "
        "{occupancy} of the time.",
        "{n} positions ({staff} rostered) are needed to answer {target} of the calls within "
        "{delay} s: they would answer {level} of them in time, after {wait} s on average, and be "
        "busy {occupancy} of the time.",
        chosen.n_positions,
    )
    first = text.format(
        n=format_integer(chosen.n_positions),
        staff=format_integer(staffing.n_staff),
        target=format_percent(targets.service_level, 0),
        delay=format_integer(targets.delay_s),
        level=format_percent(chosen.service_level),
        wait=format_decimal(chosen.mean_wait_s),
        occupancy=format_percent(chosen.occupancy, 0),
    )
    return (first, _fewer_said(staffing))


def _fewer_said(staffing: Staffing) -> str:
    if staffing.fewer is None:
        return _("With one position fewer, calls would pile up without end.")
    text = _(
        "With one position fewer, {level} would be answered in time, after {wait} s on average, "
        "and positions would be busy {occupancy} of the time."
    )
    return text.format(
        level=format_percent(staffing.fewer.service_level),
        wait=format_decimal(staffing.fewer.mean_wait_s),
        occupancy=format_percent(staffing.fewer.occupancy, 0),
    )


def does_not_say(n_busy_calls: int) -> tuple[str, ...]:
    """Sentences about what the formula cannot show.

    Parameters
    ----------
    n_busy_calls
        Calls that only one interval in twenty exceeds.
    """
    text = _(
        "It does not guard against busy intervals: one in twenty counts more than {n} calls even "
        "if the mean is right."
    )
    return (
        text.format(n=format_integer(n_busy_calls)),
        _("It says nothing of the quality of the answer, nor of calls that are never made."),
        _("It does not say that the mean number of calls is well forecast: that is another study."),
    )

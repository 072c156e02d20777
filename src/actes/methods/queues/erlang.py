"""Compute how many positions answer calls in time.

In: `Demand`, `Targets`. Out: `Service` of a number of positions, `Staffing`. Only here: the
queue's formulas (Erlang C).
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from actes.errors import ParameterError
from actes.i18n import _
from actes.methods.queues.reserves import queue_caveats
from actes.numbers import format_decimal, format_integer

if TYPE_CHECKING:
    import pandas as pd

    from actes.methods.caveats import Caveat

__all__ = [
    "Demand",
    "Service",
    "Staffing",
    "Targets",
    "busy_calls",
    "erlang_c",
    "required_positions",
    "scenarios",
    "service",
    "staff",
]

MAX_LOAD = 5000.0
BUSY = 0.95
_ROUNDING = 1e-9


@dataclass(frozen=True)
class Demand:
    """What comes in.

    Parameters
    ----------
    n_calls
        Mean number of calls in an interval.
    duration_s, interval_s
        Mean time that a call occupies a position, and length of the interval, in seconds.
    """

    n_calls: float
    duration_s: float
    interval_s: float

    @property
    def load(self) -> float:
        """Positions that the calls occupy on average, in erlangs."""
        return self.n_calls * self.duration_s / self.interval_s


@dataclass(frozen=True)
class Targets:
    """What is wanted.

    Parameters
    ----------
    service_level
        Share of calls to be answered within ``delay_s``.
    delay_s
        Longest wait, in seconds.
    max_occupancy
        Greatest share of the time that a position may be busy.
    shrinkage
        Share of rostered time that is not spent at a position (leave, training, breaks).
    """

    service_level: float = 0.8
    delay_s: float = 20.0
    max_occupancy: float = 0.85
    shrinkage: float = 0.3


@dataclass(frozen=True)
class Service:
    """What a number of positions gives.

    Parameters
    ----------
    n_positions
        Positions held.
    occupancy
        Share of the time that a position is busy.
    p_wait
        Share of calls that wait at all.
    service_level
        Share of calls answered within the delay.
    mean_wait_s
        Mean wait of all calls, in seconds.
    """

    n_positions: int
    occupancy: float
    p_wait: float
    service_level: float
    mean_wait_s: float


@dataclass(frozen=True)
class Staffing:
    """How many positions meet the targets.

    Parameters
    ----------
    chosen
        The smallest number that meets both the delay and the occupancy.
    fewer
        One position fewer; None when calls would then pile up without end.
    n_staff
        Persons to roster, unavailability counted.
    n_for_delay
        Positions that the delay alone asks for: fewer than chosen when the occupancy decides.
    table
        ``n_positions, occupancy, p_wait, service_level, mean_wait_s, n_staff, is_enough``, around
        the number chosen.
    caveats
        Reserves to print with the result.
    """

    demand: Demand
    targets: Targets
    chosen: Service
    fewer: Service | None
    n_staff: int
    n_for_delay: int
    table: pd.DataFrame
    caveats: tuple[Caveat, ...]


def erlang_c(load: float, n_positions: int) -> float:
    """Share of calls that wait when none gives up (Erlang 1917).

    Computed from Erlang's loss formula by its recursion, B_n = a B_{n-1} / (n + a B_{n-1}), then
    C = n B / (n - a (1 - B)): no factorial overflows.

    Parameters
    ----------
    load
        In erlangs, below ``n_positions``.

    Raises
    ------
    ParameterError
        P330, a load that is not positive, too large, or not below the number of positions.
    """
    if not 0 < load <= MAX_LOAD or not load < n_positions:
        raise ParameterError(
            "P330",
            _("This queue has no steady state: calls would pile up, or there is none."),
            found=_("{load} erlangs, {n} positions").format(
                load=format_decimal(load, 2), n=n_positions
            ),
            expected=_("a load above 0, at most {max}, and more positions than erlangs").format(
                max=format_integer(MAX_LOAD)
            ),
            next_step=_("Check the number of calls, their length and the interval's (units)."),
        )
    lost = 1.0
    for n in range(1, n_positions + 1):
        lost = load * lost / (n + load * lost)
    return n_positions * lost / (n_positions - load * (1 - lost))


def service(demand: Demand, n_positions: int, *, delay_s: float) -> Service:
    """Compute what ``n_positions`` give.

    With calls at random (Poisson), exponential lengths and no one giving up, the wait of those who
    wait is exponential of rate (n - a) / length: P(wait <= t) = 1 - C exp(-(n - a) t / length)
    (Gans, Koole & Mandelbaum 2003, *Manufacturing & Service Operations Management* 5, 79-141).

    Raises
    ------
    ParameterError
        P330 as `erlang_c`.
    """
    load = demand.load
    p_wait = erlang_c(load, n_positions)
    spare = n_positions - load
    return Service(
        n_positions=n_positions,
        occupancy=load / n_positions,
        p_wait=p_wait,
        service_level=1 - p_wait * math.exp(-spare * delay_s / demand.duration_s),
        mean_wait_s=p_wait * demand.duration_s / spare,
    )


def staff(n_positions: int, shrinkage: float) -> int:
    """Persons to roster for ``n_positions`` to be held."""
    return math.ceil(n_positions / (1 - shrinkage) - _ROUNDING)


def required_positions(demand: Demand, targets: Targets, *, margin: int = 5) -> Staffing:
    """Find the smallest number of positions that meets the targets.

    Parameters
    ----------
    margin
        How many numbers of positions, on each side, the table shows.

    Raises
    ------
    ParameterError
        P330, a demand without a steady state; P331, targets out of bounds.
    """
    import pandas as pd  # heavy

    _check(demand, targets)
    least = math.floor(demand.load) + 1
    n_for_delay = next(
        n
        for n in range(least, 2 * least + 200)
        if service(demand, n, delay_s=targets.delay_s).service_level
        >= targets.service_level - _ROUNDING
    )
    for_occupancy = math.ceil(demand.load / targets.max_occupancy - _ROUNDING)
    n = max(n_for_delay, for_occupancy)
    around = [
        service(demand, m, delay_s=targets.delay_s)
        for m in range(max(least, n - margin), n + margin + 1)
    ]
    table = pd.DataFrame(
        [(s.n_positions, s.occupancy, s.p_wait, s.service_level, s.mean_wait_s) for s in around],
        columns=["n_positions", "occupancy", "p_wait", "service_level", "mean_wait_s"],
    )
    table["n_staff"] = [staff(s.n_positions, targets.shrinkage) for s in around]
    table["is_enough"] = table["n_positions"] >= n
    by_number = {s.n_positions: s for s in around}
    return Staffing(
        demand=demand,
        targets=targets,
        chosen=by_number[n],
        fewer=by_number.get(n - 1),
        n_staff=staff(n, targets.shrinkage),
        n_for_delay=n_for_delay,
        table=table,
        caveats=queue_caveats(demand, n_for_delay, n),
    )


def scenarios(
    demand: Demand, targets: Targets, *, changes: tuple[float, ...] = (-0.2, -0.1, 0, 0.1, 0.2)
) -> pd.DataFrame:
    """Find the positions for more calls and fewer, and for a busy interval.

    The busy interval is the one that only one in twenty exceeds if calls come at random (95th
    centile of a Poisson law).

    Returns
    -------
    DataFrame
        ``change`` (relative; NaN for the busy interval), ``n_calls, n_positions, n_staff,
        occupancy, service_level``.

    Raises
    ------
    ParameterError
        As `required_positions`.
    """
    import pandas as pd  # heavy

    wanted = [(change, demand.n_calls * (1 + change)) for change in changes]
    wanted.append((math.nan, float(busy_calls(demand))))
    rows = []
    for change, n_calls in wanted:
        found = required_positions(replace(demand, n_calls=n_calls), targets)
        chosen = found.chosen
        rows.append(
            {
                "change": change,
                "n_calls": n_calls,
                "n_positions": chosen.n_positions,
                "n_staff": found.n_staff,
                "occupancy": chosen.occupancy,
                "service_level": chosen.service_level,
            }
        )
    return pd.DataFrame(rows)


def busy_calls(demand: Demand) -> int:
    """Calls that only one interval in twenty exceeds, if they come at random."""
    from scipy.stats import poisson  # heavy

    return max(1, int(poisson.ppf(BUSY, demand.n_calls)))


def _check(demand: Demand, targets: Targets) -> None:
    if not (demand.n_calls > 0 and demand.duration_s > 0 and demand.interval_s > 0):
        raise ParameterError(
            "P330",
            _("This queue has no steady state: calls would pile up, or there is none."),
            found=f"{demand.n_calls}, {demand.duration_s}, {demand.interval_s}",
            expected=_("calls, a length and an interval above zero"),
            next_step=_("Check the number of calls, their length and the interval's (units)."),
        )
    usable = (
        0 < targets.service_level < 1,
        targets.delay_s >= 0,
        0 < targets.max_occupancy < 1,
        0 <= targets.shrinkage < 1,
    )
    if not all(usable):
        raise ParameterError(
            "P331",
            _("The targets of the service cannot be used."),
            found=f"{targets.service_level}, {targets.delay_s}, {targets.max_occupancy}, "
            f"{targets.shrinkage}",
            expected=_("shares between 0 and 1, a delay of 0 or more"),
            next_step=_("80 % in 20 seconds, 85 % busy and 30 % unavailable are usual."),
        )

"""Tell how many positions answer calls in time (Erlang C).

In: calls per interval, their mean length, targets. Out: `Staffing`. By part: `erlang` (the
formulas), `reserves` (what the reader must know, in words).
"""

from actes.methods.queues.erlang import (
    Demand,
    Service,
    Staffing,
    Targets,
    busy_calls,
    erlang_c,
    required_positions,
    scenarios,
    service,
    staff,
)
from actes.methods.queues.reserves import does_not_say, says

__all__ = [
    "Demand",
    "Service",
    "Staffing",
    "Targets",
    "busy_calls",
    "does_not_say",
    "erlang_c",
    "required_positions",
    "says",
    "scenarios",
    "service",
    "staff",
]

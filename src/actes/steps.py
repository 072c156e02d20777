"""Tell what happens to whoever watches: each step once, done or reused, and why.

In: what the stages did. Out: calls. Only here: the words for what is reused.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from actes.i18n import _

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["Action", "Step", "Watch", "reused"]

Action = Literal["reused", "done"]


@dataclass(frozen=True, slots=True)
class Step:
    """One stage's work on one thing: done or reused, and why."""

    stage: str
    name: str
    action: Action
    reason: str


@dataclass(frozen=True)
class Watch:
    """Who is told what happens: each step (once), each cell of a run, each run of a grid.

    ``told`` are the (stage, name) of every step so far, in order.
    """

    step: Callable[[Step], None] = lambda _step: None
    cell: Callable[[str, int, int], None] = lambda _study, _done, _total: None
    grid: Callable[[str, Any], None] = lambda _run, _progress: None
    told: dict[tuple[str, str], None] = field(default_factory=dict)

    def tell(self, done: Step) -> None:
        """Tell of a step; one that is met again, and reused, was told already."""
        if done.action == "done" or (done.stage, done.name) not in self.told:
            self.step(done)
        self.told[done.stage, done.name] = None


def reused(stage: str, name: str) -> Step:
    """Return the step that says of ``stage`` that what ``name`` gave before serves again."""
    reasons = {
        "ingest": _("source and descriptor are unchanged"),
        "validate": _("table and expectations are unchanged"),
        "run": _("same notebook, parameters, data, code and environment"),
        "compose": _("what lies beside it is unchanged"),
        "publish": _("sources, results and engine unchanged"),
    }
    return Step(stage, name, "reused", reasons[stage])

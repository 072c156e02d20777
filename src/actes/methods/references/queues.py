"""Published values for `effectifs-erlang`."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from actes.methods.queues import Demand, Targets, required_positions
from actes.methods.references.reference import Reference

if TYPE_CHECKING:
    from actes.methods.queues import Service, Staffing

__all__ = ["REFERENCES"]

_STUDY = "effectifs-erlang"
_README = "pyworkforce (Python), README, 100 calls in 30 minutes of 3 minutes each"
_OURS = "computed here, November 2026"


@cache
def _example() -> Staffing:
    return required_positions(Demand(100, 180, 1800), Targets())


def _with_thirteen() -> Service:
    fewer = _example().fewer
    assert fewer is not None  # noqa: S101 - ten erlangs leave room for thirteen positions
    return fewer


REFERENCES: tuple[Reference, ...] = (
    *(
        Reference(_STUDY, quantity, published, _README, obtained, tolerance)
        for quantity, published, obtained, tolerance in (
            ("positions", 14.0, lambda: float(_example().chosen.n_positions), 0.0),
            ("rostered, 30 % unavailable", 20.0, lambda: float(_example().n_staff), 0.0),
            ("service level", 0.8883500191794669, lambda: _example().chosen.service_level, 1e-12),
            ("occupancy", 0.7142857142857143, lambda: _example().chosen.occupancy, 1e-12),
            ("share that waits", 0.1741319335950498, lambda: _example().chosen.p_wait, 1e-12),
        )
    ),
    *(
        Reference(_STUDY, quantity, value, _OURS, obtained, tolerance, "anchor")
        for quantity, value, obtained, tolerance in (
            ("mean wait, s", 7.836, lambda: _example().chosen.mean_wait_s, 5e-4),
            ("13 positions, share that waits", 0.285270, lambda: _with_thirteen().p_wait, 5e-7),
            ("13 positions, service", 0.795595, lambda: _with_thirteen().service_level, 5e-7),
        )
    ),
)

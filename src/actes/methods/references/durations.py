"""Published values for `delais`."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from actes.methods.durations.cox import CoxFit, fit_cox
from actes.methods.durations.curves import Curve, kaplan_meier, quiet_lifelines, share_within
from actes.methods.references.reference import Reference

if TYPE_CHECKING:
    from collections.abc import Callable

    import pandas as pd

__all__ = ["REFERENCES"]

_STUDY = "delais"
_FOX = "Allison 2010; Fox & Weisberg, An R Companion, appendix on Cox models: Rossi's releases"
_COUNTED = "counted: 378 of 432 not rearrested after 26 weeks, 318 after 52"
_OURS = "computed here, November 2026"

_TERMS = (
    ("fin", -0.37942, 0.19138),
    ("age", -0.05744, 0.02200),
    ("race", 0.31390, 0.30799),
    ("wexp", -0.14980, 0.21222),
    ("mar", -0.43370, 0.38187),
    ("paro", -0.08487, 0.19576),
    ("prio", 0.09150, 0.02865),
)


@cache
def _rossi() -> pd.DataFrame:
    with quiet_lifelines():
        from lifelines.datasets import load_rossi

        return load_rossi()  # type: ignore[no-any-return]


@cache
def _cox() -> CoxFit:
    return fit_cox(_rossi(), duration="week", event="arrest")


@cache
def _curve() -> Curve:
    table = _rossi()
    return kaplan_meier(table["week"].to_numpy(float), table["arrest"].to_numpy(bool))


def _term(name: str, column: str) -> Callable[[], float]:
    return lambda: float(_cox().terms.set_index("term")[column].to_dict()[name])


REFERENCES: tuple[Reference, ...] = (
    *(
        Reference(_STUDY, f"rearrest, {name}", value, _FOX, _term(name, "coefficient"), 5.1e-6)
        for name, value, _se in _TERMS
    ),
    *(
        Reference(_STUDY, f"rearrest, {name}, standard error", se, _FOX, _term(name, "se"), 5.1e-6)
        for name, _value, se in _TERMS
    ),
    Reference(
        _STUDY,
        "rearrest, partial log-likelihood",
        -658.7477,
        _OURS,
        lambda: _cox().loglikelihood,
        5e-5,
        "anchor",
    ),
    Reference(
        _STUDY, "rearrest, concordance", 0.6403, _OURS, lambda: _cox().concordance, 5e-5, "anchor"
    ),
    *(
        Reference(
            _STUDY,
            f"not rearrested after {weeks} weeks",
            left,
            _COUNTED,
            lambda weeks=weeks: 1 - share_within(_curve(), weeks).value,  # type: ignore[misc]
            5e-7,
        )
        for weeks, left in ((26, 0.875), (52, 0.736111))
    ),
)

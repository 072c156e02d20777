"""Published values for `concentration`."""

from __future__ import annotations

from actes.methods.concentration import gini, prediction_accuracy
from actes.methods.references.reference import Reference

__all__ = ["REFERENCES"]

_STUDY = "concentration"
_LORENZGINI = "Steenbeek & Bernasco, lorenzgini (R), ?gini"
_PTOOLS = "Wheeler, ptools (R), tests of pai"


def _plain(counts: list[int]) -> float:
    return gini(counts, is_generalised=False)


def _accuracy(column: str, n_places: int) -> float:
    table = prediction_accuracy([6, 3, 0], [3, 2, 1])
    return float(table[column].iloc[n_places - 1])


REFERENCES: tuple[Reference, ...] = (
    *(
        Reference(_STUDY, quantity, published, _LORENZGINI, obtained, 1e-9)
        for quantity, published, obtained in (
            ("G of 10, 8, 2, seven zeros", 0.78, lambda: _plain([10, 8, 2] + [0] * 7)),
            ("G' of 10, 8, 2, seven zeros", 0.78, lambda: gini([10, 8, 2] + [0] * 7)),
            ("G of 5, 2, 1, seven zeros", 0.80, lambda: _plain([5, 2, 1] + [0] * 7)),
            ("G' of 5, 2, 1, seven zeros", 0.75, lambda: gini([5, 2, 1] + [0] * 7)),
            ("G of 10, nine zeros", 0.90, lambda: _plain([10] + [0] * 9)),
            ("G of 10, 99 zeros", 0.99, lambda: _plain([10] + [0] * 99)),
            (
                "unbiased G of 10, nine zeros",
                1.0,
                lambda: gini([10] + [0] * 9, is_generalised=False, is_unbiased=True),
            ),
            (
                "unbiased G of 10, 99 zeros",
                1.0,
                lambda: gini([10] + [0] * 99, is_generalised=False, is_unbiased=True),
            ),
        )
    ),
    *(
        Reference(_STUDY, f"PAI, {n} of 3 places", published, _PTOOLS, obtained, 1e-9)
        for n, published, obtained in (
            (1, 2.0, lambda: _accuracy("pai", 1)),
            (2, 1.5, lambda: _accuracy("pai", 2)),
            (3, 1.0, lambda: _accuracy("pai", 3)),
        )
    ),
    *(
        Reference(_STUDY, f"PEI, {n} of 3 places", 1.0, _PTOOLS, obtained, 1e-9)
        for n, obtained in (
            (1, lambda: _accuracy("pei", 1)),
            (2, lambda: _accuracy("pei", 2)),
            (3, lambda: _accuracy("pei", 3)),
        )
    ),
    *(
        Reference(_STUDY, f"RRI, {n} of 3 places", published, _PTOOLS, obtained, 1e-9)
        for n, published, obtained in (
            (1, 3 / 6, lambda: _accuracy("rri", 1)),
            (2, 5 / 9, lambda: _accuracy("rri", 2)),
            (3, 6 / 9, lambda: _accuracy("rri", 3)),
        )
    ),
)

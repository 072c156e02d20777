"""Tell when standardised values stop looking like chance.

In: standardised values, shape (…, n). Out: for each of Nelson's first four rules, the periods at
which a run is complete.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from actes.i18n import _

if TYPE_CHECKING:
    import numpy as np

__all__ = ["RULES", "broken_rules", "rule_label"]

RULES = (1, 2, 3, 4)
_REACH = 3.0
_SAME_SIDE, _SAME_WAY, _ALTERNATING = 9, 6, 14


def broken_rules(z: np.ndarray, rules: tuple[int, ...] = RULES) -> dict[int, np.ndarray]:
    """Apply Nelson's rules 1 to 4 (Nelson 1984, *Journal of Quality Technology* 16, 237-239).

    1: beyond three standard deviations; 2: nine periods in a row on one side of the centre; 3: six
    in a row that all rise or all fall; 4: fourteen in a row that rise and fall in turn. A run is
    told at its last period, when it becomes known.

    Returns
    -------
    dict
        By rule, booleans of the shape of ``z``.
    """
    import numpy as np  # heavy

    side, way = np.sign(z), np.sign(np.diff(z, axis=-1))
    turns = -way[..., 1:] * way[..., :-1]
    found = {
        1: np.abs(z) > _REACH,
        2: _runs(side > 0, _SAME_SIDE) | _runs(side < 0, _SAME_SIDE),
        3: _shifted(_runs(way > 0, _SAME_WAY - 1) | _runs(way < 0, _SAME_WAY - 1)),
        4: _shifted(_shifted(_runs(turns > 0, _ALTERNATING - 2))),
    }
    return {rule: found[rule] for rule in rules}


def _runs(is_so: np.ndarray, length: int) -> np.ndarray:
    """Tell where ``length`` truths in a row end, along the last axis."""
    import numpy as np  # heavy

    result = np.zeros_like(is_so)
    if is_so.shape[-1] >= length:
        windows = np.lib.stride_tricks.sliding_window_view(is_so, length, axis=-1)
        result[..., length - 1 :] = windows.all(axis=-1)
    return result


def _shifted(of_changes: np.ndarray) -> np.ndarray:
    """Give what was told of changes to the period that ends each change."""
    import numpy as np  # heavy

    first = np.zeros((*of_changes.shape[:-1], 1), dtype=bool)
    return np.concatenate([first, of_changes], axis=-1)


def rule_label(rule: int) -> str:
    """Name a rule in the reader's language; 0 is the limit of a CUSUM or a moving average."""
    labels = {
        0: _("beyond the limit"),
        1: _("beyond three standard deviations"),
        2: _("nine in a row on one side"),
        3: _("six in a row rising or falling"),
        4: _("fourteen in a row up and down"),
    }
    return labels[rule]

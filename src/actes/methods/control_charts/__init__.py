"""Watch a series month by month: which months call for a look, when its level changed.

In: counts by month. Out: `ControlChart`, `Break`. By part: `limits` (the formulas), `rules`
(Nelson), `chart` (a series watched), `breaks` (a change of level), `reserves` (what the reader
must know, in words).
"""

from actes.methods.control_charts.breaks import Break, find_break
from actes.methods.control_charts.chart import (
    ChartChoices,
    ControlChart,
    control_chart,
    monthly_counts,
)
from actes.methods.control_charts.reserves import does_not_say, says
from actes.methods.control_charts.rules import RULES, rule_label

__all__ = [
    "RULES",
    "Break",
    "ChartChoices",
    "ControlChart",
    "control_chart",
    "does_not_say",
    "find_break",
    "monthly_counts",
    "rule_label",
    "says",
]

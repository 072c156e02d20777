"""Draw the figures of `comparer-comptes` and `serie-interrompue`.

In: the frozen results of the methods, the words of the axes. Out: for each, a matplotlib figure
and the table of the numbers drawn, for those who cannot see it or want to draw it otherwise.
"""

from actes.methods.charts.areas import fan_chart, forest_chart
from actes.methods.charts.series import acf_chart, placebo_chart, series_chart

__all__ = ["acf_chart", "fan_chart", "forest_chart", "placebo_chart", "series_chart"]

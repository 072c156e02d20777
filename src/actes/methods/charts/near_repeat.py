"""Draw the ratios of near repeats, by bands of distance and time.

In: `NearRepeat`. Out: the figure and the numbers drawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from actes.i18n import _
from actes.methods.near_repeat.words import bounds_label, distance_label, time_label
from actes.methods.style import DARK, styled_figure
from actes.numbers import MISSING, format_decimal, format_p

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from actes.methods.near_repeat import NearRepeat

__all__ = ["ratio_chart"]

_TINTS = (
    (0.5, "#6BA5D0"),
    (0.8, "#C2DAEC"),
    (1.2, "#F4F4F4"),
    (2.0, "#F8D5B8"),
    (3.0, "#F0AE7C"),
    (float("inf"), "#E58A4A"),
)
"""Upper bound of a ratio and its ground: blue below chance, orange above; black reads on each."""

_FONT_PT = 10
_WIDEST = 6
"""Beyond so many bands of time a cell has no room for its p, nor their bounds for one line."""


def ratio_chart(result: NearRepeat) -> tuple[Figure, pd.DataFrame]:
    """Draw a tile for each cell: its ratio, its p, and a frame when it stands out.

    Returns
    -------
    figure, data
        ``distance, time, ratio, p, q, is_raised``: one row a tile; p and q as they are written,
        never below what the permutations can give.
    """
    cells = result.cells
    rows = list(dict.fromkeys(zip(cells["m_low"], cells["m_high"], strict=True)))
    columns = list(dict.fromkeys(zip(cells["days_low"], cells["days_high"], strict=True)))
    with styled_figure(1.1 + 0.62 * len(rows)) as (figure, axes):
        for number, cell in enumerate(cells.itertuples()):
            row, column = divmod(number, len(columns))
            _draw_tile(axes, column, row, cell, result, is_narrow=len(columns) > _WIDEST)
        axes.set_xlim(-0.02, len(columns) + 0.02)
        axes.set_ylim(len(rows) + 0.04, -0.04)
        axes.grid(visible=False)
        for spine in axes.spines.values():
            spine.set_visible(False)
        axes.tick_params(length=0)
        names = [bounds_label(*column) for column in columns]
        if len(columns) > _WIDEST:
            names = [name.replace(" ", "\n") for name in names]
        axes.set_xticks([n + 0.5 for n in range(len(columns))], names)
        axes.set_yticks([n + 0.5 for n in range(len(rows))], [distance_label(*r) for r in rows])
        axes.set_xlabel(_("days between two events"))
        axes.set_title(_("pairs observed / pairs by chance"))
    return figure, _drawn(result)


def _draw_tile(
    axes: Axes, column: int, row: int, cell: object, result: NearRepeat, *, is_narrow: bool
) -> None:
    from matplotlib.patches import Rectangle  # heavy

    ratio, p = float(cell.ratio), float(cell.p)  # type: ignore[attr-defined]
    is_raised = bool(cell.is_raised)  # type: ignore[attr-defined]
    ground = next((tint for bound, tint in _TINTS if ratio < bound), "#FFFFFF")
    axes.add_patch(Rectangle((column + 0.02, row + 0.03), 0.96, 0.94, color=ground, linewidth=0))
    if is_raised:
        frame = Rectangle((column + 0.03, row + 0.04), 0.94, 0.92, fill=False)
        frame.set(edgecolor=DARK, linewidth=2)
        axes.add_patch(frame)
    middle = row + (0.5 if is_narrow else 0.33)
    weight = "bold" if is_raised else "normal"
    text = format_decimal(ratio, 1 if is_narrow else 2)
    axes.text(column + 0.5, middle, text, ha="center", va="center", weight=weight)
    if not is_narrow and text != MISSING:
        written = _p_text(p, result)
        place = (column + 0.5, row + 0.72)
        axes.text(*place, written, ha="center", va="center", fontsize=_FONT_PT)


def _p_text(p: float, result: NearRepeat) -> str:
    text = format_p(p, smallest=result.smallest_p)
    return f"p {text}" if text[0] in "≤<" else f"p = {text}"


def _drawn(result: NearRepeat) -> pd.DataFrame:
    import pandas as pd  # heavy

    cells = result.cells
    bands_m, bands_days = cells[["m_low", "m_high"]], cells[["days_low", "days_high"]]
    return pd.DataFrame(
        {
            "distance": [distance_label(*band) for band in bands_m.to_numpy(float)],
            "time": [time_label(*band) for band in bands_days.to_numpy(float)],
            "ratio": cells["ratio"],
            "p": [format_p(p, smallest=result.smallest_p) for p in cells["p"]],
            "q": [format_p(q) for q in cells["q"]],
            "is_raised": cells["is_raised"],
        }
    )

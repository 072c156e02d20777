"""Say when areas that are added up are not all there all the time.

In: a table of counts by area and period. Out: a `Caveat`, or nothing to say.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from actes.i18n import ngettext
from actes.methods.caveats import Caveat

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["uneven_areas"]


def uneven_areas(table: pd.DataFrame, *, area: str, period: str) -> tuple[Caveat, ...]:
    """Tell that a total is over areas of which some lack periods.

    Parameters
    ----------
    table
        Rows to be added up.
    area, period
        Columns. Without a column ``area``, there is nothing to tell.

    Returns
    -------
    tuple of Caveat
        ``uneven-areas``, or nothing when each area has a row in each period of the table.
    """
    if area not in table:
        return ()
    n_periods = table.groupby(area)[period].nunique()
    n_uneven = int((n_periods < table[period].nunique()).sum())
    if not n_uneven:
        return ()
    message = ngettext(
        "{n} area of {total} has no row in some periods: what is missing counts as zero in the "
        "total.",
        "{n} areas of {total} have no row in some periods: what is missing counts as zero in the "
        "total.",
        n_uneven,
    )
    return (Caveat("uneven-areas", message.format(n=n_uneven, total=len(n_periods))),)

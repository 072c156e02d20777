"""Take a study through its stages, and say of each what is reused, what is redone, and why.

::

    source ─ingest→ Table ─validate→ Dataset ─run→ Run
           ─review→ Cleared ─compose→ Chapter ─publish→ Book

In: a workspace. Out: the book, or what stopped it. Each stage is called here and nowhere else.
"""

from actes.locks import working_alone
from actes.pipeline.building import Outcome, build
from actes.pipeline.clearing import Review, clear, clear_grid, held_error, reviews
from actes.pipeline.obtaining import (
    GridRuns,
    obtain_dataset,
    obtain_run,
    obtain_runs,
    obtain_table,
)
from actes.steps import Step, Watch

__all__ = [
    "GridRuns",
    "Outcome",
    "Review",
    "Step",
    "Watch",
    "build",
    "clear",
    "clear_grid",
    "held_error",
    "obtain_dataset",
    "obtain_run",
    "obtain_runs",
    "obtain_table",
    "reviews",
    "working_alone",
]

"""Know the ``#|`` options of a notebook's cells.

In: the options of a cell. Out: those that would do nothing.
Only here: which are honoured, which are left aside because they change only looks.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from actes.publish.metadata import Yaml, line_of

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["HONOURED", "IGNORED", "SWITCHES", "option_faults"]

HONOURED = frozenset(
    [
        "label",
        "fig-cap",
        "fig-alt",
        "tbl-cap",
        "echo",
        "output",
        "code-fold",
        "code-summary",
        "warning",
        "include",
        "eval",
        "error",
        "message",
        "fig-subcap",
        "tbl-subcap",
        "layout-ncol",
        "layout-nrow",
        "layout",
        "lst-cap",
        "lst-label",
        "code-line-numbers",
        "filename",
        "tbl-colwidths",
    ]
)
IGNORED = frozenset(
    [
        "fig-width",
        "fig-height",
        "fig-dpi",
        "fig-format",
        "fig-align",
        "fig-pos",
        "tags",
        "id",
        "cache",
        "freeze",
        "code-overflow",
        "column",
        "fig-column",
        "tbl-column",
        "cap-location",
        "fig-cap-location",
        "tbl-cap-location",
        "fig-scap",
        "fig-env",
        "classes",
        "layout-align",
        "layout-valign",
        "lightbox",
    ]
)
# The values that a switch may have; any other is refused, for it would do nothing.
SWITCHES: dict[str, tuple[object, ...]] = {
    "echo": (True, False),
    "output": (True, False, "asis"),
    "include": (True, False),
    "warning": (True, False),
    "error": (True, False),
    "eval": (True, False),
    "code-fold": (True, False, "show"),
}


def option_faults(options: Yaml) -> Iterator[tuple[str, int]]:
    """Give each option that this engine does not know, as it is written, and its line."""
    for position, (name, value) in enumerate(options.items(), 1):
        line = line_of(options, name) or position
        if name not in HONOURED | IGNORED:
            yield f"#| {name}", line
        elif value not in SWITCHES.get(name, (value,)):
            yield f"#| {name}: {value}", line

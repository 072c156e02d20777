"""Write the code of a cell as a block of markdown, with what its ``#|`` options ask.

In: the code, its language, the cell's options. Out: markdown.
Only here: folding, listings and line numbers of cells.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from actes.publish.project import fold_choice

if TYPE_CHECKING:
    from collections.abc import Mapping

    from actes.publish.project import Options

__all__ = ["code_block", "fence_for", "one_line", "quoted"]


def code_block(source: str, language: str, chosen: Mapping[str, Any], options: Options) -> str:
    """Write the code, folded when the cell or the book says so.

    Parameters
    ----------
    chosen
        The cell's own options.
    options
        Those of its document.
    """
    fence = fence_for(source)
    block = f"{fence}{{{_attributes(language, chosen)}}}\n{source}\n{fence}"
    fold = fold_choice(chosen["code-fold"]) if "code-fold" in chosen else options.code_fold
    if not fold:
        return block
    summary = str(chosen.get("code-summary", options.code_summary))
    is_open = "true" if fold == "show" else "false"
    attributes = f'.code-fold summary="{quoted(summary)}" open="{is_open}"'
    return f":::::: {{{attributes}}}\n{block}\n::::::"


def _attributes(language: str, chosen: Mapping[str, Any]) -> str:
    label = chosen.get("lst-label")
    parts = [f"#{label}" if label else "", f".{language}"]
    if "lst-cap" in chosen:
        parts.append(f'lst-cap="{quoted(one_line(chosen["lst-cap"]))}"')
    if "filename" in chosen:
        parts.append(f'filename="{quoted(str(chosen["filename"]))}"')
    if "code-line-numbers" in chosen:
        parts.append(f'code-line-numbers="{str(chosen["code-line-numbers"]).lower()}"')
    return " ".join(filter(None, parts))


def fence_for(text: str) -> str:
    """Give a fence longer than any in ``text``."""
    longest = max((len(run) for run in re.findall(r"`+", text)), default=0)
    return "`" * max(3, longest + 1)


def one_line(text: object) -> str:
    """Put a text of an option on one line; a list of texts is none."""
    return "" if isinstance(text, list) else " ".join(str(text).split())


def quoted(text: str) -> str:
    """Keep a text from ending the attribute that it is the value of."""
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("&", "&amp;")

r"""Let pandoc read the commands that a chapter defines for its formulas.

In: lines of Quarto markdown. Out: the same, definitions written as pandoc reads them.
Only here: ``$$ \newcommand… $$``, which MathJax remembers and pandoc does not.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from actes.publish.lines import Fence, Line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

__all__ = ["definitions_bared"]

_DEFINITION = re.compile(
    r"\s*\\(?:newcommand|renewcommand|providecommand|def|let|DeclareMathOperator)(?![A-Za-z])"
)
_MARK = re.compile(r"\$\$?")


def definitions_bared(lines: Iterable[Line]) -> Iterator[Line]:
    """Take the dollars off a formula that only defines commands; every other line stays."""
    fence = Fence()
    formula: list[Line] = []
    for line in lines:
        is_text = fence.feed(line.text) == "text"
        if is_text and (formula or line.text.lstrip().startswith("$")):
            formula.append(line)
            if _closes(formula):
                yield from _bared(formula)
                formula = []
        elif formula:
            yield from (*formula, line)
            formula = []
        else:
            yield line
    yield from formula


def _closes(formula: Sequence[Line]) -> bool:
    """Whether the last line ends what the first one opens; a blank line ends it too."""
    opened, last = formula[0].text.strip(), formula[-1].text.strip()
    if not last:
        return True
    if not opened.startswith("$$"):
        return True
    return "$$" in (last[2:] if len(formula) == 1 else last)


def _bared(formula: Sequence[Line]) -> Iterator[Line]:
    bare = [line._replace(text=_MARK.sub("", line.text)) for line in formula]
    written = [line.text for line in bare if line.text.strip()]
    if not written or not all(_DEFINITION.match(text) for text in written):
        yield from formula
        return
    yield bare[0]._replace(text="")
    yield from bare
    yield bare[-1]._replace(text="")

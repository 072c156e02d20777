"""Read what a program wrote to a terminal as a reader would have seen it there.

In: a text with its control characters. Out: plain lines.
Only here: colours and moves of the cursor, which a book has no use for.
"""

from __future__ import annotations

import re

__all__ = ["as_seen"]

# Colours and moves (CSI), titles of windows (OSC), and the other sequences of two characters.
_SEQUENCE = re.compile(
    r"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?|[@-Z\\-_=>])|\x9b[0-?]*[ -/]*[@-~]"
)
_BACKSPACE = re.compile(r"[^\n\x08]\x08")
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f]")


def as_seen(text: str) -> str:
    """Take the sequences out; of a line written over (a progress bar), keep the last state."""
    plain = _SEQUENCE.sub("", text).replace("\r\n", "\n")
    while _BACKSPACE.search(plain):
        plain = _BACKSPACE.sub("", plain)
    return "\n".join(_CONTROL.sub("", _last_state(line)).rstrip() for line in plain.split("\n"))


def _last_state(line: str) -> str:
    """What stays of a line after its carriage returns: each state covers the one before."""
    seen = ""
    for state in line.split("\r"):
        seen = state + seen[len(state) :]
    return seen

"""Know colours: read the forms that CSS gives them, and how well two of them can be told apart.

In: CSS colours. Out: ``#rrggbb``, contrasts, mixtures.
Only here: arithmetic on colours. Contrast is that of WCAG 2.2 (relative luminance of sRGB).
"""

from __future__ import annotations

import re

__all__ = ["contrast", "mixed", "read_colour", "readable_on"]

_NAMES = {
    "black": "#000000", "white": "#ffffff", "red": "#ff0000", "green": "#008000",
    "blue": "#0000ff", "yellow": "#ffff00", "orange": "#ffa500", "gray": "#808080",
    "grey": "#808080", "silver": "#c0c0c0", "lightgray": "#d3d3d3", "lightgrey": "#d3d3d3",
    "darkgray": "#a9a9a9", "lightblue": "#add8e6", "lightgreen": "#90ee90",
    "lightyellow": "#ffffe0", "pink": "#ffc0cb", "lightcoral": "#f08080", "salmon": "#fa8072",
    "gold": "#ffd700", "khaki": "#f0e68c", "lavender": "#e6e6fa", "beige": "#f5f5dc",
    "darkred": "#8b0000", "darkgreen": "#006400", "darkblue": "#00008b", "navy": "#000080",
    "teal": "#008080", "purple": "#800080", "brown": "#a52a2a", "tomato": "#ff6347",
    "cyan": "#00ffff", "magenta": "#ff00ff", "steelblue": "#4682b4", "skyblue": "#87ceeb",
    "whitesmoke": "#f5f5f5", "aliceblue": "#f0f8ff", "honeydew": "#f0fff0",
    "mistyrose": "#ffe4e1", "maroon": "#800000", "olive": "#808000", "lime": "#00ff00",
}  # fmt: skip
_FUNCTION = re.compile(
    r"^rgba?\(\s*([\d.]+)\s*,\s*([\d.]+)\s*,\s*([\d.]+)\s*(?:,\s*([\d.]+)\s*)?\)$"
)


def read_colour(text: str) -> str | None:
    """Give an opaque colour as ``#rrggbb``; None for a transparent or unknown one."""
    text = text.strip().lower()
    if text in _NAMES:
        return _NAMES[text]
    if re.fullmatch(r"#[0-9a-f]{3}", text):
        return "#" + "".join(2 * digit for digit in text[1:])
    if re.fullmatch(r"#[0-9a-f]{6}", text):
        return text
    match = _FUNCTION.match(text)
    if not match or (match[4] and float(match[4]) < 1):
        return None
    return _written([min(255.0, float(match[each])) for each in (1, 2, 3)])


def contrast(one: str, other: str) -> float:
    """Contrast ratio of two colours, from 1 to 21."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def readable_on(background: str) -> str:
    """Black or white, whichever reads better (one of them always passes 4.5)."""
    return max(("#000000", "#ffffff"), key=lambda ink: contrast(ink, background))


def mixed(one: str, other: str, share: float) -> str:
    """Mix ``share`` (0 to 1) of ``other`` into ``one``."""
    pairs = zip(_channels(one), _channels(other), strict=True)
    return _written([255 * (a + (b - a) * share) for a, b in pairs])


def _channels(colour: str) -> list[float]:
    return [int(colour[each : each + 2], 16) / 255 for each in (1, 3, 5)]


def _luminance(colour: str) -> float:
    linear = [
        c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in _channels(colour)
    ]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _written(channels: list[float]) -> str:
    return "#" + "".join(f"{round(each):02x}" for each in channels)

"""Write numbers, probabilities and months the way the reader's language does.

In: plain Python numbers and dates. Out: `1 503`, `12,4 %`, `−3,2`, `< 0,001`, `janvier 2021`.
Only here: the typography of figures: a narrow no-break space (U+202F) between thousands and
before `%` in French, a true minus (U+2212), never a probability of zero.
"""

from __future__ import annotations

import math
from decimal import ROUND_HALF_UP, Context, Decimal
from typing import TYPE_CHECKING

from actes.i18n import language

if TYPE_CHECKING:
    import datetime as dt

__all__ = [
    "MISSING",
    "format_date",
    "format_decimal",
    "format_integer",
    "format_month",
    "format_p",
    "format_percent",
    "format_signed",
    "format_signed_percent",
]

MISSING = "–"
_MINUS = "\N{MINUS SIGN}"
_NARROW_SPACE = "\N{NARROW NO-BREAK SPACE}"
_SPACE = "\N{NO-BREAK SPACE}"
_ANY_FLOAT = Context(prec=400)  # the largest float has 309 digits before the decimal mark
_PERCENT = {"fr": f"{_NARROW_SPACE}%", "en": "%"}


def format_integer(value: float, *, lang: str | None = None) -> str:
    """Write a count: `1 503`.

    Parameters
    ----------
    value
        Rounded to the nearest integer; NaN or None-like gives `MISSING`.
    lang
        ``fr`` or ``en``; the reader's language when None (as everywhere in this module).
    """
    return format_decimal(value, 0, lang=lang)


def format_decimal(value: float, digits: int = 1, *, lang: str | None = None) -> str:
    """Write a number with exactly ``digits`` decimals: `1 503,2`."""
    from babel.numbers import format_decimal as localised  # heavy

    if math.isnan(value):
        return MISSING
    if math.isinf(value):
        return "∞" if value > 0 else f"{_MINUS}∞"
    pattern = "#,##0" + ("." + "0" * digits if digits else "")
    text = localised(_rounded(value, digits), format=pattern, locale=lang or language())
    return text.replace("-", _MINUS)


def format_percent(share: float, digits: int = 1, *, lang: str | None = None) -> str:
    """Write a share as a percentage: 0.124 gives `12,4 %`."""
    text = format_decimal(100 * share, digits, lang=lang)
    return text if text == MISSING else text + _PERCENT[lang or language()]


def format_signed(value: float, digits: int = 1, *, lang: str | None = None) -> str:
    """Write a change with its sign: `+3,2`, `−3,2`, `0,0`."""
    text = format_decimal(value, digits, lang=lang)
    return f"+{text}" if _is_positive(value, digits) else text


def format_signed_percent(share: float, digits: int = 1, *, lang: str | None = None) -> str:
    """Write a relative change with its sign: -0.283 gives `−28,3 %`."""
    text = format_percent(share, digits, lang=lang)
    return f"+{text}" if _is_positive(100 * share, digits) else text


def format_p(p: float, *, smallest: float | None = None, lang: str | None = None) -> str:
    """Write a probability with three decimals, never as zero.

    Parameters
    ----------
    p
        Between 0 and 1; NaN (nothing could be tested) gives `MISSING`.
    smallest
        The smallest value that a permutation or placebo test can give: when ``p`` is not above
        it, the text says `≤`.
    """
    if math.isnan(p):
        return MISSING
    if smallest is not None and p <= smallest:
        return f"≤{_SPACE}{format_decimal(max(smallest, 0.001), 3, lang=lang)}"
    if p < 0.001:
        return f"<{_SPACE}{format_decimal(0.001, 3, lang=lang)}"
    return format_decimal(p, 3, lang=lang)


def format_month(date: dt.date, *, lang: str | None = None, width: str = "MMMM") -> str:
    """Write a month and its year: `janvier 2021`.

    Parameters
    ----------
    date
        Any day of the month.
    width
        ``MMMM`` in full, ``MMM`` shortened (`janv. 2021`).
    """
    return _localised_date(date, f"{width} y", lang)


def format_date(date: dt.date, *, lang: str | None = None) -> str:
    """Write a day: `5 janvier 2021`, and `1er janvier 2021` as French wants it."""
    text = _localised_date(date, "long", lang)
    is_french_first = date.day == 1 and (lang or language()) == "fr"
    return text.replace("1 ", "1er ", 1) if is_french_first else text


def _localised_date(date: dt.date, pattern: str, lang: str | None) -> str:
    from babel.dates import format_date as localised  # heavy

    return localised(date, format=pattern, locale=lang or language())


def _rounded(value: float, digits: int) -> Decimal:
    # Halves go away from zero, as a reader with a pocket calculator expects; a value that rounds
    # to zero has no sign.
    exact = Decimal(repr(float(value)))
    rounded = exact.quantize(Decimal(1).scaleb(-digits), ROUND_HALF_UP, _ANY_FLOAT)
    return rounded if rounded else abs(rounded)


def _is_positive(value: float, digits: int) -> bool:
    return math.isfinite(value) and _rounded(value, digits) > 0

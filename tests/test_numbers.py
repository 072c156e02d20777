"""Numbers, probabilities and dates are written as the reader's language does."""

from __future__ import annotations

import datetime as dt

import pytest

from actes.numbers import (
    format_date,
    format_decimal,
    format_integer,
    format_month,
    format_p,
    format_percent,
    format_signed,
    format_signed_percent,
)


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        (format_integer(1503, lang="fr"), "1\u202f503"),
        (format_integer(1503, lang="en"), "1,503"),
        (format_integer(-1503, lang="fr"), "\u22121\u202f503"),
        (format_integer(float("nan"), lang="fr"), "–"),
        (format_integer(2.5, lang="fr"), "3"),
        (format_decimal(0.125, 2, lang="fr"), "0,13"),
        (format_decimal(-0.04, 1, lang="fr"), "0,0"),
        (format_decimal(float("inf"), 1, lang="fr"), "∞"),
        (format_percent(0.124, lang="fr"), "12,4\u202f%"),
        (format_percent(0.124, lang="en"), "12.4%"),
        (format_signed(3.2, lang="fr"), "+3,2"),
        (format_signed(-0.04, lang="fr"), "0,0"),
        (format_signed_percent(-0.283, lang="fr"), "\u221228,3\u202f%"),
        (format_signed_percent(float("nan"), lang="fr"), "–"),
    ],
)
def test_a_number_is_written_in_its_language(written: str, expected: str) -> None:
    assert written == expected


@pytest.mark.parametrize(
    ("p", "smallest", "expected"),
    [
        (0.0, None, "<\u00a00,001"),
        (0.0009, None, "<\u00a00,001"),
        (0.0499, None, "0,050"),
        (1.0, None, "1,000"),
        (1 / 38, 1 / 38, "≤\u00a00,026"),
        (2 / 38, 1 / 38, "0,053"),
        (float("nan"), None, "–"),
    ],
)
def test_a_probability_is_never_zero(p: float, smallest: float | None, expected: str) -> None:
    assert format_p(p, smallest=smallest, lang="fr") == expected


def test_dates_are_french_or_english() -> None:
    first = dt.date(2021, 1, 1)

    assert format_month(first, lang="fr") == "janvier 2021"
    assert format_month(first, lang="en") == "January 2021"
    assert format_month(first, lang="fr", width="MMM") == "janv. 2021"
    assert format_date(first, lang="fr") == "1er janvier 2021"
    assert format_date(dt.date(2021, 1, 11), lang="fr") == "11 janvier 2021"


def test_the_reader_s_language_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACTES_LANG", "en")
    assert format_percent(0.5) == "50.0%"

    monkeypatch.setenv("ACTES_LANG", "fr")
    assert format_percent(0.5) == "50,0\u202f%"

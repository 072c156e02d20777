"""What a reader asks and what the search finds, in French and in English, from a disk."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from conftest import CHROMIUM

from actes.publish.pandoc import render

TEXT = """\
# Enquêtes

Une enquête régionale des policiers sur les élèves : évaluer l’œuvre. Des événements nationaux.
L’agent de quartier.

## In English

The burglaries, the patrolling of offenders; a reported crime.
"""
FRENCH = (
    "policière", "POLICIERES", "régionaux", "évaluations", "eleve", "Élève", "oeuvres", "œuvre",
    "evenement", "nationale", "enquetes", "l'agent", "agents",
)  # fmt: skip
ENGLISH = ("burglary", "patrolled", "offending", "reporting", "crimes")

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not on this machine")


@pytest.fixture(scope="module")
def search(browser: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """Ask for something; the addresses that are given, best first."""
    root = tmp_path_factory.mktemp("recherche")
    (root / "_quarto.yml").write_text(
        "lang: fr\nbook:\n  title: T\n  chapters: [index.qmd, texte.qmd]\n", encoding="utf-8"
    )
    (root / "index.qmd").write_text("# Avant {.unnumbered}\n\nRien.\n", encoding="utf-8")
    (root / "texte.qmd").write_text(TEXT, encoding="utf-8")
    front = render(root, root / "_book", formats=("html",))[0]
    page = browser.new_page()
    page.goto(front.as_uri())
    page.keyboard.press("Control+k")
    page.wait_for_function("window.actesSearch")
    box, found = page.locator("#search-box"), page.locator(".search-results a")

    def ask(text: str) -> list[str]:
        box.fill(text)
        links = found.evaluate_all("each => each.map((link) => link.pathname + link.hash)")
        return [link.rpartition("/")[2] for link in links]

    yield ask
    page.close()


@pytest.mark.parametrize("asked", FRENCH)
def test_another_form_of_a_french_word_finds_it(search: Any, asked: str) -> None:
    assert search(asked) == ["texte.html"]


@pytest.mark.parametrize("asked", ENGLISH)
def test_another_form_of_an_english_word_finds_it_under_its_heading(
    search: Any, asked: str
) -> None:
    assert search(asked) == ["texte.html#in-english"]


@pytest.mark.parametrize(
    ("asked", "is_found"),
    [
        ("« enquête régionale »", True),
        ('"ENQUETE REGIONALE"', True),
        ("« régionale enquête »", False),
        ("“patrolling of offenders”", True),
        ("“offenders of patrolling”", False),
        ("policiers élèves", True),
        ("policiers girafes", False),
        ("girafe", False),
    ],
)
def test_phrases_and_several_words(search: Any, asked: str, is_found: bool) -> None:
    assert bool(search(asked)) is is_found

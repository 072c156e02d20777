"""Every construct in a real browser: tabs, folds and links by keyboard, paper, words, contrast."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import constructs
import pytest
from conftest import CHROMIUM
from test_pages_in_browser import ALL, DESKTOP, PHONE, violations

from actes.publish.pandoc import render
from actes.publish.words import words_for

MORE = """

::: {.panel-tabset group="g"}
## Premier
Encore un.

## Second
Encore deux. []{#but}
:::

::: {.callout-note collapse="true"}
## Repliée
Texte replié. []{#plié}
:::

[vers l’onglet](#but), [vers le pli](#plié)
"""

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not on this machine")


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A book of one chapter, where every construct is."""
    root = tmp_path_factory.mktemp("manieres")
    sources = "\n\n".join(each.source for each in constructs.HONOURED) + MORE
    constructs.write_book(root, (constructs.Construct("", "", sources),))
    render(root, root / "_book", formats=("html",))
    return root / "_book"


@pytest.fixture
def page(browser: Any, book: Path) -> Iterator[Any]:
    permissions = ["clipboard-read", "clipboard-write"]
    context = browser.new_context(viewport=DESKTOP, locale="fr-FR", permissions=permissions)
    opened = context.new_page()
    opened.goto((book / "c00.html").as_uri())
    yield opened
    context.close()


@pytest.mark.parametrize(
    ("viewport", "scheme"),
    [(DESKTOP, "light"), (DESKTOP, "dark"), (PHONE, "light"), (PHONE, "dark")],
    ids=lambda each: each if isinstance(each, str) else str(each["width"]),
)
def test_no_construct_is_an_obstacle(
    browser: Any, book: Path, viewport: dict[str, int], scheme: str
) -> None:
    pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
    opened = book.parent / f"opened-{scheme}-{viewport['width']}"
    shutil.copytree(book, opened)
    for path in opened.glob("*.html"):
        text = path.read_text(encoding="utf-8")
        text = text.replace("<details", '<details open=""')
        path.write_text(text, encoding="utf-8")
    assert violations(browser, opened, viewport, scheme, ALL) == []


def test_what_opens_over_a_page_is_no_obstacle(page: Any) -> None:
    axe = pytest.importorskip("axe_playwright_python.sync_playwright")
    page.keyboard.press("Control+k")
    page.locator("#search-box").fill("figure")
    page.locator(".search-results a").first.wait_for()
    assert axe.Axe().run(page, options=ALL).response["violations"] == []
    page.keyboard.press("Escape")  # empties the box
    page.keyboard.press("Escape")
    page.locator("dialog.search").wait_for(state="hidden")
    page.locator("a.xref").first.hover()
    page.locator("#preview").wait_for(state="visible")
    found = axe.Axe().run(page, options=ALL).response["violations"]
    # What is shown beside a link is part of no region of the page; it describes the link.
    assert [each for each in found if each["id"] != "region"] == []


def _chosen(page: Any) -> list[str]:
    return list(page.locator("[role=tab][aria-selected=true]").all_inner_texts())


def test_tabs_are_moved_with_arrows_and_a_group_moves_together(page: Any) -> None:
    tabs = page.locator("[role=tab]")
    assert _chosen(page) == ["Premier", "Premier"]
    tabs.first.focus()
    for key, title in (
        ("ArrowRight", "Second"), ("ArrowRight", "Premier"), ("ArrowLeft", "Second"),
        ("Home", "Premier"), ("End", "Second"),
    ):  # fmt: skip
        page.keyboard.press(key)
        assert _chosen(page) == [title, title]
        assert page.evaluate("document.activeElement.textContent") == title
    assert page.get_by_text("Encore deux.").is_visible()
    assert page.get_by_text("Encore un.").is_hidden()


def test_a_link_opens_what_it_leads_into(page: Any) -> None:
    page.get_by_role("link", name="vers l’onglet").click()
    page.get_by_text("Encore deux.").wait_for(state="visible")
    page.get_by_role("link", name="vers le pli").click()
    page.locator("details:has(#plié)").get_by_text("Texte replié.").wait_for(state="visible")


def test_code_is_copied_in_one_press(page: Any) -> None:
    button = page.locator(".code-file .copy").first
    button.focus()
    page.keyboard.press("Enter")
    page.wait_for_function("document.querySelector('.code-file .copy').textContent === 'Copié'")
    assert page.evaluate("navigator.clipboard.readText()") == "x = 1"


def test_the_theme_that_is_chosen_stays(page: Any, book: Path) -> None:
    button = page.locator(".theme-button").first
    paper = "getComputedStyle(document.body).backgroundColor"
    light = page.evaluate(paper)
    button.click()
    dark = page.evaluate(paper)
    assert (button.get_attribute("aria-pressed"), dark != light) == ("true", True)
    page.goto((book / "index.html").as_uri())
    assert page.evaluate(paper) == dark


def test_a_printed_page_has_its_text_and_no_menu(page: Any) -> None:
    page.emulate_media(media="print", color_scheme="dark")
    for gone in (".sidebar", ".toc", ".neighbours", ".anchor", ".copy", ".data-file"):
        assert page.locator(gone).first.is_hidden(), gone
    for text in ("Encore un.", "Encore deux."):
        assert page.get_by_text(text).is_visible(), text  # tabs, one after the other
    folded = page.locator("details:has(#plié) .callout-body").bounding_box()
    assert folded["height"] > 10
    ink, paper = page.evaluate(
        "['color', 'backgroundColor'].map((each) => getComputedStyle(document.body)[each])"
    )
    assert (ink, paper) == ("rgb(0, 0, 0)", "rgb(255, 255, 255)")


def test_everything_that_can_be_referred_to_has_a_link_to_copy(page: Any) -> None:
    targets = page.evaluate(
        """Array.from(document.querySelectorAll(
             'main h2[id], main h3[id], main figure[id], main .equation[id]'))
           .filter((each) => !each.parentElement.closest('figure')).map((each) => each.id)"""
    )
    links = page.evaluate(
        """Array.from(document.querySelectorAll('.anchor, .equation-number')).map(
             (each) => decodeURIComponent(each.hash.slice(1)))"""
    )
    assert len(targets) > 10
    assert [each for each in targets if each not in links] == []


# -- words ---------------------------------------------------------------------------------------

SAME = {
    "figure", "section", "conjecture", "proposition", "solution", "note", "important", "code",
    "footnotes", "menu", "figure_ref", "section_ref", "conjecture_ref", "proposition_ref",
    "solution_ref", "note_ref", "important_ref",
}  # fmt: skip
"""Words that French and English write alike."""


def test_every_word_of_a_book_has_its_french() -> None:
    french, english = words_for("fr"), words_for("en")
    assert french.keys() == english.keys()
    assert {each for each in french if french[each] == english[each]} == SAME


def test_no_english_word_of_ours_is_on_a_french_page(page: Any, book: Path) -> None:
    french = set(words_for("fr").values())
    english = {each for each in words_for("en").values() if len(each) > 3} - french
    for path in sorted(book.glob("*.html")):
        page.goto(path.as_uri())
        said = page.evaluate(
            """Array.from(document.querySelectorAll('*')).flatMap((each) => [
                 ...['aria-label', 'title', 'alt', 'placeholder'].map((n) => each.getAttribute(n)),
                 ...Array.from(each.childNodes).filter((n) => n.nodeType === 3).map((n) => n.data),
               ]).filter(Boolean).map((text) => text.trim())"""
        )
        assert english.isdisjoint(said), path.name
        assert page.evaluate("document.documentElement.lang") == "fr"

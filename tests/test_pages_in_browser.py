"""The pages in a real browser, read from a disk: what they do, and what they must never do."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from conftest import CHROMIUM
from hostile_book import write_hostile_book

from actes.publish.pandoc import render

BOOKS = Path(__file__).parent / "workspaces"
REPOSITORY_BOOK = Path(__file__).parents[1] / "_book"
AXE_TAGS = [
    "wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice",
]  # fmt: skip
DESKTOP, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not on this machine")


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    destination = tmp_path_factory.mktemp("complet") / "_book"
    render(BOOKS / "book-complet", destination, formats=("html",))
    return destination


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    render(write_hostile_book(folder / "source"), folder / "_book", formats=("html",))
    return folder / "_book"


@pytest.fixture
def page(browser: Any) -> Iterator[Any]:
    context = browser.new_context(viewport=DESKTOP, locale="fr-FR")
    opened = context.new_page()
    opened.errors = []
    opened.requests = []
    opened.on("pageerror", lambda error: opened.errors.append(str(error)))
    opened.on("request", lambda request: opened.requests.append(request.url))
    yield opened
    assert opened.errors == []
    assert [url for url in opened.requests if not url.startswith(("file:", "data:"))] == []
    context.close()


def address(book: Path, name: str) -> str:
    return (book / name).as_uri()


def test_nothing_that_the_sources_say_runs(page: Any, hostile: Path) -> None:
    for path in sorted(hostile.rglob("*.html")):
        page.goto(path.as_uri())
        assert page.evaluate("typeof window.pwned") == "undefined", path.name
        attributes = page.evaluate(
            "Array.from(document.querySelectorAll('*')).flatMap((e) => e.getAttributeNames())"
        )
        assert not [name for name in attributes if name.startswith("on")], path.name
        links = page.evaluate("Array.from(document.links).map((link) => link.href)")
        assert not [link for link in links if link.startswith(("javascript:", "data:"))]
        scripts = page.evaluate("Array.from(document.scripts).map((s) => s.textContent.trim())")
        assert not any(scripts), path.name  # every script is a file


def test_the_policy_of_the_pages_stops_what_would_be_slipped_in(page: Any, hostile: Path) -> None:
    page.goto(address(hostile, "index.html"))
    page.evaluate(
        """document.body.insertAdjacentHTML('beforeend',
           '<img src="missing.png" onerror="window.pwned=1">');
        const script = document.createElement('script');
        script.textContent = 'window.pwned=2';
        document.body.append(script);"""
    )
    page.wait_for_timeout(200)
    assert page.evaluate("typeof window.pwned") == "undefined"


def test_hostile_pages_are_readable(page: Any, hostile: Path) -> None:
    page.goto(address(hostile, "texte.html"))
    assert page.locator("h1").inner_text().endswith("et qui finit")
    assert page.locator("[dir=rtl]").inner_text().startswith("مرحبا")
    for viewport in (DESKTOP, PHONE):
        page.set_viewport_size(viewport)
        overflow = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
        assert overflow <= 0


def test_search_finds_by_stem_without_accents_and_leads_to_the_heading(
    page: Any, hostile: Path
) -> None:
    page.goto(address(hostile, "index.html"))
    page.keyboard.press("Control+k")
    box = page.locator("#search-box")
    for asked in ("policiere", "CAMBRIOLAGE", "« les policières »"):
        box.fill(asked)
        first = page.locator(".search-results a").first
        first.wait_for()
        assert "texte.html" in first.get_attribute("href"), asked
        assert first.get_attribute("href").endswith("#sec-mots"), asked
    box.fill('"cambriolages policières"')
    page.wait_for_function("document.querySelector('.search-count').textContent.includes('Aucun')")
    box.fill("policière")
    page.locator(".search-results a").first.click()
    page.wait_for_url("**/texte.html?q=*#sec-mots")
    assert page.evaluate("CSS.highlights.get('search').size") >= 1
    assert "policière" in page.locator(".marked").inner_text()
    page.keyboard.press("Escape")
    assert page.evaluate("CSS.highlights.has('search')") is False


def test_a_word_found_in_a_folded_callout_is_shown(page: Any, book: Path) -> None:
    page.goto(address(book, "mesures.html"))
    callout = page.locator("details.callout").first
    assert callout.get_attribute("open") is None
    page.goto(address(book, "mesures.html") + "?q=victime")
    page.wait_for_function("document.querySelector('details.callout').open")
    assert page.locator("details.data[open]").count() == 0


def test_the_contents_of_a_page_say_which_section_is_read(page: Any, book: Path) -> None:
    page.goto(address(book, "mesures.html"))
    link = page.locator(".toc a").nth(1)
    link.click()
    page.wait_for_function(
        "link => link.getAttribute('aria-current') === 'true'", arg=link.element_handle()
    )
    assert page.locator(".toc [aria-current]").count() == 1


@pytest.mark.parametrize(
    ("start", "selector", "shown"),
    [
        ("mesures.html", "a.xref[href='#tbl-sources']", "Les trois familles de sources"),
        ("index.html", "a.xref[href*='fig-serie']", "Soustractions par mois"),
        ("mesures.html", "a.footnote-ref", "Les enquêtes interrogent un échantillon"),
        ("mesures.html", ".citation a", "Desrosières"),
    ],
)
def test_what_a_reference_leads_to_is_shown_with_the_keyboard_and_dismissed(
    page: Any, book: Path, start: str, selector: str, shown: str
) -> None:
    page.goto(address(book, start))
    link = page.locator(selector).first
    page.keyboard.press("Tab")  # the browser then knows that the keyboard is used
    link.focus()
    preview = page.locator("#preview")
    preview.wait_for(state="visible")
    assert shown in preview.inner_text()
    assert link.get_attribute("aria-describedby") == "preview"
    page.keyboard.press("Escape")
    assert preview.is_hidden()
    assert page.evaluate("document.activeElement.tagName") == "A"  # the focus has not moved
    link.hover()
    preview.wait_for(state="visible")
    preview.hover()
    page.wait_for_timeout(400)
    assert preview.is_visible()  # the pointer may go over what is shown


def test_headings_figures_and_tables_have_a_link_to_copy(browser: Any, book: Path) -> None:
    context = browser.new_context(permissions=["clipboard-read", "clipboard-write"])
    page = context.new_page()
    page.goto(address(book, "mesures.html"))
    for element in ("sec-sources", "tbl-sources", "fig-entonnoir"):
        link = page.locator(f".anchor[href='#{element}']")
        link.focus()
        assert float(link.evaluate("(each) => getComputedStyle(each).opacity")) == 1
        page.keyboard.press("Enter")
        page.wait_for_function("document.querySelector('.toast').textContent === 'Lien copié'")
        copied = page.evaluate("navigator.clipboard.readText()")
        assert copied == f"{address(book, 'mesures.html')}#{element}"
    context.close()


def test_the_data_behind_a_figure_are_a_table_and_a_file(page: Any, hostile: Path) -> None:
    page.goto(address(hostile, "carnet.html"))
    page.locator("details.data summary").click()
    table = page.get_by_role("table", name="Données\u00a0: Figure\u00a02.1")
    assert "12\u202f345" in table.inner_text()
    link = page.get_by_role("link", name="Télécharger les données (CSV)\u00a0: Figure\u00a02.1")
    assert (hostile / link.get_attribute("href")).read_bytes().startswith(b"\xef\xbb\xbf")


ALL = {"runOnly": {"type": "tag", "values": AXE_TAGS}}
LOOKS = {"runOnly": {"type": "rule", "values": ["color-contrast", "target-size"]}}
"""Rules that depend on the screen and its colours; the others see the same page."""


def violations(
    browser: Any, book: Path, viewport: dict[str, int], scheme: str, options: dict[str, Any]
) -> list[str]:
    from axe_playwright_python.sync_playwright import Axe

    axe, found = Axe(), []
    context = browser.new_context(viewport=viewport, color_scheme=scheme, bypass_csp=True)
    page = context.new_page()
    for path in sorted(book.rglob("*.html")):
        page.goto(path.as_uri())
        for each in axe.run(page, options=options).response["violations"]:
            nodes = [node["html"][:120] for node in each["nodes"][:2]]
            found.append(f"{path.name}: {each['id']}: {nodes}")
    context.close()
    return found


@pytest.mark.parametrize(
    ("viewport", "scheme", "options"),
    [
        pytest.param(DESKTOP, "light", ALL, id="desktop-light"),
        pytest.param(PHONE, "dark", ALL, id="phone-dark"),
        pytest.param(DESKTOP, "dark", LOOKS, id="desktop-dark"),
        pytest.param(PHONE, "light", LOOKS, id="phone-light"),
    ],
)
def test_no_accessibility_violation(
    browser: Any, book: Path, viewport: dict[str, int], scheme: str, options: dict[str, Any]
) -> None:
    pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
    assert violations(browser, book, viewport, scheme, options) == []


@pytest.mark.slow
def test_the_book_of_this_repository_is_accessible(browser: Any) -> None:
    pytest.importorskip("axe_playwright_python", reason="axe-playwright-python is not installed")
    if not (REPOSITORY_BOOK / "index.html").is_file():
        pytest.skip("the repository's book is not built here (actes build)")
    assert violations(browser, REPOSITORY_BOOK, DESKTOP, "light", ALL) == []
    assert violations(browser, REPOSITORY_BOOK, PHONE, "dark", LOOKS) == []


def test_no_english_on_a_french_page(page: Any, book: Path) -> None:
    english = (
        "Search",
        "Next",
        "Previous",
        "Copy",
        "Figure of",
        "Table of",
        "Skip",
        "Close",
        "Home",
    )
    for path in sorted(book.rglob("*.html")):
        page.goto(path.as_uri())
        said = page.evaluate(
            """Array.from(document.querySelectorAll('*')).flatMap((e) =>
               ['aria-label', 'title', 'alt', 'placeholder'].map((n) => e.getAttribute(n) || ''))
               .concat(Array.from(document.querySelectorAll('button')).map((b) => b.textContent))"""
        )
        assert not [text for text in said for word in english if word in text], path.name


# -- reading order and focus order --------------------------------------------------------------

FOCUSED = """() => {
  const each = document.activeElement;
  if (each === document.body) return null;
  const box = each.getBoundingClientRect(), style = getComputedStyle(each);
  const region = each.closest('.bar, .sidebar, .toc, main, .foot');
  return {
    text: (each.getAttribute('aria-label') || each.textContent).trim(),
    region: region ? region.tagName + '.' + region.className : '',
    top: box.top + scrollY, bottom: box.bottom + scrollY,
    seen: box.bottom > 0 && box.top < innerHeight && box.width > 0
      && style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2
      && style.visibility === 'visible',
  };
}"""
WIDE_ORDER = ["", "NAV.sidebar", "NAV.toc", "MAIN.", "FOOTER.foot"]
NARROW_ORDER = ["", "HEADER.bar", "MAIN.", "FOOTER.foot"]


def focused_in_turn(page: Any) -> list[dict[str, Any]]:
    """Press Tab through the whole page; what has had the focus."""
    stops = []
    while len(stops) < 300:
        page.keyboard.press("Tab")
        stop = page.evaluate(FOCUSED)
        if stop is None:
            return stops
        stops.append(stop)
    raise AssertionError("the focus never leaves the page")


@pytest.mark.parametrize("name", ["mesures.html", "reports/soustractions/index.html"])
@pytest.mark.parametrize(
    ("viewport", "order"),
    [
        pytest.param(DESKTOP, WIDE_ORDER, id="desktop"),
        pytest.param(PHONE, NARROW_ORDER, id="phone"),
    ],
)
def test_the_focus_goes_down_the_page(
    page: Any, book: Path, name: str, viewport: dict[str, int], order: list[str]
) -> None:
    page.emulate_media(reduced_motion="reduce")
    page.set_viewport_size(viewport)
    page.goto(address(book, name))
    stops = focused_in_turn(page)
    assert stops[0]["text"] == "Aller au contenu"
    assert [stop["text"] for stop in stops if not stop["seen"]] == []
    regions = [stop["region"] for stop in stops]
    assert list(dict.fromkeys(regions)) == [each for each in order if each in regions]
    assert regions == sorted(regions, key=order.index)  # none is gone back to
    inside = [stop for stop in stops if stop["region"] == "MAIN."]
    assert len(inside) >= 4
    for before, after in itertools.pairwise(inside):
        assert after["bottom"] > before["top"], f"{before['text']} -> {after['text']}"


def test_the_first_link_skips_to_the_text(page: Any, book: Path) -> None:
    page.goto(address(book, "mesures.html"))
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.closest('main') !== null")


def test_the_menu_of_a_phone_is_open_to_the_keyboard(page: Any, book: Path) -> None:
    page.set_viewport_size(PHONE)
    page.goto(address(book, "mesures.html"))
    menu = page.locator(".menu-button")
    menu.focus()
    page.keyboard.press("Enter")
    assert menu.get_attribute("aria-expanded") == "true"
    texts = [stop["text"] for stop in focused_in_turn(page)]
    assert "Préface" in texts
    page.keyboard.press("Escape")
    assert menu.get_attribute("aria-expanded") == "false"


@pytest.mark.parametrize("viewport", [DESKTOP, PHONE], ids=["desktop", "phone"])
def test_the_source_of_a_page_is_in_the_order_in_which_it_is_read(
    page: Any, book: Path, viewport: dict[str, int]
) -> None:
    page.set_viewport_size(viewport)
    for path in sorted(book.rglob("*.html")):
        page.goto(path.as_uri())
        tops = page.evaluate(
            """Array.from(document.querySelectorAll('main > *, .body > *'))
               .filter((each) => each.offsetParent && !each.classList.contains('body'))
               .map((each) => each.getBoundingClientRect().top)"""
        )
        assert tops == sorted(tops), path.name


def test_a_page_is_set_on_one_column(page: Any, book: Path) -> None:
    page.goto(address(book, "reports/soustractions/index.html"))
    # This book, made of pages alone, offers nothing.
    page.evaluate(
        """document.querySelector('.chapter-head').insertAdjacentHTML(
           'afterend', '<p class="chapter-downloads">PDF</p>')"""
    )
    # Everything begins where the text does: breadcrumb, head, abstract, text, foot.
    lefts = page.evaluate(
        """Array.from(document.querySelectorAll('main > *, .foot'))
           .filter((each) => each.offsetParent).map((each) => each.getBoundingClientRect().left)"""
    )
    assert len(lefts) > 5
    assert max(lefts) - min(lefts) < 1

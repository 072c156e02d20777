"""How pages look: screenshots, small and grey, compared with those of ``golden/*.png``.

A change that is meant is written there by ``python tests/test_looks.py``; look at the pictures.

Everything is set in one typeface that comes with matplotlib, and nothing is hyphenated or
balanced, so that pictures are those of any machine; what a letter looks like is blurred away,
where things are is not.
"""

from __future__ import annotations

import base64
import io
import shutil
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from conftest import CHROMIUM

from actes.publish.pandoc import render

TESTS = Path(__file__).parent
DESKTOP, PHONE = (1440, 900), (390, 844)
VIEWS = {
    "index-desktop-light": ("index.html", DESKTOP, "light"),
    "index-phone-light": ("index.html", PHONE, "light"),
    "mesures-desktop-light": ("mesures.html", DESKTOP, "light"),
    "mesures-phone-dark": ("mesures.html", PHONE, "dark"),
    "article-desktop-dark": ("reports/soustractions/index.html", DESKTOP, "dark"),
    "article-phone-light": ("reports/soustractions/index.html", PHONE, "light"),
}
SHRUNK = {DESKTOP: 4, PHONE: 2}
SQUARE = 16
"""Side, in pixels of the screen, of the squares whose mean greys are compared."""
MEAN_GAP, FAR, SHARE_FAR = 1.5, 25, 0.01
"""Of 255 levels: mean gap allowed; what is far; share of the squares that may be that far."""

pytestmark = pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not on this machine")


def _style() -> str:
    import matplotlib as mpl

    font = Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSerif.ttf"
    data = base64.b64encode(font.read_bytes()).decode()
    return (
        f"@font-face {{ font-family: Same; src: url(data:font/ttf;base64,{data}) }}"
        "* { font-family: Same !important; hyphens: manual !important; text-wrap: wrap !important }"
    )


def _screenshot(browser: Any, book: Path, view: str) -> Any:
    """The whole page in grey, a few times smaller, in 16 levels."""
    from PIL import Image

    name, (width, height), scheme = VIEWS[view]
    context = browser.new_context(
        viewport={"width": width, "height": height}, color_scheme=scheme, bypass_csp=True,
        locale="fr-FR",
    )  # fmt: skip
    page = context.new_page()
    page.goto((book / name).as_uri())
    page.add_style_tag(content=_style())
    page.evaluate("document.fonts.ready")
    shot = Image.open(io.BytesIO(page.screenshot(full_page=True))).convert("L")
    context.close()
    by = SHRUNK[width, height]
    shrunk = shot.resize((shot.width // by, shot.height // by), Image.Resampling.BOX)
    return shrunk.point([level // 16 * 17 for level in range(256)])


def _squares(picture: Any, view: str) -> Any:
    import numpy as np
    from PIL import Image

    side = SQUARE // SHRUNK[VIEWS[view][1]]
    size = (picture.width // side, picture.height // side)
    return np.asarray(picture.resize(size, Image.Resampling.BOX), dtype=float)


def difference(now: Any, golden: Any, view: str) -> str:
    """What tells two screenshots apart; ``""`` when it is less than a tolerance."""
    import numpy as np

    if now.width != golden.width or abs(now.height / golden.height - 1) > 0.03:
        return f"the page was {golden.size}, it is {now.size}"
    first, second = _squares(now, view), _squares(golden, view)
    rows = min(len(first), len(second))
    gaps = np.abs(first[:rows] - second[:rows])
    share = float((gaps > FAR).mean())
    if gaps.mean() <= MEAN_GAP and share <= SHARE_FAR:
        return ""
    row = int((gaps > FAR).mean(axis=1).argmax()) * SQUARE
    return (
        f"mean gap {gaps.mean():.2f} of 255, {share:.1%} of the page far, most about {row} px down"
    )


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return _rendered(tmp_path_factory.mktemp("looks") / "_book")


def _rendered(destination: Path) -> Path:
    render(TESTS / "workspaces" / "book-complet", destination, formats=("html",))
    return destination


@pytest.mark.parametrize("view", VIEWS)
def test_a_page_looks_as_it_did(browser: Any, book: Path, tmp_path: Path, view: str) -> None:
    from PIL import Image

    now = _screenshot(browser, book, view)
    said = difference(now, Image.open(TESTS / "golden" / f"{view}.png"), view)
    if said:
        now.save(tmp_path / f"{view}.png")
        meant = "If this is meant: python tests/test_looks.py"
        pytest.fail(f"{said}\nnow: {tmp_path / view}.png\n{meant}", pytrace=False)


def test_a_page_without_its_figures_or_its_margins_is_told(browser: Any, book: Path) -> None:
    from PIL import Image

    broken = book.parent / "broken"
    for rule in ("img { visibility: hidden }", "main > * { margin-left: 0 }"):
        shutil.copytree(book, broken, dirs_exist_ok=True)
        style = broken / "assets" / "book.css"
        style.write_text(style.read_text(encoding="utf-8") + rule, encoding="utf-8")
        view = "article-desktop-dark"
        golden = Image.open(TESTS / "golden" / f"{view}.png")
        assert difference(_screenshot(browser, broken, view), golden, view), rule


def test_screenshots_are_small() -> None:
    assert {path.stem for path in (TESTS / "golden").glob("*.png")} == VIEWS.keys()
    assert all(path.stat().st_size < 30_000 for path in (TESTS / "golden").glob("*.png"))


def main() -> None:
    """Take the screenshots again."""
    from playwright.sync_api import sync_playwright

    with tempfile.TemporaryDirectory() as folder, sync_playwright() as running:
        book = _rendered(Path(folder) / "_book")
        browser = running.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        for view in VIEWS:
            picture = _screenshot(browser, book, view)
            picture.save(TESTS / "golden" / f"{view}.png", optimize=True)
        browser.close()


if __name__ == "__main__":
    sys.exit(main())

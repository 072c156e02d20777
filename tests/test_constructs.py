"""Every construct of Quarto does what ``docs/constructions.md`` says, on screen and on paper."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import constructs
import pytest
from constructs import HONOURED, PAGE, REFUSED

from actes.publish.pandoc import render

HOW_TO = "write it again: python tests/constructs.py"


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = tmp_path_factory.mktemp("constructs")
    constructs.write_book(root, HONOURED)
    render(root, root / "_book", formats=("html", "pdf"))
    return root / "_book"


@pytest.fixture(scope="module")
def paper(book: Path) -> str:
    if shutil.which("pdftotext") is None:
        pytest.skip("pdftotext (poppler-utils) is not on this machine")
    done = subprocess.run(
        ["pdftotext", next(book.glob("*.pdf")), "-"], capture_output=True, check=True, timeout=60
    )
    return " ".join(done.stdout.decode().split())


def plain(text: str) -> str:
    return re.sub("[\u00a0\u202f]", " ", text)


@pytest.mark.parametrize("number", range(len(HONOURED)), ids=[each.name for each in HONOURED])
def test_a_construct_is_honoured_on_screen(number: int, book: Path) -> None:
    page = plain((book / f"c{number:02d}.html").read_text(encoding="utf-8"))
    body = page.partition('<article class="body">')[2].partition("</main>")[0]
    assert re.search(HONOURED[number].screen, body), body


def test_constructs_are_honoured_on_paper(paper: str) -> None:
    text = plain(paper)
    assert [each.name for each in HONOURED if not re.search(each.paper, text)] == []


def test_every_other_construct_is_refused_by_name() -> None:
    assert set(constructs.refusals()) == {each.name for each in REFUSED}


def test_the_page_says_what_was_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACTES_LANG", "fr")
    assert PAGE.read_text(encoding="utf-8") == constructs.page_text(), HOW_TO

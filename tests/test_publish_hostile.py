"""Sources that are too large, or that mean harm: a page that can be read, or one clear message."""

from __future__ import annotations

from pathlib import Path

import pytest
from hostile_book import FORMULAS, write_hostile_book

from actes.publish.pandoc import render

BOOKS = Path(__file__).parent / "workspaces"


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("hostile")
    source = write_hostile_book(
        folder / "source", n_rows=5000, drawing_bytes=20_000_000, n_cited=300
    )
    render(source, folder / "_book", formats=("html",))
    return folder / "_book"


def test_a_large_table_is_whole(book: Path) -> None:
    page = (book / "carnet.html").read_text(encoding="utf-8")
    assert page.count("<tr>") > 5000
    assert len(page) < 1_000_000


def test_a_large_drawing_stays_a_file(book: Path) -> None:
    assert (book / "carnet_files" / "fig-dessin.svg").stat().st_size > 20_000_000


def test_three_hundred_references(book: Path) -> None:
    citations = (book / "citations.html").read_text(encoding="utf-8")
    assert citations.count('class="citation"') == 300
    assert len(citations) < 100_000
    assert (book / "references.html").read_text(encoding="utf-8").count('class="csl-entry"') == 300


def test_nothing_of_the_sources_is_markup_of_the_pages(book: Path) -> None:
    for path in book.rglob("*.html"):
        text = path.read_text(encoding="utf-8")
        assert "<script>" not in text, path.name
        assert "javascript:" not in text, path.name
        assert "background-image" not in text, path.name
        assert "x.example" not in text, path.name


def test_the_csv_runs_nothing(book: Path) -> None:
    text = (book / "carnet_files" / "fig-dessin.csv").read_text(encoding="utf-8-sig")
    for formula in FORMULAS:
        assert f"'{formula.split('(')[0]}" in text


def test_pages_and_scripts_are_light(tmp_path: Path) -> None:
    render(BOOKS / "book-complet", tmp_path / "_book", formats=("html",))
    for path in (tmp_path / "_book").rglob("*.html"):
        assert path.stat().st_size < 100_000, path.name
    scripts = sum(path.stat().st_size for path in (tmp_path / "_book" / "assets").glob("*.js"))
    assert scripts < 100_000

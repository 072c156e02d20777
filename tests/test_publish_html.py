"""A whole book through the embedded engine: what a reader finds in its pages."""

from __future__ import annotations

import json
import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote

import pytest

from actes.publish.pandoc import render

BOOKS = Path(__file__).parent / "workspaces"
VOID = {"img", "input", "link", "meta", "path", "circle", "br", "hr", "col"}


class Page(HTMLParser):
    """The text, ids, links and resources of one page."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.path = path
        self.source = path.read_text(encoding="utf-8")
        self.ids: list[str] = []
        self.links: list[str] = []
        self.resources: list[str] = []
        self.headings: list[str] = []
        self.current: list[str] = []
        self.open: list[tuple[str, dict[str, str]]] = []
        self.pieces: list[str] = []
        self.feed(self.source)
        self.text = " ".join("".join(self.pieces).split(" "))

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if "id" in given:
            self.ids.append(given["id"])
        if tag == "a" and "href" in given:
            self.links.append(given["href"])
        if given.get("aria-current") == "page":
            self.current.append(given.get("href", ""))
        if tag in ("img", "script") and "src" in given:
            self.resources.append(given["src"])
        if tag == "link" and given.get("rel") == "stylesheet":
            self.resources.append(given["href"])
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(tag)
        if tag not in VOID:
            self.open.append((tag, given))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID and any(name == tag for name, _given in self.open):
            while self.open.pop()[0] != tag:
                pass

    def handle_data(self, data: str) -> None:
        if not any(name in ("script", "style", "annotation") for name, _given in self.open):
            self.pieces.append(" ".join(data.split("\n")))

    def element(self, element_id: str) -> str:
        """Source from the element that has this id to the end of the page."""
        return self.source[self.source.index(f'id="{element_id}"') :]


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    destination = tmp_path_factory.mktemp("book") / "_book"
    made = render(BOOKS / "book-complet", destination, formats=("html",))
    assert made == (destination / "index.html",)
    return destination


@pytest.fixture(scope="module")
def pages(book: Path) -> dict[str, Page]:
    return {path.relative_to(book).as_posix(): Page(path) for path in sorted(book.rglob("*.html"))}


@pytest.fixture(scope="module")
def article(pages: dict[str, Page]) -> Page:
    return pages["reports/soustractions/index.html"]


def test_one_page_per_source_at_the_address_quarto_gives_it(pages: dict[str, Page]) -> None:
    assert set(pages) == {
        "index.html",
        "mesures.html",
        "reports/soustractions/index.html",
        "carnet.html",
        "methode.html",
        "references.html",
        "annexe.html",
    }


def test_references_carry_number_and_french_word_across_chapters(pages: dict[str, Page]) -> None:
    front = pages["index.html"]
    assert "au Chapitre\u00a01, puis à la Figure\u00a02.1\u202f;" in front.text
    assert "par l’Annexe\u00a0A." in front.text
    assert "reports/soustractions/index.html#fig-serie" in front.links
    assert "L’Équation\u00a01.1 suppose" in pages["mesures.html"].text
    assert "et la Section\u00a01.1." in pages["mesures.html"].text
    assert "Tableau\u00a0A.1 complète le Chapitre\u00a02" in pages["annexe.html"].text


def test_reference_forms(pages: dict[str, Page], article: Page) -> None:
    assert "Comparer 1.1 à d’autres sources" in pages["mesures.html"].text  # [-@tbl-x]
    assert "voir le\u00a01.1 et les Figure\u00a02.1 et Figure\u00a01.1." in article.text
    assert "../../mesures.html#fig-entonnoir" in article.links


def test_captions_are_labelled(pages: dict[str, Page], article: Page) -> None:
    assert "Figure\u00a02.1\u00a0: Soustractions par mois" in article.text
    assert "Tableau\u00a02.1\u00a0: Soustractions par trimestre." in article.text
    assert "Tableau\u00a02.2\u00a0: Résultat principal (−11,4\u202f%)." in article.text
    assert "Figure\u00a04.1\u00a0: Une figure dans un bloc" in pages["methode.html"].text
    assert "Tableau\u00a04.1\u00a0: Demi-largeur" in pages["methode.html"].text


def test_chapters_parts_and_appendices_are_numbered_in_the_sidebar(article: Page) -> None:
    sidebar = article.element("sidebar").split("</nav>")[0]
    plain = " ".join(re.sub(r"<[^>]+>", " ", sidebar).split())
    assert "Préface Mesurer 1 Mesurer les vols 2 Douze mois de soustractions" in plain
    assert "Comprendre 3 Un carnet comme chapitre 4 Une note de méthode Références" in plain
    assert "Annexes A Dictionnaire des variables" in plain
    assert article.current == ["../../reports/soustractions/index.html", ""]


def test_sections_are_numbered_and_deeper_titles_go_down_a_level(pages: dict[str, Page]) -> None:
    methode = pages["methode.html"]
    assert methode.headings == ["h1", "h2", "h2"]
    assert re.search(r'<h2 id="sec-bornes"><span class="number">4.2</span>', methode.source)
    assert "1.1.1 Ce que la plainte ne dit pas" in pages["mesures.html"].text


def test_each_page_has_one_first_heading(pages: dict[str, Page]) -> None:
    for page in pages.values():
        assert page.headings.count("h1") == 1, page.path


def test_every_link_and_resource_leads_somewhere_in_the_book(
    pages: dict[str, Page], book: Path
) -> None:
    for name, page in pages.items():
        for link in page.links + page.resources:
            if re.match(r"https?:|mailto:", link):
                continue
            target, _hash, anchor = unquote(link).partition("#")
            path = (page.path.parent / target).resolve() if target else page.path
            assert path.is_file(), (name, link)
            if anchor:
                assert anchor in Page(path).ids, (name, link)


def test_nothing_is_fetched_from_the_network(pages: dict[str, Page], book: Path) -> None:
    for page in pages.values():
        assert page.resources, page.path
        assert not [each for each in page.resources if ":" in each or each.startswith("//")]
    css = (book / "assets/book.css").read_text(encoding="utf-8")
    assert "url(" not in css
    assert "@import" not in css
    for script in ("book.js", "theme.js"):
        assert "http" not in (book / "assets" / script).read_text(encoding="utf-8")


def test_ids_are_unique_in_a_page(pages: dict[str, Page]) -> None:
    for page in pages.values():
        twice = {each for each in page.ids if page.ids.count(each) > 1}
        assert not twice, page.path


def test_embedded_results_come_from_the_notebook(article: Page, book: Path) -> None:
    assert (
        (book / "reports/soustractions/serie_files/fig-serie.svg")
        .read_text(encoding="utf-8")
        .startswith("<svg")
    )
    assert 'alt="Une ligne descend de 412 faits' in article.source
    assert "-11.4%" in article.text
    assert "variation = monthly.iloc" in article.text  # echo=true
    assert "plot_series" not in article.text
    assert (
        article.source.count("<table") == 3
    )  # markdown of a cell, HTML of a cell, and of the article


def test_metadata_reach_prose_table_caption_and_abstract(article: Page) -> None:
    assert article.text.count("−11,4\u202f%") == 4
    assert "passent de 412 à 365 faits" in article.text


def test_no_machine_path_or_execution_metadata(pages: dict[str, Page]) -> None:
    for page in pages.values():
        assert "/home/" not in page.source
        assert "iopub" not in page.source
        assert str(Path(__file__).parent) not in page.source


def test_notebook_chapter(pages: dict[str, Page]) -> None:
    carnet = pages["carnet.html"]
    assert "<summary>Les paramètres</summary>" in carnet.source
    assert "total : 4596" in carnet.text
    assert "UserWarning" not in carnet.text
    assert "Figure\u00a03.1\u00a0: La même série" in carnet.text
    assert "plot()" not in carnet.text


def test_one_bibliography_in_the_language_of_the_book(pages: dict[str, Page]) -> None:
    references = pages["references.html"]
    assert "« Crime Statistics" in references.text.replace("\u00a0", " ").replace("\u202f", " ")
    assert "oubliee2001" not in references.source
    assert "references.html#ref-desrosieres2008" in pages["mesures.html"].links
    assert "(Desrosières 2008, 12)" in pages["mesures.html"].text.replace("\u00a0", " ")
    for name, page in pages.items():
        assert ("csl-bib-body" in page.source) == (name == "references.html")


def test_french_typography_spares_code_and_other_languages(pages: dict[str, Page]) -> None:
    mesures, methode = pages["mesures.html"].text, pages["methode.html"].text
    assert (
        "«\u00a0Compter, c’est décider de ce qui compte.\u00a0» La formule est connue\u202f;"
        in mesures
    )
    assert "Au moins 35\u202f%\u00a0: c’est" in mesures
    assert "def rate_per_thousand(n_facts: int" in mesures
    assert "A sentence in English: here “quotes” stay straight?" in methode
    assert "Retour au «\u00a0français\u00a0»\u202f!" in methode


def test_shortcodes_in_code_stay_as_written(pages: dict[str, Page]) -> None:
    assert '"{{< nothing >}}" stays as it is' in pages["mesures.html"].text
    assert "{{< meta title >}}" in pages["mesures.html"].text


def test_conditional_content_is_for_the_screen(pages: dict[str, Page]) -> None:
    assert "se lit à l’écran" in pages["mesures.html"].text
    assert "se lit sur papier" not in pages["mesures.html"].text


def test_callouts_and_tabs(pages: dict[str, Page]) -> None:
    mesures, methode = pages["mesures.html"].source, pages["methode.html"].source
    assert '<details class="callout callout-warning callout-default"><summary' in mesures
    assert '<details class="callout callout-caution callout-default" open=""' in methode
    assert 'class="callout callout-note callout-simple" role="note"' in methode
    assert mesures.count('class="tab-title"') == 3
    assert pages["index.html"].text.count("Conseil") == 1


def test_formulas_are_mathml(pages: dict[str, Page]) -> None:
    assert '<math display="block"' in pages["mesures.html"].element("eq-estimateur")
    assert "(1.1)" in pages["mesures.html"].text


def test_title_page_and_article_head(pages: dict[str, Page], article: Page) -> None:
    front = pages["index.html"]
    assert 'href="https://orcid.org/0000-0002-1825-0097"' in front.source
    assert "Département des statistiques, Institut d’études de sécurité, Lyon" in front.text
    assert "15 mars 2026" in front.text
    assert "https://doi.org/10.5281/zenodo.0000_1" in front.links
    assert 'class="cover" src="images/couverture.svg" alt="Couverture' in front.source
    assert "1er février 2026" in article.text
    assert "vol, série mensuelle, saisonnalité" in article.text
    assert "Le nombre de soustractions recule" in article.text
    assert "recule" not in front.text


def test_neighbours_follow_the_reading_order(article: Page) -> None:
    assert '<a class="previous" rel="prev" href="../../mesures.html">' in article.source
    assert '<a class="next" rel="next" href="../../carnet.html">' in article.source


def test_repository_links(article: Page) -> None:
    source = "https://example.org/etudes/actes/blob/main/reports/soustractions/index.qmd"
    assert source in article.links
    assert "https://example.org/etudes/actes/issues/new" in article.links


def test_search_leads_to_the_heading_above_the_words(book: Path, pages: dict[str, Page]) -> None:
    script = (book / "assets/search-index.js").read_text(encoding="utf-8")
    entries = json.loads(script.removeprefix("window.actesSearch = ").rstrip().rstrip(";"))
    homes = [entry["href"] for entry in entries if "Mains courantes" in entry["text"]]
    assert homes == ["mesures.html#sec-sources"]
    for entry in entries:
        page, _hash, anchor = entry["href"].partition("#")
        assert not anchor or anchor in pages[page].ids


def test_same_sources_give_the_same_bytes(book: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    render(BOOKS / "book-complet", again, formats=("html",))
    first = {
        path.relative_to(book): path.read_bytes() for path in book.rglob("*") if path.is_file()
    }
    second = {
        path.relative_to(again): path.read_bytes() for path in again.rglob("*") if path.is_file()
    }
    assert first == second


def test_linked_data_travel_with_the_book(book: Path, article: Page) -> None:
    assert "../../reports/soustractions/serie.csv" in article.links
    assert (book / "reports/soustractions/serie.csv").read_text(encoding="utf-8").startswith("mois")


def test_pdf_is_offered_when_it_is_made(tmp_path: Path) -> None:
    made = render(BOOKS / "book-complet", tmp_path / "_book", formats=("html", "pdf"))
    pdf = tmp_path / "_book" / "Vols-et-soustractions-frauduleuses.pdf"
    assert made == (tmp_path / "_book" / "index.html", pdf)
    assert pdf.read_bytes().startswith(b"%PDF")
    page = Page(tmp_path / "_book" / "index.html")
    assert pdf.name in page.links
    button = page.source.partition('class="title-downloads"')[2].partition("</p>")[0]
    assert 'aria-label="Télécharger en PDF"' in button
    assert button.endswith("</svg>PDF</a>")


def test_a_book_without_a_foot_has_no_empty_one(tmp_path: Path) -> None:
    (tmp_path / "_quarto.yml").write_text(
        "lang: fr\nbook:\n  title: Petit\n  date: 2026-01-15\n  chapters: [index.qmd]\n",
        encoding="utf-8",
    )
    (tmp_path / "index.qmd").write_text("# Avant {.unnumbered}\n\nTexte.\n", encoding="utf-8")
    render(tmp_path, tmp_path / "_book")
    assert "<footer" not in (tmp_path / "_book" / "index.html").read_text(encoding="utf-8")

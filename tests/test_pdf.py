"""What a reader of the printed book sees, and what its author is told."""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import zlib
from functools import cached_property
from pathlib import Path
from typing import Any

import pypandoc
import pytest
import typst
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from actes.errors import ActesError, ArticleError, ToolError, place
from actes.publish.conversion import Converter
from actes.publish.neutral import NeutralChapter
from actes.publish.pdf import render_pdf
from actes.publish.people import Author
from actes.publish.problems import BookError
from actes.publish.project import Project
from actes.publish.words import words_for

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="300" height="150" viewBox="0 0 300 150">'
    '<polyline fill="none" stroke="#1f3a5f" points="10,140 150,60 290,10"/></svg>'
)
FIGURE = '![Une courbe.](courbe.svg){#fig-a number="1.1" label="Figure" alt="Elle monte."}'

INDEX = """
# Avant-propos {#sec-avant .unnumbered}

Voir le [Chapitre 1](#sec-un){.xref page="etude.html"}.
"""

REGIONS = "\n".join(f"| Région {n:02d} | {n * 37} |" for n in range(70))

STUDY = f"""---
lang: fr
subtitle: Un sous-titre
author:
- name: Marie Tremblay
  orcid: 0000-0002-1825-0097
  affiliations: [Université de Montréal]
abstract: Le résumé de l’étude.
keywords: [prévention, évaluation]
---
# Mesurer l’effet {{#sec-un number="1"}}

Voir la [Figure 1.1](#fig-a){{.xref}}, le [Tableau 1.1](#tbl-a){{.xref}},
l’[Équation 1.1](#eq-a){{.xref}} et [(Côté 2021)](#ref-cote){{page="references.html"}}.[^n]
Un lien : <https://example.org/page>.

[^n]: Texte de la note.

## Données {{#sec-donnees number="1.1"}}

{FIGURE}

[$$\\tau = \\frac{{n}}{{N}}$$]{{#eq-a .equation number="1.1"}}

Ici $\\alpha = 1$ et [an English passage]{{lang="en-GB"}}.

| Région | Nombre |
|:-------|-------:|
{REGIONS}

: Nombre par région {{#tbl-a number="1.1" label="Tableau"}}

::: {{.callout .warning title="Données révisées" appearance="default"}}
Prudence.
:::

:::: {{.tabset}}
::: {{.tab title="Par âge"}}
Contenu du premier onglet.
:::
::: {{.tab title="Par sexe"}}
Contenu du second.
:::
::::

::: {{.code-fold summary="Code" open="false"}}
```python
code_replie = 1
```
:::

::: {{.code-fold summary="Code" open="true"}}
```python
code_ouvert = 2
```
:::

- [ ] à faire
- [x] faite

Terme
:   Sa définition.
"""

REFERENCES = """
# Références {.unnumbered}

:::: {#refs .references}
::: {#ref-cote .csl-entry}
Côté, Jean. 2021. *Un titre.*
:::
::::
"""


# -- making a book ------------------------------------------------------------------------------


def pandoc_json(markdown: str) -> dict[str, Any]:
    command = [pypandoc.get_pandoc_path(), "--from=markdown-smart", "--to=json"]
    done = subprocess.run(command, input=markdown.encode(), capture_output=True, check=True)
    document: dict[str, Any] = json.loads(done.stdout)
    for block in document["blocks"]:
        if block["t"] == "Figure":
            image = block["c"][2][0]["c"][0]
            attributes = image["c"][0][2]
            block["c"][0][2] = [pair for pair in attributes if pair[0] != "alt"]
            image["c"][0] = ["", [], [pair for pair in attributes if pair[0] == "alt"]]
    return document


def chapter(
    slug: str,
    markdown: str,
    *,
    kind: str = "chapter",
    number: str = "",
    part: str = "",
) -> NeutralChapter:
    document = pandoc_json(markdown)
    return chapter_of(slug, document, kind=kind, number=number, part=part)


def chapter_of(
    slug: str,
    document: dict[str, Any],
    *,
    kind: str = "chapter",
    number: str = "1",
    part: str = "",
) -> NeutralChapter:
    text = json.dumps(document)
    return NeutralChapter(slug, Path(f"{slug}.qmd"), kind, number, "Titre", text, part)


def project(root: Path, **changes: Any) -> Project:
    settings_: dict[str, Any] = {
        "title": "Études reproductibles",
        "subtitle": "Actes du colloque",
        "authors": (Author("Marie Tremblay"),),
        "date": "15 mars 2026",
        "date_iso": "2026-03-15",
        "doi": "10.1000/xyz",
        "lang": "fr",
        "words": words_for("fr"),
        "metadata": {"license": "CC BY 4.0"},
    }
    return Project(root=root, entries=(), **{**settings_, **changes})


def print_book(book: Project, chapters: list[NeutralChapter], build_dir: Path, file: Path) -> Path:
    return render_pdf(book, chapters, build_dir, file, converter=Converter())


def whole_book(build_dir: Path) -> list[NeutralChapter]:
    (build_dir / "courbe.svg").write_text(SVG, encoding="utf-8")
    return [
        chapter("index", INDEX, kind="index"),
        chapter("etude", STUDY, number="1", part="Première partie"),
        chapter("annexe", "# Outils {#sec-a}\n\nTexte.", kind="appendix", number="A"),
        chapter("references", REFERENCES, kind="references"),
    ]


def printed(tmp_path: Path, markdown: str, **changes: Any) -> Pdf:
    (tmp_path / "courbe.svg").write_text(SVG, encoding="utf-8")
    one = chapter("essai", markdown, number="1")
    return Pdf(print_book(project(tmp_path, **changes), [one], tmp_path, tmp_path / "out.pdf"))


def refusal(tmp_path: Path, markdown: str) -> ActesError:
    with pytest.raises(ActesError) as caught:
        printed(tmp_path, markdown)
    assert not (tmp_path / "out.pdf").exists()
    return caught.value


# -- reading a PDF ------------------------------------------------------------------------------


class Pdf:
    """Just enough of a PDF reader for the files that Typst writes."""

    def __init__(self, path: Path) -> None:
        self.bytes = path.read_bytes()
        found = re.findall(rb"(\d+) 0 obj\s(.*?)\sendobj", self.bytes, re.DOTALL)
        self.objects = {int(number): body for number, body in found}

    @cached_property
    def page_numbers(self) -> list[int]:
        """Which object each page is."""
        kids = next(
            re.search(rb"/Kids\[(.*?)\]", each)
            for each in self.objects.values()
            if b"/Type/Pages" in each
        )
        assert kids
        return [int(number) for number in re.findall(rb"(\d+) 0 R", kids[1])]

    @cached_property
    def pages(self) -> list[str]:
        """Text of each page, in the order in which it is drawn."""
        return [self._page(number) for number in self.page_numbers]

    @cached_property
    def text(self) -> str:
        return "\n".join(self.pages)

    @cached_property
    def marked(self) -> bytes:
        """Every content stream, decoded: tags and languages are there."""
        streams = (self._stream(number) for number in self.objects)
        return b"\n".join(each for each in streams if b"BDC" in each)

    def strings(self, key: str) -> list[str]:
        """Values of a text key (``Alt``, ``Title``…) wherever it occurs."""
        pattern = rb"/%b ?(?:\(((?:[^()\\]|\\.)*)\)|<([0-9A-Fa-f]+)>)" % key.encode()
        whole = b"\n".join(self.objects.values())
        return [
            _unescaped(plain).decode("latin-1")
            if plain
            else bytes.fromhex(coded.decode()).decode("utf-16")
            for plain, coded in re.findall(pattern, whole, re.DOTALL)
        ]

    def _stream(self, number: int) -> bytes:
        head, found, body = self.objects[number].partition(b"stream\n")
        return zlib.decompressobj().decompress(body) if found and b"FlateDecode" in head else b""

    def _page(self, number: int) -> str:
        page = self.objects[number]
        resources = re.search(rb"/Resources (\d+)", page)
        contents = re.search(rb"/Contents (\d+)", page)
        if not contents or not resources:
            return ""
        fonts = {
            name: self._letters(int(font))
            for name, font in re.findall(rb"/(f\d+) (\d+) 0 R", self.objects[int(resources[1])])
        }
        return _drawn(self._stream(int(contents[1])), fonts)

    def _letters(self, font: int) -> dict[int, str]:
        to_unicode = re.search(rb"/ToUnicode (\d+)", self.objects[font])
        assert to_unicode
        pairs = re.findall(
            rb"<(\w{4})> <(\w+)>", self._stream(int(to_unicode[1])).split(b"beginbfchar", 1)[1]
        )
        return {
            int(code, 16): bytes.fromhex(letters.decode()).decode("utf-16-be")
            for code, letters in pairs
        }


_ESCAPES = {b"n": b"\n", b"r": b"\r", b"t": b"\t", b"b": b"\b", b"f": b"\f"}


def _unescaped(literal: bytes) -> bytes:
    def one(found: re.Match[bytes]) -> bytes:
        return bytes([int(found[1], 8)]) if found[1].isdigit() else _ESCAPES.get(found[1], found[1])

    return re.sub(rb"\\([0-7]{1,3}|.)", one, literal, flags=re.DOTALL)


def _literal_end(content: bytes, start: int) -> int:
    """Position after the literal whose parenthesis opens at ``start``; they nest."""
    depth, at = 0, start
    while True:
        sign = content[at : at + 1]
        depth += (sign == b"(") - (sign == b")")
        at += 2 if sign == b"\\" else 1
        if depth == 0:
            return at


def _drawn(content: bytes, fonts: dict[bytes, dict[int, str]]) -> str:
    written: list[str] = []
    letters: dict[int, str] = {}
    at = 0
    token = re.compile(rb"/(f\d+) [\d.]+ Tf|(/[A-Z]\w*)?(\()")
    while found := token.search(content, at):
        at = found.end()
        if found[1]:
            letters = fonts[found[1]]
            continue
        at = _literal_end(content, found.start(3))
        codes = b"" if found[2] else _unescaped(content[found.start(3) + 1 : at - 1])
        pairs = (codes[place : place + 2] for place in range(0, len(codes), 2))
        written += [letters[int.from_bytes(pair)] for pair in pairs]
    return "".join(written)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Pdf:
    build_dir = tmp_path_factory.mktemp("livre")
    destination = build_dir / "sortie" / "livre.pdf"
    made = print_book(project(build_dir), whole_book(build_dir), build_dir, destination)
    assert made == destination
    return Pdf(made)


# -- the whole book -----------------------------------------------------------------------------


def test_the_cover_names_the_book_and_its_authors(book: Pdf) -> None:
    for expected in (
        "Études reproductibles",
        "Actes du colloque",
        "Marie Tremblay",
        "15 mars 2026",
    ):
        assert expected in book.pages[0]


def test_the_verso_says_how_to_cite_and_that_folded_code_is_left_out(book: Pdf) -> None:
    verso = book.pages[1]
    assert "Pour citer cet ouvrage" in verso
    assert "Marie Tremblay (2026). Études reproductibles\u00a0: Actes du colloque." in verso
    assert "https://doi.org/10.1000/xyz" in verso
    assert "CC BY 4.0" in verso
    assert "Le code replié" in verso
    assert "code_replie" not in book.text
    assert "code_ouvert = 2" in book.text


def test_the_contents_list_parts_chapters_authors_sections_and_pages(book: Pdf) -> None:
    contents = book.pages[2]
    assert "Table des matières" in contents
    assert re.search(
        r"Première partie.*1.*Mesurer l’effet.*Marie Tremblay.*1\.1.*Données", contents, re.DOTALL
    )
    assert re.search(r"A.*Outils", contents)
    assert "\u202f" not in contents
    assert "..." in re.sub(r"\s", "", contents)


def test_front_matter_has_roman_pages_and_the_body_arabic_ones(book: Pdf) -> None:
    assert b"/S/r" in book.bytes
    assert b"/S/D" in book.bytes
    assert "Avant-propos" in book.pages[3]
    assert book.pages[3].rstrip().endswith("iv")


def test_a_chapter_opens_with_its_number_authors_abstract_and_keywords(book: Pdf) -> None:
    opening = next(page for page in book.pages if "Le résumé de l’étude" in page)
    assert "Chapitre 1" in opening
    shown = ["Mesurer l’effet", "Un sous-titre", "Université de Montréal", "0000-0002-1825-0097"]
    for expected in [*shown, "Résumé", "Mots-clés\u00a0: prévention, évaluation"]:
        assert expected in opening
    assert any("Annexe A" in page for page in book.pages)


def test_labels_are_those_of_the_neutral_document(book: Pdf) -> None:
    assert "Figure\u00a01.1\u00a0: Une courbe." in book.text
    assert "Tableau\u00a01.1\u00a0: Nombre par région" in book.text
    assert "(1.1)" in book.text


def test_a_long_table_repeats_its_head_and_its_numbers_are_all_there(book: Pdf) -> None:
    holders = [page for page in book.pages if "Région 0" in page or "Région 6" in page]
    assert len(holders) >= 2
    assert all("RégionNombre" in page.replace("\n", "") for page in holders)
    assert all(f"Région {n:02d}{n * 37}" in book.text for n in range(70))


def test_running_heads_name_the_chapter_and_its_authors(book: Pdf) -> None:
    inside = [page for page in book.pages if "Région 3" in page or "Région 69" in page]
    heads = [page[:120] for page in inside]
    assert any("Marie Tremblay" in head or "Mesurer l’effet" in head for head in heads)


def test_callouts_tabs_lists_and_notes_are_printed(book: Pdf) -> None:
    callout = ["Avertissement — Données révisées", "Prudence."]
    tabs = ["Par âge", "Contenu du premier onglet.", "Par sexe", "Contenu du second."]
    lists = ["☐", "☑", "à faire", "Terme", "Sa définition."]
    for expected in [*callout, *tabs, *lists, "Texte de la note."]:
        assert expected in book.text


def test_images_and_formulas_say_what_they_show(book: Pdf) -> None:
    alternatives = book.strings("Alt")
    assert "Elle monte." in alternatives
    assert "\\tau = \\frac{n}{N}" in alternatives
    assert "\\alpha = 1" in alternatives


def test_languages_are_tagged(book: Pdf) -> None:
    assert b"/Lang(fr-CA)" in book.bytes
    assert b"en-GB" in book.marked + book.bytes


def test_links_lead_inside_and_outside_the_book(book: Pdf) -> None:
    assert b"https://example.org/page" in book.bytes
    assert b"https://orcid.org/0000-0002-1825-0097" in book.bytes
    n_inside = book.bytes.count(b"/Dest ") + book.bytes.count(b"/S/GoTo")
    assert n_inside >= 5


def test_the_outline_nests_chapters_in_their_part(book: Pdf) -> None:
    titles = book.strings("Title")
    assert "1 Mesurer l’effet" in titles
    assert "1.1 Données" in titles


def test_the_document_declares_its_standards_and_its_date(book: Pdf) -> None:
    for claim in (b"<pdfuaid:part>1<", b"<pdfaid:part>2<", b"<pdfaid:conformance>A<"):
        assert claim in book.bytes
    assert b"D:20260315" in book.bytes


def test_two_renders_give_the_same_bytes(tmp_path: Path, book: Pdf) -> None:
    again = print_book(project(tmp_path), whole_book(tmp_path), tmp_path, tmp_path / "encore.pdf")
    assert again.read_bytes() == book.bytes
    assert tmp_path.as_posix().encode() not in again.read_bytes()


def test_typst_has_nothing_to_warn_about(tmp_path: Path) -> None:
    print_book(project(tmp_path), whole_book(tmp_path), tmp_path, tmp_path / "out.pdf")
    _pdf, warnings = typst.compile_with_warnings(
        tmp_path / "main.typ", root=tmp_path, ignore_system_fonts=True, format="pdf"
    )
    assert [each.message for each in warnings] == []


# -- single constructs --------------------------------------------------------------------------


@pytest.mark.parametrize(("lang", "tag"), [("fr", b"fr-CA"), ("fr-FR", b"fr-FR"), ("de", b"(de)")])
def test_the_book_speaks_the_language_of_its_project(tmp_path: Path, lang: str, tag: bytes) -> None:
    assert tag in printed(tmp_path, "# A\n\nTexte.", lang=lang).bytes


TEXT = "Le service compte les faits de chaque mois et les rapporte aux jours du mois. " * 6


@pytest.mark.parametrize("n", range(3, 6))
def test_no_table_comes_between_the_items_of_a_list(tmp_path: Path, n: int) -> None:
    rows = "".join(f"| Poste {row} | {row} |\n" for row in range(31))
    tables = "".join(
        f"| Nom | Nombre |\n|:--|--:|\n{rows}\n: Comptes {name}. {{#tbl-{name}}}\n\n"
        for name in "ab"
    )
    items = "".join(f"- Question {item} ? {TEXT[:80]}\n" for item in range(9))
    before, after = f"{TEXT}\n\n" * 7, f"{TEXT}\n\n" * n
    pdf = printed(tmp_path, f"# A\n\n{before}{tables}{after}## Pratique\n\n{items}")
    start, end = pdf.text.rindex("Question 0"), pdf.text.rindex("Question 8")
    assert "Comptes" not in pdf.text[start:end]


def test_what_announces_a_list_stays_with_it(tmp_path: Path) -> None:
    pages = [
        page
        for n in range(28, 38)
        for page in printed(
            tmp_path, "# A\n\n" + "Ligne.\n\n" * n + "Voici :\n\n- Premier.\n"
        ).pages
    ]
    assert [page for page in pages if ("Voici" in page) != ("Premier" in page)] == []


def test_a_wide_table_gets_a_page_on_its_side(tmp_path: Path) -> None:
    head = "| " + " | ".join(f"Trimestre{n}" for n in range(12)) + " |\n|" + "--:|" * 12
    row = "\n| " + " | ".join(["123456"] * 12) + " |\n"
    pdf = printed(tmp_path, f"# A\n\nAvant.\n\n{head}{row}\n\nAprès.")
    assert b"/MediaBox[0 0 680.31494 481.88977]" in pdf.bytes
    assert pdf.text.count("123456") == 12


def test_a_table_that_no_page_can_hold_is_refused(tmp_path: Path) -> None:
    head = "| " + " | ".join(f"C{n}" for n in range(40)) + " |\n|" + "--:|" * 40
    row = "\n| " + " | ".join(["123456789"] * 40) + " |\n"
    error = refusal(tmp_path, f"# A\n\n{head}{row}")
    assert error.code == "A206"
    assert error.where == "essai.qmd"
    assert error.found.startswith("40 ")


def test_skipped_heading_levels_do_not_stop_the_book(tmp_path: Path) -> None:
    assert "Profond" in printed(tmp_path, "# A\n\n#### Profond\n\nTexte.").text


def test_ids_of_two_chapters_may_be_the_same(tmp_path: Path) -> None:
    chapters = [
        chapter(
            f"c{n}",
            f"# Titre {n} {{#sec-{n}}}\n\n## Méthode {{#methode}}\n\n[ici](#methode)",
        )
        for n in (1, 2)
    ]
    pdf = Pdf(print_book(project(tmp_path), chapters, tmp_path, tmp_path / "out.pdf"))
    assert pdf.text.count("ici") == 2


def test_the_cover_image_is_described(tmp_path: Path) -> None:
    (tmp_path / "couv.SVG").write_text(SVG, encoding="utf-8")
    pdf = printed(
        tmp_path, "# A\n\nTexte.", cover_image=Path("couv.SVG"), cover_image_alt="Une carte."
    )
    assert "Une carte." in pdf.strings("Alt")


def test_a_note_in_a_title_is_printed_once(tmp_path: Path) -> None:
    pdf = printed(tmp_path, "# Titre^[Une remarque.] et [mot]{#mot}\n\n[ici](#mot)")
    assert pdf.text.count("Une remarque.") == 1
    assert pdf.text.count("Titre et mot") == 2


def test_merged_cells_keep_every_text(tmp_path: Path) -> None:
    table = """
+--------+-----------------+
| Région | Sexe            |
|        +--------+--------+
|        | Femmes | Hommes |
+========+========+========+
| Nord   | 12     | 13     |
+--------+--------+--------+
| Sud    | non publié      |
+--------+-----------------+
"""
    text = printed(tmp_path, f"# A\n\n{table}").text
    # drawn line by line: the head that spans two rows stands on the second
    assert "SexeRégionFemmesHommesNord1213Sudnon publié" in text


def test_a_picture_may_have_any_name(tmp_path: Path) -> None:
    name = 'été #1 "à" [x].svg'
    (tmp_path / name).write_text(SVG, encoding="utf-8")
    document = pandoc_json("# A\n\n![Une courbe](remplacée.svg)")
    document["blocks"][1]["c"][2][0]["c"][0]["c"][2][0] = name
    one = chapter_of("essai", document)
    pdf = Pdf(print_book(project(tmp_path), [one], tmp_path, tmp_path / "out.pdf"))
    assert "Une courbe" in pdf.strings("Alt")


def test_raw_typst_passes(tmp_path: Path) -> None:
    assert "2026" in printed(tmp_path, "# A\n\n`#str(2000 + 26)`{=typst}\n").text


# -- what an author is told ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("markdown", "code", "found"),
    [
        ("a ![](courbe.svg) b", "A200", "courbe.svg"),
        ("a ![Une courbe](absente.svg) b", "A201", "absente.svg"),
        ("$\\commandeinconnue{x}$", "A202", "\\commandeinconnue{x}"),
        ("[là](#nulle-part)", "A203", "#nulle-part"),
        ("- un\n\n  ::: {.pagebreak}\n  :::\n", "A204", ""),
        ("`<b>`{=html}", "A205", "html"),
    ],
)
def test_a_mistake_is_named_before_typst_is_called(
    tmp_path: Path, markdown: str, code: str, found: str
) -> None:
    error = refusal(tmp_path, f"# A\n\n{markdown}")
    assert isinstance(error, BookError)
    assert (error.code, error.where, error.found) == (code, "essai.qmd", found)
    assert error.next_step


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    error = refusal(tmp_path, "# A\n\n![](courbe.svg) et $\\nimporte{x}$ et [là](#rien)")
    assert isinstance(error, BookError)
    assert [each.code for each in error.problems] == ["A200", "A202", "A203"]


def test_a_character_without_a_drawing_is_never_silent(tmp_path: Path) -> None:
    error = refusal(tmp_path, "# A\n\nTexte.\n\nUn signe : 中.")
    assert isinstance(error, ArticleError)
    assert (error.code, error.where, error.found) == ("A210", "essai.qmd", "中 (U+4E2D)")


WIDE = "| " + " | ".join(f"C{n}" for n in range(40)) + " |\n|" + "--:|" * 40
WIDE += "\n| " + " | ".join(["123456789"] * 40) + " |\n"


@pytest.mark.parametrize(
    "markdown",
    ["Un signe : 中.", "```{=typst}\n#inconnu()\n```", "$\\nimporte{x}$", "[là](#rien)", WIDE],
)
def test_a_mistake_gives_its_line(tmp_path: Path, markdown: str) -> None:
    text = f"# A\n\nTexte.\n\n{markdown}\n"
    (tmp_path / "essai.qmd").write_text(text, encoding="utf-8")
    line = 6 if "typst" in markdown else 5
    assert refusal(tmp_path, text).where == place("essai.qmd", line=line)


def test_an_error_in_raw_typst_names_its_chapter(tmp_path: Path) -> None:
    error = refusal(tmp_path, "# A\n\n```{=typst}\n#inconnu()\n```\n")
    assert isinstance(error, ToolError)
    assert (error.code, error.where) == ("T150", "essai.qmd")
    assert "inconnu" in error.found
    section = '# A\n\n## B {number="1.2"}\n\n```{=typst}\n#inconnu()\n```\n'
    assert refusal(tmp_path, section).where == "essai.qmd, section 1.2"
    assert "Traceback" not in str(error)


def test_a_book_without_a_date_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ArticleError) as caught:
        printed(tmp_path, "# A\n\nTexte.", date="", date_iso="")
    assert caught.value.code == "A207"
    assert caught.value.where == "_quarto.yml, clé book.date"


def test_a_failed_render_leaves_the_former_book(tmp_path: Path) -> None:
    former = printed(tmp_path, "# A\n\nTexte.").bytes
    with pytest.raises(BookError):
        printed(tmp_path, "# A\n\n[là](#rien)")
    assert (tmp_path / "out.pdf").read_bytes() == former


# -- any text comes out as it went in -----------------------------------------------------------

# What the author typed, and nothing else: any markup that Typst saw in it stops the query.
PROBE = """
#let told(it) = {
  if type(it) == str { it }
  else if it == [ ] { " " }
  else if repr(it.func()) in ("text", "symbol", "raw") { it.text }
  else if it.func() == parbreak { "" }
  else if it.has("children") { it.children.map(told).join("", default: "") }
  else { panic(repr(it)) }
}
#let probe(body) = [#metadata(told(body)) <probe>]
"""

_GENERAL = st.characters(exclude_categories=["Cs", "Cc", "Zs", "Zl", "Zp"])
_HARD = st.sampled_from([*r"""#$*_@<>\`[]~"'/=+-.:;()&%!?{}|^,1a""", "\u00a0", "\u202f", "é"])
_TRAPS = ["1.", "-", "+", "/a", "=", "==", "...", "--", "#x", "@x", "<x>", "$x$", "~", "//", "]"]
_WORD = st.text(st.one_of(_HARD, _HARD, _GENERAL), min_size=1, max_size=12)
_CODE = st.text(
    st.one_of(_HARD, st.sampled_from([" ", "\n", '"', "\\"]), _GENERAL), min_size=1, max_size=12
)


def probe(kind: str, content: str) -> list[dict[str, Any]]:
    inline = (
        {"t": "Str", "c": content} if kind == "Str" else {"t": "Code", "c": [["", [], []], content]}
    )
    raw = [{"t": "RawBlock", "c": ["typst", mark]} for mark in ("#probe[", "]//end")]
    return [raw[0], {"t": "Para", "c": [inline]}, raw[1]]


def told_by_typst(blocks: list[dict[str, Any]], build_dir: Path) -> list[str]:
    title = {"t": "Header", "c": [1, ["", [], []], [{"t": "Str", "c": "A"}]]}
    document = {**pandoc_json(""), "blocks": [title, *blocks]}
    one = chapter_of("essai", document)
    # Typst doesn't know #probe in the book; the markup is written before it sees it.
    with contextlib.suppress(ToolError):
        print_book(project(build_dir), [one], build_dir, build_dir / "out.pdf")
    markup = (build_dir / "main.typ").read_text(encoding="utf-8")
    start, end = markup.index("#probe["), markup.rindex("]//end") + 1
    values: list[str] = json.loads(
        typst.query((PROBE + markup[start:end]).encode(), "<probe>", field="value")
    )
    return values


@given(words=st.lists(_WORD, min_size=1, max_size=40), codes=st.lists(_CODE, max_size=10))
@example(words=_TRAPS, codes=['"', "\\", "\\n"])
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
def test_any_text_comes_out_as_it_went_in(
    tmp_path: Path, words: list[str], codes: list[str]
) -> None:
    expected = [*words, *codes]
    kinds = ["Str"] * len(words) + ["Code"] * len(codes)
    blocks = [
        block for kind, each in zip(kinds, expected, strict=True) for block in probe(kind, each)
    ]
    assert told_by_typst(blocks, tmp_path) == expected


def test_text_that_follows_a_call_is_still_text(tmp_path: Path) -> None:
    marks = ["(x)", "[x]", ".len()", ";", "{x}", "=", "<a>"]
    content = []
    for mark in marks:
        content += [{"t": "Emph", "c": [{"t": "Str", "c": "e"}]}, {"t": "Str", "c": mark}]
    title = {"t": "Header", "c": [1, ["", [], []], [{"t": "Str", "c": "A"}]]}
    document = {**pandoc_json(""), "blocks": [title, {"t": "Para", "c": content}]}
    one = chapter_of("essai", document)
    pdf = Pdf(print_book(project(tmp_path), [one], tmp_path, tmp_path / "out.pdf"))
    assert "".join(f"e{mark}" for mark in marks) in pdf.text.replace("\n", "")

"""What real Quarto gets wrong is kept out of its pages: a sample of its markup, mended.

The sample was written from what Quarto 1.10 was seen to write; Quarto is not needed here.
"""

from __future__ import annotations

import pytest

from actes.publish.quarto_pages import mended_page, mended_search

STAGE = "/somewhere/actes-1-abc"


def french(text: str) -> str:
    return mended_page(text, stage=STAGE, lang="fr")


def test_nothing_of_the_machine_is_left() -> None:
    page = (
        f'<div class="cell" data-notebook="{STAGE}/reports/x/vols.ipynb" data-quarto-private-1="'
        f'{{&quot;key&quot;:&quot;execution&quot;}}">a</div><a href="{STAGE}/x.html">x</a>'
    )
    assert french(page) == '<div class="cell">a</div><a href="/x.html">x</a>'


@pytest.mark.parametrize(
    "fetched",
    [
        '<script src="https://cdn.example/mathjax.js" type="text/javascript"></script>',
        '<script async src="//cdn.example/a.js"></script>',
        '<link rel="stylesheet" href="https://fonts.example/css?family=X">',
        '<link href="https://fonts.example/css" rel="stylesheet">',
    ],
)
def test_nothing_is_fetched(fetched: str) -> None:
    assert french(f"<head>{fetched}<title>t</title></head>") == "<head><title>t</title></head>"
    own = '<script src="site_libs/quarto.js"></script><a href="https://example.org">x</a>'
    assert french(own) == own


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ('<nav aria-label="breadcrumb">', '<nav aria-label="Fil d’Ariane">'),
        ('<a title="Download" id="x">', '<a title="Télécharger" id="x">'),
        ("<i></i>Download ePub</a>", "<i></i>Télécharger en EPUB</a>"),
        ('aria-label="ORCID profile for Zoé Roy"', 'aria-label="Profil ORCID de Zoé Roy"'),
        ('"search-text-placeholder": ""', '"search-text-placeholder": "Rechercher dans l’ouvrage"'),
        (
            "<figcaption>Figure&nbsp;1.1: Un. Et: deux.</figcaption>",
            "<figcaption>Figure&nbsp;1.1\u00a0: Un. Et: deux.</figcaption>",
        ),
        (
            "<figcaption>Table&nbsp;1.1: Un tableau.</figcaption>",
            "<figcaption>Tableau&nbsp;1.1\u00a0: Un tableau.</figcaption>",
        ),
        (
            '<a href="#tbl-x" class="quarto-xref">Table&nbsp;1.1</a>',
            '<a href="#tbl-x" class="quarto-xref">Tableau&nbsp;1.1</a>',
        ),
        (
            '<a href="a.html" class="quarto-xref"><span><span class="chapter-number">1</span>'
            '&nbsp; <span class="chapter-title">Mesures</span></span></a>',
            '<a href="a.html" class="quarto-xref">Chapitre\u00a01</a>',
        ),
        (
            '<div id="refs"><div>Knuth. “Literate Programming.” 1984.</div></div>',
            '<div id="refs"><div>Knuth. «\u00a0Literate Programming\u00a0». 1984.</div></div>',
        ),
        ("<p>Table 1.1 in English: a text.</p>", "<p>Table 1.1 in English: a text.</p>"),
    ],
)
def test_a_french_book_is_in_french(written: str, expected: str) -> None:
    assert french(written) == expected
    if "meta" not in written:
        assert mended_page(written, stage=STAGE, lang="en") == written


@pytest.mark.parametrize(
    ("content", "title"),
    [
        ("[[1]{.chapter-number}&amp;nbsp; [Mesures]{.chapter-title}]{#sec-a}", "Mesures"),
        ("L&amp;amp;#039;ouvrage", "L&#x27;ouvrage"),
        ("Un *titre*", "Un titre"),
    ],
)
def test_the_title_to_cite_is_a_title(content: str, title: str) -> None:
    page = f'<meta name="citation_title" content="{content}">'
    for lang in ("fr", "en"):
        mended = mended_page(page, stage=STAGE, lang=lang)
        assert mended == f'<meta name="citation_title" content="{title}">'


PAGE = """<body><nav>Menu</nav><main id="quarto-document-content">
<header><h1>1 Mesures</h1></header><p>Une introduction.</p>
<section id="sec-discussion" class="level2"><h2>1.1 Discussion</h2><p>Une discussion.</p>
<section id="detail" class="level3"><h3>Détail</h3><img src="x.png"><p>Un détail.</p></section>
</section>
<div id="refs" class="references" style="display: none" hidden>Knuth.</div></main></body>"""


def test_a_search_leads_to_the_heading_that_holds_the_words() -> None:
    wrong = "1.1 Discussion Une introduction. Une discussion. Un détail."
    entries = [
        {"href": "mesures.html", "title": "Mesures", "text": wrong},
        {"href": "mesures.html#sec-discussion", "section": "Discussion", "text": "Knuth."},
        {"href": "mesures.html#detail", "section": "Détail", "text": ""},
        {"href": "absent.html", "title": "Absent", "text": "Reste."},
    ]
    texts = [each["text"] for each in mended_search(entries, {"mesures.html": PAGE})]
    assert texts == [
        "Une introduction.",
        "1.1 Discussion Une discussion.",
        "Détail Un détail.",
        "Reste.",
    ]

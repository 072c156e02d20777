"""Know which keys of ``_quarto.yml`` this engine honours, ignores or refuses.

In: nothing. Out: tables, read by `project`.
Only here: Quarto's vocabulary. A key that changes what a reader reads is honoured or refused by
name; one that is cosmetic, or serves another stage, is ignored, and listed in ``docs/moteur.md``.
"""

from __future__ import annotations

from actes.publish.words import CROSSREF

__all__ = [
    "ARTICLE_FORMATS",
    "BOOK_FORMATS",
    "BOOK_HONOURED",
    "BOOK_IGNORED",
    "BOOK_REFUSED",
    "CROSSREF_HONOURED",
    "DOCUMENT_REFUSED",
    "FORMATS",
    "FORMAT_REFUSED",
    "HARMLESS",
    "PROJECT_REFUSED",
    "TOP_REFUSED",
    "is_refused",
]

BOOK_HONOURED = frozenset(
    [
        "title",
        "subtitle",
        "author",
        "date",
        "date-format",
        "abstract",
        "description",
        "cover-image",
        "cover-image-alt",
        "doi",
        "chapters",
        "appendices",
        "references",
        "output-file",
        "downloads",
        "issue-url",
        "page-footer",
        "repo-actions",
        "repo-branch",
        "repo-subdir",
        "repo-url",
        "search",
        "sidebar",
        "page-navigation",
    ]
)

BOOK_IGNORED = frozenset(
    [
        "image",
        "image-alt",
        "back-to-top-navigation",
        "bread-crumbs",
        "code-links",
        "favicon",
        "llms-txt",
        "open-graph",
        "twitter-card",
        "reader-mode",
        "repo-link-rel",
        "repo-link-target",
        "sharing",
        "site-path",
        "site-url",
        "tools",
        "draft-mode",
        "cookie-consent",
        "google-analytics",
        "plausible-analytics",
    ]
)

BOOK_REFUSED = frozenset(
    [
        "announcement",
        "body-footer",
        "body-header",
        "comments",
        "drafts",
        "margin-footer",
        "margin-header",
        "navbar",
        "other-links",
    ]
)

PROJECT_REFUSED = frozenset(["pre-render", "post-render"])

TOP_REFUSED = frozenset(
    [
        "shift-heading-level-by",
        "from",
        "metadata-files",
        "filters",
        "shortcodes",
        "include-in-header",
        "include-before-body",
        "include-after-body",
        "citation-location",
        "citeproc",
        "website",
        "manuscript",
        "brand-mode",
        "code-tools",
        "syntax-definitions",
        "comments",
        "number-offset",
        "reference-section-title",
        "suppress-bibliography",
        "dir",
    ]
)

# What these say when they change nothing.
HARMLESS: dict[str, tuple[object, ...]] = {
    "dir": ("ltr",),
    "citeproc": (True,),
    "filters": (["quarto"],),
    "citation-location": ("document",),
}

DOCUMENT_REFUSED = frozenset(
    [
        "shift-heading-level-by",
        "from",
        "metadata-files",
        "filters",
        "shortcodes",
        "include-in-header",
        "include-before-body",
        "include-after-body",
        "language",
        "bibliography",
        "csl",
        "engine",
        "jupyter",
        "knitr",
        "listing",
        "draft",
        "params",
        "code-tools",
        "css",
        "theme",
        "acknowledgements",
        "book",
        "brand",
        "citation-location",
        "citeproc",
        "comments",
        "copyright",
        "crossref",
        "dir",
        "funding",
        "header-includes",
        "nocite",
        "number-offset",
        "other-links",
        "output-file",
        "project",
        "reference-section-title",
        "suppress-bibliography",
        "website",
    ]
)

FORMATS = frozenset({"html", "pdf", "typst", "epub", "docx", "jats"})

# In the order they are made; HTML first, for it offers the others.
BOOK_FORMATS = ("html", "pdf", "epub", "docx")
ARTICLE_FORMATS = ("pdf", "docx", "jats")

FORMAT_REFUSED = frozenset(
    [
        "shift-heading-level-by",
        "from",
        "metadata-files",
        "filters",
        "include-in-header",
        "include-before-body",
        "include-after-body",
        "template",
        "template-partials",
        "shortcodes",
        "cite-method",
        "number-offset",
        "language",
        "code-tools",
        "citation-location",
        "comments",
        "dir",
        "reference-section-title",
        "suppress-bibliography",
    ]
)

CROSSREF_HONOURED = frozenset({"chapters", "title-delim", "appendix-title"}) | {
    f"{prefix}-{use}" for prefix in CROSSREF for use in ("title", "prefix")
}


def is_refused(key: str, value: object, refused: frozenset[str] | set[str]) -> bool:
    """Whether ``key`` asks for what this engine cannot do; ``false`` and empty ask for nothing."""
    if key not in refused or value in HARMLESS.get(key, ()):
        return False
    # `citeproc: false` is the one refusal to do something that changes what is read.
    return key == "citeproc" or value not in (None, False, "", [], {})

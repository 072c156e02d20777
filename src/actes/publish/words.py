"""Know the words that a book adds to what its authors wrote, in its own language.

In: the book's language. Out: "Figure", "Tableau", "Annexe"…, and dates.
Only here: words of the book (they follow ``lang:``, not the reader's interface as `actes.i18n`
does).
"""

from __future__ import annotations

import datetime
import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CROSSREF", "PRINTED", "long_date", "spaced", "words_for", "written_date"]

_FRENCH = {
    "figure": "Figure",
    "table": "Tableau",
    "section": "Section",
    "chapter": "Chapitre",
    "appendix": "Annexe",
    "equation": "Équation",
    "listing": "Extrait",
    "theorem": "Théorème",
    "lemma": "Lemme",
    "corollary": "Corollaire",
    "proposition": "Proposition",
    "conjecture": "Conjecture",
    "definition": "Définition",
    "example": "Exemple",
    "exercise": "Exercice",
    "remark": "Remarque",
    "solution": "Solution",
    "proof": "Démonstration",
    "appendices": "Annexes",
    "part": "Partie",
    "note": "Note",
    "tip": "Conseil",
    "important": "Important",
    "warning": "Avertissement",
    "caution": "Attention",
    "code": "Code",
    "abstract": "Résumé",
    "keywords": "Mots-clés",
    "references": "Références",
    "authors": "Auteurs",
    "date": "Publié le",
    "contents": "Table des matières",
    "on_this_page": "Sur cette page",
    "summary": "Sommaire",
    "home": "Accueil",
    "breadcrumb": "Fil d’Ariane",
    "chapters": "Chapitres",
    "pages": "Pages voisines",
    "previous": "Précédent",
    "next": "Suivant",
    "menu": "Menu",
    "close": "Fermer",
    "search": "Rechercher",
    "search_hint": "Rechercher dans l’ouvrage",
    "results": "Résultats de la recherche",
    "no_result": "Aucun résultat",
    "one_result": "1 résultat",
    "n_results": "{n} résultats",
    "theme": "Thème sombre",
    "skip": "Aller au contenu",
    "download": "Télécharger en {format}",
    "jats": "XML (JATS, pour les archives)",
    "downloads": "Télécharger",
    "source_code": "Dépôt du code",
    "edit": "Modifier cette page",
    "source": "Voir la source",
    "issue": "Signaler un problème",
    "anchor": "Lien vers « {title} »",
    "scrollable_table": "Tableau à faire défiler",
    "scrollable_code": "Code à faire défiler",
    "scrollable_equation": "Équation à faire défiler",
    "footnotes": "Notes",
    "back": "Retour au texte",
    "orcid": "ORCID de {name}",
    "mail": "Écrire à {name}",
    "cover": "Couverture de « {title} »",
    "page_top": "Haut de la page",
    "copy": "Copier",
    "copied": "Copié",
    "link_copied": "Lien copié",
    "data_of": "Données\u00a0: {name}",
    "data_more": "Les {shown} premières lignes sur {total}\u202f; le fichier CSV les a toutes.",
    "csv": "Télécharger les données (CSV)",
    "csv_of": "Télécharger les données (CSV)\u00a0: {name}",
    "preview": "Aperçu",
    "marked": "Mots recherchés\u00a0: {words}",
    "unmark": "Ne plus les surligner",
    "colon": "\u00a0:",
}

_ENGLISH = {
    "figure": "Figure",
    "table": "Table",
    "section": "Section",
    "chapter": "Chapter",
    "appendix": "Appendix",
    "equation": "Equation",
    "listing": "Listing",
    "theorem": "Theorem",
    "lemma": "Lemma",
    "corollary": "Corollary",
    "proposition": "Proposition",
    "conjecture": "Conjecture",
    "definition": "Definition",
    "example": "Example",
    "exercise": "Exercise",
    "remark": "Remark",
    "solution": "Solution",
    "proof": "Proof",
    "appendices": "Appendices",
    "part": "Part",
    "note": "Note",
    "tip": "Tip",
    "important": "Important",
    "warning": "Warning",
    "caution": "Caution",
    "code": "Code",
    "abstract": "Abstract",
    "keywords": "Keywords",
    "references": "References",
    "authors": "Authors",
    "date": "Published",
    "contents": "Contents",
    "on_this_page": "On this page",
    "summary": "Contents",
    "home": "Home",
    "breadcrumb": "Breadcrumb",
    "chapters": "Chapters",
    "pages": "Neighbouring pages",
    "previous": "Previous",
    "next": "Next",
    "menu": "Menu",
    "close": "Close",
    "search": "Search",
    "search_hint": "Search the book",
    "results": "Search results",
    "no_result": "No result",
    "one_result": "1 result",
    "n_results": "{n} results",
    "theme": "Dark theme",
    "skip": "Skip to content",
    "download": "Download as {format}",
    "jats": "XML (JATS, for archives)",
    "downloads": "Download",
    "source_code": "Source repository",
    "edit": "Edit this page",
    "source": "View source",
    "issue": "Report an issue",
    "anchor": "Link to “{title}”",
    "scrollable_table": "Scrollable table",
    "scrollable_code": "Scrollable code",
    "scrollable_equation": "Scrollable equation",
    "footnotes": "Notes",
    "back": "Back to the text",
    "orcid": "ORCID of {name}",
    "mail": "Write to {name}",
    "cover": "Cover of “{title}”",
    "page_top": "Top of the page",
    "copy": "Copy",
    "copied": "Copied",
    "link_copied": "Link copied",
    "data_of": "Data: {name}",
    "data_more": "The first {shown} rows of {total}; the CSV file has them all.",
    "csv": "Download the data (CSV)",
    "csv_of": "Download the data (CSV): {name}",
    "preview": "Preview",
    "marked": "Words looked for: {words}",
    "unmark": "Stop highlighting them",
    "colon": ":",
}

# Quarto's `crossref:` keys (`fig-title` heads a caption, `fig-prefix` a reference) and ours.
CROSSREF = {
    "fig": "figure", "tbl": "table", "sec": "section", "eq": "equation", "lst": "listing",
    "thm": "theorem", "lem": "lemma", "cor": "corollary", "prp": "proposition",
    "cnj": "conjecture", "def": "definition", "exm": "example", "exr": "exercise",
    "rem": "remark", "sol": "solution", "nte": "note", "tip": "tip", "wrn": "warning",
    "imp": "important", "cau": "caution",
}  # fmt: skip


# Quarto's names (``language:``) for the words that our pages print.
PRINTED = {
    "toc-title-document": "on_this_page",
    "toc-title-website": "on_this_page",
    "section-title-abstract": "abstract",
    "section-title-references": "references",
    "section-title-footnotes": "footnotes",
    "section-title-appendices": "appendices",
    "title-block-keywords": "keywords",
    "title-block-author-plural": "authors",
    "callout-note-title": "note",
    "callout-tip-title": "tip",
    "callout-important-title": "important",
    "callout-warning-title": "warning",
    "callout-caution-title": "caution",
    "code-summary": "code",
    "copy-button-tooltip": "copy",
    "copy-button-tooltip-success": "copied",
    "repo-action-links-edit": "edit",
    "repo-action-links-source": "source",
    "repo-action-links-issue": "issue",
    "search-label": "search",
    "search-text-placeholder": "search_hint",
    "search-no-results-text": "no_result",
    "toggle-section": "menu",
    "back-to-top": "page_top",
    "environment-proof-title": "proof",
    "environment-remark-title": "remark",
    "environment-solution-title": "solution",
    "crossref-ch-prefix": "chapter",
    "crossref-apx-prefix": "appendix",
    **{f"crossref-{short}-title": name for short, name in CROSSREF.items()},
    **{f"crossref-{short}-prefix": f"{name}_ref" for short, name in CROSSREF.items()},
}


def words_for(
    lang: str,
    crossref: Mapping[str, object] | None = None,
    language: Mapping[str, object] | None = None,
) -> dict[str, str]:
    """List every word the book adds.

    Parameters
    ----------
    lang
        BCP 47 tag; French words for ``fr…``, English ones for any other.
    crossref
        The project's ``crossref:`` map; ``fig-title`` (captions) and ``fig-prefix``
        (references), and those of the other prefixes of `CROSSREF`, replace our words.

    language
        The project's ``language:`` map, Quarto's names (`PRINTED`) for words of ours.

    Returns
    -------
    dict
        Besides the words, ``figure_ref``, ``table_ref``… : how each is called in a reference.
    """
    words = dict(_FRENCH if lang.lower().startswith("fr") else _ENGLISH)
    overrides = crossref or {}
    words |= {PRINTED[key]: str(value) for key, value in (language or {}).items() if key in PRINTED}
    words["colon"] = str(overrides.get("title-delim", words["colon"]))
    for short, name in CROSSREF.items():
        words[name] = str(overrides.get(f"{short}-title", words[name]))
        chosen = words.get(f"{name}_ref", words[name])
        words[f"{name}_ref"] = str(overrides.get(f"{short}-prefix", chosen))
    words["chapter_ref"] = str(overrides.get("sec-prefix", words["chapter"]))
    words["appendix_ref"] = str(overrides.get("appendix-title", words["appendix"]))
    return words


def spaced(text: str, lang: str) -> str:
    """Give a short text the spaces that French printing wants (as ``neutral_typography.lua``)."""
    if not lang.startswith("fr"):
        return text
    text = re.sub(r" (?=[;!?%])", "\u202f", text)
    return re.sub(r" (?=:(?:\s|$)|»)|(?<=«) ", "\u00a0", text)


def long_date(day: datetime.date, lang: str) -> str:
    """Write a date in full: "15 mars 2026", "1er mars 2026", "March 15, 2026"."""
    # Babel's locale data load slowly: only a book with a date pays for them.
    from babel import Locale, UnknownLocaleError
    from babel.dates import format_date

    try:
        locale = Locale.parse(lang, sep="-")
    except (UnknownLocaleError, ValueError):
        locale = Locale("en")
    written = format_date(day, "long", locale=locale)
    return written.replace("1 ", "1er ", 1) if locale.language == "fr" and day.day == 1 else written


def written_date(value: object, lang: str) -> str:
    """Write the ``date:`` of a front matter in full; any other text than a day stays as it is."""
    if isinstance(value, datetime.datetime):
        value = value.date()
    try:
        return long_date(datetime.date.fromisoformat(str(value)), lang)
    except ValueError:
        return str(value)

"""Write, in the page of each study, the table of the published values that its methods give back.

``make tables`` writes; ``tests/test_docs.py`` fails when a page is not what this would write.
"""

from __future__ import annotations

import sys
from pathlib import Path

from actes.i18n import _, use_language
from actes.methods.references import Reference, references

PAGES = Path(__file__).parent / "etudes"
START, END = "<!-- vérification : écrite par make tables -->", "<!-- fin -->"


def table(study: str) -> str:
    """Tabulate the references of a study."""
    rows = [reference for reference in references() if reference.study == study]
    lines = [
        "## Vérification",
        "",
        "`actes verify` refait ces calculs. Un astérisque marque une valeur calculée ici : elle",
        "garde d’un changement, ce n’est pas une vérité.",
        "",
        "| quantité | publié | tolérance | source |",
        "|:---|---:|---:|:---|",
        *map(_row, rows),
        *_needs(rows),
        *_notes(rows),
    ]
    return "\n".join(lines)


def _needs(rows: list[Reference]) -> list[str]:
    needed = dict.fromkeys(f"`{row.needs}`" for row in rows if row.needs)
    if not needed:
        return []
    return [
        "",
        "† Calculée de données que le paquet ne porte pas ("
        + ", ".join(needed)
        + ") ; sans elles,",
        "`actes verify` l’affiche « non vérifiée ». Voir [où les déposer](../etudes.md#vérifier).",
    ]


def _notes(rows: list[Reference]) -> list[str]:
    """Write each note once, with what it is about."""
    noted: dict[str, list[str]] = {}
    for row in rows:
        if row.note:
            noted.setdefault(row.note, []).append(row.quantity)
    return [
        line for note, about in noted.items() for line in ("", f"*{' ; '.join(about)}.* {_(note)}")
    ]


def _row(reference: Reference) -> str:
    mark = (r"\*" if reference.kind == "anchor" else "") + ("†" if reference.needs else "")
    quantity = reference.quantity.replace("|", r"\|")
    return (
        f"| {quantity}{mark} | {reference.published:.10g} | {reference.tolerance:.1g} "
        f"| {reference.source} |"
    )


def with_table(page: Path) -> str:
    """Return the text of a page with its table as it should be."""
    text = page.read_text(encoding="utf-8").split(START)[0].rstrip("\n")
    return f"{text}\n\n{START}\n\n{table(page.stem)}\n\n{END}\n"


def main() -> None:
    """Write every page."""
    use_language("fr")
    for page in sorted(PAGES.glob("*.md")):
        page.write_text(with_table(page), encoding="utf-8", newline="\n")
        sys.stdout.write(f"{page.name}\n")


if __name__ == "__main__":
    main()

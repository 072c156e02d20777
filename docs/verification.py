"""Write, in the page of each study, the table of the published values that its methods give back.

``make tables`` writes; ``tests/test_docs.py`` fails when a page is not what this would write.
"""

from __future__ import annotations

import sys
from pathlib import Path

from actes.methods.references import REFERENCES, Reference

PAGES = Path(__file__).parent / "etudes"
START, END = "<!-- vérification : écrite par make tables -->", "<!-- fin -->"


def table(study: str) -> str:
    """Tabulate the references of a study."""
    rows = [reference for reference in REFERENCES if reference.study == study]
    lines = [
        "## Vérification",
        "",
        "`actes verify` refait ces calculs. Un astérisque marque une valeur calculée ici : elle",
        "garde d’un changement, ce n’est pas une vérité.",
        "",
        "| quantité | publié | tolérance | source |",
        "|:---|---:|---:|:---|",
        *map(_row, rows),
    ]
    return "\n".join(lines)


def _row(reference: Reference) -> str:
    mark = r"\*" if reference.kind == "anchor" else ""
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
    for page in sorted(PAGES.glob("*.md")):
        page.write_text(with_table(page), encoding="utf-8", newline="\n")
        sys.stdout.write(f"{page.name}\n")


if __name__ == "__main__":
    main()

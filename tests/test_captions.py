"""A result's caption says what it says, whatever signs are in its data's categories."""

from __future__ import annotations

import json
from html import unescape
from pathlib import Path

from actes.compose.article import _cell
from actes.publish.pandoc import render

HOSTILE = (
    r"Vol <b>de* nuit_ $5$ @moi [x](y) ^a^ ~b~ `c` {#fig-z} {{< env HOME >}} &amp; \n | #1",
    "1. Introduction par effraction",
    "- Méfait",
    ":::",
    "[^1]: note",
    "<script>alert(1)</script>",
    "![image](http://exemple.ca/x.png)",
    "$$x^2$$ {#eq-a}",
    "Dommages > 5 000 $ et < 10 000 $",
)
SVG = '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 9 9"><path d="M0 9h9"/></svg>'


def _record(name: str, caption: str) -> dict[str, object]:
    return {"kind": "figure", "name": name, "caption": caption, "alt": caption, "svg": SVG}


def test_a_caption_is_read_as_it_was_written(tmp_path: Path) -> None:
    records = [_record(f"r{number}", caption) for number, caption in enumerate(HOSTILE)]
    cells = [_cell(each, "", "en") for each in records]
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (tmp_path / "n.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
    embeds = "\n\n".join(f"{{{{< embed n.ipynb#fig-r{n} >}}}}" for n in range(len(HOSTILE)))
    (tmp_path / "index.qmd").write_text(f"# Start\n\n{embeds}\n", encoding="utf-8")
    (tmp_path / "_quarto.yml").write_text(
        "lang: en\nproject:\n  type: book\nbook:\n  title: Book\n  date: 2026-03-15\n"
        "  chapters: [index.qmd]\nformat: {html: default, typst: default}\n",
        encoding="utf-8",
    )
    render(tmp_path, tmp_path / "_book")
    page = (tmp_path / "_book" / "index.html").read_text(encoding="utf-8")
    shown = [
        unescape(" ".join(each.partition("</span>")[2].partition("<a ")[0].split()))
        for each in page.split("<figcaption")[1:]
    ]
    assert shown == list(HOSTILE)
    described = [unescape(each.partition('"')[0]) for each in page.split(' alt="')[1:]]
    assert described == list(HOSTILE)

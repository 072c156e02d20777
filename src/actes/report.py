"""Write cleared results for a manager's mailbox: those of one run as a page, a table as CSV.

In: `Cleared`. Out: one HTML file that needs nothing else: no code, no script, no network.
Only here: nbconvert.
"""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

from actes import files, mime, results
from actes.i18n import _, language, speaking
from actes.starters import templates

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from actes.model import Cleared
    from actes.workspace import Workspace

__all__ = ["write_report", "write_table"]


def write_report(workspace: Workspace, cleared: Cleared, target: Path, *, tlp: str) -> Path:
    """Write ``target``; the study's own text, then its results in their order.

    Parameters
    ----------
    tlp
        Label printed at the head and the foot of the page.
    """
    with speaking(cleared.run.record["language"]):
        page = _page(workspace, cleared, tlp)
    return files.write_text(target, page)


def write_table(record: dict[str, Any], target: Path, *, language: str) -> Path:
    """Write a cleared table for a spreadsheet: what double-clicking it opens, in ``language``.

    French spreadsheets part cells with semicolons and decimals with commas. Numbers are whole,
    not rounded for reading; what is masked stays so.
    """
    text = io.StringIO()
    rows = csv.writer(text, delimiter=";" if language == "fr" else ",", lineterminator="\r\n")
    rows.writerow([column["name"] for column in record["columns"]])
    for row in record["rows"]:
        rows.writerow([_for_a_spreadsheet(cell, language) for cell in row])
    return files.write_bytes(target, text.getvalue().encode("utf-8-sig"))


def _for_a_spreadsheet(cell: Any, language: str) -> str:
    if cell is None:
        return ""
    if results.is_masked(cell):
        return results.formatted(cell, "text", language)
    if isinstance(cell, float):
        return repr(cell).replace(".", "," if language == "fr" else ".")
    text = str(cell)
    return f"'{text}" if isinstance(cell, str) and text.startswith(("=", "+", "-", "@")) else text


def _page(workspace: Workspace, cleared: Cleared, tlp: str) -> str:
    import nbformat  # heavy
    from nbconvert import HTMLExporter  # heavy

    exporter = HTMLExporter(
        template_name="rapport",
        extra_template_basedirs=[str(templates())],
        exclude_input=True,
        exclude_input_prompt=True,
        exclude_output_prompt=True,
    )
    study = nbformat.read(workspace.study_file(cleared.run.study), as_version=4)
    notebook = nbformat.from_dict(_notebook(study, cleared))
    page, _resources = exporter.from_notebook_node(
        notebook, resources={"actes": _facts(cleared, tlp)}
    )
    return str(page)


def _notebook(study: dict[str, Any], cleared: Cleared) -> dict[str, Any]:
    prose = [cell for cell in study["cells"] if cell["cell_type"] == "markdown"][:1]
    shown = [_result_cell(record) for record in cleared.outputs if record["kind"] != "value"]
    values = [
        record for record in cleared.outputs if record["kind"] == "value" and record["caption"]
    ]
    head = [_markdown_cell("retenir", _values_table(values))] if values else []
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"language_info": {"name": "python"}},
        "cells": [*prose, *head, *shown],
    }


def _result_cell(record: dict[str, Any]) -> dict[str, Any]:
    data: dict[str, Any] = {mime.RESULT: record}
    if record["kind"] == "figure":
        data["image/svg+xml"] = record["svg"]
        data["text/markdown"] = results.markdown_table(record["data"], language())
    else:
        data["text/markdown"] = results.markdown_table(record, language())
    output = {"output_type": "display_data", "metadata": {}, "data": data}
    return {
        "cell_type": "code",
        "id": f"{record['kind']}-{record['name']}"[:64],
        "metadata": {},
        "execution_count": None,
        "source": "",
        "outputs": [output],
    }


def _markdown_cell(identifier: str, source: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "id": identifier, "metadata": {}, "source": source}


def _values_table(values: list[dict[str, Any]]) -> str:
    lines = ["## " + _("Key figures"), "", "| " + _("Figure") + " | " + _("Value") + " |"]
    lines.append("|:---|---:|")
    for record in values:
        text = results.formatted(record["value"], record["format"], language())
        lines.append(f"| {record['caption']} | {text} |")
    return "\n".join(lines)


def _facts(cleared: Cleared, tlp: str) -> dict[str, Any]:
    run = cleared.run
    return {
        "title": run.record["title"] or run.study,
        "language": language(),
        "tlp": tlp,
        "facts": list(_provenance(cleared)),
        "words": {
            "behind": _("The figures behind the picture"),
            "made": _("How these results were made"),
        },
    }


def _provenance(cleared: Cleared) -> Iterator[tuple[str, str]]:
    run = cleared.run
    for dataset in run.datasets:
        yield _("Data"), f"{dataset.table.spec.title} ({dataset.name}, {dataset.table.sha256[:16]})"
        for source in dataset.table.spec.sources:
            yield _("Source"), source.title
    for name, value in run.parameters.items():
        yield _("Parameter"), f"{name} = {json.dumps(value, ensure_ascii=False)}"
    yield _("Run"), run.key[:16]

"""Decide what of a run may leave.

In: `Run`. Out: `Cleared` (its declared results, small counts masked) or `Held` (findings that
name output and rule, never what was seen). What a notebook shows without declaring it is not
even looked at.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from actes import results
from actes.i18n import _
from actes.model import Cleared, Finding, Held
from actes.provenance import fingerprint
from actes.rules.cells import has_small, mask_table, shows_small_cells
from actes.rules.text import objections
from actes.specs.dataset import TLP_ORDER

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from actes.model import Run

__all__ = ["TLP_ORDER", "review"]


def review(run: Run, *, tlp: str) -> Cleared | Held:
    """Review every declared result of a run.

    Parameters
    ----------
    tlp
        Label of what the results are for: a book's own, or the data's for a report that stays
        inside the service.
    """
    min_cell = max((d.table.spec.disclosure.min_cell for d in run.datasets), default=0)
    declared = results.declared(json.loads(run.notebook.read_text(encoding="utf-8")))
    findings = [*_label_findings(run, tlp), *_parameter_findings(run)]
    for record in declared:
        findings += _text_findings(record)
        findings += _count_findings(record, min_cell)
    if findings:
        return Held(run, tuple(findings))
    outputs = tuple(
        mask_table(record, min_cell) if record["kind"] == "table" else record for record in declared
    )
    return Cleared(run, outputs, fingerprint(outputs))


def _label_findings(run: Run, tlp: str) -> Iterator[Finding]:
    for dataset in run.datasets:
        label = dataset.table.spec.tlp
        if TLP_ORDER.index(label) > TLP_ORDER.index(tlp):
            yield Finding(
                "C204",
                dataset.name,
                _("the data are TLP:{label}, what they would enter is TLP:{tlp}").format(
                    label=label, tlp=tlp
                ),
            )


def _parameter_findings(run: Run) -> Iterator[Finding]:
    """Parameters are published too, in the appendix of provenance."""
    for name, value in run.parameters.items():
        for rule in objections(json.dumps(value, ensure_ascii=False)):
            where = _("parameter {name}").format(name=name)
            yield Finding(rule.code, where, _("holds {seen}").format(seen=rule.seen()))


def _text_findings(record: Mapping[str, Any]) -> Iterator[Finding]:
    for rule in objections("\n".join(_published_text(record))):
        yield Finding(rule.code, record["name"], _("holds {seen}").format(seen=rule.seen()))


def _count_findings(record: Mapping[str, Any], min_cell: int) -> Iterator[Finding]:
    message = _("shows counts below {min_cell}; group them in the study").format(min_cell=min_cell)
    if record["kind"] == "figure" and shows_small_cells(record["data"], min_cell):
        yield Finding("C202", record["name"], message)
    if record["kind"] == "value" and has_small(record["counts"], min_cell):
        yield Finding("C203", record["name"], message)


def _published_text(record: Mapping[str, Any]) -> Iterator[str]:
    """All that a person could read of a result."""
    yield record["caption"]
    yield record.get("alt", "")
    yield _svg_text(record.get("svg", ""))
    if isinstance(record.get("value"), str):
        yield record["value"]
    frame = record.get("data", record)
    for column in frame.get("columns", ()):
        yield f"{column['name']} {column['title']}"
    for row in frame.get("rows", ()):
        yield from (cell for cell in row if isinstance(cell, str))


def _svg_text(svg: str) -> str:
    """Text, comments and attributes that hold words; drawing coordinates left out."""
    drawn = re.sub(r'\s(?:d|points|transform|viewBox)="[-\d.,\s\w()]*"', "", svg)
    return re.sub(r"</?\w+|/?>", " ", drawn)

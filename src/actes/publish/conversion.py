"""Convert many texts with pandoc: in parallel, and never the same one twice.

In: `Conversion` records. Out: one `Converted` each, in order.
Only here: how conversions are shared between processes (``batch.lua``), and what is remembered.
"""

from __future__ import annotations

import json
import os
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from actes import provenance
from actes.errors import ToolError
from actes.i18n import _
from actes.publish.converter import filter_path, pandoc_version, run_pandoc
from actes.publish.memory import Memory

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

__all__ = ["Conversion", "Converted", "Converter"]

_TAB_WIDTH = 4
_MARK = re.compile(r"Scripting warning at .*: actes: (\d+)$")


@dataclass(frozen=True)
class Conversion:
    """A text, and what pandoc is to make of it.

    Attributes
    ----------
    reader, writer
        Names of pandoc formats.
    steps
        Our Lua filters, and ``citeproc``, in order.
    context
        What the filters are told.
    metadata
        Markdown texts that join the document's metadata.
    template, variables
        For the writer; without a template, a fragment is written.
    reads
        Files that a step reads: other bytes in them are another conversion.
    """

    text: str
    reader: str
    writer: str
    steps: tuple[str, ...]
    context: Mapping[str, Any] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)
    template: str = ""
    variables: Mapping[str, str] = field(default_factory=dict)
    reads: tuple[Path, ...] = ()

    def as_job(self) -> str:
        """Say it to ``batch.lua``, on one line."""
        told = {
            # Only pandoc's command line turns tabs into spaces.
            "text": self.text if self.reader == "json" else self.text.expandtabs(_TAB_WIDTH),
            "from": self.reader,
            "to": self.writer,
            "steps": [each if each == "citeproc" else filter_path(each) for each in self.steps],
            "context": json.dumps(self.context, ensure_ascii=False, sort_keys=True),
            "metadata": dict(self.metadata),
            "template": self.template,
            "variables": dict(self.variables),
        }
        return json.dumps({key: value for key, value in told.items() if value}, ensure_ascii=False)

    def key(self) -> str:
        """Name it by everything that decides its outcome."""
        return provenance.fingerprint(
            provenance.publishing_sha256(),
            pandoc_version(),
            [self.text, self.reader, self.writer, self.steps, self.template],
            [dict(self.context), dict(self.metadata), dict(self.variables)],
            [provenance.file_sha256(path) for path in self.reads],
        )


@dataclass(frozen=True)
class Converted:
    """What pandoc made: the text, what the filters said besides, pandoc's warnings."""

    output: str
    said: str
    warnings: tuple[str, ...]


class Converter:
    """Converts, remembering from one render to the next (when it has a ``memory``)."""

    def __init__(self, memory: Memory | None = None) -> None:
        self.memory = memory or Memory()

    def convert(self, conversions: Iterable[Conversion]) -> list[Converted]:
        """Convert all of them.

        Raises
        ------
        ToolError
            T110 without pandoc, T111 when it fails, T112 when it does not end.
        """
        wanted = [(conversion.key(), conversion) for conversion in conversions]
        known = self.memory.completed(dict(wanted), lambda new: map(vars, _in_parallel(new)))
        return [_converted(known[key]) for key, _conversion in wanted]


def _converted(record: Mapping[str, Any]) -> Converted:
    return Converted(record["output"], record["said"], tuple(record["warnings"]))


def _in_parallel(conversions: Sequence[Conversion]) -> list[Converted]:
    """Share the work out, the longest texts first, so that all processes end together."""
    n_processes = min(os.cpu_count() or 1, len(conversions))
    shares: list[list[int]] = [[] for _process in range(n_processes)]
    by_length = sorted(range(len(conversions)), key=lambda n: -len(conversions[n].text))
    for rank, position in enumerate(by_length):
        shares[rank % n_processes].append(position)
    with ThreadPoolExecutor(max_workers=max(1, n_processes)) as pool:
        answers = pool.map(lambda share: _in_one_process([conversions[n] for n in share]), shares)
        made = {
            position: each
            for share, answer in zip(shares, answers, strict=True)
            for position, each in zip(share, answer, strict=True)
        }
    return [made[position] for position in range(len(conversions))]


def _in_one_process(conversions: Sequence[Conversion]) -> list[Converted]:
    arguments = [f"--from={filter_path('batch.lua')}", "--to=plain"]
    jobs = "\n".join(each.as_job() for each in conversions)
    output, remarks = run_pandoc(arguments, jobs)
    answers = [json.loads(line) for line in output.split("\n") if line]
    warnings = _by_conversion(remarks)
    for answer in answers:
        if "error" in answer:
            raise ToolError("T111", _("pandoc failed"), found=answer["error"][:2000])
    return [
        Converted(answer["output"], answer.get("said", ""), tuple(warnings.get(number, ())))
        for number, answer in enumerate(answers, start=1)
    ]


def _by_conversion(remarks: Iterable[str]) -> dict[int, list[str]]:
    """Give each remark of pandoc to the conversion whose mark came last before it."""
    found: dict[int, list[str]] = {}
    number = 0
    for remark in remarks:
        if mark := _MARK.search(remark):
            number = int(mark[1])
        else:
            found.setdefault(number, []).append(remark)
    return found

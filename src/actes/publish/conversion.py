"""Convert many texts with pandoc: in parallel, and never the same one twice.

In: `Conversion` records. Out: one `Converted` each, in order.
Only here: how conversions are shared between processes, and what is remembered.
"""

from __future__ import annotations

import json
import os
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from actes import provenance
from actes.publish.converter import Pandocs, filter_path, pandoc_version
from actes.publish.memory import Memory

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

__all__ = ["Conversion", "Converted", "Converter"]

_TAB_WIDTH = 4


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
    """Converts, remembering from one render to the next (when it has a ``memory``).

    Attributes
    ----------
    pandocs
        A context, for whoever converts more than once.
    """

    def __init__(self, memory: Memory | None = None) -> None:
        self.memory = memory or Memory()
        self.pandocs = Pandocs()

    def convert(self, conversions: Iterable[Conversion]) -> list[Converted]:
        """Convert all of them.

        Raises
        ------
        ToolError
            T110 without pandoc, T111 when it fails, T112 when it does not end.
        """
        wanted = [(conversion.key(), conversion) for conversion in conversions]
        known = self.memory.completed(dict(wanted), lambda new: map(vars, self._in_parallel(new)))
        return [_converted(known[key]) for key, _conversion in wanted]

    def _in_parallel(self, conversions: Sequence[Conversion]) -> list[Converted]:
        """Convert the longest texts first, so that all processes end together."""
        by_length = sorted(range(len(conversions)), key=lambda n: -len(conversions[n].text))
        with self.pandocs, ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
            answers = pool.map(lambda n: _answer(self.pandocs, conversions[n]), by_length)
            made = dict(zip(by_length, answers, strict=True))
        return [made[n] for n in range(len(conversions))]


def _answer(pandocs: Pandocs, conversion: Conversion) -> Converted:
    answer = pandocs.ask(conversion.as_job())
    return Converted(answer["output"], answer.get("said", ""), tuple(answer.get("warnings", ())))


def _converted(record: Mapping[str, Any]) -> Converted:
    return Converted(record["output"], record["said"], tuple(record["warnings"]))

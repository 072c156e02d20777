"""Write out what a crate carries besides its description: code, results, data's descriptions.

In: `Chapter`. Out: files by path, as bytes, the same on every machine. Not a row of data: they are
named by their hashes and described by their descriptor.
"""

from __future__ import annotations

import csv
import io
import json
from typing import TYPE_CHECKING, Any

from actes.provenance import fingerprint
from actes.results import is_masked

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from actes.model import Chapter, Cleared, Dataset

_LONGEST_NAME = 100

__all__ = ["dataset_description", "json_bytes", "published_records", "result_files", "run_name"]


def result_files(chapter: Chapter) -> dict[str, bytes]:
    """Return the reviewed results of each run and the description of each dataset, by path."""
    files: dict[str, bytes] = {}
    datasets: dict[str, Dataset] = {}
    for name, cleared in chapter.cleared:
        made = _grid_run_files if "." in name else _run_files
        folder = f"runs/{run_name(name)}"
        files |= {f"{folder}/{path}": content for path, content in made(cleared).items()}
        datasets |= {dataset.name: dataset for dataset in cleared.run.datasets}
    for name, dataset in datasets.items():
        files[f"datasets/{name}.json"] = json_bytes(dataset_description(dataset))
    return files


def run_name(name: str) -> str:
    """Name a run in the crate: its own name, unless that is too long for a folder."""
    if len(name) <= _LONGEST_NAME:
        return name
    return f"{name[: _LONGEST_NAME - 20]}-{fingerprint(name)[:12]}"


def _grid_run_files(cleared: Cleared) -> dict[str, bytes]:
    """Keep what is compared: a hundred runs would weigh too much with their drawings."""
    return {"results.json": json_bytes(published_records(cleared.outputs))}


def _run_files(cleared: Cleared) -> dict[str, bytes]:
    files = _grid_run_files(cleared)
    for record in cleared.outputs:
        if record["kind"] == "value":
            continue
        frame = record.get("data", record)
        head = [column["name"] for column in frame["columns"]]
        files[f"{record['kind']}s/{record['name']}.csv"] = _csv([head, *frame["rows"]])
        if record["kind"] == "figure":
            files[f"figures/{record['name']}.svg"] = record["svg"].encode()
    values = [record for record in cleared.outputs if record["kind"] == "value"]
    if values:
        rows = [[value["name"], value["value"], value["caption"]] for value in values]
        files["values.csv"] = _csv([["name", "value", "label"], *rows])
    return files


def published_records(outputs: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """Copy results without what is not compared, or not for readers.

    Pictures: another Matplotlib draws other bytes. Counts behind a value: they were given to the
    review, and could help to find a masked cell again.
    """
    unsaid: dict[str, Any] = {"counts": []}
    return [
        {key: unsaid.get(key, cell) for key, cell in record.items() if key != "svg"}
        for record in outputs
    ]


def dataset_description(dataset: Dataset) -> dict[str, Any]:
    """What a descriptor says to everyone: neither a path, nor a connection, nor a category."""
    spec = dataset.table.spec.model_dump(mode="json", by_alias=True)
    for named in (*spec["sources"], *spec["licenses"]):
        if not named["path"].startswith(("http:", "https:")):
            named["path"] = ""
    told = ("name", "title", "description", "sources", "licenses", "sensitivity", "tlp", "roles")
    shown = ("name", "type", "title", "description", "unit")
    return {key: spec[key] for key in told} | {
        "fields": [{key: field[key] for key in shown} for field in spec["schema"]["fields"]],
        "n_rows": dataset.table.n_rows,
        "table_sha256": dataset.table.sha256,
        "source_sha256": dataset.table.source_sha256,
    }


def _csv(rows: Iterable[Sequence[Any]]) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows([_plain(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


def _plain(cell: Any) -> Any:
    """Write a cell for a program: nothing for a missing one, ``<5`` for a masked one."""
    if is_masked(cell):
        return f"<{cell['masked_below']}" if cell["masked_below"] else "x"
    return "" if cell is None else cell


def json_bytes(content: Mapping[str, Any] | Sequence[Any]) -> bytes:
    """Write plain data as JSON, keys sorted, the same on every machine."""
    text = json.dumps(content, ensure_ascii=False, indent=1, sort_keys=True, allow_nan=False)
    return (text + "\n").encode()

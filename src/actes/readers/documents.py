"""Read JSON and GeoJSON: records become rows, their keys columns.

In: a JSON file and its descriptor. Out: `Cells` of Python values.
Only here: JSON, and what a geographic feature keeps of itself.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from actes.errors import SourceError, place
from actes.i18n import _
from actes.readers.cells import Cells, Column, check_columns, tidy
from actes.readers.text import opened

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from actes.specs.dataset import DatasetSpec

__all__ = ["GEOMETRY", "columns_of", "parsed", "read", "read_geojson", "records_under"]

GEOMETRY = "geometry"
IDENTIFIER = "id"
"""What a feature has beside its properties; kept when the schema declares a field so named."""


class _RepeatedKeyError(ValueError):
    """A JSON object says the same key twice; readers keep the last without a word."""


def read(path: Path, spec: DatasetSpec, shown: str) -> Cells:
    """Read an array of records, or the one under ``dialect.property``.

    A key that a record lacks is a missing cell.

    Raises
    ------
    SourceError
        D003–D007 for the text, D011–D012 for the columns, D024 when it is not JSON, D025 when
        it is not an array of records.
    """
    content = parsed(path, spec.encoding, shown)
    records = records_under(content, spec.dialect.property, shown)
    return _cells(columns_of(records), len(records), spec, shown)


def read_geojson(path: Path, spec: DatasetSpec, shown: str) -> Cells:
    """Read the features of a collection: properties are columns.

    The geometry is kept, as JSON text, only under a declared field ``geometry``; so is the
    feature's own identifier, under ``id``.
    """
    content = parsed(path, spec.encoding, shown)
    features = records_under(content, "features", shown)
    kept = [name for name in (GEOMETRY, IDENTIFIER) if name in spec.columns]
    records = [_properties(feature, kept) for feature in features]
    return _cells(columns_of(records), len(records), spec, shown)


def _properties(feature: dict[str, Any], kept: Sequence[str]) -> dict[str, Any]:
    properties = dict(feature.get("properties") or {})
    for name in kept:
        if name not in properties and feature.get(name) is not None:
            value = feature[name]
            properties[name] = _compact(value) if name == GEOMETRY else value
    return properties


def _compact(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def parsed(path: Path, encoding: str, shown: str) -> Any:
    """Parse a JSON file; a key said twice in one object is refused."""
    with opened(path, encoding, shown) as stream:
        text = stream.read()
    try:
        return json.loads(text, object_pairs_hook=_once)
    except _RepeatedKeyError as error:
        raise SourceError(
            "D011",
            _("Several columns have the same name: {names}.").format(names=error.args[0]),
            where=place(shown),
            expected=_("each name once"),
        ) from None
    except (json.JSONDecodeError, RecursionError) as error:
        line = error.lineno if isinstance(error, json.JSONDecodeError) else None
        raise SourceError(
            "D024",
            _("This file is not JSON that can be read."),
            where=place(shown, line=line),
            next_step=_("export it again, or correct “format” in dataset.yml"),
        ) from None


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [key for key, _value in pairs]
        raise _RepeatedKeyError(next(key for key in names if names.count(key) > 1))
    return found


def records_under(content: Any, key: str | None, shown: str) -> list[dict[str, Any]]:
    """The records of a document: its own array, or the one under ``key``."""
    records = content.get(key) if key is not None and isinstance(content, dict) else content
    if isinstance(records, list) and all(isinstance(record, dict) for record in records):
        return records
    arrays = (
        [k for k, v in content.items() if isinstance(v, list)] if isinstance(content, dict) else []
    )
    raise SourceError(
        "D025",
        _("This JSON is not an array of records."),
        where=place(shown, key=key or ""),
        found=_("arrays under: {keys}").format(keys=", ".join(arrays)) if arrays else "",
        expected=_("[{…}, {…}], or the same under a key named by dialect.property"),
        next_step=_("correct dialect.property in dataset.yml"),
    )


def columns_of(records: Sequence[dict[str, Any]]) -> dict[str, Column]:
    """Turn records into columns, in the order in which their keys first appear."""
    names = dict.fromkeys(key for record in records for key in record)
    return {name: [record.get(name) for record in records] for name in names}


def _cells(columns: dict[str, Column], n_rows: int, spec: DatasetSpec, shown: str) -> Cells:
    names = [tidy(name) for name in columns]
    if n_rows:
        check_columns(names, spec, shown)
    named = dict(zip(names, columns.values(), strict=True))
    return Cells(named, range(1, n_rows + 1), "record")

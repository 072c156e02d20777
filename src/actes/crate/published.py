"""Read a crate again, and believe it only when it is whole and of our form.

In: a folder or a zip, perhaps a stranger's. Out: `Published`. Nothing of it is run here.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from pydantic import ValidationError

from actes import results
from actes.crate.code import NOTEBOOKS, source_sha256
from actes.crate.facts import CRATE_VERSION, Facts
from actes.crate.metadata import METADATA
from actes.crate.packing import unpack
from actes.errors import CrateError, place
from actes.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = ["FACTS", "Published", "read"]

FACTS = "actes.json"
_NAME = re.compile(r"[a-z][a-z0-9]*(-[a-z0-9]+)*")  # as `study` takes it
_NOT_OURS = (
    KeyError, TypeError, ValueError, AttributeError, RecursionError, UnicodeDecodeError
)  # fmt: skip


@dataclass(frozen=True)
class Published:
    """An article as it was published.

    Attributes
    ----------
    sha256
        The crate's name: hash of its description, which holds those of all its files.
    outputs
        Reviewed results of each run, by its name (pictures left out).
    code
        Notebooks and modules, by their path under the workspace.
    """

    sha256: str
    facts: Facts
    outputs: Mapping[str, tuple[dict[str, Any], ...]]
    code: Mapping[str, bytes]


def read(path: Path, *, article: str, shown: str) -> Published:
    """Read the crate of ``article``.

    Raises
    ------
    CrateError
        As `packing.unpack`; E002 no description, E005 files that are not those it was published
        with, E006 another article's, E007 another form than ours, E009 of a later ``actes``.
    """
    files = unpack(path, shown=shown)
    if METADATA not in files:
        raise CrateError(
            "E002",
            _("This is no RO-Crate: it has no description."),
            where=place(shown),
            expected=METADATA,
            next_step=_("write one with: actes build --edition"),
        )
    try:
        hashes = dict(_hashes(_json(files[METADATA])))
    except _NOT_OURS:
        raise _not_ours(shown, METADATA) from None
    _check_hashes(files, hashes, shown)
    facts = _facts(files, shown)
    if facts.article != article:
        raise CrateError(
            "E006",
            _("This crate is another article’s."),
            where=place(shown),
            found=ascii(facts.article)[1:-1],
            expected=article,
        )
    code = {path: content for path, content in files.items() if path.startswith(f"{NOTEBOOKS}/")}
    for name, run in facts.runs.items():
        _check_notebook(code, name, run.study, run.notebook_sha256, shown)
    outputs = {name: _outputs(files, name, shown) for name in facts.runs}
    return Published(_sha256(files[METADATA]), facts, outputs, code)


def _hashes(description: Any) -> Iterator[tuple[str, str]]:
    for entity in description["@graph"]:
        if "sha256" in entity:
            yield str(entity["@id"]), str(entity["sha256"])


def _check_hashes(files: Mapping[str, bytes], hashes: Mapping[str, str], shown: str) -> None:
    present = files.keys() - {METADATA}
    changed = {path for path in present & hashes.keys() if _sha256(files[path]) != hashes[path]}
    suspect = sorted(changed | (present ^ hashes.keys()))
    if suspect:
        raise CrateError(
            "E005",
            _("The files of this crate are not those that were published."),
            where=place(shown),
            found=", ".join(ascii(path)[1:-1] for path in suspect[:5]),
            next_step=_("fetch it again, or restore it: git checkout"),
        )


def _facts(files: Mapping[str, bytes], shown: str) -> Facts:
    try:
        content = _json(files[FACTS])
        if isinstance(content["version"], int) and content["version"] > CRATE_VERSION:
            raise CrateError(
                "E009",
                _("This crate was written by a later version of Actes."),
                where=place(shown),
                next_step="pip install --upgrade actes",
            )
        return Facts.model_validate(content)
    except (ValidationError, *_NOT_OURS):
        raise _not_ours(shown, FACTS) from None


def _check_notebook(
    code: Mapping[str, bytes], run: str, study: str, sha256: str, shown: str
) -> None:
    """Refuse a run whose notebook isn't in the crate, or isn't the one that was run."""
    path = f"{NOTEBOOKS}/{study}.ipynb"
    try:
        found = source_sha256(_json(code[path]))
    except _NOT_OURS:
        raise _not_ours(shown, path) from None
    if found != sha256:
        raise CrateError(
            "E005",
            _("The notebook of the run “{run}” is not the one that was run.").format(run=run),
            where=place(shown),
            found=path,
            next_step=_("fetch it again, or restore it: git checkout"),
        )


def _outputs(files: Mapping[str, bytes], run: str, shown: str) -> tuple[dict[str, Any], ...]:
    path = f"runs/{run}/results.json"
    try:
        records = tuple(results.published(record) for record in _json(files[path]))
    except _NOT_OURS:
        raise _not_ours(shown, path) from None
    names = {record["name"] for record in records}
    if len(names) < len(records) or not all(map(_NAME.fullmatch, names)):
        raise _not_ours(shown, path)
    return records


def _json(content: bytes) -> Any:
    def refuse(constant: str) -> None:
        raise ValueError(constant)

    return json.loads(content.decode("utf-8"), parse_constant=refuse)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _not_ours(shown: str, path: str) -> CrateError:
    return CrateError(
        "E007",
        _("This crate was not written by Actes, or not completely."),
        where=place(shown),
        found=path,
        next_step=_("write it again with: actes build --edition"),
    )

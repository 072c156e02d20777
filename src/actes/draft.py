"""Draft the descriptor of a file that nobody has described yet, for a person to edit.

In: a file. Out: the text of a ``dataset.yml`` that `ingest` accepts, each guess marked as one.
Only here: the YAML of a draft. It holds no row: only names, the levels of evident categories and
ranges of figures, which the owner checks before sharing it.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from actes import readers
from actes.errors import SourceError
from actes.guesses import columns_guessed, key_guessed, missing_words, plain, role_guesses
from actes.i18n import _
from actes.readers.cells import check_names, tidy
from actes.readers.sniffing import layout_of
from actes.specs.dataset import ROLES, DatasetSpec

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from actes.guesses import ColumnGuess
    from actes.readers.cells import Cells
    from actes.readers.sniffing import Layout

__all__ = ["dataset_name", "draft"]

_NAME = re.compile(r"[a-z0-9][a-z0-9-]*")
_PLAIN_WORD = re.compile(r"[^\W\d_][\w.-]*")
_YAML_WORDS = {"true", "false", "null", "yes", "no", "on", "off", "y", "n", "nan", "inf"}


def draft(file: Path, *, name: str = "") -> str:
    """Draft the descriptor of ``file``.

    Parameters
    ----------
    name
        The dataset's name; that of the file when empty.

    Returns
    -------
    str
        YAML, with ``path`` naming the file beside it. What was guessed says so and on what
        ground; what only a person knows (title, sources, licence) is left to fill; the
        sensitivity is ``confidential`` and the TLP ``AMBER`` until somebody decides otherwise.

    Raises
    ------
    SourceError
        D017 when the name cannot be a dataset's; D001–D025 when the file cannot be read as a
        table.
    """
    name = name or dataset_name(file)
    _check_name(name, file)
    layout = layout_of(file)
    cells = readers.read(file, _provisional(file, name, layout), file.name)
    missing = missing_words(cells)
    guesses = columns_guessed(cells, missing, layout.dialect.get("delimiter", ","))
    lines = [
        *_heading(file, name),
        *_file(file, layout),
        *_schema(guesses, cells, missing),
        *_roles(guesses),
        *_terms(),
    ]
    return "\n".join(lines) + "\n"


def dataset_name(file: Path) -> str:
    """The name that a dataset takes from its file: small letters, digits and hyphens."""
    return plain(file.stem).replace("_", "-") or "donnees"


def _check_name(name: str, file: Path) -> None:
    if not _NAME.fullmatch(name):
        raise SourceError(
            "D017",
            _("“{name}” cannot be the name of a dataset.").format(name=name),
            expected=_("small letters, digits and hyphens"),
            next_step=dataset_name(file.with_name(f"{name}.csv") if plain(name) else file),
        )


def _provisional(file: Path, name: str, layout: Layout) -> DatasetSpec:
    """Enough of a descriptor to read the cells: every column is text."""
    check_names([tidy(column) for column in layout.names], file.name)
    return DatasetSpec.model_validate(
        {
            "name": name,
            "title": file.stem,
            "path": file.name,
            "format": layout.format,
            "encoding": layout.encoding,
            "dialect": layout.dialect,
            "schema": {"fields": [{"name": column} for column in layout.names]},
            "sources": [{"title": file.name}],
        }
    )


def _heading(file: Path, name: str) -> Iterator[str]:
    for sentence in (
        _("Draft of a description, made from the file alone: read it line by line."),
        _("A line that says “guessed” may be wrong: correct it, then remove the comment."),
        _(
            "Levels (enum) and ranges (minimum, maximum) come from the file: its owner checks "
            "them before anybody else sees this page."
        ),
    ):
        yield f"# {sentence}"
    yield f"name: {name}"
    yield _line("title", file.stem, _("to fill: a title that a reader understands"))
    yield _line(
        "description",
        _("to fill"),
        _("to fill: what a row is, how the figures were made, what must be known of them"),
    )


def _file(file: Path, layout: Layout) -> Iterator[str]:
    yield _line("path", file.name)
    yield _line("format", layout.format, _guessed(layout.grounds.get("format")))
    if layout.format in ("csv", "tsv", "json", "geojson"):
        yield _line("encoding", layout.encoding, _guessed(layout.grounds.get("encoding")))
    if layout.dialect:
        yield "dialect:"
        for key, value in layout.dialect.items():
            yield "  " + _line(key, value, _guessed(layout.grounds.get(key)))
    yield ""


def _schema(
    guesses: Mapping[str, ColumnGuess], cells: Cells, missing: Sequence[str]
) -> Iterator[str]:
    yield "schema:"
    if missing:
        ground = _guessed(_("found among figures; nothing in any column that says so"))
        yield "  " + _line("missingValues", ["", *missing], ground)
    yield "  fields:"
    for guess in guesses.values():
        yield from ("    " + line for line in _field(guess))
    if key := key_guessed(cells, guesses):
        ground = _guessed(_("never twice the same in the file"))
        yield "  " + _line("primaryKey", list(key), ground)
    yield ""


def _field(guess: ColumnGuess) -> Iterator[str]:
    spec, grounds = guess.spec, guess.grounds
    yield "- " + _line("name", spec.name)
    yield "  " + _line("type", spec.type, _guessed(grounds.get("type") or _("every cell is one")))
    if spec.format != "default":
        yield "  " + _line("format", spec.format)
    if spec.decimal_char != "." and spec.type == "number":
        yield "  " + _line("decimalChar", spec.decimal_char)
    if spec.group_char:
        yield "  " + _line("groupChar", spec.group_char)
    if spec.type == "boolean" and "true_values" in spec.model_fields_set:
        yield "  " + _line("trueValues", list(spec.true_values))
        yield "  " + _line("falseValues", list(spec.false_values))
    yield '  title: ""'
    if guess.constraints:
        yield "  constraints:"
        for key, value in guess.constraints.items():
            yield "    " + _line(key, value, _guessed(grounds.get(key)))


def _roles(guesses: Mapping[str, ColumnGuess]) -> Iterator[str]:
    roles = role_guesses(guesses)
    known = _("among: {roles}").format(roles=", ".join(ROLES))
    if not roles:
        yield "# roles:  # " + _("to fill") + f", {known}"
        yield ""
        return
    yield f"roles:  # {known}"
    for role, columns in roles.items():
        value = columns[0] if len(columns) == 1 else list(columns)
        yield "  " + _line(role, value, _guessed(_("by the name of the column")))
    yield ""


def _terms() -> Iterator[str]:
    yield "sources:"
    yield "  - " + _line("title", _("to fill"), _("to fill: who made these figures, where, when"))
    terms = _("to fill: under which terms they may be used")
    yield f"# licenses:  # {terms}"
    yield "#   - name: CC-BY-4.0"
    yield _line(
        "sensitivity", "confidential", _("open, internal or confidential: the owner decides")
    )
    yield _line("tlp", "AMBER", _("CLEAR, GREEN, AMBER, AMBER+STRICT or RED: the owner decides"))
    yield "disclosure:"
    yield "  " + _line("min_cell", 5, _("published counts under it are masked"))


def _guessed(ground: str | None) -> str:
    return _("guessed: {ground}").format(ground=ground) if ground else ""


def _line(key: str, value: Any, comment: str = "") -> str:
    return f"{key}: {_scalar(value)}" + (f"  # {comment}" if comment else "")


def _scalar(value: Any) -> str:
    """A value in YAML's flow style; text is quoted unless it is a plain word."""
    if isinstance(value, list):
        return "[" + ", ".join(map(_scalar, value)) + "]"
    if not isinstance(value, str):
        return json.dumps(value)
    if _PLAIN_WORD.fullmatch(value) and value.casefold() not in _YAML_WORDS:
        return value
    quoted = json.dumps(value, ensure_ascii=False)
    return "".join(c if c.isprintable() else f"\\U{ord(c):08x}" for c in quoted)

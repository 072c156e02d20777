"""Guess what columns are: types, ranges, categories, a key, roles.

In: cells read as they stand. Out: guesses, each with its ground in the reader's language.
Only here: guesses about content. A type is guessed by reading every cell with the parser that
`ingest` will use, so a draft that says a type reads the file it was made from.
"""

from __future__ import annotations

import math
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field, replace
from itertools import combinations
from typing import TYPE_CHECKING, Any

from actes.i18n import _
from actes.readers.parsers import SPACES, parser_of
from actes.readers.types import distinct_cells, is_missing
from actes.specs.dataset import FieldSpec, FieldType

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import numpy as np
    import numpy.typing as npt

    from actes.readers.cells import Cells, Column

__all__ = ["ColumnGuess", "columns_guessed", "key_guessed", "missing_words", "role_guesses"]

_LETTERS = ("NA", "N/A", "n/a", "#N/A", "NULL", "null", "None", "ND", "N/D", "nd", "n.d.", "n/d")
_SIGNS = ("s.o.", "-", "–", "—", "..", "...", "…", "x", "X", "*")
MISSING_WORDS = (*_LETTERS, *_SIGNS)
"""What files of figures write where there is none."""

_YES_NO = (("oui", "non"), ("vrai", "faux"), ("yes", "no"), ("true", "false"))
_DATES = ("%d/%m/%Y", "%m/%d/%Y", "%Y/%m/%d", "%d-%m-%Y", "%m-%d-%Y", "%d.%m.%Y")
_TIMES = (" %H:%M", " %H:%M:%S")
_MOST_LEVELS = 25
_LONGEST_LEVEL = 60
_FEWEST_ROWS_A_LEVEL = 5
_WIDEST_KEY = 4
_KEY_COLUMNS = 8

_PERSONAL = re.compile(
    r"(^|_)(noms?|prenoms?|names?|surname|adresse|address|rue|street|courriel|e?mail|phone"
    r"|tel|telephone|cell|nas|sin|naissance|birth|dob|plaque|plate|dossier|permis)(_|$)"
)
"""Columns of which a draft writes neither levels nor range."""

_ROLES = (
    ("area", r"pdq|poste|secteur|district|quartier|arrondissement|zone|beat|area|territoire"),
    ("category", r"categor|famille|classe"),
    ("group", r"infraction|crime|offen[cs]e|group|type|nature"),
    ("x", r"^(x|lon|lng|long|longitude)$"),
    ("y", r"^(y|lat|latitude)$"),
    ("neighbours", r"voisin|neighbou?r"),
    ("exposure", r"^pop|population|habitants|residents|exposition|exposure"),
    ("weight", r"^(poids|weight|ponderation)$"),
    ("start", r"debut|^start|^from"),
    ("end", r"^fin$|^fin_|_fin$|^end|_end$"),
    ("event", r"^(evenement|event|recidive|statut_final)$"),
)
_NUMERIC = {"integer", "number"}
_COUNT = re.compile(r"^(nombre|nb|n|nbre|count|counts|total|effectif|freq|frequence)(_|$)")
_YEAR = re.compile(r"^(annee|an|year)(_|$)")
_MONTH = re.compile(r"^(mois|month)(_|$)")


@dataclass(frozen=True, slots=True)
class ColumnGuess:
    """What a column seems to be.

    ``constraints`` has the descriptor's keys; ``grounds`` says, by key, why.
    """

    spec: FieldSpec
    constraints: dict[str, Any] = field(default_factory=dict)
    grounds: dict[str, str] = field(default_factory=dict)


def plain(name: str) -> str:
    """A name without accents, in lower case, its words joined by ``_``."""
    split = unicodedata.normalize("NFKD", name)
    letters = "".join(c for c in split if not unicodedata.combining(c)).lower()
    return re.sub(r"[^a-z0-9]+", "_", letters).strip("_")


def missing_words(cells: Cells) -> tuple[str, ...]:
    """Words that stand for nothing: without them, a column of figures or dates is one."""
    found: set[str] = set()
    for name, column in cells.columns.items():
        present = _present(distinct_cells(column)[0], name, ())
        words = [c for c in present if isinstance(c, str) and c.strip() in MISSING_WORDS]
        others = [c for c in present if c not in words]
        if words and others and _typed(name, others, "")[0].type != "string":
            found |= {word.strip() for word in words}
    return tuple(sorted(found))


def columns_guessed(cells: Cells, missing: Sequence[str], delimiter: str) -> dict[str, ColumnGuess]:
    """Guess each column of a table, in order."""
    return {name: _column(name, c, missing, delimiter) for name, c in cells.columns.items()}


def _column(name: str, column: Column, missing: Sequence[str], delimiter: str) -> ColumnGuess:
    distinct, index = distinct_cells(column)
    present = _present(distinct, name, missing)
    if not present:
        return ColumnGuess(FieldSpec(name=name), grounds={"type": _("the column is empty")})
    spec, ground = _typed(name, present, delimiter)
    guess = ColumnGuess(spec, grounds={"type": ground} if ground else {})
    if len(present) == len(distinct):
        guess = _with(guess, "required", True, _("no cell is empty"))
    if spec.type == "string":
        return _with_levels(guess, distinct, index)
    if spec.type in ("integer", "number", "year"):
        return _with_range(guess, present, len(index))
    return guess


def _present(distinct: Sequence[Any], name: str, missing: Sequence[str]) -> list[Any]:
    anything = FieldSpec(name=name, type="integer")
    absent = frozenset(("", *missing))
    return [cell for cell in distinct if not is_missing(cell, anything, absent)]


def _with(guess: ColumnGuess, key: str, value: Any, ground: str) -> ColumnGuess:
    return replace(
        guess,
        constraints=guess.constraints | {key: value},
        grounds=guess.grounds | {key: ground},
    )


def _typed(name: str, present: Sequence[Any], delimiter: str) -> tuple[FieldSpec, str]:
    """The first type whose parser reads every cell, and why it is not plain."""
    if evident := _evident(name, present):
        return evident
    readings = [spec for spec in _candidates(name, delimiter) if _reads(spec, present)]
    if not readings:
        mixed = any(not isinstance(cell, str) for cell in present)
        ground = _("figures or dates among texts: ingest will refuse it as it is") if mixed else ""
        return FieldSpec(name=name), ground
    spec = readings[0]
    if spec.type == "integer" and _are_years(name, present, spec):
        return FieldSpec(name=name, type="year"), _("whole numbers of four digits, by its name")
    alike = [r for r in readings if r.type == spec.type or {r.type, spec.type} == _NUMERIC]
    n_ways = len({tuple(map(parser_of(reading), present)) for reading in alike})
    ground = _("ambiguous, can be read in {n} ways: check it").format(n=n_ways)
    return spec, ground if n_ways > 1 else ""


def _evident(name: str, present: Sequence[Any]) -> tuple[FieldSpec, str] | None:
    """Columns that are not to be tried as figures: yes and no, codes."""
    if all(isinstance(cell, bool) for cell in present):
        return FieldSpec(name=name, type="boolean"), ""
    texts = sorted({str(cell).strip() for cell in present})
    if any(re.fullmatch(r"0[0-9]+", text) for text in texts):
        return FieldSpec(name=name), _("zeros at the left: a code, kept as text")
    for yes, no in _YES_NO:
        if {text.casefold() for text in texts} == {yes, no}:
            spec = FieldSpec(
                name=name,
                type="boolean",
                true_values=tuple(text for text in texts if text.casefold() == yes),
                false_values=tuple(text for text in texts if text.casefold() == no),
            )
            return spec, _("two words that mean yes and no")
    return None


def _reads(spec: FieldSpec, present: Sequence[Any]) -> bool:
    parse = parser_of(spec)
    try:
        for cell in present:
            parse(cell)
    except (ValueError, OverflowError):
        return False
    return True


def _candidates(name: str, delimiter: str) -> Iterator[FieldSpec]:
    """Types in the order in which they are tried; a decimal comma first in a ``;`` file."""
    marks = ",." if delimiter == ";" else ".,"
    plain_forms: list[tuple[FieldType, str]] = [("integer", "."), *(("number", m) for m in marks)]
    forms = [(kind, mark, group) for group in ("", SPACES[0]) for kind, mark in plain_forms]
    forms += [("integer", ".", ","), ("number", ".", ","), ("integer", ",", ".")]
    forms += [("number", ",", "."), ("integer", ".", "'"), ("number", ".", "'")]
    for kind, mark, group in forms:
        yield FieldSpec(name=name, type=kind, decimal_char=mark, group_char=group)
    yield FieldSpec(name=name, type="yearmonth")
    yield FieldSpec(name=name, type="yearmonth", format="%m/%Y")
    yield FieldSpec(name=name, type="date")
    for pattern in _DATES:
        yield FieldSpec(name=name, type="date", format=pattern)
    yield FieldSpec(name=name, type="datetime")
    for pattern in _DATES:
        for time in _TIMES:
            yield FieldSpec(name=name, type="datetime", format=pattern + time)


def _are_years(name: str, present: Sequence[Any], spec: FieldSpec) -> bool:
    is_named = _YEAR.search(plain(name)) is not None
    parse = parser_of(spec)
    return is_named and not spec.group_char and all(1900 <= parse(c) <= 2100 for c in present)


def _with_levels(
    guess: ColumnGuess, distinct: Sequence[Any], index: npt.NDArray[np.int64]
) -> ColumnGuess:
    """List the levels of a category: few, short, repeated, and not about a person."""
    rows_a_level = Counter(index.tolist())
    levels = {
        c: rows_a_level[i] for i, c in enumerate(distinct) if isinstance(c, str) and c.strip()
    }
    is_category = (
        1 < len(levels) <= _MOST_LEVELS
        and min(levels.values()) > 1
        and len(index) >= _FEWEST_ROWS_A_LEVEL * len(levels)
        and max(map(len, levels)) <= _LONGEST_LEVEL
        and not _PERSONAL.search(plain(guess.spec.name))
    )
    if not is_category:
        return guess
    return _with(guess, "enum", list(levels), _("{n} levels, in all").format(n=len(levels)))


def _with_range(guess: ColumnGuess, present: Sequence[Any], n_rows: int) -> ColumnGuess:
    """The range of a column of figures; not of what names a row or a person."""
    values = list(map(parser_of(guess.spec), present))
    if min(values) >= 0 and _COUNT.search(plain(guess.spec.name)):
        return _with(guess, "minimum", 0, _("a count, by its name"))
    is_personal = _PERSONAL.search(plain(guess.spec.name)) is not None
    if is_personal or (guess.spec.type == "integer" and len(values) == n_rows):
        return guess
    guess = _with(guess, "minimum", min(values), _("the least in the file"))
    return _with(guess, "maximum", max(values), _("the most in the file"))


def key_guessed(cells: Cells, guesses: Mapping[str, ColumnGuess]) -> tuple[str, ...]:
    """The fewest columns that, together, never say the same thing twice; empty when none do."""
    import numpy as np  # heavy

    named = [
        name
        for name, guess in guesses.items()
        if guess.constraints.get("required")
        and guess.spec.type not in ("number", "boolean")
        and not _COUNT.search(plain(name))
    ]
    columns = {name: distinct_cells(cells.columns[name]) for name in named[:_KEY_COLUMNS]}
    n_rows = len(cells.numbers)
    for n_columns in range(1, _WIDEST_KEY + 1):
        for names in combinations(columns, n_columns):
            n_levels = [len(columns[name][0]) for name in names]
            if n_rows < 2 or math.prod(n_levels) < n_rows:
                continue
            # one number a row; were it to overflow, a key could be missed, never invented
            codes = np.zeros(n_rows, dtype=np.int64)
            for name, n in zip(names, n_levels, strict=True):
                codes = codes * n + columns[name][1]
            if len(np.unique(codes)) == n_rows:
                return names
    return ()


def role_guesses(guesses: Mapping[str, ColumnGuess]) -> dict[str, tuple[str, ...]]:
    """Roles that columns seem to play, by their names and types; each column plays one."""
    roles: dict[str, tuple[str, ...]] = {}
    if date := _date(guesses):
        roles["date"] = date
    counts = [n for n, g in guesses.items() if g.spec.type == "integer" and _COUNT.search(plain(n))]
    if counts:
        roles["count"] = (counts[0],)
    for role, pattern in _ROLES:
        taken = {column for columns in roles.values() for column in columns}
        named = [n for n in guesses if n not in taken and re.search(pattern, plain(n))]
        if named:
            roles[role] = (named[0],)
    return roles


def _date(guesses: Mapping[str, ColumnGuess]) -> tuple[str, ...]:
    for kind in ("date", "datetime", "yearmonth"):
        if dated := [name for name, guess in guesses.items() if guess.spec.type == kind]:
            return (dated[0],)
    years = [name for name, guess in guesses.items() if guess.spec.type == "year"]
    months = [name for name in guesses if _MONTH.search(plain(name))]
    return (*years[:1], *months[:1]) if years else ()

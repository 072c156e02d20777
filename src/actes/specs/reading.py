"""Turn YAML into records, and every mistake into a message with file, line and key.

In: a YAML file and the record's class. Out: the record.
Only here: ruamel.yaml, and the translation of pydantic's findings.
"""

from __future__ import annotations

import difflib
from functools import lru_cache
from typing import TYPE_CHECKING, Any, TypeVar, get_args

from pydantic import BaseModel, ConfigDict, ValidationError

from actes.errors import SpecError, place
from actes.i18n import _, ngettext
from actes.specs.yaml_words import type_words, yaml_problem

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from pathlib import Path

    from pydantic_core import ErrorDetails

__all__ = [
    "Record",
    "build",
    "explain",
    "near",
    "parse_once",
    "parse_yaml",
    "read_record",
    "read_text",
    "read_yaml",
]


class Record(BaseModel):
    """A frozen record that refuses keys it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


R = TypeVar("R", bound=Record)


def read_text(path: Path) -> str:
    """Read a UTF-8 text file (a leading BOM is dropped).

    Raises
    ------
    SpecError
        S001 when it isn't there, S002 when it isn't UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise SpecError("S001", _("This file does not exist."), where=place(path)) from None
    except UnicodeDecodeError:
        raise SpecError(
            "S002",
            _("This file is not UTF-8 text."),
            where=place(path),
            next_step=_("save it again with the encoding UTF-8"),
        ) from None


def read_yaml(path: Path, *, shown: str = "") -> Any:
    """Read a YAML file; its mappings remember their lines, and are not to be written to.

    Parameters
    ----------
    shown
        How messages name the file; its path when empty.
    """
    return parse_once(read_text(path), shown=shown or path.as_posix())


@lru_cache(maxsize=1024)
def parse_once(text: str, *, shown: str, first_line: int = 1) -> Any:
    """Parse YAML text as `parse_yaml`, the same text once: what it gives is not to be written to.

    A build asks for each descriptor and front matter several times.
    """
    return parse_yaml(text, shown=shown, first_line=first_line)


def parse_yaml(text: str, *, shown: str, first_line: int = 1) -> Any:
    """Parse YAML text that starts at ``first_line`` of the file ``shown``.

    Raises
    ------
    SpecError
        S003 when the text isn't YAML, with the line.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import MarkedYAMLError, YAMLError

    try:
        return YAML(typ="rt").load("\n" * (first_line - 1) + text)
    except YAMLError as error:
        mark = error.problem_mark if isinstance(error, MarkedYAMLError) else None
        raise SpecError(
            "S003",
            _("This YAML cannot be read."),
            where=place(shown, line=mark.line + 1 if mark else None),
            found=yaml_problem(error),
            next_step=_("check the indentation, the quotes and the colons around that line"),
        ) from None


def read_record(path: Path, record: type[R], *, shown: str = "") -> R:
    """Read a YAML file into a record."""
    shown = shown or path.as_posix()
    return build(record, read_yaml(path, shown=shown), shown=shown)


def build(record: type[R], content: Any, *, shown: str, prefix: str = "") -> R:
    """Make a record from YAML content, or say what is wrong with it, where.

    Raises
    ------
    SpecError
        S004; the first mistake in full, the number of others.
    """
    try:
        return record.model_validate({} if content is None else plain(content))
    except ValidationError as error:
        mistakes = error.errors(include_url=False)
        first = mistakes[0]
        found, expected, step = explain(first, _known_keys(record, first["loc"]))
        others = len(mistakes) - 1
        raise SpecError(
            "S004",
            _("This description is not usable.") + (" " + _others(others) if others else ""),
            where=place(
                shown,
                line=_line_of(content, first["loc"]),
                key=_dotted(prefix, _written(content, first["loc"])),
            ),
            found=found,
            expected=expected,
            next_step=step,
        ) from None


def _others(n: int) -> str:
    return ngettext("({n} other mistake follows)", "({n} other mistakes follow)", n).format(n=n)


def explain(error: ErrorDetails, known: Sequence[str] = ()) -> tuple[str, str, str]:
    """Say one of pydantic's findings in our words: found, expected, next step.

    Values are described by their type alone: a mistyped secret is not repeated.
    """
    kind, context = error["type"], error.get("ctx", {})
    found = _("a value of type {type}").format(type=type_words(error.get("input")))
    expected, step = "", ""
    match kind:
        case "missing":
            found, expected, step = _("nothing"), _("this key, which is required"), _("add the key")
        case "extra_forbidden":
            unknown = str(error["loc"][-1])
            found = _("unknown key “{key}”").format(key=unknown)
            expected, step = ", ".join(known), near(unknown, known)
        case "greater_than" | "greater_than_equal" | "less_than" | "less_than_equal":
            sign = {"greater_than": ">", "greater_than_equal": "≥", "less_than": "<"}.get(kind, "≤")
            bound = next(iter(context.values()))
            expected = _("a number {sign} {bound}").format(sign=sign, bound=bound)
        case "string_too_long" | "string_too_short" | "too_long" | "too_short":
            expected = _expected_length(kind, next(v for k, v in context.items() if "_le" in k))
        case "multiple_of":
            expected = _("a multiple of {number}").format(number=context["multiple_of"])
        case "literal_error" | "enum":
            values = str(context.get("expected", "")).replace("'", "").replace(" or ", ", ")
            expected = _("one of: {values}").format(values=values)
        case "string_pattern_mismatch":
            expected = _("text of the form {pattern}").format(pattern=context["pattern"])
        case "value_error":
            found, expected = "", str(context["error"])
        case _:
            say = _EXPECTED.get(kind.split("_")[0])
            expected = say() if say else _("another value")
    return found, expected, step


def _expected_length(kind: str, n: int) -> str:
    match kind:
        case "string_too_long":
            text = ngettext("at most {n} character", "at most {n} characters", n)
        case "string_too_short":
            text = ngettext("at least {n} character", "at least {n} characters", n)
        case "too_long":
            text = ngettext("at most {n} element", "at most {n} elements", n)
        case _:
            text = ngettext("at least {n} element", "at least {n} elements", n)
    return text.format(n=n)


_EXPECTED: dict[str, Callable[[], str]] = {
    "int": lambda: _("a whole number"),
    "float": lambda: _("a number"),
    "decimal": lambda: _("a number"),
    "string": lambda: _("text"),
    "bool": lambda: _("true or false"),
    "list": lambda: _("a list"),
    "tuple": lambda: _("a list"),
    "dict": lambda: _("keys and values"),
    "model": lambda: _("keys and values"),
    "date": lambda: _("a date, year-month-day"),
    "finite": lambda: _("a number that is not infinite"),
}


def near(name: str, known: Iterable[str]) -> str:
    """Suggest the known names that look like ``name``; empty when none does."""
    by_lower = {str(k).casefold(): str(k) for k in known}
    close = difflib.get_close_matches(name.casefold(), by_lower, n=3, cutoff=0.5)
    if not close:
        return ""
    return _("did you mean: {names}?").format(names=", ".join(by_lower[c] for c in close))


def plain(content: Any) -> Any:
    """Copy YAML content into plain Python objects."""
    if isinstance(content, dict):
        return {str(k): plain(v) for k, v in content.items()}
    if isinstance(content, list):
        return [plain(v) for v in content]
    if isinstance(content, bool):
        return bool(content)
    for base in (int, float, str):
        if isinstance(content, base):
            return base(content)
    return content


def _line_of(content: Any, location: Sequence[int | str]) -> int | None:
    """Line (1-based) of the deepest part of ``location`` that the file has."""
    line: int | None = None
    for step in location:
        marks = getattr(content, "lc", None)
        if marks is None or marks.data is None or step not in marks.data:
            break
        line = marks.data[step][0] + 1
        content = content[step]
    return line


def _written(content: Any, location: Sequence[int | str]) -> list[int | str]:
    """Keep the steps of ``location`` that the file has, and a key that a mapping lacks."""
    steps: list[int | str] = []
    for step in location:
        if not isinstance(content, (dict, list)) or step == "[key]":  # pydantic: the key itself
            break
        steps.append(step)
        if isinstance(content, dict):
            content = content.get(step)
        else:
            content = content[step] if isinstance(step, int) else None
    return steps


def _dotted(prefix: str, location: Sequence[int | str]) -> str:
    text = prefix
    for step in location:
        text += f"[{step}]" if isinstance(step, int) else f".{step}"
    return text.lstrip(".")


def _known_keys(record: type[BaseModel], location: Sequence[int | str]) -> list[str]:
    """Keys that are allowed at ``location`` (its last step apart)."""
    for step in location[:-1]:
        if isinstance(step, int):
            continue
        field = next(
            (f for n, f in record.model_fields.items() if step in (n, f.alias)),
            None,
        )
        if field is None:
            return []
        inner = [field.annotation, *get_args(field.annotation)]
        models = [m for m in inner if isinstance(m, type) and issubclass(m, BaseModel)]
        if not models:
            return []
        record = models[0]
    return [f.alias or n for n, f in record.model_fields.items()]

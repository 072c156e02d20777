"""Read a study's parameters without running its notebook, and check the values given.

In: ``notebooks/<study>.ipynb``. Out: `StudySpec`: title, parameters, JSON Schema; checked values.
The cell tagged ``parameters`` holds annotated assignments, as papermill knows them::

    donnees: Annotated[str, Data("date", "count", "group")] = "spvm-mensuel"  # jeu de données
    infraction: Annotated[str, Category("group", data="donnees")] = "Méfaits"  # infraction étudiée
    alpha: Annotated[float, Field(gt=0, le=0.2)] = 0.05  # seuil
"""

from __future__ import annotations

import ast
import io
import json
import re
import tokenize
from dataclasses import dataclass, field
from functools import cached_property
from types import UnionType
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args, get_origin

from pydantic import BaseModel, ConfigDict, Field, ValidationError, create_model

from actes.errors import ParameterError, SpecError, place
from actes.i18n import _
from actes.provenance import fingerprint
from actes.specs.reading import explain, near, parse_yaml, plain, read_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

__all__ = ["Category", "Choice", "Data", "Parameter", "StudySpec", "name_typed", "read_study"]


@dataclass(frozen=True)
class Data:
    """Marks a parameter that names a dataset, and says which roles the study asks of it.

    Parameters
    ----------
    roles
        The study does not run without them.
    optional
        The study uses them when a column plays them, and says what it does without.
    """

    roles: tuple[str, ...]
    optional: tuple[str, ...]

    def __init__(self, *roles: str, optional: tuple[str, ...] = ()) -> None:
        object.__setattr__(self, "roles", roles)
        object.__setattr__(self, "optional", tuple(optional))


@dataclass(frozen=True)
class Category:
    """Marks a parameter whose value must occur in the column that plays ``role`` in ``data``.

    Parameters
    ----------
    optional
        It may be left empty (``""``): the study then takes all of them, and a dataset without
        such a column will do.
    """

    role: str
    data: str
    optional: bool = field(default=False, kw_only=True)


_SHOWN_LENGTH = 60
_WHOLE_NUMBER = re.compile(r"0|-?[1-9][0-9]*")
_ALLOWED: dict[str, Any] = {
    "Annotated": Annotated,
    "Literal": Literal,
    "Field": Field,
    "Data": Data,
    "Category": Category,
    "str": str,
    "int": int,
    "float": float,
    "bool": bool,
    "list": list,
    "tuple": tuple,
}
"""What a parameter's annotation and default may mention: nothing here can do harm."""

_ALLOWED_NODES = (
    ast.Expression,
    ast.Name,
    ast.Load,
    ast.Constant,
    ast.Subscript,
    ast.Tuple,
    ast.List,
    ast.Call,
    ast.keyword,
    ast.UnaryOp,
    ast.USub,
    ast.BinOp,
    ast.BitOr,
)


@dataclass(frozen=True)
class Parameter:
    """One typed parameter, as the cell declares it."""

    name: str
    annotation: Any
    default: Any
    help: str = ""

    def marker(self, kind: type[Any]) -> Any | None:
        """Return the `Data` or `Category` that the annotation carries, if any."""
        return next((m for m in get_args(self.annotation) if isinstance(m, kind)), None)

    @property
    def _kind(self) -> Any:
        """The type, without what `Annotated` adds to it."""
        kind = self.annotation
        return get_args(kind)[0] if get_origin(kind) is Annotated else kind

    @property
    def choices(self) -> tuple[Any, ...]:
        """The values that the type itself lists; empty when it lists none."""
        if get_origin(self._kind) is Literal:
            return get_args(self._kind)
        return (False, True) if self._kind is bool else ()

    @property
    def is_list(self) -> bool:
        """True when the parameter takes several values at once."""
        return get_origin(self._kind) is list

    @property
    def is_text(self) -> bool:
        """True when what is typed on a command line is the value itself."""
        if get_origin(self._kind) is Literal:
            return all(isinstance(choice, str) for choice in self.choices)
        return self._kind is str

    @property
    def is_name(self) -> bool:
        """True when it takes names that may be numbers (``int | str``), one or a list of them."""
        kind = get_args(self._kind)[0] if self.is_list else self._kind
        return isinstance(kind, UnionType) and set(get_args(kind)) == {int, str}


@dataclass(frozen=True)
class Choice:
    """A parameter that chooses in a column: the one that plays ``role`` in the dataset ``data``."""

    parameter: Parameter
    role: str
    data: str
    is_optional: bool


@dataclass(frozen=True)
class StudySpec:
    """What a study is: its name, its question, its parameters, the name of its source.

    ``source_sha256`` names what the notebook does (kinds and sources of its cells), whatever
    its metadata.
    """

    name: str
    title: str
    parameters: tuple[Parameter, ...]
    source_sha256: str

    @cached_property
    def model(self) -> type[BaseModel]:
        """The parameters as a pydantic model: types, bounds, defaults."""
        return parameters_model(self.parameters)

    def json_schema(self) -> dict[str, Any]:
        """Describe the parameters as JSON Schema (forms, completion)."""
        return self.model.model_json_schema()

    def datasets(self, values: Mapping[str, Any]) -> Iterator[tuple[str, str, Data]]:
        """Yield (parameter, dataset's name, roles asked of it) for each dataset parameter."""
        for parameter in self.parameters:
            if marker := parameter.marker(Data):
                yield parameter.name, values[parameter.name], marker

    def categories(self, values: Mapping[str, Any]) -> Iterator[tuple[Choice, Any]]:
        """Yield each category parameter that isn't left empty, with its value."""
        for parameter in self.parameters:
            marker, value = parameter.marker(Category), values[parameter.name]
            if marker and not (marker.optional and value == ""):
                data = values[marker.data]
                yield Choice(parameter, marker.role, data, marker.optional), value

    def with_data(self, data: str | None, given: Mapping[str, Any]) -> dict[str, Any]:
        """Return ``given`` with ``data`` under the study's own name for its (first) dataset."""
        names = [p.name for p in self.parameters if p.marker(Data)]
        return dict(given) if data is None or not names else {names[0]: data, **given}

    def parse(self, words: Mapping[str, str]) -> dict[str, Any]:
        """Read values typed on a command line: text as it is, the rest as YAML."""
        by_name = {p.name: p for p in self.parameters}
        return {
            name: _typed(by_name[name], word) if name in by_name else word
            for name, word in words.items()
        }

    def check(self, values: Mapping[str, Any], *, where: str = "") -> dict[str, Any]:
        """Complete ``values`` with the defaults and check every one.

        Parameters
        ----------
        where
            What messages point at (an article's file and key, say).

        Raises
        ------
        ParameterError
            P001 for an unknown name, P002 for a wrong type or a value out of bounds.
        """
        try:
            checked = self.model.model_validate(dict(values))
        except ValidationError as error:
            raise _parameter_error(self, error, where) from None
        return checked.model_dump(mode="json")


def name_typed(word: str) -> int | str:
    """Read a name that may be a number: ``7`` is one, ``07`` and ``Nord`` are text."""
    return int(word) if _WHOLE_NUMBER.fullmatch(word) else word


def _typed(parameter: Parameter, word: str) -> Any:
    if parameter.is_text:
        return word
    if parameter.is_name and not parameter.is_list:
        return name_typed(word)
    return plain(parse_yaml(word, shown=f"-p {parameter.name}"))


def parameters_model(parameters: tuple[Parameter, ...]) -> type[BaseModel]:
    """Make the pydantic model of typed parameters."""
    fields: dict[str, Any] = {
        p.name: (
            p.annotation,
            Field(default=p.default, description=p.help or None, validate_default=True),
        )
        for p in parameters
    }
    config = ConfigDict(extra="forbid", frozen=True, strict=False, coerce_numbers_to_str=False)
    return create_model("Parameters", __config__=config, **fields)


def _parameter_error(study: StudySpec, error: ValidationError, where: str) -> ParameterError:
    first = error.errors(include_url=False)[0]
    name = str(first["loc"][0])
    names = [p.name for p in study.parameters]
    if first["type"] == "extra_forbidden":
        return ParameterError(
            "P001",
            _("The study “{study}” has no parameter “{name}”.").format(study=study.name, name=name),
            where=where,
            expected=", ".join(names),
            next_step=near(name, names),
        )
    parameter = next(p for p in study.parameters if p.name == name)
    _found, expected, step = explain(first)
    if parameter.is_name and first["type"].startswith("int"):
        expected = _("a name or a whole number")
    return ParameterError(
        "P002",
        _("The parameter “{name}” of “{study}” has an unusable value.").format(
            name=name, study=study.name
        ),
        where=where,
        found=_written(first["input"])[:_SHOWN_LENGTH] or _("nothing"),
        expected=f"{expected} ({parameter.help})" if parameter.help else expected,
        next_step=step,
    )


def _written(value: Any) -> str:
    """Write a value as YAML has it: ``null``, ``true``."""
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def read_study(path: Path, *, shown: str = "") -> StudySpec:
    """Read what the notebook at ``path`` declares.

    Raises
    ------
    SpecError
        S001 no such notebook, S006 not a notebook, S007 no or an unusable parameters cell.
    """
    shown = shown or path.as_posix()
    cells = _cells(path, shown)
    tagged = [c for c in cells if "parameters" in c.get("metadata", {}).get("tags", [])]
    if len(tagged) != 1:
        raise SpecError(
            "S007",
            _("A study has exactly one cell tagged “parameters”."),
            where=place(shown),
            found=str(len(tagged)),
            next_step=_("tag its parameters cell in JupyterLab (property inspector, cell tags)"),
        )
    return StudySpec(
        name=path.stem,
        title=_title(cells),
        parameters=tuple(_read_parameters(_source(tagged[0]), shown)),
        source_sha256=fingerprint([(c["cell_type"], _source(c)) for c in cells]),
    )


def _cells(path: Path, shown: str) -> list[dict[str, Any]]:
    try:
        cells = json.loads(read_text(path))["cells"]
    except (json.JSONDecodeError, KeyError, TypeError):
        raise SpecError(
            "S006", _("This file is not a Jupyter notebook."), where=place(shown)
        ) from None
    return list(cells)


def _source(cell: Mapping[str, Any]) -> str:
    source = cell["source"]
    return source if isinstance(source, str) else "".join(source)


def _title(cells: list[dict[str, Any]]) -> str:
    lines = (line for c in cells if c["cell_type"] == "markdown" for line in _source(c).split("\n"))
    return next((line[2:].strip() for line in lines if line.startswith("# ")), "")


def _read_parameters(source: str, shown: str) -> Iterator[Parameter]:
    try:
        statements, helps = ast.parse(source).body, _comments(source)
    except (SyntaxError, tokenize.TokenError):
        raise _unreadable(shown, "parameters") from None
    for statement in statements:
        match statement:
            case ast.Import() | ast.ImportFrom() | ast.Expr(value=ast.Constant()):
                continue
            case ast.AnnAssign(
                target=ast.Name(id=name), annotation=kind, value=ast.expr() as value
            ):
                annotation = _evaluate(kind, shown, name)
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                annotation = type(_evaluate(value, shown, name))
            case _:
                raise _unreadable(shown, ast.get_source_segment(source, statement) or "")
        default = _evaluate(value, shown, name)
        yield Parameter(name, annotation, default, _help_of(statement, helps))


def _evaluate(node: ast.expr, shown: str, name: str) -> Any:
    for part in ast.walk(node):
        known = not isinstance(part, ast.Name) or part.id in _ALLOWED
        if not isinstance(part, _ALLOWED_NODES) or not known:
            raise _unreadable(shown, name)
    code = compile(ast.Expression(node), shown, "eval")
    try:
        return eval(code, {"__builtins__": {}, **_ALLOWED})  # noqa: S307 - nodes checked above
    except (TypeError, NameError, SyntaxError):
        raise _unreadable(shown, name) from None


def _unreadable(shown: str, what: str) -> SpecError:
    return SpecError(
        "S007",
        _("The parameters cell cannot be read without running it."),
        where=place(shown, key=what),
        expected=_("name: Annotated[type, Field(bounds)] = constant  # help"),
        next_step=_("move what is computed to the next cell"),
    )


def _help_of(statement: ast.stmt, comments: Mapping[int, str]) -> str:
    """Return the last comment beside a statement, which may stand on several lines."""
    lines = range(statement.lineno, (statement.end_lineno or statement.lineno) + 1)
    return next((comments[line] for line in reversed(lines) if line in comments), "")


def _comments(source: str) -> dict[int, str]:
    """Return the comment at the end of each line, by line number."""
    tokens = tokenize.generate_tokens(io.StringIO(source).readline)
    return {t.start[0]: t.string.lstrip("# ").strip() for t in tokens if t.type == tokenize.COMMENT}

"""Read a grid: the values that parameters go through, one run a combination.

In: a study, what is written of each parameter (``all``, ``2020:2024``, ``a,b,c``, a YAML list).
Out: the combinations, in the order in which they are written: the last parameter turns fastest.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING, Any

from actes.errors import ParameterError
from actes.i18n import _
from actes.provenance import fingerprint
from actes.specs.reading import near, parse_yaml, plain
from actes.specs.study import Category, Choice, Data, name_typed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

    from actes.specs.study import Parameter, StudySpec

    ValuesOf = Callable[[Choice], Sequence[Any]]

__all__ = ["ALL", "MOST_RUNS", "Grid", "given_twice", "in_words", "keys_of", "label_of"]

ALL = "all"
MOST_RUNS = 1000
"""More runs than this are rather a slip of the keyboard: they are made for who insists."""

_RANGE = re.compile(r"\s*([+-]?\d+)\s*:\s*([+-]?\d+)\s*")


@dataclass(frozen=True)
class Grid:
    """What varies from run to run of a study, and what does not.

    Attributes
    ----------
    each
        By parameter: what is written on a command line (text) or in a front matter (text, a
        number, a list).
    given
        The parameters that do not vary.
    without
        Combinations to leave out: every one that agrees with all the values of an entry.
    where
        What messages point at.
    """

    study: StudySpec
    each: Mapping[str, Any]
    given: Mapping[str, Any]
    without: Sequence[Mapping[str, Any]] = ()
    where: str = ""

    def combinations(
        self, values_of: ValuesOf, *, most: int | None = MOST_RUNS
    ) -> list[dict[str, Any]]:
        """Return what each run gives to the parameters that vary.

        Parameters
        ----------
        values_of
            Values of the column that a parameter chooses in.
        most
            How many runs at most; None when there may be any number.

        Raises
        ------
        ParameterError
            P001 an unknown name, P110 ``all`` of what has no list, P111 no run at all, P112 a
            parameter that is given and varied, P113 more than ``most`` runs, P114 a combination
            left out that is not there.
        """
        self._check_names()
        # Datasets first: the values of a category depend on them.
        names = sorted(self.each, key=lambda name: self._parameter(name).marker(Data) is None)
        found = list(islice(self._deeper(names, {}, values_of), None if most is None else most + 1))
        if most is not None and len(found) > most:
            raise _too_many(most, self.where)
        for entry in self.without:
            if not any(_agrees(combination, entry) for combination in found):
                raise _nothing_left_out(entry, self.where)
        kept = [c for c in found if not any(_agrees(c, entry) for entry in self.without)]
        if not kept:
            raise _empty(", ".join(names), self.where)
        return kept

    def _parameter(self, name: str) -> Parameter:
        return next(p for p in self.study.parameters if p.name == name)

    def _check_names(self) -> None:
        names = [p.name for p in self.study.parameters]
        for name in self.each:
            if name not in names:
                raise _unknown(self.study, name, names, self.where)
            if name in self.given:
                raise given_twice(name, self.where)

    def _deeper(
        self, names: Sequence[str], chosen: dict[str, Any], values_of: ValuesOf
    ) -> Iterator[dict[str, Any]]:
        """Yield ``chosen``, completed with every combination of values of ``names``."""
        if not names:
            yield chosen
            return
        parameter = self._parameter(names[0])
        for value in self._values(parameter, chosen, values_of):
            yield from self._deeper(names[1:], chosen | {parameter.name: value}, values_of)

    def _values(
        self, parameter: Parameter, chosen: Mapping[str, Any], values_of: ValuesOf
    ) -> Iterator[Any]:
        """Yield the values written, each once; a parameter that is a list takes one at a time."""
        written = self.each[parameter.name]
        if isinstance(written, str) and written.strip() == ALL:
            items: Iterable[Any] = self._every(parameter, chosen, values_of)
        else:
            items = _items(parameter, written)
        seen: list[Any] = []
        for item in items:
            value = [item] if parameter.is_list and not isinstance(item, list) else item
            if value not in seen:
                seen.append(value)
                yield value
        if not seen:
            raise _empty(parameter.name, self.where)

    def _every(
        self, parameter: Parameter, chosen: Mapping[str, Any], values_of: ValuesOf
    ) -> Sequence[Any]:
        """All the values that a parameter can take, where there is a list of them."""
        if marker := parameter.marker(Category):
            default = self._parameter(marker.data).default
            data = (dict(self.given) | dict(chosen)).get(marker.data, default)
            return values_of(Choice(parameter, marker.role, str(data), marker.optional))
        if not parameter.choices:
            raise _no_list(parameter.name, self.where)
        return parameter.choices


def keys_of(combinations: Sequence[Mapping[str, Any]]) -> list[str]:
    """Name each combination by what it holds: ``pdq-12-annee-2020``.

    Two that read the same get some digits of their hash: no other combination, added or taken
    away, ever lets a key pass from one to the other.
    """
    plain_keys = [_slug(combination) for combination in combinations]
    times = Counter(plain_keys)
    return [
        key if times[key] == 1 else f"{key}-{fingerprint(dict(combination))[:8]}"
        for key, combination in zip(plain_keys, combinations, strict=True)
    ]


def _slug(combination: Mapping[str, Any]) -> str:
    words = " ".join(f"{name} {value}" for name, value in combination.items())
    letters = (c for c in unicodedata.normalize("NFKD", words) if not unicodedata.combining(c))
    return re.sub(r"[^a-z0-9]+", "-", "".join(letters).lower()).strip("-")


def in_words(value: Any) -> str:
    """Write a parameter's value the way a person typed it."""
    if isinstance(value, list):
        return ", ".join(map(in_words, value))
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def label_of(combination: Mapping[str, Any]) -> str:
    """Write a combination in one line: ``pdq=12, annee=2020``."""
    return ", ".join(f"{name}={in_words(value)}" for name, value in combination.items())


def _agrees(combination: Mapping[str, Any], entry: Mapping[str, Any]) -> bool:
    return all(name in combination and combination[name] == entry[name] for name in entry)


def _items(parameter: Parameter, written: Any) -> Iterator[Any]:
    if not isinstance(written, str):
        parts = written if isinstance(written, list) else [written]
    elif written.lstrip().startswith("["):
        parts = plain(parse_yaml(written, shown=f"--each {parameter.name}"))
    else:
        parts = [part.strip() for part in written.split(",") if part.strip()]
    for part in parts:
        yield from _scalars(parameter, part) if isinstance(part, str) else [part]


def _scalars(parameter: Parameter, text: str) -> Iterable[Any]:
    bounds = _RANGE.fullmatch(text)
    if parameter.is_text:
        return [text]
    if bounds:
        return range(int(bounds[1]), int(bounds[2]) + 1)
    if parameter.is_name:
        return [name_typed(text)]
    return [plain(parse_yaml(text, shown=f"--each {parameter.name}"))]


def _no_list(name: str, where: str) -> ParameterError:
    return ParameterError(
        "P110",
        _("“all” means nothing for the parameter “{name}”.").format(name=name),
        where=where,
        expected=_("a range (2020:2024) or a list (a,b,c)"),
    )


def _unknown(study: StudySpec, name: str, names: Iterable[str], where: str) -> ParameterError:
    return ParameterError(
        "P001",
        _("The study “{study}” has no parameter “{name}”.").format(study=study.name, name=name),
        where=where,
        expected=", ".join(names),
        next_step=near(name, names),
    )


def given_twice(name: str, where: str) -> ParameterError:
    """Refuse a parameter that has two sources."""
    return ParameterError(
        "P112",
        _("The parameter “{name}” is given one value, and several.").format(name=name),
        where=where,
        next_step=_("keep one of the two"),
    )


def _empty(names: str, where: str) -> ParameterError:
    return ParameterError(
        "P111",
        _("The grid is empty: there is nothing to run."),
        where=where,
        found=names,
        expected=_("a range that goes up (2020:2024), a list (a,b,c) or “all”"),
    )


def _too_many(most: int, where: str) -> ParameterError:
    return ParameterError(
        "P113",
        _("The grid makes more than {most} runs.").format(most=most),
        where=where,
        next_step=_("narrow it; on the command line, --yes insists"),
    )


def _nothing_left_out(entry: Mapping[str, Any], where: str) -> ParameterError:
    return ParameterError(
        "P114",
        _("The grid has no combination such as the one to leave out."),
        where=where,
        found=", ".join(f"{name}: {value}" for name, value in entry.items()),
        next_step=_("check its names and values (50 is a number, “50” a text), or take it away"),
    )

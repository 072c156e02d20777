"""Read the ``author:`` of a book or an article.

In: any form that Quarto accepts (a name, a map, a list of either). Out: `Author` records.
Only here: names, ORCID and affiliations.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

__all__ = ["Author", "read_authors"]

_ACTIVE = re.compile(r"^\s*(?:javascript|data|vbscript):.*", re.IGNORECASE | re.DOTALL)
"""An address that acts is none."""


@dataclass(frozen=True)
class Author:
    """Who wrote; ``orcid`` is the bare identifier (``0000-0000-0000-0000``)."""

    name: str
    orcid: str = ""
    email: str = ""
    url: str = ""
    affiliations: tuple[str, ...] = ()
    note: str = ""


def read_authors(value: object, affiliations: object = None) -> tuple[Author, ...]:
    """List the authors; empty when ``value`` is None.

    Parameters
    ----------
    affiliations
        ``affiliations:`` beside ``author:``: those that an author names by ``ref``.
    """
    if value is None:
        return ()
    authors = value if isinstance(value, list) else [value]
    known = dict(_with_id(affiliations))
    for each in authors:
        if isinstance(each, dict):
            known |= dict(_with_id(each.get("affiliations", each.get("affiliation"))))
    return tuple(_author(each, known) for each in authors)


def _listed(value: object) -> list[Any]:
    if value is None:
        return []
    return value if isinstance(value, list) else [value]


def _with_id(affiliations: object) -> Iterator[tuple[str, str]]:
    for each in _listed(affiliations):
        if isinstance(each, dict) and "id" in each:
            yield str(each["id"]), _affiliation(each)


def _author(value: object, known: Mapping[str, str]) -> Author:
    if not isinstance(value, dict):
        return Author(str(value))
    return Author(
        name=_name(value.get("name", value)),
        orcid=str(value.get("orcid", "")).rstrip("/").rsplit("/", 1)[-1],
        email=str(value.get("email", "")),
        url=_ACTIVE.sub("", str(value.get("url", ""))),
        affiliations=tuple(
            known.get(str(each["ref"]), str(each["ref"]))
            if isinstance(each, dict) and "ref" in each
            else _affiliation(each)
            for each in _listed(value.get("affiliations", value.get("affiliation")))
        ),
        note=str(value.get("note", "")),
    )


def _name(value: object) -> str:
    if not isinstance(value, dict):
        return str(value)
    if "literal" in value:
        return str(value["literal"])
    return " ".join(str(value[part]) for part in ("given", "family") if part in value)


def _affiliation(value: Any) -> str:
    if not isinstance(value, dict):
        return str(value)
    parts = ("department", "group", "name", "city", "region", "country")
    return ", ".join(str(value[part]) for part in parts if part in value)

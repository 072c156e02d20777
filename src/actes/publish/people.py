"""Read the ``author:`` of a book or an article.

In: any form that Quarto accepts (a name, a map, a list of either). Out: `Author` records.
Only here: names, ORCID and affiliations.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

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


def read_authors(value: object) -> tuple[Author, ...]:
    """List the authors; empty when ``value`` is None."""
    if value is None:
        return ()
    return tuple(_author(each) for each in (value if isinstance(value, list) else [value]))


def _author(value: object) -> Author:
    if not isinstance(value, dict):
        return Author(str(value))
    return Author(
        name=_name(value.get("name", value)),
        orcid=str(value.get("orcid", "")).rstrip("/").rsplit("/", 1)[-1],
        email=str(value.get("email", "")),
        url=_ACTIVE.sub("", str(value.get("url", ""))),
        affiliations=_affiliations(value.get("affiliations", value.get("affiliation"))),
        note=str(value.get("note", "")),
    )


def _name(value: object) -> str:
    if not isinstance(value, dict):
        return str(value)
    if "literal" in value:
        return str(value["literal"])
    return " ".join(str(value[part]) for part in ("given", "family") if part in value)


def _affiliations(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(_affiliation(each) for each in (value if isinstance(value, list) else [value]))


def _affiliation(value: Any) -> str:
    if not isinstance(value, dict):
        return str(value)
    parts = ("department", "group", "name", "city", "region", "country")
    return ", ".join(str(value[part]) for part in parts if part in value)

"""Gather what an edition says of its rights and identifiers, wherever it is printed.

In: a `Project`. Out: short markdown lines.
Only here: ``copyright:``, ``license:`` and ``citation:`` of the project file.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

    from actes.publish.project import Project

__all__ = ["citation_details", "rights"]


def citation_details(project: Project) -> Mapping[str, Any]:
    """Read the ``citation:`` map; empty without one."""
    citation = project.metadata.get("citation")
    return citation if isinstance(citation, dict) else {}


def rights(project: Project) -> tuple[str, ...]:
    """List the lines of ``copyright:`` and ``license:``, as far as they are given."""
    lines = (_right(project.metadata.get(key)) for key in ("copyright", "license"))
    return tuple(line for line in lines if line)


def _right(value: object) -> str:
    """Read a text, or a map as Quarto describes it."""
    if not isinstance(value, dict):
        return str(value or "")
    if "statement" in value or "text" in value:
        text = str(value.get("statement", value.get("text")))
        return f"[{text}]({value['url']})" if "url" in value else text
    return "© " + " ".join(str(value[key]) for key in ("year", "holder") if key in value)

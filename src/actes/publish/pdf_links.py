"""Say where the links of printed chapters lead.

In: what ``typst.lua`` says of each chapter. Out: per chapter, the list ``to`` in which Typst finds
the destinations of its links, and the links that lead nowhere.
Only here: which chapter an identifier belongs to.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Destinations"]


class Destinations:
    """What can be linked to in a book, or in an article alone.

    Parameters
    ----------
    said
        By slug, what ``typst.lua`` said of the chapter: ``ids``, ``title``, ``links``.
    """

    def __init__(self, said: Mapping[str, Mapping[str, Any]]) -> None:
        self._said = said
        self._ids = {slug: frozenset(each["ids"]) for slug, each in said.items()}
        self._owners: dict[str, str] = {}
        for slug, each in said.items():
            for identifier in each["ids"]:
                self._owners.setdefault(identifier, slug)

    def listed(self, slug: str) -> str:
        """Write the list ``to`` of a chapter, in Typst; nothing when it has no link."""
        links = self._said[slug]["links"]
        found = "".join(f"{self._destination(slug, link) or 'none'}," for link in links)
        return f"#let to = ({found})\n" if links else ""

    def lost(self, slug: str) -> list[str]:
        """Give the targets of the chapter's links that lead nowhere."""
        links = self._said[slug]["links"]
        return [link["target"] for link in links if self._destination(slug, link) is None]

    def _destination(self, slug: str, link: Mapping[str, str]) -> str | None:
        file, _mark, identifier = link["target"].partition("#")
        owner = link.get("page", file).removesuffix(".html")
        is_inside = owner in self._said
        if not is_inside and (file or not identifier):
            return _quoted(link["target"])
        if not identifier:
            return f"label({_quoted(owner)})"
        if not owner:
            owner = slug if identifier in self._ids[slug] else self._owners.get(identifier, "")
        if identifier not in self._ids.get(owner, ()):
            return None
        is_title = identifier == self._said[owner].get("title")
        return f"label({_quoted(owner if is_title else f'{owner}/{identifier}')})"


def _quoted(text: str) -> str:
    """Write a text between Typst's quotes."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'.replace("\n", "\\n").replace("\r", "\\r")

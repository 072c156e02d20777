"""Write plain data as pandoc metadata.

In: strings, lists, maps; what is pandoc's already is left alone. Out: pandoc's JSON.
Only here: that encoding.
"""

from __future__ import annotations

from typing import Any

__all__ = ["meta_value", "plain_words"]


def meta_value(value: Any) -> Any:
    """Write a value as a metadata value."""
    if isinstance(value, dict):
        if value.keys() == {"t", "c"}:
            return value
        return {"t": "MetaMap", "c": {key: meta_value(each) for key, each in value.items()}}
    if isinstance(value, list):
        return {"t": "MetaList", "c": [meta_value(each) for each in value]}
    if isinstance(value, bool):
        return {"t": "MetaBool", "c": value}
    return {"t": "MetaString", "c": value}


def plain_words(node: Any) -> str:
    """Read the words of inlines, or of a metadata value, without their looks."""
    if isinstance(node, list):
        return "".join(plain_words(each) for each in node)
    if not isinstance(node, dict):
        return ""
    kind, content = node.get("t"), node.get("c")
    if kind in ("Str", "MetaString"):
        return str(content)
    if kind in ("Space", "SoftBreak", "LineBreak"):
        return " "
    if kind in ("Code", "Math"):
        return str(content[1])  # type: ignore[index]
    return "" if kind == "Note" else plain_words(content)

"""Draw vector images as points, for formats and readers that know only points.

In: SVG files below one directory. Out: PNG, the same bytes on any machine.
Only here: drawing, by typst, with the fonts it carries.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from actes.errors import ArticleError, place
from actes.i18n import _

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

__all__ = ["png_of", "width_inches"]

_PPI = 220  # what office programs keep of a picture by default
_WIDEST = 6.5 * 72  # points: what a letter or A4 page can show


def png_of(names: Sequence[str], root: Path) -> Mapping[str, bytes]:
    """Draw each image on a page of its own size, never wider than a sheet's text.

    Parameters
    ----------
    names
        Paths of SVG files relative to ``root``.

    Raises
    ------
    ArticleError
        A211 when one cannot be drawn.
    """
    if not names:
        return {}
    # typst is only paid for by those who draw.
    import typst

    pages = "\n".join(f"#page({_shown(name)})" for name in names)
    markup = f"#set page(width: auto, height: auto, margin: 0pt)\n{_DRAWN}\n{pages}\n"
    try:
        # Its stub takes `input` and `root` for one type.
        drawn = typst.compile(  # type: ignore[call-overload]
            markup.encode(), root=root, format="png", ppi=_PPI, ignore_system_fonts=True
        )
    except typst.TypstError as error:
        if len(names) > 1:  # which one?
            for name in names:
                png_of([name], root)
        raise ArticleError(
            "A211",
            _("this image cannot be drawn"),
            where=place(names[0]),
            found=error.message,
            next_step=_("open it in a drawing program and save it again as plain SVG, or as PNG"),
        ) from None
    images = drawn if isinstance(drawn, list) else [drawn]  # one page, one image
    return dict(zip(names, images, strict=True))


def width_inches(png: bytes) -> float:
    """Width of an image of `png_of`, which has no room for it: pixels, of which an inch has 220."""
    return round(int.from_bytes(png[16:20], "big") / _PPI, 2)


_DRAWN = f"""#let drawn(path) = context {{
  let natural = image(path)
  let width = measure(natural).width
  if width > {_WIDEST}pt {{ image(path, width: {_WIDEST}pt) }} else {{ natural }}
}}"""


def _shown(name: str) -> str:
    return f"drawn({json.dumps('/' + name, ensure_ascii=False)})"

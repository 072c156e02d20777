"""Draw the results of a grid of runs together: a value of each as points, its figures in panels.

In: cleared records of several runs. Out: figure records, with the figures behind each.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from actes.i18n import _
from actes.numbers import format_integer
from actes.results import formatted

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

__all__ = ["MOST_PANELS", "MOST_POINTS", "points", "side_by_side"]

MOST_PANELS = 8
"""Two columns of four fill a page: one more panel, and none could be read."""

MOST_POINTS = 80
"""Lines of a page."""

_N_COLUMNS = 2
_POINTS_AN_INCH = 72.0
_TITLE_PT = 16.0
_REFERENCES = re.compile(r'(\bid="|href="#|url\(#)')

Record = dict[str, Any]


def points(
    front: Record,
    runs: Sequence[Mapping[str, Record]],
    names: tuple[str, str, str],
    *,
    language: str,
) -> Iterator[Record]:
    """Yield the figure of a value, one line a run, with its interval; none beyond `MOST_POINTS`.

    Parameters
    ----------
    front
        Columns and cells that say which run is which, one row a run.
    names
        Names of the value and of the bounds of its interval.
    """
    rows = [
        [*cells, *(run[name]["value"] for name in names)]
        for cells, run in zip(front["rows"], runs, strict=True)
        if all(name in run for name in names)
    ]
    drawn = [row for row in rows if all(isinstance(cell, (int, float)) for cell in row[-3:])]
    if not 1 < len(drawn) <= MOST_POINTS:
        return
    first = next(run for run in runs if names[0] in run)
    how = first[names[0]]["format"]
    title = first[names[0]]["caption"] or names[0]
    labels = [_label(front, row[:-3]) for row in drawn]
    columns = [
        {"name": name, "title": words, "format": how, "is_count": False}
        for name, words in zip(names, (title, _("Lower bound"), _("Upper bound")), strict=True)
    ]
    yield {
        "kind": "figure",
        "name": names[0],
        "caption": _("{title}: one line a run, with its interval.").format(title=title),
        "alt": _points_alt(title, labels, [row[-3] for row in drawn], how, language),
        "data": {"columns": [*front["columns"], *columns], "rows": rows},
        "svg": _points_svg(labels, [row[-3:] for row in drawn], title, how, language),
    }


def _label(front: Record, cells: Sequence[Any]) -> str:
    """Say which run in few words: the values alone when one parameter varies."""
    if len(cells) == 1:
        return str(cells[0])
    return ", ".join(str(cell) for cell in cells)


def _points_alt(
    title: str, labels: Sequence[str], values: Sequence[float], how: str, language: str
) -> str:
    low, high = min(values), max(values)
    text = _(
        "Points with intervals, {n} runs: {title}, from {low} ({who_low}) to {high} ({who_high})."
    )
    return text.format(
        n=format_integer(len(values), lang=language),
        title=title,
        low=formatted(low, how, language),
        who_low=labels[values.index(low)],
        high=formatted(high, how, language),
        who_high=labels[values.index(high)],
    )


def _points_svg(
    labels: Sequence[str], rows: Sequence[Sequence[float]], title: str, how: str, language: str
) -> str:
    from matplotlib.ticker import FuncFormatter, MaxNLocator  # heavy

    from actes.methods.style import BLUE, GREY, styled_figure, to_svg

    with styled_figure(height_in=1.0 + 0.24 * len(rows)) as (figure, axes):
        places = range(len(rows))
        axes.hlines(places, [row[1] for row in rows], [row[2] for row in rows], color=GREY)
        axes.plot([row[0] for row in rows], places, "o", color=BLUE, markersize=5)
        axes.set_yticks(places, labels)
        axes.set_ylim(len(rows) - 0.4, -0.6)
        axes.grid(visible=True, axis="x")
        axes.grid(visible=False, axis="y")
        axes.xaxis.set_major_locator(MaxNLocator(nbins=6, steps=[1, 2, 5, 10]))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _p: formatted(x, how, language)))
        axes.set_xlabel(title)
    return to_svg(figure)


def side_by_side(
    front: Record, runs: Sequence[Mapping[str, Record]], names: Sequence[str], *, sentence: str
) -> Iterator[Record]:
    """Yield each figure of the runs as panels; none of one run alone, none beyond `MOST_PANELS`.

    Parameters
    ----------
    sentence
        What they show, where their captions differ from run to run.
    """
    for name in names:
        having = [
            (cells, run[name])
            for cells, run in zip(front["rows"], runs, strict=True)
            if name in run and run[name]["kind"] == "figure"
        ]
        if 1 < len(having) <= MOST_PANELS:
            yield _panels(front, name, sentence, having)


def _panels(
    front: Record, name: str, sentence: str, having: Sequence[tuple[list[Any], Record]]
) -> Record:
    titles = [_label(front, cells) for cells, _record in having]
    records = [record for _cells, record in having]
    shared = {record["caption"] for record in records}
    caption = shared.pop() if len(shared) == 1 else sentence
    return {
        "kind": "figure",
        "name": name,
        "caption": _("{title} One panel a run, each with its own scale.").format(title=caption),
        "alt": " ".join(f"{t} : {r['alt']}" for t, r in zip(titles, records, strict=True)),
        "data": _stacked_data(front, having),
        "svg": _panels_svg(titles, [record["svg"] for record in records]),
    }


def _stacked_data(front: Record, having: Sequence[tuple[list[Any], Record]]) -> Record:
    columns: dict[str, Record] = {}
    for _cells, record in having:
        for column in record["data"]["columns"]:
            columns.setdefault(column["name"], column)
    rows = []
    for cells, record in having:
        names = [column["name"] for column in record["data"]["columns"]]
        for row in record["data"]["rows"]:
            by_name = dict(zip(names, row, strict=True))
            rows.append([*cells, *(by_name.get(column) for column in columns)])
    return {"columns": [*front["columns"], *columns.values()], "rows": rows}


def _panels_svg(titles: Sequence[str], pictures: Sequence[str]) -> str:
    """Put pictures in two columns, each under its title; nothing in them is drawn again."""
    from actes.methods.style import WIDTH_IN

    width = WIDTH_IN * _POINTS_AN_INCH / _N_COLUMNS
    heights = [width * _ratio(picture) + _TITLE_PT for picture in pictures]
    rows = [heights[n : n + _N_COLUMNS] for n in range(0, len(heights), _N_COLUMNS)]
    tops = [sum(max(row) for row in rows[:n]) for n in range(len(rows) + 1)]
    panels = [
        _panel(picture, f"p{n}-", width * (n % _N_COLUMNS), tops[n // _N_COLUMNS], width)
        for n, picture in enumerate(pictures)
    ]
    places = [(width * (n % _N_COLUMNS), tops[n // _N_COLUMNS]) for n in range(len(titles))]
    page = _titles_svg(titles, places, width * _N_COLUMNS, tops[-1])
    return page.replace("</svg>", "\n".join(panels) + "\n</svg>")


def _ratio(picture: str) -> float:
    width, height = _size(picture)
    return height / width


def _size(picture: str) -> tuple[float, float]:
    box = re.search(r'viewBox="0 0 ([\d.]+) ([\d.]+)"', picture)
    if box is None:
        raise ValueError("viewBox")
    return float(box[1]), float(box[2])


def _panel(picture: str, prefix: str, x: float, y: float, width: float) -> str:
    body = picture[picture.index("<svg") :]
    inside = body[body.index(">") + 1 : body.rindex("</svg>")]
    own = _REFERENCES.sub(lambda found: found[0] + prefix, inside)
    full_width, full_height = _size(picture)
    height = width * full_height / full_width
    return (
        f'<svg x="{x:.2f}" y="{y + _TITLE_PT:.2f}" width="{width:.2f}" height="{height:.2f}" '
        f'viewBox="0 0 {full_width:g} {full_height:g}">{own}</svg>'
    )


def _titles_svg(
    titles: Sequence[str], places: Sequence[tuple[float, float]], width: float, height: float
) -> str:
    from actes.methods.style import FONT_PT, blank_figure, to_svg

    with blank_figure(width / _POINTS_AN_INCH, height / _POINTS_AN_INCH) as figure:
        for title, (x, y) in zip(titles, places, strict=True):
            figure.text(
                (x + 4) / width,
                1 - (y + _TITLE_PT / 2) / height,
                title,
                va="center",
                fontsize=FONT_PT - 2,
                fontweight="bold",
            )
    return to_svg(figure)

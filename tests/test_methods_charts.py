"""The figures show the numbers they come with, in French, without collision, always the same."""

from __future__ import annotations

from functools import cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text

from actes.methods.areas import CountComparison, compare_areas
from actes.methods.charts import (
    acf_chart,
    fan_chart,
    forest_chart,
    placebo_chart,
    series_chart,
)
from actes.methods.interrupted import (
    InterruptedFit,
    PlaceboDistribution,
    Specification,
    fit_interrupted,
    placebo_distribution,
)
from actes.methods.pairing import PairedCounts
from actes.methods.style import to_svg

if TYPE_CHECKING:
    from collections.abc import Callable

    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


@pytest.fixture(autouse=True)
def _in_french(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACTES_LANG", "fr")


def asked() -> tuple[pd.Series, Specification]:
    random = np.random.default_rng(1)
    index = pd.period_range("2015-01", periods=120, freq="M")
    season = 0.1 * np.sin(2 * np.pi * np.arange(120) / 12)
    series = pd.Series(random.poisson(900 * np.exp(season + 0.4 * (np.arange(120) >= 72))), index)
    return series, Specification(pd.Period("2021-01", "M"), excluded=(pd.Period("2020-12", "M"),))


@cache
def fit() -> InterruptedFit:
    return fit_interrupted(*asked())


@cache
def placebo() -> PlaceboDistribution:
    return placebo_distribution(*asked())


@cache
def comparison() -> CountComparison:
    random = np.random.default_rng(8)
    before, after = random.poisson(80, 30), random.poisson(80, 30)
    after[4], before[5], after[5], before[6], after[6] = 190, 0, 0, 4, 0
    pairs = {"area": [str(n) for n in range(1, 31)], "before": before, "after": after}
    return compare_areas(
        PairedCounts(pd.DataFrame(pairs).assign(exposure_before=1.0, exposure_after=1.0))
    )


def drawn() -> dict[str, Callable[[], tuple[Figure, pd.DataFrame]]]:
    return {
        "series": lambda: series_chart(fit(), y_label="vols par mois", event_label="réforme"),
        "placebo": lambda: placebo_chart(placebo()),
        "acf": lambda: acf_chart(fit().diagnostics),
        "fan": lambda: fan_chart(
            comparison(), x_label="en 2023", y_label="en 2024", area_label="PDQ {area}"
        ),
        "forest": lambda: forest_chart(comparison(), x_label="2024 contre 2023"),
    }


NAMES = tuple(drawn())


def texts(figure: Figure) -> list[Text]:
    found: list[Any] = figure.findobj(Text)
    return [text for text in found if text.get_visible() and text.get_text().strip()]


def words(figure: Figure) -> str:
    return "\n".join(text.get_text() for text in texts(figure))


@pytest.mark.parametrize("name", NAMES)
def test_a_figure_is_always_the_same_svg(name: str) -> None:
    first, second = (to_svg(drawn()[name]()[0]) for _time in range(2))

    assert first == second
    assert "<dc:date>" not in first
    assert "matplotlib.org" not in first.split("<defs>")[0].replace("xmlns", "")
    assert first.count("<text") == 0


@pytest.mark.parametrize("name", NAMES)
def test_a_figure_can_be_read_on_paper_and_on_a_phone(name: str) -> None:
    figure, _data = drawn()[name]()

    assert figure.get_figwidth() == 6.3
    assert min(text.get_fontsize() for text in texts(figure)) >= 9


@pytest.mark.parametrize("name", NAMES)
def test_nothing_is_written_over_or_cut(name: str) -> None:
    figure, _data = drawn()[name]()
    figure.draw_without_rendering()
    width, height = figure.bbox.size
    axes = figure.axes[0]
    written = [text.get_window_extent() for text in axes.texts]
    shown = [*written, *tick_boxes(axes)]
    if axes.get_xlabel():
        shown.append(axes.xaxis.label.get_window_extent())

    assert all(box.x0 > -1 and box.x1 < width + 1 for box in shown)
    assert all(box.y0 > -1 and box.y1 < height + 1 for box in shown)
    for boxes in (written, tick_boxes(axes)):
        for place, box in enumerate(boxes):
            assert not any(box.shrunk(0.9, 0.9).overlaps(other) for other in boxes[:place])


def tick_boxes(axes: Axes) -> list[Any]:
    boxes = []
    for axis in (axes.xaxis, axes.yaxis):
        low, high = sorted(axis.get_view_interval())
        places = zip(axis.get_majorticklocs(), axis.get_major_ticks(), strict=False)
        boxes += [
            tick.label1.get_window_extent()
            for place, tick in places
            if axis.get_visible() and low <= place <= high
        ]
    return boxes


def test_the_series_is_drawn_as_it_is_told() -> None:
    figure, data = series_chart(fit(), y_label="vols par mois", event_label="réforme")
    curves = {len(line.get_xdata()): line.get_ydata() for line in figure.axes[0].lines}

    assert list(data.columns[:4]) == ["period", "observed", "fitted", "counterfactual"]
    assert curves[120] == pytest.approx(data["observed"].to_numpy())
    assert "réforme\njanvier 2021" in words(figure)
    assert "1\u202f500" in words(figure)
    assert "2\u202f021" not in words(figure)


def test_every_placebo_is_a_dot_and_the_real_date_stands_apart() -> None:
    figure, data = placebo_chart(placebo())
    dots = figure.axes[0].collections[0].get_offsets()

    assert len(dots) == placebo().n == (~data["is_actual"]).sum()
    assert len(np.unique(np.asarray(dots), axis=0)) == placebo().n
    assert data["change"].iloc[-1] == pytest.approx(placebo().actual_change)
    assert "\u202f%" in words(figure)


def test_the_fan_names_what_stands_out() -> None:
    figure, data = fan_chart(comparison(), x_label="en 2023", y_label="en 2024")

    assert len(data) == 30
    assert data.loc[data["flag"] == "rise", "area"].tolist() == ["5"]
    assert "5" in [text.get_text() for text in figure.axes[0].texts]


def test_the_forest_is_sorted_and_keeps_untestable_areas_in_its_data() -> None:
    figure, data = forest_chart(comparison(), x_label="2024 contre 2023", area_label="PDQ {area}")
    rows = [label.get_text() for label in figure.axes[0].get_yticklabels()]

    assert len(rows) == 29
    assert len(data) == 30
    assert rows[-1] == "PDQ 5"
    assert rows[0] == "PDQ 7"
    known = data["ratio"].dropna()
    assert all(low <= high for low, high in pairwise(known))
    assert np.isnan(data["ratio"].iloc[-1])

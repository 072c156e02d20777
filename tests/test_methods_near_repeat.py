"""Near repeats are counted as published, refused where they cannot be, and absent from chance."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from test_methods_charts import texts, tick_boxes
from tiny_workspace import make_workspace, run_study

from actes.errors import ActesError, ParameterError, TableError
from actes.methods.charts.near_repeat import ratio_chart
from actes.methods.near_repeat import (
    Events,
    NearRepeat,
    cell_sentence,
    distance_label,
    linked_strings,
    near_repeat,
    read_events,
    string_sizes,
)
from actes.methods.references.near_repeat import REFERENCES
from actes.methods.references.reference import Reference
from actes.methods.style import to_svg

BANDS: dict[str, Any] = {"bands_m": (0, 0.01, 101, 201), "bands_days": (0, 8, 15)}


def places(n: int = 120, seed: int = 1) -> dict[str, Any]:
    random = np.random.default_rng(seed)
    day = pd.Timestamp("2024-01-03") + pd.to_timedelta(random.integers(0, 90, n), unit="D")
    x, y = random.integers(0, 900, (2, n)) + 300_000.0
    return {"x": x, "y": y, "date": pd.Series(day)}


def events(n: int = 120, seed: int = 1) -> Events:
    return read_events(**places(n, seed))


def with_repeats() -> Events:
    """A burst of follow-ups two days later, thirty metres away."""
    drawn = places(150, seed=3)
    followers = range(0, 150, 4)
    x = np.append(drawn["x"], drawn["x"][followers] + 30)
    y = np.append(drawn["y"], drawn["y"][followers])
    later = drawn["date"].iloc[followers] + pd.Timedelta(days=2)
    return read_events(x, y, pd.concat([drawn["date"], later], ignore_index=True))


def codes(result: NearRepeat | Events) -> set[str]:
    return {caveat.code for caveat in result.caveats}


@pytest.mark.parametrize("reference", REFERENCES, ids=lambda reference: reference.quantity)
def test_a_published_value_is_found_again(reference: Reference) -> None:
    assert reference.obtained() == pytest.approx(reference.published, abs=reference.tolerance)


# --- counting -----------------------------------------------------------------------------------


@pytest.mark.parametrize("metric", ["manhattan", "euclidean"])
def test_the_bands_hold_the_pairs_that_a_double_loop_finds(metric: Any) -> None:
    drawn = events(60)
    result = near_repeat(drawn, **BANDS, metric=metric, n_permutations=99)
    by_hand = np.zeros((4, 3), dtype=int)
    for i in range(60):
        for j in range(i):
            dx, dy = abs(drawn.x[i] - drawn.x[j]), abs(drawn.y[i] - drawn.y[j])
            distance = dx + dy if metric == "manhattan" else np.hypot(dx, dy)
            lag = abs(drawn.day[i] - drawn.day[j])
            by_hand[
                sum(distance >= b for b in (0.01, 101, 201)), sum(lag >= b for b in (8, 15))
            ] += 1

    assert (result.table == by_hand).all()
    assert result.table.sum() == result.n_pairs == 60 * 59 // 2


def test_a_pair_on_a_bound_belongs_to_the_next_band() -> None:
    x = np.arange(20) * 1000.0
    x[1] = 101.0
    day = np.arange(20) * 50
    day[1] = 8
    drawn = Events(x + 300_000, np.full(20, 5e6), day, 0, ())

    table = near_repeat(drawn, **BANDS, n_permutations=99).table

    assert table[1, 0] == table[1, 1] == table[2, 0] == 0
    assert table[2, 1] == 1


def test_follow_ups_are_seen_where_they_are_and_nowhere_else() -> None:
    result = near_repeat(with_repeats(), **BANDS)

    assert list(result.raised["m_low"]) == [0.01]
    assert list(result.raised["days_low"]) == [0]
    assert result.overall.p < 0.02
    assert result.raised["p"].item() == result.smallest_p == 0.001


def test_the_same_seed_gives_the_same_probabilities() -> None:
    first, second, other = (
        near_repeat(with_repeats(), **BANDS, n_permutations=99, seed=seed) for seed in (5, 5, 6)
    )

    pd.testing.assert_frame_equal(first.cells, second.cells)
    assert not first.cells["expected"].equals(other.cells["expected"])
    assert (first.table == other.table).all()


def test_a_band_without_any_pair_is_not_tested() -> None:
    drawn = Events(np.arange(30) * 500.0 + 3e5, np.full(30, 5e6), np.arange(30), 0, ())

    result = near_repeat(drawn, **BANDS, n_permutations=99)

    assert result.n_tests == 0
    assert result.cells[["ratio", "p", "q"]].isna().all(axis=None)


def test_q_is_corrected_for_the_cells_tested() -> None:
    cells = near_repeat(with_repeats(), **BANDS).cells
    tested = cells.dropna(subset=["p"]).sort_values("p")
    n = len(tested)
    by_hand = (tested["p"] * n / np.arange(1, n + 1))[::-1].cummin()[::-1].clip(upper=1)

    assert tested["q"].tolist() == pytest.approx(by_hand.tolist())


@pytest.mark.slow
def test_chance_raises_no_more_alarms_than_it_says() -> None:
    """300 sets without any near repeat: p <= 5 % in 3 to 7.5 % of the cells (standard error 1.3
    points, cells of one set taken as one), and a cell raised in at most 8 % of the sets."""
    reached, overall, raised = [], [], 0
    for seed in range(300):
        result = near_repeat(
            events(120, seed), bands_m=(0, 150, 300), bands_days=(0, 8, 15), n_permutations=199
        )
        reached += list(result.cells["p"] <= 0.05)
        overall.append(result.overall.p <= 0.05)
        raised += len(result.raised) > 0

    assert 0.03 <= np.mean(reached) <= 0.075
    assert 0.02 <= np.mean(overall) <= 0.085
    assert raised / 300 <= 0.08


@pytest.mark.slow
def test_the_smallest_visible_ratio_is_seen_about_four_times_in_five() -> None:
    """150 sets whose near pairs are raised to just that ratio: found in 70 to 92 % (standard error
    3 points; the pairs added are drawn, and push some of the others apart)."""
    bands: dict[str, Any] = {"bands_m": (0, 60, 120), "bands_days": (0, 5, 10)}
    plain = near_repeat(events(150), **bands, n_permutations=999).cells.iloc[0]
    more = plain["expected"] * (plain["detectable"] - 1)
    found = 0
    for seed in range(150):
        random = np.random.default_rng(seed)
        drawn = places(150, seed)
        n = int(random.poisson(more))
        x = np.append(drawn["x"], drawn["x"][:n] + random.integers(1, 25, n))
        y = np.append(drawn["y"], drawn["y"][:n] + random.integers(1, 25, n))
        later = drawn["date"].iloc[:n] + pd.to_timedelta(random.integers(0, 4, n), unit="D")
        date = pd.concat([drawn["date"], later], ignore_index=True)
        found += (
            near_repeat(read_events(x, y, date), **bands, n_permutations=99).cells["p"][0] <= 0.05
        )

    assert 0.70 <= found / 150 <= 0.92


# --- strings ------------------------------------------------------------------------------------


def test_strings_follow_raised_cells_only() -> None:
    drawn = with_repeats()
    result = near_repeat(drawn, **BANDS)

    strings = linked_strings(drawn, result.links)
    sizes = string_sizes(drawn, strings)

    assert strings[0] == strings[150]
    assert sizes["n_events"].sum() >= 76
    assert (sizes["size"] * sizes["n_strings"] == sizes["n_events"]).all()
    assert len(np.unique(linked_strings(drawn, ()))) == drawn.n


def test_a_link_has_a_lower_bound_too() -> None:
    drawn = Events(np.array([0.0, 50.0, 300.0]), np.zeros(3), np.array([0, 1, 2]), 0, ())

    assert list(linked_strings(drawn, [(100, 400, 0, 8)])) == [1, 1, 1]
    assert list(linked_strings(drawn, [(260, 400, 0, 8)])) == [1, 2, 1]
    assert list(linked_strings(drawn, [(0, 100, 0, 1)])) == [1, 2, 3]


# --- guards -------------------------------------------------------------------------------------


def degrees() -> dict[str, Any]:
    random = np.random.default_rng(2)
    return places() | {"x": random.uniform(-73.9, -73.5, 120), "y": random.uniform(45.4, 45.7, 120)}


def months() -> dict[str, Any]:
    return places() | {"date": places()["date"].dt.to_period("M").dt.to_timestamp()}


def one_place() -> dict[str, Any]:
    return places() | {"x": np.full(120, 3e5), "y": np.full(120, 5e6)}


def one_day() -> dict[str, Any]:
    return places() | {"date": pd.Series([pd.Timestamp("2024-02-05")] * 120)}


@pytest.mark.parametrize(
    ("call", "error", "code"),
    [
        (lambda: read_events(**degrees()), TableError, "P400"),
        (lambda: read_events(**places(), frequency="month"), TableError, "P401"),
        (lambda: read_events(**places(), frequency="year"), TableError, "P401"),
        (lambda: read_events(**months()), TableError, "P401"),
        (lambda: events(19), TableError, "P402"),
        (lambda: near_repeat(events(), bands_m=(1, 2), bands_days=(0, 8)), ParameterError, "P403"),
        (lambda: near_repeat(events(), bands_m=(0, 9), bands_days=(0, 0)), ParameterError, "P403"),
        (lambda: near_repeat(events(), bands_m=(0,), bands_days=(0, 8)), ParameterError, "P403"),
        (lambda: near_repeat(events(), **BANDS, metric="taxi"), ParameterError, "P404"),  # type: ignore[arg-type]
        (lambda: near_repeat(events(), **BANDS, ratio="mode"), ParameterError, "P404"),  # type: ignore[arg-type]
        (lambda: near_repeat(events(), **BANDS, n_permutations=98), ParameterError, "P405"),
        (lambda: near_repeat(events(), **BANDS, alpha=0), ParameterError, "P405"),
        (lambda: near_repeat(events(), **BANDS, threshold=0.5), ParameterError, "P405"),
        (lambda: read_events(**one_place()), TableError, "P407"),
        (lambda: read_events(**one_day()), TableError, "P407"),
    ],
)
def test_what_cannot_be_measured_is_refused(call: Any, error: type, code: str) -> None:
    with pytest.raises(error) as caught:
        call()

    assert caught.value.code == code  # type: ignore[attr-defined]


def test_more_pairs_than_can_be_permuted_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("actes.methods.near_repeat.bands.MOST_PAIRS", 100)

    with pytest.raises(ActesError) as caught:
        near_repeat(events(), **BANDS)

    assert caught.value.code == "P406"


def test_rows_without_place_or_day_are_left_out_and_counted() -> None:
    drawn = places()
    drawn["x"][:3] = np.nan
    drawn["date"].iloc[3] = pd.NaT

    kept = read_events(**drawn)

    assert (kept.n, kept.n_dropped) == (116, 4)
    assert "dropped" in codes(kept)


def test_a_late_hour_stays_on_its_day_whatever_the_time_zone() -> None:
    drawn = places()
    late = (drawn["date"] + pd.Timedelta(hours=23)).dt.tz_localize("America/Toronto")

    assert (read_events(**drawn | {"date": late}).day == events().day).all()


def test_doubtful_records_are_told() -> None:
    drawn = places()
    drawn["x"][:60], drawn["y"][:60] = 300_500.0, 5e6
    drawn["date"].iloc[:5] = pd.Timestamp("2024-02-05")

    assert codes(read_events(**drawn)) == {"repeated-records", "shared-places"}
    assert codes(events(60)) == {"few-events"}
    stretched = places() | {
        "date": pd.Timestamp("2015-01-05") + 40 * (places()["date"] - pd.Timestamp("2024-01-01"))
    }
    assert "long-period" in codes(read_events(**stretched))


def test_a_weak_design_is_told() -> None:
    narrow: dict[str, Any] = {"bands_m": (0, 5, 50, 101), "bands_days": (0, 4, 8, 15)}

    found = codes(near_repeat(events(), **narrow, n_permutations=99))

    assert found == {"few-pairs", "few-permutations", "recorded-dates"}
    assert "few-permutations" not in codes(near_repeat(events(), **narrow))


# --- words and figure ---------------------------------------------------------------------------


def test_a_sentence_never_says_that_a_probability_is_zero() -> None:
    result = near_repeat(with_repeats(), **BANDS)

    text = cell_sentence(result.raised.iloc[0], result.smallest_p)

    assert "≤\N{NO-BREAK SPACE}0,001" in text
    assert distance_label(0, 0.01) != distance_label(0, 101)


def test_the_figure_is_readable_and_always_the_same() -> None:
    wide = near_repeat(
        with_repeats(), bands_m=(0, 0.01, 101), bands_days=tuple(range(0, 85, 7)), n_permutations=99
    )
    for result in (near_repeat(with_repeats(), **BANDS), wide):
        figure, data = ratio_chart(result)
        figure.draw_without_rendering()
        axes = figure.axes[0]
        width, height = figure.bbox.size
        boxes = [text.get_window_extent() for text in axes.texts] + tick_boxes(axes)

        assert len(data) == len(result.cells)
        assert min(text.get_fontsize() for text in texts(figure)) >= 9
        assert all(
            b.x0 > -1 and b.x1 < width + 1 and b.y0 > -1 and b.y1 < height + 1 for b in boxes
        )
        assert not any(
            box.shrunk(0.9, 0.9).overlaps(other)
            for n, box in enumerate(boxes)
            for other in boxes[:n]
        )
        assert to_svg(figure) == to_svg(ratio_chart(result)[0])


# --- another file, by its descriptor alone ------------------------------------------------------

FIRES = """\
name: incendies
title: Incendies d'essai
path: incendies.csv
format: csv
dialect: {delimiter: ";"}
schema:
  fields:
    - {name: est, type: number, decimalChar: ","}
    - {name: nord, type: number}
    - {name: survenu, type: datetime}
  missingValues: ["", "s. o."]
roles: {x: est, y: nord, date: survenu}
sources: [{title: essai}]
sensitivity: open
tlp: CLEAR
disclosure: {min_cell: 0}
"""


def test_the_study_runs_on_another_file_by_its_descriptor(tmp_path: Path) -> None:
    drawn = with_repeats()
    start = pd.Timestamp("2019-05-01 21:30")
    lines = [
        f"{x:.1f};{y:.0f};{start + pd.Timedelta(days=int(day)):%Y-%m-%dT%H:%M:%S}".replace(".", ",")
        for x, y, day in zip(drawn.x, drawn.y, drawn.day, strict=True)
    ]
    table = "\n".join(["est;nord;survenu", *lines, "s. o.;5000;2019-05-02T01:00:00"]) + "\n"
    root = make_workspace(tmp_path / "w", "quasi-repetition", {"incendies": (FIRES, table)})

    declared = run_study(root, "quasi-repetition", "--data", "incendies")

    assert declared["n-evenements"]["value"] == drawn.n
    assert declared["n-ecartes"]["value"] == 1
    assert declared["debut"]["value"] == "1er mai 2019"
    assert declared["n-signalees"]["value"] >= 1
    assert {"observe", "rapports", "dit", "chaines", "reserves"} <= declared.keys()

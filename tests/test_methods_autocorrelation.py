"""Neighbours are found, Moran's I is the published one, chance makes few clusters."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import shapely
from test_methods_charts import texts, tick_boxes
from tiny_workspace import make_workspace, run_study

from actes.errors import ParameterError, TableError
from actes.methods.autocorrelation import (
    CLUSTERS,
    AreaMap,
    Autocorrelation,
    autocorrelation,
    cluster_label,
    connect,
    global_moran,
    join_areas,
    local_moran,
)
from actes.methods.charts.autocorrelation import cluster_map, moran_chart
from actes.methods.references.autocorrelation import REFERENCES
from actes.methods.references.reference import Reference
from actes.methods.style import to_svg

SIDE = 6


def grid(side: int = SIDE) -> pd.DataFrame:
    """Square areas of one kilometre, each touching those beside it."""
    rows = []
    for n in range(side * side):
        x, y = n % side, n // side
        beside = [(x + 1, y), (x - 1, y), (x, y + 1), (x, y - 1)]
        inside = [b * side + a for a, b in beside if 0 <= a < side and 0 <= b < side]
        rows.append((n, 3e5 + 1000.0 * x, 5e6 + 1000.0 * y, 1000.0, " ".join(map(str, inside))))
    return pd.DataFrame(rows, columns=["area", "x", "y", "exposure", "neighbours"])


def squares(side: int = SIDE, **changed: Any) -> pd.DataFrame:
    """The same areas by their outlines alone, in metres, as WKT."""
    rows = []
    for n in range(side * side):
        x, y = 3e5 + 1000 * (n % side), 5e6 + 1000 * (n // side)
        corners = [(x, y), (x + 1000, y), (x + 1000, y + 1000), (x, y + 1000), (x, y)]
        path = ", ".join(f"{a:.0f} {b:.0f}" for a, b in corners)
        rows.append((n, f"POLYGON (({path}))"))
    places = pd.DataFrame(rows, columns=["area", "geometry"])
    for column, value in changed.items():
        places.loc[0, column] = value
    return places


def tiled(side: int = SIDE, **changed: Any) -> AreaMap:
    return join_areas(counts(range(1, side * side + 1)), squares(side, **changed))


def counts(values: Any) -> pd.DataFrame:
    return pd.DataFrame({"area": range(len(values)), "count": values})


def block() -> Any:
    """A hot block of three by four areas in the south-west of ten by ten, all counts different."""
    x, y = np.arange(100) % 10, np.arange(100) // 10
    return 20 + np.arange(100) * 37 % 100 // 5 + 150 * ((x < 3) & (y < 4))


def hot() -> AreaMap:
    return join_areas(counts(block()), grid(10))


def at_random(seed: int, side: int = SIDE) -> AreaMap:
    values = np.random.default_rng(seed).poisson(30, side * side)
    return join_areas(counts(values), grid(side))


def analysed(area_map: AreaMap, **asked: Any) -> Autocorrelation:
    return autocorrelation(area_map, connect(area_map), **asked)


def codes(result: Any) -> set[str]:
    return {caveat.code for caveat in result.caveats}


@pytest.mark.parametrize("reference", REFERENCES, ids=lambda reference: reference.quantity)
def test_a_published_value_is_found_again(reference: Reference) -> None:
    assert reference.obtained() == pytest.approx(reference.published, abs=reference.tolerance)


# --- the map ------------------------------------------------------------------------------------


def test_areas_without_a_place_or_a_count_are_set_apart_and_named() -> None:
    table = pd.concat([counts(range(5, 40)), pd.DataFrame({"area": [91], "count": [5]})])

    joined = join_areas(table, grid())

    assert joined.without_place == ("91",)
    assert joined.without_count == ("35",)
    assert len(joined.areas) == 35
    assert "35" not in joined.neighbours["34"]
    assert codes(joined) == {"set-apart", "not-counted"}


def test_an_area_s_rows_are_summed() -> None:
    joined = join_areas(pd.concat([counts([3] * 36)] * 2), grid())

    assert joined.areas["count"].tolist() == [6] * 36


def test_degrees_become_metres() -> None:
    places = grid().assign(x=lambda t: -73.6 + (t["x"] - 3e5) / 1e5, y=lambda t: 45.5 + t["y"] * 0)

    joined = join_areas(counts(range(36)), places)
    apart = joined.areas["x"].iloc[1] - joined.areas["x"].iloc[0]

    assert apart == pytest.approx(779.4, abs=0.5)  # a hundredth of a degree at that latitude
    assert "projected" in codes(joined)


def test_the_three_rules_link_what_they_say() -> None:
    area_map = join_areas(counts(range(36)), grid())

    given = connect(area_map)
    near = connect(area_map, "distance", distance_m=1000)
    nearest = connect(area_map, "nearest", k=3)

    assert given.n_links == near.n_links == 2 * SIDE * (SIDE - 1)
    assert given.links == near.links
    assert set(nearest.weights.cardinalities.values()) == {3}
    assert dict(given.summary()) == {"min": 2, "max": 4, "mean": pytest.approx(10 / 3)}


@pytest.mark.parametrize("side", [4, 6, 10])
def test_outlines_that_touch_are_neighbours(side: int) -> None:
    area_map = tiled(side)

    rook, queen = connect(area_map, "rook"), connect(area_map, "queen")

    assert rook.n_links == 2 * side * (side - 1)
    assert queen.n_links == rook.n_links + 2 * (side - 1) ** 2
    assert rook.weights.neighbors["0"] == ["1", str(side)]
    assert set(queen.weights.neighbors["0"]) == {"1", str(side), str(side + 1)}
    assert rook.links == connect(join_areas(counts(range(side**2)), grid(side))).links


def test_outlines_give_points_and_surfaces() -> None:
    area_map = tiled()

    assert area_map.areas["exposure"].tolist() == pytest.approx([1.0] * 36)
    assert area_map.areas["x"].iloc[0] == pytest.approx(3e5 + 500, abs=500)
    assert codes(area_map) == {"surface-exposure"}
    assert connect(area_map, "nearest", k=2).n_links >= 36


def test_outlines_in_degrees_become_metres() -> None:
    path = "-73.60 45.50, -73.59 45.50, -73.59 45.51, -73.60 45.51, -73.60 45.50"
    places = squares().assign(
        geometry=[
            '{"type":"Polygon","coordinates":[['
            + ",".join(f"[{x - n * 0.01:.2f},{y}]" for x, y in _pairs(path))
            + "]]}"
            for n in range(36)
        ]
    )

    area_map = join_areas(counts(range(1, 37)), places)

    assert area_map.areas["exposure"].tolist() == pytest.approx([0.867] * 36, abs=1e-3)
    assert connect(area_map, "rook").n_links == 35
    assert "projected" in codes(area_map)


def _pairs(path: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in (pair.split() for pair in path.split(", "))]


def test_an_outline_that_crosses_itself_is_repaired_and_told() -> None:
    bow = (
        "POLYGON ((300000 5000000, 301000 5000000, 301000 5001000, 300000 5001000, "
        "299500 5001500, 300000 5001500, 299500 5001000, 300000 5001000, 300000 5000000))"
    )

    area_map = tiled(geometry=bow)

    assert "repaired" in codes(area_map)
    assert connect(area_map, "rook").weights.neighbors["0"] == ["1", "6"]


def test_an_island_by_its_outline_is_refused_or_linked() -> None:
    away = "POLYGON ((1 1, 2 1, 2 2, 1 2, 1 1))"
    area_map = tiled(geometry=away)

    with pytest.raises(TableError, match="P414"):
        connect(area_map, "queen")

    assert connect(area_map, "queen", islands="nearest").n_islands == 1


def test_an_island_is_refused_or_linked_both_ways() -> None:
    places = grid()
    places.loc[places["area"] == 35, "x"] += 9000.0
    area_map = join_areas(counts(range(36)), places)

    with pytest.raises(TableError, match="P414"):
        connect(area_map, "distance", distance_m=1500)
    linked = connect(area_map, "distance", distance_m=1500, islands="nearest")

    assert linked.weights.neighbors["35"] == ["29"] or linked.weights.neighbors["35"] == ["34"]
    assert "35" in linked.weights.neighbors[linked.weights.neighbors["35"][0]]
    assert linked.n_islands == 1
    assert codes(linked) == {"islands-linked"}


def test_a_map_in_two_parts_is_told() -> None:
    places = grid()
    places.loc[places["area"] >= 18, "y"] += 50_000
    area_map = join_areas(counts(range(36)), places)

    parted = connect(area_map, "distance", distance_m=1500)

    assert parted.n_components == 2
    assert codes(parted) == {"separate-parts"}
    assert autocorrelation(area_map, parted, n_permutations=99).n_tests == 36


# --- clusters -----------------------------------------------------------------------------------


def test_a_hot_block_is_seen_where_it_is() -> None:
    result = analysed(hot(), n_permutations=9999)
    areas = result.areas.set_index("area")

    assert result.overall.p == result.smallest_p == 0.0001
    assert set(areas.loc[["1", "10", "11", "20", "21", "22"], "cluster"]) == {"high-high"}
    assert set(areas.loc[["1", "10", "11", "20", "21", "22"], "gi_cluster"]) == {"hot"}
    assert set(areas["cluster"].iloc[50:]) == {"none"}
    assert areas["gi"].corr(areas["lag"]) > 0.9


def test_a_chessboard_is_not_autocorrelated_upwards() -> None:
    board = np.where(np.add.outer(range(SIDE), range(SIDE)).ravel() % 2, 80, 10)

    overall = analysed(join_areas(counts(board), grid())).overall

    assert overall.i == pytest.approx(-1, abs=0.1)
    assert overall.p == 1


def test_an_area_exactly_at_the_mean_is_no_cluster() -> None:
    values = np.full(36, 20)
    values[[0, 35]] = 10, 30

    result = analysed(join_areas(counts(values), grid()), variable="count").areas

    assert result["p"].iloc[18] == 1
    assert result["q"].notna().all()


def test_gi_star_ignores_where_zero_is() -> None:
    values = np.random.default_rng(1).poisson(30, 36)

    low = analysed(join_areas(counts(values), grid()), variable="count").areas
    high = analysed(join_areas(counts(values + 500), grid()), variable="count").areas

    assert low["gi"].tolist() == pytest.approx(high["gi"].tolist())
    assert low["gi_p"].tolist() == pytest.approx(high["gi_p"].tolist())


def test_gi_star_is_getis_and_ord_s() -> None:
    values = np.random.default_rng(1).poisson(30, 36)
    area_map = join_areas(counts(values), grid())
    result = analysed(area_map, variable="count").areas
    s = values.std()
    by_hand = []
    for n in range(36):
        own = [n, *map(int, area_map.neighbours[str(n)])]
        w = len(own)
        spread = s * np.sqrt((36 * w - w**2) / 35)
        by_hand.append((values[own].sum() - values.mean() * w) / spread)

    assert result["gi"].tolist() == pytest.approx(by_hand)


def test_two_sides_double_the_p_of_one() -> None:
    area_map = at_random(3)
    value, weights = area_map.areas["count"].to_numpy(float), connect(area_map).weights

    two = local_moran(value, weights)["p"]
    one = local_moran(value, weights, sides="directed")["p"]

    assert two.tolist() == pytest.approx((2 * one).clip(upper=1).tolist())


def test_a_seed_fixes_every_probability_and_touches_no_other_draw() -> None:
    np.random.seed(4)
    expected = np.random.random()
    np.random.seed(4)

    first, second = analysed(at_random(5), seed=8), analysed(at_random(5), seed=8)

    assert np.random.random() == expected
    assert first.overall == second.overall
    pd.testing.assert_frame_equal(first.areas, second.areas)


def test_a_small_exposure_does_not_make_an_extreme() -> None:
    values, places = np.full(36, 100), grid().assign(exposure=10_000.0)
    values[7], places.loc[7, "exposure"] = 4, 100.0
    values[20] = 130
    area_map = join_areas(counts(values), places)

    raw = analysed(area_map, variable="rate").areas["z"]
    smoothed = analysed(area_map, variable="eb_rate").areas["z"]

    assert raw.idxmax() == 7
    assert smoothed[7] < raw[7] / 1.5


def test_q_is_corrected_for_the_areas_tested() -> None:
    areas = analysed(at_random(2), correction="none").areas.sort_values("p")
    by_hand = (areas["p"] * 36 / np.arange(1, 37))[::-1].cummin()[::-1].clip(upper=1)

    assert areas["q"].tolist() == pytest.approx(by_hand.tolist())


@pytest.mark.slow
def test_chance_raises_no_more_alarms_than_it_says() -> None:
    """200 maps at random, 199 permutations: p of I <= 5 % in 2 to 8 % of them (standard error 1.5
    points); local p <= 5 % in 3 to 6 % of the areas, Gi*'s in 3 to 6.5 %; a cluster in at most 5 of
    50 maps."""
    overall, local, hot, flagged = [], [], [], 0
    for seed in range(200):
        area_map = at_random(seed)
        value, weights = area_map.areas["count"].to_numpy(float), connect(area_map).weights
        overall.append(global_moran(value, weights, n_permutations=199, seed=seed).p <= 0.05)
        p = local_moran(value, weights, n_permutations=199, seed=seed)["p"].to_numpy()
        local += list(p <= 0.05)
    for seed in range(50):
        result = analysed(at_random(seed), n_permutations=1999, seed=seed)
        flagged += bool((result.areas["cluster"] != "none").any())
        hot += list(result.areas["gi_p"] <= 0.05)

    assert 0.02 <= np.mean(overall) <= 0.08
    assert 0.03 <= np.mean(local) <= 0.06
    assert flagged <= 5
    assert 0.03 <= np.mean(hot) <= 0.065


# --- guards -------------------------------------------------------------------------------------


def broken(**changed: Any) -> pd.DataFrame:
    places = grid()
    for column, value in changed.items():
        places.loc[0, column] = value
    return places


@pytest.mark.parametrize(
    ("call", "error", "code"),
    [
        (lambda: join_areas(counts([-1] * 36), grid()), TableError, "P200"),
        (lambda: join_areas(counts([0.5] * 36), grid()), TableError, "P201"),
        (lambda: join_areas(counts([1] * 36), broken(exposure=0.0)), TableError, "P202"),
        (lambda: join_areas(counts([1] * 9), grid()), TableError, "P410"),
        (lambda: analysed(join_areas(counts([7] * 36), grid())), TableError, "P412"),
        (lambda: analysed(join_areas(counts([0] * 36), grid())), TableError, "P412"),
        (lambda: join_areas(counts([1] * 36), broken(neighbours="1 35")), TableError, "P413"),
        (lambda: join_areas(counts([1] * 36), broken(neighbours="0 1 6")), TableError, "P413"),
        (lambda: join_areas(counts([1] * 36), broken(neighbours="1 6 77")), TableError, "P413"),
        (lambda: join_areas(counts([1] * 36), broken(area=5)), TableError, "P416"),
        (lambda: connect(hot(), "bishop"), ParameterError, "P415"),  # type: ignore[arg-type]
        (lambda: connect(hot(), "rook"), ParameterError, "P444"),
        (lambda: connect(tiled()), ParameterError, "P444"),
        (lambda: join_areas(counts([1] * 36), squares(geometry="POINT (1 2)")), TableError, "P442"),
        (lambda: join_areas(counts([1] * 36), squares(geometry="{")), TableError, "P442"),
        (lambda: join_areas(counts([1] * 36), squares(geometry=None)), TableError, "P442"),
        (lambda: join_areas(counts([1] * 36), grid()[["area", "x", "y"]]), TableError, "P443"),
        (lambda: connect(hot(), "nearest", k=21), ParameterError, "P415"),
        (lambda: connect(hot(), "distance", distance_m=0), ParameterError, "P415"),
        (lambda: connect(at_random(1, 4), "nearest", k=16), ParameterError, "P417"),
        (lambda: analysed(hot(), variable="log"), ParameterError, "P415"),
        (lambda: analysed(hot(), correction="holm"), ParameterError, "P415"),
        (lambda: analysed(hot(), n_permutations=98), ParameterError, "P415"),
        (lambda: analysed(hot(), alpha=0.3), ParameterError, "P415"),
    ],
)
def test_what_cannot_be_mapped_is_refused(call: Any, error: type, code: str) -> None:
    with pytest.raises(error) as caught:
        call()

    assert caught.value.code == code  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ({"variable": "count"}, "counts-alone"),
        ({"variable": "rate"}, "exposure"),
        ({"correction": "none"}, "uncorrected"),
        ({"n_permutations": 99}, "few-permutations"),
        ({}, "map-limits"),
    ],
)
def test_a_reserve_is_told(asked: dict[str, Any], code: str) -> None:
    assert code in codes(analysed(hot(), **asked))


def test_few_areas_and_few_events_are_told() -> None:
    small = join_areas(counts([3, *range(10, 25)]), grid(4))

    assert {"few-areas", "few-events"} <= codes(analysed(small))
    assert not {"few-areas", "few-events"} & codes(analysed(hot()))


# --- figures ------------------------------------------------------------------------------------


def montreal() -> Autocorrelation:
    root = Path(__file__).parents[1] / "datasets"
    table = pd.read_csv(root / "spvm-pdq" / "spvm-pdq.csv")
    chosen = (table["annee"] == 2024) & (table["infraction"] == "Introductions par effraction")
    places = pd.read_csv(root / "pdq-voisinage" / "pdq-voisinage.csv")
    columns = ["area", "exposure", "x", "y", "neighbours"]
    found = join_areas(
        table[chosen].rename(columns={"pdq": "area", "nombre": "count"}),
        places.set_axis(columns, axis="columns"),
    )
    return analysed(found)


def test_montreal_s_stations_are_joined_and_the_others_named() -> None:
    result = montreal()

    assert result.n_tests == 29
    assert result.neighbourhood.n_links == 70
    assert "set-apart" in codes(result)
    assert result.overall.i == pytest.approx(0.611, abs=1e-3)
    assert set(result.areas["cluster"]) <= set(CLUSTERS)


@pytest.mark.parametrize("of", ["cluster", "gi_cluster"])
def test_no_disc_hides_another(of: Any) -> None:
    figure, data = cluster_map(montreal(), of=of)
    figure.draw_without_rendering()
    axes = figure.axes[0]
    discs = axes.patches
    centres = np.array([disc.center for disc in discs])  # type: ignore[attr-defined]
    apart = np.hypot(*(centres[:, None] - centres[None]).transpose(2, 0, 1))
    np.fill_diagonal(apart, np.inf)
    width, height = figure.bbox.size
    boxes = [disc.get_window_extent() for disc in discs]

    assert len(data) == len(discs) == 29
    assert apart.min() >= 1.95 * discs[0].radius  # type: ignore[attr-defined]
    assert all(b.x0 > -1 and b.x1 < width + 1 and b.y0 > -1 and b.y1 < height + 1 for b in boxes)
    assert min(text.get_fontsize() for text in texts(figure)) >= 9
    assert {text.get_text() for text in axes.texts} == set(data["area"])
    assert to_svg(figure) == to_svg(cluster_map(montreal(), of=of)[0])


@pytest.mark.parametrize("of", ["cluster", "gi_cluster"])
def test_areas_with_outlines_are_drawn_by_them(of: Any) -> None:
    area_map = join_areas(counts(block()), squares(10))
    result = autocorrelation(area_map, connect(area_map, "rook"), n_permutations=1999)

    figure, data = cluster_map(result, of=of, area_label="secteur {area}")
    axes = figure.axes[0]
    figure.draw_without_rendering()

    assert len(axes.patches) == len(data) == 100
    assert len(axes.lines) == 0
    assert {text.get_text() for text in axes.texts} == set(data["area"])
    assert len({patch.get_facecolor() for patch in axes.patches}) == data[of].nunique()
    assert to_svg(figure) == to_svg(cluster_map(result, of=of, area_label="secteur {area}")[0])


def test_a_name_that_does_not_fit_its_outline_is_beside_it_when_flagged() -> None:
    places = squares(10).assign(area=[f"Quartier {n}" for n in range(100)])
    area_map = join_areas(counts(block()).assign(area=places["area"]), places)
    result = autocorrelation(area_map, connect(area_map, "rook"), n_permutations=1999)

    figure, data = cluster_map(result)
    written = {text.get_text() for text in figure.axes[0].texts}

    assert written
    assert written <= set(data.loc[data["cluster"] != "none", "area"])


def test_long_names_are_written_beside_flagged_areas_only() -> None:
    places = grid(10).assign(area=[f"Secteur_{n}" for n in range(100)])
    places["neighbours"] = [
        ", ".join(f"Secteur_{n}" for n in line.split()) for line in places["neighbours"]
    ]
    table = counts(block()).assign(area=places["area"])

    figure, data = cluster_map(analysed(join_areas(table, places), n_permutations=9999))
    written = {text.get_text() for text in figure.axes[0].texts}

    assert written
    assert written <= set(data.loc[data["cluster"] != "none", "area"])


def test_the_scatter_s_slope_is_the_index() -> None:
    result = montreal()
    figure, data = moran_chart(result, area_label="PDQ {area}")
    figure.draw_without_rendering()
    slope = np.polyfit(data["z"], data["lag"], 1)[0]
    boxes = tick_boxes(figure.axes[0])

    assert slope == pytest.approx(result.overall.i)
    assert any(text.get_text().startswith("PDQ") for text in figure.axes[0].texts)
    assert not any(
        box.shrunk(0.9, 0.9).overlaps(other) for n, box in enumerate(boxes) for other in boxes[:n]
    )
    assert to_svg(figure) == to_svg(moran_chart(montreal(), area_label="PDQ {area}")[0])


def test_every_cluster_has_a_name() -> None:
    names = [cluster_label(cluster) for cluster in (*CLUSTERS, "hot", "cold")]

    assert len(set(names)) == 7


# --- another file, by its descriptor alone ------------------------------------------------------

THEFTS = """\
name: vols
title: Vols d'essai
path: vols.csv
format: csv
schema:
  fields:
    - {name: secteur, type: string}
    - {name: mois, type: yearmonth}
    - {name: genre, type: string}
    - {name: n, type: integer}
roles: {area: secteur, date: mois, group: genre, count: n}
sources: [{title: essai}]
sensitivity: open
tlp: CLEAR
disclosure: {min_cell: 0}
"""
SECTORS = """\
name: secteurs
title: Secteurs d'essai
path: secteurs.csv
format: csv
schema:
  fields:
    - {name: code, type: string}
    - {name: est, type: number}
    - {name: nord, type: number}
    - {name: habitants, type: number}
    - {name: touche, type: string}
roles: {area: code, x: est, y: nord, exposure: habitants, neighbours: touche}
sources: [{title: essai}]
sensitivity: open
tlp: CLEAR
disclosure: {min_cell: 0}
"""


def test_the_study_runs_on_another_file_by_its_descriptor(tmp_path: Path) -> None:
    lines = ["secteur,mois,genre,n"]
    for area, n in enumerate(block()):
        lines += [f"S{area},2021-0{m},Vol,{n}" for m in (1, 2, 3)]
    places = grid(10).assign(area=[f"S{n}" for n in range(100)])
    places["neighbours"] = [
        ";".join(f"S{n}" for n in line.split()) for line in places["neighbours"]
    ]
    places.columns = pd.Index(["code", "est", "nord", "habitants", "touche"])
    root = make_workspace(
        tmp_path / "w",
        "carte-autocorrelation",
        {
            "vols": (THEFTS, "\n".join(lines) + "\n"),
            "secteurs": (SECTORS, places.to_csv(index=False, lineterminator="\n")),
        },
    )

    words = ("territoires=secteurs", "infraction=Vol", "annee=2021", "n_permutations=9999")
    asked = [word for pair in (("-p", word) for word in words) for word in pair]
    declared = run_study(root, "carte-autocorrelation", "--data", "vols", *asked)

    assert declared["total"]["value"] == 3 * block().sum()
    assert declared["n-territoires"]["value"] == 100
    assert declared["n-eleves"]["value"] >= 3
    assert {
        "voisinage", "nuage", "carte-locale", "carte-gi", "territoires", "dit", "reserves"
    } <= declared.keys()  # fmt: skip


OUTLINES = """\
name: contours
title: Contours d'essai
path: contours.geojson
format: geojson
schema:
  fields:
    - {name: code, type: string}
    - {name: geometry, type: string}
roles: {area: code, geometry: geometry}
sources: [{title: essai}]
sensitivity: open
tlp: CLEAR
disclosure: {min_cell: 0}
"""


def test_the_study_runs_on_a_file_of_polygons(tmp_path: Path) -> None:
    lines = ["secteur,mois,genre,n"]
    lines += [f"S{area},2021-01,Vol,{n}" for area, n in enumerate(block())]
    features = [
        {
            "type": "Feature",
            "properties": {"code": f"S{n}"},
            "geometry": shapely.geometry.mapping(shapely.from_wkt(outline)),
        }
        for n, outline in enumerate(squares(10)["geometry"])
    ]
    root = make_workspace(
        tmp_path / "w",
        "carte-autocorrelation",
        {"vols": (THEFTS, "\n".join(lines) + "\n"), "contours": (OUTLINES, "")},
    )
    folder = root / "datasets" / "contours"
    (folder / "contours.csv").unlink()
    (folder / "contours.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": features}), encoding="utf-8"
    )

    words = (
        "territoires=contours",
        "infraction=Vol",
        "annee=2021",
        "contiguite=tour",
        "n_permutations=9999",
    )
    asked = [word for pair in (("-p", word) for word in words) for word in pair]
    declared = run_study(root, "carte-autocorrelation", "--data", "vols", *asked)

    assert declared["voisinage"]["rows"][1] == ["Paires de voisins", 180]
    assert "contour" in declared["carte-locale"]["caption"]
    assert declared["n-eleves"]["value"] >= 3
    assert any("par km²" in row[0] for row in declared["reserves"]["rows"])

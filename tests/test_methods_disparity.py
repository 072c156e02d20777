"""Disparities are the published ones, in four layers, and vanish where there are none."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import REPOSITORY
from scipy.stats import norm
from test_methods_charts import texts, tick_boxes
from tiny_workspace import make_workspace, run_study

from actes.errors import ParameterError, TableError
from actes.methods.charts.disparity import outcome_chart, ratio_forest
from actes.methods.disparity import (
    BenchmarkFit,
    Stops,
    area_indices,
    compare_outcomes,
    disparity_caveats,
    disparity_index,
    fit_benchmark,
    fit_cells,
    group_indices,
    outcome_shares,
    read_stops,
)
from actes.methods.references.disparity import REFERENCES
from actes.methods.references.reference import Reference
from actes.methods.style import to_svg

GROUPS = ("A", "B", "C")
RESIDENTS = {"north": (9000, 1000, 500), "south": (4000, 4000, 500), "east": (7000, 2000, 500)}
LEVEL = {"north": 0.01, "south": 0.04, "east": 0.02}


def drawn(seed: int = 1, effects: tuple[float, ...] = (1, 1.5, 1), lost: float = 0) -> pd.DataFrame:
    """Stops whose rate is the area's, times the group's effect."""
    random = np.random.default_rng(seed)
    rows = []
    for area, residents in RESIDENTS.items():
        for group, n, effect in zip(GROUPS, residents, effects, strict=True):
            for _stop in range(random.poisson(n * LEVEL[area] * effect)):
                reason = random.choice(["call", "road"])
                searched = random.random() < (0.3 if reason == "call" else 0.1)
                known = None if random.random() < lost else group
                rows.append((known, area, reason, "search" if searched else "none"))
    return pd.DataFrame(rows, columns=["group", "area", "reason", "outcome"])


def benchmarks(*kinds: str) -> pd.DataFrame:
    return pd.DataFrame(
        [
            (area, group, kind, n)
            for kind in kinds or ("population", "offences", "drivers")
            for area, residents in RESIDENTS.items()
            for group, n in zip(GROUPS, residents, strict=True)
        ],
        columns=["area", "group", "benchmark", "number"],
    )


def read(stops: pd.DataFrame | None = None, **asked: Any) -> Stops:
    table = drawn() if stops is None else stops
    return read_stops(table, asked.pop("benchmarks", benchmarks()), **{"reference": "A", **asked})


def codes(*results: Any) -> set[str]:
    return {caveat.code for result in results for caveat in result.caveats}


@pytest.mark.parametrize(
    "reference",
    [row for row in REFERENCES if not row.needs],
    ids=lambda reference: reference.quantity,
)
def test_a_published_value_is_found_again(reference: Reference) -> None:
    assert reference.obtained() == pytest.approx(reference.published, abs=reference.tolerance)


def test_the_montreal_report_cannot_be_computed_again_and_it_is_said() -> None:
    rows = [row for row in REFERENCES if row.obtained() is None]

    assert [row.published for row in rows] == [4.2, 4.6, 2]
    assert all("Armony" in row.needs for row in rows)


# --- stops and benchmarks -----------------------------------------------------------------------


def test_stops_are_counted_beside_their_benchmarks() -> None:
    table = drawn()
    stops = read(table)

    assert stops.groups == ("A", "B", "C")
    assert stops.by_group["stops"].to_dict() == table["group"].value_counts().to_dict()
    assert stops.by_group["population"].tolist() == [20000, 7000, 1500]
    assert stops.benchmarks == ("population", "offences", "drivers")
    assert len(stops.cells) == 9


def test_imputed_stops_add_up_to_all_of_them() -> None:
    stops = read(drawn(lost=0.2), unknown="impute")

    assert stops.n_unknown > 100
    assert stops.by_group["stops"].sum() == pytest.approx(stops.n)
    assert "unknown-group" in codes(stops)


def test_the_extremes_hold_whatever_the_unknown_groups_are() -> None:
    table = drawn(lost=0.1)
    truth = table.assign(group=table["group"].fillna("B"))
    found = group_indices(read(table), "population").set_index("group")
    other = group_indices(read(truth), "population").set_index("group")

    assert found["extreme_low"]["B"] < found["ratio"]["B"] < found["extreme_high"]["B"]
    assert other["ratio"]["B"] == pytest.approx(found["extreme_high"]["B"])


@pytest.mark.parametrize("unknown", ["exclude", "impute", "scenario"])
def test_the_extremes_are_the_same_whatever_is_done_with_the_unknown(unknown: Any) -> None:
    table = drawn(lost=0.1)

    found = group_indices(read(table, unknown=unknown), "population")
    told = group_indices(read(table), "population")

    assert found["extreme_high"].tolist() == pytest.approx(
        told["extreme_high"].tolist(), nan_ok=True
    )


def test_a_rare_group_is_put_with_others_or_left_without_a_ratio() -> None:
    table = drawn(effects=(1, 1.5, 0.1))
    together, apart = read(table, group_rare="others"), read(table)

    assert set(together.groups) == {"A", "B", "others"}
    assert together.by_group["population"]["others"] == 1500
    assert np.isnan(group_indices(apart, "population").set_index("group")["ratio"]["C"])
    assert "C" not in set(fit_benchmark(apart, "population").ratios["group"])
    assert codes(together) == {"rare-grouped"}
    assert codes(apart) == {"rare-untold"}


def test_a_layer_that_the_data_lack_is_told() -> None:
    stops = read(benchmarks=benchmarks("population"))

    assert codes(stops) == {"missing-layer"}
    with pytest.raises(ParameterError, match="P431"):
        group_indices(stops, "offences")


def test_a_group_without_any_benchmark_is_told() -> None:
    stops = read(benchmarks=benchmarks().query("group != 'C'"))

    assert "group-without-benchmark" in codes(stops)
    assert np.isnan(group_indices(stops, "population").set_index("group")["ratio"]["C"])
    assert "no-benchmark" in codes(fit_benchmark(stops, "population"))


# --- the layers ---------------------------------------------------------------------------------


def test_an_index_and_its_interval() -> None:
    index = disparity_index(40, 1000, 100, 5000)
    reach = np.exp(1.959964 * np.sqrt(1 / 40 + 1 / 100))

    assert index.ratio == pytest.approx(2)
    assert (index.low, index.high) == pytest.approx((2 / reach, 2 * reach))
    assert np.isnan(disparity_index(0, 1000, 100, 5000).ratio)


def test_the_model_finds_the_effect_that_areas_hide() -> None:
    """Group B lives where stops are frequent: all areas together overstate its ratio."""
    stops = read()
    crude = group_indices(stops, "population").set_index("group")["ratio"]
    fit = fit_benchmark(stops, "population")
    within = fit.ratios.set_index("group")

    assert crude["B"] > 2
    assert within["low"]["B"] < 1.5 < within["high"]["B"]
    assert within["low"]["C"] < 1 < within["high"]["C"]
    caveats = disparity_caveats(group_indices(stops, "population"), fit, "population")
    assert "areas-matter" in {caveat.code for caveat in caveats}


def test_without_areas_the_model_is_the_index() -> None:
    stops = read()

    fit = fit_benchmark(stops, "population", law="quasipoisson", areas=False)
    crude = group_indices(stops, "population")["ratio"].iloc[1:]

    assert fit.ratios["ratio"].tolist() == pytest.approx(crude.tolist())
    assert "no-areas" in codes(fit)
    assert fit.dispersion > 2
    assert {"overdispersed", "quasi-poisson"} <= codes(fit)


def test_the_negative_binomial_makes_pearson_s_chi_square_its_degrees_of_freedom() -> None:
    cells = heterogeneous(np.random.default_rng(1), spread=0.3)

    fit = fit_cells(cells, reference="A")
    mean = cells["benchmark"] * np.exp(_linear(fit, cells))
    pearson = ((cells["stops"] - mean) ** 2 / (mean + fit.heterogeneity * mean**2)).sum()

    assert fit.law == "negbin"
    assert pearson == pytest.approx(len(cells) - 14, rel=1e-3)
    assert 0.05 < fit.heterogeneity < 1
    assert "quasi-poisson" not in codes(fit)


def _linear(fit: BenchmarkFit, cells: pd.DataFrame) -> pd.Series:
    found = fit.coefficients.set_index("term")["coefficient"].to_dict()
    own = (found.get(f"group_{group}", 0.0) for group in cells["group"])
    place = (found.get(f"area_{area}", 0.0) for area in cells["area"])
    return pd.Series([found["constant"] + a + b for a, b in zip(own, place, strict=True)])


def test_stops_that_vary_no_more_than_chance_need_no_heterogeneity() -> None:
    cells = heterogeneous(np.random.default_rng(3), spread=0.0)
    fits = [fit_cells(cells, reference="A", law=law) for law in ("negbin", "quasipoisson")]

    assert fits[0].dispersion < 1.3
    assert fits[0].ratios["ratio"].tolist() == pytest.approx(
        fits[1].ratios["ratio"].tolist(), rel=0.05
    )


@pytest.mark.parametrize("alpha", [0.05, 0.2])
def test_the_smallest_visible_ratio_grows_with_doubt(alpha: float) -> None:
    few, many = (disparity_index(n, 1000, 2 * n, 1000, alpha=alpha) for n in (20, 500))
    z = norm.isf(alpha / 2) + norm.ppf(0.8)

    assert few.detectable == pytest.approx(np.exp(z * np.sqrt(1 / 20 + 1 / 40)))
    assert 1 < many.detectable < few.detectable


def test_cells_without_benchmark_or_stop_leave_the_model() -> None:
    table = benchmarks()
    table.loc[(table["area"] == "east") & (table["group"] == "C"), "number"] = 0

    fit = fit_benchmark(read(benchmarks=table), "population")

    assert fit.n_cells == 8
    assert "no-benchmark" in codes(fit)


def test_areas_are_told_only_with_enough_stops() -> None:
    stops = read(min_cell=20)
    table = area_indices(stops, "population")
    few = (table[["stops", "reference_stops"]] < 20).any(axis=1)

    assert few.any()
    assert table.loc[few, ["ratio", "p", "q"]].isna().all(axis=None)
    assert (table.loc[~few, "q"] >= table.loc[~few, "p"]).all()
    assert set(table["group"]) == {"B", "C"}


def test_shares_have_wilson_s_interval() -> None:
    table = outcome_shares(pd.Series(["A"] * 10), pd.Series([True] * 2 + [False] * 8))

    assert table[["stops", "outcomes", "share"]].iloc[0].tolist() == [10, 2, 0.2]
    assert table[["low", "high"]].iloc[0].tolist() == pytest.approx([0.0567, 0.5098], abs=1e-4)


def test_equal_outcomes_for_equal_reasons_are_seen_as_equal() -> None:
    """Group B is stopped for the reason that leads to a search; for one reason, no more than A."""
    random = np.random.default_rng(3)
    group = np.repeat(["A", "B"], 1500)
    is_call = random.random(3000) < np.where(group == "B", 0.8, 0.2)
    searched = random.random(3000) < np.where(is_call, 0.4, 0.1)
    table = pd.DataFrame(
        {
            "group": group,
            "area": "north",
            "reason": np.where(is_call, "call", "road"),
            "outcome": np.where(searched, "search", "none"),
        }
    )
    rows = compare_outcomes(read(table), "search", areas=False).groups.set_index("group")

    assert rows["share"]["B"] > 1.7 * rows["share"]["A"]
    assert rows["odds_low"]["B"] < 1 < rows["odds_high"]["B"]
    assert rows["adjusted"]["B"] == pytest.approx(rows["adjusted"]["A"], abs=0.04)


def test_predicted_shares_are_statsmodels_ones() -> None:
    """Means of predictions over all the stops, computed again with a formula."""
    import statsmodels.api as sm
    import statsmodels.formula.api as smf

    table = drawn(seed=4)
    rows = compare_outcomes(read(table), "search").groups.set_index("group")
    table["has"] = (table["outcome"] == "search").astype(int)
    fit = smf.glm("has ~ group + reason + area", table, family=sm.families.Binomial()).fit()

    for group in GROUPS:
        expected = fit.predict(table.assign(group=group)).mean()
        assert rows["adjusted"][group] == pytest.approx(expected, abs=1e-8)
    assert rows["odds_ratio"]["B"] == pytest.approx(np.exp(fit.params["group[T.B]"]))


def test_a_group_whose_stops_all_end_alike_has_no_prediction() -> None:
    table = drawn()
    table.loc[table["group"] == "C", "outcome"] = "none"
    of_c = compare_outcomes(read(table), "search")
    table.loc[table["group"] == "A", "outcome"] = "none"
    of_reference = compare_outcomes(read(table), "search")

    assert np.isnan(of_c.groups.set_index("group")["adjusted"]["C"])
    assert of_c.groups["adjusted"].notna().sum() == 2
    assert codes(of_c) == {"all-alike"}
    assert codes(of_reference) == {"all-alike", "no-model"}
    assert of_reference.n_used == 0


def test_a_reason_whose_stops_all_end_alike_leaves_the_model() -> None:
    table = drawn()
    table.loc[:30, "reason"], table.loc[:30, "outcome"] = "warrant", "search"
    table.loc[31:40, "reason"] = None

    found = compare_outcomes(read(table), "search")

    assert found.n_used == len(table) - 41
    assert "left-out-of-model" in codes(found)


@pytest.mark.slow
def test_chance_raises_no_more_alarms_than_it_says() -> None:
    """100 sets of stops without disparity. The model of nine cells has four degrees of freedom and
    is prudent: at most 8 % of its intervals leave 1 out. The others: 3 to 8 % of the indices and of
    the ratios by area (standard errors 1.5 and 0.9 points), 2 to 8 % of the odds."""
    missed, outcomes, apart, placed = [], [], [], []
    for seed in range(100):
        stops, alike = read(drawn(seed, effects=(1, 1, 1))), read(drawn_alike(seed))
        missed += leaving_one_out(fit_benchmark(stops, "population").ratios)
        odds = compare_outcomes(stops, "search").groups.iloc[1:]
        outcomes += leaving_one_out(odds, "odds_low", "odds_high")
        apart += leaving_one_out(group_indices(alike, "population").iloc[1:])
        placed += list(area_indices(alike, "population")["p"].dropna() <= 0.05)

    assert np.mean(missed) <= 0.08
    assert 0.02 <= np.mean(outcomes) <= 0.08
    assert 0.03 <= np.mean(apart) <= 0.08
    assert 0.03 <= np.mean(placed) <= 0.08


def leaving_one_out(table: pd.DataFrame, low: str = "low", high: str = "high") -> list[bool]:
    return list((table[low] > 1) | (table[high] < 1))


def drawn_alike(seed: int) -> pd.DataFrame:
    """Stops at the same rate everywhere: no disparity, within areas or over all of them."""
    random = np.random.default_rng(seed)
    rows = [
        (group, area, "call", "none")
        for area, residents in RESIDENTS.items()
        for group, n in zip(GROUPS, residents, strict=True)
        for _stop in range(random.poisson(n * 0.03))
    ]
    return pd.DataFrame(rows, columns=["group", "area", "reason", "outcome"])


def heterogeneous(random: np.random.Generator, *, spread: float) -> pd.DataFrame:
    """Twelve areas without disparity, whose cells vary beyond chance, of very unequal sizes."""
    size = np.exp(random.normal(7, 1, (12, 3))) * [8, 2, 0.7]
    level = np.exp(random.normal(-4, 0.6, 12))[:, None]
    beyond = random.gamma(1 / spread, spread, (12, 3)) if spread else 1.0
    stops = random.poisson(size * level * beyond)
    return pd.DataFrame(
        {
            "area": np.repeat([f"S{n}" for n in range(12)], 3),
            "group": np.tile(list(GROUPS), 12),
            "stops": stops.ravel(),
            "benchmark": size.ravel(),
        }
    )


@pytest.mark.slow
@pytest.mark.parametrize("spread", [0.0, 0.2])
def test_the_negative_binomial_keeps_its_level(spread: float) -> None:
    """120 sets of 36 cells, 14 terms: 1.5 to 9 % of the intervals leave 1 out (standard error 1.5
    points, two groups of one set taken as one half); beyond chance, more of the quasi-Poisson's."""
    missed, quasi = [], []
    for seed in range(120):
        cells = heterogeneous(np.random.default_rng(seed), spread=spread)
        missed += leaving_one_out(fit_cells(cells, reference="A").ratios)
        quasi += leaving_one_out(fit_cells(cells, reference="A", law="quasipoisson").ratios)

    assert 0.015 <= np.mean(missed) <= 0.09
    assert np.mean(quasi) > 1.5 * np.mean(missed) or not spread


# --- guards -------------------------------------------------------------------------------------


def with_number(value: float) -> pd.DataFrame:
    table = benchmarks().astype({"number": float})
    table.loc[0, "number"] = value
    return table


@pytest.mark.parametrize(
    ("call", "error", "code"),
    [
        (lambda: read(reference="Z"), ParameterError, "P430"),
        (lambda: read(drawn(effects=(1, 1.5, 0.1)), reference="C"), ParameterError, "P430"),
        (
            lambda: read(benchmarks=benchmarks().query("group != 'A'")),
            ParameterError,
            "P430",
        ),
        (lambda: fit_benchmark(read(benchmarks=benchmarks("offences")), "population"),
         ParameterError, "P431"),
        (lambda: read(benchmarks=with_number(-1)), TableError, "P432"),
        (lambda: read(benchmarks=with_number(float("nan"))), TableError, "P432"),
        (lambda: read(benchmarks=pd.concat([benchmarks()] * 2)), TableError, "P432"),
        (lambda: read(benchmarks=benchmarks("people")), TableError, "P432"),
        (lambda: read(drawn().head(49)), TableError, "P433"),
        (lambda: read(unknown="guess"), ParameterError, "P434"),
        (lambda: fit_benchmark(read(), "population", law="normal"),  # type: ignore[arg-type]
         ParameterError, "P434"),
        (lambda: read(drawn().query("group == 'A'")), TableError, "P435"),
        (lambda: read(min_cell=4), ParameterError, "P437"),
        (lambda: read(min_cell=51), ParameterError, "P437"),
    ],
)  # fmt: skip
def test_what_cannot_be_compared_is_refused(call: Any, error: type, code: str) -> None:
    with pytest.raises(error) as caught:
        call()

    assert caught.value.code == code  # type: ignore[attr-defined]


def test_a_model_with_more_terms_than_cells_is_refused() -> None:
    cells = pd.DataFrame(
        {"area": ["n", "s", "n"], "group": ["A", "A", "B"], "stops": [5, 6, 7], "benchmark": 100}
    )

    with pytest.raises(TableError, match="P436"):
        fit_cells(cells, reference="A")


def test_the_reserves_of_every_study_of_disparities() -> None:
    stops = read()
    for benchmark, extra in (("population", {"residents"}), ("offences", set())):
        caveats = disparity_caveats(
            group_indices(stops, benchmark), fit_benchmark(stops, benchmark, areas=False), benchmark
        )
        always = {"cause", "recorded-stops", "perceived-group", "repeated-persons", "police-made"}

        assert {caveat.code for caveat in caveats} == always | extra


def test_the_study_never_says_the_forbidden_word() -> None:
    notebook = (REPOSITORY / "notebooks" / "disparites-interpellations.ipynb").read_text("utf-8")
    sources = [notebook] + [
        path.read_text("utf-8")
        for folder in ("methods/disparity", "methods/charts")
        for path in (REPOSITORY / "src/actes" / folder).glob("*.py")
    ]

    assert not any("profil" in source.lower() for source in sources)
    assert "disparité" in json.dumps(notebook, ensure_ascii=False)


# --- figures ------------------------------------------------------------------------------------


def figures() -> list[Any]:
    stops = read(drawn(lost=0.1))
    layers = {
        "IDCI (population)": group_indices(stops, "population"),
        "ISRI (infractions)": group_indices(stops, "offences"),
        "Mêmes territoires": fit_benchmark(stops, "population").ratios,
    }
    groups = compare_outcomes(stops, "search").groups
    return [
        ratio_forest(layers, reference="A"),
        outcome_chart(groups, x_label="part des interpellations"),
        outcome_chart(groups.assign(adjusted=np.nan), x_label="part"),
    ]


def test_the_figures_are_readable_and_always_the_same() -> None:
    for (figure, data), (again, _same) in zip(figures(), figures(), strict=True):
        figure.draw_without_rendering()
        axes = figure.axes[0]
        width, height = figure.bbox.size
        boxes = [text.get_window_extent() for text in axes.texts] + tick_boxes(axes)

        assert len(data)
        assert min(text.get_fontsize() for text in texts(figure)) >= 9
        assert all(b.x0 > -1 and b.x1 < width + 1 for b in boxes)
        assert all(b.y0 > -1 and b.y1 < height + 1 for b in boxes)
        assert not any(
            box.shrunk(0.9, 0.9).overlaps(other)
            for n, box in enumerate(boxes)
            for other in boxes[:n]
        )
        assert to_svg(figure) == to_svg(again)


def test_a_group_without_a_ratio_is_in_the_data_and_not_drawn() -> None:
    stops = read(drawn(effects=(1, 1.5, 0.1)))

    figure, data = ratio_forest({"IDCI": group_indices(stops, "population")}, reference="A")
    rows = [label.get_text() for label in figure.axes[0].get_yticklabels()]

    assert rows == ["B", "IDCI"]
    assert set(data["group"]) == {"A", "B", "C"}


# --- another file, by its descriptor alone ------------------------------------------------------

CONTROLS = """\
name: controles
title: Contrôles d'essai
path: controles.csv
format: csv
schema:
  fields:
    - {name: quand, type: date}
    - {name: origine, type: string}
    - {name: arrondissement, type: integer}
    - {name: pourquoi, type: string}
    - {name: suite, type: string}
  missingValues: ["", "?"]
roles: {date: quand, group: origine, area: arrondissement, category: pourquoi, outcome: suite}
sources: [{title: essai}]
sensitivity: open
tlp: CLEAR
disclosure: {min_cell: 0}
"""
RESIDENTS_OF = """\
name: habitants
title: Habitants d'essai
path: habitants.csv
format: csv
schema:
  fields:
    - {name: arrondissement, type: integer}
    - {name: origine, type: string}
    - {name: genre, type: string}
    - {name: n, type: integer}
roles: {area: arrondissement, group: origine, category: genre, exposure: n}
sources: [{title: essai}]
sensitivity: open
tlp: CLEAR
disclosure: {min_cell: 0}
"""


def test_the_study_runs_on_another_file_by_its_descriptor(tmp_path: Path) -> None:
    table = drawn(seed=9, lost=0.1)
    table_of = table.fillna({"group": "?"})
    numbers = {"north": 1, "south": 2, "east": 3}
    lines = [
        f"2019-0{1 + n % 9}-15,{row.group},{numbers[row.area]},{row.reason},{row.outcome}"
        for n, row in enumerate(table_of.itertuples())
    ]
    people = [
        f"{numbers[row.area]},{row.group},population,{row.number}"
        for row in benchmarks("population").itertuples()
    ]
    head = "quand,origine,arrondissement,pourquoi,suite"
    root = make_workspace(
        tmp_path / "w",
        "disparites-interpellations",
        {
            "controles": (CONTROLS, "\n".join([head, *lines])),
            "habitants": (RESIDENTS_OF, "\n".join(["arrondissement,origine,genre,n", *people])),
        },
    )  # fmt: skip

    words = ("reperes=habitants", "reference=A", "issue=search")
    asked = [word for pair in (("-p", word) for word in words) for word in pair]
    declared = run_study(root, "disparites-interpellations", "--data", "controles", *asked)

    assert declared["n-interpellations"]["value"] == len(table)
    assert declared["n-inconnus"]["value"] == table["group"].isna().sum()
    states = [row[2] for row in declared["couches"]["rows"]]
    assert states == ["présente", "ABSENTE : repère manquant", "présente", "présente"]
    assert {
        "indices", "sensibilite", "modele", "visibles", "issues", "issues-modele", "territoires",
        "rapports", "issue", "dit", "reserves"
    } <= declared.keys()  # fmt: skip

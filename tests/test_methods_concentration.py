"""Concentration is measured as published, zeros included, and says how little it can prove."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import REPOSITORY

from actes import cli
from actes.errors import ParameterError, TableError
from actes.methods.charts.concentration import lorenz_chart
from actes.methods.concentration import (
    Estimate,
    change_of_gini,
    choose_places,
    concentration,
    count_by_place,
    does_not_say,
    gini,
    lorenz,
    n_top,
    place_caveats,
    places_for,
    prediction_accuracy,
    says,
    size_caveats,
    top_shares,
    year_caveats,
)
from actes.methods.references import Reference
from actes.methods.references.concentration import REFERENCES
from actes.methods.style import to_svg


def codes(caveats: Any) -> set[str]:
    return {caveat.code for caveat in caveats}


def skewed(n: int, seed: int = 3) -> np.ndarray:
    random = np.random.default_rng(seed)
    return random.poisson(random.gamma(0.7, 30, n))


@pytest.mark.parametrize("reference", REFERENCES, ids=lambda reference: reference.quantity)
def test_a_published_value_is_found_again(reference: Reference) -> None:
    assert reference.obtained() == pytest.approx(reference.published, abs=reference.tolerance)


# --- the coefficient --------------------------------------------------------------------------


def test_leaving_out_the_places_without_events_hides_the_concentration() -> None:
    counts = [10, 8, 2] + [0] * 7

    assert gini(counts) == pytest.approx(0.78)
    assert gini(counts[:3]) < 0.3


def test_the_coefficient_is_twice_the_surface_between_the_curve_and_equality() -> None:
    counts = skewed(40)
    curve = lorenz(counts)

    surface = np.trapezoid(curve["share_events"] - curve["share_places"], curve["share_places"])
    assert gini(counts, is_generalised=False) == pytest.approx(2 * surface, abs=0.002)


def test_the_order_and_the_unit_of_the_counts_do_not_matter() -> None:
    counts = skewed(30)

    assert gini(counts[::-1]) == gini(counts)
    assert gini(3 * counts) == pytest.approx(gini(counts))


def test_equal_places_are_not_concentrated() -> None:
    assert gini([4, 4, 4, 4]) == 0
    assert gini([1, 1, 1, 0, 0, 0, 0]) == pytest.approx(0)  # as equal as three events can be
    assert gini([1, 1, 1, 0, 0, 0, 0], is_generalised=False) > 0.5


def test_one_place_that_has_all_is_one_when_unbiased() -> None:
    assert gini([9] + [0] * 99, is_unbiased=True) == pytest.approx(1)
    assert gini([9] + [0] * 99) < 1


def test_the_curve_of_sparse_events_has_its_own_line_of_equality() -> None:
    curve = lorenz([1, 1, 0, 0])

    assert list(curve["share_equal"]) == [0, 0.5, 1, 1, 1]
    assert (curve["share_events"] >= curve["share_equal"] - 1e-12).all()
    assert len(lorenz(skewed(5000))) <= 201


def test_the_same_seed_gives_the_same_interval() -> None:
    counts = skewed(60)
    one, other = (concentration(counts, n_bootstrap=200, seed=5) for _time in range(2))

    assert one == other
    assert one.gini.low < one.gini.estimate < one.gini.high
    assert one.by_chance < one.gini.low
    assert concentration(counts, n_bootstrap=200, seed=6).gini != one.gini


def test_many_places_are_resampled_too() -> None:
    result = concentration(skewed(2500), n_bootstrap=200)

    assert result.gini.low < result.gini.estimate < result.gini.high


def test_two_like_years_did_not_change() -> None:
    counts = skewed(40)
    change = change_of_gini(counts, counts, n_bootstrap=200)

    assert change == Estimate(0, 0, 0)


def test_a_year_where_the_first_places_doubled_is_more_concentrated() -> None:
    counts = skewed(80)
    after = np.where(counts > np.quantile(counts, 0.85), 2 * counts, counts)

    assert change_of_gini(counts, after, n_bootstrap=300).low > 0
    assert change_of_gini(after, counts, n_bootstrap=300).high < 0


@pytest.mark.slow
def test_when_nothing_changed_the_interval_holds_zero_as_often_as_it_says() -> None:
    """95 % announced, 300 pairs of years with the same intensities on 150 places: 95 % +- 3.8."""
    random = np.random.default_rng(8)
    held = 0
    for draw in range(300):
        intensity = random.gamma(0.8, 25, 150)
        before, after = random.poisson(intensity), random.poisson(intensity)
        change = change_of_gini(before, after, n_bootstrap=200, seed=draw)
        held += change.low <= 0 <= change.high
    assert held / 300 == pytest.approx(0.95, abs=0.038)


# --- places and shares ------------------------------------------------------------------------


def test_a_known_place_absent_from_the_figures_counts_zero() -> None:
    table = pd.DataFrame({"lieu": ["a", "c", "a"], "n": [2, 5, 1]})

    counts, n_added = count_by_place(table, area="lieu", count="n", places=["a", "b", "c"])

    assert counts.to_dict() == {"a": 3, "b": 0, "c": 5}
    assert n_added == 1
    assert codes(place_caveats(1, 0, "")) == {"zeros-added"}


def test_a_list_of_other_places_is_refused() -> None:
    table = pd.DataFrame({"lieu": ["1", "2"], "n": [2, 5]})

    with pytest.raises(ParameterError, match="P311"):
        count_by_place(table, area="lieu", count="n", places=[1, 2])


def test_zeros_are_left_out_for_a_reason_only() -> None:
    counts = pd.Series({"a": 3, "b": 0})

    with pytest.raises(ParameterError, match="P312"):
        choose_places(counts, keeps_zeros=False, justification=" ")
    kept = choose_places(counts, keeps_zeros=False, justification="lac")
    assert list(kept.index) == ["a"]
    (caveat,) = place_caveats(0, 1, "lac")
    assert caveat.code == "zeros-left-out"
    assert "lac" in str(caveat)


def test_shares_are_those_of_whole_places_rounded_up() -> None:
    table = top_shares([10, 6, 3, 1], [1, 25, 26, 100])

    assert list(table["n_places"]) == [1, 1, 2, 4]
    assert list(table["share_events"]) == [0.5, 0.5, 0.8, 1]
    assert n_top(50, 31) == 16
    assert n_top(10, 30) == 3


def test_the_fewest_places_for_half() -> None:
    assert places_for([5, 5, 5, 5]) == 2
    assert places_for([10, 3, 3, 4]) == 1
    assert places_for([4, 4, 3], 1.0) == 3


# --- the prediction ---------------------------------------------------------------------------


def test_sizes_decide_which_places_are_dense() -> None:
    table = prediction_accuracy([8, 8], [10, 9], [4, 1])

    assert list(table["share_size"]) == pytest.approx([0.2, 1])
    assert table["pai"].iloc[0] == pytest.approx(0.5 / 0.2)
    assert table["pei"].iloc[0] == 1


def test_no_prediction_does_better_than_the_best_possible() -> None:
    random = np.random.default_rng(2)
    observed, predicted = skewed(60), random.permutation(skewed(60, seed=4))

    table = prediction_accuracy(observed, predicted, random.uniform(1, 9, 60))

    assert (table["pei"] <= 1 + 1e-9).all()
    assert (table["pei"] < 0.9).any()
    assert table.iloc[-1][["pai", "pei"]].tolist() == pytest.approx([1, 1])


def test_nothing_held_yet_has_no_rri() -> None:
    table = prediction_accuracy([0, 5], [3, 1])

    assert np.isnan(table["rri"].iloc[0])
    assert table["pai"].iloc[0] == 0


# --- guards -----------------------------------------------------------------------------------


def test_what_cannot_be_measured_is_refused() -> None:
    for counts in ([], [3], [0, 0, 0]):
        with pytest.raises(ParameterError, match="P310"):
            gini(counts)
    with pytest.raises(TableError, match="P200"):
        gini([3, -1])
    with pytest.raises(TableError, match="P201"):
        concentration([3, 1.5, 2])
    for parts in ([], [0], [101], [5, 5]):
        with pytest.raises(ParameterError, match="P313"):
            top_shares([3, 2], parts)
    for observed, predicted, sizes in (([1, 2], [1], None), ([1, 2], [1, -1], None)):
        with pytest.raises(TableError, match="P314"):
            prediction_accuracy(observed, predicted, sizes)
    with pytest.raises(TableError, match="P202"):
        prediction_accuracy([1, 2], [1, 1], [0, 1])
    for options in ({"n_bootstrap": 10}, {"alpha": 0.9}):
        with pytest.raises(ParameterError, match="P315"):
            concentration([5, 4, 3], **options)  # type: ignore[arg-type]


def test_what_weakens_a_concentration_is_said() -> None:
    few = concentration([3, 1, 0, 0, 0, 0, 0, 0], n_bootstrap=200)
    assert codes(few.caveats) == {"sparse", "few-places", "no-interval"}
    assert np.isnan(few.gini.low)
    plain = concentration([3, 1, 0, 0, 0, 0, 0, 0], n_bootstrap=200, is_generalised=False)
    assert "more-places-than-events" in codes(plain.caveats)
    assert not concentration(skewed(60), n_bootstrap=200).caveats
    assert codes(year_caveats(100, 300, 2)) == {"unequal-years", "places-apart"}
    assert codes(year_caveats(100, 110, 0, n_months=(12, 7))) == {"different-months"}
    assert not year_caveats(100, 110, 0, n_months=(12, 12))
    assert codes(size_caveats(pd.Series([1.0, 9.0]), 3)) == {"unequal-sizes", "no-size"}
    assert not size_caveats(pd.Series([1.0, 1.1]), 0)


# --- words and figures ------------------------------------------------------------------------


def test_every_number_of_the_sentences_is_a_result() -> None:
    result = concentration(skewed(60), n_bootstrap=200)
    accuracy = prediction_accuracy([6, 3, 0], [3, 2, 1]).iloc[0]

    half, coefficient, change, map_ = says(
        result, n_half=9, change=Estimate(0.1, 0.02, 0.2), accuracy=accuracy
    )

    assert "9" in half
    assert "60" in half
    assert f"{result.gini.estimate:.2f}".replace(".", ",") in coefficient
    assert "+0,100" in change
    assert "2,0" in map_
    assert len(says(result, n_half=9, change=None, accuracy=None)) == 2
    assert len(does_not_say()) == 3


def test_the_figure_holds_both_years() -> None:
    figure, data = lorenz_chart(
        skewed(30), skewed(30, seed=5), label="2", earlier_label="1", x_label="x", y_label="y"
    )

    assert list(data["series"].unique()) == ["2", "1"]
    assert to_svg(figure) == to_svg(figure)
    _figure, data = lorenz_chart(skewed(30), label="2", x_label="x", y_label="y")
    assert len(data) == 31


# --- the study on other data ------------------------------------------------------------------


FACTS = """
name: bancs
title: Faits simulés par mois et par rue
path: bancs.csv
schema:
  fields:
    - {name: quand, type: date, constraints: {required: true}}
    - {name: rue, type: string, constraints: {required: true}}
    - {name: delit, type: string, constraints: {required: true}}
    - {name: faits, type: integer, constraints: {required: true, minimum: 0}}
  primaryKey: [quand, rue, delit]
roles: {date: quand, area: rue, group: delit, count: faits}
sources: [{title: Simulation}]
licenses: [{name: CC0-1.0}]
sensitivity: open
tlp: CLEAR
disclosure: {min_cell: 0}
"""

STREETS = """
name: rues
title: Rues simulées
path: rues.csv
schema:
  fields:
    - {name: rue, type: string, constraints: {required: true, unique: true}}
    - {name: longueur_m, type: number, constraints: {required: true, minimum: 0}}
  primaryKey: [rue]
roles: {area: rue, exposure: longueur_m}
sources: [{title: Simulation}]
licenses: [{name: CC0-1.0}]
sensitivity: open
tlp: CLEAR
disclosure: {min_cell: 0}
"""


@pytest.mark.slow
def test_the_study_runs_on_streets_some_of_which_have_no_event(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    streets = [f"rue {i}" for i in range(60)]
    rows = [
        (f"{year}-{month:02d}-01", street, "Graffitis", 1 + int(random.poisson(2)))
        for year in (1998, 1999)
        for month in (1, 6)
        for street in streets[:25]
    ]
    tables = {
        "bancs": pd.DataFrame(rows, columns=["quand", "rue", "delit", "faits"]),
        "rues": pd.DataFrame({"rue": streets, "longueur_m": random.uniform(50, 200, 60).round(1)}),
    }
    for name, text in (("bancs", FACTS), ("rues", STREETS)):
        folder = tmp_path / "datasets" / name
        folder.mkdir(parents=True)
        tables[name].to_csv(folder / f"{name}.csv", index=False)
        (folder / "dataset.yml").write_text(text, encoding="utf-8")
    (tmp_path / "notebooks").mkdir()
    shutil.copy(REPOSITORY / "notebooks" / "concentration.ipynb", tmp_path / "notebooks")
    shutil.copy(REPOSITORY / "_quarto.yml", tmp_path)
    words = [
        "donnees=bancs",
        "lieux=rues",
        "infraction=Graffitis",
        "annee=1999",
        "annee_comparaison=1998",
        "nom_lieux=rues",
        "n_bootstrap=200",
    ]
    with contextlib.chdir(tmp_path):
        assert cli.run(["validate"]) == 0
        asked = [part for word in words for part in ("-p", word)]
        assert cli.run(["run", "concentration", *asked]) == 0

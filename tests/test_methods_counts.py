"""Two Poisson counts, or many pairs of them, are compared as published and as chance allows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from tiny_workspace import make_workspace, run_study

from actes.errors import ActesError, ParameterError, TableError
from actes.methods.areas import compare_areas, fan_contours
from actes.methods.counts import compare_counts, compare_pairs
from actes.methods.dispersion import (
    dispersion_of_changes,
    minimum_detectable_change,
    poisson_fit,
    score_frequencies,
)
from actes.methods.pairing import PairedCounts, pair_periods
from actes.methods.references import Reference, references

SPVM = Path(__file__).parents[2] / "shared" / "data" / "spvm"


def paired(before: list[int], after: list[int], **exposures: list[float]) -> PairedCounts:
    names = [str(number) for number in range(1, len(before) + 1)]
    table = {"area": names, "before": before, "after": after}
    columns = {"exposure_before": 1.0, "exposure_after": 1.0} | exposures
    return PairedCounts(pd.DataFrame(table).assign(**columns))


def codes(result: Any) -> set[str]:
    return {caveat.code for caveat in result.caveats}


@pytest.mark.parametrize(
    "reference",
    [reference for reference in references() if reference.study == "comparer-comptes"],
    ids=lambda reference: reference.quantity,
)
def test_a_published_value_is_found_again(reference: Reference) -> None:
    assert reference.obtained() == pytest.approx(reference.published, abs=reference.tolerance)


# --- two counts ---------------------------------------------------------------------------------


def test_the_order_of_the_periods_does_not_change_the_p() -> None:
    for test in ("etest", "exact", "z"):
        assert compare_counts(6, 2, test=test).p == pytest.approx(compare_counts(2, 6, test=test).p)


def test_nothing_before_and_nothing_after_cannot_be_tested() -> None:
    change = compare_counts(0, 0)

    assert not change.is_testable
    assert np.isnan([change.p, change.z, change.ratio, change.ratio_low, change.ratio_high]).all()


def test_the_interval_agrees_with_a_root_finding_score_interval() -> None:
    from statsmodels.stats.rates import confint_poisson_2indep

    for before, after, exposure in ((30, 50, 1.0), (6, 2, 2.5), (4523, 8812, 1.0)):
        ours = compare_counts(before, after, exposure_after=exposure)
        theirs = confint_poisson_2indep(after, exposure, before, 1, method="score")
        assert (ours.ratio_low, ours.ratio_high) == pytest.approx(theirs, rel=1e-6)


def test_an_interval_holds_when_one_count_is_zero() -> None:
    rise, fall = compare_counts(0, 3), compare_counts(3, 0)

    assert rise.ratio == rise.ratio_high == np.inf
    assert rise.ratio_low == pytest.approx(0.78095, abs=1e-5)
    assert fall.ratio == fall.ratio_low == 0
    assert fall.ratio_high == pytest.approx(1 / 0.78095, abs=1e-4)


def test_exposures_are_allowed_for() -> None:
    change = compare_counts(30, 60, exposure_before=365, exposure_after=730)

    assert change.ratio == pytest.approx(1)
    assert change.expected == pytest.approx(60)
    assert change.p > 0.9


def test_inflation_widens_everything() -> None:
    plain, widened = compare_counts(30, 50), compare_counts(30, 50, inflation=4)

    assert widened.ratio == plain.ratio
    assert widened.ratio_low < plain.ratio_low < plain.ratio_high < widened.ratio_high
    assert plain.p < 0.05 < widened.p


def test_z_has_unit_variance_when_both_counts_are_random() -> None:
    """2 (sqrt(after) - sqrt(before)), right for a known first value, would give 2."""
    random = np.random.default_rng(3)
    before, after = random.poisson(40, 20_000), random.poisson(60, 20_000)

    z = compare_pairs(before, after, 1.5, test="z")["z"]

    assert z.var() == pytest.approx(1, abs=0.03)
    assert z.mean() == pytest.approx(0, abs=0.03)


@pytest.mark.slow
def test_the_e_test_raises_no_more_false_alarms_than_it_says() -> None:
    """At 5 %, 3,000 pairs of equal means: between 3 and 6 % (its standard error is 0.4 points)."""
    random = np.random.default_rng(20260101)
    for mean in (5, 12, 40):
        before, after = random.poisson(mean, 3000), random.poisson(mean, 3000)

        share = (compare_pairs(before, after, 1.0, test="etest")["p"] < 0.05).mean()

        assert 0.03 <= share <= 0.06


@pytest.mark.slow
def test_the_other_tests_raise_no_more_false_alarms_than_they_say() -> None:
    """At 5 %, 3,000 pairs of equal means: the exact test at most 5 %, z 4 to 6.5 % (0.4 points)."""
    random = np.random.default_rng(20260102)
    for mean in (12, 40):
        before, after = random.poisson(mean, 3000), random.poisson(mean, 3000)

        exact = (compare_pairs(before, after, 1.0, test="exact")["p"] < 0.05).mean()
        z = (compare_pairs(before, after, 1.0, test="z")["p"] < 0.05).mean()

        assert exact <= 0.05
        assert 0.04 <= z <= 0.065


@pytest.mark.slow
def test_areas_without_change_are_seldom_flagged() -> None:
    """120 pairs of years of 30 areas: an area flagged in at most 9 % of them (FDR 5 %), and the
    spread of z found beyond chance in 1 to 10 % (standard error 2 points)."""
    random = np.random.default_rng(7)
    flagged, spread = [], []
    for _year in range(120):
        mean = random.uniform(20, 120, 30)
        before, after = random.poisson(mean), random.poisson(mean)
        found = compare_areas(paired(before.tolist(), after.tolist()), test="z")
        flagged.append(found.n_rises + found.n_falls > 0)
        spread.append(found.dispersion.p <= 0.05)

    assert np.mean(flagged) <= 0.09
    assert 0.01 <= np.mean(spread) <= 0.1


@pytest.mark.parametrize(
    ("call", "error", "code"),
    [
        (lambda: compare_counts(-1, 3), TableError, "P200"),
        (lambda: compare_counts(1.5, 3), TableError, "P201"),  # type: ignore[arg-type]
        (lambda: compare_counts(1, 3, exposure_after=0), TableError, "P202"),
        (lambda: compare_counts(1, 3, exposure_before=0), TableError, "P202"),
        (lambda: poisson_fit([0, 0, 0]), ParameterError, "P203"),
        (lambda: compare_counts(1, 3, test="student"), ParameterError, "P207"),  # type: ignore[arg-type]
        (lambda: compare_counts(1, 3, alpha=0), ParameterError, "P208"),
        (lambda: compare_areas(paired([3], [4])), ParameterError, "P206"),
        (lambda: compare_areas(paired([0, 0], [4, 1])), ParameterError, "P206"),
        (lambda: compare_areas(paired([3, 2], [4, 1]), fdr=2), ParameterError, "P208"),
    ],
)
def test_what_cannot_be_compared_is_refused(call: Any, error: type, code: str) -> None:
    with pytest.raises(error) as caught:
        call()

    assert caught.value.code == code


# --- pairing --------------------------------------------------------------------------------------


def long_table() -> pd.DataFrame:
    rows = [("1", 2023, 10), ("1", 2024, 12), ("2", 2023, 5), ("2", 2024, 4), ("9", 2023, 7)]
    rows += [("11", 2024, 3), ("1", 2022, 9), ("2", 2022, 6), ("11", 2022, 1)]
    return pd.DataFrame(rows, columns=["poste", "annee", "nombre"])


COLUMNS = {"area": "poste", "period": "annee", "count": "nombre"}


def test_areas_that_lack_a_period_are_set_apart_and_named() -> None:
    pairs = pair_periods(long_table(), **COLUMNS, before=[2023], after=[2024])

    assert list(pairs.pairs["area"]) == ["1", "2"]
    assert pairs.only_before == ("9",)
    assert pairs.only_after == ("11",)
    assert "set-apart" in codes(pairs)


def test_an_area_must_exist_in_all_the_periods_of_a_group() -> None:
    pairs = pair_periods(long_table(), **COLUMNS, before=[2022, 2023], after=[2024])

    assert list(pairs.pairs["before"]) == [19, 11]
    assert list(pairs.pairs["exposure_before"]) == [2.0, 2.0]
    assert set(pairs.only_before) == {"9", "11"}
    assert "unequal-periods" in codes(pairs)


def test_a_partial_year_is_noticed() -> None:
    table = pd.DataFrame(
        [
            (area, year, month, 2)
            for area in "AB"
            for year in (2023, 2024)
            for month in range(1, 13)
        ],
        columns=["poste", "annee", "mois", "nombre"],
    )
    partial = table[(table["annee"] == 2023) | (table["mois"] <= 6)]
    ask = {**COLUMNS, "month": "mois", "before": [2023], "after": [2024]}

    assert "different-months" in codes(pair_periods(partial, **ask))
    assert not pair_periods(table, **ask).caveats


def test_exposures_are_read_from_the_table() -> None:
    table = long_table().assign(habitants=[100, 200, 100, 100, 5, 5, 90, 90, 5])

    pairs = pair_periods(table, **COLUMNS, exposure="habitants", before=[2023], after=[2024])
    areas = compare_areas(pairs, reference="none").areas

    assert list(areas["expected"]) == [20.0, 5.0]
    assert list(areas["ratio"]) == pytest.approx([0.6, 0.8])


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"before": [2023], "after": [2031]}, "P205"),
        ({"before": [2023], "after": [2023]}, "P205"),
        ({"before": [2023], "after": [2024], "area": "secteur"}, "P205"),
        ({"before": [2023], "after": [2024], "table": pd.concat([long_table()] * 2)}, "P204"),
        ({"before": [2023], "after": [2024], "table": long_table().iloc[4:6]}, "P206"),
        ({"before": [2023], "after": [2024], "table": long_table().assign(nombre=-1)}, "P200"),
    ],
)
def test_a_table_that_cannot_be_paired_is_refused(changed: dict[str, Any], code: str) -> None:
    asked: dict[str, Any] = {"table": long_table(), **COLUMNS} | changed

    with pytest.raises(ActesError) as caught:
        pair_periods(asked.pop("table"), **asked)

    assert caught.value.code == code


# --- areas ----------------------------------------------------------------------------------------


def test_expected_counts_add_up_to_the_observed_total() -> None:
    comparison = compare_areas(paired([10, 40, 100, 7], [14, 60, 120, 5]))

    assert comparison.areas["expected"].sum() == pytest.approx(199)
    assert comparison.reference_ratio == pytest.approx(199 / 157)
    assert comparison.overall.ratio == pytest.approx(199 / 157)


def test_an_area_that_follows_the_overall_change_is_not_flagged() -> None:
    """Doubled everywhere: no area stands out, though each alone has changed beyond doubt."""
    before = [100, 120, 140, 160, 180] * 3
    after = [2 * count for count in before]

    followed = compare_areas(paired(before, after))
    absolute = compare_areas(paired(before, after), reference="none")

    assert followed.n_rises == followed.n_falls == 0
    assert (followed.areas["p"] > 0.9).all()
    assert (absolute.areas["p"] < 1e-3).all()


def test_one_area_that_truly_changed_does_not_hide_behind_its_own_spread() -> None:
    random = np.random.default_rng(8)
    before, after = random.poisson(80, 30), random.poisson(80, 30)
    after[4] = 190

    comparison = compare_areas(paired(list(before), list(after)))

    assert comparison.dispersion.variance > 2
    assert comparison.dispersion.inflation < 1.6
    assert list(comparison.areas.loc[comparison.areas["flag"] == "rise", "area"]) == ["5"]


def test_overdispersed_areas_are_widened_and_it_is_said() -> None:
    random = np.random.default_rng(8)
    level = 200 * np.exp(random.normal(0, 0.3, 30))
    before, after = random.poisson(200, 30), random.poisson(level)

    comparison = compare_areas(paired(list(before), list(after)))
    areas = comparison.areas

    assert "overdispersed" in codes(comparison)
    assert comparison.dispersion.is_inflated
    assert (areas["z_inflated"].abs() <= areas["z"].abs()).all()
    assert comparison.n_beyond_poisson > comparison.n_rises + comparison.n_falls


def test_poisson_areas_are_left_alone() -> None:
    random = np.random.default_rng(2)
    comparison = compare_areas(paired(list(random.poisson(60, 40)), list(random.poisson(70, 40))))

    assert comparison.dispersion.inflation == 1
    assert comparison.dispersion.variance == pytest.approx(1, abs=0.5)
    assert (comparison.areas["p_inflated"] == comparison.areas["p"]).all()
    assert codes(comparison) == {"poisson-spread"}


def test_q_is_benjamini_and_hochberg_s() -> None:
    areas = compare_areas(paired([30, 50, 40, 10], [60, 50, 20, 11]), reference="none").areas
    p = areas["p"].sort_values()
    by_hand = (p * 4 / np.arange(1, 5))[::-1].cummin()[::-1].clip(upper=1)

    assert areas["q"].reindex(by_hand.index).tolist() == pytest.approx(by_hand.tolist())


def test_an_area_without_events_is_reported_not_dropped() -> None:
    comparison = compare_areas(paired([0, 12, 30, 25], [0, 10, 33, 24]))

    assert comparison.untestable == ("1",)
    assert comparison.n_tests == 3
    assert len(comparison.areas) == 4
    assert np.isnan(comparison.areas["q"].iloc[0])
    assert codes(comparison) >= {"untestable", "few-events", "dominant-area"}


def test_the_fan_s_contours_say_the_same_as_the_table() -> None:
    random = np.random.default_rng(4)
    before = random.poisson(100, 40)
    after = random.poisson(before * np.exp(random.normal(0, 0.4, 40)))
    comparison = compare_areas(paired(list(before), list(after)), threshold_z=2)
    fan, areas = fan_contours(comparison, n_points=4000), comparison.areas

    low = np.interp(areas["before"], fan["before"], fan["low"])
    high = np.interp(areas["before"], fan["before"], fan["high"])
    is_outside = (areas["after"] < low) | (areas["after"] > high)

    assert areas["is_beyond"].any()
    assert list(is_outside) == list(areas["is_beyond"])
    assert (fan["chance_low"] >= fan["low"]).all()


def test_a_fan_needs_one_exposure() -> None:
    pairs = paired([10, 20, 30], [12, 18, 31], exposure_after=[1.0, 2.0, 1.0])

    with pytest.raises(ParameterError, match="P209"):
        fan_contours(compare_areas(pairs))


# --- spread, fit, power ---------------------------------------------------------------------------


def test_few_areas_are_never_inflated() -> None:
    dispersion = dispersion_of_changes([9.0, -9.0, 8.0, -8.0])

    assert dispersion.inflation == 1
    assert dispersion.p < 0.001


def test_frequencies_of_z_cover_all_the_areas() -> None:
    table = score_frequencies([-3.5, -0.2, 0.1, 0.4, 2.5, float("nan")])

    assert table["observed"].tolist() == [1, 0, 0, 1, 2, 0, 1, 0]
    assert table["expected"].sum() == pytest.approx(5)


@pytest.mark.parametrize("mean", [0.7, 3, 60])
def test_a_poisson_fit_accounts_for_every_count(mean: float) -> None:
    counts = np.random.default_rng(5).poisson(mean, 400)

    fit = poisson_fit(counts)

    assert fit.table["observed"].sum() == 400
    assert fit.table["expected"].sum() == pytest.approx(400)
    assert fit.p > 0.01
    assert (fit.table["low"].iloc[1:].to_numpy() == fit.table["high"].iloc[:-1] + 1).all()


def test_montreal_s_homicides_vary_more_than_poisson() -> None:
    source = SPVM / "spvm_criminalite_mensuelle_2015_2024.csv"
    if not source.exists():
        pytest.skip("../shared is not here: the monthly figures are read from it")
    table = pd.read_csv(source)

    fit = poisson_fit(table.loc[table["infraction"] == "Homicides", "nombre"])

    assert (fit.n, fit.mean) == (120, pytest.approx(2.475))
    assert fit.variance == pytest.approx(3.8817, abs=1e-4)
    assert fit.statistic == pytest.approx(186.636, abs=1e-3)
    assert fit.p == pytest.approx(7e-5, abs=1e-5)


def test_break_ins_2023_to_2024_exceed_chance_but_not_ordinary_variation() -> None:
    source = SPVM / "spvm_criminalite_pdq_2015_2024.csv"
    if not source.exists():
        pytest.skip("../shared is not here: the figures by station are read from it")
    table = pd.read_csv(source, dtype={"pdq": str})
    table = table[table["infraction"] == "Introductions par effraction"]

    comparison = compare_areas(
        pair_periods(table, area="pdq", period="annee", count="nombre", before=[2023], after=[2024])
    )

    assert (comparison.overall.before, comparison.overall.after) == (6546, 6362)
    assert comparison.n_tests == 31
    assert comparison.dispersion.variance == pytest.approx(3.508, abs=1e-3)
    assert comparison.n_beyond_poisson == 4
    assert comparison.n_rises == comparison.n_falls == 0


@pytest.mark.parametrize("before", [20, 150])
def test_the_smallest_detectable_change_is_detected_four_times_in_five(before: int) -> None:
    random = np.random.default_rng(6)
    change = minimum_detectable_change(before)
    assert change.fall is not None

    for mean in (change.rise, change.fall):
        pairs = random.poisson(before, 4000), random.poisson(mean, 4000)
        power = (compare_pairs(*pairs, 1.0, test="z")["p"] < 0.05).mean()
        assert power == pytest.approx(0.8, abs=0.05)


def test_no_fall_can_be_detected_from_a_handful() -> None:
    change = minimum_detectable_change(3)

    assert change.fall is None
    assert np.isnan(change.fall_share)
    assert change.rise_share > 2


# --- another file, by its descriptor alone ------------------------------------------------------

FIRES = """\
name: incendies
title: Incendies d'essai
path: incendies.csv
format: csv
dialect: {delimiter: ";"}
schema:
  fields:
    - {name: caserne, type: string}
    - {name: mois, type: yearmonth}
    - {name: sorte, type: string}
    - {name: interventions, type: integer}
roles: {area: caserne, date: mois, group: sorte, count: interventions}
sources: [{title: essai}]
sensitivity: open
tlp: CLEAR
disclosure: {min_cell: 0}
"""


@pytest.mark.slow
def test_the_study_runs_on_monthly_figures_with_other_names(tmp_path: Path) -> None:
    random = np.random.default_rng(4)
    lines = ["caserne;mois;sorte;interventions"]
    for station in range(12):
        for year, mean in ((2019, 8), (2021, 8 if station else 20)):
            lines += [f"C{station};{year}-{m:02};Feu;{random.poisson(mean)}" for m in range(1, 13)]
    root = make_workspace(
        tmp_path / "w", "comparer-comptes", {"incendies": (FIRES, "\n".join(lines) + "\n")}
    )

    words = ("infraction=Feu", "annee_avant=2019", "annee_apres=2021", "nom_territoire=caserne")
    asked = [word for pair in (("-p", word) for word in words) for word in pair]
    declared = run_study(root, "comparer-comptes", "--data", "incendies", *asked)

    assert declared["n-tests"]["value"] == 12
    assert declared["hausses"]["value"] == "caserne C0"
    assert {"dit", "reserves"} <= declared.keys()

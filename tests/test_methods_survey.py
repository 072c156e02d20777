"""A weighted sample gives what its design allows, and codes are never taken for opinions."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text
from tiny_workspace import make_workspace, run_study

from actes import cli
from actes.errors import ActesError, ParameterError, TableError
from actes.methods.charts.survey import area_chart, likert_chart, wave_chart
from actes.methods.references import Reference
from actes.methods.references.survey import REFERENCES
from actes.methods.style import to_svg
from actes.methods.survey import (
    Scale,
    Survey,
    SurveyDesign,
    compare_areas,
    compare_waves,
    cronbach_alpha,
    difference,
    estimate_items,
    level_shares,
    mean,
    prepare_survey,
    rake_weights,
    rao_scott,
    share,
    trim_weights,
)


def answers(
    n: int = 240, *, waves: tuple[int, ...] = (2023, 2025), lift: float = 0.0, seed: int = 1
) -> pd.DataFrame:
    """Two questions, four areas that are strata, six clusters in each."""
    random = np.random.default_rng(seed)
    frames = []
    for place, wave in enumerate(waves):
        unit = np.arange(n)
        area = unit % 4
        cluster = (unit // 4) % 6
        for question in ("Confiance", "Respect"):
            opinion = random.normal(3.2 + lift * place, 1.1, n)
            frames.append(
                pd.DataFrame(
                    {
                        "unit": unit + 10_000 * place,
                        "question": question,
                        "answer": np.clip(np.round(opinion), 1, 5),
                        "weight": 50.0 + unit % 7,
                        "stratum": area,
                        "cluster": cluster,
                        "wave": wave,
                        "area": [f"S{k}" for k in area],
                    }
                )
            )
    return pd.concat(frames, ignore_index=True)


def survey(table: pd.DataFrame | None = None, **choices: Any) -> Survey:
    return prepare_survey(answers() if table is None else table, Scale(), **choices)


def codes(result: Any) -> set[str]:
    return {caveat.code for caveat in result.caveats}


@pytest.mark.parametrize(
    "reference",
    [reference for reference in REFERENCES if "apiclus1" not in reference.needs],
    ids=lambda reference: reference.quantity,
)
def test_a_published_value_is_found_again(reference: Reference) -> None:
    if reference.obtained() is None:
        pytest.skip(f"the data are not here: {reference.needs}")
    assert reference.obtained() == pytest.approx(reference.published, abs=reference.tolerance)


# --- linearisation ------------------------------------------------------------------------------


def test_the_variance_is_that_of_taylor_on_a_worked_example() -> None:
    """A ratio's variance by the gradient of its two totals, written out by hand."""
    y = np.array([3.0, 5.0, 4.0, 8.0, 1.0, 2.0, 2.0, 6.0, 7.0])
    w = np.array([2.0, 3.0, 1.0, 2.0, 4.0, 1.0, 1.0, 2.0, 5.0])
    stratum = np.array([1, 1, 1, 1, 2, 2, 2, 2, 2])
    cluster = np.array([1, 1, 2, 2, 1, 1, 2, 3, 3])
    totals = {
        (1, 1): (2 * 3 + 3 * 5, 5),
        (1, 2): (1 * 4 + 2 * 8, 3),
        (2, 1): (4 * 1 + 1 * 2, 5),
        (2, 2): (1 * 2, 1),
        (2, 3): (2 * 6 + 5 * 7, 7),
    }
    covariance = np.zeros((2, 2))
    for h, n_h in ((1, 2), (2, 3)):
        z = np.array([total for (s, _c), total in totals.items() if s == h], dtype=float)
        covariance += n_h * np.cov(z.T, ddof=1)
    total_y, total_w = np.sum(list(totals.values()), axis=0)
    gradient = np.array([1 / total_w, -total_y / total_w**2])
    design = SurveyDesign.build(w, strata=stratum, clusters=cluster)
    estimate = mean(design, y)

    assert estimate.value == pytest.approx(total_y / total_w)
    assert estimate.se**2 == pytest.approx(float(gradient @ covariance @ gradient))
    assert estimate.dof == 5 - 2


def test_a_simple_random_sample_gives_the_classical_error() -> None:
    y = np.random.default_rng(3).normal(10, 2, 50)
    estimate = mean(SurveyDesign.build(np.full(50, 7.0)), y)

    assert estimate.se == pytest.approx(y.std(ddof=1) / np.sqrt(50))
    assert estimate.deff == pytest.approx(1)
    assert estimate.dof == 49


def test_answers_alike_within_clusters_are_worth_fewer() -> None:
    y = np.repeat(np.random.default_rng(3).normal(10, 2, 20), 5)
    estimate = mean(SurveyDesign.build(np.ones(100), clusters=np.repeat(np.arange(20), 5)), y)

    assert estimate.deff == pytest.approx(5, rel=0.1)


def test_a_cluster_name_used_in_two_strata_is_two_clusters() -> None:
    design = SurveyDesign.build(
        np.ones(8), strata=[1, 1, 1, 1, 2, 2, 2, 2], clusters=[1, 1, 2, 2] * 2
    )

    assert (design.n_clusters, design.n_strata, design.dof()) == (4, 2, 2)


def test_a_domain_is_not_a_smaller_sample() -> None:
    table = answers()
    rows = table[(table["question"] == "Respect") & (table["wave"] == 2025)]
    weights, clusters = (
        rows["weight"].to_numpy(),
        rows["cluster"].to_numpy(),
    )
    y, inside = rows["answer"].to_numpy(), (rows["unit"] % 3 == 0).to_numpy()
    whole = SurveyDesign.build(weights, clusters=clusters)
    part = SurveyDesign.build(weights[inside], clusters=clusters[inside])
    by_domain, by_subset = mean(whole, y, domain=inside), mean(part, y[inside])

    assert by_domain.value == pytest.approx(by_subset.value)
    assert by_domain.n == by_subset.n
    lonely = inside & (np.arange(len(y)) < 12)
    assert mean(whole, y, domain=lonely).dof == whole.dof()


def test_the_interval_of_a_share_stays_between_none_and_all() -> None:
    design = SurveyDesign.build(np.ones(40))
    few = share(design, np.r_[1.0, np.zeros(39)])
    none, every = share(design, np.zeros(40)), share(design, np.ones(40))

    assert 0 < few.low < few.value < few.high < 1
    assert (none.low, every.high) == (0, 1)
    assert none.high == pytest.approx(1 - 0.025 ** (1 / 40))
    assert every.low == pytest.approx(0.025 ** (1 / 40))


def test_two_waves_of_the_same_clusters_are_not_independent() -> None:
    random = np.random.default_rng(5)
    level = np.repeat(random.normal(0, 3, 30), 4)
    y = np.r_[level, level + 1] + random.normal(0, 0.5, 240)
    first = np.arange(240) < 120
    clusters = np.tile(np.repeat(np.arange(30), 4), 2)
    panel = difference(
        SurveyDesign.build(np.ones(240), clusters=clusters), y, first=first, second=~first
    )
    apart = difference(
        SurveyDesign.build(np.ones(240), clusters=clusters + 100 * first),
        y,
        first=first,
        second=~first,
    )

    assert panel.value == apart.value == pytest.approx(1, abs=0.2)
    assert panel.se < 0.2 * apart.se
    assert panel.p < 1e-6 < apart.p


def test_without_design_rao_and_scott_is_pearson() -> None:
    random = np.random.default_rng(4)
    rows, columns = random.integers(0, 2, 900).astype(float), random.integers(0, 4, 900)
    test = rao_scott(SurveyDesign.build(np.ones(900)), rows, columns)

    assert test.dof == pytest.approx(3, abs=0.02)
    assert 3 * test.f == pytest.approx(test.pearson, rel=0.02)
    assert np.isnan(rao_scott(SurveyDesign.build(np.ones(3)), np.zeros(3), np.arange(3)).p)


@pytest.mark.slow
def test_nothing_is_found_where_there_is_nothing() -> None:
    """Clustered opinions without any effect: 5 % of false alarms, ± 2.5 points in 600 draws."""
    random = np.random.default_rng(20260101)
    clusters = np.repeat(np.arange(40), 8)
    area, second = clusters % 4, clusters % 2 == 1
    alarms = np.zeros(2)
    for _draw in range(600):
        weights = random.uniform(1, 3, 320)
        y = (random.normal(0, 1, 40)[clusters] + random.normal(0, 1, 320) > 0).astype(float)
        design = SurveyDesign.build(weights, clusters=clusters)
        alarms[0] += rao_scott(design, y, area).p < 0.05
        alarms[1] += difference(design, y, first=~second, second=second).p < 0.05

    assert alarms / 600 == pytest.approx([0.05, 0.05], abs=0.025)


# --- weights ------------------------------------------------------------------------------------


def test_heavy_weights_are_cut_and_the_total_kept() -> None:
    weights, n = trim_weights(np.array([1.0, 1, 1, 1, 1, 100]), cap=5)

    assert n == 1
    assert weights.sum() == pytest.approx(105)
    assert weights[-1] / weights[0] == pytest.approx(5)


def test_raking_gives_the_margins_of_the_population() -> None:
    random = np.random.default_rng(6)
    sex, age = random.choice(["f", "h"], 200, p=[0.7, 0.3]), random.integers(1, 4, 200)
    margins: dict[str, dict[object, float]] = {
        "sexe": {"f": 510.0, "h": 490.0},
        "age": {1: 300.0, 2: 300.0, 3: 400.0},
    }
    weights = rake_weights(np.ones(200), margins, {"sexe": sex, "age": age})

    assert weights[sex == "f"].sum() == pytest.approx(510)
    assert [weights[age == k].sum() for k in (1, 2, 3)] == pytest.approx([300, 300, 400])
    assert weights.min() > 0


@pytest.mark.parametrize(
    "margins",
    [
        {"sexe": {"f": 10.0, "h": 10.0}, "age": {1: 15.0, 2: 15.0}},
        {"sexe": {"f": 10.0}, "age": {1: 5.0, 2: 5.0}},
        {"sexe": {"f": 10.0, "h": 10.0}, "age": {1: 15.0, 2: 5.0}},
    ],
)
def test_margins_that_cannot_hold_are_refused(margins: Any) -> None:
    people = {"sexe": np.array(["f", "f", "h"]), "age": np.array([1, 1, 2])}
    with pytest.raises(ParameterError) as caught:
        rake_weights(np.ones(3), margins, people)

    assert caught.value.code == "P378"


# --- answers ------------------------------------------------------------------------------------


def test_a_dont_know_code_moves_no_mean() -> None:
    table = answers()
    before = estimate_items(survey(table), wave=2025).items
    extra = table[(table["wave"] == 2025) & (table["unit"] == 10_003)]
    table.loc[extra.index, "answer"] = 99
    after = estimate_items(survey(table), wave=2025).items

    assert (after["n"] == before["n"] - 1).all()
    assert (after["mean"] - before["mean"]).abs().max() < 0.02


def test_answers_and_silences_add_up() -> None:
    table = answers()
    table["answer"] = table["answer"].astype("Int64")
    table.loc[:9, "answer"] = 8
    table.loc[10:14, "answer"] = pd.NA
    missing = survey(table).missing.set_index("question")

    assert missing.loc["Confiance", ["n", "n_answers", "n_dont_know", "n_missing"]].tolist() == [
        480,
        465,
        10,
        5,
    ]


def test_the_direction_of_the_scale_is_that_of_the_questionnaire() -> None:
    table = answers()
    table["answer"] = 6 - table["answer"]
    usual = estimate_items(survey(), wave=2025).items
    reversed_scale = prepare_survey(table, Scale(favourable_is_high=False))

    pd.testing.assert_frame_equal(usual, estimate_items(reversed_scale, wave=2025).items)


def test_the_levels_add_up() -> None:
    shares = level_shares(survey(), wave=2025)
    top = estimate_items(survey(), wave=2025).items["share"]

    assert shares[["1", "2", "3", "4", "5"]].sum(axis=1).tolist() == pytest.approx([1, 1])
    assert (shares["4"] + shares["5"]).tolist() == pytest.approx(top.tolist())


def changed(**columns: Any) -> pd.DataFrame:
    return answers().assign(**columns)


def with_cell(column: str, value: Any) -> pd.DataFrame:
    table = answers().astype({column: object})
    table.loc[0, column] = value
    return table


@pytest.mark.parametrize(
    ("code", "table", "scale"),
    [
        ("P370", answers(), Scale(low=5, high=5)),
        ("P370", answers(), Scale(dont_know=(5,))),
        ("P370", answers(), Scale(top=5)),
        ("P371", changed(weight=0.0), Scale()),
        ("P372", with_cell("answer", 77), Scale()),
        ("P372", with_cell("answer", 2.5), Scale()),
        ("P373", with_cell("weight", 51.5), Scale()),
        ("P374", pd.concat([answers(), answers().iloc[:1]]), Scale()),
        ("P375", with_cell("stratum", None), Scale()),
        ("P376", changed(cluster=1, stratum=1), Scale()),
    ],
)
def test_answers_that_cannot_be_read_are_refused(
    code: str, table: pd.DataFrame, scale: Scale
) -> None:
    with pytest.raises(ActesError) as caught:
        prepare_survey(table, scale)

    assert caught.value.code == code
    assert "77" not in str(caught.value)


def test_an_unknown_stratum_is_refused_by_the_design_too() -> None:
    with pytest.raises(TableError) as caught:
        SurveyDesign.build(np.ones(3), strata=[1, None, 2])

    assert caught.value.code == "P375"


def test_a_single_wave_has_not_changed() -> None:
    with pytest.raises(ParameterError) as caught:
        compare_waves(survey(answers(waves=(2025,))))

    assert caught.value.code == "P377"


@pytest.mark.parametrize(
    "compare",
    [
        lambda result: estimate_items(result, wave=2025, min_n=500),
        lambda result: compare_waves(result, min_n=500),
        lambda result: compare_areas(result, "Respect", wave=2025, min_n=100),
    ],
)
def test_nothing_is_estimated_from_a_handful(compare: Any) -> None:
    with pytest.raises(ParameterError) as caught:
        compare(survey())

    assert caught.value.code == "P379"


# --- reserves -----------------------------------------------------------------------------------


def heavy() -> pd.DataFrame:
    table = answers()
    return table.assign(weight=np.where(table["unit"] == 3, 5000.0, table["weight"]))


def silent() -> pd.DataFrame:
    table = answers()
    table.loc[table["unit"] % 3 == 0, "answer"] = 9
    return table


def in_one_wave() -> pd.DataFrame:
    table = answers()
    return table[(table["question"] == "Respect") | (table["wave"] == 2025)]


@pytest.mark.parametrize(
    ("code", "table"),
    [
        ("equal-weights", changed(weight=1.0)),
        ("trimmed-weights", heavy()),
        ("silence", silent()),
        ("not-in-every-wave", in_one_wave()),
        (
            "lonely-cluster",
            changed(stratum=lambda t: np.where(t["cluster"] == 0, 99, t["stratum"])),
        ),
        ("few-clusters", changed(cluster=lambda t: t["cluster"] % 2)),
    ],
)
def test_a_trap_is_said_aloud(code: str, table: pd.DataFrame) -> None:
    assert codes(survey(table)) == {code}


@pytest.mark.parametrize(
    ("missing", "code"),
    [
        (["stratum", "cluster"], "simple-random"),
        (["cluster"], "no-cluster"),
        (["stratum"], "no-stratum"),
        (["weight"], "no-weight"),
    ],
)
def test_what_is_assumed_of_a_survey_without_design_is_said(missing: list[str], code: str) -> None:
    assert code in codes(survey(answers().drop(columns=missing)))


def test_without_design_a_share_is_that_of_a_simple_random_sample() -> None:
    plain = answers(waves=(2025,))[["unit", "question", "answer"]]
    found = estimate_items(survey(plain), wave=survey(plain).waves[0]).items.set_index("question")
    rows = plain[plain["question"] == "Respect"]
    top = (rows["answer"] >= 4).mean()

    assert found.loc["Respect", "share"] == pytest.approx(top)
    assert found.loc["Respect", "se"] == pytest.approx(np.sqrt(top * (1 - top) / (len(rows) - 1)))
    assert found.loc["Respect", "deff"] == pytest.approx(1)


def test_areas_are_compared_only_where_there_are_several() -> None:
    alone = survey(answers().drop(columns="area"))

    with pytest.raises(ParameterError) as caught:
        compare_areas(alone, "Respect", wave=2025)

    assert caught.value.code == "P441"


def test_a_sound_survey_draws_no_alarm() -> None:
    assert not codes(survey())
    assert not codes(estimate_items(survey(), wave=2025))


def test_a_small_area_is_left_without_an_estimate() -> None:
    table = answers()
    table.loc[(table["area"] == "S0") & (table["unit"] % 24 > 0), "area"] = "S1"
    result = compare_areas(survey(table), "Respect", wave=2025)
    areas = result.areas.set_index("area")

    assert codes(result) == {"small-group"}
    assert areas.loc["S0", "n"] < 30
    assert areas.loc["S0", ["share", "p", "q"]].isna().all()
    assert result.n_tests == 3


# --- comparisons --------------------------------------------------------------------------------


def test_a_change_between_waves_is_found() -> None:
    result = compare_waves(survey(answers(lift=0.8)))

    assert (result.first, result.second) == (2023, 2025)
    assert (result.changes["difference"] > 0.15).all()
    assert (result.changes["q"] < 0.01).all()
    assert (result.changes["q"] >= result.changes["p"]).all()


def test_waves_are_in_the_order_of_time_even_as_text() -> None:
    table = answers(waves=(9, 10)).astype({"wave": str})

    assert survey(table).waves == ("9", "10")


def test_an_area_below_the_others_is_found() -> None:
    table = answers()
    is_low = table["area"] == "S2"
    table.loc[is_low, "answer"] = (table.loc[is_low, "answer"] - 1).clip(lower=1)
    result = compare_areas(survey(table), "Confiance", wave=2025)
    areas = result.areas.set_index("area")

    assert result.test.p < 0.01
    assert areas["q"].idxmin() == "S2"
    assert areas.loc["S2", "difference"] < 0
    assert areas["n"].sum() == result.overall.n


def test_alpha_of_two_questions_is_that_of_spearman_and_brown() -> None:
    random = np.random.default_rng(9)
    common = random.normal(0, 1, 500)
    items = np.column_stack([common + random.normal(0, 1, 500) for _item in range(2)])
    items = items / items.std(axis=0)
    r = np.corrcoef(items.T)[0, 1]

    assert cronbach_alpha(items, np.ones(500)).alpha == pytest.approx(2 * r / (1 + r), abs=1e-3)
    assert np.isnan(cronbach_alpha(items[:, :1], np.ones(500)).alpha)
    items[0, 0] = np.nan
    assert cronbach_alpha(items, np.ones(500)).n == 499


# --- figures and notebook -----------------------------------------------------------------------


def figures() -> dict[str, Any]:
    result = survey(answers(lift=0.5))
    return {
        "likert": lambda: likert_chart(
            level_shares(result, wave=2025),
            result.scale,
            low_label="pas d'accord",
            high_label="d'accord",
        ),
        "areas": lambda: area_chart(
            compare_areas(result, "Respect", wave=2025), x_label="part favorable"
        ),
        "waves": lambda: wave_chart(compare_waves(result), x_label="part favorable"),
    }


@pytest.mark.parametrize("name", ["likert", "areas", "waves"])
def test_a_figure_can_be_read(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACTES_LANG", "fr")
    figure, data = figures()[name]()
    again, _data = figures()[name]()
    found: list[Any] = figure.findobj(Text)
    texts = [text for text in found if text.get_visible() and text.get_text().strip()]
    written = [text.get_window_extent() for text in figure.axes[0].texts]

    assert to_svg(figure) == to_svg(again)
    assert len(data) == (4 if name == "areas" else 2)
    assert min(text.get_fontsize() for text in texts) >= 9
    assert any("\u202f%" in text.get_text() for text in texts)
    assert all(box.x0 > -1 and box.x1 < figure.bbox.width + 1 for box in written)
    for place, box in enumerate(written):
        assert not any(box.shrunk(0.9, 0.9).overlaps(other) for other in written[:place])


@pytest.mark.slow
def test_the_smallest_visible_change_is_seen_four_times_in_five() -> None:
    """1,500 pairs of waves that differ by just that: found in 77 to 83 % (standard error 1)."""
    random = np.random.default_rng(12)
    half = np.arange(800) < 400
    design = SurveyDesign.build(np.ones(800))
    null = (np.arange(800) % 2).astype(float)
    gap = difference(design, null, first=half, second=~half).detectable()
    found = 0
    for _draw in range(1500):
        chance = np.where(half, 0.5 - gap / 2, 0.5 + gap / 2)
        values = (random.random(800) < chance).astype(float)
        found += difference(design, values, first=half, second=~half).p <= 0.05

    assert 0.77 <= found / 1500 <= 0.83


PLAIN = """\
name: opinions
title: Opinions, essai
path: opinions.csv
schema:
  fields:
    - {name: qui, type: integer, constraints: {required: true}}
    - {name: enonce, type: string, constraints: {required: true}}
    - {name: note, type: integer}
roles: {unit: qui, group: enonce, answer: note}
sources: [{title: Essais d’Actes}]
licenses: [{name: CC0-1.0}]
sensitivity: open
tlp: CLEAR
disclosure: {min_cell: 5}
"""


def test_a_survey_of_answers_only_runs_and_says_what_it_assumes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    random = np.random.default_rng(3)
    rows = [f"{n},{item},{random.integers(1, 6)}" for n in range(90) for item in ("Un", "Deux")]
    table = "\n".join(["qui,enonce,note", *rows]) + "\n"
    root = make_workspace(tmp_path / "w", "sondage-citoyens", {"opinions": (PLAIN, table)})
    words = ("--data", "opinions", "-p", "question=Un")

    shown = run_study(root, "sondage-citoyens", *words, "-p", "comparaison=aucune")
    with contextlib.chdir(root):
        refused = cli.run(["run", "sondage-citoyens", *words])

    reserves = " ".join(row[0] for row in shown["reserves"]["rows"])
    assert "sondage aléatoire simple" in reserves
    assert "pas de poids" in reserves
    assert shown["n-repondants"]["value"] == 90
    assert refused != 0
    assert "qu’une vague" in capsys.readouterr().err


DESCRIPTOR = """\
name: avis
title: Avis, essai
path: avis.csv
schema:
  fields:
    - {name: passation, type: string, constraints: {required: true}}
    - {name: id, type: integer, constraints: {required: true}}
    - {name: quartier, type: string, constraints: {required: true}}
    - {name: tirage, type: integer, constraints: {required: true}}
    - {name: unique, type: integer, constraints: {required: true}}
    - {name: pond, type: number, constraints: {required: true, minimum: 0.01}}
    - {name: item, type: string, constraints: {required: true}}
    - {name: note, type: integer}
  primaryKey: [passation, id, item]
roles:
  wave: passation
  unit: id
  area: quartier
  stratum: unique
  cluster: tirage
  weight: pond
  group: item
  answer: note
sources: [{title: Essais d’Actes}]
licenses: [{name: CC0-1.0}]
sensitivity: open
tlp: CLEAR
disclosure: {min_cell: 5}
"""


@pytest.mark.slow
def test_another_survey_without_clusters_runs_by_its_descriptor(tmp_path: Path) -> None:
    random = np.random.default_rng(2)
    rows = [
        f"{wave},{person},Q{person % 3},{person},1,{1 + person % 4},{item},{random.integers(11)}"
        for wave in ("printemps", "automne")
        for person in range(120)
        for item in ("Accueil", "Écoute")
    ]
    table = "\n".join(["passation,id,quartier,tirage,unique,pond,item,note", *rows]) + "\n"
    root = make_workspace(tmp_path / "w", "sondage-citoyens", {"avis": (DESCRIPTOR, table)})
    shown = run_study(
        root,
        "sondage-citoyens",
        *("-p", "donnees=avis", "-p", "question=Accueil", "-p", "comparaison=secteur"),
        *("-p", "echelle_min=0", "-p", "echelle_max=10", "-p", "codes_nsp=[98, 99]"),
        *("-p", "top_box=3", "-p", "mot_bas=0", "-p", "mot_haut=10"),
    )

    assert shown["n-repondants"]["value"] == 120
    assert 0.1 < shown["part-favorable"]["value"] < 0.45
    assert len(shown["comparaison"]["rows"]) == 3

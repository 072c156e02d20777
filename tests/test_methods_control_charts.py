"""A series is watched as published, and what would make its signals worthless is said."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from conftest import REPOSITORY
from ruptures import Dynp

from actes import cli
from actes.errors import ParameterError, TableError
from actes.methods.charts.control_charts import break_chart, control_chart_figure
from actes.methods.control_charts import (
    ChartChoices,
    control_chart,
    does_not_say,
    find_break,
    monthly_counts,
    rule_label,
    says,
)
from actes.methods.control_charts.limits import (
    ewma,
    individuals_baseline,
    poisson_baseline,
    residual_baseline,
    tabular_cusum,
)
from actes.methods.control_charts.rules import broken_rules
from actes.methods.interrupted import days_per_period
from actes.methods.references import Reference
from actes.methods.references.control_charts import REFERENCES
from actes.methods.style import to_svg

KINDS = ("individuals", "residuals", "c", "u", "cusum", "ewma")


def monthly(values: Any, start: str = "2010-01") -> pd.Series:
    return pd.Series(values, index=pd.period_range(start, periods=len(values), freq="M"))


def poisson(mean: float, n: int = 84, seed: int = 11) -> pd.Series:
    return monthly(np.random.default_rng(seed).poisson(mean, n))


def codes(caveats: Any) -> set[str]:
    return {caveat.code for caveat in caveats}


@pytest.mark.parametrize("reference", REFERENCES, ids=lambda reference: reference.quantity)
def test_a_published_value_is_found_again(reference: Reference) -> None:
    assert reference.obtained() == pytest.approx(reference.published, abs=reference.tolerance)


# --- limits -----------------------------------------------------------------------------------


def test_counts_follow_their_exposure() -> None:
    exposure = np.array([31.0, 28, 31, 30] * 6)
    values = np.array([31.0, 28, 31, 30] * 6)

    base = poisson_baseline(values, exposure, 24)

    assert base.z == pytest.approx(np.zeros(24))
    assert list(base.centre[:4]) == pytest.approx([31, 28, 31, 30])
    assert (base.high[0] - base.centre[0]) == pytest.approx(3 * 31**0.5)


def test_a_reference_that_varies_beyond_poisson_widens_the_limits() -> None:
    random = np.random.default_rng(2)
    calm, wild = random.poisson(40, 60), random.poisson(random.gamma(4, 10, 60))

    assert poisson_baseline(calm.astype(float), np.ones(60), 60).inflation[0] == 1
    assert poisson_baseline(wild.astype(float), np.ones(60), 60).inflation[0] > 3


def test_a_lower_limit_of_counts_is_never_negative() -> None:
    base = poisson_baseline(np.array([2.0, 3, 1, 2] * 6), np.ones(24), 24)

    assert (base.low == 0).all()


def test_many_series_at_once_give_what_each_gives_alone() -> None:
    values = np.random.default_rng(3).poisson(20, (4, 50)).astype(float)
    together = [
        poisson_baseline(values, np.ones(50), 24).z,
        individuals_baseline(values, 24).z,
        residual_baseline(values, 24).z,
    ]
    alone = [
        np.array([poisson_baseline(row, np.ones(50), 24).z for row in values]),
        np.array([individuals_baseline(row, 24).z for row in values]),
        np.array([residual_baseline(row, 24).z for row in values]),
    ]

    for one, other in zip(together, alone, strict=True):
        assert one == pytest.approx(other)


def test_residuals_of_an_autoregression_have_no_memory() -> None:
    random = np.random.default_rng(5)
    series = np.zeros(400)
    for t in range(1, 400):
        series[t] = 0.7 * series[t - 1] + random.normal()

    base = residual_baseline(series + 50, 60)

    z = base.z[1:]
    assert abs(np.corrcoef(z[1:], z[:-1])[0, 1]) < 0.2
    assert z.std() == pytest.approx(1, abs=0.2)


def test_a_cusum_adds_what_exceeds_the_allowance() -> None:
    up, down = tabular_cusum(np.array([1.0, 1, 1, -3, 0]), k=0.5)

    assert list(up) == [0.5, 1, 1.5, 0, 0]
    assert list(down) == [0, 0, 0, 2.5, 2]


def test_a_moving_average_of_weight_one_is_the_series() -> None:
    z = np.array([1.0, -2, 3])
    average, sigma = ewma(z, weight=1)

    assert list(average) == list(z)
    assert list(sigma) == [1, 1, 1]
    assert ewma(np.ones(50), weight=0.2)[0][-1] == pytest.approx(1, abs=1e-4)


# --- rules ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("rule", "z", "at"),
    [
        (1, [0, 2.9, -3.1, 0], [2]),
        (2, [1] * 8 + [-1], []),
        (2, [-0.1] * 9, [8]),
        (3, [0, 1, 2, 3, 4, 5], [5]),
        (3, [5, 4, 3, 2, 1, 1], []),
        (4, [0, 1] * 7, [13]),
        (4, [0, 1] * 6 + [0], []),
    ],
)
def test_a_rule_is_broken_at_the_last_period_of_its_run(
    rule: int, z: list[float], at: list[int]
) -> None:
    found = broken_rules(np.array(z, dtype=float))[rule]

    assert list(np.flatnonzero(found)) == at


def test_every_rule_has_a_name() -> None:
    assert len({rule_label(rule) for rule in range(5)}) == 5


# --- the chart --------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_series_that_doubled_gives_a_signal(kind: Any) -> None:
    random = np.random.default_rng(4)
    series = monthly(np.concatenate([random.poisson(30, 48), random.poisson(75, 24)]))

    chart = control_chart(series, ChartChoices(kind=kind), exposure=days_per_period(series.index))

    assert chart.periods.loc["2014-01":"2014-02", "is_signal"].any()
    assert chart.first_signal is not None
    assert chart.n_watched == 48
    assert chart.n_signals > chart.expected_signals


@pytest.mark.parametrize("kind", KINDS)
def test_the_same_seed_gives_the_same_false_alarms(kind: Any) -> None:
    charts = [control_chart(poisson(20), ChartChoices(kind=kind)) for _time in range(2)]

    assert charts[0].expected_signals == charts[1].expected_signals
    assert 0 < charts[0].p_any_signal <= 1


def test_more_rules_make_more_false_alarms() -> None:
    one = control_chart(poisson(20), ChartChoices(rules=(1,)))
    four = control_chart(poisson(20), ChartChoices())

    assert one.expected_signals < four.expected_signals


@pytest.mark.slow
@pytest.mark.parametrize(("rules", "known"), [((1,), 370.4)])
def test_known_limits_give_the_published_run_length(rules: tuple[int, ...], known: float) -> None:
    """Shewhart's limits: one false alarm in 370 periods, 400,000 draws, within 8 %."""
    z = np.random.default_rng(1).normal(size=(400, 1000))

    share = np.any(list(broken_rules(z, rules).values()), axis=0).mean()

    assert 1 / share == pytest.approx(known, rel=0.08)


@pytest.mark.slow
def test_the_cusum_has_the_published_run_length() -> None:
    """k 0.5, h 5: 465 periods before a false alarm (Montgomery), 3,000 series, within 5 %."""
    z = np.random.default_rng(6).normal(size=(3000, 4000))
    up, down = tabular_cusum(z, k=0.5)
    beyond = (up > 5) | (down > 5)

    lengths = np.where(beyond.any(axis=1), beyond.argmax(axis=1) + 1, 4000)

    assert lengths.mean() == pytest.approx(465, rel=0.05)


@pytest.mark.slow
def test_the_announced_false_alarms_are_those_of_series_without_change() -> None:
    """200 Poisson series of 84 months: mean signals within 0.4 of what each chart announces."""
    charts = [control_chart(poisson(20, seed=seed), ChartChoices(seed=1)) for seed in range(200)]

    found = np.mean([chart.n_signals for chart in charts])
    announced = np.mean([chart.expected_signals for chart in charts])
    assert found == pytest.approx(announced, abs=0.4)


# --- the change of level ----------------------------------------------------------------------


def test_the_permutations_look_for_what_ruptures_finds() -> None:
    random = np.random.default_rng(9)
    for _draw in range(20):
        series = random.poisson(10, 40).astype(float)
        found = find_break(series, min_size=3, n_permutations=99)
        whole = ((series - series.mean()) ** 2).sum()
        best = max(
            whole - sum(((part - part.mean()) ** 2).sum() for part in np.split(series, [cut]))
            for cut in range(3, 38)
        )
        parts = np.split(series, [found.position])
        assert whole - sum(((p - p.mean()) ** 2).sum() for p in parts) == pytest.approx(best)
        assert Dynp(model="l2", min_size=3, jump=1).fit_predict(series, 1)[0] == found.position


def test_a_clear_change_of_level_has_the_smallest_p_there_is() -> None:
    found = find_break([10.0, 11, 9, 10] * 6 + [30.0, 31, 29, 30] * 6)

    assert found.position == 24
    assert found.p == found.smallest_p == 1 / 1000
    many = find_break([10.0, 11, 9, 10] * 6 + [30.0, 31, 29, 30] * 6, n_permutations=20_000)
    assert many.p < 1e-4
    assert many.p_text == found.p_text == "≤\u00a00,001"


@pytest.mark.slow
def test_a_series_without_order_seldom_has_a_clear_change() -> None:
    """5 % announced, 400 Poisson series of 60 periods: 5 % +- 3.3 (3 s.e.)."""
    random = np.random.default_rng(13)
    clear = [
        find_break(random.poisson(8, 60), min_size=6, n_permutations=99, seed=seed).p <= 0.05
        for seed in range(400)
    ]

    assert np.mean(clear) == pytest.approx(0.05, abs=0.033)


# --- guards -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "series", "choices"),
    [
        ("P321", poisson(20, 24), ChartChoices()),
        ("P321", poisson(20), ChartChoices(n_reference=8)),
        ("P321", poisson(20), ChartChoices(n_reference=61)),
        ("P322", poisson(20), ChartChoices(kind="pareto")),  # type: ignore[arg-type]
        ("P322", poisson(20), ChartChoices(rules=(1, 7))),
        ("P323", monthly([0] * 40), ChartChoices()),
        ("P323", monthly([4] * 40), ChartChoices()),
        ("P325", poisson(20), ChartChoices(h=0)),
        ("P325", poisson(20), ChartChoices(weight=1.5)),
    ],
)
def test_what_cannot_be_watched_is_refused(
    code: str, series: pd.Series, choices: ChartChoices
) -> None:
    with pytest.raises(ParameterError, match=code):
        control_chart(series, choices)


def test_rates_and_bad_exposures_are_refused() -> None:
    with pytest.raises(TableError, match="P201"):
        control_chart(monthly([1.5] * 40), ChartChoices())
    with pytest.raises(TableError, match="P202"):
        control_chart(poisson(20), ChartChoices(), exposure=poisson(20) * 0)


def test_a_month_without_figures_is_not_a_zero() -> None:
    table = pd.DataFrame(
        {"jour": pd.to_datetime(["2020-01-01", "2020-01-15", "2020-03-01"]), "n": [1, 2, 3]}
    )
    with pytest.raises(TableError, match="P320"):
        monthly_counts(table, date="jour", count="n")
    assert monthly_counts(table, date="jour", count="n", start="2020-03").to_list() == [3]
    assert monthly_counts(table.iloc[:2], date="jour", count="n").to_list() == [3]
    with pytest.raises(ParameterError, match="P321"):
        monthly_counts(table, date="jour", count="n", start="2021-01")


@pytest.mark.parametrize("values", [[1, 2, 3], [5] * 40])
def test_no_change_is_looked_for_where_none_can_be(values: list[int]) -> None:
    with pytest.raises(ParameterError, match="P324"):
        find_break(values)
    with pytest.raises(ParameterError, match="P324"):
        find_break([1, 2] * 20, n_permutations=9)


def test_what_weakens_a_chart_is_said() -> None:
    random = np.random.default_rng(3)
    season = np.tile(30 + 25 * np.sin(np.arange(12) / 12 * 2 * np.pi), 7)
    seasonal = control_chart(monthly(random.poisson(season)), ChartChoices())
    assert {"seasonal", "autocorrelated"} <= codes(seasonal.caveats)
    residual = control_chart(monthly(random.poisson(season)), ChartChoices(kind="residuals"))
    assert "autocorrelated" not in codes(residual.caveats)
    wild = control_chart(monthly(random.poisson(random.gamma(3, 10, 60))), ChartChoices())
    assert "overdispersed" in codes(wild.caveats)
    assert wild.inflation > 1
    drift = monthly([20 + 2 * t for t in range(24)] + [60] * 12)
    assert "drifting-reference" in codes(control_chart(drift, ChartChoices()).caveats)
    later = np.concatenate([random.poisson(30, 24), random.poisson(random.gamma(3, 10, 60))])
    assert "overdispersed-later" in codes(control_chart(monthly(later), ChartChoices()).caveats)
    assert "few-events" in codes(control_chart(poisson(2), ChartChoices()).caveats)
    outlier = poisson(20)
    outlier.iloc[5] = 60
    assert "unstable-reference" in codes(control_chart(outlier, ChartChoices()).caveats)
    cut = poisson(60)
    cut.iloc[-1] = 11
    assert "incomplete-last" in codes(control_chart(cut, ChartChoices()).caveats)
    calm = control_chart(poisson(20), ChartChoices())
    assert codes(calm.caveats) == {"recording"}


# --- words and figures ------------------------------------------------------------------------


def test_every_number_of_the_sentences_is_a_result() -> None:
    series = monthly([10, 11, 9, 10] * 9 + [30, 31, 29, 30] * 3)
    chart = control_chart(series, ChartChoices())
    found = find_break(series)

    signals, alarms, level = says(chart, found, "décembre 2012")

    assert "12" in signals
    assert "janvier 2013" in signals
    assert f"{chart.expected_signals:.1f}".replace(".", ",") in alarms
    assert "10,0" in level
    assert "30,0" in level
    assert "≤\u00a00,001" in level
    assert len(says(chart, None)) == 2
    assert "20" in does_not_say(chart)[1]
    assert len(does_not_say(control_chart(series, ChartChoices(kind="ewma")))) == 2
    calm = says(control_chart(poisson(20), ChartChoices(rules=(4,))), find_break(poisson(20)), "x")
    assert "p" in calm[2]


@pytest.mark.parametrize("kind", KINDS)
def test_the_figures_hold_what_they_draw(kind: Any) -> None:
    series = poisson(20)
    figure, data = control_chart_figure(
        control_chart(series, ChartChoices(kind=kind)), y_label="vols"
    )

    assert list(data["count"]) == list(series)
    assert {"value", "low", "high", "rules"} <= set(data.columns)
    assert to_svg(figure) == to_svg(figure)


def test_the_break_is_drawn_with_its_levels() -> None:
    series = monthly([10, 11, 9, 10] * 6 + [30, 31, 29, 30] * 6)
    _figure, data = break_chart(series, find_break(series), y_label="vols")

    assert sorted(data["level"].unique()) == [10, 30]


# --- the study on other data ------------------------------------------------------------------


DATASET = """
name: alarmes
title: Alarmes simulées par jour
path: alarmes.csv
schema:
  fields:
    - {name: jour, type: date, constraints: {required: true}}
    - {name: nature, type: string, constraints: {required: true}}
    - {name: appels, type: integer, constraints: {required: true, minimum: 0}}
  primaryKey: [jour, nature]
roles: {date: jour, group: nature, count: appels}
sources: [{title: Simulation}]
licenses: [{name: CC0-1.0}]
sensitivity: open
tlp: CLEAR
disclosure: {min_cell: 0}
"""


@pytest.mark.slow
def test_the_study_runs_on_daily_figures_with_other_names(tmp_path: Path) -> None:
    random = np.random.default_rng(1)
    folder = tmp_path / "datasets" / "alarmes"
    folder.mkdir(parents=True)
    days = pd.date_range("1997-03-01", "2000-02-29")
    table = pd.DataFrame(
        {"jour": days.date, "nature": "Incendie", "appels": random.poisson(1.2, len(days))}
    )
    table.to_csv(folder / "alarmes.csv", index=False)
    (folder / "dataset.yml").write_text(DATASET, encoding="utf-8")
    (tmp_path / "notebooks").mkdir()
    shutil.copy(REPOSITORY / "notebooks" / "cartes-de-controle.ipynb", tmp_path / "notebooks")
    shutil.copy(REPOSITORY / "_quarto.yml", tmp_path)
    words = ["donnees=alarmes", "infraction=Incendie", "n_permutations=99"]
    with contextlib.chdir(tmp_path):
        assert cli.run(["validate"]) == 0
        asked = [part for word in words for part in ("-p", word)]
        assert cli.run(["run", "cartes-de-controle", *asked]) == 0

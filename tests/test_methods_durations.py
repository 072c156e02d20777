"""Durations that were not watched to the end are neither forgotten nor taken for short ones."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from matplotlib.text import Text
from tiny_workspace import make_workspace, run_study

from actes.errors import ActesError, ParameterError
from actes.methods.caveats import Caveat
from actes.methods.charts.durations import reached_chart, target_chart
from actes.methods.durations import (
    CoxFit,
    Durations,
    adjusted_ratios,
    compare_groups,
    fit_cox,
    kaplan_meier,
    quantile,
    read_durations,
    share_within,
    target_bounds,
)
from actes.methods.references import Reference
from actes.methods.references.durations import REFERENCES
from actes.methods.style import to_svg

NEVER = np.inf


def calls(
    n: int = 400, *, slow: float = 1.0, cancelled: float = 0.05, seed: int = 1
) -> pd.DataFrame:
    """Exponential delays of mean 300 s, longer in the group B."""
    random = np.random.default_rng(seed)
    group = np.where(np.arange(n) % 2, "A", "B")
    delay = random.exponential(np.where(group == "B", 300 * slow, 300)) + 1
    quit_at = random.exponential(300 / cancelled, n) if cancelled else np.full(n, NEVER)
    start = pd.Timestamp("2025-03-01") + pd.to_timedelta(np.arange(n) * 137, unit="s")
    seconds = np.maximum(np.minimum(delay, quit_at).round(1), 0.1)
    return pd.DataFrame(
        {
            "start": start,
            "end": start + pd.to_timedelta(seconds, unit="s"),
            "event": delay <= quit_at,
            "group": group,
            "sector": np.where(np.arange(n) % 3 == 0, "Nord", "Sud"),
        }
    )


def read(table: pd.DataFrame | None = None, **choices: Any) -> Durations:
    given = calls() if table is None else table
    keep = [name for name in ("group", "sector") if name in given]
    return read_durations(given, start="start", end="end", event="event", keep=keep, **choices)


def codes(result: Any) -> set[str]:
    return {caveat.code for caveat in result.caveats}


@pytest.mark.parametrize("reference", REFERENCES, ids=lambda reference: reference.quantity)
def test_a_published_value_is_found_again(reference: Reference) -> None:
    assert reference.obtained() == pytest.approx(reference.published, abs=reference.tolerance)


# --- curves -------------------------------------------------------------------------------------


def test_a_curve_is_the_product_written_by_hand() -> None:
    times = np.array([2.0, 3, 3, 5, 8, 8, 9])
    seen = np.array([True, True, False, True, False, True, False])
    curve = kaplan_meier(times, seen)
    by_hand = [6 / 7, 6 / 7 * 5 / 6, 6 / 7 * 5 / 6 * 3 / 4, 6 / 7 * 5 / 6 * 3 / 4 * 2 / 3]

    assert [1 - share_within(curve, t).value for t in (2, 3, 5, 8)] == pytest.approx(by_hand)
    assert share_within(curve, 1.9).value == 0
    assert share_within(curve, 4).value == share_within(curve, 3).value


def test_without_censoring_a_share_is_a_plain_share() -> None:
    times = np.random.default_rng(2).exponential(300, 500)
    curve = kaplan_meier(times, np.ones(500, bool))
    within = share_within(curve, 420)

    assert within.value == pytest.approx((times <= 420).mean())
    assert quantile(curve, 0.9).value == pytest.approx(np.sort(times)[449])
    assert within.low < within.value < within.high


def test_a_share_at_exactly_the_target_is_within_it() -> None:
    curve = kaplan_meier(np.array([420.0] * 5 + [421.0] * 5), np.ones(10, bool))

    assert share_within(curve, 420).value == pytest.approx(0.5)


def test_a_quantile_that_was_not_reached_is_not_invented() -> None:
    curve = kaplan_meier(np.array([1.0, 2, 9, 9, 9, 9]), np.array([1, 1, 0, 0, 0, 0], bool))

    assert quantile(curve, 0.25).value == 2
    assert quantile(curve, 0.9).value == NEVER


def test_the_interval_of_a_quantile_holds_it() -> None:
    curve = kaplan_meier(np.random.default_rng(3).exponential(300, 200), np.ones(200, bool))
    for probability in (0.5, 0.9, 0.95):
        span = quantile(curve, probability)
        assert span.low < span.value < span.high


def test_those_still_waiting_are_counted_just_before() -> None:
    curve = kaplan_meier(np.array([1.0, 2, 2, 4]), np.ones(4, bool))

    assert curve.at(np.array([0.0, 1, 1.5, 2, 3, 4, 5]))["at_risk"].tolist() == [
        4,
        4,
        3,
        3,
        1,
        1,
        0,
    ]


def test_leaving_out_the_unfinished_would_be_too_kind() -> None:
    table = calls(2000, cancelled=0.6)
    durations = read(table)
    whole = compare_groups(durations, "group", target_s=420).table.iloc[0]
    seen = durations.frame.loc[durations.frame["is_observed"], "duration_s"]
    bounds = target_bounds(durations, 420)

    assert whole["within"] == pytest.approx(1 - np.exp(-419 / 300), abs=0.03)
    assert (seen <= 420).mean() > whole["within"] + 0.05
    assert bounds.worst < whole["within"] < bounds.best


# --- groups -------------------------------------------------------------------------------------


def test_the_log_rank_statistic_is_that_of_the_two_group_formula() -> None:
    durations = read(calls(120, slow=1.5))
    frame = durations.frame
    d = o = v = 0.0
    for time in np.sort(frame.loc[frame["is_observed"], "duration_s"].unique()):
        at_risk = frame["duration_s"] >= time
        events = frame["is_observed"] & (frame["duration_s"] == time)
        n, n_a, k = at_risk.sum(), (at_risk & (frame["group"] == "A")).sum(), events.sum()
        o += (events & (frame["group"] == "A")).sum()
        d += k * n_a / n
        v += k * n_a / n * (1 - n_a / n) * (n - k) / (n - 1) if n > 1 else 0
    result = compare_groups(durations, "group", target_s=420)

    assert result.statistic == pytest.approx((o - d) ** 2 / v)
    assert result.dof == 1


def test_a_slower_group_is_found_and_named() -> None:
    result = compare_groups(read(calls(slow=1.8)), "group", target_s=420)
    table = result.table.set_index("group")

    assert result.p < 0.001
    assert table.loc["B", "within"] < table.loc["A", "within"]
    assert table.loc["B", "q90"] > table.loc["A", "q90"]
    assert table["n"].iloc[0] == table["n"].iloc[1:].sum() == 400


def test_a_handful_of_events_gives_no_estimate() -> None:
    table = calls()
    table.loc[:8, "group"] = "C"
    result = compare_groups(read(table), "group", target_s=420)
    row = result.table.set_index("group").loc["C"]

    assert codes(result) == {"few-events"}
    assert row.drop(["n", "n_events", "n_censored"]).isna().all()
    assert "C" not in result.curves
    with pytest.raises(ParameterError) as caught:
        compare_groups(read(table.head(8)), "group", target_s=420)
    assert caught.value.code == "P388"


def test_a_single_group_is_not_tested() -> None:
    result = compare_groups(read(calls().assign(group="A")), "group", target_s=420)

    assert np.isnan(result.p)
    assert len(result.table) == 2


# --- adjusted ratios ----------------------------------------------------------------------------


def test_the_ratio_of_two_exponential_groups_is_that_of_their_rates() -> None:
    fit = adjusted_ratios(read(calls(3000, slow=1.5)), ["group"])

    assert isinstance(fit, CoxFit)
    assert len(fit.terms) == 1
    ratio = float(fit.terms["ratio"].iloc[0])
    assert ratio ** (1 if fit.references == (("group", "B"),) else -1) == pytest.approx(
        1.5, rel=0.1
    )
    assert not fit.caveats


def test_too_few_events_per_contrast_are_refused_a_model() -> None:
    table = calls(60).assign(group=[f"G{k % 8}" for k in range(60)])
    answer = adjusted_ratios(read(table), ["group"])

    assert isinstance(answer, Caveat)
    assert answer.code == "too-few-events-per-term"


def crossing() -> pd.DataFrame:
    table = calls(1200, cancelled=0)
    random = np.random.default_rng(4)
    # Group B: the same middle, much less spread: fast late, slow early.
    seconds = np.where(
        table["group"] == "A", random.exponential(300, 1200), random.normal(210, 20, 1200)
    )
    return table.assign(end=table["start"] + pd.to_timedelta(np.maximum(seconds, 1), unit="s"))


def test_an_effect_that_is_not_constant_is_said_and_stratified() -> None:
    both = adjusted_ratios(read(crossing()), ["group", "sector"])
    alone = adjusted_ratios(read(crossing()), ["group"])
    untested = adjusted_ratios(read(crossing()), ["group"], with_test=False)

    assert isinstance(both, CoxFit)
    assert isinstance(alone, CoxFit)
    assert isinstance(untested, CoxFit)
    assert codes(both) == codes(alone) == {"not-proportional"}
    assert both.strata == ("group",)
    assert both.terms["term"].str.startswith("sector").all()
    assert alone.strata == ()
    assert untested.proportionality.empty
    assert not untested.caveats


# --- clocks -------------------------------------------------------------------------------------


def with_cell(column: str, value: Any) -> pd.DataFrame:
    table = calls()
    table[column] = table[column].astype(object) if column in ("event", "group") else table[column]
    table.loc[3, column] = value
    return table


def by_day() -> pd.DataFrame:
    table = calls()
    start = table["start"].dt.normalize()
    return table.assign(start=start, end=start + pd.to_timedelta(1 + np.arange(400) % 9, unit="D"))


@pytest.mark.parametrize(
    ("code", "table", "choices"),
    [
        ("P380", with_cell("end", pd.Timestamp("2025-01-01")), {}),
        ("P380", with_cell("end", calls().loc[3, "start"]), {}),
        ("P381", with_cell("start", pd.NaT), {}),
        ("P381", with_cell("group", None), {}),
        ("P382", calls(cancelled=0).assign(end=lambda t: t["end"].where(t.index > 0)), {}),
        ("P383", by_day(), {"target_s": 420.0}),
        ("P384", calls().assign(start=lambda t: t["start"].dt.tz_localize("UTC")), {}),
        ("P384", calls().assign(end=5.0), {}),
        ("P385", with_cell("event", "oui"), {}),
        ("P386", calls(), {"target_s": 420.0, "follow_up_s": 300.0}),
        ("P387", calls().assign(event=False), {}),
    ],
)
def test_clocks_that_cannot_tell_are_refused(
    code: str, table: pd.DataFrame, choices: dict[str, float]
) -> None:
    with pytest.raises(ActesError) as caught:
        read(table, **choices)

    assert caught.value.code == code


def test_clock_errors_can_be_left_out_and_said() -> None:
    result = read(with_cell("end", pd.Timestamp("2025-01-01")), not_positive="exclude")

    assert len(result.frame) == 399
    assert result.n_excluded == 1
    assert "excluded-durations" in codes(result)


def test_days_answer_a_target_in_days() -> None:
    result = read(by_day(), target_s=3 * 86_400.0)

    assert result.frame["duration_s"].min() == 86_400


def test_a_case_still_open_counts_up_to_the_latest_time() -> None:
    table = calls(cancelled=0)
    table.loc[0, ["end", "event"]] = [pd.NaT, False]
    result = read(table)
    latest = table["end"].max() - table.loc[0, "start"]

    assert result.frame.loc[0, "duration_s"] == latest.total_seconds()
    assert not result.frame.loc[0, "is_observed"]
    assert codes(result) == {"still-open"}


def test_what_goes_beyond_the_follow_up_is_cut_and_unseen() -> None:
    result = read(calls(cancelled=0), target_s=420.0, follow_up_s=600.0)

    assert result.frame["duration_s"].max() == 600
    assert not result.frame.loc[result.frame["duration_s"] == 600, "is_observed"].any()
    assert codes(result) == {"cut-at-follow-up"}


def test_many_cancelled_calls_are_said_aloud() -> None:
    assert codes(read(calls(cancelled=0.5))) == {"competing-ends"}
    assert not codes(read(calls(cancelled=0)))


def test_dates_of_the_calendar_are_clocks_of_days() -> None:
    table = by_day()
    dates = table.assign(start=table["start"].dt.date, end=table["end"].dt.date)

    pd.testing.assert_frame_equal(read(table).frame, read(dates).frame)


def test_a_time_zone_on_both_clocks_changes_nothing() -> None:
    table = calls()
    zoned = table.assign(
        start=table["start"].dt.tz_localize("UTC"), end=table["end"].dt.tz_localize("UTC")
    )

    pd.testing.assert_frame_equal(read(table).frame, read(zoned).frame)


# --- chance -------------------------------------------------------------------------------------


@pytest.mark.slow
def test_nothing_is_found_where_there_is_nothing() -> None:
    """Equal groups: 5 % of false alarms; shares held at 95 %; ± 4 points in 160 draws."""
    truth = 1 - np.exp(-419 / 300)
    alarms, held = 0, 0
    for seed in range(160):
        result = compare_groups(read(calls(150, cancelled=0.2, seed=seed)), "group", target_s=420)
        row = result.table.iloc[0]
        alarms += result.p < 0.05
        held += row["within_low"] <= truth <= row["within_high"]

    assert alarms / 160 == pytest.approx(0.05, abs=0.04)
    assert held / 160 == pytest.approx(0.95, abs=0.04)


@pytest.mark.slow
def test_the_cox_model_and_its_proportionality_test_keep_their_level() -> None:
    """Fifty fits of eight covariates that do nothing, a quarter censored: 5 % of their tests alarm,
    and 5 % of the tests of proportionality, within 3.3 points (400 tests: 3 standard errors)."""
    random = np.random.default_rng(11)
    effects, changes = [], []
    for _fit in range(50):
        delay, left = random.exponential(300, 200), random.exponential(900, 200)
        frame = pd.DataFrame(random.normal(size=(200, 8))).add_prefix("x")
        frame = frame.assign(seconds=np.minimum(delay, left), seen=delay <= left)
        fit = fit_cox(frame, duration="seconds", event="seen")
        effects += list(fit.terms["p"] < 0.05)
        changes += list(fit.proportionality["p"] < 0.05)

    assert np.mean(effects) == pytest.approx(0.05, abs=0.033)
    assert np.mean(changes) == pytest.approx(0.05, abs=0.033)


# --- figures and notebook -----------------------------------------------------------------------


def many_groups() -> pd.DataFrame:
    return calls(700).assign(group=[f"PDQ {k % 7}" for k in range(700)])


@pytest.mark.parametrize("table", [calls(slow=1.5), many_groups()], ids=["two", "many"])
def test_the_figures_can_be_read(table: pd.DataFrame, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ACTES_LANG", "fr")
    comparison = compare_groups(read(table), "group", target_s=420)

    def draw() -> Any:
        return reached_chart(
            comparison,
            target_s=420,
            unit_s=60,
            x_label="minutes depuis l'appel",
            y_label="part des appels rejoints",
            target_label="cible : 7 min",
        )

    for figure, data in (draw(), target_chart(comparison, x_label="part en 7 minutes")):
        found: list[Any] = figure.findobj(Text)
        texts = [text for text in found if text.get_visible() and text.get_text().strip()]
        boxes = [text.get_window_extent() for text in figure.axes[0].texts]
        assert min(text.get_fontsize() for text in texts) >= 9
        assert all(box.x0 > -1 and box.x1 < figure.bbox.width + 1 for box in boxes)
        assert all(box.y0 > -1 for box in boxes)
        assert len(data) > 1
    assert to_svg(draw()[0]) == to_svg(draw()[0])
    assert draw()[1]["group"].nunique() == 3
    assert draw()[1]["at_risk"].min() >= 10


DESCRIPTOR = """\
name: retours
title: Retours de victimes, essai
path: retours.csv
schema:
  fields:
    - {name: premier, type: date, constraints: {required: true}}
    - {name: suivant, type: date}
    - {name: revenu, type: boolean, constraints: {required: true}}
    - {name: nature, type: string, constraints: {required: true}}
    - {name: poste, type: string, constraints: {required: true}}
    - {name: logement, type: string, constraints: {required: true}}
roles:
  start: premier
  end: suivant
  event: revenu
  category: nature
  area: poste
  group: logement
sources: [{title: Essais d’Actes}]
licenses: [{name: CC0-1.0}]
sensitivity: open
tlp: CLEAR
disclosure: {min_cell: 5}
"""


@pytest.mark.slow
def test_repeat_victims_counted_in_days_run_by_their_descriptor(tmp_path: Path) -> None:
    random = np.random.default_rng(2)
    rows = []
    for case in range(240):
        first = pd.Timestamp("2023-01-01") + pd.Timedelta(days=int(random.integers(0, 300)))
        back = first + pd.Timedelta(days=1 + int(random.exponential(400)))
        has_come = back <= pd.Timestamp("2024-06-30")
        shown = f"{back.date()}" if has_come else ""
        kind = "maison" if case % 2 else "logement"
        rows.append(f"{first.date()},{shown},{str(has_come).lower()},Vol,P{case % 3},{kind}")
    table = "\n".join(["premier,suivant,revenu,nature,poste,logement", *rows]) + "\n"
    root = make_workspace(tmp_path / "w", "delais", {"retours": (DESCRIPTOR, table)})
    shown = run_study(
        root,
        "delais",
        *("-p", "donnees=retours", "-p", "categorie=Vol", "-p", "unite=jours"),
        *("-p", f"cible={180 * 86_400}", "-p", f"temps_max={365 * 86_400}"),
        *("-p", "depart=le premier vol", "-p", "arrivee=suivis d'un autre vol"),
        *("-p", "quantiles=[0.25, 0.95]"),
    )

    assert shown["cible"]["value"] == "180 jours"
    assert 0.25 < shown["part-cible"]["value"] < 0.5
    assert shown["delai-95"]["value"] is None

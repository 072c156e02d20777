"""Erlang's formula gives the published positions, and what a simulated queue does."""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import REPOSITORY

from actes import cli
from actes.errors import ParameterError
from actes.methods.charts.queues import staffing_chart
from actes.methods.queues import (
    Demand,
    Targets,
    busy_calls,
    does_not_say,
    erlang_c,
    required_positions,
    says,
    scenarios,
    service,
    staff,
)
from actes.methods.references import Reference
from actes.methods.references.queues import REFERENCES
from actes.methods.style import to_svg

EXAMPLE = Demand(100, 180, 1800)


def codes(caveats: Any) -> set[str]:
    return {caveat.code for caveat in caveats}


@pytest.mark.parametrize("reference", REFERENCES, ids=lambda reference: reference.quantity)
def test_a_published_value_is_found_again(reference: Reference) -> None:
    assert reference.obtained() == pytest.approx(reference.published, abs=reference.tolerance)


def test_one_position_waits_as_often_as_it_is_busy() -> None:
    """M/M/1: the share that waits is the load, the mean wait is the textbook one."""
    assert erlang_c(0.6, 1) == pytest.approx(0.6)
    alone = service(Demand(6, 60, 600), 1, delay_s=0)
    assert alone.mean_wait_s == pytest.approx(0.6 * 60 / 0.4)
    assert alone.service_level == pytest.approx(0.4)


def test_large_rooms_do_not_overflow() -> None:
    assert 0 < erlang_c(3000, 3050) < 1
    assert erlang_c(10, 400) == pytest.approx(0, abs=1e-12)


def test_more_positions_never_serve_worse() -> None:
    found = [service(EXAMPLE, n, delay_s=20) for n in range(11, 30)]

    assert (np.diff([s.service_level for s in found]) > 0).all()
    assert (np.diff([s.mean_wait_s for s in found]) < 0).all()


def test_units_do_not_matter_when_all_change_together() -> None:
    hourly = required_positions(Demand(200, 180, 3600), Targets())

    assert hourly.chosen == required_positions(EXAMPLE, Targets()).chosen


def test_the_number_chosen_is_the_smallest_that_meets_both_targets() -> None:
    targets = Targets(service_level=0.9, max_occupancy=0.6)
    found = required_positions(EXAMPLE, targets)

    assert found.chosen.n_positions == 17
    assert found.n_for_delay == 15
    assert found.fewer is not None
    assert found.fewer.occupancy > 0.6
    assert found.table.loc[found.table["is_enough"], "n_positions"].min() == 17
    assert "occupancy-decides" in codes(found.caveats)


def test_persons_are_whole_and_round_numbers_stay_round() -> None:
    assert staff(14, 0.3) == 20
    assert staff(7, 0.3) == 10  # 7 / 0.7 is a little above 10 to a computer
    assert staff(5, 0) == 5


def test_a_small_queue_has_no_position_to_spare() -> None:
    found = required_positions(Demand(2, 60, 3600), Targets())

    assert found.chosen.n_positions == 1
    assert found.fewer is None
    assert "small-load" in codes(found.caveats)


def test_more_calls_need_more_positions() -> None:
    table = scenarios(EXAMPLE, Targets())

    assert (table["n_positions"].iloc[:5].diff().dropna() >= 0).all()
    assert table["n_calls"].iloc[5] == busy_calls(EXAMPLE) == 117
    assert table["change"].isna().tolist() == [False] * 5 + [True]


@pytest.mark.slow
@pytest.mark.parametrize(("load", "n"), [(2.4, 3), (10, 14)])
def test_a_simulated_queue_waits_as_the_formula_says(load: float, n: int) -> None:
    """150,000 calls taken in order by the first free position: within 2 points (0.8 for s.e.)."""
    random = np.random.default_rng(17)
    n_calls, duration_s = 150_000, 180.0
    arrivals = random.exponential(duration_s / load, n_calls).cumsum()
    lengths = random.exponential(duration_s, n_calls)
    free = np.zeros(n)
    waits = np.empty(n_calls)
    for call in range(n_calls):
        first = int(free.argmin())
        start = max(arrivals[call], free[first])
        waits[call] = start - arrivals[call]
        free[first] = start + lengths[call]
    told = service(Demand(load * 10, duration_s, 1800), n, delay_s=20)

    assert (waits > 0).mean() == pytest.approx(told.p_wait, abs=0.02)
    assert (waits <= 20).mean() == pytest.approx(told.service_level, abs=0.02)
    assert waits.mean() == pytest.approx(told.mean_wait_s, rel=0.08)


# --- guards -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "demand", "targets"),
    [
        ("P330", Demand(0, 180, 1800), Targets()),
        ("P330", Demand(100, -1, 1800), Targets()),
        ("P330", Demand(100, 180, 0), Targets()),
        ("P330", Demand(1e6, 180, 1800), Targets()),
        ("P331", EXAMPLE, Targets(service_level=1.0)),
        ("P331", EXAMPLE, Targets(delay_s=-1)),
        ("P331", EXAMPLE, Targets(max_occupancy=0)),
        ("P331", EXAMPLE, Targets(shrinkage=1.0)),
    ],
)
def test_what_has_no_answer_is_refused(code: str, demand: Demand, targets: Targets) -> None:
    with pytest.raises(ParameterError, match=code):
        required_positions(demand, targets)


def test_a_queue_that_grows_without_end_is_refused() -> None:
    with pytest.raises(ParameterError, match="P330"):
        service(EXAMPLE, 10, delay_s=20)


def test_the_limits_of_the_model_are_always_said() -> None:
    found = required_positions(EXAMPLE, Targets())
    assert codes(found.caveats) == {"no-abandonment", "steady", "not-patrols"}
    long_calls = required_positions(Demand(100, 2400, 1800), Targets())
    assert "interval-too-short" in codes(long_calls.caveats)


# --- words and figures ------------------------------------------------------------------------


def test_every_number_of_the_sentences_is_a_result() -> None:
    need, fewer = says(required_positions(EXAMPLE, Targets()))

    for number in ("14", "20", "88,8", "7,8", "71"):
        assert number in need
    assert "79,6" in fewer
    assert "117" in does_not_say(117)[0]
    alone = says(required_positions(Demand(2, 60, 3600), Targets()))
    assert len(alone) == 2
    assert "%" not in alone[1]


def test_the_figure_holds_what_it_draws() -> None:
    for demand in (EXAMPLE, Demand(2, 600, 3600)):
        staffing = required_positions(demand, Targets())
        figure, data = staffing_chart(staffing, x_label="postes")
        assert list(data["n_positions"]) == list(staffing.table["n_positions"])
        assert to_svg(figure) == to_svg(figure)


@pytest.mark.slow
def test_the_study_needs_no_dataset(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "notebooks").mkdir()
    shutil.copy(REPOSITORY / "notebooks" / "effectifs-erlang.ipynb", tmp_path / "notebooks")
    shutil.copy(REPOSITORY / "_quarto.yml", tmp_path)
    with contextlib.chdir(tmp_path):
        assert cli.run(["run", "effectifs-erlang", "-p", "appels_par_intervalle=12"]) == 0
        assert cli.run(["run", "effectifs-erlang", "-p", "niveau_service=1.2"]) == 2
        assert cli.run(["run", "effectifs-erlang", "-p", "appels_par_intervalle=99999"]) == 1
    assert "P330" in capsys.readouterr().err

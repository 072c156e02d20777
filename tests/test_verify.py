"""Published values are found again, and the catalogue says what each study needs."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conftest import SHARED

from actes import verify
from actes.methods.references import Reference, references
from actes.methods.references.disparity import NEW_YORK
from actes.methods.references.near_repeat import CHICAGO

if TYPE_CHECKING:
    from conftest import Desk

FILES = (CHICAGO, NEW_YORK)


def test_every_reference_says_where_it_is_from() -> None:
    assert len(references()) >= 280
    for reference in references():
        assert reference.study
        assert reference.source
        assert reference.tolerance >= 0


def test_what_the_package_may_not_carry_is_found_again_when_it_is_there() -> None:
    folder = Path(os.environ.get("ACTES_SHARED", SHARED)) / "data" / "reference"
    if not folder.is_dir():
        pytest.skip("../shared is not here: Chicago and New York are read from it")

    checks = [check for check in verify.verify(data=folder) if check.reference.needs in FILES]

    assert len(checks) == 49 + 29
    assert [check.reference.quantity for check in checks if not check.holds] == []


def test_a_value_whose_data_are_not_here_is_printed_all_the_same(desk: Desk) -> None:
    answer = desk.actes("verify", "quasi-repetition")

    assert answer.code == 0
    assert answer.out.count("non vérifiée") >= 49
    assert "49 valeurs non vérifiées" in answer.out
    assert "chicago_be_month1.csv" in answer.out


def test_reference_data_may_be_named_or_be_in_the_environment(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    (desk.root / "reference").mkdir()
    assert desk.actes("verify", "wdd", "--reference-data", "reference").code == 0
    answer = desk.actes("verify", "wdd", "--reference-data", "ailleurs")
    assert answer.code == 2
    assert "P440" in answer.err
    monkeypatch.setenv("ACTES_REFERENCE_DATA", "ailleurs")
    assert desk.actes("verify", "wdd").code == 2


def test_verify_prints_published_and_obtained(desk: Desk) -> None:
    answer = desk.actes("verify", "comparer-comptes")

    assert answer.code == 0
    assert "E-test, 6 v 2" in answer.out
    assert "0.1748748" in answer.out
    assert "retrouvées" in answer.out


def test_verify_fails_when_a_value_is_not_found_again(
    desk: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    wrong = Reference("comparer-comptes", "inventé", 1.0, "nulle part", lambda: 2.0, 0.5)
    monkeypatch.setattr(verify, "references", lambda folder=None: (wrong,))

    answer = desk.actes("verify", "--json")

    assert answer.code == 1
    assert json.loads(answer.out)[0]["holds"] is False


def test_verify_suggests_a_study(desk: Desk) -> None:
    answer = desk.actes("verify", "comparer-compte")

    assert answer.code == 2
    assert "comparer-comptes" in answer.err


def test_the_catalogue_says_which_datasets_fit(desk: Desk) -> None:
    (entry,) = json.loads(desk.actes("studies", "--json").out)

    assert entry["title"] == "Compter par secteur"
    assert entry["roles"] == {"donnees": ["date", "count", "area", "group"]}
    assert entry["optional"] == {"donnees": []}
    assert entry["datasets"] == {"donnees": ["incidents"]}
    assert entry["n_runs"] == 0


def test_a_study_that_cannot_be_read_is_listed_all_the_same(desk: Desk) -> None:
    desk.edit("notebooks/compter.ipynb", '"parameters"', '"autre"')

    assert "étiquetée « parameters »" in desk.actes("studies").out

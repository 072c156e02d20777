"""Published values are found again, and the catalogue says what each study needs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from actes import verify
from actes.methods.references import REFERENCES, Reference

if TYPE_CHECKING:
    from conftest import Desk


def test_every_reference_says_where_it_is_from() -> None:
    assert len(REFERENCES) >= 34
    for reference in REFERENCES:
        assert reference.study
        assert reference.source
        assert reference.tolerance >= 0


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
    monkeypatch.setattr(verify, "REFERENCES", (wrong,))

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
    assert entry["datasets"] == {"donnees": ["incidents"]}
    assert entry["n_runs"] == 0


def test_a_study_that_cannot_be_read_is_listed_all_the_same(desk: Desk) -> None:
    desk.edit("notebooks/compter.ipynb", '"parameters"', '"autre"')

    assert "étiquetée « parameters »" in desk.actes("studies").out

"""Valeurs publiées que l’étude « @@NAME@@ » doit retrouver.

Ajoutez-en au moins une, avec sa source, puis : python -m pytest tests/test_@@MODULE@@.py
"""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parents[1] / "notebooks"))

from @@MODULE@@_methode import rate

# (compte, exposition, valeur publiée, tolérance, source)
REFERENCES = []


def test_a_published_value_is_given():
    assert REFERENCES, "aucune valeur publiée : l’étude n’est pas vérifiée"


@pytest.mark.parametrize(("count", "exposure", "published", "tolerance", "source"), REFERENCES)
def test_the_published_values_are_found_again(count, exposure, published, tolerance, source):
    assert rate(count, exposure) == pytest.approx(published, abs=tolerance), source

"""The quick reading of a cell's options gives what YAML gives."""

import json

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from actes.publish.metadata import read_yaml
from actes.publish.notebook import _options

KEYS = st.sampled_from(["label", "fig-cap", "fig-alt", "echo", "tbl-cap"])
QUOTED = st.text(max_size=12).map(lambda text: json.dumps(text, ensure_ascii=False))
PLAIN = st.text("abÉé 'l’,;.()-_:#\"{}[]&*|>%@`?~0.", min_size=1, max_size=12)
WORDS = st.sampled_from(["true", "No", "null", "~", "yes", "Off", "12", "1e3", "2026-01-01", ""])


@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.dictionaries(KEYS, st.one_of(QUOTED, PLAIN, WORDS), max_size=4))
def test_it_agrees_with_yaml(options: dict[str, str]) -> None:
    lines = [f" {key}: {text}" for key, text in options.items()]
    try:
        expected = dict(read_yaml("\n".join(lines), "x"))
    except Exception as error:
        expected = {"refused": type(error)}
    try:
        found = dict(_options(lines, "x", 1))
    except Exception as error:
        found = {"refused": type(error)}
    assert found == expected

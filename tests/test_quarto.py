"""When the Quarto program is found it renders the book; a stand-in shows what we ask of it."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
from conftest import Desk

pytestmark = pytest.mark.skipif(os.name == "nt", reason="the stand-in is a Unix script")

WHOLE = """
import json, pathlib, sys
stage = pathlib.Path(sys.argv[2])
pathlib.Path({log!r}).write_text(json.dumps(sys.argv[1:]), encoding="utf-8")
book = stage / "_book"
annexes = "reports/annexes/"
for name in ("index", "reports/bilan/index", annexes + "donnees", annexes + "provenance"):
    page = book / (name + ".html")
    page.parent.mkdir(parents=True, exist_ok=True)
    page.write_text(f'<div data-notebook="{{stage}}/vols.ipynb">{{stage}}</div>', encoding="utf-8")
"""
FAILING = "import sys; print('ERROR: no', file=sys.stderr); sys.exit(1)"


@pytest.fixture
def quarto(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Put a program called quarto on the machine; return what it was called with."""
    log = tmp_path / "asked.json"

    def install(source: str) -> Path:
        program = tmp_path / "quarto"
        program.write_text(f"#!{sys.executable}\n{source.format(log=str(log))}", encoding="utf-8")
        program.chmod(0o755)
        monkeypatch.setenv("QUARTO_PATH", str(program))
        return log

    return install


def test_quarto_is_taken_when_it_is_there_and_never_executes(built: Desk, quarto) -> None:
    log = quarto(WHOLE)

    answer = built.actes("build")

    assert answer.code == 0, answer.err
    command, stage, *options = json.loads(log.read_text(encoding="utf-8"))
    assert (command, options) == ("render", ["--no-execute"])
    assert not any(part.startswith(".") for part in Path(stage).parts)
    assert json.loads(built.actes("status", "--json").out)["book"]["engine"] == "quarto"


def test_quarto_pages_keep_no_path_of_the_machine(built: Desk, quarto) -> None:
    quarto(WHOLE)
    built.actes("build")

    page = built.book()["reports/bilan/index.html"].decode()

    assert page == "<div></div>"


def test_a_quarto_that_fails_leaves_the_former_book(built: Desk, quarto) -> None:
    quarto(FAILING)
    before = built.book()

    answer = built.actes("build")

    assert answer.code == 3
    assert "[T102]" in answer.err
    assert built.book() == before


def test_the_embedded_engine_can_be_asked_for(built: Desk, quarto) -> None:
    quarto(FAILING)

    assert built.actes("build", "--engine", "pandoc").code == 0


def test_quarto_that_is_asked_for_and_absent(
    built: Desk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.delenv("QUARTO_PATH", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))

    answer = built.actes("build", "--engine", "quarto")

    assert answer.code == 3
    assert "[T101] Le programme Quarto n’est pas sur cette machine." in answer.err

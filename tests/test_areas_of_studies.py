"""A series study on one area, on all of them together, and over the grid of them."""

from __future__ import annotations

import csv
import json
import shutil
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pytest
from conftest import REPOSITORY, Desk
from tiny_workspace import make_workspace

from actes import cli, results
from actes.methods.coverage import uneven_areas
from actes.reproduce import compare

if TYPE_CHECKING:
    from collections.abc import Iterable

SERIES = ("serie-interrompue", "prevision-appels", "cartes-de-controle")
AREAS = (7, 12, 38)
CALENDAR = [f"{year}-{month:02d}" for year in range(2018, 2023) for month in range(1, 13)]

DESCRIPTOR = """\
name: {name}
title: Comptes mensuels
path: {name}.csv
schema:
  fields:
    - {{name: mois, type: yearmonth, constraints: {{required: true}}}}
    - {{name: secteur, type: {kind}, constraints: {{required: true}}}}
    - {{name: infraction, type: string, constraints: {{required: true}}}}
    - {{name: nombre, type: integer, constraints: {{required: true, minimum: 0}}}}
  primaryKey: [mois, secteur, infraction]
roles: {{date: mois, {area}group: infraction, count: nombre}}
sources: [{{title: Essais d’Actes}}]
licenses: [{{name: CC0-1.0}}]
sensitivity: open
tlp: CLEAR
"""


def monthly(areas: Iterable[Any]) -> str:
    """Simulated counts (seeded): every area has “Méfaits”, all but the last have “Vols”."""
    areas = list(areas)
    rng = np.random.default_rng(20260101)
    rows = [
        f"{month},{area},{kind},{rng.poisson(30 + 15 * n)}"
        for month in CALENDAR
        for n, area in enumerate(areas)
        for kind in ("Méfaits", "Vols")
        if kind == "Méfaits" or area != areas[-1]
    ]
    return "\n".join(["mois,secteur,infraction,nombre", *rows]) + "\n"


def with_a_hole() -> str:
    """The same, without the last area in May 2020."""
    lines = monthly(AREAS).splitlines(keepends=True)
    return "".join(line for line in lines if not line.startswith(f"2020-05,{AREAS[-1]},"))


def descriptor(name: str, *, kind: str = "integer", area: str = "area: secteur, ") -> str:
    return DESCRIPTOR.format(name=name, kind=kind, area=area)


@pytest.fixture(scope="module")
def stations_once(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The three studies; stations with a number, with a code, and figures without stations."""
    root = make_workspace(
        tmp_path_factory.mktemp("areas") / "w",
        SERIES[0],
        {
            "postes": (descriptor("postes"), monthly(AREAS)),
            "codes": (descriptor("codes", kind="string"), monthly(["07", "12"])),
            "ensemble": (descriptor("ensemble", area=""), monthly([0])),
            "trous": (descriptor("trous"), with_a_hole()),
        },
    )
    for study in SERIES[1:]:
        shutil.copy(REPOSITORY / f"notebooks/{study}.ipynb", root / "notebooks")
    (root / "index.qmd").write_text("# Accueil {.unnumbered}\n", encoding="utf-8", newline="\n")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(root)
        patch.setenv("ACTES_LANG", "fr")
        assert cli.run(["validate"]) == 0
    return root


@pytest.fixture
def stations(stations_once: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    root = tmp_path / "w"
    shutil.copytree(stations_once, root)
    return Desk(root, capsys)


DATA = ("--data", "postes", "-p", "infraction=Méfaits")
QUICK = (*DATA, "-p", "n_permutations=99")


def declared(desk: Desk, key: str) -> dict[str, dict[str, Any]]:
    path = desk.root / ".actes/runs" / key / "notebook.ipynb"
    notebook = json.loads(path.read_text(encoding="utf-8"))
    return {record["name"]: record for record in results.declared(notebook)}


def one(desk: Desk, study: str, *words: str) -> dict[str, dict[str, Any]]:
    answer = desk.actes("run", study, *words, "--json")
    assert answer.code == 0, answer.err
    return declared(desk, json.loads(answer.out)["key"])


def total(area: int | None = None, *, since: str = "") -> int:
    """Events of “Méfaits”, read from the file as a person would add them up."""
    rows = csv.DictReader(monthly(AREAS).splitlines())
    kept = [r for r in rows if r["infraction"] == "Méfaits" and area in (None, int(r["secteur"]))]
    return sum(int(row["nombre"]) for row in kept if row["mois"] >= since)


# --- a grid of stations ------------------------------------------------------------------------


def test_a_grid_runs_over_every_station(stations: Desk) -> None:
    grid = ("--each", "territoire=all", "--each", "debut=2018-07")

    answer = stations.actes(
        "run", "cartes-de-controle", *QUICK, *grid, "--collect", "valeurs.csv", "--json"
    )

    assert answer.code == 0, answer.err
    done = json.loads(answer.out)["done"]
    assert [each["label"] for each in done] == [
        f"territoire={area}, debut=2018-07" for area in AREAS
    ]
    for each, area in zip(done, AREAS, strict=True):
        chart = declared(stations, each["key"])["carte"]
        assert f", territoire {area} : carte u" in chart["caption"]
        assert f"territoire {area}" in chart["alt"]
        counts = [row[1] for row in chart["data"]["rows"]]
        assert sum(counts) == total(area, since="2018-07")
    table = (stations.root / "valeurs.csv").read_text(encoding="utf-8-sig").splitlines()
    assert table[0].startswith("territoire;debut;n-surveilles")
    assert [line.split(";")[0] for line in table[1:]] == ["7", "12", "38"]


def test_a_station_without_such_events_fails_alone_and_says_why(stations: Desk) -> None:
    answer = stations.actes(
        *("run", "serie-interrompue", "--data", "postes", "-p", "infraction=Vols"),
        *("-p", "date_intervention=2021-01", "--each", "territoire=12,38", "--json"),
    )

    outcome = json.loads(answer.out)
    assert [each["label"] for each in outcome["done"]] == ["territoire=12"]
    (failure,) = outcome["failed"]
    assert failure["label"] == "territoire=38"
    assert failure["error"]["code"] == "P225"
    assert failure["error"]["what"].startswith("La série est vide : aucune ligne ne reste.")
    assert answer.code == 1


ARTICLE = """\
---
title: Un suivi par poste
actes:
  runs:
    postes:
      study: cartes-de-controle
      data: postes
      parameters: {infraction: Méfaits, nom_territoire: PDQ, n_permutations: 99}
      each: {territoire: all}
      without: [{territoire: 12}]
      collect: [n-surveilles, moyenne-reference]
---

Le poste 7 : {{< meta results.postes.territoire-7.moyenne-reference >}} par mois (@tbl-valeurs).

{{< embed postes.ipynb#tbl-valeurs >}}

{{< embed postes.ipynb#fig-carte >}}
"""


def test_an_article_has_a_grid_over_stations(stations: Desk) -> None:
    article = stations.root / "reports/bilan/index.qmd"
    article.parent.mkdir(parents=True)
    article.write_text(ARTICLE, encoding="utf-8", newline="\n")
    for name in ("donnees", "provenance"):
        stations.edit("_quarto.yml", f"    - reports/annexes/{name}.qmd\n", "")
    stations.edit("_quarto.yml", "  appendices:\n", "")

    answer = stations.actes("build")

    assert answer.code == 0, answer.err
    made = json.loads((article.parent / "postes.ipynb").read_text(encoding="utf-8"))
    cells = {cell["id"]: cell["outputs"][0]["data"] for cell in made["cells"]}
    head, _rule, *rows = cells["tbl-valeurs"]["text/markdown"].splitlines()[-4:]
    assert head.startswith("| Territoire étudié | Mois surveillés |")
    assert [row.split("|")[1].strip() for row in rows] == ["7", "38"]
    page = (stations.root / "_book/reports/bilan/index.html").read_text(encoding="utf-8")
    assert "Le poste 7" in page


# --- one station, or none in particular ----------------------------------------------------------


def test_without_a_territory_all_of_them_are_added_up(stations: Desk) -> None:
    whole = one(stations, "serie-interrompue", *DATA, "-p", "date_intervention=2021-01")

    assert sum(row[1] for row in whole["serie"]["data"]["rows"]) == total()
    assert whole["serie"]["caption"].startswith("Méfaits par mois : observations")
    assert "tolerance" not in whole["niveau"], "least squares are the same everywhere"


def test_a_forecast_is_that_of_its_station(stations: Desk) -> None:
    quick = ("-p", 'modeles=["naif"]', "-p", "origines=3", "-p", "horizon=3")

    forecast = one(stations, "prevision-appels", *DATA, *quick, "-p", "territoire=7")

    assert forecast["total-prevu"]["counts"] == [total(7)]
    for name in ("prevision", "eventail"):
        assert ", territoire 7 : " in forecast[name]["caption"]
    assert ", territoire 7, puis 3 périodes" in forecast["eventail"]["alt"]


@pytest.mark.parametrize(
    ("study", "name"), [("prevision-appels", "total-prevu"), (SERIES[0], "niveau")]
)
def test_what_an_optimiser_finds_may_differ_a_little_elsewhere(
    stations: Desk, study: str, name: str
) -> None:
    quick = {
        "prevision-appels": ("-p", 'modeles=["naif"]', "-p", "origines=3"),
        SERIES[0]: ("-p", "modele=negbin", "-p", "date_intervention=2021-01"),
    }

    published = one(stations, study, *DATA, *quick[study])[name]

    for share, verdict in ((5e-6, "within_tolerance"), (1e-2, "differs")):
        elsewhere = published | {"value": published["value"] * (1 + share)}
        (compared,) = compare(study, [published], [elsewhere])
        assert compared.verdict == verdict


@pytest.mark.parametrize(
    ("data", "typed", "held"),
    [("postes", "7", 7), ("codes", "07", "07"), ("codes", "12", "12")],
)
def test_a_station_is_named_as_it_is_typed(
    stations: Desk, data: str, typed: str, held: int | str
) -> None:
    words = ("--data", data, "-p", "infraction=Méfaits", "-p", "n_permutations=99")

    answer = stations.actes(
        *("run", "cartes-de-controle", *words, "-p", f"territoire={typed}"),
        *("-p", "nom_territoire=PDQ", "--json"),
    )

    assert answer.code == 0, answer.err
    key = json.loads(answer.out)["key"]
    record = json.loads((stations.root / f".actes/runs/{key}/run.json").read_text(encoding="utf-8"))
    assert record["parameters"]["territoire"] == held
    assert f", PDQ {typed} : carte u" in declared(stations, key)["carte"]["caption"]


def test_a_station_that_is_not_there_is_refused_before_anything_runs(stations: Desk) -> None:
    for words in (("-p", "territoire=8"), ("--each", "territoire=7,8")):
        answer = stations.actes("run", "cartes-de-controle", *QUICK, *words)

        assert answer.code == 2
        assert "[P004]" in answer.err
        assert "« territoire »" in answer.err
        assert "trouvé   8" in answer.err
        assert "une des 3 valeurs de la colonne « secteur »" in answer.err
    assert not list(stations.root.glob(".actes/runs/*"))


@pytest.mark.parametrize("words", [("-p", "territoire=7"), ("--each", "territoire=all")])
def test_figures_without_stations_have_none_to_choose(
    stations: Desk, words: tuple[str, str]
) -> None:
    alone = ("--data", "ensemble", "-p", "infraction=Méfaits")

    answer = stations.actes("run", "cartes-de-controle", *alone, *words)

    assert answer.code == 2
    assert "[P003] Le paramètre « territoire » choisit une valeur du rôle « area »" in answer.err
    assert "omettre « territoire »" in answer.err
    assert not list(stations.root.glob(".actes/runs/*"))


def test_an_empty_territory_is_none_in_particular(stations: Desk) -> None:
    words = ("--data", "ensemble", "-p", "infraction=Méfaits", "-p", "n_permutations=99")
    chart = one(stations, "cartes-de-controle", *words, "-p", "territoire=")["carte"]
    assert chart["caption"].startswith("Méfaits par mois, 2018–2022 : carte u")


def test_a_territory_of_a_wrong_kind_says_both_that_do(stations: Desk) -> None:
    article = stations.root / "reports/bilan/index.qmd"
    article.parent.mkdir(parents=True)
    written = ARTICLE.replace("each: {territoire: all}", "each: {territoire: [[7]]}")
    written = written.replace("      without: [{territoire: 12}]\n", "")
    article.write_text(written, encoding="utf-8", newline="\n")

    answer = stations.actes("review", "bilan")

    assert answer.code == 2
    assert "attendu  un nom ou un nombre entier (territoire étudié" in answer.err


# --- what a total does not hold ----------------------------------------------------------------


@pytest.mark.parametrize("study", SERIES)
def test_a_total_over_areas_that_lack_months_says_so(stations: Desk, study: str) -> None:
    asked = ("-p", "infraction=Méfaits")
    reserves = one(stations, study, "--data", "trous", *asked)["reserves"]["rows"]
    told = "1 territoire sur 3 n’a pas de ligne à certaines périodes"
    assert told in json.dumps(reserves, ensure_ascii=False)
    whole = one(stations, study, "--data", "postes", *asked)["reserves"]["rows"]
    assert "territoire" not in json.dumps(whole, ensure_ascii=False)


def test_areas_are_uneven_when_one_lacks_a_period() -> None:
    table = pd.DataFrame({"area": ["a", "a", "b"], "date": [1, 2, 1]})
    assert [str(each) for each in uneven_areas(table, area="area", period="date")]
    assert not uneven_areas(table[table["date"] == 1], area="area", period="date")
    assert not uneven_areas(table[table["area"] == "b"], area="area", period="date")
    assert not uneven_areas(table[["date"]], area="area", period="date")
    assert not uneven_areas(table[:0], area="area", period="date")

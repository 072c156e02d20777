"""How a notebook declares what it studies and publishes, and how its parameters are checked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Annotated, Any, Literal

import pandas as pd
import pytest
from matplotlib.figure import Figure
from pydantic import Field

from actes import inputs, mime, results, study
from actes.errors import ParameterError, SpecError, StudyError
from actes.specs.study import Category, Data, Parameter, StudySpec, read_study
from actes.study import Study

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Desk


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[dict]:
    """What a study shows, in order."""
    shown: list[dict] = []
    monkeypatch.setattr(study, "_show", shown.append)
    return shown


@pytest.fixture
def bare() -> Study:
    return Study(None, {"donnees": pd.DataFrame()}, {})


FRAME = pd.DataFrame({"secteur": ["01", "02"], "n": [12, 1503], "part": [0.124, None]})


def notebook(tmp_path: Path, cell: str, *, tags: tuple[str, ...] = ("parameters",)) -> Path:
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": ["# Une étude\n", "\n", "Texte."]},
        {"cell_type": "code", "metadata": {"tags": list(tags)}, "source": cell, "outputs": []},
    ]
    path = tmp_path / "etude.ipynb"
    path.write_text(json.dumps({"cells": cells, "nbformat": 4}), encoding="utf-8")
    return path


def test_a_table_is_published_with_its_counts_and_formats(bare: Study, published: list) -> None:
    bare.table(
        "secteurs",
        FRAME,
        caption="Par secteur",
        counts=["n"],
        titles={"n": "Nombre"},
        formats={"part": "percent:1"},
    )

    record = published[0][mime.RESULT]
    assert [c["is_count"] for c in record["columns"]] == [False, True, False]
    assert results.markdown_table(record, "fr").splitlines()[2:] == [
        "| 01 | 12 | 12,4\u202f% |",
        "| 02 | 1\u202f503 | – |",
    ]
    assert results.markdown_table(record, "en").splitlines()[3] == "| 02 | 1,503 | – |"


def test_a_figure_carries_the_figures_behind_it(bare: Study, published: list) -> None:
    figure = Figure()
    figure.add_subplot().plot([1, 2])

    bare.figure("courbe", figure, data=FRAME, caption="Courbe", alt="Elle monte.", counts=["n"])

    bundle = published[0]
    assert bundle["image/svg+xml"].lstrip().startswith("<")
    assert bundle[mime.RESULT]["data"]["rows"][1] == ["02", 1503, None]
    assert bundle[mime.RESULT]["alt"] == "Elle monte."


def test_a_figure_without_words_for_those_who_cannot_see_it_is_refused(bare: Study) -> None:
    with pytest.raises(StudyError, match=r"\[R013\].*texte de remplacement"):
        bare.figure("courbe", Figure(), data=FRAME, caption="Courbe", alt=" ", counts=[])


def test_two_results_may_not_bear_one_name(bare: Study, published: list) -> None:
    bare.value("total", 3, how="integer", counts=[])

    with pytest.raises(StudyError, match="R011"):
        bare.value("total", 4, how="integer", counts=[])


@pytest.mark.parametrize("name", ["Total", "le total", "", "é", "-a"])
def test_a_name_that_no_link_could_bear_is_refused(bare: Study, name: str) -> None:
    with pytest.raises(StudyError, match="R011"):
        bare.value(name, 3, how="integer", counts=[])


def test_a_table_may_not_speak_of_columns_it_lacks(bare: Study) -> None:
    with pytest.raises(StudyError, match="R012"):
        bare.table("t", FRAME, caption="", counts=["nombre"])


def test_an_unknown_way_of_writing_is_refused(bare: Study) -> None:
    with pytest.raises(StudyError, match="R014"):
        bare.value("total", 3, how="integers", counts=[])


@pytest.mark.parametrize(
    ("value", "how", "french", "english"),
    [
        (1503, "integer", "1\u202f503", "1,503"),
        (2023, "year", "2023", "2023"),
        (0.124, "percent:1", "12,4\u202f%", "12.4%"),
        (-0.25, "signed_percent:0", "−25\u202f%", "−25%"),
        (0.00001, "p", "<\u00a00,001", "<\u00a00.001"),
        (3.14159, "decimal:2", "3,14", "3.14"),
        ("2020-03-01", "month", "mars 2020", "March 2020"),
        (None, "integer", "–", "–"),
    ],
)
def test_numbers_are_written_for_the_reader(
    value: object, how: str, french: str, english: str
) -> None:
    assert results.formatted(value, how, "fr") == french
    assert results.formatted(value, how, "en") == english


def test_parameters_are_read_without_running_the_notebook(tmp_path: Path) -> None:
    path = notebook(
        tmp_path,
        "from typing import Annotated, Literal\n"
        "from pydantic import Field\n"
        "raise_if_run: Annotated[float, Field(gt=0, le=0.2)] = 0.05  # seuil\n"
        'test: Literal["a", "b"] = "a"\n'
        "ancien = 3  # comme papermill\n",
    )

    spec = read_study(path)

    assert spec.title == "Une étude"
    assert [(p.name, p.default, p.help) for p in spec.parameters] == [
        ("raise_if_run", 0.05, "seuil"),
        ("test", "a", ""),
        ("ancien", 3, "comme papermill"),
    ]
    schema = spec.json_schema()["properties"]
    assert schema["raise_if_run"]["exclusiveMinimum"] == 0
    assert schema["test"]["enum"] == ["a", "b"]


@pytest.mark.parametrize(
    "cell",
    [
        "import os\nx: str = os.environ['HOME']",
        "x: str = open('/etc/passwd').read()",
        "x = [n for n in range(3)]",
        "x: __import__('os') = 3",
        "for x in (1, 2): pass",
        "x: int = (lambda: 3)()",
        "x: str = ",
    ],
)
def test_a_parameters_cell_that_computes_is_refused_and_never_run(
    tmp_path: Path, cell: str
) -> None:
    with pytest.raises(SpecError, match="S007"):
        read_study(notebook(tmp_path, cell))


def test_a_study_without_a_parameters_cell_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"S007.*parameters"):
        read_study(notebook(tmp_path, "x = 1", tags=()))


def test_something_else_than_a_notebook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "etude.ipynb"
    path.write_text("[]", encoding="utf-8")

    with pytest.raises(SpecError, match="S006"):
        read_study(path)


def test_words_typed_on_a_command_line_take_the_declared_type(tmp_path: Path) -> None:
    path = notebook(
        tmp_path,
        "pdq: str = '1'\nn: int = 1\nmois: list[str] = []\noui: bool = True\nalpha: float = 0.05",
    )
    spec = read_study(path)

    given = spec.parse({"pdq": "07", "n": "12", "mois": '["2020-03"]', "oui": "false"})

    assert spec.check(given) == {
        "pdq": "07",
        "n": 12,
        "mois": ["2020-03"],
        "oui": False,
        "alpha": 0.05,
    }


def test_a_default_out_of_its_own_bounds_is_caught(tmp_path: Path) -> None:
    spec = read_study(
        notebook(tmp_path, "from typing import Annotated\na: Annotated[int, Field(le=3)] = 5")
    )

    with pytest.raises(ParameterError, match="P002"):
        spec.check({})


def test_markers_say_which_data_and_which_categories(tmp_path: Path) -> None:
    spec = read_study(
        notebook(
            tmp_path,
            'd: Annotated[str, Data("date", "count", optional=("area",))] = "x"\n'
            'c: Annotated[str, Category("group", data="d")] = "y"',
        )
    )

    assert list(spec.datasets({"d": "incidents", "c": "y"})) == [
        ("d", "incidents", Data("date", "count", optional=("area",)))
    ]
    ((choice, value),) = spec.categories({"d": "incidents", "c": "y"})
    assert (choice.parameter.name, choice.role, choice.data) == ("c", "group", "incidents")
    assert value == "y"


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        (Annotated[str, Field(max_length=1)], "ab", "au plus 1 caractère"),
        (Annotated[str, Field(min_length=2)], "", "au moins 2 caractères"),
        (Annotated[list[int], Field(min_length=1)], [], "au moins 1 élément"),
        (Annotated[list[int], Field(max_length=2)], [1, 2, 3], "au plus 2 éléments"),
        (Annotated[int, Field(multiple_of=5)], 3, "un multiple de 5"),
        (
            Annotated[float, Field(allow_inf_nan=False)],
            float("inf"),
            "un nombre qui n’est pas infini",
        ),
        (int | str, [7], "un nom ou un nombre entier"),
        (list[int | str], [None], "un nom ou un nombre entier"),
        (tuple[int, str], ["x", "y"], "un nombre entier"),
    ],
)
def test_what_a_parameter_expects_is_said_in_words(kind: Any, value: Any, said: str) -> None:
    spec = StudySpec("essai", "", (Parameter("p", kind, value),), "")

    with pytest.raises(ParameterError) as refusal:
        spec.check({"p": value})

    assert (refusal.value.code, refusal.value.expected) == ("P002", said)


def test_an_optional_category_that_is_left_empty_chooses_in_no_column(tmp_path: Path) -> None:
    spec = read_study(
        notebook(
            tmp_path,
            'd: Annotated[str, Data("date")] = "x"\n'
            'a: Annotated[int | str, Category("area", data="d", optional=True)] = ""\n'
            'g: Annotated[str, Category("group", data="d")] = ""',
        )
    )

    assert [choice.role for choice, _value in spec.categories(spec.check({}))] == ["group"]
    assert [value for _choice, value in spec.categories(spec.check({"a": 0}))] == [0, ""]


@pytest.mark.parametrize(
    ("word", "value"), [("7", 7), ("-1", -1), ("0", 0), ("07", "07"), ("7.0", "7.0"), ("", "")]
)
def test_a_name_may_be_a_number_and_keeps_its_zeros(
    tmp_path: Path, word: str, value: int | str
) -> None:
    spec = read_study(notebook(tmp_path, 'a: int | str = ""'))

    assert spec.check(spec.parse({"a": word})) == {"a": value}


@pytest.mark.parametrize(("given", "held"), [("7", 7), (7, 7), ("", "")])
def test_begin_gives_a_category_as_its_column_holds_it(
    built: Desk, published: list, monkeypatch: pytest.MonkeyPatch, given: int | str, held: int | str
) -> None:
    monkeypatch.chdir(built.root)
    namespace = {
        "__annotations__": {
            "donnees": Annotated[str, Data("date", optional=("area",))],
            "mois": Annotated[int | str, Category("area", data="donnees", optional=True)],
        },
        "donnees": "incidents",
        "mois": given,
    }
    monkeypatch.setattr(inputs, "distinct_values", lambda _dataset, _role: [6, 7])

    begun = study.begin(namespace)

    assert begun.parameters.mois == held
    assert published[0][mime.BEGIN]["parameters"]["mois"] == held


def test_begin_gives_columns_the_names_of_their_roles(
    built: Desk, published: list, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(built.root / "notebooks")
    namespace = {
        "__annotations__": {
            "donnees": Annotated[str, Data("date", "count", optional=("area", "exposure"))],
            "seuil": Annotated[float, Field(gt=0)],
            "mode": Literal["a", "b"],
        },
        "donnees": "incidents",
        "seuil": 1,
        "mode": "b",
    }

    begun = study.begin(namespace)

    assert list(begun.data.columns) == ["date", "count", "area"]
    assert begun.data["date"].min() == pd.Timestamp("2022-01-01")
    assert begun.data["area"].tolist()[0] == "01"
    assert begun.frequencies == {"donnees": "month"}
    assert begun.parameters.seuil == 1.0
    assert published[0][mime.BEGIN]["datasets"].keys() == {"incidents"}


def test_a_missing_role_says_what_to_add(
    built: Desk, published: list, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(built.root)
    namespace = {
        "__annotations__": {"donnees": Annotated[str, Data("date", "exposure")]},
        "donnees": "incidents",
    }

    with pytest.raises(ParameterError, match=r"P003.*") as caught:
        study.begin(namespace)

    assert caught.value.expected == "exposure"
    assert "datasets/incidents/dataset.yml" in caught.value.next_step


def test_a_notebook_shows_our_message_instead_of_a_traceback() -> None:
    error = ParameterError("P001", "Ceci.", next_step="cela")

    assert error._render_traceback_() == ["[P001] Ceci.", "  à faire  cela"]


def test_a_parameter_knows_whether_it_is_text() -> None:
    assert Parameter("a", str, "x").is_text
    assert Parameter("a", Annotated[str, Field(min_length=1)], "x").is_text
    assert Parameter("a", Literal["x", "y"], "x").is_text
    assert not Parameter("a", list[str], []).is_text
    assert not Parameter("a", Annotated[int, Field(ge=0)], 1).is_text

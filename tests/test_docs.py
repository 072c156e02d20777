"""The documentation says all that the code does: error codes, the keys of a descriptor."""

from __future__ import annotations

import importlib.util
import json
import re
import types
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin

import pytest
from pydantic import BaseModel

from actes.results import formatted, is_format
from actes.rules.text import TEXT_RULES
from actes.specs.book import ArticleRuns, BookSettings, RunSpec
from actes.specs.dataset import ROLES, DatasetSpec

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[1]
CODE = re.compile(r"""["'\[]([WSPDAVRCET]\d{3})["'\]]""")


def page(name: str) -> str:
    return (ROOT / "docs" / name).read_text(encoding="utf-8")


def first_cells(text: str) -> list[str]:
    """First cell of every row of the tables of a page."""
    return re.findall(r"^\| (.+?) \|", text, flags=re.MULTILINE)


def codes_of_the_code() -> set[str]:
    sources = (ROOT / "src/actes").rglob("*")
    texts = [f.read_text(encoding="utf-8") for f in sources if f.suffix in (".py", ".lua")]
    return {code for text in texts for code in CODE.findall(text)}


def test_every_error_code_is_explained_once_and_in_order() -> None:
    explained = [c for c in first_cells(page("erreurs.md")) if re.fullmatch(r"[A-Z]\d{3}", c)]
    met = codes_of_the_code()
    assert len(met) > 100
    assert sorted(met - set(explained)) == [], "add them to docs/erreurs.md"
    assert sorted(set(explained) - met) == [], "the code no longer has them"
    by_letter: dict[str, list[str]] = {}
    for code in explained:
        by_letter.setdefault(code[0], []).append(code)
    for codes in by_letter.values():
        assert codes == sorted(set(codes))


def test_every_error_has_a_meaning_and_a_remedy() -> None:
    rows = re.findall(r"^\| ([A-Z]\d{3}) \|(.*)\|$", page("erreurs.md"), flags=re.MULTILINE)
    for code, rest in rows:
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", rest)]
        assert len(cells) == 2, code
        assert all(cells), code


def kind_in_words(kind: Any) -> str:
    """Say what a key takes, in French."""
    origin, arguments = get_origin(kind), get_args(kind)
    if origin is Literal:
        return ", ".join(f"`{choice}`" for choice in arguments)
    if origin in (Union, types.UnionType):
        kinds = [kind_in_words(k) for k in arguments if k is not type(None)]
        return " ou ".join(dict.fromkeys(kinds))
    if origin is tuple:
        return "liste de clés" if model_in(kind) else "liste"
    names = {str: "texte", int: "entier", float: "nombre", bool: "`true` ou `false`"}
    return names.get(kind, "clés")


def model_in(kind: Any) -> type[BaseModel] | None:
    for part in (kind, *get_args(kind)):
        if isinstance(part, type) and issubclass(part, BaseModel):
            return part
    return None


def default_in_words(field: Any) -> str:
    if field.is_required():
        return "obligatoire"
    value = field.get_default(call_default_factory=True)
    if isinstance(value, BaseModel) or value in (None, (), {}, ""):
        return "–"
    return f"`{json.dumps(value, ensure_ascii=False)}`"


def keys_of(model: type[BaseModel], prefix: str = "") -> Iterator[tuple[str, str, str]]:
    """Yield every key of a record: dotted name, what it takes, its default."""
    for name, field in model.model_fields.items():
        key = prefix + (field.alias or name)
        yield f"`{key}`", kind_in_words(field.annotation), default_in_words(field)
        if inner := model_in(field.annotation):
            yield from keys_of(
                inner, key + ("[]." if get_origin(field.annotation) is tuple else ".")
            )


def test_the_table_of_keys_is_that_of_the_code() -> None:
    lines = page("jeux-de-donnees.md").split("## Toutes les clés")[1].split("\n## ")[0].split("\n")
    rows = [[c.strip() for c in line.strip("|").split(" | ")] for line in lines if "| `" in line]
    assert [tuple(row[:3]) for row in rows] == list(keys_of(DatasetSpec))
    assert all(row[3] for row in rows)


def test_every_role_and_type_is_described() -> None:
    text = page("jeux-de-donnees.md")
    described = set(re.findall(r"`([a-z]+)`", "\n".join(first_cells(text))))
    field = DatasetSpec.model_fields["data_schema"].annotation.model_fields["fields"]
    kinds = get_args(model_in(field.annotation).model_fields["type"].annotation)
    assert set(ROLES) | set(kinds) <= described


def test_the_example_descriptor_is_accepted() -> None:
    from ruamel.yaml import YAML

    example = re.search(r"```yaml\n(name: .*?)```", page("jeux-de-donnees.md"), flags=re.DOTALL)
    assert example
    spec = DatasetSpec.model_validate(YAML(typ="safe").load(example[1]))
    assert spec.columns_of("date") == ("Année", "Mois")


def test_the_keys_of_articles_and_books_are_described() -> None:
    articles, review = page("articles.md"), page("revue.md")
    for key in RunSpec.model_fields:
        assert f"| `{key}` |" in articles
    assert "actes: runs:" in articles
    assert set(ArticleRuns.model_fields) == {"runs"}
    assert "tlp: CLEAR" in review
    starter = (ROOT / "templates/workspace/_quarto.yml").read_text(encoding="utf-8")
    assert all(f"  {key}:" in starter for key in BookSettings.model_fields)


def test_every_rule_of_the_review_is_described() -> None:
    text = page("revue.md")
    assert {rule.code for rule in TEXT_RULES} <= set(first_cells(text))
    assert {"C202", "C203", "C204", "C301"} <= set(re.findall(r"C\d{3}", text))


@pytest.mark.parametrize(
    ("how", "value"),
    [
        ("integer", 1503),
        ("year", 2024),
        ("month", "2021-01-01"),
        ("decimal:2", 1503.25),
        ("signed:1", 3.2),
        ("percent:1", 0.124),
        ("signed_percent:0", 0.12),
        ("p", 0.043),
    ],
)
def test_the_examples_of_formats_are_true(how: str, value: Any) -> None:
    assert is_format(how)
    (row,) = re.findall(rf"^\| `{how}`.*$", page("etudes.md"), flags=re.MULTILINE)
    plain = re.sub(r"[\u00a0\u202f]", " ", row)
    for language in ("fr", "en"):
        written = re.sub(r"[\u00a0\u202f]", " ", formatted(value, how, language))
        assert written in plain


def test_every_study_has_its_page_with_its_published_values() -> None:
    spec = importlib.util.spec_from_file_location("verification", ROOT / "docs/verification.py")
    assert spec
    assert spec.loader
    verification = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(verification)
    pages = {page.stem: page for page in (ROOT / "docs/etudes").glob("*.md")}

    assert sorted(pages) == sorted(path.stem for path in (ROOT / "notebooks").glob("*.ipynb"))
    for study, page_ in pages.items():
        assert page_.read_text(encoding="utf-8") == verification.with_table(page_), (
            f"make tables: {study}"
        )

"""Every sentence has its French, with the same blanks to fill, and both languages come out."""

from __future__ import annotations

import ast
import errno
import os
import re
from typing import TYPE_CHECKING

import pytest
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from conftest import REPOSITORY

from actes.errors import InputError, SpecError, place
from actes.files import disk_error
from actes.i18n import LOCALE_DIR, _, language
from actes.pipeline.obtaining import _counted
from actes.specs.reading import parse_yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

    from conftest import Desk

PO = LOCALE_DIR / "fr/LC_MESSAGES/actes.po"
ONE = {"_", "N_"}
TWO = {"ngettext": 0, "NP_": 0, "_counted": 1}
BLANK = re.compile(r"\{(\w*)[^}]*\}")


def sentences() -> Iterator[tuple[str, str | tuple[str, str]]]:
    """(where, sentence) for all that the code says to people."""
    for path in sorted((REPOSITORY / "src").rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.Call) or not isinstance(node.func, ast.Name):
                continue
            first = TWO.get(node.func.id, 0)
            wanted = node.args[first : first + (2 if node.func.id in TWO else 1)]
            texts = [a.value for a in wanted if isinstance(a, ast.Constant)]
            where = f"{path.relative_to(REPOSITORY)}:{node.lineno}"
            if node.func.id in ONE and len(texts) == 1:
                yield where, texts[0]
            elif node.func.id in TWO and len(texts) == 2:
                yield where, (texts[0], texts[1])


def catalogue() -> dict[str | tuple[str, str], str | tuple[str, ...]]:
    with PO.open("rb") as file:
        return {m.id if isinstance(m.id, str) else tuple(m.id): m.string for m in read_po(file)}


def test_every_sentence_has_its_french() -> None:
    known = catalogue()

    missing = [
        f"{where}: {sentence}"
        for where, sentence in sentences()
        if not known.get(sentence) or not all(known[sentence])
    ]

    assert missing == []


def test_translations_fill_the_same_blanks() -> None:
    for english, french in catalogue().items():
        if not english:
            continue
        wanted = {
            blank for text in ([english] if isinstance(english, str) else english)
            for blank in BLANK.findall(text)
        }  # fmt: skip
        for text in [french] if isinstance(french, str) else french:
            assert set(BLANK.findall(text)) <= wanted, text


def test_the_catalogue_holds_nothing_that_is_no_longer_said() -> None:
    said = {sentence for _where, sentence in sentences()}

    assert [entry for entry in catalogue() if entry and entry not in said] == []


def test_the_compiled_catalogue_is_the_one_that_people_edit() -> None:
    compiled = PO.with_suffix(".mo")
    assert compiled.is_file(), "run make once: the catalogue is compiled with the package"
    with compiled.open("rb") as file:
        inside = {
            m.id if isinstance(m.id, str) else m.id[0]: m.string for m in read_mo(file) if m.id
        }

    for entry, string in catalogue().items():
        if entry:
            found = inside[entry if isinstance(entry, str) else entry[0]]
            assert found == string or tuple(found) == string


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, "fr"),
        ({"LANG": "C.UTF-8"}, "fr"),
        ({"LANG": "de_DE.UTF-8"}, "fr"),
        ({"LANG": "en_CA.UTF-8"}, "en"),
        ({"LANG": "en_CA.UTF-8", "LC_ALL": "fr_CA"}, "fr"),
        ({"LANGUAGE": "de:en", "LANG": "fr_CA"}, "en"),
        ({"LANG": "fr_CA", "ACTES_LANG": "en"}, "en"),
    ],
)
def test_the_reader_s_language(
    environment: dict[str, str], expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("ACTES_LANG", raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert language() == expected


def test_an_error_reads_as_one_message(monkeypatch: pytest.MonkeyPatch) -> None:
    def error() -> InputError:
        where = place("a/b.yml", line=3, key="roles")
        return InputError("S003", "Ce YAML…", where=where, found="x", next_step="y")

    assert str(error()).splitlines() == [
        "[S003] Ce YAML…",
        "  où       a/b.yml, ligne 3, clé roles",
        "  trouvé   x",
        "  à faire  y",
    ]
    monkeypatch.setenv("ACTES_LANG", "en")
    assert str(error()).splitlines()[1] == "  where      a/b.yml, line 3, key roles"


def test_english_is_spoken_to_those_who_ask(built: Desk) -> None:
    assert "valid" in built.actes("--lang", "en", "status").out
    assert _("where") == "where"


@pytest.mark.parametrize("command", ["build", "run", "validate", "new", "doctor", "status"])
def test_help_is_in_french_and_in_english(built: Desk, command: str) -> None:
    french = built.actes("--lang", "fr", command, "--help").out
    english = built.actes("--lang", "en", command, "--help").out

    assert "Usage :" in french
    assert "Usage:" in english
    assert french != english


ENGLISH = re.compile(r"\b(the|is|not|was|should|must|expected|found|range|whole|but|of)\b", re.I)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("run", "x", "--workers", "99"), "99 n’est pas dans l’intervalle 1<=x<=64."),
        (("run", "x", "--workers", "a"), "'a' n’est pas un nombre entier utilisable."),
        (("store", "gc", "--keep-days", "x"), "'x' n’est pas un nombre utilisable."),
        (("run", "x", "--kernel", "y"), "'y' n’est pas parmi 'auto', 'warm', 'plain'."),
        (("run", "x", "--kernel"), "L’option '--kernel' demande un argument."),
        (("run", "--zz"), "Il n’y a pas d’option '--zz'."),
        (("run",), "Argument manquant 'ÉTUDE'."),
        (("new", "article", "x"), "Option manquante '--study'."),
        (("zz",), "Il n’y a pas de commande 'zz'."),
        (("status", "zz"), "Un argument de trop (zz)"),
        (("status", "--json=1"), "L’option '--json' ne prend pas de valeur."),
        (("run", "compter", "-p", "annee=[1"), "un crochet ou une accolade jamais fermés"),
        (("run", "compter", "-p", "annee=x"), "un nombre entier"),
        (("run", "compter", "-p", "annee=null"), "trouvé   null"),
        (("run", "compter", "-p", "genre="), "trouvé   rien"),
        (("reproduce", "bilan", "--from", "index.qmd"), "un fichier qui n’est pas une archive"),
        (("run", "compter", "--report", "notebooks"), "un dossier là où un fichier était attendu"),
    ],
)
def test_a_refusal_is_in_one_language(built: Desk, words: tuple[str, ...], said: str) -> None:
    answer = built.actes(*words)

    assert answer.code in (2, 3)
    assert said in answer.err
    refusal = answer.err[answer.err.index("✗") :]
    assert not ENGLISH.search(refusal.replace(" ".join(words), "")), refusal


@pytest.mark.parametrize(
    "text",
    [
        *("a: b: c", "a: 1\nb\nc: 2", 'a: "x', "a: @x", "\tx: 1", "a: [1, 2", "a:\n  b: 1\n c: 2"),
        *("a: ]", "a: 1\na: 2", "a: - b", "a: *x", "a: &", 'a: "\\q"', "a: !<"),
        *("a: \x07", "a: 1\n---\nb: 2", "a: >x\n"),
    ],
)
def test_what_is_wrong_with_yaml_is_said_in_french_or_not_at_all(text: str) -> None:
    with pytest.raises(SpecError) as refusal:
        parse_yaml(text, shown="a.yml")

    assert refusal.value.found in catalogue().values() or not refusal.value.found
    assert not ENGLISH.search(refusal.value.found)


@pytest.mark.parametrize("code", [errno.EISDIR, errno.ENAMETOOLONG, errno.ELOOP])
def test_the_system_does_not_speak_in_the_middle_of_a_message(code: int) -> None:
    found = disk_error(OSError(code, os.strerror(code))).found

    assert found in catalogue().values() or found == errno.errorcode[code]


def test_one_thing_is_not_several() -> None:
    assert _counted(1, 0, n_failed=1) == "1 faite, 0 reprise, 1 en échec"
    assert _counted(2, 3, n_failed=0) == "2 faites, 3 reprises, 0 en échec"


def test_types_are_named_in_the_help(built: Desk) -> None:
    told = built.actes("run", "--help").out + built.actes("--help").out

    assert "--data TEXTE" in told
    assert "COMMANDE [MOTS]..." in told
    assert not re.search(r"\b(TEXT|PATH|INTEGER|RANGE|COMMAND)\b", told)

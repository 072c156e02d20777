"""Conversions are shared between processes, and never made twice."""

import shutil
from pathlib import Path
from typing import Any

import psutil
import pytest

from actes.errors import ToolError
from actes.publish import conversion, converter, pandoc, pdf
from actes.publish.conversion import Conversion, Converter
from actes.publish.converter import Pandocs
from actes.publish.memory import Memory

BOOK = Path(__file__).parent / "workspaces" / "book-complet"


def markdown(text: str) -> Conversion:
    return Conversion(text, reader="markdown", writer="html5", steps=())


@pytest.fixture
def converted(monkeypatch: pytest.MonkeyPatch) -> list[Conversion]:
    """Everything that pandoc is really asked for, as it is asked."""
    asked: list[Conversion] = []
    answer = conversion._answer

    def noting(pandocs: Pandocs, one: Conversion) -> conversion.Converted:
        asked.append(one)
        return answer(pandocs, one)

    monkeypatch.setattr(conversion, "_answer", noting)
    return asked


def test_answers_come_in_the_order_of_the_questions() -> None:
    texts = ["*a*" * n for n in (1, 9, 3, 7, 2)]
    made = Converter().convert(markdown(text) for text in texts)
    alone = [Converter().convert([markdown(text)])[0] for text in texts]
    assert made == alone
    assert made[0].output == "<p><em>a</em></p>"


def test_a_remark_of_pandoc_is_given_to_its_own_text() -> None:
    texts = ["fine", "::: {.a}\nnever closed", "fine too\n\n[^1]: unused"]
    made = Converter().convert(markdown(text) for text in texts)
    assert [bool(each.warnings) for each in made] == [False, True, True]
    assert "unclosed" in made[1].warnings[0]
    assert "not used" in made[2].warnings[0]


def test_tabs_are_what_they_are_on_the_command_line() -> None:
    assert "<pre><code>a   b" in Converter().convert([markdown("\ta\tb")])[0].output


def test_a_failing_filter_is_told_as_pandocs_failure(tmp_path: Path) -> None:
    asked = Conversion("x", reader="no-such-format", writer="html5", steps=())
    with pytest.raises(ToolError, match="T111"):
        Converter().convert([asked])


def filtered(folder: Path, lua: str) -> Conversion:
    path = folder / "step.lua"
    path.write_text(f"function Pandoc(doc) {lua} return doc end", encoding="utf-8")
    return Conversion("x", reader="markdown", writer="html5", steps=(str(path),))


def test_a_pandoc_that_dies_is_replaced(tmp_path: Path) -> None:
    one = Converter()
    with one.pandocs:
        with pytest.raises(ToolError, match="T111"):
            one.convert([filtered(tmp_path, "os.exit(3)")])
        made = one.convert(markdown(text) for text in "abcd")
    assert [each.output for each in made] == ["<p>a</p>", "<p>b</p>", "<p>c</p>", "<p>d</p>"]


def test_a_pandoc_that_does_not_end_is_stopped(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(converter, "_TIMEOUT_S", 0.5)
    with pytest.raises(ToolError, match="T112"):
        Converter().convert([filtered(tmp_path, "while true do end")])


def test_no_pandoc_is_left_behind(tmp_path: Path) -> None:
    me = psutil.Process()
    before = me.children()
    one = Converter()
    with one.pandocs:
        one.convert([markdown("a")])
        started = me.children()
        one.convert([markdown("b")])
        assert me.children() == started != before
    Converter().convert([markdown("a")])
    with pytest.raises(ToolError):
        Converter().convert([filtered(tmp_path, "error('no')")])
    assert me.children() == before


def test_what_is_remembered_is_not_converted_again(
    tmp_path: Path, converted: list[Conversion]
) -> None:
    path = tmp_path / "memory.sqlite"
    first = Converter(Memory(path)).convert([markdown("a"), markdown("b")])
    again = Converter(Memory(path)).convert([markdown("a"), markdown("c"), markdown("b")])
    assert [each.text for each in converted] == ["a", "b", "c"]
    assert [again[0], again[2]] == first


def test_a_damaged_memory_is_begun_anew(tmp_path: Path) -> None:
    path = tmp_path / "memory.sqlite"
    path.write_bytes(b"not a database" * 100)
    assert Converter(Memory(path)).convert([markdown("a")])[0].output == "<p>a</p>"
    assert Converter(Memory(path)).convert([markdown("a")])[0].output == "<p>a</p>"


def test_other_bytes_in_a_file_that_is_read_are_another_conversion(tmp_path: Path) -> None:
    style = tmp_path / "style.csl"
    asked = Conversion("x", reader="markdown", writer="json", steps=(), reads=(style,))
    style.write_text("one", encoding="utf-8")
    one = asked.key()
    style.write_text("two", encoding="utf-8")
    assert asked.key() != one


def test_only_the_chapter_that_changed_is_converted_again(
    tmp_path: Path, converted: list[Conversion]
) -> None:
    book, memory = tmp_path / "book", tmp_path / "memory.sqlite"
    shutil.copytree(BOOK, book)
    pandoc.render(book, tmp_path / "once", formats=("html",), memory=memory)
    n_conversions = len(converted)
    chapter = book / "methode.md"
    chapter.write_text(chapter.read_text(encoding="utf-8") + "\nUn ajout.\n", encoding="utf-8")
    converted.clear()
    pandoc.render(book, tmp_path / "again", formats=("html",), memory=memory)
    assert len(converted) == 3 < n_conversions
    assert all("ajout" in each.text for each in converted)
    fresh = pandoc.render(book, tmp_path / "fresh", formats=("html",))[0].parent
    for page in sorted(fresh.rglob("*")):
        if page.is_file():
            again = tmp_path / "again" / page.relative_to(fresh)
            assert again.read_bytes() == page.read_bytes(), page.name


def test_another_pandoc_is_another_conversion(monkeypatch: pytest.MonkeyPatch) -> None:
    before = markdown("a").key()
    monkeypatch.setattr(conversion, "pandoc_version", lambda: "9.9")
    assert markdown("a").key() != before


def test_only_an_article_that_changed_is_printed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    root, memory = tmp_path / "book", tmp_path / "memory.sqlite"
    shutil.copytree(BOOK, root)
    project = (root / "_quarto.yml").read_text(encoding="utf-8").partition("\nformat:")[0]
    project = project.replace("articles: [pdf, docx, jats]", "articles: [pdf, jats]")
    (root / "_quarto.yml").write_text(f"{project}\nformat: html\n", encoding="utf-8")
    printed: list[str] = []
    compiled = pdf._compiled

    def noting(main: Path, *rest: Any) -> bytes:
        printed.append(main.name)
        return compiled(main, *rest)

    monkeypatch.setattr(pdf, "_compiled", noting)

    def articles(*, memory: Path | None) -> dict[str, bytes]:
        pages = pandoc.render(root, tmp_path / "_book", memory=memory)[0]
        folder = pages.parent / "articles"
        return {path.name: path.read_bytes() for path in folder.iterdir()}

    first = articles(memory=memory)
    assert printed == ["soustractions.typ"]
    other = root / "methode.md"
    other.write_text(other.read_text(encoding="utf-8") + "\nUn ajout.\n", encoding="utf-8")
    assert articles(memory=memory) == first == articles(memory=None)
    assert printed == ["soustractions.typ"] * 2  # once with a memory, once without
    own = root / "reports/soustractions/index.qmd"
    own.write_text(own.read_text(encoding="utf-8") + "\nUn ajout.\n", encoding="utf-8")
    changed = articles(memory=memory)
    assert len(printed) == 3
    assert all(changed[name] != first[name] for name in first)
    assert articles(memory=None) == changed


def test_what_a_render_has_no_use_for_is_forgotten(tmp_path: Path) -> None:
    path = tmp_path / "memory.sqlite"
    memory = Memory(path)
    memory.keep({"old": {"n": 1}})
    later = Memory(path)
    later.recall(["new"])
    later.keep({"new": {"n": 2}})
    later.forget_others()
    assert Memory(path).recall(["old", "new"]) == {"new": {"n": 2}}


def test_a_file_has_its_former_bytes_under_the_same_key(tmp_path: Path) -> None:
    file, memory = tmp_path / "article.pdf", tmp_path / "memory.sqlite"

    def write() -> Path:
        file.write_bytes(file.read_bytes() + b"+" if file.exists() else b"1")
        return file

    for key, content in (("a", b"1"), ("a", b"1"), ("b", b"1+"), ("a", b"1")):
        assert Memory(memory).rewritten(key, file, write).read_bytes() == content
    forgetful = Memory(memory)
    forgetful.recall(["b"])
    forgetful.forget_others()
    file.write_bytes(b"2")
    assert Memory(memory).rewritten("a", file, write).read_bytes() == b"2+"


NOTES = """<?xml version="1.0" encoding="utf-8"?>
<style xmlns="http://purl.org/net/xbiblio/csl" class="note" version="1.0">
  <info><title>Notes</title><id>notes</id><updated>2026-01-01T00:00:00+00:00</updated></info>
  <citation><layout suffix="."><text variable="title"/></layout></citation>
</style>
"""


def test_a_style_with_notes_puts_them_against_the_word(tmp_path: Path) -> None:
    (tmp_path / "notes.csl").write_text(NOTES, encoding="utf-8")
    (tmp_path / "r.bib").write_text(
        "@book{cle, title={Un ouvrage}, year={2001}}\n", encoding="utf-8"
    )
    (tmp_path / "_quarto.yml").write_text(
        "project:\n  type: book\nlang: fr\nbibliography: r.bib\ncsl: notes.csl\n"
        "book:\n  title: T\n  author: A\n  date: 2026-01-01\n  chapters: [index.qmd]\n",
        encoding="utf-8",
    )
    (tmp_path / "index.qmd").write_text("# Un\n\nUn mot [@cle] suit.\n", encoding="utf-8")
    page = pandoc.render(tmp_path, tmp_path / "_book", formats=("html",))[0]
    text = page.read_text(encoding="utf-8")
    assert 'Un mot<span class="citation"' in text
    assert "Un ouvrage" in text

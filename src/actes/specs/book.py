"""Read what the stages need of the book's project file and of its articles.

In: ``_quarto.yml``, ``reports/<article>/index.qmd``. Out: language, chapters, `ArticleSpec`.
The publishing engines read the rest of the project file themselves.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field, field_validator

from actes.errors import SpecError, place
from actes.i18n import LANGUAGES, _
from actes.specs.dataset import Sensitivity, Tlp  # noqa: TC001 - pydantic reads them
from actes.specs.profile import lay_profiles
from actes.specs.reading import Record, build, near, parse_once, plain, read_text, read_yaml
from actes.workspace import PROJECT_FILE

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from actes.workspace import Workspace

__all__ = [
    "ArticleSpec",
    "BookSettings",
    "RunSpec",
    "StoreSettings",
    "book_articles",
    "chapter_paths",
    "is_article",
    "read_article",
    "read_front_matter",
    "read_language",
    "read_project",
    "read_settings",
]


class StoreSettings(Record):
    """Where what was computed is shared, and the strictest data that may be there."""

    url: str = Field(min_length=1)
    tlp: Tlp = "CLEAR"
    sensitivity: Sensitivity = "open"


class BookSettings(Record):
    """Our key of ``_quarto.yml``: ``actes:``.

    ``tlp`` is the book's own Traffic Light Protocol label: data under a stricter one may not
    enter it. ``datasets`` are described in the appendix besides those that articles use.
    ``articles`` are the formats in which each article is also published by itself.
    ``store`` is an address, or an address with what may be there.
    """

    tlp: Tlp = "CLEAR"
    datasets: tuple[str, ...] = ()
    articles: tuple[Literal["pdf", "docx", "jats"], ...] = ()
    store: StoreSettings | None = None

    @field_validator("store", mode="before")
    @classmethod
    def _from_address(cls, value: Any) -> Any:
        return {"url": value} if isinstance(value, str) else value


RunName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$")]
"""A run's name is a file's name and a key in prose: small letters, digits, hyphens."""


class RunSpec(Record):
    """One study that an article rests on: run once, or over a grid of parameters.

    ``each`` are the parameters that vary (`specs.grid.Grid`), ``without`` the combinations to
    leave out, ``collect`` the values that the collected table shows (those that have a label,
    unless they are named).
    """

    study: str = Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$")
    data: str | None = None
    parameters: dict[str, Any] = Field(default_factory=dict)
    each: dict[str, Any] = Field(default_factory=dict)
    without: tuple[dict[str, Any], ...] = ()
    collect: tuple[str, ...] = ()


class ArticleRuns(Record):
    """An article's ``actes:`` key."""

    runs: dict[RunName, RunSpec] = Field(min_length=1)


class ArticleSpec(Record):
    """One contribution: its title, and the runs whose results it embeds, by name."""

    name: str
    title: str
    runs: dict[str, RunSpec]


def read_project(workspace: Workspace) -> dict[str, Any]:
    """Read ``_quarto.yml`` as plain data.

    Raises
    ------
    SpecError
        S003 when it isn't YAML, S009 when a key that we need isn't of its kind.
    """
    return dict(plain(_project(workspace)))


def _project(workspace: Workspace) -> Any:
    """Read the project file; its mappings remember their lines."""
    content = read_yaml(workspace.root / PROJECT_FILE, shown=PROJECT_FILE)
    if isinstance(content, dict):
        lay_profiles(content, lambda name: _beside(workspace, name))
    for key, kind, words in _KINDS:
        value = content if not key else content.get(key)
        if value is not None and not isinstance(value, kind):
            raise SpecError(
                "S009",
                _("The project file is not that of a book."),
                where=place(PROJECT_FILE, key=key),
                expected=words(),
            )
    if content is None:
        raise SpecError("S009", _("The project file is empty."), where=place(PROJECT_FILE))
    return content


def _beside(workspace: Workspace, name: str) -> Any:
    path = workspace.root / name
    return read_yaml(path, shown=name) if path.is_file() else None


_KINDS: tuple[tuple[str, type, Callable[[], str]], ...] = (
    ("", dict, lambda: _("keys and values")),
    ("project", dict, lambda: _("keys and values")),
    ("book", dict, lambda: _("keys and values")),
    ("lang", str, lambda: _("text")),
)


def read_settings(workspace: Workspace) -> BookSettings:
    """Read the ``actes:`` key of the project file."""
    content = _project(workspace)
    return build(BookSettings, content.get("actes"), shown=PROJECT_FILE, prefix="actes")


def read_language(workspace: Workspace) -> str:
    """Language of the book, ``fr`` or ``en``: studies publish in it."""
    code = str(read_project(workspace).get("lang", "fr"))[:2]
    return code if code in LANGUAGES else "fr"


def chapter_paths(workspace: Workspace) -> list[str]:
    """Paths of the book's chapters and appendices, in order, as the project file has them."""
    book = read_project(workspace).get("book", {})
    return [*_paths(book.get("chapters", [])), *_paths(book.get("appendices", []))]


def _paths(entries: list[Any]) -> Iterator[str]:
    for entry in entries:
        if isinstance(entry, str):
            yield entry
        elif isinstance(entry, dict):
            for key in ("file", "href", "part"):
                if str(entry.get(key, "")).endswith((".qmd", ".md", ".ipynb")):
                    yield entry[key]
            yield from _paths(entry.get("chapters", []))


def read_article(workspace: Workspace, name: str) -> ArticleSpec:
    """Read the front matter of ``reports/<name>/index.qmd``.

    Raises
    ------
    SpecError
        S001 no such article, S003/S004 a front matter that cannot be used, S008 none at all.
    """
    content = read_front_matter(workspace, name)
    shown = workspace.shown(workspace.article_file(name))
    runs = build(ArticleRuns, content.get("actes"), shown=shown, prefix="actes")
    return ArticleSpec(name=name, title=str(content.get("title", name)), runs=runs.runs)


def read_front_matter(workspace: Workspace, name: str) -> dict[str, Any]:
    """Read all that the article ``name`` says before its text; its mappings know their lines.

    Raises
    ------
    SpecError
        S001 no such article, S003 not YAML, S008 no front matter.
    """
    path = workspace.article_file(name)
    shown = workspace.shown(path)
    names = workspace.article_names()
    if name not in names:
        raise SpecError(
            "S001",
            _("There is no article “{name}”.").format(name=name),
            where=place(shown),
            expected=", ".join(names),
            next_step=near(name, names) or f"actes new article {name} --study … --data …",
        )
    head = _front_matter(read_text(path), shown)
    return parse_once(head, shown=shown, first_line=2) or {}


def is_article(workspace: Workspace, name: str) -> bool:
    """True when ``reports/<name>/index.qmd`` asks for runs (a plain chapter does not)."""
    path = workspace.article_file(name)
    if not path.is_file():
        return False
    shown = workspace.shown(path)
    head = parse_once(_front_matter(read_text(path), shown), shown=shown, first_line=2)
    return bool(head) and "actes" in head


def book_articles(workspace: Workspace) -> list[str]:
    """Names of the articles of the book, in its order."""
    names = []
    for chapter in chapter_paths(workspace):
        folder, _slash, file = chapter.rpartition("/")
        if file == "index.qmd" and folder.startswith("reports/"):
            names.append(folder.removeprefix("reports/"))
    return [name for name in names if is_article(workspace, name)]


def _front_matter(text: str, shown: str) -> str:
    lines = text.splitlines()
    if lines and lines[0].strip() == "---":
        for number, line in enumerate(lines[1:], start=1):
            if line.strip() in ("---", "..."):
                return "\n".join(lines[1:number])
    raise SpecError(
        "S008",
        _("An article begins with a front matter between two lines “---”."),
        where=place(shown, line=1),
        next_step=_("start from: actes new article NAME"),
    )

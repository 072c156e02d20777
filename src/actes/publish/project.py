"""Describe a book: what its project file says, read by `project_file`.

In: nothing. Out: frozen records that every step of the engine reads.
Only here: those records, and the reading options that a document may choose for itself.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from actes.publish.brand import Brand
from actes.publish.people import Author

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

__all__ = ["Author", "Entry", "Footer", "Options", "Project", "fold_choice", "read_options"]


@dataclass(frozen=True)
class Entry:
    """One document of the book, in reading order.

    ``path`` is relative to the root; ``part`` is the title of the part it belongs to, markdown,
    empty outside any; ``is_part`` when it is the page of that part itself; ``line`` is that of the
    project file.
    """

    path: Path
    line: int
    part: str = ""
    is_appendix: bool = False
    is_part: bool = False

    @property
    def slug(self) -> str:
        """Path of its page, without ``.html``: ``reports/x/index``, as Quarto names it."""
        return self.path.with_suffix("").as_posix()


@dataclass(frozen=True)
class Options:
    """What the project file chooses about every document; a front matter may choose otherwise.

    ``code_fold`` is ``""`` (never), ``"true"`` (folded) or ``"show"`` (foldable, open).
    """

    toc: bool = True
    toc_depth: int = 3
    number_sections: bool = True
    number_depth: int = 3
    code_fold: str = ""
    code_summary: str = ""
    echo: bool = True
    output: bool = True
    warning: bool = True
    eval: bool = True
    line_numbers: bool = False
    code_copy: bool = True
    lang: str = "en"


@dataclass(frozen=True)
class Footer:
    """What is written at the foot of each page; markdown."""

    left: str = ""
    center: str = ""
    right: str = ""


@dataclass(frozen=True)
class Project:
    """A book, as its project file describes it.

    Texts are markdown unless said otherwise; paths are relative to ``root``.

    Attributes
    ----------
    date, date_iso
        Written in full in the book's language, and ``YYYY-MM-DD``; both empty without a date.
    formats
        What is made of the book: ``html``, ``pdf``, ``epub``, ``docx``, in that order.
    article_formats
        What is made of each article by itself: ``pdf``, ``docx``, ``jats``, in that order.
    bibliography
        Bibliography files, in order.
    resources
        Other files that go with the pages (``project: resources:``).
    brand
        Colours, logo and typefaces of ``_brand.yml``.
    profiles
        Active ones, in order (``--profile``, ``QUARTO_PROFILE``).
    style_sheets
        CSS files of the author, laid over ours on the pages.
    starts_dark
        The project's only theme is a dark one: pages open dark until the reader chooses.
    words
        Every word that the book adds (`actes.publish.words`).
    metadata
        The whole project file, for ``{{< meta … >}}``.
    """

    root: Path
    title: str
    entries: tuple[Entry, ...]
    subtitle: str = ""
    authors: tuple[Author, ...] = ()
    date: str = ""
    date_iso: str = ""
    abstract: str = ""
    description: str = ""
    keywords: tuple[str, ...] = ()
    doi: str = ""
    lang: str = "en"
    cover_image: Path | None = None
    cover_image_alt: str = ""
    output_dir: str = "_book"
    output_file: str = "book"
    formats: tuple[str, ...] = ("html",)
    article_formats: tuple[str, ...] = ()
    downloads: tuple[str, ...] = ()
    bibliography: tuple[Path, ...] = ()
    csl: Path | None = None
    nocite: str = ""
    resources: tuple[Path, ...] = ()
    repo_url: str = ""
    repo_branch: str = "main"
    repo_subdir: str = ""
    repo_actions: tuple[str, ...] = ()
    issue_url: str = ""
    search: bool = True
    page_navigation: bool = True
    footer: Footer = field(default_factory=Footer)
    options: Options = field(default_factory=Options)
    brand: Brand = field(default_factory=Brand)
    profiles: tuple[str, ...] = ()
    starts_dark: bool = False
    style_sheets: tuple[Path, ...] = ()
    words: Mapping[str, str] = field(default_factory=dict)
    metadata: Mapping[str, Any] = field(default_factory=dict)

    def file_name(self, suffix: str) -> str:
        """File name of the whole book in a format other than HTML: ``Petit-livre.epub``."""
        return f"{self.output_file}.{suffix}"


_SWITCHES = {
    "toc": "toc",
    "number-sections": "number_sections",
    "echo": "echo",
    "output": "output",
    "warning": "warning",
    "eval": "eval",
    "code-line-numbers": "line_numbers",
    "code-copy": "code_copy",
}


def read_options(base: Options, *layers: Mapping[str, Any]) -> Options:
    """Lay the reading options of each map over ``base``; the last one wins.

    A front matter and the project file use the same keys, some of them under ``execute:``.
    """
    chosen: dict[str, Any] = dict(vars(base))
    for layer in layers:
        execute = layer.get("execute")
        settings = {**(execute if isinstance(execute, dict) else {}), **layer}
        for name, option in _SWITCHES.items():
            if isinstance(settings.get(name), bool):
                chosen[option] = settings[name]
        for name in ("toc-depth", "number-depth"):
            if isinstance(settings.get(name), int):
                chosen[name.replace("-", "_")] = settings[name]
        if isinstance(execute, dict) and execute.get("enabled") is False:
            chosen["eval"] = False
        if "lang" in settings:
            chosen["lang"] = str(settings["lang"])
        if "code-fold" in settings:
            chosen["code_fold"] = fold_choice(settings["code-fold"])
        if "code-summary" in settings:
            chosen["code_summary"] = str(settings["code-summary"])
    return Options(**chosen)


def fold_choice(value: object) -> str:
    """Read ``code-fold: true | false | show`` as `Options.code_fold`."""
    if str(value) == "show":
        return "show"
    return "true" if str(value).lower() in ("true", "hide") else ""

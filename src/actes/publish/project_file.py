"""Read ``_quarto.yml`` into a `Project`.

In: the root of a Quarto book project. Out: a frozen description of the book.
Only here: the meaning of the project file. Nothing is written, pandoc is not called.
"""

from __future__ import annotations

import datetime
import re
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any

from actes.errors import ArticleError, place
from actes.i18n import _
from actes.publish import keys
from actes.publish.brand import read_brand
from actes.publish.chapters import PROJECT_FILE, read_entries
from actes.publish.metadata import Yaml, line_of, read_utf8, read_yaml
from actes.publish.people import read_authors
from actes.publish.problems import Problem, Problems
from actes.publish.project import Footer, Options, Project, read_options
from actes.publish.themes import starts_dark, style_sheets
from actes.publish.words import PRINTED, long_date, spaced, words_for
from actes.specs.profile import active_profiles, lay_profiles

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["load_project"]

_BOOK_FORMATS = {"typst": "pdf"}
_LONGEST_NAME = 100
_NOT_IN_A_FILE_NAME = re.compile(r'[\\/:*?"<>|\x00-\x1f]')


def load_project(root: Path) -> Project:
    """Read the project file of the book in ``root``.

    Raises
    ------
    ArticleError
        A100 without a project file; A101, A102 for its YAML; otherwise a `BookError` that lists
        everything wrong with it (A103 to A109).
    """
    path = root / PROJECT_FILE
    if not path.is_file():
        raise ArticleError(
            "A100",
            _("this directory holds no {name}").format(name=PROJECT_FILE),
            where=place(path),
            next_step=_("give the directory of a Quarto book project"),
        )
    settings = read_yaml(read_utf8(path, PROJECT_FILE), PROJECT_FILE)
    lay_profiles(settings, lambda name: _beside(root, name))
    problems = Problems()
    project = _Reader(root, settings, problems).project()
    problems.stop_if_any()
    return project


def _beside(root: Path, name: str) -> Yaml | None:
    path = root / name
    return read_yaml(read_utf8(path, name), name) if path.is_file() else None


class _Reader:
    """Reads one project file, noting what is wrong with it."""

    def __init__(self, root: Path, settings: Yaml, problems: Problems) -> None:
        self.root = root
        self.settings = settings
        self.problems = problems
        self.book = self._map(settings, "book")

    def project(self) -> Project:
        self._check_keys()
        top = self.settings
        lang = str(top.get("lang", "en"))
        return Project(
            root=self.root,
            lang=lang,
            **self._texts(lang),
            **self._files_of_the_book(),
            **self._links(),
            **self._formats(),
            options=self._options(),
            brand=read_brand(self.root, top.get("brand"), self.problems),
            profiles=active_profiles(top),
            starts_dark=starts_dark(self.root, top, self.problems),
            style_sheets=style_sheets(self.root, top, self.problems),
            words=MappingProxyType(self._words(lang)),
            metadata=MappingProxyType(top),
            entries=read_entries(self.root, self.book, lang, self.problems),
        )

    def _texts(self, lang: str) -> dict[str, Any]:
        book, top = self.book, self.settings
        title = _text(book, "title") or _text(top, "title")
        if not title:
            self._fault("A105", _("the book has no title"), "book.title", node=top, name="book")
        date, date_iso = self._date(lang)
        return {
            "title": spaced(title, lang),
            "subtitle": spaced(_text(book, "subtitle"), lang),
            "authors": read_authors(book.get("author", top.get("author")), top.get("affiliations")),
            "date": date,
            "date_iso": date_iso,
            "abstract": spaced(_text(book, "abstract") or _text(top, "abstract"), lang),
            "description": spaced(_text(book, "description"), lang),
            "keywords": _texts(top.get("keywords")),
            "doi": _text(book, "doi"),
            "output_file": _text(book, "output-file") or _file_name(title),
            "nocite": _text(top, "nocite"),
            "footer": self._footer(lang),
        }

    def _files_of_the_book(self) -> dict[str, Any]:
        book, top = self.book, self.settings
        return {
            "cover_image": self._file(book, "cover-image"),
            "cover_image_alt": _text(book, "cover-image-alt"),
            "output_dir": _text(self._map(top, "project"), "output-dir") or "_book",
            "downloads": self._downloads(),
            "bibliography": self._files(top, "bibliography"),
            "csl": self._file(top, "csl"),
            "resources": self._resources(),
        }

    def _formats(self) -> dict[str, Any]:
        """Read what to make: of the book (``format:``), of each article (``actes: articles:``)."""
        asked = self.settings.get("format")
        names = {_BOOK_FORMATS.get(name, name) for name in _names(asked)} or {"html"}
        # What is under `actes:` was checked by `actes.specs.book`.
        alone = {*_texts(self._map(self.settings, "actes").get("articles")), *({"jats"} & names)}
        return {
            "formats": tuple(name for name in keys.BOOK_FORMATS if name in names),
            "article_formats": tuple(name for name in keys.ARTICLE_FORMATS if name in alone),
        }

    def _links(self) -> dict[str, Any]:
        book = self.book
        return {
            "repo_url": _text(book, "repo-url").rstrip("/"),
            "repo_branch": _text(book, "repo-branch") or "main",
            "repo_subdir": _text(book, "repo-subdir").strip("/"),
            "repo_actions": _texts(book.get("repo-actions")),
            "issue_url": _text(book, "issue-url"),
            "search": self._search(),
            "page_navigation": book.get("page-navigation", True) is not False,
        }

    # -- keys ---------------------------------------------------------------------------

    def _check_keys(self) -> None:
        top, book = self.settings, self.book
        kind = self._map(top, "project").get("type", "book")
        if kind != "book":
            self._fault(
                "A103", _("only a project of type “book” can be rendered"), "project.type",
                node=top, name="project", found=str(kind),
            )  # fmt: skip
        known = keys.BOOK_HONOURED | keys.BOOK_IGNORED
        for name in book:
            if name in keys.BOOK_REFUSED:
                self._refuse(f"book.{name}", book, name)
            elif name not in known:
                self._fault(
                    "A104", _("Quarto knows no such key under book:"), f"book.{name}",
                    node=book, name=name,
                    next_step=_("correct its spelling, or move it to where it belongs"),
                )  # fmt: skip
        self._refuse_any(top, keys.TOP_REFUSED, "")
        self._refuse_any(self._map(top, "project"), keys.PROJECT_REFUSED, "project.")
        execute = self._map(top, "execute")
        if execute.get("enabled") is True:
            self._refuse("execute.enabled", execute, "enabled")
        if top.get("crossref") is False:
            self._refuse("crossref", top, "crossref")
            return
        crossref = self._map(top, "crossref")
        if crossref.get("chapters") is False:
            self._refuse("crossref.chapters", crossref, "chapters")
        self._refuse_any(crossref, set(crossref) - keys.CROSSREF_HONOURED, "crossref.")
        self._check_formats()

    def _check_formats(self) -> None:
        formats = self.settings.get("format")
        if isinstance(formats, str) and formats not in keys.FORMATS:
            self._refuse(f"format: {formats}", self.settings, "format")
        if not isinstance(formats, dict):
            return
        self._refuse_any(formats, set(formats) - keys.FORMATS, "format.")
        for name, options in formats.items():
            if name in keys.FORMATS and isinstance(options, dict):
                self._refuse_any(options, keys.FORMAT_REFUSED, f"format.{name}.")

    def _refuse_any(self, node: Yaml, names: set[str] | frozenset[str], prefix: str) -> None:
        for name in node:
            if keys.is_refused(name, node[name], names):
                self._refuse(f"{prefix}{name}", node, name)

    def _refuse(self, key: str, node: object, name: str) -> None:
        self._fault(
            "A106",
            _("the embedded engine cannot honour the key {key}").format(key=key),
            key,
            node=node,
            name=name,
            next_step=_("remove it, or render this book with Quarto"),
        )

    def _fault(
        self,
        code: str,
        what: str,
        key: str,
        *,
        node: object,
        name: object,
        found: str = "",
        next_step: str = "",
    ) -> None:
        line = line_of(node, name)
        self.problems.add(
            Problem(code, what, PROJECT_FILE, line, key, found=found, next_step=next_step)
        )

    def _map(self, node: Yaml, key: str) -> Yaml:
        value = node.get(key)
        if value is None or value is False or isinstance(value, dict):
            return value or {}
        self._fault("A102", _("a map of keys and values is expected"), key, node=node, name=key)
        return {}

    def _words(self, lang: str) -> dict[str, str]:
        """The words of the book: ours, then ``language:``, then ``crossref:``."""
        named = self.settings.get("language")
        if isinstance(named, str):
            found = self._file(self.settings, "language")
            is_there = found is not None and (self.root / found).is_file()
            text = read_utf8(self.root / named, named) if is_there else ""
            named = read_yaml(text, str(named))
        chosen: Yaml = dict(named) if isinstance(named, dict) else {}
        for tag in (lang.split("-", maxsplit=1)[0], lang):
            if isinstance(chosen.get(tag), dict):
                chosen |= chosen[tag]
        if "toc-title" in self.settings:
            chosen["toc-title-document"] = self.settings["toc-title"]
        for name, value in chosen.items():
            if name not in PRINTED and not isinstance(value, dict):
                self._refuse(f"language.{name}", named, name)
        return words_for(lang, self._map(self.settings, "crossref"), chosen)

    # -- values -------------------------------------------------------------------------

    def _date(self, lang: str) -> tuple[str, str]:
        for node in (self.book, self.settings):
            value = node.get("date")
            if value is None:
                continue
            if isinstance(value, datetime.datetime):
                value = value.date()
            try:
                day = datetime.date.fromisoformat(str(value))
            except ValueError:
                self._fault(
                    "A107", _("a date is written YYYY-MM-DD"), "date", node=node, name="date",
                    found=str(value),
                    next_step=_("write the day itself: the same sources always give the same book"),
                )  # fmt: skip
                return "", ""
            if "date-format" in node:
                self._refuse("date-format", node, "date-format")
            return long_date(day, lang), day.isoformat()
        return "", ""

    def _file(self, node: Yaml, key: str) -> Path | None:
        found = self._files(node, key)
        return found[0] if found else None

    def _files(self, node: Yaml, key: str) -> tuple[Path, ...]:
        names = _texts(node.get(key))
        for name in names:
            if not (self.root / name).is_file():
                self._fault(
                    "A108", _("there is no such file: {name}").format(name=name), key,
                    node=node, name=key,
                )  # fmt: skip
        return tuple(Path(name) for name in names)

    def _resources(self) -> tuple[Path, ...]:
        patterns = _texts(self._map(self.settings, "project").get("resources"))
        found = {path for pattern in patterns for path in self.root.glob(pattern)}
        return tuple(sorted(path.relative_to(self.root) for path in found if path.is_file()))

    def _downloads(self) -> tuple[str, ...]:
        formats = _texts(self.book.get("downloads"))
        for name in formats:
            if name not in keys.BOOK_FORMATS[1:]:
                self._refuse(f"book.downloads: {name}", self.book, "downloads")
        return formats

    def _search(self) -> bool:
        choice = self.book.get("search", True)
        sidebar = self.book.get("sidebar")
        if isinstance(sidebar, dict) and sidebar.get("search") is False:
            return False
        if isinstance(choice, dict) and "algolia" in choice:
            self._refuse("book.search.algolia", choice, "algolia")
        return choice is not False

    def _footer(self, lang: str) -> Footer:
        footer = self.book.get("page-footer")
        if not isinstance(footer, dict):
            return Footer(center=spaced(str(footer or ""), lang))
        parts = {}
        for side in ("left", "center", "right"):
            value = footer.get(side)
            if isinstance(value, list):
                self._refuse(f"book.page-footer.{side}", footer, side)
            parts[side] = spaced(str(value or ""), lang)
        return Footer(**parts)

    def _options(self) -> Options:
        formats = self.settings.get("format")
        html = formats.get("html") if isinstance(formats, dict) else None
        layers = [self.settings, html if isinstance(html, dict) else {}]
        return read_options(Options(), *layers)


def _text(node: Mapping[str, Any], key: str) -> str:
    value = node.get(key)
    return str(value).strip() if value is not None and not isinstance(value, (dict, list)) else ""


def _texts(value: object) -> tuple[str, ...]:
    if value is None:
        return ()
    return tuple(str(each) for each in value) if isinstance(value, list) else (str(value),)


def _names(formats: object) -> list[str]:
    """List the names under ``format:``, which is one name or a map."""
    return [str(name) for name in formats] if isinstance(formats, dict) else list(_texts(formats))


def _file_name(title: str) -> str:
    """Turn a title into the name Quarto would give its PDF ("Petit-livre-d-essai")."""
    bare = _NOT_IN_A_FILE_NAME.sub("", title)
    name = re.sub(r"[\s'’.]+", "-", bare).strip("-") or "book"
    # Systems allow 255 bytes; a whole word is left out.
    if len(name) <= _LONGEST_NAME:
        return name
    return name[:_LONGEST_NAME].rpartition("-")[0] or name[:_LONGEST_NAME]

"""Write the cleared notebooks and the numbers that an article embeds.

In: an article and its `Cleared` runs. Out: ``<run>.ipynb`` and ``_metadata.yml`` beside it.
A figure is the cell ``fig-<name>``, a table ``tbl-<name>``; when an article runs one study
several times, ``fig-<run>-<name>`` and ``tbl-<run>-<name>``.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import TYPE_CHECKING, Any

from actes import files, mime, results
from actes.compose.collection import collected
from actes.errors import ArticleError, HeldError, place
from actes.i18n import LANGUAGES, _
from actes.model import Chapter, Cleared, ClearedGrid
from actes.provenance import file_sha256, fingerprint
from actes.specs.book import read_language
from actes.specs.reading import near, read_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from actes.specs.book import ArticleSpec
    from actes.workspace import Workspace

__all__ = ["compose"]

_EMBED = re.compile(r"\{\{<\s*embed\s+([^\s#>]+)\.ipynb#([^\s>]+)")
_META = re.compile(r"\{\{<\s*meta\s+(results(?:-en|-fr)?\.[^\s>]+)\s*>\}\}")
_GENERATED = "# Made by actes: do not edit.\n"


def compose(
    workspace: Workspace, article: ArticleSpec, cleared: Mapping[str, Cleared | ClearedGrid]
) -> Chapter:
    """Write what the article ``article`` embeds, and check that it embeds only what there is.

    Parameters
    ----------
    cleared
        The article's runs by name, every one of them; a grid's under its one name.

    Raises
    ------
    HeldError
        C301 when results are not the ones that were reviewed.
    ArticleError
        A001 a result that isn't there is embedded, A002 a number that isn't there is quoted,
        A004 a notebook that nobody reviewed is embedded.
    """
    every = dict(_flat(cleared))
    for run_name, run in every.items():
        _check_seal(run_name, run)
    prefixes = _prefixes(article)
    notebooks = {
        name: _notebook(
            _sources(run),
            _records(workspace, article, name, run),
            prefixes[name],
            read_language(workspace),
        )
        for name, run in cleared.items()
    }
    numbers = _numbers(cleared, read_language(workspace))
    source = workspace.article_file(article.name)
    _check_article(workspace.shown(source), read_text(source), notebooks, numbers)
    folder = source.parent
    _check_strangers(workspace.shown(source), read_text(source), folder, set(notebooks))
    made = {folder / f"{name}.ipynb": _json(notebook) for name, notebook in notebooks.items()}
    made[folder / "_metadata.yml"] = _GENERATED + _json(numbers)
    for path, text in made.items():
        _write_if_changed(path, text)
    _remove_former(folder, set(notebooks))
    sealed = tuple((path, file_sha256(path)) for path in made)
    return Chapter(article.name, source, tuple(every.items()), sealed)


def _flat(cleared: Mapping[str, Cleared | ClearedGrid]) -> Iterator[tuple[str, Cleared]]:
    """Yield every run under its full name: a grid's are ``<name>.<key>``, as in prose."""
    for name, run in cleared.items():
        if isinstance(run, Cleared):
            yield name, run
        else:
            yield from ((f"{name}.{key}", each) for key, each in run.runs)


def _records(
    workspace: Workspace, article: ArticleSpec, name: str, run: Cleared | ClearedGrid
) -> tuple[dict[str, Any], ...]:
    if isinstance(run, Cleared):
        return run.outputs
    shown = workspace.shown(workspace.article_file(article.name))
    where = place(shown, key=f"actes.runs.{name}.collect")
    wanted = article.runs[name].collect
    return collected(run, wanted, language=read_language(workspace), where=where)


def _sources(run: Cleared | ClearedGrid) -> dict[str, str]:
    """Name what a notebook of results comes from."""
    if isinstance(run, Cleared):
        return {"run": run.run.key, "outputs": run.outputs_sha256}
    return {
        "run": fingerprint([each.run.key for _key, each in run.runs]),
        "outputs": fingerprint([each.outputs_sha256 for _key, each in run.runs]),
    }


def _check_seal(name: str, cleared: Cleared) -> None:
    if fingerprint(cleared.outputs) != cleared.outputs_sha256:
        raise HeldError(
            "C301",
            _("The results of “{run}” are not those that were reviewed.").format(run=name),
            next_step=_("give the same command again"),
        )


def _prefixes(article: ArticleSpec) -> dict[str, str]:
    """Return what distinguishes the results of runs of one study."""
    times = Counter(run.study for run in article.runs.values())
    return {name: f"{name}-" if times[run.study] > 1 else "" for name, run in article.runs.items()}


def _notebook(
    sources: Mapping[str, str],
    records: Iterable[Mapping[str, Any]],
    prefix: str,
    language: str,
) -> dict[str, Any]:
    cells = [
        _cell(record, prefix, language)
        for record in records
        if record["kind"] in ("figure", "table")
    ]
    kernel = {"display_name": "Python 3", "language": "python", "name": "python3"}
    return {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {
            "kernelspec": kernel,
            "actes": dict(sources),
        },
        "cells": cells,
    }


def _cell(record: Mapping[str, Any], prefix: str, language: str) -> dict[str, Any]:
    behind = {key: value for key, value in record.items() if key != "svg"}
    if record["kind"] == "figure":
        label = f"fig-{prefix}{record['name']}"
        options = {"fig-cap": results.as_prose(record["caption"]), "fig-alt": record["alt"]}
        shown = {"image/svg+xml": record["svg"]}
    else:
        label = f"tbl-{prefix}{record['name']}"
        options = {"tbl-cap": results.as_prose(record["caption"])}
        shown = {"text/markdown": results.markdown_table(record, language)}
    lines = [f"#| label: {label}", "#| echo: false"]
    lines += [f"#| {key}: {json.dumps(text, ensure_ascii=False)}" for key, text in options.items()]
    return {
        "cell_type": "code",
        "id": label[:64],
        "metadata": {},
        "execution_count": None,
        "source": "\n".join(lines),
        "outputs": [
            {
                "output_type": "display_data",
                "metadata": {},
                "data": shown | {mime.RESULT: behind},
            }
        ],
    }


def _numbers(cleared: Mapping[str, Cleared | ClearedGrid], language: str) -> dict[str, Any]:
    """Return the values by run and name, written out: in the book's language, then in each."""
    in_language = {
        code: {name: _quotable(run, code) for name, run in cleared.items()} for code in LANGUAGES
    }
    others = {f"results-{code}": values for code, values in in_language.items()}
    return {"results": in_language[language]} | others


def _quotable(run: Cleared | ClearedGrid, language: str) -> dict[str, Any]:
    """Return the values of a run by name; of a grid, by key and name."""
    if isinstance(run, Cleared):
        return _values(run, language)
    return {key: _values(each, language) for key, each in run.runs}


def _values(cleared: Cleared, language: str) -> dict[str, str]:
    return {
        record["name"]: _in_prose(record, language)
        for record in cleared.outputs
        if record["kind"] == "value"
    }


def _in_prose(record: Mapping[str, Any], language: str) -> str:
    """Write a value; text is kept from being read as Markdown."""
    written = results.formatted(record["value"], record["format"], language)
    return results.escaped(written) if record["format"] == "text" else written


def _check_article(
    shown: str, text: str, notebooks: Mapping[str, Any], numbers: Mapping[str, Any]
) -> None:
    """Refuse what the article embeds or quotes and that no run gives."""
    known = {
        f"{name}.ipynb#{cell['id']}"
        for name, notebook in notebooks.items()
        for cell in notebook["cells"]
    }
    quotable = set(_dotted(numbers))
    for number, line in enumerate(text.splitlines(), start=1):
        for run, label in _EMBED.findall(line):
            if run in notebooks and f"{run}.ipynb#{label}" not in known:
                raise _lost(
                    "A001",
                    _("The article embeds a result that its runs do not give."),
                    place(shown, line=number),
                    f"{run}.ipynb#{label}",
                    known,
                )
        for quoted in _META.findall(line):
            if quoted not in quotable:
                raise _lost(
                    "A002",
                    _("The article quotes a number that its runs do not give."),
                    place(shown, line=number),
                    quoted,
                    quotable,
                )


def _check_strangers(shown: str, text: str, folder: Path, names: set[str]) -> None:
    """Refuse a notebook that lies beside the article and that none of its runs made."""
    for number, line in enumerate(text.splitlines(), start=1):
        for name, _label in _EMBED.findall(line):
            if name not in names and (folder / f"{name}.ipynb").parent == folder:
                raise ArticleError(
                    "A004",
                    _("The article embeds a notebook that was not reviewed."),
                    where=place(shown, line=number),
                    found=f"{name}.ipynb",
                    expected=", ".join(f"{each}.ipynb" for each in sorted(names)),
                    next_step=near(name, names)
                    or _("make it a study, and name its run in the front matter (actes.runs)"),
                )


def _lost(code: str, what: str, where: str, wanted: str, known: set[str]) -> ArticleError:
    return ArticleError(
        code,
        what,
        where=where,
        found=wanted,
        expected=", ".join(sorted(known)) if len(known) <= 12 else "",
        next_step=near(wanted, known),
    )


def _dotted(numbers: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    for key, value in numbers.items():
        if isinstance(value, dict):
            yield from _dotted(value, f"{prefix}{key}.")
        else:
            yield prefix + key


def _json(content: Any) -> str:
    """Write JSON, which is YAML too."""
    return json.dumps(content, ensure_ascii=False, indent=1) + "\n"


def _write_if_changed(path: Path, text: str) -> None:
    if not path.is_file() or path.read_bytes() != text.encode():
        files.write_text(path, text)


def _remove_former(folder: Path, names: set[str]) -> None:
    """Remove the notebooks of runs that the article no longer asks for."""
    for notebook in folder.glob("*.ipynb"):
        content = files.read_json(notebook) or {}
        is_ours = "actes" in content.get("metadata", {})
        if is_ours and notebook.stem not in names:
            notebook.unlink()

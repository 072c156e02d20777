"""Tell where everything stands, from the store alone: nothing is run, nothing is written.

In: a workspace. Out: plain data, one entry a dataset, study and article; the book; the engine.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from actes import crate, files, store, unchanged
from actes.errors import ActesError
from actes.model import Cleared, Dataset, Rejected
from actes.plan import dataset_names, plan
from actes.publish import publication
from actes.review import review
from actes.run import recall_run, study_spec
from actes.specs.book import book_articles, is_article, read_article, read_settings

if TYPE_CHECKING:
    from collections.abc import Mapping

    from actes.specs.book import ArticleSpec
    from actes.workspace import Workspace

__all__ = ["workspace_status"]


def workspace_status(workspace: Workspace) -> dict[str, Any]:
    """Return the state of the workspace.

    Returns
    -------
    dict
        ``datasets`` (state ``valid``, ``rejected``, ``stale`` or ``broken``), ``studies``
        (``ready`` or ``broken``), ``articles`` (``cleared``, ``held``, ``stale``, ``broken``;
        ``in_book``; ``is_edition``: whether its results are those of its edition, None when it
        has none or they are not cleared), ``book`` (None, or engine and number of files),
        ``engine``, ``store_bytes``.
    """
    record = files.read_json(workspace.store / "book.json")
    published = unchanged.recall_articles(workspace)
    in_book = published or _names_or_nothing(workspace)
    return {
        "workspace": workspace.root.name,
        "datasets": [_dataset(workspace, name) for name in workspace.dataset_names()],
        "studies": [_study(workspace, name) for name in workspace.study_names()],
        "articles": [
            _article(workspace, name, published) | {"in_book": name in in_book}
            for name in workspace.article_names()
        ],
        "book": record and {"engine": record["engine"], "n_files": len(record["files"])},
        "engine": publication.choose_engine("auto"),
        "store_bytes": _size_bytes(workspace),
    }


def _names_or_nothing(workspace: Workspace) -> list[str]:
    try:
        return book_articles(workspace)
    except ActesError:
        return []


def _dataset(workspace: Workspace, name: str) -> dict[str, Any]:
    try:
        known = store.recall_dataset(workspace, name)
    except ActesError as error:
        return {"name": name, "state": "broken", "problem": error.what}
    if known is None:
        return {"name": name, "state": "stale"}
    facts = {"name": name, "n_rows": known.table.n_rows, "tlp": known.table.spec.tlp}
    facts["n_expectations"] = known.verdict.n_expectations
    if isinstance(known, Rejected):
        return facts | {"state": "rejected", "n_findings": len(known.verdict.findings)}
    return facts | {"state": "valid"}


def _study(workspace: Workspace, name: str) -> dict[str, Any]:
    try:
        spec = study_spec(workspace, name)
    except ActesError as error:
        return {"name": name, "state": "broken", "problem": error.what}
    return {"name": name, "state": "ready", "title": spec.title}


def _article(workspace: Workspace, name: str, published: Mapping[str, str]) -> dict[str, Any]:
    if name in published:
        facts = {"name": name, "title": published[name], "state": "cleared"}
        return facts | {"is_edition": _is_edition(workspace, name)}
    try:
        if not is_article(workspace, name):
            return {"name": name, "state": "prose"}
        article = read_article(workspace, name)
        state = _state(workspace, article)
        facts = {"name": name, "title": article.title, "state": state}
        is_edition = _is_edition(workspace, name) if state == "cleared" else None
        return facts | {"is_edition": is_edition}
    except ActesError as error:
        return {"name": name, "state": "broken", "problem": error.what}


def _state(workspace: Workspace, article: ArticleSpec) -> str:
    """``stale`` when a run is missing, ``held`` when one may not leave, else ``cleared``."""
    tlp = read_settings(workspace).tlp
    for asked in article.runs.values():
        names = dataset_names(workspace, asked)
        if not all(isinstance(store.recall_dataset(workspace, n), Dataset) for n in names):
            return "stale"
        planned = [made for _key, made in plan(workspace, asked).runs]
        if not all(map(recall_run, planned)):
            return "stale"
        if not all(isinstance(review(made, tlp=tlp), Cleared) for made in planned):
            return "held"
    return "cleared"


def _is_edition(workspace: Workspace, name: str) -> bool | None:
    """Whether a cleared article's results are those of its edition; None when it has none."""
    if not crate.edition_folder(workspace, name).is_dir():
        return None
    from actes.pipeline import clear  # heavy

    article = read_article(workspace, name)
    tlp = read_settings(workspace).tlp
    outputs = {}
    for run, asked in article.runs.items():
        for key, made in plan(workspace, asked).runs:
            label = f"{run}.{key}" if asked.each else run
            outputs[label] = clear(made, tlp=tlp).outputs
    return crate.is_edition_of(workspace, name, outputs)


def _size_bytes(workspace: Workspace) -> int:
    return sum(f.stat().st_size for f in workspace.store.rglob("*") if f.is_file())

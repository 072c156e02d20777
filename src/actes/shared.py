"""Share what was computed: a store that others read from and add to, at any fsspec URL.

In: the name of a finished thing, a local path. Out: the thing fetched and checked, or pushed.
Only here: what may be pushed, and what happens when the store does not answer: one warning, and
everything goes on as without it.

Nothing fetched is believed for its name alone: whoever asks says how a whole thing is known.
"""

from __future__ import annotations

import logging
import posixpath
from contextlib import suppress
from functools import lru_cache
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from actes import files
from actes.i18n import _
from actes.specs.book import read_settings
from actes.specs.dataset import SENSITIVITIES, TLP_ORDER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from actes.specs.book import StoreSettings
    from actes.specs.dataset import DatasetSpec
    from actes.workspace import Workspace

__all__ = ["fetch", "may_be_pushed", "push", "without_secrets"]

_LOG = logging.getLogger(__name__)


class _NotWhole(Exception):  # noqa: N818 - never leaves this module
    """What came is nothing, or not what was asked for."""


def fetch(
    workspace: Workspace,
    name: str,
    target: Path,
    *,
    is_whole: Callable[[Path], bool],
    private: bool = True,
) -> bool:
    """Bring the thing called ``name`` to ``target``; False when there is none that is whole.

    Parameters
    ----------
    name
        Where it is in the store (``tables/<sha256>.parquet``).
    is_whole
        What tells the thing itself, arrived in a temporary file, from anything else.
    private
        As `files.writing`.
    """
    remote = _remote_of(workspace)
    if remote is None or not remote.has(name):
        return False
    with suppress(_NotWhole), files.writing(target, private=private) as arrived:
        if not remote.get(name, arrived) or not is_whole(arrived):
            raise _NotWhole
        return True
    return False


def push(workspace: Workspace, name: str, path: Path, *, of: Iterable[DatasetSpec]) -> None:
    """Add ``path`` to the store as ``name``, if every dataset that it comes of may be there."""
    remote = _remote_of(workspace)
    if remote is not None and all(may_be_pushed(spec, remote.settings) for spec in of):
        remote.put(path, name)


def may_be_pushed(spec: DatasetSpec, settings: StoreSettings) -> bool:
    """True when a dataset is no stricter than what the store is declared to hold."""
    is_shareable = TLP_ORDER.index(spec.tlp) <= TLP_ORDER.index(settings.tlp)
    strictest = SENSITIVITIES.index(settings.sensitivity)
    return is_shareable and SENSITIVITIES.index(spec.sensitivity) <= strictest


def without_secrets(url: str) -> str:
    """Return an address without the user, the password and the words that may follow it."""
    parts = urlsplit(url)
    return (
        f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}" if parts.scheme else url
    )


def _remote_of(workspace: Workspace) -> _Remote | None:
    settings = read_settings(workspace).store
    if settings is None:
        return None
    is_path = "://" not in settings.url
    url = (workspace.root / settings.url).as_posix() if is_path else settings.url
    return _remote(url, settings)


class _Remote:
    """A store somewhere else; silent for good once it has failed to answer."""

    def __init__(self, url: str, settings: StoreSettings) -> None:
        self.url = url
        self.settings = settings
        self.is_silent = False

    def has(self, name: str) -> bool:
        return bool(self._asked(lambda store, path: store.exists(path), name))

    def get(self, name: str, target: Path) -> bool:
        def fetched(store: Any, path: str) -> bool:
            store.get_file(path, str(target))
            return True

        return bool(self._asked(fetched, name))

    def put(self, source: Path, name: str) -> None:
        def pushed(store: Any, path: str) -> None:
            store.makedirs(posixpath.dirname(path), exist_ok=True)
            store.put_file(str(source), path)

        self._asked(pushed, name)

    def _asked(self, work: Callable[[Any, str], Any], name: str) -> Any:
        if self.is_silent:
            return None
        try:
            from fsspec.core import url_to_fs

            store, root = url_to_fs(self.url)
            return work(store, posixpath.join(root, name))
        except Exception as error:
            self.is_silent = True
            _LOG.warning("%s", _silence(self.url, error))
            return None


@lru_cache(maxsize=8)
def _remote(url: str, settings: StoreSettings) -> _Remote:
    return _Remote(url, settings)


def _silence(url: str, error: Exception) -> str:
    """Say that a store doesn't answer: W011 its kind is unknown here, W010 anything else."""
    shown = without_secrets(url)
    if isinstance(error, (ImportError, ValueError)):
        text = _(
            "[W011] This kind of shared store is not known here: {url}. Going on without it. "
            "(S3: pip install s3fs; Azure: adlfs; Google: gcsfs)"
        )
        return text.format(url=shown)
    text = _("[W010] The shared store does not answer: {url} ({error}). Going on without it.")
    return text.format(url=shown, error=type(error).__name__)

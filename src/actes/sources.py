"""Bring a source that is not a file of this machine: any fsspec URL.

In: a descriptor whose ``path`` is an address. Out: its bytes, kept in the store under their hash.
Only here: fsspec for sources. As with a query, a source is asked for each time, and its last
bytes serve whoever does not ask. One with the same mark of content (ETag) is not read again.
"""

from __future__ import annotations

import errno
from typing import TYPE_CHECKING, Any

from actes import files, store
from actes.errors import ToolError, place
from actes.hashes import file_sha256
from actes.i18n import _
from actes.provenance import fingerprint
from actes.shared import without_secrets

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from actes.specs.dataset import DatasetSpec
    from actes.workspace import Workspace

__all__ = ["keep_remote"]


def keep_remote(workspace: Workspace, spec: DatasetSpec, shown: str) -> str:
    """Keep the source's bytes under their hash; return it.

    Parameters
    ----------
    shown
        How messages name the descriptor.

    Raises
    ------
    ToolError
        T030 it cannot be fetched, T031 this kind of address needs a package that isn't here.
    """
    url = str(spec.path)
    mark = _asked(url, shown, lambda remote, path: _mark(remote.info(path)))
    record = workspace.ingested / "remote" / f"{fingerprint(url)}.json"
    known = files.read_json(record) or {}
    sha256 = str(known.get("sha256"))
    if not (mark and known.get("mark") == mark and (workspace.sources / sha256).is_file()):
        sha256 = _fetched(workspace, spec, shown)
        files.write_json(record, {"mark": mark, "sha256": sha256})
    store.remember_snapshot(workspace, spec, sha256)
    return sha256


def _mark(described: dict[str, Any]) -> str:
    """What names the content at an address; empty where nothing does (dates do not)."""
    return str(described.get("ETag") or described.get("etag") or "")


def _fetched(workspace: Workspace, spec: DatasetSpec, shown: str) -> str:
    """Bring the bytes, then name them: they are not known before."""
    with files.disk_errors(workspace.sources):
        workspace.sources.mkdir(parents=True, exist_ok=True)
    arrived = workspace.sources / f"{files.TEMPORARY}{fingerprint(spec.path)}"
    try:
        _asked(str(spec.path), shown, lambda remote, path: remote.get_file(path, str(arrived)))
        sha256 = file_sha256(arrived)
        _move_in(arrived, workspace.sources / sha256, private=spec.sensitivity == "confidential")
    finally:
        arrived.unlink(missing_ok=True)
    return sha256


def _move_in(arrived: Path, kept: Path, *, private: bool) -> None:
    with files.disk_errors(kept):
        arrived.chmod(0o600 if private else 0o644)
        arrived.replace(kept)


def _asked(url: str, shown: str, work: Callable[[Any, str], Any]) -> Any:
    try:
        from fsspec.core import url_to_fs

        return work(*url_to_fs(url))
    except (ImportError, ValueError) as error:
        raise ToolError(
            "T031",
            _("This kind of address is not known on this machine."),
            where=place(shown, key="path"),
            found=without_secrets(url),
            next_step=_(
                "install what reads it (S3: pip install s3fs; Azure: adlfs; Google: gcsfs)"
            ),
        ) from error
    except Exception as error:  # each kind of store has failures of its own
        if isinstance(error, OSError) and error.errno == errno.ENOSPC:
            raise files.disk_error(error) from error
        raise ToolError(
            "T030",
            _("The source cannot be fetched."),
            where=place(shown, key="path"),
            found=f"{without_secrets(url)} ({type(error).__name__})",
            next_step=_("check the address, your rights and the network, then try again"),
        ) from None

"""Execute runs on the workers of an existing `dask.distributed` cluster.

In: prepared runs, a scheduler's address. Out: the same executed notebooks, in the local store.
Only here: dask.

A worker gets what the runs need of the workspace, in a folder of its own: descriptors, suites,
studies and the modules beside them travel by value, once a worker; so do tables, unless every
worker sees them at the same path. It never gets the sources: their hashes are enough.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import tempfile
import warnings
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from actes import files, provenance, run, store
from actes.errors import ActesError, ToolError
from actes.i18n import _, language, speaking
from actes.workspace import PROJECT_FILE, Workspace

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from actes.batch import Crew
    from actes.model import Run

__all__ = ["executor"]

_CONNECTION_TIMEOUT_S = 5
_ATTEMPTS = 3
_SHOWN_DIFFERENCES = 4


def executor(
    workspace: Workspace, crew: Crew
) -> Callable[[Sequence[Run]], Iterator[tuple[Run, ActesError | None]]]:
    """Return what executes runs on the workers of ``crew.scheduler`` (``tcp://host:port``).

    Called with runs, it raises ToolError before any is executed: T040 dask is not installed,
    T041 no scheduler answers, T042 it has no worker, T043 a worker has another environment. A
    run that the cluster loses is T044.
    """

    def execute(runs: Sequence[Run]) -> Iterator[tuple[Run, ActesError | None]]:
        with _connected(crew.scheduler) as client:
            luggage = _luggage(workspace, runs)
            _check_alike(client.run(_made_with, luggage), runs[0])
            there = _carried(client, luggage)
            tables = _tables(client, workspace, runs)

            def submit(each: Run) -> Any:
                words = (each, crew, there, tables, language())
                return client.submit(_execute_there, *words, pure=False)

            try:
                yield from _outcomes(workspace, runs, client, submit)
            finally:
                with suppress(OSError, TimeoutError):
                    client.run(_clean, luggage)

    return execute


@contextmanager
def _connected(scheduler: str) -> Iterator[Any]:
    try:
        from distributed import Client  # heavy
    except ImportError:
        raise ToolError(
            "T040",
            _("Running on a cluster needs dask.distributed, which is not installed."),
            next_step="pip install actes[cluster]",
        ) from None
    # They say at length what we say in a sentence.
    for name in [n for n in logging.root.manager.loggerDict if n.startswith("distributed")]:
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)
    try:
        client = Client(scheduler, timeout=_CONNECTION_TIMEOUT_S, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise _unreachable(scheduler, error) from None
    with client:
        if not client.ncores():
            raise ToolError(
                "T042",
                _("The scheduler has no worker."),
                where=scheduler,
                next_step=_("start some on the cluster: dask worker {at}").format(at=scheduler),
            )
        yield client


def _unreachable(scheduler: str, error: Exception) -> ToolError:
    return ToolError(
        "T041",
        _("No scheduler answers at this address."),
        where=scheduler,
        found=type(error).__name__,
        expected="tcp://host:8786",
        next_step=_("start one (dask scheduler), or see that the address can be reached"),
    )


def _check_alike(workers: Mapping[str, dict[str, str]], wanted: Run) -> None:
    """Refuse workers that would not give the results of this machine."""
    here = provenance.environment() | {_CODE: wanted.record["code_sha256"]}
    for address, there in workers.items():
        names = sorted(n for n in here.keys() | there.keys() if here.get(n) != there.get(n))
        if names:
            raise _different(address, [(n, here.get(n, "–"), there.get(n, "–")) for n in names])


_CODE = "code"


def _different(worker: str, differences: Sequence[tuple[str, str, str]]) -> ToolError:
    told = [f"{name}: {there[:12]} ≠ {here[:12]}" for name, here, there in differences]
    others = [] if len(told) <= _SHOWN_DIFFERENCES else ["…"]
    return ToolError(
        "T043",
        _("A worker does not have the environment of this machine: its results could differ."),
        where=worker,
        found="; ".join([*told[:_SHOWN_DIFFERENCES], *others]),
        next_step=_("install the same versions of Actes and of its dependencies on both"),
    )


def _outcomes(
    workspace: Workspace, runs: Sequence[Run], client: Any, submit: Callable[[Run], Any]
) -> Iterator[tuple[Run, ActesError | None]]:
    """Put each notebook in the store as it comes; ask again for one that was lost on its way."""
    from distributed import as_completed  # heavy

    by_future = {submit(each): each for each in runs}
    ending = as_completed(list(by_future), loop=client.loop)
    left = {each.key: _ATTEMPTS - 1 for each in runs}
    try:
        for future in ending:
            made = by_future.pop(future)
            try:
                yield made, _put_away(workspace, made, future)
            except _LostError as lost:
                left[made.key] -= 1
                if left[made.key] < 0 or client.status != "running":
                    yield made, _lost(lost)
                else:
                    again = submit(made)
                    by_future[again] = made
                    ending.add(again)
    finally:
        client.cancel(list(by_future))


class _LostError(Exception):
    """A result that was computed, or nearly, when the worker that held it died."""


def _put_away(workspace: Workspace, made: Run, future: Any) -> ActesError | None:
    from concurrent.futures import CancelledError

    from distributed import KilledWorker  # heavy

    try:
        run.adopt(workspace, made, json.loads(future.result()))
    except ActesError as error:
        return error
    except KilledWorker as error:
        return _lost(error)
    except (CancelledError, OSError, TimeoutError) as error:
        raise _LostError(type(error).__name__) from None
    return None


def _lost(error: Exception) -> ToolError:
    return ToolError(
        "T044",
        _("The cluster lost this run: its workers died, or the scheduler did."),
        found=str(error) if isinstance(error, _LostError) else type(error).__name__,
        next_step=_("give the same command again; or give the workers more memory"),
    )


# --- what travels --------------------------------------------------------------------------------


def _luggage(workspace: Workspace, runs: Sequence[Run]) -> dict[str, bytes]:
    """Files of the workspace that the runs need, by path; tables and sources apart."""
    names = _needed(workspace, runs)
    beside = (f for f in workspace.notebooks.rglob("*") if f.is_file() and f.suffix != ".ipynb")
    wanted = [
        workspace.root / PROJECT_FILE,
        *{workspace.study_file(each.study) for each in runs},
        *(file for file in beside if "__pycache__" not in file.parts),
        *(workspace.dataset_file(name) for name in names),
        *(workspace.validation / "expectations" / f"{name}.json" for name in names),
        *workspace.ingested.glob("*.json"),
        *workspace.verdicts.glob("*.json"),
    ]
    carried = {
        file.relative_to(workspace.root).as_posix(): file.read_bytes()
        for file in sorted(wanted)
        if file.is_file()
    }
    hashes = {
        name: store.source_sha256(workspace, store.read_dataset_spec(workspace, name))
        for name in names
    }
    pinned = store.pinned_file(workspace).relative_to(workspace.root).as_posix()
    return carried | {pinned: json.dumps(hashes, sort_keys=True).encode()}


def _needed(workspace: Workspace, runs: Sequence[Run]) -> list[str]:
    """Datasets of the runs, and those that their checks look into."""
    specs = {d.name: d.table.spec for each in runs for d in each.datasets}
    related = {name for spec in specs.values() for name in store.related_datasets(spec)}
    return sorted(specs.keys() | related)


@dataclass(frozen=True, slots=True)
class _Seen:
    """A table that every worker can open where it is."""

    path: str


def _carried(client: Any, content: Any) -> Any:
    """Return content that the workers hand to one another, and that the scheduler can give again.

    (What is *scattered* is lost with the last worker that holds it.)
    """
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Sending large graph")
        return client.submit(_same, content, pure=False)


def _same(content: Any) -> Any:
    return content


def _tables(client: Any, workspace: Workspace, runs: Sequence[Run]) -> dict[str, Any]:
    """Return each table by its hash: where it is, if all workers see it there; else its bytes."""
    specs = [store.read_dataset_spec(workspace, name) for name in _needed(workspace, runs)]
    known = (store.recall_table(workspace, spec) for spec in specs)
    paths = {table.sha256: table.path for table in known if table}
    seen = client.run(_sees, [path.as_posix() for path in paths.values()])
    return {
        sha256: _Seen(path.as_posix())
        if all(path.as_posix() in files_seen for files_seen in seen.values())
        else _carried(client, path.read_bytes())
        for sha256, path in paths.items()
    }


# --- on a worker ---------------------------------------------------------------------------------


def _sees(paths: Sequence[str]) -> list[str]:
    return [path for path in paths if Path(path).is_file()]


def _made_with(luggage: Mapping[str, bytes]) -> dict[str, str]:
    """What decides of results on this worker: versions, and the code that studies run."""
    here = _unpacked(luggage)
    return provenance.environment() | {_CODE: provenance.code_sha256(here.notebooks)}


def _execute_there(
    made: Run, crew: Crew, luggage: Mapping[str, bytes], tables: Mapping[str, Any], code: str
) -> bytes:
    """Execute a run in this worker's own copy of the workspace; return the notebook.

    Parameters
    ----------
    code
        Language of the messages.
    """
    with speaking(code):
        _check_alike({"": _made_with(luggage)}, made)  # a worker may join late
        here = _unpacked(luggage)
        for sha256, table in tables.items():
            _lay(table, here.tables / f"{sha256}.parquet")
        there = replace(made, notebook=here.runs / made.key / made.notebook.name)
        run.execute(here, there, kernel=crew.kernel, limits=crew.limits)
    executed = there.notebook.read_bytes()
    shutil.rmtree(there.notebook.parent, ignore_errors=True)
    return executed


def _lay(table: _Seen | bytes, target: Path) -> None:
    if not target.is_file():
        content = Path(table.path).read_bytes() if isinstance(table, _Seen) else table
        files.write_bytes(target, content)


def _folder(luggage: Mapping[str, bytes]) -> Path:
    """Where this process unpacks: a name that `files.sweep` knows, were the process killed."""
    named = provenance.fingerprint({path: len(content) for path, content in luggage.items()})
    return Path(tempfile.gettempdir()) / f"actes-{os.getpid()}-{named[:16]}"


def _unpacked(luggage: Mapping[str, bytes]) -> Workspace:
    """Return the workspace that ``luggage`` makes, written once a process."""
    target = _folder(luggage)
    if not target.is_dir():
        new = Path(tempfile.mkdtemp(prefix=f"actes-{os.getpid()}-"))
        for path, content in luggage.items():
            files.write_bytes(new / path, content)
        with suppress(OSError):  # another thread was faster
            new.rename(target)
        shutil.rmtree(new, ignore_errors=True)
    return Workspace(target)


def _clean(luggage: Mapping[str, bytes]) -> None:
    """Remove what this worker unpacked, and what those of this machine left that were killed."""
    files.sweep(Path(tempfile.gettempdir()))
    shutil.rmtree(_folder(luggage), ignore_errors=True)

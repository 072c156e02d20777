"""Run the studies of a published article again, from its crate, and compare what comes out.

In: a workspace, an article, its crate. Out: `Reproduction`. Each run is really executed, in a
scratch store that nothing else knows; the data are those of the workspace, ingested and validated
as for any run.
"""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from actes import crate, files, provenance, run
from actes.crate.code import NOTEBOOKS, imported, is_same_code
from actes.errors import ActesError, CrateError, place
from actes.i18n import _
from actes.pipeline import clear, obtain_dataset
from actes.reproduce import compare, data_differences, environment_differences, failed
from actes.specs.book import read_article, read_language, read_settings
from actes.specs.reproductions import Difference, Reproduction, worst
from actes.steps import Step, Watch
from actes.workspace import Workspace

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from actes.crate import Published
    from actes.crate.facts import DatasetFacts, RunFacts
    from actes.model import Cleared, Table
    from actes.specs.reproductions import OutputVerdict

__all__ = ["differences", "open_edition", "open_elsewhere", "refuse_foreign_code", "reproduce"]


@dataclass(frozen=True, slots=True)
class _Scratch(Workspace):
    """The workspace, with studies and runs of its own.

    It lies inside the workspace's store, so that a notebook that looks for its workspace from
    where it runs finds the true one, with its data.
    """

    scratch: Path

    @property
    def notebooks(self) -> Path:
        """The studies of the crate."""
        return self.scratch / NOTEBOOKS

    @property
    def runs(self) -> Path:
        """Executed notebooks, known to nobody else."""
        return self.scratch / "runs"


def open_edition(workspace: Workspace, article: str) -> Published:
    """Read the crate that the workspace itself holds for an article.

    Raises
    ------
    SpecError
        S001 when there is no such article.
    CrateError
        As `crate.read`.
    """
    read_article(workspace, article)
    folder = crate.edition_folder(workspace, article)
    files.restore_folder(folder)
    if not folder.is_dir():
        raise CrateError(
            "E001",
            _("The article “{name}” has no edition to compare with.").format(name=article),
            where=place(workspace.shown(folder)),
            next_step=_("write one: actes build --edition; or name a crate: --from"),
        )
    return crate.read(folder, article=article, shown=workspace.shown(folder))


def open_elsewhere(workspace: Workspace, article: str, path: Path) -> Published:
    """Read a crate that came from elsewhere, a folder or a zip.

    Raises
    ------
    CrateError
        As `crate.read`.
    """
    return crate.read(path, article=article, shown=workspace.shown(path))


def refuse_foreign_code(workspace: Workspace, published: Published, path: Path) -> None:
    """Refuse to run code that is not the workspace's own: a notebook can do anything.

    Raises
    ------
    CrateError
        E008, naming each file.
    """
    foreign = [each.name for each in _code_differences(workspace, published)]
    if foreign:
        raise CrateError(
            "E008",
            _("This crate holds code that is not this workspace’s; nothing was run."),
            where=place(workspace.shown(path)),
            found=", ".join(foreign[:5]),
            next_step=_("read that code first; to run it all the same: --trust"),
        )


def differences(workspace: Workspace, published: Published, watch: Watch) -> tuple[Difference, ...]:
    """Say what is not here as it was: versions, code, data (which are ingested if need be)."""
    facts = published.facts
    here = crate.needed(provenance.environment(), imported(published.code))
    found = [
        *environment_differences(facts.environment, here, direct=crate.direct()),
        *_code_differences(workspace, published),
    ]
    if facts.language != read_language(workspace):
        language = read_language(workspace)
        found.append(Difference(of="code", name="lang", published=facts.language, here=language))
    with _scratch(workspace, published) as scratch:
        known = [provenance.code_sha256(folder.notebooks) for folder in (workspace, scratch)]
    ran_with = {each.code_sha256 for each in facts.runs.values()}.difference(known)
    found += [Difference(of="code", name="actes", published=c, here=known[0]) for c in ran_with]
    datasets: dict[str, DatasetFacts] = {}
    for each in facts.runs.values():
        datasets |= each.datasets
    for name, was in datasets.items():
        found += data_differences(name, was, _table(workspace, name, watch))
    return tuple(found)


def _code_differences(workspace: Workspace, published: Published) -> Iterator[Difference]:
    """Yield the files of the crate's code that are not the workspace's own."""
    for path, content in sorted(published.code.items()):
        file = workspace.root / path
        here = file.read_bytes() if file.is_file() else b""
        if not is_same_code(path, content, here):
            names = [hashlib.sha256(each).hexdigest() if each else "" for each in (content, here)]
            yield Difference(of="code", name=path, published=names[0], here=names[1])


def _table(workspace: Workspace, name: str, watch: Watch) -> Table | None:
    """Return the table of a dataset; None when it can't be had (its runs will say why)."""
    try:
        return obtain_dataset(workspace, name, watch).table
    except ActesError:
        return None


def reproduce(
    workspace: Workspace, published: Published, seen: Iterable[Difference], watch: Watch
) -> Reproduction:
    """Execute every run again and compare each published result.

    Parameters
    ----------
    seen
        What `differences` said.
    """
    outputs: list[OutputVerdict] = []
    with _scratch(workspace, published) as scratch:
        for name, facts in published.facts.runs.items():
            label = f"{published.facts.article}/{name}"
            try:
                again = _execute(scratch, facts, label, watch)
            except ActesError as error:
                outputs += failed(name, published.outputs[name], error)
            else:
                outputs += compare(name, published.outputs[name], again.outputs)
    verdict = worst(tuple(outputs))
    return Reproduction(
        crate=published.sha256,
        published=published.facts.published_sha256,
        verdict=verdict,
        differences=tuple(seen),
        outputs=tuple(outputs),
    )


def _execute(scratch: _Scratch, facts: RunFacts, label: str, watch: Watch) -> Cleared:
    """Execute a run as it was recorded; never the one that a store knows already."""
    study = run.study_spec(scratch, facts.study)
    values = study.check(facts.parameters, where=label)
    for _parameter, name, _roles in study.datasets(values):
        obtain_dataset(scratch, name, watch)
    prepared = run.prepare(scratch, study, values, where=label)
    made = run.execute(
        scratch, prepared, on_cell=lambda done, total: watch.cell(label, done, total)
    )
    watch.tell(Step("run", label, "done", _("executed again, from the crate")))
    return clear(made, tlp=read_settings(scratch).tlp)


@contextmanager
def _scratch(workspace: Workspace, published: Published) -> Iterator[_Scratch]:
    """Lay the crate's code out in a folder of its own, and remove it afterwards."""
    with files.disk_errors(workspace.store):
        workspace.store.mkdir(parents=True, exist_ok=True)
        folder = Path(tempfile.mkdtemp(prefix=files.TEMPORARY, dir=workspace.store))
    try:
        with files.disk_errors(folder):
            for path, content in published.code.items():
                target = folder / path
                target.parent.mkdir(parents=True, exist_ok=True)
                target.write_bytes(content)
        yield _Scratch(workspace.root, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)

"""Say by what an article's results were made, as the crate's own plain data.

In: `Chapter`. Out: `Facts`, written as ``actes.json``. The JSON-LD of `metadata` says the same to
those who know RO-Crate; `published` reads this one again, every key checked.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from actes.crate.contents import published_records, run_name
from actes.crate.environment import needed
from actes.provenance import environment, fingerprint
from actes.specs.reading import Record

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from actes.model import Chapter, Cleared
    from actes.specs.contribution import Contribution

__all__ = ["CRATE_VERSION", "DatasetFacts", "Facts", "RunFacts", "facts_of", "results_sha256"]

CRATE_VERSION = 1
"""Raised when an older ``actes`` could not read a crate again."""

Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*$", max_length=100)]
RunName = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9-]*(\.[\w-]+)*$", max_length=100)]
"""A run of a grid bears, after a full stop, its key in the grid."""

Distribution = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$", max_length=100)]
Version = Annotated[str, Field(pattern=r"^[\w.+! -]+$", max_length=100)]
Study = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]*$", max_length=100)]


class DatasetFacts(Record):
    """The data that a run studied: names of their bytes, never a row."""

    table_sha256: Sha256
    source_sha256: Sha256
    n_rows: int = Field(ge=0)


class RunFacts(Record):
    """What made the results of one run."""

    study: Study
    title: str
    parameters: dict[str, Any]
    datasets: dict[Name, DatasetFacts]
    notebook_sha256: Sha256
    code_sha256: Sha256
    environment_sha256: Sha256
    results_sha256: Sha256


class Facts(Record):
    """What made an article's results."""

    version: Literal[1]
    article: str
    title: str
    date: str
    language: Literal["fr", "en"]
    environment: dict[Distribution, Version]
    runs: dict[RunName, RunFacts] = Field(min_length=1)

    @property
    def published_sha256(self) -> str:
        """Name of what readers see: same studies, same parameters, same results.

        Another version of a package makes another crate, not another publication.
        """
        return fingerprint(
            {
                name: [run.notebook_sha256, run.parameters, run.results_sha256]
                for name, run in self.runs.items()
            }
        )


def facts_of(chapter: Chapter, said: Contribution, *, imported: Iterable[str]) -> Facts:
    """Gather what made a chapter's results.

    Parameters
    ----------
    imported
        Names of the modules that its notebooks import.
    """
    return Facts(
        version=CRATE_VERSION,
        article=chapter.article,
        title=said.title,
        date=said.date,
        language=chapter.cleared[0][1].run.record["language"],
        environment=needed(environment(), imported),
        runs={run_name(name): _run_facts(cleared) for name, cleared in chapter.cleared},
    )


def _run_facts(cleared: Cleared) -> RunFacts:
    record = cleared.run.record
    kept = ("study", "title", "parameters", "notebook_sha256", "code_sha256", "environment_sha256")
    return RunFacts(
        **{key: record[key] for key in kept},
        datasets={
            name: DatasetFacts(**{key: facts[key] for key in DatasetFacts.model_fields})
            for name, facts in record["datasets"].items()
        },
        results_sha256=results_sha256(cleared.outputs),
    )


def results_sha256(outputs: Sequence[Mapping[str, Any]]) -> str:
    """Name the results of a run as they are published."""
    return fingerprint(published_records(outputs))

"""Say what is not here as it was when an article was published.

In: versions, names of code and of data, then and now. Out: `Difference`, those that matter most
first: Python, Actes, what Actes asks for, the rest.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from actes.specs.reproductions import Difference

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping

    from actes.crate.facts import DatasetFacts
    from actes.model import Table

__all__ = ["data_differences", "environment_differences"]

_FIRST = ("python", "actes", "platform")


def environment_differences(
    published: Mapping[str, str], here: Mapping[str, str], *, direct: Collection[str]
) -> tuple[Difference, ...]:
    """Compare versions.

    Parameters
    ----------
    published, here
        Version by name of distribution.
    direct
        Names of those that Actes asks for itself.
    """

    def rank(name: str) -> tuple[int, str]:
        if name in _FIRST:
            return _FIRST.index(name), name
        return (len(_FIRST) if name in direct else len(_FIRST) + 1), name

    changed = (n for n in published.keys() | here.keys() if published.get(n) != here.get(n))
    return tuple(
        Difference(
            of="environment", name=name, published=published.get(name, ""), here=here.get(name, "")
        )
        for name in sorted(changed, key=rank)
    )


def data_differences(
    name: str, published: DatasetFacts, here: Table | None
) -> Iterator[Difference]:
    """Compare the data that a run studied with the dataset of that name, None when it isn't here.

    When the source's bytes are the same, the table's may still differ: another reading of them.
    """
    if here is None:
        yield Difference(of="data", name=name, published=published.table_sha256, here="")
        return
    facts = (
        (name, published.table_sha256, here.sha256),
        (f"{name} (source)", published.source_sha256, here.source_sha256),
        (f"{name} (n)", str(published.n_rows), str(here.n_rows)),
    )
    for label, was, now in facts:
        if was != now:
            yield Difference(of="data", name=label, published=was, here=now)

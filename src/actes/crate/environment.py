"""Tell which of the installed distributions a study's results may depend on.

In: every name and version at work. Out: those of Python, of Actes and of what they, and the
notebook's imports, need. The rest of a machine is nobody's business.
"""

from __future__ import annotations

import re
from functools import cache
from importlib import metadata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

__all__ = ["direct", "needed"]

_OURS = "actes"


def needed(environment: Mapping[str, str], imported: Iterable[str]) -> dict[str, str]:
    """Keep of ``environment`` what results may depend on.

    Parameters
    ----------
    environment
        Versions by name (`provenance.environment`).
    imported
        Names of the modules that the notebooks import.
    """
    versions = {_normal(name): version for name, version in environment.items()}
    waiting = [_OURS, *(d for module in imported for d in _providers().get(module, ()))]
    kept = {"python", "platform"} & versions.keys()
    while waiting:
        name = _normal(waiting.pop())
        if name in versions and name not in kept:
            kept.add(name)
            waiting += _requirements(name)
    return {name: versions[name] for name in sorted(kept)}


def direct() -> frozenset[str]:
    """Names of the distributions that Actes itself asks for."""
    return frozenset(_requirements(_OURS))


@cache
def _providers() -> Mapping[str, list[str]]:
    """Distributions by the module that they bring."""
    return metadata.packages_distributions()


@cache
def _requirements(name: str) -> tuple[str, ...]:
    """Names of what a distribution needs here, extras left out."""
    from packaging.requirements import Requirement  # comes with the notebook tools

    try:
        asked = metadata.requires(name) or ()
    except metadata.PackageNotFoundError:
        return ()
    needs = [Requirement(line) for line in asked]
    here = {"extra": ""}
    return tuple(
        _normal(each.name) for each in needs if each.marker is None or each.marker.evaluate(here)
    )


@cache
def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()

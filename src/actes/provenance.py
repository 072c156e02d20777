"""Name things by what they are made of, and say what they were made with.

In: plain data, the code at hand, the machine. Out: SHA-256 names; the versions at work.
"""

from __future__ import annotations

import hashlib
import json
import platform
import sys
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import actes
from actes.hashes import file_sha256, files_below

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = [
    "code_sha256",
    "environment",
    "environment_sha256",
    "file_sha256",
    "fingerprint",
    "package_sha256",
    "publishing_sha256",
]

_PACKAGE = Path(__file__).parent
_METHODS = (
    "study.py",
    "records.py",
    "frames.py",
    "results.py",
    "mime.py",
    "inputs.py",
    "numbers.py",
    "i18n.py",
    "locale",
    "methods",
)
"""What of ours decides what a study gives: a change here runs every study again."""


def fingerprint(*parts: Any) -> str:
    """SHA-256 (hexadecimal) of plain data, the same on every machine.

    Parameters
    ----------
    parts
        Text, numbers, None, lists or dictionaries of them: what ``json`` can write.
    """
    canonical = json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


@cache
def environment() -> dict[str, str]:
    """Name and version of Python, of Actes and of every installed distribution; the machine's kind.

    Wheels are not the same on two kinds of machine, and neither are the last digits they give.
    """
    found = {
        "python": platform.python_version(),
        "platform": f"{platform.system()} {platform.machine()}",
        "actes": actes.__version__,
    }
    for folder in map(Path, sys.path):
        for info in folder.glob("*.dist-info") if folder.is_dir() else ():
            name, _dash, version = info.name.removesuffix(".dist-info").partition("-")
            found.setdefault(name.lower().replace("_", "-"), version)
    return dict(sorted(found.items()))


@cache
def environment_sha256() -> str:
    """The environment's name: another version of anything is another environment."""
    return fingerprint(environment())


def code_sha256(notebooks: Path) -> str:
    """Name of what a notebook runs besides itself: our methods, and all that lies beside it.

    Modules, data that it might open by itself, settings: only other notebooks are left out.
    """
    ours = [file for name in _METHODS for file in _code(_PACKAGE / name)]
    beside = [file for file in files_below(notebooks) if file.suffix != ".ipynb"]
    return fingerprint(_named(ours, _PACKAGE), _named(beside, notebooks))


@cache
def publishing_sha256() -> str:
    """Name of the embedded engine, its theme, and what writes the crates of a book."""
    folders = (_PACKAGE / "publish", _PACKAGE / "crate")
    return fingerprint([_named(files_below(folder), folder) for folder in folders])


@cache
def package_sha256() -> str:
    """Name of all the code of Actes."""
    return fingerprint(_named(files_below(_PACKAGE), _PACKAGE))


def _named(those: Iterable[Path], folder: Path) -> list[tuple[str, str]]:
    return [(file.relative_to(folder).as_posix(), file_sha256(file)) for file in those]


def _code(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    return [file for file in files_below(path) if file.suffix in (".py", ".po", ".csv")]

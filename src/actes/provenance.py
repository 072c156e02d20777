"""Name things by what they are made of, and say what they were made with.

In: bytes, text, plain data, files. Out: SHA-256 names; the versions at work.
"""

from __future__ import annotations

import hashlib
import json
import platform
import sys
from functools import cache
from pathlib import Path
from typing import Any

import actes

__all__ = [
    "code_sha256",
    "environment",
    "environment_sha256",
    "file_sha256",
    "fingerprint",
    "publishing_sha256",
]

_CHUNK_BYTES = 1 << 20
_METHODS = (
    "study.py",
    "frames.py",
    "results.py",
    "inputs.py",
    "numbers.py",
    "i18n.py",
    "locale",
    "methods",
)
_CODE_SUFFIXES = (".py", ".po")


def fingerprint(*parts: Any) -> str:
    """SHA-256 (hexadecimal) of plain data, the same on every machine.

    Parameters
    ----------
    parts
        Text, numbers, None, lists or dictionaries of them: what ``json`` can write.
    """
    canonical = json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()


def file_sha256(path: Path) -> str:
    """SHA-256 (hexadecimal) of a file's bytes."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK_BYTES):
            digest.update(chunk)
    return digest.hexdigest()


@cache
def environment() -> dict[str, str]:
    """Name and version of Python and of every installed distribution (ours apart)."""
    found = {"python": platform.python_version(), "actes": actes.__version__}
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
    """Name of the code that a notebook runs: our methods, and modules beside the notebooks."""
    package = Path(__file__).parent
    ours = [file for name in _METHODS for file in _python_files(package / name)]
    return fingerprint(
        [(f.relative_to(package).as_posix(), file_sha256(f)) for f in ours],
        [(f.relative_to(notebooks).as_posix(), file_sha256(f)) for f in _python_files(notebooks)],
    )


@cache
def publishing_sha256() -> str:
    """Name of the embedded engine and its theme."""
    folder = Path(__file__).parent / "publish"
    engine = sorted(f for f in folder.rglob("*") if f.is_file() and "__pycache__" not in f.parts)
    return fingerprint([(f.relative_to(folder).as_posix(), file_sha256(f)) for f in engine])


def _python_files(path: Path) -> list[Path]:
    if not path.is_dir():
        return [path]
    return sorted(file for file in path.rglob("*") if file.suffix in _CODE_SUFFIXES)

"""Validate a crate with roc-validator, without a network.

It fetches one thing, the JSON-LD context of RO-Crate: here its HTTP cache is filled beforehand with
the copy that the package rocrate carries. Answer on the standard output: issues by crate (JSON).
"""

from __future__ import annotations

import io
import json
import sys
from importlib.resources import files
from pathlib import Path
from typing import Any

import requests
from requests.adapters import BaseAdapter, HTTPAdapter
from requests_cache import CachedSession
from rocrate_validator import models, services
from urllib3.response import HTTPResponse

CONTEXT = "https://w3id.org/ro/crate/1.1/context"


class _Local(BaseAdapter):
    """Answers with the context, whatever is asked; no socket is opened."""

    def send(self, request: requests.PreparedRequest, **_options: Any) -> requests.Response:
        body = (files("rocrate") / "data" / "ro-crate.jsonld").read_bytes()
        kind = {"Content-Type": "application/ld+json"}
        raw = HTTPResponse(io.BytesIO(body), headers=kind, status=200, preload_content=False)
        return HTTPAdapter().build_response(request, raw)

    def close(self) -> None:
        pass


def main(cache: str, crates: list[str]) -> None:
    """Validate each crate, and answer with its issues."""
    session = CachedSession(cache_name=cache, backend="sqlite", expire_after=-1)
    session.mount("https://", _Local())
    session.get(CONTEXT).raise_for_status()
    session.close()
    issues = {crate: _issues(crate, cache) for crate in crates}
    sys.stdout.write(json.dumps(issues))


def _issues(crate: str, cache: str) -> list[str]:
    settings = services.ValidationSettings(
        rocrate_uri=crate,
        profile_identifier="process-run-crate-0.5",
        requirement_severity=models.Severity.REQUIRED,
        offline=True,
        cache_path=cache,
    )
    result = services.validate(settings)
    found = [f"{issue.check.identifier} {issue.message}" for issue in result.get_issues()]
    return found or ([] if result.passed() else ["not passed"])


if __name__ == "__main__":
    main(str(Path(sys.argv[1]) / "http"), sys.argv[2:])

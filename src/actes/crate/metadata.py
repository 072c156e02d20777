"""Describe a crate to those who know RO-Crate: Process Run Crate 0.5 on RO-Crate 1.1.

In: what made the results (`Facts`), the article, the files. Out: ``ro-crate-metadata.json``, the
same bytes on every machine. Only here: the package rocrate.

Neither the person at the keyboard nor the hour of an execution is recorded: two executions of the
same ingredients are one run. The article's date and authors are said once, of the whole crate.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from actes.crate.code import NOTEBOOKS
from actes.crate.contents import json_bytes
from actes.i18n import _
from actes.provenance import fingerprint

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from actes.crate.facts import Facts, RunFacts
    from actes.specs.contribution import Contribution

__all__ = ["METADATA", "described"]

METADATA = "ro-crate-metadata.json"
_PROFILE = "https://w3id.org/ro/wfrun/process/0.5"
_TERMS = {"sha256": "https://w3id.org/ro/terms/workflow-run#sha256"}
_KINDS = {
    ".csv": "text/csv",
    ".ipynb": "application/x-ipynb+json",
    ".json": "application/json",
    ".py": "text/x-python",
    ".svg": "image/svg+xml",
}
_PYTHON = ["SoftwareApplication", "ComputerLanguage"]
_CODE = (".ipynb", ".py")


def described(
    facts: Facts, said: Contribution, files: Mapping[str, bytes], hashes: Mapping[str, str]
) -> bytes:
    """Write the description of a crate.

    Parameters
    ----------
    files
        Everything else in the crate, by path.
    hashes
        SHA-256 of each file, by path.
    """
    from rocrate.model import ContextEntity, File
    from rocrate.rocrate import ROCrate

    crate = ROCrate(version="1.1")
    crate.metadata.extra_terms.update(_TERMS)
    root = crate.root_dataset
    for key, value in _root(facts, said, files).items():
        root[key] = value
    if not said.date:
        del root["datePublished"]
    for path in sorted(files):
        properties = _file(path, files[path], hashes[path])
        crate.add(File(crate, dest_path=path, properties=properties))
    for entity in _context(facts, said, files):
        properties = {key: value for key, value in entity.items() if key != "@id"}
        crate.add(ContextEntity(crate, entity["@id"], properties=properties))
    return json_bytes(crate.metadata.generate())


def _root(facts: Facts, said: Contribution, files: Mapping[str, bytes]) -> dict[str, Any]:
    return {
        "name": said.title,
        "description": said.abstract or said.title,
        "datePublished": said.date,
        "license": _link("#license"),
        "inLanguage": facts.language,
        "keywords": list(said.keywords),
        "author": _one_or_more([_link(_author_id(name)) for name in said.authors]),
        "conformsTo": _link(_PROFILE),
        "hasPart": [_link(path) for path in sorted(files)],
        "mentions": _one_or_more([_link(f"#run-{name}") for name in facts.runs]),
    }


def _one_or_more(values: list[dict[str, str]]) -> Any:
    """RO-Crate wants a list of one written as that one."""
    return values[0] if len(values) == 1 else values


def _license(said: Contribution) -> dict[str, str]:
    name = said.license or _("Not stated")
    text = _("Terms of the article’s results; each dataset keeps its own.")
    return {"name": name, "description": text}


def _file(path: str, content: bytes, sha256: str) -> dict[str, Any]:
    suffix = "." + path.rpartition(".")[2]
    kind = ["File", "SoftwareSourceCode"] if suffix in _CODE else "File"
    entity: dict[str, Any] = {
        "@type": kind,
        "name": path.rpartition("/")[2],
        "description": _what(path),
        "encodingFormat": _KINDS[suffix],
        "contentSize": str(len(content)),
        "sha256": sha256,
    }
    if suffix in _CODE:
        entity["version"] = sha256[:16]
        entity["programmingLanguage"] = _link(_program("python"))
        entity["softwareRequirements"] = [_link(_program("actes")), _link(_program("python"))]
    return entity


def _what(path: str) -> str:
    """Say what a file is, by its place in the crate."""
    folder, _slash, name = path.rpartition("/")
    if path.startswith(f"{NOTEBOOKS}/"):
        return _("Code of the study, as it was executed.")
    if folder == "datasets":
        return _("Description of a dataset and hashes of its bytes; the figures are not here.")
    if name == "results.json":
        return _("Reviewed results of a run: tables, figures and values.")
    if folder.endswith("/figures"):
        return _("A published figure, or the figures behind it.")
    if folder.startswith("runs/"):
        return _("Published figures of a run, for a spreadsheet.")
    return _("What made the results: parameters, versions, hashes.")


def _context(
    facts: Facts, said: Contribution, files: Mapping[str, bytes]
) -> Iterator[dict[str, Any]]:
    """Yield what is not a file of the crate: profile, people, programs, executions."""
    yield {
        "@id": _PROFILE,
        "@type": "CreativeWork",
        "name": "Process Run Crate",
        "version": "0.5",
    }
    yield {"@id": "#license", "@type": "CreativeWork", **_license(said)}
    for name in said.authors:
        yield {"@id": _author_id(name), "@type": "Person", "name": name}
    for name, version in facts.environment.items():
        if name != "platform":
            yield _program_entity(name, version, facts.environment.get("platform", ""))
    for name, run in facts.runs.items():
        yield _action(name, run, files, facts)
        yield from _parameters(name, run)


def _action(name: str, run: RunFacts, files: Mapping[str, bytes], facts: Facts) -> dict[str, Any]:
    results = [path for path in sorted(files) if path.startswith(f"runs/{name}/")]
    return {
        "@id": f"#run-{name}",
        "@type": "CreateAction",
        "name": run.title or run.study,
        "description": _("Run “{name}” of the study {study}").format(name=name, study=run.study),
        "instrument": _link(f"{NOTEBOOKS}/{run.study}.ipynb"),
        "object": _one_or_more(
            [
                *(_link(f"datasets/{dataset}.json") for dataset in run.datasets),
                *(_link(_parameter_id(name, parameter)) for parameter in run.parameters),
            ]
        ),
        "result": _one_or_more([_link(path) for path in results]),
        "actionStatus": "http://schema.org/CompletedActionStatus",
    }


def _parameters(name: str, run: RunFacts) -> Iterator[dict[str, Any]]:
    for parameter, value in run.parameters.items():
        is_plain = isinstance(value, (str, int, float, bool))
        written = value if is_plain else json_bytes([value]).decode().strip()
        yield {
            "@id": _parameter_id(name, parameter),
            "@type": "PropertyValue",
            "name": parameter,
            "value": written,
        }


def _parameter_id(run: str, parameter: str) -> str:
    return f"#run-{run}-{parameter}"


def _author_id(name: str) -> str:
    """A stable identifier that says nothing more than the name does."""
    return f"#author-{fingerprint(name)[:12]}"


def _program_entity(name: str, version: str, platform: str) -> dict[str, Any]:
    entity: dict[str, Any] = {
        "@id": _program(name),
        "@type": "SoftwareApplication",
        "name": name,
        "softwareVersion": version,
    }
    if name == "python":
        entity |= {"@type": _PYTHON, "url": _program(name), "operatingSystem": platform}
    return entity


def _program(name: str) -> str:
    """Name a program by an address that names no registry's host: a package URL (purl)."""
    return "https://www.python.org/" if name == "python" else f"pkg:pypi/{name}"


def _link(identifier: str) -> dict[str, str]:
    return {"@id": identifier}

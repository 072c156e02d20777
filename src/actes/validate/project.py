"""Keep ``validation/`` a Great Expectations project that says what the descriptors say.

In: a workspace, a descriptor. Out: the project's files, each written whole and only when its
content changes, the owner's part of each as it was. Great Expectations itself is not needed here.

::

    validation/great_expectations.yml         settings; our data source in fluent_datasources
    validation/expectations/<dataset>.json    derived expectations, then the owner's
    validation/validation_definitions/<dataset>.json   suite and table together
    validation/checkpoints/<dataset>.json     validate, then build Data Docs
    validation/uncommitted/                   results and Data Docs      [ignored by git]
"""

from __future__ import annotations

import io
import json
from typing import TYPE_CHECKING, Any

from actes import files, store
from actes.errors import SpecError, place
from actes.expectations import derive, identifier, is_derived
from actes.i18n import _
from actes.specs.reading import parse_yaml, read_text

if TYPE_CHECKING:
    from pathlib import Path

    from actes.expectations import Expectation
    from actes.specs.dataset import DatasetSpec
    from actes.workspace import Workspace

__all__ = ["DATA_SOURCE", "data_docs_index", "data_source", "prepare", "suite_file", "table_file"]

DATA_SOURCE = "actes"
BATCH = "table"
DATA_DOCS_SITE = "local_site"
SAFE_RESULTS = {"result_format": "SUMMARY", "exclude_unexpected_values": True}
"""Counts without the cells themselves: no row's value reaches a result or a page."""

_SETTINGS = """\
# Un projet Great Expectations ordinaire. Depuis la racine de l'espace de travail :
#   great_expectations.get_context(mode="file", context_root_dir="validation")
# « actes validate » tient à jour la source « actes » (fluent_datasources), les attentes dérivées de
# dataset.yml et les points de contrôle. Tout le reste vous appartient et n'est jamais réécrit.
# Les chemins relatifs des sources partent du dossier où l'on travaille : la racine.
config_version: 4.0
analytics_enabled: false
data_context_id: {context_id}
progress_bars:
  globally: false
  metric_calculations: false
config_variables_file_path: uncommitted/config_variables.yml
plugins_directory: plugins/

stores:
  expectations_store:
    class_name: ExpectationsStore
    store_backend:
      class_name: TupleFilesystemStoreBackend
      suppress_store_backend_id: true
      base_directory: expectations/
  validation_results_store:
    class_name: ValidationResultsStore
    store_backend:
      class_name: TupleFilesystemStoreBackend
      suppress_store_backend_id: true
      base_directory: uncommitted/validations/
  checkpoint_store:
    class_name: CheckpointStore
    store_backend:
      class_name: TupleFilesystemStoreBackend
      suppress_store_backend_id: true
      base_directory: checkpoints/
  validation_definition_store:
    class_name: ValidationDefinitionStore
    store_backend:
      class_name: TupleFilesystemStoreBackend
      suppress_store_backend_id: true
      base_directory: validation_definitions/
expectations_store_name: expectations_store
validation_results_store_name: validation_results_store
checkpoint_store_name: checkpoint_store

data_docs_sites:
  local_site:
    class_name: SiteBuilder
    show_how_to_buttons: false
    store_backend:
      class_name: TupleFilesystemStoreBackend
      base_directory: uncommitted/data_docs/local_site/
    site_index_builder:
      class_name: DefaultSiteIndexBuilder

fluent_datasources:
  actes:
"""


def table_file(workspace: Workspace, name: str) -> Path:
    """Where the table with its control columns is, as Great Expectations reads it."""
    return workspace.store / "validation" / f"{name}.parquet"


def suite_file(workspace: Workspace, name: str) -> Path:
    """Where the expectations on a dataset are."""
    return workspace.validation / "expectations" / f"{name}.json"


def data_docs_index(workspace: Workspace) -> Path:
    """Where the first page of Data Docs is, once a checkpoint has run."""
    return workspace.validation / "uncommitted" / "data_docs" / DATA_DOCS_SITE / "index.html"


def prepare(workspace: Workspace, spec: DatasetSpec, query: str = "") -> list[Expectation]:
    """Bring the project's files up to date for one dataset; return its suite's expectations.

    Parameters
    ----------
    query
        What is validated, for rows that stay in their database.

    Raises
    ------
    SpecError
        V001 (suite), S003 (settings): a file that cannot be read is never overwritten.
        V003 when a derived expectation was edited by hand.
    """
    folder = workspace.validation
    path = suite_file(workspace, spec.name)
    known = store.read_suite(workspace, spec.name)
    suite = suite_of(spec, known, shown=workspace.shown(path))
    source = data_source(spec)
    ours = {DATA_SOURCE: _source(workspace.dataset_names())}
    if query:
        ours[source] = _database(spec, query)
    _settle_settings(folder / "great_expectations.yml", workspace, ours)
    _settle(path, suite)
    definition = _definition(spec.name, source)
    _settle(folder / "validation_definitions" / f"{spec.name}.json", definition)
    checkpoint = folder / "checkpoints" / f"{spec.name}.json"
    _settle(checkpoint, checkpoint_of(spec.name, files.read_json(checkpoint)))
    if not (folder / ".gitignore").is_file():
        files.write_text(folder / ".gitignore", "uncommitted/\n")
    _drop_half_written(folder / "uncommitted" / "validations")
    expectations: list[Expectation] = suite["expectations"]
    return expectations


def suite_of(spec: DatasetSpec, known: dict[str, Any], *, shown: str) -> dict[str, Any]:
    """Compose a suite: what the descriptor says now, then what the owner added, untouched.

    Parameters
    ----------
    known
        The suite as it is; empty when there is none yet.
    shown
        How messages name its file.

    Raises
    ------
    SpecError
        V003 when an expectation marked as derived isn't what was derived.
    """
    listed = known.get("expectations", [])
    for position, expectation in enumerate(listed):
        if is_derived(expectation) and not _is_as_derived(spec.name, expectation):
            raise SpecError(
                "V003",
                _("This expectation follows from dataset.yml, and was edited by hand."),
                where=place(shown, key=f"expectations[{position}]"),
                found=str(expectation["type"]),
                next_step=_("change dataset.yml; or make it yours: empty its “meta” and its “id”"),
            )
    owner = [expectation for expectation in listed if not is_derived(expectation)]
    return {
        "meta": {},
        "notes": None,
        **known,
        "expectations": derive(spec) + owner,
        "id": _id("suite", spec.name),
        "name": spec.name,
    }


def _is_as_derived(name: str, expectation: Expectation) -> bool:
    content = (expectation["type"], expectation.get("kwargs"), expectation.get("meta"))
    return bool(expectation.get("id") == identifier(name, *content))


def data_source(spec: DatasetSpec) -> str:
    """Name of the data source of a dataset: that of our tables, or one for its database."""
    return f"{DATA_SOURCE}-{spec.name}" if spec.stays else DATA_SOURCE


def _definition(name: str, source: str) -> dict[str, Any]:
    parts = {"asset": name, "batch_definition": BATCH, "datasource": source}
    ids = {
        "asset": ("asset", name),
        "batch_definition": ("batch", name),
        "datasource": _source_id(source),
    }
    return {
        "data": {part: {"id": _id(*ids[part]), "name": parts[part]} for part in parts},
        "id": _id("definition", name),
        "name": name,
        "suite": {"id": _id("suite", name), "name": name},
    }


def checkpoint_of(name: str, known: Any) -> dict[str, Any]:
    """Compose a checkpoint: results without values, then Data Docs, then the owner's actions.

    Parameters
    ----------
    known
        The checkpoint as it is; None when there is none that can be read.
    """
    ours = {"name": "data_docs", "site_names": [DATA_DOCS_SITE], "type": "update_data_docs"}
    actions = known.get("actions", []) if isinstance(known, dict) else []
    return {
        "actions": [ours, *(action for action in actions if action.get("name") != ours["name"])],
        "id": _id("checkpoint", name),
        "name": name,
        "result_format": SAFE_RESULTS,
        "validation_definitions": [{"id": _id("definition", name), "name": name}],
    }


def _source(names: list[str]) -> dict[str, Any]:
    """The data source that lists one Parquet file per dataset."""
    return {
        "type": "pandas_filesystem",
        "id": _id("source"),
        "base_directory": ".actes/validation",
        "assets": {
            name: {
                "type": "parquet",
                "id": _id("asset", name),
                "batch_definitions": {
                    BATCH: {
                        "id": _id("batch", name),
                        "partitioner": {"regex": rf"{name}\.parquet$", "param_names": []},
                    }
                },
            }
            for name in names
        },
    }


def _database(spec: DatasetSpec, query: str) -> dict[str, Any]:
    """The data source of one query, whose address stays in the environment."""
    name, variable = spec.name, spec.sql.url_variable if spec.sql else ""
    batch = {"id": _id("batch", name), "partitioner": None}
    return {
        "type": "sql",
        "id": _id(*_source_id(data_source(spec))),
        "connection_string": f"${{{variable}}}",
        "assets": {
            name: {
                "type": "query",
                "id": _id("asset", name),
                "batch_definitions": {BATCH: batch},
                "query": query,
            }
        },
    }


def _source_id(source: str) -> tuple[str, ...]:
    return ("source",) if source == DATA_SOURCE else ("source", source)


def _id(*parts: str) -> str:
    return identifier("validation", *parts)


def _settle(path: Path, content: dict[str, Any]) -> None:
    """Write JSON unless the file says the same already (however it is laid out)."""
    if files.read_json(path) != content:
        text = json.dumps(content, ensure_ascii=False, indent=2, sort_keys=True)
        files.write_text(path, text + "\n")


def _settle_settings(path: Path, workspace: Workspace, ours: dict[str, Any]) -> None:
    """Keep our data sources in the settings; every other line stays as its owner wrote it."""
    default = _SETTINGS.format(context_id=_id("context"))
    text = read_text(path) if path.is_file() else default
    settings = parse_yaml(text, shown=workspace.shown(path)) or parse_yaml(default, shown="")
    sources = settings.get("fluent_datasources") or {}
    if any(sources.get(name) != source for name, source in ours.items()):
        settings["fluent_datasources"] = sources | ours
        files.write_text(path, _yaml_text(settings))


def _yaml_text(content: Any) -> str:
    from ruamel.yaml import YAML

    yaml, text = YAML(typ="rt"), io.StringIO()
    yaml.width = 4096
    yaml.dump(content, text)
    return text.getvalue()


def _drop_half_written(results: Path) -> None:
    """Delete the results that a kill cut short: Data Docs cannot be built over them."""
    for path in results.rglob("*.json"):
        if files.read_json(path) is None:
            path.unlink(missing_ok=True)

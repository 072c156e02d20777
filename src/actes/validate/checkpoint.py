"""Run a checkpoint of Great Expectations, quietly, and hand back plain data.

In: the project in ``validation/``, a dataset's name. Out: one `Result` per expectation; results
and Data Docs in ``validation/uncommitted/``. Only here: running Great Expectations.
"""

from __future__ import annotations

import logging
import re
import warnings
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from actes import files
from actes.errors import SpecError, ToolError, place
from actes.i18n import _

if TYPE_CHECKING:
    from collections.abc import Iterator

    import sqlalchemy as sa

    from actes.expectations import Expectation
    from actes.workspace import Workspace

__all__ = ["Result", "quietly", "run_checkpoint"]


_EXCEPTION_LINE = re.compile(r"^(?:\w+\.)*(\w+):", re.MULTILINE)
"""``package.module.SomeError: message``, at the left of a traceback."""


@dataclass(frozen=True, slots=True)
class Result:
    """What came of one expectation.

    Attributes
    ----------
    counts
        What Great Expectations counted or observed (``unexpected_count``, ``element_count``,
        ``missing_count``, ``observed_value``…), as plain data.
    error
        Name of the exception that kept it from being evaluated; empty when it was.
    """

    expectation: Expectation
    is_met: bool
    counts: dict[str, Any]
    error: str


def run_checkpoint(
    workspace: Workspace, name: str, connection: sa.Connection | None = None
) -> list[Result]:
    """Run the checkpoint of a dataset: results are stored, Data Docs are brought up to date.

    Parameters
    ----------
    connection
        To the database where the rows are; without one they are in ``.actes/validation/``.

    Raises
    ------
    SpecError
        V006 when Great Expectations stops before it has a result.
    ToolError
        T001, T002 when the disk is full or closed.
    """
    with quietly():
        try:
            with files.disk_errors(workspace.validation / "uncommitted"):
                return _run(workspace, name, connection)
        except ToolError:
            raise
        except Exception as error:
            raise _stopped(workspace, name, error) from None


def _run(workspace: Workspace, name: str, connection: sa.Connection | None) -> list[Result]:
    import great_expectations as gx  # heavy

    from actes.validate.engine import in_database, in_sql  # heavy

    context = gx.get_context(mode="file", context_root_dir=workspace.validation)
    checkpoint = context.checkpoints.get(name)
    source: Any = checkpoint.validation_definitions[0].data_source
    if connection is None:
        # The settings' path starts from the workspace; we may have been called elsewhere.
        source.data_context_root_directory = workspace.root
        for asset in source.assets:
            source._build_data_connector(asset)
        evaluated = in_sql(context, source, scratch=workspace.store / "validation")
    else:
        evaluated = in_database(source, connection)
    with evaluated:
        outcome = checkpoint.run()
    (validated,) = outcome.run_results.values()
    return [_plain(result) for result in validated.results]


@contextmanager
def quietly() -> Iterator[None]:
    """Keep Great Expectations from writing to the terminal, and from loud deprecations."""
    logger = logging.getLogger("great_expectations")
    level = logger.level
    logger.setLevel(logging.CRITICAL + 1)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logger.setLevel(level)


def _plain(result: Any) -> Result:
    known = result.to_json_dict()
    return Result(
        known["expectation_config"],
        bool(known["success"]),
        known["result"],
        _error_of(known["exception_info"]),
    )


def _error_of(raised: dict[str, Any]) -> str:
    """Class of the first exception: its message may hold a value, so it is left behind."""
    each = [raised] if "raised_exception" in raised else list(raised.values())
    for info in each:
        if info.get("raised_exception"):
            named = _EXCEPTION_LINE.search(str(info.get("exception_traceback")))
            return named[1] if named else "Exception"
    return ""


def _stopped(workspace: Workspace, name: str, error: Exception) -> SpecError:
    return SpecError(
        "V006",
        _("Great Expectations stopped before it had a result."),
        where=place(workspace.shown(workspace.validation)),
        found=type(error).__name__,
        next_step=_("undo the last change in validation/, then: actes validate {name}").format(
            name=name
        ),
    )

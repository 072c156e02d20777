"""Evaluate a suite where the rows are: in DuckDB over the Parquet file, never all in memory.

In: the batch that a Great Expectations data source of Parquet files asks for. Out: an execution
engine that answers it in SQL, and a validator that leaves to the stock pandas engine, with the
columns concerned alone, what SQL would not say identically (`actes.validate.parity`).
Only here: how Great Expectations is extended. The project in ``validation/`` knows nothing of it.
"""

from __future__ import annotations

import copy
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
from great_expectations.execution_engine import PandasExecutionEngine
from great_expectations.validator.validator import Validator

import actes.validate.counts  # noqa: F401 - being defined is being registered
from actes.validate.engines import DatabaseEngine, ParquetEngine
from actes.validate.memory import duckdb_connection
from actes.validate.parity import is_same_in_sql, needed_columns

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import sqlalchemy as sa
    from great_expectations.execution_engine import SqlAlchemyExecutionEngine

    from actes.validate.parity import Holds

__all__ = ["in_database", "in_sql"]


@contextmanager
def in_sql(context: Any, source: Any, *, scratch: Path) -> Iterator[None]:
    """Evaluate in SQL the batches of a data source of Parquet files, as long as the block lasts.

    Parameters
    ----------
    context, source
        The project and its data source, as they are: nothing is written of this.
    scratch
        Folder where what does not fit in memory may be put.
    """

    def validator(*, batch_list: Any, **_options: Any) -> Any:
        return TwoEngineValidator(engine, data_context=context, batches=batch_list)

    with duckdb_connection(scratch) as connection:
        engine = ParquetEngine(connection)
        context.get_validator_using_batch_list = validator
        try:
            with _evaluated_by(source, engine):
                yield
        finally:
            engine.close()


@contextmanager
def in_database(source: Any, connection: sa.Connection) -> Iterator[None]:
    """Evaluate on one connection the batches of a data source of queries."""
    with _evaluated_by(source, DatabaseEngine(connection.engine, connection)):
        yield


@contextmanager
def _evaluated_by(source: Any, engine: SqlAlchemyExecutionEngine) -> Iterator[None]:
    kind = type(source)
    kind.execution_engine_override = staticmethod(lambda **_settings: engine)
    try:
        yield
    finally:
        kind.execution_engine_override = None


class TwoEngineValidator(Validator):  # type: ignore[misc]
    """Evaluate in SQL what is the same there, and the rest by the stock pandas engine.

    What SQL could not evaluate is asked again of pandas: errors too are those of stock
    Great Expectations.
    """

    def graph_validate(
        self, configurations: Sequence[Any], runtime_configuration: dict[str, Any] | None = None
    ) -> list[Any]:
        """Evaluate each expectation; the results come in the order of the suite."""
        path = self.active_batch_spec["path"]
        columns = _columns(path)
        numbered = [_numbered(c, position) for position, c in enumerate(configurations)]
        alike = [c for c in numbered if is_same_in_sql(c.type, c.kwargs, columns)]
        results = super().graph_validate(alike, runtime_configuration) if alike else []
        answered = {r.expectation_config.id: r for r in results if not _is_raised(r)}
        found = []
        for configuration, asked in zip(configurations, numbered, strict=True):
            result = answered.get(asked.id) or self._stock(
                path, asked, columns, runtime_configuration
            )
            result.expectation_config.id = configuration.id
            found.append(result)
        return found

    def _stock(self, path: str, asked: Any, columns: Mapping[str, Holds], runtime: Any) -> Any:
        """Evaluate one expectation by the stock engine, which reads the columns concerned alone."""
        wanted = needed_columns(asked.kwargs)
        known = [c for c in wanted if c in columns] if wanted else None
        frame = pd.read_parquet(path, columns=known or None)
        engine = PandasExecutionEngine(batch_data_dict={self.active_batch_id: frame})
        asked.kwargs["batch_id"] = self.active_batch_id
        stock = Validator(engine, data_context=self.data_context)
        (result,) = stock.graph_validate([asked], runtime)
        result.result.pop("partial_unexpected_index_list", None)  # as in SQL: counts alone
        return result


def _numbered(configuration: Any, position: int) -> Any:
    """Copy an expectation under a number: an owner's has no identifier to find it again by."""
    numbered = copy.deepcopy(configuration)
    numbered.id = str(position)
    return numbered


def _is_raised(result: Any) -> bool:
    raised = result.exception_info
    each = [raised] if "raised_exception" in raised else list(raised.values())
    return any(info.get("raised_exception") for info in each)


def _columns(path: str) -> dict[str, Holds]:
    """What the columns hold; none of a table without rows, whose sums are not 0 in SQL."""
    with pq.ParquetFile(path) as file:
        schema = file.schema_arrow if file.metadata.num_rows else ()
        return {field.name: _holds(field.type) for field in schema}


def _holds(kind: pa.DataType) -> Holds:
    if pa.types.is_string(kind):
        return "text"
    if pa.types.is_integer(kind):
        return "whole"
    return "number" if pa.types.is_floating(kind) else "other"

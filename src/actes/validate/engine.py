"""Evaluate a suite where the rows are: in DuckDB over the Parquet file, never all in memory.

In: the batch that a Great Expectations data source of Parquet files asks for. Out: an execution
engine that answers it in SQL, and a validator that leaves to the stock pandas engine, with the
columns concerned alone, what SQL would not say identically (`actes.validate.parity`).
Only here: how Great Expectations is extended. The project in ``validation/`` knows nothing of it.

Great Expectations finds a metric by the class of the engine, then by those it derives from: what
is registered here for `ParquetEngine` adds to its own SQL, and changes it for nobody else.
"""

from __future__ import annotations

import copy
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import sqlalchemy as sa
from great_expectations.core.batch import BatchMarkers
from great_expectations.execution_engine import PandasExecutionEngine, SqlAlchemyExecutionEngine
from great_expectations.execution_engine.sqlalchemy_batch_data import SqlAlchemyBatchData
from great_expectations.expectations.metrics.metric_provider import MetricProvider, metric_value
from great_expectations.validator.validator import Validator

from actes.validate.memory import duckdb_connection
from actes.validate.parity import is_same_in_sql, needed_columns

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    import duckdb

    from actes.validate.parity import Holds

__all__ = ["in_database", "in_sql"]

_CHUNK_ROWS = 1 << 17

_VIEW = "lot"

sa.dialects.registry.register("duckdb", "actes.validate.dialect", "DuckDBDialect")


class HeldEngine(SqlAlchemyExecutionEngine):  # type: ignore[misc]
    """A SQL engine of one connection that stays open.

    Great Expectations reads results after it lets go of a connection, and a connection of a
    database is what makes all that is asked of it one moment's rows.
    """

    def __init__(self, engine: sa.Engine, connection: sa.Connection) -> None:
        self._held = connection
        super().__init__(engine=engine, create_temp_table=False)

    @contextmanager
    def get_connection(self) -> Iterator[sa.Connection]:
        """Return the one connection."""
        yield self._held


class DatabaseEngine(HeldEngine):
    """A SQL engine in a transaction, which a query that fails must not end."""

    @contextmanager
    def get_connection(self) -> Iterator[sa.Connection]:
        """Return the one connection, a savepoint being behind it."""
        with self._held.begin_nested():
            yield self._held


class ParquetEngine(HeldEngine):
    """A SQL engine whose batches are Parquet files."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._duckdb = connection
        pool = sa.pool.StaticPool
        engine = sa.create_engine("duckdb://", creator=lambda: connection, poolclass=pool)
        super().__init__(engine, engine.connect())

    def get_batch_data_and_markers(self, batch_spec: Any) -> tuple[Any, Any]:
        """Make a view of the file that the data source names."""
        file = str(batch_spec["path"]).replace("'", "''")
        view = f"CREATE OR REPLACE VIEW {_VIEW} AS FROM read_parquet('{file}')"
        self._held.exec_driver_sql(view)
        data = SqlAlchemyBatchData(
            self, table_name=_VIEW, source_table_name=_VIEW, create_temp_table=False
        )
        loaded = pd.Timestamp.now(tz="UTC").strftime("%Y%m%dT%H%M%S.%fZ")
        return data, BatchMarkers({"ge_load_time": loaded})

    def chunks(self, column: str) -> Iterator[pa.RecordBatch]:
        """Read a column of the view, some rows at a time."""
        import duckdb

        answer = self._duckdb.cursor().table(_VIEW).select(duckdb.ColumnExpression(column))
        yield from answer.to_arrow_reader(_CHUNK_ROWS)

    def close(self) -> None:
        """Let the file go."""
        self._held.close()
        super().close()


class _Own(MetricProvider):  # type: ignore[misc]
    """A metric that needs none of those that Great Expectations would compute it from."""

    @classmethod
    def _get_evaluation_dependencies(cls, *_metric: Any, **_more: Any) -> dict[str, Any]:
        return {}


class _Unmatched(_Own):
    """Texts without a pattern, counted a chunk at a time by the call of the stock engine.

    Neither SQL nor DuckDB's own expressions are those of pandas (line ends, classes, assertions).
    """

    metric_name = "column_values.match_regex.unexpected_count"
    domain_keys = ("batch_id", "table", "column", "row_condition", "condition_parser")
    value_keys = ("regex",)

    @staticmethod
    @metric_value(engine=ParquetEngine)  # type: ignore[untyped-decorator]
    def _count(
        *, execution_engine: Any, metric_domain_kwargs: Any, metric_value_kwargs: Any, **_kw: Any
    ) -> int:
        column, pattern = metric_domain_kwargs["column"], metric_value_kwargs["regex"]
        return sum(int((~found).sum()) for found in _found(execution_engine, column, pattern))


class _Matched(_Unmatched):
    metric_name = "column_values.not_match_regex.unexpected_count"

    @staticmethod
    @metric_value(engine=ParquetEngine)  # type: ignore[untyped-decorator]
    def _count(
        *, execution_engine: Any, metric_domain_kwargs: Any, metric_value_kwargs: Any, **_kw: Any
    ) -> int:
        column, pattern = metric_domain_kwargs["column"], metric_value_kwargs["regex"]
        return sum(int(found.sum()) for found in _found(execution_engine, column, pattern))


def _found(engine: ParquetEngine, column: str, pattern: str) -> Iterator[pd.Series[bool]]:
    """For each chunk of a column, whether each text that is there holds the pattern."""
    for batch in engine.chunks(column):
        yield batch.to_pandas()[column].dropna().astype(str).str.contains(pattern)


class _Repeated(_Own):
    """Rows whose value another row has, counted by groups and not by a window over every row.

    A missing part of a key equals another one, as it does for pandas; in a join it would not.
    """

    metric_name = "column_values.unique.unexpected_count"
    domain_keys = ("batch_id", "table", "column", "row_condition", "condition_parser")

    @staticmethod
    @metric_value(engine=HeldEngine)  # type: ignore[untyped-decorator]
    def _count(*, execution_engine: Any, metric_domain_kwargs: Any, **_kw: Any) -> int:
        records = execution_engine.get_domain_records(metric_domain_kwargs)
        key: sa.ColumnClause[Any] = sa.column(metric_domain_kwargs["column"])
        return _n_repeated(execution_engine, records, [key], where=key.is_not(None))


class _RepeatedKeys(_Own):
    metric_name = "compound_columns.unique.unexpected_count"
    domain_keys = (
        "batch_id",
        "table",
        "column_list",
        "row_condition",
        "condition_parser",
        "ignore_row_if",
    )

    @staticmethod
    @metric_value(engine=HeldEngine)  # type: ignore[untyped-decorator]
    def _count(*, execution_engine: Any, metric_domain_kwargs: Any, **_kw: Any) -> int:
        records = execution_engine.get_domain_records(metric_domain_kwargs)
        keys: list[Any] = [sa.column(name) for name in metric_domain_kwargs["column_list"]]
        return _n_repeated(execution_engine, records, keys, where=sa.true())


def _n_repeated(engine: Any, records: Any, keys: list[Any], *, where: Any) -> int:
    source = records.subquery() if isinstance(records, sa.Select) else records
    n_rows = sa.func.count().label("n_rows")
    groups = sa.select(n_rows).select_from(source).where(where).group_by(*keys).having(n_rows > 1)
    total = sa.select(sa.func.coalesce(sa.func.sum(groups.subquery().c.n_rows), 0))
    return int(engine.execute_query(total).scalar())


class _Unasked(_Own):
    """The values at fault and their places: nobody asks for them (`project.SAFE_RESULTS`)."""

    @staticmethod
    @metric_value(engine=ParquetEngine)  # type: ignore[untyped-decorator]
    def _none(**_kw: Any) -> None:
        return None


for _counted in (_Unmatched, _Matched, _Repeated, _RepeatedKeys):
    for _what in ("unexpected_values", "unexpected_index_list", "unexpected_index_query"):
        _parts = {
            "metric_name": _counted.metric_name.replace("unexpected_count", _what),
            "domain_keys": _counted.domain_keys,
            "value_keys": (*_counted.value_keys, "result_format"),
        }
        type(_what, (_Unasked,), _parts)  # being defined is being registered


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
        with _evaluated_by(source, engine):
            yield
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

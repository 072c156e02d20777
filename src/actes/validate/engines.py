"""Answer Great Expectations in SQL, on one connection: a database's, or DuckDB over a Parquet file.

In: a connection. Out: an execution engine. Great Expectations finds a metric by the class of the
engine, then by those it derives from: `actes.validate.counts` registers its own for these.
"""

from __future__ import annotations

import os
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import pandas as pd
import pyarrow.parquet as pq
import sqlalchemy as sa
from great_expectations.core.batch import BatchMarkers
from great_expectations.execution_engine import SqlAlchemyExecutionEngine
from great_expectations.execution_engine.sqlalchemy_batch_data import SqlAlchemyBatchData

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from concurrent.futures import Future

    import duckdb
    import pyarrow as pa

__all__ = ["DatabaseEngine", "ParquetEngine", "name_of"]

_CHUNK_ROWS = 1 << 17

_AT_ONCE = min(os.cpu_count() or 1, 4)
"""Counts that are made at the same time; each needs its share of the memory."""

_ROWS_A_THREAD = 4_000_000
"""Below that, two threads spend more in putting together what each grouped than they gain."""

_VIEW = "lot"

sa.dialects.registry.register("duckdb", "actes.validate.dialect", "DuckDBDialect")


def name_of(metric: str, domain: Any, values: Any) -> str:
    """Name what is counted by all that decides of it."""
    return f"{metric} {domain} {values}"


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

    def foresee(self, name: str, count: Callable[[], int]) -> None:
        """Learn that a count will be asked for: one connection answers one question at a time."""

    def counted(self, name: str, count: Callable[[], int]) -> int:
        """Give a count, which has a name of its own."""
        return count()

    def number(self, query: sa.Select[Any]) -> int:
        """Give the one number that a query answers."""
        return int(self.execute_query(query).scalar())


class DatabaseEngine(HeldEngine):
    """A SQL engine in a transaction, which a query that fails must not end."""

    @contextmanager
    def get_connection(self) -> Iterator[sa.Connection]:
        """Return the one connection, a savepoint being behind it."""
        with self._held.begin_nested():
            yield self._held


class ParquetEngine(HeldEngine):
    """A SQL engine whose batches are Parquet files, and which counts ahead.

    What Great Expectations will ask for is counted in other threads while it still works out what
    depends on what: neither DuckDB nor Arrow holds Python back.
    """

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self._path = ""
        self._pool = ThreadPoolExecutor(_AT_ONCE)
        self._begun: dict[str, Future[int]] = {}
        pool = sa.pool.StaticPool
        engine = sa.create_engine("duckdb://", creator=lambda: connection, poolclass=pool)
        self._aside = sa.create_engine(
            "duckdb://", creator=connection.cursor, poolclass=sa.pool.NullPool
        )
        super().__init__(engine, engine.connect())

    def get_batch_data_and_markers(self, batch_spec: Any) -> tuple[Any, Any]:
        """Make a view of the file that the data source names."""
        self._path = str(batch_spec["path"])
        n_threads = pq.read_metadata(self._path).num_rows // _ROWS_A_THREAD
        self._held.exec_driver_sql(f"SET threads TO {min(max(n_threads, 1), _AT_ONCE)}")
        file = self._path.replace("'", "''")
        view = f"CREATE OR REPLACE VIEW {_VIEW} AS FROM read_parquet('{file}')"
        self._held.exec_driver_sql(view)
        data = SqlAlchemyBatchData(
            self, table_name=_VIEW, source_table_name=_VIEW, create_temp_table=False
        )
        loaded = pd.Timestamp.now(tz="UTC").strftime("%Y%m%dT%H%M%S.%fZ")
        return data, BatchMarkers({"ge_load_time": loaded})

    def resolve_metrics(
        self, metrics_to_resolve: Iterable[Any], *known: Any, **more: Any
    ) -> dict[Any, Any]:
        """Compute metrics; what is being counted in other threads is waited for last."""
        asked = list(metrics_to_resolve)
        here = [metric for metric in asked if not self._is_begun(metric)]
        resolved: dict[Any, Any] = super().resolve_metrics(here or asked, *known, **more)
        return resolved

    def _is_begun(self, metric: Any) -> bool:
        name = name_of(metric.metric_name, metric.metric_domain_kwargs, metric.metric_value_kwargs)
        return name in self._begun

    def foresee(self, name: str, count: Callable[[], int]) -> None:
        """Begin a count that will be asked for."""
        if name not in self._begun:
            self._begun[name] = self._pool.submit(count)

    def counted(self, name: str, count: Callable[[], int]) -> int:
        """Give a count, begun or not; the exception that it raised is raised again."""
        self.foresee(name, count)
        return self._begun[name].result()

    def number(self, query: sa.Select[Any]) -> int:
        """Give the one number that a query answers, on a connection of its own."""
        with self._aside.connect() as connection:
            return int(connection.execute(query).scalar_one())

    def chunks(self, column: str) -> Iterator[pa.RecordBatch]:
        """Read a column of the batch, some rows at a time."""
        with pq.ParquetFile(self._path) as file:
            yield from file.iter_batches(_CHUNK_ROWS, columns=[column], use_threads=False)

    def close(self) -> None:
        """Let the file go."""
        self._pool.shutdown(cancel_futures=True)
        self._held.close()
        super().close()

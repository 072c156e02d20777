"""Teach SQLAlchemy to speak to DuckDB, as far as Great Expectations asks.

In: a DuckDB connection string. Out: a dialect named ``duckdb`` for `sqlalchemy.create_engine`.
Only here: what DuckDB's types are called in SQLAlchemy. The package ``duckdb-engine`` does more
than is needed and has had no release since DuckDB 1.2: see docs/decisions/0015.
"""

from __future__ import annotations

from typing import Any

import duckdb
import sqlalchemy as sa
from sqlalchemy.engine import default

__all__ = ["DuckDBDialect"]

_TYPES: dict[str, type[sa.types.TypeEngine[Any]]] = {
    "BIGINT": sa.BIGINT,
    "BOOLEAN": sa.BOOLEAN,
    "DATE": sa.DATE,
    "DOUBLE": sa.DOUBLE,
    "TIMESTAMP": sa.TIMESTAMP,
    "VARCHAR": sa.VARCHAR,
}


class DuckDBDialect(default.DefaultDialect):
    """Standard SQL, question marks for values, no transactions to speak of: nothing is written."""

    name = "duckdb"
    driver = "duckdb"
    default_paramstyle = "qmark"
    supports_native_boolean = True
    supports_statement_cache = True

    @classmethod
    def import_dbapi(cls) -> Any:
        """Return the module that connects."""
        return duckdb

    def create_connect_args(self, url: sa.URL) -> tuple[list[str], dict[str, Any]]:
        """Return the arguments of `duckdb.connect`."""
        return [url.database or ":memory:"], {}

    def do_begin(self, dbapi_connection: Any) -> None:
        """Begin nothing: each statement stands alone."""

    def do_commit(self, dbapi_connection: Any) -> None:
        """Keep nothing: see `do_begin`."""

    def do_rollback(self, dbapi_connection: Any) -> None:
        """Undo nothing: see `do_begin`."""

    def get_columns(
        self, connection: sa.Connection, table_name: str, schema: str | None = None, **_kw: Any
    ) -> list[Any]:
        """List the columns of a table or a view, in order."""
        # `information_schema` would first define every view of DuckDB's own.
        described = connection.exec_driver_sql(f'DESCRIBE "{table_name}"').all()
        return [
            {"name": name, "type": _TYPES.get(kind, sa.types.NullType)(), "nullable": True}
            for name, kind, *_more in described
        ]

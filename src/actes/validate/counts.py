"""Count for Great Expectations what its own SQL counts slowly, or otherwise than pandas.

In: a metric that an expectation asks for. Out: a number, registered for the engines of
`actes.validate.engines`: it adds to the SQL of Great Expectations, and changes it for nobody else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from great_expectations.expectations.metrics.metric_provider import MetricProvider, metric_value

from actes.validate.engines import DatabaseEngine, ParquetEngine, name_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    import pandas as pd

__all__: list[str] = []

_COLUMN = ("batch_id", "table", "column", "row_condition", "condition_parser")
_COLUMNS = (
    "batch_id",
    "table",
    "column_list",
    "row_condition",
    "condition_parser",
    "ignore_row_if",
)
_BOUNDS = ("min_value", "max_value", "strict_min", "strict_max")
_MAPPED = {
    "column_values.between": (_COLUMN, _BOUNDS),
    "column_values.in_set": (_COLUMN, ("value_set",)),
    "column_values.match_regex": (_COLUMN, ("regex",)),
    "column_values.nonnull": (_COLUMN, ()),
    "column_values.not_in_set": (_COLUMN, ("value_set",)),
    "column_values.not_match_regex": (_COLUMN, ("regex",)),
    "column_values.null": (_COLUMN, ()),
    "column_values.unique": (_COLUMN, ()),
    "column_values.value_length.between": (_COLUMN, _BOUNDS),
    "column_values.value_length.equals": (_COLUMN, ("value",)),
    "compound_columns.unique": (_COLUMNS, ()),
}
"""What is said of each row, by the expectations that are evaluated in SQL: domain, arguments."""


def _value(
    *,
    cls: Any,
    execution_engine: Any,
    metric_domain_kwargs: Any,
    metric_value_kwargs: Any,
    **_more: Any,
) -> int:
    named = cls.named(execution_engine, metric_domain_kwargs, metric_value_kwargs)
    return int(execution_engine.counted(*named))


class _Count(MetricProvider):  # type: ignore[misc]
    """A count that needs none of the metrics that Great Expectations would compute it from.

    Being asked what it depends on, it has the engine foresee that it will be asked for.
    """

    domain_keys: tuple[str, ...] = _COLUMN
    of_parquet = staticmethod(metric_value(engine=ParquetEngine)(_value))

    @classmethod
    def _get_evaluation_dependencies(
        cls, metric: Any, *, execution_engine: Any, **_more: Any
    ) -> dict[str, Any]:
        domain, values = metric.metric_domain_kwargs, metric.metric_value_kwargs
        execution_engine.foresee(*cls.named(execution_engine, domain, values))
        return {}

    @classmethod
    def named(cls, engine: Any, domain: Any, values: Any) -> tuple[str, Callable[[], int]]:
        """Name the count that is asked for, and give what counts."""
        name = name_of(cls.metric_name, domain, values)
        return name, lambda: cls.count(engine, domain, values)

    @classmethod
    def count(cls, engine: Any, domain: Any, values: Any) -> int:
        """Count."""
        raise NotImplementedError


class _Unmatched(_Count):
    """Texts without a pattern, counted a chunk at a time by the call of the stock engine.

    Neither SQL nor DuckDB's own expressions are those of pandas (line ends, classes, assertions).
    """

    metric_name = "column_values.match_regex.unexpected_count"
    value_keys = ("regex",)

    @classmethod
    def count(cls, engine: ParquetEngine, domain: Any, values: Any) -> int:
        return sum(int((~f).sum()) for f in _found(engine, domain["column"], values["regex"]))


class _Matched(_Count):
    metric_name = "column_values.not_match_regex.unexpected_count"
    value_keys = ("regex",)

    @classmethod
    def count(cls, engine: ParquetEngine, domain: Any, values: Any) -> int:
        return sum(int(f.sum()) for f in _found(engine, domain["column"], values["regex"]))


def _found(engine: ParquetEngine, column: str, pattern: str) -> Iterator[pd.Series[bool]]:
    """For each chunk of a column, whether each text that is there holds the pattern."""
    for batch in engine.chunks(column):
        yield batch.to_pandas()[column].dropna().astype(str).str.contains(pattern)


class _Repeated(_Count):
    """Rows whose value another row has, counted by groups and not by a window over every row.

    A missing part of a key equals another one, as it does for pandas; in a join it would not.
    """

    metric_name = "column_values.unique.unexpected_count"
    of_database = staticmethod(metric_value(engine=DatabaseEngine)(_value))

    @classmethod
    def count(cls, engine: Any, domain: Any, _values: Any) -> int:
        key: sa.ColumnClause[Any] = sa.column(domain["column"])
        return _n_repeated(engine, domain, [key], where=key.is_not(None))


class _RepeatedKeys(_Count):
    metric_name = "compound_columns.unique.unexpected_count"
    domain_keys = _COLUMNS
    of_database = staticmethod(metric_value(engine=DatabaseEngine)(_value))

    @classmethod
    def count(cls, engine: Any, domain: Any, _values: Any) -> int:
        keys: list[Any] = [sa.column(name) for name in domain["column_list"]]
        return _n_repeated(engine, domain, keys, where=sa.true())


def _n_repeated(engine: Any, domain: Any, keys: list[Any], *, where: Any) -> int:
    records = _records(engine, domain)
    n_rows = sa.func.count().label("n_rows")
    groups = sa.select(n_rows).select_from(records).where(where).group_by(*keys).having(n_rows > 1)
    total = sa.select(sa.func.coalesce(sa.func.sum(groups.subquery().c.n_rows), 0))
    return int(engine.number(total))


class _Distinct(_Count):
    """Distinct values, as Great Expectations counts them, but ahead."""

    metric_name = "column.distinct_values.count"

    @classmethod
    def count(cls, engine: Any, domain: Any, _values: Any) -> int:
        distinct = sa.func.count(sa.distinct(sa.column(domain["column"])))
        return int(engine.number(sa.select(distinct).select_from(_records(engine, domain))))


def _records(engine: Any, domain: Any) -> Any:
    records = engine.get_domain_records(domain)
    return records.subquery() if isinstance(records, sa.Select) else records


class _Unasked(MetricProvider):  # type: ignore[misc]
    """The values at fault and their places: nobody asks for them (`project.SAFE_RESULTS`)."""

    @classmethod
    def _get_evaluation_dependencies(cls, **_more: Any) -> dict[str, Any]:
        return {}

    @staticmethod
    @metric_value(engine=ParquetEngine)  # type: ignore[untyped-decorator]
    def _none(**_kw: Any) -> None:
        return None


for _name, (_domain, _arguments) in _MAPPED.items():
    for _what in ("unexpected_values", "unexpected_index_list", "unexpected_index_query"):
        _parts = {
            "metric_name": f"{_name}.{_what}",
            "domain_keys": _domain,
            "value_keys": (*_arguments, "result_format"),
        }
        type(_what, (_Unasked,), _parts)  # being defined is being registered

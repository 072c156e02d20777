"""Look at rows where they stay: one moment of a PostgreSQL database, from which none is copied.

In: the key ``sql`` of a descriptor. Out: an open connection, and the query to be validated there.
Only here: the types of a database against those that a descriptor declares, since `ingest`, which
gives cells their type, is not asked.
"""

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from actes.errors import SourceError, SpecError, place
from actes.expectations import controls
from actes.i18n import _
from actes.readers import sql
from actes.readers.cells import check_columns
from actes.validate.controls import Relation, control_query, quoted

if TYPE_CHECKING:
    from collections.abc import Iterator

    import sqlalchemy as sa

    from actes.specs.dataset import DatasetSpec, FieldSpec
    from actes.validate.controls import Controlled
    from actes.workspace import Workspace

__all__ = ["Held", "held"]

_TYPES = {
    16: "bool",
    20: "int64",
    21: "int64",
    23: "int64",
    25: "string",
    700: "double",
    701: "double",
    1042: "string",
    1043: "string",
    1082: "date32[day]",
    1114: "timestamp[us]",
    1184: "timestamp[us, tz=UTC]",
    1700: "double",
}
"""PostgreSQL's type numbers (its catalogue ``pg_type``), and what Arrow calls them."""

_ACCEPTED = {
    "string": ("string",),
    "integer": ("int64",),
    "number": ("double", "int64"),
    "boolean": ("bool",),
    "date": ("date32[day]",),
    "datetime": ("timestamp[us]", "timestamp[us, tz=UTC]"),
    "year": ("int64",),
    "yearmonth": ("string",),
}


@dataclass(frozen=True, slots=True)
class Held:
    """A database at one moment, and what is asked of it."""

    connection: sa.Connection
    query: Controlled
    n_rows: int

    @property
    def select(self) -> str:
        """The query as Great Expectations takes one."""
        return f"SELECT * FROM ({self.query.select}) AS controlled"

    def ask(self, query: str) -> list[tuple[Any, ...]]:
        """Answer a query."""
        import sqlalchemy as sa  # heavy

        return [tuple(row) for row in self.connection.execute(sa.text(query.replace(":", r"\:")))]


@contextmanager
def held(workspace: Workspace, spec: DatasetSpec, *, shown: str) -> Iterator[Held]:
    """Hold one moment of a database, in a transaction that cannot write.

    Raises
    ------
    SourceError
        D010–D012 for the columns, D030–D032 as `readers.sql.answer`, D041 when it isn't
        PostgreSQL, D042 for columns that are not of the declared type.
    SpecError
        V021 for a check that looks into another dataset.
    """
    import sqlalchemy as sa  # heavy

    source = spec.sql
    if source is None:
        raise ValueError("a dataset without a query")
    _check_alone(spec, shown)
    sql.check_reads(source.query, shown)
    engine = sql.engine_of(source, workspace.datasets / spec.name, shown)
    if engine.dialect.name != "postgresql":
        raise _elsewhere(engine.dialect.name, shown)
    options: dict[str, Any] = {"postgresql_readonly": True, "isolation_level": "REPEATABLE READ"}
    try:
        with engine.connect().execution_options(**options) as connection:
            relation = _relation(connection, spec, shown)
            query = control_query(relation, controls(spec), {})
            count = sa.text(f"SELECT count(*) FROM {relation.source}".replace(":", r"\:"))
            yield Held(connection, query, int(connection.execute(count).scalar_one()))
    except sa.exc.SQLAlchemyError as error:
        raise sql.refused(error, shown) from None
    finally:
        engine.dispose()


def _check_alone(spec: DatasetSpec, shown: str) -> None:
    others = {control.other for control in controls(spec)} - {"", spec.name}
    if others:
        raise SpecError(
            "V021",
            _("A check compares rows that stay in their database with another dataset."),
            where=place(shown, key="sql.stay"),
            found=", ".join(sorted(others)),
            next_step=_("leave out this check, or remove “stay” so that the rows are ingested"),
        )


def _elsewhere(found: str, shown: str) -> SourceError:
    return SourceError(
        "D041",
        _("Rows can stay only in a PostgreSQL database."),
        where=place(shown, key="sql.stay"),
        found=found,
        expected="postgresql+psycopg://…",
        next_step=_("remove “stay”, so that the rows are ingested"),
    )


def _relation(connection: sa.Connection, spec: DatasetSpec, shown: str) -> Relation:
    """The query with its columns in the declared order, missing words made null."""
    import sqlalchemy as sa  # heavy

    query = spec.sql.query.strip().rstrip(";") if spec.sql else ""
    nothing = sa.text(f"SELECT * FROM ({query}\n) AS answer LIMIT 0".replace(":", r"\:"))
    cursor: Any = connection.execute(nothing).cursor
    found = {column[0]: column[1] for column in cursor.description}
    check_columns(list(found), spec, shown)
    wrong = [
        f"{field.name}: {_TYPES.get(found[field.name], _('another'))}"
        for field in spec.data_schema.fields
        if _TYPES.get(found[field.name]) not in _ACCEPTED[field.type]
    ]
    if wrong:
        raise SourceError(
            "D042",
            _("Columns of the database are not of the type that dataset.yml declares."),
            where=place(shown, key="schema.fields"),
            found=", ".join(wrong),
            expected=", ".join(
                f"{field.name}: {' | '.join(_ACCEPTED[field.type])}"
                for field in spec.data_schema.fields
                if any(text.startswith(f"{field.name}: ") for text in wrong)
            ),
            next_step=_("convert them in the query (CAST), or correct the type"),
        )
    columns = ", ".join(_column(field, spec) for field in spec.data_schema.fields)
    source = f"(SELECT {columns} FROM ({query}\n) AS answer) AS typed"
    return Relation(
        source, {field.name: _TYPES[found[field.name]] for field in spec.data_schema.fields}
    )


def _column(field: FieldSpec, spec: DatasetSpec) -> str:
    name = quoted(field.name)
    if field.type != "string" or not spec.data_schema.missing_values:
        return name
    words = ", ".join(
        "'" + word.replace("'", "''") + "'" for word in spec.data_schema.missing_values
    )
    return f"CASE WHEN {name} IN ({words}) THEN NULL ELSE {name} END AS {name}"

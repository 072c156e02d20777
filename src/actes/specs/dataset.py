"""Say what a table is: its source, its fields, the roles they play, what may leave.

In: ``datasets/<name>/dataset.yml``. Out: `DatasetSpec`.
The words are those of the Frictionless Data Package, Table Schema and Table Dialect (v2),
plus ``roles``, ``checks``, ``sensitivity``, ``tlp`` and ``disclosure``.
"""

from __future__ import annotations

from typing import Any, Literal, Self

from pydantic import Field, model_validator

from actes.i18n import _
from actes.specs.reading import Record

__all__ = [
    "ROLES",
    "SENSITIVITIES",
    "TLP_ORDER",
    "Complete",
    "Constraints",
    "DatasetSpec",
    "Dialect",
    "Disclosure",
    "FieldSpec",
    "ForeignKey",
    "License",
    "Reference",
    "Schema",
    "Sensitivity",
    "Source",
    "SqlSource",
    "Sums",
    "Tlp",
]

ROLES = (
    "date",
    "count",
    "area",
    "group",
    "category",
    "exposure",
    "weight",
    "x",
    "y",
    "neighbours",
    "geometry",
    "event",
    "start",
    "end",
    "unit",
    "answer",
    "stratum",
    "cluster",
    "wave",
    "outcome",
)
"""What a column can be to a study. ``date`` may be played by two columns, year and month."""

TLP_ORDER = ("CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED")
"""Traffic Light Protocol 2.0 (FIRST, 2022), from what anyone may see to named persons only."""

SENSITIVITIES = ("open", "internal", "confidential")
"""How closely data are kept, from what is published to what only its owner reads."""

Sensitivity = Literal["open", "internal", "confidential"]
Tlp = Literal["CLEAR", "GREEN", "AMBER", "AMBER+STRICT", "RED"]

FieldType = Literal[
    "string", "integer", "number", "boolean", "date", "datetime", "year", "yearmonth"
]


class Constraints(Record):
    """What a field's cells obey (Table Schema ``constraints``)."""

    required: bool = False
    unique: bool = False
    minimum: float | str | None = None
    maximum: float | str | None = None
    enum: tuple[str | int | float, ...] | None = None
    pattern: str | None = None
    min_length: int | None = Field(None, alias="minLength", ge=0)
    max_length: int | None = Field(None, alias="maxLength", ge=0)


class FieldSpec(Record):
    """One column (Table Schema ``field``)."""

    name: str = Field(min_length=1)
    type: FieldType = "string"
    title: str = ""
    description: str = ""
    unit: str = ""
    format: str = "default"
    decimal_char: str = Field(".", alias="decimalChar", min_length=1, max_length=1)
    group_char: str = Field("", alias="groupChar", max_length=1)
    true_values: tuple[str, ...] = Field(("true", "True", "TRUE", "1"), alias="trueValues")
    false_values: tuple[str, ...] = Field(("false", "False", "FALSE", "0"), alias="falseValues")
    constraints: Constraints = Constraints()


class Reference(Record):
    """The other side of a foreign key."""

    resource: str
    fields: tuple[str, ...]


class ForeignKey(Record):
    """Columns whose values must exist in another dataset."""

    fields: tuple[str, ...]
    reference: Reference


class Schema(Record):
    """The columns, in the file's order (Table Schema)."""

    fields: tuple[FieldSpec, ...] = Field(min_length=1)
    primary_key: tuple[str, ...] = Field((), alias="primaryKey")
    foreign_keys: tuple[ForeignKey, ...] = Field((), alias="foreignKeys")
    missing_values: tuple[str, ...] = Field(("",), alias="missingValues")


class Dialect(Record):
    """How a file is laid out (Table Dialect).

    ``headerRows`` are 1-based lines; several are joined with ``headerJoin`` (merged headers).
    Without a ``header``, the columns are the schema's, in order.
    ``property`` is the key of a JSON file under which the rows are.
    """

    header: bool = True
    delimiter: str = Field(",", min_length=1, max_length=1)
    quote_char: str = Field('"', alias="quoteChar", min_length=1, max_length=1)
    header_rows: tuple[int, ...] = Field((1,), alias="headerRows", min_length=1)
    header_join: str = Field(" ", alias="headerJoin")
    sheet_name: str | None = Field(None, alias="sheetName")
    property: str | None = None


class SqlSource(Record):
    """A query; the connection's address stays in an environment variable.

    ``url`` is allowed for SQLite files of the workspace, which hold no password.
    With ``stay``, the rows are validated in their database (PostgreSQL) and never copied.
    """

    query: str
    url: str | None = None
    url_variable: str | None = Field(None, alias="urlVariable")
    stay: bool = False


class Source(Record):
    """Where the figures come from."""

    title: str
    path: str = ""


class License(Record):
    """Under which terms they may be used."""

    name: str
    title: str = ""
    path: str = ""


class Disclosure(Record):
    """What may leave: published counts below ``min_cell`` (and above 0) are masked."""

    min_cell: int = Field(5, ge=0, le=100)


class Complete(Record):
    """Each combination of ``by`` that occurs has a row for every value of ``over``."""

    by: tuple[str, ...] = Field(min_length=1)
    over: str
    values: tuple[str | int, ...] = Field(min_length=1)


class Sums(Record):
    """``measure`` adds up, by ``by``, to the same as in another dataset."""

    dataset: str
    by: tuple[str, ...] = Field(min_length=1)
    measure: str


class Checks(Record):
    """What must hold beyond single columns."""

    complete: tuple[Complete, ...] = ()
    sums: tuple[Sums, ...] = ()


class DatasetSpec(Record):
    """What a dataset is (``datasets/<name>/dataset.yml``)."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9-]*$")
    title: str
    description: str = ""
    path: str | None = None
    sql: SqlSource | None = None
    format: Literal["csv", "tsv", "xlsx", "parquet", "json", "geojson", "sql"] = "csv"
    encoding: str = "utf-8"
    dialect: Dialect = Dialect()
    data_schema: Schema = Field(alias="schema")
    roles: dict[str, str | tuple[str, ...]] = Field(default_factory=dict)
    checks: Checks = Checks()
    sources: tuple[Source, ...] = Field(min_length=1)
    licenses: tuple[License, ...] = ()
    sensitivity: Sensitivity = "confidential"
    tlp: Tlp = "AMBER"
    disclosure: Disclosure = Disclosure()

    @model_validator(mode="after")
    def _agrees_with_itself(self) -> Self:
        self._has_one_source()
        if len(set(self.columns)) < len(self.columns):
            raise ValueError(_("each field under its own name"))
        for place_, columns in self._named_columns():
            unknown = [c for c in columns if c not in self.columns]
            if unknown:
                raise ValueError(
                    _("{place} names columns of the schema (not: {names})").format(
                        place=place_, names=", ".join(unknown)
                    )
                )
        unknown_roles = [role for role in self.roles if role not in ROLES]
        if unknown_roles:
            raise ValueError(
                _("roles among {known} (not: {names})").format(
                    known=", ".join(ROLES), names=", ".join(unknown_roles)
                )
            )
        return self

    def _has_one_source(self) -> None:
        if (self.path is None) == (self.sql is None):
            raise ValueError(_("either “path” (a file) or “sql” (a query)"))
        if (self.format == "sql") != (self.sql is not None):
            raise ValueError(_("the format “sql” together with the key “sql”"))
        if self.sql and (self.sql.url is None) == (self.sql.url_variable is None):
            raise ValueError(_("either “url” or “urlVariable” under “sql”"))

    def _named_columns(self) -> list[tuple[str, tuple[str, ...]]]:
        schema = self.data_schema
        named = [("primaryKey", schema.primary_key)]
        named += [("foreignKeys", key.fields) for key in schema.foreign_keys]
        named += [(f"roles.{role}", self.columns_of(role)) for role in self.roles]
        named += [("checks.complete", (*c.by, c.over)) for c in self.checks.complete]
        named += [("checks.sums", (*s.by, s.measure)) for s in self.checks.sums]
        return named

    @property
    def columns(self) -> tuple[str, ...]:
        """Names of the columns, in order."""
        return tuple(field.name for field in self.data_schema.fields)

    @property
    def stays(self) -> bool:
        """True when the rows are never copied out of their database."""
        return self.sql is not None and self.sql.stay

    def field(self, name: str) -> FieldSpec:
        """Return the column called ``name``."""
        return next(f for f in self.data_schema.fields if f.name == name)

    def columns_of(self, role: str) -> tuple[str, ...]:
        """Columns that play ``role``; empty when none does."""
        columns = self.roles.get(role, ())
        return (columns,) if isinstance(columns, str) else tuple(columns)

    def reading(self) -> dict[str, Any]:
        """Everything that decides how the source's bytes become a table, as plain data."""
        described = self.model_dump(mode="json", by_alias=True)
        keys = ("path", "sql", "format", "encoding", "dialect")
        fields = [
            {k: v for k, v in f.items() if k not in ("title", "description", "unit", "constraints")}
            for f in described["schema"]["fields"]
        ]
        missing = described["schema"]["missingValues"]
        return {k: described[k] for k in keys} | {"fields": fields, "missingValues": missing}

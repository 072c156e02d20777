"""Read what a query answers, keeping a snapshot of it: the bytes that everything is made from.

In: the key ``sql`` of a descriptor. Out: a snapshot, then `Cells` read from it.
Only here: SQLAlchemy, and the address of a database, which no message repeats.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import os
import re
import uuid
from decimal import Decimal
from itertools import islice
from typing import TYPE_CHECKING, Any

from actes.errors import SourceError, place
from actes.i18n import _
from actes.readers.cells import Cells, check_columns, tidy

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    import sqlalchemy as sa

    from actes.specs.dataset import DatasetSpec, SqlSource

__all__ = ["answer", "check_reads", "chunks", "engine_of", "refused", "snapshot"]

_READING = ("select", "with", "values", "table")
_COMMENT = re.compile(r"--[^\n]*|/\*.*?\*/", re.DOTALL)
_TEXT = re.compile(r"'(?:[^']|'')*'")


def chunks(path: Path, spec: DatasetSpec, shown: str, n_rows: int) -> Iterator[Cells]:
    """Read a snapshot ``n_rows`` rows at a time: a line of names, then a line of cells a record."""
    with path.open(encoding="utf-8", newline="\n") as lines:
        records = map(json.loads, lines)
        names = [tidy(name) for name in next(records)]
        check_columns(names, spec, shown)
        first = 1
        while rows := list(islice(records, n_rows)):
            columns = {name: [row[i] for row in rows] for i, name in enumerate(names)}
            yield Cells(dict(columns), range(first, first + len(rows)), "record")
            first += len(rows)


def answer(spec: DatasetSpec, folder: Path, shown: str) -> bytes:
    """Ask the database, in a transaction that cannot write, and return the snapshot.

    Parameters
    ----------
    folder
        From where the relative address of a SQLite file is understood.

    Raises
    ------
    SourceError
        D030 when the address is not there or not usable, D031 when the query may write, D032
        when the database does not answer, D033 for a column that is no figure, text or date.
    """
    import sqlalchemy as sa  # heavy

    source = spec.sql
    if source is None:
        raise ValueError("a dataset without a query")
    check_reads(source.query, shown)
    engine = engine_of(source, folder, shown)
    try:
        with engine.connect() as connection:
            result = connection.execution_options(**_read_only(engine)).execute(
                sa.text(source.query.replace(":", r"\:"))
            )
            names, rows = list(result.keys()), [tuple(row) for row in result]
    except sa.exc.SQLAlchemyError as error:
        raise refused(error, shown) from None
    finally:
        engine.dispose()
    return snapshot(names, rows, shown)


def check_reads(query: str, shown: str) -> None:
    """Refuse a query that may write (D031)."""
    bare = _TEXT.sub("''", _COMMENT.sub(" ", query)).strip().rstrip(";").strip()
    first = bare.split(None, 1)[0].lower() if bare else ""
    if first.rstrip("(") not in _READING or ";" in bare:
        raise SourceError(
            "D031",
            _("This query is not one that only reads."),
            where=place(shown, key="sql.query"),
            expected=_("a single SELECT (or WITH … SELECT)"),
            next_step=_("put anything else in a view, on the database's side"),
        )


def engine_of(source: SqlSource, folder: Path, shown: str) -> sa.Engine:
    """Make the engine of the address that a descriptor gives; D030 when it is not usable."""
    import sqlalchemy as sa  # heavy

    address = source.url or os.environ.get(source.url_variable or "", "")
    try:
        url = sa.make_url(address)
        if source.url and url.get_backend_name() != "sqlite":
            raise _unusable(source, shown)
        if url.get_backend_name() == "sqlite":
            return _sqlite(url, folder, shown)
        if url.get_driver_name() == "psycopg2" and "+" not in url.drivername:
            url = url.set(drivername="postgresql+psycopg")
        return sa.create_engine(url)
    except (sa.exc.ArgumentError, sa.exc.NoSuchModuleError, ImportError):
        raise _unusable(source, shown) from None


def _unusable(source: SqlSource, shown: str) -> SourceError:
    if source.url:
        return SourceError(
            "D030",
            _("This address cannot be used."),
            where=place(shown, key="sql.url"),
            expected=_("sqlite:///FILE; any other address goes in an environment variable"),
            next_step=_("write its name under sql.urlVariable in place of sql.url"),
        )
    is_set = bool(os.environ.get(source.url_variable or ""))
    return SourceError(
        "D030",
        _("The environment variable {name} does not hold a usable address.").format(
            name=source.url_variable
        ),
        where=place(shown, key="sql.urlVariable"),
        found=_("an address that is not understood, or whose driver is not installed")
        if is_set
        else _("nothing"),
        expected="postgresql+psycopg://… | sqlite:///…",
        next_step=_("set it before the command; for PostgreSQL: pip install 'actes[postgresql]'"),
    )


def _sqlite(url: sa.URL, folder: Path, shown: str) -> sa.Engine:
    """Open a SQLite file read-only: it is not made when it isn't there."""
    import sqlalchemy as sa  # heavy

    file = folder / (url.database or "")
    if not file.is_file():
        raise SourceError(
            "D030",
            _("There is no SQLite file at the address given."),
            where=place(shown, key="sql"),
            expected=_("sqlite:///FILE, seen from the dataset's folder"),
        )
    address = f"{file.resolve().as_uri()}?mode=ro&uri=true"
    return sa.create_engine(f"sqlite:///{address}")


def _read_only(engine: sa.Engine) -> dict[str, bool]:
    return {"postgresql_readonly": True} if engine.dialect.name == "postgresql" else {}


def refused(error: sa.exc.SQLAlchemyError, shown: str) -> SourceError:
    """Say what a database refused by its class and code alone: its sentences may hold values."""
    original = getattr(error, "orig", None) or error
    code = getattr(original, "sqlstate", None) or getattr(original, "sqlite_errorname", None)
    return SourceError(
        "D032",
        _("The database did not answer the query."),
        where=place(shown, key="sql"),
        found=" ".join(filter(None, (type(original).__name__, code))),
        next_step=_("try the query in the database's own client, with the same address"),
    )


def snapshot(names: Sequence[str], rows: Sequence[tuple[Any, ...]], shown: str) -> bytes:
    """Write an answer as lines of JSON, in the order of its values.

    A database gives the same rows in any order; here the same rows are the same bytes.
    """
    lines = [
        [_plain(cell, name, shown) for cell, name in zip(row, names, strict=True)] for row in rows
    ]
    lines.sort(key=lambda line: [_rank(cell) for cell in line])
    texts = [json.dumps(line, ensure_ascii=False) for line in ([*names], *lines)]
    return ("\n".join(texts) + "\n").encode()


def _rank(cell: Any) -> tuple[int, Any]:
    if cell is None:
        return (0, 0)
    if isinstance(cell, str):
        return (2, cell)
    return (1, math.inf if math.isnan(cell) else cell)


def _plain(cell: Any, name: str, shown: str) -> Any:
    if cell is None or isinstance(cell, str | bool | int | float):
        return cell
    if isinstance(cell, Decimal):
        return int(cell) if cell.is_finite() and cell == cell.to_integral_value() else float(cell)
    if isinstance(cell, dt.datetime) and cell.tzinfo is not None:
        return cell.astimezone(dt.UTC).isoformat()  # a session's own zone changes nothing
    if isinstance(cell, dt.datetime | dt.date | dt.time):
        return cell.isoformat()
    if isinstance(cell, uuid.UUID):
        return str(cell)
    raise SourceError(
        "D033",
        _("The column “{name}” of the answer is not made of figures, texts or dates.").format(
            name=name
        ),
        where=place(shown, key="sql.query"),
        found=type(cell).__name__,
        next_step=_("convert it in the query: CAST({name} AS TEXT)").format(name=name),
    )

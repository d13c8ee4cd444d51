"""Query condition that leaves out rows before a cursor."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import inf, nextafter
from typing import TYPE_CHECKING, Literal, NamedTuple
from zoneinfo import ZoneInfo

from gsprep.tables.read import read_as_written
from gsprep.tables.sql import backend_of

if TYPE_CHECKING:
    from gsprep.syncs.definition import Cursor

Kind = Literal["number", "moment"]
# Whole numbers above are rounded when they are read as cursors.
_EXACT = 2**53
# A local time differs from UTC by at most 14 hours, so two differ by at most 28.
_ANY_ZONE = timedelta(hours=28)
# Types of PostgreSQL that compare as cursors do.
_TYPES: dict[Kind, frozenset[str]] = {
    "number": frozenset({
        "smallint", "integer", "bigint", "numeric", "real", "double precision",
    }),
    "moment": frozenset({"timestamp without time zone", "timestamp with time zone", "date"}),
}  # fmt: skip


class Since(NamedTuple):
    """Where a read begins: a number, or a time in seconds since 1970."""

    value: float
    kind: Kind


def condition(query: str, since: Since, cursor: Cursor, address: str) -> str | None:
    """Return the condition of the rows to read, None where a database may compare otherwise.

    It may let earlier rows pass, but leaves out no row that is due. Raises TableError if the
    database does not answer.
    """
    column, backend = quoted(cursor.column), backend_of(address)
    if backend == "sqlite":
        return _of_sqlite(column, since)
    if backend != "postgresql" or _type(query, column, address) not in _TYPES[since.kind]:
        return None
    literal = _number(since.value) if since.kind == "number" else _local(since.value, cursor)
    return f"{column} IS NULL OR {column} >= '{literal}'"


def quoted(name: str) -> str:
    """Return a name, or a name with its schema, as SQL.

    >>> quoted("app.users")
    '"app"."users"'
    """
    return ".".join(f'"{part}"' for part in name.replace('"', '""').split("."))


def _type(query: str, column: str, address: str) -> str:
    """Return the type of a column of a query; no row is read."""
    asked = f"SELECT {column} FROM ({query}\n) AS gsprep_source LIMIT 0"  # noqa: S608  the definition's own query
    typed = f"SELECT CAST(pg_typeof(({asked})) AS text) AS type"
    return str(read_as_written(address, query=typed).frame["type"].iloc[0])


def _of_sqlite(column: str, since: Since) -> str:
    """Return a condition for a database where each value has a type of its own."""
    if since.kind == "number":
        kinds = "typeof({0}) NOT IN ('integer', 'real') OR {0} >= {1}"
        return kinds.format(column, _number(since.value))
    # Texts are compared sign by sign, whatever zones they name: only their days are compared.
    day = datetime.fromtimestamp(since.value, UTC) - _ANY_ZONE
    return f"{column} IS NULL OR {column} >= '{day:%Y-%m-%d}'"


def _number(value: float) -> str:
    """Return a number that is not greater than the one a cursor was rounded from.

    >>> _number(5.0), _number(0.25), _number(2.0**60)
    ('5', '0.25', '1152921504606846848')
    """
    least = nextafter(value, -inf) if abs(value) > _EXACT else value
    return str(int(least)) if least.is_integer() else repr(float(least))


def _local(value: float, cursor: Cursor) -> str:
    """Return a time of the cursor's zone with its offset.

    That is right for columns with and without a zone, since the latter leave the offset out.
    """
    moment = datetime.fromtimestamp(value, ZoneInfo(cursor.timezone))
    return f"{moment:%Y-%m-%d %H:%M:%S.%f%z}"


def begin_of(since: Since, cursor: Cursor) -> Since:
    """Return where a read begins so that rows which were committed late are read, too.

    In the hour that an autumn night has twice, a time without a zone may be that of either.
    """
    if since.kind == "number":
        return since
    local = datetime.fromtimestamp(since.value, ZoneInfo(cursor.timezone))
    first, second = (local.replace(fold=fold).utcoffset() for fold in (0, 1))
    twice = (first or timedelta()) - (second or timedelta())
    return since._replace(value=since.value - cursor.lookback - max(twice.total_seconds(), 0.0))

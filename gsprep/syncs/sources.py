"""Sources of syncs: files, databases, objects of a tenant."""

from __future__ import annotations

import re
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from math import inf, nextafter
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NamedTuple
from zoneinfo import ZoneInfo

import pandas as pd

from gsprep.errors import GsprepError, InputError, MissingColumnsError, NoAnswerError
from gsprep.schemas.frames import ROW_ID
from gsprep.schemas.objects import fields_of, schema_from_describe
from gsprep.syncs.records import moment_of
from gsprep.tables.read import read_as_written
from gsprep.tables.sql import backend_of
from gsprep.values.date import moment_of_seconds
from gsprep.values.number import is_number

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gsprep.syncs.definition import Cursor, SourceOptions
    from gsprep.systems.system import System
    from gsprep.uploader.client import Client

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


_DATES = frozenset({"DATE", "DATETIME"})
_NUMERAL = re.compile(r"-?\d{1,15}")


class SourceError(GsprepError):
    """A source does not answer now; its definition may be right, and nothing was sent."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Rows of a source.

    Attributes:
        frame: text, with ``row_id``: the row's key, which may be missing or repeated here.
        cursors: the cursor of each row, missing without one; None if the source has no cursor.
        kind: what the cursors are, None without any.
        is_complete: whether these are all rows of the source.
        notes: sentences on what was assumed while reading.
    """

    frame: pd.DataFrame = field(repr=False)
    cursors: pd.Series[float] | None = field(repr=False)
    kind: Kind | None
    is_complete: bool
    notes: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Places:
    """Where a definition's source is.

    Attributes:
        folder: the folder that its files are relative to.
        address: the address of its database, None for other sources.
        client: the tenant of its object, None for other sources.
        system: the system of its list, None for other sources.
    """

    folder: Path = Path()
    address: str | None = field(default=None, repr=False)
    client: Client | None = field(default=None, repr=False)
    system: System | None = field(default=None, repr=False)


def read_rows(
    options: SourceOptions, columns: Sequence[str], places: Places, since: Since | None = None
) -> Reading:
    """Read the rows of a source: all, or those whose cursor is at least ``since``.

    A row without a cursor is always read. Raises InputError if the source cannot be read or lacks
    a column, SourceError if a database does not answer to the end, UploadError if a tenant does
    not answer.
    """
    frame, notes, is_whole = _frame(options, columns, places, since)
    absent = [name for name in columns if name not in frame.columns]
    if absent:
        raise MissingColumnsError(absent, of="the source", found=[str(n) for n in frame.columns])
    frame = frame.assign(**{ROW_ID: frame[options.key]})
    if options.cursor is None:
        return Reading(frame, None, None, is_complete=is_whole, notes=notes)
    cursors, kind = _cursors(frame[options.cursor.column], options.cursor)
    if since is None or (kind is not None and kind != since.kind):
        whole = since is None and is_whole
        return Reading(frame, cursors, kind, is_complete=whole, notes=notes)
    fresh = cursors.isna() | (cursors >= since.value)
    return Reading(
        frame[fresh].reset_index(drop=True),
        cursors[fresh].reset_index(drop=True),
        kind,
        is_complete=False,
        notes=notes,
    )


def columns_of(options: SourceOptions, places: Places) -> list[str]:
    """Return the columns that a source has; of a database and a tenant no row is read.

    Raises InputError if the source cannot be read, SourceError and UploadError if a database or a
    tenant does not answer.
    """
    if options.file is not None:
        return [str(name) for name in _files(options, places.folder)[0].columns]
    if options.object is not None and (own := _columns_of_list(options.object, places)):
        return own
    if places.address is None:
        raise _no_database()
    query = f"SELECT * FROM ({_whole(options)}\n) AS gsprep_source WHERE 1 = 0"  # noqa: S608  the definition's own query
    try:
        reading = read_as_written(places.address, query=query)
    except NoAnswerError as failure:
        if _answers(places.address):
            raise
        raise SourceError(str(failure)) from failure
    return [str(name) for name in reading.frame.columns if name != ROW_ID]


def _columns_of_list(name: str, places: Places) -> list[str]:
    """Return the columns of an object of a tenant or of a list of a system; none without one."""
    if places.client is not None:
        schema = schema_from_describe(places.client.objects.describe(name))
        return list(dict.fromkeys(["Gsid", *(field.name for field in fields_of(schema).fields)]))
    return [] if places.system is None else list(places.system.columns(name))


def read_failed(reading: Reading, is_stored: Sequence[bool]) -> Reading:
    """Return the rows of a read that are not stored; the next read begins where it did before."""
    left = ~pd.Series(is_stored, index=reading.frame.index, dtype="bool")
    return _part(reading, left)


def read_first(reading: Reading, count: int) -> Reading:
    """Return the first rows of a read."""
    return _part(reading, pd.Series(range(len(reading.frame)), index=reading.frame.index) < count)


def _part(reading: Reading, chosen: pd.Series[bool]) -> Reading:
    cursors = reading.cursors
    return replace(
        reading,
        frame=reading.frame[chosen].reset_index(drop=True),
        cursors=None if cursors is None else cursors[chosen].reset_index(drop=True),
        is_complete=False,
    )


def since_of(text: str, cursor: Cursor) -> Since:
    """Return where ``--since`` begins; InputError for what is no date, time or number."""
    if is_number(text.strip()):
        return Since(float(text), "number")
    moment = moment_of(text, ZoneInfo(cursor.timezone))
    if moment is None:
        raise InputError("--since takes a date, a time or a number, as in 2026-11-29T10:00")
    return Since(moment, "moment")


def _no_database() -> InputError:
    return InputError("the connection of the source is not a database: name object or file")


def _frame(
    options: SourceOptions, columns: Sequence[str], places: Places, since: Since | None
) -> tuple[pd.DataFrame, tuple[str, ...], bool]:
    """Return the rows, notes on them, and whether the source is sure to have given all."""
    if options.file is not None:
        return *_files(options, places.folder), True
    if options.object is not None and places.client is not None:
        return _of_tenant(options, columns, places.client, since), (), True
    if options.object is not None and places.system is not None:
        begin = since.value if since is not None and since.kind == "moment" else None
        rows = places.system.rows(options.object, begin)
        return rows.frame, rows.notes, rows.is_complete
    if places.address is None:
        raise _no_database()
    try:
        reading = read_as_written(places.address, query=_query(options, places.address, since))
    except NoAnswerError as failure:
        # Its columns were read before, so the definition is right.
        raise SourceError(str(failure)) from failure
    return reading.frame, reading.notes, True


def _of_tenant(
    options: SourceOptions, columns: Sequence[str], client: Client, since: Since | None
) -> pd.DataFrame:
    """Return rows of an object; its dates and times are spelled out, as in a file."""
    name = str(options.object)
    types = fields_of(schema_from_describe(client.objects.describe(name)))
    names = [column for column in columns if column != "Gsid"]
    begin = None
    if since is not None and since.kind == "moment" and options.cursor is not None:
        column = options.cursor.column
        is_moment = types.knows(column) and types[column].type == "DATETIME"
        begin = (column, moment_of_seconds(since.value)) if is_moment else None
    frame = client.objects.query(name, select=names, since=begin)
    dates = [column for column in names if types.knows(column) and types[column].type in _DATES]
    spelled = {column: frame[column].map(_date, na_action="ignore") for column in dates}
    return frame.assign(**{column: one.astype("str") for column, one in spelled.items()})


def _date(text: str) -> str:
    """Return a date or time in milliseconds since 1970 as text; another one as it is.

    >>> _date("1764324000000"), _date("2026-11-28")
    ('2025-11-28T10:00:00.000Z', '2026-11-28')
    """
    return moment_of_seconds(int(text) / 1000) if _NUMERAL.fullmatch(text) else text


def _answers(address: str) -> bool:
    """Return whether a database answers at all: else the query may be right."""
    trial = "SELECT count(*) FROM sqlite_master" if backend_of(address) == "sqlite" else "SELECT 1"
    try:
        read_as_written(address, query=trial)
    except NoAnswerError:
        return False
    return True


def _files(options: SourceOptions, folder: Path) -> tuple[pd.DataFrame, tuple[str, ...]]:
    """Read a file, or all files of a pattern one below the other, by name."""
    pattern = str(options.file)
    found = _fitting(pattern, folder) if any(sign in pattern for sign in "*?[") else None
    paths = [folder / pattern] if found is None else found
    if not paths:
        raise InputError(f"no file fits {folder / pattern}: check the name and the folder")
    readings = [read_as_written(path, sheet=options.sheet) for path in paths]
    frames = [reading.frame.drop(columns=ROW_ID) for reading in readings]
    if options.key == ROW_ID:
        frames = [reading.frame for reading in readings]
    notes = tuple(
        f"{path.name}: {note}"
        for path, reading in zip(paths, readings, strict=True)
        for note in reading.notes
    )
    headers = [list(frame.columns) for frame in frames]
    if strange := next((at for at, one in enumerate(headers) if set(one) != set(headers[0])), 0):
        raise InputError(
            f"{paths[strange]} has other columns than {paths[0].name}: the files of one source "
            "need the same columns"
        )
    return pd.concat(frames, ignore_index=True).astype("str"), notes


def _fitting(pattern: str, folder: Path) -> list[Path]:
    """Return the files of a pattern, by name; an absolute one does not begin in the folder."""
    root = Path(pattern).anchor
    found = Path(root).glob(pattern.removeprefix(root)) if root else folder.glob(pattern)
    return sorted(path for path in found if path.is_file())


def _query(options: SourceOptions, address: str, since: Since | None) -> str:
    """Return the query of a database, which compares the cursor if that is sure to be right."""
    query = _whole(options)
    if since is None or options.cursor is None:
        return query
    rows = condition(query, since, options.cursor, address)
    if rows is None:
        return query
    return f"SELECT * FROM ({query}\n) AS gsprep_source WHERE {rows}"  # noqa: S608  the definition's own query


def _whole(options: SourceOptions) -> str:
    whole = options.query or f"SELECT * FROM {quoted(str(options.table))}"  # noqa: S608  quoted
    return whole.rstrip("; \n\t")


def _cursors(column: pd.Series[str], cursor: Cursor) -> tuple[pd.Series[float], Kind | None]:
    """Return the cursors as numbers; InputError for a value that is neither time nor number."""
    distinct = column.dropna().unique().tolist()
    if not distinct:
        return pd.Series(float("nan"), index=column.index), None
    if all(map(is_number, distinct)):
        return column.astype("float64"), "number"
    zone = ZoneInfo(cursor.timezone)
    moments = {text: moment_of(text, zone) for text in distinct}
    if any(moment is None for moment in moments.values()):
        raise InputError(
            f"the cursor {cursor.column} has a value that is no date, time or number: name another "
            "column, or leave the cursor out"
        )
    return column.map(moments, na_action="ignore").astype("float64"), "moment"

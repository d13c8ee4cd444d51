"""Databases as sources: a cursor spares reading, and leaves out no row that is due."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING, Any

import pytest
from postgresql import running_postgresql

from gsprep.schemas.yaml_file import validated
from gsprep.syncs.definition import Cursor, SourceOptions
from gsprep.syncs.sources import Places, Since, begin_of, condition, read_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from gsprep.syncs.sources import Reading

# 2026-03-28, a night before the clocks go forward in Berlin.
_NIGHT = 1_774_656_000.0


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    with running_postgresql() as address:
        yield address


@pytest.fixture
def statements(server: str) -> Iterator[Callable[..., None]]:
    """Return what executes statements, each committed; the schema is gone afterwards."""
    sqlalchemy = pytest.importorskip("sqlalchemy")
    engine = sqlalchemy.create_engine(server, poolclass=sqlalchemy.NullPool)

    def execute(*given: str) -> None:
        with engine.begin() as connection:
            connection.execution_options(no_parameters=True)
            for statement in given:
                connection.exec_driver_sql(statement)

    execute("create schema app")
    yield execute
    execute("drop schema app cascade")


def rows_of(address: str, since: Since | None = None, zone: str = "UTC", **options: Any) -> Reading:
    document = {"connection": "warehouse", "key": "id", "table": "app.users", **options}
    document["cursor"] = {"column": "at", "timezone": zone}
    if "query" in options:
        del document["table"]
    given = validated(SourceOptions, document, "the source")
    return read_rows(given, ["id", "at"], Places(address=address), since)


def ids(reading: Reading) -> list[str]:
    return sorted(reading.frame["id"])


@pytest.mark.parametrize("zone", ["UTC", "Europe/Berlin", "America/New_York", "Asia/Kolkata"])
@pytest.mark.parametrize(
    ("column", "written"),
    [
        ("timestamptz", "to_timestamp({0})"),
        ("timestamp", "to_timestamp({0}) at time zone '{1}'"),
    ],
)
@pytest.mark.parametrize("session", ["Pacific/Kiritimati", "UTC"])
def test_times_with_and_without_a_zone_are_compared_in_the_database(
    server: str,
    statements: Callable[..., None],
    zone: str,
    column: str,
    written: str,
    session: str,
) -> None:
    times = [_NIGHT + hours * 3_600 for hours in range(0, 48, 6)]
    values = ", ".join(
        f"({number}, {written.format(time, zone)})" for number, time in enumerate(times)
    )
    statements(
        f"alter database postgres set timezone to '{session}'",
        f"create table app.users (id int, at {column})",
        f"insert into app.users values {values}, (99, null)",  # noqa: S608  our own values
    )
    reading = rows_of(server, zone=zone)
    assert reading.is_complete
    if column == "timestamptz" or zone == "UTC":
        assert sorted(reading.cursors.dropna()) == times  # type: ignore[union-attr]
    since = Since(times[4], "moment")
    assert ids(rows_of(server, since, zone)) == ["4", "5", "6", "7", "99"]
    # The earlier rows do not leave the database.
    query = 'SELECT * FROM "app"."users"'
    assert condition(query, since, Cursor(column="at", timezone=zone), server) is not None


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("int", [1, 9, 10, 11]),
        ("bigint", [2**60 - 1, 2**60 + 1, 2**60 + 2, 2**60 + 3]),
        ("numeric(12, 4)", ["1.5", "9.25", "10.1250", "11"]),
        ("double precision", ["0.1", "0.7", "0.75", "1e300"]),
        ("text", [1, 9, 10, 11]),
    ],
)
def test_numbers(
    server: str, statements: Callable[..., None], column: str, values: list[Any]
) -> None:
    lines = ", ".join(f"({number}, '{value}')" for number, value in enumerate(values))
    statements(
        f"create table app.users (id int, at {column})",
        f"insert into app.users values {lines}",  # noqa: S608  our own values
    )
    latest = rows_of(server).cursors
    assert latest is not None
    assert set(ids(rows_of(server, Since(latest.iloc[2], "number")))) >= {"2", "3"}
    if column != "bigint":
        assert ids(rows_of(server, Since(latest.iloc[2], "number"))) == ["2", "3"]


@pytest.mark.parametrize(
    ("column", "values", "due"),
    [
        ("date", ["2026-03-27", "2026-03-28", "2026-03-29"], ["1", "2"]),
        ("text", ["2026-03-27", "2026-03-27T23:30:00-05:00", "2026-03-29T00:00"], ["1", "2"]),
    ],
)
def test_days_and_texts(
    server: str, statements: Callable[..., None], column: str, values: list[str], due: list[str]
) -> None:
    lines = ", ".join(f"({number}, '{value}')" for number, value in enumerate(values))
    statements(
        f"create table app.users (id int, at {column})",
        f"insert into app.users values {lines}",  # noqa: S608  our own values
    )
    assert ids(rows_of(server, Since(_NIGHT, "moment"))) == due


def test_a_row_that_is_committed_late_is_found(
    server: str, statements: Callable[..., None]
) -> None:
    sqlalchemy = pytest.importorskip("sqlalchemy")
    statements("create table app.users (id int, at timestamptz)")
    engine = sqlalchemy.create_engine(server, poolclass=sqlalchemy.NullPool)
    with engine.connect() as slow:
        slow.exec_driver_sql("insert into app.users values (1, '2026-03-28 00:00Z')")
        statements("insert into app.users values (2, '2026-03-28 00:01Z')")
        first = rows_of(server)
        assert ids(first) == ["2"]
        slow.commit()
    mark = Since(first.cursors.max(), "moment")  # type: ignore[union-attr]
    none, quarter = (Cursor(column="at", lookback=text) for text in ("0s", "15m"))
    assert ids(rows_of(server, begin_of(mark, none))) == ["2"]
    assert ids(rows_of(server, begin_of(mark, quarter))) == ["1", "2"]


def test_a_query_with_percent_signs_and_numbers_as_they_are_written(
    server: str, statements: Callable[..., None]
) -> None:
    statements(
        "create table app.users (id int, mail text, score numeric, at timestamp)",
        "insert into app.users values (1, 'a%b', 1.50, '2026-03-28 10:00'), "
        "(2, 'ab', 90071992547409931.10, '2026-03-28 10:00'), (3, 'a%c', 2, '2026-03-01')",
    )
    query = (
        "SELECT id, mail, score, at FROM app.users WHERE mail LIKE 'a%' OR mail = '%(x)s'; -- all"
    )
    reading = rows_of(server, Since(_NIGHT, "moment"), query=query.replace("; -- all", " -- all"))
    lines = reading.frame.sort_values("id")
    assert lines["mail"].tolist() == ["a%b", "ab"]
    assert lines["score"].tolist() == ["1.50", "90071992547409931.10"]


@pytest.mark.parametrize(
    ("values", "since", "due"),
    [
        (["1", "9", "10", None], Since(9.0, "number"), ["1", "2", "3"]),
        (["2026-03-01", "2026-03-28 10:00:00", "2026-03-29T10:00"], None, ["1", "2"]),
        (["2026-03-01", "2026-03-27T22:00:00-05:00", "20260329T10"], None, ["1", "2"]),
    ],
    ids=["numbers as texts", "times", "times of zones"],
)
def test_sqlite_compares_no_texts_as_numbers_or_moments(
    tmp_path: Path, values: list[str | None], since: Since | None, due: list[str]
) -> None:
    path = tmp_path / "people.db"
    with sqlite3.connect(path) as connection:
        connection.execute("create table users (id integer, at text)")
        connection.executemany("insert into users values (?, ?)", list(enumerate(values)))
    connection.close()
    begin = since or Since(_NIGHT, "moment")
    assert ids(rows_of(f"sqlite:///{path}", begin, table="users")) == due


@pytest.mark.parametrize(
    ("zone", "value", "begin"),
    [
        # 02:30 is there twice on 2026-10-25 in Berlin: the first is 00:30 UTC.
        ("Europe/Berlin", 1_792_888_200.0, 1_792_888_200.0 - 900 - 3_600),
        ("UTC", 1_792_888_200.0, 1_792_888_200.0 - 900),
        ("Europe/Berlin", 1_792_974_600.0, 1_792_974_600.0 - 900),
    ],
)
def test_an_hour_that_is_there_twice_is_read_again(zone: str, value: float, begin: float) -> None:
    cursor = Cursor(column="at", timezone=zone)
    assert begin_of(Since(value, "moment"), cursor).value == begin


def test_numbers_have_no_look_back() -> None:
    since = Since(7.0, "number")
    assert begin_of(since, Cursor(column="at")) == since

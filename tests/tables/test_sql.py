"""Databases: rows as text, nothing changed, nothing shown."""

from __future__ import annotations

import itertools
import logging
import sqlite3
from typing import TYPE_CHECKING

import pytest
from each_row import each_row

from gsprep.errors import InputError, TableError
from gsprep.tables import sql
from gsprep.tables.read import read, read_table
from gsprep.tables.sql import query_problem, safe_url

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def address(tmp_path: Path) -> str:
    """Return the address of a database of two people."""
    pytest.importorskip("sqlalchemy")
    with sqlite3.connect(tmp_path / "crm.db") as crm:
        crm.execute("create table people (mail text, zip text, score real, born date, photo blob)")
        crm.execute(
            "insert into people values ('ana@acme.com', '00123', 4.0, '1990-01-02', x'41'), "
            "('100%@acme.com', null, 0.5, null, null)"
        )
    crm.close()
    return f"sqlite:///{tmp_path / 'crm.db'}"


@pytest.mark.parametrize(
    ("query", "columns", "rows"),
    [
        pytest.param(
            "select mail, zip from people", ["Email", "zip"],
            [["ana@acme.com", "00123"], ["100%@acme.com", None]], id="text",
        ),
        pytest.param(
            "SELECT score AS a, born AS b, photo AS c FROM people WHERE score > 1", ["a", "b", "c"],
            [["4", "1990-01-02", "A"]], id="other values",
        ),
        pytest.param("with x as (select 1 as a) select * from x", ["a"], [["1"]], id="with"),
        pytest.param(
            "-- who;\n/* and\nwhen */ select '%(x)s :y 12:30; delete' as a;",
            ["a"], [["%(x)s :y 12:30; delete"]], id="comments, signs of parameters",
        ),
        pytest.param("select mail from people where 1 = 0", ["Email"], [], id="no rows"),
    ],
)  # fmt: skip
def test_rows_of_a_query(
    address: str, query: str, columns: list[str], rows: list[list[str | None]]
) -> None:
    frame = read_table(address, query=query)
    assert list(frame.columns) == ["row_id", *columns]
    assert (
        frame[columns].astype("object").where(frame[columns].notna(), None).to_numpy().tolist()
        == rows
    )
    assert {str(dtype) for dtype in frame.dtypes} == {"str"}


@pytest.mark.parametrize(
    ("query", "says"),
    [
        pytest.param("delete from people", "reads nothing", id="delete"),
        pytest.param("drop table people", "reads nothing", id="drop"),
        pytest.param("", "reads nothing", id="nothing"),
        pytest.param(
            "with x as (select 1) delete from people", "may change", id="with, then delete"
        ),
        pytest.param("select 1; drop table people", "may change", id="two statements"),
        pytest.param("select 'a;' as b /* ' */; delete from people", "may change", id="hidden"),
        pytest.param("select secret from people", "OperationalError", id="no such column"),
        pytest.param("select 1 as a, 2 as a", "columns 1 and 2", id="a name twice"),
        pytest.param(None, r"needs a query\. Write --query \(query= in Python\)", id="no query"),
    ],
)
def test_queries_that_are_refused(address: str, query: str | None, says: str) -> None:
    with pytest.raises(TableError, match=says) as refused:
        read(address, query=query)
    assert "secret" not in str(refused.value)
    assert refused.value.__cause__ is None
    assert len(read(address, query="select * from people").frame) == 2


def test_the_database_itself_is_asked_to_change_nothing(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the look at the query is deceived, nothing changes either."""
    monkeypatch.setattr(sql, "query_problem", lambda *_: None)
    with pytest.raises(TableError, match="OperationalError"):
        read(address, query="with x as (select 1) delete from people")
    assert len(read(address, query="select * from people").frame) == 2


def test_no_row_and_no_query_is_logged(address: str, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.DEBUG, logger="sqlalchemy")
    read(address, query="select mail from people where zip = '00123'")
    assert "acme" not in caplog.text
    assert "00123" not in caplog.text


def test_the_parts_of_large_results_are_one(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql, "_ROWS", 3)
    query = (
        "with recursive n(i) as (select 1 union all select i + 1 from n where i < 10) "
        "select i from n;"
    )
    assert read(address, query=query).frame["i"].tolist() == [str(n) for n in range(1, 11)]


ENDLESS = "with recursive n(i) as (select 1 union all select i + 1 from n) select %s from n"


def test_a_query_without_end_is_ended(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql, "_MOST_ROWS", 1_000)
    monkeypatch.setattr(sql, "_ROWS", 400)
    with pytest.raises(TableError, match=r"more than 1,200 rows, .* or a LIMIT"):
        read(address, query=ENDLESS % "i")


def test_a_query_that_never_gives_a_row_is_ended(
    address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Of the clock that the driver looks at every few steps.
    ticks = itertools.count()
    monkeypatch.setattr(sql, "_now", lambda: 100.0 * next(ticks))
    with pytest.raises(TableError, match=r"did not answer .* may take 10 minutes"):
        read(address, query=ENDLESS % "count(*)")


@pytest.mark.parametrize("query", ["", "?uri=true", "?uri=true&mode=rwc", "?uri=true&mode=rw"])
def test_no_file_is_made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, query: str) -> None:
    pytest.importorskip("sqlalchemy")
    monkeypatch.chdir(tmp_path)
    for name in ("new.db", "file:new.db", f"file:{tmp_path}/new.db", f"file://{tmp_path}/new.db"):
        with pytest.raises(TableError, match="no such file"):
            read(f"sqlite:///{name}{query}", query="select 1 as a")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("mode", ["", "&mode=rwc", "&mode=ro"])
def test_a_file_that_is_named_by_a_uri(address: str, mode: str) -> None:
    place = address.removeprefix("sqlite:///")
    frame = read(f"sqlite:///file:{place}?uri=true{mode}", query="select mail from people").frame
    assert len(frame) == 2


@pytest.mark.parametrize(
    ("source", "says"),
    [
        pytest.param("sqlite:///absent.db", "no such file", id="no file"),
        pytest.param("nosuch://ana:secret@host/db", "no driver", id="no driver"),
        pytest.param(
            "postgresql+nosuch://ana:secret@host/db", "no driver", id="no driver of a kind"
        ),
        pytest.param(
            "postgresql://ana:secret@host:port/db", "not the address of a database", id="no address"
        ),
    ],
)
def test_addresses_that_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, says: str
) -> None:
    pytest.importorskip("sqlalchemy")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(TableError, match=says) as refused:
        read(source, query="select 1")
    assert "secret" not in str(refused.value)
    assert list(tmp_path.iterdir()) == []


def test_a_sheet_of_a_database_and_a_query_of_a_file(tmp_path: Path) -> None:
    with pytest.raises(TableError, match="only workbooks have sheets"):
        read("sqlite:///x.db", sheet=0, query="select 1")
    with pytest.raises(TableError, match=r"can be queried\. Omit --query \(query="):
        read(tmp_path / "x.csv", query="select 1")


def test_without_the_extra_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql, "find_spec", lambda _name: None)
    with pytest.raises(InputError, match=r"gsprep\[sql\]"):
        read("sqlite:///x.db", query="select 1")


@each_row(
    ("address", "shown"),
    [
        pytest.param("pg://u:p@h:5/d?password=x", "pg://h:5/d", id="all"),
        pytest.param("pg://u:p@q@h/d#x", "pg://h/d", id="an @ in the password"),
        pytest.param("sqlite:////tmp/x.db", "sqlite:////tmp/x.db", id="a file"),
    ],
)
def test_an_address_is_shown_without_secrets(address: str, shown: str) -> None:
    assert safe_url(address) == shown


@each_row(
    ("kind", "query"),
    [
        ("postgresql", r"SELECT E'\' '; COMMIT; DELETE FROM p; --'"),
        ("postgresql", "SELECT $a$ $b$ $a$; DELETE FROM p; SELECT $a$ $a$"),
        ("mysql", "SELECT 1 /*!50000 INTO OUTFILE '/tmp/x' */"),
        ("mariadb", "SELECT 1 /*M! INTO OUTFILE '/tmp/x' */"),
        ("mysql", "SELECT 5--1 INTO OUTFILE '/tmp/x'"),
        ("oracle", "SELECT q'[it's]' FROM dual; DELETE FROM p; --'"),
        ("mssql", "SELECT 1 DROP TABLE p"),
        ("sqlite", "SELECT 'a;' /* ' */; DELETE FROM p"),
        ("sqlite", "WITH x AS (SELECT 1) DELETE FROM p"),
    ],
)
def test_a_query_that_changes_something_is_seen(kind: str, query: str) -> None:
    assert query_problem(query, kind) == (
        "the query may change the database", "Write one SELECT, without INTO or UPDATE."
    )  # fmt: skip


@each_row(
    ("kind", "query"),
    [
        ("postgresql", r"SELECT E'it\'s; delete' FROM p;"),
        ("postgresql", r"SELECT 'C:\' FROM p"),
        ("postgresql", "SELECT $body$ ; delete $body$"),
        ("mysql", r"SELECT 'it\'s; delete' # delete"),
        ("oracle", "SELECT q'[it's; delete]', nq'!into!' FROM dual"),
        ("mssql", "SELECT [drop; into] FROM p"),
        ("sqlite", "SELECT replace(a, 'x', 'y'), created, updated_at FROM p -- into"),
        ("sqlite", 'VALUES (1, ";")'),
    ],
)
def test_a_query_that_reads_is_let_through(kind: str, query: str) -> None:
    assert query_problem(query, kind) is None


@each_row("query", ["", "DELETE FROM p", "-- SELECT 1", "'SELECT 1'"])
def test_what_reads_nothing(query: str) -> None:
    assert query_problem(query, "postgresql") == (
        "the query reads nothing",
        "Begin it with SELECT or WITH.",
    )

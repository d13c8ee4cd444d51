from __future__ import annotations

import pytest

from gsprep.tables.queries import why_not


@pytest.mark.parametrize(
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
    assert why_not(query, kind) == (
        "the query may change the database", "Write one SELECT, without INTO or UPDATE."
    )  # fmt: skip


@pytest.mark.parametrize(
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
    assert why_not(query, kind) is None


@pytest.mark.parametrize("query", ["", "DELETE FROM p", "-- SELECT 1", "'SELECT 1'"])
def test_what_reads_nothing(query: str) -> None:
    assert why_not(query, "postgresql") == (
        "the query reads nothing",
        "Begin it with SELECT or WITH.",
    )

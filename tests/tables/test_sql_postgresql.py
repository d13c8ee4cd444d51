"""A real PostgreSQL, where one is installed: what is read there can change nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from postgresql import running_postgresql

from gsprep.errors import TableError
from gsprep.tables import sql
from gsprep.tables.read import read

if TYPE_CHECKING:
    from collections.abc import Iterator


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Return the address of a server with a table of one person."""
    sqlalchemy = pytest.importorskip("sqlalchemy")
    with running_postgresql() as address:
        engine = sqlalchemy.create_engine(address, poolclass=sqlalchemy.NullPool)
        with engine.begin() as connection:
            connection.exec_driver_sql("create table p as select 'ana@acme.com' as mail, 1.50 as n")
        yield address


def test_rows_are_read(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql, "_ROWS", 3)
    query = "select i, '100%(x)s' as t, E'it\\'s' as e from generate_series(1, 10) as i; -- all"
    frame = read(server, query=query).frame
    assert frame["i"].tolist() == [str(n) for n in range(1, 11)]
    assert set(frame["t"]) == {"100%(x)s"}
    assert set(frame["e"]) == {"it's"}
    assert read(server, query="select mail, n from p where false").frame.empty


@pytest.mark.parametrize(
    "query",
    [
        pytest.param("select E'\\' '; commit; delete from p; --'", id="after a quote"),
        pytest.param("select 1; commit; delete from p", id="after a commit"),
        pytest.param("select 1; set transaction read write; delete from p", id="read write"),
        pytest.param("delete from p returning *", id="delete"),
        pytest.param("with x as (delete from p returning *) select * from x", id="in a with"),
        pytest.param("select set_config('transaction_read_only', 'off', false)", id="a setting"),
        pytest.param("select nextval('s')", id="a sequence"),
    ],
)
def test_nothing_is_changed_even_where_the_look_at_the_query_is_deceived(
    server: str, query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sql, "query_problem", lambda *_: None)
    with pytest.raises(TableError, match="did not answer"):
        read(server, query=query)
    assert len(read(server, query="select * from p").frame) == 1


def test_a_query_without_end_is_ended(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sql, "_MOST_ROWS", 100)
    monkeypatch.setattr(sql, "_ROWS", 60)
    query = "with recursive n(i) as (select 1 union all select i + 1 from n) select i from n"
    with pytest.raises(TableError, match="more than 120 rows"):
        read(server, query=query)

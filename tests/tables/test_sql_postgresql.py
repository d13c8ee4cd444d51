"""A real PostgreSQL, where one is installed: what is read there can change nothing."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from gsprep.errors import TableError
from gsprep.tables import sql
from gsprep.tables.read import read

if TYPE_CHECKING:
    from collections.abc import Iterator


def _programs() -> Path | None:
    """Return the folder of the programs of PostgreSQL; Debian keeps them out of the path."""
    found = shutil.which("initdb")
    if found is not None:
        return Path(found).parent
    return next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), None)


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    """Return the address of a server with a table of one person."""
    sqlalchemy = pytest.importorskip("sqlalchemy")
    pytest.importorskip("psycopg", reason="there is no driver for PostgreSQL")
    programs = _programs()
    if programs is None:
        pytest.skip("there is no PostgreSQL here")
    # Folders of pytest are closed to the user that the server may have to run as.
    with tempfile.TemporaryDirectory() as folder, _running(programs, Path(folder)) as address:
        engine = sqlalchemy.create_engine(address, poolclass=sqlalchemy.NullPool)
        with engine.begin() as connection:
            connection.exec_driver_sql("create table p as select 'ana@acme.com' as mail, 1.50 as n")
        yield address


@contextmanager
def _running(programs: Path, folder: Path) -> Iterator[str]:
    user = _user_for(folder)

    def run(program: str, *arguments: str) -> None:
        subprocess.run(  # noqa: S603  programs of the system with our own arguments
            [programs / program, "-D", str(folder / "data"), *arguments],
            check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, user=user,
            cwd=folder,
        )  # fmt: skip

    run("initdb", "-U", "ana", "-A", "trust", "--no-sync")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    options = f"-p {port} -c listen_addresses=127.0.0.1 -c unix_socket_directories='' -c fsync=off"
    run("pg_ctl", "-w", "-l", str(folder / "log"), "-o", options, "start")
    try:
        yield f"postgresql+psycopg://ana@127.0.0.1:{port}/postgres"
    finally:
        run("pg_ctl", "-m", "immediate", "stop")


def _user_for(folder: Path) -> str | None:
    """Return who runs the server: it does not run as root."""
    if not hasattr(os, "geteuid") or os.geteuid() != 0:
        return None
    shutil.chown(folder, "nobody")
    return "nobody"


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

from __future__ import annotations

import os
import sqlite3
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING

import pytest

from gsprep.errors import LedgerError
from gsprep.ledger.database import Database
from gsprep.ledger.ledger import Ledger

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.mark.skipif(os.name != "posix", reason="rights are POSIX")
def test_nobody_else_reads_it(home: Path, ledger: Ledger) -> None:
    ledger.runs.begin("run", {}, 1.0)
    assert home.stat().st_mode & 0o777 == 0o700
    files = [path for path in home.iterdir() if path.is_file()]
    assert {path.name for path in files} == {"ledger.sqlite", "secret"}
    assert {path.stat().st_mode & 0o777 for path in files} == {0o600}


@pytest.mark.skipif(os.name != "posix", reason="rights are POSIX")
def test_one_that_others_can_read_is_refused(home: Path, ledger: Ledger) -> None:
    ledger.close()
    (home / "ledger.sqlite").chmod(0o644)
    with pytest.raises(LedgerError, match="chmod 600"):
        Ledger(home)


def test_it_is_kept_without_a_log_beside_it(home: Path, ledger: Ledger) -> None:
    """WAL mode breaks on network homes; FULL makes what was written outlast a loss of power."""
    assert ledger.database.rows("PRAGMA journal_mode") == [("delete",)]
    assert ledger.database.rows("PRAGMA synchronous") == [(2,)]


def test_a_transaction_is_kept_whole_or_not_at_all(ledger: Ledger) -> None:
    def half() -> None:
        with ledger.database.writing() as connection:
            connection.execute("INSERT INTO load (tenant, print, begun) VALUES ('t', x'00', 1)")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        half()
    assert ledger.database.rows("SELECT count(*) FROM load") == [(0,)]


def test_a_damaged_file_says_so_and_what_to_do(home: Path, ledger: Ledger) -> None:
    ledger.close()
    (home / "ledger.sqlite").write_bytes(b"no database, but long enough for a header" * 30)
    with pytest.raises(LedgerError, match="GSPREP_HOME"):
        Ledger(home)


def test_one_of_a_later_version_is_left_alone(home: Path, ledger: Ledger) -> None:
    ledger.close()
    with sqlite3.connect(home / "ledger.sqlite") as connection:
        connection.execute("PRAGMA user_version = 99")
    connection.close()
    with pytest.raises(LedgerError, match="newer version of gsprep"):
        Ledger(home)


def test_a_folder_that_is_a_file_is_no_home(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(LedgerError, match="cannot be written"):
        Ledger(tmp_path / "file")


def test_one_in_memory_leaves_nothing(tmp_path: Path) -> None:
    database = Database(None)
    with database.writing() as connection:
        connection.execute("INSERT INTO load (tenant, print, begun) VALUES ('t', x'00', 1)")
    assert database.rows("SELECT count(*) FROM load") == [(1,)]
    assert list(tmp_path.iterdir()) == []
    database.close()


def test_what_a_failed_commit_leaves_is_rolled_back(home: Path, ledger: Ledger) -> None:
    """A reader keeps the file from being written: nothing is kept, and the next goes through."""
    with closing(sqlite3.connect(home / "ledger.sqlite", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM load").fetchall()
        with (
            pytest.raises(LedgerError, match="in use by another process") as failed,
            short_of_patience(ledger),
        ):
            add_load(ledger)
        assert isinstance(failed.value.__cause__, sqlite3.OperationalError)
    assert ledger.database.rows("SELECT count(*) FROM load") == [(0,)]
    add_load(ledger)
    assert ledger.database.rows("SELECT count(*) FROM load") == [(1,)]


@contextmanager
def short_of_patience(ledger: Ledger) -> Iterator[None]:
    """Let SQLite wait for nobody."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("gsprep.ledger.database._PATIENCE", 0.0)
        yield


def add_load(ledger: Ledger, size: int = 1) -> None:
    with ledger.database.writing() as connection:
        sql = "INSERT INTO load (tenant, print, begun) VALUES ('t', zeroblob(?), 1)"
        connection.execute(sql, (size,))


def test_a_full_disk_is_named_and_nothing_else(ledger: Ledger) -> None:
    """SQLite rolls back by itself then: there is nothing to roll back, and that is not told."""
    with ledger.database.writing() as connection:
        connection.execute("PRAGMA max_page_count = 1")
    with pytest.raises(LedgerError, match="full") as failed:
        add_load(ledger, 100_000)
    assert str(ledger.path) in str(failed.value)
    with ledger.database.writing() as connection:
        connection.execute("PRAGMA max_page_count = 1000000")
    add_load(ledger)


def test_an_open_transaction_takes_nothing_along(ledger: Ledger) -> None:
    """One that nobody could end, as its rollback failed."""
    with ledger.database.writing() as connection:
        held = connection
    held.execute("BEGIN IMMEDIATE")
    held.execute("INSERT INTO load (tenant, print, begun) VALUES ('lost', x'00', 1)")
    add_load(ledger)
    assert ledger.database.rows("SELECT tenant FROM load") == [("t",)]


def test_who_is_in_haste_waits_for_nobody(home: Path, ledger: Ledger) -> None:
    with closing(sqlite3.connect(home / "ledger.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with (
            ledger.database.hurried(lambda: True),
            pytest.raises(LedgerError, match="in use by another process"),
        ):
            add_load(ledger)
        other.execute("ROLLBACK")
    add_load(ledger)


def test_a_ledger_that_is_locked_whole_is_in_use(home: Path, ledger: Ledger) -> None:
    with closing(sqlite3.connect(home / "ledger.sqlite", isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        with (
            short_of_patience(ledger),
            pytest.raises(LedgerError, match="in use by another process"),
        ):
            Ledger(home)

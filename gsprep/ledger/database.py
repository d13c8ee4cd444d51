"""SQLite file of the ledger: private and safe in crashes."""

from __future__ import annotations

import os
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any

from gsprep.errors import LedgerError

# The file names in the data folder of gsprep.
FILE, SECRET = "ledger.sqlite", "secret"
_VERSION = 3
# Longest wait for another process, in seconds: transactions are short.
_PATIENCE = 30.0
# Longest wait when the run has to end at once.
_HURRY = 1.0
# Length of one attempt, in milliseconds: signals are handled between attempts.
_TRY = 250
# Mask of the primary error code in an extended error code of SQLite.
_PRIMARY = 0xFF
_MINE = 0o077
# Enough for the index of a million people, which is read in random order.
_CACHE_KB = 65_536
_TABLES = """
CREATE TABLE run (
    id TEXT PRIMARY KEY, command TEXT NOT NULL, options TEXT NOT NULL, inputs TEXT NOT NULL,
    state TEXT NOT NULL, begun REAL NOT NULL, ended REAL
);
CREATE TABLE load (
    id INTEGER PRIMARY KEY, tenant TEXT NOT NULL, print BLOB NOT NULL, run TEXT,
    begun REAL NOT NULL, ended REAL
);
CREATE INDEX load_print ON load (tenant, print);
CREATE TABLE batch (
    load INTEGER NOT NULL, number INTEGER NOT NULL, state TEXT NOT NULL, job TEXT,
    request_id TEXT NOT NULL DEFAULT '', positions BLOB NOT NULL, PRIMARY KEY (load, number)
) WITHOUT ROWID;
CREATE TABLE record (
    load INTEGER NOT NULL, position INTEGER NOT NULL, name BLOB NOT NULL, content BLOB NOT NULL,
    gsid TEXT, told TEXT NOT NULL, batch INTEGER, PRIMARY KEY (load, position)
) WITHOUT ROWID;
CREATE INDEX record_name ON record (name);
CREATE TABLE call (
    id INTEGER PRIMARY KEY, tenant TEXT NOT NULL, kind TEXT NOT NULL, begun REAL NOT NULL,
    ended REAL
);
CREATE INDEX call_ended ON call (tenant, kind, ended);
"""
# Tables of version 2. No cell of a source is stored: keys and contents of rows are keyed hashes, a
# cursor is a number, or a time in seconds since 1970.
_SYNC_TABLES = """
CREATE TABLE sync (
    name TEXT PRIMARY KEY, path TEXT NOT NULL, definition BLOB NOT NULL, cursor REAL,
    cursor_kind TEXT, full REAL, active INTEGER NOT NULL DEFAULT 1,
    deletes INTEGER NOT NULL DEFAULT 0
);
CREATE TABLE sync_row (
    sync TEXT NOT NULL, key BLOB NOT NULL, content BLOB NOT NULL, target BLOB, person BLOB,
    gsid TEXT, outcome TEXT NOT NULL, code TEXT NOT NULL, field TEXT NOT NULL, cursor REAL,
    PRIMARY KEY (sync, key)
) WITHOUT ROWID;
CREATE INDEX sync_row_target ON sync_row (sync, target);
CREATE INDEX sync_row_gsid ON sync_row (sync, gsid);
CREATE INDEX sync_row_person ON sync_row (person);
CREATE TABLE activity (
    id INTEGER PRIMARY KEY, run TEXT NOT NULL, sync TEXT NOT NULL, connection TEXT NOT NULL,
    kind TEXT NOT NULL, state TEXT NOT NULL, begun REAL NOT NULL, ended REAL,
    counts TEXT NOT NULL DEFAULT '{}', note TEXT NOT NULL DEFAULT ''
);
CREATE INDEX activity_sync ON activity (sync, begun);
"""
# The table of version 3: rows and the persons they were sent as, by keyed hashes.
_LINK_TABLE = """
CREATE TABLE link (
    tenant TEXT NOT NULL, name BLOB NOT NULL, mailbox BLOB NOT NULL, person BLOB NOT NULL,
    person_mailbox BLOB NOT NULL, gsid TEXT, run TEXT NOT NULL, kept REAL NOT NULL,
    PRIMARY KEY (tenant, name)
) WITHOUT ROWID;
CREATE INDEX link_mailbox ON link (mailbox);
CREATE INDEX link_person ON link (person_mailbox);
"""
# The statements that bring a ledger to each version.
_MIGRATIONS = {1: _TABLES, 2: _SYNC_TABLES, 3: _LINK_TABLE}


_ASK = "CREATE TEMP TABLE IF NOT EXISTS asked (name BLOB PRIMARY KEY) WITHOUT ROWID"


class Database:
    """One connection, used by one thread at a time; ``path`` None keeps all of it in memory.

    Raises LedgerError for a file that cannot be opened, is damaged or is of a later gsprep.
    """

    def __init__(self, path: Path | None, *, begins: bool = True) -> None:
        """Open the file; create it if it does not exist and ``begins`` allows that."""
        self.path = path
        self._begins = begins
        self._in_haste: Callable[[], bool] = _never
        self._turn = threading.RLock()
        if path is not None:
            self._refuse_to_begin(there=path.exists())
            make_private(path)
        with _as_ledger_error(path):
            self._connection = sqlite3.connect(
                path or ":memory:", timeout=_PATIENCE, isolation_level=None, check_same_thread=False
            )
            self._prepare()

    def _prepare(self) -> None:
        # WAL mode needs shared memory, which network file systems do not have.
        self._connection.execute("PRAGMA journal_mode = DELETE")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute("PRAGMA secure_delete = ON")
        self._connection.execute(f"PRAGMA cache_size = -{_CACHE_KB}")
        with self.writing() as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version > _VERSION:
                raise LedgerError(
                    f"the ledger {self.path} was written by a newer version of gsprep. "
                    "Install that version, or set GSPREP_HOME to another folder"
                )
            if version == 0:
                self._refuse_to_begin(there=False)
            for number in range(version + 1, _VERSION + 1):
                for statement in _MIGRATIONS[number].split(";"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {number}")

    def _refuse_to_begin(self, *, there: bool) -> None:
        if not self._begins and not there:
            raise LedgerError(
                f"the ledger {self.path} is missing or empty, but its secret exists: everything "
                "would be sent again. Restore the ledger from a backup; to start over, remove "
                f"{self.path and self.path.with_name(SECRET)} too"
            )

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Open a transaction that is committed or rolled back as a whole."""
        with self._turn, _as_ledger_error(self.path):
            try:
                self._begin()
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                # SQLite may have rolled back by itself; the first error is the one to report.
                with suppress(sqlite3.Error):
                    self._roll_back()
                raise

    def _begin(self) -> None:
        """Begin a transaction as soon as no other process has one."""
        # A transaction whose rollback failed would include the next one.
        self._roll_back()
        begun = time.monotonic()
        self._connection.execute(f"PRAGMA busy_timeout = {_TRY}")
        try:
            while not self._begun():
                patience = _HURRY if self._in_haste() else _PATIENCE
                if time.monotonic() - begun > patience:
                    raise _locked(self.path)
        finally:
            self._connection.execute(f"PRAGMA busy_timeout = {_PATIENCE * 1000:.0f}")

    def _begun(self) -> bool:
        try:
            self._connection.execute("BEGIN IMMEDIATE")
        except sqlite3.OperationalError as failure:
            if not _is_busy(failure):
                raise
            return False
        return True

    def _roll_back(self) -> None:
        if self._connection.in_transaction:
            self._connection.execute("ROLLBACK")

    @contextmanager
    def hurried(self, when: Callable[[], bool]) -> Iterator[None]:
        """Within this context wait only a second for other processes once ``when()`` is true."""
        self._in_haste = when
        try:
            yield
        finally:
            self._in_haste = _never

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a SELECT."""
        with self._turn, _as_ledger_error(self.path):
            return self._connection.execute(sql, values).fetchall()

    def rows_of(
        self, names: Iterable[bytes], sql: str, values: Sequence[object]
    ) -> list[tuple[Any, ...]]:
        """Return the rows of a query that joins the names, any number of them, as ``asked``."""
        with self.writing() as connection:
            connection.execute(_ASK)
            connection.execute("DELETE FROM asked")
            connection.executemany("INSERT OR IGNORE INTO asked VALUES (?)", zip(names))
            return connection.execute(sql, values).fetchall()

    def compact(self) -> None:
        """Free the space of deleted rows and overwrite it."""
        with self._turn, _as_ledger_error(self.path):
            self._connection.execute("VACUUM")

    def close(self) -> None:
        """Close the file."""
        with self._turn:
            self._connection.close()


def _is_busy(failure: sqlite3.Error) -> bool:
    # An error of the sqlite3 module itself has no code of SQLite.
    return getattr(failure, "sqlite_errorcode", 0) & _PRIMARY == sqlite3.SQLITE_BUSY


@contextmanager
def _as_ledger_error(path: Path | None) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as failure:
        if _is_busy(failure):
            raise _locked(path) from failure
        raise LedgerError(
            f"the ledger {path or 'in memory'} cannot be used ({failure}). Check the disk and the "
            "file permissions, or set GSPREP_HOME to another folder"
        ) from failure


def damaged(path: Path | None, what: str) -> LedgerError:
    """Return the error for a row that gsprep did not write."""
    return LedgerError(
        f"the ledger {path or 'in memory'} is damaged ({what}). Restore it from a backup, or "
        "remove its run with `gsprep purge`; the people of that run are then sent again"
    )


def _never() -> bool:
    return False


def _locked(path: Path | None) -> LedgerError:
    return LedgerError(
        f"the ledger {path or 'in memory'} is in use by another process. Wait until that process "
        "ends, or stop it"
    )


def make_private(path: Path) -> None:
    """Create a file that only its owner can read, and its folder, unless they exist.

    Raises LedgerError if that fails, or if other users can read an existing file.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | getattr(os, "O_NOFOLLOW", 0), 0o600))
        rights = path.stat().st_mode
    except OSError as failure:
        raise LedgerError(
            f"{path} cannot be written ({failure.strerror}). Set GSPREP_HOME to another folder"
        ) from failure
    if os.name == "posix" and rights & _MINE:
        raise LedgerError(f"other users can read {path}. Run chmod 600 on it, or remove it")


def fault_of(path: Path) -> str | None:
    """Return what is wrong with the file of a ledger, or None; the file is only read.

    Another process may write to it at the same time.
    """
    try:
        if os.name == "posix" and path.stat().st_mode & _MINE:
            return "other users can read it"
        with closing(
            sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        ) as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            found = [line for (line,) in connection.execute("PRAGMA quick_check(1)")]
    except (OSError, sqlite3.Error) as failure:
        return f"it cannot be read ({failure})"
    if version > _VERSION:
        return "it was written by a newer version of gsprep"
    return None if found == ["ok"] else "it is damaged"

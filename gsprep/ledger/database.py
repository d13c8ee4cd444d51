"""The file of the ledger: opened so that no other user reads it and no crash tears it."""

from __future__ import annotations

import os
import sqlite3
import threading
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, Any

from gsprep.errors import LedgerError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

# The name of the file in the folder of gsprep's own.
FILE = "ledger.sqlite"
_VERSION = 1
# How long another process of gsprep may hold the file, in seconds: its transactions are short.
_PATIENCE = 30.0
_MINE = 0o077
# The index of a million persons, of which any may come next.
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


class Database:
    """One connection, used by one thread at a time; ``path`` None keeps all of it in memory.

    Raises LedgerError for a file that cannot be opened, is damaged or is of a later gsprep.
    """

    def __init__(self, path: Path | None) -> None:
        """Open the file, make it when there is none."""
        self.path = path
        self._turn = threading.RLock()
        if path is not None:
            make_private(path)
        with _told(path):
            self._connection = sqlite3.connect(
                path or ":memory:",
                timeout=_PATIENCE,
                isolation_level=None,
                check_same_thread=False,
            )
            self._prepare()

    def _prepare(self) -> None:
        # A file beside the log of WAL mode breaks on network homes.
        self._connection.execute("PRAGMA journal_mode = DELETE")
        self._connection.execute("PRAGMA synchronous = FULL")
        self._connection.execute("PRAGMA secure_delete = ON")
        self._connection.execute(f"PRAGMA cache_size = -{_CACHE_KB}")
        with self.writing() as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            if version > _VERSION:
                raise LedgerError(
                    f"the ledger {self.path} was written by a later gsprep: "
                    "install that one, or name another folder in GSPREP_HOME"
                )
            if version == 0:
                for statement in _TABLES.split(";"):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {_VERSION}")

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """Give the connection within a transaction that is kept whole or not at all."""
        with self._turn, _told(self.path):
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def rows(self, sql: str, values: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Return what a SELECT finds."""
        with self._turn, _told(self.path):
            return self._connection.execute(sql, values).fetchall()

    def compact(self) -> None:
        """Give the room of what was deleted back, and write over it."""
        with self._turn, _told(self.path):
            self._connection.execute("VACUUM")

    def close(self) -> None:
        """Close the file."""
        with self._turn:
            self._connection.close()


@contextmanager
def _told(path: Path | None) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as failure:
        raise LedgerError(
            f"the ledger {path or 'in memory'} cannot be used ({failure}): check its disk and its "
            "rights, or name another folder in GSPREP_HOME"
        ) from failure


def make_private(path: Path) -> None:
    """Make a file that only its owner reads, and its folder, unless they are there.

    Raises LedgerError when that cannot be, or when others can read the file that is there.
    """
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR | getattr(os, "O_NOFOLLOW", 0), 0o600))
        rights = path.stat().st_mode
    except OSError as failure:
        raise LedgerError(
            f"{path} cannot be written ({failure.strerror}): name another folder in GSPREP_HOME"
        ) from failure
    if os.name == "posix" and rights & _MINE:
        raise LedgerError(f"others can read {path}: take that right away (chmod 600) or remove it")


def fault_of(path: Path) -> str | None:
    """Return what is wrong with the file of a ledger, None when nothing; it is read only.

    Another process may be writing meanwhile: that is no fault.
    """
    try:
        if os.name == "posix" and path.stat().st_mode & _MINE:
            return "others can read it"
        with closing(
            sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)
        ) as connection:
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            found = [line for (line,) in connection.execute("PRAGMA quick_check(1)")]
    except (OSError, sqlite3.Error) as failure:
        return f"it cannot be read ({failure})"
    if version > _VERSION:
        return "it was written by a later gsprep"
    return None if found == ["ok"] else "it is damaged"

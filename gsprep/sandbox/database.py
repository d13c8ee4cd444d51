"""The SQLite file of the sandbox: its tables, and how it is opened."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Final

from gsprep.sandbox.flaws import comparable
from gsprep.sandbox.refusals import StoreError

# Written to the file, so that another program's database is never taken for a sandbox.
_OURS: Final = 0x6773_7062
_WAIT_SECONDS: Final = 30

# One table, the same columns for every object. found_by: a person's e-mail, the name of a
# company or relationship, both without case; an association's person. Times in milliseconds.
_TABLES: Final = """
CREATE TABLE rows (
    object TEXT NOT NULL, gsid TEXT NOT NULL, key TEXT, found_by TEXT, fields TEXT NOT NULL,
    created INTEGER NOT NULL, modified INTEGER NOT NULL,
    PRIMARY KEY (object, gsid), UNIQUE (object, key)
) WITHOUT ROWID;
CREATE INDEX rows_found_by ON rows (object, found_by);
CREATE TABLE columns (object TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (object, name));
CREATE TABLE serial (seed TEXT NOT NULL, last INTEGER NOT NULL);
"""
# What the loaded columns hold; one without a line is text.
_TYPES: Final = """
CREATE TABLE IF NOT EXISTS types (
    object TEXT NOT NULL, name TEXT NOT NULL, type TEXT NOT NULL, PRIMARY KEY (object, name)
) WITHOUT ROWID;
"""
# A job and its records. fate: what a fault made of it. lookups, given and answer are JSON; given
# is emptied when its answer stands. Files of earlier versions lack these tables.
_JOBS: Final = """
CREATE TABLE IF NOT EXISTS jobs (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, submitted REAL NOT NULL, total INTEGER NOT NULL,
    done INTEGER NOT NULL, fate TEXT, lookups TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tasks (
    job TEXT NOT NULL, number INTEGER NOT NULL, given TEXT, answer TEXT,
    PRIMARY KEY (job, number)
) WITHOUT ROWID;
"""


def open_database(path: str, seed: str) -> sqlite3.Connection:
    """Return a connection to a sandbox's file, made with mode 0600 when it is absent.

    ``seed`` goes into a new file only. Raises StoreError when the file cannot be used.
    """
    try:
        if path != ":memory:":
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        connection = sqlite3.connect(
            path, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False
        )
    except (OSError, sqlite3.Error) as problem:
        raise StoreError(f"{path}: the sandbox cannot open its file: {problem}") from problem
    try:
        _prepare(connection, seed)
        if path != ":memory:":
            Path(path).chmod(0o600)
    except (OSError, sqlite3.Error) as problem:
        connection.close()
        raise StoreError(f"{path}: {problem}. Name another file for the sandbox.") from problem
    return connection


def _prepare(connection: sqlite3.Connection, seed: str) -> None:
    connection.create_function("comparable", 2, _comparable, deterministic=True)
    connection.create_function("folded", 1, _folded, deterministic=True)
    # No WAL: it breaks on network homes.
    connection.execute("PRAGMA journal_mode = DELETE")
    connection.execute("BEGIN IMMEDIATE")
    mark = connection.execute("PRAGMA application_id").fetchone()[0]
    empty = not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if mark != _OURS and not empty:
        raise sqlite3.DatabaseError("the file is another program's database")
    if empty:
        _create(connection, _TABLES)
        connection.execute("INSERT INTO serial VALUES (?, 0)", (seed,))
        connection.execute(f"PRAGMA application_id = {_OURS}")
    _create(connection, _JOBS)
    _create(connection, _TYPES)
    connection.execute("COMMIT")


def _comparable(type_: str, value: str | None) -> int | float | str | None:
    return None if value is None else comparable(type_, value)


def _folded(value: str | None) -> str | None:
    return None if value is None else value.casefold()


def _create(connection: sqlite3.Connection, tables: str) -> None:
    for statement in tables.split(";"):
        connection.execute(statement)

"""The secret of a ledger, and whether the two belong together.

Without its secret a ledger knows nobody: everything would be sent again. So the ledger keeps a mark
of the secret, and neither is made when the other speaks of an earlier one.
"""

from __future__ import annotations

import os
import secrets
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

from gsprep.errors import LedgerError
from gsprep.ledger.database import FILE, SECRET, make_private
from gsprep.ledger.names import Names

if TYPE_CHECKING:
    from pathlib import Path

    from gsprep.ledger.database import Database

_BYTES = 32
_MARKED = b"the ledger of this secret"
_IS_KNOWN = "SELECT EXISTS (SELECT 1 FROM record) OR EXISTS (SELECT 1 FROM batch)"


def has_secret(home: Path) -> bool:
    """Tell whether a folder holds a secret, of whatever ledger."""
    try:
        return (home / SECRET).stat().st_size > 0
    except OSError:
        return False


def kept_names(database: Database, home: Path) -> Names:
    """Return the names of a ledger under the secret of its folder, made with the ledger.

    Raises LedgerError when it is gone, or another one, and the ledger holds what was sent.
    """
    path = home / SECRET
    make_private(path)
    # Of two processes that begin at once the second finds the secret of the first.
    with database.writing() as connection:
        secret = _read(path)
        if fault := _fault(connection, secret):
            raise LedgerError(
                f"the secret {path} {fault}: the ledger next to it knows nobody without its own, "
                "and all people would be sent again. Put the secret back from a copy; to begin "
                f"anew all the same, remove {home / FILE} and {path}"
            )
        if not secret:
            secret = secrets.token_bytes(_BYTES)
            _write(path, secret)
        connection.execute(f"PRAGMA application_id = {_mark(secret)}")
    return Names(secret)


def fault_of_pair(home: Path) -> str | None:
    """Return what is wrong with a ledger and its secret together, None when nothing is.

    Both are only read.
    """
    path = home / FILE
    if not path.exists() or not path.stat().st_size:
        return "it is gone or empty, and its secret is still there" if has_secret(home) else None
    try:
        secret = (home / SECRET).read_bytes() if has_secret(home) else b""
        uri = f"{path.absolute().as_uri()}?mode=ro"
        with closing(sqlite3.connect(uri, uri=True)) as connection:
            fault = _fault(connection, secret)
    except (OSError, sqlite3.Error) as failure:
        return f"it cannot be read ({failure})"
    return None if fault is None else f"its secret {fault}"


def _fault(connection: sqlite3.Connection, secret: bytes) -> str | None:
    if not connection.execute(_IS_KNOWN).fetchone()[0]:
        return None
    if not secret:
        return "is gone or empty"
    mark = connection.execute("PRAGMA application_id").fetchone()[0]
    # A ledger of before had no mark.
    return None if mark in (0, _mark(secret)) else "is another one than that of the ledger"


def _mark(secret: bytes) -> int:
    """Return a number that tells one secret from another, and nothing about it.

    It fits into what SQLite keeps for the name of an application.
    """
    return int.from_bytes(Names(secret).of(_MARKED)[:4]) >> 1 or 1


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as failure:
        raise LedgerError(f"{path} cannot be read or written ({failure.strerror})") from failure


def _write(path: Path, secret: bytes) -> None:
    """Write a secret so that it is on the disk before any name is made with it."""
    try:
        with path.open("wb") as file:
            file.write(secret)
            file.flush()
            os.fsync(file.fileno())
    except OSError as failure:
        raise LedgerError(f"{path} cannot be read or written ({failure.strerror})") from failure

"""Keyed hashes of people, the secret behind them, and erasure."""

from __future__ import annotations

import os
import secrets
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from typing import TYPE_CHECKING

from gsprep.errors import LedgerError
from gsprep.ledger.activities import remove_activities
from gsprep.ledger.database import FILE, SECRET, make_private
from gsprep.ledger.runs import purge_links, purge_links_of
from gsprep.ledger.sync_state import purge_from_syncs
from gsprep.values.caseless import caseless

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from gsprep.ledger.database import Database
    from gsprep.ledger.ledger import Ledger
    from gsprep.ledger.runs import Run

_BYTES = 16
_HALF = _BYTES // 2


class KeyedHashes:
    """Hashes with one secret: equal content has an equal hash, and no hash reveals its content.

    >>> names = KeyedHashes(b"secret")
    >>> names.of(b"ana@acme.com") == names.of(b"ana@acme.com") != names.of(b"bo@acme.com")
    True
    """

    def __init__(self, secret: bytes) -> None:
        """Take the secret; the hashes of a ledger can be made only with it."""
        self._empty = blake2b(digest_size=_BYTES, key=secret)

    def of(self, content: bytes) -> bytes:
        """Return the hash of a content, 16 bytes."""
        fresh = self._empty.copy()
        fresh.update(content)
        return fresh.digest()

    def of_all(self, contents: Iterable[bytes | memoryview], before: bytes = b"") -> list[bytes]:
        """Return the hash of each content, with ``before`` put in front of it."""
        begun = self._empty.copy()
        begun.update(before)
        names = []
        for content in contents:
            fresh = begun.copy()
            fresh.update(content)
            names.append(fresh.digest())
        return names

    def of_person(self, email: str, key: str = "") -> bytes:
        """Return the hash of a person, whose address is compared without case.

        ``key`` holds the other values of the tenant's resolution key, "" if there are no others.
        """
        name = self.of(caseless(email).encode())
        return name[:_HALF] + self.of(key.encode())[:_HALF] if key else name

    def of_row(self, row_id: str) -> bytes:
        """Return the hash of a row of a source, which its key names."""
        return self.of(f"key\0{row_id}".encode())

    def of_all_of(self, email: str) -> bytes:
        """Return the first bytes of the hashes of all people with this address."""
        return self.of_person(email)[:_HALF]


_SECRET_BYTES = 32
_MARKED = b"the ledger of this secret"
_IS_KNOWN = "SELECT EXISTS (SELECT 1 FROM record) OR EXISTS (SELECT 1 FROM batch)"


def has_secret(home: Path) -> bool:
    """Return whether a folder holds a secret."""
    try:
        return (home / SECRET).stat().st_size > 0
    except OSError:
        return False


def kept_names(database: Database, home: Path) -> KeyedHashes:
    """Return the hashes of a ledger with the secret of its folder; a new ledger gets a new secret.

    A ledger without its secret recognizes no one, and everything would be sent again. So the ledger
    keeps a mark of its secret. Raises LedgerError if the secret is missing or another one, and the
    ledger has records.
    """
    path = home / SECRET
    make_private(path)
    # Of two processes that begin at once the second finds the secret of the first.
    with database.writing() as connection:
        secret = _read(path)
        if fault := _fault(connection, secret):
            raise LedgerError(
                f"the secret {path} {fault}: without it the ledger recognizes no one, and all "
                "people would be sent again. Restore the secret from a backup; to start over, "
                f"remove {home / FILE} and {path}"
            )
        if not secret:
            secret = secrets.token_bytes(_SECRET_BYTES)
            _write(path, secret)
        connection.execute(f"PRAGMA application_id = {_mark(secret)}")
    return KeyedHashes(secret)


def fault_of_pair(home: Path) -> str | None:
    """Return why a ledger and its secret do not fit together, or None; both are only read."""
    path = home / FILE
    if not path.exists() or not path.stat().st_size:
        return "it is missing or empty, but its secret exists" if has_secret(home) else None
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
        return "is missing or empty"
    mark = connection.execute("PRAGMA application_id").fetchone()[0]
    # Ledgers of earlier versions have no mark.
    return None if mark in (0, _mark(secret)) else "belongs to another ledger"


def _mark(secret: bytes) -> int:
    """Return a number that identifies a secret without revealing it.

    It fits into the application id of an SQLite file.
    """
    return int.from_bytes(KeyedHashes(secret).of(_MARKED)[:4]) >> 1 or 1


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as failure:
        raise LedgerError(f"{path} cannot be read or written ({failure.strerror})") from failure


def _write(path: Path, secret: bytes) -> None:
    """Write a secret; it is on the disk before any hash is made with it."""
    try:
        with path.open("wb") as file:
            file.write(secret)
            file.flush()
            os.fsync(file.fileno())
    except OSError as failure:
        raise LedgerError(f"{path} cannot be read or written ({failure.strerror})") from failure


# The options that name files with personal data.
_OUT = "out"
_INPUTS = ("people", "persons", "company_persons", "relationship_persons", "known", "answers")


@dataclass(frozen=True, slots=True)
class Purged:
    """What was removed from the ledger, and which files remain.

    Attributes:
        records: number of records removed.
        uploads: number of uploads removed.
        runs: number of runs removed.
        beyond: existing files and folders that the runs read or wrote. They may hold the people's
            data; the user has to delete them.
    """

    records: int
    uploads: int
    runs: int
    beyond: tuple[Path, ...]


def purge_person(ledger: Ledger, emails: Iterable[str]) -> Purged:
    """Remove the records of the people with these addresses, for every tenant."""
    records = 0
    with ledger.database.writing() as connection:
        for low in map(ledger.names.of_all_of, emails):
            sql = "DELETE FROM record WHERE name >= ? AND name <= ?"
            high = low + b"\xff" * len(low)
            records += connection.execute(sql, (low, high)).rowcount
            records += purge_from_syncs(connection, low, high)
            records += purge_links_of(connection, low)
    return _compacted(ledger, Purged(records, 0, 0, _beyond(ledger.runs.all())))


def purge_run(ledger: Ledger, name: str) -> Purged:
    """Remove a run and its uploads; InputError for an unknown run."""
    run = ledger.runs.find(name)
    with ledger.database.writing() as connection:
        uploads = _ids(connection, "SELECT id FROM load WHERE run = ?", (name,))
        purged = _without(connection, uploads, "id = ?", (name,))
        purge_links(connection, run=name)
    ledger.remove_files(name)
    return _compacted(ledger, Purged(*purged, _beyond([run])))


def purge_before(ledger: Ledger, moment: float) -> Purged:
    """Remove runs, uploads and activities that ended before a moment (seconds since 1970).

    Counted calls hold no personal data and stay as long as a quota needs them: ``forget_old``.
    """
    before = [run for run in ledger.runs.all() if run.ended is not None and run.ended < moment]
    with ledger.database.writing() as connection:
        uploads = _ids(connection, "SELECT id FROM load WHERE ended < ?", (moment,))
        purged = _without(connection, uploads, "ended < ?", (moment,))
        remove_activities(connection, moment)
        purge_links(connection, before=moment)
    for run in before:
        ledger.remove_files(run.id)
    return _compacted(ledger, Purged(*purged, _beyond(before)))


def _ids(connection: sqlite3.Connection, sql: str, values: Sequence[object]) -> list[int]:
    return [row[0] for row in connection.execute(sql, values)]


def _without(
    connection: sqlite3.Connection, uploads: Sequence[int], which: str, values: Sequence[object]
) -> tuple[int, int, int]:
    """Delete uploads and the runs that match a condition; return the three numbers deleted."""
    records = 0
    for upload in uploads:
        records += connection.execute("DELETE FROM record WHERE load = ?", (upload,)).rowcount
        connection.execute("DELETE FROM batch WHERE load = ?", (upload,))
        connection.execute("DELETE FROM load WHERE id = ?", (upload,))
    runs = connection.execute(f"DELETE FROM run WHERE {which}", values).rowcount  # noqa: S608  ours
    return records, len(uploads), runs


def _compacted(ledger: Ledger, purged: Purged) -> Purged:
    ledger.database.compact()
    return purged


def _beyond(runs: Iterable[Run]) -> tuple[Path, ...]:
    named = [
        Path(str(run.options[name]))
        for run in runs
        for name in (_OUT, *_INPUTS)
        if run.options.get(name)
    ]
    return tuple(path for path in dict.fromkeys(named) if path.exists())

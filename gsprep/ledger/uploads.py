"""Uploads of a tenant: batches, outcomes and a lock."""

from __future__ import annotations

import json
import time
import zlib
from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from gsprep.errors import LedgerError
from gsprep.lazy import lazy_module
from gsprep.ledger.database import damaged
from gsprep.ledger.runs import forget_links

if TYPE_CHECKING:
    import sqlite3

    import filelock

    from gsprep.ledger.database import Database
else:
    filelock = lazy_module("filelock")

BatchState = Literal["planned", "sending", "accepted", "lost", "done", "failed", "unknown"]
# In place of an outcome: the person was deleted.
DELETED = '["deleted"]'
_AT_ONCE = 20_000
# The smallest number of SQLite, so that positions that are not valid are read, too.
_BEFORE_ALL = -(2**63)
_KNOWN = """
SELECT position, told, gsid, record.batch, coalesce(request_id, '') FROM record
LEFT JOIN batch ON batch.load = record.load AND batch.number = record.batch
WHERE record.load = ? AND position > ? AND told <> ? ORDER BY position LIMIT ?
"""
_ACCEPTED = """
SELECT number, job, request_id, positions FROM batch
WHERE load = ? AND (state = 'accepted' OR state = ?) ORDER BY number
"""
# Jobs that the service did not have when it was last asked for them.
_LOST = "SELECT positions FROM batch WHERE load = ? AND state = 'lost'"
_LOSE = "UPDATE batch SET state = ? WHERE load = ? AND number = ? AND state IN ('accepted', 'lost')"
_GIVE_UP = "UPDATE batch SET state = 'unknown' WHERE load = ? AND state = 'lost'"
# Records that a killed process was sending, or that are in a job, may be stored.
_DOUBTFUL = """
SELECT positions FROM batch WHERE load = ? AND state IN ('sending', 'accepted', 'lost', 'unknown')
"""
_PLAN = "INSERT OR REPLACE INTO batch (load, number, state, positions) VALUES (?, ?, 'planned', ?)"
_SENDING = "UPDATE batch SET state = 'sending' WHERE load = ? AND number = ?"
_ACCEPT = """
UPDATE batch SET state = 'accepted', job = ?, request_id = ? WHERE load = ? AND number = ?
"""
_ANSWER = "UPDATE batch SET state = ?, request_id = ? WHERE load = ? AND number = ?"
_KEEP = """
INSERT OR REPLACE INTO record (load, position, name, content, gsid, told, batch)
VALUES (?, ?, ?, ?, ?, ?, ?)
"""
# Deletes outcomes of the same people, by hash or by Gsid, in earlier uploads.
_FORGET_EARLIER = """
DELETE FROM record WHERE load IN (
    SELECT id FROM load WHERE ended IS NOT NULL AND id < :load
    AND tenant = (SELECT tenant FROM load WHERE id = :load)
) AND (
    name IN (SELECT name FROM record WHERE load = :load)
    OR gsid IN (SELECT gsid FROM record WHERE load = :load AND gsid IS NOT NULL)
)
"""


class RecordLine(NamedTuple):
    """The outcome of a record, with its Gsid and the hashes of its key and content."""

    position: int
    name: bytes
    content: bytes
    gsid: str | None
    outcome: str


@dataclass(frozen=True, slots=True)
class KnownRecord:
    """The stored outcome of a record; ``batch`` is None if no batch of this upload had it."""

    outcome: str
    gsid: str | None
    batch: int | None
    request_id: str


@dataclass(frozen=True, slots=True)
class AcceptedJob:
    """A job that the service accepted and whose results were not read yet."""

    number: int
    job: str
    request_id: str
    positions: Sequence[int]


class UploadLog:
    """The records of one upload, the batches they go in, and their outcomes.

    A batch is *planned*, then *sending* from the moment its call may reach the service, *accepted*
    when the service took it as a job, *lost* when the service says that it has no such job, and
    *done*, *failed* or *unknown* at the end. A record is identified by its position in the upload;
    its content is stored as a hash only.

    Attributes:
        number: the id of the upload in the ledger.
        again: whether the same records were completely sent before.
        gives_up: whether lost jobs are given up: their records are sent again.
    """

    def __init__(
        self,
        database: Database,
        number: int,
        lock: filelock.FileLock | None,
        *,
        again: bool,
        gives_up: bool = False,
    ) -> None:
        """Continue the upload with that number; ``lock`` keeps other processes out."""
        self._database = database
        self.number = number
        self._lock = lock
        self.again = again
        self.gives_up = gives_up

    def known(self) -> Iterator[tuple[int, KnownRecord]]:
        """Yield the position and outcome of each record that has one.

        In an upload that is sent again, they have no batch.
        """
        last = _BEFORE_ALL
        while rows := self._database.rows(_KNOWN, (self.number, last, DELETED, _AT_ONCE)):
            for position, outcome, gsid, batch, request_id in rows:
                if not is_sound(outcome, gsid) or not isinstance(position, int):
                    raise self.damaged(f"the outcome of row {position} in upload {self.number}")
                sent_in = (None, "") if self.again else (batch, request_id)
                yield position, KnownRecord(outcome, gsid, *sent_in)
            last = rows[-1][0]

    def accepted(self) -> list[AcceptedJob]:
        """Return the jobs whose results were not read yet, but those that are given up."""
        state = "accepted" if self.gives_up else "lost"
        rows = self._database.rows(_ACCEPTED, (self.number, state))
        try:
            return [AcceptedJob(number, job, name, _unpacked(at)) for number, job, name, at in rows]
        except (zlib.error, ValueError, TypeError) as failure:
            raise self.damaged(f"the rows of a job in upload {self.number}") from failure

    def lost(self) -> Sequence[int]:
        """Return the positions of records in lost jobs."""
        return self._positions(_LOST)

    def doubtful(self) -> Sequence[int]:
        """Return the positions of records that were sent and have no known outcome."""
        return self._positions(_DOUBTFUL)

    def _positions(self, sql: str) -> Sequence[int]:
        rows = self._database.rows(sql, (self.number,))
        try:
            return [position for (at,) in rows for position in _unpacked(at)]
        except (zlib.error, ValueError, TypeError) as failure:
            raise self.damaged(f"the rows of a batch in upload {self.number}") from failure

    def damaged(self, what: str) -> LedgerError:
        """Return the error of a row that cannot be read."""
        return damaged(self._database.path, what)

    def next_number(self) -> int:
        """Return the next free batch number."""
        sql = "SELECT coalesce(max(number), 0) + 1 FROM batch WHERE load = ?"
        return self._database.rows(sql, (self.number,))[0][0]

    def plan(self, batches: Iterable[tuple[int, Sequence[int]]]) -> None:
        """Store batches before any is sent: their numbers, and the positions in them."""
        lines = ((self.number, number, _packed(positions)) for number, positions in batches)
        with self._database.writing() as connection:
            connection.executemany(_PLAN, lines)

    def sending(self, connection: sqlite3.Connection, number: int) -> None:
        """Store that a batch is being sent, in the transaction that counts its call."""
        connection.execute(_SENDING, (self.number, number))

    def accept(self, number: int, job: str, request_id: str) -> None:
        """Store the job that the service made of a batch: from now on it is only polled."""
        with self._database.writing() as connection:
            connection.execute(_ACCEPT, (job, request_id, self.number, number))

    def lose(self, number: int, *, is_lost: bool) -> None:
        """Store whether the service says that it has no such job; it is asked for all the same."""
        with self._database.writing() as connection:
            connection.execute(_LOSE, ("lost" if is_lost else "accepted", self.number, number))

    def give_up(self) -> None:
        """Forget lost jobs, whose records are sent again."""
        if self.gives_up:
            with self._database.writing() as connection:
                connection.execute(_GIVE_UP, (self.number,))

    def answer(
        self, number: int, state: BatchState, request_id: str, records: Iterable[RecordLine]
    ) -> None:
        """Store the outcome of a batch and of its records."""
        with self._database.writing() as connection:
            connection.execute(_ANSWER, (state, request_id, self.number, number))
            kept = ((self.number, *record, number) for record in records)
            connection.executemany(_KEEP, kept)

    def end(self, now: float) -> None:
        """Store that the upload is complete; older outcomes of the same people are deleted."""
        with self._database.writing() as connection:
            connection.execute("UPDATE load SET ended = ? WHERE id = ?", (now, self.number))
            connection.execute(_FORGET_EARLIER, {"load": self.number})

    def close(self) -> None:
        """Release the lock, so that other processes can continue the upload."""
        if self._lock is not None:
            self._lock.release()


def is_sound(outcome: object, gsid: object) -> bool:
    """Return whether an outcome and a Gsid have the types that are written."""
    return isinstance(outcome, str) and (gsid is None or isinstance(gsid, str))


def _packed(positions: Sequence[int]) -> bytes:
    return zlib.compress(array("q", positions).tobytes(), 1)


def _unpacked(content: Any) -> Sequence[int]:
    positions = array("q")
    positions.frombytes(zlib.decompress(content))
    return positions


_NEWEST = "SELECT id, ended, run FROM load WHERE tenant = ? AND print = ? ORDER BY id DESC"
_GO_ON = "UPDATE load SET run = ? WHERE id = ?"
_LATEST = """
SELECT record.name, content, gsid, told FROM asked JOIN record ON record.name = asked.name
JOIN load ON load.id = record.load WHERE tenant = ? ORDER BY load.id
"""
_FORGET = """
UPDATE record SET content = x'', gsid = NULL, told = ?
WHERE load IN (SELECT id FROM load WHERE tenant = ?) AND gsid IN (SELECT value FROM json_each(?))
"""


@dataclass(frozen=True, slots=True)
class Latest:
    """The latest outcome of a person, with its Gsid and the hash of its content."""

    content: bytes
    gsid: str | None
    outcome: str

    @property
    def deleted(self) -> bool:
        """Whether the person was deleted since then."""
        return self.outcome == DELETED


class UploadLogs:
    """The uploads of one tenant in a ledger."""

    def __init__(self, database: Database, tenant: str) -> None:
        """Read and write the uploads of ``tenant`` in ``database``."""
        self._database = database
        self._tenant = tenant

    @property
    def path(self) -> Path | None:
        """The file of the ledger; None for one in memory."""
        return self._database.path

    def open(
        self, footprint: bytes, run: str | None, now: float, *, force: bool = False
    ) -> UploadLog:
        """Return the upload with a ``footprint``, which is the hash of all its records.

        An incomplete upload is continued; with ``force``, jobs that the service lost are given up.
        A complete one is returned as ``again``, or sent again with ``force``. Raises LedgerError
        if another process is sending the same records.
        """
        lock = locked(self._database.path, footprint.hex())
        upload = self.find(footprint, run, lock, force=force)
        with self._database.writing() as connection:
            if upload is not None and not (upload.again and force):
                if not upload.again:
                    connection.execute(_GO_ON, (run, upload.number))
                return upload
            number = connection.execute(
                "INSERT INTO load (tenant, print, run, begun) VALUES (?, ?, ?, ?)",
                (self._tenant, footprint, run, now),
            ).lastrowid
        return UploadLog(self._database, number or 0, lock, again=False)

    def find(
        self,
        footprint: bytes,
        run: str | None,
        lock: filelock.FileLock | None = None,
        *,
        force: bool = False,
    ) -> UploadLog | None:
        """Return the newest upload with a footprint, or None; nothing is locked.

        It is ``again`` if it is complete, unless ``run`` itself completed it. A run that continues
        its own upload ignores ``force``: it was given before the jobs were lost.
        """
        rows = self._database.rows(_NEWEST, (self._tenant, footprint))
        if not rows:
            return None
        number, ended, by = rows[0]
        is_another = by is None or by != run
        again = ended is not None and is_another
        gives_up = force and ended is None and is_another
        return UploadLog(self._database, number, lock, again=again, gives_up=gives_up)

    def latest(self, names: Sequence[bytes]) -> Mapping[bytes, Latest]:
        """Return the latest outcome of each known person, by the hash of the person."""
        rows = self._database.rows_of(names, _LATEST, (self._tenant,))
        if not all(is_sound(outcome, gsid) for _, _, gsid, outcome in rows):
            raise damaged(self._database.path, "the outcome of a person in an earlier upload")
        return {name: Latest(content, gsid, outcome) for name, content, gsid, outcome in rows}

    def forget(self, gsids: Sequence[str]) -> None:
        """Store that people were deleted: the same row sent again creates a new person."""
        with self._database.writing() as connection:
            connection.execute(_FORGET, (DELETED, self._tenant, json.dumps(list(gsids))))
            forget_links(connection, self._tenant, gsids)


_FOLDER = "locks"
_DAY = 86_400.0


def locked(
    ledger: Path | None, name: str, what: str = "is sending the same rows"
) -> filelock.FileLock | None:
    """Return a lock that this process holds; None for a ledger in memory.

    Raises LedgerError if another process holds it.
    """
    if ledger is None:
        return None
    folder = ledger.parent / _FOLDER
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        lock = filelock.FileLock(folder / f"{name}.lock", mode=0o600)
        lock.acquire(blocking=False)
    except filelock.Timeout as failure:
        raise LedgerError(f"another process {what}. Wait until it ends, or stop it") from failure
    except (OSError, NotImplementedError) as failure:
        raise LedgerError(
            f"no file can be locked in {folder}. Set GSPREP_HOME to another folder"
        ) from failure
    return lock


def tidy(ledger: Path) -> None:
    """Remove lock files that no process has held for a day."""
    for path in (ledger.parent / _FOLDER).glob("*.lock"):
        if time.time() - path.stat().st_mtime > _DAY:
            lock = filelock.FileLock(path)
            try:
                lock.acquire(blocking=False)
            except (filelock.Timeout, OSError):
                continue
            path.unlink(missing_ok=True)
            lock.release()

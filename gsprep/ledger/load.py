"""One load: which records went out in which batch, and what became of each of them.

A batch is *planned*, then *sending* from the moment its call may reach the service, *accepted*
when the service took it as a job, and *done*, *failed* or *unknown* at the end. Records stand by
their position in the load; what they say is known by its hash alone.
"""

from __future__ import annotations

import zlib
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from gsprep.ledger.database import damaged

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Iterator, Sequence

    from filelock import FileLock

    from gsprep.errors import LedgerError
    from gsprep.ledger.database import Database

BatchState = Literal["planned", "sending", "accepted", "done", "failed", "unknown"]
# In place of an outcome: the person is no longer there.
DELETED = '["deleted"]'
_AT_ONCE = 20_000
# Before every number that SQLite knows: a position that cannot be is seen, too.
_BEFORE_ALL = -(2**63)
_KNOWN = """
SELECT position, told, gsid, record.batch, coalesce(request_id, '') FROM record
LEFT JOIN batch ON batch.load = record.load AND batch.number = record.batch
WHERE record.load = ? AND position > ? AND told <> ? ORDER BY position LIMIT ?
"""
_ACCEPTED = """
SELECT number, job, request_id, positions FROM batch
WHERE load = ? AND state = 'accepted' ORDER BY number
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
# What earlier loads said of the same persons, by name or by Gsid, is no longer true.
_FORGET_EARLIER = """
DELETE FROM record WHERE load IN (
    SELECT id FROM load WHERE ended IS NOT NULL AND id < :load
    AND tenant = (SELECT tenant FROM load WHERE id = :load)
) AND (
    name IN (SELECT name FROM record WHERE load = :load)
    OR gsid IN (SELECT gsid FROM record WHERE load = :load AND gsid IS NOT NULL)
)
"""


class Line(NamedTuple):
    """A record with an outcome: hashes of its name and content, its Gsid, its outcome as text."""

    position: int
    name: bytes
    content: bytes
    gsid: str | None
    told: str


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of a record; ``batch`` is None when it went in none of this load."""

    told: str
    gsid: str | None
    batch: int | None
    request_id: str


@dataclass(frozen=True, slots=True)
class Accepted:
    """A job that the service took on and whose results were not read yet."""

    number: int
    job: str
    request_id: str
    positions: Sequence[int]


class Load:
    """The records that go to a tenant together, and how far they are.

    Attributes:
        number: its name in the ledger.
        again: whether the same was sent to its end before.
    """

    def __init__(
        self, database: Database, number: int, lock: FileLock | None, *, again: bool
    ) -> None:
        """Go on with the load of that number; ``lock`` keeps other processes from it."""
        self._database = database
        self.number = number
        self._lock = lock
        self.again = again

    def known(self) -> Iterator[tuple[int, Known]]:
        """Yield the position of each record with an outcome, and that.

        In a load that is sent again they go in no batch.
        """
        last = _BEFORE_ALL
        while rows := self._database.rows(_KNOWN, (self.number, last, DELETED, _AT_ONCE)):
            for position, told, gsid, batch, request_id in rows:
                if not is_sound(told, gsid) or not isinstance(position, int):
                    raise self.damaged(f"what became of row {position} of load {self.number}")
                went = (None, "") if self.again else (batch, request_id)
                yield position, Known(told, gsid, *went)
            last = rows[-1][0]

    def accepted(self) -> list[Accepted]:
        """Return the jobs that the service took on and whose results are still to be read."""
        rows = self._database.rows(_ACCEPTED, (self.number,))
        try:
            return [Accepted(number, job, name, _unpacked(at)) for number, job, name, at in rows]
        except (zlib.error, ValueError, TypeError) as failure:
            raise self.damaged(f"the rows of a job of load {self.number}") from failure

    def damaged(self, what: str) -> LedgerError:
        """Return the error of a row that cannot be read."""
        return damaged(self._database.path, what)

    def next_number(self) -> int:
        """Return a number that no batch of the load has yet, nor any after it."""
        sql = "SELECT coalesce(max(number), 0) + 1 FROM batch WHERE load = ?"
        number: int = self._database.rows(sql, (self.number,))[0][0]
        return number

    def plan(self, batches: Iterable[tuple[int, Sequence[int]]]) -> None:
        """Note batches before any of them goes: their numbers, and the positions in them."""
        lines = ((self.number, number, _packed(positions)) for number, positions in batches)
        with self._database.writing() as connection:
            connection.executemany(_PLAN, lines)

    def sending(self, connection: sqlite3.Connection, number: int) -> None:
        """Note, within the transaction that takes the call's turn, that a batch goes out."""
        connection.execute(_SENDING, (self.number, number))

    def accept(self, number: int, job: str, request_id: str) -> None:
        """Note the job that the service made of a batch: from now on it is only asked for."""
        with self._database.writing() as connection:
            connection.execute(_ACCEPT, (job, request_id, self.number, number))

    def answer(
        self, number: int, state: BatchState, request_id: str, records: Iterable[Line]
    ) -> None:
        """Note what became of a batch, and of each of its records with an outcome."""
        with self._database.writing() as connection:
            connection.execute(_ANSWER, (state, request_id, self.number, number))
            self._keep(connection, records, number)

    def keep(self, records: Iterable[Line]) -> None:
        """Note records that did not have to go, as another load had stored them."""
        with self._database.writing() as connection:
            self._keep(connection, records, None)

    def _keep(
        self, connection: sqlite3.Connection, records: Iterable[Line], batch: int | None
    ) -> None:
        connection.executemany(_KEEP, ((self.number, *record, batch) for record in records))

    def end(self, now: float) -> None:
        """Note that every record has an outcome; what earlier loads said of them is forgotten."""
        with self._database.writing() as connection:
            connection.execute("UPDATE load SET ended = ? WHERE id = ?", (now, self.number))
            connection.execute(_FORGET_EARLIER, {"load": self.number})

    def close(self) -> None:
        """Let other processes go on with the load."""
        if self._lock is not None:
            self._lock.release()


def is_sound(told: object, gsid: object) -> bool:
    """Tell whether an outcome and a Gsid are of the kind that is written."""
    return isinstance(told, str) and (gsid is None or isinstance(gsid, str))


def _packed(positions: Sequence[int]) -> bytes:
    return zlib.compress(array("q", positions).tobytes(), 1)


def _unpacked(content: Any) -> Sequence[int]:
    positions = array("q")
    positions.frombytes(zlib.decompress(content))
    return positions

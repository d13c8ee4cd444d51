"""The loads of a tenant: the one that is sent now, and what others stored of the same persons."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gsprep.ledger.database import damaged
from gsprep.ledger.load import DELETED, Load, is_sound
from gsprep.ledger.locks import locked

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from filelock import FileLock

    from gsprep.ledger.database import Database

_NEWEST = "SELECT id, ended, run FROM load WHERE tenant = ? AND print = ? ORDER BY id DESC"
_GO_ON = "UPDATE load SET run = ? WHERE id = ?"
_ASK = "CREATE TEMP TABLE IF NOT EXISTS asked (name BLOB PRIMARY KEY) WITHOUT ROWID"
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
    """What was last stored of a person: the hash of its content, its Gsid, its outcome as text."""

    content: bytes
    gsid: str | None
    told: str

    @property
    def deleted(self) -> bool:
        """Whether the person was deleted since."""
        return self.told == DELETED


class Loads:
    """The loads of one tenant in a ledger."""

    def __init__(self, database: Database, tenant: str) -> None:
        """Keep them in ``database``, apart from those of other tenants."""
        self._database = database
        self._tenant = tenant

    @property
    def path(self) -> Path | None:
        """The file they are kept in, None for one in memory."""
        return self._database.path

    def open(self, footprint: bytes, run: str | None, now: float, *, force: bool = False) -> Load:
        """Return the load of a ``footprint``, the hash of all its records.

        One that was not sent to its end goes on; one that was is sent ``again``, by ``force`` as
        a new one. Raises LedgerError when another process is sending the same.
        """
        lock = locked(self._database.path, footprint.hex())
        load = self.find(footprint, run, lock)
        with self._database.writing() as connection:
            if load is not None and not (load.again and force):
                if not load.again:
                    connection.execute(_GO_ON, (run, load.number))
                return load
            number = connection.execute(
                "INSERT INTO load (tenant, print, run, begun) VALUES (?, ?, ?, ?)",
                (self._tenant, footprint, run, now),
            ).lastrowid
        return Load(self._database, number or 0, lock, again=False)

    def find(self, footprint: bytes, run: str | None, lock: FileLock | None = None) -> Load | None:
        """Return the newest load of a footprint, None when there is none; nobody is kept from it.

        It comes ``again`` when it was sent to its end, unless ``run`` is what did that.
        """
        rows = self._database.rows(_NEWEST, (self._tenant, footprint))
        if not rows:
            return None
        number, ended, by = rows[0]
        again = ended is not None and (by is None or by != run)
        return Load(self._database, number, lock, again=again)

    def latest(self, names: Sequence[bytes]) -> Mapping[bytes, Latest]:
        """Return what was last stored of those persons that any load knows, by their names."""
        with self._database.writing() as connection:
            connection.execute(_ASK)
            connection.execute("DELETE FROM asked")
            connection.executemany("INSERT OR IGNORE INTO asked VALUES (?)", zip(names))
            rows = connection.execute(_LATEST, (self._tenant,)).fetchall()
        if not all(is_sound(told, gsid) for _, _, gsid, told in rows):
            raise damaged(self._database.path, "what became of a person of an earlier load")
        return {name: Latest(content, gsid, told) for name, content, gsid, told in rows}

    def forget(self, gsids: Sequence[str]) -> None:
        """Note that persons were deleted: a row of theirs that comes again makes a new one."""
        with self._database.writing() as connection:
            connection.execute(_FORGET, (DELETED, self._tenant, json.dumps(list(gsids))))

"""Person that each row was sent as, of runs against existing people."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, NamedTuple

from gsprep.ledger.database import damaged

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence

    from gsprep.ledger.database import Database

_ASK = "CREATE TEMP TABLE IF NOT EXISTS asked (name BLOB PRIMARY KEY) WITHOUT ROWID"
_FIND = """
SELECT link.name, person, gsid FROM asked JOIN link ON link.name = asked.name WHERE tenant = ?
"""
# A link that is kept again still belongs to the run that made it.
_KEEP = """
INSERT INTO link (tenant, name, mailbox, person, person_mailbox, gsid, run, kept)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (tenant, name) DO UPDATE SET
    run = iif(person = excluded.person, run, excluded.run),
    gsid = coalesce(excluded.gsid, iif(person = excluded.person, gsid, NULL)),
    person = excluded.person, person_mailbox = excluded.person_mailbox, kept = excluded.kept
"""
_STORED = "UPDATE link SET gsid = ? WHERE tenant = ? AND name = ?"
_FORGET = "DELETE FROM link WHERE tenant = ? AND name = ?"
_UNDO = f"{_FORGET} AND run = ?"


class LinkLine(NamedTuple):
    """A row and the person it is sent as, by keyed hashes.

    Attributes:
        name: of what identifies the row.
        mailbox: of its address, for the removal of people.
        person: of the key that is sent.
        person_mailbox: of the address that is sent.
        gsid: of an existing person; None for a new one.
    """

    name: bytes
    mailbox: bytes
    person: bytes
    person_mailbox: bytes
    gsid: str | None


class Link(NamedTuple):
    """The person a row was sent as: the hash of its key, and the Gsid if it is known."""

    person: bytes
    gsid: str | None


class Links:
    """The persons that rows were sent as to one tenant, in a ledger."""

    def __init__(self, database: Database, tenant: str) -> None:
        """Read and write the links of ``tenant`` in ``database``."""
        self._database = database
        self._tenant = tenant

    def find(self, names: Iterable[bytes]) -> Mapping[bytes, Link]:
        """Return the link of each name that has one."""
        with self._database.writing() as connection:
            connection.execute(_ASK)
            connection.execute("DELETE FROM asked")
            connection.executemany("INSERT OR IGNORE INTO asked VALUES (?)", zip(names))
            rows = connection.execute(_FIND, (self._tenant,)).fetchall()
        if not all(isinstance(p, bytes) and isinstance(g, str | None) for _, p, g in rows):
            raise damaged(self._database.path, "the person that a row was sent as")
        return {name: Link(person, gsid) for name, person, gsid in rows}

    def keep(self, lines: Iterable[LinkLine], run: str, now: float) -> None:
        """Store the persons that rows are sent as, before they are sent."""
        with self._database.writing() as connection:
            connection.executemany(_KEEP, ((self._tenant, *line, run, now) for line in lines))

    def settle(
        self, stored: Iterable[tuple[bytes, str]], others: Iterable[bytes], run: str
    ) -> None:
        """Store the Gsids of rows that were stored, and undo the links of a run to ``others``."""
        with self._database.writing() as connection:
            given = ((gsid, self._tenant, name) for name, gsid in stored)
            connection.executemany(_STORED, given)
            connection.executemany(_UNDO, ((self._tenant, name, run) for name in others))

    def forget(self, names: Iterable[bytes]) -> None:
        """Remove the links of names that identify no row any more."""
        with self._database.writing() as connection:
            connection.executemany(_FORGET, ((self._tenant, name) for name in names))


def forget_links(connection: sqlite3.Connection, tenant: str, gsids: Sequence[str]) -> None:
    """Remove the links to people who were deleted in a tenant."""
    sql = "DELETE FROM link WHERE tenant = ? AND gsid IN (SELECT value FROM json_each(?))"
    connection.execute(sql, (tenant, json.dumps(list(gsids))))


def purge_links_of(connection: sqlite3.Connection, mailbox: bytes) -> int:
    """Remove the links of rows and people with an address, by its hash; return how many."""
    sql = "DELETE FROM link WHERE mailbox = ? OR person_mailbox = ?"
    return connection.execute(sql, (mailbox, mailbox)).rowcount


def purge_links(connection: sqlite3.Connection, *, run: str = "", before: float = 0.0) -> None:
    """Remove the links that a run made, and those last used before a moment."""
    connection.execute("DELETE FROM link WHERE run = ? OR kept < ?", (run, before))

"""Runs of a command: options, hashes of the inputs, state, and the person of each row."""

from __future__ import annotations

import json
import secrets
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from gsprep.errors import InputError, LedgerError
from gsprep.ledger.database import damaged

if TYPE_CHECKING:
    import sqlite3

    from gsprep.ledger.database import Database

# unfinished: its last file is not written, or rows are left to send; given up: another run of the
# same command replaced it, or it cannot be finished.
State = Literal["unfinished", "done", "given up"]
_ALL = "SELECT id, command, options, inputs, state, begun, ended FROM run"
# The year 5138: no clock gives a later time.
_LATEST = 1e11
_NEWEST_FIRST = "ORDER BY begun DESC, id DESC"


@dataclass(frozen=True, slots=True)
class Run:
    """One execution of a command.

    Attributes:
        options: the given options, without the key.
        inputs: the hash of each file that was read, by the option that named it.
        begun, ended: seconds since 1970; ``ended`` is None while the run is unfinished.
        damaged: whether its row cannot be read: then it has no options and can only be purged.
    """

    id: str
    command: str
    options: Mapping[str, Any]
    inputs: Mapping[str, str]
    state: State
    begun: float
    ended: float | None
    damaged: bool = False


class Runs:
    """The runs of a ledger."""

    def __init__(self, database: Database) -> None:
        """Read and write the runs in ``database``."""
        self._database = database

    def begin(self, command: str, options: Mapping[str, Any], now: float) -> Run:
        """Store a run before it reads anything.

        An unfinished run of the same command and options is given up: this run continues it.
        """
        stamp = time.strftime("%Y-%m-%dT%H-%M-%S", time.gmtime(now))
        name = f"{stamp}-{secrets.token_hex(2)}"
        written = _json(options)
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE run SET state = 'given up', ended = ? "
                "WHERE state = 'unfinished' AND command = ? AND options = ?",
                (now, command, written),
            )
            connection.execute(
                "INSERT INTO run VALUES (?, ?, ?, '{}', 'unfinished', ?, NULL)",
                (name, command, written, now),
            )
        return Run(name, command, options, {}, "unfinished", now, None)

    def note_inputs(self, name: str, inputs: Mapping[str, str]) -> None:
        """Store the hashes of the files that a run read."""
        with self._database.writing() as connection:
            connection.execute("UPDATE run SET inputs = ? WHERE id = ?", (_json(inputs), name))

    def end(self, name: str, state: State, now: float) -> None:
        """Store how a run ended."""
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE run SET state = ?, ended = ? WHERE id = ?", (state, now, name)
            )

    def unfinished(self, name: str | None = None) -> Run | None:
        """Return the newest unfinished run, or the run of that name; None if there is none.

        Raises InputError if no run has the name, or if that run is finished.
        """
        if name is None:
            found = self._database.rows(
                f"{_ALL} WHERE state = 'unfinished' {_NEWEST_FIRST} LIMIT 1"
            )
            return self._whole(_run(found[0])) if found else None
        try:
            run = self.find(name)
        except InputError as failure:
            raise InputError(
                f"{failure}; `gsprep resume` without a name continues the newest"
            ) from failure
        if run.state != "unfinished":
            raise InputError(f"the run {name} is {run.state}: there is nothing to continue")
        return self._whole(run)

    def _whole(self, run: Run) -> Run:
        if run.damaged:
            raise LedgerError(
                f"the run {run.id} in the ledger {self._database.path} is damaged: run the same "
                f"command again, and remove this run with `gsprep purge --run {run.id}`"
            )
        return run

    def find(self, name: str) -> Run:
        """Return a run; InputError if no run has that name."""
        found = self._database.rows(f"{_ALL} WHERE id = ?", (name,))
        if not found:
            raise InputError(
                "there is no run of this name in the ledger: copy it from the run's summary.json"
            )
        return _run(found[0])

    def all(self) -> list[Run]:
        """Return the runs, the newest first."""
        return [_run(row) for row in self._database.rows(f"{_ALL} {_NEWEST_FIRST}")]


def _run(row: tuple[Any, ...]) -> Run:
    name, command, options, inputs, state, begun, ended = row
    try:
        chosen, read = _mapping(options), _mapping(inputs)
        times = _moment(begun), None if ended is None else _moment(ended)
    except (ValueError, TypeError):
        return Run(str(name), str(command), {}, {}, state, 0.0, None, damaged=True)
    return Run(name, command, chosen, read, state, *times)


def _mapping(text: str) -> Mapping[str, Any]:
    value = json.loads(text)
    if not isinstance(value, dict):
        raise TypeError
    return value


def _moment(value: object) -> float:
    if not isinstance(value, float) or not 0 <= value < _LATEST:
        raise ValueError
    return value


def _json(value: Mapping[str, Any]) -> str:
    return json.dumps(value, sort_keys=True, ensure_ascii=False)


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
        rows = self._database.rows_of(names, _FIND, (self._tenant,))
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

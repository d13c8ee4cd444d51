"""Runs of a command: options, hashes of the inputs, state."""

from __future__ import annotations

import json
import secrets
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from gsprep.errors import InputError, LedgerError

if TYPE_CHECKING:
    from collections.abc import Mapping

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

"""Activities: executions of syncs, and changes of definitions and connections."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    import sqlite3

    from gsprep.ledger.database import Database

Kind = Literal["execution", "update"]
State = Literal["running", "success", "partial", "failed"]
# The words of the Jobs page.
SHOWN: Mapping[str, str] = {
    "running": "Running", "success": "Success", "partial": "Partial Success", "failed": "Failed",
}  # fmt: skip
_ALL = "SELECT id, run, sync, connection, kind, state, begun, ended, counts, note FROM activity"


@dataclass(frozen=True, slots=True)
class Activity:
    """One execution of a sync, or one change of a definition or connection.

    Attributes:
        id: its number in the ledger.
        run: the name of the run.
        sync: the sync, "" for a change of a connection.
        connections: the connections it used.
        begun, ended: seconds since 1970; ``ended`` None while it runs.
        details: numbers and reasons, without cells of a source.
        note: what stopped it, or what was changed.
    """

    id: int
    run: str
    sync: str
    connections: tuple[str, ...]
    kind: Kind
    state: State
    begun: float
    ended: float | None
    details: Mapping[str, Any] = field(default_factory=dict)
    note: str = ""

    @property
    def counts(self) -> Mapping[str, int]:
        """The numbers of its summary."""
        return self.details.get("counts", {})

    @property
    def reasons(self) -> Mapping[str, int]:
        """How many rows were not stored, by code and field."""
        return self.details.get("reasons", {})

    @property
    def invalid(self) -> int:
        """The rows that gsprep rejected or the service refused."""
        return self.counts.get("rejected", 0) + self.counts.get("refused", 0)

    @property
    def valid(self) -> int:
        """The rows that passed the filter and are neither rejected nor refused."""
        return self.counts.get("read", 0) - self.counts.get("filtered", 0) - self.invalid


class Activities:
    """The activities of a ledger."""

    def __init__(self, database: Database) -> None:
        """Keep them in ``database``."""
        self._database = database

    def begin(self, run: str, sync: str, connections: Sequence[str], now: float) -> int:
        """Store the begin of an execution and return its number.

        An execution of the same sync that still runs was killed: it is failed then. The caller
        holds the lock of the sync.
        """
        note = f"it was ended without a result; {run} took it over"
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE activity SET state = 'failed', ended = ?, note = ? "
                "WHERE sync = ? AND kind = 'execution' AND state = 'running'",
                (now, note, sync),
            )
            done = connection.execute(
                "INSERT INTO activity (run, sync, connection, kind, state, begun) "
                "VALUES (?, ?, ?, 'execution', 'running', ?)",
                (run, sync, ",".join(connections), now),
            )
        return int(done.lastrowid or 0)

    def end(
        self, number: int, state: State, now: float, details: Mapping[str, Any], note: str = ""
    ) -> None:
        """Store how an execution ended."""
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE activity SET state = ?, ended = ?, counts = ?, note = ? WHERE id = ?",
                (state, now, json.dumps(details), note, number),
            )

    def note(self, number: int, details: Mapping[str, Any]) -> None:
        """Replace the details of an execution."""
        with self._database.writing() as connection:
            sql = "UPDATE activity SET counts = ? WHERE id = ?"
            connection.execute(sql, (json.dumps(details), number))

    def update(  # noqa: PLR0913  what was changed, and how
        self,
        now: float,
        note: str,
        *,
        run: str = "",
        sync: str = "",
        connections: Sequence[str] = (),
        details: Mapping[str, Any] | None = None,
    ) -> None:
        """Store that a definition or a connection was changed."""
        with self._database.writing() as connection:
            connection.execute(
                "INSERT INTO activity (run, sync, connection, kind, state, begun, ended, counts, "
                "note) VALUES (?, ?, ?, 'update', 'success', ?, ?, ?, ?)",
                (run, sync, ",".join(connections), now, now, json.dumps(details or {}), note),
            )

    def all(
        self,
        *,
        sync: str | None = None,
        kind: str | None = None,
        state: str | None = None,
        since: float | None = None,
        last: int | None = None,
    ) -> list[Activity]:
        """Return activities, the oldest first; those that still run are not left out.

        With ``last`` they are the newest, so many at most.
        """
        wanted = {"sync = ?": sync, "kind = ?": kind, "state = ?": state}
        given = {test: value for test, value in wanted.items() if value is not None}
        tests, values = list(given), list[object](given.values())
        if since is not None:
            tests.append("(ended IS NULL OR ended >= ?)")
            values.append(since)
        where = f" WHERE {' AND '.join(tests)}" if tests else ""
        newest = "" if last is None else f" ORDER BY id DESC LIMIT {int(last)}"
        sql = f"SELECT * FROM ({_ALL}{where}{newest}) ORDER BY id"  # noqa: S608  tests of ours
        return [_activity(row) for row in self._database.rows(sql, values)]

    def last_runs(self) -> dict[str, Activity]:
        """Return the newest execution of each sync."""
        newest = "SELECT max(id) FROM activity WHERE kind = 'execution' GROUP BY sync"
        found = self._database.rows(f"{_ALL} WHERE id IN ({newest})")
        return {one.sync: one for one in map(_activity, found)}

    def of_run(self, run: str) -> list[Activity]:
        """Return the activities of a run."""
        return [_activity(row) for row in self._database.rows(f"{_ALL} WHERE run = ?", (run,))]


def remove_activities(connection: sqlite3.Connection, moment: float) -> int:
    """Remove activities that ended before a moment, and return how many.

    The newest run of each sync stays, and what its definition was at its last change.
    """
    newest = "SELECT max(id) FROM activity GROUP BY sync, kind, counts LIKE '%\"entries\"%'"
    sql = f"DELETE FROM activity WHERE ended < ? AND (sync = '' OR id NOT IN ({newest}))"  # noqa: S608  ours
    return connection.execute(sql, (moment,)).rowcount


def _activity(row: Sequence[Any]) -> Activity:
    number, run, sync, names, kind, state, begun, ended, details, note = row
    connections = tuple(filter(None, names.split(",")))
    try:
        found = json.loads(details)
    except ValueError:
        found = {}
    known = found if isinstance(found, Mapping) else {}
    return Activity(number, run, sync, connections, kind, state, begun, ended, known, note)

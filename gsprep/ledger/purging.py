"""Forgetting: what the ledger holds of a person, of a run or of a time."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Sequence

    from gsprep.ledger.ledger import Ledger
    from gsprep.ledger.runs import Run

# The options that name files in which persons stand.
_OUT = "out"
_INPUTS = ("people", "persons", "company_persons", "relationship_persons", "known", "answers")


@dataclass(frozen=True, slots=True)
class Purged:
    """What was forgotten, and what was not reached.

    Attributes:
        records, loads, runs: how many of each are gone.
        beyond: files and folders that runs read or wrote and that still stand: they may hold
            the persons, and are the user's to delete.
    """

    records: int
    loads: int
    runs: int
    beyond: tuple[Path, ...]


def purge_person(ledger: Ledger, emails: Iterable[str]) -> Purged:
    """Forget what became of the persons of these addresses, at every tenant."""
    records = 0
    with ledger.database.writing() as connection:
        for low in map(ledger.names.of_all_of, emails):
            sql = "DELETE FROM record WHERE name >= ? AND name <= ?"
            high = low + b"\xff" * len(low)
            records += connection.execute(sql, (low, high)).rowcount
    return _compacted(ledger, Purged(records, 0, 0, _beyond(ledger.runs.all())))


def purge_run(ledger: Ledger, name: str) -> Purged:
    """Forget a run with its loads; InputError when there is none of that name."""
    run = ledger.runs.find(name)
    with ledger.database.writing() as connection:
        loads = _ids(connection, "SELECT id FROM load WHERE run = ?", (name,))
        purged = _without(connection, loads, "id = ?", (name,))
    ledger.remove_files(name)
    return _compacted(ledger, Purged(*purged, _beyond([run])))


def purge_before(ledger: Ledger, moment: float) -> Purged:
    """Forget runs and loads that ended before a moment (seconds since 1970).

    Calls hold nobody's data and stay until no quota counts them any more: see ``forget_old``.
    """
    before = [run for run in ledger.runs.all() if run.ended is not None and run.ended < moment]
    with ledger.database.writing() as connection:
        loads = _ids(connection, "SELECT id FROM load WHERE ended < ?", (moment,))
        purged = _without(connection, loads, "ended < ?", (moment,))
    for run in before:
        ledger.remove_files(run.id)
    return _compacted(ledger, Purged(*purged, _beyond(before)))


def _ids(connection: sqlite3.Connection, sql: str, values: Sequence[object]) -> list[int]:
    return [row[0] for row in connection.execute(sql, values)]


def _without(
    connection: sqlite3.Connection, loads: Sequence[int], which: str, values: Sequence[object]
) -> tuple[int, int, int]:
    """Delete loads, and the runs of a condition; return how many records, loads and runs went."""
    records = 0
    for load in loads:
        records += connection.execute("DELETE FROM record WHERE load = ?", (load,)).rowcount
        connection.execute("DELETE FROM batch WHERE load = ?", (load,))
        connection.execute("DELETE FROM load WHERE id = ?", (load,))
    runs = connection.execute(f"DELETE FROM run WHERE {which}", values).rowcount  # noqa: S608  ours
    return records, len(loads), runs


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

"""Saved syncs, and their rows as keyed hashes, also in a file."""

from __future__ import annotations

import json
from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from gsprep.errors import GsprepError, InputError, LedgerError
from gsprep.lazy import lazy_module
from gsprep.ledger.uploads import locked

if TYPE_CHECKING:
    import sqlite3

    import filelock

    from gsprep.ledger.database import Database
    from gsprep.ledger.privacy import KeyedHashes
else:
    filelock = lazy_module("filelock")

_SAVE = "INSERT OR REPLACE INTO sync_row VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
_COLUMNS = "key, content, target, person, gsid, outcome, code, field, cursor"
_AT_ONCE = 500
_PAGE = 20_000


class SyncBusyError(GsprepError):
    """Another process runs the same sync; nothing was read or sent."""


class StoredRow(NamedTuple):
    """What is known of one row of a source.

    Attributes:
        key: hash of its key in the source.
        content: hash of what was sent.
        target: hash of its key in the object, None if it has none.
        person: hash of the e-mail address, by which a person is removed; None for other objects.
        gsid: its Gsid there, None if it is not known.
        outcome: ``stored``, ``refused``, ``unknown``, ``unsent``, ``absent``, or ``missing`` for
            a row that the source no longer has.
        code, field: of its error, "" without one.
        cursor: its cursor: a number, or a time in seconds since 1970; None without one.
    """

    key: bytes
    content: bytes
    target: bytes | None
    person: bytes | None
    gsid: str | None
    outcome: str
    code: str = ""
    field: str = ""
    cursor: float | None = None


@dataclass(frozen=True, slots=True)
class SavedSync:
    """A sync that was run or activated.

    Attributes:
        path: the file of its definition.
        definition: hash of the definition at its last run.
        cursor: where the next read begins: a number, or a time in seconds since 1970; None for a
            full read.
        cursor_kind: ``number`` or ``moment``, None without a cursor.
        full: when everything was last read, in seconds since 1970; None if never.
        active: whether its schedule is kept.
        deletes: whether the user confirmed that records are deleted.
    """

    name: str
    path: str
    definition: bytes
    cursor: float | None
    cursor_kind: str | None
    full: float | None
    active: bool
    deletes: bool


class SyncState:
    """The state of one sync."""

    def __init__(self, database: Database, name: str) -> None:
        """Keep it in ``database``."""
        self._database = database
        self.name = name

    @contextmanager
    def alone(self) -> Iterator[None]:
        """Let no other process run this sync; SyncBusyError if one does."""
        try:
            lock = locked(self._database.path, f"sync-{self.name}", f"runs the sync {self.name}")
        except LedgerError as failure:
            if isinstance(failure.__cause__, filelock.Timeout):
                raise SyncBusyError(f"{failure}{self._holder()}") from failure
            raise
        try:
            yield
        finally:
            if lock is not None:
                lock.release()

    def _holder(self) -> str:
        sql = (
            "SELECT run FROM activity WHERE sync = ? AND state = 'running' ORDER BY id DESC LIMIT 1"
        )
        found = self._database.rows(sql, (self.name,))
        return f" (it is the run {found[0][0]})" if found else ""

    def saved(self) -> SavedSync | None:
        """Return the sync as it was last saved; None if it was not."""
        found = self._database.rows("SELECT * FROM sync WHERE name = ?", (self.name,))
        return _saved(found[0]) if found else None

    def save(self, path: str, definition: bytes) -> None:
        """Save the file and the hash of the definition; the rest stays."""
        with self._database.writing() as connection:
            connection.execute(
                "INSERT INTO sync (name, path, definition) VALUES (?, ?, ?) ON CONFLICT (name) "
                "DO UPDATE SET path = excluded.path, definition = excluded.definition",
                (self.name, path, definition),
            )

    def move(self, cursor: float | None, kind: str | None, full: float | None) -> None:
        """Save where the next read begins and, if given, when everything was read."""
        with self._database.writing() as connection:
            connection.execute(
                "UPDATE sync SET cursor = ?, cursor_kind = ?, full = coalesce(?, full) "
                "WHERE name = ?",
                (cursor, kind, full, self.name),
            )

    def set_active(self, *, active: bool) -> None:
        """Save whether the schedule is kept."""
        with self._database.writing() as connection:
            sql = "UPDATE sync SET active = ? WHERE name = ?"
            connection.execute(sql, (active, self.name))

    def confirm_deletes(self) -> None:
        """Save that the user confirmed that this sync deletes records."""
        with self._database.writing() as connection:
            connection.execute("UPDATE sync SET deletes = 1 WHERE name = ?", (self.name,))

    def of(self, keys: Sequence[bytes]) -> dict[bytes, StoredRow]:
        """Return what is known of the rows with these keys."""
        return {row.key: row for row in self._among("key", keys)}

    def stored(
        self, keys: Sequence[bytes], contents: Sequence[bytes], outcomes: Container[str]
    ) -> set[bytes]:
        """Return the keys under which these contents are known, with one of the outcomes."""
        wanted = dict(zip(keys, contents, strict=True))
        return {
            row.key
            for row in self._among("key", keys)
            if row.content == wanted[row.key] and row.outcome in outcomes
        }

    def with_targets(self, targets: Sequence[bytes]) -> dict[bytes, list[StoredRow]]:
        """Return the rows that were sent with these keys of the object, by that key."""
        found: dict[bytes, list[StoredRow]] = {}
        for row in self._among("target", targets):
            if row.target is not None:
                found.setdefault(row.target, []).append(row)
        return found

    def with_gsids(self, gsids: Sequence[str]) -> set[bytes]:
        """Return the keys of the rows whose record has one of these Gsids."""
        return {row.key for row in self._among("gsid", gsids)}

    def _among(self, column: str, values: Sequence[bytes] | Sequence[str]) -> Iterator[StoredRow]:
        # Without the index named SQLite reads all rows for each query.
        index = "" if column == "key" else f"INDEXED BY sync_row_{column} "
        # Sorted, each page of the table is read once.
        ordered: list[Any] = sorted(values)
        for start in range(0, len(ordered), _AT_ONCE):
            some = ordered[start : start + _AT_ONCE]
            marks = ", ".join("?" * len(some))
            sql = (
                f"SELECT {_COLUMNS} FROM sync_row {index}WHERE sync = ? "  # noqa: S608  marks only
                f"AND {column} IN ({marks})"
            )
            yield from (StoredRow(*line) for line in self._database.rows(sql, (self.name, *some)))

    def present(self) -> list[bytes]:
        """Return the keys of all rows that the source had at its last full read, or since."""
        sql = "SELECT key FROM sync_row WHERE sync = ? AND outcome <> 'missing' ORDER BY key"
        return [key for (key,) in self._database.rows(sql, (self.name,))]

    def counts(self) -> Mapping[str, int]:
        """Return the number of rows by outcome."""
        sql = "SELECT outcome, count(*) FROM sync_row WHERE sync = ? GROUP BY outcome"
        return dict(self._database.rows(sql, (self.name,)))

    def keep(self, rows: Iterable[StoredRow]) -> None:
        """Save rows in one transaction; a record is that of the row which wrote it last."""
        # Sorted, each page of the table is written once.
        lines = sorted(rows)
        with self._database.writing() as connection:
            connection.executemany(
                "DELETE FROM sync_row WHERE sync = ? AND gsid = ? AND key <> ?",
                [(self.name, line.gsid, line.key) for line in lines if line.gsid is not None],
            )
            connection.executemany(_SAVE, [(self.name, *line) for line in lines])

    def remove(self, keys: Sequence[bytes]) -> None:
        """Remove rows in one transaction."""
        with self._database.writing() as connection:
            connection.executemany(
                "DELETE FROM sync_row WHERE sync = ? AND key = ?",
                [(self.name, key) for key in keys],
            )

    def oldest_not_stored(self) -> float | None:
        """Return the cursor from which rows have to be read again; None if there are none."""
        sql = (
            "SELECT min(cursor) FROM sync_row WHERE sync = ? AND cursor IS NOT NULL "
            "AND outcome IN ('refused', 'unknown', 'unsent')"
        )
        return self._database.rows(sql, (self.name,))[0][0]

    def replace(self, path: str, definition: bytes, rows: Iterable[StoredRow]) -> None:
        """Replace all that is known of the sync."""
        self.drop()
        self.save(path, definition)
        self.keep(rows)

    def drop(self) -> int:
        """Remove the sync with all its rows, and return how many rows there were."""
        with self._database.writing() as connection:
            removed = connection.execute("DELETE FROM sync_row WHERE sync = ?", (self.name,))
            connection.execute("DELETE FROM sync WHERE name = ?", (self.name,))
            return removed.rowcount

    def rows(self) -> Iterator[StoredRow]:
        """Yield all rows by key, many at a time."""
        last = b""
        sql = f"SELECT {_COLUMNS} FROM sync_row WHERE sync = ? AND key > ? ORDER BY key LIMIT ?"  # noqa: S608  names of columns
        while found := self._database.rows(sql, (self.name, last, _PAGE)):
            yield from (StoredRow(*line) for line in found)
            last = found[-1][0]


def saved_syncs(database: Database) -> list[SavedSync]:
    """Return all saved syncs by name."""
    return [_saved(row) for row in database.rows("SELECT * FROM sync ORDER BY name")]


def purge_from_syncs(connection: sqlite3.Connection, low: bytes, high: bytes) -> int:
    """Remove the rows of a person, whose hash lies between two, and return how many."""
    sql = "DELETE FROM sync_row WHERE person >= ? AND person <= ?"
    return connection.execute(sql, (low, high)).rowcount


def _saved(row: tuple[Any, ...]) -> SavedSync:
    name, path, definition, cursor, kind, full, active, deletes = row
    return SavedSync(name, path, definition, cursor, kind, full, bool(active), bool(deletes))


_SCHEMA = "gsprep.sync-state/1"
# Hashes can be compared only with those of the same secret, which this marks.
_MARKED = b"the state of a sync"
_HASHES = ("key", "content", "target", "person")


def write_state(state: SyncState, saved: SavedSync, names: KeyedHashes, path: Path) -> int:
    """Write the state of a sync and return the number of rows."""
    head = {
        "schema": _SCHEMA, "sync": saved.name, "mark": names.of(_MARKED).hex(),
        "path": saved.path, "definition": saved.definition.hex(), "cursor": saved.cursor,
        "cursor_kind": saved.cursor_kind, "full": saved.full,
    }  # fmt: skip
    count = 0
    with path.open("w", encoding="utf-8") as file:
        file.write(json.dumps(head) + "\n")
        for row in state.rows():
            file.write(json.dumps(_written(row)) + "\n")
            count += 1
    return count


def read_state(state: SyncState, names: KeyedHashes, path: Path) -> int:
    """Replace the state of a sync by that of a file, and return the number of rows.

    Raises InputError for another file, and for one of a ledger with another secret.
    """
    try:
        with path.open(encoding="utf-8") as file:
            head = _head(json.loads(file.readline()), names, path)
            rows = [_read(json.loads(line)) for line in file]
    except OSError as failure:
        raise InputError(
            f"{path} cannot be read ({failure.strerror}): check the name and the folder"
        ) from failure
    except (ValueError, TypeError, KeyError):
        raise _no_state(path) from None
    state.replace(head["path"], bytes.fromhex(head["definition"]), rows)
    state.move(head["cursor"], head["cursor_kind"], head["full"])
    return len(rows)


def _head(found: Mapping[str, Any], names: KeyedHashes, path: Path) -> Mapping[str, Any]:
    if found["schema"] != _SCHEMA:
        raise _no_state(path)
    if found["mark"] != names.of(_MARKED).hex():
        raise InputError(
            f"{path} was made with another secret: its rows would not be recognized. Copy the file "
            "named secret from that data folder into this one before the first run here"
        )
    return found


def _no_state(path: Path) -> InputError:
    return InputError(f"{path} is not the state of a sync: make it with `gsprep sync state export`")


def _written(row: StoredRow) -> dict[str, Any]:
    cells = row._asdict()
    return cells | {n: cells[n].hex() for n in _HASHES if cells[n] is not None}


def _read(cells: Mapping[str, Any]) -> StoredRow:
    hashes = {n: bytes.fromhex(cells[n]) for n in _HASHES if cells[n] is not None}
    return StoredRow(**{**cells, **hashes})

"""SQLite file of the sandbox and its rows."""

from __future__ import annotations

import json
import os
import sqlite3
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

import orjson

from gsprep.sandbox.rules import Known, StoreError, as_text, comparable, is_blank, is_text, type_of
from gsprep.sandbox.tenant import FIELDS, SYSTEM, Field, named
from gsprep.sandbox.tenant import gsid as new_gsid

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gsprep.sandbox.tenant import Tenant


# Marks the file, so that another program's database is never used.
_OURS: Final = 0x6773_7062
_WAIT_SECONDS: Final = 30
# What SQLite keeps in memory, and in a temporary file of its own, until it is closed.
UNNAMED: Final = (":memory:", "")

# One table for the rows of all objects. found_by: e-mail of a person, name of a company or
# relationship, both without case; person of an association. key: of rows whose found_by says less;
# each index costs a tenth of what it takes to store a person. Times in milliseconds.
_TABLES: Final = """
CREATE TABLE rows (
    object TEXT NOT NULL, gsid TEXT NOT NULL, key TEXT, found_by TEXT, fields TEXT NOT NULL,
    created INTEGER NOT NULL, modified INTEGER NOT NULL,
    PRIMARY KEY (object, gsid)
);
CREATE INDEX rows_found_by ON rows (object, found_by);
CREATE UNIQUE INDEX rows_key ON rows (object, key) WHERE key IS NOT NULL;
CREATE TABLE columns (object TEXT NOT NULL, name TEXT NOT NULL, PRIMARY KEY (object, name));
CREATE TABLE serial (seed TEXT NOT NULL, last INTEGER NOT NULL);
"""
# Data types of the loaded columns; a column that is missing here is text.
_TYPES: Final = """
CREATE TABLE IF NOT EXISTS types (
    object TEXT NOT NULL, name TEXT NOT NULL, type TEXT NOT NULL, PRIMARY KEY (object, name)
) WITHOUT ROWID;
"""
# A job and its records. fate: how a fault ends it. lookups, given and answer (the result) are
# JSON; given is null as soon as there is an answer. Files of earlier versions lack these tables.
_JOBS: Final = """
CREATE TABLE IF NOT EXISTS jobs (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, submitted REAL NOT NULL, total INTEGER NOT NULL,
    done INTEGER NOT NULL, fate TEXT, lookups TEXT NOT NULL
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS tasks (
    job TEXT NOT NULL, number INTEGER NOT NULL, given TEXT, answer TEXT,
    PRIMARY KEY (job, number)
) WITHOUT ROWID;
"""

_COLUMNS = "SELECT gsid, fields, created, modified FROM rows WHERE object = ? AND"
_WRITE = """
INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (object, gsid) DO UPDATE SET
    key = excluded.key, found_by = excluded.found_by, fields = excluded.fields,
    modified = excluded.modified
"""
_BY_EMAIL = """
SELECT found_by, gsid, fields, created, modified FROM rows INDEXED BY rows_found_by
WHERE object = 'person' AND found_by IN (SELECT value FROM json_each(?))
"""
_THERE = """
SELECT gsid FROM rows WHERE object = 'company' AND gsid IN (SELECT value FROM json_each(?))
"""
_quoted = json.JSONEncoder().encode
_ASSOCIATIONS = ("company_person", "relationship_person")
_NO_MANAGER = """
UPDATE rows SET fields = json_remove(fields, '$.Manager')
WHERE object = ? AND json_extract(fields, '$.Manager') = ?
"""


def open_database(path: str, seed: str) -> sqlite3.Connection:
    """Return a connection to a sandbox's file; a new file gets mode 0600.

    ``seed`` is for a new file only. Raises StoreError if the file cannot be used.
    """
    named = path not in UNNAMED
    try:
        if named:
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        connection = sqlite3.connect(
            path, timeout=_WAIT_SECONDS, isolation_level=None, check_same_thread=False
        )
    except (OSError, sqlite3.Error) as problem:
        raise StoreError(f"{path}: the sandbox cannot open its file: {problem}") from problem
    try:
        _prepare(connection, seed, named=named)
        if named:
            Path(path).chmod(0o600)
    except (OSError, sqlite3.Error) as problem:
        connection.close()
        raise StoreError(f"{path}: {problem}. Name another file for the sandbox.") from problem
    return connection


def _prepare(connection: sqlite3.Connection, seed: str, *, named: bool) -> None:
    connection.create_function("comparable", 2, _comparable, deterministic=True)
    connection.create_function("folded", 1, _folded, deterministic=True)
    # Not WAL, which fails on network drives. No one goes on with a file without a name.
    connection.execute(f"PRAGMA journal_mode = {'DELETE' if named else 'MEMORY'}")
    # In kilobytes: with the usual 2 MB the indexes of a large file are read and written again and
    # again. The size of pages in a new file comes first: the cache is counted in pages.
    connection.execute("PRAGMA page_size = 16384")
    connection.execute("PRAGMA cache_size = -131072")
    connection.execute("BEGIN IMMEDIATE")
    mark = connection.execute("PRAGMA application_id").fetchone()[0]
    empty = not connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0]
    if mark != _OURS and not empty:
        raise sqlite3.DatabaseError("the file is another program's database")
    if empty:
        _create(connection, _TABLES)
        connection.execute("INSERT INTO serial VALUES (?, 0)", (seed,))
        connection.execute(f"PRAGMA application_id = {_OURS}")
    _create(connection, _JOBS)
    _create(connection, _TYPES)
    connection.execute("COMMIT")


def _comparable(type_: str, value: str | None) -> int | float | str | None:
    return None if value is None else comparable(type_, value)


def _folded(value: str | None) -> str | None:
    return None if value is None else value.casefold()


def _create(connection: sqlite3.Connection, tables: str) -> None:
    for statement in tables.split(";"):
        connection.execute(statement)


class Row(NamedTuple):
    """A stored row: GSID, fields as text by API name, times in milliseconds."""

    gsid: str
    fields: Mapping[str, str]
    created: int
    modified: int


class Index(NamedTuple):
    """Index of a row: its object, its resolution key, and another text to find it by.

    The key is None if the other text leaves few rows to choose from.
    """

    kind: str
    key: str | None
    found_by: str | None


def key_of(parts: Iterable[Any]) -> str | None:
    """Return the parts of a resolution key as one text, or None if a part is blank.

    >>> key_of(["Ana@Acme.com"]), key_of(["ana@acme.com", ""])
    ('["ana@acme.com"]', None)
    """
    values = list(parts)
    for value in values:
        if is_blank(value):
            return None
    # The JSON of a list; an encoder for each list takes longer.
    return f"[{', '.join([_quoted_plain(as_text(value).casefold()) for value in values])}]"


def _quoted_plain(text: str) -> str:
    """Return a text as JSON; most have nothing to escape."""
    is_plain = text.isascii() and text.isprintable() and '"' not in text and "\\" not in text
    return f'"{text}"' if is_plain else _quoted(text)


@dataclass(frozen=True, slots=True)
class Rows:
    """The rows within one transaction; ``now`` in milliseconds is the time of its changes.

    New rows are written many at once, before anything else is asked of the file.
    """

    _file: sqlite3.Connection
    tenant: Tenant
    now: int = 0
    _known: dict[str, Known] = field(default_factory=dict)
    _loaded: set[str] = field(default_factory=set)
    _serial: dict[str, int] = field(default_factory=dict)
    _new_people: set[str] = field(default_factory=set)
    _linked: set[str | None] = field(default_factory=set)
    _written: list[tuple[Any, ...]] = field(default_factory=list)
    _people: dict[str, list[Row]] = field(default_factory=dict)
    _companies: set[str] = field(default_factory=set)

    @property
    def connection(self) -> sqlite3.Connection:
        """Return the connection to the file, which has all rows."""
        if self._written:
            self._file.executemany(_WRITE, self._written)
            self._written.clear()
        return self._file

    def read_ahead(self, emails: Iterable[str], companies: Iterable[str]) -> None:
        """Read the people with these e-mails, and which of these companies there are, at once."""
        self._people.update((email.casefold(), []) for email in emails)
        for text, *line in self.connection.execute(_BY_EMAIL, (packed([*self._people]),)):
            self._people[text].append(_row(*line))
        found = self.connection.execute(_THERE, (packed([*companies]),))
        self._companies.update(gsid for (gsid,) in found)

    def known(self, kind: str) -> Known:
        """Return the fields of an object by their names in requests."""
        if kind not in self._known:
            self._known[kind] = Known(kind, self.tenant)
        return self._known[kind]

    def get(self, kind: str, gsid: str) -> Row | None:
        """Return the row with this GSID."""
        return self._first("gsid = ?", kind, gsid)

    def by_key(self, index: Index, names: Sequence[str], key: str | None) -> Row | None:
        """Return the row with this resolution key (see ``key_of``) of these fields.

        The associations of a person who is new in this transaction were written in it, so nothing
        is searched for the first.
        """
        if not key:
            return None
        if index.key:
            return self.with_key(index.kind, key)
        if index.found_by in self._new_people and index.found_by not in self._linked:
            return None
        text = index.found_by or ""
        each = self.found_by(index.kind, text) if is_text(text) else ()
        return next((row for row in each if key_of(map(row.fields.get, names)) == key), None)

    def with_key(self, kind: str, key: str) -> Row | None:
        """Return the row whose index has this key."""
        return self._first("key = ?", kind, key)

    def _first(self, condition: str, kind: str, value: str) -> Row | None:
        line = self.connection.execute(f"{_COLUMNS} {condition}", (kind, value)).fetchone()
        return None if line is None else _row(*line)

    def found_by(self, kind: str, text: str) -> list[Row]:
        """Return the rows found by a text, the oldest first."""
        if kind == "person" and (known := self._people.get(text.casefold())) is not None:
            return sorted(known, key=lambda row: (row.created, row.gsid))
        # Without the hint SQLite scans the whole object (measured: 10 ms in 100,000 rows).
        columns = _COLUMNS.replace("rows", "rows INDEXED BY rows_found_by")
        sql = f"{columns} found_by = ? ORDER BY created, gsid"
        return [_row(*line) for line in self.connection.execute(sql, (kind, text.casefold()))]

    def matching(self, kind: str, name: str, text: str) -> list[Row]:
        """Return the rows whose field equals a text, without case, the oldest first."""
        if '"' in name:
            return []
        sql = f"{_COLUMNS} lower(json_extract(fields, ?)) = lower(?) ORDER BY created, gsid"
        lines = self.connection.execute(sql, (kind, json_path(name), text))
        return [_row(*line) for line in lines]

    def knows(self, kind: str, gsid: str) -> bool:
        """Return whether an id is accepted as a reference.

        An object without rows accepts every id: its records were not loaded.
        """
        if gsid in self._companies and kind == "company":
            return True
        only = self.tenant.known_companies_only if kind == "company" else None
        if only is None and kind not in self._loaded and self._exists("object = ?", kind):
            self._loaded.add(kind)
        only = kind in self._loaded if only is None else only
        return not only or self._exists("object = ? AND gsid = ?", kind, gsid)

    def _exists(self, condition: str, *values: str) -> bool:
        sql = f"SELECT EXISTS (SELECT 1 FROM rows WHERE {condition})"  # noqa: S608  our own
        return bool(self.connection.execute(sql, values).fetchone()[0])

    def load(self, kind: str, lines: Sequence[Mapping[str, str]]) -> None:
        """Insert or replace records with ``Gsid`` and learn their fields."""
        self.connection.executemany(
            "INSERT OR REPLACE INTO rows VALUES (?, ?, NULL, ?, ?, 0, 0)",
            [(kind, line["Gsid"], line.get("Name", "").casefold(), packed(line)) for line in lines],
        )
        known = self.types(kind)
        for name in {name for line in lines for name in line} - set(FIELDS.get(kind, ())):
            now = type_of(line[name] for line in lines if name in line)
            # Two loads of different types make text.
            type_ = now if known.get(name, now) == now else "STRING"
            self.connection.execute("INSERT OR IGNORE INTO columns VALUES (?, ?)", (kind, name))
            sql = "INSERT OR REPLACE INTO types VALUES (?, ?, ?)"
            self.connection.execute(sql, (kind, name, type_))

    def types(self, kind: str) -> dict[str, str]:
        """Return the data type of each loaded field that is not a standard field."""
        sql = (
            "SELECT name, coalesce(type, 'STRING') FROM columns LEFT JOIN types "
            "USING (object, name) WHERE object = ? ORDER BY name"
        )
        return dict(self.connection.execute(sql, (kind,)).fetchall())

    def fields(self, kind: str) -> dict[str, Field]:
        """Return all fields of an object by their lower-case names."""
        loaded = named(*(Field(name, type_) for name, type_ in self.types(kind).items()))
        return {**loaded, **FIELDS.get(kind, SYSTEM), **self.tenant.own_fields(kind)}

    def kinds(self) -> set[str]:
        """Return the names of all objects: the standard ones and the tenant's own."""
        sql = "SELECT DISTINCT object FROM columns"
        loaded = {kind for (kind,) in self.connection.execute(sql)}
        return {*FIELDS, *self.tenant.fields, *loaded}

    def delete_person(self, gsid: str) -> bool:
        """Delete a person and their associations; return whether the person existed.

        Associations of others lose the person as manager.
        """
        run = self.connection.execute
        self._people.clear()
        gone = run("DELETE FROM rows WHERE object = 'person' AND gsid = ?", (gsid,)).rowcount
        for kind in _ASSOCIATIONS if gone else ():
            run("DELETE FROM rows WHERE object = ? AND found_by = ?", (kind, gsid.casefold()))
            run(_NO_MANAGER, (kind, gsid))
        return bool(gone)

    def next_number(self) -> tuple[str, int]:
        """Return the seed of this tenant's ids, and a number that was never used."""
        if not self._serial:
            self._serial.update(self.connection.execute("SELECT seed, last FROM serial").fetchall())
        ((seed, last),) = self._serial.items()
        self._serial[seed] = last + 1
        return seed, last + 1

    def finish(self) -> None:
        """Write at the end of the transaction the new rows, and which numbers were used."""
        run = self.connection.execute
        for last in self._serial.values():
            run("UPDATE serial SET last = ?", (last,))

    @property
    def seed(self) -> str:
        """Return the seed of this tenant's ids."""
        return str(self.connection.execute("SELECT seed FROM serial").fetchone()[0])

    def put(self, index: Index, fields: Mapping[str, str], before: Row | None) -> Row:
        """Insert a row, or update the given fields of ``before``."""
        gsid = before.gsid if before else new_gsid(index.kind, *self.next_number())
        created = before.created if before else self.now
        row = Row(gsid, {**before.fields, **fields} if before else fields, created, self.now)
        line = (index.kind, gsid, index.key, index.found_by, packed(row.fields), created, self.now)
        self._written.append(line)
        if index.kind == "person":
            self._keep(index, row, before)
        elif index.kind in _ASSOCIATIONS:
            self._linked.add(index.found_by)
        return row

    def _keep(self, index: Index, row: Row, before: Row | None) -> None:
        """Keep a person who was written among those that were read ahead."""
        if before is None:
            self._new_people.add(row.gsid.casefold())
        else:
            known = self._people.get(before.fields.get("Email", "").casefold(), [])
            known[:] = [one for one in known if one.gsid != row.gsid]
        if index.found_by in self._people:
            self._people[index.found_by].append(row)

    def equal_to(self, kind: str, wanted: Mapping[str, str]) -> list[Row]:
        """Return up to two rows whose fields equal these texts, the oldest first."""
        names = [name for name in wanted if name.casefold() != "gsid"]
        conditions = ["json_extract(fields, ?) = ?" for _ in names]
        values = [part for name in names for part in (json_path(name), wanted[name])]
        if len(names) < len(wanted):
            conditions.append("gsid = ?")
            values += [text for name, text in wanted.items() if name.casefold() == "gsid"]
        sql = f"{_COLUMNS} {' AND '.join(conditions)} ORDER BY created, gsid LIMIT 2"
        return [_row(*line) for line in self.connection.execute(sql, (kind, *values))]

    def insert(self, kind: str, fields: Mapping[str, str]) -> str:
        """Insert a row and return its GSID."""
        return self.put(Index(kind, None, fields.get("Name", "").casefold()), fields, None).gsid

    def replace(self, kind: str, before: Row, fields: Mapping[str, str]) -> str:
        """Replace all fields of a row and return its GSID."""
        index = Index(kind, None, fields.get("Name", "").casefold())
        return self.put(index, fields, before._replace(fields={})).gsid


def json_path(name: str) -> str:
    """Return SQLite's path of a field in the column ``fields``."""
    return f'$."{name}"'


def packed(value: Any) -> str:
    """Return JSON, which ``unpacked`` turns into the same value."""
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        # A text may have half a surrogate pair, and a number more than 64 bits.
        return f" {json.dumps(value)}"


def unpacked(text: str) -> Any:
    """Return the value of JSON that ``packed`` or an earlier version wrote."""
    try:
        return json.loads(text) if text.startswith(" ") else orjson.loads(text)
    except orjson.JSONDecodeError:
        return json.loads(text)


def _row(gsid: str, fields: str, created: int, modified: int) -> Row:
    return Row(gsid, unpacked(fields), created, modified)

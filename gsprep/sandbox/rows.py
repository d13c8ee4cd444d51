"""The rows of one open transaction: found, inserted, updated."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from gsprep.sandbox import ids
from gsprep.sandbox.fields import FIELDS, SYSTEM, Field, named
from gsprep.sandbox.flaws import as_text, is_blank, type_of

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterable, Mapping, Sequence

    from gsprep.sandbox.tenant import Tenant

_COLUMNS = "SELECT gsid, fields, created, modified FROM rows WHERE object = ? AND"
_WRITE = """
INSERT INTO rows VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT (object, gsid) DO UPDATE SET
    key = excluded.key, found_by = excluded.found_by, fields = excluded.fields,
    modified = excluded.modified
"""
_ASSOCIATIONS = ("company_person", "relationship_person")
_NO_MANAGER = """
UPDATE rows SET fields = json_remove(fields, '$.Manager')
WHERE object = ? AND json_extract(fields, '$.Manager') = ?
"""


class Row(NamedTuple):
    """One stored row: its GSID, its fields as text by API name, its times in milliseconds."""

    gsid: str
    fields: dict[str, str]
    created: int
    modified: int


class Place(NamedTuple):
    """Where a row belongs: its object, its resolution key, what else it is found by."""

    kind: str
    key: str | None
    found_by: str | None


def key_of(parts: Iterable[Any]) -> str | None:
    """Return the parts of a resolution key as one text, or None when a part is blank.

    >>> key_of(["Ana@Acme.com"]), key_of(["ana@acme.com", ""])
    ('["ana@acme.com"]', None)
    """
    values = list(parts)
    if any(is_blank(value) for value in values):
        return None
    return json.dumps([as_text(value).casefold() for value in values])


@dataclass(frozen=True, slots=True)
class Rows:
    """What one transaction may do; ``now`` in milliseconds is the time of its changes."""

    connection: sqlite3.Connection
    tenant: Tenant
    now: int = 0

    def get(self, kind: str, gsid: str) -> Row | None:
        """Return the row of this GSID."""
        return self._one("gsid = ?", kind, gsid)

    def by_key(self, kind: str, key: str | None) -> Row | None:
        """Return the row of this resolution key (see ``key_of``)."""
        return self._one("key = ?", kind, key) if key else None

    def found_by(self, kind: str, text: str) -> list[Row]:
        """Return the rows found by a text, the oldest first."""
        # Left to itself SQLite walks through the whole object (measured: 10 ms in 100,000 rows).
        columns = _COLUMNS.replace("rows", "rows INDEXED BY rows_found_by")
        sql = f"{columns} found_by = ? ORDER BY created, gsid"
        return [_row(*line) for line in self.connection.execute(sql, (kind, text.casefold()))]

    def matching(self, kind: str, name: str, text: str) -> list[Row]:
        """Return the rows whose field equals a text without case, the oldest first."""
        if '"' in name:
            return []
        sql = f"{_COLUMNS} lower(json_extract(fields, ?)) = lower(?) ORDER BY created, gsid"
        lines = self.connection.execute(sql, (kind, json_path(name), text))
        return [_row(*line) for line in lines]

    def has_any(self, kind: str) -> bool:
        """Return whether the object has rows at all."""
        sql = "SELECT EXISTS (SELECT 1 FROM rows WHERE object = ?)"
        return bool(self.connection.execute(sql, (kind,)).fetchone()[0])

    def knows(self, kind: str, gsid: str) -> bool:
        """Return whether an id may be pointed at.

        An object without rows knows every id: the sandbox then plays a tenant it cannot see.
        """
        only = self.tenant.known_companies_only if kind == "company" else None
        if only is None:
            only = self.has_any(kind)
        return not only or self.get(kind, gsid) is not None

    def load(self, kind: str, lines: Sequence[Mapping[str, str]]) -> None:
        """Insert or replace records with ``Gsid`` and learn their fields."""
        self.connection.executemany(
            "INSERT OR REPLACE INTO rows VALUES (?, ?, NULL, ?, ?, 0, 0)",
            [
                (kind, line["Gsid"], line.get("Name", "").casefold(), json.dumps(line))
                for line in lines
            ],
        )
        known = self.types(kind)
        for name in {name for line in lines for name in line} - set(FIELDS.get(kind, ())):
            now = type_of(line[name] for line in lines if name in line)
            # Two loads of different types are text together.
            type_ = now if known.get(name, now) == now else "STRING"
            self.connection.execute("INSERT OR IGNORE INTO columns VALUES (?, ?)", (kind, name))
            sql = "INSERT OR REPLACE INTO types VALUES (?, ?, ?)"
            self.connection.execute(sql, (kind, name, type_))

    def types(self, kind: str) -> dict[str, str]:
        """Return the data type of each field that was loaded beyond the known ones."""
        sql = (
            "SELECT name, coalesce(type, 'STRING') FROM columns LEFT JOIN types "
            "USING (object, name) WHERE object = ? ORDER BY name"
        )
        return dict(self.connection.execute(sql, (kind,)).fetchall())

    def fields(self, kind: str) -> dict[str, Field]:
        """Return all fields of an object by their names without case."""
        loaded = named(*(Field(name, type_) for name, type_ in self.types(kind).items()))
        return {**loaded, **FIELDS.get(kind, SYSTEM), **self.tenant.own_fields(kind)}

    def kinds(self) -> set[str]:
        """Return the objects that can be asked for: the known ones and the tenant's own."""
        sql = "SELECT DISTINCT object FROM columns"
        loaded = {kind for (kind,) in self.connection.execute(sql)}
        return {*FIELDS, *self.tenant.fields, *loaded}

    def delete_person(self, gsid: str) -> bool:
        """Delete a person and their associations; return whether there was one.

        Where associations of others name the person as manager, that is emptied.
        """
        run = self.connection.execute
        gone = run("DELETE FROM rows WHERE object = 'person' AND gsid = ?", (gsid,)).rowcount
        for kind in _ASSOCIATIONS if gone else ():
            run("DELETE FROM rows WHERE object = ? AND found_by = ?", (kind, gsid.casefold()))
            run(_NO_MANAGER, (kind, gsid))
        return bool(gone)

    def next_number(self) -> tuple[str, int]:
        """Return what decides the ids of this tenant, and a number that was never given."""
        sql = "UPDATE serial SET last = last + 1 RETURNING seed, last"
        seed, number = self.connection.execute(sql).fetchone()
        return seed, number

    @property
    def seed(self) -> str:
        """Return what decides the GSIDs of this tenant."""
        return str(self.connection.execute("SELECT seed FROM serial").fetchone()[0])

    def put(self, place: Place, fields: Mapping[str, str], before: Row | None) -> Row:
        """Insert a row, or update ``before`` with fields; fields not given stay as they are."""
        gsid = before.gsid if before else self._next_gsid(place.kind)
        created = before.created if before else self.now
        merged = {**(before.fields if before else {}), **fields}
        row = Row(gsid, merged, created, self.now)
        self.connection.execute(
            _WRITE,
            (place.kind, gsid, place.key, place.found_by, json.dumps(merged), created, self.now),
        )
        return row

    def _one(self, condition: str, kind: str, value: str | None) -> Row | None:
        line = self.connection.execute(f"{_COLUMNS} {condition}", (kind, value)).fetchone()
        return _row(*line) if line else None

    def _next_gsid(self, kind: str) -> str:
        return ids.gsid(kind, *self.next_number())


def json_path(name: str) -> str:
    """Return SQLite's path of a field in the column ``fields``."""
    return f'$."{name}"'


def _row(gsid: str, fields: str, created: int, modified: int) -> Row:
    return Row(gsid, json.loads(fields), created, modified)

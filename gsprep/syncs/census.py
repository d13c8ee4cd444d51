"""Definitions from syncs of Census, as its API gives them.

Names: the pages "Syncs" and "List syncs" of developers.getcensus.com, read 2026-11.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any, NamedTuple

from gsprep.errors import InputError
from gsprep.syncs.new_definition import name_for

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    Document = dict[str, Any]

_MODES = {"upsert": "upsert", "mirror": "upsert", "update": "update", "insert": "create"}
_OBJECTS = {
    "person": "Person",
    "company": "Company",
    "relationship": "Relationship",
    "companyperson": "CompanyPerson",
    "relationshipperson": "RelationshipPerson",
}
# Fields of associations that Census has in place of ids: ours, and what they are looked up in.
_OF_ASSOCIATIONS = {
    "companyname": ("Company_ID", "Company"),
    "relationshipname": ("Relationship_ID", "Relationship"),
    "personemail": ("Email", None),
}
_OWN_ID = {"CompanyPerson": "Company_ID", "RelationshipPerson": "Relationship_ID"}
# The field that Census asks for where an object has no id of its own.
_UNIQUE = re.compile(r"unique_?id", re.IGNORECASE)
_EVERY = {"continuous": "15m", "quarter_hourly": "15m", "hourly": "1h"}
_DAYS = ("sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday")
_NO_NAME = re.compile(r"[^a-z]")


_OTHERS = {
    "paused": "the sync is paused in Census",
    "alert_attributes": "its alerts are not taken over: write them under alerts",
}


class CensusSync(NamedTuple):
    """A definition, and sentences on what of the sync it does not have."""

    definition: Document
    notes: tuple[str, ...]


class Places(NamedTuple):
    """What a sync of Census does not say.

    source:      the connection of the warehouse.
    destination: the connection of the tenant.
    table, query: what is read, where the sync has neither.
    """

    source: str
    destination: str
    table: str | None = None
    query: str | None = None


def census_syncs(document: object, places: Places) -> list[CensusSync]:
    """Return the definitions of the syncs in a reply of the API, or in a part of it.

    Raises InputError if there is none in it, or for one that cannot be read.
    """
    found = list(_syncs(document))
    if not found:
        raise InputError(
            "there is no sync of Census in it: copy the reply to GET /api/v1/syncs/ID, which has "
            "mappings, source_attributes and destination_attributes"
        )
    return [_Reader(one, places).read() for one in found]


def _syncs(document: object) -> Iterator[Document]:
    if isinstance(document, dict) and isinstance(document.get("mappings"), list):
        yield document
    elif isinstance(document, dict):
        yield from _syncs(document.get("data"))
    elif isinstance(document, list):
        for one in document:
            yield from _syncs(one)


def _object(value: object) -> Mapping[str, Any]:
    return value if isinstance(value, dict) else {}


class _Reader:
    """Reads one sync."""

    def __init__(self, sync: Document, places: Places) -> None:
        self.sync, self.places = sync, places
        self.notes: list[str] = []
        given = _text(_object(sync.get("destination_attributes")).get("object"))
        self.object = _OBJECTS.get(_NO_NAME.sub("", given.casefold()), given)
        self.key: str | None = None
        self.keys: list[str] = []

    def read(self) -> CensusSync:
        label = _text(self.sync.get("label")) or f"census-{self.sync.get('id', '')}"
        fields = self._fields()
        keys = self.keys
        if self.object in _OWN_ID:
            keys = ["Email", _OWN_ID[self.object]]
        if not fields or not keys or self.key is None or not self.object:
            raise InputError(
                f"the sync {label} has no object, or no mapping with is_primary_identifier from a "
                "column: copy the whole sync"
            )
        definition: Document = {
            "sync": name_for(label) or "census",
            "source": self._source(label),
            "destination": {
                "connection": self.places.destination, "object": self.object, "key": keys,
                "mode": self._mode(label),
            },
            "fields": fields,
        }  # fmt: skip
        if schedule := self._schedule():
            definition["schedule"] = schedule
        self._mirror(definition)
        for name, sentence in _OTHERS.items():
            if self.sync.get(name):
                self.notes.append(sentence)
        return CensusSync(definition, tuple(self.notes))

    def _mirror(self, definition: Document) -> None:
        """Let records of missing rows go, where Census does and gsprep may."""
        if self.sync.get("operation") != "mirror":
            return
        if self.object in {*_OWN_ID, "Person"}:
            self.notes.append("records of missing rows stay: set on_missing to say otherwise")
        else:
            definition["on_missing"] = "delete"

    def _mode(self, label: str) -> str:
        operation = _text(self.sync.get("operation"))
        if operation not in _MODES:
            raise InputError(
                f"the sync {label} has the operation {operation or 'of no name'}. "
                f"gsprep has {', '.join(_MODES)}"
            )
        return _MODES[operation]

    def _source(self, label: str) -> Document:
        of = _object(_object(self.sync.get("source_attributes")).get("object"))
        table = _text(of.get("table_name"))
        schema = _text(of.get("table_schema"))
        query = self.places.query or (None if self.places.table else _text(of.get("query")))
        source: Document = {"connection": self.places.source}
        if query:
            source["query"] = query.strip()
        elif name := self.places.table or (f"{schema}.{table}" if schema and table else table):
            source["table"] = name
        else:
            raise InputError(
                f"the sync {label} reads a {_text(of.get('type')) or 'source'}, of which the copy "
                "has neither a table nor a query: add --with table=NAME or --with query=SELECT…"
            )
        source["key"] = self.key
        mark = _object(self.sync.get("high_water_mark_attributes")).get("column_name")
        if column := _text(mark) or _text(self.sync.get("high_water_mark_attribute")):
            source["cursor"] = {"column": column}
        return source

    def _fields(self) -> Document:
        fields: Document = {}
        for one in map(_object, self.sync["mappings"]):
            to, origin = _text(one.get("to")), self._origin(one)
            if origin is None:
                continue
            is_key = one.get("is_primary_identifier") is True
            if is_key and "from" in origin:
                self.key = origin["from"]
            if is_key and self.object in _OWN_ID and _UNIQUE.match(to):
                continue
            name, rule = self._named(to, {**origin, **self._options(one)})
            fields[name] = rule["from"] if list(rule) == ["from"] else rule
            if is_key:
                self.keys.append(name)
        return fields

    def _named(self, to: str, rule: Document) -> tuple[str, Document]:
        """Return a field by its API name, with the lookup that a name of an association needs."""
        plain = _NO_NAME.sub("", to.casefold())
        if self.object not in _OWN_ID or plain not in _OF_ASSOCIATIONS:
            return to, rule
        name, of = _OF_ASSOCIATIONS[plain]
        return name, rule if of is None else {**rule, "lookup": {"object": of, "by": "Name"}}

    def _origin(self, one: Mapping[str, Any]) -> Document | None:
        """Return where a value comes from; None, with a note, for what gsprep does not have."""
        given = one.get("from")
        kind, data = _object(given).get("type"), _object(given).get("data")
        if isinstance(given, str):
            return {"from": given}
        if kind == "column" and (column := _text(data) or _text(_object(data).get("name"))):
            return {"from": column}
        if kind == "constant_value":
            value = _object(data).get("value") if isinstance(data, dict) else data
            if value is not None:
                return {"value": value}
        to, what = _text(one.get("to")), _text(kind) or "source without a name"
        self.notes.append(f"{to} is not taken over: it comes from a {what}; make it a column")
        return None

    def _options(self, one: Mapping[str, Any]) -> Document:
        options: Document = {}
        of, by = _text(one.get("lookup_object")), _text(one.get("lookup_field"))
        if of and by:
            known = _OBJECTS.get(_NO_NAME.sub("", of.casefold()), of)
            options["lookup"] = {"object": known, "by": by}
        if one.get("preserve_values") is True:
            options["write"] = "fill_only"
        if one.get("sync_null_values") is True:
            options["on_null"] = "clear"
        if one.get("array_field") is True:
            self.notes.append(f"{_text(one.get('to'))} is a list: set split to its separator")
        return options

    def _schedule(self) -> Document:
        triggers = _object(_object(self.sync.get("mode")).get("triggers"))
        own = _object(triggers.get("schedule")) or {
            name.removeprefix("schedule_"): value
            for name, value in self.sync.items()
            if name.startswith("schedule_") or name == "cron_expression"
        }
        self.notes += [
            f"it also runs after {name}, which is not taken over: set schedule"
            for name in triggers
            if name != "schedule"
        ]
        frequency = _text(own.get("frequency"))
        if frequency in _EVERY:
            return {"every": _EVERY[frequency]}
        cron = _cron(frequency, own)
        return {} if cron is None else {"cron": cron, "timezone": "UTC"}


def _cron(frequency: str, own: Mapping[str, Any]) -> str | None:
    if frequency == "expression":
        return _text(own.get("cron_expression")) or None
    if frequency not in {"daily", "weekly"}:
        return None
    hour, minute = (int(own.get(name) or 0) for name in ("hour", "minute"))
    day = _text(own.get("day")).casefold()
    of_week = str(_DAYS.index(day)) if day in _DAYS else (day or "0")
    return f"{minute} {hour % 24} * * {of_week if frequency == 'weekly' else '*'}"


def _text(value: object) -> str:
    return str(value).strip() if isinstance(value, str | int) and value is not True else ""

"""New definitions: from a file, an object and a mapping, or from the syncs of Census.

Names of Census: the pages "Syncs" and "List syncs" of developers.getcensus.com, read 2026-11.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from shlex import quote
from typing import TYPE_CHECKING, Any, NamedTuple

import yaml

from gsprep.errors import InputError

if TYPE_CHECKING:
    import pandas as pd

    from gsprep.mapping.columns import ColumnMapping, MappedColumn

    Document = dict[str, Any]

_NO_NAME = re.compile(r"[^a-z0-9_-]+")
_LONGEST = 64
# Given by the service.
_ID = "Gsid"
# Endings of headers that name a row.
_IDS = ("id", "key", "number", "no", "nr", "uuid", "gsid")
_HEAD = """\
# A sync: where rows come from, which object they are sent to, and how. A row is sent only if it
# differs from what was last stored for the same key.
# Next: gsprep sync check {file}, then gsprep sync diff {file}, then gsprep sync run {file}
"""
_REST = """\

# More, each with an example:
# filter:                              # all must hold
#   - {column: COLUMN, is: IN, value: [a, b]}
# on_missing: keep                     # a record whose row is gone: keep, delete or {set: {…}}
# guards: {rejected: 5%, refused: 20%, missing: 5%, empty: stop}
# schedule: {every: 1h, full: "10 3 * * *", timezone: Europe/Berlin}
#
# A field can be more than the name of a column:
#   Phone: {from: phone, write: fill_only}     # only where the record has no value
#   Plan__gc: {from: plan, on_null: clear}     # a missing value empties the field
#   Plan__gc: {from: plan, values: {p: Pro}}   # other values are rejected
#   Source__gc: {value: warehouse}             # a constant
"""


@dataclass(frozen=True, kw_only=True, slots=True)
class Beginning:
    """What a definition is written from.

    Attributes:
        name: the name of the sync.
        source: the entries of the source but for the key, such as ``file``.
        connection: the connection of the tenant, None for that of the command.
        keys: the fields that identify the record of a row.
        unify: the entries of ``unify``; None looks for no company.
    """

    name: str
    source: Mapping[str, str]
    object: str
    keys: Sequence[str]
    connection: str | None = None
    mode: str = "upsert"
    unify: Mapping[str, Any] | None = None


def name_for(text: str) -> str:
    """Return the name of a sync made from another name; "" if nothing of it is left.

    >>> name_for("People (EMEA) 2026")
    'people-emea-2026'
    """
    return _NO_NAME.sub("-", text.casefold()).strip("-_")[:_LONGEST]


def key_of(frame: pd.DataFrame, mapping: ColumnMapping, keys: Sequence[str]) -> str:
    """Return the column that names each row: filled and unique, and rather an id than an address.

    Raises InputError if no column does.
    """
    unique = [
        column
        for column in mapping.columns
        if frame[column.header].notna().all() and frame[column.header].is_unique
    ]
    if not unique:
        raise InputError(
            "no column identifies each row: each has a missing or repeated value. Choose one with "
            "--id that is filled and unique in the whole source"
        )
    return min(unique, key=lambda column: _rank(column, keys)).header


def _rank(column: MappedColumn, keys: Sequence[str]) -> int:
    """Return how well a column names rows, 0 for the best."""
    words = re.split(r"[^a-z0-9]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", column.header).casefold())
    if words[-1] in _IDS:
        return 0
    return 1 if column.field in keys else 2


def definition_text(begin: Beginning, mapping: ColumnMapping, key: str, file: str) -> str:
    """Return a definition as commented YAML; ``file`` is its name in the comments."""
    lines = [_HEAD.format(file=quote(file)).rstrip(), _entry("sync", begin.name), "source:"]
    lines += [f"  {_entry(name, value)}" for name, value in begin.source.items()]
    lines += [_noted(f"  {_entry('key', key)}", "the column that identifies each row")]
    lines += ["destination:"]
    if begin.connection is not None:
        lines += [_noted(f"  {_entry('connection', begin.connection)}", "gsprep connections add")]
    lines += [f"  {_entry('object', begin.object)}"]
    which = "the fields that identify the record"
    lines += [_noted(f"  {_entry('key', list(begin.keys))}", which)]
    lines += [_noted(f"  {_entry('mode', begin.mode)}", "upsert, update or create")]
    lines += [_noted("fields:", "API name: column")]
    mapped = [column for column in mapping.columns if column.field not in {None, _ID}]
    lines += [
        _noted(f"  {_entry(str(c.field), c.header)}", f"{c.how}, {c.score:.2f}") for c in mapped
    ]
    left = [column.header for column in mapping.columns if column.field in {None, _ID}]
    lines += [f"  # not sent: {_entry('FIELD', header)}" for header in left]
    if begin.unify is not None:
        lines += [_noted(_entry("unify", dict(begin.unify)), "how each company is found")]
    return "\n".join(lines) + "\n" + _REST


def _entry(name: str, value: object) -> str:
    """Return one entry as a line of YAML; signs that YAML would change are escaped."""
    is_plain = str(value).isprintable()
    written: str = yaml.safe_dump(
        {name: value},
        default_flow_style=True,
        default_style=None if is_plain else '"',
        allow_unicode=is_plain,
        sort_keys=False,
        width=float("inf"),
    )
    return written.strip().removeprefix("{").removesuffix("}")


def _noted(line: str, comment: str) -> str:
    return f"{line:<40} # {comment}"


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
_NO_LETTER = re.compile(r"[^a-z]")


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
        self.object = _OBJECTS.get(_NO_LETTER.sub("", given.casefold()), given)
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
        plain = _NO_LETTER.sub("", to.casefold())
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
            known = _OBJECTS.get(_NO_LETTER.sub("", of.casefold()), of)
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

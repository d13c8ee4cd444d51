"""Fields and lookups of a request's records.

Lookups find ids by other fields before a record is stored. Grammar: "Import Lookup" and "Upsert
Record Request with Lookup Details", page "People API Documentation", read 2026-11.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from gsprep.sandbox.rules import Known, as_text, bad_lookup, is_blank, is_text
from gsprep.sandbox.tenant import field_of

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gsprep.sandbox.database import Row, Rows

# The lists of a record, and the object that each one's rows are of.
_LISTS: Final = {"companies": "company_person", "relationships": "relationship_person"}
# For these targets only ``fields`` is required; other targets need all details.
_OBJECTS: Final = {
    "Company_ID": "company",
    "Relationship_ID": "relationship",
    "Person_ID": "person",
}
_DETAILS: Final = ("lookupField", "objectName", "multiMatchOption", "onNoMatch")
_FOUND_BY: Final = {"company": "name", "relationship": "name", "person": "email"}
_MANY: Final = ("FIRSTMATCH", "MARKASERROR")
_NONE: Final = ("ERROR", "NULLABLE", "DEFAULTVALUE")


def nested_list(row: Any, name: str) -> Any:
    """Return a list of associations of a row; the page also writes ``Relationships``.

    >>> nested_list({"Relationships": []}, "relationships")
    []
    """
    if not isinstance(row, dict):
        return None
    key = _key_of_list(tuple(row), name)
    return None if key is None else row[key]


@lru_cache(maxsize=1024)
def _key_of_list(keys: tuple[str, ...], name: str) -> str | None:
    return next((key for key in keys if key.casefold() == name), None)


def named_in(records: Iterable[Any]) -> tuple[set[str], set[str]]:
    """Return the e-mails and the ids of companies in records, as most records have them."""
    each = [record for record in records if isinstance(record, dict)]
    links = [link for one in each if isinstance(link := one.get("companies"), list)]
    below = [row.get("Company_ID") for rows in links for row in rows if isinstance(row, dict)]
    emails = (one.get("Email") for one in each)
    return _texts(emails), _texts(below)


def _texts(values: Iterable[Any]) -> set[str]:
    return {value for value in values if isinstance(value, str) and is_text(value)}


def own_fields(kind: str, row: Mapping[str, Any], lists: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return a row without its lists of associations; known fields by their API names."""
    return {api_name: row[name] for name, api_name in _api_names(kind, tuple(row), lists)}


@lru_cache(maxsize=1024)
def _api_names(
    kind: str, names: tuple[str, ...], lists: tuple[str, ...]
) -> tuple[tuple[str, str], ...]:
    """Return the names of a row without its lists, each with its API name."""
    own = [name for name in names if name.casefold() not in lists]
    known = [field_of(kind, name, {}) for name in own]
    return tuple(
        (name, field.name if field else name) for name, field in zip(own, known, strict=True)
    )


def sent_fields(known: Known, row: Mapping[str, Any]) -> dict[str, str]:
    """Return the fields that a valid row changes: text by name, without blanks."""
    return {
        name: value if value.__class__ is str else as_text(value)
        for name, value in row.items()
        if (value.strip() if value.__class__ is str else value is not None) and known[name].writable
    }


def with_defaults(
    kind: str, own: Mapping[str, Any], rows: Rows, before: Row | None
) -> dict[str, Any]:
    """Return a row with the default values of an insert; an update gets no defaults.

    In the failure samples a refused row has them too.
    """
    defaults = {} if before else rows.known(kind).defaults
    lacking = {name: value for name, value in defaults.items() if is_blank(own.get(name))}
    return {**own, **lacking}


def echo(own: Mapping[str, Any], stored: Row | None) -> dict[str, Any]:
    """Return a row as the reply shows it: scalars as text, nulls left out, ``Gsid`` if stored."""
    shown = {
        name: value if value.__class__ is str or isinstance(value, dict | list) else as_text(value)
        for name, value in own.items()
        if value is not None
    }
    return shown | {"Gsid": stored.gsid} if stored else shown


class Marker(NamedTuple):
    """The value that replaces an id without a match.

    Attributes:
        code: the service's code.
        echoes: whether it also holds the values of the search.
    """

    code: str
    echoes: bool


# From the failure samples of "People APIs - Bulk", and of the upsert of one person.
BULK_MARKER: Final = Marker("GSOBJ_RLS012", echoes=False)
SINGLE_MARKER: Final = Marker("RLS_SOURCE_LOOKUP_FIELD_NOT_RESOLVED", echoes=True)


@dataclass(frozen=True, slots=True)
class Lookup:
    """How one id of a row is found.

    Attributes:
        target: the field of the row that gets the id.
        kind: the object that is searched.
        fields: pairs of a field of the row and the field of the object that it must equal.
        gives: the field of the object that is the id.
        many: multiMatchOption.
        none: onNoMatch.
    """

    target: str
    kind: str
    fields: tuple[tuple[str, str], ...]
    gives: str
    many: str
    none: str


@dataclass(frozen=True, slots=True)
class Lookups:
    """The lookups of one request by list name, and the marker of a failed one."""

    of: Mapping[str, tuple[Lookup, ...]]
    marker: Marker = BULK_MARKER


def read_lookups(rows: Rows, given: Any, marker: Marker = BULK_MARKER) -> Lookups:
    """Return the lookups of a request; raises RefusalError if they are invalid."""
    if given is None:
        return Lookups({}, marker)
    if not isinstance(given, dict) or not all(isinstance(v, dict) for v in given.values()):
        raise bad_lookup("an object of objects is needed")
    if any(name.casefold() not in _LISTS for name in given):
        raise bad_lookup("only companies and relationships are possible names")
    read = {
        name.casefold(): tuple(_lookup(rows, target, how) for target, how in lookups.items())
        for name, lookups in given.items()
    }
    return Lookups(read, marker)


def read_direct_lookups(rows: Rows, given: Any) -> tuple[Lookup, ...]:
    """Return the lookups of records that have no lists; raises RefusalError if invalid."""
    if given is None:
        return ()
    if not isinstance(given, dict):
        raise bad_lookup("an object of objects is needed")
    return tuple(_lookup(rows, target, how) for target, how in given.items())


def resolve_direct(
    rows: Rows, lookups: tuple[Lookup, ...], record: Mapping[str, Any]
) -> dict[str, Any]:
    """Return a record with the ids that lookups find, without the fields of the search."""
    sources = {source for lookup in lookups for source, _ in lookup.fields}
    filled = {name: value for name, value in record.items() if name not in sources}
    for lookup in lookups:
        if is_blank(filled.get(lookup.target)):
            filled |= _found(rows, lookup, record, (BULK_MARKER, None))
    return filled


def _lookup(rows: Rows, target: str, how: Any) -> Lookup:
    fields = how.get("fields") if isinstance(how, dict) else None
    if not isinstance(fields, dict) or not fields:
        raise bad_lookup("fields are missing")
    if target not in _OBJECTS and any(is_blank(how.get(name)) for name in _DETAILS):
        raise bad_lookup(f"a field of the tenant's own needs {', '.join(_DETAILS)}")
    kind = as_text(how.get("objectName") or _OBJECTS.get(target)).casefold()
    if kind not in rows.kinds():
        raise bad_lookup("objectName is an unknown object")
    many = how.get("multiMatchOption") or _MANY[0]
    none = how.get("onNoMatch") or rows.tenant.no_match
    if many not in _MANY or none not in _NONE:
        raise bad_lookup("multiMatchOption or onNoMatch is not a documented option")
    if not all(isinstance(name, str) and is_text(name) for name in fields.values()):
        raise bad_lookup("fields must name fields")
    pairs = tuple((source, name) for source, name in fields.items())
    return Lookup(target, kind, pairs, as_text(how.get("lookupField") or "Gsid"), many, none)


def resolve(rows: Rows, lookups: Lookups, record: Any) -> Any:
    """Return a record with the ids that lookups find, without the fields of the search."""
    if not lookups.of or not isinstance(record, dict):
        return record
    filled = dict(record)
    for name, value in record.items():
        if name.casefold() in _LISTS and isinstance(value, list):
            filled[name] = [_filled(rows, lookups, name.casefold(), row) for row in value]
    return filled


def _filled(rows: Rows, lookups: Lookups, name: str, row: Any) -> Any:
    if not isinstance(row, dict):
        return row
    mine = lookups.of.get(name, ())
    sources = {source for lookup in mine for source, _ in lookup.fields}
    filled = {key: value for key, value in row.items() if key not in sources}
    defaults = rows.tenant.defaults_of(_LISTS[name])
    for lookup in mine:
        if is_blank(filled.get(lookup.target)):
            filled |= _found(rows, lookup, row, (lookups.marker, defaults.get(lookup.target)))
    if nested_list(filled, "relationships") is None:
        return filled
    return resolve(rows, lookups, filled)


def _found(
    rows: Rows, lookup: Lookup, row: Mapping[str, Any], otherwise: tuple[Marker, str | None]
) -> dict[str, Any]:
    """Return the target with its id, or with the marker or the default value (``otherwise``)."""
    wanted = {
        name: as_text(row[source])
        for source, name in lookup.fields
        if not is_blank(row.get(source))
    }
    if not wanted:
        return {}
    matches = _matches(rows, lookup.kind, wanted)
    if len(matches) == 1 or (matches and lookup.many == "FIRSTMATCH"):
        first = matches[0]
        found = first.gsid if lookup.gives == "Gsid" else first.fields.get(lookup.gives)
        return {lookup.target: found}
    marker, default = otherwise
    if not matches and lookup.none != "ERROR":
        return {lookup.target: default if lookup.none == "DEFAULTVALUE" else None}
    said = wanted if marker.echoes else {}
    return {
        lookup.target: {
            "lookupData": {**said, lookup.target: marker.code},
            "errorCode": marker.code,
        }
    }


def _matches(rows: Rows, kind: str, wanted: Mapping[str, str]) -> list[Row]:
    name, text = next(iter(wanted.items()))
    if not is_text(text):
        return []
    if name == "Gsid":
        row = rows.get(kind, text)
        found = [row] if row else []
    elif name.casefold() == _FOUND_BY.get(kind):
        found = rows.found_by(kind, text)
    else:
        found = rows.matching(kind, name, text)
    return [row for row in found if all(_equals(rows, row, *pair) for pair in wanted.items())]


def _equals(rows: Rows, row: Row, name: str, text: str) -> bool:
    said = row.gsid if name == "Gsid" else row.fields.get(name, "")
    return said == text if rows.tenant.lookup_case else said.casefold() == text.casefold()

"""Lookups: GSIDs found by other fields before a record is written.

Grammar: "Import Lookup" and "Upsert Record Request with Lookup Details", page "People API
Documentation", read 2026-11.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from gsprep.sandbox.flaws import as_text, is_blank, is_text
from gsprep.sandbox.refusals import bad_lookup
from gsprep.sandbox.writing import part

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gsprep.sandbox.rows import Row, Rows

# The lists of a record, and the object that each one's rows are of.
_LISTS: Final = {"companies": "company_person", "relationships": "relationship_person"}
# For these targets everything but ``fields`` may be left out; for others nothing may.
_OBJECTS: Final = {
    "Company_ID": "company",
    "Relationship_ID": "relationship",
    "Person_ID": "person",
}
_DETAILS: Final = ("lookupField", "objectName", "multiMatchOption", "onNoMatch")
_FOUND_BY: Final = {"company": "name", "relationship": "name", "person": "email"}
_MANY: Final = ("FIRSTMATCH", "MARKASERROR")
_NONE: Final = ("ERROR", "NULLABLE", "DEFAULTVALUE")


class Marker(NamedTuple):
    """What stands in place of an id that was not found.

    code: the service's code. echoes: whether the values that were looked for stand beside it.
    """

    code: str
    echoes: bool


# The failure samples: of "People APIs - Bulk", and of the call for one record.
BULK: Final = Marker("GSOBJ_RLS012", echoes=False)
CLASSIC: Final = Marker("RLS_SOURCE_LOOKUP_FIELD_NOT_RESOLVED", echoes=True)


@dataclass(frozen=True, slots=True)
class Lookup:
    """How one field of a row is found: which row of which object, by which of its fields."""

    target: str
    kind: str
    fields: tuple[tuple[str, str], ...]
    gives: str
    many: str
    none: str


@dataclass(frozen=True, slots=True)
class Lookups:
    """The lookups of one configuration by list name, and what marks those that fail."""

    of: Mapping[str, tuple[Lookup, ...]]
    marker: Marker = BULK


def read_lookups(rows: Rows, given: Any, marker: Marker = BULK) -> Lookups:
    """Return the lookups of a request; raise RefusalError for a configuration that is bad."""
    if given is None:
        return Lookups({}, marker)
    if not isinstance(given, dict) or not all(isinstance(v, dict) for v in given.values()):
        raise bad_lookup("an object of objects is needed")
    if unknown := [name for name in given if name.casefold() not in _LISTS]:
        raise bad_lookup(f"{len(unknown)} name(s) are neither companies nor relationships")
    read = {
        name.casefold(): tuple(_lookup(rows, target, how) for target, how in lookups.items())
        for name, lookups in given.items()
    }
    return Lookups(read, marker)


def _lookup(rows: Rows, target: str, how: Any) -> Lookup:
    fields = how.get("fields") if isinstance(how, dict) else None
    if not isinstance(fields, dict) or not fields:
        raise bad_lookup("fields are missing")
    if target not in _OBJECTS and any(is_blank(how.get(name)) for name in _DETAILS):
        raise bad_lookup(f"a field of the tenant's own needs {', '.join(_DETAILS)}")
    kind = as_text(how.get("objectName") or _OBJECTS.get(target)).casefold()
    if kind not in rows.kinds():
        raise bad_lookup("objectName is an object the sandbox does not hold")
    many = how.get("multiMatchOption") or _MANY[0]
    none = how.get("onNoMatch") or rows.tenant.no_match
    if many not in _MANY or none not in _NONE:
        raise bad_lookup("multiMatchOption or onNoMatch is none of the documented options")
    if not all(isinstance(name, str) and is_text(name) for name in fields.values()):
        raise bad_lookup("fields must name fields")
    pairs = tuple((source, name) for source, name in fields.items())
    return Lookup(target, kind, pairs, as_text(how.get("lookupField") or "Gsid"), many, none)


def resolve(rows: Rows, lookups: Lookups, record: Any) -> Any:
    """Return a record with the ids that lookups find; their source fields are consumed."""
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
    if part(filled, "relationships") is None:
        return filled
    return resolve(rows, lookups, filled)


def _found(
    rows: Rows, lookup: Lookup, row: Mapping[str, Any], otherwise: tuple[Marker, str | None]
) -> dict[str, Any]:
    """Return the target with what was found; ``otherwise``: the marker and the default value."""
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
    return [row for row in found if all(_says(rows, row, *pair) for pair in wanted.items())]


def _says(rows: Rows, row: Row, name: str, text: str) -> bool:
    said = row.gsid if name == "Gsid" else row.fields.get(name, "")
    return said == text if rows.tenant.lookup_case else said.casefold() == text.casefold()

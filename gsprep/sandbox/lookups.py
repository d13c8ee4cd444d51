"""Lookups: GSIDs found by other fields before a record is written.

Grammar: "Import Lookup" and "Upsert Record Request with Lookup Details", page "People API
Documentation", read 2026-11. The page does not say whether values are compared with case; here
they are not.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from gsprep.sandbox.fields import FIELDS
from gsprep.sandbox.flaws import as_text, is_blank, is_text
from gsprep.sandbox.refusals import bad_lookup
from gsprep.sandbox.writing import part

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gsprep.sandbox.rows import Row, Rows

_LISTS: Final = ("companies", "relationships")
# For these targets everything but ``fields`` may be left out.
_OBJECTS: Final = {
    "Company_ID": "company",
    "Relationship_ID": "relationship",
    "Person_ID": "person",
}
_FOUND_BY: Final = {"company": "name", "relationship": "name", "person": "email"}
_MANY: Final = ("FIRSTMATCH", "MARKASERROR")
# The page names two defaults, ERROR three times and NULLABLE once.
_NONE: Final = ("ERROR", "NULLABLE", "DEFAULTVALUE")
# What the failure sample shows in place of an id that was not found.
_UNRESOLVED: Final = "GSOBJ_RLS012"


@dataclass(frozen=True, slots=True)
class Lookup:
    """How one field of a row is found: which row of which object, by which of its fields."""

    target: str
    kind: str
    fields: tuple[tuple[str, str], ...]
    gives: str
    many: str
    none: str


Lookups = dict[str, tuple[Lookup, ...]]


def read_lookups(given: Any) -> Lookups:
    """Return the lookups of a request by list name; raise RefusalError for a bad one.

    >>> read_lookups({"companies": {"Company_ID": {"fields": {"CompanyName": "Name"}}}})[
    ...     "companies"][0].kind
    'company'
    """
    if given is None:
        return {}
    if not isinstance(given, dict) or not all(isinstance(v, dict) for v in given.values()):
        raise bad_lookup("an object of objects is needed")
    if unknown := [name for name in given if name.casefold() not in _LISTS]:
        raise bad_lookup(f"{len(unknown)} name(s) are neither companies nor relationships")
    return {
        name.casefold(): tuple(_lookup(target, how) for target, how in lookups.items())
        for name, lookups in given.items()
    }


def _lookup(target: str, how: Any) -> Lookup:
    fields = how.get("fields") if isinstance(how, dict) else None
    if not isinstance(fields, dict) or not fields:
        raise bad_lookup("fields are missing")
    kind = as_text(how.get("objectName") or _OBJECTS.get(target)).casefold()
    if kind not in FIELDS:
        raise bad_lookup("objectName is missing, or an object the sandbox does not hold")
    many = how.get("multiMatchOption") or _MANY[0]
    none = how.get("onNoMatch") or _NONE[0]
    if many not in _MANY or none not in _NONE:
        raise bad_lookup("multiMatchOption or onNoMatch is none of the documented options")
    if not all(isinstance(name, str) and is_text(name) for name in fields.values()):
        raise bad_lookup("fields must name fields")
    pairs = tuple((source, name) for source, name in fields.items())
    return Lookup(target, kind, pairs, as_text(how.get("lookupField") or "Gsid"), many, none)


def resolve(rows: Rows, lookups: Lookups, record: Any) -> Any:
    """Return a record with the ids that lookups find; their source fields are consumed."""
    if not lookups or not isinstance(record, dict):
        return record
    filled = dict(record)
    for name, value in record.items():
        if name.casefold() in _LISTS and isinstance(value, list):
            filled[name] = [_filled(rows, lookups, name.casefold(), row) for row in value]
    return filled


def _filled(rows: Rows, lookups: Lookups, name: str, row: Any) -> Any:
    if not isinstance(row, dict):
        return row
    mine = lookups.get(name, ())
    sources = {source for lookup in mine for source, _ in lookup.fields}
    filled = {key: value for key, value in row.items() if key not in sources}
    for lookup in mine:
        if is_blank(filled.get(lookup.target)):
            filled |= _found(rows, lookup, row)
    if part(filled, "relationships") is None:
        return filled
    return resolve(rows, lookups, filled)


def _found(rows: Rows, lookup: Lookup, row: Mapping[str, Any]) -> dict[str, Any]:
    wanted = {
        name: as_text(row[source])
        for source, name in lookup.fields
        if not is_blank(row.get(source))
    }
    if not wanted:
        return {}
    matches = _matches(rows, lookup.kind, wanted)
    if len(matches) == 1 or (matches and lookup.many == _MANY[0]):
        first = matches[0]
        return {
            lookup.target: first.gsid if lookup.gives == "Gsid" else first.fields.get(lookup.gives)
        }
    if not matches and lookup.none != _NONE[0]:
        return {}
    marker = {"lookupData": {lookup.target: _UNRESOLVED}, "errorCode": _UNRESOLVED}
    return {lookup.target: marker}


def _matches(rows: Rows, kind: str, wanted: Mapping[str, str]) -> list[Row]:
    name, text = next(iter(wanted.items()))
    if not is_text(text):
        return []
    if name.casefold() == _FOUND_BY.get(kind):
        found = rows.found_by(kind, text)
    else:
        found = rows.matching(kind, name, text)
    return [row for row in found if all(_says(row, *pair) for pair in wanted.items())]


def _says(row: Row, name: str, text: str) -> bool:
    said = row.gsid if name == "Gsid" else row.fields.get(name, "")
    return said.casefold() == text.casefold()

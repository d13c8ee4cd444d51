"""Writes to records of objects: insert, update, delete.

Calls and limits: pages "Company API Documentation", "Relationship APIs" and "Gainsight Custom
Object API Documentation", read 2026-11. Every field of every record is checked before any record is
written: one invalid field fails the call. The body of a failed call: the replies that public
clients of the service are tested with.

The pages do not say what happens when an update finds no record, or several: here the call fails.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from gsprep.sandbox.limits import KEYS_PER_UPDATE, RECORDS_PER_CALL
from gsprep.sandbox.records import read_direct_lookups, resolve_direct
from gsprep.sandbox.rules import RefusalError, as_text, invalid, is_blank, malformed, no_rows
from gsprep.sandbox.tenant import ACTIVITIES, Field, is_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from gsprep.sandbox.database import Row, Rows
    from gsprep.sandbox.rules import Invalid

# "Update": data types of the fields that a record can be found by.
_KEY_TYPES: Final = frozenset({"STRING", "GSID", "NUMBER", "EMAIL"})
# Objects of people and activities have other calls; the service writes the log.
_OF_PEOPLE: Final = frozenset({"person", "company_person", "relationship_person"})
DELETION_LOG: Final = "record_delete_log"
# Read 2026-11: days for which the log keeps records.
LOG_DAYS: Final = 15
_DAY_MS: Final = 86_400_000
# A description marks them as required.
_REQUIRED: Final = {"company": ("Name",), "relationship": ("Name",)}
_CODES: Final = {"DATETIME": "GSOBJ_1005", "DATE": "GSOBJ_1006"}


class InvalidRecordsError(RefusalError):
    """Records are invalid, so nothing was written.

    Attributes:
        errors: for each invalid record a list with one entry, as in the replies.
    """

    def __init__(self, errors: Sequence[list[dict[str, Any]]]) -> None:
        """Name the first error."""
        self.errors = list(errors)
        first = self.errors[0][0]["errors"][0]
        super().__init__(first["errorCode"], first["errorMessage"])


class _Problem(NamedTuple):
    field: str
    value: Any
    code: str
    text: str


def insert(rows: Rows, kind: str, body: Any) -> list[dict[str, Any]]:
    """Insert all records of a body or none, and return them with their GSIDs."""
    _must_be_writable(rows, kind)
    records, fields = _records(rows, body), rows.fields(kind)
    _must_be_valid(fields, records, (_REQUIRED.get(kind, ()), None))
    return [_stored(rows, kind, fields, record) for record in records]


def update(rows: Rows, kind: str, body: Any, keys: Sequence[str]) -> list[dict[str, Any]]:
    """Update all records of a body or none; each is found by the values of its keys."""
    _must_be_writable(rows, kind)
    records, fields = _records(rows, body), rows.fields(kind)
    names = _keys(fields, keys)
    found = [_find(rows, kind, names, record) for record in records]
    _must_be_valid(fields, records, (names, found))
    return [
        _stored(rows, kind, fields, record, before)
        for record, before in zip(records, found, strict=True)
    ]


def delete(rows: Rows, kind: str, gsid: str) -> None:
    """Delete a record, and write it to the deletion log."""
    _must_be_writable(rows, kind)
    if not is_id(gsid):
        raise RefusalError("GSOBJ_1004", "Invalid GSID")
    run = rows.connection.execute
    if not run("DELETE FROM rows WHERE object = ? AND gsid = ?", (kind, gsid)).rowcount:
        raise _nothing()
    log = {"ObjectName": kind, "RecordId": gsid, "DeletedDate": str(rows.now)}
    rows.insert(DELETION_LOG, log)


def forget_deletions(rows: Rows) -> None:
    """Remove the records that are too old for the deletion log."""
    rows.connection.execute(
        "DELETE FROM rows WHERE object = ? AND created < ?",
        (DELETION_LOG, rows.now - LOG_DAYS * _DAY_MS),
    )


def _must_be_writable(rows: Rows, kind: str) -> None:
    if kind in {*_OF_PEOPLE, ACTIVITIES, DELETION_LOG}:
        raise malformed("records of this object are not written by this call")
    if kind in {name.casefold() for name in rows.tenant.high_volume}:
        raise malformed("only Low Volume objects are written by this call")


def _records(rows: Rows, body: Any) -> list[dict[str, Any]]:
    """Return the records with the ids of their lookups; raises RefusalError."""
    given = body.get("records") if isinstance(body, dict) else None
    if not given:
        raise no_rows()
    if not isinstance(given, list) or not all(isinstance(record, dict) for record in given):
        raise malformed("records must be a list of JSON objects")
    if len(given) > RECORDS_PER_CALL:
        raise malformed(f"a call takes at most {RECORDS_PER_CALL} records")
    lookups = read_direct_lookups(rows, body.get("lookups"))
    return [resolve_direct(rows, lookups, record) for record in given]


def _keys(fields: Mapping[str, Field], keys: Sequence[str]) -> tuple[str, ...]:
    known = [fields.get(key.casefold()) for key in keys]
    if not known or len(known) > KEYS_PER_UPDATE:
        raise malformed(f"keys must name one to {KEYS_PER_UPDATE} fields")
    names = [field.name for field in known if field is not None and field.type in _KEY_TYPES]
    if len(names) < len(known):
        raise malformed("a key is not a field of type String, GSID, Number or Email")
    return tuple(names)


def _find(rows: Rows, kind: str, keys: Sequence[str], record: Mapping[str, Any]) -> Row | None:
    """Return the record that has these keys; None if a key is blank, which is reported later."""
    wanted = {key: _value(record, key) for key in keys}
    if any(is_blank(value) for value in wanted.values()):
        return None
    found = rows.equal_to(kind, {key: as_text(value) for key, value in wanted.items()})
    if not found:
        raise _nothing()
    if len(found) > 1:
        raise malformed("more than one record has the values of the keys")
    return found[0]


def _value(record: Mapping[str, Any], name: str) -> Any:
    plain = name.casefold()
    return next((value for key, value in record.items() if key.casefold() == plain), None)


def _must_be_valid(
    fields: Mapping[str, Field],
    records: Iterable[Mapping[str, Any]],
    needed: tuple[Sequence[str], Sequence[Row | None] | None],
) -> None:
    errors = []
    for record in records:
        problems = [*_lacking(record, needed[0]), *_bad_values(fields, record)]
        if problems:
            errors.append([_told(record, problems)])
    if errors:
        raise InvalidRecordsError(errors)


def _lacking(record: Mapping[str, Any], needed: Sequence[str]) -> Iterable[_Problem]:
    return (
        _Problem(name, None, "GSOBJ_1007", f"{name} must not be null")
        for name in needed
        if is_blank(_value(record, name))
    )


def _bad_values(fields: Mapping[str, Field], record: Mapping[str, Any]) -> Iterable[_Problem]:
    for name, value in record.items():
        field = fields.get(name.casefold())
        if field is None:
            yield _Problem(name, value, "GSOBJ_VCRUDR1002", "Fields do not exist in object")
        elif is_blank(value):
            if field.required:
                yield _Problem(name, value, "GSOBJ_1007", f"{name} must not be null")
        elif found := invalid(field, value):
            yield _Problem(name, value, *_object_code(field, value, found))


def _object_code(field: Field, value: Any, found: Invalid) -> tuple[str, str]:
    """Return the code of these objects for an invalid value; people have other codes."""
    if field.type in _CODES:
        return _CODES[field.type], f"Invalid dateTime format ({field.name})"
    if isinstance(value, str) and len(value) > field.length:
        return "GSOBJ_1001", f"{field.name} is longer than {field.length}"
    return "GSOBJ_1002", f"{field.name}: {found.message}"


def _told(record: Mapping[str, Any], problems: Iterable[_Problem]) -> dict[str, Any]:
    errors = [
        {
            "errorMessage": problem.text,
            "errorCode": problem.code,
            "fieldName": problem.field,
            "invalidValue": problem.value,
        }
        for problem in problems
    ]
    return {"success": False, "parsedValue": dict(record), "errors": errors}


def _stored(
    rows: Rows,
    kind: str,
    fields: Mapping[str, Field],
    record: Mapping[str, Any],
    before: Row | None = None,
) -> dict[str, Any]:
    """Write a record, where null clears a field, and return its element of the reply."""
    values = {
        fields[name.casefold()].name: None if is_blank(value) else as_text(value)
        for name, value in record.items()
        if fields[name.casefold()].writable
    }
    kept = {**(before.fields if before else {}), **values}
    texts = {name: value for name, value in kept.items() if value is not None}
    gsid = rows.insert(kind, texts) if before is None else rows.replace(kind, before, texts)
    return {**json.loads(json.dumps(dict(record))), "Gsid": gsid}


def _nothing() -> RefusalError:
    return RefusalError("GSOBJ_1011", "No entity matches the given criteria")

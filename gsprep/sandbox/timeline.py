"""Timeline: activities of companies, told apart by their ExternalId.

Calls, required fields and limits: page "Timeline APIs", read 2026-11. It says that ExternalId is
the idempotency key of an insert, and not what the reply to a repeated one is: see
``Dialect.repeated_external_id``. It shows no reply to a refused activity: here the call fails as
the calls of objects do. Only the calls for one activity are here, not those for jobs of activities.
"""

from __future__ import annotations

import json
import re
import uuid
from typing import TYPE_CHECKING, Any, Final

from gsprep.sandbox.database import Index, Row, Rows
from gsprep.sandbox.records import read_direct_lookups, resolve_direct
from gsprep.sandbox.rules import (
    Invalid,
    RefusalError,
    as_text,
    invalid,
    is_blank,
    malformed,
    no_rows,
)
from gsprep.sandbox.tenant import ACTIVITIES, Field, is_id

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gsprep.sandbox.dialect import RepeatedExternalId

# "Activity Fields Reference", required fields of an insert.
_REQUIRED: Final = (
    "ExternalId", "Author", "ContextName", "TypeName", "Subject", "Notes", "ActivityDate",
)  # fmt: skip
_CONTEXTS: Final = frozenset({
    "Company", "Relationship", "CTA", "SuccessPlan", "Scorecard", "ScorecardMeasure", "Milestone",
})  # fmt: skip
# "identifier" of an update; "gsid" is a value of it, too.
_IDENTIFIERS: Final[Mapping[str, str]] = {
    "externalid": "ExternalId", "activityid": "ActivityId", "gsid": "Gsid",
}  # fmt: skip
# As in the sample: 2022-07-01T06:36:00.000-07:00.
_DATE = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}(Z|[+-]\d\d:?\d\d)")
_OF_A_COMPANY: Final = "GsCompanyId"
_MISSING: Final = "GSOBJ_1007"


def insert(rows: Rows, body: Any, repeated: RepeatedExternalId) -> dict[str, Any]:
    """Store one activity and return the ``data`` of its reply; raises RefusalError."""
    given, record = _record(rows, body)
    for name in _REQUIRED:
        if is_blank(given.get(name)):
            raise RefusalError(_MISSING, f"{name} must not be null")
    _must_be_valid(rows, record)
    if record["ContextName"] == "Company" and is_blank(record.get(_OF_A_COMPANY)):
        raise RefusalError(_MISSING, f"{_OF_A_COMPANY} must not be null")
    known = _with_external_id(rows, as_text(record["ExternalId"]))
    if known is None:
        number = uuid.uuid5(uuid.NAMESPACE_URL, "/".join(map(str, rows.next_number())))
        known = _stored(rows, record | {"ActivityId": str(number)}, None)
    elif repeated == "refused":
        raise malformed("ExternalId is that of another activity")
    return _data(known)


def update(rows: Rows, body: Any, identifier: str) -> dict[str, Any]:
    """Change the given fields of one activity and return the ``data`` of its reply.

    Raises RefusalError if there is none.
    """
    name = _IDENTIFIERS.get(identifier.casefold())
    if name is None:
        raise malformed("identifier is one of externalid, activityid and gsid")
    _, record = _record(rows, body)
    value = as_text(record.get(name, ""))
    found = _with_external_id(rows, value) if name == "ExternalId" else None
    if found is None and name != "ExternalId":
        found = next(iter(rows.equal_to(ACTIVITIES, {name: value})), None)
    if found is None:
        raise RefusalError("GSOBJ_1011", "No entity matches the given criteria")
    _must_be_valid(rows, record)
    return _data(_stored(rows, {n: v for n, v in record.items() if n != "Gsid"}, found))


def _record(rows: Rows, body: Any) -> tuple[dict[str, Any], dict[str, Any]]:
    """Return the activity of a body as it was given, and with the ids that its lookups find."""
    given = body.get("records") if isinstance(body, dict) else None
    if not given:
        raise no_rows()
    if not isinstance(given, list) or not all(isinstance(one, dict) for one in given):
        raise malformed("records must be a list of JSON objects")
    if len(given) > 1:
        raise malformed("this call takes one activity")
    lookups = read_direct_lookups(rows, body.get("lookups"))
    record = resolve_direct(rows, lookups, given[0])
    failed = next((name for name, value in record.items() if isinstance(value, dict)), None)
    if failed is not None:
        code = as_text(record[failed]["errorCode"]) if "errorCode" in record[failed] else ""
        raise RefusalError(code or "GSOBJ_1008", f"{failed} is not resolved")
    return given[0], record


def _must_be_valid(rows: Rows, record: Mapping[str, Any]) -> None:
    fields = rows.fields(ACTIVITIES)
    for name, value in record.items():
        field = fields.get(name.casefold())
        if field is None:
            raise RefusalError("GSOBJ_VCRUDR1002", "Fields do not exist in object")
        if not is_blank(value) and (found := _wrong(field, value)):
            raise RefusalError(found.code, f"{field.name}: {found.message}")
    company = as_text(record.get(_OF_A_COMPANY) or "")
    if company and not (is_id(company) and rows.knows("company", company)):
        raise RefusalError("GSOBJ_VDTGSID1001", "Invalid gsid value")


def _wrong(field: Field, value: Any) -> Invalid | None:
    if field.name == "ContextName" and value not in _CONTEXTS:
        return Invalid("GSOBJ_1008", "there is no such context")
    if field.name == "ActivityDate" and not _DATE.fullmatch(as_text(value)):
        return Invalid("GSOBJ_1005", "Invalid dateTime format")
    return invalid(field, value)


def _with_external_id(rows: Rows, external_id: str) -> Row | None:
    return rows.with_key(ACTIVITIES, _key(external_id))


def _key(external_id: str) -> str:
    return json.dumps([external_id])


def _stored(rows: Rows, record: Mapping[str, Any], before: Row | None) -> Row:
    fields = rows.fields(ACTIVITIES)
    values = {
        fields[name.casefold()].name: as_text(value)
        for name, value in record.items()
        if not is_blank(value)
    }
    external_id = values.get("ExternalId") or (before.fields["ExternalId"] if before else "")
    return rows.put(Index(ACTIVITIES, _key(external_id), None), values, before)


def _data(row: Row) -> dict[str, Any]:
    stored = {"activityId": row.fields["ActivityId"]}
    return {"success": {row.fields["ExternalId"]: [stored]}, "failures": {}}

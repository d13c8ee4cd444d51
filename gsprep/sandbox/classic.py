"""One record written as a whole or not at all, and answered in a few words.

Rules and shapes: "Upsert Person API" and "Upsert Status API", page "People API Documentation",
read 2026-11: when any field is bad the record fails, and with it its associations.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from gsprep.sandbox.lookups import CLASSIC, read_lookups, resolve
from gsprep.sandbox.refusals import RefusalError
from gsprep.sandbox.upsert import write

if TYPE_CHECKING:
    from collections.abc import Mapping

    from gsprep.sandbox.rows import Rows
    from gsprep.sandbox.rules import Detail

_NOT_RESOLVED: Final = "ResolveLookupService source lookup field not resolved"


def upsert_whole(rows: Rows, record: Any) -> dict[str, Any]:
    """Write a record, its ``lookups`` beside its fields, and return what the reply says of it.

    Raises RefusalError when the lookups cannot be read.
    """
    lookups, given = _parted(record)
    wanted = read_lookups(rows, lookups, CLASSIC)
    rows.connection.execute("SAVEPOINT record")
    written = write(rows, resolve(rows, wanted, given))
    if written.details:
        rows.connection.execute("ROLLBACK TO record")
    rows.connection.execute("RELEASE record")
    if not written.details:
        return {"status": "SUCCESS", "personGsid": written.gsid}
    # What is wrong below a bad person mostly follows from it: a record is checked as a whole.
    return _failure(written.details[: written.own] or written.details)


def upsert_queued(rows: Rows, record: Any) -> dict[str, Any]:
    """Write a record of a job; lookups that cannot be read fail it alone."""
    try:
        return upsert_whole(rows, record)
    except RefusalError as refusal:
        return {"status": "FAILURE", "errors": [_error(None, [], refusal.code, refusal.text)]}


def _parted(record: Any) -> tuple[Any, Any]:
    if not isinstance(record, dict):
        return None, record
    given = {name: value for name, value in record.items() if name.casefold() != "lookups"}
    return next((v for k, v in record.items() if k.casefold() == "lookups"), None), given


def _failure(details: list[Detail]) -> dict[str, Any]:
    errors: list[dict[str, Any]] = []
    for detail in details:
        # A relationship inherits the company that was not found: said once.
        errors += [error for error in _errors(detail) if error not in errors]
    return {"status": "FAILURE", "errors": errors}


def _errors(detail: Mapping[str, Any]) -> list[dict[str, Any]]:
    name: str = detail.get("fieldName") or ""
    values = detail.get("values") or {}
    value = values.get(name)
    if isinstance(value, dict) and "lookupData" in value:
        return [_error(name, [value["lookupData"]], value["errorCode"], _NOT_RESOLVED)]
    # The value of a key is the parts of it that are there.
    shown = value if isinstance(value, dict) and ("," in name or not value) else values
    invalid = [shown] if shown else []
    return [_error(name or None, invalid, one["code"], one["message"]) for one in detail["errors"]]


def _error(name: str | None, invalid: list[Any], code: str, message: str) -> dict[str, Any]:
    return {"field": name, "invalidValue": invalid, "errorCode": code, "errorMessage": message}

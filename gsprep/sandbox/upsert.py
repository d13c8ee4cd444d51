"""Upsert of one person with their associations.

The statuses, the order of details and the echoed rows follow the samples of "People APIs - Bulk"
and "Upsert Person API", page "People API Documentation", read 2026-11; a comment names each place
where the page is silent. The service loads one object after the other: all company rows, then all
relationship rows.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from gsprep.sandbox.database import Index, Row, Rows, key_of
from gsprep.sandbox.records import (
    SINGLE_MARKER,
    echo,
    nested_list,
    own_fields,
    read_lookups,
    resolve,
    sent_fields,
    with_defaults,
)
from gsprep.sandbox.rules import (
    COMPANY_PERSON_KEY,
    RELATIONSHIP_PERSON_KEY,
    Detail,
    RefusalError,
    as_text,
    field_details,
    is_blank,
    key_detail,
    no_parent_detail,
    no_row_detail,
    repeated_detail,
    unresolved_detail,
)
from gsprep.sandbox.tenant import is_id

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping


_LISTS: Final = ("companies", "relationships")

_IDS: Final = (*RELATIONSHIP_PERSON_KEY, "Company_Person_ID")
_POINTS_AT: Final = {"Company_ID": "company", "Relationship_ID": "relationship"}
_NOT_RESOLVED: Final = "ResolveLookupService source lookup field not resolved"


def upsert_record(rows: Rows, given: Any, number: int) -> dict[str, Any]:
    """Write one record and return its element of the reply; ``number`` counts from 1.

    FAILURE: neither the person nor an association was stored. PARTIAL_SUCCESS: the person was
    stored, some association was not. SUCCESS: all were stored. Two records of one person in a
    request are two updates: the samples refuse a repeated key only if the person is missing.
    """
    written = write(rows, given)
    status = "PARTIAL_SUCCESS" if written.details else "SUCCESS"
    error = {"error": {"rowNum": number, "details": written.details}} if written.details else {}
    return {
        **error,
        "record": written.echo,
        "messageId": str(number),
        "rowNumber": number,
        "operationStatus": status if written.gsid else "FAILURE",
    }


def objects_in(records: Iterable[Any]) -> int:
    """Return how many records and associations there are.

    >>> objects_in([{"companies": [{"relationships": [{}, {}]}]}, {}])
    5
    """
    count = 0
    for row in records:
        lists = [nested_list(row, name) for name in _LISTS]
        count += 1 + sum(objects_in(below) for below in lists if isinstance(below, list))
    return count


class Result(NamedTuple):
    """Outcome of one record.

    Attributes:
        echo: the record as the reply shows it.
        details: its errors.
        own: how many of the details are about the person; these come first.
        gsid: the person who was stored, or the person of a stored association; else None.
    """

    echo: dict[str, Any]
    details: list[Detail]
    own: int
    gsid: str | None


def write(rows: Rows, given: Any) -> Result:
    """Store the valid parts of one record.

    A record without fields of a person, whose rows have a Person_ID, holds only associations:
    "Upsert API with only Company and Relationship Lookup".
    """
    own = own_fields("person", given, _LISTS) if isinstance(given, dict) else {}
    if not own and _has_person_id(given):
        lists, below = upsert_associations(rows, given, {})
        return Result(lists, below, 0, _person_of(lists))
    person = _person(rows, own) if given and isinstance(given, dict) else _NOBODY
    lists, below = upsert_associations(rows, given, {"Person_ID": person.gsid})
    details = [*person.details, *below]
    return Result({**lists, **person.echo}, details, len(person.details), person.gsid)


def _has_person_id(given: Any) -> bool:
    """Return whether an association of a record names its person."""
    lists = [nested_list(given, name) for name in _LISTS]
    each = [row for rows in lists if isinstance(rows, list) for row in rows]
    return any(isinstance(row, dict) and not is_blank(row.get("Person_ID")) for row in each)


def _person_of(lists: dict[str, list[dict[str, Any]]]) -> str | None:
    """Return the person of the first association that was stored."""
    top = [row for rows in lists.values() for row in rows]
    each = [*top, *(row for one in top for row in one.get("relationships", ()))]
    return next((row["Person_ID"] for row in each if "Gsid" in row), None)


class _Person(NamedTuple):
    echo: dict[str, Any]
    details: list[Detail]
    gsid: str | None = None


_NOBODY: Final = _Person({}, [no_row_detail()])


def _person(rows: Rows, own: dict[str, Any]) -> _Person:
    gsid = own.get("Gsid")
    if is_blank(gsid):
        before = person_with_key(rows, own)
    else:
        before = rows.get("person", as_text(gsid)) if is_id(as_text(gsid)) else None
    details = field_details(rows.known("person"), own)
    details += _identity_details(rows, own, before)
    full = with_defaults("person", own, rows, before)
    stored = None if details else _store(rows, full, before)
    return _Person(echo(full, stored), details, stored.gsid if stored else None)


def person_with_key(rows: Rows, fields: Mapping[str, Any]) -> Row | None:
    """Return the person with the resolution key of these fields."""
    names = rows.tenant.key
    return rows.by_key(person_index(rows, fields), names, key_of(map(fields.get, names)))


def person_index(rows: Rows, fields: Mapping[str, Any]) -> Index:
    """Return the index of a person with these fields."""
    names, email = rows.tenant.key, fields.get("Email")
    key = None if "Email" in names else key_of(map(fields.get, names))
    return Index("person", key, None if is_blank(email) else as_text(email).casefold())


def _identity_details(rows: Rows, own: Mapping[str, Any], before: Row | None) -> list[Detail]:
    gsid = own.get("Gsid")
    if is_blank(gsid):
        missing = key_detail(rows.tenant.key, own)
        return [missing] if missing else []
    # A GSID may identify a person instead of the key. The page does not say what happens if the
    # GSID is unknown, or if another person has the key.
    if before is None:
        return [unresolved_detail("Gsid", gsid)] if is_id(as_text(gsid)) else []
    merged = {**before.fields, **_sent(rows, own)}
    owner = person_with_key(rows, merged)
    taken = owner is not None and owner.gsid != before.gsid
    return [repeated_detail(rows.tenant.key, merged)] if taken else []


def _store(rows: Rows, full: Mapping[str, Any], before: Row | None) -> Row:
    sent = _sent(rows, full)
    merged = {**before.fields, **sent} if before else sent
    return rows.put(person_index(rows, merged), sent, before)


def _sent(rows: Rows, own: Mapping[str, Any]) -> dict[str, str]:
    return sent_fields(rows.known("person"), own)


class _Association(NamedTuple):
    """An association object: its name, its resolution key, the name of its list."""

    kind: str
    key: tuple[str, ...]
    rows: str


_COMPANY = _Association("company_person", COMPANY_PERSON_KEY, "companies")
_RELATIONSHIP = _Association("relationship_person", RELATIONSHIP_PERSON_KEY, "relationships")


class _RowResult(NamedTuple):
    """Outcome of one association row.

    Attributes:
        given: the row of the request.
        echo: the row as the reply shows it.
        details: its errors.
        below: the ids that its relationship rows inherit.
    """

    given: Any
    echo: dict[str, Any]
    details: list[Detail]
    below: dict[str, Any]


def upsert_associations(
    rows: Rows, given: Any, above: Mapping[str, Any]
) -> tuple[dict[str, Any], list[Detail]]:
    """Store a person's associations; return the echoed lists and their errors.

    above: the ids that the rows inherit. Person_ID is the GSID of the stored person. If it is
        None, the person was refused: nothing is stored, and each row says that Person_ID is
        missing. Without it, each row has a Person_ID of its own.
    """
    companies, details = _each(rows, _COMPANY, nested_list(given, "companies"), above)
    lists: dict[str, Any] = {}
    seen: set[str] = set()
    if companies is not None:
        lists["companies"] = [done.echo for done in companies]
    for done in companies or ():
        below = nested_list(done.given, "relationships")
        nested, wrong = _each(rows, _RELATIONSHIP, below, done.below, seen)
        details += wrong
        if nested is not None:
            done.echo["relationships"] = [one.echo for one in nested]
    alone, wrong = _each(rows, _RELATIONSHIP, nested_list(given, "relationships"), above, seen)
    if alone is not None:
        lists["relationships"] = [done.echo for done in alone]
    return lists, details + wrong


def _each(
    rows: Rows, of: _Association, given: Any, above: Mapping[str, Any], seen: set[str] | None = None
) -> tuple[list[_RowResult] | None, list[Detail]]:
    if given is None:
        return None, []
    if not isinstance(given, list):
        return [], [no_row_detail(of.rows)]
    keys = set() if seen is None else seen
    done = [_row(rows, of, row, above, keys) for row in given]
    return done, [detail for one in done for detail in one.details]


def _row(
    rows: Rows, of: _Association, given: Any, above: Mapping[str, Any], seen: set[str]
) -> _RowResult:
    if not isinstance(given, dict) or not given:
        return _RowResult(given, {}, [no_row_detail(of.rows)], dict(above))
    own = _inherited(rows, of, own_fields(of.kind, given, ("relationships",)), above)
    key = key_of(map(own.get, of.key))
    index = _index(of, own)
    before = rows.by_key(index, of.key, key)
    details = field_details(rows.known(of.kind), own)
    details += _id_details(rows, own, above)
    details += _key_details(of, own, seen) if key is None else []
    if not details and "Company_Person_ID" in above and not above["Company_Person_ID"]:
        details = [no_parent_detail()]
    full = with_defaults(of.kind, own, rows, before)
    sent = {} if details else sent_fields(rows.known(of.kind), full)
    stored = None if details else rows.put(index, sent, before)
    # An earlier call may have stored the company row that fails now: its relationships are valid.
    parent = stored or before
    below = {"Person_ID": own.get("Person_ID"), **above, "Company_ID": own.get("Company_ID")}
    below["Company_Person_ID"] = parent.gsid if parent else None
    return _RowResult(given, echo(full, stored), details, below)


def _index(of: _Association, own: Mapping[str, Any]) -> Index:
    return Index(of.kind, None, as_text(own.get("Person_ID")).casefold())


def _inherited(
    rows: Rows, of: _Association, own: dict[str, Any], above: Mapping[str, Any]
) -> dict[str, Any]:
    """Add the ids that a row inherits; a person who was not stored has no id."""
    full = {**own, **{name: value for name, value in above.items() if is_blank(own.get(name))}}
    if "Person_ID" in above and above["Person_ID"] is None:
        full["Person_ID"] = None
    if of is _RELATIONSHIP and "Company_Person_ID" not in above:
        return _with_company(rows, full)
    return full


def _with_company(rows: Rows, own: dict[str, Any]) -> dict[str, Any]:
    """Add the company to a relationship row outside a company, from the relationship's record."""
    named = str(own.get("Relationship_ID"))
    record = rows.get("relationship", named) if is_id(named) else None
    if record is not None and is_blank(own.get("Company_ID")):
        own = {**own, "Company_ID": record.fields.get("Company_ID")}
    key = key_of(map(own.get, COMPANY_PERSON_KEY))
    parent = rows.by_key(_index(_COMPANY, own), COMPANY_PERSON_KEY, key)
    if parent is not None and is_blank(own.get("Company_Person_ID")):
        return {**own, "Company_Person_ID": parent.gsid}
    return own


def _id_details(rows: Rows, own: Mapping[str, Any], above: Mapping[str, Any]) -> list[Detail]:
    # The page does not mention unknown ids, or ids that differ from those of the row above. It
    # has one code for an invalid id.
    return [
        unresolved_detail(name, own[name])
        for name in _IDS
        if name in own
        and not (name not in _POINTS_AT and own[name] == above.get(name))
        and _well_formed(own[name])
        and not _exists(rows, name, own[name], above)
    ]


def _well_formed(value: Any) -> bool:
    return isinstance(value, str) and is_id(value)


def _exists(rows: Rows, name: str, value: str, above: Mapping[str, Any]) -> bool:
    if _well_formed(above.get(name)) and value != above[name]:
        return False
    if name == "Person_ID" and name not in above:
        return rows.get("person", value) is not None
    return name not in _POINTS_AT or rows.knows(_POINTS_AT[name], value)


def _key_details(of: _Association, own: Mapping[str, Any], seen: set[str]) -> list[Detail]:
    missing = key_detail(of.key, own)
    if missing is None:
        return []
    parts = key_of(own.get(name) for name in of.key if name != "Person_ID")
    if not is_blank(own.get("Person_ID")) or parts is None:
        return [missing]
    if parts not in seen:
        seen.add(parts)
        return [missing]
    # The samples have this detail before the row's own one for companies, else after it.
    repeated = repeated_detail(of.key, own)
    return [repeated, missing] if of is _COMPANY else [missing, repeated]


def upsert_single(rows: Rows, record: Any) -> dict[str, Any]:
    """Store one record as a whole or not at all, and return the ``data`` of its reply.

    The record holds its own ``lookups``. Raises RefusalError if they are invalid.
    """
    lookups, given = _without_lookups(record)
    wanted = read_lookups(rows, lookups, SINGLE_MARKER)
    rows.connection.execute("SAVEPOINT record")
    written = write(rows, resolve(rows, wanted, given))
    if written.details:
        rows.connection.execute("ROLLBACK TO record")
    rows.connection.execute("RELEASE record")
    if not written.details:
        return {"status": "SUCCESS", "personGsid": written.gsid}
    # Most errors below an invalid person follow from it, so only the person's are returned.
    return _failure(written.details[: written.own] or written.details)


def upsert_single_queued(rows: Rows, record: Any) -> dict[str, Any]:
    """Store one record of a job; invalid lookups fail only this record."""
    try:
        return upsert_single(rows, record)
    except RefusalError as refusal:
        return {"status": "FAILURE", "errors": [_error(None, [], refusal.code, refusal.text)]}


def _without_lookups(record: Any) -> tuple[Any, Any]:
    if not isinstance(record, dict):
        return None, record
    given = {name: value for name, value in record.items() if name.casefold() != "lookups"}
    return next((v for k, v in record.items() if k.casefold() == "lookups"), None), given


def _failure(details: list[Detail]) -> dict[str, Any]:
    errors: list[dict[str, Any]] = []
    for detail in details:
        # A relationship inherits the company that was not found: one error is enough.
        errors += [error for error in _errors(detail) if error not in errors]
    return {"status": "FAILURE", "errors": errors}


def _errors(detail: Mapping[str, Any]) -> list[dict[str, Any]]:
    name: str = detail.get("fieldName") or ""
    values = detail.get("values") or {}
    value = values.get(name)
    if isinstance(value, dict) and "lookupData" in value:
        return [_error(name, [value["lookupData"]], value["errorCode"], _NOT_RESOLVED)]
    # The value of a key is the parts of it that are not blank.
    shown = value if isinstance(value, dict) and ("," in name or not value) else values
    values_shown = [shown] if shown else []
    return [
        _error(name or None, values_shown, one["code"], one["message"]) for one in detail["errors"]
    ]


def _error(name: str | None, invalid: list[Any], code: str, message: str) -> dict[str, Any]:
    return {"field": name, "invalidValue": invalid, "errorCode": code, "errorMessage": message}

"""One person with their associations, written by the rules of the bulk call.

The statuses, the order of details and what an echo holds follow the samples of "People APIs -
Bulk", page "People API Documentation", read 2026-11; where they are silent a comment says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, NamedTuple

from gsprep.sandbox.associations import associate
from gsprep.sandbox.flaws import as_text, is_blank
from gsprep.sandbox.ids import is_id
from gsprep.sandbox.rows import Place, key_of
from gsprep.sandbox.rules import (
    Detail,
    field_details,
    key_detail,
    no_row_detail,
    repeated_detail,
    unresolved_detail,
)
from gsprep.sandbox.writing import echo, own_fields, part, sent_fields, with_defaults

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from gsprep.sandbox.rows import Row, Rows

_LISTS: Final = ("companies", "relationships")


def upsert_record(rows: Rows, given: Any, number: int) -> dict[str, Any]:
    """Write one record and return its element of the reply; ``number`` counts from 1.

    FAILURE: the person was not stored, and nothing below. PARTIAL_SUCCESS: the person was, some
    association was not. SUCCESS: all were. Two records of one person in a request are two
    updates: the samples refuse a repeated key only where the person is missing.
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
        lists = [part(row, name) for name in _LISTS]
        count += 1 + sum(objects_in(below) for below in lists if isinstance(below, list))
    return count


class Written(NamedTuple):
    """What became of a record.

    Attributes:
        echo: the record as the service shows it.
        details: what was wrong; the first ``own`` of them with the person, the rest below.
        gsid: the person who was stored, or whom a stored association names; None without one.
    """

    echo: dict[str, Any]
    details: list[Detail]
    own: int
    gsid: str | None


def write(rows: Rows, given: Any) -> Written:
    """Write one record as far as it can be.

    A record without a field of the person, whose rows name a Person_ID, is about associations
    alone: "Upsert API with only Company and Relationship Lookup".
    """
    if _names_no_person(given):
        lists, below = associate(rows, given, {})
        return Written(lists, below, 0, _named(lists))
    person = _person(rows, given)
    lists, below = associate(rows, given, {"Person_ID": person.gsid})
    details = [*person.details, *below]
    return Written({**lists, **person.echo}, details, len(person.details), person.gsid)


def _names_no_person(given: Any) -> bool:
    if not isinstance(given, dict) or own_fields("person", given, _LISTS):
        return False
    lists = [part(given, name) for name in _LISTS]
    each = [row for rows in lists if isinstance(rows, list) for row in rows]
    return any(isinstance(row, dict) and not is_blank(row.get("Person_ID")) for row in each)


def _named(lists: dict[str, list[dict[str, Any]]]) -> str | None:
    """Return the person of the first association that was stored."""
    top = [row for rows in lists.values() for row in rows]
    each = [*top, *(row for one in top for row in one.get("relationships", ()))]
    return next((row["Person_ID"] for row in each if "Gsid" in row), None)


class _Person(NamedTuple):
    echo: dict[str, Any]
    details: list[Detail]
    gsid: str | None = None


def _person(rows: Rows, given: Any) -> _Person:
    if not isinstance(given, dict) or not given:
        return _Person({}, [no_row_detail()])
    own = own_fields("person", given, _LISTS)
    before = _before(rows, own)
    details = field_details("person", own, rows.tenant.own_fields("person"))
    details += _identity_details(rows, own, before)
    full = with_defaults("person", own, rows, before)
    stored = None if details else _store(rows, full, before)
    return _Person(echo(full, stored), details, stored.gsid if stored else None)


def _before(rows: Rows, own: Mapping[str, Any]) -> Row | None:
    gsid = own.get("Gsid")
    if is_blank(gsid):
        return rows.by_key("person", _key(rows, own))
    return rows.get("person", as_text(gsid)) if is_id(as_text(gsid)) else None


def _key(rows: Rows, fields: Mapping[str, Any]) -> str | None:
    return key_of(fields.get(name) for name in rows.tenant.key)


def _identity_details(rows: Rows, own: Mapping[str, Any], before: Row | None) -> list[Detail]:
    gsid = own.get("Gsid")
    if is_blank(gsid):
        missing = key_detail(rows.tenant.key, own)
        return [missing] if missing else []
    # A person may be named by GSID instead of the key. What happens when it is unknown, or when
    # the key is another person's, is not documented.
    if before is None:
        return [unresolved_detail("Gsid", gsid)] if is_id(as_text(gsid)) else []
    merged = {**before.fields, **_sent(rows, own)}
    owner = rows.by_key("person", _key(rows, merged))
    taken = owner is not None and owner.gsid != before.gsid
    return [repeated_detail(rows.tenant.key, merged)] if taken else []


def _store(rows: Rows, full: Mapping[str, Any], before: Row | None) -> Row:
    sent = _sent(rows, full)
    merged = {**(before.fields if before else {}), **sent}
    email = merged.get("Email", "").casefold() or None
    return rows.put(Place("person", _key(rows, merged), email), sent, before)


def _sent(rows: Rows, own: Mapping[str, Any]) -> dict[str, str]:
    return sent_fields("person", own, rows.tenant.own_fields("person"))

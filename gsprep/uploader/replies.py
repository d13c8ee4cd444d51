"""Replies of the People API as values.

Shape: page "People API Documentation", "Get a Person Record".

HTTP 200 and ``"result": true`` say nothing: every record may have failed. The shapes stand in the
People API documentation, sample responses of the single upsert, the asynchronous one and the bulk.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from gsprep.calls.endpoints import only_code
from gsprep.calls.json_types import (
    as_count,
    as_message,
    as_object,
    as_records,
    as_text,
    data_of,
    id_text,
    opened,
    records_in,
    respelled,
    texts_in,
)
from gsprep.errors import ReplyError
from gsprep.uploader.echo_match import Answered, Keys, echo_of
from gsprep.values.ids import is_gsid

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence


@dataclass(frozen=True, slots=True)
class Reference:
    """A record of another object.

    Attributes:
        id: its Gsid.
        name: its name, "" where the service gives none.
    """

    id: str
    name: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class StoredAssociation:
    """A company_person or relationship_person; what the service does not say is "" or None.

    Attributes:
        gsid: its own Gsid.
        company, relationship, person: what it joins.
        relationships: those below a company.
        raw: the service's own JSON.
    """

    gsid: str
    company: Reference | None
    relationship: Reference | None
    person: Reference | None
    relationships: tuple[StoredAssociation, ...]
    raw: Mapping[str, Any] = field(repr=False)


@dataclass(frozen=True, slots=True)
class StoredPerson:
    """A person with all associations.

    Attributes:
        gsid: the person's Gsid.
        email: the e-mail address, "" without one.
        name: the full name, "" without one.
        companies: the company_persons, each with its relationship_persons.
        relationships: relationship_persons outside a company.
        request_id: the service's name for the call, "" when it gave none.
        raw: the service's own JSON: every field by its name in lower case.
    """

    gsid: str
    email: str = field(repr=False)
    name: str = field(repr=False)
    companies: tuple[StoredAssociation, ...]
    relationships: tuple[StoredAssociation, ...]
    request_id: str = field(compare=False)
    raw: Mapping[str, Any] = field(repr=False)


def read_person(body: object, request_id: str) -> StoredPerson | None:
    """Return the person of a reply, None when it holds none.

    Who has no Gsid is no person: a reply that says anything else in that place is an error.
    """
    data = data_of(_in_lower_case(body) if isinstance(body, dict) else body)
    if isinstance(data, list) and len(data) <= 1:
        data = data[0] if data else None
    if data is None or data == "":
        return None
    if not isinstance(data, dict):
        raise ReplyError("the service's reply is not one person")
    if not any(data.values()):
        return None
    said = _in_lower_case(data)
    gsid = id_text(said.get("gsid"))
    if not gsid:
        raise ReplyError("the service's reply is not one person: it has no Gsid")
    return StoredPerson(
        gsid=gsid,
        email=as_text(said.get("email")),
        name=as_text(said.get("name")),
        companies=_associations(said.get("companies")),
        relationships=_associations(said.get("relationships")),
        request_id=request_id,
        raw=data,
    )


def _in_lower_case(raw: Mapping[str, Any]) -> dict[str, Any]:
    return {name.lower(): value for name, value in raw.items()}


def _associations(value: object) -> tuple[StoredAssociation, ...]:
    return tuple(map(_association, as_records(value)))


def _association(value: object) -> StoredAssociation:
    raw = as_object(value)
    said = _in_lower_case(raw)
    return StoredAssociation(
        gsid=id_text(said.get("gsid")),
        company=_reference(said.get("company_id")),
        relationship=_reference(said.get("relationship_id")),
        person=_reference(said.get("person_id")),
        relationships=_associations(said.get("relationships")),
        raw=raw,
    )


def _reference(value: object) -> Reference | None:
    if not isinstance(value, dict):
        return Reference(text, "") if (text := id_text(value)) else None
    said = _in_lower_case(value)
    return Reference(id_text(said.get("id")), as_text(said.get("name"))) if value else None


Status = Literal["SUCCESS", "PARTIAL_SUCCESS", "FAILURE"]


@dataclass(frozen=True, slots=True)
class Echo:
    """One association as the service echoed it; an id that is missing or no text is "".

    Attributes:
        company_id: the company it joins.
        relationship_id: the relationship it joins.
        gsid: its own Gsid.
        relationships: the associations with relationships below a company.
        values: all its fields that are text.
    """

    company_id: str
    relationship_id: str
    gsid: str
    relationships: tuple[Echo, ...] = ()
    values: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Detail:
    """One thing the service found wrong.

    Attributes:
        fields: the fields it names, none when it names none.
        values: what those fields held, as far as it was text.
        errors: code and message of each error; what is no code is cut out in its place.
    """

    fields: tuple[str, ...]
    values: Mapping[str, str] = field(repr=False)
    errors: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class RecordReply:
    """Reply to one record.

    Attributes:
        number: its place in the call, from 1.
        status: None when the service's word is not known: neither success nor failure.
        gsid: the person's, "" when the service gave none.
        companies, relationships: the associations as echoed.
        details: what was wrong.
        echoes: whether this kind of reply echoes associations at all; one that does not stores
            a record with all of them or not at all.
        request_id: the service's name for a call with this record alone, else "".
        raw: the service's own JSON; they hold personal data and are not shown.
    """

    number: int
    status: Status | None
    gsid: str
    companies: tuple[Echo, ...] = ()
    relationships: tuple[Echo, ...] = ()
    details: tuple[Detail, ...] = ()
    echoes: bool = True
    request_id: str = ""
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Counts:
    """How many records a call or a job had, as the service counted; None where it did not say.

    Attributes:
        total: all records.
        stored: those that were stored.
        refused: those that were not.
        partial: those that were stored without some of their associations.
    """

    total: int | None
    stored: int | None
    refused: int | None
    partial: int | None


@dataclass(frozen=True, slots=True)
class BulkReply:
    """Replies to the records of one call.

    Attributes:
        records: the reply to each record, in the order they were sent.
        counts: how many records were stored and refused.
        request_id: the service's name for the call, "" when it gave none.
        raw: the service's own JSON.
    """

    records: tuple[RecordReply, ...]
    counts: Counts
    request_id: str
    raw: Mapping[str, Any] = field(default_factory=dict, repr=False)


def read_bulk_reply(
    body: object, sent: Sequence[Mapping[str, object]], request_id: str = ""
) -> BulkReply:
    """Return one reply for each record sent, in the order of ``sent``.

    ``sent`` are the records' own fields. Raises ReplyError when a record is answered twice or not
    at all, when a row is not ours, or when the echoed person is not the one that was sent.
    """
    found = dict(placed(body, Keys.of(sent)))
    records = tuple(read_record(found[at], at + 1) for at in range(len(sent)))
    return BulkReply(records, read_counts(opened(body)[1]), request_id, as_object(body))


def placed(body: object, sent: Keys) -> Iterator[tuple[int, Mapping[str, Any]]]:
    """Yield what the reply to a call says of each record, with its place among those sent.

    Raises ReplyError at the end as ``read_bulk_reply`` does.
    """
    elements = records_in(opened(body)[0])
    answered = Answered(sent)
    yield from answered.take(list(map(as_object, elements)))
    if answered.missing or answered.doubtful or answered.strange:
        raise answered.error("the replies to a call")


def read_counts(raw: Mapping[str, Any]) -> Counts:
    """Return the counts of a call, a chunk or a job: the last names two of them otherwise."""
    total = as_count(raw.get("totalCount", raw.get("totalRecords")))
    partial = as_count(raw.get("partialSuccessCount", raw.get("partialRecords")))
    return Counts(
        total, as_count(raw.get("successCount")), as_count(raw.get("failureCount")), partial
    )


def total_of(counts: Counts) -> int | None:
    """Return how many records there were, counted or added up; None where that is not said.

    >>> total_of(Counts(None, 2, 1, None))
    3
    """
    if counts.total is not None or counts.stored is None or counts.refused is None:
        return counts.total
    return counts.stored + counts.refused + (counts.partial or 0)


def read_record(element: Mapping[str, Any], number: int) -> RecordReply:
    """Return what a bulk reply or a chunk says of a record."""
    echo = echo_of(element)
    if not {"Gsid", "companies"} <= echo.keys():
        echo = respelled(echo)
    return RecordReply(
        number=number,
        status=_status(element),
        gsid=id_text(echo.get("Gsid")) or _gsid_in(echo, element),
        companies=_echoes(echo.get("companies")),
        relationships=_echoes(echo.get("relationships")),
        details=_details(_wrong(element)),
        raw=element,
    )


def _gsid_in(*places: Mapping[str, Any]) -> str:
    """Return the Gsid of a person under another name or next to the echo, "" if there is none."""
    named = [place.get(name) for place in places for name in ("Gsid", "personGsid", "Person_ID")]
    ids = [one for name in ("id", "Id", "ID") if is_gsid(one := id_text(places[0].get(name)))]
    return next(filter(None, [*map(id_text, named), *ids]), "")


def _wrong(element: Mapping[str, Any]) -> object:
    """Return what a reply says was wrong with a record, in the documented place or near it."""
    error = element.get("error")
    details = error.get("details") if isinstance(error, dict) else error
    alone = error if isinstance(error, dict) and any(_code_and_message(error)) else None
    own = element if element.get("errorCode") or element.get("errorMessage") else None
    return details or alone or element.get("errors") or own


def alone(body: object) -> object:
    """Return what a reply says of its one record, which may be the only one of a list."""
    found, _ = opened(body[0] if isinstance(body, list) and len(body) == 1 else body)
    return found[0] if isinstance(found, list) and len(found) == 1 else found


def read_upsert_reply(data: object, number: int = 1, request_id: str = "") -> RecordReply:
    """Return what the single upsert, or the status of an asynchronous one, says of a record.

    A record in the shape of a bulk reply is read as such.
    """
    raw = as_object(data)
    if "operationStatus" in raw:
        return read_record(raw, number)
    return RecordReply(
        number=number,
        status=_status(raw),
        gsid=id_text(raw.get("personGsid") or raw.get("Gsid")),
        details=_details(raw.get("errors")),
        echoes=False,
        request_id=request_id,
        raw=raw,
    )


# The three statuses, and words of other services for them.
_STATUSES: Mapping[str, Status] = {
    "SUCCESS": "SUCCESS", "PARTIAL_SUCCESS": "PARTIAL_SUCCESS", "FAILURE": "FAILURE",
    "CREATED": "SUCCESS", "INSERTED": "SUCCESS", "OK": "SUCCESS", "SUCCEEDED": "SUCCESS",
    "SUCCESSFUL": "SUCCESS", "UPDATED": "SUCCESS", "UPSERTED": "SUCCESS", "ERROR": "FAILURE",
    "FAILED": "FAILURE", "REJECTED": "FAILURE", "PARTIAL": "PARTIAL_SUCCESS",
    "PARTIALLY_SUCCESSFUL": "PARTIAL_SUCCESS", "PARTIALLY_SUCCEEDED": "PARTIAL_SUCCESS",
    "TRUE": "SUCCESS", "FALSE": "FAILURE",
}  # fmt: skip


_HTTP = re.compile(r"20[0-4]|4[0-9]{2}")


def word_of(value: object) -> str:
    """Return a word of the service in capitals, its parts joined by underscores.

    >>> word_of("Partial success"), word_of(None)
    ('PARTIAL_SUCCESS', '')
    """
    return re.sub(r"[\s-]+", "_", as_text(value).strip()).upper()


def _status(element: Mapping[str, Any]) -> Status | None:
    value = element.get("operationStatus", element.get("status", element.get("success")))
    word = str(value) if isinstance(value, bool) else id_text(value)
    # Some services reply an HTTP status for each record.
    of_http = {"2": "OK", "4": "FAILED"}.get(word[:1], "") if _HTTP.fullmatch(word) else word
    return _STATUSES.get(word) or _STATUSES.get(word_of(of_http))


def _echoes(value: object) -> tuple[Echo, ...]:
    """Return the associations of an echo; what is no object says nothing of any."""
    found = as_records(value) if isinstance(value, list | dict) else []
    return tuple(_echo(entry) for entry in found if isinstance(entry, dict))


def _echo(entry: Mapping[str, Any]) -> Echo:
    return Echo(
        company_id=as_text(entry.get("Company_ID")),
        relationship_id=as_text(entry.get("Relationship_ID")),
        gsid=id_text(entry.get("Gsid")),
        relationships=_echoes(entry.get("relationships")),
        values=texts_in(entry),
    )


def _several(value: object) -> Iterator[object]:
    """Yield what a list has, nested lists included; anything else alone, and nothing of null."""
    if isinstance(value, list):
        for one in value:
            yield from _several(one)
    elif value is not None:
        yield value


def _details(value: object) -> tuple[Detail, ...]:
    """Return the errors of a record; how they are written does not change its outcome."""
    return tuple(map(_detail, _several(value)))


def _detail(element: object) -> Detail:
    if not isinstance(element, dict):
        return Detail((), {}, (_code_and_message(element),))
    errors = tuple(map(_code_and_message, _several(element.get("errors", element))))
    names = _several(element.get("fieldName") or element.get("field"))
    fields = [part.strip() for name in names for part in as_text(name).split(",") if part.strip()]
    # A composite key is one name for an object of its parts.
    of_key = element.get("values")
    if len(fields) > 1 and isinstance(of_key, dict):
        of_key = of_key.get(element.get("fieldName"))
    held: dict[str, object] = {}
    for row in _several([of_key, element.get("invalidValue")]):
        held |= row if isinstance(row, dict) else {}
    # A lookup that found nothing shows its code where the id would stand.
    codes = {code for code, _ in errors}
    values = {name: value for name, value in texts_in(held).items() if value not in codes}
    return Detail(tuple(fields), values, errors)


def _code_and_message(error: object) -> tuple[str, str]:
    if not isinstance(error, dict):
        return "", as_message(error)
    code = as_text(error.get("errorCode") or error.get("code"))
    return only_code(code), as_message(error.get("errorMessage") or error.get("message"))

"""Replies of the People API as values.

Shape: page "People API Documentation", "Get a Person Record".

HTTP 200 and ``"result": true`` say nothing: every record may have failed. The shapes stand in the
People API documentation, sample responses of the single upsert, the asynchronous one and the bulk.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

from gsprep.calls.error_codes import only_code
from gsprep.calls.json_types import as_count, as_list, as_message, as_object, as_text, texts_in
from gsprep.errors import ReplyError
from gsprep.uploader.echo_match import Keys

if TYPE_CHECKING:
    from collections.abc import Container, Mapping, Sequence


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
    data = body.get("data") if isinstance(body, dict) else body
    if isinstance(data, list) and len(data) <= 1:
        data = data[0] if data else None
    if data is None or data == "":
        return None
    if not isinstance(data, dict):
        raise ReplyError("the service's reply is not one person")
    if not any(data.values()):
        return None
    gsid = as_text(data.get("gsid") or data.get("Gsid"))
    if not gsid:
        raise ReplyError("the service's reply is not one person: it has no Gsid")
    return StoredPerson(
        gsid=gsid,
        email=as_text(data.get("email")),
        name=as_text(data.get("name")),
        companies=_associations(data.get("companies")),
        relationships=_associations(data.get("relationships")),
        request_id=request_id,
        raw=data,
    )


def _associations(value: object) -> tuple[StoredAssociation, ...]:
    return tuple(map(_association, as_list(value)))


def _association(value: object) -> StoredAssociation:
    raw = as_object(value)
    return StoredAssociation(
        gsid=as_text(raw.get("gsid")),
        company=_reference(raw.get("company_id")),
        relationship=_reference(raw.get("relationship_id")),
        person=_reference(raw.get("person_id")),
        relationships=_associations(raw.get("relationships")),
        raw=raw,
    )


def _reference(value: object) -> Reference | None:
    if isinstance(value, str):
        return Reference(as_text(value), "") if value else None
    raw = as_object(value)
    return Reference(as_text(raw.get("Id")), as_text(raw.get("name"))) if raw else None


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
    raw = as_object(body)
    found = placed(body, Keys.of(sent))
    records = tuple(read_record(element, at + 1) for at, element in sorted(found, key=_at))
    return BulkReply(records, read_counts(as_object(raw.get("data"))), request_id, raw)


def placed(body: object, sent: Keys) -> list[tuple[int, Mapping[str, Any]]]:
    """Return what the reply to a call says of each record, with its place among those sent.

    Raises ReplyError as ``read_bulk_reply`` does.
    """
    elements = as_list(as_object(as_object(body).get("data")).get("records"))
    if len(elements) == len(sent) and _are_nameless(elements, sent):
        return _by_address(elements, sent)
    found: dict[int, Mapping[str, Any]] = {}
    for element in map(as_object, elements):
        number = _number_of(element, found, sent)
        found[number - 1] = element
    if missing := len(sent) - len(found):
        raise ReplyError(f"the reply leaves out {missing} record(s) of its batch")
    return list(found.items())


def _at(found: tuple[int, object]) -> int:
    return found[0]


class NamelessError(ReplyError):
    """The records of a reply are all without the number or the address that tells whose each is."""


def _are_nameless(elements: Sequence[Any], sent: Keys) -> bool:
    """Return whether a service numbers records differently, or never echoes the Email."""
    raw = list(map(as_object, elements))
    numbers = [as_count(one.get("rowNumber")) for one in raw]
    if numbers.count(None) == len(numbers) or set(numbers) == set(range(len(numbers))):
        return True
    echoes = [as_object(one.get("record")) for one in raw if one.get("record")]
    return None not in sent.emails and bool(echoes) and not any(map(_has_email, echoes))


def _by_address(elements: Sequence[Any], sent: Keys) -> list[tuple[int, Mapping[str, Any]]]:
    """Return each record with the place of the one person whose address it echoes."""
    found = {sent.place_of(element): element for element in map(as_object, elements)}
    placed = [(at, element) for at, element in found.items() if at is not None]
    if len(placed) < len(sent):
        raise NamelessError(
            "no record of the reply says which person it is about, by number and Email: send "
            "these people again with `--mode single`"
        )
    return placed


def _has_email(echo: Mapping[str, Any]) -> bool:
    return bool(echo.get("Email"))


def _number_of(element: Mapping[str, Any], found: Container[int], sent: Keys) -> int:
    """Return the number of a reply, counted from 1, if it is new and about who was sent."""
    number = as_count(element.get("rowNumber"))
    if number is None or not 1 <= number <= len(sent):
        raise ReplyError("the reply has a row that was not sent")
    if number - 1 in found:
        raise ReplyError(f"the reply has record {number} of its batch twice")
    if not sent.are_of(element, number - 1):
        raise ReplyError(f"the reply to record {number} of its batch is about another person")
    return number


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
    echo = as_object(element.get("record"))
    return RecordReply(
        number=number,
        status=_status(element.get("operationStatus")),
        gsid=_gsid(echo.get("Gsid")),
        companies=_echoes(echo.get("companies")),
        relationships=_echoes(echo.get("relationships")),
        details=tuple(map(_detail, _wrong(element))),
        raw=element,
    )


def _wrong(element: Mapping[str, Any]) -> list[Any]:
    """Return what a reply says was wrong with a record, in the documented place or near it."""
    error = element.get("error")
    details = error.get("details") if isinstance(error, dict) else error
    alone = error if isinstance(error, dict) and any(_code_and_message(error)) else None
    places = (details, alone, element.get("errors"))
    found = next((place for place in places if place and isinstance(place, dict | list | str)), [])
    return found if isinstance(found, list) else [found]


def _gsid(value: object) -> str:
    return str(value) if type(value) is int else as_text(value)


def alone(body: object) -> object:
    """Return what a reply says of its one record, which may be the only one of a list."""
    raw = body[0] if isinstance(body, list) and len(body) == 1 else body
    data = as_object(raw).get("data")
    if isinstance(data, dict) and "status" not in data and isinstance(data.get("records"), list):
        data = data["records"]
    return data[0] if isinstance(data, list) and len(data) == 1 else data


def read_upsert_reply(data: object, number: int = 1, request_id: str = "") -> RecordReply:
    """Return what the single upsert, or the status of an asynchronous one, says of a record.

    A record in the shape of a bulk reply is read as such.
    """
    raw = as_object(data)
    if "operationStatus" in raw:
        return read_record(raw, number)
    return RecordReply(
        number=number,
        status=_status(raw.get("status")),
        gsid=as_text(raw.get("personGsid")),
        details=tuple(map(_classic_detail, as_list(raw.get("errors")))),
        echoes=False,
        request_id=request_id,
        raw=raw,
    )


def _status(word: object) -> Status | None:
    name = as_text(word).strip().upper()
    return cast("Status", name) if name in get_args(Status) else None


def _echoes(value: object) -> tuple[Echo, ...]:
    return tuple(map(_echo, as_list(value)))


def _echo(element: object) -> Echo:
    entry = as_object(element)
    return Echo(
        company_id=as_text(entry.get("Company_ID")),
        relationship_id=as_text(entry.get("Relationship_ID")),
        gsid=_gsid(entry.get("Gsid")),
        relationships=_echoes(entry.get("relationships")),
        values=texts_in(entry),
    )


def _detail(element: object) -> Detail:
    if isinstance(element, str):
        return Detail((), {}, (("", as_message(element)),))
    detail = as_object(element)
    if "errors" not in detail:
        return _classic_detail(detail)
    name = as_text(detail.get("fieldName"))
    held = as_object(detail.get("values"))
    # A composite key is one name for an object of its parts.
    parts = held.get(name) if "," in name else held
    return Detail(
        fields=_names(name),
        values=texts_in(parts if isinstance(parts, dict) else {}),
        errors=tuple(map(_code_and_message, _several(detail["errors"]))),
    )


def _several(value: object) -> list[Any]:
    """Return a list; one object alone is a list of it."""
    return [value] if isinstance(value, dict) else as_list(value)


def _code_and_message(error: object) -> tuple[str, str]:
    said = as_object(error)
    code = as_text(said.get("errorCode") or said.get("code"))
    return only_code(code), as_message(said.get("errorMessage") or said.get("message"))


def _classic_detail(element: object) -> Detail:
    detail = as_object(element)
    held: dict[str, object] = {}
    for row in map(as_object, as_list(detail.get("invalidValue"))):
        held |= row
    code, message = _code_and_message(detail)
    # A lookup that found nothing shows its code where the id would stand.
    values = {name: value for name, value in texts_in(held).items() if value != code}
    name = as_text(detail.get("field") or detail.get("fieldName"))
    return Detail(_names(name), values, ((code, message),))


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())

"""A bulk reply read strictly: each record sent is answered exactly once, or nothing is believed.

HTTP 200 and ``"result": true`` say nothing: every record may have failed. The shape stands in
the People API documentation, "People APIs - Bulk", sample responses.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, cast, get_args

from gsprep.errors import ReplyError
from gsprep.values.text import storable

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from gsprep.uploader.records import Record

Status = Literal["SUCCESS", "PARTIAL_SUCCESS", "FAILURE"]


@dataclass(frozen=True, slots=True)
class Echo:
    """One association as the service echoed it; an id that is missing or no text is ""."""

    company_id: str
    relationship_id: str
    gsid: str
    relationships: tuple[Echo, ...] = ()


@dataclass(frozen=True, slots=True)
class Detail:
    """One thing the service found wrong.

    Attributes:
        fields: the fields it names, none when it names none.
        values: what those fields held, as far as it was text.
        errors: code and message of each error.
    """

    fields: tuple[str, ...]
    values: Mapping[str, str]
    errors: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class RecordReply:
    """What became of one record; ``status`` is None when the service's word is not known."""

    status: Status | None
    gsid: str
    companies: tuple[Echo, ...]
    details: tuple[Detail, ...]


def read_bulk_reply(body: object, sent: Sequence[Record]) -> list[RecordReply]:
    """Return one reply for each record sent, in the order of ``sent``.

    Raises ReplyError when a record is answered twice or not at all, when a row is not ours, or
    when the echoed e-mail is not the one that was sent.
    """
    elements = _list(_dict(_dict(body).get("data")).get("records"))
    found: dict[int, RecordReply] = {}
    for element in map(_dict, elements):
        number = element.get("rowNumber")
        if not isinstance(number, int) or isinstance(number, bool) or not 1 <= number <= len(sent):
            raise ReplyError("the reply speaks of a row that was not sent")
        if number in found:
            raise ReplyError(f"the reply speaks twice of record {number} of its batch")
        found[number] = _record_reply(element, sent[number - 1], number)
    if len(found) < len(sent):
        raise ReplyError(f"the reply leaves out {len(sent) - len(found)} record(s) of its batch")
    return [found[number] for number in range(1, len(sent) + 1)]


def _record_reply(element: Mapping[str, Any], record: Record, number: int) -> RecordReply:
    echo = _dict(element.get("record"))
    if _comparable(echo.get("Email")) != _comparable(record.fields.get("Email")):
        raise ReplyError(f"the reply to record {number} of its batch is about another person")
    status = element.get("operationStatus")
    error = _dict(element.get("error"))
    return RecordReply(
        status=cast("Status", status) if status in get_args(Status) else None,
        gsid=_text(echo.get("Gsid")),
        companies=tuple(map(_echo, _list(echo.get("companies")))),
        details=tuple(map(_detail, _list(error.get("details")))),
    )


def _comparable(email: object) -> str:
    return _text(email).strip().lower()


def _echo(element: object) -> Echo:
    entry = _dict(element)
    return Echo(
        company_id=_text(entry.get("Company_ID")),
        relationship_id=_text(entry.get("Relationship_ID")),
        gsid=_text(entry.get("Gsid")),
        relationships=tuple(map(_echo, _list(entry.get("relationships")))),
    )


def _detail(element: object) -> Detail:
    detail = _dict(element)
    name = _text(detail.get("fieldName"))
    held = _dict(detail.get("values"))
    # A composite key is one name for an object of its parts.
    parts = held.get(name) if "," in name else held
    values = parts if isinstance(parts, dict) else {}
    return Detail(
        fields=tuple(part.strip() for part in name.split(",") if part.strip()),
        values={str(key): value for key, value in values.items() if isinstance(value, str)},
        errors=tuple(
            (_text(error.get("code")), _text(error.get("message")))
            for error in map(_dict, _list(detail.get("errors")))
        ),
    )


def _text(value: object) -> str:
    return storable(value) if isinstance(value, str) else ""


def _dict(value: object) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise ReplyError("the reply does not have the shape of a bulk reply")
    return value


def _list(value: object) -> list[object]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise ReplyError("the reply does not have the shape of a bulk reply")
    return value

"""Activities of Timeline, one for each ExternalId.

Calls and fields: page "Timeline APIs" of support.gainsight.com, read 2026-11. ExternalId is the
service's idempotency key: an activity that is sent twice is there once.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Protocol

from gsprep.calls.call import Call, Caller, Reply
from gsprep.calls.endpoints import ACTIVITIES, ACTIVITY
from gsprep.calls.responses import refused_in
from gsprep.calls.transport import shielded
from gsprep.errors import InputError, RejectedError, ReplyError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import pandas as pd

EXTERNAL_ID = "ExternalId"
# How the service finds the ids of an activity: its field, the object, and the field there.
_LOOKUPS: Mapping[str, tuple[str, str, str]] = {
    "AuthorId": ("Author", "GsUser", "Email"),
    "GsCompanyId": ("companyName", "Company", "Name"),
}
_DATE = "ActivityDate"


class Reads(Protocol):
    """The object query of a tenant."""

    def __call__(
        self, name: str, *, select: Sequence[str], among: tuple[str, Sequence[str]] | None = None
    ) -> pd.DataFrame:
        """Return records as text: Gsid and ``select``."""


class Timeline:
    """Activities of a tenant: read by the object query, written one in a call."""

    def __init__(self, caller: Caller, read: Reads) -> None:
        """Write through ``caller``, read through ``read``."""
        self._caller, self._read = caller, read

    def query(
        self, name: str, *, select: Sequence[str], among: tuple[str, Sequence[str]] | None = None
    ) -> pd.DataFrame:
        """Return activities as text: Gsid and ``select``.

        Raises UploadError; RejectedError if the tenant lacks a field.
        """
        return self._read(name, select=select, among=among)

    def insert(self, name: str, records: Sequence[Mapping[str, Any]]) -> list[str]:
        """Insert one activity and return the id that the service gave it.

        A date and time is in milliseconds since 1970. A call without a reply is repeated, as the
        service stores an ExternalId once. Raises RejectedError if the service refuses the activity,
        UnavailableError if it may be there, ReplyError if the reply has no id.
        """
        record = _single(name, records)
        try:
            reply = self._made("POST", record, {})
        except RejectedError as refusal:
            if not refusal.may_be_stored:
                raise
            # The attempt before had no reply: this may be the refusal of its ExternalId.
            raise UnavailableError(
                "the service gave no reply, and refused the activity when it was sent again",
                may_be_stored=True,
            ) from refusal
        stored = _stored(reply, record)
        found = stored[0] if isinstance(stored, list) and stored else stored
        given = found.get("activityId") if isinstance(found, dict) else None
        if not isinstance(given, str) or not given:
            raise ReplyError("the service's reply has no id of the activity")
        return [given]

    def update(self, name: str, records: Sequence[Mapping[str, Any]]) -> list[str]:
        """Update one activity, found by its ExternalId, and return that as a list.

        Raises RejectedError if the service refuses it, UploadError if the call fails otherwise.
        """
        record = {n: value for n, value in _single(name, records).items() if n != "Gsid"}
        reply = self._made("PUT", record, {"identifier": EXTERNAL_ID.lower()})
        _stored(reply, record)
        return [str(record[EXTERNAL_ID])]

    def delete(self, name: str, gsid: str) -> bool:
        """Raise InputError: an activity is part of a customer's history, and stays."""
        raise InputError(f"{name}: gsprep does not delete the activity {gsid}")

    def _made(self, method: str, record: Mapping[str, Any], query: dict[str, str]) -> Reply:
        sent = dict(record)
        if isinstance(moment := sent.get(_DATE), int):
            sent[_DATE] = _spelled_out(moment)
        body = {"records": [sent], "lookups": _lookups(sent)}
        call = Call(
            method=method,
            path=ACTIVITY,
            query=query,
            body=json.dumps(body, ensure_ascii=False, allow_nan=False).encode(),
            writes=True,
            kind="timeline",
        )
        return shielded(lambda: self._caller.make(call))


def _single(name: str, records: Sequence[Mapping[str, Any]]) -> Mapping[str, Any]:
    if name != ACTIVITIES or len(records) != 1:
        raise InputError(f"a call writes one record: give one of {ACTIVITIES}")
    return records[0]


def _spelled_out(milliseconds: int) -> str:
    """Return a time as the page writes it.

    >>> _spelled_out(1656682560000)
    '2022-07-01T13:36:00.000+00:00'
    """
    return datetime.fromtimestamp(milliseconds / 1000, UTC).isoformat(timespec="milliseconds")


def _lookups(record: Mapping[str, Any]) -> dict[str, Any]:
    """Return how the service finds the ids that a record names by other fields."""
    return {
        target: {
            "fields": {source: field},
            "lookupField": "Gsid",
            "objectName": kind,
            "multiMatchOption": "MARKASERROR",
            "onNoMatch": "ERROR",
        }
        for target, (source, kind, field) in _LOOKUPS.items()
        if record.get(source) is not None and record.get(target) is None
    }


def _stored(reply: Reply, record: Mapping[str, Any]) -> object:
    """Return what the reply says of a stored activity; RejectedError if it was refused."""
    data = reply.body.get("data") if isinstance(reply.body, dict) else None
    success = data.get("success") if isinstance(data, dict) else None
    external_id = str(record[EXTERNAL_ID])
    if isinstance(success, dict) and external_id in success:
        return success[external_id]
    failures = list(_errors(data.get("failures") if isinstance(data, dict) else None))
    if not failures:
        raise ReplyError("the service's reply does not mention the activity")
    refused = refused_in({"data": {"errors": failures}}, failed=True)
    error = RejectedError(
        f"the service refused the activity ({refused.code or 'without a code'})",
        status=reply.status,
        code=refused.code,
        request_id=reply.request_id,
    )
    error.field, error.said = refused.names, refused.said
    raise error


def _errors(value: object) -> Iterator[dict[str, Any]]:
    """Yield the errors of a failure, however they are nested."""
    if isinstance(value, dict):
        inner = [one for one in value.values() if isinstance(one, dict | list)]
        yield from (error for one in inner for error in _errors(one))
        if any(isinstance(one, str) for one in value.values()):
            yield value
    elif isinstance(value, list):
        yield from (error for one in value for error in _errors(one))

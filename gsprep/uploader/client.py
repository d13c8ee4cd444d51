"""The service's endpoints: one method for each, over one connection to one tenant."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, Self

import pandas as pd

from gsprep.errors import InputError, RejectedError, ReplyError
from gsprep.schemas.describe import described_object
from gsprep.schemas.frames import cell_text
from gsprep.settings import AccessKey, Settings, tenant_url
from gsprep.uploader.batches import encode
from gsprep.uploader.calls import Call, Caller, Reply
from gsprep.uploader.limits import Limits, Pace
from gsprep.uploader.transport import http_client
from gsprep.uploader.wire import (
    BULK_PEOPLE,
    DESCRIBE,
    DESCRIBE_FLAGS,
    NO_DATA,
    NO_OBJECT,
    NO_PERSON,
    OBJECT_NAMES,
    PEOPLE,
    QUERY,
    ROWS_PER_PAGE,
)
from gsprep.values.text import storable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import httpx

_GSID = re.compile(r"[0-9A-Za-z-]{1,64}")
_OBJECT = re.compile(r"[A-Za-z][0-9A-Za-z_]{0,99}")


class Client:
    """A connection to one tenant, to be closed or used in ``with``.

    ``base_url`` is a sub-domain, a host or a pasted address; SettingsError when it is none.
    ``transport`` stands in for the network. The key goes to this tenant and nowhere else.
    """

    def __init__(
        self,
        base_url: str,
        access_key: str | AccessKey,
        *,
        transport: httpx.BaseTransport | None = None,
        limits: Limits | None = None,
    ) -> None:
        """Open nothing yet: the first call does."""
        limits = limits or Limits()
        key = access_key if isinstance(access_key, AccessKey) else AccessKey(access_key)
        self.base_url = tenant_url(base_url)
        self.pace = Pace(limits)
        self._http = http_client(self.base_url, key, limits.timeout, transport)
        caller = Caller(self._http, self.pace)
        self.people = People(caller)
        self.objects = Objects(caller)

    @classmethod
    def from_environment(cls) -> Client:
        """Return a client for GAINSIGHT_URL with GAINSIGHT_ACCESS_KEY; SettingsError without."""
        settings = Settings.from_environ()
        return cls(settings.need_url(), settings.need_access_key())

    def close(self) -> None:
        """Close the connections."""
        self._http.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def __repr__(self) -> str:
        return f"Client({self.base_url!r})"


class People:
    """Persons with their associations."""

    def __init__(self, caller: Caller) -> None:
        """Make calls through ``caller``."""
        self._caller = caller

    def bulk(self, records: Sequence[Mapping[str, object]]) -> Reply:
        """Insert or update at most 50 persons with their companies and relationships.

        A reply is no success: each record in it says what became of it. Raises UploadError.
        """
        call = Call(method="PUT", path=BULK_PEOPLE, body=encode(records), writes=True)
        return self._caller.make(call)

    def by_email(self, email: str) -> dict[str, Any] | None:
        """Return a person with associations, field names in lower case; None when unknown."""
        if not email.strip():
            raise InputError("a person is read by an e-mail address: none was given")
        return self._one(Call(method="GET", path=PEOPLE, query={"Email": email.strip()}))

    def by_gsid(self, gsid: str) -> dict[str, Any] | None:
        """Return a person with associations, field names in lower case; None when unknown."""
        if not _GSID.fullmatch(gsid):
            raise InputError("a person is read by a Gsid: letters, digits and hyphens only")
        return self._one(Call(method="GET", path=f"{PEOPLE}/{gsid}"))

    def _one(self, call: Call) -> dict[str, Any] | None:
        try:
            body = self._caller.make(call).body
        except RejectedError as refusal:
            if refusal.code in NO_PERSON:
                return None
            raise
        person = body.get("data") if isinstance(body, dict) else body
        if not isinstance(person, dict | None):
            raise ReplyError("the service's reply is not one person")
        return person or None


class Objects:
    """Any object of the tenant, read only."""

    def __init__(self, caller: Caller) -> None:
        """Make calls through ``caller``."""
        self._caller = caller

    def query(self, name: str, *, select: Sequence[str]) -> pd.DataFrame:
        """Return all rows of an object as text, ordered by Gsid.

        The columns are Gsid and those of ``select``. Pages are read by the last Gsid: an offset
        would skip rows that are edited meanwhile. Raises UploadError: RejectedError when the
        tenant lacks the object or a column.
        """
        _check_object(name)
        columns = tuple(dict.fromkeys(("Gsid", *select)))
        rows = [row for page in self._pages(name, columns) for row in page]
        cells = {column: [_cell(row.get(column)) for row in rows] for column in columns}
        return pd.DataFrame(cells, columns=list(columns), dtype="str")

    def describe(self, name: str) -> Mapping[str, Any]:
        """Return what the tenant says of an object, for ``schema_from_describe``.

        It holds the fields with their types, lengths, flags and the labels of drop-down lists.
        ``name`` is the API name (Company, Project__gc) or gsprep's own (CompanyPerson). Raises
        UploadError: RejectedError when the tenant lacks the object, ReplyError for a reply that
        describes none.
        """
        _check_object(name)
        path = DESCRIBE.format(OBJECT_NAMES.get(name, name))
        try:
            reply = self._caller.make(Call(method="GET", path=path, query=dict(DESCRIBE_FLAGS)))
        except RejectedError as refusal:
            if refusal.code == NO_OBJECT:
                raise _no_object(name, refusal.status, refusal.request_id) from refusal
            raise
        if isinstance(reply.body, dict) and reply.body.get("data") in ([], None):
            raise _no_object(name, reply.status, reply.request_id)
        found = described_object(reply.body, name)
        if found is None:
            raise ReplyError(
                f"the service's reply does not describe {name}: check the address of the tenant"
            )
        return found

    def _pages(self, name: str, columns: Sequence[str]) -> Iterator[list[dict[str, Any]]]:
        seen: set[str] = set()
        last: str | None = None
        # A page may be shorter than asked for without being the last: only an empty one is.
        while page := self._page(name, columns, last):
            gsids = [_gsid(row) for row in page]
            if len(set(gsids)) < len(gsids) or not seen.isdisjoint(gsids):
                raise ReplyError(f"the service gave a row of {name} twice: read it again")
            seen.update(gsids)
            last = gsids[-1]
            yield page

    def _page(self, name: str, columns: Sequence[str], after: str | None) -> list[dict[str, Any]]:
        body: dict[str, object] = {"select": list(columns)}
        if after is not None:
            greater = {"name": "Gsid", "alias": "A", "value": [after], "operator": "GT"}
            body["where"] = {"conditions": [greater], "expression": "A"}
        body |= {"orderBy": {"Gsid": "asc"}, "limit": ROWS_PER_PAGE, "offset": 0}
        content = json.dumps(body, ensure_ascii=False).encode()
        try:
            reply = self._caller.make(Call(method="POST", path=QUERY + name, body=content))
        except RejectedError as refusal:
            if refusal.code in NO_DATA:
                return []
            raise
        return _rows(reply.body)


def _check_object(name: str) -> None:
    if not _OBJECT.fullmatch(name):
        raise InputError("an object is named by letters, digits and underscores")


def _no_object(name: str, status: int, request_id: str) -> RejectedError:
    return RejectedError(
        f"the tenant has no object {name}: use the API name that its Data Management shows",
        status=status,
        code=NO_OBJECT,
        request_id=request_id,
    )


def _rows(body: object) -> list[dict[str, Any]]:
    """Return the rows of a page: ``data`` is a list, ``{records: …}``, or null."""
    data = body.get("data") if isinstance(body, dict) else body
    rows = data.get("records") if isinstance(data, dict) else data
    if rows is None:
        return []
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ReplyError("the service's reply is not a page of rows")
    return rows


def _gsid(row: Mapping[str, object]) -> str:
    gsid = row.get("Gsid")
    if not isinstance(gsid, str) or not gsid:
        raise ReplyError("the service gave a row without a Gsid")
    return gsid


def _cell(value: object) -> str | None:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False) if value else None
    text = cell_text(value)
    return storable(text) if text is not None and text.strip() else None

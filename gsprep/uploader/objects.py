"""Objects of the tenant: their records and descriptions."""

from __future__ import annotations

import json
import re
import string
from typing import TYPE_CHECKING, Any

import pandas as pd

from gsprep.calls.call import Call
from gsprep.calls.endpoints import (
    DELETION_LOG,
    DESCRIBE,
    DESCRIBE_FLAGS,
    KEYS_PER_UPDATE,
    NO_OBJECT,
    NO_SUCH_FIELD,
    OBJECT,
    OBJECT_LIST,
    OBJECT_LIST_FLAGS,
    OBJECT_NAMES,
    OBJECT_ROW,
    QUERY,
    ROWS_PER_PAGE,
    asks,
)
from gsprep.calls.json_types import data_of
from gsprep.calls.limits import RECORDS_PER_CALL
from gsprep.calls.transport import shielded
from gsprep.errors import DocumentError, InputError, RejectedError, ReplyError
from gsprep.schemas.frames import cell_text
from gsprep.schemas.objects import described_object, fields_of, schema_from_describe
from gsprep.values.ids import is_gsid
from gsprep.values.text import storable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from gsprep.calls.call import Caller

    # Conditions, one of which holds: a field, an operator and its values.
    _Term = Sequence[tuple[str, str, list[str]]]

# No page says how long a list a condition takes: a thousand ids are some 40 kB.
_VALUES_AT_ONCE = 1_000
_OBJECT = re.compile(r"[A-Za-z][0-9A-Za-z_]{0,99}")


class Objects:
    """Any object of the tenant: its records and what they look like.

    Records of people and of their associations are read here and written by ``client.people``.
    """

    def __init__(self, caller: Caller) -> None:
        """Make calls through ``caller``."""
        self._caller = caller

    def query(
        self,
        name: str,
        *,
        select: Sequence[str],
        among: tuple[str, Sequence[str]] | None = None,
        since: tuple[str, str] | None = None,
    ) -> pd.DataFrame:
        """Return all rows of an object as text, ordered by Gsid.

        Pages are read by the last Gsid: an offset would skip rows that are edited meanwhile.

        Args:
            name: the API name of the object.
            select: the fields to read.
            among: a field and the values that are asked for, a thousand at a time; None reads all
                rows.
            since: a field and the least value of it; rows without a value are read, too.

        Returns:
            The rows: columns Gsid and those of ``select``.

        Raises:
            UploadError: if a call fails; RejectedError if the tenant lacks the object or a column.

        Examples:
            >>> client.objects.query("Company", select=["Name"])["Name"].tolist()
            ['Acme, Inc.', 'Initech']
        """
        _check_object(name)
        columns = tuple(dict.fromkeys(("Gsid", *select)))
        wanted = [[]] if among is None else _parts(*among)
        least: list[_Term] = []
        if since is not None:
            least = [[(since[0], "GTE", [since[1]]), (since[0], "IS_NULL", [])]]
        return shielded(lambda: self._table(name, columns, [[*one, *least] for one in wanted]))

    def _table(
        self, name: str, columns: Sequence[str], parts: Sequence[Sequence[_Term]]
    ) -> pd.DataFrame:
        rows = [row for part in parts for page in self._pages(name, columns, part) for row in page]
        cells = {column: [_cell(row.get(column)) for row in rows] for column in columns}
        return pd.DataFrame(cells, columns=list(columns), dtype="str")

    def companies(self, columns: Sequence[str] = ()) -> pd.DataFrame:
        """Return the tenant's companies.

        A query that names a field the tenant lacks is refused as a whole; then the description of
        the object says which it has.

        Args:
            columns: further fields; those that the tenant lacks are left out.

        Returns:
            The companies: columns Gsid, Name and those of ``columns`` that the tenant has.

        Raises:
            UploadError: if a call fails.

        Examples:
            >>> client.objects.companies(["Industry", "NoSuchField"]).columns.tolist()
            ['Gsid', 'Name', 'Industry']
        """
        try:
            return self.query("Company", select=["Name", *columns])
        except RejectedError as refusal:
            if refusal.code != NO_SUCH_FIELD:
                raise
        return self.query("Company", select=["Name", *self._described("Company", columns)])

    def insert(
        self,
        name: str,
        records: Sequence[Mapping[str, Any]],
        *,
        lookups: Mapping[str, Any] | None = None,
    ) -> list[str]:
        """Insert up to 50 records, all or none, and return their Gsids in order.

        A call without a reply is not repeated, since the records would be there twice.

        Args:
            name: the API name of the object.
            records: JSON objects by API name; a date and time is in milliseconds since 1970.
            lookups: how the service finds ids, in the service's own grammar.

        Returns:
            The Gsid of each record.

        Raises:
            InputError: for no record or more than 50.
            RejectedError: if the service refuses the records; nothing is stored then.
            UploadError: if the call fails otherwise.

        Examples:
            >>> len(client.objects.insert("Company", [{"Name": "Umbrella"}]))
            1
        """
        return self._write(name, records, lookups, None)

    def update(
        self,
        name: str,
        records: Sequence[Mapping[str, Any]],
        *,
        keys: Sequence[str] = ("Gsid",),
        lookups: Mapping[str, Any] | None = None,
    ) -> list[str]:
        """Update up to 50 records, all or none, and return their Gsids in order.

        Null clears a field, and a field that is left out keeps its value.

        Args:
            name: the API name of the object.
            records: JSON objects by API name.
            keys: up to three fields by whose values a record is found.
            lookups: how the service finds ids, in the service's own grammar.

        Returns:
            The Gsid of each record.

        Raises:
            InputError: for no record or more than 50, and for no key or more than three.
            RejectedError: if the service refuses the records; nothing is stored then.
            UploadError: if the call fails otherwise.

        Examples:
            >>> changed = [{"Name": "Initech", "Industry": "Software"}]
            >>> client.objects.update("Company", changed, keys=["Name"]) == ["1P02" + "B" * 32]
            True
        """
        if not 0 < len(keys) <= KEYS_PER_UPDATE:
            raise InputError(f"an update needs keys: name one to {KEYS_PER_UPDATE} fields")
        return self._write(name, records, lookups, keys)

    def _write(
        self,
        name: str,
        records: Sequence[Mapping[str, Any]],
        lookups: Mapping[str, Any] | None,
        keys: Sequence[str] | None,
    ) -> list[str]:
        _check_object(name)
        if not 0 < len(records) <= RECORDS_PER_CALL:
            raise InputError(f"a call takes 1 to {RECORDS_PER_CALL} records, not {len(records)}")
        body = {"records": list(records)} | ({} if lookups is None else {"lookups": lookups})
        call = Call(
            method="POST" if keys is None else "PUT",
            path=OBJECT.format(name),
            query={} if keys is None else {"keys": ",".join(keys)},
            body=json.dumps(body, ensure_ascii=False, allow_nan=False).encode(),
            writes=True,
            idempotent=keys is not None,
        )
        return shielded(lambda: _gsids(self._caller.make(call).body, records))

    def delete(self, name: str, gsid: str) -> bool:
        """Delete one record.

        Args:
            name: the API name of the object.
            gsid: the record.

        Returns:
            False if the tenant has no record with this Gsid.

        Raises:
            InputError: for what is no Gsid.
            UploadError: if the service does not do it.

        Examples:
            >>> client.objects.delete("Company", "1P02" + "B" * 32)
            True
            >>> client.objects.delete("Company", "1P02" + "Z" * 32)
            False
        """
        _check_object(name)
        if not is_gsid(gsid):
            raise InputError("a record is deleted by its Gsid: give 36 capital letters and digits")
        path = OBJECT_ROW.format(name, gsid)
        try:
            self._caller.make(Call(method="DELETE", path=path, writes=True))
        except RejectedError as refusal:
            if asks(refusal.code) == "none":
                return False
            raise
        return True

    def names(self) -> list[str]:
        """Return the API names of the tenant's objects.

        Returns:
            The names.

        Raises:
            UploadError: if the call fails.

        Examples:
            >>> client.objects.names()[:2]
            ['activity_timeline', 'company']
        """
        call = Call(method="GET", path=OBJECT_LIST, query=dict(OBJECT_LIST_FLAGS))
        rows = _rows(self._caller.make(call).body)
        return [name for row in rows if isinstance(name := row.get("objectName"), str)]

    def deletions(self) -> pd.DataFrame:
        """Return the tenant's log of deleted records, which keeps 15 days.

        Returns:
            One line per deleted record, as text; columns as the tenant describes its log, such as
            ObjectName, RecordId and DeletedDate.

        Raises:
            UploadError: if a call fails; RejectedError if the tenant has no such log.

        Examples:
            >>> client.objects.deletions().columns.tolist()[:3]
            ['Gsid', 'CreatedDate', 'ModifiedDate']
        """
        described = fields_of(schema_from_describe(self.describe(DELETION_LOG))).fields
        return self.query(DELETION_LOG, select=[field.name for field in described])

    def _described(self, name: str, columns: Sequence[str]) -> list[str]:
        try:
            of = fields_of(schema_from_describe(self.describe(name)))
        except (RejectedError, ReplyError, DocumentError):
            return []
        has = {field.name for field in of.fields}
        return [column for column in columns if column in has]

    def describe(self, name: str) -> Mapping[str, Any]:
        """Return what the tenant says of an object, for ``schema_from_describe``.

        Args:
            name: the API name (Company, Project__gc) or gsprep's own (CompanyPerson).

        Returns:
            The service's own JSON: the fields with their types, lengths, flags and the labels of
            drop-down lists.

        Raises:
            UploadError: if the call fails; RejectedError if the tenant lacks the object, ReplyError
                for a reply that describes none.

        Examples:
            >>> described = client.objects.describe("Company")
            >>> sorted(described)[:3]
            ['fields', 'keyPrefix', 'label']
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

    def _pages(
        self, name: str, columns: Sequence[str], terms: Sequence[_Term]
    ) -> Iterator[list[dict[str, Any]]]:
        seen: set[str] = set()
        last: str | None = None
        # A page may be shorter than asked for without being the last: only an empty one is.
        while page := self._page(name, columns, last, terms):
            gsids = [_gsid(row) for row in page]
            if len(set(gsids)) < len(gsids) or not seen.isdisjoint(gsids):
                raise ReplyError(f"the service gave a row of {name} twice: read it again")
            seen.update(gsids)
            last = gsids[-1]
            yield page

    def _page(
        self, name: str, columns: Sequence[str], after: str | None, terms: Sequence[_Term]
    ) -> list[dict[str, Any]]:
        body: dict[str, object] = {"select": list(columns)}
        begin: list[_Term] = [] if after is None else [[("Gsid", "GT", [after])]]
        if whole := [*begin, *terms]:
            body["where"] = _where(whole)
        body |= {"orderBy": {"Gsid": "asc"}, "limit": ROWS_PER_PAGE, "offset": 0}
        content = json.dumps(body, ensure_ascii=False).encode()
        try:
            reply = self._caller.make(Call(method="POST", path=QUERY + name, body=content))
        except RejectedError as refusal:
            if asks(refusal.code) == "none":
                return []
            raise
        return _as_asked(_rows(reply.body), columns)


def _as_asked(page: list[dict[str, Any]], columns: Sequence[str]) -> list[dict[str, Any]]:
    """Return rows with the names of their fields as they were asked for, whatever their case."""
    asked = {name.casefold(): name for name in columns}
    others = set[str]().union(*page).difference(columns)
    names = {name: asked[name.casefold()] for name in others if name.casefold() in asked}
    return [{names.get(n, n): cell for n, cell in row.items()} for row in page] if names else page


def _parts(field: str, values: Sequence[str]) -> list[list[_Term]]:
    starts = range(0, len(values), _VALUES_AT_ONCE)
    return [[[(field, "IN", list(values[at : at + _VALUES_AT_ONCE]))]] for at in starts]


def _where(terms: Sequence[_Term]) -> dict[str, object]:
    """Return the condition of rows that fulfil one part of each term."""
    names = iter(string.ascii_uppercase)
    conditions: list[dict[str, object]] = []
    shown: list[str] = []
    for term in terms:
        aliases = [next(names) for _ in term]
        conditions += [
            {"name": field, "alias": alias, "value": values, "operator": operator}
            for alias, (field, operator, values) in zip(aliases, term, strict=True)
        ]
        shown.append(aliases[0] if len(aliases) == 1 else f"({' OR '.join(aliases)})")
    return {"conditions": conditions, "expression": " AND ".join(shown)}


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
    rows = data_of(body) or []
    data = body.get("data") if isinstance(body, dict) else None
    # Only in the documented place nothing means that there are no rows.
    is_page = rows or not data or data.get("records", data) in ([], None)
    if not is_page or not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ReplyError("the service's reply is not a page of rows")
    return rows


def _gsids(body: object, records: Sequence[Mapping[str, Any]]) -> list[str]:
    """Return the Gsids of the records written, in order; ReplyError if it is not sure whose."""
    sent, data = [one.get("Gsid") for one in records], data_of(body)
    # Records that are named by their Gsids need only be counted.
    if all(sent) and data in ({"count": len(sent)}, {"count": len(sent), "errors": None}):
        return list(map(str, sent))
    rows = _rows(body)
    if len(rows) != len(records):
        raise ReplyError(f"the service replied about {len(rows)} records of {len(records)}")
    gsids = list(map(_gsid, rows))
    if len(set(gsids)) < len(gsids):
        raise ReplyError("the service replied with one Gsid for two records")
    if set(gsids) == set(sent):
        return list(map(str, sent))
    if all(sent) or not _are_in_order(rows, records):
        raise ReplyError(
            "the service replied about other records, or perhaps in another order: read these again"
        )
    return gsids


def _are_in_order(rows: Sequence[Mapping[str, Any]], records: Sequence[Mapping[str, Any]]) -> bool:
    """Return whether a reply has no value at a place that was sent at other places only.

    A reply about several records has to have any value that was sent.
    """
    has_any = len(records) == 1
    for name in set().union(*records):
        places: dict[str | None, set[int]] = {}
        for at, record in enumerate(records):
            places.setdefault(cell_text(record.get(name)), set()).add(at)
        said = {at: text for at, row in enumerate(rows) if (text := cell_text(row.get(name)))}
        if any(at not in places.get(text, {at}) for at, text in said.items()):
            return False
        has_any |= not places.keys().isdisjoint(said.values())
    return has_any


def _gsid(row: Mapping[str, object]) -> str:
    gsid = row.get("Gsid") or next((v for n, v in row.items() if n.casefold() == "gsid"), None)
    if not isinstance(gsid, str) or not gsid:
        raise ReplyError("the service gave a row without a Gsid")
    return gsid


def _cell(value: object) -> str | None:
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False) if value else None
    text = cell_text(value)
    return storable(text) if text is not None and text.strip() else None

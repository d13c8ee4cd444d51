"""Lists of Staircase: accounts, stakeholders, users, teams; metrics and summaries to read.

No public API of Staircase was found (November 2026): the paths, names and sizes here are those of
the stand-in in the sandbox. A tenant with an API of its own needs changes in this file alone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from gsprep.calls.limits import RECORDS_PER_CALL, Window
from gsprep.calls.transport import shielded
from gsprep.errors import InputError, RejectedError, ReplyError
from gsprep.schemas.fields import Field, ObjectFields
from gsprep.schemas.frames import cell_text
from gsprep.systems.system import Rows, SystemCalls, frame_of
from gsprep.values.date import moment_of_seconds

# No limit is known: that of Gainsight's own calls is taken.
WINDOWS = (Window(100, 60.0),)
_AT_ONCE = 1_000
_ID, _CHANGED = "id", "updated_at"
_NO_RECORD = "STAIRCASE_1006"
# Each tenant has further fields of accounts and users, which begin so.
_CUSTOM = "custom_"
_KEY = Field("gainsight_id", "STRING", 255, required=True)
_TEXT = "STRING"
_FIELDS: Mapping[str, tuple[Field, ...]] = {
    "accounts": (
        _KEY,
        Field("name", _TEXT, 255, required=True),
        Field("domains", _TEXT),
        Field("status", "PICKLIST", options=("Active", "Churned", "Prospect")),
        Field("parent", _TEXT),
        Field("owner", _TEXT, 255),
    ),
    "stakeholders": (
        _KEY,
        Field("account", _TEXT, required=True),
        Field("email", "EMAIL", 255, required=True),
        Field("name", _TEXT, 255),
        Field("title", _TEXT, 255),
        Field("role", _TEXT, 255),
    ),
    "users": (
        _KEY,
        Field("email", "EMAIL", 255, required=True),
        Field("name", _TEXT, 255),
        Field("active", "BOOLEAN"),
        Field("role", _TEXT, 255),
    ),
    "teams": (_KEY, Field("user", _TEXT, required=True), Field("name", _TEXT, 255, required=True)),
}
_READ: Mapping[str, tuple[str, ...]] = {
    **{name: tuple(field.name for field in fields) for name, fields in _FIELDS.items()},
    "metrics": ("gainsight_id", "health_score", "engagement", "sentiment"),
    "summaries": ("gainsight_id", "title", "text", "held_at", "author"),
}
LISTS = tuple(_READ)
WRITTEN = tuple(_FIELDS)


class Staircase:
    """The lists of one tenant."""

    # What belongs to one record of a list only: each entry of this field.
    exclusive: Mapping[str, str] = {"accounts": "domains"}

    def __init__(self, calls: SystemCalls) -> None:
        """Read and write by these calls."""
        self.calls = calls

    def columns(self, name: str) -> Sequence[str]:
        """Return the columns of a list, with those of its first page."""
        usual = (_ID, *_usual(name), _CHANGED)
        page, _ = self._page(name, {})
        return list(dict.fromkeys([*usual, *(column for row in page for column in row)]))

    def fields(self, name: str, named: Sequence[str] = ()) -> ObjectFields | None:
        """Return the fields of a list that is written, with custom ones among ``named``.

        None if there is no such list, or if it is only read.
        """
        if name not in _FIELDS:
            return None
        own = tuple(Field(one, _TEXT) for one in named if one.startswith(_CUSTOM))
        given = (Field(one, _TEXT, writable=False) for one in (_ID, _CHANGED))
        fields = (*_FIELDS[name], *own, *given)
        return ObjectFields(name, fields, (), key=(_KEY.name,), api="objects", described=True)

    def rows(self, name: str, since: float | None = None) -> Rows:
        """Return the rows of a list, or those that changed since a time (epoch).

        Pages are read by the last id, so a row that changes meanwhile is neither lost nor doubled.
        Deleted rows are seen in a full read only. Raises InputError for a list that there is not,
        UploadError if Staircase does not answer to the end.
        """
        usual = (_ID, *_usual(name), _CHANGED)
        query = {} if since is None else {"since": moment_of_seconds(since)}
        found = [row for page in self._pages(name, query) for row in page]
        columns = dict.fromkeys([*usual, *(column for row in found for column in row)])
        return Rows(frame_of(found, list(columns)), is_complete=since is None)

    def test(self) -> str:
        """Make a reading call and return a sentence."""
        self._page("accounts", {"limit": "1"})
        return "Staircase answered, and the key is right"

    def query(
        self, name: str, *, select: Sequence[str], among: tuple[str, Sequence[str]] | None = None
    ) -> pd.DataFrame:
        """Return records as text: Gsid, which is their id, and ``select``.

        ``among`` is a field and the values that are asked for; None reads all records.
        """
        if among is None:
            rows = [row for page in self._pages(name, {}) for row in page]
        else:
            rows = list(self._among(name, *among))
        cells = {"Gsid": [row.get(_ID) for row in rows]}
        cells |= {one: [row.get(one) for row in rows] for one in select if one != "Gsid"}
        return pd.DataFrame({one: pd.Series(column, dtype="str") for one, column in cells.items()})

    def insert(self, name: str, records: Sequence[Mapping[str, Any]]) -> list[str]:
        """Insert up to 50 records, all or none, and return their ids in order.

        Without a reply it is not repeated. Raises RejectedError if a record is refused.
        """
        return self._written("POST", name, records)

    def update(self, name: str, records: Sequence[Mapping[str, Any]]) -> list[str]:
        """Update up to 50 records by their Gsid, all or none, and return their ids in order."""
        named = [{_ID if n == "Gsid" else n: value for n, value in one.items()} for one in records]
        return self._written("PUT", name, named)

    def delete(self, name: str, gsid: str) -> bool:
        """Delete a record, and return whether it was there."""
        if not gsid.replace("-", "").isalnum():
            raise InputError(
                "a record of Staircase is deleted by its id: give letters, digits and -"
            )
        try:
            self.calls.send("DELETE", f"/{name}/{gsid}")
        except RejectedError as refusal:
            if refusal.code == _NO_RECORD:
                return False
            raise
        return True

    def _written(self, method: str, name: str, records: Sequence[Mapping[str, Any]]) -> list[str]:
        if name not in _FIELDS or not 0 < len(records) <= RECORDS_PER_CALL:
            raise InputError(
                f"a call writes 1 to {RECORDS_PER_CALL} records of one list: {', '.join(WRITTEN)}"
            )
        body = {"records": list(records)}

        def sent() -> list[str]:
            reply = self.calls.send(method, f"/{name}", body, idempotent=method == "PUT")
            rows, _ = _read(reply)
            if len(rows) != len(records):
                raise ReplyError("Staircase did not reply about each record")
            return [row[_ID] for row in rows]

        return shielded(sent)

    def _among(self, name: str, by: str, values: Sequence[str]) -> Iterator[dict[str, str]]:
        field = _ID if by == "Gsid" else by
        for start in range(0, len(values), _AT_ONCE):
            yield from self._found(name, field, values[start : start + _AT_ONCE])

    def _found(self, name: str, field: str, values: Sequence[str]) -> list[dict[str, str]]:
        asked = {"field": field, "values": list(values)}
        path = f"/{name}/find"
        return shielded(lambda: _read(self.calls.send("POST", path, asked, writes=False))[0])

    def _pages(self, name: str, query: Mapping[str, str]) -> Iterator[list[dict[str, str]]]:
        after: str | None = ""
        while after is not None:
            page, following = self._page(name, {**query, **({"after": after} if after else {})})
            ids = [row[_ID] for row in page]
            if ids != sorted(set(ids)) or (ids and ids[0] <= after):
                raise ReplyError("Staircase gave a row twice: read it again")
            if following is not None and (not ids or following != ids[-1]):
                raise ReplyError("Staircase's reply does not say where the next page begins")
            yield page
            after = following

    def _page(self, name: str, query: Mapping[str, str]) -> tuple[list[dict[str, str]], str | None]:
        _usual(name)
        return shielded(lambda: _read(self.calls.get(f"/{name}", query)))


def _usual(name: str) -> tuple[str, ...]:
    if name not in _READ:
        raise InputError(f"Staircase has no list {name}: it has {', '.join(LISTS)}")
    return _READ[name]


def _read(body: Any) -> tuple[list[dict[str, str]], str | None]:
    """Return the rows of a reply as texts, and where the next page begins."""
    rows = body.get("data") if isinstance(body, dict) else None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise ReplyError("Staircase's reply is not a list of rows")
    texts = [{n: text for n, value in row.items() if (text := cell_text(value))} for row in rows]
    if not all(_ID in row for row in texts):
        raise ReplyError("Staircase gave a row without an id")
    following = body.get("next")
    return texts, following if isinstance(following, str) else None

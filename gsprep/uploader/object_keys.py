"""Rows of an object with their outcomes, and the records of a tenant by the keys of rows."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal, Protocol

from gsprep.calls.endpoints import NO_SUCH_FIELD, OBJECT_NAMES
from gsprep.calls.responses import is_about_records
from gsprep.errors import (
    AccessKeyError,
    GsprepError,
    QuotaError,
    RejectedError,
    ReplyError,
    UploadError,
)
from gsprep.schemas.frames import cell_text, text_records

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from collections.abc import Set as AbstractSet

    import pandas as pd

    from gsprep.uploader.client import Client
    from gsprep.uploader.replies import StoredAssociation, StoredPerson

    Records = Sequence[Mapping[str, Any]]

Mode = Literal["upsert", "update", "create"]
Action = Literal["created", "updated", "upserted", "unchanged", "absent", ""]
# Codes of gsprep for rows that are not sent.
KEY_TWICE, NO_KEY, NO_ROW = "GSPREP_KEYTWICE", "GSPREP_KEY", "GSPREP_ABSENT"
Key = tuple[str, ...]
# The fields of a record as the tenant has it.
Found = dict[str, str | None]


class RecordCalls(Protocol):
    """The calls that read and write records of an object, as ``client.objects`` has them."""

    def query(
        self, name: str, *, select: Sequence[str], among: tuple[str, Sequence[str]] | None = None
    ) -> pd.DataFrame:
        """Return records as text: Gsid and ``select``; UploadError."""

    def insert(self, name: str, records: Sequence[Mapping[str, Any]]) -> list[str]:
        """Insert records, all or none, and return their Gsids in order; UploadError."""

    def update(self, name: str, records: Sequence[Mapping[str, Any]]) -> list[str]:
        """Update records by their Gsid, all or none; UploadError."""

    def delete(self, name: str, gsid: str) -> bool:
        """Delete a record, and return whether it was there; UploadError."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ObjectTarget:
    """An object and how its rows are written.

    Attributes:
        name: the API name of the object.
        keys: the fields that identify the record of a row, at most three.
        caseless: those of them that are compared without case, as e-mail addresses are.
        mode: ``upsert`` inserts and updates, ``update`` and ``create`` do only one of these.
    """

    name: str
    keys: tuple[str, ...]
    caseless: frozenset[str] = frozenset()
    mode: Mode = "upsert"

    def key_of(self, record: Mapping[str, Any]) -> Key | None:
        """Return the key of a record as the service compares it; None if a part is missing."""
        parts = []
        for name in self.keys:
            text = cell_text(record.get(name))
            if text is None or not text.strip():
                return None
            parts.append(text.casefold() if name in self.caseless else text)
        return tuple(parts)


@dataclass(frozen=True, kw_only=True, slots=True)
class RowOutcome:
    """What happened to one row.

    Attributes:
        outcome: ``stored``, ``refused``, ``unknown`` (no reply, may be stored), ``unsent``, or
            ``rejected`` by gsprep.
        action: what was done: ``created``, ``updated``, ``upserted`` (one of the two: the tenant
            does not tell which), ``unchanged`` (mode create, and the record exists), ``absent``
            (mode update, and there is no such record), or "".
        gsid: the record's Gsid, None if it is not known.
        code, field: the error's code and the fields it names, "" without an error.
        message: a sentence for people, without values of the row.
    """

    outcome: str
    action: Action = ""
    gsid: str | None = None
    code: str = ""
    field: str = ""
    message: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class Row:
    """A row to be written.

    Attributes:
        record: its fields as JSON by API name, without Gsid.
        gsid: the Gsid under which it was stored before, None if it was not.
        moves: whether its key may be another than the one it was stored with.
    """

    record: Mapping[str, Any] = field(repr=False)
    gsid: str | None = None
    moves: bool = True


def without_filled(
    row: Row, present: Found | None, fills: AbstractSet[str], same: AbstractSet[str]
) -> Row | None:
    """Return a row without the fields of ``fills`` that its record has; None if it changes nothing.

    Only fields of ``same`` change nothing if they are equal.
    """
    if present is None:
        return row
    record = {n: v for n, v in row.record.items() if n not in fills or present.get(n) is None}
    changes = any(n not in same or cell_text(v) != present.get(n) for n, v in record.items())
    return replace(row, record=record) if changes else None


def rejected(code: str, target: ObjectTarget, what: str) -> RowOutcome:
    """Return the outcome of a row that is not sent because of its key."""
    names = " and ".join(target.keys)
    return RowOutcome(
        outcome="rejected", code=code, field=",".join(target.keys), message=f"{names} {what}."
    )


def indistinct(rows: Sequence[Row], target: ObjectTarget) -> dict[int, RowOutcome]:
    """Return the rows that cannot be told apart: without a key and Gsid, or with a key twice."""
    keys = [target.key_of(row.record) for row in rows]
    times = Counter(key for key in keys if key is not None)
    ends: dict[int, RowOutcome] = {}
    for number, key in enumerate(keys):
        if key is None and rows[number].gsid is None:
            ends[number] = rejected(NO_KEY, target, "is missing")
        elif key is not None and times[key] > 1:
            ends[number] = rejected(KEY_TWICE, target, "is in several rows")
    return ends


def outcome_of(failure: UploadError) -> RowOutcome:
    """Return the outcome of the rows of a call that failed."""
    if isinstance(failure, RejectedError):
        return RowOutcome(
            outcome="refused", code=failure.code, field=failure.field, message=str(failure)
        )
    is_unknown = failure.may_be_stored or isinstance(failure, ReplyError)
    outcome = "unknown" if is_unknown else "unsent"
    return RowOutcome(outcome=outcome, message=str(failure))


def last_of(
    outcomes: Iterable[tuple[int, RowOutcome]],
) -> tuple[dict[int, RowOutcome], GsprepError | None]:
    """Return the last outcome of each row, and the error that ended them, if one did.

    A row that may be stored is unknown until it is stored.
    """
    ends: dict[int, RowOutcome] = {}
    try:
        for number, one in outcomes:
            before = ends.get(number, one)
            ends[number] = before if before.outcome == "unknown" and one.gsid is None else one
    except GsprepError as failure:
        return ends, failure
    return ends, None


def without_reply(ends: Mapping[int, RowOutcome]) -> list[int]:
    """Return the rows that may be stored."""
    return [number for number, one in ends.items() if one.outcome == "unknown"]


def meets_every_call(failure: UploadError) -> bool:
    """Return whether what failed would meet the next call, too."""
    if isinstance(failure, RejectedError):
        return not (is_about_records(failure) or failure.absent)
    return isinstance(failure, AccessKeyError | QuotaError)


def stuck(holders: Mapping[int, str], known: Mapping[int, str]) -> set[int]:
    """Return the rows whose key is that of a record which stays, or that wait for one of them."""
    left, ends = dict(holders), set[int]()
    while left:
        gsids = {known[number] for number in left}
        more = [number for number, holder in left.items() if holder not in gsids]
        if not more:
            break
        ends.update(more)
        left = {number: holder for number, holder in left.items() if number not in ends}
    return ends


def circles(holders: Mapping[int, str], known: Mapping[int, str]) -> list[list[int]]:
    """Return the rows in groups, each of which exchange their keys among themselves."""
    rows = {gsid: number for number, gsid in known.items()}
    left, found = dict(holders), list[list[int]]()
    while left:
        number = next(iter(left))
        circle: list[int] = []
        while number in left:
            circle.append(number)
            number = rows[left.pop(number)]
        found.append(circle)
    return found


def one_for_each(
    rows: Iterable[tuple[str | None, Key | None]],
    by_gsid: Mapping[str, Found],
    by_key: Mapping[Key, Sequence[Found]],
) -> list[Found | None]:
    """Return the record of each row, by its Gsid or else by its key; None for none or several."""
    found: list[Found | None] = []
    for gsid, key in rows:
        same = by_key.get(key or (), ())
        found.append(by_gsid.get(gsid) if gsid else (same[0] if len(same) == 1 else None))
    return found


def records_with_keys(
    objects: RecordCalls,
    target: ObjectTarget,
    records: Sequence[Mapping[str, Any]],
    select: Sequence[str] = (),
) -> dict[Key, list[Found]]:
    """Return the tenant's records with the key of one of these, each with Gsid and ``select``.

    Some tenants compare text with case: a caseless key is asked for as it is written and in
    lower case. Raises UploadError.
    """
    wanted = {target.key_of(record) for record in records}
    first = target.keys[0]
    texts = [text for record in records if (text := cell_text(record.get(first))) is not None]
    if first in target.caseless:
        texts += [text.casefold() for text in texts]
    if not texts:
        return {}
    frame = objects.query(
        target.name,
        select=list(dict.fromkeys([*target.keys, *select])),
        among=(first, list(dict.fromkeys(texts))),
    )
    found: dict[Key, list[Found]] = defaultdict(list)
    for record in text_records(frame):
        key = target.key_of(record)
        if key is not None and key in wanted:
            found[key].append(record)
    return dict(found)


# In front of the name of each field of an association.
ASSOCIATION = "CompanyPerson."
COMPANY = ASSOCIATION + "Company_ID"
_LINKED = OBJECT_NAMES["CompanyPerson"]
_LINK = ("Person_ID", "Company_ID")


@dataclass
class TenantPeople:
    """Reads people: by queries, or one by one where the tenant refuses to list them.

    Attributes:
        target: what tells people apart.
        is_blind: whether the tenant refuses to list people.
        compares_case: whether queries of the tenant tell A from a; None if that is not known.
    """

    client: Client
    target: ObjectTarget
    is_blind: bool = False
    compares_case: bool | None = None

    def by_key(
        self, records: Records, select: Sequence[str] = (), *, exact: bool = True
    ) -> dict[Key, list[Found]]:
        """Return the people with the key of one of these, each with Gsid and ``select``.

        Unless it has to be ``exact``, no one is read alone. Raises UploadError.
        """
        if not self.is_blind:
            try:
                found = records_with_keys(self.client.objects, self.target, records, select)
            except RejectedError as refusal:
                self._is_turned_down(refusal)
            else:
                return found | (self._of_other_case(records, select, found) if exact else {})
        return self._one_by_one(records, select) if exact else {}

    def _of_other_case(
        self, records: Records, select: Sequence[str], found: Mapping[Key, Sequence[Found]]
    ) -> dict[Key, list[Found]]:
        """Return people whom the tenant has with the address in other letters."""
        lacking = [one for one in records if self.target.key_of(one) not in found]
        if not lacking:
            return {}
        if self.compares_case is None and found:
            self.compares_case = self._tells_case(next(iter(found.values()))[0])
        return {} if self.compares_case is False else self._one_by_one(lacking, select)

    def _tells_case(self, person: Found) -> bool:
        """Return whether a query for this person with the letters turned finds no one."""
        turned = str(person.get("Email") or "").swapcase()
        there = self.client.objects.query(
            self.target.name, select=["Email"], among=("Email", [turned])
        )
        return person["Gsid"] not in set(there["Gsid"])

    def _one_by_one(self, records: Records, select: Sequence[str]) -> dict[Key, list[Found]]:
        found: dict[Key, list[Found]] = {}
        for record in records:
            key, email = self.target.key_of(record), cell_text(record.get("Email"))
            person = None if key is None or email is None else self.client.people.find(email)
            one = {} if person is None else _read(person, [*self.target.keys, *select])
            if key is not None and self.target.key_of(one) == key:
                found[key] = [one]
        return found

    def _is_turned_down(self, refusal: RejectedError) -> None:
        """Note that the tenant does not list people; raise any other error."""
        if refusal.code == NO_SUCH_FIELD:
            raise refusal
        self.is_blind = True

    def by_gsid(self, gsids: Sequence[str], select: Sequence[str]) -> dict[str, Found]:
        """Return people by Gsid, each with ``select``. Raises UploadError."""
        if not gsids:
            return {}
        if not self.is_blind:
            try:
                frame = self.client.objects.query("Person", select=select, among=("Gsid", gsids))
                return {str(one["Gsid"]): one for one in text_records(frame)}
            except RejectedError as refusal:
                self._is_turned_down(refusal)
        people = [person for gsid in gsids if (person := self.client.people.get(gsid)) is not None]
        return {person.gsid: _read(person, select) for person in people}

    def links(self, gsids: Sequence[str], names: Sequence[str]) -> dict[str, list[Found]]:
        """Return the associations of people with companies by the person's Gsid.

        Each has its company, its Gsid and ``names``, with ``CompanyPerson.`` in front. Raises
        UploadError.
        """
        links: dict[str, list[Found]] = defaultdict(list)
        own = [name for name in names if name not in _LINK]
        if not gsids:
            return links
        if not self.is_blind:
            frame = self.client.objects.query(
                _LINKED, select=[*_LINK, *own], among=("Person_ID", list(gsids))
            )
            for one in text_records(frame):
                link = {ASSOCIATION + name: one[name] for name in ("Company_ID", "Gsid", *own)}
                links[str(one["Person_ID"])].append(link)
            return links
        for gsid in gsids:
            person = self.client.people.get(gsid)
            each = () if person is None else person.companies
            links[gsid] = [_read_link(one, own) for one in each]
        return links


def _read(person: StoredPerson, select: Sequence[str]) -> Found:
    """Return a person who was read alone, as a query returns people."""
    raw = {name.casefold(): value for name, value in person.raw.items()}
    texts = {name: cell_text(raw.get(name.casefold())) or None for name in select}
    return {**texts, "Gsid": person.gsid}


def _read_link(link: StoredAssociation, names: Sequence[str]) -> Found:
    raw = {name.casefold(): value for name, value in link.raw.items()}
    texts: Found = {
        ASSOCIATION + name: cell_text(raw.get(name.casefold())) or None for name in names
    }
    company = None if link.company is None else link.company.id
    return {**texts, COMPANY: company, ASSOCIATION + "Gsid": link.gsid}

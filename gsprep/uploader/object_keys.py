"""Rows to be written to an object, their outcomes, and the keys that identify their records."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal, Protocol

from gsprep.schemas.frames import cell_text, text_records

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    import pandas as pd

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

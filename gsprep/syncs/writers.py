"""Rows to send, the destination of a sync, and what it needs of a writer."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol

from gsprep.schemas.frames import ROW_ID, cell_text
from gsprep.syncs.records import Rejection
from gsprep.systems.system import System
from gsprep.uploader.object_keys import (
    KEY_TWICE,
    NO_KEY,
    ObjectTarget,
    RecordCalls,
    Row,
    RowOutcome,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    import pandas as pd
    import pandera.pandas as pa

    from gsprep.ledger.privacy import KeyedHashes
    from gsprep.ledger.sync_state import StoredRow, SyncState
    from gsprep.schemas.fields import ObjectFields
    from gsprep.syncs.definition import Lookup
    from gsprep.syncs.records import Records, Resolve
    from gsprep.uploader.compare import CellChanges


class WritableSystem(System, RecordCalls, Protocol):
    """A system some of whose lists are destinations of syncs.

    Attributes:
        exclusive: the field of a list whose entries belong to one record each.
    """

    exclusive: Mapping[str, str]

    def fields(self, name: str, named: Sequence[str] = ()) -> ObjectFields | None:
        """Return the fields of a list, with those among ``named`` that a tenant may add.

        None if there is no such list, or if it is only read.
        """


class Writer(Protocol):
    """Writes rows to an object of a tenant."""

    @property
    def target(self) -> ObjectTarget:
        """The object, and how rows are told apart."""

    def write(self, rows: Sequence[Row]) -> Iterator[tuple[int, RowOutcome]]:
        """Yield the position and the outcome of each row as soon as it is known."""

    def foretell(self, rows: Sequence[Row]) -> Iterator[tuple[int, RowOutcome]]:
        """Yield what ``write`` would do with each row; nothing is sent."""

    def delete(self, gsids: Sequence[str]) -> Iterator[tuple[int, RowOutcome]]:
        """Delete records and yield the position and the outcome of each."""

    def current(
        self, rows: Mapping[str, Row], names: Sequence[str]
    ) -> Mapping[str, Mapping[str, str | None]]:
        """Return the fields of records as they are, by the Gsid of their rows."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Destination:
    """The object of a sync: how its rows are checked, looked up and written.

    Attributes:
        finish: adds what is found out about all rows together, such as the company of each person;
            it gets the records and the rows that were read.
        evidence: a hash of what ``finish`` goes by; when it changes, the next read has to be whole.
        deleted: returns the Gsids of records that were deleted in the tenant, as far as it says.
        person: the field with the e-mail address of a person, None for other objects.
    """

    writer: Writer
    schema: pa.DataFrameSchema
    resolve: Resolve
    finish: Callable[[Records, pd.DataFrame], Records] = lambda mapped, _read: mapped
    evidence: bytes = b""
    deleted: Callable[[], frozenset[str]] = frozenset
    person: str | None = None


def foretold(
    writer: Writer, rows: Sequence[Row], cells: CellChanges | None
) -> Iterator[tuple[int, RowOutcome]]:
    """Yield what a writer would do with each row, and note the cells that it would change."""
    updates: dict[str, Row] = {}
    for number, outcome in writer.foretell(rows):
        if outcome.action == "updated" and outcome.gsid is not None:
            updates[outcome.gsid] = rows[number]
        yield number, outcome
    if cells is None or not updates:
        return
    names = list(dict.fromkeys(name for row in updates.values() for name in row.record))
    for gsid, record in writer.current(updates, names).items():
        for name, value in updates[gsid].record.items():
            cells.note(gsid, name, record.get(name), cell_text(value))


@dataclass(frozen=True, slots=True)
class Means:
    """What a destination may use.

    Attributes:
        folder: the folder that files of the definition are relative to.
        stopped: whether the run is to end; asked before each call.
        indexes: the folder of prepared companies, as of ``RunOptions``; None keeps none.
    """

    folder: Path = Path()
    stopped: Callable[[], bool] = lambda: False
    indexes: Path | None = None


@dataclass(frozen=True, slots=True)
class Lookups:
    """Ids of other records: found once in a run, and asked for again as long as there are none."""

    objects: RecordCalls
    _known: dict[tuple[str, str], dict[str, list[str]]] = field(default_factory=dict)

    def resolve(self, how: Lookup, values: Sequence[str]) -> Mapping[str, Sequence[str]]:
        """Return the Gsids of the records whose field has each value, by one query.

        E-mail addresses are compared without case. Raises UploadError.
        """
        known = self._known.setdefault((how.object, how.by), {})
        new = [value for value in values if value not in known]
        if new:
            known.update(self._found(how, new))
        return known

    def _found(self, how: Lookup, values: Sequence[str]) -> dict[str, list[str]]:
        is_caseless = how.by.casefold().endswith("email")
        plain = {value: _plain(value, is_caseless=is_caseless) for value in values}
        asked = list(dict.fromkeys([*(value.strip() for value in values), *plain.values()]))
        frame = self.objects.query(how.object, select=[how.by], among=(how.by, asked))
        ids: dict[str, list[str]] = {}
        there = frame[frame[how.by].notna()]
        for value, gsid in zip(there[how.by], there["Gsid"], strict=True):
            ids.setdefault(_plain(value, is_caseless=is_caseless), []).append(gsid)
        return {value: ids[key] for value, key in plain.items() if key in ids}


def _plain(value: str, *, is_caseless: bool) -> str:
    return value.strip().casefold() if is_caseless else value.strip()


_STORED = frozenset({"stored"})
_DONE = _STORED | {"absent"}


class ChangedRow(NamedTuple):
    """A row to send.

    Attributes:
        row_id: its key in the source.
        key, content, target: its hashes, as in ``StoredRow``.
        row: the record, and its Gsid where that is known.
        before: what is known of the row, None if it is new.
        cursor: its cursor, None without one.
    """

    row_id: str
    key: bytes
    content: bytes
    target: bytes | None
    row: Row
    before: StoredRow | None
    cursor: float | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """Result of a read, compared with the state.

    Attributes:
        rows: the rows to send.
        unchanged: how many rows are stored as they are.
        rejected: rows whose key in the object is that of another row.
    """

    rows: Sequence[ChangedRow]
    unchanged: int
    rejected: Mapping[str, Rejection]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the rows of a sync.

    Attributes:
        state: what was stored under each key.
        names: the hashes of this ledger.
        keys: the hash of the key of each row that was read, by row_id.
        gone: the keys of rows that the source no longer has.
        lost: the keys of rows whose record was deleted in the tenant.
        is_complete: whether all rows were read: then those whose record was absent are tried again.
    """

    state: SyncState
    names: KeyedHashes
    keys: Mapping[str, bytes]
    gone: frozenset[bytes] = frozenset()
    lost: frozenset[bytes] = frozenset()
    is_complete: bool = False


def split_by_key(frame: pd.DataFrame) -> tuple[pd.DataFrame, list[tuple[str, Rejection]]]:
    """Return the rows whose key is filled and unique, and why each other row is rejected.

    A row without a key is named by its place in the read.
    """
    missing = frame[ROW_ID].isna()
    repeated = frame[ROW_ID].duplicated(keep=False) & ~missing
    places = [f"record {at + 1}" for at in range(len(frame))]
    lines = zip(frame[ROW_ID], places, missing, repeated, strict=True)
    bad: list[tuple[str, Rejection]] = []
    for key, place, is_missing, is_repeated in lines:
        if is_missing:
            bad.append((place, Rejection(NO_KEY, "", "The key of the source is missing.")))
        elif is_repeated:
            message = "The key of the source is in several rows."
            bad.append((key, Rejection(KEY_TWICE, "", message)))
    good = frame[~(missing | repeated)]
    return good, bad


def find_changes(
    records: Mapping[str, Mapping[str, Any]],
    target: ObjectTarget,
    known_rows: Known,
    cursors: Mapping[str, float | None],
) -> Changes:
    """Compare records by row_id with the state of their sync.

    Each record is hashed once; more is looked up only of those that are not stored as they are.
    """
    state, names, ids = known_rows.state, known_rows.names, list(records)
    keys = [known_rows.keys[row_id] for row_id in ids]
    contents = names.of_all(map(canonical, records.values()))
    done = _STORED if known_rows.is_complete else _DONE
    stored = state.stored(keys, contents, done) - known_rows.lost
    left = [at for at, key in enumerate(keys) if key not in stored] if stored else range(len(ids))
    if not left:
        return Changes([], len(ids), {})
    known = state.of([keys[at] for at in left])
    targets = _targets(records, left, keys, target, known_rows)
    rows: list[ChangedRow] = []
    rejected: dict[str, Rejection] = {}
    for at, hash_, is_repeated in zip(left, *targets, strict=True):
        row_id, key = ids[at], keys[at]
        if is_repeated:
            message = f"{' and '.join(target.keys)} is the key of several rows."
            rejected[row_id] = Rejection(KEY_TWICE, ",".join(target.keys), message)
            continue
        before = known.get(key)
        gsid = None if before is None else before.gsid
        # Of a row that was not stored the record may have the key from before.
        moves = before is None or (before.outcome, before.target) != ("stored", hash_)
        row = Row(record=records[row_id], gsid=gsid, moves=moves)
        cursor = cursors.get(row_id)
        rows.append(ChangedRow(row_id, key, contents[at], hash_, row, before, cursor))
    # Records that are known come first: one may give up the key that another row gets.
    rows.sort(key=lambda row: row.row.gsid is None)
    return Changes(rows, len(ids) - len(left), rejected)


def _targets(
    records: Mapping[str, Mapping[str, Any]],
    left: Sequence[int],
    keys: Sequence[bytes],
    target: ObjectTarget,
    known: Known,
) -> tuple[Sequence[bytes | None], Sequence[bool]]:
    """Return for each row that is left the hash of its key in the object, and if several have it.

    Others may have it that were read now, or stored before.
    """
    plain = list(map(target.key_of, records.values()))
    times = Counter(plain)
    of = known.names.of
    hashes = [None if (key := plain[at]) is None else of("\0".join(key).encode()) for at in left]
    repeated = [plain[at] is not None and times[plain[at]] > 1 for at in left]
    owners = known.state.with_targets([one for one in hashes if one is not None])
    # A row that gets another key gives its earlier one up. A rejected one keeps that of its record,
    # so that the row which would get it is rejected, too.
    free = known.gone.union(keys) if owners else known.gone
    changed = bool(owners)
    while changed:
        kept = {keys[at] for place, at in enumerate(left) if repeated[place]}
        before = sum(repeated)
        for place, hash_ in enumerate(hashes):
            others = owners.get(hash_ or b"", ())
            repeated[place] |= any(
                row.key not in free or (row.key in kept and row.gsid is not None) for row in others
            )
        changed = sum(repeated) > before
    return hashes, repeated


_ENCODER = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"))


def canonical(value: object) -> bytes:
    """Return the bytes of a record for its hash: its JSON, sorted by name."""
    return _ENCODER.encode(value).encode()

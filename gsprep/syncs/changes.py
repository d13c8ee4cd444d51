"""Rows to send: records that differ from the last stored."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple

from gsprep.schemas.frames import ROW_ID
from gsprep.syncs.records import Rejection
from gsprep.uploader.object_keys import KEY_TWICE, NO_KEY, Row

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from gsprep.ledger.privacy import KeyedHashes
    from gsprep.ledger.sync_state import StoredRow, SyncState
    from gsprep.uploader.object_keys import ObjectTarget

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
        moves = before is None or before.target != hash_
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

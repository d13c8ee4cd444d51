"""Rows to send: those whose record differs from the one last stored under their key."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from gsprep.schemas.frames import ROW_ID
from gsprep.syncs.records import Rejection
from gsprep.uploader.object_rows import KEY_TWICE, NO_KEY, Row

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd

    from gsprep.ledger.privacy import KeyedHashes
    from gsprep.ledger.sync_state import StoredRow, SyncState
    from gsprep.uploader.object_keys import ObjectTarget

_STORED = frozenset({"stored"})
_DONE = _STORED | {"absent"}


@dataclass(frozen=True, slots=True)
class ChangedRow:
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
    row: Row = field(repr=False)
    before: StoredRow | None = field(repr=False)
    cursor: float | None = None


@dataclass(frozen=True, slots=True)
class Changes:
    """What a read comes to.

    Attributes:
        rows: the rows to send.
        unchanged: the rows that are stored as they are, with their Gsid.
        rejected: rows whose key in the object is that of another row.
    """

    rows: Sequence[ChangedRow]
    unchanged: Mapping[str, str | None]
    rejected: Mapping[str, Rejection]


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the rows of a sync.

    Attributes:
        state: what was stored under each key.
        names: the hashes of this ledger.
        gone: the keys of rows that the source no longer has.
        is_complete: whether all rows were read: then those whose record was absent are tried again.
    """

    state: SyncState
    names: KeyedHashes
    gone: frozenset[bytes] = frozenset()
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
    """Compare records by row_id with the state of their sync."""
    state, names = known_rows.state, known_rows.names
    keys = {row_id: names.of_row(row_id) for row_id in records}
    known = state.of(list(keys.values()))
    targets = {
        row_id: None if (key := target.key_of(record)) is None else names.of(_canonical(key))
        for row_id, record in records.items()
    }
    repeated = _repeated(keys, targets, known_rows)
    done = _STORED if known_rows.is_complete else _DONE
    rows: list[ChangedRow] = []
    unchanged: dict[str, str | None] = {}
    rejected: dict[str, Rejection] = {}
    for row_id, record in records.items():
        before, content = known.get(keys[row_id]), names.of(_canonical(record))
        if before is not None and before.content == content and before.outcome in done:
            unchanged[row_id] = before.gsid
        elif targets[row_id] in repeated:
            message = f"{' and '.join(target.keys)} is the key of several rows."
            rejected[row_id] = Rejection(KEY_TWICE, ",".join(target.keys), message)
        else:
            gsid = None if before is None else before.gsid
            row = Row(record=record, gsid=gsid)
            rows.append(
                ChangedRow(
                    row_id, keys[row_id], content, targets[row_id], row, before, cursors.get(row_id)
                )
            )
    # Records that are known come first: one may give up the key that another row gets.
    rows.sort(key=lambda row: row.row.gsid is None)
    return Changes(rows, unchanged, rejected)


def _repeated(
    keys: Mapping[str, bytes], targets: Mapping[str, bytes | None], known: Known
) -> set[bytes]:
    """Return the keys of the object that several rows have, read now or stored before."""
    times = Counter(target for target in targets.values() if target is not None)
    owners = known.state.with_targets(list(times))
    own = {target: keys[row_id] for row_id, target in targets.items() if target is not None}
    # A row that was read now with another key of the object no longer holds its earlier one.
    moved = {*keys.values(), *known.gone}
    taken = {
        target
        for target, rows in owners.items()
        if any(row.key != own[target] and row.key not in moved for row in rows)
    }
    return {target for target, count in times.items() if count > 1} | taken


def _canonical(value: object) -> bytes:
    return json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":")).encode()

"""State of a sync as a file of keyed hashes."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from gsprep.errors import InputError
from gsprep.ledger.sync_state import StoredRow

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from gsprep.ledger.privacy import KeyedHashes
    from gsprep.ledger.sync_state import SavedSync, SyncState

_SCHEMA = "gsprep.sync-state/1"
# Hashes can be compared only with those of the same secret, which this marks.
_MARKED = b"the state of a sync"
_HASHES = ("key", "content", "target", "person")


def write_state(state: SyncState, saved: SavedSync, names: KeyedHashes, path: Path) -> int:
    """Write the state of a sync and return the number of rows."""
    head = {
        "schema": _SCHEMA, "sync": saved.name, "mark": names.of(_MARKED).hex(),
        "path": saved.path, "definition": saved.definition.hex(), "cursor": saved.cursor,
        "cursor_kind": saved.cursor_kind, "full": saved.full,
    }  # fmt: skip
    count = 0
    with path.open("w", encoding="utf-8") as file:
        file.write(json.dumps(head) + "\n")
        for row in state.rows():
            file.write(json.dumps(_written(row)) + "\n")
            count += 1
    return count


def read_state(state: SyncState, names: KeyedHashes, path: Path) -> int:
    """Replace the state of a sync by that of a file, and return the number of rows.

    Raises InputError for another file, and for one of a ledger with another secret.
    """
    try:
        with path.open(encoding="utf-8") as file:
            head = _head(json.loads(file.readline()), names, path)
            rows = [_read(json.loads(line)) for line in file]
    except OSError as failure:
        raise InputError(
            f"{path} cannot be read ({failure.strerror}): check the name and the folder"
        ) from failure
    except (ValueError, TypeError, KeyError):
        raise _no_state(path) from None
    state.replace(head["path"], bytes.fromhex(head["definition"]), rows)
    state.move(head["cursor"], head["cursor_kind"], head["full"])
    return len(rows)


def _head(found: Mapping[str, Any], names: KeyedHashes, path: Path) -> Mapping[str, Any]:
    if found["schema"] != _SCHEMA:
        raise _no_state(path)
    if found["mark"] != names.of(_MARKED).hex():
        raise InputError(
            f"{path} was made with another secret: its rows would not be recognized. Copy the file "
            "named secret from that data folder into this one before the first run here"
        )
    return found


def _no_state(path: Path) -> InputError:
    return InputError(f"{path} is not the state of a sync: make it with `gsprep sync state export`")


def _written(row: StoredRow) -> dict[str, Any]:
    cells = row._asdict()
    return cells | {n: cells[n].hex() for n in _HASHES if cells[n] is not None}


def _read(cells: Mapping[str, Any]) -> StoredRow:
    hashes = {n: bytes.fromhex(cells[n]) for n in _HASHES if cells[n] is not None}
    return StoredRow(**{**cells, **hashes})

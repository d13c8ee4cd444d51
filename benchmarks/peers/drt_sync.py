"""drt-core with a destination of its own: one run of one sync, its figures as JSON.

    PYTHON benchmarks/peers/drt_sync.py FOLDER ADDRESS

PYTHON is that of an environment with drt-core. FOLDER holds source.db with the table plans (id,
code, name, size, updated_at) and gets drt's state. The destination does what its author would write
in an afternoon: it asks for the keys, inserts and updates 50 records a call, and repeats a refused
call row by row.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path
from typing import Any

import httpx
from drt.config.credentials import SQLiteProfile
from drt.config.models import SyncConfig
from drt.destinations.base import SyncResult
from drt.destinations.row_errors import record_preview, record_row_error
from drt.engine.observer import StatePersistingObserver
from drt.engine.sync import run_sync
from drt.sources.sqlite import SQLiteSource
from drt.state.manager import StateManager
from drt.state.watermark import LocalWatermarkStorage

_OBJECT, _KEY, _AT_ONCE = "plan__gc", "Code__gc", 50
_FIELDS = {"code": _KEY, "name": "Name", "size": "Size__gc"}


class Objects:
    """Writes records of an object: a destination of drt."""

    def __init__(self, address: str) -> None:
        """Call the tenant of an address."""
        self.http = httpx.Client(base_url=address, headers={"Accesskey": os.environ["KEY"]})

    def load(self, records: list[dict[str, Any]], config: Any, sync_options: Any) -> SyncResult:
        """Insert or update a batch."""
        del config, sync_options
        result = SyncResult()
        for start in range(0, len(records), _AT_ONCE):
            rows = [
                {field: row[column] for column, field in _FIELDS.items()}
                for row in records[start : start + _AT_ONCE]
            ]
            there = self._keys([row[_KEY] for row in rows])
            new = [row for row in rows if row[_KEY] not in there]
            old = [{**row, "Gsid": there[row[_KEY]]} for row in rows if row[_KEY] in there]
            self._write("POST", new, result)
            self._write("PUT", old, result)
        return result

    def _keys(self, keys: list[str]) -> dict[str, str]:
        condition = {"name": _KEY, "alias": "A", "value": keys, "operator": "IN"}
        body = {
            "select": ["Gsid", _KEY],
            "where": {"conditions": [condition], "expression": "A"},
            "limit": 5000,
            "offset": 0,
        }
        found = self.http.post(f"/v1/data/objects/query/{_OBJECT}", json=body).json()["data"]
        rows = found.get("records") if isinstance(found, dict) else found
        return {row[_KEY]: row["Gsid"] for row in rows or ()}

    def _write(self, method: str, rows: list[dict[str, Any]], result: SyncResult) -> None:
        if not rows:
            return
        keys = {"keys": "Gsid"} if method == "PUT" else {}
        reply = self.http.request(
            method, f"/v1/data/objects/{_OBJECT}", params=keys, json={"records": rows}
        )
        if reply.is_success:
            result.success += len(rows)
        elif len(rows) > 1:
            for row in rows:
                self._write(method, [row], result)
        else:
            failure = RuntimeError(reply.json().get("errorCode"))
            record_row_error(
                result, 0, record_preview(rows[0]), failure, http_status=reply.status_code
            )


def main(folder: Path, address: str) -> None:
    """Run the sync from where it was left, and print its figures."""
    sync = SyncConfig.model_validate({
        "name": "plans",
        "model": "SELECT id, code, name, size, updated_at FROM plans",
        "destination": {"type": "rest_api", "url": address},
        "sync": {
            "mode": "incremental", "cursor_field": "updated_at", "batch_size": 500,
            "on_error": "skip",
        },
    })  # fmt: skip
    state, marks = StateManager(folder), LocalWatermarkStorage(folder)
    begun = time.process_time()
    result = run_sync(
        sync, SQLiteSource(), Objects(address), SQLiteProfile("sqlite", str(folder / "source.db")),
        folder, state_manager=state, watermark_storage=marks,
        observer=StatePersistingObserver(state, marks),
    )  # fmt: skip
    print(
        json.dumps({
            "seconds": time.process_time() - begun,
            "read": result.rows_extracted,
            "stored": result.success,
            "failed": result.failed,
        })
    )  # fmt: skip


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])

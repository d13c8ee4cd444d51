"""Syncs: what deciding costs, and drt-core next to gsprep against the same sandbox.

    python benchmarks/syncs.py [KEYS] [--rows ROWS] [--drt PYTHON]

Deciding which of KEYS rows to send is compared with one hash pass over them: the hashes of the key
and of the record of each row. Then ROWS rows of a database are synchronized by ``gsprep sync run``
and, with the Python of an environment that has drt-core, by drt with a destination of its own
(peers/drt_sync.py): seconds are those of the client's processor. Last, what each does with a
failed row, a late row, a null and a deletion.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from gsprep.ledger.database import Database
from gsprep.ledger.privacy import KeyedHashes
from gsprep.ledger.sync_state import StoredRow, SyncState
from gsprep.sandbox.app import make_app, serve
from gsprep.sandbox.limits import UNLIMITED
from gsprep.sandbox.store import Store
from gsprep.sandbox.tenant import Field, Tenant
from gsprep.syncs.writers import Known, canonical, find_changes
from gsprep.uploader.object_keys import ObjectTarget

if TYPE_CHECKING:
    from collections.abc import Iterator

KEYS, ROWS, CHANGED, MISSING = 1_000_000, 5_000, 1_000, 500
PLAN = "plan__gc"
_PAGE = 1_000
# Seconds that say nothing.
_LEAST = 0.05
FIELDS = (Field("Name"), Field("Code__gc"), Field("Size__gc", "NUMBER"))
TARGET = ObjectTarget(name=PLAN, keys=("Code__gc",))
DEFINITION = {
    "sync": "plans",
    "source": {
        "connection": "warehouse", "table": "plans", "key": "id",
        "cursor": {"column": "updated_at"},
    },
    "destination": {"object": PLAN, "key": ["Code__gc"]},
    "fields": {"Code__gc": "code", "Name": "name", "Size__gc": "size"},
    "on_missing": "delete",
    "guards": {"missing": "100%", "refused": "100%"},
}  # fmt: skip
Records = dict[str, dict[str, Any]]
Line = tuple[int, str, str | None, str | None, str]


def deciding(count: int, folder: Path) -> dict[str, float]:
    """Return seconds of the processor for a hash pass, and for deciding in two runs."""
    records: Records = {
        str(n): {
            "Code__gc": f"c{n}", "Name": f"Plan {n}", "Size__gc": n, "Plan__gc": "Pro",
            "City__gc": "Lima",
        }
        for n in range(count)
    }  # fmt: skip
    names = KeyedHashes(b"secret")
    begun = time.process_time()
    for row_id, record in records.items():
        names.of_row(row_id)
        names.of(canonical(record))
    figures = {"hash pass": time.process_time() - begun}
    with closing(Database(folder / "ledger.sqlite")) as database:
        state = SyncState(database, "plans")
        state.save("plans.yaml", b"")
        figures["first run"] = _decide(state, names, records)
        for n in range(CHANGED):
            records[str(n)]["Size__gc"] = -1
        for n in range(CHANGED, CHANGED + MISSING):
            del records[str(n)]
        figures["later run"] = _decide(state, names, records)
    return figures


def _decide(state: SyncState, names: KeyedHashes, records: Records) -> float:
    """Decide, store the outcomes, and return the seconds of deciding."""
    begun = time.process_time()
    keys = {row_id: names.of_row(row_id) for row_id in records}
    seen = set(keys.values())
    gone = frozenset(key for key in state.present() if key not in seen)
    changes = find_changes(records, TARGET, Known(state, names, keys, gone, is_complete=True), {})
    seconds = time.process_time() - begun
    state.keep(
        StoredRow(row.key, row.content, row.target, None, f"G{row.row_id}", "stored")
        for row in changes.rows
    )
    return seconds


class Client(NamedTuple):
    """A client that runs the sync of a folder.

    Attributes:
        words: the command.
        environment: its variables.
    """

    name: str
    folder: Path
    words: tuple[str, ...]
    environment: dict[str, str]

    def run(self, *more: str) -> tuple[float, str]:
        """Run it, and return the seconds of its processor and its output."""
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(  # noqa: S603  our own commands
            [*self.words, *more],
            cwd=self.folder, env={**os.environ, **self.environment}, check=False,
            capture_output=True, text=True,
        )  # fmt: skip
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        if done.returncode not in (0, 1):
            raise SystemExit(f"{self.name}: {done.stderr}")
        return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stdout

    def source(self, rows: list[Line]) -> None:
        """Replace the rows of the source."""
        with closing(sqlite3.connect(self.folder / "source.db")) as database, database:
            database.execute("DROP TABLE IF EXISTS plans")
            database.execute(
                "CREATE TABLE plans (id INTEGER, code TEXT, name TEXT, size TEXT, updated_at TEXT)"
            )
            database.executemany("INSERT INTO plans VALUES (?, ?, ?, ?, ?)", rows)


@contextmanager
def client(name: str, python: str) -> Iterator[tuple[Client, Store]]:
    """Give a client with a folder and a tenant of its own."""
    with (
        tempfile.TemporaryDirectory() as text,
        Store(tenant=Tenant(fields={PLAN: FIELDS})) as store,
    ):
        folder = Path(text)
        with serve(make_app(store, limits=UNLIMITED)) as server:
            if name == "drt":
                script = Path(__file__).parent / "peers" / "drt_sync.py"
                words = (python, str(script), text, server.url)
                yield Client(name, folder, words, {"KEY": "any"}), store
                return
            program = str(Path(sys.executable).parent / "gsprep")
            home = {"GSPREP_HOME": str(folder / "home"), "GAINSIGHT_ACCESS_KEY": "any"}
            address = ("--kind", "sql", "--to", f"sqlite:///{folder / 'source.db'}", "--no-secret")
            Client(name, folder, (program, "connections", "add", "warehouse", *address), home).run()
            (folder / "plans.yaml").write_text(json.dumps(DEFINITION), encoding="utf-8")
            free = ("--sync-per-minute", "1000000", "--sync-per-day", "1000000")
            run = (program, "sync", "run", "plans.yaml", "--to", server.url, *free)
            yield Client(name, folder, (*run, "--confirm-delete"), home), store


def rows_a_second(name: str, python: str, count: int) -> None:
    """Print seconds and rows a second of a first run, and of one in which nothing changed."""
    with client(name, python) as (one, store):
        one.source([(n, f"c{n}", f"Plan {n}", str(n), "2026-11-01 10:00:00") for n in range(count)])
        nothing, _ = _empty(name, python)
        for run in ("first", "second"):
            seconds, _ = one.run()
            more = seconds - nothing
            rate = f"{count / more:,.0f} rows a second" if more > _LEAST else "no more than a start"
            print(f"{name:<8} {run:<8} {seconds:6.1f} s  {rate}")
        print(f"{name:<8} records  {len(_held(store)):,} of {count:,}")


def _empty(name: str, python: str) -> tuple[float, str]:
    """Run a sync of one row, for the seconds that a start takes."""
    with client(name, python) as (one, _):
        one.source([(1, "c", "Plan", "1", "2026-11-01 10:00:00")])
        return one.run()


def _held(store: Store) -> dict[str, tuple[str | None, str | None]]:
    found: dict[str, tuple[str | None, str | None]] = {}
    select = ["Code__gc", "Name", "Size__gc"]
    while rows := store.query(PLAN, {"select": select, "limit": _PAGE, "offset": len(found)}):
        found |= {row["Code__gc"]: (row["Name"], row["Size__gc"]) for row in rows}
    return found


def behaviours(name: str, python: str) -> None:
    """Print what the tenant has after two days with a failed, a late, an emptied and a gone row."""
    with client(name, python) as (one, store):
        failed: Line = (1, "failed", "Plan", "many", "2026-11-01 10:00:00")
        rest: list[Line] = [
            (2, "null", "Plan", "2", "2026-11-01 10:00:01"),
            (3, "gone", "Plan", "3", "2026-11-01 10:00:02"),
            (4, "last", "Plan", "4", "2026-11-01 12:00:00"),
        ]
        one.source([failed, *rest])
        one.run()
        print(f"{name:<8} day 1    {_held(store)}")
        # The type of the field was wrong, not the row: an administrator mends it.
        store.tenant.fields[PLAN] = (*FIELDS[:2], Field("Size__gc"))  # type: ignore[index]
        late: Line = (5, "late", "Plan", "5", "2026-11-01 11:59:00")
        null: Line = (2, "null", "Plan", None, "2026-11-02 10:00:00")
        one.source([failed, null, rest[2], late])
        one.run()
        print(f"{name:<8} day 2    {_held(store)}")
        if name == "gsprep":
            one.run("--full")
            print(f"{name:<8} --full   {_held(store)}")


def main() -> None:
    """Print all figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("keys", nargs="?", type=int, default=KEYS)
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--drt", metavar="PYTHON", help="Python of an environment with drt-core")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        figures = deciding(options.keys, Path(folder))
    for name, seconds in figures.items():
        print(f"{name:<10} {seconds:6.1f} s  {seconds / figures['hash pass']:5.2f} hash passes")
    peers = {"gsprep": sys.executable} | ({"drt": options.drt} if options.drt else {})
    for name, python in peers.items():
        rows_a_second(name, python, options.rows)
    for name, python in peers.items():
        behaviours(name, python)


if __name__ == "__main__":
    main()

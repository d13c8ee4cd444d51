"""Days of a sync: edits, late rows, faults, a lost ledger; each run is foretold by a dry run."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from gsprep.ledger.database import Database
from gsprep.ledger.sync_state import SyncState
from gsprep.sandbox.store import Store
from gsprep.sandbox.tenant import Tenant
from gsprep.syncs.sources import Since, begin_of
from tests.syncs.test_run import FIELDS, PLAN, Syncs, source

if TYPE_CHECKING:
    from gsprep.syncs.run import SyncResult

CURSOR = {"column": "at", "lookback": "0s"}
KEYS, CODES, SIZES = "12345", "abcde", ("1", "2", "")
ROUTES = ("insert_records", "update_records", "delete_record", "query")


def numbers(result: SyncResult) -> dict[str, int]:
    return {name: count for name, count in result.counts.items() if count}


class Days(RuleBasedStateMachine):
    """A source that people edit, and runs that read it in full or from the cursor on."""

    def __init__(self) -> None:
        """Begin with nothing in the source and in the tenant."""
        super().__init__()
        self.folder = Path(tempfile.mkdtemp(prefix="gsprep-days-"))
        self.store = Store(tenant=Tenant(fields={PLAN: FIELDS}))
        self.syncs = Syncs(
            self.store,
            source={"file": "plans.csv", "key": "id", "cursor": CURSOR},
            on_missing="delete",
            guards={"missing": "100%", "empty": "allow"},
        )
        self.rows: dict[str, tuple[str, str, int]] = {}
        self.day = 1
        # Whether records of rows that are gone stay, as their state was lost.
        self.stays = False

    def teardown(self) -> None:
        """Close what was opened."""
        self.store.close()
        shutil.rmtree(self.folder)

    @rule(key=st.sampled_from(KEYS), code=st.sampled_from(CODES), size=st.sampled_from(SIZES))
    def edit(self, key: str, code: str, size: str) -> None:
        """Insert or change a row; its key in the object may be that of another row."""
        self.day += 1
        self.rows[key] = (code, size, self.day)

    @rule(key=st.sampled_from(KEYS))
    def remove(self, key: str) -> None:
        """Remove a row from the source."""
        self.rows.pop(key, None)

    @rule(
        full=st.booleans(),
        route=st.sampled_from(ROUTES),
        at=st.integers(1, 3),
        committed=st.booleans(),
    )
    def run_with_a_fault(self, full: bool, route: str, at: int, committed: bool) -> None:  # noqa: FBT001  Hypothesis calls by name
        """Run while a call goes wrong; what was sent by then may be stored or not."""
        self._run(
            full=full, faults=[{"fault": "reset", "route": route, "at": at, "committed": committed}]
        )

    @rule()
    def run_from_the_cursor(self) -> None:
        """Run; every row that changed since is read, so the records are those of the source."""
        self._run(full=False)

    @rule()
    def run_in_full(self) -> None:
        """Run as it was foretold; then the object is the source, and a second run sends nothing."""
        foretold = self._run(full=True, dry_run=True)
        done = self._run(full=True)
        assert done.stopped is None
        if not foretold.counts.get("rejected"):
            assert numbers(done) == numbers(foretold)
        # Keys that rows gave up in this run are free in the next.
        self._run(full=True)
        last = self._run(full=True)
        self._object_is_the_source({row for row in last.rows["row_id"] if row is not None})
        self.syncs.writes.clear()
        self._run(full=True)
        assert self.syncs.writes == []

    @rule(code=st.sampled_from(CODES))
    def delete_in_the_tenant(self, code: str) -> None:
        """Delete a record in the tenant; a full read brings it back."""
        there = self.store.query(PLAN, {"select": ["Gsid", "Code__gc"]})
        for record in [one for one in there if one["Code__gc"] == code]:
            self.store.delete(PLAN, record["Gsid"])

    @rule()
    @precondition(lambda self: self.rows)
    def lose_the_ledger(self) -> None:
        """Lose all that is known: nothing is deleted for it, and nothing comes twice."""
        self.syncs.database = Database(None)
        self.syncs.state = SyncState(self.syncs.database, self.syncs.sync.name)
        self.syncs.state.save("plans.yaml", b"")
        self.stays = True

    @invariant()
    def no_key_is_there_twice(self) -> None:
        """Whatever went wrong, a key has one record."""
        self.syncs.held()

    def _run(self, *, full: bool, **how: Any) -> Any:
        lines = [(key, code, "N", size, str(at)) for key, (code, size, at) in self.rows.items()]
        source(self.folder, *lines, header="id,code,name,size,at")
        saved, since = self.syncs.state.saved(), None
        assert saved is not None
        if not full and saved.cursor is not None and self.syncs.sync.source.cursor is not None:
            since = begin_of(Since(saved.cursor, "number"), self.syncs.sync.source.cursor)
        return self.syncs.run(self.folder, since=since, deletes=True, **how)

    def _object_is_the_source(self, rejected: set[str]) -> None:
        held = self.syncs.held()
        good = {key: row for key, row in self.rows.items() if key not in rejected}
        for code, size, _ in good.values():
            # A missing size leaves the field as it is.
            assert held[code][1] == size or not size
        if not rejected and not self.stays:
            assert set(held) == {code for code, _, _ in good.values()}


# Each step is up to five runs, so few are drawn.
Days.TestCase.settings = settings(
    max_examples=max(3, settings().max_examples // 6), stateful_step_count=7
)
test_days = Days.TestCase

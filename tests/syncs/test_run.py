"""Syncs to an object: after each run the object holds what the source has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
from clients import Clock, sandbox_client, silences
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gsprep.errors import InputError
from gsprep.ledger.database import Database
from gsprep.ledger.privacy import KeyedHashes
from gsprep.ledger.sync_state import SyncState
from gsprep.sandbox.store import Store
from gsprep.sandbox.tenant import Field, Tenant
from gsprep.schemas.objects import schema_from_describe
from gsprep.schemas.yaml_file import validated
from gsprep.syncs.definition import Sync
from gsprep.syncs.destinations import deleted_records
from gsprep.syncs.run import GuardError, RunLimits, run_sync
from gsprep.syncs.sources import Places, Since, read_rows
from gsprep.syncs.writers import Destination
from gsprep.uploader.object_keys import ObjectTarget
from gsprep.uploader.object_rows import ObjectWriter

if TYPE_CHECKING:
    from pathlib import Path

    from gsprep.syncs.run import SyncResult

PLAN = "plan__gc"
FIELDS = (
    Field("Name"),
    Field("Code__gc"),
    Field("Size__gc", "NUMBER"),
    Field("Seen__gc", "DATETIME"),
    Field("Tags__gc", "MULTISELECTDROPDOWNLIST", options=("a", "b")),
)
DOCUMENT: dict[str, Any] = {
    "sync": "plans",
    "source": {"file": "plans.csv", "key": "id"},
    "destination": {"object": PLAN, "key": ["Code__gc"]},
    "fields": {"Code__gc": "code", "Name": "name", "Size__gc": {"from": "size"}},
}


class Syncs:
    """A source in memory, a sandbox and a ledger, and runs of one sync between them."""

    def __init__(self, store: Store, **changes: Any) -> None:
        """Take the tenant, and entries that differ in the definition."""
        self.store, self.clock = store, Clock()
        self.sync = validated(Sync, {**DOCUMENT, **changes}, "the sync")
        self.database = Database(None)
        self.state = SyncState(self.database, self.sync.name)
        self.state.save("plans.yaml", b"")
        self.names = KeyedHashes(b"secret")
        self.writes: list[str] = []
        self.schema: Any = None
        # In place of the sandbox's reply to a call that writes.
        self.reply: httpx.Response | None = None
        # A text that makes the sandbox refuse a call.
        self.refuses = ""

    def run(
        self, folder: Path, faults: Any = (), since: Since | None = None, **limits: Any
    ) -> SyncResult:
        """Read the file of a folder and send what changed."""
        client = sandbox_client(self.store, self.clock, faults, self._note)
        self.schema = self.schema or schema_from_describe(client.objects.describe(PLAN))
        target = ObjectTarget(name=PLAN, keys=self.sync.destination.key)
        writer = ObjectWriter(client.objects, target)
        to = Destination(
            writer=writer,
            schema=self.schema,
            resolve=lambda *_: {},
            deleted=lambda: deleted_records(client.objects),
        )
        reading = read_rows(self.sync.source, self.sync.columns, Places(folder=folder), since)
        return run_sync(
            self.sync, reading, to, state=self.state, names=self.names, limits=RunLimits(**limits)
        )

    def _note(self, request: httpx.Request) -> httpx.Response | None:
        if "/query/" not in request.url.path and request.method != "GET":
            self.writes.append(request.method)
            if self.refuses and self.refuses.encode() in request.content:
                refusal = {"result": False, "errorCode": "GSOBJ_1008", "errorDesc": "no"}
                return httpx.Response(400, json=refusal)
            return self.reply
        return None

    def held(self) -> dict[str, tuple[str | None, ...]]:
        """Return the records by their key, which no two of them have."""
        select = ["Code__gc", "Name", "Size__gc"]
        rows = self.store.query(PLAN, {"select": select})
        assert len({row["Code__gc"] for row in rows}) == len(rows), "a key stands twice"
        return {row["Code__gc"]: (row["Name"], row["Size__gc"]) for row in rows}


@pytest.fixture
def store() -> Any:
    with Store(tenant=Tenant(fields={PLAN: FIELDS})) as opened:
        yield opened


def source(folder: Path, *rows: tuple[str, ...], header: str = "id,code,name,size") -> None:
    lines = [header, *(",".join(row) for row in rows)]
    (folder / "plans.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def counts(result: SyncResult) -> dict[str, int]:
    assert result.stopped is None, result.stopped
    return {name: count for name, count in result.counts.items() if count}


def test_only_what_changed_is_sent(store: Store, tmp_path: Path) -> None:
    syncs = Syncs(store)
    source(tmp_path, ("1", "a", "Basic", "3"), ("2", "b", "Pro", "4"))
    assert counts(syncs.run(tmp_path)) == {"read": 2, "created": 2}
    assert syncs.held() == {"a": ("Basic", "3"), "b": ("Pro", "4")}
    syncs.writes.clear()
    assert counts(syncs.run(tmp_path)) == {"read": 2, "unchanged": 2}
    assert syncs.writes == []
    source(tmp_path, ("1", "a", "Basic", "5"), ("2", "b", "Pro", "4"), ("3", "c", "Top", ""))
    assert counts(syncs.run(tmp_path)) == {"read": 3, "unchanged": 1, "updated": 1, "created": 1}
    assert syncs.held() == {"a": ("Basic", "5"), "b": ("Pro", "4"), "c": ("Top", None)}


def test_rows_that_exchange_their_keys_do_so_together_even_if_one_is_refused_again(
    store: Store, tmp_path: Path
) -> None:
    syncs = Syncs(store)
    source(tmp_path, ("1", "a", "Basic", "3"), ("2", "b", "Pro", "4"))
    syncs.run(tmp_path)
    before, syncs.refuses = syncs.held(), "Bad"
    source(tmp_path, ("1", "b", "Basic", "3"), ("2", "a", "Bad", "4"))
    for _ in range(2):
        assert counts(syncs.run(tmp_path)) == {"read": 2, "refused": 2}
        assert syncs.held() == before
    syncs.refuses = ""
    assert counts(syncs.run(tmp_path)) == {"read": 2, "updated": 2}
    assert syncs.held() == {"b": ("Basic", "3"), "a": ("Bad", "4")}


def test_a_renamed_key_makes_no_second_record(store: Store, tmp_path: Path) -> None:
    syncs = Syncs(store)
    source(tmp_path, ("1", "a", "Basic", "3"))
    syncs.run(tmp_path)
    source(tmp_path, ("1", "a2", "Basic", "3"))
    assert counts(syncs.run(tmp_path)) == {"read": 1, "updated": 1}
    assert syncs.held() == {"a2": ("Basic", "3")}


def test_a_lost_state_sends_all_again_and_makes_nothing_twice(store: Store, tmp_path: Path) -> None:
    source(tmp_path, ("1", "a", "Basic", "3"), ("2", "b", "Pro", "4"))
    Syncs(store).run(tmp_path)
    assert counts(Syncs(store).run(tmp_path)) == {"read": 2, "updated": 2}
    assert set(syncs_held := Syncs(store).held()) == {"a", "b"}, syncs_held


def test_rows_that_cannot_be_told_apart_are_rejected(store: Store, tmp_path: Path) -> None:
    syncs = Syncs(store)
    rows = [("1", "a"), ("1", "b"), ("", "c"), ("4", "d"), ("5", "d"), ("6", "e"), ("7", "")]
    source(tmp_path, *((key, code, "N", "1") for key, code in rows))
    result = syncs.run(tmp_path)
    assert counts(result) == {"read": 7, "rejected": 6, "created": 1}
    codes = dict(zip(result.rows["row_id"], result.rows["code"], strict=True))
    assert codes["record 3"] == "GSPREP_KEY"
    assert codes["1"] == codes["4"] == codes["5"] == "GSPREP_KEYTWICE"
    assert codes["7"] == "GSPREP_KEY"
    assert set(syncs.held()) == {"e"}


def test_a_bad_cell_is_rejected_before_it_is_sent(store: Store, tmp_path: Path) -> None:
    syncs = Syncs(store)
    source(tmp_path, ("1", "a", "Basic", "many"), ("2", "b", "Pro", "4"))
    result = syncs.run(tmp_path)
    assert counts(result) == {"read": 2, "rejected": 1, "created": 1}
    assert "many" not in result.rows["reason"].iloc[0]
    # The mended row is sent by the next run.
    source(tmp_path, ("1", "a", "Basic", "7"), ("2", "b", "Pro", "4"))
    assert counts(syncs.run(tmp_path)) == {"read": 2, "unchanged": 1, "created": 1}


@pytest.mark.parametrize(
    ("rule", "cell", "sent"),
    [
        ({"from": "name", "values": {"p": "Pro"}}, "p", "Pro"),
        ({"from": "name", "values": {"p": "Pro"}, "otherwise": "keep"}, "x", "x"),
        ({"from": "name", "values": {"p": "Pro"}, "otherwise": "Basic"}, "x", "Basic"),
        ({"value": "Fixed"}, "x", "Fixed"),
        ({"from": "name", "values": {"p": "Pro"}}, "x", "rejected"),
    ],
    ids=["mapped", "kept", "replaced", "constant", "rejected"],
)
def test_values(store: Store, tmp_path: Path, rule: dict[str, Any], cell: str, sent: str) -> None:
    syncs = Syncs(store, fields={"Code__gc": "code", "Name": rule, "Size__gc": "size"})
    source(tmp_path, ("1", "a", cell, "1"))
    result = syncs.run(tmp_path)
    if sent == "rejected":
        assert result.rows["code"].to_list() == ["GSPREP_VALUE"]
    else:
        assert syncs.held() == {"a": (sent, "1")}


@pytest.mark.parametrize(("on_null", "left"), [("ignore", "3"), ("clear", None)])
def test_a_value_that_is_gone(store: Store, tmp_path: Path, on_null: str, left: str | None) -> None:
    size = {"from": "size", "on_null": on_null}
    syncs = Syncs(store, fields={"Code__gc": "code", "Name": "name", "Size__gc": size})
    source(tmp_path, ("1", "a", "Basic", "3"))
    syncs.run(tmp_path)
    source(tmp_path, ("1", "a", "Basic", ""))
    syncs.run(tmp_path)
    assert syncs.held() == {"a": ("Basic", left)}


@pytest.mark.parametrize(
    ("condition", "passes"),
    [
        ({"column": "size", "is": "GT", "value": 9}, {"b"}),
        ({"column": "size", "is": "BTW", "value": [1, 9]}, {"a"}),
        ({"column": "size", "is": "IN", "value": [2, 10]}, {"a", "b"}),
        ({"column": "size", "is": "IS_NULL"}, {"c"}),
        ({"column": "size", "is": "NE", "value": "2.0"}, {"b"}),
        ({"column": "name", "is": "STARTS_WITH", "value": "B"}, {"a"}),
        ({"column": "name", "is": "INCLUDES", "value": ["Pro"]}, {"b"}),
        ({"column": "name", "is": "EXCLUDES", "value": ["Pro"]}, {"a", "c"}),
    ],
)
def test_filter(store: Store, tmp_path: Path, condition: Any, passes: set[str]) -> None:
    syncs = Syncs(store, filter=[condition])
    source(tmp_path, ("1", "a", "Basic", "2"), ("2", "b", "Pro", "10"), ("3", "c", "Top", ""))
    result = syncs.run(tmp_path)
    assert set(syncs.held()) == passes
    assert result.counts["filtered"] == 3 - len(passes)


def test_a_dry_run_foretells_and_changes_nothing(store: Store, tmp_path: Path) -> None:
    syncs = Syncs(store)
    source(tmp_path, ("1", "a", "Basic", "3"), ("2", "b", "Pro", "4"))
    syncs.run(tmp_path)
    source(tmp_path, ("1", "a", "Basic", "9"), ("2", "b", "Pro", "4"), ("3", "c", "Top", "1"))
    before = list(syncs.database.rows("SELECT * FROM sync_row"))
    syncs.writes.clear()
    foretold = counts(syncs.run(tmp_path, dry_run=True))
    assert (syncs.writes, syncs.database.rows("SELECT * FROM sync_row")) == ([], before)
    assert counts(syncs.run(tmp_path)) == foretold


def test_rows_that_are_gone(store: Store, tmp_path: Path) -> None:
    syncs = Syncs(store, on_missing="delete", guards={"missing": "60%"})
    source(tmp_path, ("1", "a", "Basic", "3"), ("2", "b", "Pro", "4"))
    syncs.run(tmp_path)
    source(tmp_path, ("1", "a", "Basic", "3"))
    refused = syncs.run(tmp_path)
    assert isinstance(refused.stopped, InputError)
    assert "--confirm-delete" in str(refused.stopped)
    assert set(syncs.held()) == {"a", "b"}
    away = {"fault": "status", "status": 503, "route": "delete_record", "at": [1, 2, 3, 4, 5]}
    silent = syncs.run(tmp_path, [away], deletes=True)
    assert counts(silent) == {"read": 1, "unchanged": 1, "missing": 1, "unknown": 1}
    result = syncs.run(tmp_path, deletes=True)
    assert counts(result) == {"read": 1, "unchanged": 1, "missing": 1, "deleted": 1}
    assert set(syncs.held()) == {"a"}
    assert counts(syncs.run(tmp_path, deletes=True)) == {"read": 1, "unchanged": 1}


def test_an_empty_source_stops_the_run(store: Store, tmp_path: Path) -> None:
    syncs = Syncs(store, on_missing="delete")
    source(tmp_path, ("1", "a", "Basic", "3"))
    syncs.run(tmp_path)
    source(tmp_path)
    result = syncs.run(tmp_path, deletes=True)
    assert isinstance(result.stopped, GuardError)
    assert "--accept empty" in str(result.stopped)
    assert set(syncs.held()) == {"a"}


@pytest.mark.parametrize("guard", ["rejected", "refused", "missing"])
def test_guards(store: Store, tmp_path: Path, guard: str) -> None:
    syncs = Syncs(store, guards={guard: "1%"}, on_missing="delete")
    good = [(str(n), f"c{n}", "N", "1") for n in range(100)]
    source(tmp_path, *good)
    syncs.run(tmp_path)
    size = "x" if guard == "rejected" else "1"
    more = [(str(n), f"c{n}", "N", size) for n in range(200, 210)]
    source(tmp_path, *(good[10:] if guard == "missing" else good + more))
    if guard == "refused":
        # The tenant was changed since its description was read.
        store.tenant.fields[PLAN] = (FIELDS[0], Field("Code__gc", length=3), *FIELDS[2:])  # type: ignore[index]
    result = syncs.run(tmp_path, deletes=True)
    assert isinstance(result.stopped, GuardError)
    assert f"--accept {guard}" in str(result.stopped)
    assert syncs.run(tmp_path, deletes=True, accept=frozenset({guard})).stopped is None


def test_a_full_read_brings_deleted_records_back(store: Store, tmp_path: Path) -> None:
    syncs = Syncs(store)
    source(tmp_path, ("1", "a", "Basic", "3"), ("2", "b", "Pro", "4"))
    syncs.run(tmp_path)
    (gsid,) = [
        row["Gsid"]
        for row in store.query(PLAN, {"select": ["Gsid", "Code__gc"]})
        if row["Code__gc"] == "b"
    ]
    store.delete(PLAN, gsid)
    foretold = counts(syncs.run(tmp_path, dry_run=True))
    assert counts(syncs.run(tmp_path)) == foretold == {"read": 2, "unchanged": 1, "created": 1}
    assert set(syncs.held()) == {"a", "b"}
    assert counts(syncs.run(tmp_path)) == {"read": 2, "unchanged": 2}


def test_a_value_in_place_of_a_field_is_not_kept(store: Store, tmp_path: Path) -> None:
    syncs = Syncs(store)
    error = {"errorMessage": "no", "errorCode": "GSOBJ_1002", "fieldName": "Zaphodine"}
    data = {"errors": [[{"success": False, "errors": [error]}]], "records": None}
    body = {"result": False, "errorCode": "GSOBJ_1002", "errorDesc": "no", "data": data}
    syncs.reply = httpx.Response(400, json=body)
    source(tmp_path, ("1", "a", "Zaphodine", "3"))
    result = syncs.run(tmp_path)
    assert counts(result) == {"read": 1, "refused": 1}
    assert result.rows["field"].to_list() == [""] or result.rows["field"].isna().all()
    assert "Zaphodine" not in str(syncs.database.rows("SELECT * FROM sync_row"))
    error["fieldName"] = "Name"
    syncs.reply = httpx.Response(400, json=body)
    assert syncs.run(tmp_path).rows["field"].to_list() == ["Name"]


_ROWS = st.dictionaries(
    st.sampled_from("12345"),
    st.tuples(st.sampled_from("abcde"), st.sampled_from(["1", "2", "x"])),
    max_size=5,
)
_FAULTS = silences(["insert_records", "update_records", "query"], 3)


@example(
    days=[
        ({"1": ("c", "1"), "2": ("b", "1")}, []),
        ({"2": ("a", "1"), "3": ("a", "1"), "1": ("b", "1")}, []),
    ]
)
@example(
    days=[
        ({"1": ("c", "1"), "2": ("b", "1"), "4": ("d", "1")}, []),
        ({"2": ("a", "1"), "3": ("a", "1"), "1": ("b", "1"), "4": ("c", "1")}, []),
    ]
)
@example(
    days=[
        ({"3": ("e", "1")}, [{"fault": "reset", "route": "insert_records", "committed": False}]),
        ({"4": ("b", "1"), "5": ("e", "1"), "3": ("b", "1")}, []),
    ]
)
@settings(max_examples=settings().max_examples // 2)
@given(days=st.lists(st.tuples(_ROWS, _FAULTS), min_size=1, max_size=5))
def test_after_a_quiet_run_the_object_is_the_source(days: Any, tmp_path_factory: Any) -> None:
    folder = tmp_path_factory.mktemp("days")
    with Store(tenant=Tenant(fields={PLAN: FIELDS})) as store:
        syncs = Syncs(store, on_missing="delete", guards={"missing": "100%", "empty": "allow"})
        for rows, faults in days:
            source(folder, *((key, code, "N", size) for key, (code, size) in rows.items()))
            syncs.run(folder, faults, deletes=True)
            syncs.held()
        for _ in range(3):
            last = syncs.run(folder, deletes=True)
        assert last.stopped is None
        held = syncs.held()
        rejected = set(last.rows.loc[last.rows["outcome"] == "rejected", "row_id"])
        for key, (code, size) in rows.items():
            if key not in rejected:
                assert held[code] == ("N", size)
            elif size != "x" and [code for code, _ in rows.values()].count(code) == 1:
                # The record of a row that is rejected keeps its key.
                assert code in held
        syncs.writes.clear()
        syncs.run(folder, deletes=True)
        assert syncs.writes == []


DAY = 86_400.0


@pytest.mark.parametrize(
    ("age", "now", "left"),
    [
        ("2 days", 2 * DAY, "abc"),
        ("2 days", 3 * DAY, "bc"),
        ("1 month", 31 * DAY, "abc"),
        ("1 month", 33 * DAY, "c"),
        ("2000 years", 33 * DAY, "abc"),
    ],
)
def test_rows_that_are_too_old_are_left_out(
    store: Store, tmp_path: Path, age: str, now: float, left: str
) -> None:
    """A row of which no one says how old it is stays; one with a wrong date is rejected."""
    retention = {"for": age, "column": "at"}
    syncs = Syncs(store, source={"file": "plans.csv", "key": "id", "retention": retention})
    dates = {"a": "1970-01-01", "b": "1970-01-02T12:00", "c": "", "d": "soon"}
    rows = [(str(at), code, "N", "1", day) for at, (code, day) in enumerate(dates.items())]
    source(tmp_path, *rows, header="id,code,name,size,at")
    result = syncs.run(tmp_path, now=lambda: now)
    assert result.counts["filtered"] == 3 - len(left)
    assert result.counts["rejected"] == 1
    assert set(syncs.held()) == set(left)


def test_the_record_of_a_row_that_became_too_old_is_missing(store: Store, tmp_path: Path) -> None:
    retention = {"for": "2 days", "column": "at"}
    options = {"file": "plans.csv", "key": "id", "retention": retention}
    syncs = Syncs(store, source=options, on_missing="delete")
    source(
        tmp_path,
        ("1", "a", "N", "1", "1970-01-01"),
        ("2", "b", "N", "1", "1970-01-09"),
        header="id,code,name,size,at",
    )
    assert counts(syncs.run(tmp_path, now=lambda: DAY)) == {"read": 2, "created": 2}
    done = syncs.run(tmp_path, now=lambda: 9 * DAY, deletes=True)
    assert counts(done) == {"read": 2, "filtered": 1, "unchanged": 1, "missing": 1, "deleted": 1}
    assert set(syncs.held()) == {"b"}

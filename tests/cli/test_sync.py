"""``gsprep sync``: definitions are checked, compared, run and taken up again."""

from __future__ import annotations

import json
import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from gsprep.ledger.database import FILE
from gsprep.ledger.ledger import Ledger
from gsprep.ledger.sync_state import SyncState
from gsprep.sandbox.app import make_app, serve
from gsprep.sandbox.faults import add_faults, read_faults
from gsprep.sandbox.store import Store
from gsprep.sandbox.tenant import Field, Tenant
from gsprep.tables.read import read_table

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cli.conftest import Said

PLAN = "plan__gc"
FIELDS = (
    Field("Name"),
    Field("Code__gc"),
    Field("Size__gc", "NUMBER"),
    Field("Parent__gc", "GSID"),
    Field("Owner__gc", "GSID"),
)
CANARY = "Zaphodine"


@pytest.fixture
def store() -> Iterator[Store]:
    """Return a tenant with a custom object."""
    with Store(tenant=Tenant(fields={PLAN: FIELDS})) as opened:
        yield opened


def definition(folder: Path, **changes: Any) -> Path:
    document: dict[str, Any] = {
        "sync": "plans",
        "source": {"file": "plans.csv", "key": "id"},
        "destination": {"object": PLAN, "key": ["Code__gc"]},
        "fields": {"Code__gc": "code", "Name": "name", "Size__gc": "size"},
    }
    path = folder / "plans.yaml"
    document = {name: one for name, one in {**document, **changes}.items() if one is not None}
    path.write_text(yaml.safe_dump(document, sort_keys=False), encoding="utf-8")
    return path


def source(folder: Path, *rows: str, header: str = "id,code,name,size") -> None:
    (folder / "plans.csv").write_text("\n".join([header, *rows]) + "\n", encoding="utf-8")


def held(store: Store, *select: str) -> dict[str, tuple[str | None, ...]]:
    names = select or ("Name", "Size__gc")
    rows = store.query(PLAN, {"select": ["Code__gc", *names]})
    return {row["Code__gc"]: tuple(row[name] for name in names) for row in rows}


def run(gsprep: Callable[..., Said], *options: object, code: int = 0) -> dict[str, Any]:
    said = gsprep("sync", "run", "plans.yaml", "--json", *options)
    assert said.code == code, said.err
    document: dict[str, Any] = json.loads(said.out)
    return document


def numbers(document: dict[str, Any]) -> dict[str, int]:
    return {
        name: count
        for name, count in document.items()
        if isinstance(count, int) and not isinstance(count, bool) and count
    }


def test_what_changed_is_sent_and_written(
    gsprep: Callable[..., Said], address: str, store: Store, tmp_path: Path
) -> None:
    definition(tmp_path)
    source(tmp_path, "1,a,Basic,3", "2,b,Pro,4")
    first = run(gsprep, "--to", address)
    assert numbers(first) == {"read": 2, "created": 2, "sent": 2}
    assert (first["schema"], first["state"], first["full"]) == ("gsprep.sync/1", "success", True)
    assert held(store) == {"a": ("Basic", "3"), "b": ("Pro", "4")}
    source(tmp_path, "1,a,Basic,3", f"2,b,{CANARY},4", "3,c,Top,many")
    second = run(gsprep, "--to", address, code=1)
    assert numbers(second) == {"read": 3, "unchanged": 1, "updated": 1, "rejected": 1, "sent": 1}
    folder = tmp_path / "out" / "plans"
    assert json.loads((folder / "summary.json").read_text(encoding="utf-8")) == second
    rows = read_table(folder / "rows.csv")
    assert list(rows.columns)[:4] == ["row_id", "Code__gc", "outcome", "action"]
    assert rows["outcome"].tolist() == ["rejected", "stored"]
    failed = read_table(folder / "failed.csv")
    assert (failed["row_id"].tolist(), failed["field"].tolist()) == (["3"], ["Size__gc"])
    texts = [
        (folder / name).read_text(encoding="utf-8") for name in ("report.html", "summary.json")
    ]
    assert not any(cell in text for text in texts for cell in (CANARY, "many"))
    log = json.loads(gsprep("activity", "--json").out)["activities"]
    assert [(one["kind"], one["state"], one["invalid"]) for one in log] == [
        ("execution", "success", 0),
        ("update", "success", 0),
        ("execution", "partial", 1),
    ]
    assert log[-1]["valid"] == 2
    assert list(log[-1]["reasons"].values()) == [1]
    shown = gsprep("activity", "show", second["run"])
    assert "Partial Success" in shown.out
    assert gsprep("activity", "show", "none").code == 2


def test_a_diff_foretells_and_changes_no_byte(
    gsprep: Callable[..., Said], address: str, store: Store, tmp_path: Path, gsprep_home: Path
) -> None:
    definition(tmp_path, on_missing="delete", guards={"missing": "100%"})
    source(tmp_path, "1,a,Basic,3", "2,b,Pro,", "3,c,Top,1")
    run(gsprep, "--to", address)
    source(tmp_path, f"1,a,{CANARY},3", "2,b,Pro,9", "4,d,New,1", "5,e,Bad,x")
    before = {path: path.read_bytes() for path in gsprep_home.rglob("*") if path.is_file()}
    said = gsprep("sync", "diff", "plans.yaml", "--to", address, "--json", "--rows", "1")
    foretold = json.loads(said.out)
    assert said.code == 1
    assert {path: path.read_bytes() for path in gsprep_home.rglob("*") if path.is_file()} == before
    assert set(held(store)) == {"a", "b", "c"}
    assert foretold["cells"] == {
        "Name": {"changed": 1, "filled": 0, "cleared": 0},
        "Size__gc": {"changed": 0, "filled": 1, "cleared": 0},
    }
    assert len(foretold["samples"]) == 1
    assert CANARY not in said.out
    done = run(gsprep, "--to", address, "--confirm-delete", code=1)
    assert numbers(done) == numbers(foretold)
    assert set(held(store)) == {"a", "b", "d"}
    assert numbers(run(gsprep, "--to", address, code=1)) == {
        "read": 4, "unchanged": 3, "rejected": 1,
    }  # fmt: skip


def test_the_sandbox_knows_the_definition_and_leaves_the_ledger(
    gsprep: Callable[..., Said], tmp_path: Path, gsprep_home: Path
) -> None:
    lookup = {"from": "owner", "lookup": {"object": "Team__gc", "by": "Name", "on_none": "null"}}
    fields = {"Code__gc": "code", "Name": "name", "Owner__gc": lookup}
    definition(tmp_path, destination={"object": "Any__gc", "key": ["Code__gc"]}, fields=fields)
    source(tmp_path, "1,a,Basic,x", "2,b,Pro,", header="id,code,name,owner")
    assert numbers(run(gsprep, "--sandbox")) == {"read": 2, "created": 2, "sent": 2}
    assert not gsprep_home.exists()
    assert gsprep("sync", "check", "plans.yaml", "--sandbox").code == 0


@pytest.mark.parametrize(
    ("changes", "place"),
    [
        ({"fields": {"Code__gc": "code", "Name": "nome"}}, "no column nome"),
        ({"fields": {"Code__gc": "code", "Plan__gc": "name"}}, "Plan__gc"),
        ({"destination": {"object": "none__gc", "key": ["Code__gc"]}}, "none__gc"),
        ({"fields": {"Code__gc": "code", "CreatedDate": "name"}}, "fields.CreatedDate"),
        (
            {
                "fields": {
                    "Code__gc": "code",
                    "Owner__gc": {"from": "name", "lookup": {"object": "GsUser", "by": "Mail"}},
                }
            },
            "no field Mail",
        ),
        ({"on_missing": {"set": {"Size__gc": "many"}}}, "on_missing.set.Size__gc"),
        ({"source": {"file": "none.csv", "key": "id"}}, "none.csv"),
        ({"source": {"connection": "none", "table": "x", "key": "id"}}, "no connection none"),
        ({"destination": {"object": "Person", "key": ["Code__gc"]}}, "Code__gc"),
        ({"fields": {"Code__gc": "code"}, "filter": [{"column": "x", "is": "NEAR"}]}, "line"),
    ],
)
def test_a_wrong_definition_is_exit_2_before_anything_is_sent(
    gsprep: Callable[..., Said],
    address: str,
    store: Store,
    tmp_path: Path,
    changes: dict[str, Any],
    place: str,
) -> None:
    definition(tmp_path, **changes)
    source(tmp_path, "1,a,Basic,3")
    for command in ("check", "run", "diff"):
        said = gsprep("sync", command, "plans.yaml", "--to", address)
        assert said.code == 2, command
        assert place in said.err + said.out
    assert held(store) == {}


def test_missing_fields_are_a_table_for_the_administrator(
    gsprep: Callable[..., Said], address: str, tmp_path: Path
) -> None:
    lookup = {"from": "owner", "lookup": {"object": "GsUser", "by": "Email"}}
    fields = {"Code__gc": "code", "Tags__gc": {"from": "tags", "split": ","}, "Csm__gc": lookup}
    definition(tmp_path, fields=fields)
    source(tmp_path, "1,a,x,y", header="id,code,tags,owner")
    said = gsprep("sync", "check", "plans.yaml", "--to", address, "--json", "--out", "checked")
    assert said.code == 2
    (found,) = json.loads(said.out)["syncs"]
    assert [(one["field"], one["type"]) for one in found["missing"]] == [
        ("Tags__gc", "MULTISELECTDROPDOWNLIST"),
        ("Csm__gc", "LOOKUP"),
    ]
    table = read_table(tmp_path / "checked" / "missing_fields.csv")
    assert table["field"].tolist() == ["Tags__gc", "Csm__gc"]


def test_parents_go_first_and_circles_are_rejected(
    gsprep: Callable[..., Said], address: str, store: Store, tmp_path: Path
) -> None:
    up = {"from": "up", "lookup": {"object": PLAN, "by": "Name"}}
    definition(tmp_path, fields={"Code__gc": "code", "Name": "name", "Parent__gc": up})
    rows = (
        "1,a,A,B", "2,b,B,C", "3,c,C,", "4,d,D,D", "5,e,E,F", "6,f,F,E", "7,g,G,none", "8,h,H,G",
    )  # fmt: skip
    source(tmp_path, *rows, header="id,code,name,up")
    foretold = json.loads(gsprep("sync", "diff", "plans.yaml", "--to", address, "--json").out)
    done = run(gsprep, "--to", address, code=1)
    assert numbers(done) == {"read": 8, "rejected": 5, "created": 3, "sent": 3}
    assert numbers(done) == numbers(foretold)
    gsids = {code: gsid for code, (gsid,) in held(store, "Gsid").items()}
    parents = {code: up for code, (up,) in held(store, "Parent__gc").items()}
    assert parents == {"a": gsids["b"], "b": gsids["c"], "c": None}
    failed = read_table(tmp_path / "out" / "plans" / "failed.csv")
    assert set(failed["code"]) == {"GSPREP_LOOKUP"}
    # A parent that comes later lets its children in.
    source(tmp_path, *rows[:6], "7,g,G,", "8,h,H,G", header="id,code,name,up")
    assert run(gsprep, "--to", address, code=1)["created"] == 2


def test_filled_fields_stay_as_they_are(
    gsprep: Callable[..., Said], address: str, store: Store, tmp_path: Path
) -> None:
    name = {"from": "name", "write": "fill_only"}
    definition(tmp_path, fields={"Code__gc": "code", "Name": name})
    gsids = ("1Z02" + "A" * 32, "1Z02" + "B" * 32)
    store.add_records(PLAN, [{"Gsid": gsids[0], "Code__gc": "a", "Name": "Old"}])
    store.add_records(PLAN, [{"Gsid": gsids[1], "Code__gc": "b"}])
    source(tmp_path, "1,a,New,", "2,b,New,", "3,c,New,")
    done = run(gsprep, "--to", address)
    assert numbers(done) == {"read": 3, "unchanged": 1, "updated": 1, "created": 1, "sent": 2}
    assert held(store, "Name") == {"a": ("Old",), "b": ("New",), "c": ("New",)}
    assert numbers(run(gsprep, "--to", address)) == {"read": 3, "unchanged": 3}
    # A changed value in the source changes nothing that is filled.
    source(tmp_path, "1,a,Newer,", "2,b,Newer,", "3,c,New,")
    assert numbers(run(gsprep, "--to", address)) == {"read": 3, "unchanged": 3}
    assert held(store, "Name")["b"] == ("New",)


def test_records_of_missing_rows_are_set(
    gsprep: Callable[..., Said], address: str, store: Store, tmp_path: Path
) -> None:
    definition(tmp_path, on_missing={"set": {"Size__gc": "0"}}, guards={"missing": "100%"})
    source(tmp_path, "1,a,Basic,3", "2,b,Pro,4")
    run(gsprep, "--to", address)
    source(tmp_path, "1,a,Basic,3")
    assert numbers(run(gsprep, "--to", address)) == {
        "read": 1, "unchanged": 1, "missing": 1, "set": 1,
    }  # fmt: skip
    assert held(store) == {"a": ("Basic", "3"), "b": ("Pro", "0")}
    assert numbers(run(gsprep, "--to", address)) == {"read": 1, "unchanged": 1}
    source(tmp_path, "1,a,Basic,3", "2,b,Pro,4")
    assert run(gsprep, "--to", address)["updated"] == 1
    assert held(store)["b"] == ("Pro", "4")


def test_lookups_of_other_objects(
    gsprep: Callable[..., Said], address: str, store: Store, tmp_path: Path
) -> None:
    user = "1P01" + "A" * 32
    store.add_records("gsuser", [{"Gsid": user, "Email": "ana@acme.com", "Name": "Ana"}])
    owner = {"from": "owner", "lookup": {"object": "GsUser", "by": "Email"}}
    definition(tmp_path, fields={"Code__gc": "code", "Owner__gc": owner})
    source(tmp_path, "1,a,Ana@ACME.com", "2,b,no@acme.com", header="id,code,owner")
    assert numbers(run(gsprep, "--to", address, code=1)) == {
        "read": 2, "created": 1, "rejected": 1, "sent": 1,
    }  # fmt: skip
    assert held(store, "Owner__gc") == {"a": (user,)}


def test_a_guard_is_exit_3_and_can_be_passed_once(
    gsprep: Callable[..., Said], address: str, store: Store, tmp_path: Path
) -> None:
    definition(tmp_path, on_missing="delete")
    source(tmp_path, "1,a,Basic,3")
    run(gsprep, "--to", address)
    source(tmp_path)
    document = run(gsprep, "--to", address, code=3)
    assert document["state"] == "failed"
    assert "--accept empty" in document["stopped"]
    assert gsprep("sync", "run", "plans.yaml", "--to", address, "--accept", "all").code == 2
    asks = run(gsprep, "--to", address, "--accept", "empty", code=2)
    assert "--confirm-delete" in asks["stopped"]
    done = run(gsprep, "--to", address, "--accept", "empty", "--confirm-delete")
    assert done["deleted"] == 1
    assert held(store) == {}


def test_a_cursor_saves_reading_and_a_changed_definition_reads_all(
    gsprep: Callable[..., Said], address: str, tmp_path: Path
) -> None:
    cursor = {"column": "at", "lookback": "0s"}
    changes: dict[str, Any] = {"source": {"file": "plans.csv", "key": "id", "cursor": cursor}}
    definition(tmp_path, **changes)
    header = "id,code,name,size,at"
    source(tmp_path, "1,a,A,1,2026-01-01", "2,b,B,1,2026-01-02", header=header)
    run(gsprep, "--to", address)
    part = run(gsprep, "--to", address)
    assert (part["full"], part["read"]) == (False, 1)
    assert run(gsprep, "--to", address, "--full")["read"] == 2
    assert run(gsprep, "--to", address, "--since", "2026-01-01")["read"] == 2
    assert run(gsprep, "--to", address, "--full", "--first", "1")["read"] == 1
    assert run(gsprep, "--to", address)["read"] == 1
    definition(tmp_path, **changes, fields={"Code__gc": "code", "Name": "name"})
    changed = run(gsprep, "--to", address)
    assert (changed["full"], changed["read"]) == (True, 2)
    log = json.loads(gsprep("activity", "--kind", "update", "--json").out)["activities"]
    assert [one["note"] for one in log] == ["the sync was added", "changed: fields.Size__gc.from"]
    assert gsprep("sync", "run", "plans.yaml", "--to", address, "--since", "x").code == 2


def test_a_name_is_known_once_it_was_run(
    gsprep: Callable[..., Said], address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert gsprep("sync", "run", "plans", "--to", address).code == 2
    definition(tmp_path)
    source(tmp_path, "1,a,Basic,3")
    run(gsprep, "--to", address)
    (tmp_path / "other").mkdir()
    monkeypatch.chdir(tmp_path / "other")
    said = gsprep("sync", "run", "plans", "--to", address, "--json")
    assert (said.code, numbers(json.loads(said.out))) == (0, {"read": 1, "unchanged": 1})


def test_a_connection_is_used_and_a_revoked_one_is_not(
    gsprep: Callable[..., Said],
    address: str,
    store: Store,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("GSPREP_KEY_ACME", "right-key")
    monkeypatch.delenv("GAINSIGHT_ACCESS_KEY")
    with sqlite3.connect(tmp_path / "crm.db") as database:
        database.execute("CREATE TABLE plans (id, code, name, size)")
        database.execute("INSERT INTO plans VALUES (1, 'a', 'Basic', 3)")
    for name, kind, place in (("acme", "gainsight", address), ("db", "sql", "sqlite:///crm.db")):
        said = gsprep("connections", "add", name, "--kind", kind, "--to", place, "--no-secret")
        assert said.code == 0
    definition(
        tmp_path,
        source={"connection": "db", "table": "plans", "key": "id"},
        destination={"connection": "acme", "object": PLAN, "key": ["Code__gc"]},
    )
    assert run(gsprep)["created"] == 1
    assert held(store) == {"a": ("Basic", "3")}
    assert gsprep("sync", "run", "plans.yaml", "--to", address).code == 2
    jobs = json.loads(gsprep("connections", "jobs", "acme", "--json").out)["jobs"]
    assert [(job["sync"], job["last"]) for job in jobs] == [("plans", "failed")]
    refused = gsprep("connections", "remove", "acme")
    assert (refused.code, "plans" in refused.err) == (2, True)
    gsprep("connections", "revoke", "acme", "--why", "moved")
    said = gsprep("sync", "run", "plans.yaml")
    assert said.code == 4
    assert "moved" in said.err
    (marked, _) = json.loads(gsprep("connections", "list", "--json").out)["connections"]
    assert marked["failed_24h"] == 2
    failed = json.loads(
        gsprep("activity", "--state", "failed", "--connection", "acme", "--json").out
    )
    assert len(failed["activities"]) == 2
    assert json.loads(gsprep("activity", "--search", "MOVED", "--json").out)["activities"]


def test_a_key_that_is_refused_is_exit_4(
    gsprep: Callable[..., Said], address: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    definition(tmp_path)
    source(tmp_path, "1,a,Basic,3")
    monkeypatch.setenv("GAINSIGHT_ACCESS_KEY", "wrong-key")
    assert gsprep("sync", "run", "plans.yaml", "--to", address).code == 4


def test_a_service_that_goes_away_is_exit_3_and_the_next_run_ends_it(
    gsprep: Callable[..., Said],
    store: Store,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    no_waiting: list[float],
) -> None:
    definition(tmp_path)
    source(tmp_path, *(f"{n},c{n},N,1" for n in range(120)))
    monkeypatch.setenv("GAINSIGHT_ACCESS_KEY", "right-key")
    script: Any = [
        {"fault": "status", "status": 503, "route": "insert_records", "at": n} for n in (2, 3)
    ]
    app = add_faults(make_app(store, access_key="right-key"), read_faults(script))
    with serve(app) as server:
        first = run(gsprep, "--to", server.url, code=3)
        assert first["created"] == 50
        assert first["unknown"] == 70
        assert gsprep("resume").code == 0
        assert len(held(store)) == 120
        assert run(gsprep, "--to", server.url)["unchanged"] == 120


def test_two_runs_of_one_sync(
    gsprep: Callable[..., Said], address: str, tmp_path: Path, gsprep_home: Path
) -> None:
    """The second ends with 3 and sends nothing."""
    definition(tmp_path)
    source(tmp_path, "1,a,Basic,3")
    run(gsprep, "--to", address)
    with Ledger(gsprep_home) as ledger, SyncState(ledger.database, "plans").alone():
        said = gsprep("sync", "run", "plans.yaml", "--to", address)
    assert said.code == 3
    assert "another process runs the sync plans" in said.err


def test_several_syncs_run_in_the_order_of_after(
    gsprep: Callable[..., Said], address: str, store: Store, tmp_path: Path
) -> None:
    source(tmp_path, "1,a,Basic,3")
    one = yaml.safe_load(definition(tmp_path).read_text(encoding="utf-8"))
    child = {
        **one,
        "sync": "children",
        "schedule": {"after": ["plans"]},
        "fields": {
            "Code__gc": "size",
            "Parent__gc": {"from": "code", "lookup": {"object": PLAN, "by": "Code__gc"}},
        },
    }
    path = tmp_path / "plans.yaml"
    path.write_text(json.dumps({"syncs": [child, one]}), encoding="utf-8")
    said = gsprep("sync", "run", path, "--to", address, "--json", "--out", "both")
    assert said.code == 0, said.err
    document = json.loads(said.out)
    assert (said.code, document["schema"]) == (0, "gsprep.syncs/1")
    assert [each["sync"] for each in document["syncs"]] == ["plans", "children"]
    assert (tmp_path / "both" / "children" / "rows.csv").exists()
    assert set(held(store)) == {"a", "3"}
    circle = {**one, "schedule": {"after": ["children"]}}
    path.write_text(json.dumps({"syncs": [child, circle]}), encoding="utf-8")
    said = gsprep("sync", "run", path, "--to", address)
    assert (said.code, "wait for one another" in said.err) == (2, True)


def test_no_cell_of_the_source_is_in_the_ledger(
    gsprep: Callable[..., Said], address: str, tmp_path: Path, gsprep_home: Path
) -> None:
    definition(tmp_path)
    source(tmp_path, f"{CANARY}-1,{CANARY}-2,{CANARY},1", f"2,b,{CANARY},{CANARY}")
    said = gsprep("sync", "run", "plans.yaml", "--to", address)
    assert said.code == 1
    assert CANARY not in said.out + said.err
    assert CANARY.encode() not in (gsprep_home / FILE).read_bytes()


def test_every_row_that_is_not_stored_is_listed(
    gsprep: Callable[..., Said], address: str, store: Store, tmp_path: Path
) -> None:
    definition(tmp_path)
    source(tmp_path, "1,a,Basic,3", "2,b,Pro,many", "3,long,Top,1")
    store.tenant.fields[PLAN] = (FIELDS[0], Field("Code__gc", length=3), *FIELDS[2:])  # type: ignore[index]
    run(gsprep, "--to", address, code=1)
    source(tmp_path, "1,a,Basic,3", "2,b,Pro,many", "3,long,Top,1", "4,new,New,1")
    said = gsprep("sync", "failed", "plans", "--to", address, "--json", "--out", "left.csv")
    assert said.code == 1
    assert json.loads(said.out)["rows"] == 3
    left = read_table(tmp_path / "left.csv")
    found = dict(zip(left["row_id"], left["outcome"], strict=True))
    assert found["2"] == "rejected"
    assert found["4"] == "new"
    assert set(found) == {"2", "3", "4"}
    source(tmp_path, "1,a,Basic,3", "2,b,Pro,7", "3,lng,Top,1", "4,new,New,1")
    assert run(gsprep, "--to", address, "--only", "failed")["created"] == 3
    assert gsprep("sync", "failed", "plans", "--to", address).code == 0


def test_a_state_is_written_read_and_forgotten(
    gsprep: Callable[..., Said],
    address: str,
    tmp_path: Path,
    gsprep_home: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    definition(tmp_path)
    source(tmp_path, f"1,a,{CANARY},3", f"{CANARY},b,Pro,4")
    run(gsprep, "--to", address)
    assert gsprep("sync", "state", "export", "plans", "--out", "plans.state").code == 0
    assert CANARY not in (tmp_path / "plans.state").read_text(encoding="utf-8")
    (status,) = json.loads(gsprep("sync", "status", "--json").out)["syncs"]
    assert (status["rows"], status["last"]["state"]) == ({"stored": 2}, "success")
    assert gsprep("sync", "state", "forget", "plans").code == 0
    assert gsprep("sync", "state", "forget", "plans").code == 2
    assert json.loads(gsprep("sync", "status", "--json").out)["syncs"] == []
    assert gsprep("sync", "state", "import", "plans", "plans.state").code == 0
    assert numbers(run(gsprep, "--to", address)) == {"read": 2, "unchanged": 2}
    assert gsprep("sync", "state", "import", "plans", "plans.csv").code == 2
    monkeypatch.setenv("GSPREP_HOME", str(tmp_path / "other"))
    said = gsprep("sync", "state", "import", "plans", "plans.state")
    assert (said.code, "another secret" in said.err) == (2, True)


def test_a_sync_is_activated_by_its_file(gsprep: Callable[..., Said], tmp_path: Path) -> None:
    definition(tmp_path)
    assert gsprep("sync", "deactivate", "plans").code == 2
    for command, active in (("deactivate", False), ("activate", True)):
        assert gsprep("sync", command, "plans.yaml").code == 0
        (status,) = json.loads(gsprep("sync", "status", "--json").out)["syncs"]
        assert status["active"] is active


def test_the_schema_names_each_entry(gsprep: Callable[..., Said]) -> None:
    schema = json.loads(gsprep("sync", "schema").out)
    assert {"sync", "source", "destination", "fields", "on_missing"} <= set(schema["properties"])


def test_files_of_a_connection(
    gsprep: Callable[..., Said], address: str, store: Store, tmp_path: Path
) -> None:
    folder = tmp_path / "exports" / "2026"
    folder.mkdir(parents=True)
    assert gsprep("connections", "add", "exports", "--kind", "files", "--to", "exports").code == 0
    definition(
        tmp_path,
        source={"connection": "exports", "file": "**/*.csv", "key": "id"},
        also=[
            {
                "destination": {"object": "Company", "key": ["Name"]},
                "fields": {"Code__gc": None, "Size__gc": None},
            }
        ],
    )
    source(folder, "1,a,Basic,3")
    (folder / "more.csv").write_text("size,name,code,id\n4,Pro,b,2\n", encoding="utf-8")
    said = gsprep("sync", "run", "plans.yaml", "--to", address, "--json")
    assert said.code == 0, said.err
    plans, companies = json.loads(said.out)["syncs"]
    assert (plans["created"], companies["sync"], companies["created"]) == (2, "plans-company", 2)
    assert held(store) == {"a": ("Basic", "3"), "b": ("Pro", "4")}
    again = gsprep("sync", "run", "plans-company", "--to", address, "--json")
    assert json.loads(again.out)["unchanged"] == 2
    assert gsprep("connections", "revoke", "exports").code == 0
    assert gsprep("sync", "run", "plans", "--to", address).code == 4


@pytest.mark.parametrize(
    ("kind", "to", "named"),
    [
        ("files", "exports", "table"),
        ("sql", "sqlite:///x.db", "file"),
        ("sql", "sqlite:///x.db", "object"),
    ],
)
def test_a_source_that_its_connection_has_not(
    gsprep: Callable[..., Said], address: str, tmp_path: Path, kind: str, to: str, named: str
) -> None:
    options = ("--kind", kind, "--to", to, "--no-secret")
    assert gsprep("connections", "add", "one", *options).code == 0
    definition(tmp_path, source={"connection": "one", named: "plans", "key": "id"})
    said = gsprep("sync", "check", "plans.yaml", "--to", address)
    assert said.code == 2
    assert f"is of kind {kind}, so the source needs" in said.err


def test_a_change_is_told_although_the_sync_was_activated_meanwhile(
    gsprep: Callable[..., Said], address: str, tmp_path: Path
) -> None:
    definition(tmp_path)
    source(tmp_path, "1,a,Basic,3")
    run(gsprep, "--to", address)
    assert gsprep("sync", "deactivate", "plans").code == 0
    definition(tmp_path, guards={"missing": "7%"})
    run(gsprep, "--to", address)
    log = json.loads(gsprep("activity", "--kind", "update", "--last", "1", "--json").out)
    assert [one["note"] for one in log["activities"]] == ["changed: guards.missing"]


OVERFLOW = (
    "select id, code, name, case when id = 50 then abs(-9223372036854775807 - 1) else size end "
    "as size from plans"
)


@pytest.mark.parametrize(
    ("query", "locked", "code"),
    [
        (OVERFLOW, False, 3),
        ("select id, code, name, size from plans", True, 3),
        ("select id, code, name, size from nothing", False, 2),
        ("delete from plans", False, 2),
    ],
    ids=["dies in the middle", "locked", "wrong", "no query"],
)
def test_a_database_that_fails(
    gsprep: Callable[..., Said],
    address: str,
    store: Store,
    tmp_path: Path,
    query: str,
    locked: bool,  # noqa: FBT001  a case
    code: int,
) -> None:
    with closing(sqlite3.connect(tmp_path / "w.db")) as database:
        database.execute("create table plans (id, code, name, size)")
        rows = [(n, f"c{n}", CANARY, n) for n in range(60)]
        database.executemany("insert into plans values (?, ?, ?, ?)", rows)
        database.commit()
        # SQLite waits five seconds for a lock unless it is told otherwise.
        address_of = f"sqlite:///{tmp_path / 'w.db'}?timeout=0.1"
        where = ("--kind", "sql", "--to", address_of, "--no-secret")
        assert gsprep("connections", "add", "warehouse", *where).code == 0
        definition(tmp_path, source={"connection": "warehouse", "query": query, "key": "id"})
        if locked:
            database.execute("begin exclusive")
        said = gsprep("sync", "run", "plans.yaml", "--to", address)
        assert database.execute("select count(*) from plans").fetchone() == (60,)
    assert (said.code, held(store)) == (code, {}), said.err
    assert CANARY not in said.out + said.err
    log = gsprep("activity", "--kind", "execution", "--last", "1", "--json").out
    assert [one["state"] for one in json.loads(log)["activities"]] == ["failed"]
    if code == 3:
        definition(
            tmp_path,
            source={"connection": "warehouse", "table": "plans", "key": "id"},
        )
        assert numbers(run(gsprep, "--to", address))["created"] == 60

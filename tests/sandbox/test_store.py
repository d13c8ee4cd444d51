"""The database file, and what a deletion removes."""

from __future__ import annotations

import sqlite3
import stat
import threading
from typing import TYPE_CHECKING, Any

import pytest

from gsprep.sandbox.rules import RefusalError, StoreError
from gsprep.sandbox.store import Store
from gsprep.sandbox.tenant import gsid

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from tests.sandbox.conftest import Clock

ACME = gsid("company", "test", 0)
ANA = {"Email": "ana@acme.com", "companies": [{"Company_ID": ACME}]}


def test_a_restart_keeps_everything(tmp_path: Path) -> None:
    path = tmp_path / "sandbox.db"
    with Store(path) as store:
        store.add_companies([{"Gsid": ACME, "Name": "Acme"}])
        before = store.upsert_people([ANA])
    with Store(path) as store:
        after = store.upsert_people([ANA, {"Email": "bo@acme.com"}])
        assert store.query("company", {"select": ["Name"]}) == [{"Name": "Acme"}]
    ids = [one["record"]["Gsid"] for one in after["records"]]
    assert ids[0] == before["records"][0]["record"]["Gsid"]
    assert len(set(ids)) == 2


def test_only_the_owner_may_read_the_file(tmp_path: Path) -> None:
    path = tmp_path / "sandbox.db"
    path.touch(mode=0o644)
    with Store(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_fault_leaves_nothing_of_a_request(store: Store) -> None:
    """A value that no JSON holds stands for any fault in the middle of a request."""
    with pytest.raises(AttributeError):
        store.upsert_people([{"Email": "ana@acme.com"}, {1: "no name"}])
    assert store.persons == {}
    assert store.upsert_people([ANA])["successCount"] == 1


@pytest.mark.parametrize("make", ["text", "database", "folder"])
def test_a_foreign_file_is_left_alone(tmp_path: Path, make: str) -> None:
    path = tmp_path / "notes"
    if make == "text":
        path.write_text("Not a database, and longer than its header. " * 9, encoding="utf-8")
    elif make == "folder":
        path.mkdir()
    else:
        connection = sqlite3.connect(path)
        connection.execute("CREATE TABLE notes (line TEXT)")
        connection.close()
    before = path.is_dir() or path.read_bytes()
    with pytest.raises(StoreError, match="notes"):
        Store(path)
    assert before == (path.is_dir() or path.read_bytes())


def test_calls_from_many_threads_all_count(tmp_path: Path) -> None:
    with Store(tmp_path / "sandbox.db") as store:

        def call(number: int) -> None:
            store.upsert_people([{"Email": f"{number}-{i}@acme.com"} for i in range(10)])

        threads = [threading.Thread(target=call, args=(number,)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len({one["Gsid"] for one in store.persons.values()}) == 80


def test_companies_are_replaced_and_gaps_left_out(store: Store) -> None:
    rows: list[dict[str, Any]] = [
        {"Gsid": ACME, "Name": "Acme", "Domain": float("nan")},
        {"Gsid": None, "Name": "Nobody"},
        {"Gsid": ACME, "Name": "Acme Ltd", "Domain": "acme.com"},
    ]
    assert store.add_companies(rows) == 1
    assert store.query("company", {"select": ["Gsid", "Name", "Domain"]}) == [
        {"Gsid": ACME, "Name": "Acme Ltd", "Domain": "acme.com"}
    ]


def test_the_seed_decides_the_ids() -> None:
    ids = []
    for seed in ("one", "one", "two"):
        with Store(seed=seed) as store:
            ids.append(store.upsert_people([ANA])["records"][0]["record"]["Gsid"])
    assert ids[0] == ids[1] != ids[2]


def test_an_unknown_person_is_refused(store: Store) -> None:
    with pytest.raises(RefusalError, match="GSOBJ_PEOPLE1001"):
        store.person(gsid("person", "test", 1))


PEOPLE = "/v1/peoplemgmt/v1.0/people"


def test_a_deletion_takes_the_associations_along(
    client: httpx.Client, store: Store, clock: Clock
) -> None:
    """Counted are the persons who were there; who named them as manager names nobody."""
    ana, bo, cy = (
        one["record"]["Gsid"]
        for one in store.upsert_people(
            [
                {"Email": f"{name}@acme.com", "companies": [{"Company_ID": ACME}]}
                for name in ("ana", "bo", "cy")
            ]
        )["records"]
    )
    store.upsert_people(
        [{"Email": "cy@acme.com", "companies": [{"Company_ID": ACME, "Manager": ana}]}]
    )
    body = [ana, bo, gsid("person", "test", 404)]
    reply = client.request("DELETE", PEOPLE, json=body).json()["data"]
    name = reply["deleteRequestId"]
    assert reply == {"deleteRequestId": name, "status": "INIT", "count": 0}
    clock.now = 9
    status = client.get(f"{PEOPLE}/delete/status/{name}").json()["data"]
    assert status == {"deleteRequestId": name, "status": "COMPLETED", "count": 2}
    assert set(store.persons) == {"cy@acme.com"}
    (left,) = store.company_persons
    assert (left["Person_ID"], "Manager" in left) == (cy, False)

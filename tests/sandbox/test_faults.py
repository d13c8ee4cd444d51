"""The fault script: what can be written, and what a client on a real socket meets."""

from __future__ import annotations

import json
import re
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import httpx
import pytest
import yaml
from every_dialect import pairwise

from gsprep.sandbox.app import make_app, serve
from gsprep.sandbox.faults import (
    BrokenConnectionError,
    FaultName,
    FaultScriptError,
    add_faults,
    read_faults,
)
from gsprep.sandbox.jobs import Pace
from gsprep.sandbox.limits import UNLIMITED
from gsprep.sandbox.routes import RouteName
from gsprep.sandbox.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gsprep.sandbox.dialect import Dialect
    from tests.sandbox.conftest import Clock

BASE = "/v1/peoplemgmt/v1.0"
PEOPLE = f"{BASE}/people"
BULK = f"{BASE}/external/bulk/ingestion"
ANA = {"Email": "ana@acme.com"}


@contextmanager
def served(store: Store, *faults: dict[str, Any]) -> Iterator[httpx.Client]:
    """Serve a store with faults on a port, and yield a client of it."""
    app = add_faults(make_app(store, limits=UNLIMITED), read_faults(list(faults)))
    with (
        serve(app) as server,
        httpx.Client(base_url=server.url, headers={"accesskey": "any"}, timeout=300) as client,
    ):
        yield client


@contextmanager
def in_process(store: Store, clock: Clock, *faults: dict[str, Any]) -> Iterator[httpx.Client]:
    app = add_faults(make_app(store, clock=clock), read_faults(list(faults)))
    transport = httpx.WSGITransport(app=app)
    with httpx.Client(
        transport=transport, base_url="http://s", headers={"accesskey": "any"}
    ) as client:
        yield client


@pytest.mark.parametrize(
    ("fault", "problem", "stored"),
    [
        pytest.param({"fault": "reset"}, httpx.ReadError, 0, id="reset before it is done"),
        pytest.param(
            {"fault": "reset", "committed": True}, httpx.ReadError, 1, id="reset after it is done"
        ),
        pytest.param(
            {"fault": "truncated"}, httpx.RemoteProtocolError, 1, id="less than announced"
        ),
        pytest.param(
            {"fault": "truncated", "framed": True}, json.JSONDecodeError, 1, id="half a body"
        ),
        pytest.param({"fault": "html"}, json.JSONDecodeError, 0, id="a page"),
    ],
)
def test_a_reply_that_cannot_be_read(
    store: Store, fault: dict[str, Any], problem: type[Exception], stored: int
) -> None:
    """The second call is answered: the server goes on."""
    with served(store, fault | {"route": "upsert_person", "at": 1}) as client:
        with pytest.raises(problem):
            client.put(PEOPLE, json=ANA).json()
        assert len(store.persons) == stored
        assert client.put(PEOPLE, json=ANA).json()["result"] is True


@pytest.mark.parametrize(
    ("fault", "reply"),
    [
        pytest.param({"status": 429}, (429, "GU_2400", None, 0), id="too many"),
        pytest.param(
            {"status": 429, "retry_after": 2}, (429, "GU_2400", "2", 0), id="too many, seconds"
        ),
        pytest.param(
            {"status": 429, "retry_after": "Fri, 20 Nov 2026 10:00:00 GMT"},
            (429, "GU_2400", "Fri, 20 Nov 2026 10:00:00 GMT", 0),
            id="too many, a date",
        ),
        pytest.param({}, (503, "GU_1101", None, 0), id="a fault"),
        pytest.param(
            {"status": 500, "committed": True}, (500, "GU_1101", None, 1), id="a fault too late"
        ),
    ],
)
def test_a_status(store: Store, fault: dict[str, Any], reply: tuple[Any, ...]) -> None:
    with served(store, {"fault": "status", **fault}) as client:
        got = client.put(PEOPLE, json=ANA)
    code, wait = got.json()["errorCode"], got.headers.get("Retry-After")
    assert (got.status_code, code, wait, len(store.persons)) == reply


@pytest.mark.parametrize(
    ("where", "statuses"),
    [
        pytest.param({}, [503] * 6, id="each call"),
        pytest.param({"at": 2}, [200, 503, 200, 200, 200, 200], id="one call"),
        pytest.param({"at": [1, 4]}, [503, 200, 200, 503, 200, 200], id="two calls"),
        pytest.param({"every": 3}, [200, 200, 503, 200, 200, 503], id="each third"),
        pytest.param({"route": "bulk_sync"}, [200, 503] * 3, id="a route"),
        pytest.param(
            {"route": "bulk_sync", "at": 2}, [200, 200, 200, 503, 200, 200], id="one of a route"
        ),
        pytest.param({"route": "query"}, [200] * 6, id="another route"),
    ],
)
def test_which_calls_it_befalls(
    store: Store, clock: Clock, where: dict[str, Any], statuses: list[int]
) -> None:
    with in_process(store, clock, {"fault": "status", **where}) as client:
        got = []
        for _ in range(3):
            got.append(client.put(PEOPLE, json=ANA).status_code)
            got.append(client.put(f"{BULK}/people", json={"records": [ANA]}).status_code)
    assert got == statuses


def test_the_first_fault_that_fits_wins(store: Store, clock: Clock) -> None:
    faults = [{"fault": "status", "status": 500, "at": 2}, {"fault": "status", "status": 502}]
    with in_process(store, clock, *faults) as client:
        assert [client.get("/nowhere").status_code for _ in range(3)] == [502, 500, 502]


def test_a_reset_without_a_port_is_an_exception(store: Store, clock: Clock) -> None:
    reset = in_process(store, clock, {"fault": "reset"})
    with reset as client, pytest.raises(BrokenConnectionError):
        client.put(PEOPLE, json=ANA)


def test_a_slow_call_waits_and_is_done(store: Store) -> None:
    waits: list[float] = []
    app = add_faults(
        make_app(store), read_faults([{"fault": "slow", "seconds": 40.0}]), sleep=waits.append
    )
    with httpx.Client(transport=httpx.WSGITransport(app=app), base_url="http://s") as client:
        assert client.put(PEOPLE, json=ANA, headers={"accesskey": "any"}).status_code == 200
    assert waits == [40.0]


@pytest.mark.parametrize(
    ("fate", "states"),
    [("stuck", ["COMPLETED", "INPROGRESS"]), ("failed", ["COMPLETED", "FAILED"])],
)
def test_the_second_job_does_not_end_well(
    store: Store, clock: Clock, fate: str, states: list[str]
) -> None:
    with in_process(store, clock, {"fault": fate, "route": "bulk_async", "at": 2}) as client:
        names = [
            client.post(f"{BULK}/async/people", json={"records": [ANA]}).json()["data"]["jobId"]
            for _ in range(2)
        ]
        clock.now = 3_600
        told = [client.get(f"{BULK}/async/status/{name}").json() for name in names]
    assert [one["data"]["statusType"] for one in told] == states


@pytest.mark.parametrize(
    ("fault", "files"),
    [
        pytest.param(
            {"fault": "missing_records", "route": "chunk"}, ["0134", "5689"], id="missing"
        ),
        pytest.param(
            {"fault": "missing_records", "route": "chunk", "records": 9}, ["", ""], id="all missing"
        ),
        pytest.param(
            {"fault": "doubled_records", "route": "chunk", "at": 1},
            ["001234", "56789"],
            id="doubled",
        ),
        pytest.param({"fault": "missing_chunks"}, ["01234"], id="a file missing"),
    ],
)
def test_result_files_that_are_not_whole(
    clock: Clock, fault: dict[str, Any], files: list[str]
) -> None:
    records = [{"Email": f"{number}@acme.com"} for number in range(10)]
    with Store(pace=Pace(chunk_size=5)) as store, in_process(store, clock, fault) as client:
        reply = client.post(f"{BULK}/async/people", json={"records": records}).json()
        clock.now = 9
        status = client.get(f"{BULK}/async/status/{reply['data']['jobId']}").json()["data"]
        got = []
        for chunk in status["response"]["chunkDetails"]:
            file = client.get(f"{BASE}{chunk['chunkURL']}").json()
            got.append("".join(one["record"]["Email"][0] for one in file["records"]))
    assert got == files


@pytest.mark.parametrize("fault", ["shuffled_records", "misnumbered_records"])
def test_records_in_another_order_or_under_another_number(
    store: Store, clock: Clock, fault: str
) -> None:
    records = [{"Email": f"{number}@acme.com"} for number in range(9)]
    with in_process(store, clock, {"fault": fault}) as client:
        data = client.put(f"{BULK}/people", json={"records": records}).json()["data"]
    numbers = [one["rowNumber"] for one in data["records"]]
    emails = [one["record"]["Email"] for one in data["records"]]
    assert numbers != list(range(1, 10))
    assert (emails == [one["Email"] for one in records]) == (fault == "misnumbered_records")
    assert sorted(emails) == [one["Email"] for one in records]


def test_shuffled_answers_of_an_upsert_of_50(store: Store, clock: Clock) -> None:
    """There a record has no number: its place is all that names it."""
    records = [{"Email": f"{number}@acme.com"} for number in range(9)]
    with in_process(store, clock, {"fault": "shuffled_records"}) as client:
        name = client.put(f"{PEOPLE}/async", json={"records": records}).json()["data"]["statusId"]
        clock.now = 9
        response = client.get(f"{PEOPLE}/async/status/{name}").json()["data"]["response"]
    got = [one["personGsid"] for one in response]
    made = [store.persons[record["Email"]]["Gsid"] for record in records]
    assert got != made
    assert sorted(got) == sorted(made)


def test_foreign_urls(store: Store, clock: Clock) -> None:
    with in_process(
        store, clock, {"fault": "foreign_urls", "url": "https://thief.example"}
    ) as client:
        data = client.post(f"{BULK}/async/people", json={"records": [ANA]}).json()["data"]
        clock.now = 9
        status = client.get(f"{BULK}/async/status/{data['jobId']}").json()["data"]
    (chunk,) = status["response"]["chunkDetails"]
    assert data["statusUrl"].startswith("https://thief.example/v1.0/external/")
    assert chunk["chunkURL"].startswith("https://thief.example/external/")


CHANGES = [name for name in get_args(FaultName) if name.endswith(("records", "urls", "chunks"))]


@pytest.mark.parametrize("dialect", pairwise(), ids=str)
@pytest.mark.parametrize("fault", CHANGES)
def test_a_change_fits_the_replies_of_every_dialect(
    clock: Clock, fault: str, dialect: Dialect
) -> None:
    """A list, a text, null or an envelope in place of the usual object stays a reply."""
    single = [ANA] if dialect.single_body == "array" else ANA
    query = {"select": ["Gsid"]}
    with Store(dialect=dialect) as store, in_process(store, clock, {"fault": fault}) as client:
        replies = [
            client.put(PEOPLE, json=single),
            client.put(f"{PEOPLE}/async", json={"records": [ANA]}),
            client.post(f"{BULK}/async/people", files={"file": ("p.json", '{"records": [{}]}')}),
            client.post(f"{BULK}/async/people", json={"records": [ANA]}),
            client.get(PEOPLE, params={"Email": "x@y.z"}),
            client.put(f"{BULK}/people", json={}),
            client.post("/v1/data/objects/query/Person", json=query),
        ]
    assert all(isinstance(reply.json(), dict) for reply in replies)
    assert {reply.status_code for reply in replies} <= {200, 400, 404}


def test_a_change_of_records_leaves_other_replies_alone(store: Store, clock: Clock) -> None:
    names = ("missing_records", "foreign_urls", "missing_chunks", "misnumbered_records")
    for name in names:
        with in_process(store, clock, {"fault": name}) as client:
            assert client.put(PEOPLE, json=ANA).json()["data"]["status"] == "SUCCESS"


@pytest.mark.parametrize(
    ("script", "places", "says"),
    [
        pytest.param("reset", ["the script"], "must be a list", id="no list"),
        pytest.param("- reset", ["0"], "must be lines of a name", id="no entries"),
        pytest.param("- {}", ["0.fault"], "is missing", id="no fault"),
        pytest.param("- {fault: melt}", ["0.fault"], "must be 'reset', ", id="unknown fault"),
        pytest.param(
            "- {fault: reset, route: people}", ["0.route"], "must be 'upsert", id="unknown route"
        ),
        pytest.param(
            "- {fault: reset, when: now}", ["0.when"], "no such entry", id="unknown entry"
        ),
        pytest.param("- {fault: status, status: 99}", ["0.status"], "must be", id="no status"),
        pytest.param("- {fault: reset, every: 0}", ["0.every"], "must be", id="each zeroth"),
        pytest.param("- {fault: reset, committed: 1}", ["0.committed"], "must", id="no boolean"),
        pytest.param(
            "[{fault: reset}, {fault: x, every: y}]", ["1.fault", "1.every"], "must", id="two"
        ),
    ],
)
def test_a_script_with_mistakes_names_each(script: str, places: list[str], says: str) -> None:
    with pytest.raises(FaultScriptError) as caught:
        read_faults(yaml.safe_load(script))
    assert [place for place, _ in caught.value.problems] == places
    assert all(message.startswith(says) for _, message in caught.value.problems)


def test_the_documented_script_can_be_read() -> None:
    page = Path(__file__).parents[2] / "docs" / "sandbox.md"
    (script,) = re.findall(r"```yaml[^\n]*\n(.*?)```", page.read_text(encoding="utf-8"), re.DOTALL)
    assert len(read_faults(yaml.safe_load(script))) == script.count("fault:")


def test_every_fault_and_every_route_is_documented() -> None:
    page = (Path(__file__).parents[2] / "docs" / "sandbox.md").read_text(encoding="utf-8")
    assert [
        name for name in (*get_args(FaultName), *get_args(RouteName)) if f"`{name}`" not in page
    ] == []

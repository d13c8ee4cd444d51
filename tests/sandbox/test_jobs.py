"""Jobs over their time: bulk loads, result files, deletions, and a restart in between."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsprep.sandbox.dialect import Dialect
from gsprep.sandbox.jobs import Pace, Work
from gsprep.sandbox.rules import RefusalError
from gsprep.sandbox.store import Store
from gsprep.sandbox.tenant import gsid

if TYPE_CHECKING:
    from pathlib import Path

    import httpx

    from tests.sandbox.conftest import Clock

BASE = "/v1/peoplemgmt/v1.0"
PEOPLE = f"{BASE}/people"
BULK = f"{BASE}/external/bulk/ingestion/async"
ACME = gsid("company", "test", 1)
ANA = {"Email": "ana@acme.com"}
COMPANY_BY_NAME = {"Company_ID": {"fields": {"CompanyName": "Name"}}}
NOT_RESOLVED = "RLS_SOURCE_LOOKUP_FIELD_NOT_RESOLVED"


def people(count: int) -> list[dict[str, Any]]:
    return [{"Email": f"{number}@acme.com"} for number in range(count)]


def submitted(client: httpx.Client, **body: Any) -> str:
    return str(client.post(f"{BULK}/people", json=body).json()["data"]["jobId"])


def test_a_bulk_job_from_its_submission_to_its_result(client: httpx.Client, clock: Clock) -> None:
    """The two urls have different bases; the result file has no envelope."""
    reply = client.post(f"{BULK}/people", json={"records": [*people(2), {"Email": "no"}]}).json()
    name = reply["data"]["jobId"]
    url = f"v1.0/external/bulk/ingestion/async/status/{name}"
    assert reply["data"] == {"jobId": name, "statusUrl": url}
    states = []
    for clock.now in (0.5, 1.2, 2.0):
        status = client.get(f"{BULK}/status/{name}").json()
        states.append(
            (status["data"]["statusType"], status["message"], "response" in status["data"])
        )
    assert states == [
        ("INIT", "INIT", False),
        ("INPROGRESS", "INPROGRESS", False),
        ("COMPLETED", "COMPLETED", True),
    ]
    chunk = f"/external/bulk/ingestion/async/{name}/chunk/1/results"
    assert status["data"]["response"] == {
        "status": "Completed",
        "successCount": 2,
        "failureCount": 1,
        "totalRecords": 3,
        "partialRecords": 0,
        "objectName": "person",
        "timeTaken": 0.795,
        "chunkDetails": [{"chunkURL": chunk}],
    }
    results = client.get(f"{BASE}{chunk}").json()
    assert set(results) == {
        *("successCount", "totalCount", "failureCount", "partialSuccessCount"),
        *("records", "outPutFilePath"),
    }
    assert [one["operationStatus"] for one in results["records"]] == [
        *("SUCCESS", "SUCCESS", "FAILURE")
    ]


@pytest.mark.parametrize(
    ("row_number", "numbers"),
    [
        pytest.param("global", [1, 2, 3, 4, 5], id="running on"),
        pytest.param("restart", [1, 2, 1, 2, 1], id="restarting"),
    ],
)
def test_result_files_of_a_size(row_number: Any, numbers: list[int]) -> None:
    with Store(pace=Pace(chunk_size=2), dialect=Dialect(row_number=row_number)) as store:
        name = store.submit(Work("bulk", [{"Email": "no"}, *people(4)]))
        store.advance(9)
        urls = store.bulk_status(name, now=9)["response"]["chunkDetails"]
        files = [json.loads(store.chunk_json(name, number, now=9)) for number in (1, 2, 3)]
        with pytest.raises(RefusalError, match="GSOBJ_1011"):
            store.chunk_json(name, 4, now=9)
    records = [record for file in files for record in file["records"]]
    assert [url["chunkURL"].split("/")[-2] for url in urls] == ["1", "2", "3"]
    assert [record["rowNumber"] for record in records] == numbers
    assert [record["messageId"] for record in records] == [str(number) for number in numbers]
    assert records[0]["error"]["rowNum"] == 1
    assert [file["totalCount"] for file in files] == [2, 2, 1]


@given(
    count=st.integers(1, 40),
    size=st.integers(1, 50),
    times=st.lists(st.floats(0, 5), max_size=6).map(sorted),
)
def test_every_record_is_done_once_whenever_one_looks(
    count: int, size: int, times: list[float]
) -> None:
    """The sum of the result files is the answer of the call that waits, but for the nulls."""
    with Store() as plain, Store(pace=Pace(chunk_size=size, rate=20)) as store:
        expected = plain.upsert_people(people(count))
        name = store.submit(Work("bulk", people(count)))
        for now in (*times, 9):
            store.advance(now)
            assert len(store.persons) <= count
        files = store.bulk_status(name, now=9)["response"]["chunkDetails"]
        chunks = [
            json.loads(store.chunk_json(name, number, now=9)) for number in range(1, len(files) + 1)
        ]
        emails = [r["record"]["Email"] for chunk in chunks for r in chunk["records"]]
    assert emails == [record["record"]["Email"] for record in expected["records"]]
    assert sum(chunk["successCount"] for chunk in chunks) == expected["successCount"] == count


def test_a_restart_goes_on_where_a_job_stood(tmp_path: Path) -> None:
    path = tmp_path / "sandbox.db"
    with Store(path) as store:
        name = store.submit(Work("bulk", people(20)))
        store.advance(1.4)
        begun = len(store.persons)
    with Store(path) as store:
        assert store.bulk_status(name, now=1.4) == {"statusType": "INPROGRESS"}
        store.advance(5)
        assert store.bulk_status(name, now=5)["response"]["successCount"] == 20
        ids = {one["Gsid"] for one in store.persons.values()}
    assert 0 < begun < 20
    assert len(ids) == 20


def test_a_file_of_an_earlier_version_takes_jobs(tmp_path: Path) -> None:
    path = tmp_path / "sandbox.db"
    with Store(path) as store:
        store.upsert_people(people(1))
    connection = sqlite3.connect(path)
    connection.executescript("DROP TABLE jobs; DROP TABLE tasks")
    connection.close()
    with Store(path) as store:
        store.submit(Work("bulk", people(2)))
        store.advance(9)
        assert len(store.persons) == 2


def test_time_can_run_faster_for_jobs() -> None:
    with Store(pace=Pace(time_scale=60)) as store:
        name = store.submit(Work("bulk", people(1)))
        store.advance(0.1)
        assert store.bulk_status(name, now=0.1)["statusType"] == "COMPLETED"


@pytest.mark.parametrize(
    ("fault", "states", "stored"),
    [
        pytest.param(None, ["INPROGRESS", "COMPLETED", "COMPLETED"], 4, id="a good end"),
        pytest.param("stuck", ["INPROGRESS", "INPROGRESS", "INPROGRESS"], 2, id="stuck half way"),
        pytest.param("failed", ["INPROGRESS", "FAILED", "FAILED"], 2, id="failed half way"),
    ],
)
def test_what_becomes_of_a_job(fault: Any, states: list[str], stored: int) -> None:
    with Store() as store:
        name = store.submit(Work("bulk", people(4), fault=fault))
        told = []
        for now in (1.1, 2, 90_000):
            store.advance(now)
            told.append(store.bulk_status(name, now=now)["statusType"])
        assert told == states
        assert len(store.persons) == stored


def test_one_configuration_serves_all_records_of_a_bulk_job(
    client: httpx.Client, store: Store, clock: Clock
) -> None:
    store.add_companies([{"Gsid": ACME, "Name": "Acme"}])
    records = [{"Email": "ana@acme.com", "companies": [{"CompanyName": "Acme"}]}]
    lookups = {"companies": {"Company_ID": {"fields": {"CompanyName": "Name"}}}}
    submitted(client, records=records, lookups=lookups)
    clock.now = 9
    assert client.get(f"{PEOPLE}?Email=ana@acme.com").status_code == 200
    assert store.company_persons[0]["Company_ID"] == ACME


@pytest.mark.parametrize(
    ("method", "path", "body", "refused"),
    [
        pytest.param("POST", f"{BULK}/people", {"records": []}, "GSOBJ_VCRUDR1001", id="empty"),
        pytest.param("POST", f"{BULK}/people", [], "GSOBJ_1008", id="a list"),
        pytest.param(
            "POST", f"{BULK}/people", {"records": [{}], "lookups": 1}, "GU_2403", id="lookups"
        ),
        pytest.param("PUT", f"{PEOPLE}/async", {"records": people(51)}, "GSOBJ_1008", id="51"),
        pytest.param("PUT", PEOPLE, {}, "GSOBJ_VCRUDR1001", id="no fields"),
        pytest.param("PUT", PEOPLE, [], "GSOBJ_1008", id="one as a list"),
        pytest.param("PUT", PEOPLE, {"lookups": []}, "GU_2403", id="lookups of one"),
        pytest.param("DELETE", PEOPLE, {}, "GSOBJ_1008", id="delete an object"),
        pytest.param("DELETE", PEOPLE, [], "GSOBJ_VCRUDR1001", id="delete nobody"),
        pytest.param("DELETE", PEOPLE, ["ana"], "GSOBJ_VDTGSID1001", id="delete a name"),
        pytest.param("DELETE", PEOPLE, [1], "GSOBJ_VDTGSID1001", id="delete a number"),
        pytest.param("DELETE", PEOPLE, [ACME] * 5001, "GSOBJ_1008", id="delete 5,001"),
        pytest.param("GET", f"{BULK}/status/x", None, "GSOBJ_1011", id="no such job"),
        pytest.param("GET", f"{BULK}/x/chunk/1/results", None, "GSOBJ_1011", id="no such file"),
        pytest.param("GET", f"{PEOPLE}/async/status/x", None, "GSOBJ_1011", id="no such upsert"),
        pytest.param("GET", f"{PEOPLE}/delete/status/x", None, "GSOBJ_1011", id="no such delete"),
    ],
)
def test_a_call_is_refused(
    client: httpx.Client, method: str, path: str, body: Any, refused: str
) -> None:
    reply = client.request(method, path, json=body)
    assert (reply.status_code, reply.json()["errorCode"]) == (400, refused)


def test_a_job_is_asked_for_by_its_own_kind_and_a_file_after_the_end(client: httpx.Client) -> None:
    name = submitted(client, records=people(1))
    assert client.get(f"{PEOPLE}/async/status/{name}").status_code == 400
    assert client.get(f"{BULK}/{name}/chunk/1/results").status_code == 400


def test_the_seed_decides_the_names_of_jobs() -> None:
    names = []
    for seed in ("one", "one", "two"):
        with Store(seed=seed) as store:
            names.append(store.submit(Work("bulk", people(1))))
    assert names[0] == names[1] != names[2]


def test_fifty_are_done_later_in_their_order(
    client: httpx.Client, store: Store, clock: Clock
) -> None:
    """INIT, INPROGRESS, COMPLETED; each record has its own lookups and stands or falls alone."""
    records = [
        ANA,
        ANA
        | {
            "Email": "bo@acme.com",
            "companies": [{"CompanyName": "Nobody"}],
            "lookups": {"companies": COMPANY_BY_NAME},
        },
        {"Email": "cy@acme.com", "lookups": 1},
    ]
    name = client.put(f"{PEOPLE}/async", json={"records": records}).json()["data"]["statusId"]
    status = f"{PEOPLE}/async/status/{name}"
    assert client.get(status).json()["data"] == {"status": "INIT"}
    clock.now = 1.1
    assert client.get(status).json()["data"] == {"status": "INPROGRESS"}
    clock.now = 2.0
    data = client.get(status).json()["data"]
    assert (data["status"], len(data["response"])) == ("COMPLETED", 3)
    first, second, third = data["response"]
    assert first == {"status": "SUCCESS", "personGsid": store.persons["ana@acme.com"]["Gsid"]}
    assert second == {
        "status": "FAILURE",
        "errors": [
            {
                "field": "Company_ID",
                "invalidValue": [{"Name": "Nobody", "Company_ID": NOT_RESOLVED}],
                "errorCode": NOT_RESOLVED,
                "errorMessage": "ResolveLookupService source lookup field not resolved",
            }
        ],
    }
    assert third["errors"][0]["errorCode"] == "GU_2403"
    assert set(store.persons) == {"ana@acme.com"}


def test_records_that_are_none(store: Store) -> None:
    """In a job each fails for itself."""
    name = store.submit(Work("people", [None, "Ana", {}, ANA]))
    store.advance(9)
    response = store.people_status(name, now=9)["response"]
    codes = [one.get("errors", [{}])[0].get("errorCode") for one in response]
    assert codes == ["GSOBJ_VCRUDR1001"] * 3 + [None]

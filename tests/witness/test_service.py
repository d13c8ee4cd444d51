"""The second server answers as the samples of the document do."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from witness.dialect import Dialect
from witness.service import BASE, BULK, Service, serving

if TYPE_CHECKING:
    from collections.abc import Iterator

ANA = {"Email": "ana@acme.com", "FirstName": "Ana", "Location": "Oslo"}
BEN = {"Email": "ben@acme.com", "FirstName": "Ben", "Location": "Rome"}


@contextmanager
def tenant(dialect: Dialect | None = None, **more: Any) -> Iterator[tuple[Service, httpx.Client]]:
    service = Service(dialect or Dialect(**more))
    with serving(service) as origin:
        headers = {"Accesskey": service.access_key}
        with httpx.Client(
            base_url=origin + BASE, headers=headers, trust_env=False, timeout=300
        ) as client:
            yield service, client


def company(name: str) -> dict[str, Any]:
    return {"Company_ID": name, "IsPrimaryCompany": "true"}


def test_every_option_of_every_question_is_covered() -> None:
    covering = Dialect.covering()
    assert covering[0] == Dialect()
    assert {d.chunk_ids for d in covering} == {"job", "other", "each"}
    assert {d.shuffled for d in covering} == {False, True}
    assert Dialect.draw(5) == Dialect.draw(5)
    assert len({Dialect.draw(seed) for seed in range(50)}) == 50


def test_one_person_is_written_read_and_deleted() -> None:
    with tenant() as (service, client):
        gsid = client.put("/people", json=ANA).json()["data"]["personGsid"]
        assert client.put("/people", json=ANA).json()["data"]["personGsid"] == gsid
        assert service.tenant.upserts[("ana@acme.com",)] == 2
        assert client.get("/people", params={"Email": ANA["Email"]}).json()["data"]["gsid"] == gsid
        assert client.get(f"/people/{gsid}").json()["data"]["firstname"] == "Ana"
        deletion = client.request("DELETE", "/people", json=[gsid]).json()["data"]
        state = client.get(f"/people/delete/status/{deletion['deleteRequestId']}").json()["data"]
        assert (state["status"], state["count"]) == ("COMPLETED", 1)
        assert client.get(f"/people/{gsid}").status_code == 404


@pytest.mark.parametrize(
    ("unknown", "status", "found"),
    [("404", 404, None), ("400", 400, False), ("envelope", 200, False), ("null", 200, True)],
)
def test_a_person_who_is_not_there(unknown: str, status: int, found: bool | None) -> None:  # noqa: FBT001  a column of the table
    with tenant(unknown=unknown) as (_, client):
        reply = client.get("/people", params={"Email": "no@acme.com"})
        assert (reply.status_code, reply.json().get("result")) == (status, found)


def test_a_batch_tells_what_is_wrong_as_the_samples_do() -> None:
    with tenant() as (service, client):
        service.tenant.companies = {"C1": {"Name": "Acme"}}
        lookups = {"companies": {"Company_ID": {"fields": {"CompanyName": "Name"}}}}
        rows = [
            ANA | {"companies": [{"CompanyName": "Acme"}]},
            BEN | {"companies": [{"CompanyName": "Nowhere"}]},
            {"Email": "cy@", "companies": [company("C1")]},
        ]
        body = {"lookups": lookups, "records": rows}
        data = client.put(f"{BULK}/people", json=body).json()["data"]
    words = [record["operationStatus"] for record in data["records"]]
    assert words == ["SUCCESS", "PARTIAL_SUCCESS", "FAILURE"]
    codes = [
        [error["code"] for detail in record["error"]["details"] for error in detail["errors"]]
        for record in data["records"][1:]
    ]
    assert codes == [
        ["GSOBJ_VDTGSID1001"],
        ["GSOBJ_VDTEMAIL1001", "GSOBJ_VCUSTOM1012"],
    ]
    counts = ("successCount", "partialSuccessCount", "failureCount", "totalCount")
    assert [data[name] for name in counts] == [1, 1, 1, 3]


def test_one_person_is_written_whole_or_not_at_all() -> None:
    with tenant() as (service, client):
        service.tenant.companies = {"C1": {"Name": "Acme"}}
        reply = client.put("/people", json=ANA | {"companies": [company("C2")]})
        assert (reply.status_code, reply.json()["result"]) == (400, False)
        assert reply.json()["data"]["errors"][0]["errorCode"] == "GSOBJ_VDTGSID1001"
        assert not service.tenant.people


def test_fifty_objects_are_more_than_fifty_records() -> None:
    rows = [{"Email": f"p{n}@acme.com", "companies": [company("C1")]} for n in range(50)]
    for counts, status in {"records": 200, "objects": 400}.items():
        with tenant(counts=counts) as (service, client):
            reply = client.put(f"{BULK}/people", json={"records": rows})
            assert reply.status_code == status
            assert len(service.tenant.people) == (50 if status == 200 else 0)


@pytest.mark.parametrize("dialect", Dialect.covering())
def test_a_job_is_accepted_asked_for_and_read(dialect: Dialect) -> None:
    rows = [{"Email": f"P{n}@acme.com", "Location": "Oslo"} for n in range(9)]
    with tenant(dialect) as (service, client):
        if dialect.job_input == "multipart":
            files = {
                "file": ("people.json", httpx.Request("PUT", "/", json={"records": rows}).read())
            }
            job = client.post(f"{BULK}/async/people", files=files).json()["data"]["jobId"]
        else:
            reply = client.post(f"{BULK}/async/people", json={"records": rows})
            job = reply.json()["data"]["jobId"]
        for _ in range(dialect.polls + 1):
            state = client.get(f"{BULK}/async/status/{job}").json()["data"]
        seen = []
        for chunk in state["response"]["chunkDetails"]:
            path = chunk["chunkURL"].split(BULK)[1]
            body = client.get(BULK + path).json()
            seen += (body["data"] if dialect.wrapped_chunks else body)["records"]
        assert len(seen) == 9
        assert {record["operationStatus"] for record in seen} == {"SUCCESS"}
        assert sorted(service.tenant.upserts.values()) == [1] * 9


def test_fifty_people_with_a_status() -> None:
    with tenant(polls=2) as (_, client):
        rows = {"records": [ANA, {"Email": "ben@"}]}
        status = client.put("/people/async", json=rows).json()["data"]["statusId"]
        words = [client.get(f"/people/async/status/{status}").json()["data"] for _ in range(3)]
        assert [word["status"] for word in words] == ["INIT", "INPROGRESS", "COMPLETED"]
        assert [row["status"] for row in words[2]["response"]] == ["SUCCESS", "FAILURE"]


def test_the_hook_ends_a_call_before_or_after_it_is_handled() -> None:
    for stage, stored in {"before": 0, "after": 1}.items():
        with tenant() as (service, client):
            service.hook = lambda now, _call, stage=stage: "close" if now == stage else None
            with pytest.raises(httpx.TransportError):
                client.put("/people", json=ANA)
            service.hook = lambda _now, _call: "503 0"
            assert client.put("/people", json=ANA).headers["Retry-After"] == "0"
            assert len(service.tenant.people) == stored
            assert [call.answered for call in service.calls] == [False, False]

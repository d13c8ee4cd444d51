"""Every JSON object of the page "People API Documentation" goes through the client without loss."""

from __future__ import annotations

import json
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from gsprep.schemas.lookups import Lookups
from gsprep.uploader.jobs import JobStatus
from gsprep.uploader.people import People
from gsprep.uploader.replies import Counts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gsprep.uploader.client import Client

# The shapes and words of the page; names, addresses and ids are invented.
SAMPLES: dict[str, Any] = json.loads(
    (Path(__file__).parent / "samples" / "people_api.json").read_text(encoding="utf-8")
)
BASE = "/v1/peoplemgmt/v1.0"
STORED = {"data": {"status": "SUCCESS"}}
JOB = {"data": {"statusId": "0f8d0c15-3dc8", "jobId": "0f8d0c15-3dc8"}}


def looked_up(body: dict[str, Any]) -> tuple[dict[str, Any], Lookups | None]:
    """Return a body without its lookups, and those as the client takes them."""
    rest = {name: value for name, value in body.items() if name != "lookups"}
    return rest, Lookups.model_validate(body["lookups"]) if "lookups" in body else None


def one(people: People, body: Any) -> None:
    record, lookups = looked_up(body)
    people.upsert(record, lookups=lookups)


def several(people: People, body: Any) -> None:
    parts = [looked_up(record) for record in body["records"]]
    people.upsert_async([record for record, _ in parts], lookups=parts[0][1])


def bulk(people: People, body: Any) -> None:
    rest, lookups = looked_up(body)
    people.bulk(rest["records"], lookups=lookups)


def echoed(body: Any) -> dict[str, Any]:
    records = [
        {"rowNumber": at, "record": record, "operationStatus": "SUCCESS"}
        for at, record in enumerate(body["records"], 1)
    ]
    return {"data": {"records": records}}


REQUESTS = [
    ("upsert request", one, "PUT", "/people", STORED),
    ("upsert with ids request", one, "PUT", "/people", STORED),
    ("upsert with lookups request", one, "PUT", "/people", STORED),
    ("lookups", one, "PUT", "/people", STORED),
    ("upsert of a relationship request", one, "PUT", "/people", STORED),
    ("associations alone request", one, "PUT", "/people", STORED),
    ("async request", several, "PUT", "/people/async", JOB),
    ("async with ids request", several, "PUT", "/people/async", JOB),
    ("async with lookups request", several, "PUT", "/people/async", JOB),
    ("delete request", People.delete, "DELETE", "/people",
     {"data": {"deleteRequestId": "0f8d0c15-3dc8", "status": "INIT"}}),
    ("bulk request", bulk, "PUT", "/external/bulk/ingestion/people", echoed),
    ("bulk with lookups request", bulk, "PUT", "/external/bulk/ingestion/people", echoed),
    ("bulk async request", lambda people, body: people.bulk_async(body["records"]), "POST",
     "/external/bulk/ingestion/async/people", JOB),
]  # fmt: skip


def with_every_option(value: Any, target: str = "") -> Any:
    """Return a body as the client sends it: each lookup says where and how it looks."""
    if isinstance(value, list):
        return [with_every_option(entry) for entry in value]
    if not isinstance(value, dict):
        return value
    if "fields" in value:
        usual = {
            "lookupField": "Gsid",
            "objectName": target.removesuffix("_ID"),
            "multiMatchOption": "FIRSTMATCH",
            "onNoMatch": "ERROR",
        }
        return usual | value
    return {name: with_every_option(entry, name) for name, entry in value.items()}


@pytest.mark.parametrize(
    ("name", "send", "method", "path", "reply"), REQUESTS, ids=[case[0] for case in REQUESTS]
)
def test_a_request_arrives_as_the_page_shows_it(
    name: str,
    send: Callable[[People, Any], object],
    method: str,
    path: str,
    reply: Any,
    service: Callable[..., Client],
) -> None:
    seen: list[httpx.Request] = []

    def answer(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200, json=reply(SAMPLES[name]) if callable(reply) else reply)

    send(service(answer).people, SAMPLES[name])
    (request,) = seen
    assert (request.method, request.url.path) == (method, BASE + path)
    assert json.loads(request.content) == with_every_option(SAMPLES[name])


def sent_for(name: str) -> list[dict[str, Any]]:
    """Return records of which the reply of this name could speak."""
    body = SAMPLES[name]
    records = body.get("data", body)["records"]
    return [{"Email": record["record"]["Email"]} for record in records]


ANA = {"Email": "ana@acme.example"}
ASK: dict[str, Callable[[People, str], object]] = {
    "upsert": lambda people, _: people.upsert(ANA),
    "associations": lambda people, _: people.upsert(ANA),
    "async status": lambda people, _: people.upsert_status("84173581-5699", records=3),
    "async": lambda people, _: people.upsert_async([ANA]),
    "chunk": lambda people, _: people.chunk("84173581-5699", 1),
    "bulk status": lambda people, name: people.job(job_of(name)),
    "bulk async": lambda people, _: people.bulk_async([ANA]),
    "bulk": lambda people, name: people.bulk(sent_for(name)),
    "delete status": lambda people, name: people.deletion(SAMPLES[name]["data"]["deleteRequestId"]),
    "delete": lambda people, _: people.delete(["1P04"]),
    "person by Gsid": lambda people, _: people.get("1P04"),
    "person by Email": lambda people, _: people.find(ANA["Email"]),
}


def ask(people: People, name: str) -> Any:
    """Make the call that a reply of this name answers."""
    return next(call for start, call in ASK.items() if name.startswith(start))(people, name)


def job_of(name: str) -> str:
    (chunk,) = SAMPLES[name]["data"]["response"]["chunkDetails"]
    job: str = chunk["chunkURL"].split("/")[5]
    return job


def leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Any]]:
    """Yield every scalar with the name it stands under; the wrapping of a reply is no matter."""
    if isinstance(value, dict):
        for name, entry in value.items():
            yield from leaves(entry, (*path, str(name)))
    elif isinstance(value, list | tuple):
        if not value:
            yield path[-1], "empty"
        for entry in value:
            yield from leaves(entry, path)
    else:
        yield path[-1] if path else "", value


REPLIES = [name for name in SAMPLES if name not in {case[0] for case in REQUESTS}]


@pytest.mark.parametrize("name", REPLIES)
def test_a_reply_is_read_without_loss(name: str, service: Callable[..., Client]) -> None:
    """Every value the service sends can be found in what the client returns, as it was sent."""
    client = service(lambda _: httpx.Response(200, json=SAMPLES[name]))
    result = ask(client.people, name)
    assert is_dataclass(result)
    assert not isinstance(result, type)
    kept = list(leaves(asdict(result)))
    values = [value for _, value in kept]
    for field, value in leaves(SAMPLES[name]):
        # "result" only repeats what the status of each record says.
        assert (field, value) in kept or value in values or field == "result", field
    assert "ana@" not in repr(result)


def test_no_sample_is_left_out() -> None:
    assert len(SAMPLES) == 37
    assert len(REPLIES) + len(REQUESTS) == 37


def statuses(records: Any) -> list[str | None]:
    return [record.status for record in records]


@pytest.mark.parametrize(
    ("name", "expected", "details"),
    [
        ("bulk stored", ["SUCCESS", "SUCCESS"], [0, 0]),
        ("bulk partly stored", ["PARTIAL_SUCCESS", "PARTIAL_SUCCESS"], [1, 1]),
        ("bulk refused", ["FAILURE", "FAILURE"], [4, 5]),
        ("bulk with lookups stored", ["SUCCESS"], [0]),
        ("bulk with lookups refused", ["PARTIAL_SUCCESS", "PARTIAL_SUCCESS"], [2, 1]),
        ("async status all stored", ["SUCCESS"] * 3, [0, 0, 0]),
        ("async status one refused", ["SUCCESS", "SUCCESS", "FAILURE"], [0, 0, 1]),
        ("chunk stored", ["SUCCESS", "SUCCESS"], [0, 0]),
        ("chunk refused", ["FAILURE", "FAILURE"], [5, 5]),
    ],
)
def test_each_record_has_its_own_status(
    name: str, expected: list[str], details: list[int], service: Callable[..., Client]
) -> None:
    """HTTP 200 and ``result: true`` stand above all of these, those that failed whole included."""
    result = ask(service(lambda _: httpx.Response(200, json=SAMPLES[name])).people, name)
    assert statuses(result.records) == expected
    assert [len(record.details) for record in result.records] == details
    assert [bool(record.gsid) for record in result.records] == [
        status != "FAILURE" for status in expected
    ]


@pytest.mark.parametrize(
    "status", [200, 400, 422], ids=["in a 200", "with HTTP 400", "with HTTP 422"]
)
def test_a_refused_person_is_an_answer_and_no_error(
    status: int, service: Callable[..., Client]
) -> None:
    body = SAMPLES["upsert refused reply"]
    record = ask(service(lambda _: httpx.Response(status, json=body)).people, "upsert")
    assert (record.status, record.gsid, record.request_id) == ("FAILURE", "", body["requestId"])
    (detail,) = record.details
    assert detail.fields == ("Company_ID",)
    assert [code for code, _ in detail.errors] == ["RLS_SOURCE_LOOKUP_FIELD_NOT_RESOLVED"]
    assert detail.values == {"Email": "Acme, Inc."}


def test_the_state_of_a_job_and_where_its_results_stand(service: Callable[..., Client]) -> None:
    name = "bulk status refused"
    client = service(lambda _: httpx.Response(200, json=SAMPLES[name]))
    status = client.people.job(job_of(name))
    assert status == JobStatus(
        job_of(name), "done", "COMPLETED", Counts(2, 0, 2, 0), (1,), 0.795, SAMPLES[name]
    )


def test_a_person_is_read_with_what_it_belongs_to(service: Callable[..., Client]) -> None:
    sample = SAMPLES["person by Gsid"]
    person = service(lambda _: httpx.Response(200, json=sample)).people.get("1P04")
    assert person is not None
    assert (person.email, person.name) == ("ana@acme.example", "Ana Ruiz")
    (company,) = person.companies
    (relationship,) = company.relationships
    assert company.company is not None
    assert relationship.relationship is not None
    assert (company.company.name, relationship.relationship.name) == ("Acme, Inc.", "East")
    assert company.raw["title"] == "Executive Sponsor"

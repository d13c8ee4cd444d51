"""The documented API in each of its dialects, answered well and badly: every outcome is true."""

from __future__ import annotations

import json
import ssl
from collections import Counter
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import httpx
import pandas as pd
import pytest
from loads import ACME, Fault, Load
from witness.dialect import Dialect
from witness.service import BASE, Service, serving

from gsprep.calls.limits import Limits
from gsprep.errors import UploadError
from gsprep.uploader.client import Client
from gsprep.uploader.deleting import delete_persons, look_up
from gsprep.uploader.upload import upload

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gsprep.results import Uploaded

# Read once: it takes longer than most of the uploads here.
TRUST = ssl.create_default_context()
UNKNOWN = ("404", "400", "envelope", "null")


def refusal(code: str, message: str) -> str:
    """Return the error response of the document."""
    error = {"field": None, "errorCode": code, "errorMessage": message}
    data = {"status": "FAILURE", "errors": [error]}
    return json.dumps({"result": False, "requestId": "r-1", "data": data})


@contextmanager
def connected(service: Service, **limits: Any) -> Iterator[Client]:
    """Give a client whose clock only sleeping moves."""
    waits: list[float] = []
    pace = Limits(
        windows=(), async_windows=(), delete_windows=(), sleep=waits.append,
        now=lambda: sum(waits), jitter=lambda: 0.0, **limits,
    )  # fmt: skip
    wire = httpx.HTTPTransport(verify=TRUST)
    with (
        serving(service) as url,
        Client(url, service.access_key, limits=pace, transport=wire) as client,
    ):
        yield client


def sent(load: Load, service: Service) -> Uploaded:
    """Send a load, and hold what came back against what the service holds."""
    people, links = load.frames()
    key = tuple(load.dialect.key.split(","))
    with connected(service) as client:
        done = upload(
            people, links if load.linked else None, client=client, mode=load.mode, key=key
        )
    stored = {k[0].lower(): person["Gsid"] for k, person in service.tenant.people.items()}
    for row in done.persons.to_dict("records"):
        gsid = stored.get(row["Email"].lower())
        assert row["outcome"] != "stored" or row["Gsid"] == gsid
        assert gsid is None or row["outcome"] in ("stored", "unknown")
    pairs = {row["Gsid"] for row in service.tenant.company_persons.values()}
    linked = done.company_persons
    told = set(linked.loc[linked["outcome"] == "stored", "Gsid"].dropna())
    # One person a call is answered without the Gsids of associations.
    assert load.mode == "single" or told <= pairs
    return done


def outcomes(done: Uploaded) -> tuple[list[str], list[str]]:
    return done.persons["outcome"].to_list(), done.company_persons["outcome"].to_list()


@pytest.mark.parametrize("mode", ["sync", "async", "single"])
@pytest.mark.parametrize("dialect", Dialect.otherwise(), ids=str)
def test_one_answer_otherwise_changes_no_outcome(dialect: Dialect, mode: str) -> None:
    load = Load(1, dialect, mode, 4 if mode == "single" else 60)
    done = sent(load, load.service())
    assert outcomes(done) == load.expected()
    assert done.stopped is None


@pytest.mark.parametrize("linked", ["id", "name", ""])
@pytest.mark.parametrize("mode", ["sync", "async", "single"])
@pytest.mark.parametrize("dialect", Dialect.covering(), ids=["samples", "2nd", "3rd", "4th"])
def test_all_answers_otherwise_change_no_outcome(dialect: Dialect, mode: str, linked: str) -> None:
    load = Load(2, dialect, mode, 12, linked)
    assert outcomes(sent(load, load.service())) == load.expected()


@pytest.mark.parametrize(
    "word",
    [
        "before close", "after close", "after cut", "before 503 0", "after 503 0", "before 429 0",
        "before 502 1",
    ],
)  # fmt: skip
@pytest.mark.parametrize("mode", ["sync", "async"])
@pytest.mark.parametrize("dialect", Dialect.covering(), ids=["samples", "2nd", "3rd", "4th"])
def test_what_passes_changes_no_outcome(dialect: Dialect, mode: str, word: str) -> None:
    """The first call and the third meet a fault; a call without an answer is made once more."""
    stage, _, fault = word.partition(" ")
    faults = (Fault(1, stage, fault), Fault(3, stage, fault))
    load = Load(3, dialect, mode, 60, faults=faults)
    service = load.service()
    done = sent(load, service)
    assert outcomes(done) == load.expected()
    took, unanswered = Counter[str](), Counter[str]()
    for call in service.calls:
        took.update(call.took)
        unanswered.update(() if call.answered else call.took)
    assert all(times <= 1 + unanswered[email] for email, times in took.items())


@pytest.mark.parametrize("status", [200, 400])
@pytest.mark.parametrize("mode", ["sync", "async"])
def test_a_refused_call_stores_nothing_and_says_why(mode: str, status: int) -> None:
    load = Load(4, Dialect(), mode, 60, troubled=False)
    service = load.service()
    body = refusal("GSOBJ_X99", "The object is locked")
    service.hook = lambda _stage, call: f"{status} {body}" if call.method != "GET" else None
    done = sent(load, service)
    # A service that refuses everything is not asked for the rest, and jobs are ten an hour.
    assert set(done.persons["outcome"]) <= {"refused", "unsent"}
    refused = done.persons[done.persons["outcome"] == "refused"]
    assert len(refused) >= 50
    assert set(refused["error_code"]) == {"GSOBJ_X99"}
    assert refused["error_message"].str.contains("The object is locked").all()
    assert not service.tenant.people
    assert sum(call.method == "POST" for call in service.calls) <= 10


@pytest.mark.parametrize("dialect", [
    Dialect(counts="objects", refusal_status=status, limit_message=words)
    for status in (200, 400)
    for words in ("A request can contain a maximum of 50 objects only", "Payload too large")
], ids=str)  # fmt: skip
def test_a_tenant_that_counts_objects_stores_everything(dialect: Dialect) -> None:
    load = Load(5, dialect, "sync", 120, troubled=False)
    done = sent(load, load.service())
    assert set(done.persons["outcome"]) == {"stored"}
    assert done.stopped is None


@pytest.mark.parametrize("mode", ["sync", "async"])
def test_a_key_of_two_fields_is_named_and_stops_the_upload(mode: str) -> None:
    load = Load(6, Dialect(key="Email,Location"), mode, 130, "", troubled=False)
    service = load.service()
    people, _ = load.frames()
    with connected(service) as client:
        done = upload(people.drop(columns="Location"), client=client, mode=mode)
    words = done.persons["outcome"].to_list()
    first = 50 if mode == "sync" else 130
    assert words == ["refused"] * first + ["unsent"] * (130 - first)
    assert "--key Email,Location" in str(done.stopped)
    assert not service.tenant.people


@pytest.mark.parametrize("bulk", ["stored", "ignored"])
@pytest.mark.parametrize("mode", ["sync", "async", "single"])
def test_an_association_with_a_relationship_alone_is_stored(mode: str, bulk: str) -> None:
    service = Service(Dialect(bulk_relationships=bulk))
    relationship = "1P05" + "R" * 32
    service.tenant.companies = {ACME: {"Name": "Acme"}}
    service.tenant.relationships = {relationship: {"Name": "Asia", "Company_ID": ACME}}
    people = pd.DataFrame({"Email": ["ana@acme.com", "bo@acme.com"]})
    related = people.head(1).assign(Relationship_ID=relationship)
    with connected(service) as client:
        done = upload(people, None, related, client=client, mode=mode)
    assert done.persons["outcome"].to_list() == ["stored", "stored"]
    assert done.relationship_persons["outcome"].to_list() == ["stored"]
    gsid = service.tenant.people[("ana@acme.com",)]["Gsid"]
    row = service.tenant.relationship_persons[gsid, relationship]
    assert row["Company_ID"] == ACME


@pytest.mark.parametrize("names", ["lower", "schema"])
@pytest.mark.parametrize("unknown", UNKNOWN)
def test_a_person_who_is_not_there_is_none(unknown: str, names: str) -> None:
    service = Service(Dialect(unknown=unknown, names=names))
    with connected(service) as client:
        client.people.upsert({"Email": "ana@acme.com"})
        found = client.people.find("ana@acme.com")
        assert found is not None
        assert client.people.get(found.gsid) == found
        assert client.people.find("no@acme.com") is None
        assert client.people.get("1P04" + "Z" * 32) is None


@pytest.mark.parametrize(
    "fault",
    [
        f"200 {refusal('GSOBJ_X99', 'The object is locked')}",
        f"400 {refusal('GSOBJ_X99', 'The object is locked')}",
        f"500 {refusal('GSOBJ_X99', 'The object is locked')}",
        "html",
    ],
    ids=["200", "400", "500", "html"],
)
@pytest.mark.parametrize("unknown", UNKNOWN)
def test_an_error_is_neither_a_person_nor_nobody(unknown: str, fault: str) -> None:
    service = Service(Dialect(unknown=unknown))
    with connected(service) as client:
        client.people.upsert({"Email": "ana@acme.com"})
        service.hook = lambda _stage, _call: fault
        with pytest.raises(UploadError):
            client.people.find("ana@acme.com")


@pytest.mark.parametrize("refuses", ["skipped", "refused"])
@pytest.mark.parametrize("ids", ["gsid", "uuid"])
@pytest.mark.parametrize("unknown", UNKNOWN)
def test_the_others_are_deleted(unknown: str, ids: str, refuses: str) -> None:
    service = Service(Dialect(unknown=unknown, ids=ids, delete_unknown=refuses, polls=2))
    with connected(service) as client:
        for name in ("ana", "bo", "cy"):
            client.people.upsert({"Email": f"{name}@acme.com"})
        gsid = service.tenant.people[("cy@acme.com",)]["Gsid"]
        frame = pd.DataFrame(
            {
                "Email": ["ana@acme.com", "no@acme.com", "bo@acme.com", None],
                "Gsid": [None] * 3 + [gsid],
            }
        )
        deleted = delete_persons(look_up(frame, client), client)
    assert deleted.frame["outcome"].to_list() == ["deleted", "absent", "deleted", "deleted"]
    assert deleted.stopped is None
    assert not service.tenant.people


@pytest.mark.parametrize("dialect", Dialect.covering(), ids=["samples", "2nd", "3rd", "4th"])
def test_fifty_with_a_status_are_handed_in_and_asked_for(dialect: Dialect) -> None:
    load = Load(7, dialect, "async", 5, "", troubled=False)
    service = load.service()
    records = load.frames()[0].to_dict("records")
    with connected(service) as client:
        job = client.people.upsert_async(records)
        for _ in range(dialect.polls + 1):
            status = client.people.upsert_status(job.id, records=5)
    stored = [person["Gsid"] for person in service.tenant.people.values()]
    assert [record.gsid for record in status.records] == stored
    assert {call.path for call in service.calls if call.method == "PUT"} == {f"{BASE}/people/async"}

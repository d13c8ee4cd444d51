"""Each setting of a dialect on the wire, and what no dialect changes."""

from __future__ import annotations

import itertools
import json
from contextlib import contextmanager
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from every_dialect import drawn, every_pair, pairs_of, pairwise, singles
from hypothesis import given
from hypothesis import strategies as st

from gsprep.sandbox.app import make_app
from gsprep.sandbox.dialect import Dialect, DialectError, choices
from gsprep.sandbox.jobs import Pace
from gsprep.sandbox.limits import UNLIMITED, Limits
from gsprep.sandbox.store import Store
from gsprep.sandbox.tenant import gsid

if TYPE_CHECKING:
    from collections.abc import Iterator

BASE = "/v1/peoplemgmt/v1.0"
PEOPLE = f"{BASE}/people"
BULK = f"{BASE}/external/bulk/ingestion"
QUERY = "/v1/data/objects/query/Company"
ACME = gsid("company", "test", 1)
ANA = {"Email": "ana@acme.com", "companies": [{"Company_ID": ACME}]}
RECORDS = [ANA, {"Email": "bo@acme.com"}, {"Email": "no"}]
FAST = Pace(waits=0, least=0, rate=1e9, chunk_size=2)


@contextmanager
def speaking(dialect: Dialect, limits: Limits = UNLIMITED) -> Iterator[tuple[httpx.Client, Store]]:
    """Yield a client of a tenant with this dialect, and its store."""
    with Store(dialect=dialect, pace=FAST) as store:
        # Each call comes a second after the one before: a job is over when it is asked for.
        clock = itertools.count(60).__next__
        app = make_app(store, limits=limits, access_key="key", clock=clock)
        transport = httpx.WSGITransport(app=app)
        headers = {"accesskey": "key"}
        with httpx.Client(transport=transport, base_url="http://s", headers=headers) as client:
            yield client, store


def submitted(client: httpx.Client, dialect: Dialect, body: Any) -> str:
    """Hand in a job as the dialect wants it; return its id."""
    url = f"{BULK}/async/people"
    if dialect.async_input == "json":
        reply = client.post(url, json=body)
    else:
        reply = client.post(url, files={"file": ("people.json", json.dumps(body))})
    return str(reply.json()["data"]["jobId"])


def results(client: httpx.Client, name: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """Return the status of a job that is over, and its result files."""
    response = client.get(f"{BULK}/async/status/{name}").json()["data"]["response"]
    urls = [one["chunkURL"] for one in response["chunkDetails"]]
    return response, [client.get(BASE + url).json() for url in urls]


EVERY = pairwise()


@pytest.mark.parametrize("dialect", EVERY, ids=str)
def test_no_dialect_changes_what_is_stored(dialect: Dialect) -> None:
    """One person, 50 that are done later, a bulk call and a job: the same rows in each dialect."""
    with speaking(dialect) as (client, store):
        single = [ANA] if dialect.single_body == "array" else ANA
        assert client.put(PEOPLE, json=single).json()["data"]["status"] == "SUCCESS"
        later = client.put(f"{PEOPLE}/async", json={"records": [{"Email": "cy@acme.com"}]}).json()
        name = later["data"] if dialect.status_id == "text" else later["data"]["statusId"]
        status = client.get(f"{PEOPLE}/async/status/{name}").json()["data"]
        assert status["response"][0]["status"] == "SUCCESS"
        assert client.put(f"{BULK}/people", json={"records": RECORDS}).json()["result"] is True
        _, files = results(client, submitted(client, dialect, {"records": RECORDS}))
        ends = [one["operationStatus"] for file in files for one in file["records"]]
        assert ends == ["SUCCESS", "SUCCESS", "FAILURE"]
        assert set(store.persons) == {"ana@acme.com", "bo@acme.com", "cy@acme.com"}
        assert len(store.company_persons) == 1


@pytest.mark.parametrize("chunk_id", ["job", "other"])
def test_a_result_file_has_the_one_id_that_its_address_says(chunk_id: Any) -> None:
    with speaking(Dialect(chunk_id=chunk_id)) as (client, _):
        name = submitted(client, Dialect(), {"records": RECORDS})
        response, files = results(client, name)
        own = client.get(f"{BULK}/async/{name}/chunk/1/results")
        unknown = client.get(f"{BULK}/async/x/chunk/1/results")
    ids = {one["chunkURL"].split("/")[-4] for one in response["chunkDetails"]}
    assert [len(file["records"]) for file in files] == [2, 1]
    assert (ids == {name}) is (chunk_id == "job")
    assert len(ids) == 1
    assert own.status_code == (200 if chunk_id == "job" else 400)
    assert unknown.status_code == 400


ERROR = {"errorCode": "GSOBJ_PEOPLE1001", "errorMessage": "People entities do not exist"}
ENVELOPE = {
    "result": False,
    "data": {
        "status": "FAILURE",
        "errors": [{"field": "Email", "invalidValue": [{"Email": "x@y.z"}], **ERROR}],
    },
}
CODE = {
    "result": False,
    "errorCode": "GSOBJ_PEOPLE1001",
    "errorDesc": "People entities do not exist",
    "message": "People entities do not exist",
    "data": None,
}


@pytest.mark.parametrize(
    ("not_found", "status", "expected"),
    [
        ("400-code", 400, CODE),
        ("404-code", 404, CODE),
        ("404-other", 404, {"status": 404, "error": "Not Found"}),
        ("400-envelope", 400, ENVELOPE),
        ("200-envelope", 200, ENVELOPE),
        ("200-null", 200, {"result": True, "data": None}),
    ],
)
def test_an_unknown_person(not_found: Any, status: int, expected: dict[str, Any]) -> None:
    """By e-mail and by GSID alike; how refusals are worded makes no difference."""
    with speaking(Dialect(not_found=not_found, refusals="200-envelope")) as (client, _):
        reply = client.get(PEOPLE, params={"Email": "x@y.z"})
        by_gsid = client.get(f"{PEOPLE}/{ACME}")
    assert (reply.status_code, by_gsid.status_code) == (status, status)
    body = reply.json()
    body.pop("requestId", None)
    assert body == expected


BAD_CALLS = [
    pytest.param("PUT", f"{BULK}/people", {"records": [{}] * 51}, "GSOBJ_1008", id="51 records"),
    pytest.param("PUT", f"{BULK}/people", {"records": []}, "GSOBJ_VCRUDR1001", id="no records"),
    pytest.param("POST", f"{BULK}/async/people", [], "GSOBJ_1008", id="a job of a list"),
    pytest.param("PUT", f"{PEOPLE}/async", {}, "GSOBJ_VCRUDR1001", id="50 without records"),
    pytest.param("DELETE", PEOPLE, ["ana"], "GSOBJ_VDTGSID1001", id="deletion of a name"),
    pytest.param("GET", f"{BULK}/async/status/x", None, "GSOBJ_1011", id="unknown job"),
    pytest.param("GET", PEOPLE, None, "GSOBJ_VQP1001", id="no e-mail"),
]


@pytest.mark.parametrize(("method", "path", "body", "code"), BAD_CALLS)
@pytest.mark.parametrize(
    ("refusals", "status"), [("400-code", 400), ("400-envelope", 400), ("200-envelope", 200)]
)
def test_a_call_that_is_refused_as_a_whole(
    refusals: Any, status: int, method: str, path: str, body: Any, code: str
) -> None:
    with speaking(Dialect(refusals=refusals)) as (client, store):
        reply = client.request(method, path, json=body)
        assert store.persons == {}
    document = reply.json()
    assert (reply.status_code, document["result"]) == (status, False)
    if refusals == "400-code":
        assert document["errorCode"] == code
    else:
        assert set(document) == {"result", "requestId", "data"}
        assert document["data"]["status"] == "FAILURE"
        (error,) = document["data"]["errors"]
        assert error["errorCode"] == code
        assert error["errorMessage"]


@pytest.mark.parametrize(("refusals", "status"), [("400-code", 400), ("200-envelope", 200)])
def test_one_person_is_refused_with_the_status_of_refusals(refusals: Any, status: int) -> None:
    """The envelope is the documented one in each dialect."""
    with speaking(Dialect(refusals=refusals)) as (client, _):
        reply = client.put(PEOPLE, json={"Email": "no"})
    assert reply.status_code == status
    assert reply.json()["data"]["errors"][0]["errorCode"] == "GSOBJ_VDTEMAIL1001"


def test_the_gateway_and_the_object_calls_have_no_failure_envelope() -> None:
    """A wrong key, an unknown route, too many calls, a bad query: a code in each dialect."""
    with speaking(Dialect(refusals="200-envelope"), Limits(per_minute=3)) as (client, _):
        replies = [
            client.get(PEOPLE, headers={"accesskey": "other"}),
            client.get(f"{BASE}/nothing"),
            client.post(QUERY, json={}),
            client.get("/v1/meta/services/objects/nothing/describe"),
            client.post(QUERY, json={"select": ["Gsid"]}),
            client.get(PEOPLE),
        ]
    assert [reply.status_code for reply in replies] == [401, 404, 400, 400, 200, 429]
    codes = [reply.json().get("errorCode") for reply in replies]
    assert codes == ["GS_APIG_2401", "GS_APIG_1000", "GSOBJ_1008", None, None, "GU_2400"]


@pytest.mark.parametrize(
    ("status_id", "kind"), [("object", dict), ("text", str)], ids=["object", "text"]
)
def test_the_id_of_fifty_that_are_done_later(status_id: Any, kind: type) -> None:
    with speaking(Dialect(status_id=status_id)) as (client, _):
        data = client.put(f"{PEOPLE}/async", json={"records": [ANA]}).json()["data"]
        name = data["statusId"] if kind is dict else data
        assert isinstance(data, kind)
        assert client.get(f"{PEOPLE}/async/status/{name}").status_code == 200


FORMS: dict[str, dict[str, Any]] = {
    "json": {"json": {"records": [ANA]}},
    "file": {"files": {"file": ("people.json", json.dumps({"records": [ANA]}))}},
    "other name": {"files": {"data": ("p", json.dumps({"records": [ANA]}), "application/json")}},
    "two files": {"files": [("file", ("a", "{}")), ("file", ("b", "{}"))]},
    "no file": {"files": {"file": (None, json.dumps({"records": [ANA]}))}},
    "no JSON": {"files": {"file": ("people.json", "{")}},
}


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(
    ("async_input", "taken"),
    [
        ("json", {"json"}),
        ("multipart", {"file", "other name"}),
        ("both", {"json", "file", "other name"}),
    ],
    ids=["json", "multipart", "both"],
)
def test_the_input_of_a_job(async_input: Any, taken: set[str], form: str) -> None:
    with speaking(Dialect(async_input=async_input)) as (client, store):
        reply = client.post(f"{BULK}/async/people", **FORMS[form])
        store.advance(1e12)
        assert len(store.persons) == (form in taken)
    assert reply.status_code == (200 if form in taken else 400)


COUNTS = {
    "mixed": (("totalRecords", "partialRecords"), ("totalCount", "partialSuccessCount")),
    "total_count": (("totalCount", "partialSuccessCount"),) * 2,
    "total_records": (("totalRecords", "partialRecords"),) * 2,
}


@pytest.mark.parametrize("count_names", COUNTS)
def test_the_names_of_counts(count_names: Any) -> None:
    """Of a job that stored two people, one of them without the company that was asked for."""
    partly = {"Email": "cy@acme.com", "companies": [{"Company_ID": "no"}]}
    with speaking(Dialect(count_names=count_names)) as (client, _):
        name = submitted(client, Dialect(), {"records": [ANA, partly]})
        status, (file,) = results(client, name)
    names = {"totalRecords", "totalCount", "partialRecords", "partialSuccessCount"}
    for counts, (total, partial) in zip((status, file), COUNTS[count_names], strict=True):
        assert names & set(counts) == {total, partial}
        assert (counts[total], counts["successCount"], counts[partial]) == (2, 1, 1)


@pytest.mark.parametrize(
    ("body", "statuses"),
    [
        pytest.param({"Email": "a@b.co"}, (200, 400), id="object"),
        pytest.param([{"Email": "a@b.co"}], (400, 200), id="array of one"),
        pytest.param([{"Email": "a@b.co"}] * 2, (400, 400), id="array of two"),
        pytest.param([], (400, 400), id="empty array"),
        pytest.param([[]], (400, 400), id="array in an array"),
    ],
)
def test_the_body_of_one_person(body: Any, statuses: tuple[int, int]) -> None:
    replies = []
    for single_body in ("object", "array"):
        with speaking(Dialect(single_body=single_body)) as (client, _):
            replies.append(client.put(PEOPLE, json=body).status_code)
    assert tuple(replies) == statuses


@pytest.mark.parametrize(("query_data", "shape"), [("records", {"records": []}), ("list", [])])
def test_both_shapes_of_a_query(query_data: Any, shape: Any) -> None:
    with speaking(Dialect(query_data=query_data)) as (client, _):
        assert client.post(QUERY, json={"select": ["Gsid"]}).json()["data"] == shape


def test_pairwise_holds_every_pair_of_values_and_begins_with_the_usual() -> None:
    found = set().union(*(pairs_of(asdict(dialect)) for dialect in EVERY))
    assert found == every_pair()
    assert EVERY[0] == Dialect()
    assert len(set(EVERY)) == len(EVERY)
    assert pairwise() == EVERY


def test_singles_hold_each_value_once() -> None:
    each = singles()
    assert len(set(each)) == 1 + sum(len(values) - 1 for values in choices().values())
    assert all(len(str(dialect).split()) == 1 for dialect in each)


@given(st.integers())
def test_a_dialect_drawn_by_a_seed_can_be_written_down(seed: int) -> None:
    dialect = drawn(seed)
    settings = [] if dialect == Dialect() else str(dialect).split()
    assert Dialect.read(settings) == dialect


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (["chunk=other"], "no setting 'chunk'; choose one of chunk_id, .* Did you mean chunk_id?"),
        (["chunk_id"], "chunk_id needs a value: chunk_id=job|other"),
        (["chunk_id="], "chunk_id has no value ''; choose one of job, other"),
        (["counts=object"], "counts has no value 'object'; .* Did you mean objects?"),
        ([""], "no setting ''"),
    ],
)
def test_a_mistake_in_a_setting_is_named(settings: list[str], message: str) -> None:
    with pytest.raises(DialectError, match=message.replace("?", r"\?").replace("|", r"\|")):
        Dialect.read(settings)


def test_a_dialect_of_an_unknown_value_cannot_be_made() -> None:
    with pytest.raises(DialectError, match="not_found has no value '500'"):
        Dialect(not_found="500")  # type: ignore[arg-type]  that is the mistake

"""The samples of the documents: their shapes, and the replies to their requests."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from gsprep.sandbox.jobs import Work
from gsprep.sandbox.store import Store
from gsprep.sandbox.tenant import Field, Tenant, gsid

if TYPE_CHECKING:
    import httpx

    from tests.sandbox.conftest import Clock

PEOPLE = "/v1/peoplemgmt/v1.0/people"
BULK = "/v1/peoplemgmt/v1.0/external/bulk/ingestion"
ACME, EUROPE = gsid("company", "test", 1), gsid("relationship", "test", 1)
COMPANY_KEY, RELATIONSHIP_KEY = "Company_ID,Person_ID", "Company_ID,Person_ID,Relationship_ID"


def shape(reply: Any) -> Any:
    """Return a reply with the names of types in place of values; of a list its first element."""
    if isinstance(reply, dict):
        return {name: shape(value) for name, value in sorted(reply.items())}
    if isinstance(reply, list):
        return [shape(one) for one in reply[:1]]
    return type(reply).__name__


def envelope(**data: Any) -> dict[str, Any]:
    return {"result": "bool", "requestId": "str", "data": data}


SHAPES = {
    "upsert_person": (
        ("PUT", PEOPLE, {"Email": "ana@acme.com"}),
        envelope(status="str", personGsid="str"),
    ),
    "upsert_person refused": (
        ("PUT", PEOPLE, {"Email": "ana@"}),
        envelope(
            status="str",
            errors=[
                {
                    "field": "str",
                    "invalidValue": [{"Email": "str"}],
                    "errorCode": "str",
                    "errorMessage": "str",
                }
            ],
        ),
    ),
    "upsert_async": (
        ("PUT", f"{PEOPLE}/async", {"records": [{"Email": "ana@acme.com"}]}),
        envelope(statusId="str"),
    ),
    "delete": (
        ("DELETE", PEOPLE, [gsid("person", "test", 1)]),
        envelope(deleteRequestId="str", status="str", count="int"),
    ),
    "bulk_async": (
        ("POST", f"{BULK}/async/people", {"records": [{"Email": "ana@acme.com"}]}),
        envelope(jobId="str", statusUrl="str"),
    ),
}


@pytest.mark.parametrize(("call", "expected"), SHAPES.values(), ids=SHAPES)
def test_the_reply_to_a_submission(
    client: httpx.Client, call: tuple[str, str, Any], expected: dict[str, Any]
) -> None:
    method, path, body = call
    assert shape(client.request(method, path, json=body).json()) == shape_of(expected)


def shape_of(expected: Any) -> Any:
    if isinstance(expected, dict):
        return {name: shape_of(value) for name, value in sorted(expected.items())}
    return [shape_of(one) for one in expected] if isinstance(expected, list) else expected


@pytest.mark.parametrize(
    ("now", "records", "expected"),
    [
        pytest.param(0.0, [{"Email": "a@acme.com"}], envelope(status="str"), id="INIT"),
        pytest.param(1.2, [{"Email": "a@acme.com"}], envelope(status="str"), id="INPROGRESS"),
        pytest.param(
            9.0,
            [{"Email": "a@acme.com"}],
            envelope(status="str", response=[{"status": "str", "personGsid": "str"}]),
            id="COMPLETED, all stored",
        ),
        pytest.param(
            9.0,
            [
                {
                    "Email": "a@acme.com",
                    "companies": [{"CompanyName": "Nobody"}],
                    "lookups": {"companies": {"Company_ID": {"fields": {"CompanyName": "Name"}}}},
                }
            ],
            envelope(
                status="str",
                response=[
                    {
                        "status": "str",
                        "errors": [
                            {
                                "field": "str",
                                "invalidValue": [{"Name": "str", "Company_ID": "str"}],
                                "errorCode": "str",
                                "errorMessage": "str",
                            }
                        ],
                    }
                ],
            ),
            id="COMPLETED, refused",
        ),
    ],
)
def test_the_status_of_an_upsert_of_50(
    client: httpx.Client, clock: Clock, now: float, records: list[Any], expected: dict[str, Any]
) -> None:
    name = client.put(f"{PEOPLE}/async", json={"records": records}).json()["data"]["statusId"]
    clock.now = now
    reply = client.get(f"{PEOPLE}/async/status/{name}").json()
    assert shape(reply) == shape_of(expected)


def test_the_status_of_a_bulk_job(client: httpx.Client, clock: Clock) -> None:
    body = {"records": [{"Email": "a@acme.com"}, {"Email": "b@"}]}
    name = client.post(f"{BULK}/async/people", json=body).json()["data"]["jobId"]
    clock.now = 9
    expected = envelope(
        statusType="str",
        response={
            "status": "str",
            "successCount": "int",
            "failureCount": "int",
            "totalRecords": "int",
            "partialRecords": "int",
            "objectName": "str",
            "timeTaken": "float",
            "chunkDetails": [{"chunkURL": "str"}],
        },
    ) | {"message": "str"}
    assert shape(client.get(f"{BULK}/async/status/{name}").json()) == shape_of(expected)


def test_a_person_as_read(client: httpx.Client, store: Store) -> None:
    """Names in lower case, nulls written, booleans real; those of the sample are all there."""
    store.add_companies([{"Gsid": ACME, "Name": "Acme"}])
    store.add_relationships([{"Gsid": EUROPE, "Name": "Europe"}])
    row = {"Relationship_ID": EUROPE, "Title": "Sponsor"}
    company = {"Company_ID": ACME, "Role": "Admin", "relationships": [row]}
    client.put(PEOPLE, json={"Email": "ana@acme.com", "Name": "Ana", "companies": [company]})
    data = shape(client.get(PEOPLE, params={"Email": "ana@acme.com"}).json()["data"])
    named = {"Id": "str", "name": "str"}
    association = {
        **dict.fromkeys(("createddate", "modifieddate", "gsid"), "str"),
        "company_id": named,
        "person_id": named,
        "active": "bool",
        **dict.fromkeys(("isprimarycompany", "manager"), "NoneType"),
    }
    person = {
        **dict.fromkeys(("email", "createddate", "modifieddate", "gsid", "name"), "str"),
        **dict.fromkeys(("firstname", "lastname", "middlename", "timezone"), "NoneType"),
        **dict.fromkeys(("dynamicresolutionkey", "externalrecordid__gc"), "NoneType"),
        **dict.fromkeys(("masterrecordid", "masteravatartypecode", "location"), "NoneType"),
    }
    (read,) = data["companies"]
    (below,) = read["relationships"]
    assert data.items() >= person.items()
    assert read.items() >= (association | {"role": "str", "title": "NoneType"}).items()
    assert below.items() >= (association | {"role": "NoneType", "title": "str"}).items()
    assert below["company_person_id"] == {"Id": "str"}
    assert below["relationship_id"] == named
    assert below["relationship_type_id"] == "NoneType"


def result_file(store: Store, records: list[Any]) -> dict[str, Any]:
    """Return the one result file of a job with these records."""
    name = store.submit(Work("bulk", records))
    store.advance(9)
    return json.loads(store.chunk_json(name, 1, now=9))


def test_a_result_file_where_all_went_well(store: Store) -> None:
    """As the call that waits replies, without envelope and without nulls."""
    company = {"Company_ID": ACME, "relationships": [{"Relationship_ID": EUROPE, "Role": "Admin"}]}
    records = [{"Email": "ana@acme.com", "Location": "Oslo", "companies": [company]}]
    store.upsert_people(records)
    updated = store.upsert_people(records)
    assert result_file(store, records) == updated


def missing(key: str, **values: str) -> dict[str, Any]:
    """Return the detail of a row that lacks a part of its key."""
    named = "Person_ID" if "Person_ID" in key else key
    return {
        "fieldName": key,
        "values": {key: values},
        "errors": [
            {
                "message": f"Resolution key value is null or empty : {named}",
                "code": "GSOBJ_VCUSTOM1012",
            }
        ],
    }


def repeated(key: str) -> dict[str, Any]:
    message = f"Row with the given resolution key already exists : {key}"
    errors = [{"message": message, "code": "GSOBJ_VCUSTOM1007"}]
    return {"fieldName": None, "values": None, "errors": errors}


def test_a_result_file_where_all_went_wrong() -> None:
    """A key of two fields, one absent: nulls for ids and unset lists, and three further keys."""
    tenant = Tenant(
        key=("Email", "Location"),
        fields={"company_person": [Field("Tags__gc", "MULTISELECTDROPDOWNLIST")]},
        defaults={"person": {"P__gc": "true"}, "relationship_person": {"R__gc": "true"}},
    )
    row = {"Role": "Admin", "Relationship_ID": EUROPE}
    records = [
        {"Email": "a@acme.com", "companies": [{"Company_ID": ACME, "relationships": [row, row]}]},
        {
            "Email": "b@acme.com",
            "companies": [
                {"Company_ID": ACME, "relationships": []},
                {"Company_ID": ACME, "relationships": [row]},
            ],
        },
    ]
    with Store(tenant=tenant) as store:
        file = result_file(store, records)
    below = {**row, "Active": "true", "Company_ID": ACME, "R__gc": "true"}
    below |= {"Person_ID": None, "Company_Person_ID": None}
    above = {"Tags__gc": None, "Active": "true", "Company_ID": ACME, "Person_ID": None}
    person = {"P__gc": "true", "EmailOptOut": "false"}
    relationship = missing(RELATIONSHIP_KEY, Company_ID=ACME, Relationship_ID=EUROPE)
    company = missing(COMPANY_KEY, Company_ID=ACME)
    details = [
        [
            missing("Email,Location", Email="a@acme.com"),
            company,
            relationship,
            relationship,
            repeated(f"{{Company_ID={ACME}, Person_ID=null, Relationship_ID={EUROPE}}}"),
        ],
        [
            missing("Email,Location", Email="b@acme.com"),
            company,
            repeated(f"{{Company_ID={ACME}, Person_ID=null}}"),
            company,
            relationship,
        ],
    ]
    echoed = [
        {"Email": "a@acme.com", **person, "companies": [{**above, "relationships": [below] * 2}]},
        {
            "Email": "b@acme.com",
            **person,
            "companies": [{**above, "relationships": []}, {**above, "relationships": [below]}],
        },
    ]
    assert file == {
        "successCount": 0,
        "totalCount": 2,
        "failureCount": 2,
        "partialSuccessCount": 0,
        "records": [
            {
                "error": {"rowNum": number, "details": details[number - 1], "record": None},
                "record": echoed[number - 1],
                "messageId": str(number),
                "rowNumber": number,
                "operationStatus": "FAILURE",
                "operationType": None,
            }
            for number in (1, 2)
        ],
        "outPutFilePath": None,
    }


SAMPLES = Path(__file__).parent / "samples"
MADE = {"Gsid", "Person_ID", "Company_Person_ID"}


def with_numbered_ids(reply: Any, seen: dict[str, str]) -> Any:
    """Replace the ids a store makes by their order, wherever they stand."""
    if isinstance(reply, list):
        return [with_numbered_ids(one, seen) for one in reply]
    if not isinstance(reply, dict):
        return reply
    return {
        name: seen.setdefault(value, f"{value[:4]} {len(seen)}")
        if name in MADE and isinstance(value, str)
        else with_numbered_ids(value, seen)
        for name, value in sorted(reply.items())
    }


@pytest.mark.parametrize(
    "name", ["success", "partial", "failure", "lookup_success", "lookup_failure"]
)
def test_sample(name: str) -> None:
    sample = json.loads((SAMPLES / f"{name}.json").read_text(encoding="utf-8"))
    with Store(tenant=Tenant(defaults=sample["defaults"])) as store:
        store.add_companies(sample["companies"])
        store.add_relationships(sample["relationships"])
        store.upsert_people(sample["before"])
        request = sample["request"]
        reply = store.upsert_people(request["records"], lookups=request.get("lookups"))
    assert with_numbered_ids(reply, {}) == with_numbered_ids(sample["reply"], {})

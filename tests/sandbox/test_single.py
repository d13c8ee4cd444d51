"""The call for one person: stored whole or not at all."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsprep.sandbox.store import Store
from gsprep.sandbox.tenant import Field, Tenant, gsid

if TYPE_CHECKING:
    from collections.abc import Iterator

    import httpx

PEOPLE = "/v1/peoplemgmt/v1.0/people"
ACME, GLOBEX = gsid("company", "test", 1), gsid("company", "test", 2)
EUROPE = gsid("relationship", "test", 1)
DESK = gsid("desk", "test", 1)
COMPANY_BY_NAME = {"Company_ID": {"fields": {"CompanyName": "Name"}}}
RELATIONSHIP_BY_NAME = {"Relationship_ID": {"fields": {"RelationshipName": "Name"}}}
PERSON_BY_EMAIL = {"Person_ID": {"fields": {"PersonEmail": "Email"}}}
DESK_BY_NUMBER = {
    "Desk__gc": {
        "fields": {"DeskNumber": "Number"},
        "lookupField": "Gsid",
        "objectName": "Desk",
        "multiMatchOption": "FIRSTMATCH",
        "onNoMatch": "ERROR",
    }
}
ANA = {"FirstName": "Ana", "LastName": "Ruiz", "Email": "ana@acme.com"}


@pytest.fixture
def store() -> Iterator[Store]:
    types = {"company_person": [Field("Desk__gc", "GSID")]}
    with Store(
        tenant=Tenant(fields=types, defaults={"company_person": {"Title": "Guest"}})
    ) as made:
        made.add_companies([{"Gsid": ACME, "Name": "Acme"}, {"Gsid": GLOBEX, "Name": "Globex"}])
        made.add_relationships([{"Gsid": EUROPE, "Name": "Europe", "Company_ID": ACME}])
        made.add_records("desk", [{"Gsid": DESK, "Number": "17"}])
        yield made


def company(**fields: Any) -> dict[str, Any]:
    return {"IsPrimaryCompany": "true", **fields}


@pytest.mark.parametrize(
    ("body", "associations"),
    [
        pytest.param(ANA, (0, 0), id="a person alone"),
        pytest.param(
            ANA
            | {
                "companies": [
                    {"Company_ID": GLOBEX, "IsPrimaryCompany": "false"},
                    company(
                        Company_ID=ACME,
                        relationships=[{"Role": "Admin", "Relationship_ID": EUROPE}],
                    ),
                ]
            },
            (2, 1),
            id="association ids",
        ),
        pytest.param(
            ANA
            | {
                "companies": [
                    company(CompanyName="Globex", role="Power User", DeskNumber=17),
                    company(CompanyName="acme", Relationships=[{"RelationshipName": "Europe"}]),
                ],
                "lookups": {
                    "companies": COMPANY_BY_NAME | DESK_BY_NUMBER,
                    "relationships": RELATIONSHIP_BY_NAME,
                },
            },
            (2, 1),
            id="lookups, one of them into an object of the tenant's own",
        ),
        pytest.param(
            ANA
            | {
                "relationships": [{"Role": "Admin", "RelationshipName": "Europe"}],
                "lookups": {"relationships": RELATIONSHIP_BY_NAME},
            },
            (0, 1),
            id="relationships only",
        ),
        pytest.param(
            {
                "companies": [
                    company(
                        CompanyName="Acme",
                        PersonEmail="BO@acme.com",
                        relationships=[{"RelationshipName": "Europe"}],
                    )
                ],
                "lookups": {
                    "companies": COMPANY_BY_NAME | PERSON_BY_EMAIL,
                    "relationships": RELATIONSHIP_BY_NAME,
                },
            },
            (1, 1),
            id="company and relationship lookup only",
        ),
    ],
)
def test_one_person_is_stored(
    client: httpx.Client, store: Store, body: Any, associations: tuple[int, int]
) -> None:
    """The reply names the person who was written, or whom the associations name."""
    store.upsert_people([{"Email": "bo@acme.com"}])
    reply = client.put(PEOPLE, json=body)
    sent = body.get("Email", "bo@acme.com")
    data = {"status": "SUCCESS", "personGsid": store.persons[sent]["Gsid"]}
    assert reply.status_code == 200
    assert reply.json() == {"result": True, "requestId": reply.json()["requestId"], "data": data}
    assert (len(store.company_persons), len(store.relationship_persons)) == associations
    rows = [*store.company_persons, *store.relationship_persons]
    assert {row["Person_ID"] for row in rows} <= {data["personGsid"]}
    assert {row["Company_ID"] for row in store.relationship_persons} <= {ACME}


def failure(*errors: tuple[str | None, list[Any], str]) -> list[dict[str, Any]]:
    return [{"field": name, "invalidValue": bad, "errorCode": code} for name, bad, code in errors]


NOT_RESOLVED = "RLS_SOURCE_LOOKUP_FIELD_NOT_RESOLVED"


@pytest.mark.parametrize(
    ("body", "errors"),
    [
        pytest.param(
            ANA
            | {
                "companies": [
                    {"CompanyName": "Nobody", "relationships": [{"Relationship_ID": EUROPE}]}
                ],
                "lookups": {"companies": COMPANY_BY_NAME},
            },
            failure(("Company_ID", [{"Name": "Nobody", "Company_ID": NOT_RESOLVED}], NOT_RESOLVED)),
            id="a company that is not found, said once",
        ),
        pytest.param(
            ANA | {"Email": "ana@", "companies": [{"Company_ID": ACME}]},
            failure(("Email", [{"Email": "ana@"}], "GSOBJ_VDTEMAIL1001")),
            id="the person alone is told when it is bad",
        ),
        pytest.param(
            ANA | {"companies": [{"Company_ID": "Acme"}, {"Company_ID": GLOBEX}]},
            failure(("Company_ID", [{"Company_ID": "Acme"}], "GSOBJ_VDTGSID1001")),
            id="one bad association stores nothing",
        ),
        pytest.param(
            {"companies": [{"Company_ID": ACME, "Person_ID": gsid("person", "test", 9)}]},
            failure(("Person_ID", [{"Person_ID": gsid("person", "test", 9)}], "GSOBJ_VDTGSID1001")),
            id="a person who is not there",
        ),
        pytest.param(
            {"companies": [{"Company_ID": ACME}]},
            failure(("Email", [], "GSOBJ_VCUSTOM1012")),
            id="nobody is named",
        ),
        pytest.param(
            {
                "companies": [{"Company_ID": ACME, "PersonEmail": "no@acme.com"}],
                "lookups": {"companies": PERSON_BY_EMAIL},
            },
            failure(
                ("Person_ID", [{"Email": "no@acme.com", "Person_ID": NOT_RESOLVED}], NOT_RESOLVED)
            ),
            id="a person who is not found",
        ),
    ],
)
def test_one_person_is_refused_whole(
    client: httpx.Client, store: Store, body: Any, errors: list[Any]
) -> None:
    reply = client.put(PEOPLE, json=body)
    data = reply.json()["data"]
    told = [{k: v for k, v in error.items() if k != "errorMessage"} for error in data["errors"]]
    assert (reply.status_code, reply.json()["result"], data["status"]) == (400, False, "FAILURE")
    assert told == errors
    assert all(error["errorMessage"] for error in data["errors"])
    assert (store.persons, store.company_persons) == ({}, [])


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        pytest.param({"onNoMatch": "ERROR"}, "FAILURE", id="error"),
        pytest.param({"onNoMatch": "NULLABLE"}, None, id="null"),
        pytest.param({"onNoMatch": "DEFAULTVALUE"}, DESK, id="the default value"),
    ],
)
def test_a_field_of_the_tenants_own_without_a_match(
    options: dict[str, str], expected: str | None
) -> None:
    own = Tenant(
        fields={"company_person": [Field("Desk__gc", "GSID")], "desk": [Field("Number")]},
        defaults={"company_person": {"Desk__gc": DESK}},
    )
    lookup = {"Desk__gc": DESK_BY_NUMBER["Desk__gc"] | options}
    row = {"Company_ID": ACME, "DeskNumber": "99"}
    body = ANA | {"companies": [row], "lookups": {"companies": lookup}}
    with Store(tenant=own) as store:
        store.upsert_people([ANA | {"companies": [{"Company_ID": ACME, "Desk__gc": ACME}]}])
        data = store.upsert_person(body)
        (stored,) = store.company_persons
    if expected == "FAILURE":
        assert data["status"] == "FAILURE"
    else:
        assert data["status"] == "SUCCESS"
        assert stored["Desk__gc"] == (expected or ACME)


values = st.sampled_from([None, "", "x", "true", "ana@acme.com", ACME, GLOBEX, EUROPE, 7])
rows = st.dictionaries(
    st.sampled_from(["Company_ID", "Relationship_ID", "Person_ID", "Active", "CompanyName"]),
    values,
    max_size=3,
)
records = st.fixed_dictionaries(
    {},
    optional={
        "Email": values,
        "Name": values,
        "EmailOptOut": values,
        "companies": st.lists(rows, max_size=3),
        "relationships": st.lists(rows, max_size=2),
        "lookups": st.sampled_from([None, {"companies": COMPANY_BY_NAME}]),
    },
)


@given(before=records, record=records)
def test_one_record_is_stored_whole_or_not_at_all(before: Any, record: Any) -> None:
    """Stored, the bulk call would say the same; refused, nothing has changed."""
    lookups = record.get("lookups")
    plain = {name: value for name, value in record.items() if name != "lookups"}
    with Store() as store, Store() as bulk:
        for one in (store, bulk):
            one.add_companies([{"Gsid": ACME, "Name": "x"}])
            one.upsert_person(before)
        unchanged = [store.persons, store.company_persons, store.relationship_persons]
        data = store.upsert_person(record)
        (answer,) = bulk.upsert_people([plain], lookups=lookups)["records"]
        changed = [store.persons, store.company_persons, store.relationship_persons]
        expected = [bulk.persons, bulk.company_persons, bulk.relationship_persons]
    assert data["status"] == ("SUCCESS" if answer["operationStatus"] == "SUCCESS" else "FAILURE")
    assert changed == (expected if data["status"] == "SUCCESS" else unchanged)


@pytest.mark.parametrize(
    ("written", "status"),
    [("0d9f58cd-15d4-4d6c-b5c5-0a3f1e1f7a11", "SUCCESS"), ("0d9f58cd-15d4-4d6c-b5c5", "FAILURE")],
)
def test_uuids_are_ids_of_records(written: str, status: str) -> None:
    """The sample of the asynchronous upsert has such ids; a part of one is not an id."""
    with Store() as store:
        assert store.upsert_person(ANA | {"companies": [company(Company_ID=written)]})[
            "status"
        ] == (status)


def test_a_uuid_has_to_be_known_where_companies_are_loaded() -> None:
    """A UUID is looked up as a GSID is."""
    known, unknown = "0d9f58cd-15d4-4d6c-b5c5-0a3f1e1f7a11", "0d9f58cd-15d4-4d6c-b5c5-0a3f1e1f7a12"
    with Store() as store:
        store.add_companies([{"Gsid": known, "Name": "Acme"}])
        replies = [
            store.upsert_person(ANA | {"companies": [company(Company_ID=one)]})["status"]
            for one in (known, unknown)
        ]
    assert replies == ["SUCCESS", "FAILURE"]


def test_a_relationship_without_its_company_is_read(client: httpx.Client) -> None:
    body = ANA | {"relationships": [{"Relationship_ID": EUROPE}]}
    assert client.put(PEOPLE, json=body).status_code == 200
    data = client.get(PEOPLE, params={"Email": "ana@acme.com"}).json()["data"]
    (relationship,) = data["relationships"]
    assert data["companies"] == []
    assert relationship["relationship_id"] == {"Id": EUROPE, "name": "Europe"}
    assert relationship["company_id"] == {"Id": ACME, "name": "Acme"}

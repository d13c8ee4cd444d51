"""What the bulk call stores and refuses, row by row."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gsprep.sandbox.jobs import Work
from gsprep.sandbox.store import Store
from gsprep.sandbox.tenant import Tenant, gsid

ACME, GLOBEX, NOWHERE = (gsid("company", "test", number) for number in range(3))
EUROPE = gsid("relationship", "test", "Europe")
SOMEONE = gsid("person", "test", "someone")
COMPANIES = [{"Gsid": ACME, "Name": "Acme"}, {"Gsid": GLOBEX, "Name": "Globex"}]


def outcome(store: Store, record: Any) -> tuple[str, list[tuple[str | None, str]]]:
    """Return the status of one record, and field and code of each detail."""
    answer = store.upsert_people([record])["records"][0]
    details = answer.get("error", {"details": []})["details"]
    return answer["operationStatus"], [
        (detail.get("fieldName"), error["code"]) for detail in details for error in detail["errors"]
    ]


@pytest.mark.parametrize(
    ("fields", "refused"),
    [
        pytest.param({"Email": "johnsmith@"}, ("Email", "GSOBJ_VDTEMAIL1001"), id="half an e-mail"),
        pytest.param({"Email": "a b@acme.com"}, ("Email", "GSOBJ_VDTEMAIL1001"), id="blank in it"),
        pytest.param({"Email": "a@acme"}, ("Email", "GSOBJ_VDTEMAIL1001"), id="no dot"),
        pytest.param({"Email": "a@@acme.com"}, ("Email", "GSOBJ_VDTEMAIL1001"), id="two @"),
        pytest.param({"Email": "\ud800@acme.com"}, ("Email", "GSOBJ_VDTEMAIL1001"), id="half pair"),
        pytest.param({"Email": ["a@acme.com"]}, ("Email", "GSOBJ_VDTEMAIL1001"), id="a list"),
        pytest.param(
            {"Email": f"{'a' * 60}@{'b' * 60}.{'c' * 60}.{'d' * 60}.{'e' * 60}.com"},
            ("Email", "GSOBJ_VDTEMAIL1001"),
            id="e-mail too long",
        ),
        pytest.param({"Email": None}, ("Email", "GSOBJ_VCUSTOM1012"), id="no e-mail"),
        pytest.param({"Email": " "}, ("Email", "GSOBJ_VCUSTOM1012"), id="blank e-mail"),
        pytest.param({"Phone": "1"}, ("Phone", "GSOBJ_VCRUDR1002"), id="unknown field"),
        pytest.param({"Phone": None}, ("Phone", "GSOBJ_VCRUDR1002"), id="unknown field, null"),
        pytest.param({"Name": "x" * 256}, ("Name", "GSOBJ_VDTBSTR1001"), id="text too long"),
        pytest.param({"Nps__gc": "x" * 501}, ("Nps__gc", "GSOBJ_VDTBSTR1001"), id="own too long"),
        pytest.param({"Name": {"a": 1}}, ("Name", "GSOBJ_VDTBSTR1001"), id="an object"),
        pytest.param({"EmailOptOut": "yes"}, ("EmailOptOut", "GSOBJ_VDTBOOL1001"), id="yes"),
        pytest.param({"LinkedinUrl": "ftp://a.b"}, ("LinkedinUrl", "GSOBJ_VDTURL1001"), id="ftp"),
        pytest.param(
            {"LinkedinUrl": "http://["}, ("LinkedinUrl", "GSOBJ_VDTURL1001"), id="bracket"
        ),
        pytest.param({"Size__gc": "many"}, ("Size__gc", "GSOBJ_VDTNUM1001"), id="no number"),
        pytest.param({"Size__gc": "nan"}, ("Size__gc", "GSOBJ_VDTNUM1001"), id="not a number"),
        pytest.param({"Size__gc": "1e30"}, ("Size__gc", "GSOBJ_VDTNUM1002"), id="large number"),
        pytest.param({"Since__gc": "soon"}, ("Since__gc", "GSOBJ_VDTDATIME1001"), id="no time"),
        pytest.param({"Gsid": "short"}, ("Gsid", "GSOBJ_VDTGSID1001"), id="no gsid"),
        pytest.param({"Gsid": SOMEONE}, ("Gsid", "GSOBJ_VDTGSID1001"), id="unknown gsid"),
    ],
)
def test_a_person_is_refused(fields: dict[str, Any], refused: tuple[str, str]) -> None:
    tenant = Tenant(custom_types={"Size__gc": "NUMBER", "Since__gc": "DATETIME"})
    with Store(tenant=tenant) as store:
        assert outcome(store, {"Email": "ana@acme.com", **fields}) == ("FAILURE", [refused])
        assert store.persons == {}


@pytest.mark.parametrize(
    "fields",
    [
        pytest.param({"Email": "Ana.Ruiz+news@mail.acme.co.uk"}, id="e-mail with plus"),
        pytest.param({"Email": "jörg@müller.de"}, id="e-mail of another script"),
        pytest.param({"Name": "x" * 255, "Nps__gc": "x" * 500}, id="as long as may be"),
        pytest.param({"name": "Ana", "LINKEDINURL": "linkedin.com/in/ana"}, id="another case"),
        pytest.param({"EmailOptOut": True, "Nps__gc": 7}, id="real boolean and number"),
        pytest.param({"Name": "", "FirstName": None}, id="blanks"),
        pytest.param({"Size__gc": "-1.5", "Since__gc": "2024-02-29T10:00:00.000Z"}, id="own types"),
        pytest.param({"Since__gc": "1700000000000"}, id="milliseconds"),
        pytest.param({"companies": [], "Relationships": None}, id="no associations"),
    ],
)
def test_a_person_is_stored(fields: dict[str, Any]) -> None:
    tenant = Tenant(custom_types={"Size__gc": "NUMBER", "Since__gc": "DATETIME"})
    with Store(tenant=tenant) as store:
        assert outcome(store, {"Email": "ana@acme.com", **fields}) == ("SUCCESS", [])
        assert len(store.persons) == 1


@pytest.mark.parametrize(
    ("row", "refused"),
    [
        pytest.param({"Company_ID": "Acme"}, [("Company_ID", "GSOBJ_VDTGSID1001")], id="a name"),
        pytest.param({"Company_ID": NOWHERE}, [("Company_ID", "GSOBJ_VDTGSID1001")], id="unknown"),
        pytest.param(
            {"Company_ID": " "}, [("Company_ID,Person_ID", "GSOBJ_VCUSTOM1012")], id="no company"
        ),
        pytest.param({}, [("companies", "GSOBJ_VCRUDR1001")], id="empty row"),
        pytest.param(None, [("companies", "GSOBJ_VCRUDR1001")], id="null row"),
        pytest.param("Acme", [("companies", "GSOBJ_VCRUDR1001")], id="text row"),
        pytest.param(
            {"Company_ID": ACME, "Person_ID": SOMEONE},
            [("Person_ID", "GSOBJ_VDTGSID1001")],
            id="another person",
        ),
        pytest.param(
            {"Company_ID": ACME, "CompanyName": "Acme"},
            [("CompanyName", "GSOBJ_VCRUDR1002")],
            id="unknown field",
        ),
        pytest.param(
            {"Company_ID": "Acme", "relationships": [{"Relationship_ID": EUROPE}]},
            [("Company_ID", "GSOBJ_VDTGSID1001"), ("Company_ID", "GSOBJ_VDTGSID1001")],
            id="the relationship inherits a bad company",
        ),
        pytest.param(
            {"Company_ID": ACME, "Active": "1", "relationships": [{"Relationship_ID": EUROPE}]},
            [("Active", "GSOBJ_VDTBOOL1001"), ("Company_Person_ID", "GSOBJ_PEOPLE1001")],
            id="no company row to stand under",
        ),
        pytest.param(
            {
                "Company_ID": ACME,
                "relationships": [{"Relationship_ID": EUROPE, "Company_ID": GLOBEX}],
            },
            [("Company_ID", "GSOBJ_VDTGSID1001")],
            id="the relationship names another company",
        ),
        pytest.param(
            {"Company_ID": ACME, "relationships": "Europe"},
            [("relationships", "GSOBJ_VCRUDR1001")],
            id="no list",
        ),
    ],
)
def test_an_association_is_refused(row: Any, refused: list[tuple[str, str]]) -> None:
    with Store() as store:
        store.add_companies(COMPANIES)
        record = {"Email": "ana@acme.com", "companies": [row, {"Company_ID": GLOBEX}]}
        assert outcome(store, record) == ("PARTIAL_SUCCESS", refused)
        assert GLOBEX in {one["Company_ID"] for one in store.company_persons}
        assert store.relationship_persons == []


def test_a_relationship_stands_under_a_company_of_an_earlier_call(store: Store) -> None:
    store.upsert_people([{"Email": "ana@acme.com", "companies": [{"Company_ID": ACME}]}])
    row = {"Company_ID": ACME, "Active": "1", "relationships": [{"Relationship_ID": EUROPE}]}
    status = outcome(store, {"Email": "ana@acme.com", "companies": [row]})
    assert status == ("PARTIAL_SUCCESS", [("Active", "GSOBJ_VDTBOOL1001")])
    assert [one["Company_Person_ID"] for one in store.relationship_persons] == [
        one["Gsid"] for one in store.company_persons
    ]


def test_a_relationship_without_company_takes_the_company_of_its_record(store: Store) -> None:
    store.add_relationships([{"Gsid": EUROPE, "Name": "Europe", "Company_ID": ACME}])
    record = {"Email": "ana@acme.com", "relationships": [{"Relationship_ID": EUROPE}]}
    assert outcome(store, record) == ("SUCCESS", [])
    assert store.relationship_persons[0]["Company_ID"] == ACME


def test_a_blank_leaves_alone_and_the_key_has_no_case(store: Store) -> None:
    store.upsert_people([{"Email": "ana@acme.com", "Name": "Ana", "Location": "Madrid"}])
    store.upsert_people([{"Email": "ANA@acme.com", "Name": "", "Location": None, "Nps__gc": "9"}])
    (ana,) = store.persons.values()
    assert (ana["Name"], ana["Location"], ana["Nps__gc"]) == ("Ana", "Madrid", "9")


def test_a_person_can_be_named_by_gsid_but_not_take_a_key(store: Store) -> None:
    people = [{"Email": "ana@acme.com"}, {"Email": "bo@acme.com"}]
    first = store.upsert_people(people)["records"][0]["record"]["Gsid"]
    assert outcome(store, {"Gsid": first, "Email": "ana@globex.com"}) == ("SUCCESS", [])
    taken = outcome(store, {"Gsid": first, "Email": "BO@acme.com"})
    assert taken == ("FAILURE", [(None, "GSOBJ_VCUSTOM1007")])
    assert set(store.persons) == {"ana@globex.com", "bo@acme.com"}


def test_a_key_of_two_fields_needs_both() -> None:
    with Store(tenant=Tenant(key=("Email", "Location"))) as store:
        lacking = store.upsert_people([{"Email": "ana@acme.com"}])["records"][0]
        assert lacking["error"]["details"][0] == {
            "fieldName": "Email,Location",
            "values": {"Email,Location": {"Email": "ana@acme.com"}},
            "errors": [
                {
                    "message": "Resolution key value is null or empty : Email,Location",
                    "code": "GSOBJ_VCUSTOM1012",
                }
            ],
        }
        two = [{"Email": "ana@acme.com", "Location": town} for town in ("Madrid", "Oslo")]
        ids = [one["record"]["Gsid"] for one in store.upsert_people(two)["records"]]
        assert len(set(ids)) == 2


@pytest.mark.parametrize(
    ("loaded", "only", "status"),
    [
        pytest.param(False, None, "SUCCESS", id="no companies known"),
        pytest.param(True, None, "PARTIAL_SUCCESS", id="companies known"),
        pytest.param(True, False, "SUCCESS", id="known, not asked for"),
        pytest.param(False, True, "PARTIAL_SUCCESS", id="none known, asked for"),
    ],
)
def test_unknown_company(loaded: bool, only: bool | None, status: str) -> None:  # noqa: FBT001  a table
    with Store(tenant=Tenant(known_companies_only=only)) as store:
        store.add_companies(COMPANIES if loaded else [])
        record = {"Email": "ana@acme.com", "companies": [{"Company_ID": NOWHERE}]}
        assert outcome(store, record)[0] == status


@pytest.mark.parametrize("record", [None, {}, [], "Ana", 7], ids=repr)
def test_a_record_that_is_none(store: Store, record: Any) -> None:
    assert outcome(store, record) == ("FAILURE", [(None, "GSOBJ_VCRUDR1001")])


blanks = st.sampled_from([None, "", " "])
emails = st.one_of(st.sampled_from(["ana@acme.com", "ANA@acme.com", "bo@acme.com", "no"]), blanks)
ids = st.one_of(st.sampled_from([ACME, GLOBEX, NOWHERE, "bad"]), blanks)
scalars = st.one_of(st.text(max_size=4), st.booleans(), st.integers(), blanks)
relationships = st.lists(
    st.one_of(
        st.fixed_dictionaries(
            {}, optional={"Relationship_ID": st.sampled_from([EUROPE, "bad"]), "Active": scalars}
        ),
        st.none(),
    ),
    max_size=2,
)
companies = st.lists(
    st.one_of(
        st.fixed_dictionaries(
            {"Company_ID": ids},
            optional={"IsPrimaryCompany": scalars, "relationships": relationships, "X": scalars},
        ),
        st.none(),
    ),
    max_size=3,
)
records = st.one_of(
    st.fixed_dictionaries(
        {"Email": emails}, optional={"Name": scalars, "Nps__gc": scalars, "companies": companies}
    ),
    st.none(),
)
requests = st.lists(records, min_size=1, max_size=4)


def state(store: Store) -> list[Any]:
    return [store.persons, store.company_persons, store.relationship_persons]


@given(request=requests)
def test_every_record_is_answered_once(request: list[Any]) -> None:
    """Counts partition the total; a stored row has a GSID; a detail is there when one is wrong."""
    with Store() as store:
        store.add_companies(COMPANIES)
        reply = store.upsert_people(request)
        people = {one["Gsid"] for one in store.persons.values()}
    counts = [reply[name] for name in ("successCount", "partialSuccessCount", "failureCount")]
    assert sum(counts) == reply["totalCount"] == len(request)
    assert [one["rowNumber"] for one in reply["records"]] == list(range(1, len(request) + 1))
    for one in reply["records"]:
        assert (one["operationStatus"] == "SUCCESS") == ("error" not in one)
        stored = one["operationStatus"] != "FAILURE"
        assert stored == (one["record"].get("Gsid") in people)


@given(request=requests)
def test_the_same_request_twice_changes_nothing(request: list[Any]) -> None:
    with Store() as store:
        store.add_companies(COMPANIES)
        store.upsert_people(request)
        once = state(store)
        store.upsert_people(request)
        assert state(store) == once


@given(request=requests, key=st.sampled_from([("Email",), ("Email", "Nps__gc"), ("Name",)]))
def test_records_of_one_call_of_many_and_of_a_job_are_stored_alike(
    request: list[Any], key: tuple[str, ...]
) -> None:
    """Rows that are read and written together are the same as one by one."""
    of = Tenant(key=key)
    with Store(tenant=of) as whole, Store(tenant=of) as split, Store(tenant=of) as job:
        # Each job takes a number, from which the next ids are made.
        for store, work in ((whole, []), (split, []), (job, request)):
            store.add_companies(COMPANIES)
            store.submit(Work("bulk", work))
        whole.upsert_people(request)
        for record in request:
            split.upsert_people([record])
        job.advance(9)
        assert state(whole) == state(split) == state(job)


@settings(max_examples=20)
@given(request=requests)
def test_a_restart_keeps_every_state(request: list[Any]) -> None:
    with TemporaryDirectory() as folder:
        path = Path(folder) / "sandbox.db"
        with Store(path) as store:
            store.upsert_people(request)
            before = state(store)
        with Store(path) as store:
            assert state(store) == before

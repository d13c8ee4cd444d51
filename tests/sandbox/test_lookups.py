"""Lookups: what they find, what they leave, what they mark."""

from __future__ import annotations

from typing import Any

import pytest

from gsprep.sandbox.rules import RefusalError
from gsprep.sandbox.store import Store
from gsprep.sandbox.tenant import Tenant, gsid

FIRST, SECOND, OTHER = sorted(gsid("company", "test", number) for number in range(3))
COMPANIES = [
    {"Gsid": FIRST, "Name": "Acme", "City": "Oslo"},
    {"Gsid": SECOND, "Name": "ACME", "City": "Madrid"},
    {"Gsid": OTHER, "Name": "Globex", "City": "Oslo"},
]
BY_NAME = {"fields": {"CompanyName": "Name"}}


def found(how: dict[str, Any], row: dict[str, Any], tenant: Tenant | None = None) -> Any:
    """Return the Company_ID a row is echoed with."""
    with Store(tenant=tenant) as store:
        store.add_companies(COMPANIES)
        reply = store.upsert_people(
            [{"Email": "ana@acme.com", "companies": [row]}],
            lookups={"companies": {"Company_ID": how}},
        )
    (company,) = reply["records"][0]["record"]["companies"]
    assert not {"CompanyName", "Town"} & set(company)
    found = company.get("Company_ID")
    return found["errorCode"] if isinstance(found, dict) else found


@pytest.mark.parametrize(
    ("how", "row", "expected"),
    [
        pytest.param(BY_NAME, {"CompanyName": "globex"}, OTHER, id="one, without case"),
        pytest.param(BY_NAME, {"CompanyName": "Acme"}, FIRST, id="the first of two"),
        pytest.param(
            BY_NAME | {"multiMatchOption": "MARKASERROR"},
            {"CompanyName": "Acme"},
            "GSOBJ_RLS012",
            id="two are an error",
        ),
        pytest.param(
            {"fields": {"CompanyName": "Name", "Town": "City"}},
            {"CompanyName": "Acme", "Town": "madrid"},
            SECOND,
            id="two fields",
        ),
        pytest.param({"fields": {"Town": "City"}}, {"Town": "Madrid"}, SECOND, id="another field"),
        pytest.param(BY_NAME, {"CompanyName": "Nobody"}, "GSOBJ_RLS012", id="none is an error"),
        pytest.param(BY_NAME, {"CompanyName": "\ud800"}, "GSOBJ_RLS012", id="half a pair"),
        pytest.param(
            BY_NAME | {"onNoMatch": "NULLABLE"}, {"CompanyName": "Nobody"}, None, id="none is null"
        ),
        pytest.param(BY_NAME, {"CompanyName": ""}, None, id="nothing to look for"),
        pytest.param(
            BY_NAME, {"CompanyName": "Acme", "Company_ID": OTHER}, OTHER, id="an id stands"
        ),
    ],
)
def test_company(how: dict[str, Any], row: dict[str, Any], expected: str | None) -> None:
    assert found(how, row) == expected


@pytest.mark.parametrize(
    ("tenant", "row", "expected"),
    [
        pytest.param(Tenant(), {"CompanyName": "Nobody"}, "GSOBJ_RLS012", id="none is an error"),
        pytest.param(
            Tenant(no_match="NULLABLE"), {"CompanyName": "Nobody"}, None, id="none is null"
        ),
        pytest.param(
            Tenant(no_match="DEFAULTVALUE", defaults={"company_person": {"Company_ID": OTHER}}),
            {"CompanyName": "Nobody"},
            OTHER,
            id="none is the default value",
        ),
        pytest.param(Tenant(lookup_case=True), {"CompanyName": "ACME"}, SECOND, id="with case"),
        pytest.param(
            Tenant(lookup_case=True), {"CompanyName": "aCME"}, "GSOBJ_RLS012", id="no such case"
        ),
    ],
)
def test_what_the_page_leaves_open(
    tenant: Tenant, row: dict[str, Any], expected: str | None
) -> None:
    assert found(BY_NAME, row, tenant) == expected


def test_a_lookup_by_gsid() -> None:
    how = {"fields": {"CompanyName": "Gsid", "Town": "City"}}
    assert found(how, {"CompanyName": SECOND, "Town": "Madrid"}) == SECOND
    assert found(how, {"CompanyName": SECOND, "Town": "Oslo"}) == "GSOBJ_RLS012"
    assert found(how, {"CompanyName": gsid("company", "test", 9)}) == "GSOBJ_RLS012"


OWN = {
    "fields": {"DeskNumber": "Number"},
    "lookupField": "Gsid",
    "objectName": "company",
    "multiMatchOption": "FIRSTMATCH",
    "onNoMatch": "NULLABLE",
}


@pytest.mark.parametrize("absent", ["lookupField", "objectName", "multiMatchOption", "onNoMatch"])
def test_a_field_of_the_tenants_own_needs_every_detail(store: Store, absent: str) -> None:
    lacking = {name: value for name, value in OWN.items() if name != absent}
    people = [{"Email": "ana@acme.com", "companies": [{"Company_ID": FIRST, "DeskNumber": "9"}]}]
    assert store.upsert_people(people, lookups={"companies": {"Desk__gc": OWN}})["successCount"]
    with pytest.raises(RefusalError, match="GU_2403"):
        store.upsert_people(people, lookups={"companies": {"Desk__gc": lacking}})


@pytest.mark.parametrize(
    "lookups",
    [
        [],
        {"companies": []},
        {"persons": {}},
        {"companies": {"Company_ID": {}}},
        {"companies": {"Company_ID": {"fields": {"CompanyName": 1}}}},
        {"companies": {"Own__gc": BY_NAME}},
        {"companies": {"Company_ID": BY_NAME | {"objectName": "planets"}}},
        {"companies": {"Company_ID": BY_NAME | {"onNoMatch": "GUESS"}}},
        {"companies": {"Company_ID": BY_NAME | {"multiMatchOption": "ANY"}}},
    ],
    ids=str,
)
def test_a_bad_configuration_is_refused(store: Store, lookups: Any) -> None:
    with pytest.raises(RefusalError, match="GU_2403"):
        store.upsert_people([{"Email": "ana@acme.com"}], lookups=lookups)
    assert store.persons == {}

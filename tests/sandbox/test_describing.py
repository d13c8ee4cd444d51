"""What a tenant says of its objects, and that it keeps to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from gsprep.sandbox.app import make_app
from gsprep.sandbox.fields import Field
from gsprep.sandbox.store import Store
from gsprep.sandbox.tenant import Tenant

if TYPE_CHECKING:
    from collections.abc import Iterator

META = "/v1/meta/services/objects"
SIZES = ("Small", "Large")
TENANT = Tenant(
    custom_types={"Score__gc": "NUMBER"},
    fields={
        "person": (
            Field("Size__gc", "PICKLIST", options=SIZES, required=True),
            Field("Tags__gc", "MULTISELECTDROPDOWNLIST", options=SIZES),
            Field("Gone__gc", "PICKLIST", options=()),
            Field("Rank__gc", "NUMBER", writable=False, decimals=2),
            Field("Location", length=5),
        ),
        "project__gc": (Field("Name", length=20),),
    },
)


@pytest.fixture
def tenant() -> Iterator[httpx.Client]:
    """Return a client of a tenant with fields and an object of its own."""
    with Store(tenant=TENANT) as store:
        store.add_companies([{"Gsid": "1P02" + "A" * 32, "Name": "Acme", "Domain": "acme.com"}])
        transport = httpx.WSGITransport(app=make_app(store))
        headers = {"Accesskey": "key"}
        with httpx.Client(transport=transport, base_url="http://x", headers=headers) as client:
            yield client


def described(client: httpx.Client, name: str, idd: str = "true") -> dict[str, Any]:
    reply = client.get(f"{META}/{name}/describe", params={"idd": idd})
    (found,) = reply.raise_for_status().json()["data"]
    return found


def fields(client: httpx.Client, name: str, idd: str = "true") -> dict[str, Any]:
    return {field["fieldName"]: field for field in described(client, name, idd)["fields"]}


@pytest.mark.parametrize(
    ("name", "prefix", "some"),
    [
        ("Person", "1P04", {"Email", "Name", "Gsid", "Size__gc", "Score__gc"}),
        ("Company_Person", "1C01", {"Company_ID", "Person_ID", "Role", "EmailCompany"}),
        ("relationship_person", "1C03", {"Relationship_ID", "Relationship_Type_ID"}),
        ("COMPANY", "1P02", {"Name", "Domain"}),
        ("Relationship", "1P05", {"Name", "Company_ID"}),
        ("Project__gc", "1Z02", {"Name", "Gsid", "CreatedDate"}),
    ],
)
def test_every_object_is_described(
    tenant: httpx.Client, name: str, prefix: str, some: set[str]
) -> None:
    found = described(tenant, name)
    assert found["objectName"] == name.lower()
    assert found["keyPrefix"].startswith(prefix)
    assert len(found["keyPrefix"]) == 18
    assert some <= {field["fieldName"] for field in found["fields"]}


def test_a_field_says_its_type_its_length_and_its_flags(tenant: httpx.Client) -> None:
    found = fields(tenant, "Person")
    assert (found["Email"]["dataType"], found["Email"]["meta"]["length"]) == ("EMAIL", 255)
    assert found["Location"]["meta"]["length"] == 5
    assert found["Rank__gc"]["meta"] == {
        "length": None, "decimalPlaces": 2, "required": False, "nillable": True, "readOnly": True,
        "createable": False, "updateable": False,
    }  # fmt: skip
    assert found["Size__gc"]["meta"]["required"] is True
    assert found["Size__gc"]["meta"]["nillable"] is False


def test_the_entries_of_a_list_are_told_when_asked_for(tenant: httpx.Client) -> None:
    size = fields(tenant, "Person")["Size__gc"]
    assert [option["label"] for option in size["options"]] == ["Small", "Large"]
    assert all(option["value"].startswith("1I00") for option in size["options"])
    assert size["meta"]["properties"]["PICKLIST_CATEGORY_ID"].startswith("1I00")
    assert fields(tenant, "Person", idd="false")["Size__gc"]["options"] is None


def test_an_object_that_is_not_there(tenant: httpx.Client) -> None:
    reply = tenant.get(f"{META}/Nothing__gc/describe")
    assert reply.status_code == 400
    said = reply.json()
    assert (said["result"], said["title"], said["errorCode"]) == (False, "OBJECT_NOT_FOUND", None)


def test_only_the_key_opens_it(tenant: httpx.Client) -> None:
    del tenant.headers["Accesskey"]
    assert tenant.get(f"{META}/Person/describe").status_code == 401


@pytest.mark.parametrize(
    ("name", "value", "code"),
    [
        ("Size__gc", "Small", None),
        ("Size__gc", "small", "GSOBJ_VDTPKLST1002"),
        ("Size__gc", "Small;Large", "GSOBJ_VDTPKLST1002"),
        ("Tags__gc", "Small;Large", None),
        ("Tags__gc", "Small;Huge", "GSOBJ_VDTPKLST1002"),
        ("Gone__gc", "any", "GSOBJ_VDTPKLST1001"),
        ("Location", "Berlin", "GSOBJ_VDTBSTR1001"),
        ("score__gc", "ten", "GSOBJ_VDTNUM1001"),
    ],
)
def test_the_tenant_keeps_to_its_description(name: str, value: str, code: str | None) -> None:
    with Store(tenant=TENANT) as store:
        (answer,) = store.upsert_people([{"Email": "a@acme.com", name: value}])["records"]
    details = answer.get("error", {}).get("details", [])
    assert [error["code"] for d in details for error in d["errors"]] == ([code] if code else [])


def test_a_field_that_is_not_written_stays_as_it_is() -> None:
    with Store(tenant=TENANT) as store:
        store.upsert_people([{"Email": "a@acme.com", "Rank__gc": "1", "Size__gc": "Small"}])
        (person,) = store.persons.values()
    assert person == {
        "Email": "a@acme.com", "Size__gc": "Small", "EmailOptOut": "false", "Gsid": person["Gsid"],
    }  # fmt: skip

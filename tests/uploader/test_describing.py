"""What the tenant says of its objects, asked by the client; and fields sent as it says."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pandas as pd
import pytest

from gsprep.errors import (
    AccessKeyError,
    GsprepError,
    InputError,
    RejectedError,
    ReplyError,
    UnavailableError,
)
from gsprep.sandbox.app import make_app
from gsprep.sandbox.store import Store
from gsprep.sandbox.tenant import Field, Tenant
from gsprep.schemas.objects import fields_of, schema_from_describe, schemas_from_describe
from gsprep.uploader.client import Client
from gsprep.uploader.upload import UploadOptions, rehearse, upload

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gsprep.schemas.fields import Access

ACME = "1P02" + "A" * 32
TENANT = Tenant(
    fields={
        "person": (
            Field("Size__gc", "PICKLIST", options=("Small", "Large")),
            Field("Rank__gc", "NUMBER", writable=False),
            Field("Nickname", length=20),
            Field("Prefix", writable=False),
        ),
        "company_person": (Field("Title", writable=False),),
        "project__gc": (Field("Name", length=20),),
    }
)


@pytest.fixture
def store() -> Iterator[Store]:
    with Store(tenant=TENANT) as store:
        yield store


@pytest.fixture
def client(store: Store) -> Iterator[Client]:
    transport = httpx.WSGITransport(app=make_app(store, access_key="right"))
    with Client("http://localhost", "right", transport=transport) as client:
        yield client


@pytest.mark.parametrize(
    ("name", "schema", "some"),
    [
        ("Person", "Person", {"Size__gc", "CompanyName", "Phone"}),
        ("person", "Person", {"Email"}),
        ("CompanyPerson", "CompanyPerson", {"Role", "Company_ID"}),
        ("Company_Person", "CompanyPerson", {"Role", "Email"}),
        ("RelationshipPerson", "RelationshipPerson", {"Relationship_ID"}),
        ("Company", "Company", {"Name"}),
        ("Relationship", "Relationship", {"Company_ID"}),
        ("Project__gc", "project__gc", {"Name", "Gsid"}),
    ],
)
def test_an_object_is_described(client: Client, name: str, schema: str, some: set[str]) -> None:
    of = fields_of(schema_from_describe(client.objects.describe(name)))
    assert (of.name, of.described) == (schema, True)
    assert some <= {field.name for field in of.fields}


@pytest.mark.parametrize(
    ("name", "kind", "options", "access"),
    [
        ("Size__gc", "PICKLIST", ("Small", "Large"), ""),
        ("Rank__gc", "NUMBER", None, "read-only"),
        ("Timezone", "PICKLIST", None, ""),
    ],
)
def test_types_lists_and_flags_arrive(
    client: Client, name: str, kind: str, options: tuple[str, ...] | None, access: Access
) -> None:
    field = fields_of(schema_from_describe(client.objects.describe("Person")))[name]
    assert (field.type, field.options, field.access) == (kind, options, access)


def test_one_call_asks_for_the_lists_and_for_no_other_object(
    service: Callable[..., Client],
) -> None:
    seen: list[httpx.URL] = []

    def reply(request: httpx.Request) -> httpx.Response:
        seen.append(request.url)
        return httpx.Response(200, json={"data": [{"objectName": "Person", "fields": []}]})

    assert service(reply).objects.describe("Person")["fields"] == []
    (url,) = seen
    assert url.path == "/v1/meta/services/objects/Person/describe"
    assert dict(url.params) == {
        "ic": "false", "cl": "0", "idd": "true", "ihc": "false", "piec": "false",
    }  # fmt: skip


def test_of_several_objects_the_one_that_was_asked_for(service: Callable[..., Client]) -> None:
    data = [{"objectName": "gsuser", "fields": []}, {"objectName": "company", "fields": []}]
    client = service(lambda _: httpx.Response(200, json={"result": True, "data": data}))
    assert client.objects.describe("Company")["objectName"] == "company"
    with pytest.raises(ReplyError, match="does not describe Person"):
        client.objects.describe("Person")


def answered(status: int, body: Any) -> Callable[[httpx.Request], httpx.Response]:
    if isinstance(body, str):
        return lambda _: httpx.Response(status, html=body)
    return lambda _: httpx.Response(status, json=body)


LOGIN = "<html>log in</html>"


@pytest.mark.parametrize(
    ("status", "body", "error", "says"),
    [
        pytest.param(
            400, {"result": False, "title": "OBJECT_NOT_FOUND"}, RejectedError,
            "no object Thing__gc", id="unknown object",
        ),
        pytest.param(
            200, {"result": True, "data": []}, RejectedError, "no object Thing__gc", id="no data"
        ),
        pytest.param(
            200, {"result": True, "data": None}, RejectedError, "no object", id="null data"
        ),
        pytest.param(404, LOGIN, RejectedError, "does not know this call", id="404 page"),
        pytest.param(302, LOGIN, RejectedError, "check the address", id="a redirect"),
        pytest.param(200, LOGIN, ReplyError, "not JSON", id="a page"),
        pytest.param(200, {"data": {"x": 1}}, ReplyError, "not describe", id="another shape"),
        pytest.param(200, [1, "a"], ReplyError, "not describe", id="a list of nothing"),
        pytest.param(200, "null", ReplyError, "not JSON", id="null"),
        pytest.param(401, {}, AccessKeyError, "refused the access key", id="key"),
        pytest.param(
            200, {"result": False, "errorCode": "GSOBJ_1024"}, AccessKeyError, "key", id="key, 200"
        ),
        pytest.param(503, LOGIN, UnavailableError, "a call failed", id="away"),
    ],
)  # fmt: skip
def test_what_can_go_wrong(
    service: Callable[..., Client], status: int, body: Any, error: type[GsprepError], says: str
) -> None:
    with pytest.raises(error, match=says):
        service(answered(status, body)).objects.describe("Thing__gc")


@pytest.mark.parametrize("name", ["", "../people", "a/b", "Person?x=1", "Pérson", "%2e", "1a"])
def test_a_name_that_is_none_goes_nowhere(service: Callable[..., Client], name: str) -> None:
    with pytest.raises(InputError, match="letters, digits and underscores"):
        service().objects.describe(name)


PEOPLE = pd.DataFrame({
    "Email": ["a@acme.com"], "Size__gc": ["Small"], "Rank__gc": ["7"], "Nickname": ["An"],
    "Prefix": ["Dr"], "Unheard__gc": ["x"],
})  # fmt: skip
LINKED = pd.DataFrame({"Email": ["a@acme.com"], "Company_ID": [ACME], "Title": ["CEO"]})


def test_sent_is_what_the_tenant_writes(client: Client, store: Store) -> None:
    """Fields of the tenant's own are sent; what it does not write or does not know is not."""
    names = ("Person", "CompanyPerson")
    schemas = schemas_from_describe([client.objects.describe(name) for name in names])
    done = upload(PEOPLE, LINKED, client=client, schemas=schemas)
    assert [*done.persons["outcome"], *done.company_persons["outcome"]] == ["stored", "stored"]
    (person,), (association,) = store.persons.values(), store.company_persons
    assert (person["Size__gc"], person["Nickname"]) == ("Small", "An")
    assert not {"Rank__gc", "Prefix", "Unheard__gc"} & set(person)
    assert "Title" not in association
    # The file of answers keeps every column, sent or not.
    assert set(PEOPLE.columns) <= set(done.persons.columns)


def test_a_rehearsal_goes_by_the_same_fields(client: Client) -> None:
    """Two rows that differ in what is not sent are one person."""
    twice = pd.concat([PEOPLE, PEOPLE.assign(Rank__gc="8")])
    schemas = schemas_from_describe(client.objects.describe("Person"))
    assert (
        rehearse((twice, None, None), UploadOptions(schemas=schemas))
        .persons["error_code"]
        .isna()
        .all()
    )
    assert rehearse((twice, None, None)).persons["error_code"].tolist()[1] == "GSOBJ_VCUSTOM1007"

"""Object queries and descriptions of objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gsprep.sandbox.app import make_app
from gsprep.sandbox.rules import RefusalError
from gsprep.sandbox.store import Store
from gsprep.sandbox.tenant import Field, Tenant

if TYPE_CHECKING:
    from collections.abc import Iterator

NAMES = ["Acme", "Acme Ltd", "Globex", "globex", "O'Brien % Co", "Ümlaut"]
COMPANIES = [
    {"Gsid": f"C{number}", "Name": name, **({"Domain": "x.com"} if number % 2 else {})}
    for number, name in enumerate(NAMES)
]


def condition(name: str, operator: str, *values: str, alias: str = "A") -> dict[str, Any]:
    return {"name": name, "alias": alias, "value": list(values), "operator": operator}


def found(body: dict[str, Any], companies: Any = COMPANIES) -> list[str]:
    with Store() as store:
        store.add_companies(companies)
        return [row["Gsid"] for row in store.query("company", {"select": ["Gsid"], **body})]


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        pytest.param(condition("Name", "EQ", "Acme"), ["C0"], id="EQ"),
        pytest.param(condition("name", "eq", "Acme"), ["C0"], id="case of the words"),
        pytest.param(condition("Domain", "NE", "x.com"), ["C0", "C2", "C4"], id="NE finds gaps"),
        pytest.param(condition("Gsid", "GT", "C3"), ["C4", "C5"], id="GT"),
        pytest.param(condition("Gsid", "GTE", "C4"), ["C4", "C5"], id="GTE"),
        pytest.param(condition("Gsid", "LT", "C1"), ["C0"], id="LT"),
        pytest.param(condition("Gsid", "LTE", "C1"), ["C0", "C1"], id="LTE"),
        pytest.param(condition("Gsid", "BTW", "C1", "C2"), ["C1", "C2"], id="BTW"),
        pytest.param(condition("Gsid", "IN", "C1", "C9", "C3"), ["C1", "C3"], id="IN"),
        pytest.param(condition("Gsid", "IN"), [], id="IN nothing"),
        pytest.param(condition("Name", "CONTAINS", "% C"), ["C4"], id="CONTAINS"),
        pytest.param(condition("Name", "STARTS_WITH", "Acme"), ["C0", "C1"], id="STARTS_WITH"),
        pytest.param(condition("Name", "ENDS_WITH", "lobex"), ["C2", "C3"], id="ENDS_WITH"),
        pytest.param(condition("Domain", "IS_NULL"), ["C0", "C2", "C4"], id="IS_NULL"),
        pytest.param(condition("Domain", "IS_NOT_NULL"), ["C1", "C3", "C5"], id="IS_NOT_NULL"),
        pytest.param(condition("Nps__gc", "EQ", "1"), [], id="own field nobody has"),
        pytest.param(condition("Name", "EQ", "' OR 1=1 --"), [], id="a value is only a value"),
    ],
)
def test_operator(one: dict[str, Any], expected: list[str]) -> None:
    where = {"conditions": [one], "expression": "A"}
    assert found({"where": where}) == expected


TYPED = [
    {
        "Gsid": "C0",
        "Users": 900,
        "Since": "2026-01-02",
        "Seen": "2026-01-02T09:00:00Z",
        "Live": "true",
        "Code": "007",
        "Name": "Zoe",
    },
    {
        "Gsid": "C1",
        "Users": 1000,
        "Since": "2025-12-31",
        "Seen": "2026-01-02T10:30:00+02:00",
        "Live": "FALSE",
        "Code": "7",
        "Name": "anna",
    },
    {
        "Gsid": "C2",
        "Users": "-1.5",
        "Since": "2026-01-10",
        "Seen": "1767344400001",
        "Live": "True",
        "Code": "10",
    },
    {"Gsid": "C3", "Name": "Anna"},
]
OWN_FIELDS = {"company": (Field("Seen", "DATETIME"), Field("Nps", "NUMBER"))}


def found_typed(body: dict[str, Any], **choices: Any) -> list[str]:
    with Store(tenant=Tenant(fields=OWN_FIELDS, **choices)) as store:
        store.add_companies(TYPED)
        return [row["Gsid"] for row in store.query("company", {"select": ["Gsid"], **body})]


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        pytest.param(condition("Users", "GT", "899"), ["C0", "C1"], id="a number"),
        pytest.param(condition("users", "GT", "900"), ["C1"], id="a number of more digits"),
        pytest.param(condition("Users", "LTE", "0"), ["C2"], id="below nought"),
        pytest.param(condition("Users", "EQ", "1000.0"), ["C1"], id="written in another way"),
        pytest.param(condition("Users", "NE", "1e3"), ["C0", "C2", "C3"], id="another number"),
        pytest.param(condition("Users", "BTW", "-2", "950"), ["C0", "C2"], id="between numbers"),
        pytest.param(condition("Users", "IN", "900.0", "-1.50"), ["C0", "C2"], id="in numbers"),
        pytest.param(condition("Users", "STARTS_WITH", "9"), ["C0"], id="text of a number"),
        pytest.param(condition("Users", "IS_NULL"), ["C3"], id="no number"),
        pytest.param(condition("Since", "GT", "2026-01-02"), ["C2"], id="a date"),
        pytest.param(condition("Since", "LT", "1767225600000"), ["C1"], id="milliseconds"),
        pytest.param(condition("Since", "EQ", "2026-01-02T00:00:00Z"), ["C0"], id="midnight"),
        pytest.param(condition("Seen", "LT", "2026-01-02T09:00:00"), ["C1"], id="another zone"),
        pytest.param(condition("Seen", "GT", "2026-01-02T09:00:00.000Z"), ["C2"], id="a time"),
        pytest.param(condition("Live", "EQ", "TRUE"), ["C0", "C2"], id="a boolean"),
        pytest.param(condition("Live", "NE", "true"), ["C1", "C3"], id="not true"),
        pytest.param(condition("Code", "EQ", "7"), ["C1"], id="digits that are a name"),
        pytest.param(condition("Code", "LT", "10"), ["C0"], id="the order of text"),
        pytest.param(condition("Name", "EQ", "anna"), ["C1"], id="text with case"),
        pytest.param(condition("CreatedDate", "GT", "1970-01-01"), [], id="made"),
        pytest.param(condition("ModifiedDate", "GT", "1970-01-01T00:00:01"), [], id="changed"),
        pytest.param(condition("Nps", "GT", "1"), [], id="a number that no company has"),
    ],
)  # fmt: skip
def test_values_are_compared_by_their_type(one: dict[str, Any], expected: list[str]) -> None:
    assert found_typed({"where": {"conditions": [one], "expression": "A"}}) == expected


@pytest.mark.parametrize(
    ("one", "code"),
    [
        (condition("Users", "GT", "many"), "GSOBJ_VDTNUM1001"),
        (condition("Users", "GT", ""), "GSOBJ_VDTNUM1001"),
        (condition("Users", "IN", "1", "one"), "GSOBJ_VDTNUM1001"),
        (condition("Since", "LT", "2026-02-30"), "GSOBJ_VDTDATIME1001"),
        (condition("CreatedDate", "LT", "soon"), "GSOBJ_VDTDATIME1001"),
        (condition("Live", "EQ", "yes"), "GSOBJ_VDTBOOL1001"),
    ],
    ids=str,
)
def test_a_value_of_another_type_is_refused(one: dict[str, Any], code: str) -> None:
    with pytest.raises(RefusalError, match=code):
        found_typed({"where": {"conditions": [one], "expression": "A"}})


@pytest.mark.parametrize(
    ("one", "expected"),
    [
        (condition("Name", "EQ", "ANNA"), ["C1", "C3"]),
        (condition("Name", "IN", "anna"), ["C1", "C3"]),
        (condition("Name", "CONTAINS", "NN"), ["C1", "C3"]),
        (condition("Name", "GT", "b"), ["C0"]),
    ],
    ids=str,
)
def test_a_tenant_may_compare_text_without_case(one: dict[str, Any], expected: list[str]) -> None:
    body = {"where": {"conditions": [one], "expression": "A"}}
    assert found_typed(body, query_case=False) == expected


@pytest.mark.parametrize(
    ("order", "with_case", "expected"),
    [
        pytest.param({"Users": "asc"}, True, ["C3", "C2", "C0", "C1"], id="numbers"),
        pytest.param({"Users": "desc"}, True, ["C1", "C0", "C2", "C3"], id="numbers, downwards"),
        pytest.param({"Seen": "desc"}, True, ["C2", "C0", "C1", "C3"], id="times"),
        pytest.param({"Name": "asc"}, True, ["C2", "C3", "C0", "C1"], id="text"),
        pytest.param({"Name": "asc"}, False, ["C2", "C1", "C3", "C0"], id="text without case"),
    ],
)
def test_rows_are_ordered_by_type(
    order: dict[str, str],
    with_case: bool,  # noqa: FBT001  a table
    expected: list[str],
) -> None:
    assert found_typed({"orderBy": order}, query_case=with_case) == expected


NUMBERS = st.one_of(
    st.integers(-(10**14), 10**14), st.decimals(-1000, 1000, places=2, allow_nan=False)
)


@given(values=st.lists(NUMBERS, min_size=1, max_size=8), limit=NUMBERS)
def test_numbers_are_found_and_ordered_as_numbers(values: list[Any], limit: Any) -> None:
    """Whatever is loaded, a query finds what is greater as a number, the smallest first."""
    companies = [{"Gsid": f"C{at}", "Users": str(value)} for at, value in enumerate(values)]
    where = {"conditions": [condition("Users", "GT", str(limit))], "expression": "A"}
    names = found({"where": where, "orderBy": {"Users": "asc"}}, companies)
    expected = sorted((value, f"C{at}") for at, value in enumerate(values) if value > limit)
    assert names == [name for _, name in expected]


@given(st.lists(st.sampled_from(["7", "a", "007", "true", "2026-11-20", ""]), max_size=4))
def test_a_second_load_never_makes_a_field_narrower(values: list[str]) -> None:
    """A field that held text stays text, so that no loaded value falls out of comparisons."""
    with Store() as store:
        for at, value in enumerate(values):
            store.add_companies([{"Gsid": f"C{at}", "Own": value}])
        for value in filter(None, values):
            where = {"conditions": [condition("Own", "EQ", value)], "expression": "A"}
            rows = store.query("company", {"select": ["Gsid", "Own"], "where": where})
            assert value in [row["Own"] for row in rows]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("A AND B", ["C1"]),
        ("A OR B", ["C0", "C1", "C3", "C5"]),
        ("a and (b or C)", ["C1"]),
        ("A OR B AND C", ["C0", "C1", "C5"]),
        ("(A OR B) AND C", ["C5"]),
        ("", []),
    ],
)
def test_expression(expression: str, expected: list[str]) -> None:
    conditions = [
        condition("Name", "STARTS_WITH", "Acme"),
        condition("Domain", "IS_NOT_NULL", alias="B"),
        condition("Gsid", "GT", "C4", alias="C"),
    ]
    assert found({"where": {"conditions": conditions, "expression": expression}}) == expected


@pytest.mark.parametrize(
    "body",
    [
        pytest.param([], id="no object"),
        pytest.param({}, id="no select"),
        pytest.param({"select": []}, id="empty select"),
        pytest.param({"select": ["Colour"]}, id="unknown field"),
        pytest.param({"select": ['a"b__gc']}, id="quote in a name"),
        pytest.param({"select": ["\ud800__gc"]}, id="half a pair in a name"),
        pytest.param({"select": ["Gsid"], "limit": 5001}, id="limit too high"),
        pytest.param({"select": ["Gsid"], "limit": "5"}, id="limit as text"),
        pytest.param({"select": ["Gsid"], "offset": -1}, id="offset below nought"),
        pytest.param({"select": ["Gsid"], "orderBy": {"Gsid": "up"}}, id="order"),
        pytest.param({"select": ["Gsid"], "orderBy": ["Gsid"]}, id="order as list"),
        pytest.param({"select": ["Gsid"], "where": []}, id="where as list"),
        pytest.param({"select": ["Gsid"], "where": "A"}, id="where as text"),
        pytest.param({"select": ["Gsid"], "where": {"conditions": "A"}}, id="conditions as text"),
    ],
)
def test_a_bad_query_is_refused(body: Any) -> None:
    with Store() as store, pytest.raises(RefusalError):
        store.query("company", body)


@pytest.mark.parametrize(
    ("one", "expression"),
    [
        (condition("Name", "LIKE", "a"), "A"),
        (condition("Name", "EQ"), "A"),
        (condition("Name", "EQ", "\ud800"), "A"),
        (condition("Colour", "EQ", "a"), "A"),
        *(
            (condition("Name", "EQ", "a"), e)
            for e in ("B", "A AND", "A A", "(A", "A)", "A; B", "NOT A")
        ),
    ],
    ids=str,
)
def test_a_bad_condition_is_refused(one: dict[str, Any], expression: str) -> None:
    with pytest.raises(RefusalError):
        found({"where": {"conditions": [one], "expression": expression}})


@given(names=st.lists(st.sampled_from(["a", "b", "c"]), max_size=12), size=st.integers(1, 5))
def test_pages_by_gsid_and_by_offset_give_every_company_once(names: list[str], size: int) -> None:
    companies = [{"Gsid": f"C{i:02}", "Name": name} for i, name in enumerate(names)]
    with Store() as store:
        store.add_companies(companies)
        last, by_gsid = "", []
        while page := store.query(
            "company",
            {
                "select": ["Gsid"],
                "where": {"conditions": [condition("Gsid", "GT", last)], "expression": "A"},
                "orderBy": {"Gsid": "asc"},
                "limit": size,
            },
        ):
            by_gsid += [row["Gsid"] for row in page]
            last = by_gsid[-1]
        by_offset: list[str] = []
        while page := store.query(
            "company",
            {
                "select": ["Gsid"],
                "orderBy": {"Name": "desc"},
                "limit": size,
                "offset": len(by_offset),
            },
        ):
            by_offset += [row["Gsid"] for row in page]
    assert by_gsid == sorted(by_offset) == [one["Gsid"] for one in companies]


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

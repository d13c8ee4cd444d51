"""Associations without an id: the service finds it by name, and each answer reaches its row."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pandas as pd
import pytest
from each_row import each_row
from hypothesis import given
from hypothesis import strategies as st

from gsprep.errors import InputError, MissingColumnsError
from gsprep.sandbox.app import make_app
from gsprep.sandbox.store import Store
from gsprep.schemas.frames import text_frame
from gsprep.schemas.lookups import BY_NAME, Lookup, Lookups
from gsprep.uploader.build import build
from gsprep.uploader.client import Client
from gsprep.uploader.upload import upload

if TYPE_CHECKING:
    from collections.abc import Iterator

ACME, BOLT, TWIN, OTHER_TWIN = ("1P02" + letter * 32 for letter in "ABTU")
NORTH = "1P05" + "N" * 32
ANA = {"Email": "ana@acme.com"}
NAMED = {**ANA, "CompanyName": "Acme"}
BY_TOWN = Lookups(
    companies={"Company_ID": Lookup(fields={"CompanyName": "Name", "Town": "Town__gc"})}
)
BY_DESK = Lookups(companies={"Desk__gc": Lookup(fields={"Desk": "Name"}, object_name="desk__gc")})


def decided(companies: Any, relationships: Any = (), lookups: Any = None) -> Any:
    empty = pd.DataFrame({"row_id": []}, dtype="str")
    frames = (pd.DataFrame(rows) if rows else empty for rows in ([ANA], companies, relationships))
    return build(*map(text_frame, frames), ("Email",), lookups=lookups)


@each_row(
    ("companies", "relationships", "nested"),
    [
        pytest.param([NAMED], [], [{"CompanyName": "Acme"}], id="by name"),
        pytest.param(
            [{**NAMED, "Company_ID": "C1"}], [], [{"Company_ID": "C1"}], id="the id goes first"
        ),
        pytest.param(
            [{**NAMED, "Title": None}, {**NAMED, "Title": "CEO"}],
            [],
            [{"Title": "CEO", "CompanyName": "Acme"}],
            id="one name twice",
        ),
        pytest.param(
            [NAMED, {**ANA, "CompanyName": "Bolt"}],
            [{**NAMED, "RelationshipName": "North"}],
            [
                {"CompanyName": "Acme", "relationships": [{"RelationshipName": "North"}]},
                {"CompanyName": "Bolt"},
            ],
            id="a relationship below the company of its name",
        ),
        pytest.param(
            [],
            [{**NAMED, "Relationship_ID": "R1", "RelationshipName": "North"}],
            [{"CompanyName": "Acme", "relationships": [{"Relationship_ID": "R1"}]}],
            id="a company made for its relationship",
        ),
        pytest.param(
            [{**ANA, "Company_ID": "Acme"}, {**NAMED, "Title": "CEO"}],
            [],
            [{"Company_ID": "Acme"}, {"Title": "CEO", "CompanyName": "Acme"}],
            id="a name that looks like an id is another association",
        ),
    ],
)
def test_what_goes_by_name(companies: Any, relationships: Any, nested: Any) -> None:
    found = decided(companies, relationships)
    (record,) = found.records
    assert record["companies"] == nested
    assert (found.company_persons, found.relationship_persons) == ({}, {})
    by_name = any("Name" in name for entry in nested for name in str(entry).split("'"))
    assert found.lookups == (BY_NAME if by_name else None)


@each_row(
    ("row", "lookups", "sent", "says"),
    [
        pytest.param(
            {**NAMED, "Town": "Rome"}, BY_TOWN, {"CompanyName": "Acme", "Town": "Rome"}, "",
            id="several fields",
        ),
        pytest.param(
            {**NAMED, "Town": None}, BY_TOWN, None, "Company_ID is missing, and CompanyName, Town",
            id="one of several is missing",
        ),
        pytest.param(
            {**NAMED, "Desk": "7"}, BY_DESK, {"CompanyName": "Acme", "Desk": "7"}, "",
            id="a field of the tenant's own, the company still by name",
        ),
        pytest.param(
            {**NAMED, "Desk": "7", "Desk__gc": "D"}, BY_DESK,
            {"Desk__gc": "D", "CompanyName": "Acme"}, "",
            id="a field that is filled is not looked up",
        ),
    ],
)  # fmt: skip
def test_lookups_that_are_given(row: Any, lookups: Any, sent: Any, says: str) -> None:
    found = decided([row], lookups=lookups)
    assert found.records[0].get("companies") == ([sent] if sent else None)
    assert [says in fault.message for fault in found.company_persons.values()] == (
        [] if sent else [True]
    )


def test_names_that_contradict_their_first_row_stay() -> None:
    found = decided([{**NAMED, "Title": "CEO"}, {**NAMED, "Title": "CFO"}])
    assert "row 1" in found.company_persons[1].message


def test_persons_are_never_looked_up() -> None:
    person = Lookups(companies={"Person_ID": Lookup(fields={"Mail": "Email"})})
    with pytest.raises(InputError, match="Person_ID"):
        decided([NAMED], lookups=person)


def test_a_frame_that_no_lookup_can_read_is_refused() -> None:
    with pytest.raises(MissingColumnsError):
        decided([{**ANA, "Town": "Rome"}])


@pytest.fixture
def store() -> Iterator[Store]:
    with Store() as store:
        store.add_companies(
            [
                {"Gsid": ACME, "Name": "Acme"},
                {"Gsid": BOLT, "Name": "Bolt"},
                {"Gsid": TWIN, "Name": "Twin"},
                {"Gsid": OTHER_TWIN, "Name": "Twin"},
            ]
        )
        store.add_relationships([{"Gsid": NORTH, "Name": "North", "Company_ID": ACME}])
        yield store


def connect(store: Store) -> Client:
    transport = httpx.WSGITransport(app=make_app(store))
    return Client("http://localhost", "key", transport=transport)


def test_each_association_has_its_own_outcome(store: Store) -> None:
    """Two names fail, each for its own row; the relationship below one of them fails with it."""
    names = ["Nowhere", "Acme", "Twin", None]
    companies = pd.DataFrame(
        {**ANA, "CompanyName": name, "Company_ID": None if name else BOLT} for name in names
    )
    relationships = pd.DataFrame(
        {**ANA, "CompanyName": name, "RelationshipName": "North"} for name in names[:2]
    )
    done = upload(pd.DataFrame([ANA]), companies, relationships, client=connect(store))
    assert list(done.persons["outcome"]) == ["stored"]
    assert list(done.company_persons["outcome"]) == ["refused", "stored", "refused", "stored"]
    assert list(done.relationship_persons["outcome"]) == ["refused", "stored"]
    codes = pd.concat([done.company_persons, done.relationship_persons])["error_code"].fillna("")
    assert codes.str.contains("GSOBJ_VDTGSID1001").to_list() == [
        True, False, True, False, True, False,
    ]  # fmt: skip
    stored = {row["Company_ID"]: row["Gsid"] for row in store.company_persons}
    assert done.company_persons["Gsid"].dropna().to_list() == [stored[ACME], stored[BOLT]]
    assert set(done.company_persons["Person_ID"]) == set(done.persons["Gsid"])


def test_lookups_stand_in_a_call_that_needs_them(service: Any) -> None:
    seen: list[Any] = []

    def handler(request: httpx.Request) -> httpx.Response:
        seen.append(json.loads(request.content))
        return httpx.Response(400)

    for row in (NAMED, {**ANA, "Company_ID": ACME}):
        upload(pd.DataFrame([ANA]), pd.DataFrame([row]), client=service(handler))
    assert [body.get("lookups") for body in seen] == [BY_NAME.body(), None]


@st.composite
def echoed(draw: st.DrawFn) -> tuple[list[str], list[int]]:
    """Draw titles of associations sent by name, and the order in which they are echoed."""
    titles = draw(st.lists(st.sampled_from("ABC"), min_size=1, max_size=4))
    return titles, draw(st.permutations(range(len(titles))))


@given(echoed())
def test_an_answer_out_of_order_is_never_guessed(drawn: tuple[list[str], list[int]]) -> None:
    """An association is stored under its own Gsid, or it is unknown what became of it."""
    titles, order = drawn
    companies = pd.DataFrame(
        {**ANA, "CompanyName": f"N{at}", "Title": title} for at, title in enumerate(titles)
    )

    def handler(_: httpx.Request) -> httpx.Response:
        echoes = [{"Title": titles[at], "Company_ID": f"C{at}", "Gsid": f"G{at}"} for at in order]
        record = {**ANA, "Gsid": "P", "companies": echoes}
        row = {"record": record, "rowNumber": 1, "operationStatus": "SUCCESS"}
        return httpx.Response(200, json={"data": {"records": [row]}})

    with Client("acme", "key", transport=httpx.MockTransport(handler)) as client:
        done = upload(pd.DataFrame([ANA]), companies, client=client).company_persons
    for at, (outcome, gsid) in enumerate(zip(done["outcome"], done["Gsid"], strict=True)):
        assert outcome in ("stored", "unknown")
        assert outcome == "unknown" or titles.count(titles[at]) > 1 or gsid == f"G{at}"
    if len(set(titles)) == len(titles) or list(order) == sorted(order):
        assert done["Gsid"].to_list() == [f"G{at}" for at in range(len(titles))]

"""Against the stand-in for the service, which shares nothing with the uploader."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pandas as pd
import pytest

from gsprep.errors import AccessKeyError
from gsprep.sandbox.app import make_app
from gsprep.sandbox.store import Store
from gsprep.uploader.client import Client
from gsprep.uploader.upload import upload

if TYPE_CHECKING:
    from collections.abc import Iterator

ACME, BOLT, NOBODY = ("1P02" + letter * 32 for letter in "ABZ")


@pytest.fixture
def store() -> Iterator[Store]:
    with Store() as store:
        store.add_companies([{"Gsid": ACME, "Name": "Acme"}, {"Gsid": BOLT, "Name": "Bolt"}])
        yield store


def connect(store: Store, key: str = "key") -> Client:
    transport = httpx.WSGITransport(app=make_app(store, access_key="key"))
    return Client("http://localhost", key, transport=transport)


def rows(frame: pd.DataFrame, *columns: str) -> list[list[Any]]:
    return frame[list(columns)].fillna("").to_numpy().tolist()


def test_each_answer_lies_beside_its_row(store: Store) -> None:
    persons = pd.DataFrame(
        {
            "Email": ["ana@acme.com", "bad@", "ANA@acme.com", "bo@bolt.com", "ana@acme.com"],
            "Name": ["Ana Ruiz", "Bad", None, "Bo", "Another"],
        }
    )
    companies = pd.DataFrame(
        {
            "Email": ["ana@acme.com", "bad@", "Ana@acme.com", "bo@bolt.com", "who@x.com"],
            "Company_ID": [ACME, ACME, NOBODY, BOLT, BOLT],
            "IsPrimaryCompany": ["true", "true", "false", "perhaps", "true"],
        }
    )
    done = upload(persons, companies, client=connect(store))
    assert rows(done.persons, "outcome", "error_code") == [
        ["stored", ""],
        ["refused", "GSOBJ_VDTEMAIL1001"],
        ["stored", ""],
        ["stored", ""],
        ["unsent", "GSOBJ_VCUSTOM1007"],
    ]
    assert done.persons["Gsid"][0] == done.persons["Gsid"][2]
    assert list(done.company_persons["outcome"]) == [
        "stored", "refused", "refused", "refused", "unsent",
    ]  # fmt: skip
    codes = done.company_persons["error_code"].fillna("")
    assert codes[0] == ""
    assert codes[1:3].str.startswith("GSOBJ_").all()
    assert codes[3] == "GSOBJ_VDTBOOL1001"
    assert done.company_persons["Person_ID"][0] == done.persons["Gsid"][0]
    assert set(store.persons) == {"ana@acme.com", "bo@bolt.com"}


def test_a_hundred_people_keep_their_rows(store: Store) -> None:
    persons = pd.DataFrame({"Email": [f"p{n}@acme.com" for n in range(107)][::-1]})
    done = upload(persons, client=connect(store)).persons
    assert set(done["outcome"]) == {"stored"}
    assert {row["Gsid"] for row in store.persons.values()} == set(done["Gsid"])
    for email, gsid in zip(done["Email"], done["Gsid"], strict=True):
        assert store.persons[email]["Gsid"] == gsid


def test_what_was_stored_is_read_back(store: Store) -> None:
    client = connect(store)
    companies = client.objects.query("Company", select=["Name"])
    assert rows(companies, "Gsid", "Name") == [[ACME, "Acme"], [BOLT, "Bolt"]]
    gsid = upload(pd.DataFrame({"Email": ["ana@acme.com"]}), client=client).persons["Gsid"][0]
    by_email, by_gsid = client.people.find("ANA@acme.com"), client.people.get(gsid)
    assert by_email == by_gsid
    assert client.people.find("nobody@acme.com") is None


def test_a_wrong_key_leaves_every_row_unsent(store: Store) -> None:
    done = upload(pd.DataFrame({"Email": ["ana@acme.com"]}), client=connect(store, "wrong"))
    assert isinstance(done.stopped, AccessKeyError)
    assert list(done.persons["outcome"]) == ["unsent"]
    assert store.persons == {}


def test_a_person_keeps_the_gsid_when_the_address_changes(store: Store) -> None:
    """Rows with a Gsid mean the person who has it, with an address or without one."""
    client = connect(store)
    ana, bo = upload(
        pd.DataFrame({"Email": ["ana@acme.com", "bo@acme.com"]}), client=client
    ).persons["Gsid"]
    persons = pd.DataFrame(
        {
            "Gsid": [ana, bo, NOBODY.replace("1P02", "1P04")],
            "Email": ["ana@bolt.com", None, None],
            "Name": ["Ana Ruiz", "Bo Berg", "Nobody"],
        }
    )
    companies = pd.DataFrame({"Person_ID": [ana, bo], "Company_ID": [BOLT, BOLT]})
    done = upload(persons, companies, client=client)
    assert list(done.persons["outcome"]) == ["stored", "stored", "refused"]
    assert list(done.persons["Gsid"][:2]) == [ana, bo]
    assert {email: person["Gsid"] for email, person in store.persons.items()} == {
        "ana@bolt.com": ana,
        "bo@acme.com": bo,
    }
    assert store.persons["bo@acme.com"]["Name"] == "Bo Berg"
    assert list(done.company_persons["outcome"]) == ["stored", "stored"]

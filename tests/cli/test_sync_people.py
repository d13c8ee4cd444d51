"""``gsprep sync`` with people: matched, compared, sent and taken up again."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from gsprep.sandbox.store import Store

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cli.conftest import Said

ACME = "1P02ACME2DWEK48YJM70JL88EWWA8Y0MET01"
NEW = "1P02ACME2DWEK48YJM70JL88EWWA8Y0MET02"
CANARY = "Zaphodine"


@pytest.fixture
def store() -> Iterator[Store]:
    with Store() as opened:
        opened.add_companies([{"Gsid": ACME, "Name": "Acme Rockets", "Domain": "acme.com"}])
        yield opened


def definition(folder: Path, **changes: Any) -> None:
    document: dict[str, Any] = {
        "sync": "people",
        "source": {"file": "people.csv", "key": "id"},
        "destination": {"object": "Person", "key": ["Email"]},
        "fields": {
            "Email": "mail", "FirstName": "first", "CompanyName": "account",
            "CompanyPerson.Title": "title",
        },
        "unify": {"rules": "default"},
    }  # fmt: skip
    text = yaml.safe_dump({**document, **changes}, sort_keys=False)
    (folder / "people.yaml").write_text(text, encoding="utf-8")


def source(folder: Path, *rows: str) -> None:
    text = "\n".join(["id,mail,first,account,title,changed", *rows]) + "\n"
    (folder / "people.csv").write_text(text, encoding="utf-8")


def numbers(said: Said) -> dict[str, int]:
    assert said.code == 0, said.err
    document = json.loads(said.out)
    return {
        name: count
        for name, count in document.items()
        if isinstance(count, int) and not isinstance(count, bool) and count
    }


def test_people_are_checked_compared_and_sent(
    gsprep: Callable[..., Said], address: str, store: Store, tmp_path: Path
) -> None:
    definition(tmp_path)
    source(tmp_path, "1,ana@acme.com,Ana,Acme Rockets,CEO,1", "2,bo@acme.com,Bo,Acme Rockets,,2")
    to = ("people.yaml", "--to", address)
    assert gsprep("sync", "check", *to).code == 0
    foretold = numbers(gsprep("sync", "diff", *to, "--json"))
    assert foretold == {"read": 2, "created": 2, "sent": 2}
    assert store.persons == {}
    assert numbers(gsprep("sync", "run", *to, "--json")) == foretold
    assert {one.get("Title") for one in store.company_persons} == {"CEO", None}
    source(
        tmp_path, f"1,ana@acme.com,{CANARY},Acme Rockets,CFO,3", "2,bo@acme.com,Bo,Acme Rockets,,2"
    )
    said = gsprep("sync", "diff", *to, "--json")
    cells = json.loads(said.out)["cells"]
    one = {"changed": 1, "filled": 0, "cleared": 0}
    assert cells == {"FirstName": one, "CompanyPerson.Title": one}
    assert CANARY not in said.out + said.err
    assert numbers(gsprep("sync", "run", *to, "--json")) == {
        "read": 2, "unchanged": 1, "updated": 1, "sent": 1,
    }  # fmt: skip
    assert store.persons["ana@acme.com"]["FirstName"] == CANARY


def test_other_companies_let_all_rows_be_read(
    gsprep: Callable[..., Said], address: str, store: Store, tmp_path: Path
) -> None:
    cursor = {"column": "changed", "lookback": "0s"}
    definition(tmp_path, source={"file": "people.csv", "key": "id", "cursor": cursor})
    source(
        tmp_path, "1,dee@delta.org,Dee,Delta Forest Works,,1", "2,bo@acme.com,Bo,Acme Rockets,,2"
    )
    to = ("sync", "run", "people.yaml", "--to", address, "--json")
    gsprep(*to)
    assert numbers(gsprep(*to)) == {"read": 1, "unchanged": 1}
    store.add_companies([{"Gsid": NEW, "Name": "Delta Forest Works", "Domain": "delta.org"}])
    assert numbers(gsprep(*to)) == {"read": 2, "unchanged": 1, "updated": 1, "sent": 1}
    assert NEW in {one["Company_ID"] for one in store.company_persons}
    assert numbers(gsprep(*to)) == {"read": 1, "unchanged": 1}


def test_a_person_is_purged_from_a_sync(
    gsprep: Callable[..., Said], address: str, tmp_path: Path
) -> None:
    definition(tmp_path)
    source(tmp_path, "1,ana@acme.com,Ana,Acme Rockets,,1", "2,bo@acme.com,Bo,Acme Rockets,,2")
    to = ("sync", "run", "people.yaml", "--to", address, "--json")
    gsprep(*to)
    said = gsprep("purge", "--email", "ANA@acme.com")
    assert said.code == 0
    assert f"  {tmp_path / 'people.csv'}" in said.out.splitlines()
    assert numbers(gsprep(*to)) == {"read": 2, "unchanged": 1, "updated": 1, "sent": 1}


def test_a_field_that_the_tenant_lacks_is_named(
    gsprep: Callable[..., Said], address: str, tmp_path: Path
) -> None:
    fields = {"Email": "mail", "Plan__gc": "title", "CompanyPerson.Tier__gc": "title"}
    definition(tmp_path, fields=fields)
    source(tmp_path, "1,ana@acme.com,Ana,Acme Rockets,,1")
    said = gsprep("sync", "check", "people.yaml", "--to", address)
    assert said.code == 2
    assert "Plan__gc" in said.out
    assert "Tier__gc" in said.out


def test_people_run_in_the_sandbox(gsprep: Callable[..., Said], tmp_path: Path) -> None:
    fields = {"Email": "mail", "Plan__gc": "title", "CompanyPerson.Tier__gc": "title"}
    definition(tmp_path, fields=fields, unify={"hold": ["no_match"]})
    source(tmp_path, "1,ana@acme.com,Ana,Acme Rockets,x,1")
    said = gsprep("sync", "run", "people.yaml", "--sandbox", "--json")
    assert numbers(said) == {"read": 1, "held": 1}


def test_a_check_tells_what_companies_cannot_be_found_by(
    gsprep: Callable[..., Said], address: str, tmp_path: Path
) -> None:
    fields = {"Email": "mail", "Phone": "title"}
    definition(tmp_path, fields=fields, unify={"columns": {"domain": "Site__gc"}})
    source(tmp_path, "1,ana@acme.com,Ana,Acme Rockets,,1")
    said = gsprep("sync", "check", "people.yaml", "--to", address, "--json")
    assert said.code == 0, said.err
    (found,) = json.loads(said.out)["syncs"]
    text = " ".join(found["notes"])
    assert "Company has no field Site__gc in this tenant, so no company is found by domain" in text
    assert "unify.columns.domain" in text
    assert "CompanyName is not among the fields, so no company is found by name" in text
    assert all(sentence in said.err for sentence in found["notes"])


@pytest.mark.parametrize(
    ("unify", "place"),
    [({"rules": "nothing"}, "unify.rules"), ({"answers": "answers.csv"}, "unify.answers")],
)
def test_files_of_matching_are_checked(
    gsprep: Callable[..., Said], address: str, tmp_path: Path, unify: dict[str, str], place: str
) -> None:
    definition(tmp_path, unify=unify)
    source(tmp_path, "1,ana@acme.com,Ana,Acme Rockets,,1")
    for command in ("check", "run"):
        said = gsprep("sync", command, "people.yaml", "--to", address)
        assert said.code == 2
        assert place in said.out + said.err


def test_associations_as_rows_of_their_own(
    gsprep: Callable[..., Said], address: str, store: Store, tmp_path: Path
) -> None:
    definition(tmp_path)
    source(tmp_path, "1,ana@acme.com,Ana,Acme Rockets,CEO,1")
    assert gsprep("sync", "run", "people.yaml", "--to", address).code == 0
    store.add_companies([{"Gsid": NEW, "Name": "Nova"}])
    definition(
        tmp_path,
        sync="links",
        destination={"object": "CompanyPerson", "key": ["Email", "Company_ID"]},
        fields={
            "Email": "mail",
            "Company_ID": {"from": "account", "lookup": {"object": "Company", "by": "Name"}},
            "Title": "title",
        },
        unify=None,
    )
    source(tmp_path, "1,ana@acme.com,,Acme Rockets,CFO,1", "2,ana@acme.com,,Nova,Guest,2")
    to = ("people.yaml", "--to", address)
    assert gsprep("sync", "check", *to).code == 0
    said = gsprep("sync", "diff", *to)
    assert "1  cells of Title: 1 changed, 0 filled, 0 cleared" in said.out
    assert numbers(gsprep("sync", "run", *to, "--json")) == {
        "read": 2, "created": 1, "updated": 1, "sent": 2,
    }  # fmt: skip
    assert {one.get("Title") for one in store.company_persons} == {"CFO", "Guest"}
    assert gsprep("sync", "run", "people.yaml", "--sandbox").code == 1

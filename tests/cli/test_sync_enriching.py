"""Objects whose rows are enriched with company, person and association by ``unify``."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest
import yaml

from gsprep.sandbox.store import Store
from gsprep.sandbox.tenant import Field, Tenant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from tests.cli.conftest import Said

ACME, BOLT = ("1P02" + letter * 32 for letter in "AB")
MEMBER = "member__gc"
IDS = ("Company__gc", "Person__gc", "Link__gc")


@pytest.fixture
def store() -> Iterator[Store]:
    """Return a tenant with two companies, people of them, and an object of its own."""
    fields = (Field("Id__gc"), *(Field(name, "GSID") for name in IDS))
    with Store(tenant=Tenant(fields={MEMBER: fields})) as opened:
        opened.add_companies([{"Gsid": ACME, "Name": "Acme"}, {"Gsid": BOLT, "Name": "Bolt GmbH"}])
        opened.upsert_people(
            [
                {"Email": "ana@gmail.com", "companies": [{"Company_ID": ACME}]},
                {"Email": "bo@acme.com"},
                {
                    "Email": "two@gmail.com",
                    "companies": [{"Company_ID": ACME}, {"Company_ID": BOLT}],
                },
            ]
        )
        yield opened


def definition(folder: Path, **changes: Any) -> None:
    document: dict[str, Any] = {
        "sync": "members",
        "source": {"file": "members.csv", "key": "id"},
        "destination": {"object": MEMBER, "key": ["Id__gc"]},
        "fields": {
            "Id__gc": "id",
            "Company__gc": {"from_unify": "Company_ID", "on_null": "clear"},
            "Person__gc": {"from_unify": "Person_ID", "on_null": "clear"},
            "Link__gc": {"from_unify": "CompanyPerson_ID", "on_null": "clear"},
        },
        "unify": {"rules": "communities", "person": {"Email": "mail"}},
    }
    text = yaml.safe_dump({**document, **changes}, sort_keys=False)
    (folder / "members.yaml").write_text(text, encoding="utf-8")


def source(folder: Path, *mails: str) -> None:
    lines = ["id,mail", *(f"{number},{mail}" for number, mail in enumerate(mails, 1))]
    (folder / "members.csv").write_text("\n".join(lines) + "\n", encoding="utf-8")


def run(gsprep: Callable[..., Said], address: str, *options: object, code: int = 0) -> Any:
    said = gsprep("sync", "run", "members.yaml", "--to", address, "--json", *options)
    assert said.code == code, said.err
    return json.loads(said.out)


def held(store: Store) -> dict[str, tuple[str | None, ...]]:
    rows = store.query(MEMBER, {"select": ["Id__gc", *IDS]})
    return {row["Id__gc"]: tuple(row[name] for name in IDS) for row in rows}


def ids_of(store: Store) -> tuple[dict[str, str], dict[tuple[str, str], str]]:
    people = store.query("person", {"select": ["Email", "Gsid"]})
    links = store.query("company_person", {"select": ["Person_ID", "Company_ID", "Gsid"]})
    return (
        {one["Email"]: one["Gsid"] for one in people},
        {(one["Person_ID"], one["Company_ID"]): one["Gsid"] for one in links},
    )


def test_the_chain_of_communities_finds_company_person_and_association(
    gsprep: Callable[..., Said], address: str, store: Store, tmp_path: Path
) -> None:
    """The company of the same person, then the domain that is a name, with or without its form."""
    definition(tmp_path)
    mails = ("Ana@gmail.com", "bo@acme.com", "new@bolt.io", "two@gmail.com", "x@nowhere.org", "")
    source(tmp_path, *mails)
    done = run(gsprep, address)
    people, links = ids_of(store)
    ana, bo, two = (people[name] for name in ("ana@gmail.com", "bo@acme.com", "two@gmail.com"))
    assert held(store) == {
        "1": (ACME, ana, links[ana, ACME]),
        "2": (ACME, bo, None),
        "3": (BOLT, None, None),
        "4": (None, two, None),
        "5": (None, None, None),
        "6": (None, None, None),
    }
    assert done["unmatched"] == 3
    shown = json.loads(gsprep("activity", "--json").out)["activities"]
    reasons = next(one["reasons"] for one in shown if one["kind"] == "execution")
    assert reasons == {"GSPREP_NOMATCH": 2, "GSPREP_REVIEW": 1}
    assert run(gsprep, address)["sent"] == 0


def test_an_association_that_comes_later_is_filled_in_and_one_that_fails_is_emptied(
    gsprep: Callable[..., Said], address: str, store: Store, tmp_path: Path
) -> None:
    definition(tmp_path)
    source(tmp_path, "bo@acme.com", "new@bolt.io")
    run(gsprep, address)
    store.upsert_people([{"Email": "bo@acme.com", "companies": [{"Company_ID": ACME}]}])
    assert run(gsprep, address)["updated"] == 1
    people, links = ids_of(store)
    bo = people["bo@acme.com"]
    assert held(store)["1"] == (ACME, bo, links[bo, ACME])
    source(tmp_path, "bo@acme.com", "new@elsewhere.io")
    assert run(gsprep, address)["updated"] == 1
    assert held(store)["2"] == (None, None, None)


def test_a_dry_run_foretells_and_a_rulebook_decides(
    gsprep: Callable[..., Said], address: str, store: Store, tmp_path: Path
) -> None:
    definition(tmp_path)
    source(tmp_path, "new@bolt-energy.io", "bo@acme.com")
    said = gsprep("sync", "diff", "members.yaml", "--to", address, "--json")
    foretold = json.loads(said.out)
    done = run(gsprep, address)
    numbers = ("created", "unmatched", "sent")
    assert [foretold[name] for name in numbers] == [done[name] for name in numbers] == [2, 1, 2]
    book = "rules:\n  - {name: d, when: [[domain_is_bare_name]], precision: 0.9}\ndomains:\n"
    alias = "  aliases: {bolt-energy.io: bolt.com}\n"
    (tmp_path / "own.yaml").write_text(book + alias, encoding="utf-8")
    definition(tmp_path, unify={"rules": "own.yaml", "person": {"Email": "mail"}})
    again = run(gsprep, address, "--only", "failed")
    assert again["read"] == 1
    assert held(store)["1"][0] == BOLT


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"unify": None}, "needs unify"),
        ({"unify": {"rules": "communities"}}, "person: {Email: mail}"),
        ({"unify": {"person": {"Email": "mail"}, "hold": ["review"]}}, "only people are held back"),
        ({"unify": {"person": {"Email": "post"}}}, "no column post"),
        (
            {"destination": {"object": "Person", "key": ["Id__gc"]}},
            "from_unify is for objects other than Person",
        ),
        (
            {"fields": {"Id__gc": "id", "Company__gc": {"from_unify": "Company_ID", "from": "x"}}},
            "name a column with from",
        ),
        ({"source": {"file": "members.csv", "key": "id", "keep": "x.csv"}}, "keep"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_definition_that_does_not_fit_together_is_refused(
    gsprep: Callable[..., Said], address: str, tmp_path: Path, changes: dict[str, Any], told: str
) -> None:
    definition(tmp_path, **changes)
    source(tmp_path, "bo@acme.com")
    said = gsprep("sync", "run", "members.yaml", "--to", address)
    assert said.code == 2
    assert told in said.err

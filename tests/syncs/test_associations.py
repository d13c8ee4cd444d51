"""Syncs to associations: people have several, and each is a row of its own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
from clients import Clock, sandbox_client, silences
from hypothesis import given, settings
from hypothesis import strategies as st

from gsprep.errors import InputError
from gsprep.ledger.database import Database
from gsprep.ledger.privacy import KeyedHashes
from gsprep.ledger.sync_state import SyncState
from gsprep.sandbox.store import Store
from gsprep.schemas.yaml_file import validated
from gsprep.syncs.definition import Sync
from gsprep.syncs.destinations import destination_of
from gsprep.syncs.run import RunLimits, run_sync
from gsprep.syncs.sources import Places, read_rows

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from gsprep.syncs.run import SyncResult
    from gsprep.uploader.client import Client

ACME, BOLT = "1P02" + "A" * 32, "1P02" + "B" * 32
PILOT = "1P05" + "P" * 32
DOCUMENT: dict[str, Any] = {
    "sync": "links",
    "source": {"file": "links.csv", "key": "id"},
    "destination": {"object": "CompanyPerson", "key": ["Email", "Company_ID"]},
    "fields": {
        "Email": "mail",
        "Company_ID": {"from": "account", "lookup": {"object": "Company", "by": "Name"}},
        "Title": "title",
        "Active": {"value": "true"},
    },
    "on_missing": {"set": {"Active": "false"}},
    "guards": {"missing": "100%", "empty": "allow"},
}


class Syncs:
    """A source in a folder, a sandbox with two people, and runs between them."""

    def __init__(self, store: Store, folder: Path, **changes: Any) -> None:
        """Begin with an empty state."""
        self.store, self.folder, self.clock = store, folder, Clock()
        self.sync = validated(Sync, {**DOCUMENT, **changes}, "the sync")
        self.state = SyncState(Database(None), self.sync.name)
        self.state.save("links.yaml", b"")
        self.names = KeyedHashes(b"secret")
        self.writes = 0
        self.refuse: Callable[[httpx.Request], httpx.Response | None] = lambda _: None

    def client(self, faults: Any = ()) -> Client:
        """Return a client that counts calls which write."""

        def noted(request: httpx.Request) -> httpx.Response | None:
            self.writes += "/query/" not in request.url.path and request.method != "GET"
            return self.refuse(request)

        return sandbox_client(self.store, self.clock, faults, noted)

    def run(self, faults: Any = (), **limits: Any) -> SyncResult:
        """Read all rows and run the sync."""
        self.writes = 0
        to = destination_of(self.sync, self.client(faults))
        reading = read_rows(self.sync.source, self.sync.columns, Places(folder=self.folder))
        how = RunLimits(now=self.clock.now, **limits)
        return run_sync(self.sync, reading, to, state=self.state, names=self.names, limits=how)

    def counts(self, faults: Any = (), **limits: Any) -> dict[str, int]:
        """Run the sync and return the counts that are not zero."""
        result = self.run(faults, **limits)
        assert result.stopped is None, result.stopped
        return {name: count for name, count in result.counts.items() if count}

    def source(self, *rows: str) -> None:
        """Write the rows of the source."""
        text = "\n".join(["id,mail,account,title", *rows]) + "\n"
        (self.folder / "links.csv").write_text(text, encoding="utf-8")

    def links(self) -> dict[tuple[str, str], tuple[str | None, str | None]]:
        """Return title and Active of each association by address and company."""
        mails = {one["Gsid"]: mail for mail, one in self.store.persons.items()}
        names = {ACME: "Acme", BOLT: "Bolt"}
        found = {
            (mails[one["Person_ID"]], names[one["Company_ID"]]): (
                one.get("Title"),
                one.get("Active"),
            )
            for one in self.store.company_persons
        }
        assert len(found) == len(self.store.company_persons), "an association stands twice"
        return found


@pytest.fixture
def store() -> Iterator[Store]:
    with Store() as opened:
        yield filled(opened)


def filled(store: Store) -> Store:
    companies = [{"Gsid": ACME, "Name": "Acme"}, {"Gsid": BOLT, "Name": "Bolt"}]
    store.add_companies(companies)  # type: ignore[arg-type]
    client = sandbox_client(store, Clock())
    for name in ("Ana", "Bo"):
        client.people.upsert({"Email": f"{name.lower()}@acme.com", "FirstName": name})
    return store


def test_a_person_has_several_associations(store: Store, tmp_path: Path) -> None:
    syncs = Syncs(store, tmp_path)
    rows = ["1,ana@acme.com,Acme,CEO", "2,ANA@acme.com,Bolt,Guest", "3,bo@acme.com,Acme,"]
    syncs.source(*rows)
    assert syncs.counts(dry_run=True) == {"read": 3, "created": 3}
    assert syncs.writes == 0
    assert syncs.counts() == {"read": 3, "created": 3}
    assert {key: title for key, (title, _) in syncs.links().items()} == {
        ("ana@acme.com", "Acme"): "CEO",
        ("ana@acme.com", "Bolt"): "Guest",
        ("bo@acme.com", "Acme"): None,
    }
    assert {one.get("FirstName") for one in store.persons.values()} == {"Ana", "Bo"}
    assert (syncs.counts(), syncs.writes) == ({"read": 3, "unchanged": 3}, 0)
    # A lost state makes nothing twice.
    again = Syncs(store, tmp_path)
    assert again.counts() == {"read": 3, "updated": 3}
    syncs.source(rows[0].replace("CEO", "CTO"), rows[2])
    assert syncs.counts() == {"read": 2, "unchanged": 1, "updated": 1, "missing": 1, "set": 1}
    assert syncs.links()["ana@acme.com", "Bolt"] == ("Guest", "false")
    assert syncs.links()["ana@acme.com", "Acme"][0] == "CTO"


def test_a_person_who_is_not_there_is_tried_again(store: Store, tmp_path: Path) -> None:
    syncs = Syncs(store, tmp_path)
    syncs.source("1,cy@acme.com,Acme,CEO", "2,ana@acme.com,Nowhere,", "3,ana@acme.com,Acme,x")
    result = syncs.run()
    assert dict(zip(result.rows["row_id"], result.rows["outcome"], strict=True)) == {
        "1": "refused",
        "2": "rejected",
        "3": "stored",
    }
    assert set(syncs.store.persons) == {"ana@acme.com", "bo@acme.com"}
    syncs.client().people.upsert({"Email": "cy@acme.com"})
    assert syncs.counts() == {"read": 3, "rejected": 1, "unchanged": 1, "created": 1}


def test_a_row_that_moves_leaves_its_association_and_says_so(store: Store, tmp_path: Path) -> None:
    syncs = Syncs(store, tmp_path)
    syncs.source("1,ana@acme.com,Acme,CEO")
    syncs.run()
    syncs.source("1,ana@acme.com,Bolt,CEO")
    result = syncs.run()
    assert result.rows["action"].to_list() == ["created"]
    assert "remains" in result.rows["reason"].iloc[0]
    assert set(syncs.links()) == {("ana@acme.com", "Acme"), ("ana@acme.com", "Bolt")}


@pytest.mark.parametrize(
    ("mode", "rule", "counts", "title"),
    [
        ("update", "title", {"updated": 1, "absent": 1}, "CTO"),
        ("create", "title", {"unchanged": 1, "created": 1}, "CEO"),
        ("upsert", {"from": "title", "write": "fill_only"}, {"unchanged": 1, "created": 1}, "CEO"),
    ],
)
def test_modes(
    store: Store, tmp_path: Path, mode: str, rule: Any, counts: dict[str, int], title: str
) -> None:
    first = Syncs(store, tmp_path)
    first.source("1,ana@acme.com,Acme,CEO")
    first.run()
    destination = {**DOCUMENT["destination"], "mode": mode}
    fields = {**DOCUMENT["fields"], "Title": rule}
    syncs = Syncs(store, tmp_path, destination=destination, fields=fields)
    syncs.source("1,ana@acme.com,Acme,CTO", "2,bo@acme.com,Acme,x")
    foretold = syncs.counts(dry_run=True)
    assert syncs.counts() == foretold == {"read": 2, **counts}
    assert syncs.links()["ana@acme.com", "Acme"][0] == title


def test_associations_that_cannot_be_listed(store: Store, tmp_path: Path) -> None:
    syncs = Syncs(store, tmp_path)
    syncs.source("1,ana@acme.com,Acme,CEO", "2,ana@acme.com,Bolt,")

    def refused(request: httpx.Request) -> httpx.Response | None:
        if request.url.path.endswith(("/query/Person", "/query/company_person")):
            body = {"result": False, "errorCode": "GSOBJ_1008", "errorDesc": "not allowed"}
            return httpx.Response(400, json=body)
        return None

    syncs.refuse = refused
    assert syncs.counts() == {"read": 2, "upserted": 2}
    assert syncs.counts() == {"read": 2, "unchanged": 2}
    assert len(syncs.links()) == 2


def test_relationships(store: Store, tmp_path: Path) -> None:
    store.add_relationships([{"Gsid": PILOT, "Name": "Pilot", "Company_ID": ACME}])  # type: ignore[list-item]
    lookup = {"from": "account", "lookup": {"object": "Relationship", "by": "Name"}}
    syncs = Syncs(
        store,
        tmp_path,
        destination={"object": "RelationshipPerson", "key": ["Email", "Relationship_ID"]},
        fields={"Email": "mail", "Relationship_ID": lookup, "Title": "title"},
        on_missing="keep",
    )
    syncs.source("1,ana@acme.com,Pilot,CEO", "2,bo@acme.com,Pilot,")
    assert syncs.counts() == {"read": 2, "created": 2}
    assert {one.get("Title") for one in store.relationship_persons} == {"CEO", None}
    assert syncs.counts() == {"read": 2, "unchanged": 2}
    syncs.source("1,ana@acme.com,Pilot,CTO", "2,bo@acme.com,Pilot,")
    assert syncs.counts() == {"read": 2, "unchanged": 1, "updated": 1}
    assert {one.get("Title") for one in store.relationship_persons} == {"CTO", None}


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"destination": {"object": "CompanyPerson", "key": ["Email"]}}, "Email, Company_ID"),
        ({"destination": {"object": "CompanyPerson", "key": ["Company_ID"]}}, "Email, Company_ID"),
        ({"destination": {"object": "company_person", "key": ["Email"]}}, "write CompanyPerson"),
        ({"on_missing": "delete"}, "Active"),
    ],
)
def test_wrong_definitions(
    store: Store, tmp_path: Path, changes: dict[str, Any], told: str
) -> None:
    syncs = Syncs(store, tmp_path, **changes)
    with pytest.raises(InputError, match=told):
        destination_of(syncs.sync, syncs.client())


_ROWS = st.dictionaries(
    st.sampled_from("1234"),
    st.tuples(
        st.sampled_from(["ana", "bo"]), st.sampled_from(["Acme", "Bolt"]), st.sampled_from("xy")
    ),
    max_size=4,
)


@settings(max_examples=settings().max_examples // 2)
@given(days=st.lists(st.tuples(_ROWS, silences(["bulk_sync", "query"], 4)), min_size=1, max_size=3))
def test_after_a_quiet_run_the_associations_are_there(days: Any, tmp_path_factory: Any) -> None:
    folder = tmp_path_factory.mktemp("days")
    with Store() as store:
        syncs = Syncs(filled(store), folder)
        for rows, faults in days:
            syncs.source(*(f"{key},{n}@acme.com,{of},{t}" for key, (n, of, t) in rows.items()))
            syncs.run(faults)
            syncs.links()
        for _ in range(3):
            last = syncs.run()
        assert last.stopped is None
        rejected = set(last.rows.loc[last.rows["outcome"] == "rejected", "row_id"])
        for key, (name, of, title) in rows.items():
            if key not in rejected:
                assert syncs.links()[f"{name}@acme.com", of][0] == title
        syncs.run()
        assert syncs.writes == 0

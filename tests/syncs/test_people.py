"""Syncs to people: after each run the tenant has what the source has."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
from clients import Clock, sandbox_client, silences
from hypothesis import given, settings
from hypothesis import strategies as st

from gsprep.errors import AccessKeyError, InputError, UploadError
from gsprep.ledger.database import Database
from gsprep.ledger.ledger import Ledger
from gsprep.ledger.privacy import KeyedHashes, purge_person
from gsprep.ledger.sync_state import SyncState
from gsprep.sandbox.store import Store
from gsprep.sandbox.tenant import Field, Tenant
from gsprep.schemas.yaml_file import validated
from gsprep.syncs.definition import Sync
from gsprep.syncs.people import people_destination
from gsprep.syncs.run import RunLimits, run_sync
from gsprep.syncs.sources import Places, read_rows
from gsprep.syncs.writers import Means
from gsprep.uploader.object_keys import Row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from gsprep.syncs.run import SyncResult
    from gsprep.uploader.client import Client

ACME, BOLT = "1P02ACME2DWEK48YJM70JL88EWWA8Y0MET01", "1P02ACME2DWEK48YJM70JL88EWWA8Y0MET02"
COMPANIES = [
    {"Gsid": ACME, "Name": "Acme Rockets", "Domain": "acme.com"},
    {"Gsid": BOLT, "Name": "Bolt Energy", "Domain": "bolt.io"},
]
FIELDS = {
    "person": (Field("Plan__gc", "PICKLIST", options=("Pro", "Basic")),),
    "company_person": (Field("Tier__gc"),),
}
DOCUMENT: dict[str, Any] = {
    "sync": "people",
    "source": {"file": "people.csv", "key": "id"},
    "destination": {"object": "Person", "key": ["Email"]},
    "fields": {"Email": "mail", "FirstName": "first", "CompanyName": "account", "Title": "title"},
    "unify": {"rules": "default"},
}


class Syncs:
    """A source in a folder, a sandbox and a ledger, and runs of one sync between them."""

    def __init__(self, store: Store, folder: Path, **changes: Any) -> None:
        """Begin with an empty state."""
        self.store, self.folder, self.clock = store, folder, Clock()
        self.sync = validated(Sync, {**DOCUMENT, **changes}, "the sync")
        self.keep_in(Database(None), KeyedHashes(b"secret"))
        self.calls: list[tuple[str, str]] = []
        self.bodies: list[bytes] = []
        self.refuse: Callable[[httpx.Request], httpx.Response | None] = lambda _: None

    def keep_in(self, database: Database, names: KeyedHashes) -> None:
        """Keep the state in a database."""
        self.names, self.state = names, SyncState(database, self.sync.name)
        self.state.save("people.yaml", b"")

    def client(self, faults: Any = ()) -> Client:
        """Return a client of the sandbox, in this process."""

        def noted(request: httpx.Request) -> httpx.Response | None:
            self.calls.append((request.method, request.url.path))
            if "/query/" not in request.url.path and request.method != "GET":
                self.bodies.append(request.content)
            return self.refuse(request)

        return sandbox_client(self.store, self.clock, faults, noted)

    def run(self, faults: Any = (), **limits: Any) -> SyncResult:
        """Read all rows and run the sync."""
        self.calls.clear()
        self.bodies.clear()
        client = self.client(faults)
        to = people_destination(self.sync, client, Means(folder=self.folder))
        reading = read_rows(self.sync.source, self.sync.columns, Places(folder=self.folder))
        return run_sync(
            self.sync,
            reading,
            to,
            state=self.state,
            names=self.names,
            limits=RunLimits(now=self.clock.now, **limits),
        )

    def source(self, *rows: str, header: str = "id,mail,first,account,title") -> None:
        """Write the rows of the source."""
        text = "\n".join([header, *rows]) + "\n"
        (self.folder / "people.csv").write_text(text, encoding="utf-8")

    def counts(self, faults: Any = (), **limits: Any) -> dict[str, int]:
        """Run the sync and return the counts that are not zero."""
        result = self.run(faults, **limits)
        assert result.stopped is None, result.stopped
        return {name: count for name, count in result.counts.items() if count}

    def people(self) -> dict[str, str | None]:
        """Return the first names in the tenant by address."""
        return {mail: one.get("FirstName") for mail, one in self.store.persons.items()}

    def links(self) -> set[tuple[str, str | None, str | None]]:
        """Return the address, company and title of each association."""
        mails = {one["Gsid"]: mail for mail, one in self.store.persons.items()}
        return {
            (mails[one["Person_ID"]], one.get("Company_ID"), one.get("Title"))
            for one in self.store.company_persons
        }


@pytest.fixture
def store() -> Iterator[Store]:
    with Store(tenant=Tenant(fields=FIELDS)) as opened:
        opened.add_companies(COMPANIES)  # type: ignore[arg-type]
        yield opened


@pytest.fixture
def make(store: Store, tmp_path: Path) -> Callable[..., Syncs]:
    return lambda **changes: Syncs(store, tmp_path, **changes)


def test_people_are_matched_and_only_changes_are_sent(make: Callable[..., Syncs]) -> None:
    syncs = make()
    syncs.source("1,ana@acme.com,Ana,Acme Rockets,CEO", "2,bo@bolt.io,Bo,Bolt Energy,")
    assert syncs.counts() == {"read": 2, "created": 2}
    assert syncs.people() == {"ana@acme.com": "Ana", "bo@bolt.io": "Bo"}
    assert syncs.links() == {("ana@acme.com", ACME, "CEO"), ("bo@bolt.io", BOLT, None)}
    assert syncs.counts() == {"read": 2, "unchanged": 2}
    assert syncs.bodies == []
    syncs.source("1,ana@acme.com,Anna,Acme Rockets,CEO", "2,bo@bolt.io,Bo,Bolt Energy,CTO")
    assert syncs.counts() == {"read": 2, "updated": 2}
    assert syncs.links() == {("ana@acme.com", ACME, "CEO"), ("bo@bolt.io", BOLT, "CTO")}


def test_a_person_with_another_address_stays_one_person(make: Callable[..., Syncs]) -> None:
    syncs = make()
    syncs.source("1,ana@acme.com,Ana,Acme Rockets,")
    syncs.run()
    gsid = syncs.store.persons["ana@acme.com"]["Gsid"]
    syncs.source("1,anna@acme.com,Ana,Acme Rockets,", "2,ana@acme.com,Other,Acme Rockets,")
    assert syncs.counts() == {"read": 2, "updated": 1, "created": 1}
    assert syncs.store.persons["anna@acme.com"]["Gsid"] == gsid
    assert syncs.people() == {"anna@acme.com": "Ana", "ana@acme.com": "Other"}


@pytest.mark.parametrize("is_blind", [False, True])
def test_nobody_gets_the_record_of_someone_whose_address_stayed(
    make: Callable[..., Syncs], *, is_blind: bool
) -> None:
    syncs = make(unify=None)
    syncs.source("1,ana@acme.com,Ana,,", "2,bo@bolt.io,Bo,,")
    syncs.run()
    if is_blind:
        syncs.refuse = no_list_of_people
    # The new address of the first is that of the second: the service would refuse it.
    syncs.source("1,bo@bolt.io,Ana,,", "3,ana@acme.com,New,,")
    result = syncs.run(accept=frozenset({"missing"}))
    outcomes = dict(zip(result.rows["row_id"], result.rows["outcome"], strict=True))
    assert outcomes == {"1": "refused" if is_blind else "rejected", "3": "rejected"}
    assert syncs.people() == {"ana@acme.com": "Ana", "bo@bolt.io": "Bo"}


def no_list_of_people(request: httpx.Request) -> httpx.Response | None:
    if request.url.path.endswith(("/query/Person", "/query/company_person")):
        body = {"result": False, "errorCode": "GSOBJ_1008", "errorDesc": "not allowed"}
        return httpx.Response(400, json=body)
    return None


def test_rows_without_a_decided_company_are_held_back(make: Callable[..., Syncs]) -> None:
    syncs = make(unify={"hold": ["no_match", "review"]})
    syncs.source("1,ana@acme.com,Ana,Acme Rockets,", "2,cy@gmail.com,Cy,,")
    result = syncs.run()
    assert result.counts["held"] == 1
    line = result.rows.set_index("row_id").loc["2"]
    assert (line["outcome"], line["code"]) == ("unsent", "GSPREP_HELD")
    assert "cy" not in line["reason"].casefold().replace("decided", "")
    assert set(syncs.people()) == {"ana@acme.com"}
    # Once the company is decided, the row is sent; the others are not sent again.
    (syncs.folder / "answers.csv").write_text(
        f"kind,value,Company_ID,answer\nemail,cy@gmail.com,{BOLT},match\n"
    )
    syncs.sync = validated(
        Sync, {**DOCUMENT, "unify": {"hold": ["no_match"], "answers": "answers.csv"}}, "the sync"
    )
    assert syncs.counts() == {"read": 2, "unchanged": 1, "created": 1}
    assert ("cy@gmail.com", BOLT, None) in syncs.links()


def test_other_companies_send_whom_they_concern(make: Callable[..., Syncs]) -> None:
    syncs = make()
    syncs.source("1,ana@acme.com,Ana,Acme Rockets,", "2,dee@delta.org,Dee,Delta Forest Works,")
    syncs.run()
    before = people_destination(syncs.sync, syncs.client(), Means()).evidence
    other = "1P02ACME2DWEK48YJM70JL88EWWA8Y0MET03"
    syncs.store.add_companies(
        [{"Gsid": other, "Name": "Delta Forest Works", "Domain": "delta.org"}]  # type: ignore[arg-type]
    )
    assert people_destination(syncs.sync, syncs.client(), Means()).evidence != before
    assert syncs.counts() == {"read": 2, "unchanged": 1, "updated": 1}
    assert ("dee@delta.org", other, None) in syncs.links()


def test_the_row_names_its_company_and_fields_of_the_association(
    make: Callable[..., Syncs],
) -> None:
    fields = {
        "Email": "mail",
        "CompanyPerson.Company_ID": "account",
        "CompanyPerson.Tier__gc": "title",
        "Active": {"value": "true"},
        "Plan__gc": {"from": "first", "values": {"p": "Pro"}, "otherwise": "keep"},
    }
    syncs = make(fields=fields, unify=None)
    syncs.source(f"1,ana@acme.com,p,{BOLT},gold", "2,bo@bolt.io,Basic,,gold", "3,cy@bolt.io,Top,,")
    result = syncs.run()
    assert result.counts["created"] == 2
    rejected = result.rows[result.rows["outcome"] == "rejected"]
    assert (rejected["row_id"].item(), rejected["field"].item()) == ("3", "Plan__gc")
    (link,) = syncs.store.company_persons
    assert (link["Company_ID"], link["Tier__gc"], link["Active"]) == (BOLT, "gold", "true")


def test_a_null_that_clears_is_sent_as_an_empty_text(make: Callable[..., Syncs]) -> None:
    fields = {"Email": "mail", "FirstName": {"from": "first", "on_null": "clear"}}
    syncs = make(fields=fields, unify=None)
    syncs.source("1,ana@acme.com,Ana,,", "2,bo@bolt.io,,,")
    syncs.run()
    assert not any(b'"FirstName":""' in body for body in syncs.bodies)
    syncs.source("1,ana@acme.com,,,", "2,bo@bolt.io,,,")
    assert syncs.counts() == {"read": 2, "unchanged": 1, "updated": 1}
    assert any(b'"FirstName":""' in body for body in syncs.bodies)


@pytest.mark.parametrize("is_blind", [False, True])
@pytest.mark.parametrize(
    ("mode", "counts", "names"),
    [
        ("update", {"read": 2, "updated": 1, "absent": 1}, {"Ana": "ana@acme.com"}),
        (
            "create",
            {"read": 2, "unchanged": 1, "created": 1},
            {"Old": "ana@acme.com", "Bo": "bo@bolt.io"},
        ),
    ],
)
def test_modes(
    make: Callable[..., Syncs],
    *,
    mode: str,
    counts: dict[str, int],
    names: dict[str, str],
    is_blind: bool,
) -> None:
    syncs = make(destination={"object": "Person", "key": ["Email"], "mode": mode}, unify=None)
    syncs.store.upsert_person({"Email": "Ana@acme.com", "FirstName": "Old"})
    if is_blind:
        syncs.refuse = no_list_of_people
    syncs.source("1,ana@acme.com,Ana,,", "2,bo@bolt.io,Bo,,")
    assert syncs.counts(dry_run=True) == counts
    assert syncs.bodies == []
    assert syncs.counts() == counts
    assert {name: mail.lower() for mail, name in syncs.people().items()} == names
    if mode == "update":
        # A person who came meanwhile is found by a full read.
        syncs.store.upsert_person({"Email": "bo@bolt.io"})
        assert syncs.counts() == {"read": 2, "unchanged": 1, "updated": 1}
    # In a mode that only creates, a changed row changes nobody.
    syncs.source("1,ana@acme.com,Later,,", "2,bo@bolt.io,Later,,")
    again = syncs.counts()
    assert again.get("updated", 0) == (2 if mode == "update" else 0)
    assert ("Later" in syncs.people().values()) == (mode == "update")


@pytest.mark.parametrize("is_blind", [False, True])
def test_fields_that_are_filled_stay(make: Callable[..., Syncs], *, is_blind: bool) -> None:
    fill = {"write": "fill_only"}
    fields = {
        "Email": "mail",
        "FirstName": {"from": "first", **fill},
        "Title": {"from": "title", **fill},
        "CompanyName": "account",
    }
    syncs = make(fields=fields)
    syncs.store.upsert_person(
        {"Email": "ana@acme.com", "FirstName": "Old", "companies": [{"Company_ID": ACME}]}
    )
    if is_blind:
        syncs.refuse = no_list_of_people
    syncs.source("1,ana@acme.com,Ana,Acme Rockets,CEO", "2,bo@bolt.io,Bo,Bolt Energy,CTO")
    assert syncs.counts() == {"read": 2, "updated": 1, "created": 1}
    assert syncs.people() == {"ana@acme.com": "Old", "bo@bolt.io": "Bo"}
    assert syncs.links() == {("ana@acme.com", ACME, "CEO"), ("bo@bolt.io", BOLT, "CTO")}
    # All are filled now: nothing is left to send.
    syncs.source("1,ana@acme.com,Anna,Acme Rockets,CFO", "2,bo@bolt.io,Bob,Bolt Energy,CFO")
    assert syncs.counts() == {"read": 2, "unchanged": 2}
    assert syncs.bodies == []
    assert syncs.people() == {"ana@acme.com": "Old", "bo@bolt.io": "Bo"}


def test_where_people_are_not_listed_none_is_read_alone_without_need(
    make: Callable[..., Syncs],
) -> None:
    syncs = make()
    syncs.refuse = no_list_of_people
    syncs.source("1,ana@acme.com,Ana,Acme Rockets,", "2,bo@bolt.io,Bo,Bolt Energy,")
    assert syncs.counts() == {"read": 2, "upserted": 2}
    assert not [path for method, path in syncs.calls if method == "GET" and "/people" in path]
    syncs.source("1,ana@acme.com,Anna,Acme Rockets,", "2,bo@bolt.io,Bo,Bolt Energy,")
    assert syncs.counts() == {"read": 2, "unchanged": 1, "updated": 1}


def test_a_refused_association_is_the_outcome_of_its_row(make: Callable[..., Syncs]) -> None:
    fields = {"Email": "mail", "Company_ID": "account"}
    syncs = make(fields=fields, unify=None)
    unknown = ACME[:-1] + "9"
    syncs.source(f"1,ana@acme.com,,{unknown},", f"2,bo@bolt.io,,{BOLT},")
    result = syncs.run()
    outcomes = dict(zip(result.rows["row_id"], result.rows["outcome"], strict=True))
    assert outcomes == {"1": "refused", "2": "stored"}
    assert result.rows.set_index("row_id").loc["1", "code"]
    # It is tried again, and the person is known by its Gsid.
    syncs.source(f"1,ana@acme.com,,{ACME},", f"2,bo@bolt.io,,{BOLT},")
    assert syncs.counts() == {"read": 2, "unchanged": 1, "updated": 1}
    assert ("ana@acme.com", ACME, None) in syncs.links()


def test_a_person_is_removed_from_the_state(make: Callable[..., Syncs]) -> None:
    syncs = make()
    ledger = Ledger(syncs.folder / "home")
    syncs.keep_in(ledger.database, ledger.names)
    syncs.source("1,Ana@acme.com,Ana,Acme Rockets,", "2,bo@bolt.io,Bo,Bolt Energy,")
    syncs.run()
    assert purge_person(ledger, ["ana@acme.com"]).records == 1
    assert syncs.state.counts() == {"stored": 1}
    # The row is still in the source: it is sent again, to the same person.
    assert syncs.counts() == {"read": 2, "unchanged": 1, "updated": 1}


def test_no_cell_of_the_source_is_in_the_ledger(make: Callable[..., Syncs]) -> None:
    syncs = make()
    ledger = Ledger(syncs.folder / "home")
    syncs.keep_in(ledger.database, ledger.names)
    syncs.source("key-77,canary.person@acme.com,Canaria,Acme Rockets,Canary-in-Chief")
    assert syncs.counts() == {"read": 1, "created": 1}
    ledger.database.close()
    content = b"".join(p.read_bytes() for p in (syncs.folder / "home").rglob("*") if p.is_file())
    for cell in (b"canary", b"Canar", b"key-77"):
        assert cell not in content


def test_people_whose_row_is_gone_are_deleted_if_that_is_asked(make: Callable[..., Syncs]) -> None:
    syncs = make(on_missing="delete", guards={"missing": "60%"})
    syncs.source("1,ana@acme.com,Ana,Acme Rockets,", "2,bo@bolt.io,Bo,Bolt Energy,")
    syncs.run()
    syncs.source("1,ana@acme.com,Ana,Acme Rockets,")
    assert isinstance(syncs.run().stopped, InputError)
    assert set(syncs.people()) == {"ana@acme.com", "bo@bolt.io"}
    assert syncs.counts(deletes=True) == {"read": 1, "unchanged": 1, "missing": 1, "deleted": 1}
    assert set(syncs.people()) == {"ana@acme.com"}


def test_on_missing_sets_no_field_of_a_person(make: Callable[..., Syncs]) -> None:
    syncs = make(on_missing={"set": {"FirstName": "gone"}})
    with pytest.raises(InputError, match=r"CompanyPerson\.Active"):
        people_destination(syncs.sync, syncs.client(), Means())


def test_the_only_association_of_a_person_is_set(make: Callable[..., Syncs]) -> None:
    syncs = make()
    syncs.source("1,ana@acme.com,Ana,Acme Rockets,", "2,bo@bolt.io,Bo,Bolt Energy,")
    syncs.run()
    bo = syncs.store.persons["bo@bolt.io"]["Gsid"]
    syncs.store.upsert_person({"Email": "bo@bolt.io", "companies": [{"Company_ID": ACME}]})
    writer = people_destination(syncs.sync, syncs.client(), Means()).writer
    ana = syncs.store.persons["ana@acme.com"]["Gsid"]
    rows = [Row(record={"CompanyPerson.Active": False}, gsid=gsid) for gsid in (ana, bo)]
    outcomes = {number: outcome.outcome for number, outcome in writer.write(rows)}
    assert outcomes == {0: "stored", 1: "refused"}
    active = {(one["Person_ID"], one["Active"]) for one in syncs.store.company_persons}
    assert active == {(ana, "false"), (bo, "true")}


def test_a_refused_key_ends_the_run(make: Callable[..., Syncs]) -> None:
    syncs = make()
    syncs.source("1,ana@acme.com,Ana,Acme Rockets,")
    faults = [{"fault": "status", "route": "bulk_sync", "status": 401}]
    result = syncs.run(faults)
    assert isinstance(result.stopped, AccessKeyError)
    assert syncs.state.counts() == {}
    assert syncs.counts() == {"read": 1, "created": 1}


def test_people_without_a_reply_are_unknown_although_the_run_ends(
    make: Callable[..., Syncs],
) -> None:
    syncs = make(on_missing="delete", guards={"missing": "100%", "empty": "allow"}, unify=None)
    syncs.source("1,ana@acme.com,Ana,,")
    faults = [
        {"fault": "reset", "route": "bulk_sync", "at": at, "committed": at == 1} for at in (1, 2)
    ]
    result = syncs.run(faults)
    assert isinstance(result.stopped, UploadError)
    assert result.rows["outcome"].to_list() == ["unknown"]
    assert [row.gsid for row in syncs.state.rows()] == [
        one["Gsid"] for one in syncs.store.persons.values()
    ]
    syncs.source()
    assert syncs.counts(deletes=True) == {"missing": 1, "deleted": 1}
    assert syncs.people() == {}


_MAILS = st.sampled_from(["a@acme.com", "b@acme.com", "A@acme.com", "d@bolt.io"])
_ROWS = st.dictionaries(
    st.sampled_from("1234"), st.tuples(_MAILS, st.sampled_from(["Ana", "Bo"])), max_size=4
)
_FAULTS = silences(["bulk_sync", "query"], 2)


@settings(max_examples=settings().max_examples // 3)
@given(days=st.lists(st.tuples(_ROWS, _FAULTS), min_size=1, max_size=4))
def test_after_quiet_runs_the_tenant_has_the_source(days: Any, tmp_path_factory: Any) -> None:
    folder = tmp_path_factory.mktemp("days")
    with Store(tenant=Tenant(fields=FIELDS)) as store:
        guards = {"missing": "100%", "empty": "allow"}
        syncs = Syncs(store, folder, on_missing="delete", guards=guards, unify=None)
        for rows, faults in days:
            syncs.source(*(f"{key},{mail},{name},," for key, (mail, name) in rows.items()))
            syncs.run(faults, deletes=True)
        foretold = syncs.run(dry_run=True)
        assert syncs.bodies == []
        for _ in range(3):
            last = syncs.run(deletes=True)
        assert last.stopped is None
        left = set(last.rows.loc[last.rows["outcome"] != "stored", "row_id"])
        there = {mail.casefold(): name for mail, name in syncs.people().items()}
        assert len(there) == len(syncs.people()), "an address stands twice"
        for key, (mail, name) in rows.items():
            if key not in left:
                assert there[mail.casefold()] == name
        mails = [mail.casefold() for mail, _ in rows.values()]
        twice = {key for key, (mail, _) in rows.items() if mails.count(mail.casefold()) > 1}
        assert foretold.counts["read"] == len(rows)
        if not twice and not left:
            assert set(there) == set(mails)
            syncs.run(deletes=True)
            assert syncs.bodies == []


@pytest.mark.parametrize("blind", [False, True], ids=["listed", "read one by one"])
@pytest.mark.parametrize(("mode", "mails"), [("upsert", 2), ("update", 1)])
def test_a_person_who_was_deleted_in_the_tenant(
    make: Callable[..., Syncs], mode: str, mails: int, *, blind: bool
) -> None:
    syncs = make()
    syncs.source("1,ana@acme.com,Ana,Acme Rockets,CEO", "2,bo@bolt.io,Bo,Bolt Energy,")
    syncs.counts()
    writer = people_destination(syncs.sync, syncs.client(), Means()).writer
    list(writer.delete([syncs.store.persons["bo@bolt.io"]["Gsid"]]))
    assert set(syncs.people()) == {"ana@acme.com"}
    if blind:
        syncs.refuse = no_list_of_people
    destination = {**DOCUMENT["destination"], "mode": mode}
    syncs.sync = validated(Sync, {**DOCUMENT, "destination": destination}, "the sync")
    syncs.source("1,ana@acme.com,Anna,Acme Rockets,CEO", "2,bo@bolt.io,Bob,Bolt Energy,")
    counts = syncs.counts()
    assert counts["updated"] == 1
    assert {name for name in counts if name != "read"} & {"refused", "unknown"} == set()
    assert len(syncs.people()) == mails
    assert len(syncs.links()) == mails
    assert syncs.counts().get("unchanged", 0) == mails

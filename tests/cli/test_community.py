"""``gsprep sync init community``: two days of a community, against the sandbox over HTTP."""

from __future__ import annotations

import json
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from gsprep.cli import tenant
from gsprep.ledger.sync_state import SyncState
from gsprep.sandbox.app import Systems, make_app, serve
from gsprep.sandbox.community import EMPLOYERS, Communities
from gsprep.sandbox.faults import add_faults, read_faults
from gsprep.sandbox.limits import UNLIMITED
from gsprep.sandbox.store import Store
from gsprep.sandbox.tenant import Field, Tenant
from gsprep.schemas.frames import cell_text
from gsprep.tables.read import read_table
from tests.cli.conftest import written

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from gsprep.sandbox.community import Community
    from tests.cli.conftest import Said

NAME, OTHER = "albatross-us", "albatross-eu"
USERS = "community_albatross_us_user__gc"


@dataclass
class Place:
    """A tenant of Gainsight and communities on one port, and commands on them."""

    gsprep: Callable[..., Said]
    folder: Path
    store: Store = field(default_factory=Store)
    systems: Systems = field(default_factory=lambda: Systems(communities=Communities(members=40)))
    faults: list[dict[str, Any]] = field(default_factory=list)

    @property
    def community(self) -> Community:
        """What the first community has."""
        return self.systems.communities.tenant(NAME)

    def sync(self, *arguments: object, code: int = 0) -> Any:
        """Run a command of syncs with the connections of this place, and return its document."""
        app = make_app(self.store, access_key="canary-key", limits=UNLIMITED, systems=self.systems)
        with serve(add_faults(app, read_faults(self.faults))) as server:
            for name in (NAME, OTHER):
                address = f"{server.url}/community/{name}"
                done = self.gsprep("connections", "edit", name, "--to", address)
                assert done.code == 0, done.err
            self.gsprep("connections", "edit", "acme", "--to", server.url)
            # A run of ten syncs makes more calls than a tenant allows in a minute.
            said = self.gsprep("sync", *arguments, "--sync-per-minute", 9_999, "--json")
        assert said.code == code, (said.code, said.err, said.out)
        assert "canary" not in said.out + said.err
        return json.loads(said.out) if said.out else said.err

    def run(self, *options: object, code: int = 0) -> dict[str, dict[str, Any]]:
        """Run all syncs of the community, and return the numbers of each."""
        # A day changes more than a twentieth of so few topics.
        given = ("--out", "out", "--accept", "missing", *options)
        document = self.sync("run", "community.yaml", *given, code=code)
        return {one["sync"].removeprefix(f"{NAME}-"): one for one in document["syncs"]}

    def one(self, name: str, *, code: int = 0) -> Any:
        """Run one sync of the community in full."""
        given = ("--full", "--accept", "missing", "--confirm-delete")
        return self.sync("run", f"{NAME}-{name}", *given, code=code)

    def members(self) -> int:
        """Send the members alone, and return how many have no company."""
        self.gsprep("sync", "activate", "community.yaml")
        self.sync("run", f"{NAME}-people")
        unmatched: int = self.sync("run", f"{NAME}-users", "--confirm-delete")["unmatched"]
        return unmatched

    def held(self, kind: str, *names: str) -> list[tuple[str | None, ...]]:
        """Return fields of all records of the tenant."""
        rows = self.store.query(kind, {"select": list(names)})
        return sorted((tuple(row[name] for name in names) for row in rows), key=str)


def fields_lacking(place: Place, document: dict[str, Any]) -> dict[str, tuple[Field, ...]]:
    """Return what an administrator creates from the tables of a check."""
    fields: dict[str, dict[str, Field]] = {}
    for sync in document["syncs"]:
        file = place.folder / "checked" / sync["sync"] / "missing_fields.csv"
        if not file.exists():
            continue
        for row in read_table(file).astype(object).to_dict("records"):
            own = fields.setdefault(row["object"].casefold(), {})
            if isinstance(row["field"], str):
                kind = {"LOOKUP": "GSID"}.get(row["type"], row["type"])
                own[row["field"]] = Field(row["field"], kind, int(cell_text(row["length"]) or 255))
    return {kind: tuple(own.values()) for kind, own in fields.items()}


@pytest.fixture
def place(
    gsprep: Callable[..., Said], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Place]:
    """Return a tenant that has what the template needs, and an empty ledger."""
    monkeypatch.setenv("GSPREP_HOME", str(tmp_path / "home"))
    for name in (NAME, OTHER):
        monkeypatch.setenv(f"GSPREP_KEY_{name.upper().replace('-', '_')}", "me:canary-key")
        made = gsprep("connections", "add", name, "--kind", "community", "--to", "127.0.0.1:1/x")
        assert made.code == 0, made.err
    monkeypatch.setenv("GSPREP_KEY_ACME", "canary-key")
    gsprep("connections", "add", "acme", "--kind", "gainsight", "--to", "127.0.0.1:1")
    begun = gsprep("sync", "init", "community", "--connection", NAME)
    assert begun.code == 0, begun.err
    found = Place(gsprep, tmp_path)
    lacking = found.sync("check", "community.yaml", "--out", "checked", code=2)
    assert not any(sync["problems"] for sync in lacking["syncs"])
    found.store.close()
    with Store(tenant=Tenant(fields=fields_lacking(found, lacking))) as store:
        store.add_companies(EMPLOYERS)
        found.store = store
        yield found


def expected(community: Community) -> list[tuple[str | None, ...]]:
    return sorted(
        ((str(one["userid"]), one["email"], one["rank_name"]) for one in community.users), key=str
    )


def in_sync(place: Place) -> None:
    """Assert that the tenant has what the community has."""
    columns = ("Community_User_Id__gc", "Email__gc", "Rank_Name__gc")
    assert place.held(USERS, *columns) == expected(place.community)
    topics = {(one["publicId"], one["title"]) for one in place.community.topics}
    assert (
        set(place.held("community_albatross_us_topic__gc", "Topic_Id__gc", "Title__gc")) == topics
    )
    content = place.held(
        "community_content__gc", "Content_Type__gc", "Content_Id__gc", "Tenant__gc"
    )
    replies = [one for some in place.community.replies.values() for one in some]
    assert {one for one in content if one[2] == NAME} == {
        *(("Topic", name, NAME) for name, _ in topics),
        *(("Topic Reply", one["publicReplyId"], NAME) for one in replies),
    }


def test_two_days_of_a_community(place: Place) -> None:
    """Incremental, full, deletions: the tenant has what the community has, and sends no more."""
    first = place.run("--confirm-delete")
    assert {name: one["state"] for name, one in first.items()} == dict.fromkeys(first, "success")
    assert first["people"]["created"] == first["users"]["created"] == 40
    in_sync(place)
    has_ids(place)
    people = place.held("person", "Email")
    assert people == sorted((one["email"],) for one in place.community.users)
    again = place.run("--full")
    assert [one["sent"] for one in again.values()] == [0] * len(again)
    gone = {one["email"] for one in place.community.users}
    place.systems.next_day()
    second = place.run()
    assert second["users"]["created"] == 3
    assert second["users"]["deleted"] == 2
    assert second["people"]["deleted"] == 0
    assert not second["topics"]["full"]
    last = place.run("--full")
    assert last["topics"]["deleted"] == 1
    in_sync(place)
    # People stay, whether they left the community or not.
    assert gone <= {email for (email,) in place.held("person", "Email")}
    trend = place.held("community_trend__gc", "Tenant__gc", "Day__gc")
    assert len(trend) == len(set(trend)) > 1
    another_community_feeds_the_same_objects(place)


def has_ids(place: Place) -> None:
    """Assert that each member has the ids of company, person and association."""
    companies = {one["Gsid"]: one["Name"] for one in EMPLOYERS}
    persons = dict(place.held("person", "Email", "Gsid"))
    links = {
        (person, company): gsid
        for person, company, gsid in place.held("company_person", "Person_ID", "Company_ID", "Gsid")
    }
    ids = ("Email__gc", "Company__gc", "Person__gc", "Company_Person__gc")
    for email, company, person, link in place.held(USERS, *ids):
        domain = str(email).partition("@")[2].removesuffix(".com")
        meant = [name for name in companies.values() if name.lower().startswith(domain)]
        assert [companies[company]] == meant if company else meant == []
        assert person == persons[email]
        assert link == links.get((person, company))
    activity = place.held("community_activity__gc", "Activity_Type__gc", "Person__gc")
    assert {kind for kind, _ in activity} == {"View"}
    assert {person for _, person in activity} <= set(persons.values())


def another_community_feeds_the_same_objects(place: Place) -> None:
    """Assert that syncs of a second community leave what is of the first, and can be stopped."""
    place.gsprep("sync", "init", "community", "--connection", OTHER, "--out", "eu.yaml")
    lacking = place.sync("check", "eu.yaml", "--out", "checked", code=2)
    mine = place.held("community_content__gc", "Tenant__gc", "Content_Id__gc")
    other = [sync["sync"] for sync in lacking["syncs"] if not sync["missing"]]
    assert f"{OTHER}-topics-content" in other
    assert f"{OTHER}-users" not in other
    place.sync("run", "eu.yaml", "--out", "eu", code=3)
    both = place.held("community_content__gc", "Tenant__gc", "Content_Id__gc")
    assert set(mine) < set(both)
    assert {tenant for tenant, _ in both} == {NAME, OTHER}
    place.one("topics-content")
    assert place.held("community_content__gc", "Tenant__gc", "Content_Id__gc") == both
    place.gsprep("sync", "deactivate", "eu.yaml")
    status = json.loads(place.gsprep("sync", "status", "--json").out)["syncs"]
    active = {one["sync"].rsplit("-", 1)[0][:12]: one["active"] for one in status}
    assert active == {NAME: True, OTHER: False}


def test_members_without_a_company_are_listed_and_they_alone_are_decided_again(
    place: Place,
) -> None:
    count = place.members()
    assert 0 < count < 40
    shown = json.loads(place.gsprep("activity", "--sync", f"{NAME}-users", "--json").out)
    (line,) = [one for one in shown["activities"] if one["kind"] == "execution"]
    assert (line["valid"], line["invalid"]) == (40, 0)
    assert line["reasons"] == {"GSPREP_NOMATCH": count}
    told = place.sync("failed", f"{NAME}-users", "--out", "ticket.csv", code=1)
    assert told["outcomes"] == {"unmatched": count}
    ticket = read_table(place.folder / "ticket.csv")
    assert set(ticket["code"]) == {"GSPREP_NOMATCH"}
    assert ticket["reason"].notna().all()
    found = place.held(USERS, "Email__gc", "Company__gc")
    lost = next(email for email, company in found if company is None)
    written(
        place.folder / "answers.csv",
        f"kind,value,Company_ID,answer\nemail,{lost},{EMPLOYERS[0]['Gsid']},match\n",
    )
    own = f"syncs:\n  {NAME}-users: {{unify: {{answers: answers.csv}}}}\n"
    definition = place.folder / "community.yaml"
    written(definition, definition.read_text(encoding="utf-8") + own)
    # The members that are read are those of the last run.
    place.community.users.clear()
    again = place.sync("run", f"{NAME}-users", "--only", "failed")
    assert (again["read"], again["updated"]) == (count, 1)
    now = dict(place.held(USERS, "Email__gc", "Company__gc"))
    assert now == {**dict(found), lost: EMPLOYERS[0]["Gsid"]}


FAULTS: list[tuple[str, dict[str, Any], int]] = [
    ("users", {"fault": "status", "status": 503, "route": "community_users"}, 3),
    ("users", {"fault": "html", "status": 502, "route": "community_token"}, 3),
    ("users", {"fault": "missing_records", "route": "community_users", "at": 2}, 0),
    ("users", {"fault": "shuffled_records", "route": "community_users"}, 0),
    ("topics", {"fault": "truncated", "route": "community_topics"}, 3),
    ("topics", {"fault": "status", "status": 401, "route": "community_topics"}, 4),
    ("topics", {"fault": "doubled_records", "route": "community_topics"}, 0),
    ("replies-content", {"fault": "reset", "route": "community_replies", "every": 1}, 3),
    ("users", {"fault": "status", "status": 429, "route": "community_users", "at": 1}, 0),
]


def test_a_fault_in_the_middle_loses_and_deletes_nothing(
    place: Place, no_waits: list[float]
) -> None:
    """Each day begins with a fault; what it left out comes with the next run."""
    place.members()
    for name, fault, code in FAULTS:
        place.systems.next_day()
        place.faults = [fault]
        place.one(name, code=code)
    place.faults = []
    for name in ("people", "users", "topics", "topics-content", "replies-content"):
        place.one(name)
    in_sync(place)
    assert any(wait > 0 for wait in no_waits)


@pytest.fixture
def no_waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Let the time between attempts at a community pass at once."""
    waits: list[float] = []
    limits = tenant.Limits

    def timeless(**given: Any) -> Any:
        clock = lambda: sum(waits)  # noqa: E731  a clock is one expression
        return limits(**{**given, "sleep": waits.append, "now": clock, "jitter": lambda: 0.0})

    monkeypatch.setattr(tenant, "Limits", timeless)
    return waits


def test_a_credential_that_is_revoked_between_calls_ends_the_run(place: Place) -> None:
    place.members()
    before = place.held(USERS, "Community_User_Id__gc")
    place.systems.next_day()
    place.faults = [{"fault": "status", "status": 401, "route": "community_users"}]
    place.sync("run", f"{NAME}-users", code=4)
    assert place.held(USERS, "Community_User_Id__gc") == before


def test_a_run_that_is_killed_is_taken_up(place: Place, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed after a batch of members was stored: the next run sends the others, and none twice."""
    place.members()
    place.systems.next_day()
    keep, kept = SyncState.keep, []

    def killed(self: SyncState, rows: Any) -> None:
        kept.append(self.name)
        if len(kept) > 1:
            raise KeyboardInterrupt
        keep(self, rows)

    with monkeypatch.context() as patch:
        patch.setattr(SyncState, "keep", killed)
        with suppress(AssertionError):
            place.sync("run", f"{NAME}-users", "--full", "--accept", "missing", code=130)
    place.sync("run", f"{NAME}-users", "--accept", "missing")
    columns = ("Community_User_Id__gc", "Email__gc", "Rank_Name__gc")
    assert place.held(USERS, *columns) == expected(place.community)

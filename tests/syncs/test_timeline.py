"""Meeting summaries as activities of Timeline: one for each, whatever goes wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest
from clients import Clock, sandbox_client, silences
from hypothesis import given, settings
from hypothesis import strategies as st

from gsprep.ledger.database import Database
from gsprep.ledger.privacy import KeyedHashes
from gsprep.ledger.sync_state import SyncState
from gsprep.sandbox.app import make_app
from gsprep.sandbox.dialect import Dialect
from gsprep.sandbox.limits import ACTIVITIES_PER_MINUTE
from gsprep.sandbox.store import Store
from gsprep.sandbox.tenant import gsid
from gsprep.schemas.yaml_file import validated
from gsprep.syncs.check import check_sync
from gsprep.syncs.definition import Sync
from gsprep.syncs.destinations import destination_of
from gsprep.syncs.run import RunLimits, run_sync
from gsprep.syncs.sources import Places, read_rows
from gsprep.systems.timeline import Timeline
from gsprep.uploader.client import Client

if TYPE_CHECKING:
    from pathlib import Path

    from gsprep.syncs.run import SyncResult

COMPANY = gsid("company", "timeline", 1)
USER = {"Gsid": gsid("gsuser", "timeline", 1), "Name": "Sam", "Email": "sam@acme.com"}
DOCUMENT: dict[str, Any] = {
    "sync": "summaries",
    "source": {"file": "summaries.csv", "key": "id"},
    "destination": {"object": "Timeline", "key": ["ExternalId"]},
    "fields": {
        "ExternalId": "id",
        "ContextName": {"value": "Company"},
        "TypeName": {"value": "Meeting"},
        "Subject": "title",
        "Notes": "text",
        "ActivityDate": "held",
        "Author": "author",
        "GsCompanyId": "company",
    },
}


ACTIVITY = {
    "ContextName": "Company",
    "TypeName": "Meeting",
    "Subject": "A",
    "Notes": "We met.",
    "ActivityDate": 0,
    "Author": "sam@acme.com",
    "GsCompanyId": COMPANY,
}


class Summaries:
    """A file of summaries, a tenant and what is known of them."""

    def __init__(self, store: Store) -> None:
        """Know nothing yet."""
        self.store, self.clock = store, Clock()
        store.add_companies([{"Gsid": COMPANY, "Name": "Acme, Inc."}])
        store.add_records("gsuser", [USER])
        self.names = KeyedHashes(b"secret")
        self.calls: list[str] = []
        self.forget()

    def forget(self) -> None:
        """Lose the state."""
        self.state = SyncState(Database(None), "summaries")
        self.state.save("summaries.yaml", b"")

    def run(self, folder: Path, *rows: tuple[str, str], faults: Any = (), **how: Any) -> SyncResult:
        """Send summaries: id and title."""
        lines = [
            f"{id_},{title},We met.,2026-11-27T10:00,sam@acme.com,{COMPANY}" for id_, title in rows
        ]
        text = "\n".join(["id,title,text,held,author,company", *lines])
        (folder / "summaries.csv").write_text(text, encoding="utf-8")
        client = sandbox_client(self.store, self.clock, faults, self._note)
        sync = validated(Sync, DOCUMENT, "the sync")
        reading = read_rows(sync.source, sync.columns, Places(folder=folder))
        to = destination_of(sync, client)
        limits = RunLimits(**how)
        return run_sync(sync, reading, to, state=self.state, names=self.names, limits=limits)

    def _note(self, request: Any) -> None:
        if "/ant/" in request.url.path:
            self.calls.append(request.method)

    def held(self) -> dict[str, str]:
        """Return the subject of each activity by its ExternalId; none is there twice."""
        rows = self.store.query("activity_timeline", {"select": ["ExternalId", "Subject"]})
        assert len({row["ExternalId"] for row in rows}) == len(rows), "an activity is there twice"
        return {row["ExternalId"]: row["Subject"] for row in rows}


@pytest.fixture
def summaries() -> Any:
    with Store() as store:
        yield Summaries(store)


def counts(result: SyncResult) -> dict[str, int]:
    assert result.stopped is None, result.stopped
    return {name: count for name, count in result.counts.items() if count}


def test_a_summary_is_one_activity_that_changes_with_it(
    summaries: Summaries, tmp_path: Path
) -> None:
    assert counts(summaries.run(tmp_path, ("1", "A"), ("2", "B"))) == {"read": 2, "created": 2}
    assert counts(summaries.run(tmp_path, ("1", "A"), ("2", "B"))) == {"read": 2, "unchanged": 2}
    done = summaries.run(tmp_path, ("1", "A"), ("2", "B2"))
    assert counts(done) == {"read": 2, "unchanged": 1, "updated": 1}
    assert summaries.held() == {"1": "A", "2": "B2"}
    assert summaries.calls == ["POST", "POST", "PUT"]
    row = summaries.store.query("activity_timeline", {"select": ["ActivityDate", "AuthorId"]})[0]
    assert row == {"ActivityDate": "2026-11-27T10:00:00.000+00:00", "AuthorId": USER["Gsid"]}


def test_a_dry_run_foretells_and_sends_nothing(summaries: Summaries, tmp_path: Path) -> None:
    summaries.run(tmp_path, ("1", "A"))
    summaries.calls.clear()
    done = summaries.run(tmp_path, ("1", "A2"), ("2", "B"), dry_run=True)
    assert counts(done) == {"read": 2, "updated": 1, "created": 1}
    assert summaries.calls == []


def test_a_lost_state_makes_nothing_twice(summaries: Summaries, tmp_path: Path) -> None:
    summaries.run(tmp_path, ("1", "A"), ("2", "B"))
    summaries.forget()
    assert counts(summaries.run(tmp_path, ("1", "A"), ("2", "C"))) == {"read": 2, "updated": 2}
    assert summaries.held() == {"1": "A", "2": "C"}


@settings(max_examples=max(5, settings().max_examples // 4))
@given(
    silent=silences(["insert_activity", "update_activity", "query"], 4),
    repeated=st.sampled_from(["refused", "kept"]),
    lost=st.booleans(),
)
def test_after_a_lost_reply_each_summary_is_there_once(
    tmp_path_factory: pytest.TempPathFactory,
    silent: Any,
    repeated: Any,
    lost: bool,  # noqa: FBT001  Hypothesis calls by name
) -> None:
    """Whatever call gets no reply, the next run leaves one activity for each summary."""
    folder = tmp_path_factory.mktemp("silent")
    with Store(dialect=Dialect(repeated_external_id=repeated)) as store:
        summaries = Summaries(store)
        summaries.run(folder, ("1", "A"), ("2", "B"), ("3", "C"), faults=silent)
        summaries.held()
        if lost:
            summaries.forget()
        last = summaries.run(folder, ("1", "A"), ("2", "B2"), ("3", "C"))
        assert last.stopped is None
        assert summaries.held() == {"1": "A", "2": "B2", "3": "C"}
        assert counts(summaries.run(folder, ("1", "A"), ("2", "B2"), ("3", "C"))) == {
            "read": 3, "unchanged": 3,
        }  # fmt: skip


def test_an_activity_that_was_deleted_is_written_again(
    summaries: Summaries, tmp_path: Path
) -> None:
    summaries.run(tmp_path, ("1", "A"), ("2", "B"))
    with summaries.store._transaction() as rows:  # noqa: SLF001  no call deletes an activity
        rows.connection.execute("DELETE FROM rows WHERE json_extract(fields, '$.ExternalId') = '1'")
    done = summaries.run(tmp_path, ("1", "A2"), ("2", "B"))
    assert counts(done) == {"read": 2, "unchanged": 1, "created": 1}
    assert summaries.held() == {"1": "A2", "2": "B"}


def test_no_more_activities_are_written_in_a_minute_than_the_service_takes(
    summaries: Summaries,
) -> None:
    """The service refuses one more call than its limit; none is refused, and time passes."""
    clock, replies = summaries.clock, []
    inner = httpx.WSGITransport(app=make_app(summaries.store, clock=clock.now))

    def replied(request: httpx.Request) -> httpx.Response:
        reply = inner.handle_request(request)
        replies.append(reply.status_code)
        return reply

    transport = httpx.MockTransport(replied)
    with Client("acme", "canary-key", transport=transport, limits=clock.limits()) as client:
        timeline = Timeline(client.caller, client.objects.query)
        for number in range(ACTIVITIES_PER_MINUTE + 20):
            record = {**ACTIVITY, "ExternalId": str(number)}
            assert timeline.insert("activity_timeline", [record])
    assert set(replies) == {200}
    assert sum(clock.slept) > 0


def test_an_author_who_is_no_user_is_refused_alone(summaries: Summaries, tmp_path: Path) -> None:
    summaries.store.add_records("gsuser", [{**USER, "Email": "other@acme.com"}])
    result = summaries.run(tmp_path, ("1", "A"))
    assert counts(result) == {"read": 1, "refused": 1}
    assert result.rows["code"].to_list() == ["GSOBJ_RLS012"]
    summaries.store.add_records("gsuser", [USER])
    assert counts(summaries.run(tmp_path, ("1", "A"))) == {"read": 1, "created": 1}


def test_a_definition_that_could_make_a_second_activity_is_a_mistake(
    summaries: Summaries, tmp_path: Path
) -> None:
    summaries.run(tmp_path, ("1", "A"))
    fields = {**DOCUMENT["fields"], "ExternalId": "title"}
    fields["Subject"] = {"from": "title", "write": "fill_only"}
    sync = validated(Sync, {**DOCUMENT, "fields": fields, "on_missing": "delete"}, "the sync")
    client = sandbox_client(summaries.store, summaries.clock)
    found = check_sync(sync, client, Places(folder=tmp_path))
    places = {problem.place for problem in found.problems}
    assert places == {"fields.ExternalId", "on_missing", "fields.Subject.write"}
    good = validated(Sync, DOCUMENT, "the sync")
    assert check_sync(good, client, Places(folder=tmp_path)).is_good

"""Lists of a community: whole, whatever happens to the pages while they are read."""

from __future__ import annotations

from traceback import TracebackException
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from clients import Clock
from hypothesis import example, given
from hypothesis import strategies as st

from gsprep.calls.token import TokenTransport
from gsprep.errors import (
    AccessKeyError,
    InputError,
    RejectedError,
    ReplyError,
    UnavailableError,
    UploadError,
)
from gsprep.sandbox.app import Systems, make_app
from gsprep.sandbox.community import Communities
from gsprep.sandbox.faults import BrokenConnectionError, add_faults, read_faults
from gsprep.sandbox.store import Store
from gsprep.settings import AccessKey
from gsprep.systems.community import LISTS, Community
from gsprep.systems.registry import SYSTEMS, kind_with
from gsprep.systems.system import SystemCalls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

SECRET, NAME = "canary-secret", "eu"


class Reader:
    """A community of the sandbox in this process, and what reads it."""

    def __init__(self, members: int = 30, faults: Any = (), **options: Any) -> None:
        """Begin with a new community; ``seen`` may be replaced to look at each request."""
        self.store, self.clock = Store(), Clock()
        self.systems = Systems(communities=Communities(members=members, **options))
        app = make_app(self.store, access_key=SECRET, systems=self.systems, clock=self.clock.now)
        self.inner = httpx.WSGITransport(app=add_faults(app, read_faults(list(faults))))
        self.paths: list[str] = []
        self.seen: Callable[[httpx.Request], None] = lambda _: None

    @property
    def tenant(self) -> Any:
        """What the community has."""
        return self.systems.communities.tenant(NAME)

    def opened(self, key: str = f"me:{SECRET}") -> Community:
        """Return a new reader."""
        calls = SystemCalls(
            f"http://127.0.0.1/community/{NAME}",
            AccessKey(key),
            SYSTEMS["community"].keyed,
            limits=self.clock.limits(),
            transport=httpx.MockTransport(self.replied),
        )
        return Community(calls)

    def replied(self, request: httpx.Request) -> httpx.Response:
        """Return the reply of the sandbox."""
        self.paths.append(request.url.path)
        self.seen(request)
        try:
            return self.inner.handle_request(request)
        except BrokenConnectionError:
            raise httpx.ReadError("reset") from None


@pytest.fixture
def reader() -> Iterator[Reader]:
    one = Reader()
    yield one
    one.store.close()


def ids(community: Community, name: str = "users", column: str = "userid") -> list[str]:
    return community.rows(name).frame[column].tolist()


@pytest.mark.parametrize("name", LISTS)
def test_every_list_has_its_columns_and_its_rows_once(reader: Reader, name: str) -> None:
    community = reader.opened()
    rows, columns = community.rows(name), community.columns(name)
    assert set(columns) <= set(rows.frame.columns)
    key = {"users": "userid", "topics": "publicId", "replies": "publicReplyId", "trend": "day"}
    names = rows.frame[key.get(name, "event_uuid" if name == "views" else "id")]
    assert rows.is_complete
    assert names.notna().all()
    assert names.is_unique
    assert all(str(kind) == "str" for kind in rows.frame.dtypes)
    assert kind_with(name) == "community"


def test_what_the_lists_say_is_what_the_community_has(reader: Reader) -> None:
    community, tenant = reader.opened(), reader.tenant
    users = community.rows("users").frame.set_index("userid")
    assert users["email"].to_dict() == {str(u["userid"]): u["email"] for u in tenant.users}
    assert users["first_name"].notna().all()
    assert users["joindate"].str.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00").all()
    replies = community.rows("replies").frame
    there = [one for some in tenant.replies.values() for one in some]
    assert set(replies["publicReplyId"]) == {one["publicReplyId"] for one in there}
    mails = {str(u["userid"]): u["email"] for u in tenant.users}
    assert (replies["author.email"] == replies["author.id"].map(mails)).all()
    trend = community.rows("trend").frame.astype({"topics": int, "replies": int, "views": int})
    assert trend["topics"].sum() == len(tenant.topics)
    assert trend["replies"].sum() == len(there)
    assert trend["views"].sum() == len(tenant.activity)


def test_a_list_is_read_once(reader: Reader) -> None:
    community = reader.opened()
    assert ids(community) == ids(community)
    before = len(reader.paths)
    community.rows("users")
    assert len(reader.paths) == before


def test_only_topics_that_were_active_are_asked_for(reader: Reader) -> None:
    reader.opened().rows("users")
    reader.systems.next_day()
    since = 1_793_790_000.0
    community = reader.opened()
    found = set(community.rows("topics", since).frame["publicId"])
    assert found < {one["publicId"] for one in reader.tenant.topics}
    reader.paths.clear()
    replies = community.rows("replies", since).frame
    assert set(replies["topic"]) <= found
    assert sum(path.endswith("/replies") for path in reader.paths) <= len(found)


@example(members=101, goes=[0], at=2, comes=0)
@example(members=101, goes=[0], at=2, comes=1)
@given(
    members=st.integers(90, 130),
    goes=st.lists(st.integers(0, 129), max_size=6, unique=True),
    at=st.integers(1, 4),
    comes=st.integers(0, 3),
)
def test_no_member_who_stays_is_lost_while_others_go(
    members: int, goes: list[int], at: int, comes: int
) -> None:
    """Members go while pages are read, so that others move to the page before; others come."""
    reader = Reader(members)
    everyone = {str(one["userid"]) for one in reader.tenant.users}
    calls = 0

    def seen(request: httpx.Request) -> None:
        nonlocal calls
        calls += request.url.path.endswith("/user")
        if calls == at:
            reader.tenant.users[:] = [
                one for n, one in enumerate(reader.tenant.users) if n not in goes
            ]

    reader.seen = seen
    rows = reader.opened().rows("users")
    stay = {str(one["userid"]) for one in reader.tenant.users}
    found = set(rows.frame["userid"])
    assert stay <= found
    assert rows.is_complete
    # Who goes after the last read of their page is still there.
    assert found <= everyone | stay
    reader.store.close()


def test_a_list_without_a_count_is_read_until_two_reads_agree(reader: Reader) -> None:
    topic = reader.tenant.topics[0]
    reader.tenant.topics[:] = [
        {**topic, "publicId": str(n), "id": str(n), "replyCount": 0} for n in range(1, 251)
    ]
    calls = 0

    def seen(request: httpx.Request) -> None:
        nonlocal calls
        if request.url.path.endswith("/v2/topics"):
            calls += 1
            if calls == 2:
                # The first page loses a row to no one, the second one to the first.
                del reader.tenant.topics[-1]

    reader.seen = seen
    rows = reader.opened().rows("topics")
    assert rows.is_complete
    assert set(rows.frame["publicId"]) == {one["publicId"] for one in reader.tenant.topics}
    assert calls >= 6


def test_a_list_that_never_rests_is_not_complete(reader: Reader) -> None:
    topic = reader.tenant.topics[0]
    reader.tenant.topics[:] = [
        {**topic, "publicId": str(n), "id": str(n), "replyCount": 0} for n in range(1, 251)
    ]

    def seen(request: httpx.Request) -> None:
        if request.url.path.endswith("/v2/topics") and "page=1" in str(request.url.query):
            del reader.tenant.topics[0]

    reader.seen = seen
    rows = reader.opened().rows("topics")
    assert not rows.is_complete
    assert "no row counts as missing" in rows.notes[0]
    assert {one["publicId"] for one in reader.tenant.topics} <= set(rows.frame["publicId"])


def test_more_topics_than_can_be_queried_are_read_by_day(
    reader: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The community lists the first 10,000 of a query; here it is the first 1,000."""
    monkeypatch.setattr("gsprep.systems.community._MOST_PAGES", 10)
    monkeypatch.setattr("gsprep.sandbox.community._MOST_TOPICS", 1_000)
    topic = reader.tenant.topics[0]
    reader.tenant.topics[:] = [
        {
            **topic, "publicId": str(n), "id": str(n), "replyCount": 0, "lastActivityAt": day,
            "createdAt": day,
        }
        for n in range(1, 1_101)
        for day in [f"2026-10-{1 + n % 28:02d}T10:00:00+00:00"]
    ]  # fmt: skip
    rows = reader.opened().rows("topics")
    assert rows.is_complete
    assert len(rows.frame) == 1_100
    for one in reader.tenant.topics:
        one["createdAt"] = "2026-10-01T10:00:00+00:00"
    with pytest.raises(ReplyError, match="on one day"):
        reader.opened().rows("topics")


def test_the_same_page_for_ever_ends(reader: Reader) -> None:
    reader.tenant.activity[:] = reader.tenant.activity * 30
    for n, one in enumerate(reader.tenant.activity):
        reader.tenant.activity[n] = {**one, "event_uuid": f"e{n % 100}"}
    with pytest.raises(ReplyError, match="same page"):
        reader.opened().rows("views")


def test_days_are_counted_where_no_views_are_listed() -> None:
    fault = {"fault": "html", "status": 404, "route": "community_activity"}
    reader = Reader(faults=[fault])
    community = reader.opened()
    trend = community.rows("trend")
    assert "lists no views" in trend.notes[0]
    assert set(trend.frame["views"]) == {"0"}
    with pytest.raises(RejectedError):
        community.rows("views")
    reader.store.close()


@pytest.mark.parametrize(
    ("name", "body", "count"),
    [
        ("categories", {"result": []}, 0),
        ("categories", {"result": [{"id": 1, "name": "a"}]}, 1),
        ("users", {"users": [], "statistics": {"count": 0}}, 0),
        ("users", {"0": {"userid": 7}, "statistics": {"count": 1}}, 1),
        ("users", {"statistics": {"count": 0}}, 0),
        ("users", [], 0),
        ("views", {}, 0),
        ("views", {"0": {"event_uuid": "e"}}, 1),
        ("categories", {"message": "maintenance"}, None),
        ("categories", {"result": {}}, None),
        ("categories", {"result": ["a"]}, None),
        ("categories", {}, None),
        ("users", {"users": 3}, None),
        ("views", {"message": "maintenance"}, None),
        ("categories", 5, None),
    ],
    ids=str,
)
def test_a_page_without_a_place_for_rows_is_no_empty_page(
    name: str, body: object, count: int | None
) -> None:
    """An empty list means that all rows are gone, so it has to be one."""

    def replied(request: httpx.Request) -> httpx.Response:
        if request.url.path.endswith("/oauth2/token"):
            return httpx.Response(200, json={"access_token": "canary-token"})
        if request.url.path.endswith("/user") and name != "users":
            return httpx.Response(200, json=[])
        is_first = request.url.params["page"] == "1"
        return httpx.Response(200, json=body if is_first else [])

    reader = Reader()
    reader.inner = httpx.MockTransport(replied)
    if count is None:
        with pytest.raises(ReplyError):
            reader.opened().rows(name)
    else:
        assert len(reader.opened().rows(name).frame) == count
    reader.store.close()


def test_a_row_without_an_id_is_not_lost(reader: Reader) -> None:
    for one in reader.tenant.categories[:2]:
        del one["id"]
    frame = reader.opened().rows("categories").frame
    assert len(frame) == 4
    assert frame["id"].isna().sum() == 2


def test_a_token_that_ended_early_is_replaced() -> None:
    ended = {"fault": "status", "status": 401, "route": "community_users", "at": 1}
    reader = Reader(faults=[ended])
    community = reader.opened()
    community.rows("categories")
    assert len(ids(community)) == 30
    assert sum(path.endswith("/oauth2/token") for path in reader.paths) == 2
    reader.store.close()


def test_a_token_is_asked_for_again_before_it_expires() -> None:
    reader = Reader(expires=100.0)
    calls = SystemCalls(
        f"http://127.0.0.1/community/{NAME}",
        AccessKey(f"me:{SECRET}"),
        lambda address, key, inner: TokenTransport(address, key, inner, now=reader.clock.now),
        limits=reader.clock.limits(),
        transport=httpx.MockTransport(reader.replied),
    )
    for _ in range(6):
        Community(calls).rows("categories")
        reader.clock.sleep(30.0)
    assert sum(path.endswith("/oauth2/token") for path in reader.paths) == 3
    reader.store.close()


@pytest.mark.parametrize(
    ("fault", "error"),
    [
        ({"fault": "status", "status": 503, "route": "community_users"}, UnavailableError),
        ({"fault": "reset", "route": "community_token"}, UnavailableError),
        ({"fault": "status", "status": 429, "route": "community_token"}, UploadError),
        ({"fault": "html", "status": 200, "route": "community_token"}, ReplyError),
        ({"fault": "html", "status": 200, "route": "community_users"}, ReplyError),
        ({"fault": "truncated", "framed": True, "route": "community_users"}, ReplyError),
        ({"fault": "status", "status": 403, "route": "community_users"}, AccessKeyError),
        (
            {"fault": "status", "status": 401, "route": "community_users", "at": [2, 3]},
            AccessKeyError,
        ),
        ({"fault": "status", "status": 403, "route": "community_users", "at": 2}, AccessKeyError),
    ],
    ids=str,
)
def test_a_fault_is_an_error_without_secrets(
    fault: dict[str, Any], error: type[Exception], caplog: pytest.LogCaptureFixture
) -> None:
    reader = Reader(members=130, faults=[fault])
    with pytest.raises(error) as failure:
        reader.opened().rows("users")
    trace = TracebackException.from_exception(failure.value, capture_locals=True)
    said = "".join(trace.format()) + repr(failure.value) + caplog.text
    assert SECRET not in said
    assert not any(one["email"] in said for one in reader.tenant.users)
    reader.store.close()


@pytest.mark.parametrize("at", [1, 2, 3])
def test_a_fault_that_passes_costs_nothing(at: int) -> None:
    faults = [{"fault": "status", "status": 502, "at": at}, {"fault": "reset", "at": at + 4}]
    reader = Reader(faults=faults)
    assert len(ids(reader.opened())) == 30
    reader.store.close()


@pytest.mark.parametrize("key", ["no-colon", ":secret", "id:"])
def test_a_secret_without_both_parts_is_refused_before_a_call(reader: Reader, key: str) -> None:
    with pytest.raises(InputError, match="client id, a colon and a client secret"):
        reader.opened(key)


def test_an_unknown_list_names_those_there_are(reader: Reader) -> None:
    with pytest.raises(InputError, match="users"):
        reader.opened().rows("members")


def test_a_token_goes_to_its_origin_alone(reader: Reader) -> None:
    heads: list[httpx.Headers] = []

    def noted(request: httpx.Request) -> httpx.Response:
        heads.append(request.headers)
        return httpx.Response(200, json={"access_token": "canary-token", "expires_in": 60})

    keyed = TokenTransport("https://a.example", AccessKey("me:s3cret"), httpx.MockTransport(noted))
    keyed.handle_request(httpx.Request("GET", "https://b.example/x"))
    assert "Authorization" not in heads[0]
    reply = keyed.handle_request(httpx.Request("GET", "https://a.example/x"))
    assert heads[-1]["Authorization"] == "Bearer canary-token"
    redact = reply.extensions["redact"]
    assert redact(b"canary-token of me") == b"*** of me"

"""The stand-in of Customer Communities: credentials, pages, limits, days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from gsprep.sandbox.app import Systems, make_app
from gsprep.sandbox.community import Communities
from gsprep.sandbox.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator

    from flask.testing import FlaskClient

BASE = "/community/eu"
GIVEN = {"grant_type": "client_credentials", "client_id": "me", "client_secret": "the-key"}


class Clock:
    """A clock that stands until it is set."""

    at = 1_000.0

    def __call__(self) -> float:
        """Return the time."""
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def systems() -> Systems:
    return Systems(communities=Communities(members=120, per_minute=5))


@pytest.fixture
def web(systems: Systems, clock: Clock) -> Iterator[FlaskClient]:
    with Store() as store:
        yield make_app(store, access_key="the-key", systems=systems, clock=clock).test_client()


def bearer(web: FlaskClient, **changes: str) -> dict[str, str]:
    body: Any = web.post(f"{BASE}/oauth2/token", data={**GIVEN, **changes}).get_json()
    return {"Authorization": f"Bearer {body['access_token']}"}


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, 200),
        ({"client_secret": "another"}, 401),
        ({"client_secret": ""}, 401),
        ({"client_id": ""}, 401),
        ({"grant_type": "password"}, 400),
    ],
)
def test_a_token_is_for_the_right_secret(
    web: FlaskClient, changes: dict[str, str], status: int
) -> None:
    assert web.post(f"{BASE}/oauth2/token", data={**GIVEN, **changes}).status_code == status


def test_a_token_opens_its_own_tenant_until_it_expires(web: FlaskClient, clock: Clock) -> None:
    headers = bearer(web)
    assert web.get(f"{BASE}/user").status_code == 401
    assert web.get(f"{BASE}/user", headers=headers).status_code == 200
    assert web.get("/community/us/user", headers=headers).status_code == 401
    clock.at += 7_200
    assert web.get(f"{BASE}/user", headers=headers).status_code == 401


def test_pages_hold_every_member_once(web: FlaskClient, systems: Systems) -> None:
    headers, found = bearer(web), []
    for page in (1, 2, 3):
        query = {"page": page, "pageSize": 100, "_returnIterable": 1}
        body: Any = web.get(f"{BASE}/user", headers=headers, query_string=query).get_json()
        assert body["statistics"] == {"count": 120}
        found.append([one["userid"] for one in body["users"]])
    assert [len(page) for page in found] == [100, 20, 0]
    there = [one["userid"] for one in systems.communities.tenant("eu").users]
    assert [name for page in found for name in page] == there
    assert len(set(there)) == len(there)
    numbered: Any = web.get(f"{BASE}/user", headers=headers).get_json()
    assert set(numbered) == {*map(str, range(25)), "statistics"}


def test_a_call_too_many_is_refused_until_the_minute_is_over(
    web: FlaskClient, clock: Clock
) -> None:
    headers = bearer(web)
    statuses = [web.get(f"{BASE}/v2/categories", headers=headers).status_code for _ in range(6)]
    assert statuses == [200] * 5 + [429]
    refused = web.get(f"{BASE}/v2/categories", headers=headers)
    clock.at += int(refused.headers["Retry-After"])
    assert web.get(f"{BASE}/v2/categories", headers=headers).status_code == 200


def test_topics_are_chosen_by_day_and_end_at_ten_thousand(web: FlaskClient) -> None:
    headers = bearer(web)
    topics: Any = web.get(f"{BASE}/v2/topics?pageSize=100", headers=headers).get_json()["result"]
    days = sorted(one["lastActivityAt"] for one in topics)
    assert [one["lastActivityAt"] for one in topics] == days[::-1]
    query = {"lastActivityAt[from]": days[-1][:10], "pageSize": 100}
    late: Any = web.get(f"{BASE}/v2/topics", headers=headers, query_string=query).get_json()
    assert 0 < len(late["result"]) <= len(topics)
    assert all(one["lastActivityAt"] >= days[-1][:10] for one in late["result"])
    beyond = web.get(f"{BASE}/v2/topics?pageSize=100&page=101", headers=headers)
    assert beyond.status_code == 422
    kind, name = topics[0]["contentType"], topics[0]["id"]
    path = f"{BASE}/v2/{kind}s/{name}/replies"
    assert len(web.get(path, headers=headers).get_json()["result"]) == topics[0]["replyCount"]


def test_a_day_changes_every_tenant_and_no_id_comes_back(
    web: FlaskClient, systems: Systems
) -> None:
    communities = systems.communities
    eu, us = communities.tenant("eu"), communities.tenant("us")
    assert eu.users != us.users
    assert eu.users == Communities(members=120).tenant("eu").users
    gone: set[int] = set()
    for _ in range(20):
        before = {one["userid"] for one in eu.users}
        done = web.post("/sandbox/next-day", headers={"accesskey": "the-key"})
        assert done.status_code == 200
        after = {one["userid"] for one in eu.users}
        assert before - after
        assert after - before
        assert not (after - before) & gone
        gone |= before - after
    assert us.day == eu.day == 20
    assert web.post("/sandbox/next-day").status_code == 401

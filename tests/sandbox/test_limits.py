"""The quota of each class of calls."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from gsprep.sandbox.app import make_app
from gsprep.sandbox.limits import UNLIMITED, Limits
from gsprep.sandbox.tenant import gsid

if TYPE_CHECKING:
    from gsprep.sandbox.store import Store
    from tests.sandbox.conftest import Clock

PEOPLE = "/v1/peoplemgmt/v1.0/people"
BULK = "/v1/peoplemgmt/v1.0/external/bulk/ingestion/async"
ACME = gsid("company", "test", 1)
ONE = {"records": [{"Email": "ana@acme.com"}]}


@pytest.mark.parametrize(
    ("limits", "small_async", "taken"),
    [
        pytest.param(Limits(), 10, [10, 100], id="documented"),
        pytest.param(Limits(async_per_hour=3), 3, [3, 100], id="fewer jobs"),
        pytest.param(Limits(deletes_per_hour=2), 10, [10, 2], id="fewer deletions"),
        pytest.param(Limits(small_async="sync"), 100, [10, 100], id="an upsert of 50 is no job"),
        pytest.param(UNLIMITED, 120, [120, 120], id="unlimited"),
    ],
)
def test_each_class_of_calls_has_its_own_quota(
    store: Store, clock: Clock, limits: Limits, small_async: int, taken: list[int]
) -> None:
    app = make_app(store, limits=limits, clock=clock)
    calls = [
        ("PUT", f"{PEOPLE}/async", ONE),
        ("POST", f"{BULK}/people", ONE),
        ("DELETE", PEOPLE, [ACME]),
    ]

    def passed(key: str, call: tuple[str, str, Any]) -> int:
        transport = httpx.WSGITransport(app=app)
        with httpx.Client(transport=transport, base_url="http://s") as client:
            replies = [
                client.request(call[0], call[1], json=call[2], headers={"accesskey": key})
                for _ in range(120)
            ]
        assert {reply.status_code for reply in replies} <= {200, 429}
        return sum(reply.status_code == 200 for reply in replies)

    assert [passed(str(n), call) for n, call in enumerate(calls)] == [small_async, *taken]


def test_an_hour_begins_with_the_clock_and_the_day_is_counted_too(
    store: Store, clock: Clock
) -> None:
    limits = Limits(async_per_hour=2, async_per_day=3)
    transport = httpx.WSGITransport(app=make_app(store, limits=limits, clock=clock))
    statuses = []
    with httpx.Client(transport=transport, base_url="http://s") as client:
        for clock.now in (3598.0, 3599.0, 3599.5, 3600.0, 3601.0, 86_400.0):
            reply = client.post(f"{BULK}/people", json=ONE, headers={"accesskey": "any"})
            statuses.append(reply.status_code)
    assert statuses == [200, 200, 429, 200, 429, 200]

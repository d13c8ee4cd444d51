"""The stand-in for Staircase: all or nothing, one account for each domain, pages, days."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from gsprep.sandbox.app import Systems, make_app
from gsprep.sandbox.staircase import RECORDS
from gsprep.sandbox.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator


class Service:
    """One tenant over HTTP, at a time that tests set."""

    def __init__(self, store: Store) -> None:
        """Begin at the first moment of 1970."""
        self.now, self.systems = 0.0, Systems()
        app = make_app(store, access_key="k", clock=lambda: self.now, systems=self.systems)
        self.http = httpx.Client(
            transport=httpx.WSGITransport(app=app),
            base_url="http://sandbox/staircase/ai",
            headers={"accesskey": "k"},
        )

    def insert(self, kind: str, *records: dict[str, Any]) -> httpx.Response:
        """Insert records of a list."""
        return self.http.post(f"/{kind}", json={"records": records})

    def listed(self, kind: str, **query: Any) -> dict[str, Any]:
        """Return a page of a list."""
        body: dict[str, Any] = self.http.get(f"/{kind}", params=query).json()
        return body


@pytest.fixture
def service() -> Iterator[Service]:
    with Store() as store:
        yield Service(store)


def account(number: int, **more: Any) -> dict[str, Any]:
    return {"gainsight_id": f"G{number}", "name": f"A{number}", **more}


def codes(reply: httpx.Response) -> list[str]:
    assert reply.status_code == 400
    return [
        error["errorCode"] for ((one),) in reply.json()["data"]["errors"] for error in one["errors"]
    ]


@pytest.mark.parametrize(
    ("record", "code"),
    [
        (account(1), "STAIRCASE_1003"),
        ({"gainsight_id": "G2"}, "STAIRCASE_1002"),
        (account(2, mood="good"), "STAIRCASE_1001"),
        (account(2, domains="b.com;ACME.com"), "STAIRCASE_1004"),
        (account(2, status="Lost"), "STAIRCASE_1005"),
        (account(2, parent="A-none"), "STAIRCASE_1005"),
    ],
)
def test_one_invalid_record_fails_the_whole_call(
    service: Service, record: dict[str, Any], code: str
) -> None:
    assert service.insert("accounts", account(1, domains="acme.com")).is_success
    assert codes(service.insert("accounts", account(9, domains="c.com"), record)) == [code]
    assert [row["gainsight_id"] for row in service.listed("accounts")["data"]] == ["G1"]


def test_pages_follow_the_last_id_and_begin_at_a_time(service: Service) -> None:
    for number in range(3):
        service.now = number * 60.0
        service.insert("accounts", account(number))
    first = service.listed("accounts", limit=2)
    rest = service.listed("accounts", limit=2, after=first["next"])
    assert [row["name"] for row in (*first["data"], *rest["data"])] == ["A0", "A1", "A2"]
    assert rest["next"] is None
    since = service.listed("accounts", since=first["data"][1]["updated_at"])
    assert [row["name"] for row in since["data"]] == ["A1", "A2"]


def test_records_change_and_go(service: Service) -> None:
    ids = [row["id"] for row in service.insert("accounts", account(1), account(2)).json()["data"]]
    change = {"records": [{"id": ids[1], "parent": ids[0], "status": "Churned"}]}
    assert service.http.put("/accounts", json=change).is_success
    found = {"field": "gainsight_id", "values": ["G2", "none"]}
    (row,) = service.http.post("/accounts/find", json=found).json()["data"]
    assert (row["parent"], row["status"]) == (ids[0], "Churned")
    assert service.http.delete(f"/accounts/{ids[0]}").is_success
    assert service.http.delete(f"/accounts/{ids[0]}").json()["errorCode"] == "STAIRCASE_1006"
    (left,) = service.listed("accounts")["data"]
    assert "parent" not in left


def test_metrics_and_summaries_are_made_of_accounts(service: Service) -> None:
    service.insert("accounts", *(account(number) for number in range(RECORDS)))
    service.insert("users", {"gainsight_id": "U1", "email": "sam@acme.com"})
    before = {row["id"]: row for row in service.listed("metrics")["data"]}
    summaries = service.listed("summaries")["data"]
    assert len(before) == RECORDS > len(summaries) > 0
    assert {row["author"] for row in summaries} == {"sam@acme.com"}
    service.now += 86_400
    service.systems.next_day()
    after = {row["id"]: row for row in service.listed("metrics")["data"]}
    assert 0 < sum(after[name] != row for name, row in before.items()) < RECORDS
    assert len(service.listed("summaries")["data"]) > len(summaries)
    assert service.insert("metrics", {"gainsight_id": "G1"}).status_code == 400


def test_only_the_key_of_the_sandbox_opens(service: Service) -> None:
    for key, status in (("k", 200), ("other", 401), ("", 401)):
        reply = service.http.get("/accounts", headers={"accesskey": key})
        assert reply.status_code == status
    service.systems.staircases.tenant("ai").is_revoked = True
    assert service.http.get("/accounts").status_code == 401
    assert service.http.get("/nothing").status_code == 401

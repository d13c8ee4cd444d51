"""Activities of Timeline: required fields, ids by lookups, and repeated ExternalIds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from gsprep.sandbox.app import make_app
from gsprep.sandbox.dialect import Dialect
from gsprep.sandbox.limits import ACTIVITIES_PER_MINUTE
from gsprep.sandbox.store import Store
from gsprep.sandbox.tenant import gsid

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

COMPANY = gsid("company", "timeline", 1)
USER = gsid("gsuser", "timeline", 1)
ACTIVITY: dict[str, Any] = {
    "ExternalId": "s-1",
    "ContextName": "Company",
    "TypeName": "Update",
    "Subject": "Kick-off",
    "Notes": "We met.",
    "ActivityDate": "2026-11-27T06:36:00.000-07:00",
    "Author": "sam@acme.com",
    "companyName": "Acme, Inc.",
}


def by(source: str, kind: str, field: str) -> dict[str, Any]:
    found = {"fields": {source: field}, "lookupField": "Gsid", "objectName": kind}
    return {**found, "multiMatchOption": "FIRSTMATCH", "onNoMatch": "ERROR"}


LOOKUPS = {
    "AuthorId": by("Author", "GsUser", "Email"),
    "GsCompanyId": by("companyName", "Company", "Name"),
}
PATH = "/v1/ant/es/activity"


@pytest.fixture
def opened() -> Iterator[Callable[..., tuple[Store, httpx.Client]]]:
    stores: list[Store] = []

    def open_one(dialect: Dialect | None = None) -> tuple[Store, httpx.Client]:
        store = Store(dialect=dialect)
        stores.append(store)
        store.add_companies([{"Gsid": COMPANY, "Name": "Acme, Inc."}])
        store.add_records("gsuser", [{"Gsid": USER, "Name": "Sam", "Email": "sam@acme.com"}])
        transport = httpx.WSGITransport(app=make_app(store, clock=lambda: 0.0))
        headers = {"accesskey": "k"}
        return store, httpx.Client(transport=transport, base_url="http://sandbox", headers=headers)

    yield open_one
    for store in stores:
        store.close()


def rows(store: Store) -> list[dict[str, Any]]:
    select = ["ExternalId", "Subject", "GsCompanyId", "AuthorId", "ActivityId"]
    return store.query("activity_timeline", {"select": select})


def test_an_activity_gets_an_id_and_the_ids_of_its_lookups(opened: Any) -> None:
    store, http = opened()
    reply = http.post(PATH, json={"records": [ACTIVITY], "lookups": LOOKUPS}).json()
    ((stored,),) = reply["data"]["success"].values()
    (row,) = rows(store)
    assert (row["GsCompanyId"], row["AuthorId"]) == (COMPANY, USER)
    assert row["ActivityId"] == stored["activityId"]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"Author": None}, "GSOBJ_1007"),
        ({"Notes": " "}, "GSOBJ_1007"),
        ({"companyName": None}, "GSOBJ_1007"),
        ({"companyName": "Nobody"}, "GSOBJ_RLS012"),
        ({"ContextName": "Person"}, "GSOBJ_1008"),
        ({"ActivityDate": 1_656_682_560_000}, "GSOBJ_1005"),
        ({"Mood": "good"}, "GSOBJ_VCRUDR1002"),
    ],
)
def test_an_invalid_activity_is_refused(opened: Any, change: Any, code: str) -> None:
    store, http = opened()
    reply = http.post(PATH, json={"records": [{**ACTIVITY, **change}], "lookups": LOOKUPS})
    assert (reply.status_code, reply.json()["errorCode"]) == (400, code)
    assert rows(store) == []


@pytest.mark.parametrize(("dialect", "status"), [("refused", 400), ("kept", 200)])
def test_a_repeated_external_id_makes_no_second_activity(
    opened: Any, dialect: Any, status: int
) -> None:
    store, http = opened(Dialect(repeated_external_id=dialect))
    for subject, expected in (("First", 200), ("Second", status)):
        body = {"records": [{**ACTIVITY, "Subject": subject}], "lookups": LOOKUPS}
        assert http.post(PATH, json=body).status_code == expected
    assert [row["Subject"] for row in rows(store)] == ["First"]


@pytest.mark.parametrize("identifier", ["externalid", "activityid", "gsid"])
def test_an_update_changes_the_activity_of_an_identifier(opened: Any, identifier: str) -> None:
    store, http = opened()
    http.post(PATH, json={"records": [ACTIVITY], "lookups": LOOKUPS})
    (row,) = store.query("activity_timeline", {"select": ["Gsid", "ExternalId", "ActivityId"]})
    names = {"externalid": "ExternalId", "activityid": "ActivityId", "gsid": "Gsid"}
    change = {names[identifier]: row[names[identifier]], "Subject": "Changed"}
    query = {"identifier": identifier}
    assert http.put(PATH, params=query, json={"records": [change]}).status_code == 200
    assert [row["Subject"] for row in rows(store)] == ["Changed"]
    unknown = {"records": [{names[identifier]: "none", "Subject": "x"}]}
    assert http.put(PATH, params=query, json=unknown).json()["errorCode"] == "GSOBJ_1011"


def test_writing_activities_has_a_limit_of_its_own(opened: Any) -> None:
    _, http = opened()
    calls = [http.post(PATH, json={}).status_code for _ in range(ACTIVITIES_PER_MINUTE + 1)]
    assert calls.count(429) == 1
    assert http.post("/v1/data/objects/query/Company", json={"select": ["Name"]}).is_success


def test_objects_do_not_write_activities(opened: Any) -> None:
    _, http = opened()
    reply = http.post("/v1/data/objects/activity_timeline", json={"records": [{"Subject": "x"}]})
    assert reply.status_code == 400

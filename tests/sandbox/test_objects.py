"""Inserts, updates and deletions of records of objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
import pytest

from gsprep.sandbox.app import make_app
from gsprep.sandbox.limits import RECORDS_PER_CALL
from gsprep.sandbox.store import Store
from gsprep.sandbox.tenant import Field, Tenant

if TYPE_CHECKING:
    from collections.abc import Iterator

PLAN = "plan__gc"
FIELDS = (
    Field("Name", required=True),
    Field("Code__gc"),
    Field("Size__gc", "NUMBER"),
    Field("Start__gc", "DATE"),
    Field("Seen__gc", "DATETIME"),
    Field("Tags__gc", "MULTISELECTDROPDOWNLIST", options=("a", "b", "ab")),
    Field("Open__gc", "BOOLEAN"),
    Field("Owner__gc", "GSID"),
    Field("Made__gc", writable=False),
)
DAY = 86_400.0


class _Service:
    """The sandbox with one custom object, at a time that tests set."""

    def __init__(self, store: Store) -> None:
        self.now = 1_000_000.0
        app = make_app(store, clock=lambda: self.now)
        self.http = httpx.Client(
            transport=httpx.WSGITransport(app=app),
            base_url="http://sandbox",
            headers={"accesskey": "k"},
        )

    def insert(self, *records: Any, kind: str = PLAN, **more: Any) -> httpx.Response:
        return self.http.post(f"/v1/data/objects/{kind}", json={"records": records, **more})

    def update(self, *records: Any, keys: str = "Gsid", kind: str = PLAN) -> httpx.Response:
        body = {"records": records}
        return self.http.put(f"/v1/data/objects/{kind}", params={"keys": keys}, json=body)

    def delete(self, gsid: str, kind: str = PLAN) -> httpx.Response:
        return self.http.delete(f"/v1/data/objects/{kind}/{gsid}")

    def rows(self, *select: str, kind: str = PLAN, **where: Any) -> list[dict[str, Any]]:
        body: dict[str, Any] = {"select": ["Gsid", *select], "orderBy": {"CreatedDate": "asc"}}
        if kind != "record_delete_log":
            body["orderBy"] = {"Name": "asc"}
        if where:
            body["where"] = {"conditions": [{**where, "alias": "A"}], "expression": "A"}
        reply = self.http.post(f"/v1/data/objects/query/{kind}", json=body)
        return reply.json()["data"]["records"]


@pytest.fixture
def service() -> Iterator[_Service]:
    tenant = Tenant(
        fields={PLAN: FIELDS, "visit__gc": (Field("Name"),)}, high_volume=frozenset({"Visit__gc"})
    )
    with Store(tenant=tenant) as store:
        yield _Service(store)


def refused(reply: httpx.Response) -> str:
    body = reply.json()
    assert (reply.status_code, body["result"]) == (400, False)
    return str(body["errorCode"])


def test_an_insert_gives_each_record_a_gsid(service: _Service) -> None:
    reply = service.insert({"Name": "A", "Size__gc": 2, "Open__gc": True}, {"Name": "B"})
    data = reply.json()["data"]
    assert (data["count"], data["errors"]) == (2, None)
    gsids = [record["Gsid"] for record in data["records"]]
    assert len(set(gsids)) == 2
    rows = service.rows("Name", "Size__gc", "Open__gc")
    assert [row["Name"] for row in rows] == ["A", "B"]
    assert {row["Gsid"] for row in rows} == set(gsids)
    assert (rows[0]["Size__gc"], rows[0]["Open__gc"], rows[1]["Size__gc"]) == ("2", "true", None)


@pytest.mark.parametrize(
    ("record", "code", "field"),
    [
        ({"Name": "B", "Size__gc": "many"}, "GSOBJ_1002", "Size__gc"),
        ({"Name": "x" * 256}, "GSOBJ_1001", "Name"),
        ({"Name": "B", "Start__gc": "soon"}, "GSOBJ_1006", "Start__gc"),
        ({"Name": "B", "Seen__gc": "soon"}, "GSOBJ_1005", "Seen__gc"),
        ({"Name": "B", "Tags__gc": "a;c"}, "GSOBJ_1002", "Tags__gc"),
        ({"Name": None}, "GSOBJ_1007", "Name"),
        ({"Name": "B", "Nmae": "x"}, "GSOBJ_VCRUDR1002", "Nmae"),
    ],
)
def test_one_invalid_field_fails_the_whole_call(
    service: _Service, record: dict[str, Any], code: str, field: str
) -> None:
    reply = service.insert({"Name": "A"}, record)
    assert refused(reply) == code
    data = reply.json()["data"]
    assert (data["count"], data["records"]) == (0, None)
    (((told,),),) = [[one] for one in data["errors"]]
    assert [error["fieldName"] for error in told["errors"]] == [field]
    assert service.rows() == []


@pytest.mark.parametrize(
    ("body", "code"),
    [
        pytest.param({"records": []}, "GSOBJ_VCRUDR1001", id="no record"),
        pytest.param([{"Name": "A"}], "GSOBJ_VCRUDR1001", id="no object"),
        pytest.param({"records": ["A"]}, "GSOBJ_1008", id="no record is a text"),
        pytest.param(
            {"records": [{"Name": "A"}] * (RECORDS_PER_CALL + 1)}, "GSOBJ_1008", id="too many"
        ),
    ],
)
def test_a_body_that_is_no_list_of_records(service: _Service, body: Any, code: str) -> None:
    assert refused(service.http.post(f"/v1/data/objects/{PLAN}", json=body)) == code


def test_an_update_changes_what_is_sent_and_clears_what_is_null(service: _Service) -> None:
    service.insert({"Name": "A", "Code__gc": "1", "Size__gc": 1}, {"Name": "B", "Code__gc": "2"})
    changes = [{"Code__gc": "1", "Size__gc": None, "Name": "A2"}, {"Code__gc": "2", "Size__gc": 7}]
    assert service.update(*changes, keys="code__gc").json()["data"]["count"] == 2
    rows = service.rows("Name", "Size__gc")
    assert [(row["Name"], row["Size__gc"]) for row in rows] == [("A2", None), ("B", "7")]


@pytest.mark.parametrize(
    ("record", "keys", "code"),
    [
        ({"Code__gc": "9", "Name": "X"}, "Code__gc", "GSOBJ_1011"),
        ({"Name": "A", "Size__gc": 1}, "Name", "GSOBJ_1008"),
        ({"Code__gc": "", "Name": "X"}, "Code__gc", "GSOBJ_1007"),
        ({"Code__gc": "1"}, "", "GSOBJ_1008"),
        ({"Code__gc": "1"}, "Name,Code__gc,Size__gc,Gsid", "GSOBJ_1008"),
        ({"Code__gc": "1"}, "Start__gc", "GSOBJ_1008"),
        ({"Code__gc": "1"}, "Nope", "GSOBJ_1008"),
    ],
    ids=["none", "two", "blank key", "no key", "four keys", "a date", "unknown"],
)
def test_an_update_that_finds_no_single_record(
    service: _Service, record: dict[str, Any], keys: str, code: str
) -> None:
    codes = {"1": "A", "2": "A", "3": "B"}
    service.insert(*({"Name": name, "Code__gc": one} for one, name in codes.items()))
    before = service.rows("Name", "Code__gc", "Size__gc")
    good = {"Code__gc": "3", "Name": "B", "Size__gc": 5}
    assert refused(service.update(good, record, keys=keys)) == code
    assert service.rows("Name", "Code__gc", "Size__gc") == before


def test_a_read_only_field_is_ignored(service: _Service) -> None:
    service.insert({"Name": "A", "Made__gc": "x"})
    assert service.rows("Made__gc")[0]["Made__gc"] is None


def test_a_deleted_record_is_in_the_log_for_15_days(service: _Service) -> None:
    (gsid,) = (record["Gsid"] for record in service.insert({"Name": "A"}).json()["data"]["records"])
    assert service.delete(gsid).json()["result"] is True
    assert service.rows() == []
    assert refused(service.delete(gsid)) == "GSOBJ_1011"
    assert refused(service.delete("nope")) == "GSOBJ_1004"
    log = service.rows("ObjectName", "RecordId", kind="record_delete_log")
    assert [(row["ObjectName"], row["RecordId"]) for row in log] == [(PLAN, gsid)]
    service.now += 16 * DAY
    assert service.rows(kind="record_delete_log") == []


@pytest.mark.parametrize("kind", ["person", "company_person", "record_delete_log", "visit__gc"])
def test_objects_that_these_calls_do_not_write(service: _Service, kind: str) -> None:
    assert refused(service.insert({"Name": "A"}, kind=kind)) == "GSOBJ_1008"
    assert refused(service.update({"Gsid": "1", "Name": "A"}, kind=kind)) == "GSOBJ_1008"
    assert refused(service.delete("1P02" + "A" * 32, kind=kind)) == "GSOBJ_1008"


def test_an_unknown_object_has_no_route(service: _Service) -> None:
    assert service.insert({"Name": "A"}, kind="nope__gc").status_code == 404


def test_a_lookup_finds_the_id(service: _Service) -> None:
    (owner,) = service.insert({"Name": "Ann"}, kind="company").json()["data"]["records"]
    how = {
        "fields": {"OwnerName": "Name"},
        "lookupField": "Gsid",
        "objectName": "company",
        "multiMatchOption": "FIRSTMATCH",
        "onNoMatch": "ERROR",
    }
    lookups = {"Owner__gc": how}
    service.insert({"Name": "A", "OwnerName": "Ann"}, lookups=lookups)
    assert service.rows("Owner__gc")[0]["Owner__gc"] == owner["Gsid"]
    missing = service.insert({"Name": "B", "OwnerName": "Bob"}, lookups=lookups)
    assert refused(missing) == "GSOBJ_1002"
    assert refused(service.insert({"Name": "B"}, lookups=[1])) == "GU_2403"


@pytest.mark.parametrize(
    ("operator", "values", "names"),
    [
        ("INCLUDES", ["a"], ["one", "both"]),
        ("INCLUDES", ["b", "ab"], ["both", "other"]),
        ("INCLUDES", ["c"], []),
        ("EXCLUDES", ["a"], ["other", "none"]),
    ],
)
def test_entries_of_a_list(
    service: _Service, operator: str, values: list[str], names: list[str]
) -> None:
    tags = {"one": "a", "both": "a;b", "other": "ab", "none": None}
    service.insert(*({"Name": name, "Tags__gc": tag} for name, tag in tags.items()))
    rows = service.rows("Name", name="Tags__gc", operator=operator, value=values)
    assert sorted(row["Name"] for row in rows) == sorted(names)


def test_the_list_names_every_object(service: _Service) -> None:
    reply = service.http.get("/v1/meta/services/objects/list", params={"po": "company"})
    names = {one["objectName"] for one in reply.json()["data"]}
    assert {"company", "person", PLAN, "gsuser"} <= names

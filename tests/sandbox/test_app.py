"""The service over HTTP: envelopes, keys, limits, refusals, a real socket."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from gsprep.sandbox.app import make_app, serve
from gsprep.sandbox.dialect import Dialect
from gsprep.sandbox.limits import Limits
from gsprep.sandbox.store import Store
from gsprep.sandbox.tenant import gsid

if TYPE_CHECKING:
    from collections.abc import Callable

BULK = "/v1/peoplemgmt/v1.0/external/bulk/ingestion/people"
PEOPLE = "/v1/peoplemgmt/v1.0/people"
COMPANY = "/v1/data/objects/query/Company"
ACME = gsid("company", "test", 0)
EUROPE = gsid("relationship", "test", 0)
ANA = {
    "Email": "ana@acme.com",
    "Name": "Ana",
    "companies": [
        {
            "Company_ID": ACME,
            "Role": "Admin",
            "relationships": [{"Relationship_ID": EUROPE, "IsPrimaryCompany": "False"}],
        }
    ],
}


def people(count: int) -> dict[str, Any]:
    return {"records": [{"Email": f"{number}@acme.com"} for number in range(count)]}


@pytest.mark.parametrize(
    ("method", "path", "content", "refused"),
    [
        pytest.param("PUT", BULK, "{", "400 GSOBJ_1008", id="broken JSON"),
        pytest.param("PUT", BULK, "", "400 GSOBJ_1008", id="no body"),
        pytest.param("PUT", BULK, b"\xff", "400 GSOBJ_1008", id="not UTF-8"),
        pytest.param("PUT", BULK, "[" * 100_000, "400 GSOBJ_1008", id="deep"),
        pytest.param("PUT", BULK, '{"records": [{"a": NaN}]}', "400 GSOBJ_1008", id="NaN"),
        pytest.param("PUT", BULK, '{"records": [1e999]}', "400 GSOBJ_1008", id="beyond a float"),
        pytest.param("PUT", BULK, "[]", "400 GSOBJ_1008", id="a list"),
        pytest.param("PUT", BULK, '{"records": "all"}', "400 GSOBJ_1008", id="records as text"),
        pytest.param("PUT", BULK, json.dumps(people(51)), "400 GSOBJ_1008", id="51 records"),
        pytest.param("PUT", BULK, "{}", "400 GSOBJ_VCRUDR1001", id="no records"),
        pytest.param("PUT", BULK, '{"records": []}', "400 GSOBJ_VCRUDR1001", id="empty records"),
        pytest.param("PUT", BULK, '{"records": null}', "400 GSOBJ_VCRUDR1001", id="null records"),
        pytest.param("PUT", BULK, '{"records": [{}], "lookups": 1}', "400 GU_2403", id="lookups"),
        pytest.param("GET", PEOPLE, "", "400 GSOBJ_VQP1001", id="no e-mail"),
        pytest.param("GET", f"{PEOPLE}?Email=", "", "400 GSOBJ_VQP1001", id="empty e-mail"),
        pytest.param("GET", f"{PEOPLE}?Email=x@y.z", "", "400 GSOBJ_PEOPLE1001", id="nobody"),
        pytest.param("GET", f"{PEOPLE}/{ACME}", "", "400 GSOBJ_PEOPLE1001", id="unknown gsid"),
        pytest.param("GET", f"{PEOPLE}/1P04", "", "400 GSOBJ_VDTGSID1001", id="no gsid"),
        pytest.param("POST", COMPANY, "{}", "400 GSOBJ_1008", id="query without select"),
        pytest.param("POST", "/v1/data/objects/query/X", "{}", "404 GS_APIG_1000", id="object"),
        pytest.param("POST", BULK, "{}", "404 GS_APIG_1000", id="wrong method"),
        pytest.param("OPTIONS", BULK, "", "404 GS_APIG_1000", id="options"),
        pytest.param("GET", "/", "", "404 GS_APIG_1000", id="no route"),
    ],
)
def test_a_call_is_refused(
    client: httpx.Client, method: str, path: str, content: str | bytes, refused: str
) -> None:
    reply = client.request(method, path, content=content)
    body = reply.json()
    assert f"{reply.status_code} {body['errorCode']}" == refused
    assert body["result"] is False
    assert reply.headers["x-request-id"] == body["requestId"]


@pytest.mark.parametrize("headers", [{}, {"Accesskey": "other"}, {"Accesskey": " "}])
def test_only_the_key_lets_in(client: httpx.Client, headers: Any) -> None:
    del client.headers["Accesskey"]
    reply = client.put(BULK, json=people(1), headers=headers)
    assert (reply.status_code, reply.json()["errorCode"]) == (401, "GS_APIG_2401")


def test_fifty_records_are_taken(client: httpx.Client) -> None:
    body = client.put(BULK, json=people(50), headers={"ACCESSKEY": "key"}).json()
    assert body["result"] is True
    assert body["data"]["successCount"] == 50


@pytest.mark.parametrize(
    ("counts", "companies", "status"),
    [
        pytest.param("people", 9, 200, id="people count"),
        pytest.param("objects", 8, 200, id="fifty with associations"),
        pytest.param("objects", 9, 400, id="more with associations"),
    ],
)
def test_what_counts_to_the_fifty(counts: Any, companies: int, status: int) -> None:
    """Two persons, their companies, and in each two relationships."""
    below = {"Company_ID": ACME, "relationships": [{"Relationship_ID": EUROPE}] * 2}
    records = [{"Email": f"{n}@acme.com", "companies": [below] * companies} for n in (1, 2)]
    with Store(dialect=Dialect(counts=counts)) as store:
        transport = httpx.WSGITransport(app=make_app(store))
        with httpx.Client(transport=transport, base_url="http://s") as client:
            reply = client.put(BULK, json={"records": records}, headers={"accesskey": "any"})
    assert reply.status_code == status


def test_a_call_that_stores_nothing_is_still_a_good_call(client: httpx.Client) -> None:
    reply = client.put(BULK, json={"records": [{"Email": "no"}]})
    assert reply.status_code == 200
    assert (reply.json()["result"], reply.json()["data"]["failureCount"]) == (True, 1)


def test_a_person_is_read_by_email_and_by_gsid(client: httpx.Client, store: Store) -> None:
    store.add_companies([{"Gsid": ACME, "Name": "Acme"}])
    answer = client.put(BULK, json={"records": [ANA]}).json()["data"]["records"][0]
    gsid_of_ana = answer["record"]["Gsid"]
    data = client.get(PEOPLE, params={"Email": "Ana@Acme.com"}).json()["data"]
    assert data == client.get(f"{PEOPLE}/{gsid_of_ana}").json()["data"]
    assert (data["gsid"], data["firstname"], data["createddate"]) == (
        gsid_of_ana,
        None,
        "1970-01-01T00:00:00",
    )
    (company,) = data["companies"]
    assert company["company_id"] == {"Id": ACME, "name": "Acme"}
    assert company["person_id"] == {"Id": gsid_of_ana, "name": "Ana"}
    assert (company["active"], company["isprimarycompany"]) == (True, None)
    assert company["role"].startswith("1I00")
    (relationship,) = company["relationships"]
    assert relationship["relationship_id"] == {"Id": EUROPE, "name": None}
    assert relationship["company_person_id"] == {"Id": company["gsid"]}
    assert relationship["isprimarycompany"] is False


def limited(store: Store, limits: Limits, clock: Callable[[], float]) -> Callable[[str], int]:
    """Return a function that makes one call with a key and gives its HTTP status."""
    app = make_app(store, limits=limits, clock=clock)

    def call(key: str = "key") -> int:
        transport = httpx.WSGITransport(app=app)
        with httpx.Client(transport=transport, base_url="http://s") as client:
            return client.put(BULK, json=people(1), headers={"accesskey": key}).status_code

    return call


def test_windows_begin_with_the_clocks_minute(store: Store) -> None:
    """Two calls at the end of one minute do not count in the next."""
    now = [0.0]
    call = limited(store, Limits(per_minute=2, per_day=None), lambda: now[0])
    statuses = []
    for now[0] in (59.0, 59.9, 59.95, 60.0, 119.0, 119.9):
        statuses.append(call())
    assert statuses == [200, 200, 429, 200, 200, 429]


def test_the_day_is_counted_too_and_each_key_for_itself(store: Store) -> None:
    now = [0.0]
    call = limited(store, Limits(per_minute=None, per_day=2), lambda: now[0])
    assert [call("a"), call("a"), call("a"), call("b")] == [200, 200, 429, 200]
    now[0] = 86_400.0
    assert call("a") == 200


def test_the_documented_limit_is_a_hundred_a_minute(client: httpx.Client) -> None:
    statuses = [client.get(PEOPLE).status_code for _ in range(101)]
    assert statuses == [400] * 100 + [429]
    assert client.get(PEOPLE).json()["errorCode"] == "GU_2400"


def test_a_fault_has_the_services_shape(client: httpx.Client, store: Store) -> None:
    store.close()
    reply = client.put(BULK, json=people(1))
    assert (reply.status_code, reply.json()["errorCode"]) == (500, "GU_1101")


def test_over_a_real_socket(store: Store) -> None:
    """A connection that is kept open does not hold up the end."""
    server = serve(make_app(store, access_key="key"))
    with httpx.Client(base_url=server.url, headers={"accesskey": "key"}, timeout=300) as client:
        stored = client.put(BULK, json=people(2)).json()["data"]["successCount"]
        server.close()
        server.close()
        with pytest.raises(httpx.TransportError):
            client.put(BULK, json=people(3))
    assert stored == len(store.persons) == 2


def test_a_port_that_is_taken_is_an_error(store: Store) -> None:
    app = make_app(store)
    with serve(app) as server, pytest.raises(OSError, match="in use"):
        serve(app, port=int(server.url.rpartition(":")[2]))


def test_a_body_that_is_too_large_is_not_read(client: httpx.Client) -> None:
    reply = client.put(BULK, content=b"{}", headers={"Content-Length": str(81 * 1024 * 1024)})
    assert (reply.status_code, reply.json()["errorCode"]) == (400, "GSOBJ_1008")

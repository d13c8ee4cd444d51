"""Who may call a sandbox on a port: this machine, by its own name, with the key."""

from __future__ import annotations

import http.client
import json
from typing import TYPE_CHECKING

import pytest

from gsprep.sandbox.app import Server, make_app, serve
from gsprep.sandbox.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator

BASE = "/v1/peoplemgmt/v1.0"
READS = [
    ("GET", f"{BASE}/people?Email=ana@acme.com", None),
    ("POST", "/v1/data/objects/query/Person", {"select": ["Email"]}),
    ("PUT", f"{BASE}/external/bulk/ingestion/people", {"records": [{"Email": "eve@evil.com"}]}),
    ("OPTIONS", f"{BASE}/people", None),
    ("GET", "/", None),
]


@pytest.fixture
def served() -> Iterator[tuple[Server, Store]]:
    """Serve a store that holds one person."""
    with Store() as store:
        store.upsert_person({"Email": "ana@acme.com", "Name": "Ana Ruiz"})
        with serve(make_app(store, access_key="key")) as server:
            yield server, store


def call(
    server: Server, headers: dict[str, str], one: tuple[str, str, object] = READS[0]
) -> tuple[int, str]:
    """Make one call with just these headers; return its HTTP status and body."""
    method, path, body = one
    connection = http.client.HTTPConnection(server.url.removeprefix("http://"))
    try:
        connection.putrequest(method, path, skip_host=True, skip_accept_encoding=True)
        content = b"" if body is None else json.dumps(body).encode()
        for name, value in {**headers, "Content-Length": str(len(content))}.items():
            connection.putheader(name, value)
        connection.endheaders(content)
        reply = connection.getresponse()
        return reply.status, reply.read().decode()
    finally:
        connection.close()


FOREIGN = [
    "evil.com", "evil.com:{port}", "localhost.evil.com", "127.0.0.1.evil.com:{port}", "10.0.0.1",
    "0.0.0.0:{port}", "[::2]:{port}", "127.0.0.1@evil.com", "evil.com, 127.0.0.1", "", " ",
    "127.0.0.1:{port}:1", "localhost:port", "[127.0.0.1", "2130706433",
]  # fmt: skip
OWN = [
    "127.0.0.1:{port}", "localhost:{port}", "LOCALHOST", "127.0.0.1", "[::1]:{port}", "127.9.9.9",
]  # fmt: skip


def at(server: Server, host: str) -> str:
    return host.format(port=server.url.rpartition(":")[2])


@pytest.mark.parametrize("one", READS, ids=lambda one: f"{one[0]} {one[1]}")
@pytest.mark.parametrize("host", FOREIGN)
def test_a_name_that_points_here_from_outside_reads_and_writes_nothing(
    served: tuple[Server, Store], host: str, one: tuple[str, str, object]
) -> None:
    """DNS rebinding: the page knows the key, but its calls carry its own name as Host."""
    server, store = served
    status, body = call(server, {"Host": at(server, host), "accesskey": "key"}, one)
    assert status in {400, 421}
    assert "ana@acme.com" not in body
    assert set(store.persons) == {"ana@acme.com"}


def test_a_call_without_a_host_is_turned_away(served: tuple[Server, Store]) -> None:
    status, body = call(served[0], {"accesskey": "key"})
    assert (status, "ana@acme.com" in body) == (421, False)


@pytest.mark.parametrize("host", OWN)
def test_this_machine_is_served(served: tuple[Server, Store], host: str) -> None:
    server, _ = served
    status, body = call(server, {"Host": at(server, host), "accesskey": "key"})
    assert status == 200
    assert json.loads(body)["data"]["email"] == "ana@acme.com"


@pytest.mark.parametrize(
    ("origin", "status"),
    [
        ("http://evil.com", 403),
        ("null", 403),
        ("", 403),
        ("https://127.0.0.1:{port}", 403),
        ("http://127.0.0.1", 403),
        ("http://localhost:{port}", 403),
        ("http://127.0.0.1:{port}.evil.com", 403),
        ("http://127.0.0.1:{port}", 200),
    ],
)
def test_only_its_own_origin_may_call(
    served: tuple[Server, Store], origin: str, status: int
) -> None:
    server, _ = served
    headers = {"Host": at(server, "127.0.0.1:{port}"), "accesskey": "key"}
    found, body = call(server, {**headers, "Origin": at(server, origin)})
    assert (found, "ana@acme.com" in body) == (status, status == 200)


@pytest.mark.parametrize("key", ["other", "", "KEY", "key key", "kéy"])
def test_a_wrong_key_reads_nothing(served: tuple[Server, Store], key: str) -> None:
    server, _ = served
    status, body = call(server, {"Host": "localhost", "accesskey": key})
    assert (status, "ana@acme.com" in body) == (401, False)


def test_a_reply_to_a_foreign_page_says_what_to_do(served: tuple[Server, Store]) -> None:
    """In the shape of the service, without a header that lets a page read it."""
    server, _ = served
    status, body = call(server, {"Host": "evil.com", "accesskey": "key"})
    document = json.loads(body)
    assert (status, document["result"], document["data"]) == (421, False, None)
    assert "127.0.0.1 or localhost" in document["errorDesc"]

"""Calls over real sockets: what comes slowly, is packed, or is no tenant at all."""

from __future__ import annotations

import gzip
import json
import shutil
import socket
import subprocess
import threading
import traceback
import tracemalloc
import zlib
from functools import cache
from itertools import chain, count, repeat
from typing import TYPE_CHECKING, Any

import pytest
from each_row import each_row

from gsprep.calls.limits import Limits
from gsprep.calls.network import Deadline
from gsprep.calls.transport import ClockProbe, network
from gsprep.cli.doctor import call_points
from gsprep.errors import AccessKeyError, ReplyError, UnavailableError, UploadError
from gsprep.settings import AccessKey
from gsprep.uploader.client import Client

from .wire import listening, reply

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

KEY = "canary-key-4711"
PERSON = [{"Email": "ana@acme.com"}]
OK = json.dumps({
    "result": True,
    "data": {
        "records": [
            {"rowNumber": 1, "operationStatus": "SUCCESS",
             "record": {"Email": "ana@acme.com", "Gsid": "1P04A"}},
        ]
    },
}).encode()  # fmt: skip


_CLIENTS: list[Client] = []


@pytest.fixture(autouse=True)
def _closed() -> Iterator[None]:
    """Close the clients of a test at its end."""
    yield
    while _CLIENTS:
        _CLIENTS.pop().close()


def client(port: int, scheme: str = "http", **options: Any) -> Client:
    slept: list[float] = []
    given = {"attempts": 1, "windows": (), "sleep": slept.append, **options}
    _CLIENTS.append(Client(f"{scheme}://127.0.0.1:{port}", KEY, limits=Limits(**given)))
    return _CLIENTS[-1]


def steps(seconds: float) -> Callable[[], float]:
    """Return a clock that goes on by so much each time it is looked at."""
    ticks = count()
    return lambda: next(ticks) * seconds


def drip(connection: socket.socket, after: int) -> None:
    """Send a reply without end, byte by byte from some place on."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 1099511627776\r\n\r\n"
    connection.sendall(head[:after])
    for byte in chain(head[after:], repeat(ord(" "))):
        connection.sendall(bytes([byte]))


@each_row("after", [4, 60], ids=["in the head", "in the body"])
def test_a_reply_that_drips_ends_at_the_deadline(after: int) -> None:
    with (
        listening(lambda connection, _: drip(connection, after)) as port,
        pytest.raises(UnavailableError, match="within the time limit of a call") as caught,
    ):
        client(port, clock=steps(20.0)).people.bulk(PERSON)
    assert caught.value.may_be_stored


def test_a_request_that_is_not_taken_ends_at_the_deadline() -> None:
    taken = threading.Event()

    def take_nothing(_: socket.socket, __: bytes) -> None:
        taken.wait()

    people = [{"Email": f"ana{n}@acme.com", "Comments": "x" * 30_000} for n in range(2_000)]
    with listening(take_nothing) as port:
        # Its size gives it 1,800 seconds on top, of which each look takes ten.
        slow = client(port, clock=steps(10.0), timeout=0.05)
        with pytest.raises(UnavailableError, match="no reply"):
            slow.people.bulk_async(people)
        taken.set()


def test_what_moves_gets_time_for_its_size() -> None:
    clock = steps(1.0)
    deadline = Deadline(10.0, clock)
    assert deadline.left() == 9.0
    deadline.moved(1024 * 1024)
    assert 30.0 < deadline.left() < 50.0


def test_a_stopped_run_waits_for_no_reply() -> None:
    held = threading.Event()
    with listening(lambda connection, _: drip(connection, 4)) as port:
        one = client(port, attempts=5, clock=steps(0.001))

        def stop_then_jump() -> Iterator[float]:
            yield 0.0
            yield 1.0
            one.pace.stop()
            held.set()
            yield from (1.0 + 0.01 * n for n in count())

        ticks = stop_then_jump()
        object.__setattr__(one.pace.limits, "clock", lambda: next(ticks))
        with pytest.raises(UploadError, match="interrupted") as caught:
            one.people.bulk(PERSON)
    assert held.is_set()
    assert caught.value.may_be_stored


@each_row(
    ("body", "encoding"),
    [
        pytest.param(gzip.compress(OK), "gzip", id="gzip"),
        pytest.param(gzip.compress(OK[:40]) + gzip.compress(OK[40:]), "gzip", id="two members"),
        pytest.param(gzip.compress(OK) + bytes(64), "x-gzip", id="padded"),
        pytest.param(zlib.compress(OK), "deflate", id="zlib"),
        pytest.param(OK, "identity", id="not packed"),
    ],
)
def test_packed_replies_are_read(body: bytes, encoding: str) -> None:
    asked: list[bytes] = []

    def answer(connection: socket.socket, head: bytes) -> None:
        asked.append(head)
        connection.sendall(reply(body, f"Content-Encoding: {encoding}"))

    with listening(answer) as port:
        assert client(port).people.bulk(PERSON).records[0].gsid == "1P04A"
    assert b"Accept-Encoding: gzip\r\n" in asked[0]


@cache
def _nested(times: int) -> bytes:
    packed = bytes(50_000_000)
    for _ in range(times):
        packed = gzip.compress(packed, compresslevel=1)
    return packed


@each_row(
    ("body", "encodings", "error"),
    [
        pytest.param(lambda: _nested(2), ["gzip, gzip"], "not JSON", id="two"),
        pytest.param(lambda: _nested(2), ["gzip", "gzip"], "not JSON", id="two headers"),
        pytest.param(lambda: _nested(1), ["br"], "not JSON", id="not asked for"),
        pytest.param(lambda: b"\x1f...", ["gzip"], "cannot be unpacked", id="damaged"),
        pytest.param(lambda: _nested(1) * 2, ["gzip"], "too large", id="a bomb"),
        pytest.param(lambda: gzip.compress(b"") * 2_000, ["gzip"], "unpacked", id="members"),
    ],
)
def test_what_unpacks_without_limit_is_refused(
    body: Callable[[], bytes], encodings: list[str], error: str
) -> None:
    answer = reply(body(), *(f"Content-Encoding: {name}" for name in encodings))
    with listening(lambda connection, _: connection.sendall(answer)) as port:
        tracemalloc.start()
        try:
            with pytest.raises((UnavailableError, ReplyError), match=error):
                client(port).people.bulk(PERSON)
            peak = tracemalloc.get_traced_memory()[1]
        finally:
            tracemalloc.stop()
    # The limit of a reply is 64 MiB; a growing array may hold somewhat more.
    assert peak < 100_000_000


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], Path]:
    """Return what makes a certificate that signs itself, for an address or a name."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("there is no openssl to make a certificate with")
    folder = tmp_path_factory.mktemp("certificates")

    def make(name: str) -> Path:
        pem = folder / "server.pem"
        subprocess.run(  # noqa: S603  openssl with our own arguments
            [openssl, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-keyout", str(pem), "-out", str(folder / "certificate"), "-subj", "/CN=x",
             "-addext", f"subjectAltName={name}"],
            check=True, capture_output=True,
        )  # fmt: skip
        pem.write_bytes(pem.read_bytes() + (folder / "certificate").read_bytes())
        return pem

    return make


def serve_ok(connection: socket.socket, _: bytes) -> None:
    connection.sendall(reply(OK))


def fails(port: int, scheme: str, **options: Any) -> UnavailableError:
    """Return the error of a call, which doctor tells in the same words."""
    with pytest.raises(UnavailableError) as caught:
        client(port, scheme, **options).people.bulk(PERSON)
    assert not caught.value.may_be_stored
    url = f"{scheme}://127.0.0.1:{port}"
    told = call_points(url, AccessKey(KEY), ClockProbe(network(url)))
    assert told[0].cure == str(caught.value)
    return caught.value


def test_a_certificate_of_an_unknown_issuer(
    certificate: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    pem = certificate("IP:127.0.0.1")
    slept: list[float] = []
    with listening(serve_ok, pem) as port:
        error = fails(port, "https", attempts=5, sleep=slept.append)
        assert str(error) == (
            f"a call failed: the certificate of 127.0.0.1:{port} was refused (its issuer is not "
            "trusted). If a proxy of your company reads the traffic, set SSL_CERT_FILE to a file "
            "with its certificate; otherwise do not send the key there"
        )
        assert slept == []
        monkeypatch.setenv("SSL_CERT_FILE", str(pem))
        assert client(port, "https").people.bulk(PERSON).records[0].gsid == "1P04A"


def test_a_certificate_of_another_host(
    certificate: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    pem = certificate("DNS:evil.example")
    monkeypatch.setenv("SSL_CERT_FILE", str(pem))
    with listening(serve_ok, pem) as port:
        assert "for another host). Check the address of the tenant" in str(fails(port, "https"))


def test_https_to_a_port_of_http() -> None:
    with listening(serve_ok) as port:
        assert f"127.0.0.1:{port} does not use https. " in str(fails(port, "https"))


def test_http_to_a_port_of_https(certificate: Callable[[str], Path]) -> None:
    """Servers of Python close the connection; nothing tells why."""
    with (
        listening(serve_ok, certificate("IP:127.0.0.1")) as port,
        pytest.raises(UnavailableError, match="if the port uses https, write https://"),
    ):
        client(port).people.bulk(PERSON)


def test_http_to_a_port_of_https_that_sends_an_alert() -> None:
    alert = b"\x15\x03\x01\x00\x02\x02\x46"
    with listening(lambda connection, _: connection.sendall(alert)) as port:
        error = fails(port, "http")
    assert f"127.0.0.1:{port} accepts https only. Write https:// in" in str(error)


def test_http_to_a_port_of_https_that_says_so() -> None:
    page = b"<html>The plain HTTP request was sent to HTTPS port</html>"
    bad = reply(page, status="400 Bad Request")
    with listening(lambda connection, _: connection.sendall(bad)) as port:
        assert "accepts https only" in str(fails(port, "http"))


def test_a_closed_port() -> None:
    with listening(serve_ok) as port:
        pass
    with pytest.raises(UnavailableError) as caught:
        client(port, attempts=2).people.bulk(PERSON)
    what = (
        f"127.0.0.1:{port} refused the connection: no program answers on that port. "
        "Check the port in the address of the tenant, or try again later"
    )
    assert str(caught.value) == f"a call failed 2 times, the last time: {what}"
    assert str(fails(port, "http")) == f"a call failed: {what}"


def test_an_unknown_host(monkeypatch: pytest.MonkeyPatch) -> None:
    def unknown(*_: object, **__: object) -> Any:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    monkeypatch.setattr(socket, "getaddrinfo", unknown)
    for name in ("HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(UnavailableError) as caught:
        Client("acme", KEY, limits=Limits(attempts=1)).people.bulk(PERSON)
    assert str(caught.value) == (
        "a call failed: the name server does not know the host acme.gainsightcloud.com. "
        "Check the address of the tenant, and that this machine is on the network (VPN)"
    )


@pytest.mark.parametrize(
    ("status", "cure"),
    [
        ("407 Proxy Authentication Required", "user name and password into HTTPS_PROXY"),
        ("403 Forbidden", "allow the tenant's host"),
    ],
)
def test_a_proxy_that_does_not_open_the_way(
    status: str, cure: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    refusal = reply(b"", status=status)
    for name in ("https_proxy", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with listening(lambda connection, _: connection.sendall(refusal)) as port:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
        with pytest.raises(UnavailableError, match=cure) as caught:
            Client("acme", KEY, limits=Limits(attempts=5)).people.bulk(PERSON)
    refused = f"the proxy refused the connection to the service (HTTP {status[:3]})"
    assert refused in str(caught.value)
    assert not caught.value.may_be_stored


def test_a_proxy_that_is_closed(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("https_proxy", "no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    with listening(serve_ok) as port:
        pass
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
    with pytest.raises(UnavailableError, match=rf"the proxy 127.0.0.1:{port} refused"):
        Client("acme", KEY, limits=Limits(attempts=1)).people.bulk(PERSON)


def test_the_key_in_a_reply_is_cut_out() -> None:
    escaped = "".join(f"\\u{ord(letter):04x}" for letter in KEY)
    said = '{"result": false, "errorCode": "%s", "requestId": "%s", "errorDesc": "the key %s"}'
    body = (said % (KEY.upper(), KEY, escaped)).encode()
    head = f"x-request-id: {KEY}"
    refusal = reply(body, head, status="401 No")
    with (
        listening(lambda connection, _: connection.sendall(refusal)) as port,
        pytest.raises(AccessKeyError) as caught,
    ):
        client(port).people.bulk(PERSON)
    assert KEY.casefold() not in str(caught.value).casefold()


# With %s in place of what a service may quote; some calls take the first two for replies.
BAD_REPLIES = (
    ('{"data": {"records": [{"Email": "%s"}]}}', "200 OK"),
    ('{"data": "%s"}', "200 OK"),
    ('{"data": {"records": ["%s"', "200 OK"),
    ('{"result": false, "errorDesc": "%s"}', "400 Bad Request"),
    ('{"errorDesc": "%s"}', "401 No"),
    ('{"errorDesc": "%s"}', "503 Away"),
)


@each_row(
    "call",
    [
        pytest.param(lambda one: one.people.bulk(PERSON), id="bulk"),
        pytest.param(lambda one: one.people.upsert(PERSON[0]), id="upsert"),
        pytest.param(lambda one: one.people.find("ana@acme.com"), id="find"),
        pytest.param(lambda one: one.people.chunk("abcdefgh", 1), id="chunk"),
        pytest.param(lambda one: one.objects.query("Person", select=["Email"]), id="query"),
    ],
)
def test_no_frame_of_an_error_holds_a_reply(call: Callable[[Client], Any]) -> None:
    canary = "kolibrina@beeblebrox.example"
    shown: list[str] = []
    for body, status in BAD_REPLIES:
        # A second call on the same connection would get no reply.
        sent = reply((body % canary).encode(), "Connection: close", status=status)
        with listening(lambda connection, _, sent=sent: connection.sendall(sent)) as port:
            try:
                call(client(port))
            except UploadError as error:
                shown.append(_shown(error))
    assert len(shown) >= 4
    assert "beeblebrox" not in "".join(shown)


def _shown(error: BaseException) -> str:
    """Return what a tracker of errors keeps: the locals of all frames, and of those before."""
    seen: list[str] = []
    known: BaseException | None = error
    while known is not None:
        frames = traceback.walk_tb(known.__traceback__)
        ours = [frame for frame, _ in frames if frame.f_code.co_filename != __file__]
        seen += [" ".join(map(repr, frame.f_locals.values())) for frame in ours]
        known = known.__cause__ or known.__context__
    return "\n".join(seen)

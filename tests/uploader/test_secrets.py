"""The key and the people: in no repr, log, message or traceback, and at no other origin."""

from __future__ import annotations

import http.server
import json
import logging
import threading
import traceback
from base64 import b64encode
from typing import Any

import httpx
import pandas as pd
import pytest
from each_row import each_row

from gsprep.calls.limits import Limits
from gsprep.calls.transport import KeyedTransport
from gsprep.errors import GsprepError
from gsprep.settings import AccessKey
from gsprep.uploader.client import Client
from gsprep.uploader.upload import upload

KEY = "canary-4711"
MAIL = "canary.person"


class Service(http.server.BaseHTTPRequestHandler):
    """A real server, so that httpx and httpcore log what they log."""

    protocol_version = "HTTP/1.1"
    keys: list[str | None]
    status = 200
    torn = False

    def _answer(self) -> None:
        self.keys.append(self.headers.get("accesskey"))
        self.rfile.read(int(self.headers.get("Content-Length") or 0))
        body = json.dumps({"result": True, "data": {"email": "x"}}).encode()
        # The service may repeat the key wherever a log shows what it replied.
        self.send_response(self.status, self.headers.get("accesskey"))
        self.send_header("Location", f"http://127.0.0.1:9/elsewhere?email={MAIL}")
        self.send_header("X-Request-Id", str(self.headers.get("accesskey")))
        if self.torn:
            self.wfile.write(b"".join([*self._headers_buffer, KEY.encode(), b"\r\n\r\n"]))
            self.close_connection = True
            return
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    do_GET = _answer  # noqa: N815  the name the server asks for
    do_PUT = _answer  # noqa: N815  the name the server asks for

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def server() -> Any:
    handler = type("Handler", (Service,), {"keys": []})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        running.handler = handler
        yield running
        running.shutdown()
        thread.join()


@pytest.mark.parametrize("status", [200, 302, 400, 401, 404, 500, 0])
def test_neither_logs_nor_errors_nor_reprs_show_key_or_person(
    status: Any, server: Any, caplog: Any, capsys: Any
) -> None:
    """Without a status the reply has a line that is no header."""
    server.handler.status, server.handler.torn = status or 200, not status
    shown: list[str] = []
    chained: tuple[object, object] = (None, None)
    limits = Limits(attempts=2, sleep=lambda _: None)
    with (
        caplog.at_level(logging.DEBUG),
        Client(f"http://127.0.0.1:{server.server_port}", KEY, limits=limits) as client,
    ):
        try:
            reply = client.people.find(f"{MAIL}@x.com")
            shown.append(repr(reply))
        except GsprepError as error:
            chained = (error.__cause__, error.__context__)
            shown += ["".join(traceback.format_exception(error)), repr(error.__dict__)]
        persons = pd.DataFrame({"Email": [f"{MAIL}@x.com"]})
        done = upload(persons, client=client)
        shown += [
            repr(client),
            client._repr_html_(),
            repr(vars(client)),
            repr(done),
            repr(done.stopped),
            repr(client.pace),
        ]
    shown += [record.getMessage() for record in caplog.records]
    shown += [caplog.text, *capsys.readouterr()]
    assert chained == (None, None)
    assert caplog.records
    assert server.handler.keys
    assert set(server.handler.keys) == {KEY}
    assert not [text for text in shown if KEY in text or MAIL in text]


@each_row(
    "address",
    [
        "https://evil.example/v1/x",
        "http://acme.gainsightcloud.com/v1/x",
        "https://acme.gainsightcloud.com:8443/v1/x",
        "https://acme.gainsightcloud.com.evil.example/",
        "https://acme.gainsightcloud.com@evil.example/",
        "//evil.example/x",
        "https://xacme.gainsightcloud.com/",
    ],
)
def test_another_origin_never_sees_the_key(address: Any) -> None:
    seen: list[httpx.Request] = []

    def remember(request: httpx.Request) -> httpx.Response:
        seen.append(request)
        return httpx.Response(200)

    keyed = KeyedTransport(
        "https://acme.gainsightcloud.com", AccessKey(KEY), httpx.MockTransport(remember)
    )
    url = httpx.URL("https://acme.gainsightcloud.com/x").join(address)
    keyed.handle_request(httpx.Request("GET", url))
    keyed.handle_request(httpx.Request("GET", "https://ACME.gainsightcloud.com:443/x"))
    assert [KEY in str(request.headers.raw) for request in seen] == [False, True]


def test_words_after_the_status_are_not_logged(
    service: Any, caplog: pytest.LogCaptureFixture
) -> None:
    words = {"reason_phrase": f"OK {MAIL}@x.com {KEY}".encode()}
    caplog.set_level("DEBUG")
    service(lambda _: httpx.Response(200, json={"data": None}, extensions=words)).people.get("1P")
    assert "HTTP/1.1 200 OK" in caplog.text
    assert "canary" not in caplog.text


def test_a_redirect_is_not_followed(service: Any) -> None:
    seen: list[str] = []

    def elsewhere(request: httpx.Request) -> httpx.Response:
        seen.append(str(request.url))
        return httpx.Response(307, headers={"Location": "https://evil.example/"})

    done = upload(pd.DataFrame({"Email": ["a@x.com"]}), client=service(elsewhere))
    assert seen == [
        "https://acme.gainsightcloud.com/v1/peoplemgmt/v1.0/external/bulk/ingestion/people"
    ]
    assert done.stopped is not None


def test_the_request_an_error_could_carry_holds_no_key(service: Any) -> None:
    kept: list[httpx.Request] = []
    client = service(lambda _: httpx.Response(200, json={"data": None}))
    client._http.event_hooks = {"response": [lambda response: kept.append(response.request)]}  # noqa: SLF001  what httpx itself would show
    client.people.get("1P")
    assert kept
    assert "canary" not in repr(kept[0].headers.raw)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-32-le"])
@pytest.mark.parametrize(
    "spelled",
    [
        pytest.param(str, id="plain"),
        pytest.param(str.upper, id="capitals"),
        pytest.param("\u200b".join, id="with characters that no one sees"),
        pytest.param(" ".join, id="spaced"),
        pytest.param(lambda key: "".join(f"&#{ord(one)};" for one in key), id="for HTML"),
        pytest.param(lambda key: "".join(f"%{ord(one):02X}" for one in key), id="for an address"),
        pytest.param(lambda key: key.encode().hex(), id="in hexadecimal"),
        pytest.param(lambda key: b64encode(f"xyz{key}z".encode()).decode()[4:-2], id="in Base64"),
    ],
)
def test_a_reply_shows_the_key_in_no_spelling(encoding: str, spelled: Any) -> None:
    body = {"result": False, "errorCode": "E_1", "errorDesc": f"No such {spelled(KEY)}, Ana"}

    def reply(_: httpx.Request) -> httpx.Response:
        return httpx.Response(400, content=json.dumps(body).encode(encoding))

    with Client("https://x.example", KEY, transport=httpx.MockTransport(reply)) as client:
        done = upload(pd.DataFrame({"Email": [f"{MAIL}@x.com"]}), client=client).persons
    assert done["error_message"][0] == "the whole call was turned down: No such ***, Ana"

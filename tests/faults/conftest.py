"""A tenant on a real port that goes wrong as it is told to, call by call."""

from __future__ import annotations

import json
import socket
import struct
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from runner import Runner

from gsprep.calls.limits import Limits
from gsprep.sandbox.app import make_app
from gsprep.sandbox.dialect import Dialect, choices
from gsprep.sandbox.limits import Limits as SandboxLimits
from gsprep.sandbox.store import Store
from gsprep.uploader.client import Client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ACME = "1P02" + "A" * 32


# What a reply to a job may look like, each way in one of them.
_JOBS = {name: choices()[name] for name in ("chunk_id", "async_input", "count_names", "row_number")}
_COVERING = [
    Dialect(**{name: values[n % len(values)] for name, values in _JOBS.items()})  # type: ignore[arg-type]  # values of that setting
    for n in range(max(map(len, _JOBS.values())))
]


@pytest.fixture(params=_COVERING, ids=["usual", "2nd", "3rd"])
def dialect(request: pytest.FixtureRequest) -> Dialect:
    """Return each of a few dialects of the sandbox in turn."""
    spoken: Dialect = request.param
    return spoken


@pytest.fixture(scope="session")
def runner() -> Iterator[Runner]:
    """Return the process that is forked for each command."""
    with Runner() as runner:
        yield runner


@dataclass
class Line:
    """What the next call meets; ``commits`` is whether the service does the work first.

    Attributes:
        status, headers, body: the reply in place of the service's own; None keeps that one.
        change: what becomes of the records of the service's own reply.
        cut: whether the reply ends halfway.
        reset: whether the connection breaks in place of a reply.
    """

    commits: bool = True
    status: int | None = None
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes | None = None
    change: Callable[[list[Any]], list[Any]] | None = None
    cut: bool = False
    reset: bool = False


class Tenant:
    """The service behind a wire that follows a script; after the script all goes well."""

    def __init__(self, store: Store) -> None:
        """Begin to serve on a free port."""
        app = make_app(store, limits=SandboxLimits(per_minute=None, per_day=None))
        self._service = httpx.Client(
            transport=httpx.WSGITransport(app=app), base_url="http://localhost"
        )
        self.store = store
        self.script: list[Line] = []
        self.after = Line()
        self.calls = 0
        self.bodies: list[Any] = []
        self._server = ThreadingHTTPServer(
            ("127.0.0.1", 0), type("Wire", (_Wire,), {"tenant": self})
        )
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def next_line(self) -> Line:
        """Return what the next call meets."""
        self.calls += 1
        return self.script.pop(0) if self.script else self.after

    def reply(self, path: str, body: bytes) -> httpx.Response:
        """Return what the service itself replies."""
        headers = {"accesskey": "any", "Content-Type": "application/json"}
        return self._service.put(path, content=body, headers=headers)

    def posted(self) -> list[str]:
        """Return the address of each person in the calls so far, as often as it came."""
        return [record["Email"] for body in self.bodies for record in body["records"]]

    def close(self) -> None:
        """End the server."""
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self._service.close()


class _Wire(BaseHTTPRequestHandler):
    """Follows the script; everything is a PUT."""

    tenant: Tenant

    def do_PUT(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.tenant.bodies.append(json.loads(body))
        line = self.tenant.next_line()
        own = self.tenant.reply(self.path, body) if line.commits else None
        if line.reset:
            # Without lingering, closing sends a reset in place of the end of the stream.
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.connection.close()
            return
        self._send(line, own)

    def _send(self, line: Line, own: httpx.Response | None) -> None:
        content = line.body if line.body is not None else own.content if own else b""
        if line.change is not None:
            document = json.loads(content)
            document["data"]["records"] = line.change(document["data"]["records"])
            content = json.dumps(document).encode()
        self.send_response(line.status or (own.status_code if own else 200))
        for name, value in line.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Connection", "close")
        self.end_headers()
        self.wfile.write(content[: len(content) // 2] if line.cut else content)

    def log_message(self, *_: object) -> None:
        """Say nothing: addresses of calls are no business of standard error."""


@pytest.fixture
def tenant() -> Iterator[Tenant]:
    """Return the tenant; it knows one company."""
    with Store() as store:
        store.add_companies([{"Gsid": ACME, "Name": "Acme Inc"}])
        tenant = Tenant(store)
        yield tenant
        tenant.close()


@pytest.fixture
def waits() -> list[float]:
    """Return the waits of the client, none of which takes time."""
    return []


@pytest.fixture
def client(tenant: Tenant, waits: list[float]) -> Iterator[Client]:
    """Return a client of the tenant whose clock only sleeping moves."""

    def clock() -> float:
        return sum(waits)

    limits = Limits(windows=(), max_wait=600, sleep=waits.append, now=clock, jitter=lambda: 0.0)
    with Client(tenant.url, "any", limits=limits) as client:
        yield client


@pytest.fixture
def line() -> type[Line]:
    """Return the class of a line of the script."""
    return Line

"""The service over HTTP: access key, limits, errors; and the sandbox of one command."""

from __future__ import annotations

import ipaddress
import logging
import os
import re
import socket
import sqlite3
import struct
import subprocess
import sys
import threading
import time
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import partial
from itertools import takewhile
from typing import TYPE_CHECKING, Any, Final, Self

from flask import Flask, Response, request
from waitress.channel import ClientDisconnected, HTTPChannel
from waitress.server import create_server
from waitress.task import WSGITask
from waitress.wasyncore import close_all
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Rule

from gsprep.sandbox import community, routes, staircase
from gsprep.sandbox.database import packed, unpacked
from gsprep.sandbox.faults import BrokenConnectionError
from gsprep.sandbox.jobs import AT_ONCE, Pace
from gsprep.sandbox.limits import BYTES_PER_CALL, UNLIMITED, CallClass, Limits, Windows
from gsprep.sandbox.objects import InvalidRecordsError
from gsprep.sandbox.rules import MissingPersonError, RefusalError, StoreError, malformed
from gsprep.sandbox.store import Store
from gsprep.sandbox.tenant import Tenant

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from gsprep.sandbox.dialect import Dialect

    Records = Sequence[Mapping[str, Any]]


# The routes of other systems, which have a credential of their own instead of the access key.
_OWN_ACCESS: Final = ("community_", "staircase_")


@dataclass(frozen=True, slots=True)
class Systems:
    """The systems of one sandbox; a line each."""

    communities: community.Communities = field(default_factory=community.Communities)
    staircases: staircase.Staircases = field(default_factory=staircase.Staircases)

    def next_day(self) -> None:
        """Let a day pass in every system."""
        self.communities.next_day()
        self.staircases.next_day()


def add_systems(
    app: Flask, systems: Systems, access_key: str | None, clock: Callable[[], float]
) -> None:
    """Add the calls of the systems, and one that lets a day pass in all of them."""
    community.add_community(app, systems.communities, access_key, clock)
    staircase.add_staircase(app, systems.staircases, access_key, clock)

    @app.post("/sandbox/next-day")
    def next_day() -> dict[str, bool]:
        systems.next_day()
        return {"result": True}


_LOG = logging.getLogger(__name__)


class _Route(Rule):
    """A route whose address is never made from its parts: to prepare that is most of a start."""

    def _compile_builder(self, append_unknown: bool = True) -> Callable[..., tuple[str, str]]:  # noqa: ARG002, FBT001, FBT002  werkzeug's signature
        return lambda *_: ("", "")


def make_app(
    store: Store,
    *,
    access_key: str | None = None,
    limits: Limits | None = None,
    clock: Callable[[], float] = time.time,
    systems: Systems | None = None,
) -> Flask:
    """Return the service as a WSGI application, in the dialect of its store.

    access_key: the key that calls need; None accepts every key that is not blank.
    limits: calls in each window, per key; None means the documented ones.
    clock: seconds since 1970; decides the windows of the limits, the times of records, and how
        far jobs are.
    systems: the other systems that it stands in for; None means new ones.
    """
    app = Flask(__name__, static_folder=None)
    app.url_rule_class = _Route
    app.config.update(MAX_CONTENT_LENGTH=BYTES_PER_CALL, PROVIDE_AUTOMATIC_OPTIONS=False)
    for add in (routes.add_people, routes.add_async, routes.add_deletion, routes.add_bulk):
        add(app, store, clock)
    routes.add_query(app, store, clock)
    routes.add_objects(app, store, clock)
    routes.add_timeline(app, store, clock)
    routes.add_metadata(app, store)
    add_systems(app, systems or Systems(), access_key, clock)
    _add_gateway(app, access_key, limits or Limits(), clock)
    app.register_error_handler(Exception, partial(_error_reply, store.dialect))

    @app.before_request
    def process_due_records() -> None:
        store.advance(clock())

    return app


def _add_gateway(
    app: Flask, access_key: str | None, limits: Limits, clock: Callable[[], float]
) -> None:
    windows = Windows(limits)
    classes: dict[str | None, CallClass] = {
        "upsert_async": limits.small_async,
        "bulk_async": "async",
        "delete": "delete",
        "insert_activity": "timeline",
        "update_activity": "timeline",
    }

    @app.before_request
    def check_access() -> None:
        if request.routing_exception is not None:
            raise routes.NO_ROUTE
        if (request.endpoint or "").startswith(_OWN_ACCESS):
            return
        key = request.headers.get("accesskey", "").strip()
        if not routes.is_key(key, access_key):
            raise routes.UNAUTHORIZED
        if not windows.take(key, clock(), classes.get(request.endpoint, "sync")):
            raise routes.TOO_MANY


def _error_reply(dialect: Dialect, problem: Exception) -> Response:
    if isinstance(problem, MissingPersonError):
        return routes.missing_person(problem, dialect.not_found)
    if isinstance(problem, InvalidRecordsError):
        return routes.invalid_records(problem, problem.errors)
    if isinstance(problem, HTTPException):
        problem = malformed(problem.name)
    if isinstance(problem, RefusalError):
        of_people = request.path.startswith(f"{routes.BASE}/")
        return routes.refusal(problem, dialect.refusals if of_people else "400-code")
    # Only the kind: a message can hold a person's data.
    _LOG.error("the sandbox failed with %s", type(problem).__name__)
    return routes.refusal(routes.FAULT)


# A sandbox without work looks for due records so often; with work it rests for a moment after each
# part, in which a call that waits for the store gets it.
_REST_SECONDS = 0.1
_MOMENT_SECONDS = 0.002


def keep_working(
    store: Store, clock: Callable[[], float], wait: Callable[[float], bool], at_most: int = AT_ONCE
) -> None:
    """Process the records of jobs that are due until ``wait`` returns True.

    ``wait`` is called after each part of ``at_most`` records with the seconds to wait.
    """
    seconds = _MOMENT_SECONDS
    while not wait(seconds):
        is_busy = store.advance(clock(), at_most) == at_most
        seconds = _MOMENT_SECONDS if is_busy else _REST_SECONDS


@contextmanager
def working(store: Store, clock: Callable[[], float] = time.time) -> Iterator[None]:
    """Process the records of jobs that are due in a background thread."""
    end = threading.Event()
    thread = threading.Thread(
        target=keep_working, args=(store, clock, end.wait), name="sandbox jobs", daemon=True
    )
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join()


_THREADS = 4
_SHUTDOWN_SECONDS = 5
_HOST = re.compile(r"(?P<name>\[[0-9a-fA-F:.]+\]|[^:\[\]]+)(:\d{1,5})?")
# A linger time of zero: closing resets the connection.
_RESET = struct.pack("ii", 1, 0)


class _Task(WSGITask):  # type: ignore[misc]  # waitress has no types
    """A call whose connection a fault can reset."""

    def execute(self) -> None:
        """Reply, or reset the connection."""
        try:
            super().execute()
        except BrokenConnectionError:
            self.channel.socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
            raise ClientDisconnected from None


class _Channel(HTTPChannel):  # type: ignore[misc]  # waitress has no types
    task_class = _Task


class Server:
    """A running server; ``url`` is its address, ``close()`` or ``with`` stops it."""

    def __init__(self, app: WSGIApplication, listener: socket.socket) -> None:
        """Start to serve on a bound socket, to this machine only."""
        host, port = listener.getsockname()[:2]
        self.url = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        # The server registers its sockets here.
        self._sockets: dict[int, Any] = {}
        self._server = create_server(
            for_this_machine(app),
            map=self._sockets,
            sockets=[listener],
            threads=_THREADS,
            ident=None,
        )
        self._server.channel_class = _Channel
        self._thread = threading.Thread(target=self._server.run, name="sandbox", daemon=True)
        self._thread.start()

    def __enter__(self) -> Self:
        """Return the running server."""
        return self

    def __exit__(self, *_: object) -> None:
        """Stop it."""
        self.close()

    def close(self) -> None:
        """Finish the running calls and free the port; a second call does nothing."""
        if self._thread.is_alive():
            # The thread that waits on the sockets must close them, the trigger as well: under the
            # lock it cannot do so before the trigger is pulled.
            trigger = self._server.trigger
            with trigger.lock:
                shutdown = self._server.task_dispatcher.shutdown
                trigger.thunks.append(partial(shutdown, timeout=_SHUTDOWN_SECONDS))
                trigger.thunks.append(partial(close_all, self._sockets, ignore_all=True))
                trigger.pull_trigger()
            self._thread.join()


def for_this_machine(app: WSGIApplication) -> WSGIApplication:
    """Return an application that refuses calls with a foreign Host or Origin.

    A web page can make its own host name resolve to this machine (DNS rebinding): its calls come
    from here, but have that name as Host. A call from a page of another site has its Origin.
    """

    def guarded(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        host, origin = environ.get("HTTP_HOST", ""), environ.get("HTTP_ORIGIN")
        if not _is_this_machine(host):
            return routes.not_local(421)(environ, start_response)
        if origin is not None and origin.lower() != f"http://{host.lower()}":
            return routes.not_local(403)(environ, start_response)
        return app(environ, start_response)

    return guarded


def _is_this_machine(host: str) -> bool:
    """Return whether a Host header names this machine: localhost or a loopback address."""
    found = _HOST.fullmatch(host.strip())
    name = found["name"].strip("[]").lower() if found else ""
    try:
        return name == "localhost" or ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def serve(app: WSGIApplication, host: str = "127.0.0.1", port: int = 0) -> Server:
    """Serve an application to this machine in a background thread; port 0 means a free one.

    Raises OSError if the address cannot be used.
    """
    # Waitress warns about each call that waits for a thread.
    logging.getLogger("waitress").setLevel(logging.ERROR)
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return Server(app, socket.create_server((host, port), family=family))


# Jobs are as fast as this computer.
_PACE: Final = Pace(waits=0.5, least=0.25, rate=1_000_000.0)
_RECORDS_PER_LINE: Final = 5_000


@contextmanager
def sandbox_here(tenant: Tenant, access_key: str) -> Iterator[tuple[str, Store]]:
    """Give the address of a sandbox in this process, and what it holds.

    It has no limits, its jobs are as fast as this computer, and its file is a temporary one.
    Raises StoreError if the file cannot be created.
    """
    with Store("", tenant=tenant, pace=_PACE) as store:
        service = make_app(store, access_key=access_key, limits=UNLIMITED)
        with serve(service) as server, working(store):
            yield server.url, store


@contextmanager
def sandbox_elsewhere(
    key: Sequence[str], access_key: str, companies: Records, persons: Records
) -> Iterator[str]:
    """Give the address of the same sandbox in a process of its own, with these records.

    So it runs at the same time as the Python code of this process. It ignores Ctrl-C, and ends
    with this process even if that is killed. Raises StoreError if it does not start.
    """
    away = {"creationflags": 0x200} if sys.platform == "win32" else {"start_new_session": True}
    try:
        process = subprocess.Popen(
            [sys.executable, "-P", "-m", "gsprep.sandbox.app"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            encoding="utf-8",
            env=os.environ | {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
            **away,
        )
    except OSError as failure:
        raise StoreError(str(failure)) from failure
    try:
        yield _address(process, [packed([key, access_key]), *_lines(companies, persons)])
    finally:
        # Its file is a temporary one, which the system deletes.
        process.kill()
        process.communicate()


def _address(process: subprocess.Popen[str], lines: Iterable[str]) -> str:
    """Give a sandbox its records and return its address; raises StoreError if it ended."""
    # It may have ended before it read everything: then it says why.
    with suppress(OSError):
        print(*lines, sep="\n", file=process.stdin, flush=True)
    told = process.stdout.readline() if process.stdout else ""
    address, problem = unpacked(told or '[null, "its process ended at its start"]')
    if address is None:
        raise StoreError(problem)
    return str(address)


def _lines(companies: Records, persons: Records) -> Iterator[str]:
    """Yield the records as lines of JSON, and a line that ends them."""
    for name, records in (("companies", companies), ("persons", persons)):
        for start in range(0, len(records), _RECORDS_PER_LINE):
            yield packed([name, records[start : start + _RECORDS_PER_LINE]])
    yield packed([])


def main() -> None:
    """Serve a sandbox with the records of standard input until that ends."""
    given = map(unpacked, sys.stdin)
    key, access_key = next(given)
    with suppress(BrokenPipeError):
        try:
            with sandbox_here(Tenant(key=tuple(key)), access_key) as (url, store):
                for kind, records in takewhile(bool, given):
                    add = store.add_companies if kind == "companies" else store.add_persons
                    add(records)
                print(packed([url, None]), flush=True)  # noqa: T201  for the parent
                sys.stdin.read()
        except (OSError, sqlite3.Error, StoreError) as failure:
            print(packed([None, str(failure)]), flush=True)  # noqa: T201  for the parent


if __name__ == "__main__":
    main()

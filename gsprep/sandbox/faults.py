"""Fault script: which calls go wrong, and how.

A script is a list, in YAML or JSON::

    - {fault: reset, route: bulk_sync, at: 3, committed: true}
    - {fault: status, status: 429, retry_after: 2, every: 10}
    - {fault: stuck, route: bulk_async}
"""

from __future__ import annotations

import json
import random
import threading
import time
from collections import Counter
from typing import TYPE_CHECKING, Annotated, Any, Final, Literal

from pydantic import BaseModel, BeforeValidator, Field, TypeAdapter, ValidationError
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from gsprep.sandbox.routes import FAULT, JOB_FAULT, TOO_MANY, RouteName, refusal
from gsprep.sandbox.rules import RefusalError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from flask import Flask


FaultName = Literal[
    "reset", "status", "html", "truncated", "slow", "stuck", "failed", "foreign_urls",
    "missing_chunks", "missing_records", "doubled_records", "shuffled_records",
    "misnumbered_records",
]  # fmt: skip
_Number = Annotated[int, Field(gt=0)]
# One number means a list of one.
_Numbers = Annotated[list[_Number], BeforeValidator(lambda v: [v] if isinstance(v, int) else v)]

_PAGE: Final = "<!DOCTYPE html><html><body><h1>{} Service Unavailable</h1></body></html>"
_TOO_MANY: Final = 429
# Records are shuffled in the same way in every run.
_SEED: Final = 5


class FaultScriptError(ValueError):
    """An invalid fault script; ``problems`` lists the place and message of each mistake."""

    def __init__(self, problems: Sequence[tuple[str, str]]) -> None:
        """Keep the problems."""
        self.problems = tuple(problems)
        super().__init__("; ".join(f"{place}: {message}" for place, message in problems))


class Fault(BaseModel, frozen=True, extra="forbid", strict=True):
    """A fault and the calls it applies to.

    Attributes:
        fault: ``reset`` breaks the connection, ``status`` and ``html`` reply with ``status`` in
            the service's shape or as a page, ``truncated`` sends half of the body, ``slow`` waits
            ``seconds``. ``stuck`` and ``failed`` say how the job of a call ends. The others
            change the URLs or records of a reply.
        route: the route, see ``RouteName``; None means all.
        at: numbers of calls from 1, counted for the route if there is one.
        every: every call whose number is a multiple. Without ``at`` and ``every``: all calls.
        committed: whether the call is executed before the fault (reset, status, html).
        status: the HTTP status (status, html).
        retry_after: the header of this name: seconds, or an HTTP date.
        framed: whether the header has the length of the truncated body, so that only the JSON is
            broken; else the connection ends before the announced length.
        seconds: how long a slow call waits before it is executed.
        records: how many records are missing, doubled or misnumbered, or chunk URLs missing.
        url: the origin of foreign URLs.
    """

    fault: FaultName
    route: RouteName | None = None
    at: _Numbers = []
    every: _Number | None = None
    committed: bool = False
    status: Annotated[int, Field(ge=200, le=599)] = 503
    retry_after: Annotated[int, Field(ge=0)] | str | None = None
    framed: bool = False
    seconds: Annotated[float, Field(ge=0)] = 1.0
    records: _Number = 1
    url: str = "https://elsewhere.example"

    def applies(self, route: str | None, in_all: int, on_route: int) -> bool:
        """Return whether it applies to a call, by its number among all calls and on its route.

        >>> reset = Fault(fault="reset", route="bulk_sync", at=[1, 3])
        >>> [reset.applies("bulk_sync", 9, number) for number in (1, 2, 3)]
        [True, False, True]
        """
        if self.route is not None and route != self.route:
            return False
        number = in_all if self.route is None else on_route
        if not self.at and self.every is None:
            return True
        return number in self.at or (self.every is not None and number % self.every == 0)


def read_faults(document: object) -> tuple[Fault, ...]:
    """Return the faults of a parsed script; raises FaultScriptError naming every problem."""
    try:
        return tuple(TypeAdapter(list[Fault]).validate_python(document))
    except ValidationError as failure:
        problems: dict[tuple[str, str], None] = {}
        for error in failure.errors(include_input=False, include_url=False):
            place = ".".join(map(str, error["loc"])) or "the script"
            plain = error["msg"].removeprefix("Value error, ").replace("Input should", "must")
            problems[place, _CURES.get(error["type"], plain)] = None
        raise FaultScriptError(list(problems)) from None


_CURES = {
    "extra_forbidden": "no such entry",
    "missing": "is missing",
    "list_type": "must be a list: a line with a dash for each fault",
    "model_type": "must be lines of a name, a colon and a value, such as name: x",
}


class Script:
    """Faults, the first that applies wins, and a count of calls; safe in threads."""

    def __init__(self, faults: Sequence[Fault]) -> None:
        """Start with no calls."""
        self._faults = tuple(faults)
        self._lock = threading.Lock()
        self._calls: Counter[str | None] = Counter()

    def take(self, route: str | None) -> Fault | None:
        """Count a call and return the first fault that applies to it."""
        with self._lock:
            self._calls[route] += 1
            in_all, on_route = self._calls.total(), self._calls[route]
        return next((one for one in self._faults if one.applies(route, in_all, on_route)), None)


class BrokenConnectionError(ConnectionResetError):
    """Makes the server reset the connection of this call."""


def add_faults(
    app: Flask, faults: Sequence[Fault], *, sleep: Callable[[float], None] = time.sleep
) -> Flask:
    """Put a fault script in front of an application and return it.

    ``sleep`` waits for slow calls. A reset raises BrokenConnectionError: ``serve`` resets the
    connection, a client in the same process gets the exception.
    """
    script, inner = Script(faults), app.wsgi_app

    def with_fault(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        fault = script.take(_route(app, environ))
        if fault is None:
            return inner(environ, start_response)
        if fault.fault == "slow":
            sleep(fault.seconds)
        return _faulty_reply(fault, inner, environ)(environ, start_response)

    app.wsgi_app = with_fault  # type: ignore[method-assign]  # Flask's documented place for middleware
    return app


def _route(app: Flask, environ: WSGIEnvironment) -> str | None:
    try:
        return str(app.url_map.bind_to_environ(environ).match()[0])
    except HTTPException:
        return None


def _faulty_reply(fault: Fault, inner: WSGIApplication, environ: WSGIEnvironment) -> Response:
    if fault.fault in {"reset", "status", "html"}:
        if fault.committed:
            Response.from_app(inner, environ, buffered=True)
        if fault.fault == "reset":
            raise BrokenConnectionError
        return _failed(fault)
    if fault.fault in {"stuck", "failed"}:
        environ[JOB_FAULT] = fault.fault
    return _changed(fault, Response.from_app(inner, environ, buffered=True))


def _changed(fault: Fault, reply: Response) -> Response:
    """Return a reply whose body is cut or changed, for faults that do so."""
    content = reply.get_data()
    if fault.fault == "truncated":
        reply.set_data(content[: len(content) // 2])
        if not fault.framed:
            reply.headers["Content-Length"] = str(len(content))
            reply.automatically_set_content_length = False
    elif change := _CHANGES.get(fault.fault):
        body = json.loads(content)
        change(body, fault)
        reply.set_data(json.dumps(body))
    return reply


def _failed(fault: Fault) -> Response:
    """Return the reply to a call that failed: a page, or JSON in the service's shape."""
    if fault.fault == "html":
        reply = Response(_PAGE.format(fault.status), mimetype="text/html")
    else:
        usual = TOO_MANY if fault.status == _TOO_MANY else FAULT
        reply = refusal(RefusalError(usual.code, usual.text))
    reply.status_code = fault.status
    if fault.retry_after is not None:
        reply.headers["Retry-After"] = str(fault.retry_after)
    return reply


def _inside(body: dict[str, Any]) -> dict[str, Any]:
    """Return the object with the records or URLs: ``data``, or the body of a result file."""
    data = body.get("data")
    return data if isinstance(data, dict) else body


def _foreign_urls(body: dict[str, Any], fault: Fault) -> None:
    inside = _inside(body)
    if "statusUrl" in inside:
        inside["statusUrl"] = f"{fault.url}/{inside['statusUrl']}"
    for chunk in _chunks(inside):
        chunk["chunkURL"] = fault.url + chunk["chunkURL"]


def _missing_chunks(body: dict[str, Any], fault: Fault) -> None:
    del _chunks(_inside(body))[-fault.records :]


def _chunks(inside: dict[str, Any]) -> list[dict[str, Any]]:
    response = inside.get("response")
    return response["chunkDetails"] if isinstance(response, dict) else []


def _records(body: dict[str, Any]) -> list[Any]:
    """Return the records of a reply, a result file, the status of an upsert of 50, or a page."""
    inside = _inside(body)
    places = ("records", "response", "data", "result", "users")
    found = (inside[name] for name in places if name in inside)
    return next((one for one in found if isinstance(one, list)), [])


def _missing(body: dict[str, Any], fault: Fault) -> None:
    records = _records(body)
    middle = max(0, len(records) - fault.records) // 2
    del records[middle : middle + fault.records]


def _doubled(body: dict[str, Any], fault: Fault) -> None:
    records = _records(body)
    records[:0] = records[: fault.records]


def _shuffled(body: dict[str, Any], _: Fault) -> None:
    random.Random(_SEED).shuffle(_records(body))  # noqa: S311  an order, no secret


def _misnumbered(body: dict[str, Any], fault: Fault) -> None:
    for record in _records(body)[: fault.records]:
        number = record.get("rowNumber", 0) + 1
        record |= {"rowNumber": number, "messageId": str(number)}


_CHANGES: Final = {
    "foreign_urls": _foreign_urls,
    "missing_chunks": _missing_chunks,
    "missing_records": _missing,
    "doubled_records": _doubled,
    "shuffled_records": _shuffled,
    "misnumbered_records": _misnumbered,
}

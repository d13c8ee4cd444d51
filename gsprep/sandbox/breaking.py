"""Faults done to calls, between the server and the service. What befalls is ``faults``'."""

from __future__ import annotations

import json
import random
import time
from typing import TYPE_CHECKING, Any, Final

from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response

from gsprep.sandbox.faults import Script
from gsprep.sandbox.refusals import RefusalError
from gsprep.sandbox.routes import FATE
from gsprep.sandbox.wire import FAULT, TOO_MANY, refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from wsgiref.types import StartResponse, WSGIApplication, WSGIEnvironment

    from flask import Flask

    from gsprep.sandbox.faults import Fault

_PAGE: Final = "<!DOCTYPE html><html><body><h1>{} Service Unavailable</h1></body></html>"
_TOO_MANY: Final = 429
# The order of shuffled records: the same in every run.
_SEED: Final = 5


class BrokenConnectionError(ConnectionResetError):
    """The connection is to be broken here; the server on a port does it."""


def add_faults(
    app: Flask, faults: Sequence[Fault], *, sleep: Callable[[float], None] = time.sleep
) -> Flask:
    """Put a fault script in front of an application and return it.

    ``sleep`` waits for slow calls. A reset raises BrokenConnectionError, which ``serve`` turns
    into one and an in-process client sees as it is.
    """
    script, inner = Script(faults), app.wsgi_app

    def broken(environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        fault = script.take(_route(app, environ))
        if fault is None:
            return inner(environ, start_response)
        if fault.fault == "slow":
            sleep(fault.seconds)
        return _befallen(fault, inner, environ)(environ, start_response)

    app.wsgi_app = broken  # type: ignore[method-assign]  # Flask's documented place for middleware
    return app


def _route(app: Flask, environ: WSGIEnvironment) -> str | None:
    try:
        return str(app.url_map.bind_to_environ(environ).match()[0])
    except HTTPException:
        return None


def _befallen(fault: Fault, inner: WSGIApplication, environ: WSGIEnvironment) -> Response:
    if fault.fault in {"reset", "status", "html"}:
        if fault.committed:
            Response.from_app(inner, environ, buffered=True)
        if fault.fault == "reset":
            raise BrokenConnectionError
        return _page(fault) if fault.fault == "html" else _status(fault)
    if fault.fault in {"stuck", "failed"}:
        environ[FATE] = fault.fault
    reply = Response.from_app(inner, environ, buffered=True)
    if fault.fault == "truncated":
        return _truncated(fault, reply)
    change = _CHANGES.get(fault.fault)
    return _changed(reply, change, fault) if change else reply


def _status(fault: Fault) -> Response:
    usual = TOO_MANY if fault.status == _TOO_MANY else FAULT
    reply = refused(RefusalError(usual.code, usual.text))
    return _as_asked(fault, reply)


def _page(fault: Fault) -> Response:
    return _as_asked(fault, Response(_PAGE.format(fault.status), mimetype="text/html"))


def _as_asked(fault: Fault, reply: Response) -> Response:
    reply.status_code = fault.status
    if fault.retry_after is not None:
        reply.headers["Retry-After"] = str(fault.retry_after)
    return reply


def _truncated(fault: Fault, reply: Response) -> Response:
    body = reply.get_data()
    reply.set_data(body[: len(body) // 2])
    if not fault.framed:
        reply.headers["Content-Length"] = str(len(body))
        reply.automatically_set_content_length = False
    return reply


def _changed(
    reply: Response, change: Callable[[dict[str, Any], Fault], None], fault: Fault
) -> Response:
    body = json.loads(reply.get_data())
    change(body, fault)
    reply.set_data(json.dumps(body))
    return reply


def _inside(body: dict[str, Any]) -> dict[str, Any]:
    """Return what holds the records or urls: ``data``, or the body of a result file."""
    return body.get("data") or body


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
    """Return the records of a reply, of a result file or of the status of an upsert of 50."""
    inside = _inside(body)
    found = inside.get("records", inside.get("response"))
    return found if isinstance(found, list) else []


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

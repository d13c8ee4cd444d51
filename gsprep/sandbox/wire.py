"""Bodies read from the wire, and replies in the service's envelope.

Envelope: the samples of the page "People API Documentation", and for refusals those of "Data
Management APIs", read 2026-11.
"""

from __future__ import annotations

import json
import math
import uuid
from typing import TYPE_CHECKING, Any, Final, NoReturn

from flask import Response

from gsprep.sandbox.refusals import RefusalError, malformed

if TYPE_CHECKING:
    from flask import Request

    from gsprep.sandbox.dialect import AsyncInput, NotFound, Refusals
    from gsprep.sandbox.refusals import MissingPersonError

# HTTP statuses seen with a code; the pages give 400 for every other one.
_STATUS: Final = {"GS_APIG_2401": 401, "GS_APIG_1000": 404, "GU_2400": 429, "GU_1101": 500}

# The page "Data Management APIs" shows this one as the title of a refusal, not as its code.
_TITLES: Final = frozenset({"OBJECT_NOT_FOUND"})

UNAUTHORIZED: Final = RefusalError("GS_APIG_2401", "Unauthorized")
NO_ROUTE: Final = RefusalError("GS_APIG_1000", "Not Found")
TOO_MANY: Final = RefusalError("GU_2400", "Too many request")
FAULT: Final = RefusalError("GU_1101", "Oops, something went wrong")


def body_of(request: Request) -> Any:
    """Return the JSON of a request; raises RefusalError when it is none."""
    return _parsed(request.get_data())


def file_of(request: Request, taken: AsyncInput) -> Any:
    """Return the JSON of a job's request: its body, or the one file of a form."""
    is_form = request.mimetype == "multipart/form-data"
    if taken == "json" or (taken == "both" and not is_form):
        return body_of(request)
    files = [file for _, file in request.files.items(multi=True)] if is_form else []
    if len(files) != 1:
        raise malformed("a form (multipart/form-data) with one JSON file is needed")
    return _parsed(files[0].read())


def _parsed(content: bytes) -> Any:
    try:
        return json.loads(content, parse_constant=_no_number, parse_float=_number)
    except (ValueError, RecursionError) as problem:
        raise malformed("the body is not JSON") from problem


def _no_number(_: str) -> NoReturn:
    raise ValueError("JSON has no NaN and no Infinity")


def _number(text: str) -> float:
    number = float(text)
    return number if math.isfinite(number) else _no_number(text)


def done(data: Any, **more: Any) -> Response:
    """Return a reply of a call that was carried out."""
    return _reply({"result": True, "data": data, **more}, 200)


def refused(refusal: RefusalError, shape: Refusals = "400-code") -> Response:
    """Return the reply to a call that was refused as a whole.

    The failure envelope is the service's own; the gateway in front of it has no other shape
    than a code.
    """
    status = _STATUS.get(refusal.code, 400)
    if shape != "400-code" and refusal.code not in _STATUS:
        error = {"errorCode": refusal.code, "errorMessage": refusal.text}
        data = {"status": "FAILURE", "errors": [{"field": None, "invalidValue": []} | error]}
        return failed(data, shape)
    name = {"title": refusal.code} if refusal.code in _TITLES else {"errorCode": refusal.code}
    body = {"result": False, "errorCode": None, "errorDesc": refusal.text} | name
    return _reply({**body, "data": None, "message": refusal.text}, status)


def turned_away(status: int) -> Response:
    """Return the reply to a call that the sandbox must not take: 421 foreign Host, 403 Origin."""
    text = (
        "The sandbox serves this machine only. Call it as 127.0.0.1 or localhost, not from a page."
    )
    body = {"result": False, "errorCode": None, "errorDesc": text, "data": None, "message": text}
    return _reply(body, status)


def missing(person: MissingPersonError, shape: NotFound) -> Response:
    """Return the reply to a read of a person who does not exist."""
    if shape == "200-null":
        return done(None)
    if shape == "404-other":
        return plain({"status": 404, "error": "Not Found"}, 404)
    if shape in {"400-code", "404-code"}:
        reply = refused(person)
        reply.status_code = int(shape[:3])
        return reply
    error = {"errorCode": person.code, "errorMessage": person.text}
    given = {"field": person.field, "invalidValue": [{person.field: person.value}]}
    return failed({"status": "FAILURE", "errors": [given | error]}, shape)


def plain(body: Any, status: int = 200) -> Response:
    """Return a reply without envelope."""
    return Response(json.dumps(body), status, mimetype="application/json")


def failed(data: Any, shape: str = "400-envelope") -> Response:
    """Return the failure envelope; the samples show no HTTP status, a shape begins with it.

    The page "Error Codes for Person API" gives HTTP 400 for every code.
    """
    return _reply({"result": False, "data": data}, int(shape[:3]))


def _reply(body: dict[str, Any], status: int) -> Response:
    name = str(uuid.uuid4())
    response = plain(body | {"requestId": name}, status)
    # Both names were seen in replies of the service.
    response.headers["x-gs-request-id"] = response.headers["x-request-id"] = name
    return response

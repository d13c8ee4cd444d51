"""Request bodies and reply envelopes.

Envelope: the samples of the page "People API Documentation", and for refusals those of "Data
Management APIs", read 2026-11.
"""

from __future__ import annotations

import json
import math
import uuid
from typing import TYPE_CHECKING, Any, Final, NoReturn

from flask import Response

from gsprep.sandbox.rules import RefusalError, malformed

if TYPE_CHECKING:
    from flask import Request

    from gsprep.sandbox.dialect import AsyncInput, NotFound, Refusals
    from gsprep.sandbox.rules import MissingPersonError


# HTTP statuses seen with a code; the pages give 400 for every other code.
_STATUS: Final = {"GS_APIG_2401": 401, "GS_APIG_1000": 404, "GU_2400": 429, "GU_1101": 500}

# The page "Data Management APIs" shows this one as the title of a refusal, not as its code.
_TITLES: Final = frozenset({"OBJECT_NOT_FOUND"})

UNAUTHORIZED: Final = RefusalError("GS_APIG_2401", "Unauthorized")
NO_ROUTE: Final = RefusalError("GS_APIG_1000", "Not Found")
TOO_MANY: Final = RefusalError("GU_2400", "Too many request")
FAULT: Final = RefusalError("GU_1101", "Oops, something went wrong")


def read_body(request: Request) -> Any:
    """Return the JSON of a request; raises RefusalError if it is not JSON."""
    return _parsed(request.get_data())


def read_job_body(request: Request, taken: AsyncInput) -> Any:
    """Return the JSON of a job's request: its body, or the one file of a form."""
    is_form = request.mimetype == "multipart/form-data"
    if taken == "json" or (taken == "both" and not is_form):
        return read_body(request)
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


def success(data: Any, **more: Any) -> Response:
    """Return the reply to a call that was executed."""
    return _reply({"result": True, "data": data, **more}, 200)


def refusal(problem: RefusalError, shape: Refusals = "400-code") -> Response:
    """Return the reply to a call that was refused as a whole.

    Only the service uses the failure envelope; the gateway in front of it replies with a code.
    """
    status = _STATUS.get(problem.code, 400)
    if shape != "400-code" and problem.code not in _STATUS:
        error = {"errorCode": problem.code, "errorMessage": problem.text}
        data = {"status": "FAILURE", "errors": [{"field": None, "invalidValue": []} | error]}
        return failure(data, shape)
    name = {"title": problem.code} if problem.code in _TITLES else {"errorCode": problem.code}
    body = {"result": False, "errorCode": None, "errorDesc": problem.text} | name
    return _reply({**body, "data": None, "message": problem.text}, status)


def invalid_records(problem: RefusalError, errors: list[Any]) -> Response:
    """Return the reply to a write of objects that failed because records are invalid."""
    body = {
        "result": False,
        "errorCode": problem.code,
        "errorDesc": problem.text,
        "data": {"count": 0, "errors": errors, "records": None},
        "message": None,
    }
    return _reply(body, 400)


def not_local(status: int) -> Response:
    """Return the reply to a call with a foreign Host (421) or Origin (403)."""
    text = (
        "The sandbox serves this machine only. Call it as 127.0.0.1 or localhost, not from a page."
    )
    body = {"result": False, "errorCode": None, "errorDesc": text, "data": None, "message": text}
    return _reply(body, status)


def missing_person(person: MissingPersonError, shape: NotFound) -> Response:
    """Return the reply to a read of a person who does not exist."""
    if shape == "200-null":
        return success(None)
    if shape == "404-other":
        return plain({"status": 404, "error": "Not Found"}, 404)
    if shape in {"400-code", "404-code"}:
        reply = refusal(person)
        reply.status_code = int(shape[:3])
        return reply
    error = {"errorCode": person.code, "errorMessage": person.text}
    given = {"field": person.field, "invalidValue": [{person.field: person.value}]}
    return failure({"status": "FAILURE", "errors": [given | error]}, shape)


def plain(body: Any, status: int = 200) -> Response:
    """Return a reply without an envelope."""
    return Response(json.dumps(body), status, mimetype="application/json")


def failure(data: Any, shape: str = "400-envelope") -> Response:
    """Return the failure envelope with the HTTP status that its shape begins with.

    The samples show no status; the page "Error Codes for Person API" gives 400 for every code.
    """
    return _reply({"result": False, "data": data}, int(shape[:3]))


def _reply(body: dict[str, Any], status: int) -> Response:
    name = str(uuid.uuid4())
    response = plain(body | {"requestId": name}, status)
    # Both names were seen in replies of the service.
    response.headers["x-gs-request-id"] = response.headers["x-request-id"] = name
    return response

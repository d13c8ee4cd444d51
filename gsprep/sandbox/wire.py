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
    try:
        return json.loads(request.get_data(), parse_constant=_no_number, parse_float=_number)
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


def refused(refusal: RefusalError) -> Response:
    """Return a reply of a call that was turned down as a whole."""
    name = {"title": refusal.code} if refusal.code in _TITLES else {"errorCode": refusal.code}
    body = {"result": False, "errorCode": None, "errorDesc": refusal.text} | name
    return _reply({**body, "data": None, "message": refusal.text}, _STATUS.get(refusal.code, 400))


def plain(body: Any, status: int = 200) -> Response:
    """Return a reply without envelope."""
    return Response(json.dumps(body), status, mimetype="application/json")


def failed(data: Any) -> Response:
    """Return a reply of a call whose one record was turned down; the samples show no code.

    The page "Error Codes for Person API" gives HTTP 400 for every code.
    """
    return _reply({"result": False, "data": data}, 400)


def _reply(body: dict[str, Any], status: int) -> Response:
    name = str(uuid.uuid4())
    response = plain(body | {"requestId": name}, status)
    # Both names were seen in replies of the service.
    response.headers["x-gs-request-id"] = response.headers["x-request-id"] = name
    return response

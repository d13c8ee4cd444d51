"""Whether a reply lets a call through, asks to repeat it, or turns it down.

The service's code decides before the HTTP status, a 200 may bear the code of any refusal; but
what a gateway says of a key or of too large a call holds whatever the body says.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx

from gsprep.errors import AccessKeyError, RejectedError
from gsprep.uploader.codes import asks, with_meaning
from gsprep.uploader.retry import Failure, asked_wait
from gsprep.uploader.wire import REQUEST_ID_HEADERS

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAME = re.compile(r"[\w.:;,/+=|#-]{1,100}", re.ASCII)
_REDIRECTED, _FAULT = 300, 500
_FINAL = frozenset({401, 403, 413})
_OF_THE_ROWS = frozenset({400, 409, 413, 422})


@dataclass(frozen=True, slots=True)
class Facts:
    """What a reply says of itself; what it does not say is "", None or empty."""

    status: int
    code: str
    request_id: str
    retry_after: str | None
    body: Mapping[str, Any] = field(repr=False)

    @property
    def what(self) -> str:
        """The status, and the code with its meaning."""
        return ", ".join(filter(None, (f"HTTP {self.status}", with_meaning(self.code))))


def facts_of(response: httpx.Response, body: object) -> Facts:
    """Return the facts of a reply whose parsed body is ``body``."""
    said = body if isinstance(body, dict) else {}
    return Facts(
        status=response.status_code,
        # The metadata calls name what is wrong in the title.
        code=_name(said.get("errorCode")) or _name(said.get("title")),
        request_id=_name(said.get("requestId")) or _header_name(response),
        retry_after=response.headers.get("Retry-After"),
        body=said,
    )


def _name(value: object) -> str:
    # Codes and ids go to files and messages: an address or a sentence may not come with them.
    return value if isinstance(value, str) and _NAME.fullmatch(value) else ""


def _header_name(response: httpx.Response) -> str:
    names = (_name(response.headers.get(name)) for name in REQUEST_ID_HEADERS)
    return next(filter(None, names), "")


def failure_of(facts: Facts, now: float) -> Failure | None:
    """Return why the call may be made again, None when it is answered; ``now`` is epoch time."""
    if facts.status in _FINAL:
        return None
    too_many = facts.status == httpx.codes.TOO_MANY_REQUESTS or asks(facts.code) == "quota"
    fault = facts.status >= _FAULT or asks(facts.code) == "fault"
    if not too_many and not fault and facts.status != httpx.codes.REQUEST_TIMEOUT:
        return None
    asked = asked_wait(facts.retry_after, now)
    return Failure(facts.what, may_be_stored=fault, quota=too_many, asked=asked)


def raise_refusal(facts: Facts) -> None:
    """Raise AccessKeyError or RejectedError when the reply turns the whole call down."""
    if facts.status in (401, 403) or asks(facts.code) == "key":
        raise AccessKeyError(
            f"the service refused the access key ({facts.what}): "
            "check that it is the key of this tenant, and make a new one if it was revoked"
        )
    denied = facts.body.get("result") is False and not facts.body.get("data")
    if (facts.status >= _REDIRECTED or denied) and not _speaks_of_a_record(facts):
        raise RejectedError(
            _refusal(facts), status=facts.status, code=facts.code, request_id=facts.request_id
        )


def _speaks_of_a_record(facts: Facts) -> bool:
    """Tell a single record's refusal, an answer to be read, from that of a whole call."""
    data = facts.body.get("data")
    known = isinstance(data, dict) and data.get("status") == "FAILURE"
    return known and facts.status in _OF_THE_ROWS


def _refusal(facts: Facts) -> str:
    known = asks(facts.code)
    of_rows = (
        facts.status < _REDIRECTED or facts.status in _OF_THE_ROWS or known in ("rows", "none")
    )
    if of_rows and known != "route":
        return f"the service turned the whole call down ({facts.what}): mend what the code names"
    return f"the service does not know this call ({facts.what}): check the address of the tenant"

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
from gsprep.uploader.codes import asks, code_in, with_meaning
from gsprep.uploader.retry import Failure, asked_wait
from gsprep.uploader.wire import REQUEST_ID_HEADERS

if TYPE_CHECKING:
    from collections.abc import Mapping

_ID = re.compile(r"[\w.:;,/+=|#-]{1,100}", re.ASCII)
_LETTERS = re.compile(r"[A-Za-z]+")
_HEX = re.compile(r"[a-f]+|[A-F]+")
# A longer word of letters in an id may be a name.
_LONGEST_WORD = 4
_TOO_MANY = (
    "Other programs may use up the tenant's limit of calls: try again later, or ask Gainsight "
    "for a higher limit"
)
_FAULTY = "The service has a fault or is being updated: see its status page, or try again later"
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
        code=code_in(said.get("errorCode")) or code_in(said.get("title")),
        request_id=_id(said.get("requestId")) or _header_id(response),
        retry_after=response.headers.get("Retry-After"),
        body=said,
    )


def _id(value: object) -> str:
    """Return the service's name for a call, "" for what may be a person's: it is in messages.

    An id has digits and short pieces of letters, as UUIDs and 1-65f3ab12;Root=1 have; letters
    alone may be a name, digits alone a telephone number.
    """
    if not isinstance(value, str) or not _ID.fullmatch(value):
        return ""
    words = _LETTERS.findall(value)
    short = all(len(word) <= _LONGEST_WORD or _HEX.fullmatch(word) for word in words)
    is_id = (words and short and any(map(str.isdigit, value))) or len(value) == 1
    return value if is_id else ""


def _header_id(response: httpx.Response) -> str:
    ids = (_id(response.headers.get(name)) for name in REQUEST_ID_HEADERS)
    return next(filter(None, ids), "")


def failure_of(facts: Facts, now: float) -> Failure | None:
    """Return why the call may be made again, None when it is answered; ``now`` is epoch time."""
    if facts.status in _FINAL:
        return None
    too_many = facts.status == httpx.codes.TOO_MANY_REQUESTS or asks(facts.code) == "quota"
    fault = facts.status >= _FAULT or asks(facts.code) == "fault"
    if not too_many and not fault and facts.status != httpx.codes.REQUEST_TIMEOUT:
        return None
    asked = asked_wait(facts.retry_after, now)
    cure = _TOO_MANY if too_many else _FAULTY
    return Failure(facts.what, may_be_stored=fault, quota=too_many, asked=asked, cure=cure)


def refusal_of(facts: Facts) -> AccessKeyError | RejectedError | None:
    """Return the error of a reply that turns the whole call down, None of any other.

    It is returned, so that no frame of its traceback holds the reply.
    """
    if facts.status in (401, 403) or asks(facts.code) == "key":
        return AccessKeyError(
            f"the service refused the access key ({facts.what}): "
            "check that it is the key of this tenant, and make a new one if it was revoked"
        )
    denied = facts.body.get("result") is False and not facts.body.get("data")
    if (facts.status >= _REDIRECTED or denied) and not _speaks_of_a_record(facts):
        return RejectedError(
            _refusal(facts), status=facts.status, code=facts.code, request_id=facts.request_id
        )
    return None


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

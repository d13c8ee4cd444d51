"""One call, made until the service replies or there is no point in asking again."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
import stamina

from gsprep.errors import (
    AccessKeyError,
    QuotaError,
    RejectedError,
    ReplyError,
    UnavailableError,
    UploadError,
)
from gsprep.uploader.retry import Failure, asked_wait, wait_before
from gsprep.uploader.wire import KEY_REFUSED, REQUEST_ID_HEADERS, TOO_MANY_CALLS

if TYPE_CHECKING:
    from gsprep.uploader.limits import Pace

# 50 people with their companies come back in some 100 kB, 5,000 companies in a few MB.
_LARGEST_REPLY = 64 * 1024 * 1024
_NAME = re.compile(r"[\w.:;,/+=|#-]{1,100}", re.ASCII)
_NOT_SENT = Failure("could not connect", may_be_stored=False)
_SILENCE = Failure("no reply", may_be_stored=True, silent=True)


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """What is asked of the service.

    Attributes:
        path: from the root of the tenant; never an address.
        body: JSON in UTF-8, None for no body.
        writes: whether it changes anything there; without a reply it is repeated once only.
    """

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    writes: bool = False


@dataclass(frozen=True, slots=True)
class Reply:
    """What the service replied to a call that went through.

    Attributes:
        body: the parsed JSON; it holds personal data and is not shown.
        request_id: the service's name for the call, "" when it gave none.
    """

    status: int
    body: Any = field(repr=False)
    request_id: str


@dataclass(slots=True)
class _Tries:
    """What the attempts at one call came to so far; ``waited`` is in seconds."""

    call: Call
    pace: Pace
    failures: list[Failure] = field(default_factory=list)
    waited: float = 0.0
    may_be_stored: bool = False
    error: UploadError | None = None

    def failed(self, failure: Failure) -> UploadError:
        """Note a failed attempt and return the error it ends with when it is the last."""
        self.failures.append(failure)
        self.may_be_stored |= failure.may_be_stored and self.call.writes
        self.waited += self._wait
        self.error = _last_error(
            failure, len(self.failures), may_be_stored=self.may_be_stored, too_long=self._too_long
        )
        return self.error

    @property
    def _wait(self) -> float:
        return wait_before(len(self.failures) + 1, self.failures[-1])

    @property
    def _too_long(self) -> bool:
        return self.failures[-1].asked is not None and self.waited > self.pace.limits.max_wait

    def again(self, error: Exception) -> bool | float:
        """Return whether to try again; the wait before it is over when this returns."""
        if error is not self.error:
            return False
        silences = sum(failure.silent for failure in self.failures)
        enough = len(self.failures) >= self.pace.limits.attempts
        if enough or self._too_long or (self.call.writes and silences > 1):
            return False
        # The pace sleeps, not stamina: it says what it waits for, and tests turn its clock.
        self.pace.pause(self._wait, self.failures[-1].what)
        return 0.0


@dataclass(frozen=True, slots=True)
class Caller:
    """Makes calls at the pace allowed, and repeats what may be repeated."""

    http: httpx.Client = field(repr=False)
    pace: Pace = field(repr=False)

    def make(self, call: Call) -> Reply:
        """Return the reply to a call.

        Raises AccessKeyError (401, 403), RejectedError (3xx and other 4xx), ReplyError (not
        JSON, or too large), QuotaError (the wait is longer than max_wait) and
        UnavailableError (no reply, 429 or 5xx to the last attempt).
        """
        tries = _Tries(call, self.pace)
        for attempt in stamina.retry_context(on=tries.again, attempts=None, timeout=None):
            with attempt:
                return self._try(call, tries)
        raise AssertionError  # pragma: no cover  the last attempt returns or raises

    def _try(self, call: Call, tries: _Tries) -> Reply:
        try:
            answer = self._attempt(call)
        except UploadError as error:
            # This attempt was turned away; one before it may have done the work.
            error.may_be_stored = tries.may_be_stored
            raise
        if isinstance(answer, Failure):
            raise tries.failed(answer)
        return answer

    def _attempt(self, call: Call) -> Reply | Failure:
        with self.pace.turn():
            answer = self._exchange(call)
        if isinstance(answer, Failure):
            return answer
        response, content = answer
        body = _json(content)
        facts = body if isinstance(body, dict) else {}
        # The metadata calls name what is wrong in the title.
        code = _name(facts.get("errorCode")) or _name(facts.get("title"))
        request_id = _name(facts.get("requestId")) or _header_name(response)
        if failure := _failure(response, code, self.pace.limits.now()):
            return failure
        _raise_refusal(response.status_code, code, request_id, facts)
        if body is None:
            raise ReplyError("the service's reply is not JSON, or not whole: see its status page")
        return Reply(response.status_code, body, request_id)

    def _exchange(self, call: Call) -> tuple[httpx.Response, bytes] | Failure:
        headers = {"Accept": "application/json"}
        if call.body is not None:
            headers["Content-Type"] = "application/json"
        try:
            with self.http.stream(
                call.method, call.path, params=call.query, content=call.body, headers=headers
            ) as response:
                return response, _content(response)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError):
            return _NOT_SENT
        except httpx.DecodingError:
            return _unreadable(call)
        except httpx.TransportError:
            return _SILENCE


def _unreadable(call: Call) -> Failure:
    # Something came back, but not what was sent: as good as no reply.
    return Failure("a reply that cannot be unpacked", may_be_stored=call.writes, silent=True)


def _content(response: httpx.Response) -> bytes:
    content = bytearray()
    for part in response.iter_bytes():
        content += part
        if len(content) > _LARGEST_REPLY:
            raise ReplyError("the service's reply is too large to be a reply to this call")
    return bytes(content)


def _json(content: bytes) -> Any:
    """Return the parsed body, None when it is not JSON (or JSON's null)."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        return None


def _name(value: object) -> str:
    # Codes and ids go to files and messages: an address or a sentence may not come with them.
    return value if isinstance(value, str) and _NAME.fullmatch(value) else ""


def _header_name(response: httpx.Response) -> str:
    names = (_name(response.headers.get(name)) for name in REQUEST_ID_HEADERS)
    return next(filter(None, names), "")


def _failure(response: httpx.Response, code: str, now: float) -> Failure | None:
    status = response.status_code
    too_many = status == httpx.codes.TOO_MANY_REQUESTS or code == TOO_MANY_CALLS
    if not too_many and status < 500 and status != httpx.codes.REQUEST_TIMEOUT:  # noqa: PLR2004  5xx
        return None
    asked = asked_wait(response.headers.get("Retry-After"), now)
    return Failure(f"HTTP {status}", may_be_stored=status >= 500, quota=too_many, asked=asked)  # noqa: PLR2004  5xx


def _raise_refusal(status: int, code: str, request_id: str, body: dict[str, Any]) -> None:
    if status in (401, 403) or code in KEY_REFUSED:
        raise AccessKeyError(
            f"the service refused the access key (HTTP {status}): "
            "check that it is the key of this tenant, and make a new one if it was revoked"
        )
    if status >= 300 or (body.get("result") is False and not body.get("data")):  # noqa: PLR2004  3xx, 4xx
        what = ", ".join(filter(None, (f"HTTP {status}", code)))
        raise RejectedError(_refusal(status, what), status=status, code=code, request_id=request_id)


def _refusal(status: int, what: str) -> str:
    if status < 300 or status in (400, 409, 413, 422):  # noqa: PLR2004  the reply speaks of the rows
        return (
            f"the service turned the whole call down ({what}): look the code up and mend the rows"
        )
    return f"the service does not know this call ({what}): check the address of the tenant"


def _last_error(
    failure: Failure, attempts: int, *, may_be_stored: bool, too_long: bool
) -> UploadError:
    if failure.quota and too_long:
        spent = QuotaError(failure.asked or 0.0)
        spent.may_be_stored = may_be_stored
        return spent
    return UnavailableError(
        f"the service gave no answer to {attempts} attempt(s), at last: {failure.what}. "
        "Run the same command again later",
        may_be_stored=may_be_stored,
        retry_after=failure.asked,
    )

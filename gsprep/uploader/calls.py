"""One call, made until the service replies or there is no point in asking again."""

from __future__ import annotations

import codecs
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
import stamina

from gsprep.errors import QuotaError, ReplyError, UnavailableError, UploadError
from gsprep.uploader.refusals import facts_of, failure_of, raise_refusal
from gsprep.uploader.retry import Budget, Failure, spread, wait_before

if TYPE_CHECKING:
    from gsprep.ledger.quota import Beside
    from gsprep.uploader.limits import Kind
    from gsprep.uploader.pace import Pace

# 50 people with their companies come back in some 100 kB, 5,000 companies in a few MB.
_LARGEST_REPLY = 64 * 1024 * 1024
# A job of 80 MB comes back with ids and defaults, in one file if the service likes.
_LARGEST_FILE = 512 * 1024 * 1024
# A file smaller than this is looked at for an error code in place of records.
_SMALL_FILE = 64 * 1024
# A status id that is the whole reply, without the quotes of JSON.
_BARE_ID = re.compile(rb"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_NOT_SENT = Failure("could not connect", may_be_stored=False)
_SILENCE = Failure("no reply", may_be_stored=True, silent=True)
_CUT_OFF = Failure("a file that is not whole", may_be_stored=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """What is asked of the service.

    Attributes:
        path: from the root of the tenant; never an address.
        body: JSON in UTF-8 unless ``media`` says otherwise, None for no body.
        writes: whether it changes anything there; without a reply it is repeated once only.
        kind: which of the service's limits it counts against.
        is_file: whether the reply is a file of any size, whose bytes are given back.
        media: what the body is.
        of_one: whether it sends one record, whose refusal is an answer to be read.
        beside: what is written to the ledger when the call begins, with the call itself.
    """

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    writes: bool = False
    kind: Kind = "sync"
    is_file: bool = False
    of_one: bool = False
    media: str = "application/json"
    beside: Beside | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """What the service replied to a call that went through.

    Attributes:
        body: the parsed JSON, of a file its bytes; it holds personal data and is not shown.
        request_id: the service's name for the call, "" when it gave none.
    """

    status: int
    body: Any = field(repr=False)
    request_id: str


@dataclass(slots=True)
class _Tries:
    """What the attempts at one call came to so far; ``wait`` and ``waited`` are in seconds."""

    call: Call
    pace: Pace
    budget: Budget
    failures: list[Failure] = field(default_factory=list)
    wait: float = 0.0
    waited: float = 0.0
    may_be_stored: bool = False
    error: UploadError | None = None

    def failed(self, failure: Failure) -> UploadError:
        """Note a failed attempt and return the error it ends with when it is the last."""
        self.failures.append(failure)
        self.may_be_stored |= failure.may_be_stored and self.call.writes
        wait = wait_before(len(self.failures) + 1, failure)
        self.wait = spread(wait, self.pace.limits.jitter())
        self.waited += self.wait
        self.error = self._last_error(failure)
        return self.error

    @property
    def _too_long(self) -> bool:
        return self.failures[-1].asked is not None and self.waited > self.pace.limits.max_wait

    def again(self, error: Exception) -> bool | float:
        """Return whether to try again; the wait before it is over when this returns."""
        if error is not self.error:
            return False
        silences = sum(failure.silent for failure in self.failures)
        enough = len(self.failures) >= self.pace.limits.attempts or self.budget.spent
        if enough or self._too_long or (self.call.writes and silences > 1):
            return False
        self.budget.take()
        # The pace sleeps, not stamina: it says what it waits for, and tests turn its clock.
        try:
            self.pace.pause(self.wait, f"another try ({self.failures[-1].what})")
        except UploadError as stopped:
            stopped.may_be_stored = self.may_be_stored
            raise
        return 0.0

    def _last_error(self, failure: Failure) -> UploadError:
        if failure.quota and self._too_long:
            spent = QuotaError(failure.asked or 0.0)
            spent.may_be_stored = self.may_be_stored
            return spent
        limits = self.pace.limits
        budget = f" The run's {limits.repeats} repeats are spent." if self.budget.spent else ""
        return UnavailableError(
            f"{len(self.failures)} attempt(s) at a call came to nothing, at last: {failure.what}."
            f"{budget} Check the address and the network, or try again later",
            may_be_stored=self.may_be_stored,
            retry_after=failure.asked,
        )


class Caller:
    """Makes calls at the pace allowed, and repeats what may be repeated."""

    def __init__(self, http: httpx.Client, pace: Pace) -> None:
        """Begin with no repeats made."""
        self._http = http
        self._budget = Budget(pace.limits.repeats)
        self.pace = pace

    def make(self, call: Call) -> Reply:
        """Return the reply to a call.

        Raises AccessKeyError (401, 403), RejectedError (3xx and other 4xx), ReplyError (not
        JSON, or too large), QuotaError (the wait is longer than max_wait) and
        UnavailableError (no reply, 429 or 5xx to the last attempt).
        """
        tries = _Tries(call, self.pace, self._budget)
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
        self._budget.earn()
        return answer

    def _attempt(self, call: Call) -> Reply | Failure:
        with self.pace.turn(call.kind, call.beside):
            answer = self._exchange(call)
        if isinstance(answer, Failure):
            return answer
        response, content = answer
        # A file is read by who asked for it; an error in its place is small.
        is_file = call.is_file and response.is_success
        body = _json(content) if not is_file or len(content) < _SMALL_FILE else None
        facts = facts_of(response, body)
        if failure := failure_of(facts, self.pace.limits.now()):
            return failure
        raise_refusal(facts, of_one=call.of_one)
        if is_file:
            return Reply(facts.status, content, facts.request_id) if _whole(content) else _CUT_OFF
        if body is None:
            raise _no_json(facts.request_id)
        return Reply(facts.status, body, facts.request_id)

    def _exchange(self, call: Call) -> tuple[httpx.Response, bytearray] | Failure:
        headers = {"Accept": "application/json"}
        if call.body is not None:
            headers["Content-Type"] = call.media
        try:
            with self._http.stream(
                call.method, call.path, params=call.query, content=call.body, headers=headers
            ) as response:
                return response, _content(
                    response, _LARGEST_FILE if call.is_file else _LARGEST_REPLY
                )
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError):
            return _NOT_SENT
        except httpx.DecodingError:
            return _unreadable(call)
        except httpx.TransportError:
            return _SILENCE


def _unreadable(call: Call) -> Failure:
    # Something came back, but not what was sent: as good as no reply.
    return Failure("a reply that cannot be unpacked", may_be_stored=call.writes, silent=True)


def _content(response: httpx.Response, largest: int) -> bytearray:
    content = bytearray()
    for part in response.iter_bytes():
        content += part
        if len(content) > largest:
            raise ReplyError("the service's reply is too large to be a reply to this call")
    # Not as bytes: a file of results may be half a gigabyte, which would stand here twice.
    return content


def _json(content: bytearray) -> Any:
    """Return the parsed body, None when it is not JSON (or JSON's null); a bare id is a text."""
    try:
        return json.loads(content)
    except (ValueError, RecursionError):
        bare = content.strip() if len(content) < _SMALL_FILE else b""
        return bare.decode() if _BARE_ID.fullmatch(bare) else None


def _whole(content: bytearray) -> bool:
    begin = content[:64].removeprefix(codecs.BOM_UTF8).lstrip()
    return begin.startswith(b"{") and content[-64:].rstrip().endswith(b"}")


def _no_json(request_id: str) -> ReplyError:
    error = ReplyError("the service's reply is not JSON, or not whole: see its status page")
    error.request_id = request_id
    return error

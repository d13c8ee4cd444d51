"""One call and its repeats: which failed calls are repeated, and the waits before that."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field, replace
from datetime import UTC
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING, Any

import httpx

from gsprep.calls.json_types import in_utf8, parsed, respelled
from gsprep.calls.network import Deadline, Unreached, https_only, refused_by_proxy
from gsprep.calls.responses import TOO_LARGE, facts_of, refusal_of
from gsprep.calls.transport import REDACT, PackingError, read_body
from gsprep.errors import (
    LedgerError,
    QuotaError,
    RejectedError,
    ReplyError,
    UnavailableError,
    UploadError,
)

if TYPE_CHECKING:
    from gsprep.calls.limits import Kind, Pace
    from gsprep.calls.network import Reason
    from gsprep.calls.responses import ResponseFacts
    from gsprep.ledger.quota import InTransaction

_TOO_MANY = (
    "Other programs may use the tenant's limit of calls: try again later, or ask Gainsight "
    "for a higher limit"
)
_FAULTY = "The service has an error or is being updated: see its status page, or try again later"
_FAULT = 500
# GU_1101 is the service's own code for it.
_INTERNAL = re.compile(r"GU_1101|\binternal\b.*\berror\b", re.IGNORECASE)
_MAY_PASS = frozenset({HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.LOCKED, HTTPStatus.TOO_EARLY})
_FINAL = frozenset({401, 403, TOO_LARGE})
_LONGEST = 60.0
# A wait may be longer by this share, so that clients do not all come back at the same moment.
_SPREAD = 0.25
# The share of a repeat that a successful call gives back.
_EARNED = 0.1


@dataclass(frozen=True, slots=True)
class Failure:
    """A failed attempt that may be repeated.

    Attributes:
        what: what happened, in a few words.
        may_be_stored: whether the service may have stored the data nevertheless.
        silent: whether there was no reply at all.
        quota: whether the service replied that there were too many calls.
        asked: the seconds that the service asked to wait, None if it did not say.
        cure: what to do if no attempt succeeds.
        passes: whether another attempt may succeed.
        may_be_of_one: the HTTP status if one record of the call may be what is wrong.
    """

    what: str
    may_be_stored: bool
    silent: bool = False
    quota: bool = False
    asked: float | None = None
    cure: str = "Check the network, or try again later"
    passes: bool = True
    may_be_of_one: str = ""


def wait_before(attempt: int, failure: Failure) -> float:
    """Return the seconds to wait before ``attempt`` (the first repeat is 2).

    The wait that the service asked for wins, unless it is zero (a moment that is over by this
    clock). Otherwise the wait doubles; after "too many calls" the waits together are longer than
    the service's window of a minute.

    >>> [wait_before(n, Failure("HTTP 503", may_be_stored=True)) for n in (2, 3, 4, 5)]
    [1.0, 2.0, 4.0, 8.0]
    """
    if failure.asked:
        return failure.asked
    first = 5.0 if failure.quota else 1.0
    return min(_LONGEST, first * 2.0 ** min(attempt - 2, 16))


def spread(wait: float, share: float) -> float:
    """Return a wait that is longer by a share (0 to 1) of a quarter, never shorter.

    >>> spread(8.0, 0.0), spread(8.0, 1.0)
    (8.0, 10.0)
    """
    return wait * (1 + _SPREAD * share)


class Budget:
    """The repeats that a run may still make, so that calls to a failed service end."""

    def __init__(self, repeats: int) -> None:
        """Begin with all repeats."""
        self._most = self._left = float(repeats)

    @property
    def spent(self) -> bool:
        """Whether no repeat is left."""
        return self._left < 1

    def take(self) -> None:
        """Use one repeat."""
        self._left -= 1

    def earn(self) -> None:
        """Add a tenth of a repeat for a successful call."""
        self._left = min(self._most, self._left + _EARNED)


def asked_wait(header: str | None, now: float) -> float | None:
    """Return the seconds of a Retry-After, a number or a date; None if there is none.

    ``now`` is the time of day (epoch). A header that cannot be read is ignored.

    >>> asked_wait("30", 0.0), asked_wait("Thu, 01 Jan 1970 00:01:00 GMT", 15.0)
    (30.0, 45.0)
    >>> asked_wait("soon", 0.0) is None
    True
    """
    text = (header or "").strip()
    seconds = _number(text)
    if seconds is None:
        moment = _moment(text)
        seconds = None if moment is None else max(0.0, moment - now)
    return seconds


def _number(text: str) -> float | None:
    try:
        seconds = float(text)
    except ValueError:
        return None
    return seconds if math.isfinite(seconds) and seconds >= 0 else None


def _moment(text: str) -> float | None:
    try:
        moment = parsedate_to_datetime(text)
        # A date without a zone is in UTC, like all dates of HTTP.
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None


def failure_of(facts: ResponseFacts, now: float) -> Failure | None:
    """Return why the call should be repeated, None if it should not; ``now`` is epoch time."""
    if facts.status in _FINAL:
        return None
    too_many = facts.status == HTTPStatus.TOO_MANY_REQUESTS or facts.refused.asks == "quota"
    fault = facts.status >= _FAULT or facts.refused.asks == "fault"
    if not too_many and not fault and facts.status not in _MAY_PASS:
        return None
    # The service counts by its own clock.
    date = _moment(facts.date or "")
    asked = asked_wait(facts.retry_after, now if date is None else date)
    cure = _TOO_MANY if too_many else _FAULTY
    # Others, such as 503, and words such as "maintenance" are about the service.
    words = f"{facts.code} {facts.refused.said}" if facts.status < _FAULT else ""
    is_of_one = facts.status == _FAULT or _INTERNAL.search(words)
    return Failure(
        facts.what,
        may_be_stored=fault,
        quota=too_many,
        asked=asked,
        cure=cure,
        may_be_of_one=f"HTTP {facts.status}" if is_of_one and not too_many else "",
    )


# A reply for 50 people with their companies has some 100 kB, one for 5,000 companies a few MB.
_LARGEST_REPLY = 64 * 1024 * 1024
# The result of a job of 80 MB has ids and defaults as well, and may be one file.
_LARGEST_FILE = 512 * 1024 * 1024
# A file smaller than this may be an error in place of records.
_SMALL_FILE = 64 * 1024
_ACCEPTED = frozenset({httpx.codes.CREATED, httpx.codes.ACCEPTED})
# A reply that is only a status id, without the quotes of JSON.
_BARE_ID = re.compile(rb"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
# Blanks, marks in front of JSON, and the zeros that UTF-16 and UTF-32 have between its signs.
_BLANKS = b" \t\r\n\0\xef\xbb\xbf\xfe\xff"
_NOT_SENT = Failure("could not connect", may_be_stored=False)
_CUT_OFF = Failure("an incomplete file", may_be_stored=False)
_PERHAPS_HTTPS = "; if the port uses https, write https:// in the address of the tenant"


@dataclass(frozen=True, kw_only=True, slots=True)
class Call:
    """One request to the service.

    Attributes:
        path: from the root of the tenant; never a full address.
        body: JSON in UTF-8 unless ``media`` says otherwise, None for no body.
        writes: whether it changes data of the tenant; without a reply it is repeated only once.
        idempotent: whether a repeat does no harm if the first attempt was executed.
        kind: the limits of the service that it counts against.
        is_file: whether the reply is a file of any size; its bytes are returned.
        media: the media type of the body.
        of_one: whether it sends one record; its refusal is then a reply to read.
        once: whether a failure that may be of one of its records ends the attempts.
        in_transaction: what is written to the ledger together with the call, when it begins.
    """

    method: str
    path: str
    query: dict[str, str] = field(default_factory=dict, repr=False)
    body: bytes | None = field(default=None, repr=False)
    writes: bool = False
    idempotent: bool = True
    kind: Kind = "sync"
    is_file: bool = False
    of_one: bool = False
    once: bool = False
    media: str = "application/json"
    in_transaction: InTransaction | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class Reply:
    """The reply to a successful call.

    Attributes:
        body: the parsed JSON, or the bytes of a file; the repr leaves out this personal data.
        request_id: the service's id of the call, "" if it gave none.
    """

    status: int
    body: Any = field(repr=False)
    request_id: str


@dataclass(slots=True)
class _Tries:
    """The attempts at one call so far; ``wait`` and ``waited`` are in seconds."""

    call: Call
    pace: Pace
    budget: Budget
    failures: list[Failure] = field(default_factory=list)
    wait: float = 0.0
    waited: float = 0.0
    may_be_stored: bool = False

    def failed(self, failure: Failure) -> UploadError:
        """Add a failed attempt and return the error to raise if it is the last."""
        self.failures.append(failure)
        self.may_be_stored |= failure.may_be_stored and self.call.writes
        wait = wait_before(len(self.failures) + 1, failure)
        self.wait = spread(wait, self.pace.limits.jitter())
        self.waited += self.wait
        return self._last_error(failure)

    @property
    def _too_long(self) -> bool:
        return self.failures[-1].asked is not None and self.waited > self.pace.limits.max_wait

    def again(self) -> bool:
        """Return whether to try again, after the wait before the next attempt."""
        silences = sum(failure.silent for failure in self.failures)
        enough = len(self.failures) >= self.pace.limits.attempts or self.budget.spent
        enough |= not self.failures[-1].passes
        enough |= self.call.once and bool(self.failures[-1].may_be_of_one)
        harmful = self.may_be_stored and not self.call.idempotent
        if enough or harmful or self._too_long or (self.call.writes and silences > 1):
            return False
        self.budget.take()
        try:
            self.pace.pause(self.wait, f"the next attempt ({self.failures[-1].what})")
        except UploadError as stopped:
            stopped.may_be_stored = self.may_be_stored
            raise
        return True

    def _last_error(self, failure: Failure) -> UploadError:
        if failure.quota and self._too_long:
            spent = QuotaError(failure.asked or 0.0)
            spent.may_be_stored = self.may_be_stored
            return spent
        limits = self.pace.limits
        budget = f" The run's {limits.repeats} repeats are used up." if self.budget.spent else ""
        attempts = len(self.failures)
        times = f" {attempts} times, the last time" if attempts > 1 else ""
        error = UnavailableError(
            f"a call failed{times}: {failure.what}.{budget} {failure.cure}",
            may_be_stored=self.may_be_stored,
            retry_after=failure.asked,
        )
        error.may_be_of_one = failure.may_be_of_one
        return error


@dataclass(frozen=True, slots=True)
class _Heard:
    """A reply with its body; no traceback shows it."""

    response: httpx.Response = field(repr=False)
    content: bytearray = field(repr=False)


class Caller:
    """Makes calls within the limits, and repeats those that may be repeated."""

    def __init__(self, http: httpx.Client, pace: Pace) -> None:
        """Begin with the full budget of repeats."""
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
        while isinstance(reply := self._try(call, tries), Failure):
            error = tries.failed(reply)
            if not tries.again():
                raise error
        self._budget.earn()
        return reply

    def _try(self, call: Call, tries: _Tries) -> Reply | Failure:
        try:
            reply = self._attempt(call)
        except (UploadError, LedgerError) as error:
            # This attempt was refused or not made; an earlier one may have been executed.
            error.may_be_stored = tries.may_be_stored
            raise
        if isinstance(reply, UploadError):
            # A reply that cannot be read, or is at another address, may be of an executed call.
            elsewhere = isinstance(reply, RejectedError) and reply.status == httpx.codes.SEE_OTHER
            executed = isinstance(reply, ReplyError) or elsewhere
            reply.may_be_stored = tries.may_be_stored or (call.writes and executed)
            raise reply
        return reply

    def _attempt(self, call: Call) -> Reply | Failure | UploadError:
        with self.pace.turn(call.kind, call.in_transaction):
            heard = self._exchange(call)
        if not isinstance(heard, _Heard):
            return heard
        return _understood(call, heard, self.pace.limits.now())

    def _exchange(self, call: Call) -> _Heard | Failure | UploadError:
        headers = {"Accept": "application/json"}
        if call.body is not None:
            headers["Content-Type"] = call.media
        limits = self.pace.limits
        deadline = Deadline(limits.longest_call, limits.clock, self.pace.stopped)
        deadline.moved(len(call.body or b""))
        try:
            with deadline.kept(), self._http.stream(
                call.method, call.path, params=call.query, content=call.body, headers=headers
            ) as response:  # fmt: skip
                return _heard(call, response, deadline)
        except (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError) as e:
            return _not_sent(e)
        except (httpx.DecodingError, PackingError):
            # A damaged reply says as little as no reply.
            what = "a reply that cannot be unpacked"
            return Failure(what, may_be_stored=call.writes, silent=True)
        except httpx.TransportError:
            return _silence(deadline, is_plain=self._http.base_url.scheme == "http")


def _heard(call: Call, response: httpx.Response, deadline: Deadline) -> _Heard | UploadError:
    largest = _LARGEST_FILE if call.is_file else _LARGEST_REPLY
    # A file gets the time that its size needs; any other reply is small.
    content = read_body(response, largest, deadline.moved if call.is_file else lambda _: None)
    if isinstance(content, UploadError):
        return content
    read, redact = in_utf8(content), response.extensions.get(REDACT)
    return _Heard(response, read if redact is None else redact(read))


def _understood(call: Call, heard: _Heard, now: float) -> Reply | Failure | UploadError:
    """Return the result of a reply; errors are returned, not raised: see ``_Heard``."""
    response, content = heard.response, heard.content
    # The caller reads a file; an error in its place is small.
    is_file = call.is_file and response.is_success
    body = _json(content) if not is_file or len(content) < _SMALL_FILE else None
    # What other systems reply is not spelled otherwise: only a refusal is read here.
    spelled = isinstance(body, dict) and bool(body.keys() & {"data", "records", "result"})
    facts = facts_of(response, body if spelled else respelled(body), has_body=bool(content))
    # JSON may contain the address of a page.
    plain = _plain_to_https(response, content) if body is None else None
    failure = plain or failure_of(facts, now)
    ended = failure or refusal_of(facts, of_one=call.of_one)
    if ended is not None:
        return ended
    if call.is_file:
        return Reply(facts.status, content, facts.request_id) if _whole(content) else _CUT_OFF
    if body is None and facts.status in _ACCEPTED:
        # What was taken on is asked for there; of the address only the id is read.
        body = response.headers.get("Location")
    if body is None:
        return _no_json(facts.request_id)
    return Reply(facts.status, body, facts.request_id)


def _plain_to_https(response: httpx.Response, content: bytearray) -> Failure | None:
    """Return the failure if the reply says that plain HTTP was sent to an https port."""
    is_plain = response.status_code == httpx.codes.BAD_REQUEST and response.url.scheme == "http"
    if not is_plain or b"HTTPS" not in content[:_SMALL_FILE].upper():
        return None
    return _of(https_only(response.url.host, response.url.port))


def _not_sent(error: httpx.TransportError) -> Failure:
    if isinstance(error, Unreached):
        return _of(error.reason)
    return _of(refused_by_proxy(error)) if isinstance(error, httpx.ProxyError) else _NOT_SENT


def _of(reason: Reason) -> Failure:
    return Failure(reason.what, may_be_stored=False, cure=reason.cure, passes=reason.passes)


def _silence(deadline: Deadline, *, is_plain: bool) -> Failure:
    if deadline.left() <= 0:
        what = "no complete reply within the time limit of a call"
        return Failure(what, may_be_stored=True, silent=True)
    failure = Failure("no reply", may_be_stored=True, silent=True)
    # Some https servers close a plain connection without a reply.
    return replace(failure, cure=f"{failure.cure}{_PERHAPS_HTTPS}") if is_plain else failure


def _json(content: bytearray) -> Any:
    """Return the parsed body; None if it is not JSON, or null. A bare id is text."""
    try:
        return parsed(content)
    except (ValueError, RecursionError):
        bare = content.strip() if len(content) < _SMALL_FILE else b""
        return bare.decode() if _BARE_ID.fullmatch(bare) else None


def _whole(content: bytearray) -> bool:
    begin, end = (content[part].translate(None, _BLANKS) for part in (slice(64), slice(-64, None)))
    return bytes(begin[:1] + end[-1:]) in {b"{}", b"[]"}


def _no_json(request_id: str) -> ReplyError:
    error = ReplyError(
        "the service's reply is not JSON, or is incomplete: see the service's status page"
    )
    error.request_id = request_id
    return error

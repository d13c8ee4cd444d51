"""Which failed calls are repeated, and the waits before that."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from typing import TYPE_CHECKING

from gsprep.calls.responses import TOO_LARGE

if TYPE_CHECKING:
    from gsprep.calls.responses import ResponseFacts

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
    is_of_one = facts.status == _FAULT or _INTERNAL.search(f"{facts.code} {facts.refused.said}")
    return Failure(
        facts.what,
        may_be_stored=fault,
        quota=too_many,
        asked=asked,
        cure=cure,
        may_be_of_one=f"HTTP {facts.status}" if is_of_one and not too_many else "",
    )

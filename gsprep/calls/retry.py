"""Repeats of a call: whether, and how long to wait before."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC
from email.utils import parsedate_to_datetime

_LONGEST = 60.0
# How much longer than needed a wait may be, so that clients turned away together come back apart.
_SPREAD = 0.25
# What a good call gives back of a repeat.
_EARNED = 0.1


@dataclass(frozen=True, slots=True)
class Failure:
    """An attempt that may be made again.

    Attributes:
        what: what happened, in a few words.
        may_be_stored: whether the service may have done the work all the same.
        silent: whether there was no reply at all.
        quota: whether the service said that there were too many calls.
        asked: the seconds the service asked to wait, None when it did not say.
        cure: what to do when no attempt goes through.
        passes: whether it may pass by itself, so that another attempt makes sense.
    """

    what: str
    may_be_stored: bool
    silent: bool = False
    quota: bool = False
    asked: float | None = None
    cure: str = "Check the network, or try again later"
    passes: bool = True


def wait_before(attempt: int, failure: Failure) -> float:
    """Return the seconds to wait before ``attempt`` (the first repeat is 2).

    What the service asked for wins, unless that is no time at all (a moment that is over, by a
    clock that is not ours). Else waits double; after "too many calls" they outlast the service's
    window of a minute together.

    >>> [wait_before(n, Failure("HTTP 503", may_be_stored=True)) for n in (2, 3, 4, 5)]
    [1.0, 2.0, 4.0, 8.0]
    """
    if failure.asked:
        return failure.asked
    first = 5.0 if failure.quota else 1.0
    return min(_LONGEST, first * 2.0 ** min(attempt - 2, 16))


def spread(wait: float, share: float) -> float:
    """Return a wait drawn out by a share (0 to 1) of a quarter: never shorter than was asked.

    >>> spread(8.0, 0.0), spread(8.0, 1.0)
    (8.0, 10.0)
    """
    return wait * (1 + _SPREAD * share)


class Budget:
    """The repeats a run may still make: a service that is down is not asked for ever."""

    def __init__(self, repeats: int) -> None:
        """Begin with all of them."""
        self._most = self._left = float(repeats)

    @property
    def spent(self) -> bool:
        """Whether no repeat is left."""
        return self._left < 1

    def take(self) -> None:
        """Use up one repeat."""
        self._left -= 1

    def earn(self) -> None:
        """Get a tenth of a repeat back for a good call."""
        self._left = min(self._most, self._left + _EARNED)


def asked_wait(header: str | None, now: float) -> float | None:
    """Return the seconds a Retry-After asks for: a number or a date; None when it says nothing.

    ``now`` is the time of day (epoch). What cannot be read counts as not said.

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
        # A date without a zone is in UTC, as all dates of HTTP are.
        return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, TypeError, IndexError, OverflowError):
        return None

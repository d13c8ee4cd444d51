"""Limits on calls, and the pace that keeps to them."""

from __future__ import annotations

import math
import random
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from gsprep.calls.deadline import Deadline
from gsprep.calls.endpoints import (
    CALLS_PER_DAY,
    CALLS_PER_MINUTE,
    DELETES_PER_HOUR,
    JOBS_PER_DAY,
    JOBS_PER_HOUR,
)
from gsprep.errors import QuotaError, UploadError
from gsprep.ledger.quota import QuotaWindow

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from gsprep.ledger.quota import InTransaction, Quota

# What a call counts as: a synchronous call, a job handed in, or a deletion.
Kind = Literal["sync", "async", "delete"]
# What the 50 of a call are; the page says "records and fields" once and "records" elsewhere.
Counted = Literal["people", "rows"]
# No page says that deleting is not counted among the other calls.
COUNTS_AS: Mapping[Kind, tuple[Kind, ...]] = {
    "sync": ("sync",), "async": ("async",), "delete": ("delete", "sync"),
}  # fmt: skip
# How far the service's clock may be from ours, in seconds, where its windows are followed.
_GUARD = 3.0
# No page says in which time zone the service's day begins.
_LONGEST_ALIGNED = 3_600.0


@dataclass(frozen=True, slots=True)
class Window:
    """At most ``calls`` in any stretch of ``seconds``."""

    calls: int
    seconds: float


SYNC_WINDOWS = (Window(CALLS_PER_MINUTE, 60.0), Window(CALLS_PER_DAY, 86_400.0))
ASYNC_WINDOWS = (Window(JOBS_PER_HOUR, 3_600.0), Window(JOBS_PER_DAY, 86_400.0))
DELETE_WINDOWS = (Window(DELETES_PER_HOUR, 3_600.0),)


@dataclass(frozen=True, slots=True)
class Wait:
    """What is waited for: seconds from now, the moment it ends, and the people left to send.

    ``until`` is in seconds since 1970; ``left`` is None when nothing is being sent.
    """

    seconds: float
    reason: str
    until: float
    left: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """How fast, how patient, and by which clock; times in seconds.

    Attributes:
        windows: the limits of the tenant's package on calls, all of which hold.
        async_windows: those on handing in jobs.
        delete_windows: those on deleting, which holds to ``windows`` as well.
        aligned: whether windows of an hour or less begin on the hour and the minute of the
            service's clock, as its documents say. Else they may begin anywhere: slower, and safe
            with any clock.
        counted: what the 50 of a call are: people, or people and associations (rows).
        in_flight: the most calls, or jobs, that are under way at once.
        max_wait: the longest wait for quota before QuotaError.
        attempts: the most times one call is made.
        repeats: the most repeats of a run; ten good calls earn one back.
        jitter: a number from 0 to 1, by which waits before a repeat are drawn out.
        timeout: the longest silence within a call.
        longest_call: how long a call may take as a whole; the time that its body, or a file of
            results, takes on a slow line comes on top.
        clock: seconds from any moment, always forward; ``longest_call`` goes by it.
        now: the time of day, in seconds since 1970.
        sleep: what passes that time; None lets it pass, until the run is interrupted.
        waiting: called with each wait, and again every ten seconds of it.
    """

    windows: Sequence[Window] = SYNC_WINDOWS
    async_windows: Sequence[Window] = ASYNC_WINDOWS
    delete_windows: Sequence[Window] = DELETE_WINDOWS
    aligned: bool = False
    counted: Counted = "people"
    in_flight: int = 8
    max_wait: float = 3_600.0
    attempts: int = 5
    repeats: int = 100
    jitter: Callable[[], float] = random.random
    timeout: float = 60.0
    longest_call: float = 300.0
    clock: Callable[[], float] = time.monotonic
    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] | None = None
    waiting: Callable[[Wait], None] | None = None

    def windows_of(self, kind: Kind) -> Sequence[Window]:
        """Return the windows of one kind of call."""
        of = {
            "sync": self.windows, "async": self.async_windows, "delete": self.delete_windows,
        }  # fmt: skip
        return of[kind]

    def rules_of(self, kind: Kind) -> list[QuotaWindow]:
        """Return the rules that a call has to keep: those of all it counts as."""
        return [
            QuotaWindow(counted, window.calls, window.seconds, self._guard(window))
            for counted in COUNTS_AS[kind]
            for window in self.windows_of(counted)
        ]

    def _guard(self, window: Window) -> float | None:
        return _GUARD if self.aligned and window.seconds <= _LONGEST_ALIGNED else None


# Sleeping for less may not move a clock at all.
_SHORTEST_SLEEP = 0.001
# A waiting run is heard of this often, in seconds.
_SAY_AGAIN = 10.0
# The share by which the last call counts in how long calls take.
_LAST_COUNTS = 0.2
# Some calls take longer than most: so many times more are under way than would just do.
_HEADROOM = 1.5


class Pace:
    """Every attempt of every call takes one turn; any thread may take it."""

    def __init__(self, limits: Limits, quota: Quota) -> None:
        """Keep to ``limits``, counting in ``quota``."""
        self.limits = limits
        self.quota = quota
        self.left: int | None = None
        self._stop = threading.Event()
        self._said = -math.inf
        self._seconds = 0.0

    def stop(self) -> None:
        """Let every wait end with an error, those that begin later as well; no call begins."""
        self._stop.set()

    def deadline(self) -> Deadline:
        """Return by when a call that begins now has to be over; soon, once this is stopped."""
        return Deadline(self.limits.longest_call, self.limits.clock, self._stop)

    @contextmanager
    def turn(self, kind: Kind, in_transaction: InTransaction | None = None) -> Iterator[None]:
        """Wait until a call is allowed, and note it before and after.

        ``in_transaction`` is written in the transaction that notes it. Raises QuotaError when it
        would be allowed later than max_wait, UploadError when the run is stopped.
        """
        self._refuse_when_stopped()
        rules = self.limits.rules_of(kind)
        while (
            turn := self.quota.take(COUNTS_AS[kind], rules, self.limits.now(), in_transaction)
        ).wait:
            self._wait_for_quota(turn.wait)
        begun = self.limits.now()
        try:
            yield
        finally:
            ended = self.limits.now()
            self.took(ended - begun)
            self.quota.end(turn, ended)

    def took(self, seconds: float) -> None:
        """Learn from one call how long calls take."""
        share = _LAST_COUNTS if self._seconds else 1.0
        self._seconds += share * (seconds - self._seconds)

    def _wait_for_quota(self, seconds: float) -> None:
        if seconds > self.limits.max_wait:
            raise QuotaError(seconds)
        self.pause(seconds, "the quota of calls")

    def width(self, kind: Kind) -> int:
        """Return how many calls under way at once make full use of the quota.

        Where calls take longer than their share of the narrowest window, one alone would not. One
        where nothing is limited.
        """
        windows = self.limits.windows_of(kind)
        if not windows:
            return 1
        each = min(window.seconds / window.calls for window in windows)
        return max(1, min(self.limits.in_flight, math.ceil(_HEADROOM * self._seconds / each)))

    def pause(self, seconds: float, reason: str) -> None:
        """Say what is waited for, then wait; UploadError when the run is stopped meanwhile."""
        until = self.limits.now() + max(seconds, _SHORTEST_SLEEP)
        left = max(seconds, _SHORTEST_SLEEP)
        while left > 0:
            self._say(Wait(left, reason, until, self.left))
            part = min(left, _SAY_AGAIN)
            self._sleep(part)
            left -= part

    def _sleep(self, seconds: float) -> None:
        if self.limits.sleep is None:
            self._stop.wait(seconds)
        else:
            self.limits.sleep(seconds)
        self._refuse_when_stopped()

    def _refuse_when_stopped(self) -> None:
        if self._stop.is_set():
            raise UploadError("interrupted")

    def _say(self, wait: Wait) -> None:
        now = self.limits.now()
        # Several calls wait for the same: one of them reports it.
        if self.limits.waiting is not None and not 0 <= now - self._said < _SAY_AGAIN:
            self._said = now
            self.limits.waiting(wait)

"""Limits of the service: records a call, calls a minute, and the waits that keep to them."""

from __future__ import annotations

import math
import random
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from gsprep.errors import QuotaError, UploadError
from gsprep.ledger.quota import QuotaWindow

if TYPE_CHECKING:
    from gsprep.ledger.quota import InTransaction, Quota

# People API Documentation, "People APIs - Bulk Limits": records of one call; "Upsert of Multiple
# Person Records" has the same figure.
RECORDS_PER_CALL = 50
# People API Documentation, "People APIs - Bulk Async Process": 80 MB, read as 80 million bytes.
BYTES_PER_CALL = 80_000_000
# People API Documentation, "Delete API": GSIDs of one call, and calls.
GSIDS_PER_DELETE = 5_000
DELETES_PER_HOUR = 100
# People API Documentation, "API Limits", synchronous calls; a newer page says 100,000 a day.
CALLS_PER_MINUTE = 100
CALLS_PER_DAY = 50_000
# People API Documentation, "API Limits", asynchronous calls.
JOBS_PER_HOUR = 10
JOBS_PER_DAY = 100

# Timeline APIs Documentation, "Throttling Limits": calls for one activity.
ACTIVITIES_PER_MINUTE = 200

# What a call counts as: a synchronous call, a submitted job, a deletion, or a write to Timeline.
Kind = Literal["sync", "async", "delete", "timeline"]
# What counts towards the 50 of a call; the page says "records and fields" once, else "records".
Counted = Literal["people", "rows"]
# No page says whether deletions count as calls, so they do. Timeline has a limit of its own, which
# is higher than that of all other calls.
COUNTS_AS: Mapping[Kind, tuple[Kind, ...]] = {
    "sync": ("sync",), "async": ("async",), "delete": ("delete", "sync"),
    "timeline": ("timeline",),
}  # fmt: skip
# The largest difference of the service's clock, in seconds, if its windows are followed.
_GUARD = 3.0
# No page says in which time zone the service's day begins.
_LONGEST_ALIGNED = 3_600.0


@dataclass(frozen=True, slots=True)
class Window:
    """At most ``calls`` in any ``seconds``."""

    calls: int
    seconds: float


SYNC_WINDOWS = (Window(CALLS_PER_MINUTE, 60.0), Window(CALLS_PER_DAY, 86_400.0))
ASYNC_WINDOWS = (Window(JOBS_PER_HOUR, 3_600.0), Window(JOBS_PER_DAY, 86_400.0))
DELETE_WINDOWS = (Window(DELETES_PER_HOUR, 3_600.0),)
TIMELINE_WINDOWS = (Window(ACTIVITIES_PER_MINUTE, 60.0),)


@dataclass(frozen=True, slots=True)
class Wait:
    """One wait of a run.

    Attributes:
        seconds: how long it takes from now.
        reason: what the run waits for.
        until: when it ends, in seconds since 1970.
        left: the people left to send; None if nothing is being sent.
    """

    seconds: float
    reason: str
    until: float
    left: int | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """Limits on the calls of a run; times in seconds.

    Attributes:
        windows: the tenant's limits on calls; all of them apply.
        async_windows: the limits on submitting jobs.
        delete_windows: the limits on deletions, in addition to ``windows``.
        timeline_windows: the limits on writing activities of Timeline.
        aligned: whether windows of an hour or less begin on the hour and the minute of the
            service's clock, as its documents say. Otherwise they may begin at any moment: slower,
            and safe with any clock.
        counted: what counts towards the 50 of a call: people, or people and associations (rows).
        in_flight: the largest number of calls, or jobs, at the same time.
        max_wait: the longest wait for quota before QuotaError.
        attempts: the largest number of attempts at one call.
        repeats: the largest number of repeats in a run; ten successful calls give one back.
        jitter: returns a number from 0 to 1 that lengthens the wait before a repeat.
        timeout: the longest silence within a call.
        longest_call: how long a whole call may take, in addition to the time that its body or a
            result file takes on a slow line.
        clock: a monotonic clock, for ``longest_call``.
        now: the time of day, in seconds since 1970.
        sleep: the function to wait with; None waits until the run is interrupted.
        waiting: called with each wait, and every ten seconds during it.
    """

    windows: Sequence[Window] = SYNC_WINDOWS
    async_windows: Sequence[Window] = ASYNC_WINDOWS
    delete_windows: Sequence[Window] = DELETE_WINDOWS
    timeline_windows: Sequence[Window] = TIMELINE_WINDOWS
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
            "timeline": self.timeline_windows,
        }  # fmt: skip
        return of[kind]

    def rules_of(self, kind: Kind) -> list[QuotaWindow]:
        """Return the windows that a call must fit into."""
        return [
            QuotaWindow(
                counted,
                window.calls,
                window.seconds,
                _GUARD if self.aligned and window.seconds <= _LONGEST_ALIGNED else None,
            )
            for counted in COUNTS_AS[kind]
            for window in self.windows_of(counted)
        ]


# A shorter sleep may not move a clock at all.
_SHORTEST_SLEEP = 0.001
# A waiting run reports this often, in seconds.
_SAY_AGAIN = 10.0
# The weight of the last call in the average duration of calls.
_LAST_COUNTS = 0.2
# Some calls take longer than most, so this many times more run at once than the average needs.
_HEADROOM = 1.5


# Status calls use at most this share of the quota of calls, and never come closer than this, in
# seconds.
_POLLING_SHARE = 0.5
_SHORTEST_POLL = 0.5


class Pace:
    """Gives every attempt of every call its turn; safe for threads.

    Attributes:
        left: the people left to send; None if nothing is being sent.
        stopped: is set once the run is stopped.
    """

    def __init__(self, limits: Limits, quota: Quota) -> None:
        """Apply ``limits``, counting calls in ``quota``."""
        self.limits = limits
        self.quota = quota
        self.left: int | None = None
        self.stopped = threading.Event()
        self._said = -math.inf
        self._seconds = 0.0
        self._polled = 0
        self._polls = threading.Lock()

    def stop(self) -> None:
        """End every wait with an error, now and later; no new call begins."""
        self.stopped.set()

    @contextmanager
    def turn(self, kind: Kind, in_transaction: InTransaction | None = None) -> Iterator[None]:
        """Wait until a call is allowed, and record its begin and end.

        ``in_transaction`` is written in the transaction that records the begin. Raises QuotaError
        if the wait is longer than max_wait, UploadError if the run is stopped.
        """
        self._refuse_when_stopped()
        rules = self.limits.rules_of(kind)
        while (
            turn := self.quota.take(COUNTS_AS[kind], rules, self.limits.now(), in_transaction)
        ).wait:
            if turn.wait > self.limits.max_wait:
                raise QuotaError(turn.wait)
            self.pause(turn.wait, "the quota of calls")
        begun = self.limits.now()
        try:
            yield
        finally:
            ended = self.limits.now()
            self.took(ended - begun)
            self.quota.end(turn, ended)

    def took(self, seconds: float) -> None:
        """Update the average duration of calls with one call."""
        share = _LAST_COUNTS if self._seconds else 1.0
        self._seconds += share * (seconds - self._seconds)

    def width(self, kind: Kind) -> int:
        """Return how many calls at the same time use the whole quota; 1 without limits.

        More than one is needed if a call takes longer than its share of the narrowest window.
        """
        windows = self.limits.windows_of(kind)
        if not windows:
            return 1
        each = min(window.seconds / window.calls for window in windows)
        return max(1, min(self.limits.in_flight, math.ceil(_HEADROOM * self._seconds / each)))

    @contextmanager
    def polling(self, patience: float) -> Iterator[Callable[[], float]]:
        """Give a function that returns the shortest wait between two status calls of a job.

        All jobs that are polled at once share a part of the quota of calls, also if each of them
        takes ``patience`` seconds.
        """
        windows = self.limits.windows_of("sync")
        each = [
            min(window.seconds, patience) / (window.calls * _POLLING_SHARE) for window in windows
        ]
        with self._polls:
            self._polled += 1
        try:
            yield lambda: max(_SHORTEST_POLL, self._polled * max(each, default=0.0))
        finally:
            with self._polls:
                self._polled -= 1

    def pause(self, seconds: float, reason: str) -> None:
        """Report the wait, then wait; UploadError if the run is stopped meanwhile."""
        until = self.limits.now() + max(seconds, _SHORTEST_SLEEP)
        left = max(seconds, _SHORTEST_SLEEP)
        while left > 0:
            self._say(Wait(left, reason, until, self.left))
            part = min(left, _SAY_AGAIN)
            self._sleep(part)
            left -= part

    def _sleep(self, seconds: float) -> None:
        if self.limits.sleep is None:
            self.stopped.wait(seconds)
        else:
            self.limits.sleep(seconds)
        self._refuse_when_stopped()

    def _refuse_when_stopped(self) -> None:
        if self.stopped.is_set():
            raise UploadError("interrupted")

    def _say(self, wait: Wait) -> None:
        now = self.limits.now()
        # Several calls may wait for the same reason: only one reports it.
        if self.limits.waiting is not None and not 0 <= now - self._said < _SAY_AGAIN:
            self._said = now
            self.limits.waiting(wait)

"""When calls are made: the thin part that waits, and counts what was called."""

from __future__ import annotations

import math
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

from gsprep.errors import QuotaError, UploadError
from gsprep.uploader.deadline import Deadline
from gsprep.uploader.limits import COUNTS_AS, Kind, Wait

if TYPE_CHECKING:
    from collections.abc import Iterator

    from gsprep.ledger.quota import InTransaction, Quota
    from gsprep.uploader.limits import Limits

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
    def turn(self, kind: Kind, beside: InTransaction | None = None) -> Iterator[None]:
        """Wait until a call is allowed, and note it before and after.

        ``beside`` is written in the transaction that notes it. Raises QuotaError when it would be
        allowed later than max_wait, UploadError when the run is stopped.
        """
        self._refuse_when_stopped()
        rules = self.limits.rules_of(kind)
        while (turn := self.quota.take(COUNTS_AS[kind], rules, self.limits.now(), beside)).wait:
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
        # Several calls wait for the same: one of them speaks.
        if self.limits.waiting is not None and not 0 <= now - self._said < _SAY_AGAIN:
            self._said = now
            self.limits.waiting(wait)

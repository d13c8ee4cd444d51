"""How often the service may be called: counted on a sliding log, decided without a clock.

The service counts in windows that begin on a clock we do not own. A log of the last calls
keeps every window of that length within the limit, wherever it begins.
"""

from __future__ import annotations

import random
import sys
import time
from collections import deque
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gsprep.errors import QuotaError
from gsprep.uploader.wire import (
    CALLS_PER_DAY,
    CALLS_PER_MINUTE,
    DELETES_PER_HOUR,
    JOBS_PER_DAY,
    JOBS_PER_HOUR,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

# Sleeping for less may not move a clock at all.
_SHORTEST_SLEEP = 0.001


@dataclass(frozen=True, slots=True)
class Window:
    """At most ``calls`` in any stretch of ``seconds``."""

    calls: int
    seconds: float


SYNC_WINDOWS = (Window(CALLS_PER_MINUTE, 60.0), Window(CALLS_PER_DAY, 86_400.0))
ASYNC_WINDOWS = (Window(JOBS_PER_HOUR, 3_600.0), Window(JOBS_PER_DAY, 86_400.0))
DELETE_WINDOWS = (Window(DELETES_PER_HOUR, 3_600.0),)


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """How fast, how patient, and by which clock; times in seconds.

    Attributes:
        windows: the limits of the tenant's package on calls, all of which hold.
        async_windows: those on handing in jobs.
        delete_windows: those on deleting, which holds to ``windows`` as well.
        max_wait: the longest wait for quota before QuotaError.
        attempts: the most times one call is made.
        repeats: the most repeats of a run; ten good calls earn one back.
        jitter: a number from 0 to 1, by which waits before a repeat are drawn out.
        timeout: the longest silence within a call.
        clock: a clock that only goes forward.
        sleep: what passes the time of that clock.
        now: the time of day (epoch), to read a Retry-After that is a date.
        waiting: told the seconds and the reason before each wait.
    """

    windows: Sequence[Window] = SYNC_WINDOWS
    async_windows: Sequence[Window] = ASYNC_WINDOWS
    delete_windows: Sequence[Window] = DELETE_WINDOWS
    max_wait: float = 3_600.0
    attempts: int = 5
    repeats: int = 100
    jitter: Callable[[], float] = random.random
    timeout: float = 60.0
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    now: Callable[[], float] = time.time
    waiting: Callable[[float, str], None] | None = None


class SlidingLog:
    """The last calls, as far back as the widest window needs them; ``count`` is of all."""

    def __init__(self, windows: Sequence[Window]) -> None:
        """Start with no calls."""
        self._windows = tuple(windows)
        self.count = 0
        most = max((window.calls for window in windows), default=0)
        self._calls: deque[float] = deque(maxlen=min(most, sys.maxsize))

    def wait(self, now: float) -> float:
        """Return the seconds until one more call keeps every window; 0.0 means: now.

        >>> log = SlidingLog([Window(2, 60.0)])
        >>> log.note(0.0); log.note(20.0)
        >>> [log.wait(now) for now in (20.0, 59.0, 60.0)]
        [40.0, 1.0, 0.0]
        """
        return max((self._wait(window, now) for window in self._windows), default=0.0)

    def _wait(self, window: Window, now: float) -> float:
        if len(self._calls) < window.calls:
            return 0.0
        return max(0.0, self._calls[-window.calls] + window.seconds - now)

    def note(self, now: float) -> None:
        """Keep a call made at ``now``; calls are noted in the order of time."""
        self._calls.append(now)
        self.count += 1


@dataclass(frozen=True, slots=True)
class Pace:
    """The thin part that sleeps: every attempt of every call takes one turn."""

    limits: Limits
    windows: Sequence[Window] | None = None
    log: SlidingLog = field(init=False)

    def __post_init__(self) -> None:
        """Start an empty log, of the calls in ``windows``; None means those of the limits."""
        windows = self.limits.windows if self.windows is None else self.windows
        object.__setattr__(self, "log", SlidingLog(windows))

    @contextmanager
    def turn(self) -> Iterator[None]:
        """Wait until a call is allowed, and note it when it is over.

        A call reaches the service between its beginning and its end: waiting from the end of
        one to the beginning of another is safe however long either was under way.
        """
        self.ready()
        try:
            yield
        finally:
            self.log.note(self.limits.clock())

    def ready(self) -> None:
        """Return when a call is allowed; QuotaError when that is further away than max_wait."""
        while (wait := self.log.wait(self.limits.clock())) > 0:
            if wait > self.limits.max_wait:
                raise QuotaError(wait)
            self.pause(wait, "the quota of calls")

    def pause(self, seconds: float, reason: str) -> None:
        """Say what is waited for, then wait."""
        if self.limits.waiting is not None:
            self.limits.waiting(seconds, reason)
        self.limits.sleep(max(seconds, _SHORTEST_SLEEP))

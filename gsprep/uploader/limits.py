"""How often the service may be called, how patient a run is, and by which clock."""

from __future__ import annotations

import random
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from gsprep.ledger.quota import QuotaWindow
from gsprep.uploader.wire import (
    CALLS_PER_DAY,
    CALLS_PER_MINUTE,
    DELETES_PER_HOUR,
    JOBS_PER_DAY,
    JOBS_PER_HOUR,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

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
# Nobody knows in which time zone the service's day begins.
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

    ``until`` is in seconds since 1970; ``left`` is None where nobody is being sent.
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
        waiting: told of each wait, and again every ten seconds of it.
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

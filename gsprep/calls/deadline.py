"""The moment by which a call has to be over."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

# A call that sends and receives at least so many bytes a second is slow, but gets on.
_SLOWEST = 32 * 1024
# What a call that is under way gets when the run is stopped: its reply says what was stored.
_AFTER_STOP = 10.0


class Deadline:
    """The seconds a call has left: more for each byte that moves, few once the run is stopped."""

    def __init__(
        self, seconds: float, clock: Callable[[], float], stopped: threading.Event | None = None
    ) -> None:
        """Begin with ``seconds``, by a clock that only goes forward."""
        self._clock = clock
        self._end = clock() + seconds
        self._stopped = stopped
        self._grace: float | None = None

    def moved(self, size: int) -> None:
        """Allow the time that so many bytes take on a slow line."""
        self._end += size / _SLOWEST

    def left(self) -> float:
        """Return the seconds that are left, none or less when the call is over."""
        now = self._clock()
        if self._grace is None and self._stopped is not None and self._stopped.is_set():
            self._grace = now + _AFTER_STOP
        return (self._end if self._grace is None else min(self._end, self._grace)) - now

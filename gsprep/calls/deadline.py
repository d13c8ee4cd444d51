"""Time that a call has left."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import threading
    from collections.abc import Callable

# A call that moves at least this many bytes a second is slow, but makes progress.
_SLOWEST = 32 * 1024
# Seconds that a running call gets when the run is stopped: its reply says what was stored.
_AFTER_STOP = 10.0


class Deadline:
    """The seconds that a call has left.

    Each byte that is sent or received adds time; stopping the run leaves a few seconds.
    """

    def __init__(
        self, seconds: float, clock: Callable[[], float], stopped: threading.Event | None = None
    ) -> None:
        """Start with ``seconds``; ``clock`` is monotonic."""
        self._clock = clock
        self._end = clock() + seconds
        self._stopped = stopped
        self._grace: float | None = None

    def moved(self, size: int) -> None:
        """Add the time that ``size`` bytes take on a slow line."""
        self._end += size / _SLOWEST

    def left(self) -> float:
        """Return the seconds that are left; 0 or less if the time is over."""
        now = self._clock()
        if self._grace is None and self._stopped is not None and self._stopped.is_set():
            self._grace = now + _AFTER_STOP
        return (self._end if self._grace is None else min(self._end, self._grace)) - now

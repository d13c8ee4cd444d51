"""How many calls and records the service takes, and the counting of calls.

Every figure is from the page "People API Documentation" unless it says otherwise; all pages
were read 2026-11. The pages call the limits recommended: a contract can have others.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Final

# "People APIs - Bulk", sync: records in one call. Whether associations count is not clear; the
# samples count records.
RECORDS_PER_CALL: Final = 50
# "People APIs - Bulk", async: the largest request, in bytes. No page limits a sync request.
BYTES_PER_CALL: Final = 80 * 1024 * 1024
# "Company API Documentation", read: the most rows of one reply.
ROWS_PER_QUERY: Final = 5_000

# "API limits": synchronous calls in a minute and in a day. The newer "API Documentation
# Overview" says 100,000 a day; the People page is the one that speaks of people.
SYNC_PER_MINUTE: Final = 100
SYNC_PER_DAY: Final = 50_000

_MINUTE, _DAY = 60, 86_400


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """The calls one access key may make in a minute and in a day; None means any number."""

    per_minute: int | None = SYNC_PER_MINUTE
    per_day: int | None = SYNC_PER_DAY


class Windows:
    """Count calls in fixed windows that begin with the clock's minute and day (UTC).

    "API limits" explains the window by an example: 10:00 to 10:01. A refused call is not counted.
    """

    def __init__(self, limits: Limits) -> None:
        """Begin with nothing counted."""
        self._limits = ((_MINUTE, limits.per_minute), (_DAY, limits.per_day))
        self._lock = threading.Lock()
        self._counts: dict[tuple[str, int], tuple[int, int]] = {}

    def take(self, key: str, now: float) -> bool:
        """Count a call of this access key at ``now`` (seconds); False when a window is full."""
        with self._lock:
            if any(self._count(key, size, now) >= most for size, most in self._set()):
                return False
            for size, _ in self._set():
                window = int(now // size)
                self._counts[key, size] = (window, self._count(key, size, now) + 1)
            return True

    def _set(self) -> list[tuple[int, int]]:
        return [(size, most) for size, most in self._limits if most is not None]

    def _count(self, key: str, size: int, now: float) -> int:
        window, count = self._counts.get((key, size), (0, 0))
        return count if window == int(now // size) else 0

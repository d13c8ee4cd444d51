"""Limits of the service, and the windows that count calls.

A comment names the page of the documentation, read 2026-11.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass
from typing import Final, Literal

# "People APIs - Bulk", sync: records in one call. Whether associations count is not clear; the
# samples count records.
RECORDS_PER_CALL: Final = 50
# "Company API Documentation", update: fields that a record is found by.
KEYS_PER_UPDATE: Final = 3
# "Delete API": GSIDs in one call.
DELETES_PER_CALL: Final = 5_000
# "People APIs - Bulk", async: the largest request, in bytes. No page limits a sync request.
BYTES_PER_CALL: Final = 80 * 1024 * 1024
# "Company API Documentation", read: the most rows of one reply.
ROWS_PER_QUERY: Final = 5_000

# "API limits": synchronous calls in a minute and in a day. The newer "API Documentation
# Overview" says 100,000 a day, but it is not about people.
SYNC_PER_MINUTE: Final = 100
SYNC_PER_DAY: Final = 50_000
# "API limits": asynchronous calls in an hour and in a day.
ASYNC_PER_HOUR: Final = 10
ASYNC_PER_DAY: Final = 100
# "Delete API": delete calls in an hour.
DELETE_CALLS_PER_HOUR: Final = 100

_MINUTE, _HOUR, _DAY = 60, 3_600, 86_400

# "Timeline APIs", throttling limits: calls for one activity in a minute.
ACTIVITIES_PER_MINUTE: Final = 200

CallClass = Literal["sync", "async", "delete", "timeline"]


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """Calls allowed for one access key; None means any number.

    Attributes:
        per_minute: synchronous calls in a minute.
        per_day: synchronous calls in a day.
        async_per_hour: asynchronous calls in an hour.
        async_per_day: asynchronous calls in a day.
        deletes_per_hour: delete calls in an hour; they count in no other window.
        activities_per_minute: calls that write one activity of Timeline in a minute; they count
            in no other window.
        small_async: quota of the asynchronous upsert of 50. The page names "Gainsight bulk APIs"
            for the smaller quota, and does not mention this call.
    """

    per_minute: int | None = SYNC_PER_MINUTE
    per_day: int | None = SYNC_PER_DAY
    async_per_hour: int | None = ASYNC_PER_HOUR
    async_per_day: int | None = ASYNC_PER_DAY
    deletes_per_hour: int | None = DELETE_CALLS_PER_HOUR
    activities_per_minute: int | None = ACTIVITIES_PER_MINUTE
    small_async: CallClass = "async"


UNLIMITED: Final = Limits(
    per_minute=None,
    per_day=None,
    async_per_hour=None,
    async_per_day=None,
    deletes_per_hour=None,
    activities_per_minute=None,
)


class Windows:
    """Count calls in fixed windows that begin with the clock's minute and day (UTC).

    "API limits" explains the window by an example: 10:00 to 10:01. A refused call is not counted.
    """

    def __init__(self, limits: Limits) -> None:
        """Start with no calls."""
        self._limits: dict[CallClass, list[tuple[int, int]]] = {
            "sync": _set((_MINUTE, limits.per_minute), (_DAY, limits.per_day)),
            "async": _set((_HOUR, limits.async_per_hour), (_DAY, limits.async_per_day)),
            "delete": _set((_HOUR, limits.deletes_per_hour)),
            "timeline": _set((_MINUTE, limits.activities_per_minute)),
        }
        self._lock = threading.Lock()
        self._counts: dict[tuple[str, CallClass, int], tuple[int, int]] = {}

    def take(self, key: str, now: float, of: CallClass = "sync") -> bool:
        """Count a call of an access key at ``now`` (seconds); return False if a window is full."""
        limits = self._limits[of]
        with self._lock:
            if any(self._count((key, of, size), now) >= most for size, most in limits):
                return False
            for size, _ in limits:
                name = (key, of, size)
                self._counts[name] = (int(now // size), self._count(name, now) + 1)
            return True

    def _count(self, name: tuple[str, CallClass, int], now: float) -> int:
        window, count = self._counts.get(name, (0, 0))
        return count if window == int(now // name[2]) else 0


def _set(*limits: tuple[int, int | None]) -> list[tuple[int, int]]:
    return [(size, most) for size, most in limits if most is not None]

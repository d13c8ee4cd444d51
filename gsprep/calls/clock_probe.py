"""Transport that measures reply time and clock difference."""

from __future__ import annotations

import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable

# A Date header leaves out what is less than a second: on average half of one.
_LEFT_OUT = 0.5


@dataclass(frozen=True, slots=True)
class ClockReading:
    """One reply on its way.

    Attributes:
        seconds: from the request to the head of the reply.
        ahead: how many seconds the clock here is ahead of the service's; None when the reply bears
            no Date.
    """

    seconds: float
    ahead: float | None


class ClockProbe(httpx.BaseTransport):
    """Passes requests on; ``last`` is what was seen of the latest reply, None before any."""

    def __init__(self, inner: httpx.BaseTransport, now: Callable[[], float] = time.time) -> None:
        """Watch ``inner``, which does the sending; ``now`` is the time of day (epoch)."""
        self._inner = inner
        self._now = now
        self.last: ClockReading | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request and note when the reply came."""
        before = self._now()
        response = self._inner.handle_request(request)
        after = self._now()
        there = _date(response.headers.get("Date"))
        # The service wrote its time somewhere between the two.
        ahead = None if there is None else (before + after) / 2 - there - _LEFT_OUT
        self.last = ClockReading(after - before, ahead)
        return response

    def close(self) -> None:
        """Close the connections."""
        self._inner.close()


def _date(text: str | None) -> float | None:
    try:
        return None if text is None else parsedate_to_datetime(text).timestamp()
    except ValueError:
        return None

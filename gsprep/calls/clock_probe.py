"""Transport that measures reply time and clock difference."""

from __future__ import annotations

import time
from dataclasses import dataclass
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING

import httpx

if TYPE_CHECKING:
    from collections.abc import Callable

# A Date header cuts off fractions of a second: half a second on average.
_LEFT_OUT = 0.5


@dataclass(frozen=True, slots=True)
class ClockReading:
    """Times measured with one reply.

    Attributes:
        seconds: from the request to the head of the reply.
        ahead: how many seconds this machine's clock is ahead of the service's; None if the reply
            has no Date.
    """

    seconds: float
    ahead: float | None


class ClockProbe(httpx.BaseTransport):
    """Passes requests on; ``last`` is the reading of the latest reply, None before the first."""

    def __init__(self, inner: httpx.BaseTransport, now: Callable[[], float] = time.time) -> None:
        """Wrap ``inner``, which sends the requests; ``now`` returns the time of day (epoch)."""
        self._inner = inner
        self._now = now
        self.last: ClockReading | None = None

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send the request and measure the reply."""
        before = self._now()
        response = self._inner.handle_request(request)
        after = self._now()
        there = _date(response.headers.get("Date"))
        # The service wrote its time at some moment between the two.
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

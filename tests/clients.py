"""A clock that only sleeping moves, and clients over hand-made replies."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
import pytest

from gsprep.calls.limits import SYNC_WINDOWS, Limits
from gsprep.uploader.client import Client

if TYPE_CHECKING:
    from collections.abc import Callable


@dataclass
class Clock:
    """Time that passes while somebody sleeps, and at no other moment."""

    time: float = 1_000.0
    slept: list[float] = field(default_factory=list)

    def now(self) -> float:
        """Return the time."""
        return self.time

    def sleep(self, seconds: float) -> None:
        """Let the time pass, and remember it."""
        self.slept.append(seconds)
        self.time += seconds

    def limits(self, **options: Any) -> Limits:
        """Return limits that go by this clock."""
        given = {"windows": SYNC_WINDOWS, "jitter": lambda: 0.0, **options}
        return Limits(sleep=self.sleep, now=self.now, **given)


def _nobody(_: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("nobody is there")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def service(clock: Clock) -> Callable[..., Client]:
    """Return a client whose calls one function answers."""

    def connect(
        handler: Callable[[httpx.Request], httpx.Response] = _nobody, **options: Any
    ) -> Client:
        transport = httpx.MockTransport(handler)
        return Client("acme", "canary-key", transport=transport, limits=clock.limits(**options))

    return connect

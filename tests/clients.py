"""A clock that only sleeping moves, and clients over hand-made replies."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from hypothesis import strategies as st

from gsprep.calls.limits import SYNC_WINDOWS, Limits
from gsprep.sandbox.app import make_app
from gsprep.sandbox.faults import BrokenConnectionError, add_faults, read_faults
from gsprep.sandbox.limits import UNLIMITED
from gsprep.uploader.client import Client

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from gsprep.sandbox.store import Store


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


def sandbox_client(
    store: Store,
    clock: Clock,
    faults: Iterable[Any] = (),
    look: Callable[[httpx.Request], httpx.Response | None] = lambda _: None,
    said: Callable[[httpx.Request, Any], Any] | None = None,
) -> Client:
    """Return a client of the sandbox in this process, without limits.

    ``look`` sees each request first; a response of its own takes the place of the sandbox's.
    ``said`` returns what becomes of the JSON of a reply.
    """
    app = make_app(store, limits=UNLIMITED, clock=clock.now)
    inner = httpx.WSGITransport(app=add_faults(app, read_faults(list(faults))))

    def replied(request: httpx.Request) -> httpx.Response:
        if (reply := look(request)) is not None:
            return reply
        try:
            reply = inner.handle_request(request)
            if said is None:
                return reply
            return httpx.Response(reply.status_code, json=said(request, json.loads(reply.read())))
        except BrokenConnectionError:
            raise httpx.ReadError("reset") from None

    transport = httpx.MockTransport(replied)
    return Client("acme", "canary-key", transport=transport, limits=clock.limits())


def silences(routes: Sequence[str], latest: int) -> st.SearchStrategy[list[dict[str, Any]]]:
    """Return up to two calls of these routes that get no reply, executed or not."""
    each = st.fixed_dictionaries(
        {
            "fault": st.just("reset"),
            "route": st.sampled_from(list(routes)),
            "at": st.integers(1, latest),
            "committed": st.booleans(),
        }
    )
    return st.lists(each, max_size=2)

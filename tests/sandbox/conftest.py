"""A store without companies, and a client that speaks to it in process."""

from __future__ import annotations

from typing import TYPE_CHECKING

import httpx
import pytest

from gsprep.sandbox.app import make_app
from gsprep.sandbox.store import Store

if TYPE_CHECKING:
    from collections.abc import Iterator


class Clock:
    """A clock that stands still until it is set."""

    now = 0.0

    def __call__(self) -> float:
        """Return the seconds it was set to."""
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def store() -> Iterator[Store]:
    with Store() as made:
        yield made


@pytest.fixture
def client(store: Store, clock: Clock) -> Iterator[httpx.Client]:
    transport = httpx.WSGITransport(app=make_app(store, access_key="key", clock=clock))
    with httpx.Client(
        transport=transport, base_url="http://sandbox", headers={"Accesskey": "key"}
    ) as made:
        yield made

"""Other systems that the sandbox stands in for, under paths of their own."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from gsprep.sandbox import community, staircase

if TYPE_CHECKING:
    from collections.abc import Callable

    from flask import Flask

# Routes with a credential of their own instead of the access key.
OWN_ACCESS: Final = frozenset({*community.ROUTES, *staircase.ROUTES})


@dataclass(frozen=True, slots=True)
class Systems:
    """The systems of one sandbox; a line each."""

    communities: community.Communities = field(default_factory=community.Communities)
    staircases: staircase.Staircases = field(default_factory=staircase.Staircases)

    def next_day(self) -> None:
        """Let a day pass in every system."""
        self.communities.next_day()
        self.staircases.next_day()


def add_systems(
    app: Flask, systems: Systems, access_key: str | None, clock: Callable[[], float]
) -> None:
    """Add the calls of the systems, and one that lets a day pass in all of them."""
    community.add_community(app, systems.communities, access_key, clock)
    staircase.add_staircase(app, systems.staircases, access_key, clock)

    @app.post("/sandbox/next-day")
    def next_day() -> dict[str, bool]:
        systems.next_day()
        return {"result": True}

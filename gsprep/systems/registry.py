"""Systems by the kind of their connection."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gsprep.calls.token import TokenTransport
from gsprep.calls.transport import Keyed, KeyedTransport
from gsprep.systems import community, staircase

if TYPE_CHECKING:
    from gsprep.calls.limits import Window
    from gsprep.systems.system import System, SystemCalls


@dataclass(frozen=True, slots=True)
class SystemKind:
    """A kind of system.

    Attributes:
        make: returns a system that reads by its calls.
        keyed: adds the secret of the connection to each call.
        lists: what it lists.
        windows: its limits on calls.
        writes: those of its lists that are destinations.
        has_client_id: whether its secret is a client id, a colon and a client secret.
    """

    make: Callable[[SystemCalls], System]
    keyed: Keyed
    lists: Sequence[str]
    windows: Sequence[Window]
    writes: Sequence[str] = ()
    has_client_id: bool = False


SYSTEMS: Mapping[str, SystemKind] = {
    "community": SystemKind(
        community.Community, TokenTransport, community.LISTS, community.WINDOWS, has_client_id=True
    ),
    "staircase": SystemKind(
        staircase.Staircase, KeyedTransport, staircase.LISTS, staircase.WINDOWS, staircase.WRITTEN
    ),
}


def kind_with(name: str) -> str | None:
    """Return the kind of system that has a list of this name; None if none has."""
    return next((kind for kind, one in SYSTEMS.items() if name in one.lists), None)


def kind_that_writes(name: str) -> str | None:
    """Return the kind of system whose list of this name is a destination; None if none has."""
    return next((kind for kind, one in SYSTEMS.items() if name in one.writes), None)

"""A job asked for again and again until it is over: soon at first, then every minute."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol, TypeVar

from gsprep.errors import UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gsprep.uploader.jobs import State
    from gsprep.uploader.pace import Pace

_FIRST, _LONGEST, _GROWTH = 5.0, 60.0, 1.5
# The page says that an upsert takes 30 minutes at most; nothing says how long a larger job may.
PATIENCE = 35 * 60.0


class _HasState(Protocol):
    @property
    def state(self) -> State: ...


S = TypeVar("S", bound=_HasState)


def waits(patience: float = PATIENCE) -> Iterator[float]:
    """Yield the seconds before each time a job is asked for, ``patience`` in all.

    >>> list(waits(25.0))
    [5.0, 7.5, 11.25, 1.25]
    """
    wait, left = _FIRST, patience
    while left > 0:
        yield min(wait, left)
        left -= wait
        wait = min(_LONGEST, wait * _GROWTH)


def until_over(ask: Callable[[], S], pace: Pace, what: str, *, patience: float = PATIENCE) -> S:
    """Return the state of a job when it is done or failed; ``what`` is said while waiting.

    Raises UnavailableError, ``may_be_stored``, when it is neither after ``patience`` seconds.
    """
    for wait in waits(patience):
        pace.pause(wait, what)
        status = ask()
        if status.state != "waiting":
            return status
    raise UnavailableError(
        f"{what} is not over after {patience / 60:.0f} minutes: look at it later",
        may_be_stored=True,
    )

"""A job asked for again and again until it is over: soon at first, then every minute."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol, TypeVar

from gsprep.errors import RejectedError, ReplyError, UnavailableError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from gsprep.calls.limits import Pace
    from gsprep.uploader.jobs import State

_FIRST, _LONGEST, _GROWTH = 5.0, 60.0, 1.5
# The page says that an upsert takes 30 minutes at most; nothing says how long a larger job may.
PATIENCE = 35 * 60.0
# A question that is turned down so often in a row is not asked again in this run.
_ENOUGH = 5


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

    A job that was taken on is not given up for one odd reply: what cannot be read, or is turned
    down, is asked again. Raises UnavailableError, ``may_be_stored``, when the job is not over after
    ``patience`` seconds, and RejectedError for a question that is turned down again and again; the
    job is still to be asked for then.
    """
    heard = _Heard(what)
    for wait in waits(patience):
        pace.pause(wait, what)
        status = heard.from_(ask)
        if status is not None and status.state != "waiting":
            return status
    raise UnavailableError(
        f"{what} is not over after {patience / 60:.0f} minutes{heard.oddly}: look at it later",
        may_be_stored=True,
    )


@dataclass(slots=True)
class _Heard:
    """What was heard of a job in place of its state: how often in a row, and what at last."""

    what: str
    refused: int = 0
    oddly: str = ""

    def from_(self, ask: Callable[[], S]) -> S | None:
        """Return the state of the job, None when there was no telling."""
        try:
            status = ask()
        except ReplyError as error:
            self.oddly = f" ({error})"
            return None
        except RejectedError as error:
            self.refused += 1
            if self.refused == _ENOUGH:
                raise self._turned_down(error) from error
            return None
        self.refused, self.oddly = 0, ""
        return status

    def _turned_down(self, error: RejectedError) -> RejectedError:
        said = ", ".join(filter(None, (f"HTTP {error.status}", error.code)))
        return RejectedError(
            f"the service took {self.what}, and turns down the question how far it is ({said}): "
            "ask again later",
            status=error.status,
            code=error.code,
            request_id=error.request_id,
        )

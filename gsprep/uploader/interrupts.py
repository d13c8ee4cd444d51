"""Signals that end an upload after the current batch.

A signal that raises can do so anywhere: between a reply and the line in the ledger that keeps it.
Here a handler only makes a note and rings; the thread that sends looks at it between its steps.
"""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gsprep.errors import FaultError, GsprepError, UploadError, places_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from contextlib import AbstractContextManager
    from types import FrameType

    from gsprep.ledger.ledger import Ledger


# Windows has no SIGHUP; there SIGBREAK also comes when the window of the terminal is closed.
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")
_SIGNALS = tuple(getattr(signal, name) for name in _NAMES if hasattr(signal, name))
_AT_ONCE = 2


class Interrupts:
    """How often the end was asked for.

    Attributes:
        raising: whether a signal still raises KeyboardInterrupt: nothing was sent yet.
    """

    def __init__(self, *, raising: bool = False) -> None:
        """Begin with none."""
        self.raising = raising
        self._bells: list[Callable[[], object]] = []
        self._earlier: dict[int, Callable[[int, FrameType | None], object] | int | None] = {}
        self._noted: list[int] = []

    @property
    def asked(self) -> bool:
        """Whether the upload is to end."""
        return bool(self._noted)

    @property
    def at_once(self) -> bool:
        """Whether it is to end without waiting for the calls under way."""
        return len(self._noted) >= _AT_ONCE

    @contextmanager
    def ringing(self, *bells: Callable[[], object]) -> Iterator[None]:
        """Call ``bells`` at each signal; each must be safe in a handler of signals."""
        before = self._bells
        self._bells = [*before, *bells]
        try:
            yield
        finally:
            self._bells = before

    def install(self) -> None:
        """Handle the signals, except those that this process was started to ignore (nohup)."""
        for number in _SIGNALS:
            earlier = signal.getsignal(number)
            # None is a handler that was not set from Python and could not be put back.
            if earlier not in (signal.SIG_IGN, None):
                self._earlier[number] = earlier
                signal.signal(number, self._note)

    def remove(self) -> None:
        """Restore the earlier handlers, and pass on the signals that came."""
        earlier, self._earlier = self._earlier, {}
        for number, handler in earlier.items():
            signal.signal(number, handler)
        for number in dict.fromkeys(self._noted):
            handler = earlier.get(number)
            # Python's own would raise what the result says already.
            if callable(handler) and handler is not signal.default_int_handler:
                handler(number, None)

    def _note(self, number: int, _frame: FrameType | None) -> None:
        if self.raising:
            # Only the first raises: the next one could do so while the command is ending.
            self.raising = False
            raise KeyboardInterrupt
        self._noted.append(number)
        for bell in self._bells:
            bell()


class _Active:
    """The handler that is installed; signals reach the main thread alone, so there is one."""

    interrupts: Interrupts | None = None


def take_over() -> None:
    """Handle the signals until this process ends: they raise until something is sent."""
    _Active.interrupts = Interrupts(raising=True)
    _Active.interrupts.install()


@contextmanager
def noted() -> Iterator[Interrupts]:
    """Note signals from here on; only the main thread receives any.

    Within another ``noted`` it is the same one. After ``take_over`` they stay noted to the end of
    the process, as files are still to be written.
    """
    if threading.current_thread() is not threading.main_thread():
        yield Interrupts()
        return
    if (active := _Active.interrupts) is not None:
        active.raising = False
        yield active
        return
    ours = Interrupts()
    try:
        _Active.interrupts = ours
        ours.install()
        yield ours
    finally:
        _Active.interrupts = None
        ours.remove()


def hurried(ledger: Ledger | None, interrupts: Interrupts) -> AbstractContextManager[None]:
    """Wait not long for other processes that use the ledger once the end is asked for twice."""
    if ledger is None:
        return nullcontext()
    return ledger.database.hurried(lambda: interrupts.at_once)


@dataclass(frozen=True, slots=True)
class EndingWords:
    """What is said of an end, by what it ends.

    Attributes:
        interrupted: where the user asked for it.
        go_on: how to go on after another end.
        no_more: that nothing was done after it.
    """

    interrupted: str
    go_on: str
    no_more: str


SENDING = EndingWords(
    "interrupted: continue with `gsprep resume`, or run the same command again",
    "continue with `gsprep resume`",
    "Nothing more was sent",
)
DELETING = EndingWords(
    "interrupted: the service finishes the deletions that it has begun. Run the same command "
    "again to see who was deleted and to delete the rest",
    "run the same command again",
    "No further deletion was begun",
)


@dataclass(slots=True)
class Ending:
    """The first thing that ended a job, None as long as nothing did; ``words`` name the job."""

    reason: UploadError | None = None
    words: EndingWords = SENDING

    def because(self, reason: UploadError | None) -> None:
        """End for a reason, unless there is one already; None is no reason."""
        if self.reason is None:
            self.reason = reason

    def interrupted(self) -> None:
        """End because the user asked for it."""
        self.because(UploadError(self.words.interrupted))

    def attempt(self, step: Callable[..., object], *values: object) -> bool:
        """Take a step and return whether it succeeded; a failed one ends the job."""
        try:
            step(*values)
        except BaseException as failure:  # noqa: BLE001  nothing may take what is known along
            self.because(reason_of(failure, self.words))
            return False
        return True


def reason_of(failure: BaseException, words: EndingWords = SENDING) -> UploadError:
    """Return what was raised as the reason of an end; a fault of our own without its message."""
    if isinstance(failure, UploadError):
        return failure
    reason = _reason_of(failure, words)
    reason.may_be_stored = getattr(failure, "may_be_stored", True)
    reason.__cause__ = failure
    return reason


def _reason_of(failure: BaseException, words: EndingWords) -> UploadError:
    if isinstance(failure, KeyboardInterrupt):
        return UploadError(words.interrupted)
    if isinstance(failure, GsprepError):
        return UploadError(f"{failure}. {words.no_more}")
    if isinstance(failure, MemoryError):
        return UploadError(
            "the memory of this computer is used up: close other programs, then "
            f"{words.go_on}. {words.no_more}"
        )
    if isinstance(failure, OSError):
        return UploadError(
            f"this computer had an error ({failure.strerror or type(failure).__name__}): check "
            f"its disk, and where progress is written to. {words.no_more}"
        )
    return FaultError(
        f"an internal error of gsprep ({places_of(failure)}): please report it. {words.no_more}"
    )

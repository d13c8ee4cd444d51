"""What ends an upload or a deletion early: kept, never raised.

From the first call on an exception that leaves the upload would take what is known with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gsprep.errors import FaultError, GsprepError, UploadError, places_of

if TYPE_CHECKING:
    from collections.abc import Callable


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
    "interrupted: `gsprep resume` goes on, and running the same command again does no harm",
    "go on with `gsprep resume`",
    "Nothing more was sent",
)
DELETING = EndingWords(
    "interrupted: what the service began to delete, it goes on deleting. Run the same command "
    "again to see who is gone and to delete the rest",
    "run the same command again",
    "No further deletion was begun",
)


@dataclass(slots=True)
class Ending:
    """The first thing that ended a job, None as long as nothing did; ``words`` speak of the job."""

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
        """Take a step; tell whether it went well, and end when it did not."""
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
            f"this computer refused to go on ({failure.strerror or type(failure).__name__}): check "
            f"its disk, and where progress is written to. {words.no_more}"
        )
    return FaultError(
        f"a fault of gsprep's own ({places_of(failure)}): please report it. {words.no_more}"
    )

"""What ends an upload early, whatever was raised: kept, never passed on.

From the first call on an exception that leaves the upload would take what is known with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from gsprep.errors import FaultError, GsprepError, UploadError, places_of

if TYPE_CHECKING:
    from collections.abc import Callable

INTERRUPTED = (
    "interrupted: `gsprep resume` goes on, and running the same command again does no harm"
)


@dataclass(slots=True)
class Ending:
    """The first thing that ended an upload, None as long as nothing did."""

    reason: UploadError | None = None

    def because(self, reason: UploadError | None) -> None:
        """End for a reason, unless there is one already; None is no reason."""
        if self.reason is None:
            self.reason = reason

    def attempt(self, step: Callable[..., object], *values: object) -> bool:
        """Take a step; tell whether it went well, and end when it did not."""
        try:
            step(*values)
        except BaseException as failure:  # noqa: BLE001  nothing may take what is known along
            self.because(reason_of(failure))
            return False
        return True


def reason_of(failure: BaseException) -> UploadError:
    """Return what was raised as the reason of an end; a fault of our own without its message."""
    if isinstance(failure, UploadError):
        return failure
    reason = _reason_of(failure)
    reason.may_be_stored = getattr(failure, "may_be_stored", True)
    reason.__cause__ = failure
    return reason


def _reason_of(failure: BaseException) -> UploadError:
    if isinstance(failure, KeyboardInterrupt):
        return UploadError(INTERRUPTED)
    if isinstance(failure, GsprepError):
        return UploadError(f"{failure}. Nothing more was sent")
    if isinstance(failure, MemoryError):
        return UploadError(
            "the memory of this computer is used up: close other programs, then go on with "
            "`gsprep resume`. Nothing more was sent"
        )
    if isinstance(failure, OSError):
        return UploadError(
            f"this computer refused to go on ({failure.strerror or type(failure).__name__}): check "
            "its disk, and where progress is written to. Nothing more was sent"
        )
    return FaultError(
        f"a fault of gsprep's own ({places_of(failure)}): please report it. Nothing more was sent"
    )

"""When so many people are refused that no more are sent."""

from __future__ import annotations

from typing import TYPE_CHECKING

from gsprep.errors import UploadError

if TYPE_CHECKING:
    from gsprep.uploader.answers import Answer
    from gsprep.uploader.batches import Batch

# A share of fewer people than these, ten calls, says little.
_ENOUGH_TO_TELL = 500


class Refusals:
    """The people answered and refused so far, held to a share (0 to 1); None is no limit."""

    def __init__(self, most: float | None) -> None:
        """Begin with nobody answered."""
        self._most = most
        self._answered = self._refused = 0

    def count(self, batch: Batch, answer: Answer) -> None:
        """Count the people of a batch."""
        if answer.told is not None:
            self._answered += len(batch)
            others = answer.told.others.values()
            self._refused += sum(one.person.outcome == "refused" for one in others)
        elif answer.instead is not None and answer.instead.outcome == "refused":
            self._answered += len(batch)
            self._refused += len(batch)

    def enough(self) -> UploadError | None:
        """Return why no more is sent, as soon as enough people are answered to tell."""
        if self._most is None or self._answered < _ENOUGH_TO_TELL:
            return None
        return self.at_last()

    def at_last(self) -> UploadError | None:
        """Return that too many were refused, however few were answered."""
        if self._most is None or self._refused <= self._most * self._answered:
            return None
        return UploadError(
            f"{self._refused:,} of {self._answered:,} people were refused, more than "
            "--max-refused: see their error_code and error_message, mend what they have in common"
        )

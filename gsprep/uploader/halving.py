"""Which refused calls go in halves, and what their refusals say of the tenant.

A call may be turned down for its size, or as a whole for one of its records. Halves find out: those
that are taken are stored, and a person who is refused alone is refused.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from gsprep.calls.endpoints import RECORDS_PER_CALL
from gsprep.calls.responses import asks
from gsprep.errors import RejectedError
from gsprep.uploader.answers import Answer
from gsprep.uploader.refusing import key_in

if TYPE_CHECKING:
    from gsprep.uploader.batches import Batch

_TOO_LARGE = 413
_SIZE_WORDS = re.compile(
    r"\b(?:at most|maximum|max|exceed\w*|limit\w*|too (?:many|large|big|long)|more than|size)\b",
    re.IGNORECASE,
)
_OF_THE_RECORDS = frozenset({200, 400, 409, 422})
# Refused alike for every record: no half of a call fares better.
_OF_EVERY_RECORD = frozenset({"GU_2403", "GU_2409"})


class Halving:
    """Splits calls that were turned down whole, and those that would be."""

    def __init__(self) -> None:
        """Begin with nothing known of the tenant."""
        self._refused: int | None = None
        self._taken = 0
        self.one_by_one = False

    @property
    def counts_rows(self) -> bool:
        """Whether calls were refused only where people and associations are more than 50."""
        refused, most = self._refused, RECORDS_PER_CALL
        return refused is not None and refused > most >= self._taken > 0

    def expects_refusal(self, batch: Batch) -> bool:
        """Tell whether a batch is to go in halves without being sent whole."""
        if len(batch) == 1:
            return False
        return self.one_by_one or (self.counts_rows and _rows(batch) > RECORDS_PER_CALL)

    def splits(self, batch: Batch, answer: Answer | BaseException | None) -> bool:
        """Tell whether a batch goes in halves after an answer; learn from the answer."""
        if isinstance(answer, Answer):
            if answer.told is not None:
                self._taken = max(self._taken, _rows(batch))
            return False
        if not may_be_of_size(answer):
            return False
        if not self.expects_refusal(batch):
            self._refused = min(self._refused or _rows(batch), _rows(batch))
        return len(batch) > 1

    def notes(self) -> tuple[str, ...]:
        """Return what a user does better the next time, in sentences."""
        told = []
        if self.counts_rows:
            told.append(
                f"the tenant takes {RECORDS_PER_CALL} people and associations together a call: "
                "larger calls went in parts. `--batch-counts rows` cuts them so from the start"
            )
        if self.one_by_one:
            told.append(
                "the tenant's replies do not say which person each record is: from then on one "
                "person went a call. `--mode single` does so from the start"
            )
        return tuple(told)


def _rows(batch: Batch) -> int:
    return len(batch) + batch.records.part_starts()[-1]


def may_be_of_size(answer: BaseException | None) -> bool:
    """Tell whether a call was turned down for its size, or may have been for one of its records."""
    if not isinstance(answer, RejectedError):
        return False
    if answer.status == _TOO_LARGE:
        return True
    if answer.may_be_stored or answer.status not in _OF_THE_RECORDS:
        return False
    if answer.code in _OF_EVERY_RECORD or key_in(answer.code, answer.field, answer.said):
        return False
    if answer.of_records or _SIZE_WORDS.search(answer.said):
        return True
    # What has no words, or a code of its own for a value, says nothing of the other records.
    return bool(answer.said) and asks(answer.code) is None

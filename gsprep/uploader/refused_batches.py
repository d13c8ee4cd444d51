"""Refused batches: halving, and the limit on refusals.

A call may be turned down for its size, or as a whole for one of its records. Halves find out: those
that are taken are stored, and a person who is refused alone is refused.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from gsprep.calls.endpoints import EMPTY_KEY, asks
from gsprep.calls.limits import RECORDS_PER_CALL
from gsprep.calls.responses import ABOUT_RECORDS, TOO_LARGE
from gsprep.errors import RejectedError, UploadError
from gsprep.uploader.echo_match import NamelessError
from gsprep.uploader.row_outcomes import BatchResult

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gsprep.errors import ReplyError
    from gsprep.uploader.outcomes import Fault
    from gsprep.uploader.records import Batch

# A share of fewer people than these, ten calls, says little.
_ENOUGH_TO_TELL = 500
# These are the keys of associations, or a person's own id.
_NO_KEY_OF_PEOPLE = frozenset({"Company_ID", "Person_ID", "Relationship_ID", "Gsid"})
_NAMES = re.compile(r"[A-Za-z]\w{0,99}(?: ?, ?[A-Za-z]\w{0,99}){0,9}", re.ASCII)
# The sentence about an empty key names its columns at the end.
_IN_WORDS = re.compile(
    r"\bkey\b[^:]*\b(?:null|empty|missing)\b[^:]*:\s*([\w, ]+?)\s*\.?$", re.IGNORECASE
)


def key_in(code: str, field: str, message: str) -> tuple[str, ...]:
    """Return the columns of the people's key that a refusal says are empty, none if it does not.

    >>> key_in("GSOBJ_VCUSTOM1012", "Email,Location", "")
    ('Email', 'Location')
    >>> key_in("X", "", "Resolution key value is null or empty : Email,Location")
    ('Email', 'Location')
    """
    in_words = _IN_WORDS.search(message)
    if code != EMPTY_KEY and not in_words:
        return ()
    text = field or (in_words[1] if in_words else "")
    names = tuple(re.split(r" ?, ?", text)) if _NAMES.fullmatch(text) else ()
    return () if _NO_KEY_OF_PEOPLE & set(names) else names


class RefusalLimit:
    """The people answered and refused so far, held to a share (0 to 1); None is no limit.

    ``key`` are the columns that tell people apart here.
    """

    def __init__(self, most: float | None, key: Sequence[str] = ()) -> None:
        """Begin with no results."""
        self._most = most
        self._key = frozenset(key)
        self._answered = self._refused = 0
        self._alone: Counter[str] | None = Counter()
        self._other_key: tuple[str, ...] = ()

    def count(self, batch: Batch, result: BatchResult) -> None:
        """Count the people of a batch."""
        if result.outcomes is not None:
            self._answered += len(batch)
            self._refused += sum(one.person.outcome == "refused" for one in result.outcomes)
            self._alone = None
        elif result.instead is not None and result.instead.outcome == "refused":
            self._answered += len(batch)
            self._refused += len(batch)
            if self._alone is not None:
                self._alone[result.instead.faults[0].code] += 1
        for fault in _of_people(result):
            named = key_in(fault.code, fault.field, fault.message)
            if self._key and not set(named) <= self._key:
                self._other_key = named

    def enough(self) -> UploadError | None:
        """Return why no more is sent, as soon as enough people are answered to tell."""
        if self._other_key:
            return _with_key(self._other_key)
        for code, number in (self._alone or Counter()).items():
            if number >= RECORDS_PER_CALL:
                return _all_refused(code, number)
        if self._most is None or self._answered < _ENOUGH_TO_TELL:
            return None
        return self.at_last()

    def at_last(self) -> UploadError | None:
        """Return that too many were refused, however few were answered."""
        if self._most is None or self._refused <= self._most * self._answered:
            return None
        return UploadError(
            f"{self._refused:,} of {self._answered:,} people were refused, more than "
            "--max-refused: see their error_code and error_message, fix what they have in common"
        )


def _of_people(result: BatchResult) -> Iterator[Fault]:
    if result.instead is not None and result.instead.outcome == "refused":
        yield from result.instead.faults
    for one in result.outcomes or ():
        if one.person.outcome == "refused":
            yield from one.person.faults


def _with_key(names: Sequence[str]) -> UploadError:
    return UploadError(
        f"the tenant tells people apart by {' and '.join(names)}: fill these columns and send "
        f"them with `--key {','.join(names)}`"
    )


def _all_refused(code: str, number: int) -> UploadError:
    named = f" with {code}" if code else ""
    return UploadError(
        f"the service refused every call so far, {number:,} of them{named}: see error_message, and "
        "correct what all of them have in common"
    )


_SIZE_WORDS = re.compile(
    r"\b(?:at most|maximum|max|exceed\w*|limit\w*|too (?:many|large|big|long)|more than|size)\b",
    re.IGNORECASE,
)
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

    def learn(self, error: ReplyError) -> None:
        """Learn from a reply that cannot be read; what another thread learned stays."""
        if isinstance(error, NamelessError):
            self.one_by_one = True

    def expects_refusal(self, batch: Batch) -> bool:
        """Return whether to halve a batch before it is sent."""
        if len(batch) == 1:
            return False
        return self.one_by_one or (self.counts_rows and batch.rows > RECORDS_PER_CALL)

    def splits(self, batch: Batch, result: BatchResult | BaseException | None) -> bool:
        """Return whether to halve a batch after a result, and learn from the result."""
        if isinstance(result, BatchResult):
            if result.outcomes is not None:
                self._taken = max(self._taken, batch.rows)
            return False
        if not may_be_of_size(result):
            return False
        if not self.expects_refusal(batch):
            self._refused = min(self._refused or batch.rows, batch.rows)
        return len(batch) > 1

    def splits_job(self, batch: Batch, result: BatchResult | BaseException | None) -> bool:
        """Return whether to halve a job: only for its size, since jobs an hour are limited."""
        is_of_size = isinstance(result, RejectedError) and (
            result.status == TOO_LARGE or bool(_SIZE_WORDS.search(result.said))
        )
        return is_of_size and self.splits(batch, result)

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


def may_be_of_size(result: BaseException | None) -> bool:
    """Return whether a call was refused for its size, or perhaps for one of its records."""
    if not isinstance(result, RejectedError):
        return False
    if result.status == TOO_LARGE:
        return True
    if result.status not in ABOUT_RECORDS or _is_of_every_record(result):
        return False
    # An attempt before it that had no reply was as large: it was not taken either.
    return bool(_SIZE_WORDS.search(result.said)) or _may_be_of_one(result)


def _is_of_every_record(refusal: RejectedError) -> bool:
    key = key_in(refusal.code, refusal.field, refusal.said)
    return refusal.code in _OF_EVERY_RECORD or bool(key)


def _may_be_of_one(refusal: RejectedError) -> bool:
    """Return whether a refusal may be of one record: not without words or with a known code.

    An attempt before it that had no reply may have stored all of them: then none is sent again.
    """
    if refusal.may_be_stored:
        return False
    return refusal.of_records or (bool(refusal.said) and asks(refusal.code) is None)

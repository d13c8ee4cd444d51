"""When so many people are refused, or all of them for one reason, that no more are sent."""

from __future__ import annotations

import re
from collections import Counter
from typing import TYPE_CHECKING

from gsprep.calls.endpoints import EMPTY_KEY, RECORDS_PER_CALL
from gsprep.errors import UploadError

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from gsprep.uploader.answers import Answer
    from gsprep.uploader.batches import Batch
    from gsprep.uploader.faults import Fault

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


class Refusals:
    """The people answered and refused so far, held to a share (0 to 1); None is no limit.

    ``key`` are the columns that people are told apart by here.
    """

    def __init__(self, most: float | None, key: Sequence[str] = ()) -> None:
        """Begin with nobody answered."""
        self._most = most
        self._key = frozenset(key)
        self._answered = self._refused = 0
        self._alone: Counter[str] | None = Counter()
        self._other_key: tuple[str, ...] = ()

    def count(self, batch: Batch, answer: Answer) -> None:
        """Count the people of a batch."""
        if answer.told is not None:
            self._answered += len(batch)
            others = answer.told.others.values()
            self._refused += sum(one.person.outcome == "refused" for one in others)
            self._alone = None
        elif answer.instead is not None and answer.instead.outcome == "refused":
            self._answered += len(batch)
            self._refused += len(batch)
            if self._alone is not None and len(batch) == 1:
                self._alone[answer.instead.faults[0].code] += 1
        for fault in _of_people(answer):
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
            "--max-refused: see their error_code and error_message, mend what they have in common"
        )


def _of_people(answer: Answer) -> Iterator[Fault]:
    if answer.instead is not None and answer.instead.outcome == "refused":
        yield from answer.instead.faults
    for one in answer.told.others.values() if answer.told is not None else ():
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
        f"the service refused every call so far, {number:,} of them with one person{named}: see "
        "error_message, and correct what all of them have in common"
    )

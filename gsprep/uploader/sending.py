"""Batches asked for one after the other, until all are answered or something ends that."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING

from gsprep.errors import QuotaError, RejectedError, ReplyError, UploadError
from gsprep.uploader.answers import Answer
from gsprep.uploader.batches import Batch, halves
from gsprep.uploader.faults import Fault
from gsprep.uploader.told import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from gsprep.uploader.limits import Pace
    from gsprep.uploader.told import OutcomeWord

# One reply that cannot be read may be an accident; so many in a row come from another service.
_ENOUGH = 3
# A refusal with one of these speaks of what was sent; any other would meet every call.
_ABOUT_THE_ROWS = frozenset({200, 400, 409, 413, 422})
_TOO_LARGE = 413


@dataclass(frozen=True, slots=True)
class Way:
    """How batches go out: ``ask`` makes the calls for one of them, ``pace`` is that of these calls.

    ``ask`` raises UploadError when there is no answer to lay beside the rows.
    """

    ask: Callable[[Batch], Answer]
    pace: Pace


@dataclass(slots=True)
class _Sending:
    """What is still to do, and how far it is.

    Attributes:
        note: told of each answer as it comes; no answer is kept.
        asked: the batch that was asked for and has no answer yet.
        done: the batches answered.
        number: the highest number of a batch.
        unread: how many replies in a row could not be laid beside their rows.
    """

    todo: deque[Batch]
    note: Callable[[Batch, Answer], None]
    number: int
    asked: Batch | None = None
    done: int = 0
    unread: int = 0

    def answer(self, batch: Batch, answer: Answer) -> None:
        """Hand on what became of a batch."""
        self.note(batch, answer)
        self.asked = None
        self.done += 1
        unread = answer.instead is not None and answer.instead.outcome == "unknown"
        self.unread = self.unread + 1 if unread else 0

    def halve(self, large: Batch) -> None:
        """Put a batch back as two, the second under a new number."""
        self.asked = None
        self.number += 1
        self.todo.extendleft(reversed(halves(large, self.number)))


def send_batches(
    batches: Iterable[Batch],
    way: Way,
    note: Callable[[Batch, Answer], None],
    progress: Callable[[int, int], None],
) -> UploadError | None:
    """Send batches in their order, and return what ended that early, if anything.

    ``note`` is told the answer to each as soon as it is there, to a batch as it was sent: one
    that is too large goes as two halves. ``progress`` is told those done, of how many.
    """
    todo = deque(batches)
    highest = max((batch.number for batch in todo), default=0)
    sending = _Sending(todo, note, highest)
    try:
        return _send(sending, way, progress)
    except QuotaError as spent:
        return spent
    except KeyboardInterrupt:
        end = UploadError("interrupted: run the same command again, sending twice does no harm")
        if sending.asked is not None:
            note(sending.asked, instead("unknown", end))
        return end


def _send(sending: _Sending, way: Way, progress: Callable[[int, int], None]) -> UploadError | None:
    """Send what is to do, and return the error after which no other batch is sent."""
    while sending.todo:
        way.pace.ready()
        sending.asked = batch = sending.todo.popleft()
        stop = _turn(sending, batch, way)
        if stop is not None:
            return stop
        progress(sending.done, sending.done + len(sending.todo))
    return None


def _turn(sending: _Sending, batch: Batch, way: Way) -> UploadError | None:
    """Ask for a batch, and return the error after which no other is sent."""
    stop: UploadError | None = None
    try:
        answer = way.ask(batch)
        stop = answer.stop
    except RejectedError as error:
        if error.status == _TOO_LARGE and len(batch) > 1:
            sending.halve(batch)
            return None
        of_rows = error.status in _ABOUT_THE_ROWS
        stop = None if of_rows else error
        answer = instead("refused", error) if of_rows else _left(error)
    except UploadError as error:
        stop, answer = error, _left(error)
    sending.answer(batch, answer)
    return stop or _unreadable(sending)


def _unreadable(sending: _Sending) -> UploadError | None:
    """Return an error when too many replies in a row could not be laid beside their rows."""
    if sending.unread < _ENOUGH:
        return None
    return ReplyError(
        f"{_ENOUGH} replies in a row could not be read: check the address of the tenant, then "
        "run the same command again"
    )


def _left(error: UploadError) -> Answer:
    return instead("unknown" if error.may_be_stored else "unsent", error)


def instead(word: OutcomeWord, error: UploadError, request_id: str = "") -> Answer:
    """Return one outcome for all rows of a batch, with what the error says of it."""
    code, name = "", request_id
    if isinstance(error, RejectedError):
        code, name = error.code, error.request_id
    return Answer(name, instead=Outcome(word, (Fault(code=code, message=str(error)),)))

"""Batches asked for one after the other, until all are answered or something ends that."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gsprep.errors import QuotaError, RejectedError, ReplyError, UploadError
from gsprep.uploader.batches import Batch, halves
from gsprep.uploader.merge import Answer, Outcome
from gsprep.uploader.records import Fault

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from gsprep.uploader.limits import Pace
    from gsprep.uploader.merge import OutcomeWord

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


@dataclass(frozen=True, slots=True)
class Sent:
    """What became of the batches, answers by number; ``stopped`` is what ended that early."""

    batches: Sequence[Batch]
    answers: dict[int, Answer]
    stopped: UploadError | None


@dataclass(slots=True)
class _Sending:
    """What was asked and answered so far, by number of batch, and what is still to do."""

    todo: deque[Batch]
    asked: list[Batch] = field(default_factory=list)
    answers: dict[int, Answer] = field(default_factory=dict)

    def batches(self) -> list[Batch]:
        """Return every batch, as it was or would have been sent."""
        return [*self.asked, *self.todo]

    def halve(self) -> None:
        """Put the last batch asked back as two, the second under a new number."""
        large = self.asked.pop()
        free = 1 + max(batch.number for batch in (large, *self.batches()))
        self.todo.extendleft(reversed(halves(large, free)))


def send_batches(batches: Iterable[Batch], way: Way, progress: Callable[[int, int], None]) -> Sent:
    """Send batches in their order; ``progress`` is told those done, of how many."""
    sending = _Sending(deque(batches))
    stopped = _send(sending, way, progress)
    return Sent(sending.batches(), sending.answers, stopped)


def _send(sending: _Sending, way: Way, progress: Callable[[int, int], None]) -> UploadError | None:
    """Send what is to do, and return what ended that early, if anything."""
    try:
        while sending.todo:
            way.pace.ready()
            sending.asked.append(sending.todo.popleft())
            stop = _turn(sending, way)
            if stop is not None:
                return stop
            progress(len(sending.asked), len(sending.batches()))
    except QuotaError as spent:
        return spent
    except KeyboardInterrupt:
        end = UploadError("interrupted: run the same command again, sending twice does no harm")
        for batch in sending.asked:
            sending.answers.setdefault(batch.number, instead(batch, "unknown", end))
        return end
    return None


def _unreadable(last: Sequence[Answer]) -> UploadError | None:
    """Return an error when this many replies in a row could not be laid beside their rows."""
    unread = [answer.instead for answer in last if answer.instead is not None]
    if len(unread) == _ENOUGH and all(one.outcome == "unknown" for one in unread):
        return ReplyError(
            f"{_ENOUGH} replies in a row could not be read: check the address of the tenant, then "
            "run the same command again"
        )
    return None


def _turn(sending: _Sending, way: Way) -> UploadError | None:
    """Ask for the last batch, and return the error after which no other is sent."""
    batch = sending.asked[-1]
    stop: UploadError | None = None
    try:
        answer = way.ask(batch)
        sending.answers[batch.number], stop = answer, answer.stop
    except RejectedError as error:
        if error.status == _TOO_LARGE and len(batch.records) > 1:
            sending.halve()
            return None
        of_rows = error.status in _ABOUT_THE_ROWS
        stop = None if of_rows else error
        answer = instead(batch, "refused", error) if of_rows else _left(batch, error)
        sending.answers[batch.number] = answer
    except UploadError as error:
        stop = error
        sending.answers[batch.number] = _left(batch, error)
    last = [sending.answers[each.number] for each in sending.asked[-_ENOUGH:]]
    return stop or _unreadable(last)


def _left(batch: Batch, error: UploadError) -> Answer:
    return instead(batch, "unknown" if error.may_be_stored else "unsent", error)


def instead(batch: Batch, word: OutcomeWord, error: UploadError, request_id: str = "") -> Answer:
    """Return one outcome for all rows of a batch, with what the error says of it."""
    code, name = "", request_id
    if isinstance(error, RejectedError):
        code, name = error.code, error.request_id
    fault = Fault(code=code, message=str(error))
    number = "" if word == "unsent" else str(batch.number)
    return Answer(name, instead=Outcome(word, (fault,), batch=number, request_id=name))

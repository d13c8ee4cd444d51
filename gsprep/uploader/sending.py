"""Batches under way, as many as fill the quota, until all are answered or something ends that.

Each batch is asked for in a thread of its own; what came of it is laid down in the thread that
sends. Ctrl-C lets the calls under way come to their end, and a second one does not.
"""

from __future__ import annotations

import queue
import threading
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from gsprep.errors import LedgerError, RejectedError, ReplyError, UploadError
from gsprep.uploader.answers import Answer
from gsprep.uploader.batches import Batch, halves
from gsprep.uploader.faults import Fault
from gsprep.uploader.told import Outcome

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from gsprep.uploader.pace import Pace
    from gsprep.uploader.told import OutcomeWord

    Asked = tuple[Batch, Answer | BaseException]

# One reply that cannot be read may be an accident; so many in a row come from another service.
_ENOUGH = 3
# A refusal with one of these speaks of what was sent; any other would meet every call.
_ABOUT_THE_ROWS = frozenset({200, 400, 409, 413, 422})
_TOO_LARGE = 413
# How often Ctrl-C is looked for where the system does not wake a waiting thread, in seconds.
_LOOK_UP = 0.5
_INTERRUPTED = (
    "interrupted: `gsprep resume` goes on, and running the same command again does no harm"
)


def _is_too_large(_: Batch, answer: Answer | BaseException) -> bool:
    return isinstance(answer, RejectedError) and answer.status == _TOO_LARGE


@dataclass(frozen=True, slots=True)
class Way:
    """How batches go out.

    Attributes:
        ask: makes the calls for one batch; raises UploadError when there is no answer.
        width: how many batches may be under way at once, asked before each.
        pace: of the calls.
        splits: whether a batch of several goes in halves after an answer.
    """

    ask: Callable[[Batch], Answer]
    width: Callable[[], int]
    pace: Pace
    splits: Callable[[Batch, Answer | BaseException], bool] = _is_too_large


@dataclass(frozen=True, slots=True)
class Listeners:
    """Who is told while batches go out.

    Attributes:
        answered: of each batch with its answer, in the thread that sends.
        halved: of a batch that was too large, and the two that go in its place.
        progress: of the batches done, of how many.
        enough: asked after each answer for a reason to send no more.
    """

    answered: Callable[[Batch, Answer], None]
    halved: Callable[[Batch, Sequence[Batch]], None]
    progress: Callable[[int, int], None]
    enough: Callable[[], UploadError | None]


@dataclass(slots=True)
class _Sending:
    """What is still to do, what is under way, and what ended it."""

    way: Way
    to: Listeners
    todo: deque[Batch]
    under_way: dict[int, Batch] = field(default_factory=dict)
    asked: queue.SimpleQueue[Asked] = field(default_factory=queue.SimpleQueue)
    done: int = 0
    unread: int = 0
    highest: int = 0
    stopped: UploadError | None = None

    def __post_init__(self) -> None:
        """Count the people and the numbers of the batches."""
        self.way.pace.left = sum(len(batch) for batch in self.todo)
        self.highest = max((batch.number for batch in self.todo), default=0)

    def fill(self) -> None:
        """Begin batches until as many are under way as may be."""
        while self.todo and len(self.under_way) < self.way.width():
            batch = self.todo.popleft()
            self.under_way[batch.number] = batch
            threading.Thread(target=self._ask, args=(batch,), daemon=True).start()

    def _ask(self, batch: Batch) -> None:
        try:
            answer: Answer | BaseException = self.way.ask(batch)
        except BaseException as failure:  # noqa: BLE001  it is raised where the batches are sent
            answer = failure
        self.asked.put((batch, answer))

    def take(self) -> None:
        """Wait for the next batch that came to its end, and lay down what came of it."""
        while True:
            try:
                batch, answer = self.asked.get(timeout=_LOOK_UP)
            except queue.Empty:
                continue
            del self.under_way[batch.number]
            self._lay_down(batch, answer)
            return

    def _lay_down(self, batch: Batch, answer: Answer | BaseException) -> None:
        if self.way.splits(batch, answer) and len(batch) > 1:
            self._halve(batch)
            return
        known = answer if isinstance(answer, Answer) else _answer_of(answer)
        self.done += 1
        self.way.pace.left = (self.way.pace.left or 0) - len(batch)
        unread = known.instead is not None and known.instead.outcome == "unknown"
        self.unread = self.unread + 1 if unread else 0
        self.stopped = self.stopped or known.stop or _unreadable(self.unread)
        self.to.answered(batch, known)
        self.stopped = self.stopped or self.to.enough()
        self.to.progress(self.done, self.done + len(self.under_way) + len(self.todo))

    def _halve(self, batch: Batch) -> None:
        """Put a batch back as two, the second under a new number."""
        self.highest += 1
        both = halves(batch, self.highest)
        self.to.halved(batch, both)
        self.todo.extendleft(reversed(both))


def send_batches(batches: Iterable[Batch], way: Way, to: Listeners) -> UploadError | None:
    """Send batches in their order, and return what ended that early, None when all were answered.

    Those that were not asked for are told to nobody.
    """
    sending = _Sending(way, to, deque(batches))
    try:
        while (sending.todo or sending.under_way) and sending.stopped is None:
            sending.fill()
            sending.take()
    except KeyboardInterrupt:
        sending.stopped = UploadError(_INTERRUPTED)
    except LedgerError as failure:
        sending.stopped = _unwritten(failure)
    if sending.stopped is not None:
        _finish(sending)
    return sending.stopped


def _finish(sending: _Sending) -> None:
    """Let what is under way come to its end; a second Ctrl-C leaves it ``unknown``."""
    sending.way.pace.stop()
    try:
        while sending.under_way:
            sending.take()
    except (KeyboardInterrupt, LedgerError):
        for batch in sending.under_way.values():
            sending.to.answered(batch, instead("unknown", UploadError(_INTERRUPTED)))


def _unwritten(failure: LedgerError) -> UploadError:
    return UploadError(f"{failure}. Nothing more was sent")


def _unreadable(in_a_row: int) -> UploadError | None:
    """Return an error when so many replies in a row could not be laid beside their rows."""
    if in_a_row < _ENOUGH:
        return None
    return ReplyError(
        f"{_ENOUGH} replies in a row could not be read: check the address of the tenant, then "
        "go on with `gsprep resume`"
    )


def _answer_of(error: BaseException) -> Answer:
    """Return what an error means for the rows of a batch, and whether others may follow it."""
    if isinstance(error, KeyboardInterrupt):
        return instead("unknown", UploadError(_INTERRUPTED)).then_stop(UploadError(_INTERRUPTED))
    if isinstance(error, LedgerError):
        error = _unwritten(error)
        error.may_be_stored = True
    if not isinstance(error, UploadError):
        raise error
    if isinstance(error, RejectedError) and error.status in _ABOUT_THE_ROWS:
        # An attempt before this one, of which no reply came, may have stored them.
        return instead("unknown" if error.may_be_stored else "refused", error)
    word: OutcomeWord = "unknown" if error.may_be_stored else "unsent"
    return instead(word, error).then_stop(error)


def instead(word: OutcomeWord, error: UploadError, request_id: str = "") -> Answer:
    """Return one outcome for all rows of a batch, with what the error says of it."""
    if not isinstance(error, RejectedError):
        return Answer(request_id, instead=Outcome(word, (Fault(message=str(error)),)))
    said = f"the whole call was turned down: {error.said}" if error.said else str(error)
    fault = Fault(error.code, error.field, said)
    return Answer(error.request_id, instead=Outcome(word, (fault,)))

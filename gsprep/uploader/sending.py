"""Batches sent in parallel, within the quota, until an end.

One thread owns all that is known: the one that sends. Workers do nothing but ask for a batch and
put the result into its call. A call leaves ``under_way`` after its result was stored, so at no
moment is a batch neither to do, nor under way, nor answered.
"""

from __future__ import annotations

import queue
import re
import threading
from collections import Counter, deque
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Generic, TypeVar

from gsprep.calls.endpoints import EMPTY_KEY
from gsprep.calls.limits import RECORDS_PER_CALL
from gsprep.calls.responses import is_about_records
from gsprep.errors import RejectedError, ReplyError, UploadError
from gsprep.uploader.interrupts import SENDING, Ending, reason_of
from gsprep.uploader.outcomes import Fault, Outcome
from gsprep.uploader.records import Batch, halves
from gsprep.uploader.row_outcomes import BatchResult

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from gsprep.calls.limits import Pace
    from gsprep.uploader.interrupts import Interrupts
    from gsprep.uploader.journal import Journal
    from gsprep.uploader.outcomes import OutcomeWord
    from gsprep.uploader.row_outcomes import RowOutcomes

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


W = TypeVar("W")
R = TypeVar("R")
# How often it is looked around where nothing rings, in seconds: a system may not wake a thread
# that waits when a signal comes, and a thread may end without a word.
_LOOK_UP = 0.5


class Bell:
    """Wakes the thread that waits; safe to ring in a handler of signals."""

    def __init__(self) -> None:
        """Begin without a ring."""
        self._rings: queue.SimpleQueue[None] = queue.SimpleQueue()

    def ring(self) -> None:
        """Wake the thread that waits, or the next one that does."""
        self._rings.put(None)

    def wait(self) -> None:
        """Wait until it rings, not for long."""
        with suppress(queue.Empty):
            self._rings.get(timeout=_LOOK_UP)


@dataclass(eq=False, slots=True)
class Task(Generic[W, R]):
    """Work that a thread of its own does; ``result`` is there, if ever, once it is ``over``."""

    work: W
    result: R | BaseException | None = None
    over: bool = False

    def start(self, do: Callable[[W], R], bell: Bell) -> None:
        """Do the work in a thread; RuntimeError or MemoryError if none can be started."""
        # Daemons: a process that ends at once does not wait for a call.
        threading.Thread(target=self._run, args=(do, bell), daemon=True).start()

    def _run(self, do: Callable[[W], R], bell: Bell) -> None:
        try:
            self.result = do(self.work)
        except BaseException as failure:  # noqa: BLE001  the thread that waits judges it
            self.result = failure
        finally:
            self.over = True
            # Who waits looks up before long.
            with suppress(MemoryError):
                bell.ring()


# One reply that cannot be read may be an accident; so many in a row come from another service.
_ENOUGH = 3
# Where others went through, so many calls in a row may each have a record that it fails at.
_ENOUGH_IN_PARTS = 10


@dataclass(frozen=True, slots=True)
class Sink:
    """How batches go out.

    Attributes:
        ask: makes the calls for one batch; raises UploadError when there is no result.
        width: how many batches may be under way at once, asked before each.
        pace: of the calls.
        splits: whether a batch of several goes in halves after an result.
        isolates: whether a call is divided that may have failed because of one of its records.
    """

    ask: Callable[[Batch], BatchResult]
    width: Callable[[], int]
    pace: Pace
    splits: Callable[[Batch, BatchResult | BaseException | None], bool] = lambda *_: False
    isolates: bool = False


@dataclass(frozen=True, slots=True)
class Results:
    """Keeps each result for the rows and in the ledger, in the thread that sends.

    Attributes:
        progress: ``progress(done, total)`` is called after each batch.
        answered: when each batch was, by its number.
        unlaid: results that could not be kept for their rows.
    """

    outcomes: RowOutcomes
    journal: Journal
    refusals: RefusalLimit
    now: Callable[[], float]
    progress: Callable[[int, int], None] | None = None
    answered: dict[str, datetime] = field(default_factory=dict)
    unlaid: list[tuple[Batch, BatchResult]] = field(default_factory=list)

    def note(self, batch: Batch, result: BatchResult) -> None:
        """Keep the result of a batch."""
        self.unlaid.append((batch, result))
        self.outcomes.note(batch, result)
        self.unlaid.pop()
        self.journal.note(batch, result)
        self.refusals.count(batch, result)
        self.answered[str(batch.number)] = datetime.fromtimestamp(self.now(), UTC)

    def again(self) -> None:
        """Try once more to keep these results, at last as unknown."""
        ending = Ending()
        for batch, result in self.unlaid:
            if ending.attempt(self.outcomes.note, batch, result):
                ending.attempt(self.journal.note, batch, result)
            else:
                failed = ending.reason or UploadError("its result cannot be put next to its row")
                self.outcomes.note(batch, same_outcome("unknown", failed, result.request_id))


@dataclass(slots=True)
class _Sending:
    """What is still to do, what is under way, and what ended it."""

    sink: Sink
    results: Results
    todo: deque[Batch]
    bell: Bell
    ending: Ending = field(default_factory=Ending)
    under_way: list[Task[Batch, BatchResult]] = field(default_factory=list)
    done: int = 0
    unread: int = 0
    highest: int = 0
    succeeded: bool = False
    # The batches that failed perhaps for one record, and whether they may be stored.
    put_back: dict[int, bool] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Count the people and the numbers of the batches."""
        self.sink.pace.left = sum(len(batch) for batch in self.todo)
        self.highest = max((batch.number for batch in self.todo), default=0)

    def go_on(self, interrupts: Interrupts) -> None:
        """Send until nothing is under way, and nothing left to do or something ended it."""
        while self.under_way or (self.todo and self.ending.reason is None):
            if interrupts.asked:
                self.ending.interrupted()
            if self.ending.reason is None:
                self.ending.attempt(self._fill)
            else:
                self.sink.pace.stop()
            if interrupts.at_once:
                self.leave()
            elif self.under_way:
                self.bell.wait()
                self._lay_down_what_is_over()

    def _fill(self) -> None:
        """Start batches until the limit of batches under way is reached."""
        while self.todo and len(self.under_way) < self.sink.width():
            call: Task[Batch, BatchResult] = Task(self._on_trial(self.todo[0]))
            self.under_way.append(call)
            try:
                call.start(self.sink.ask, self.bell)
            except (RuntimeError, MemoryError) as failure:
                self.under_way.remove(call)
                if self.under_way:
                    return
                raise UploadError(
                    "this computer cannot start more threads: close other programs, then continue "
                    "with `gsprep resume`"
                ) from failure
            self.todo.popleft()

    def _on_trial(self, batch: Batch) -> Batch:
        """Return a batch that is attempted once, if others failed perhaps for one record, too.

        A record that is the last part of such a batch gets all attempts: they decide about it.
        """
        is_part = batch.number in self.put_back
        return replace(batch, once=len(batch) > 1 if is_part else self.unread > 0)

    def _lay_down_what_is_over(self) -> None:
        for call in [call for call in self.under_way if call.over]:
            self.ending.attempt(self._lay_down, call.work, call.result)
            self.under_way.remove(call)

    def _lay_down(self, batch: Batch, result: BatchResult | BaseException | None) -> None:
        if isinstance(result, UploadError) and self.put_back.get(batch.number):
            result.may_be_stored = True
        if self.sink.splits(batch, result) and len(batch) > 1:
            self._halve(batch, result)
            return
        if isinstance(result, UploadError) and result.may_be_of_one and self.sink.isolates:
            known = self._of_one(batch, result)
            if known is None:
                return
        else:
            known = result if isinstance(result, BatchResult) else result_of(result)
            unread = known.instead is not None and known.instead.outcome == "unknown"
            self.unread = self.unread + 1 if unread else 0
            self.succeeded |= known.outcomes is not None
            self.ending.because(_unreadable(self.unread))
        self.done += 1
        self.sink.pace.left = (self.sink.pace.left or 0) - len(batch)
        self.ending.because(known.stop)
        self.results.note(batch, known)
        self.ending.because(self.results.refusals.enough())
        if self.results.progress is not None:
            left = len(self.under_way) - 1 + len(self.todo)
            self.results.progress(self.done, self.done + left)

    def _of_one(self, batch: Batch, error: UploadError) -> BatchResult | None:
        """Return the result of a call that failed perhaps for one record, None if it goes again.

        It goes last, in halves: if the others go through, it is about its records. Records are
        identified by their keys, so nothing is stored twice.
        """
        self.unread += 1
        in_parts = self.succeeded and batch.number in self.put_back
        word: OutcomeWord = "unknown" if error.may_be_stored else "unsent"
        so_far = same_outcome(word, error)
        if self.unread >= (_ENOUGH_IN_PARTS if in_parts else _ENOUGH):
            return so_far.then_stop(error)
        others = self.todo or len(self.under_way) > 1
        if len(batch) == 1 and (batch.number in self.put_back or not others):
            return _of_record(error) if self.succeeded else so_far.then_stop(error)
        # The parts may never go.
        self.results.note(batch, so_far)
        parts = self._parts(batch) if len(batch) > 1 else [batch]
        self.todo.extend(parts)
        self.put_back |= {part.number: error.may_be_stored for part in parts}
        return None

    def _halve(self, batch: Batch, refusal: BatchResult | BaseException | None) -> None:
        """Put a batch back as two, the second under a new number."""
        if isinstance(refusal, RejectedError) and refusal.may_be_stored:
            # It was sent before without a reply, and the halves may never go.
            self.results.note(batch, same_outcome("unknown", refusal))
        self.todo.extendleft(reversed(self._parts(batch)))

    def _parts(self, batch: Batch) -> Sequence[Batch]:
        self.highest += 1
        both = halves(batch, self.highest)
        self.results.journal.plan(both)
        if batch.number in self.put_back:
            self.put_back[self.highest] = self.put_back[batch.number]
        return both

    def leave(self) -> None:
        """Leave what is under way: it may be stored, and nothing is known of it.

        So the ledger keeps what it has of it: a job that was taken is still to be asked for.
        """
        error = UploadError(SENDING.interrupted)
        unknown = same_outcome("unknown", error).then_stop(error, waits=True)
        for call in list(self.under_way):
            self.ending.attempt(self.results.note, call.work, unknown)
            self.under_way.remove(call)


def send_batches(
    batches: Iterable[Batch], sink: Sink, results: Results, interrupts: Interrupts
) -> UploadError | None:
    """Send batches in their order, and return what ended that early, None when all were answered.

    Batches that were not sent are not noted. Whatever is raised ends the sending and is returned;
    what is under way then comes to its end first, unless the end is asked for twice.
    """
    bell = Bell()
    sending = _Sending(sink, results, deque(batches), bell)
    with interrupts.ringing(bell.ring):
        if not sending.ending.attempt(sending.go_on, interrupts):
            sending.leave()
    return sending.ending.reason


def _unreadable(in_a_row: int) -> UploadError | None:
    """Return an error when so many replies in a row did not match their rows."""
    if in_a_row < _ENOUGH:
        return None
    return ReplyError(
        f"{_ENOUGH} replies in a row could not be read: check the address of the tenant, then "
        "continue with `gsprep resume`"
    )


def result_of(failure: BaseException | None) -> BatchResult:
    """Return what an error means for the rows of a batch, and whether others may follow it."""
    error = reason_of(failure or RuntimeError())
    if isinstance(error, RejectedError) and is_about_records(error):
        # An attempt before this one, of which no reply came, may have stored them.
        return same_outcome("unknown" if error.may_be_stored else "refused", error)
    word: OutcomeWord = "unknown" if error.may_be_stored else "unsent"
    return same_outcome(word, error).then_stop(error)


def _of_record(error: UploadError) -> BatchResult:
    """Return the result of the only record of a call that fails, while others go through."""
    status = error.may_be_of_one
    if error.may_be_stored:
        told = f"the service fails ({status}) at this person alone: look the person up in Gainsight"
        return BatchResult(instead=Outcome("unknown", (Fault(message=told),)))
    told = (
        f"this person alone is turned down ({status}), perhaps by a firewall: look for code, "
        "markup and links in the row"
    )
    return BatchResult(instead=Outcome("refused", (Fault(message=told),)))


def same_outcome(word: OutcomeWord, error: UploadError, request_id: str = "") -> BatchResult:
    """Return one outcome for all rows of a batch, with what the error says of it."""
    if not isinstance(error, RejectedError):
        return BatchResult(request_id, instead=Outcome(word, (Fault(message=str(error)),)))
    said = f"the whole call was turned down: {error.said}" if error.said else str(error)
    fault = Fault(error.code, error.field, said)
    return BatchResult(error.request_id, instead=Outcome(word, (fault,)))
